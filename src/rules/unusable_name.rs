//! See `unusable_name.md`.

use super::prelude::*;
use crate::model::cluster::{Cluster, ClusterDefinition};
use crate::model::definition::Definition;

pub(super) static RULE: Rule = Rule {
    name: "unusable-name",
    summary: "a name that is too long for what has to hold it",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unusable_name.md"),
    check: Check::Linked(check),
};

/// The longest value of a label, and the longest name of a host.
const LABEL: usize = 63;
/// The longest name that a Cluster allows for a sharding; its ClusterDefinition allows one more.
const SHARDING: usize = 15;

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for document in chart.documents() {
        if let Some(definition) = Definition::current(document) {
            check_definition(uses.world, definition, sink);
        } else if let Some(definition) = ClusterDefinition::current(document) {
            check_cluster_definition(definition, sink);
        } else if let Some(cluster) = Cluster::current(document) {
            check_cluster(cluster, sink);
        }
    }
}

/// The name becomes a label of the ComponentVersions that cover the definition.
fn check_definition(world: &World, definition: Definition<'_>, sink: &mut Sink) {
    let Some((node, length)) = definition.document.name().and_then(length) else { return };
    if length <= LABEL {
        return;
    }
    let index = world.index();
    let covers = index.sites().find(|site| {
        let matches = || index.matches(site);
        site.field.kind == "ComponentVersion" && matches().iter().any(|o| std::ptr::eq(o.document, definition.document))
    });
    let report = sink
        .report(&node, format!("`{}` has {length} characters; a label has at most {LABEL}", definition.name()))
        .why("KubeBlocks writes the name into a label of each ComponentVersion that covers the definition.");
    if let Some(site) = covers {
        report
            .severity(Severity::Error)
            .help("The ComponentVersion cannot be written: no Cluster can use the definition.")
            .related(&site.node, "covered here");
    }
}

fn check_cluster_definition(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    if let Some((node, length)) = definition.document.name().and_then(length)
        && length > LABEL
    {
        let name = node.text().unwrap_or_default();
        sink.report(&node, format!("`{name}` has {length} characters; `clusterDef` of a Cluster allows {LABEL}"))
            .why("No Cluster can name this ClusterDefinition.");
    }
    for entity in definition.topologies().flat_map(|topology| topology.entities().filter(|entity| entity.sharding)) {
        let Some((node, length)) = entity.node.get("name").and_then(length) else { continue };
        if length > SHARDING {
            let name = entity.name();
            sink.report(&node, format!("`{name}` has {length} characters; a Cluster's sharding allows {SHARDING}"))
                .why("No Cluster can give this sharding.");
        }
    }
}

/// Services, hosts and labels are called by the Cluster and the component.
fn check_cluster(cluster: Cluster<'_>, sink: &mut Sink) {
    let Some((_, whole)) = cluster.document.name().and_then(length) else { return };
    for (node, own) in cluster.units().filter_map(|unit| length(unit.name()?)) {
        let together = whole + 1 + own;
        if together > LABEL {
            let name = node.text().unwrap_or_default();
            sink.report(&node, format!("with the Cluster's name `{name}` makes {together} characters"))
                .why(format!("Services and labels are called `<cluster>-<component>` and have at most {LABEL}."));
        }
    }
}

/// The length of a name that is known.
fn length(node: Node<'_>) -> Option<(Node<'_>, usize)> {
    let text = node.known_text().filter(|_| !node.names_release())?;
    Some((node, text.chars().count()))
}
