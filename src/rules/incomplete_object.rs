//! See `incomplete_object.md`.

use super::prelude::*;
use crate::model::backup::policies;
use crate::model::index::Object;

pub(super) static RULE: Rule = Rule {
    name: "incomplete-object",
    summary: "an object that lacks what its other fields ask for",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("incomplete_object.md"),
    check: Check::World(check),
};

fn check(world: &World, sink: &mut Sink) {
    for chart in world.charts.values().filter(|chart| !chart.failed()) {
        chart.documents().iter().for_each(|document| check_request(document, sink));
        for policy in chart.documents().iter().flat_map(policies) {
            let Some(target) = policy.node.get("target") else { continue };
            for method in policy.methods() {
                check_target(world, target, method, sink);
            }
        }
    }
}

/// The block that each type of OpsRequest is about; the second name is that of older releases (v1 spec OPS-01).
const BLOCKS: [(&str, [&str; 2]); 9] = [
    ("Upgrade", ["upgrade", "upgrade"]),
    ("VerticalScaling", ["verticalScaling", "verticalScaling"]),
    ("HorizontalScaling", ["horizontalScaling", "horizontalScaling"]),
    ("VolumeExpansion", ["volumeExpansion", "volumeExpansion"]),
    ("Restart", ["restart", "restart"]),
    ("Reconfiguring", ["reconfigures", "reconfigure"]),
    ("Switchover", ["switchover", "switchover"]),
    ("Expose", ["expose", "expose"]),
    ("Custom", ["custom", "customSpec"]),
];

fn check_request(document: &Document, sink: &mut Sink) {
    let of_ours = matches!(document.group(), Some("operations.kubeblocks.io" | "apps.kubeblocks.io"));
    if document.kind() != Some("OpsRequest") || !of_ours || !document.tree.problems().is_empty() {
        return;
    }
    let Some(spec) = document.root().and_then(|root| root.get("spec")) else { return };
    let Some(kind) = spec.get("type").filter(|kind| kind.known()) else { return };
    let Some((text, names)) = BLOCKS.iter().find(|(name, _)| kind.text() == Some(name)) else { return };
    let empty = |name: &&str| match spec.get(name) {
        Some(block) => block.is_sequence() && block.items().next().is_none(),
        // What a template leaves empty may be filled with other values.
        None => spec.key(name).is_none() || !document.is_rendered(),
    };
    if !names.iter().all(empty) {
        return;
    }
    let written = names.iter().find_map(|name| spec.key(name));
    let name = names[0];
    let report = sink
        .report(&written.unwrap_or(kind), format!("an OpsRequest of type `{text}` needs something in `{name}`"))
        .why(format!("KubeBlocks lets it fail: `\"spec.{name}\" can not be empty`."));
    if written.is_some() {
        report.related(&kind, "the type");
    }
}

/// Fields of a target, and what jobs read because of them.
const FOR_JOBS: [(&str, [&str; 2]); 2] =
    [("account", ["DP_DB_USER", "DP_DB_PASSWORD"]), ("containerPort", ["DP_DB_PORT", "DP_DB_PORT"])];

/// A method's `target` takes the place of the policy's as a whole.
fn check_target(world: &World, whole: Node, method: Node, sink: &mut Sink) {
    let Some(action_set) = method.text_at("actionSetName") else { return };
    let (Some(key), Some(own)) = (method.key("target"), method.get("target")) else { return };
    // A snapshot, and a job for each pod, work on volumes: they need no account.
    if method.text_at("snapshotVolumes") == Some("true") || own.text_at("strategy") == Some("All") {
        return;
    }
    for (field, variables) in FOR_JOBS {
        if own.key(field).is_some() || whole.get(field).is_none_or(|value| value.text() == Some("")) {
            continue;
        }
        let Some(lost) = whole.key(field) else { continue };
        if !may_read(world, action_set, &variables) {
            continue;
        }
        let name = method.text_at("name").unwrap_or_default();
        sink.report(&key, format!("the `target` of `{name}` has no `{field}`, and that of the policy does not count"))
            .severity(Severity::Warning)
            .why("A method's `target` takes the place of the policy's as a whole, so its jobs go without.")
            .help(format!("Write `{field}` here too."))
            .related(&lost, "only here");
    }
}

/// A job of the ActionSet names one of the variables, or cannot be read.
fn may_read(world: &World, action_set: &str, variables: &[&str]) -> bool {
    let mut found = world.index().named("dataprotection.kubeblocks.io", "ActionSet", action_set).peekable();
    if found.peek().is_none() {
        return true;
    }
    found.filter_map(Object::root).any(|root| {
        let spec = root.get("spec");
        let actions = ["backup.backupData", "backup.syncProgress", "restore.prepareData"];
        let actions = actions.into_iter().filter_map(|path| spec?.at(path));
        let lists = ["backup.preBackup", "backup.postBackup", "restore.postReady"];
        let listed = spec.into_iter().flat_map(|spec| lists.into_iter().flat_map(move |path| spec.list(path)));
        let listed = listed.flat_map(|action| [action.get("exec"), action.get("job")]).flatten();
        actions.chain(listed).flat_map(|action| action.list("command").chain(action.list("args"))).any(|word| {
            let Some(text) = word.text().filter(|_| word.known()) else { return true };
            variables.iter().any(|variable| text.contains(variable)) || !is_read(text)
        })
    })
}

/// A script is more than comments, and runs no file that we do not see.
fn is_read(text: &str) -> bool {
    let said = |line: &str| !line.is_empty() && !line.starts_with('#');
    text.lines().map(str::trim).any(said) && !text.contains(".sh") && !text.contains(".py")
}
