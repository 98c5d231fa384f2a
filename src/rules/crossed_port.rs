//! See `crossed_port.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::cluster::Cluster;
use crate::model::index::Object;
use crate::model::ports::{Port, View, views};
use crate::model::resolve::CLUSTER;
use crate::model::vars::vars;
use crate::model::volumes::{Component, components_of, of_definition};
use crate::text::TextRange;

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
        if !component.legacy {
            check_fallbacks(&component, sink);
        }
    });
    sink.each(Object::of_chart(chart, CLUSTER), |object, sink| check_cluster(uses, object, sink));
}

/// The services that a Cluster has of its own lead to the ports of the component that they select.
fn check_cluster<'w>(uses: &Uses<'w>, object: Object<'w>, sink: &mut Sink) {
    let Some(cluster) = Cluster::of(object.document) else { return };
    for service in cluster.spec.list("services") {
        let Some(selected) = service.get("componentSelector").and_then(Node::known_text) else { continue };
        let unit = cluster.units().find(|unit| unit.name().and_then(Node::text) == Some(selected));
        let Some(definition) = unit.and_then(|unit| uses.of_unit(unit)) else { continue };
        let chart = uses.world.index().chart_of(definition.document);
        let component = chart.and_then(|chart| of_definition(Object { chart, document: definition.document }));
        // A sidecar may listen, too.
        let Some(component) = component.filter(|_| uses.sidecars(definition).next().is_none()) else { continue };
        let views = views(&component);
        let ports: Vec<Node> = service.list("spec.ports").collect();
        for port in &ports {
            check_port(&component, *port, &ports, &views, sink);
            check_number(&component, *port, &views, sink);
        }
    }
}

/// Without `targetPort` a service leads to the port of its own number.
fn check_number(component: &Component, port: Node, views: &[View], sink: &mut Sink) {
    let [view] = views else { return };
    let (Some(number), Some(name)) = (port.get("port").filter(|number| number.known()), port.get("name")) else {
        return;
    };
    let (Some(wanted), Some(text)) = (number.integer(), name.known_text()) else { return };
    let declares = |(own, _): &(Option<Node>, Option<Node>)| own.is_some_and(|own| own.list("ports").next().is_some());
    if port.key("targetPort").is_some() || !view.is_known() || !view.containers.iter().all(declares) {
        return;
    }
    let mut named = view.ports().filter(|other| other.name() == Some(text));
    let (Some(meant), None) = (named.next(), named.next()) else { return };
    if view.ports().any(|other| other.number() == Some(wanted)) {
        return;
    }
    let Some(listens) = meant.number() else { return };
    sink.report(&number, format!("port {wanted} leads to no container port: `{text}` is {listens}"))
        .why(format!(
            "Without `targetPort` the service of `{}` sends what comes to the number itself, where nothing listens.",
            component.name
        ))
        .help(format!("Add `targetPort: {text}`."))
        .related(&meant.node.get("containerPort"), format!("this container port is {listens}"));
}

/// A variable of a host port, and the number that it has where there is no host network.
fn check_fallbacks(component: &Component, sink: &mut Sink) {
    for var in vars(component.document) {
        let Some(source) = var.from("hostNetworkVarRef").filter(|source| source.definition().is_none()) else {
            continue;
        };
        let Some(expression) = var.node.get("expression").filter(|text| text.known()) else { continue };
        let Some((range, number)) = fallback(expression.text().unwrap_or_default(), var.name()) else { continue };
        let container = source.node.at("container.name").and_then(Node::known_text);
        let Some(name) = source.node.at("container.port.name").and_then(Node::known_text) else { continue };
        let container = component.containers().find(|node| container.is_some() && node.text_at("name") == container);
        let ports: Vec<Port> = container
            .into_iter()
            .flat_map(|node| node.list("ports"))
            .map(|node| Port { node, container: "" })
            .collect();
        if ports.iter().any(|port| {
            [port.node.get("name"), port.node.get("containerPort")].into_iter().flatten().any(|node| !node.known())
        }) {
            continue;
        }
        let Some(own) = ports.iter().find(|port| port.name() == Some(name)) else { continue };
        let mut others = ports.iter().filter(|port| port.number() == Some(number) && port.name() != Some(name));
        let (Some(there), None, Some(wanted)) = (others.next(), others.next(), own.number()) else { continue };
        if wanted == number {
            continue;
        }
        let other = there.name().unwrap_or_default();
        sink.report(&expression.part(range), format!("`{}` is the port `{name}`, and {number} is `{other}`", var.name()))
            .why(format!("With a host network the variable has the host port of `{name}` ({wanted}), and without one the number of another port."))
            .help(format!("Take the port `{other}`, or write {wanted}."))
            .related(&own.node.get("containerPort"), format!("`{name}`"))
            .related(&there.node.get("containerPort"), format!("`{other}`"));
    }
}

/// The number in `{{ if index . "X" }}{{ .X }}{{ else }}1234{{ end }}`, of the variable itself.
fn fallback(text: &str, name: &str) -> Option<(TextRange, i64)> {
    let plain: String = text.split_whitespace().collect();
    let begin = format!("{{{{ifindex.\"{name}\"}}}}{{{{.{name}}}}}{{{{else}}}}");
    let digits =
        plain.replace("{{-", "{{").replace("-}}", "}}").strip_prefix(&begin)?.strip_suffix("{{end}}")?.to_owned();
    let number = digits.parse().ok()?;
    let start = text.rfind(&digits)?;
    Some((TextRange::new(start, start + digits.len()), number))
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
