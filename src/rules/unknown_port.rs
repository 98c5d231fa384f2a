//! See `unknown_port.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::diagnostic::{Edit, Safety, nearest};
use crate::model::admission;
use crate::model::asleep;
use crate::model::definition::Definition;
use crate::model::field_refs::{self, Step};
use crate::model::index::Object;
use crate::model::legacy::{ClusterDefinition, cluster_definitions};
use crate::model::lines;
use crate::model::pods::{self, Plain, plain};
use crate::model::resolve::SIDECAR_DEFINITION;
use crate::model::shell;
use crate::model::volumes::{Component, components_of};
use crate::model::wanted::{Member, bound_services, names, sources, wanted};
use crate::schema::release::Release;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "unknown-port",
    summary: "a port name that nothing serves",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_port.md"),
    check: Check::Linked(check),
};

const PLACEHOLDER: &str = "SVC_PORT_";

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| check_parts(uses, document, sink));
    for definition in cluster_definitions(chart).filter(|_| !chart.failed()) {
        check_credential(definition, sink);
        check_field_refs(definition, sink);
    }
    check_plain(chart, sink);
    let components = components_of(uses, chart).into_iter().filter(|component| !component.chart.failed());
    sink.each(components, |component, sink| {
        check_targets(uses.world, &component, sink);
        check_probes(&component, sink);
        if !component.legacy {
            check_host_network(&component, sink);
        }
    });
}

/// Ports that other objects name (v1 spec R051, R057, R117, R177).
fn check_parts<'w>(uses: &Uses<'w>, document: &'w Document, sink: &mut Sink) {
    for (member, what) in [
        (Member::Container, "container"),
        (Member::HostContainer, "host network container"),
        (Member::HostPort, "host network port"),
        (Member::Port, "container port"),
    ] {
        for part in wanted(uses, document, member) {
            let severity = if part.is_mild() { Severity::Warning } else { Severity::Error };
            judge(uses, &part, what, severity, sink);
        }
    }
    for (source, owner) in sources(document) {
        let Some(owner) = owner.filter(|_| source.kind() == "serviceVarRef") else { continue };
        let why = "The variable is never resolved, and the component gets no pods: only an event tells.";
        let none = "The variable never has a value, and nothing tells.";
        // Up to 0.9 the number on the nodes is asked for by the port's name, too.
        let number = source.node.get("nodePort").filter(|_| !owner.is_current());
        for asked_port in source.node.get("port").into_iter().chain(number) {
            let mild = !owner.is_current() && asked_port.text_at("option") == Some("Optional");
            let port = asked_port.get("name").filter(|port| port.known());
            if let Some((port, asked)) = port.zip(uses.of_var(owner, source)) {
                let fate = if mild { (Severity::Warning, none) } else { (Severity::Error, why) };
                check_service_port(uses, source.name(), port, &asked, fate, sink);
            }
        }
    }
    for (service, owner) in bound_services(uses, document) {
        if let Some(port) = service.get("port").filter(|port| port.known()) {
            let why = "The reference to the other Cluster is never resolved, and the component gets no pods.";
            check_service_port(uses, service.get("service"), port, &[owner], (Severity::Error, why), sink);
        }
    }
}

/// The port of a service that a variable asks for.
fn check_service_port<'w>(
    uses: &Uses<'w>,
    service: Option<Node<'w>>,
    port: Node<'w>,
    asked: &[Definition<'w>],
    (severity, why): (Severity, &str),
    sink: &mut Sink,
) {
    let Some(name) = port.text().filter(|name| !name.is_empty()) else { return };
    let service = match service {
        Some(service) if !service.known() => return,
        service => service.and_then(Node::text).unwrap_or_default(),
    };
    let mut lacking = Vec::new();
    for definition in asked {
        let names: Option<Vec<Node>> = match service {
            "headless" => names(uses, *definition, Member::Port),
            _ => service_ports(*definition, service),
        };
        // A service that is not there is another fault.
        let Some(names) = names else { return };
        if !names.iter().any(|port| port.text() == Some(name)) {
            lacking.push((*definition, names));
        }
    }
    let Some(severity) = severity.lowered_if(lacking.len() < asked.len()) else { return };
    let Some((first, ports)) = lacking.first() else { return };
    let which = if service.is_empty() { "the default service".to_owned() } else { format!("service `{service}`") };
    let ports: Vec<&str> = ports.iter().filter_map(|port| port.text()).collect();
    let report = sink
        .report(&port, format!("{which} of `{}` has no port named `{name}`", first.name()))
        .severity(severity)
        .why(why)
        .help(if ports.is_empty() {
            "Its port has no name.".to_owned()
        } else {
            format!("There are {}.", listed(&ports))
        })
        .related(&first.spec.key("services"), "the services of the definition");
    report.nearest(name, ports);
}

