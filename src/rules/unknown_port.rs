//! See `unknown_port.md`.

use super::prelude::*;
use crate::model::legacy::{ClusterDefinition, cluster_definitions};
use crate::model::shell;
use crate::model::volumes::{Component, components};

pub(super) static RULE: Rule = Rule {
    name: "unknown-port",
    summary: "a port name that nothing serves",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_port.md"),
    check: Check::World(check),
};

const PLACEHOLDER: &str = "SVC_PORT_";

fn check(world: &World, sink: &mut Sink) {
    for chart in world.charts.values().filter(|chart| !chart.failed()) {
        for definition in cluster_definitions(chart) {
            check_credential(definition, sink);
        }
    }
    for component in components(world.index()) {
        if component.legacy && !component.chart.failed() {
            check_targets(&component, sink);
            check_probes(&component, sink);
        }
    }
}

/// `$(SVC_PORT_x)` is the port named `x` of the first component definition with a service.
fn check_credential(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    let Some(owner) = definition.components().find(|component| component.service().is_some()) else { return };
    let names: Vec<&str> = owner.service_ports().filter_map(|port| port.text_at("name")).collect();
    let Some(credential) = definition.root.at("spec.connectionCredential") else { return };
    for (_, value) in credential.entries() {
        let Some(text) = value.text() else { continue };
        for (range, port) in placeholders(text) {
            if names.contains(&port) {
                continue;
            }
            let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let owner_name = owner.name();
            let report = sink
                .report(&value.part(range), format!("`{owner_name}` has no service port named `{port}`"))
                .why(format!(
                    "The credential belongs to `{owner_name}`, the first component definition with a service. The \
                     placeholder is not replaced: clients read `$(SVC_PORT_{port})` where the port should be."
                ))
                .help(match listed.is_empty() {
                    true => "Its ports have no names.".to_owned(),
                    false => format!("Its ports are {}.", listed.join(", ")),
                });
            if let Some(key) = owner.node.key("service") {
                report.related(&key, format!("the service of `{owner_name}`"));
            }
        }
    }
}

/// `$(SVC_PORT_<name>)`, where the name is a port's: `-` may stand in it.
fn placeholders(text: &str) -> Vec<(crate::text::TextRange, &str)> {
    let open = format!("$({PLACEHOLDER}");
    let found = text.match_indices(&open).filter_map(|(at, _)| {
        let start = at + open.len();
        let end = start + text[start..].find(')')?;
        Some((crate::text::TextRange::new(at, end + 1), &text[start..end]))
    });
    found.collect()
}

/// Names of ports that sidecars of the operator bring in, where a component has probes.
const SIDECAR_PORTS: [&str; 4] = ["lorry-http-port", "lorry-grpc-port", "probe-http-port", "probe-grpc-port"];

fn check_targets(component: &Component<'_>, sink: &mut Sink) {
    let versions = component.versions.iter().flat_map(|version| version.list("versionsContext.containers"));
    let containers: Vec<Node> = component.node.list("podSpec.containers").chain(versions).collect();
    let ports: Vec<Node> = containers.iter().flat_map(|container| container.list("ports")).collect();
    let names: Vec<&str> = ports.iter().filter_map(|port| port.text_at("name")).collect();
    // Containers that are not in view may have any port.
    if containers.is_empty() || ports.iter().filter_map(|port| port.get("name")).any(|name| !name.known()) {
        return;
    }
    for port in component.node.list("service.ports") {
        let Some(target) = port.get("targetPort").filter(|target| target.integer().is_none()) else { continue };
        let Some(name) = target.text().filter(|name| target.known() && name.parse::<u16>().is_err()) else { continue };
        if names.contains(&name) || SIDECAR_PORTS.contains(&name) {
            continue;
        }
        let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let report = sink
            .report(&target, format!("no container of `{}` has a port named `{name}`", component.name))
            .severity(Severity::Warning)
            .why("The service has no endpoint for this port: connections to it are refused.")
            .help(match listed.is_empty() {
                true => "The containers name no ports: add them below `ports`.".to_owned(),
                false => format!("The containers' ports are {}.", listed.join(", ")),
            })
            .nearest(name, names.iter().copied());
        if let Some(container) = component.node.list("podSpec.containers").next().and_then(|c| c.get("name")) {
            report.related(&container, "the container");
        }
    }
}

/// A probe's port name is one of its own container.
fn check_probes(component: &Component<'_>, sink: &mut Sink) {
    for container in component.node.list("podSpec.containers") {
        let twins = component.versions.iter().flat_map(|version| version.list("versionsContext.containers"));
        let twins = twins.filter(|twin| twin.text_at("name") == container.text_at("name"));
        let ports = std::iter::once(container).chain(twins).flat_map(|container| container.list("ports"));
        let names: Vec<&str> = ports.filter_map(|port| port.text_at("name")).collect();
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            for action in ["httpGet", "tcpSocket", "grpc"] {
                let Some(port) = container.at(&format!("{probe}.{action}.port")) else { continue };
                let Some(name) = port.text().filter(|name| port.known() && name.parse::<u16>().is_err()) else { continue };
                if shell::uses(name).is_empty() && !names.contains(&name) {
                    sink.report(&port, format!("this container has no port named `{name}`"))
                        .why("The probe fails every time, so the container is restarted or never becomes ready.")
                        .nearest(name, names.iter().copied());
                }
            }
        }
    }
}
