//! See `unknown_action_container.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::asleep;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::resolve::{ACTION_SET, BACKUP_POLICY_TEMPLATE, is_of};
use crate::model::wanted::{self, Member, wanted};

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
        if is_of(document, ACTION_SET) && document.is_sound() {
            check_backup(uses, Object { chart, document }, sink);
        }
    });
}

/// What a backup runs in pods that are there: in a container of each definition that its policies are for (v1 spec R184).
fn check_backup<'w>(uses: &Uses<'w>, set: Object<'w>, sink: &mut Sink) {
    let paths = ["backup.preBackup[].exec.container", "backup.postBackup[].exec.container"];
    let nodes =
        set.document.spec().into_iter().flat_map(|spec| paths.into_iter().flat_map(move |path| spec.each(path)));
    let nodes: Vec<(Node, &str)> = nodes
        .filter(|node| node.known())
        .filter_map(|node| Some((node, node.text().filter(|name| !name.is_empty())?)))
        .collect();
    if nodes.is_empty() {
        return;
    }
    let mut names = Vec::new();
    for site in uses.world.index().matched_by(set) {
        let spec = site.node.document.spec().filter(|_| is_of(site.node.document, BACKUP_POLICY_TEMPLATE));
        let Some(owners) = spec.and_then(|spec| uses.of_entries(&spec.each("compDefs[]"))) else { return };
        for owner in owners {
            let Some(found) = wanted::names(uses, owner, Member::Container) else { return };
            names.extend(found);
        }
    }
    let names: Vec<&str> = names.into_iter().filter_map(Node::text).collect();
    for (node, name) in nodes.into_iter().filter(|(_, name)| !names.is_empty() && !names.contains(name)) {
        sink.report(&node, format!("no container is named `{name}`"))
            .severity(Severity::Warning)
            .why("It is to run in the pod that is backed up, and none of the definitions has such a container: backups fail.")
            .help(format!("The containers are {}.", listed(&names)))
            .nearest(name, names.iter().copied());
    }
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
        let Some(name) = container.known_text().filter(|name| !names.contains(name)) else { continue };
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
        let Some(name) = container.known_text().filter(|name| !name.is_empty()) else { continue };
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
