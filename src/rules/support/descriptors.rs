//! Whether a ServiceDescriptor is what a definition wants.

use crate::model::object::Node;
use crate::model::pattern::{Mode, Pattern};

/// Kinds that KubeBlocks knows by several names, and how such names begin.
const ALIASED: [(&str, &[&str]); 5] = [
    ("zookeeper", &["zk", "zoo"]),
    ("elasticsearch", &["es", "elastic"]),
    ("mongodb", &["mongo"]),
    ("postgresql", &["pg", "postgres"]),
    ("clickhouse", &["ck", "ch", "click"]),
];

/// A descriptor is, or may be, what is wanted.
pub(in crate::rules) fn may_fit(wanted: Node<'_>, descriptor: Node<'_>) -> bool {
    let nodes = [
        wanted.get("serviceKind"),
        wanted.get("serviceVersion"),
        descriptor.at("spec.serviceKind"),
        descriptor.at("spec.serviceVersion"),
    ];
    let texts = nodes.map(|node| node.and_then(Node::known_text));
    let [Some(kind), Some(version), Some(own_kind), Some(own_version)] = texts else { return true };
    let (kind, own_kind) = (kind.to_lowercase(), own_kind.to_lowercase());
    let pattern = Pattern::new(Mode::ExactOrRegex, version);
    let same_version = own_version.contains(version) || pattern.matches(own_version);
    let unsure = pattern.is_unsure() || pattern.fault().is_some() || own_kind.is_empty() || own_version.is_empty();
    unsure || ((kind == own_kind || are_aliases(&kind, &own_kind)) && same_version)
}

/// Two names may be of one kind.
fn are_aliases(one: &str, other: &str) -> bool {
    ALIASED.iter().any(|(name, beginnings)| {
        let is = |kind: &str| kind == *name || beginnings.iter().any(|beginning| kind.starts_with(beginning));
        is(one) && is(other)
    })
}
