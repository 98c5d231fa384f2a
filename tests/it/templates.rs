//! The template language on templates that people wrote.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kubeblocks_ls::template;
use kubeblocks_ls::template::ast::ActionKind;
use kubeblocks_ls::text::FileId;

use crate::support::corpus;

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
