//! See `misleading_latest.md`.

use std::cmp::Ordering;

use super::prelude::*;
use crate::model::cluster::{Cluster, ClusterDefinition};
use crate::model::definition::Definition;

pub(super) static RULE: Rule = Rule {
    name: "misleading-latest",
    summary: "a pattern that takes an older definition for the latest one",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("misleading_latest.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        for unit in Cluster::current(document).into_iter().flat_map(Cluster::units) {
            // What a topology says is judged there.
            if let Some(node) = unit.definition() {
                judge(node, uses.finalists(unit), sink);
            }
        }
        let topologies = ClusterDefinition::current(document).into_iter().flat_map(ClusterDefinition::topologies);
        for entity in topologies.flat_map(|topology| topology.entities().collect::<Vec<_>>()) {
            if let Some(node) = entity.definition().filter(|_| !entity.sharding) {
                judge(node, uses.of_entity(entity).and_then(|found| uses.with_newest(found)), sink);
            }
        }
        if document.kind() == Some("ShardingDefinition")
            && let Some(node) = document.root().and_then(|root| root.at("spec.template.compDef"))
        {
            judge(node, uses.of_node(node).and_then(|found| uses.with_newest(found)), sink);
        }
    });
}

/// The last of these by text must be the last by number too.
fn judge<'w>(node: Node<'w>, found: Option<Vec<Definition<'w>>>, sink: &mut Sink) {
    let Some(found) = found else { return };
    let Some(taken) = found.iter().max_by_key(|definition| definition.name()) else { return };
    let newer = found.iter().filter(|other| by_number(other.name(), taken.name()) == Some(Ordering::Greater));
    let Some(newest) = newer.max_by(|a, b| by_number(a.name(), b.name()).unwrap_or(Ordering::Equal)) else { return };
    let mut report = sink
        .report(&node, format!("this takes `{}`, not `{}`", taken.name(), newest.name()))
        .why("Of definitions that offer the same version the last one by name is taken, and names are compared as text: `9` comes after `10`.")
        .help("Write the whole name, or give the definitions names of equal length.");
    for definition in [taken, newest] {
        report = report.related(&definition.document.name(), format!("`{}`", definition.name()));
    }
}

/// How two names compare that differ in their numbers alone; `None` for others.
fn by_number(a: &str, b: &str) -> Option<Ordering> {
    let (words, numbers) = taken_apart(a)?;
    let (other_words, other_numbers) = taken_apart(b)?;
    (words == other_words).then(|| numbers.cmp(&other_numbers))
}

/// The numbers of a name, and what stands between them.
fn taken_apart(name: &str) -> Option<(Vec<&str>, Vec<u64>)> {
    let words = name.split(|c: char| c.is_ascii_digit()).filter(|word| !word.is_empty()).collect();
    let numbers = name.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    Some((words, numbers.map(|digits| digits.parse().ok()).collect::<Option<_>>()?))
}
