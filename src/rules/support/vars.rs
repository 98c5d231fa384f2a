//! Variables that containers get from elsewhere.

use std::collections::BTreeSet;

use crate::diagnostic::{Fix, Safety};
use crate::model::index::Object;
use crate::model::lines;
use crate::model::vars::Source;
use crate::world::{Chart, World};

/// The variables that may come with other objects: of sidecars, and of Clusters with some of their own.
pub(in crate::rules) fn given_elsewhere(world: &World) -> Vec<&str> {
    let of_kind = |kind| world.index().objects("apps.kubeblocks.io", kind).filter_map(Object::root);
    let sidecars = of_kind("SidecarDefinition").flat_map(|root| root.list("spec.vars"));
    let components = of_kind("Cluster").flat_map(|root| {
        let templates = root.list("spec.shardings").filter_map(|sharding| sharding.get("template"));
        root.list("spec.componentSpecs").chain(templates)
    });
    let variables = sidecars.chain(components.flat_map(|component| component.list("env")));
    let names: BTreeSet<&str> = variables.filter_map(|variable| variable.text_at("name")).collect();
    names.into_iter().collect()
}

/// Lets the variable be missing where what it asks for is not there.
pub(in crate::rules) fn made_optional(chart: &Chart, source: Source, safety: Safety) -> Option<Fix> {
    let edit = match source.node.get("optional") {
        Some(optional) => lines::written(&optional, "true")?,
        None => lines::put_first(chart, source.key, "optional: true")?,
    };
    Some(Fix { title: "Mark the variable as optional".to_owned(), safety, edits: vec![edit] })
}
