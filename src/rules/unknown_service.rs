//! See `unknown_service.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::definition::Definition;
use crate::model::lines;
use crate::model::vars::Source;
use crate::model::wanted::{Member, sources, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unknown-service",
    summary: "a service that the component does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_service.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| check_document(uses, chart, document, sink));
}

fn check_document<'w>(uses: &Uses<'w>, chart: &Chart, document: &'w Document, sink: &mut Sink) {
    for part in wanted(uses, document, Member::Service).iter().filter(|part| !part.is_special_service()) {
        let severity = if part.is_mild() { Severity::Warning } else { Severity::Error };
        let Some((report, definition)) = judge(uses, part, "service", severity, sink) else { continue };
        // Operations ask for ports of it, too, by names that nobody could give it here.
        let edit = (document.kind() != Some("OpsDefinition")).then(|| added(chart, definition, part.name));
        report.offer(format!("Add the service to `{}`", definition.name()), Safety::Unsafe, edit.flatten());
    }
    for (source, owner) in sources(document) {
        if let Some(owner) = owner.filter(|owner| owner.is_current() && source.kind() == "serviceVarRef")
            && source.name().is_none_or(|name| name.text() == Some(""))
            && let Some(asked) = uses.of_var(owner, source)
        {
            check_default(chart, source, &asked, sink);
            check_pods(owner, source, &asked, sink);
        }
    }
}

/// A service of this name on the ports of the definition's containers, where the definition stands in the chart.
fn added(chart: &Chart, definition: Definition, name: &str) -> Option<Edit> {
    let own = chart.documents().iter().any(|own| std::ptr::eq(own, definition.document));
    let mut text = format!("- name: {name}\n  serviceName: {name}\n  spec:\n    ports:\n");
    for port in definition.containers().filter(|_| own).flat_map(|container| container.list("ports")) {
        let target = port.get("name")?.known_text()?;
        let number = port.get("containerPort").filter(|number| number.known())?.integer()?;
        text += &format!("      - name: {target}\n        port: {number}\n        targetPort: {target}\n");
    }
    let with_ports = text.contains("port: ");
    match definition.spec.get("services") {
        _ if !with_ports => None,
        Some(list) => lines::put_item(chart, list, &text),
        None if definition.spec.key("services").is_some() => None,
        None => {
            let spec = definition.document.root()?.key("spec")?;
            lines::put_first(chart, spec, &format!("services:\n{}", lines::indented(&text, 2)))
        }
    }
}

/// Without a name it is the Service that is called like the component, and only a service without `serviceName` makes it.
fn check_default(chart: &Chart, source: Source, asked: &[Definition], sink: &mut Sink) {
    let lacking: Vec<&Definition> = asked.iter().filter(|asked| asked.service("").is_none()).collect();
    let Some(first) = lacking.first() else { return };
    let severity = if source.is_optional() { Severity::Info } else { Severity::Error };
    let Some(severity) = severity.lowered_if(lacking.len() < asked.len()) else { return };
    let report = sink.report(&source.key, format!("`{}` has no default service", first.name())).severity(severity).why(
        "Without a `name` the variable asks for the Service that is called like the component. It is there only \
             where an item of `services` has no `serviceName`.",
    );
    let names = first.spec.list("services").filter_map(|service| service.text_at("name"));
    let names: Vec<&str> = names.chain(["headless"]).collect();
    let report = report
        .help(format!("Name a service: {}.", listed(names)))
        .related(&first.spec.key("services").or_else(|| first.document.name()), "the services of the definition");
    if let Some((name, edit)) = only_name(&lacking).and_then(|name| Some((name, named(chart, source, name)?))) {
        report.fix(Fix { title: format!("Name `{name}`"), safety: Safety::Unsafe, edits: vec![edit] });
    }
}

/// The only service that each of the definitions has; without any it is that of all pods.
fn only_name<'w>(asked: &[&Definition<'w>]) -> Option<&'w str> {
    let names = |asked: &Definition<'w>| {
        asked.spec.list("services").filter_map(|service| service.text_at("name")).collect::<Vec<_>>()
    };
    let first = names(asked.first()?);
    let same = asked.iter().all(|other| names(other) == first);
    match *first.as_slice() {
        [] if same => Some("headless"),
        [one] if same => Some(one),
        _ => None,
    }
}

fn named(chart: &Chart, source: Source, name: &str) -> Option<Edit> {
    match source.name() {
        Some(written) => lines::written(&written, name),
        None => lines::put_first(chart, source.key, &format!("name: {name}")),
    }
}

/// The items of `services` without a `serviceName`.
fn unnamed<'w>(definition: &Definition<'w>) -> Vec<Node<'w>> {
    let services = definition.spec.list("services");
    services.filter(|service| service.text_at("serviceName").is_none_or(str::is_empty)).collect()
}

/// A service for each pod has as many Services, and none of them is called like the component: the variable is a list.
fn check_pods(owner: Definition, source: Source, asked: &[Definition], sink: &mut Sink) {
    let of_pods = |service: Node| service.text_at("podService") == Some("true");
    let all = asked.iter().all(|asked| {
        let services = unnamed(asked);
        !services.is_empty() && services.into_iter().all(of_pods)
    });
    let Some(first) = asked.first().filter(|_| all) else { return };
    let name = source.node.parent().and_then(Node::parent).and_then(|var| var.text_at("name"));
    let (Some(service), Some(name)) = (unnamed(first).first().copied(), name) else { return };
    // A list is no part of a host's name.
    let part = format!("$({name}).");
    let vars = owner.spec.list("vars");
    let env = owner.all_containers().flat_map(|container| container.list("env"));
    let mut values = vars.chain(env).filter_map(|entry| entry.get("value"));
    let used = values.find(|value| value.text().is_some_and(|text| text.contains(&part)));
    let Some(used) = used.filter(|_| source.node.key("host").is_some()) else { return };
    sink.report(&source.key, format!("`{}` has no default service but one for each pod", first.name()))
        .why(
            "Without a `name` the variable asks for the Service that is called like the component. With `podService` \
             there is none: KubeBlocks takes those of all pods, and the value is a list, `pod-0:host,pod-1:host`.",
        )
        .help("Name a service that all pods share, or add one.")
        .related(&used, "the list is taken for one host here")
        .related(&service.heading(), "the service");
}
