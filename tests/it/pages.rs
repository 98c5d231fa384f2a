//! Every rule's page is its test: under *Wrong* the carets must be found, exactly, and under *Right* nothing.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::diagnostic::Severity;
use kubeblocks_ls::rules::{self, RULES, Rule};
use kubeblocks_ls::vfs::normalize;

use crate::support::{Mark, mark_of, memory_host, take_carets};

/// The files of one heading.
struct Example {
    heading: String,
    files: BTreeMap<Utf8PathBuf, String>,
}

/// Where a page's chart lies; paths of fences are relative to it.
const CHART: &str = "/w/demo";

fn examples(page: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut path = None;
    let mut fence: Option<(String, usize, String)> = None;
    for line in page.lines() {
        if let Some((_, indent, text)) = &mut fence {
            if line.trim() == "```" {
                let (name, _, text) = fence.take().unwrap();
                if let Some(example) = found.last_mut() {
                    let full = normalize(&Utf8Path::new(CHART).join(name));
                    let twice = example.files.insert(full.clone(), text).is_some();
                    assert!(!twice, "{full} stands twice under {}", example.heading);
                }
            } else {
                text.push_str(line.get(*indent..).unwrap_or_default());
                text.push('\n');
            }
        } else if let Some(heading) = line.strip_prefix("## ") {
            found.push(Example { heading: heading.to_owned(), files: BTreeMap::new() });
            path = None;
        } else if line.trim_start().starts_with("```") {
            let indent = line.len() - line.trim_start().len();
            fence = Some((path.take().unwrap_or_else(|| "templates/demo.yaml".to_owned()), indent, String::new()));
        } else if let Some(name) = line.trim().strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
            path = Some(name.to_owned());
        }
    }
    found.retain(|example| example.heading.starts_with("Wrong") || example.heading.starts_with("Right"));
    found
}

/// Each chart of the example has a Chart.yaml.
fn complete(files: &mut BTreeMap<Utf8PathBuf, String>) {
    let mut charts: Vec<Utf8PathBuf> = Vec::new();
    for path in files.keys() {
        let chart = path.ancestors().find(|folder| folder.parent() == Some(Utf8Path::new("/w")));
        if let Some(chart) = chart
            && !charts.contains(&chart.to_owned())
            && path.parent() != Some(Utf8Path::new("/w"))
        {
            charts.push(chart.to_owned());
        }
    }
    for chart in charts {
        let name = chart.file_name().unwrap_or_default();
        let text = format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\nappVersion: 1.0.0\n");
        files.entry(chart.join("Chart.yaml")).or_insert(text);
    }
}

fn run(rule: &Rule, example: &Example) -> Result<(), String> {
    let mut expected: Vec<Mark> = Vec::new();
    let mut files = BTreeMap::new();
    for (path, text) in &example.files {
        let shown = path.strip_prefix("/w").unwrap_or(path);
        let (text, marks) = take_carets(shown, text);
        expected.extend(marks);
        files.insert(path.clone(), text);
    }
    complete(&mut files);
    let host = memory_host(&files);
    let world = host.world();
    let found = rules::check(&world);
    let told = found.iter().filter(|finding| finding.severity >= Severity::Warning || finding.rule == rule.name);
    let mut actual: Vec<Mark> = told.map(|finding| mark_of(&world, Utf8Path::new("/w"), finding)).collect();
    expected.sort();
    actual.sort();
    if expected == actual {
        return Ok(());
    }
    let show = |marks: &[Mark], others: &[Mark], sign: char| {
        let lone = marks.iter().filter(|mark| !others.contains(mark));
        lone.map(|m| format!("  {sign} {}:{}:{}-{} {}\n", m.path, m.line + 1, m.from + 1, m.to + 1, m.text))
            .collect::<String>()
    };
    let (missing, extra) = (show(&expected, &actual, '-'), show(&actual, &expected, '+'));
    Err(format!("{} / {} (- expected, + found)\n{missing}{extra}", rule.name, example.heading))
}

/// The name in `RULE` narrows the run to one page.
#[test]
fn every_page_is_true() {
    let only = std::env::var("RULE").ok();
    let mut faults = String::new();
    let mut checked = 0;
    for rule in RULES.iter().filter(|rule| only.as_ref().is_none_or(|name| name == rule.name)) {
        let examples = examples(rule.page);
        for kind in ["Wrong", "Right"] {
            if !examples.iter().any(|example| example.heading.starts_with(kind)) {
                faults.push_str(&format!("{}: the page has no heading {kind}\n", rule.name));
            }
        }
        for example in &examples {
            checked += 1;
            let wrong = example.heading.starts_with("Wrong");
            let marked = example.files.values().any(|text| !take_carets(Utf8Path::new(""), text).1.is_empty());
            if wrong != marked {
                faults.push_str(&format!(
                    "{} / {}: carets belong under Wrong, and only there\n",
                    rule.name, example.heading
                ));
            }
            if let Err(fault) = run(rule, example) {
                faults.push_str(&fault);
            }
        }
        if !rule.page.starts_with(&format!("# {}\n", rule.name)) {
            faults.push_str(&format!("{}: the page's title is not the rule's name\n", rule.name));
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    println!("{checked} examples");
}
