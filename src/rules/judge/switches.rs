//! What is wrong in a chart only with values that it offers beside its defaults.

use std::collections::HashSet;
use std::sync::Arc;

use super::fence;
use crate::diagnostic::{Diagnostic, Located, Severity, Sink};
use crate::model::object::Document;
use crate::model::resolve::{CLUSTER, is_of};
use crate::model::switches::switches;
use crate::model::uses::Uses;
use crate::rules::{Check, RULES};
use crate::text::{Span, TextRange};
use crate::world::{Chart, Memory, Switched, World};

/// The rules that are heard: of what no further value can mend. Where a branch is taken, something may be asked for that
/// only its user can give, so nobody is told of what is empty, missing or refused there.
const HEARD: [&str; 17] = [
    "cluster-version-mismatch",
    "dangling-reference",
    "duplicate-key",
    "duplicate-name",
    "joined-lines",
    "lost-scope",
    "omitted-component",
    "undefined-helper",
    "unknown-component",
    "unknown-component-def",
    "unknown-config",
    "unknown-field",
    "unknown-service-ref",
    "unknown-topology",
    "unsupported-tls",
    "wrong-indent",
    "yaml-syntax",
];

/// The rule is one of [`HEARD`].
pub(in crate::rules) fn is_heard(rule: &str) -> bool {
    HEARD.contains(&rule)
}

/// What is wrong so in the chart of this number. Worked out once.
pub(super) fn switched(world: &World, number: usize) -> &[Switched] {
    world.switched(number, || of_chart(world, number))
}

fn of_chart(world: &World, number: usize) -> Vec<Switched> {
    let chart = world.charts.at(number);
    if chart.is_library() || chart.failed() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for values in switches(chart) {
        let other = world.with_values(number, values);
        let seen = other.charts.at(number);
        // What the chart itself refuses it does not offer.
        if seen.rendering().is_none_or(|render| render.refused.is_some() || render.is_partial()) {
            continue;
        }
        let told = |finding: &Diagnostic| {
            let settled = || finding.rule != OMITTED || topologies(seen).all(|place| is_settled(seen, place));
            finding.severity == Severity::Error && is_settled(seen, finding.span) && settled()
        };
        let findings = heard(&other, number, chart).into_iter().filter(told);
        found.extend(findings.map(|finding| Switched { finding, chart: seen.clone() }));
    }
    found
}

/// What the rules of [`HEARD`] say of the chart of this number that they need not say of it with its `defaults`.
fn heard(world: &World, number: usize, defaults: &Chart) -> Vec<Diagnostic> {
    let (uses, chart) = (Uses::new(world), world.charts.at(number));
    let known: HashSet<*const Memory> =
        defaults.documents().iter().map(|document| Arc::as_ptr(&document.memory)).collect();
    let is_new = |document: &&Document| !known.contains(&Arc::as_ptr(&document.memory));
    let documents = || chart.documents().iter().filter(is_new);
    let mut sink = Sink::default();
    for rule in RULES.iter().filter(|rule| is_heard(rule.name)) {
        fence::run(rule, chart, &mut sink, |sink| match rule.check {
            Check::Document(check) | Check::Yaml(check) => documents().for_each(|document| check(document, sink)),
            Check::Part(check) => documents().for_each(|document| check(chart, document, sink)),
            Check::Chart(check) => check(chart, sink),
            Check::Linked(check) => check(&uses, chart, sink),
            Check::File(_) | Check::Unused(_) => {}
        });
    }
    sink.into_findings()
}

const OMITTED: &str = "omitted-component";

/// It stands in a template of the chart as it is, or is printed by actions that read the changed value: another value makes
/// nothing else of it.
fn is_settled(chart: &Chart, place: Span) -> bool {
    let Some(file) = chart.own_templates().find(|file| file.source.id == place.file) else { return false };
    let path = chart.values.name.split('=').next().unwrap_or_default();
    let read = format!(".Values.{path}");
    let TextRange { start, end } = place.range;
    let mut within = file.syntax().actions.iter().filter(|action| action.range.start < end && start < action.range.end);
    within.all(|action| action.range.of(file.text()).contains(&read))
}

/// Where the chart's Clusters say which topology they have.
fn topologies(chart: &Chart) -> impl Iterator<Item = Span> {
    let clusters = chart.documents().iter().filter(|document| is_of(document, CLUSTER));
    clusters.filter_map(|document| Some(document.spec()?.get("topology")?.place()?.span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_heard_are_rules() {
        let is_rule = |name: &&str| RULES.iter().any(|rule| rule.name == *name);
        assert!(HEARD.iter().all(is_rule) && HEARD.contains(&OMITTED) && HEARD.is_sorted());
    }
}
