//! See `unknown_backup_method.md`.

use super::prelude::*;
use crate::model::backup::policies;
use crate::model::definition::listed;

pub(super) static RULE: Rule = Rule {
    name: "unknown-backup-method",
    summary: "a backup method that the policy does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_backup_method.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    for policy in policies(document) {
        let Some(names) = policy.method_names() else { continue };
        if let Some(schedules) = policy.node.get("schedules") {
            let why = match document.group() {
                Some("dataprotection.kubeblocks.io") => "KubeBlocks refuses the template: no Cluster gets its backup policy.",
                _ => "The schedule that KubeBlocks makes from it is refused: nothing is backed up.",
            };
            for schedule in schedules.items() {
                check_name(schedule.get("backupMethod"), &names, schedules, why, sink);
            }
        }
        for method in policy.methods() {
            let why = "A backup of this method finds no backup that it could go on from, and fails.";
            check_name(method.get("compatibleMethod"), &names, method, why, sink);
        }
    }
}

/// `whole` is what the name came with: of what several policies share, the alias is to blame.
fn check_name(name: Option<Node>, names: &[&str], whole: Node, why: &str, sink: &mut Sink) {
    let Some(name) = name.filter(|name| name.known()) else { return };
    let Some(text) = name.text().filter(|text| !text.is_empty() && !names.contains(text)) else { return };
    let message = format!("the policy has no backup method `{text}`");
    let report = match whole.is_alias() {
        true => sink.report(&whole, message).related(&name, "the alias brings this schedule"),
        false => sink.report(&name, message),
    };
    let report = report.why(why).help(match names.is_empty() {
        true => "It has no methods.".to_owned(),
        false => format!("Its methods are {}.", listed(names.iter().copied())),
    });
    if !whole.is_alias() {
        report.nearest(text, names.iter().copied());
    }
}
