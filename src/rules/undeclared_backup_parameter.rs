//! See `undeclared_backup_parameter.md`.

use super::prelude::*;
use crate::diagnostic::nearest;
use crate::model::backup::policies;
use crate::model::index::Object;
use crate::model::resolve::ACTION_SET;

pub(super) static RULE: Rule = Rule {
    name: "undeclared-backup-parameter",
    summary: "a parameter of a backup that its ActionSet does not declare",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("undeclared_backup_parameter.md"),
    check: Check::Linked(check),
};

const GROUP: &str = "dataprotection.kubeblocks.io";

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for document in chart.documents() {
        if document.kind() == Some("ActionSet") && document.group() == Some(GROUP) && document.is_sound() {
            check_action_set(document, sink);
        }
        if document.group() != Some(GROUP) {
            continue;
        }
        for policy in policies(document) {
            for schedule in policy.node.list("schedules") {
                let method = schedule.get("backupMethod").filter(|method| method.known());
                let method = policy.methods().find(|item| {
                    let name = item.get("name").and_then(Node::known_text);
                    name.is_some() && name == method.and_then(Node::text)
                });
                if let Some(method) = method {
                    check_schedule(uses.world, schedule, method, sink);
                }
            }
        }
    }
}

/// What the ActionSet takes stands in its own schema (v1 spec DP-06, DP-07).
fn check_action_set(document: &Document, sink: &mut Sink) {
    let Some(spec) = document.root().and_then(|root| root.get("spec")) else { return };
    let properties = spec.at("parametersSchema.openAPIV3Schema.properties");
    let Some(properties) = properties.filter(|properties| properties.is_mapping()) else {
        // A schema that is there in another form is another matter.
        let list = ["backup", "restore"].into_iter().filter_map(|part| spec.get(part));
        let list = list
            .filter(|part| part.list("withParameters").next().is_some())
            .find_map(|part| part.key("withParameters"));
        if let Some(list) = list.filter(|_| spec.key("parametersSchema").is_none()) {
            sink.report(&list, "this ActionSet takes parameters, and has no `parametersSchema`")
                .why(
                    "KubeBlocks refuses the ActionSet: it becomes Unavailable, with `the parametersSchema is invalid`.",
                )
                .help("Describe each parameter under `parametersSchema.openAPIV3Schema.properties`.");
        }
        return;
    };
    let names: Vec<&str> = properties.entries().filter_map(|(key, _)| key.known_text()).collect();
    if names.len() != properties.entries().count() {
        return;
    }
    for part in ["backup", "restore"] {
        for name in spec.get(part).into_iter().flat_map(|part| part.list("withParameters")).filter(|name| name.known())
        {
            let Some(text) = name.text().filter(|text| !names.contains(text)) else { continue };
            sink.report(&name, format!("the schema of this ActionSet has no parameter `{text}`"))
                .why("KubeBlocks refuses the ActionSet: it becomes Unavailable.")
                .related(&properties.heading(), "the parameters of the schema")
                .nearest(text, names.iter().copied());
        }
    }
    check_taken(spec, properties, sink);
}

/// What neither action takes nobody can give (v1 spec DP-24).
fn check_taken(spec: Node, properties: Node, sink: &mut Sink) {
    let parts = ["backup", "restore"].into_iter().filter_map(|part| spec.get(part));
    let taken: Vec<Node> = parts.flat_map(|part| part.list("withParameters")).collect();
    if taken.iter().any(|name| !name.known()) {
        return;
    }
    let names = || properties.entries().filter_map(|(key, _)| key.known_text());
    // One that is taken and not there is nearly this one.
    let strange: Vec<&str> =
        taken.iter().filter_map(|name| name.text()).filter(|name| !names().any(|n| n == *name)).collect();
    for (key, _) in properties.entries() {
        let Some(name) = key.text().filter(|name| !taken.iter().any(|taken| taken.text() == Some(name))) else {
            continue;
        };
        if nearest(name, strange.iter().copied()).is_some() {
            continue;
        }
        sink.report(&key, format!("neither action of this ActionSet takes the parameter `{name}`"))
            .severity(Severity::Warning)
            .why("Jobs get what `withParameters` lists. A Backup or a Restore that gives this one is refused: `parameter … is undeclared in withParameters`.")
            .help("Add it to `withParameters` of the action that reads it.");
    }
}

/// A schedule gives what the ActionSet of its method takes (v1 spec DP-05, DP-24).
fn check_schedule(world: &World, schedule: Node, method: Node, sink: &mut Sink) {
    let Some(action_set) = method.get("actionSetName").and_then(Node::known_text) else { return };
    let sets: Vec<Node> = world.index().named(ACTION_SET, action_set).filter_map(Object::root).collect();
    let taken = |root: &Node| -> Option<Vec<String>> {
        let names = root.list("spec.backup.withParameters");
        names.map(|name| name.known_text().map(str::to_owned)).collect()
    };
    let Some(taken) = sets.iter().map(taken).collect::<Option<Vec<_>>>().filter(|taken| !taken.is_empty()) else {
        return;
    };
    for name in schedule.list("parameters").filter_map(|parameter| parameter.get("name")).filter(|name| name.known()) {
        let Some(text) = name.text() else { continue };
        if taken.iter().any(|names| names.iter().any(|name| name == text)) {
            continue;
        }
        let names: Vec<&str> = taken.iter().flatten().map(String::as_str).collect();
        let report = sink
            .report(&name, format!("ActionSet `{action_set}` takes no parameter `{text}` for a backup"))
            .why("KubeBlocks refuses the template: it becomes Unavailable.")
            .help(match names.is_empty() {
                true => "Its `backup.withParameters` is empty.".to_owned(),
                false => format!("It takes {}.", listed(&names)),
            })
            .nearest(text, names.iter().copied());
        report.related(&sets.iter().find_map(|root| root.at("metadata.name")), "the ActionSet");
    }
}
