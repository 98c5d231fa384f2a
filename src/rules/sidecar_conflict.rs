//! See `sidecar_conflict.md`.

use super::prelude::*;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::resolve::SIDECAR_DEFINITION;

pub(super) static RULE: Rule = Rule {
    name: "sidecar-conflict",
    summary: "a sidecar that does not go with the definitions it joins",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("sidecar_conflict.md"),
    check: Check::Linked(check),
};

const REFUSED: &str = "KubeBlocks refuses the SidecarDefinition, and every Cluster that has its owner fails.";

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for object in Object::of_chart(chart, SIDECAR_DEFINITION) {
        let spec = object.root().and_then(|root| root.get("spec"));
        if let Some(spec) = spec.filter(|_| object.document.is_sound()) {
            check_sidecar(uses, spec, sink);
        }
    }
}

fn check_sidecar<'w>(uses: &Uses<'w>, spec: Node<'w>, sink: &mut Sink) {
    let selectors: Vec<Node> = spec.list("selectors").collect();
    let owners = spec.get("owner").and_then(|owner| uses.of_node(owner)).unwrap_or_default();
    let mut selected: Vec<Definition> = Vec::new();
    for selector in &selectors {
        let Some(found) = uses.of_entry(*selector) else { return };
        // v1 spec SCD-11
        let both = found.iter().find(|definition| owners.iter().any(|owner| owner.name() == definition.name()));
        if let Some(both) = both {
            let report = sink
                .report(selector, format!("`{}` is both the owner and selected", both.name()))
                .why(REFUSED)
                .help("The owner asks for the sidecar, the selected definitions get it: these are never the same.");
            if let Some(owner) = spec.get("owner") {
                report.related(&owner, "the owner");
            }
            return;
        }
        selected.extend(found);
    }
    // v1 spec SCD-08, SCD-09; R083: containers are not compared.
    check_names(spec, &["vars[].name"], "variable", &selected, Severity::Error, sink);
    check_names(spec, &["configs[].name", "scripts[].name"], "config or script", &selected, Severity::Error, sink);
    check_containers(spec, &selected, sink);
    check_topologies(uses, spec, &owners, &selected, sink);
}

/// Names that both sides have.
fn check_names<'w>(
    spec: Node<'w>,
    paths: &[&str],
    what: &str,
    selected: &[Definition<'w>],
    severity: Severity,
    sink: &mut Sink,
) {
    for name in paths.iter().flat_map(|path| spec.each(path)).filter(|name| name.known()) {
        let theirs = selected.iter().find_map(|definition| {
            let mut names = paths.iter().flat_map(|path| definition.spec.each(path));
            Some((definition, names.find(|other| other.text().is_some() && other.text() == name.text())?))
        });
        let Some((definition, other)) = theirs else { continue };
        let text = name.text().unwrap_or_default();
        sink.report(&name, format!("`{}` has a {what} `{text}` too", definition.name()))
            .severity(severity)
            .why(REFUSED)
            .help("Choose another name here.")
            .related(&other, "the definition's own");
    }
}

fn check_containers<'w>(spec: Node<'w>, selected: &[Definition<'w>], sink: &mut Sink) {
    for name in spec.each("containers[].name").into_iter().filter(|name| name.known()) {
        let theirs = selected.iter().find_map(|definition| {
            let names = definition.containers().chain(definition.init_containers()).filter_map(|own| own.get("name"));
            Some((definition, { names }.find(|other| other.text().is_some() && other.text() == name.text())?))
        });
        let Some((definition, other)) = theirs else { continue };
        sink.report(
            &name,
            format!("`{}` has a container `{}` too", definition.name(), name.text().unwrap_or_default()),
        )
        .severity(Severity::Warning)
        .why("Nobody compares the names of containers, and no pod can have two of one name.")
        .help("Choose another name here.")
        .related(&other, "the definition's own");
    }
}

/// Where the owner is, something has to be selected (v1 spec CLU-25).
fn check_topologies<'w>(
    uses: &Uses<'w>,
    spec: Node<'w>,
    owners: &[Definition<'w>],
    selected: &[Definition<'w>],
    sink: &mut Sink,
) {
    let Some(key) = spec.key("selectors") else { return };
    for owner in owners {
        for places in uses.topologies_with(*owner) {
            let all: Option<Vec<&Vec<Definition>>> = places.entities.iter().map(|(_, found)| found.as_ref()).collect();
            let Some(all) = all else { continue };
            let is_in = |found: &[Definition], list: &[Definition]| {
                found.iter().all(|one| list.iter().any(|other| other.name() == one.name()))
            };
            let owned = all.iter().any(|found| !found.is_empty() && is_in(found, owners));
            let met = all.iter().any(|found| found.iter().any(|one| is_in(&[*one], selected)));
            if owned && !met {
                let name = places.topology.name();
                let cluster = places.object.name().unwrap_or_default();
                sink.report(&key, format!("no definition of the topology `{name}` of `{cluster}` is selected"))
                    .severity(Severity::Warning)
                    .why("The topology has the owner, so every Cluster of it fails: `no comp-def selected by sidecar definition`.")
                    .related(&places.topology.node.heading(), "the topology");
                return;
            }
        }
    }
}
