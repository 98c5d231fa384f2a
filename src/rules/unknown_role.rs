//! See `unknown_role.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::definition::{Definition, role_uses};
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
        let report = sink.report(&used.node, format!("no role is named `{name}`")).why(used.without).help(match names.is_empty() {
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
