//! See `crossed_port.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::ports::{Port, View, views};
use crate::model::volumes::{Component, components_of};

pub(super) static RULE: Rule = Rule {
    name: "crossed-port",
    summary: "a service port that leads to another container port than the one it is called after",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("crossed_port.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        if component.chart.failed() {
            return;
        }
        let views = views(&component);
        let services: Vec<Vec<Node>> = match component.legacy {
            true => vec![component.node.list("service.ports").collect()],
            false => component.node.list("services").map(|service| service.list("spec.ports").collect()).collect(),
        };
        for ports in &services {
            for port in ports {
                check_port(&component, *port, ports, &views, sink);
            }
        }
    });
}

fn check_port(component: &Component<'_>, port: Node<'_>, all: &[Node<'_>], views: &[View<'_>], sink: &mut Sink) {
    let Some(target) = port.get("targetPort").filter(|target| target.known()) else { return };
    let Some(number) = port.get("port").filter(|number| number.known()).and_then(Node::integer) else { return };
    let mut found = views.iter().map(|view| crossed(port, number, target, all, view));
    // With every version.
    let Some(Some((here, there))) = found.next() else { return };
    if !found.all(|other| other.is_some()) {
        return;
    }
    let (Some(to), Some(from)) = (there.number(), here.number()) else { return };
    let called =
        |port: Port, number: i64| port.name().map_or(format!("`{number}`"), |name| format!("`{name}` ({number})"));
    let meant = if from == number { called(here, from) } else { format!("`{}`", here.name().unwrap_or_default()) };
    let right = here.name().map_or(from.to_string(), str::to_owned);
    let report = sink
        .report(&target, format!("port {number} leads to {}, not to {}", called(there, to), called(here, from)))
        .why(format!(
            "The service of `{}` sends what comes to its port {number} to the container port {to}, while {meant} is \
             there too: clients talk to the wrong listener.",
            component.name
        ))
        .help(format!("Write `targetPort: {right}`."))
        .replace(format!("Replace by `{right}`"), Safety::Unsafe, right)
        .related(&here.node.get("containerPort"), format!("this container port is {from}"));
    report.related(&there.node.get("containerPort"), "the service leads here");
}

/// The container port that a service port is called after, and the one it leads to, where they are two.
fn crossed<'w>(
    port: Node<'w>,
    number: i64,
    target: Node<'w>,
    all: &[Node<'w>],
    view: &View<'w>,
) -> Option<(Port<'w>, Port<'w>)> {
    if !view.is_known() {
        return None;
    }
    let name = port.text_at("name");
    let there = view.ports().find(|other| leads_to(target, *other))?;
    let by_number = view.ports().find(|other| other.number() == Some(number));
    let here = by_number.or_else(|| view.ports().find(|other| name.is_some() && other.name() == name))?;
    let targeted = |here: Port<'w>| {
        all.iter().any(|other| match other.get("targetPort") {
            Some(target) => leads_to(target, here),
            None => other.get("port").and_then(Node::integer) == here.number(),
        })
    };
    (here.number() != there.number() && !targeted(here)).then_some((here, there))
}

/// `targetPort` names the container port, or is its number.
fn leads_to(target: Node<'_>, port: Port<'_>) -> bool {
    match target.integer() {
        Some(number) => port.number() == Some(number),
        None => port.name().is_some() && port.name() == target.text(),
    }
}
