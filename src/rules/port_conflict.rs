//! See `port_conflict.md`.

use super::prelude::*;
use crate::model::ports::{Port, views};
use crate::model::volumes::{Component, components_of};

pub(super) static RULE: Rule = Rule {
    name: "port-conflict",
    summary: "two containers of a pod that listen on the same port",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("port_conflict.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        if component.chart.failed() {
            return;
        }
        match component.legacy {
            true => check_component(&component, sink),
            false if component.document.api_version() == Some("apps.kubeblocks.io/v1") => check_agent(&component, sink),
            false => {}
        }
    });
}

/// Where there is an action, the agent is put beside the containers, and needs a free port (v1 spec, CMP-21).
fn check_agent(component: &Component<'_>, sink: &mut Sink) {
    if component
        .node
        .get("lifecycleActions")
        .is_none_or(|actions| !actions.entries().any(|(_, action)| action.is_mapping()))
    {
        return;
    }
    for view in views(component).iter().filter(|view| view.is_known()) {
        let ports: Vec<Port> = view.ports().collect();
        for (at, port) in ports.iter().enumerate() {
            let (Some(number), Some(place)) = (port.number(), port.node.get("containerPort")) else { continue };
            let Some(first) = ports[..at].iter().find(|other| other.number() == Some(number)) else { continue };
            let report = sink.report(&place, message(number, port, first)).why(
                "KubeBlocks looks for a free port for the agent that runs the lifecycle actions, and refuses a pod in \
                 which a number occurs twice, whatever the protocol: the component is never built, and no event tells.",
            );
            if let Some(first) = first.node.get("containerPort") {
                report.help("Give one of them another port, or declare it once.").related(&first, "the first one");
            }
        }
    }
}

fn message(number: i64, port: &Port, first: &Port) -> String {
    match first.container == port.container {
        true => format!("port {number} stands twice in the container `{}`", port.container),
        false => format!("port {number} is already a port of the container `{}`", first.container),
    }
}

/// Databases for which every release brings its own sidecar, once there is a probe.
const WITH_SIDECAR: [&str; 5] = ["mysql", "postgresql", "mongodb", "redis", "etcd"];

fn check_component(component: &Component<'_>, sink: &mut Sink) {
    let probed = component.node.get("probes").is_some_and(|probes| probes.entries().next().is_some());
    let sidecar = probed && component.node.text_at("characterType").is_some_and(|kind| WITH_SIDECAR.contains(&kind));
    for view in views(component).iter().filter(|view| view.is_known()) {
        let ports: Vec<Port> = view.ports().collect();
        for (at, port) in ports.iter().enumerate() {
            let (Some(number), Some(place)) = (port.number(), port.node.get("containerPort")) else { continue };
            let same = |other: &&Port| other.number() == Some(number);
            let twin = match sidecar {
                true => ports[..at].iter().find(same),
                // Kubernetes itself minds neither UDP beside TCP, nor a container that says it twice.
                false => ports[..at].iter().find(|other| {
                    same(other) && other.protocol() == port.protocol() && other.container != port.container
                }),
            };
            let Some(twin) = twin else { continue };
            let report = sink.report(&place, message(number, port, twin));
            let report = match sidecar {
                true => report.why(
                    "KubeBlocks looks for a free port for the sidecar that asks for the roles, and refuses a pod in which \
                     a number occurs twice, whatever the protocol: `containerPorts conflict`.",
                ),
                false => report.severity(Severity::Warning).why(
                    "All containers of a pod share one network: the second of them that listens on this port fails.",
                ),
            };
            if let Some(first) = twin.node.get("containerPort") {
                report.help("Give one of them another port.").related(&first, "the first one");
            }
        }
    }
}