/// The names of a service's ports; `None` where there is no such service, or a name is open.
fn service_ports<'w>(definition: Definition<'w>, name: &str) -> Option<Vec<Node<'w>>> {
    let ports = definition.service(name)?.each("spec.ports[].name");
    ports.iter().all(|port| port.known()).then_some(ports)
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
            let owner_name = owner.name();
            let report = sink
                .report(&value.part(range), format!("`{owner_name}` has no service port named `{port}`"))
                .why(format!(
                    "The credential belongs to `{owner_name}`, the first component definition with a service. The \
                     placeholder is not replaced: clients read `$(SVC_PORT_{port})` where the port should be."
                ))
                .help(match names.is_empty() {
                    true => "Its ports have no names.".to_owned(),
                    false => format!("Its ports are {}.", listed(&names)),
                });
            report.related(&owner.node.key("service"), format!("the service of `{owner_name}`"));
        }
    }
}

/// A FieldRef takes the port of this name from the service of the component definition it refers to.
fn check_field_refs(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    for (reference, variable) in definition.components().flat_map(|component| component.variables()) {
        let Some(path) = field_refs::path(variable).filter(|path| path.known()) else { continue };
        let Some(steps) = field_refs::steps(path.text().unwrap_or_default()) else { continue };
        let [Step::Field("componentDef"), Step::Field("service"), Step::Field("ports"), step, ..] = steps.as_slice()
        else {
            continue;
        };
        let (Step::Filter { key: "name", value, range }, Some(target)) =
            (*step, definition.component(reference.target_name()))
        else {
            continue;
        };
        let Some(service) = target.service() else { continue };
        let names: Vec<Node> = service.list("ports").filter_map(|port| port.get("name")).collect();
        if names.iter().any(|name| !name.known() || name.text() == Some(value)) {
            continue;
        }
        let names: Vec<&str> = names.into_iter().filter_map(Node::text).collect();
        let report = sink
            .report(&path.part(range), format!("`{}` has no service port named `{value}`", target.name()))
            .severity(Severity::Warning)
            .why(format!("Nothing is left of the ports, so `{}` stays empty, and nothing tells.", variable.name()))
            .help(match names.is_empty() {
                true => "Its ports have no names.".to_owned(),
                false => format!("Its ports are {}.", listed(&names)),
            })
            .related(&target.node.key("service"), format!("the service of `{}`", target.name()));
        report.nearest(value, names.iter().copied());
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

/// Names of the ports of the agent that comes with lifecycle actions.
const AGENT_PORTS: [&str; 2] = ["http", "streaming"];

fn check_targets(world: &World, component: &Component<'_>, sink: &mut Sink) {
    let containers: Vec<Node> = containers(component).collect();
    // Other charts may put containers into the pod.
    let sidecars = world.index().objects(SIDECAR_DEFINITION).filter_map(Object::root);
    let sidecars = sidecars.filter(|_| !component.legacy).flat_map(|root| root.list("spec.containers"));
    let own = component.pod().into_iter().flat_map(pods::sidecars);
    let serving = containers.iter().copied().chain(own).chain(sidecars);
    let ports: Vec<Node> = serving.flat_map(|container| container.list("ports")).collect();
    let names: Vec<&str> = ports.iter().filter_map(|port| port.text_at("name")).collect();
    // Containers that are not in view may have any port.
    if containers.is_empty() || ports.iter().filter_map(|port| port.get("name")).any(|name| !name.known()) {
        return;
    }
    check_exporter(component, &ports, &names, sink);
    let services: Vec<Node> = match component.legacy {
        true => component.node.list("service.ports").collect(),
        false => component.node.list("services").flat_map(|service| service.list("spec.ports")).collect(),
    };
    let has_agent = !component.legacy && component.node.get("lifecycleActions").is_some();
    for port in services {
        let Some(target) = port.get("targetPort").filter(|target| target.integer().is_none()) else { continue };
        let Some(name) = target.known_text().filter(|name| name.parse::<u16>().is_err()) else { continue };
        // `bad-value` tells of what no port can be called.
        let is_name = name.len() <= 15;
        if !is_name
            || names.contains(&name)
            || SIDECAR_PORTS.contains(&name)
            || has_agent && AGENT_PORTS.contains(&name)
        {
            continue;
        }
        let message = match component.legacy {
            true => format!("no container of `{}` has a port named `{name}`", component.name),
            false => format!("no container has a port named `{name}`"),
        };
        let report = sink
            .report(&target, message)
            .severity(if component.legacy { Severity::Warning } else { Severity::Error })
            .why("The service has no endpoint for this port: connections to it are refused.")
            .help(match names.is_empty() {
                true => "The containers name no ports: add them below `ports`.".to_owned(),
                false => format!("The containers' ports are {}.", listed(&names)),
            })
            .nearest(name, names.iter().copied());
        let report = match containers.first().and_then(|container| container.get("name")) {
            Some(container) => report.related(&container, "the container"),
            None => report,
        };
        let number = port.get("port").filter(|port| port.known()).and_then(Node::integer);
        let has_near = nearest(name, names.iter().copied()).is_some();
        let Some(number) = number.filter(|_| !has_near) else { continue };
        let same = ports.iter().find(|port| port.get("containerPort").and_then(Node::integer) == Some(number));
        match (same.map(|same| same.text_at("name")), containers.as_slice()) {
            (Some(Some(same)), _) => _ = report.replace(format!("Replace by `{same}`"), Safety::Unsafe, same),
            // Who names ports has named the right one otherwise.
            (None, [only]) if ports.is_empty() => {
                report.offer(
                    format!("Let the container listen on {number} as `{name}`"),
                    Safety::Unsafe,
                    listen(component.chart, *only, name, number),
                );
            }
            _ => {}
        }
    }
}

/// One more port of a container.
fn listen(chart: &Chart, container: Node, name: &str, number: i64) -> Option<Edit> {
    let item = format!("- name: {name}\n  containerPort: {number}");
    match container.get("ports") {
        Some(ports) => lines::put_item(chart, ports, &item),
        None if container.key("ports").is_some() => None,
        None => lines::put_entry(chart, container, &format!("ports:\n{}", lines::indented(&item, 2))),
    }
}

/// Where measurements are read is a port of some container (legacy spec LC-077, v1 spec R041).
fn check_exporter(component: &Component<'_>, open: &[Node<'_>], names: &[&str], sink: &mut Sink) {
    let targets = admission::targets(world::schemas(), component.chart.promised(), component.document);
    // Since 1.2 nobody reads the field.
    if targets.is_some_and(|targets| targets.releases.first().is_some_and(|first| first >= Release::V1_2)) {
        return;
    }
    let ports = ["monitor.exporterConfig.scrapePort", "exporter.scrapePort"];
    for port in ports.into_iter().filter_map(|path| component.node.at(path)).filter(|port| port.known()) {
        check_scraped(component, port, open, sink);
        let named = |name: &&str| !name.is_empty() && name.parse::<u16>().is_err() && !name.contains('$');
        let Some(name) = port.text().filter(named).filter(|name| !names.contains(name)) else { continue };
        // A chart may have the container with other values.
        if asleep::mentions(component.chart, name) {
            continue;
        }
        sink.report(&port, format!("no container has a port named `{name}`"))
            .severity(Severity::Warning)
            .why("KubeBlocks looks the number up by this name and finds none: nothing reads the measurements.")
            .nearest(name, names.iter().copied());
    }
}

/// A number that no container declares, though each declares its ports, and that stands nowhere else in the pod.
fn check_scraped(component: &Component<'_>, port: Node<'_>, open: &[Node<'_>], sink: &mut Sink) {
    let text = port.text().unwrap_or_default();
    let Some(number) = text.parse::<u16>().ok().map(i64::from) else { return };
    let declares = |container: Node| container.list("ports").next().is_some();
    let own = component.pod().into_iter().flat_map(|pod| pod.list("containers"));
    let numbers: Option<Vec<i64>> =
        open.iter().map(|port| port.get("containerPort").filter(|n| n.known())?.integer()).collect();
    let is_said = || {
        component
            .pod()
            .into_iter()
            .chain(component.versions.iter().copied())
            .flat_map(Node::scalars)
            .any(|scalar| scalar.text().is_some_and(|said| said.contains(text)))
    };
    if !own.into_iter().all(declares) || numbers.is_none_or(|numbers| numbers.is_empty() || numbers.contains(&number)) {
        return;
    }
    if is_said() || asleep::mentions(component.chart, text) {
        return;
    }
    sink.report(&port, format!("no container of `{}` listens on {number}", component.name))
        .severity(Severity::Info)
        .why("The containers declare their ports, and this is none of them: nothing reads the measurements.");
}

/// Containers of the definition and of its versions, without init containers.
fn containers<'w>(component: &Component<'w>) -> impl Iterator<Item = Node<'w>> {
    let versions = component.versions.iter().flat_map(|version| version.list("versionsContext.containers"));
    component.pod().into_iter().flat_map(|pod| pod.list("containers")).chain(versions)
}

