//! Variables that containers get from elsewhere.

use std::collections::BTreeSet;

use crate::diagnostic::{Edit, Fix, Report, Safety};
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::lines;
use crate::model::resolve::{CLUSTER, GroupKind, SIDECAR_DEFINITION};
use crate::model::vars::Source;
use crate::world::{Chart, World};

/// The variables that may come with other objects: of sidecars, and of Clusters with some of their own.
pub(in crate::rules) fn given_elsewhere(world: &World) -> Vec<&str> {
    let of_kind = |of: GroupKind<'static>| world.index().objects(of).filter_map(Object::root);
    let sidecars = of_kind(SIDECAR_DEFINITION).flat_map(|root| root.list("spec.vars"));
    let components = of_kind(CLUSTER).flat_map(|root| {
        let templates = root.list("spec.shardings").filter_map(|sharding| sharding.get("template"));
        root.list("spec.componentSpecs").chain(templates)
    });
    let variables = sidecars.chain(components.flat_map(|component| component.list("env")));
    let names: BTreeSet<&str> = variables.filter_map(|variable| variable.text_at("name")).collect();
    names.into_iter().collect()
}

/// What KubeBlocks gave of itself up to 0.9, and the sources of the variables that give the same since.
const SUCCESSORS: [(&str, &str, &str); 6] = [
    ("KB_NAMESPACE", "clusterVarRef", "namespace"),
    ("KB_CLUSTER_NAME", "clusterVarRef", "clusterName"),
    ("KB_CLUSTER_UID", "clusterVarRef", "clusterUID"),
    ("KB_CLUSTER_COMP_NAME", "componentVarRef", "componentName"),
    ("KB_COMP_NAME", "componentVarRef", "shortName"),
    ("KB_COMP_REPLICAS", "componentVarRef", "replicas"),
];

/// Defines a variable that KubeBlocks gave of itself up to 0.9.
pub(in crate::rules) fn defined(chart: &Chart, definition: Definition, name: &str) -> Option<Edit> {
    let (_, source, option) = SUCCESSORS.iter().find(|(own, ..)| *own == name)?;
    let item = format!("- name: {name}\n  valueFrom:\n    {source}:\n      {option}: Required\n");
    match definition.spec.get("vars") {
        Some(vars) => lines::put_item(chart, vars, &item),
        None if definition.spec.key("vars").is_some() => None,
        None => lines::put_entry(chart, definition.spec, &format!("vars:\n{}", lines::indented(&item, 2))),
    }
}

/// Lets the variable be missing where what it asks for is not there.
pub(in crate::rules) fn made_optional(chart: &Chart, source: Source, safety: Safety) -> Option<Fix> {
    let edit = match source.node.get("optional") {
        Some(optional) => lines::written(&optional, "true")?,
        None => lines::put_first(chart, source.key, "optional: true")?,
    };
    Some(Fix { title: "Mark the variable as optional".to_owned(), safety, edits: vec![edit] })
}

/// Offers the name in the place of the whole `$(X)`.
pub(in crate::rules) fn offer<'s>(report: Report<'s>, near: &str) -> Report<'s> {
    let text = format!("$({near})");
    report.help(format!("Did you mean `{text}`?")).replace(format!("Replace by `{text}`"), Safety::Unsafe, text)
}
