//! See `unknown_role.md`.

use super::prelude::*;
use crate::model::definition::{Definition, listed, role_uses};

pub(super) static RULE: Rule = Rule {
    name: "unknown-role",
    summary: "a role that the component does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_role.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::of(document) else { return };
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
            false => format!("The roles are {}.", listed(names.iter().copied())),
        });
        let report = match roles.first() {
            Some(role) => report.related(role, "a role of the component"),
            None => report,
        };
        report.nearest(name, names.iter().copied());
    }
}
