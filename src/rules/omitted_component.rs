//! See `omitted_component.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::cluster::Cluster;
use crate::model::lines;

pub(super) static RULE: Rule = Rule {
    name: "omitted-component",
    summary: "a component of the topology that the Cluster leaves out, and that may not be empty",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("omitted_component.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    chart.documents().iter().filter_map(Cluster::current).for_each(|cluster| check_cluster(uses, cluster, sink));
}

fn check_cluster(uses: &Uses, cluster: Cluster, sink: &mut Sink) {
    let Some(topology) = uses.topology_of(cluster).filter(|topology| topology.names().is_some()) else { return };
    let given: Option<Vec<&str>> = cluster.units().map(|unit| unit.name()?.known_text()).collect();
    let Some(given) = given else { return };
    for entity in topology.entities().filter(|entity| !entity.sharding && !entity.is_template()) {
        let name = entity.name();
        if given.contains(&name) {
            continue;
        }
        let Some(definitions) = uses.of_entity(entity) else { continue };
        let least = |spec: Node<'_>| spec.at("replicasLimit.minReplicas").and_then(Node::integer);
        let refused =
            definitions.iter().filter(|definition| least(definition.spec).is_none_or(|least| least > 0)).count();
        let Some(severity) = Severity::Error.lowered_if(refused < definitions.len()).filter(|_| refused > 0) else {
            continue;
        };
        let Some(key) = cluster.spec.key("componentSpecs").or_else(|| cluster.spec.key("clusterDef")) else { continue };
        let report = sink
            .report(&key, format!("the topology's component `{name}` is missing, and it cannot have 0 replicas"))
            .severity(severity)
            .why(
                "KubeBlocks makes every component of the topology. One that the Cluster does not list has 0 replicas, \
                 which its definition does not allow: the component is never built.",
            )
            .help(format!("Add a component `{name}`, or choose a topology without it."))
            .related(&entity.node.get("name"), "the topology has it");
        let replicas = definitions.iter().filter_map(|definition| least(definition.spec)).max().unwrap_or(1).max(1);
        let item = format!("- name: {name}\n  replicas: {replicas}\n");
        let list = cluster.spec.get("componentSpecs");
        let edit = uses.world.index().chart_of(cluster.document).and_then(|chart| match list {
            Some(list) => lines::put_item(chart, list, &item),
            None if cluster.spec.key("componentSpecs").is_some() => None,
            None => lines::put_entry(chart, cluster.spec, &format!("componentSpecs:\n{}", lines::indented(&item, 2))),
        });
        report.offer(format!("Add `{name}`"), Safety::Unsafe, edit);
    }
}
