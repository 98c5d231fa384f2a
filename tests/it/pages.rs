//! Every rule's page is its test: under *Wrong* the carets must be found, exactly, and each fix must do what it says;
//! under *Right* nothing is found.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::diagnostic::{Diagnostic, Severity};
use kubeblocks_ls::fix;
use kubeblocks_ls::helm::render::Rendered;
use kubeblocks_ls::host::Change;
use kubeblocks_ls::rules::{self, RULES, Rule};
use kubeblocks_ls::template::traced::Origin;
use kubeblocks_ls::text::Span;
use kubeblocks_ls::vfs::normalize;
use kubeblocks_ls::world::World;

use crate::support::{Mark, mark_of, memory_host, take_carets};

/// The files of one heading.
pub(crate) struct Example {
    pub(crate) heading: String,
    pub(crate) files: BTreeMap<Utf8PathBuf, String>,
}

/// Where a page's chart lies; paths of fences are relative to it.
pub(crate) const CHART: &str = "/w/demo";

pub(crate) fn examples(page: &str) -> Vec<Example> {
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

/// The files below `before/` are taken out: those of the chart as it is installed.
fn before(files: &mut BTreeMap<Utf8PathBuf, String>) -> Option<BTreeMap<Utf8PathBuf, String>> {
    let folder = Utf8Path::new(CHART).join("before");
    let old: BTreeMap<_, _> = files.extract_if(.., |path, _| path.starts_with(&folder)).collect();
    let moved = |path: &Utf8Path| path.strip_prefix(&folder).map(|rest| Utf8Path::new(CHART).join(rest)).ok();
    let mut old: BTreeMap<_, _> = old.into_iter().filter_map(|(path, text)| Some((moved(&path)?, text))).collect();
    complete(&mut old);
    (!old.is_empty()).then_some(old)
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
    let before = before(&mut files);
    complete(&mut files);
    let mut host = memory_host(&files);
    if let Some(before) = before {
        host.apply(vec![Change::Installed(memory_host(&before).world())]);
    }
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

/// The texts of all templates that have no part in some places, and do not stand in their files, by chart, values and
/// name.
fn renderings(world: &World, without: &[Span]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for chart in world.charts.values().flat_map(|chart| chart.views()) {
        for file in chart.rendering().into_iter().flat_map(|render| &render.files) {
            let has_part = |place: &Span| {
                place.file == file.source.id || !file.text.places(*place).is_empty() || prints(file, *place)
            };
            if !without.iter().any(has_part) {
                found.insert(
                    format!("{} {} {}", chart.root, chart.values.name, file.name),
                    file.text.as_str().to_owned(),
                );
            }
        }
    }
    found
}

/// Some of the text was printed from a value that stands there.
fn prints(file: &Rendered, place: Span) -> bool {
    file.text.pieces().any(|(_, piece)| match piece.origin {
        Origin::Computed { made, .. } | Origin::Made(made) => {
            made.value.is_some_and(|value| value.file == place.file && place.range.contains(value.range))
        }
        _ => false,
    })
}

/// The whole lines that a span touches.
fn lines(world: &World, span: Span) -> Span {
    let text = &world.source(span.file).unwrap().text;
    let start = text[..span.range.start as usize].rfind('\n').map_or(0, |line_break| line_break + 1);
    let end = text[span.range.end as usize..]
        .find('\n')
        .map_or(text.len(), |line_break| span.range.end as usize + line_break);
    Span::new(span.file, start, end)
}

/// What each finding says, and how often.
fn said(found: &[Diagnostic]) -> BTreeMap<(&str, &str), usize> {
    let mut said = BTreeMap::new();
    for finding in found {
        *said.entry((finding.rule, finding.message.as_str())).or_default() += 1;
    }
    said
}

/// Carries out each fix that the rule offers: its finding must go, none may come, and what has no part in it must
/// render as before.
fn prove_fixes(rule: &Rule, example: &Example) -> Result<usize, String> {
    let mut files: BTreeMap<_, _> =
        example.files.iter().map(|(path, text)| (path.clone(), take_carets(path, text).0)).collect();
    complete(&mut files);
    let world = memory_host(&files).world();
    let found = rules::check(&world);
    let mut proven = 0;
    for finding in found.iter().filter(|finding| finding.rule == rule.name) {
        for fix in &finding.fixes {
            let fault = |words: &str| {
                Err(format!(
                    "{} / {}: `{}` for `{}`: {words}\n",
                    rule.name, example.heading, fix.title, finding.message
                ))
            };
            let changed = fix::apply(&[fix], |file| world.source(file).map(|source| &**source));
            let mut after = files.clone();
            for (file, text) in changed {
                after.insert(world.source(file).unwrap().path.clone(), text);
            }
            let other = memory_host(&after).world();
            // Advice that is not asked for is no new fault.
            let mut left = rules::check(&other);
            left.retain(|finding| !finding.quiet);
            let (before, now) = (said(&found), said(&left));
            let key = (finding.rule, finding.message.as_str());
            if now.get(&key).copied().unwrap_or_default() >= before[&key] {
                return fault("the finding is still there");
            }
            if let Some((rule, message)) =
                now.iter().find(|(key, count)| before.get(*key).is_none_or(|old| old < *count)).map(|(key, _)| key)
            {
                return fault(&format!("now there is `{rule}: {message}`"));
            }
            let mut touched: Vec<Span> = fix.edits.iter().map(|edit| lines(&world, edit.span)).collect();
            touched.push(lines(&world, finding.span));
            let apart = renderings(&world, &touched);
            let now = renderings(&other, &[]);
            if let Some((name, _)) = apart.iter().find(|(name, text)| now.get(*name) != Some(*text)) {
                return fault(&format!("{name} renders otherwise"));
            }
            proven += 1;
        }
    }
    Ok(proven)
}

/// The name in `RULE` narrows the run to one page.
#[test]
fn every_page_is_true() {
    let only = std::env::var("RULE").ok();
    let mut faults = String::new();
    let (mut checked, mut proven) = (0, 0);
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
            match run(rule, example).and_then(|()| prove_fixes(rule, example)) {
                Ok(fixes) => proven += fixes,
                Err(fault) => faults.push_str(&fault),
            }
        }
        if !rule.page.starts_with(&format!("# {}\n", rule.name)) {
            faults.push_str(&format!("{}: the page's title is not the rule's name\n", rule.name));
        }
    }
    println!("{checked} examples, {proven} fixes");
    assert!(faults.is_empty(), "\n{faults}");
}
