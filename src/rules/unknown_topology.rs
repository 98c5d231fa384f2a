//! See `unknown_topology.md`.

use super::prelude::*;
use crate::model::cluster::Cluster;

pub(super) static RULE: Rule = Rule {
    name: "unknown-topology",
    summary: "a topology that the ClusterDefinition does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_topology.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for cluster in chart.documents().iter().filter_map(Cluster::of) {
        let Some(definition) = uses.definition_of(cluster) else { continue };
        let known = |node: Node| node.known() && node.text().is_some();
        let all: Vec<Node> = definition.topologies().filter_map(|topology| topology.node.get("name")).collect();
        if all.is_empty() || !all.iter().copied().all(known) {
            continue;
        }
        let names: Vec<&str> = all.iter().filter_map(|name| name.text()).collect();
        let whole = definition.document.name().and_then(Node::text).unwrap_or_default();
        let why = "The Cluster is refused, and nothing of it is made.";
        let help = format!("It has {}.", listed(&names));
        match cluster.spec.get("topology").filter(|topology| topology.text() != Some("")) {
            Some(topology) => {
                let Some(name) = topology.known_text().filter(|name| !names.contains(name)) else {
                    continue;
                };
                let report = sink
                    .report(&topology, format!("`{whole}` has no topology `{name}`"))
                    .why(why)
                    .help(help)
                    .related(&definition.spec.key("topologies"), "the topologies");
                report.nearest(name, names);
            }
            None if definition.topology(None).is_none() => {
                let Some(place) = cluster.spec.get("clusterDef") else { continue };
                sink.report(&place, format!("`{whole}` has no default topology, and the Cluster names none"))
                    .why(why)
                    .help(format!("Name one in `topology`. {help}"));
            }
            None => {}
        }
    }
}
