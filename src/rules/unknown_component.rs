//! See `unknown_component.md`.

use super::prelude::*;
use crate::model::cluster::{Cluster, Unit};
use crate::model::object::Part as Words;
use crate::model::parts::{Owner, PARTS, What};
use crate::model::requests::clusters_of;
use crate::text::{TextRange, parts_between};

pub(super) static RULE: Rule = Rule {
    name: "unknown-component",
    summary: "a component that the Cluster, or its topology, does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_component.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for document in chart.documents() {
        if let Some(cluster) = Cluster::of(document) {
            if cluster.is_current() {
                check_topology(uses, cluster, sink);
            }
            check_own(cluster, sink);
        } else {
            check_other(uses.world, document, sink);
        }
    }
}

/// What a Cluster gives is what its topology has.
fn check_topology(uses: &Uses, cluster: Cluster, sink: &mut Sink) {
    let Some(topology) = uses.topology_of(cluster) else { return };
    if topology.names().is_none() {
        return;
    }
    let given: Vec<&str> = cluster.units().filter_map(|unit| unit.name()?.text()).collect();
    for unit in cluster.units() {
        let Some(name) = unit.name().filter(|name| name.known() && !name.names_release()) else { continue };
        let Some(text) = name.text().filter(|text| topology.entity(text, unit.sharding).is_none()) else { continue };
        let what = if unit.sharding { "sharding" } else { "component" };
        let entities = topology.entities().filter(|entity| entity.sharding == unit.sharding);
        let names: Vec<&str> = entities.map(|entity| entity.name()).collect();
        let report = sink
            .report(&name, format!("topology `{}` has no {what} `{text}`", topology.name()))
            .why("The Cluster is refused, and nothing of it is made.")
            .help(match names.is_empty() {
                true => format!("It has no {what}s."),
                false => format!("It has {}.", listed(&names)),
            })
            .related(&topology.node.get("name"), "the topology");
        report.nearest(text, names.into_iter().filter(|name| !given.contains(name)));
    }
}

/// What a Cluster says of its own components.
fn check_own(cluster: Cluster, sink: &mut Sink) {
    let Some(names) = names(cluster) else { return };
    for selector in cluster.spec.each("services[].componentSelector") {
        if let Some(text) = selector.known_text().filter(|text| !text.is_empty()) {
            let why = "The Cluster is refused: the component of the service is not there.";
            judge(selector.part(TextRange::new(0, text.len())), text, &names, &[], why, Severity::Error, sink);
        }
    }
    let annotation = cluster.document.root().and_then(|root| root.get("metadata")?.get("annotations"));
    let annotation = annotation.and_then(|annotations| annotations.get("kubeblocks.io/host-network"));
    let Some((node, text)) = annotation.and_then(|node| Some((node, node.known_text()?))) else {
        return;
    };
    let beside: Vec<&str> = parts_between(text, ',').map(|(_, name)| name).collect();
    for (range, name) in parts_between(text, ',').filter(|(_, name)| !name.is_empty()) {
        let why = "KubeBlocks passes over it in silence.";
        judge(node.part(range), name, &names, &beside, why, Severity::Warning, sink);
    }
}

/// Requests name components of a Cluster; one of that name may still be meant that is not in view.
fn check_other(world: &World, document: &Document, sink: &mut Sink) {
    let Some(root) = document.root().filter(|_| document.is_sound()) else { return };
    let rows = || PARTS.iter().filter(|part| part.owner == Owner::Cluster && part.what == What::Component);
    let mut rows = rows().filter(|part| Some(part.kind) == document.kind()).peekable();
    if rows.peek().is_none() {
        return;
    }
    let clusters = clusters_of(world, document);
    let names: Option<Vec<Vec<&str>>> = clusters.and_then(|all| all.into_iter().map(names).collect());
    let Some(names) = names.map(|names| names.concat()) else { return };
    for part in rows {
        let nodes = root.each(part.path);
        let beside: Vec<&str> = nodes.iter().filter_map(|node| node.text()).collect();
        for node in nodes.iter().filter(|node| node.known()) {
            if let Some(text) = node.text().filter(|text| !text.is_empty()) {
                let part = node.part(TextRange::new(0, text.len()));
                judge(part, text, &names, &beside, "The request fails.", Severity::Warning, sink);
            }
        }
    }
}

/// What makes a component that no list has, up to 0.9 (legacy spec §7.3).
const SIMPLE: [&str; 5] = ["replicas", "resources", "storage", "network", "topology"];

/// The names of all components and shardings; `None` where one is open.
fn names(cluster: Cluster<'_>) -> Option<Vec<&str>> {
    if !cluster.is_current() && SIMPLE.iter().any(|key| cluster.spec.key(key).is_some()) {
        return None;
    }
    let names = cluster.units().map(Unit::name).map(|name| name?.known_text());
    names.collect::<Option<Vec<&str>>>().filter(|names| !names.is_empty())
}

/// `beside` are the names beside it in the same list, which can stand there but once.
fn judge(at: Words, name: &str, names: &[&str], beside: &[&str], why: &str, severity: Severity, sink: &mut Sink) {
    if !names.contains(&name) {
        sink.report(&at, format!("the Cluster has no component `{name}`"))
            .severity(severity)
            .why(why)
            .help(format!("It has {}.", listed(names)))
            .nearest(name, names.iter().copied().filter(|name| !beside.contains(name)));
    }
}
