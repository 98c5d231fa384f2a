//! See `uncovered_definition.md`.

use super::prelude::*;
use crate::model::index::Object;
use crate::model::pattern::{Mode, Pattern, family};
use crate::model::resolve::{
    BACKUP_POLICY_TEMPLATE, COMPONENT_DEFINITION, COMPONENT_VERSION, GroupKind, OLD_POLICY_TEMPLATE,
};

pub(super) static RULE: Rule = Rule {
    name: "uncovered-definition",
    summary: "a definition that its siblings' backup policy or versions leave out",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("uncovered_definition.md"),
    check: Check::Linked(check),
};

/// The kinds that are for whole families: group, kind, where they list definitions, and what one lacks that they leave
/// out.
const KINDS: [(GroupKind, &str, &str); 3] = [
    (BACKUP_POLICY_TEMPLATE, "spec.compDefs[]", NO_POLICY),
    (OLD_POLICY_TEMPLATE, "spec.backupPolicies[].componentDefs[]", NO_POLICY),
    (
        COMPONENT_VERSION,
        "spec.compatibilityRules[].compDefs[]",
        "A Cluster can ask for no version of what is left out but its own.",
    ),
];

const NO_POLICY: &str = "A Cluster of what is left out gets no backup policy, and nothing tells.";

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let objects = Object::of_chart(chart, COMPONENT_DEFINITION);
    let names: Option<Vec<Node>> = objects.map(|object| object.document.name().filter(|name| name.known())).collect();
    let Some(names) = names.filter(|names| names.len() > 1 && !chart.failed()) else { return };
    for (target, path, without) in KINDS {
        let own = Object::of_chart(chart, target);
        let own: Vec<Node> = own.filter_map(Object::root).flat_map(|root| root.each(path)).collect();
        if own.is_empty() {
            continue;
        }
        let index = uses.world.index();
        if index.has_open_sites(target.kind) {
            continue;
        }
        let covered = |name: &Node| {
            let name = name.text().unwrap_or_default();
            let mut sites = index.sites_asking(COMPONENT_DEFINITION, name);
            sites.any(|site| site.field.kind == target.kind)
        };
        let (covered, left): (Vec<Node>, Vec<Node>) = names.iter().copied().partition(covered);
        for entry in own {
            check_entry(entry, target, &covered, &left, without, sink);
        }
    }
}

fn pattern(entry: Node<'_>) -> Option<Pattern<'_>> {
    let text = entry.known_text()?;
    Some(Pattern::new(Mode::PrefixOrRegex, text)).filter(|pattern| !pattern.is_unsure())
}

/// The siblings of what the entry takes, told at the first entry that takes one of the family.
fn check_entry(entry: Node, target: GroupKind, covered: &[Node], left: &[Node], without: &str, sink: &mut Sink) {
    let family_of = |name: &Node| family(name.text().unwrap_or_default());
    let takes = |entry: Node, name: &Node| pattern(entry).zip(name.text()).is_some_and(|(p, name)| p.matches(name));
    let Some(taken) = covered.iter().find(|name| takes(entry, name)) else { return };
    let own = family_of(taken);
    let before = entry.parent().into_iter().flat_map(Node::items).take_while(|other| *other != entry);
    if own.is_empty() || { before }.any(|other| covered.iter().any(|name| takes(other, name) && family_of(name) == own))
    {
        return;
    }
    // Without any version a definition is a worse fault: see `unversioned-definition`.
    let versioned = |name: &Node| name.document.root().and_then(|root| root.text_at("spec.serviceVersion")).is_some();
    let wanted = |name: &&Node| family_of(name) == own && (target != COMPONENT_VERSION || versioned(name));
    let left: Vec<&Node> = left.iter().filter(wanted).collect();
    let Some(first) = left.first() else { return };
    let shown = listed(left.iter().take(3).filter_map(|name| name.text()));
    let siblings = listed(covered.iter().filter(|name| family_of(name) == own).take(3).filter_map(|name| name.text()));
    sink.report(&entry, format!("no {} is for {shown}", target.kind))
        .why(without)
        .help(format!("There is one for {siblings}."))
        .related(*first, "the definition");
}
