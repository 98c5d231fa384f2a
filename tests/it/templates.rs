//! The template language on templates that people wrote.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kubeblocks_ls::helm::funcs::{data, flow};
use kubeblocks_ls::template::ast::ActionKind;
use kubeblocks_ls::template::eval::{Bounds, Environment, FaultKind};
use kubeblocks_ls::template::value::Value;
use kubeblocks_ls::template::{self, HelmVersion, funcs};
use kubeblocks_ls::text::{FileId, floor_char_boundary};

use crate::support::{Dice, corpus};

/// Every different template of the corpus.
fn templates() -> BTreeSet<String> {
    let Some(root) = corpus("corpus") else { return BTreeSet::new() };
    let walk = ignore::WalkBuilder::new(root).standard_filters(false).build();
    let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let files = files.filter(|entry| entry.path().components().any(|part| part.as_os_str() == "templates"));
    files.filter_map(|entry| std::fs::read_to_string(entry.path()).ok()).collect()
}

#[test]
fn every_template_parses() {
    let texts = templates();
    let mut actions = 0;
    for text in &texts {
        let syntax = template::parse(FileId(0), text);
        assert!(syntax.faults.is_empty(), "{:?} in\n{text}", syntax.faults);
        let mut end = 0;
        for site in &syntax.actions {
            let range = site.range.of(text);
            assert!(range.starts_with("{{") && range.ends_with("}}"), "{range}");
            assert!(site.kind != ActionKind::Broken && end <= site.range.start);
            end = site.range.end;
        }
        actions += syntax.actions.len();
    }
    println!("{} templates, {actions} actions", texts.len());
}

/// What an editor holds while somebody types. The cuts of long files are spread so that all files together stay
/// within a hundred megabytes.
#[test]
fn every_prefix_parses_and_fast() {
    const BYTES_A_FILE: usize = 40 << 10;
    let mut slowest = Duration::ZERO;
    let mut count = 0;
    for (i, text) in templates().iter().enumerate() {
        let step = (text.len() * text.len() / 2 / BYTES_A_FILE).max(1);
        for cut in (i % step..=text.len()).step_by(step).filter(|&cut| text.is_char_boundary(cut)) {
            let start = Instant::now();
            let prefix = &text[..cut];
            let syntax = template::parse(FileId(0), prefix);
            slowest = slowest.max(start.elapsed());
            count += 1;
            for site in &syntax.actions {
                assert!(prefix.get(site.range.as_usize()).is_some(), "{site:?} in\n{prefix}");
            }
            for fault in &syntax.faults {
                assert!(prefix.get(fault.span.range.as_usize()).is_some(), "{fault:?} in\n{prefix}");
            }
        }
    }
    println!("{count} prefixes, the slowest in {slowest:?}");
    assert!(slowest < Duration::from_secs(1));
}

/// Templates with pieces cut out, doubled, or put in at random still parse, and what parses still ends, well or not.
#[test]
fn broken_templates_end_too() {
    const PIECES: [&str; 24] = [
        "{{",
        "}}",
        "{{ end }}",
        "{{ else }}",
        "{{ if . }}",
        "{{ range . }}",
        "{{ with $ }}",
        "{{- ",
        " -}}",
        "(",
        ")",
        "|",
        ".",
        "$x := ",
        "nil",
        "\"",
        "`",
        " 1.5 ",
        " include ",
        " tpl ",
        " index . ",
        "{{ break }}",
        "é",
        "'",
    ];
    let texts: Vec<_> = templates().into_iter().filter(|text| text.len() < 6000).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut executed, mut printed) = (0, 0);
    for _ in 0..if texts.is_empty() { 0 } else { 3000 } {
        let mut text = dice.pick(&texts).clone();
        for _ in 0..=dice.below(3) {
            let from = floor_char_boundary(&text, dice.below(text.len() + 1));
            let to = floor_char_boundary(&text, from + dice.below(12));
            match dice.below(3) {
                0 => text.replace_range(from..to.max(from), ""),
                1 => text.insert_str(from, dice.pick::<&str>(&PIECES)),
                _ => {
                    let doubled = text[from..to.max(from)].to_owned();
                    text.insert_str(from, &doubled);
                }
            }
        }
        let syntax = template::parse(FileId(0), &text);
        let functions = funcs::library().chain(data::FUNCTIONS).chain(flow::FUNCTIONS);
        let mut environment =
            Environment::new(functions, Bounds { steps: 20_000, ..Bounds::default() }, HelmVersion::V3);
        if environment.add("t", &syntax, &text.as_str().into()).is_err() {
            continue;
        }
        // The defines as well as the file: they are where charts compute.
        for name in environment.names() {
            let root = ["Values", "Chart", "Release", "Files"].map(|key| (key.into(), Value::map([].into())));
            executed += 1;
            let output = environment.execute(&name, Value::map(root.into()));
            let covered: usize = output.text.pieces().map(|(range, _)| range.len()).sum();
            assert_eq!(covered, output.text.len());
            assert!(output.poisoned.is_sorted() && output.poisoned.iter().all(|at| *at as usize <= output.text.len()));
            for fault in &output.faults {
                assert!(fault.kind != FaultKind::Syntax && !fault.helm.is_empty(), "{fault:?}");
            }
            printed += usize::from(output.faults.is_empty());
        }
    }
    println!("{executed} executions, {printed} to the end");
}
