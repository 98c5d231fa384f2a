//! See `unknown_backup_method.md`.

use super::prelude::*;
use crate::model::backup::policies;
use crate::model::cluster::Cluster;
use crate::model::pattern::{Mode, Pattern};
use crate::model::resolve::BACKUP_POLICY_TEMPLATE;

pub(super) static RULE: Rule = Rule {
    name: "unknown-backup-method",
    summary: "a backup method that the policy does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_backup_method.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    chart.documents().iter().for_each(|document| check_policies(document, sink));
    chart.documents().iter().for_each(|document| check_user(uses, document, sink));
    for cluster in chart.documents().iter().filter_map(Cluster::current) {
        let methods: Vec<Node> =
            ["backup.method", "backup.continuousMethod"].iter().filter_map(|path| cluster.spec.at(path)).collect();
        if methods.is_empty() {
            continue;
        }
        let Some(names) = methods_of(uses, cluster).filter(|names| !names.is_empty()) else { continue };
        let why = "KubeBlocks sets up no backups of this Cluster; only an event tells.";
        methods.into_iter().for_each(|method| check_name(Some(method), &names, method, why, sink));
    }
}

/// What a schedule or a backup takes of the policy that it names (v1 spec R191, R192).
fn check_user<'w>(uses: &Uses<'w>, document: &'w Document, sink: &mut Sink) {
    let path = match document.kind() {
        Some("BackupSchedule") => "schedules[].backupMethod",
        Some("Backup") => "backupMethod",
        _ => return,
    };
    let Some(spec) = document.root().and_then(|root| root.get("spec")) else { return };
    let site = spec.get("backupPolicyName").and_then(|name| uses.world.index().site_at(name));
    let found = site.filter(|site| site.is_known()).map(|site| uses.world.index().matches(&site));
    let Some([policy]) = found.as_deref() else { return };
    let space = |document: &'w Document| document.namespace().and_then(Node::text);
    let names = policies(policy.document).first().and_then(|policy| policy.method_names());
    let Some(names) = names.filter(|_| space(document) == space(policy.document)) else { return };
    for method in spec.each(path) {
        check_name(Some(method), &names, method, "KubeBlocks refuses it: nothing is backed up.", sink);
    }
}

/// The methods of all templates that cover a component of the Cluster; `None` where one may not be in view.
fn methods_of<'w>(uses: &Uses<'w>, cluster: Cluster<'w>) -> Option<Vec<&'w str>> {
    let definitions: Option<Vec<_>> = cluster.units().map(|unit| uses.of_unit(unit)).collect();
    let definitions = definitions?;
    let covers = |spec: Node<'w>| {
        let mut entries =
            spec.list("compDefs").filter_map(|entry| Some(Pattern::new(Mode::PrefixOrRegex, entry.text()?)));
        entries.any(|pattern| definitions.iter().any(|definition| pattern.matches(definition.name())))
    };
    let mut names = Vec::new();
    for object in uses.world.index().objects(BACKUP_POLICY_TEMPLATE) {
        if object.root().and_then(|root| root.get("spec")).is_some_and(covers) {
            for policy in policies(object.document) {
                names.extend(policy.method_names().filter(|_| !object.chart.failed())?);
            }
        }
    }
    Some(names)
}

/// What a policy says of its own methods.
fn check_policies(document: &Document, sink: &mut Sink) {
    for policy in policies(document) {
        let Some(names) = policy.method_names() else { continue };
        if let Some(schedules) = policy.node.get("schedules") {
            let why = match document.group() {
                Some("dataprotection.kubeblocks.io") => {
                    "KubeBlocks refuses the template: no Cluster gets its backup policy."
                }
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
        false => format!("Its methods are {}.", listed(names)),
    });
    if !whole.is_alias() {
        report.nearest(text, names.iter().copied());
    }
}