/// `hostNetwork.containerPorts` names containers, init containers too, and their ports (v1 spec R025, R026).
fn check_host_network(component: &Component<'_>, sink: &mut Sink) {
    let known = |node: &Node| node.get("name").is_some_and(Node::known);
    let containers: Vec<Node> = component.containers().collect();
    if containers.is_empty()
        || !containers.iter().all(|c| known(c) && c.list("ports").all(|port| port.get("name").is_none_or(Node::known)))
    {
        return;
    }
    let why = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";
    let listed = || component.node.list("hostNetwork.containerPorts");
    let is_free = |name: &&str| listed().all(|entry| entry.text_at("container") != Some(name));
    for entry in listed() {
        let Some(container) = entry.get("container").filter(|container| container.known()) else { continue };
        let Some(name) = container.text() else { continue };
        let Some(named) = containers.iter().find(|container| container.text_at("name") == Some(name)) else {
            sink.report(&container, format!("no container is named `{name}`"))
                .why(why)
                .nearest(name, containers.iter().filter_map(|container| container.text_at("name")).filter(is_free));
            continue;
        };
        let names: Vec<&str> = named.list("ports").filter_map(|port| port.text_at("name")).collect();
        for port in entry.list("ports") {
            let Some(text) = port.known_text().filter(|text| !names.contains(text)) else { continue };
            let report = sink
                .report(&port, format!("container `{name}` has no port named `{text}`"))
                .why(why)
                .related(&named.get("name"), "the container");
            report.nearest(text, names.iter().copied());
        }
    }
}

