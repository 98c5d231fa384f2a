//! Faults that no one change makes: the wrong objects of a rule's page, put into charts that people wrote.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::rules::RULES;
use kubeblocks_ls::world::World;

use super::planters::planters;
use super::{Group, TIMES, findings, groups};
use crate::pages::{CHART, Example, examples};
use crate::support::{Dice, Mark, in_parallel, mark_of, memory_host, take_carets};

/// What is put into a chart: paths below `templates/`, texts, and what is to be found.
struct Graft {
    files: Vec<(String, String)>,
    marks: Vec<Mark>,
}

/// `None` where an example is more than templates.
fn graft(rule: &str, example: &Example) -> Option<Graft> {
    let mut graft = Graft { files: Vec::new(), marks: Vec::new() };
    for (path, text) in &example.files {
        let name = path.strip_prefix(Utf8Path::new(CHART).join("templates")).ok()?;
        let (text, found) = take_carets(name, text);
        graft.files.push((format!("zz-{name}"), text));
        graft.marks.extend(found.into_iter().filter(|mark| mark.text.starts_with(&format!("{rule}: "))));
    }
    (example.heading.starts_with("Wrong") && !graft.marks.is_empty()).then_some(graft)
}

/// Charts of the example's generation.
fn fits(group: &Group, files: &[(String, String)]) -> bool {
    let legacy = files.iter().any(|(_, text)| text.contains("apps.kubeblocks.io/v1alpha1"));
    group.name.starts_with(if legacy { "kb-0.7" } else { "addons-1.0" }) && !group.name.ends_with("kblib")
}

fn marks(world: &World, rule: &str, folder: &Utf8Path) -> Vec<Mark> {
    findings(world, rule).iter().map(|finding| mark_of(world, folder, finding)).collect()
}

#[test]
fn wrong_objects_among_others_are_found() {
    let Some(groups) = groups() else { return };
    let only = std::env::var("RULE").ok();
    let planted = |rule: &str| planters().any(|planter| planter.rule == rule);
    let wanted = |rule: &str| only.as_ref().is_none_or(|only| only == rule);
    let rules: Vec<_> = RULES.iter().filter(|rule| !planted(rule.name) && wanted(rule.name)).collect();
    let outcomes = in_parallel(&rules, |rule| {
        let name = rule.name;
        let able: Vec<Graft> = examples(rule.page).iter().filter_map(|example| graft(name, example)).collect();
        let mut dice = Dice(name.bytes().fold(77, |seed, byte| seed.rotate_left(7) ^ u64::from(byte)));
        let mut faults = String::new();
        if able.is_empty() {
            return Err(name);
        }
        for number in 0..TIMES {
            let Graft { files, marks: wanted } = &able[number % able.len()];
            let fitting: Vec<&Group> = groups.iter().filter(|group| fits(group, files)).collect();
            let group = fitting[dice.below(fitting.len())];
            let charts: Vec<&Utf8PathBuf> = group
                .files
                .keys()
                .filter(|path| path.file_name() == Some("Chart.yaml") && !path.as_str().contains("kblib"))
                .filter(|path| path.parent().and_then(Utf8Path::parent).and_then(Utf8Path::file_name) != Some("charts"))
                .collect();
            let folder = charts[dice.below(charts.len())].parent().unwrap().join("templates");
            let mut with: BTreeMap<_, _> = group.files.clone();
            with.extend(files.iter().map(|(name, text)| (folder.join(name), text.clone())));
            let found = marks(&memory_host(&with).world(), name, &folder);
            for mark in wanted {
                let path = Utf8PathBuf::from(format!("zz-{}", mark.path));
                let same = |other: &&Mark| other.path == path && other.line == mark.line && other.from == mark.from;
                if !found.iter().any(|other| same(&other)) {
                    faults.push_str(&format!("{name} in {folder}: {path}:{}\n", mark.line + 1));
                }
            }
        }
        Ok(faults)
    });
    // Their examples need values, Chart.yaml, or other charts.
    let pages_only: Vec<&str> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err().copied()).collect();
    println!("{} rules; by their pages alone: {pages_only:?}", rules.len());
    let faults: String = outcomes.into_iter().flatten().collect();
    assert!(faults.is_empty(), "\n{faults}");
    assert!(pages_only.len() * 10 <= RULES.len(), "{pages_only:?}");
}
