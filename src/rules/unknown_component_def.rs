//! See `unknown_component_def.md`.

use super::prelude::*;
use crate::diagnostic::{Safety, nearest};
use crate::model::hosts::Target;
use crate::model::index::Object;
use crate::model::legacy::{ClusterDefinition, cluster_definitions, objects};
use crate::model::order::{EdgeKind, Order};
use crate::model::resolve::CLUSTER;
use crate::model::uses::older_definition;

pub(super) static RULE: Rule = Rule {
    name: "unknown-component-def",
    summary: "a component definition that the ClusterDefinition does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_component_def.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    let world = uses.world;
    for definition in cluster_definitions(chart) {
        check_references(definition, sink);
        check_waits(world, chart, definition, sink);
    }
    for root in objects(chart, "Cluster").filter_map(Document::root) {
        if let Some((owner, definition)) = older_definition(world, root) {
            check_absent(owner, definition, root, sink);
        }
    }
    let sites = [
        ("ClusterVersion", "spec.componentVersions", Severity::Error),
        ("Cluster", "spec.componentSpecs", Severity::Error),
        ("BackupPolicyTemplate", "spec.backupPolicies", Severity::Warning),
    ];
    for (kind, list, severity) in sites {
        for root in objects(chart, kind).filter_map(Document::root) {
            let Some((_, definition)) = older_definition(world, root) else { continue };
            for site in root.list(list).filter_map(|item| item.get("componentDefRef")) {
                let why = match kind {
                    "ClusterVersion" => {
                        "The ClusterVersion stays Unavailable, and Clusters that name it wait for ever."
                    }
                    "Cluster" => "The operator finds no definition for this component and never makes the Cluster.",
                    _ => "No backup policy is made for it.",
                };
                report(definition, site, severity, why, sink);
            }
        }
    }
}

fn check_references(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    let why = "KubeBlocks passes over the whole reference in silence: none of its variables exists, and what uses them \
               gets text that was never replaced.";
    for reference in definition.components().flat_map(|component| component.references()) {
        if let Some(site) = reference.target() {
            report(definition, site, Severity::Error, why, sink);
        }
    }
}

fn report(definition: ClusterDefinition<'_>, site: Node<'_>, severity: Severity, why: &str, sink: &mut Sink) {
    let (Some(names), Some(name)) = (definition.names(), site.text()) else { return };
    if !site.known() || name.is_empty() || names.contains(&name) {
        return;
    }
    let whole = definition.name().and_then(Node::text).unwrap_or_default();
    let report = sink
        .report(&site, format!("ClusterDefinition `{whole}` has no component definition `{name}`"))
        .severity(severity)
        .why(why)
        .help(format!("It has {}.", listed(&names)))
        .nearest(name, names.iter().copied());
    if let Some(near) = nearest(name, names.iter().copied())
        && let Some(place) = definition.component(near).and_then(|component| component.node.get("name"))
    {
        report.related(&place, format!("`{near}` is defined here"));
    }
}

/// Hosts written as `$(KB_CLUSTER_NAME)-name`. A Cluster may call its components as it likes, so only what is nearly the
/// name of a definition is judged.
fn check_waits(world: &World, chart: &Chart, definition: ClusterDefinition<'_>, sink: &mut Sink) {
    let Some(names) = definition.names() else { return };
    let is_used = |name: &str| {
        let clusters = world.index().objects(CLUSTER).filter_map(Object::root);
        let mut components = clusters.flat_map(|root| root.list("spec.componentSpecs"));
        components.any(|component| component.text_at("name") == Some(name))
    };
    for waiting in &Order::of(definition, chart).waiting {
        let Target::Unknown(name) = &waiting.target else { continue };
        let Some(near) = nearest(name, names.iter().copied()) else { continue };
        if is_used(name) {
            continue;
        }
        let variable = waiting.host.variable.range.of(waiting.wait.condition);
        let meant = format!("{variable}{}", waiting.host.suffix.replacen(name, near, 1));
        sink.report(
            &waiting.part(waiting.host.range),
            format!("this waits for a component `{name}` that there is not"),
        )
        .why("The name never resolves, so the init container never ends.")
        .help(format!("Did you mean `{near}`?"))
        .replace(format!("Replace by `{meant}`"), Safety::Unsafe, &*meant);
    }
}

/// Components of a Cluster that need another component definition, which no component of the Cluster uses.
fn check_absent(owner: &Chart, definition: ClusterDefinition<'_>, cluster: Node<'_>, sink: &mut Sink) {
    let order = Order::of(definition, owner);
    let index = |name: &str| order.components.iter().position(|component| component.name() == name);
    let used: Option<Vec<(Node, usize)>> = cluster
        .list("spec.componentSpecs")
        .map(|component| component.get("componentDefRef").filter(|site| site.known()))
        .map(|site| Some((site?, index(site?.text()?)?)))
        .collect();
    // A name that is unknown may stand for the one that is wanted.
    let Some(used) = used else { return };
    let absent = |to: usize| !used.iter().any(|(_, index)| *index == to);
    for (site, from) in &used {
        let mut told = Vec::new();
        for edge in order.waits.iter().chain(&order.uses).filter(|edge| edge.from == *from && absent(edge.to)) {
            let by_reference = order.components[*from].variables().any(|(_, v)| v.name() == edge.variable);
            let (severity, why, verb) = match edge.kind {
                EdgeKind::Wait => (Severity::Error, "so that the wait never ends", "waits for"),
                // A script may look whether a variable is set.
                EdgeKind::Use if edge.text().starts_with("$(") => {
                    (Severity::Warning, "and what uses them gets text that was never replaced", "uses")
                }
                _ => continue,
            };
            if !by_reference || told.contains(&edge.to) {
                continue;
            }
            told.push(edge.to);
            let (from, to) = (order.components[*from].name(), order.components[edge.to].name());
            sink.report(site, format!("`{from}` needs `{to}`, and no component of this Cluster is one"))
                .severity(severity)
                .why(format!(
                    "KubeBlocks passes over the reference to `{to}` in silence: none of its variables exists, {why}."
                ))
                .help(format!("Add a component with `componentDefRef: {to}`."))
                .related(&edge.evidence, format!("`{from}` {verb} `{to}` here"));
        }
    }
}
