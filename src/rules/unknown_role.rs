//! See `unknown_role.md`.

use super::prelude::*;
use super::support::parts::judge;
use super::unknown_component_def::definition_of;
use crate::model::backup::policies;
use crate::model::definition::{Definition, role_uses};
use crate::model::legacy::APPS;
use crate::model::wanted::{Member, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unknown-role",
    summary: "a role that the component does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_role.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| check_document(uses, document, sink));
}

fn check_document<'w>(uses: &Uses<'w>, document: &'w Document, sink: &mut Sink) {
    if let Some(definition) = Definition::of(document) {
        check_own(definition, sink);
    }
    if document.group() == Some(APPS) && document.kind() == Some("BackupPolicyTemplate") {
        check_policies(uses.world, document, sink);
    }
    for part in wanted(uses, document, Member::Role) {
        let roleless = |owner: &&Definition| owner.roles().next().is_none();
        // The one pod of such a component needs no role to be found.
        let single = |owner: &Definition| owner.spec.text_at("replicasLimit.maxReplicas") == Some("1");
        if part.node.document.kind() == Some("BackupPolicyTemplate")
            && part.owners.iter().find(roleless).is_some_and(single)
        {
            continue;
        }
        judge(uses, &part, "role", Severity::Error, sink);
    }
}

/// Roles of an item of `componentDefs` (legacy spec LC-147).
fn check_policies(world: &World, document: &Document, sink: &mut Sink) {
    let root = document.root().filter(|_| document.is_sound());
    let Some((chart, definition)) = root.and_then(|root| definition_of(world, root)) else { return };
    for policy in policies(document).iter().filter(|_| !chart.failed()) {
        let component = policy.node.get("componentDefRef").filter(|name| name.known()).and_then(Node::text);
        let roles = component.and_then(|name| definition.component(name)?.roles());
        let Some((component, roles)) = component.zip(roles) else { continue };
        let methods = policy.methods().filter_map(|method| method.at("target.role"));
        for node in policy.node.at("target.role").into_iter().chain(methods).filter(|node| node.known()) {
            let Some(name) = node.text().filter(|name| !name.is_empty()) else { continue };
            if !roles.iter().any(|role| role.eq_ignore_ascii_case(name)) {
                sink.report(&node, format!("`{component}` has no role named `{name}`"))
                    .severity(Severity::Warning)
                    .why("No pod has such a label, so a backup finds none to take.")
                    .help(format!("The roles are {}.", listed(&roles)))
                    .nearest(name, roles.iter().copied());
            }
        }
    }
}

/// Roles that a definition names of itself.
fn check_own(definition: Definition<'_>, sink: &mut Sink) {
    let roles: Vec<Node> = definition.roles().collect();
    if roles.iter().any(|role| !role.known()) {
        return;
    }
    let names: Vec<&str> = roles.iter().filter_map(|role| role.text()).collect();
    for used in role_uses(definition) {
        let Some(name) = used.node.text().filter(|name| used.node.known() && !name.is_empty()) else { continue };
        if names.iter().any(|role| role.eq_ignore_ascii_case(name)) {
            continue;
        }
        let report = sink.report(&used.node, format!("no role is named `{name}`")).why(used.without).help(match names
            .is_empty()
        {
            true => "The definition has no `roles`.".to_owned(),
            false => format!("The roles are {}.", listed(&names)),
        });
        let report = match roles.first() {
            Some(role) => report.related(role, "a role of the component"),
            None => report,
        };
        report.nearest(name, names.iter().copied());
    }
}
