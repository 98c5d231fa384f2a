//! Faults of Clusters and of the order in which they start.

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    newer("order-mismatch", CD, "spec.topologies[].orders.provision[]", Put("zz")),
    newer("unknown-component", CLUSTER, "spec.componentSpecs[].name", Put("zz"))
        .when(|node| node.document.root().is_some_and(|root| root.at("spec.topology").is_some())),
    newer("unknown-topology", CLUSTER, "spec.topology", Put("zz")),
];
