//! See `unknown_action_container.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::asleep;
use crate::model::definition::Definition;
use crate::model::wanted::{Member, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unknown-action-container",
    summary: "an action that runs in a container which the component does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_action_container.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        check_document(chart, document, sink);
        for part in wanted(uses, document, Member::Agent) {
            judge(uses, &part, "container", Severity::Error, sink);
        }
    });
}

fn check_document(chart: &Chart, document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::of(document) else { return };
    let names: Vec<&str> = definition.containers().filter_map(|container| container.text_at("name")).collect();
    // What comes from elsewhere may have any name.
    if names.is_empty() || definition.containers().any(|c| c.get("name").is_none_or(|name| !name.known())) {
        return;
    }
    if !definition.is_current() {
        return check_older(definition, &names, sink);
    }
    if let Some(exporter) = definition.spec.at("exporter.containerName").filter(|name| name.known())
        && let Some(name) = exporter.text().filter(|name| !name.is_empty() && !names.contains(name))
        // A chart may have the container with other values; without it there is nothing to switch off.
        && !asleep::mentions(chart, name)
    {
        sink.report(&exporter, format!("no container is named `{name}`"))
            .severity(Severity::Warning)
            .why("A Cluster that switches the exporter off keeps its container: nothing has this name.")
            .help(format!("The containers are {}.", listed(&names)))
            .nearest(name, names.iter().copied());
    }
    for action in definition.agent_actions() {
        let Some(container) = action.exec().and_then(|exec| exec.get("container")) else { continue };
        let Some(name) = container.text().filter(|name| container.known() && !names.contains(name)) else { continue };
        if name.is_empty() {
            continue;
        }
        let init = definition.init_containers().find(|container| container.text_at("name") == Some(name));
        let message = match init {
            Some(_) => format!("`{name}` is an init container: actions run in the other ones"),
            None => format!("no container is named `{name}`"),
        };
        let report = sink
            .report(&container, message)
            .why("KubeBlocks runs actions in a container of the pod. Without it the component is never built, and no event tells.")
            .help(format!("The containers are {}.", listed(&names)))
            .nearest(name, names.iter().copied());
        let place = init.or_else(|| definition.containers().next()).and_then(|container| container.get("name"));
        if let Some(place) = place {
            report.related(&place, if init.is_some() { "the init container" } else { "a container of the component" });
        }
    }
}

/// Before 1.0 an action says in its `customHandler` where it runs.
fn check_older(definition: Definition, names: &[&str], sink: &mut Sink) {
    for container in definition.actions().filter_map(|action| action.node.at("customHandler.container")) {
        let Some(name) = container.text().filter(|name| container.known() && !name.is_empty()) else { continue };
        let init = definition.init_containers().any(|container| container.text_at("name") == Some(name));
        if !init && !names.contains(&name) {
            sink.report(&container, format!("no container is named `{name}`"))
                .severity(Severity::Warning)
                .why("The name must be that of a container of `runtime`: what is to run there has no place.")
                .help(format!("The containers are {}.", listed(names)))
                .nearest(name, names.iter().copied());
        }
    }
}
