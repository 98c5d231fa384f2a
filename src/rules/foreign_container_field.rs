//! See `foreign_container_field.md`.

use super::prelude::*;
use super::support::removal::without;
use crate::diagnostic::Safety;
use crate::model::backup::policies;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::resolve::{ACTION_SET, BACKUP_POLICY_TEMPLATE, COMPONENT_DEFINITION};
use crate::model::volumes::{Component, components_of};

pub(super) static RULE: Rule = Rule {
    name: "foreign-container-field",
    summary: "a variable of a container's resources that backup jobs get and cannot have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("foreign_container_field.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        if !component.chart.failed() {
            check_names(uses, &component, sink);
        }
    });
    sink.each(Object::of_chart(chart, COMPONENT_DEFINITION), |object, sink| {
        let Some(definition) = Definition::current(object.document) else { return };
        let env = definition.containers().next().into_iter().flat_map(|container| container.list("env"));
        let fields = env.filter_map(|env| env.at("valueFrom.resourceFieldRef.containerName"));
        let fields: Vec<Node> = fields.filter(|name| name.known() && name.text() != Some("")).collect();
        let Some(action) = (if fields.is_empty() { None } else { job(uses.world, object) }) else { return };
        for name in fields {
            let text = name.text().unwrap_or_default();
            let report = sink
                .report(&name, format!("backup jobs get this variable too, and have no container `{text}`"))
                .why(
                    "A backup runs in pods of its own, which get the variables of the first container of the pod that is \
                     backed up. The kubelet does not find the container there and makes none.",
                )
                .help("Leave `containerName` out: without it the container itself is meant.")
                .related(&action, "the ActionSet runs a job");
            without(chart, name.heading(), Safety::Unsafe, report);
        }
    });
}

/// A container whose resources a variable tells is one of the pod.
fn check_names(uses: &Uses<'_>, component: &Component<'_>, sink: &mut Sink) {
    // Other charts may put containers into the pod.
    let added = Definition::of(component.document).is_some_and(|definition| uses.sidecars(definition).next().is_some());
    let all = || component.all_containers();
    let names: Option<Vec<&str>> = all().map(|container| container.get("name").and_then(Node::known_text)).collect();
    let Some(names) = names.filter(|names| !names.is_empty() && !added) else { return };
    for name in all().flat_map(|container| container.each("env[].valueFrom.resourceFieldRef.containerName")) {
        let Some(text) = name.known_text().filter(|text| !text.is_empty() && !names.contains(text)) else {
            continue;
        };
        sink.report(&name, format!("no container is named `{text}`"))
            .severity(Severity::Error)
            .why("The kubelet does not find the container whose resources it is to tell, and makes none.")
            .help(format!("The containers are {}.", listed(&names)))
            .nearest(text, names.iter().copied());
    }
}

/// The action of a backup of this definition that runs in a pod of its own.
fn job<'w>(world: &'w World, definition: Object<'w>) -> Option<Node<'w>> {
    let sites = world.index().matched_by(definition);
    let templates = sites.filter(|site| site.field.kind == BACKUP_POLICY_TEMPLATE.kind).map(|site| site.node.document);
    let methods = templates.flat_map(policies).flat_map(|policy| policy.methods().collect::<Vec<_>>());
    let names = methods.filter_map(|method| method.get("actionSetName")?.known_text());
    let sets = names.flat_map(|name| world.index().named(ACTION_SET, name)).filter_map(Object::root);
    sets.into_iter().find_map(|set| set.at("spec.backup")?.key("backupData"))
}
