//! See `reference_without_service.md`.

use super::prelude::*;
use crate::diagnostic::{Fix, Safety};
use crate::model::field_refs::{self, Step};
use crate::model::legacy::{ClusterDefinition, ComponentDef, cluster_definitions, objects};
use crate::model::lines;
use crate::model::resolve::CLUSTER_DEFINITION;

pub(super) static RULE: Rule = Rule {
    name: "reference-without-service",
    summary: "a reference to the service of a component that has none",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("reference_without_service.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for definition in cluster_definitions(chart).filter(|_| !chart.failed()) {
        check_variables(chart, definition, sink);
        check_credential(definition, sink);
        check_ports(definition, sink);
    }
    for cluster in objects(chart, "Cluster").filter_map(Document::root) {
        let Some(named) = cluster.text_at("spec.clusterDefinitionRef") else { continue };
        let named = uses.world.index().named(CLUSTER_DEFINITION, named).filter(|object| !object.chart.failed());
        for definition in named.filter_map(|object| ClusterDefinition::of(object.document)) {
            check_cluster(definition, cluster, sink);
        }
    }
}

/// A service is what its ports are (legacy spec LC-078).
fn check_ports(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    for component in definition.components() {
        let Some(service) = component.service().filter(|service| service.is_mapping()) else { continue };
        let ports = service.get("ports");
        let empty = ports.is_some_and(|ports| ports.is_sequence() && ports.items().next().is_none());
        if empty || service.key("ports").is_none() {
            sink.report(&service.heading(), format!("the `service` of `{}` has no ports", component.name()))
                .severity(Severity::Warning)
                .why(
                    "Up to 0.6 no Service is made, though others are told its name; later releases ask for one that the \
                     API server refuses.",
                )
                .help("Give it `ports`, or take `service` out.");
        }
    }
}

fn check_variables(chart: &Chart, definition: ClusterDefinition<'_>, sink: &mut Sink) {
    for (reference, variable) in definition.components().flat_map(|component| component.variables()) {
        let Some(target) = definition.component(reference.target_name()) else { continue };
        let Some(source) = variable.source() else { continue };
        let name = target.name();
        match source.text() {
            Some("ServiceRef") if target.service().is_none() => {
                let mut report = sink
                    .report(&source, format!("`{name}` has no `service`, so there is nothing to refer to"))
                    .why(format!(
                        "KubeBlocks makes the Service `<cluster>-{name}` only for a component definition with `service`; \
                         without it the component that refers to it is never made."
                    ))
                    .help(format!(
                        "Give `{name}` a `service`, or use `HeadlessServiceRef`: every component has a headless service."
                    ));
                report = report.fix(serving(chart, target));
                report.related(&target.node.get("name"), format!("`{name}` is defined here, without `service`"));
            }
            Some("FieldRef") if target.service().is_none() => {
                let Some(path) = field_refs::path(variable).filter(|path| path.known()) else { continue };
                let steps = path.text().and_then(field_refs::steps).unwrap_or_default();
                if let [Step::Field("componentDef"), Step::Field("service"), _, ..] = steps.as_slice() {
                    let report = sink
                        .report(&path, format!("`{name}` has no `service`, so there is nothing to read"))
                        .why("The component that refers to it is never made: `failed to execute jsonpath`.")
                        .help(format!("Give `{name}` a `service`, or write the value itself."));
                    report.related(&target.node.get("name"), format!("`{name}` is defined here, without `service`"));
                }
            }
            Some("HeadlessServiceRef") if target.workload_type() == Some("Stateless") => {
                let workload = target.node.get("workloadType");
                let report = sink
                    .report(&source, format!("`{name}` is Stateless: its pods have no names of their own"))
                    .why("A HeadlessServiceRef lists the pods by name and number, and these names belong to no pod.")
                    .help("Use `ServiceRef`, or make it a Stateful workload.");
                report.related(&workload, "it is Stateless here");
            }
            _ => {}
        }
    }
}

/// A service on the ports of the component's containers.
fn serving(chart: &Chart, component: ComponentDef) -> Option<Fix> {
    let mut text = "service:\n  ports:\n".to_owned();
    for port in component.containers().flat_map(|container| container.list("ports")) {
        let name = port.get("name")?.known_text()?;
        let number = port.get("containerPort").filter(|number| number.known())?.integer()?;
        text += &format!("    - name: {name}\n      port: {number}\n      targetPort: {name}\n");
    }
    if component.node.key("service").is_some() {
        return None;
    }
    let key = component.node.key("workloadType").or_else(|| component.node.key("name"))?;
    let edit = lines::put_behind(chart, key, &text).filter(|_| text.contains("port: "))?;
    let title = format!("Give `{}` a service on its ports", component.name());
    Some(Fix { title, safety: Safety::Unsafe, edits: vec![edit] })
}

fn check_credential(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    let spec = definition.root.get("spec");
    let credential = spec.and_then(|spec| spec.get("connectionCredential").and(spec.key("connectionCredential")));
    let Some(key) = credential else { return };
    // The Secret's owner is the first component with a service.
    if definition.components().all(|component| component.service().is_none()) {
        sink.report(&key, "no component definition has a `service`, so this Secret is never made")
            .why("The connection credential belongs to the first component definition that has a `service`.")
            .help("Give the component that clients talk to a `service`, or take `connectionCredential` out.");
    }
}

/// A `ServiceRef` needs exactly one component of its target.
fn check_cluster(definition: ClusterDefinition<'_>, cluster: Node<'_>, sink: &mut Sink) {
    let specs: Vec<Node> = cluster.list("spec.componentSpecs").collect();
    let of = |name: &str| -> Vec<Node> {
        specs.iter().filter(|spec| spec.text_at("componentDefRef") == Some(name)).copied().collect()
    };
    for component in definition.components().filter(|component| component.service().is_none()) {
        // The services of a Cluster's component are copies of the definition's (legacy spec LC-127).
        for key in of(component.name())
            .into_iter()
            .filter_map(|spec| spec.key("services").filter(|_| spec.list("services").next().is_some()))
        {
            let report = sink
                .report(&key, format!("`{}` has no `service` that these could be made of", component.name()))
                .severity(Severity::Warning)
                .why("Up to 0.7 they are passed over in silence; later releases fail with the whole Cluster.")
                .help(format!("Give `{}` a `service`, or take them out.", component.name()));
            report.related(&component.node.get("name"), "the component definition");
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for component in definition.components() {
        if of(component.name()).is_empty() {
            continue;
        }
        for (reference, variable) in component.variables() {
            let target = reference.target_name();
            if variable.source().and_then(Node::text) != Some("ServiceRef") || seen.contains(&target) {
                continue;
            }
            seen.push(target);
            if let Some(second) = of(target).get(1)
                && let Some(name) = second.get("name").or_else(|| second.get("componentDefRef"))
            {
                let report = sink
                    .report(
                        &name,
                        format!("a second component of `{target}`, whose service `{}` refers to", component.name()),
                    )
                    .why("A ServiceRef needs exactly one component; with two of them KubeBlocks makes neither.")
                    .help("Keep one component of this definition, or refer to it in another way.");
                report.related(&reference.target(), "it is referred to here");
            }
        }
    }
}
