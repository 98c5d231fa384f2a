//! See `method_without_action.md`.

use super::prelude::*;
use super::support::removal::without;
use crate::diagnostic::Safety;
use crate::model::backup::policies;

pub(super) static RULE: Rule = Rule {
    name: "method-without-action",
    summary: "a backup method that does nothing",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("method_without_action.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    for policy in policies(document) {
        policy.methods().for_each(|method| check_method(method, sink));
    }
    let is_action_set =
        document.kind() == Some("ActionSet") && document.group() == Some("dataprotection.kubeblocks.io");
    if let Some(root) = document.root().filter(|_| is_action_set && document.is_sound()) {
        let actions = root.list("spec.backup.preBackup").chain(root.list("spec.backup.postBackup"));
        actions.filter(|action| action.is_mapping()).for_each(|action| check_action(action, sink));
        let empty = |section: &&str| {
            let section = root.at(&format!("spec.{section}"));
            section.is_some_and(|section| section.is_mapping() && section.entries().next().is_none())
        };
        for section in ["backup", "restore"].into_iter().filter(|section| empty(section)) {
            let Some(key) = root.at("spec").and_then(|spec| spec.key(section)) else { continue };
            let report = sink
                .report(&key, format!("`{section}` says nothing"))
                .severity(Severity::Info)
                .why("A section without an action does no more than none.")
                .help("Take it out: a snapshot needs no action.");
            without(chart, key, Safety::Unsafe, report);
        }
    }
}

fn check_method(method: Node, sink: &mut Sink) {
    let Some(name) = method.get("name") else { return };
    let Some(text) = name.known_text() else { return };
    let action_set = method.get("actionSetName").is_some_and(|name| name.text() != Some(""));
    let snapshot = method.get("snapshotVolumes");
    if snapshot.is_some_and(|snapshot| !snapshot.known()) {
        return;
    }
    let snapshot = snapshot.filter(|snapshot| snapshot.text() == Some("true"));
    match snapshot {
        // A key without a value: what was to stand there is another matter.
        None if !action_set && method.key("actionSetName").is_none() => {
            sink.report(&name, format!("backup method `{text}` has neither an ActionSet nor a snapshot"))
                .why("KubeBlocks refuses the policy: it becomes Unavailable.")
                .help("Name an ActionSet under `actionSetName`, or write `snapshotVolumes: true`.");
        }
        Some(snapshot) if !action_set && method.key("targetVolumes").is_none() => {
            sink.report(&snapshot, format!("backup method `{text}` says of no volume that it be taken"))
                .why("Every backup of this method fails: `targetVolumes is required for snapshotVolumes`.")
                .help("Name the volumes: `targetVolumes: {volumes: [data]}`.");
        }
        _ => {}
    }
}

/// An action before or after a backup is a command in a pod, or a job.
fn check_action(action: Node, sink: &mut Sink) {
    match (action.key("exec"), action.key("job")) {
        (None, None) => {
            sink.report(&action.heading(), "this action has neither `exec` nor `job`")
                .why("Every backup with this ActionSet fails: `action has no exec or job`.");
        }
        (Some(exec), Some(job)) if action.get("exec").is_some() && action.get("job").is_some() => {
            sink.report(&job, "this action has both `exec` and `job`")
                .why("Every backup with this ActionSet fails: `action should have only one of exec or job`.")
                .related(&exec, "the other one");
        }
        _ => {}
    }
}
