//! See `uncovered_definition.md`.

use super::prelude::*;
use crate::diagnostic::listed;
use crate::model::definition::Definition;
use crate::model::pattern::family;
use crate::model::resolve::{BACKUP_POLICY_TEMPLATE, COMPONENT_DEFINITION, COMPONENT_VERSION};
use crate::model::sites::{Class, Site};

pub(super) static RULE: Rule = Rule {
    name: "uncovered-definition",
    summary: "a definition that its siblings' backup policy or versions leave out",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("uncovered_definition.md"),
    check: Check::Linked(check),
};

/// The kinds that are for whole families, and what a definition lacks that they leave out.
const KINDS: [(&str, &str); 2] = [
    (BACKUP_POLICY_TEMPLATE.kind, "A Cluster of it gets no backup policy, and nothing tells."),
    (COMPONENT_VERSION.kind, "A Cluster of it can ask for no version but its own."),
];

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let definitions: Vec<Definition> = chart.documents().iter().filter_map(Definition::of).collect();
    if definitions.len() < 2 || chart.failed() || definitions.iter().any(|d| !d.document.name().is_some_and(Node::known)) {
        return;
    }
    let families: Vec<String> = definitions.iter().map(|definition| family(definition.name())).collect();
    for (kind, without) in KINDS {
        let entries = uses.world.index().sites().filter(|site| site.field.kind == kind && site.field.class == Class::Listed);
        let entries: Vec<Site> = entries.filter(|site| site.field.target == COMPONENT_DEFINITION).collect();
        if entries.iter().any(|site| !site.is_known() || site.pattern().is_unsure()) {
            continue;
        }
        let patterns: Vec<_> = entries.iter().map(Site::pattern).collect();
        let covered = |definition: &Definition| patterns.iter().any(|pattern| pattern.matches(definition.name()));
        let covered: Vec<bool> = definitions.iter().map(covered).collect();
        for (at, definition) in definitions.iter().enumerate().filter(|(at, _)| !covered[*at]) {
            let is_sibling = |other: &usize| covered[*other] && families[*other] == families[at];
            let siblings = (0..definitions.len()).filter(is_sibling).map(|other| definitions[other]);
            let siblings: Vec<Definition> = siblings.collect();
            let (Some(name), Some(first)) = (definition.document.name(), siblings.first()) else { continue };
            // See `unversioned-definition`.
            let version = definition.spec.text_at("serviceVersion").unwrap_or_default();
            if families[at].is_empty() || (kind == COMPONENT_VERSION.kind && version.is_empty()) {
                continue;
            }
            let names = listed(siblings.iter().take(3).map(|sibling| sibling.name()));
            let report = sink
                .report(&name, format!("no {kind} is for `{}`", definition.name()))
                .why(without)
                .help(format!("There is one for {names}."));
            if let Some(place) = first.document.name() {
                report.related(&place, "its sibling");
            }
        }
    }
}