/// A probe's port name is one of its own container.
fn check_probes(component: &Component<'_>, sink: &mut Sink) {
    for container in component.containers() {
        let twins = component.versions.iter().flat_map(|version| version.list("versionsContext.containers"));
        let twins = twins.filter(|twin| twin.text_at("name") == container.text_at("name"));
        let ports = std::iter::once(container).chain(twins).flat_map(|container| container.list("ports"));
        check_container(container, &ports.filter_map(|port| port.text_at("name")).collect::<Vec<_>>(), sink);
    }
}

fn check_container(container: Node, names: &[&str], sink: &mut Sink) {
    for probe in ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"] {
        for action in ["httpGet", "tcpSocket", "grpc"] {
            let Some(port) = container.at(&format!("{probe}.{action}.port")) else { continue };
            let Some(name) = port.known_text().filter(|name| name.parse::<u16>().is_err()) else { continue };
            if shell::uses(name).is_empty() && !names.contains(&name) {
                sink.report(&port, format!("this container has no port named `{name}`"))
                    .why("It fails every time, so the container is restarted or never becomes ready.")
                    .nearest(name, names.iter().copied());
            }
        }
    }
}

/// Pods of Kubernetes' own kinds, and the Services that select them.
fn check_plain(chart: &Chart, sink: &mut Sink) {
    let pods: Vec<Plain> = chart.documents().iter().filter_map(plain).collect();
    let sidecars = chart.documents().iter().filter(|document| document.kind() == Some("SidecarDefinition"));
    let sidecars = sidecars.filter_map(Document::spec).flat_map(|spec| spec.list("containers"));
    for container in pods.iter().flat_map(|pods| pods.containers()).chain(sidecars) {
        let names: Vec<&str> = container.list("ports").filter_map(|port| port.text_at("name")).collect();
        check_container(container, &names, sink);
    }
    let services = chart.documents().iter().filter(|d| d.kind() == Some("Service") && d.group() == Some(""));
    for spec in services.filter_map(Document::spec).filter(|_| !pods.is_empty() && !chart.failed()) {
        let Some(selector) = spec.get("selector") else { continue };
        let selected: Vec<&Plain> = pods.iter().filter(|pods| pods.is_selected_by(selector)).collect();
        let ports: Option<Vec<Vec<&str>>> = selected.iter().map(|pods| pods.ports()).collect();
        let Some(ports) = ports.map(|ports| ports.concat()).filter(|_| !selected.is_empty()) else { continue };
        for target in spec.each("ports[].targetPort").into_iter().filter(|target| target.known()) {
            let Some(name) = target.text().filter(|name| name.parse::<u16>().is_err() && !ports.contains(name)) else {
                continue;
            };
            sink.report(&target, format!("no container of the selected pods has a port named `{name}`"))
                .severity(Severity::Warning)
                .why("The Service has no endpoint for this port: connections to it are refused.")
                .related(&selected[0].spec.heading(), "the pods")
                .nearest(name, ports.iter().copied());
        }
    }
}
