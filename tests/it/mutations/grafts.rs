//! Faults that no one change makes: the wrong objects of a rule's page, put into charts that people wrote.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::rules::{self, RULES};
use kubeblocks_ls::world::World;

use super::planters::planters;
use super::{Group, TIMES, findings, groups};
use crate::pages::{CHART, Example, examples};
use crate::support::{Dice, Mark, in_parallel, mark_of, memory_host, take_carets};

/// Settings lie beside Chart.yaml.
const SETTINGS: &str = ".kubeblocks-ls.yaml";

/// What is put into a chart: paths in it, texts, and what is to be found.
struct Graft {
    files: Vec<(String, String)>,
    marks: Vec<Mark>,
}

/// `None` where an example is more than templates and settings.
fn graft(rule: &str, example: &Example) -> Option<Graft> {
    let mut graft = Graft { files: Vec::new(), marks: Vec::new() };
    for (path, text) in &example.files {
        let name = match path.strip_prefix(CHART).ok()?.as_str() {
            SETTINGS => SETTINGS.to_owned(),
            path => format!("templates/zz-{}", path.strip_prefix("templates/")?),
        };
        let (text, found) = take_carets(Utf8Path::new(&name), text);
        graft.files.push((name, text));
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

/// Rules whose fault no change of a chart of the corpora brings, with the reason.
const BY_OBJECTS: [(&str, &str); 6] = [
    (
        "competing-parameters-definitions",
        "their ParametersDefinitions name no ComponentDefinition, as those for 1.2 do",
    ),
    ("ignored-parameters-definition", "their ParametersDefinitions name no ComponentDefinition, as those for 1.2 do"),
    ("invalid-config", "they have no settings"),
    ("misleading-latest", "none has two definitions of one name up to a number that grows a digit"),
    ("service-descriptor-mismatch", "with the values they come with no Cluster binds a ServiceDescriptor"),
    ("sidecar-conflict", "they have no SidecarDefinition"),
];

/// A rule has a planter, or a reason why it has none.
#[test]
fn every_rule_is_planted() {
    let planted: BTreeSet<&str> = planters().map(|planter| planter.rule).collect();
    let by_objects: BTreeSet<&str> = BY_OBJECTS.iter().map(|(rule, _)| *rule).collect();
    let twice: Vec<_> = planted.intersection(&by_objects).collect();
    let unknown: Vec<_> =
        planted.union(&by_objects).filter(|name| RULES.iter().all(|rule| rule.name != **name)).collect();
    let lacking = RULES.iter().filter(|rule| !planted.contains(rule.name) && !by_objects.contains(rule.name));
    let lacking: Vec<_> = lacking.map(|rule| rule.name).collect();
    assert!(lacking.is_empty() && twice.is_empty() && unknown.is_empty(), "{lacking:?} {twice:?} {unknown:?}");
}

#[test]
fn wrong_objects_among_others_are_found() {
    let Some(groups) = groups() else { return };
    let only = std::env::var("RULE").ok();
    let wanted = |rule: &str| only.as_ref().is_none_or(|only| only == rule);
    let rules: Vec<_> =
        BY_OBJECTS.iter().filter_map(|(name, _)| rules::find(name)).filter(|rule| wanted(rule.name)).collect();
    let outcomes = in_parallel(&rules, |rule| {
        let name = rule.name;
        let able: Vec<Graft> = examples(rule.page).iter().filter_map(|example| graft(name, example)).collect();
        let mut dice = Dice(name.bytes().fold(77, |seed, byte| seed.rotate_left(7) ^ u64::from(byte)));
        let mut faults = String::new();
        assert!(!able.is_empty(), "{name}: its page has no Wrong of files that fit into another chart");
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
            let folder = charts[dice.below(charts.len())].parent().unwrap().to_owned();
            let mut with: BTreeMap<_, _> = group.files.clone();
            with.extend(files.iter().map(|(name, text)| (folder.join(name), text.clone())));
            let found = marks(&memory_host(&with).world(), name, &folder);
            for mark in wanted {
                let same =
                    |other: &&Mark| other.path == mark.path && other.line == mark.line && other.from == mark.from;
                if !found.iter().any(|other| same(&other)) {
                    faults.push_str(&format!("{name} in {folder}: {}:{}\n", mark.path, mark.line + 1));
                }
            }
        }
        faults
    });
    let faults: String = outcomes.concat();
    assert!(faults.is_empty(), "\n{faults}");
}
