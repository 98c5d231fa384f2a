//! See `role_case.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::definition::{Definition, role_uses};

pub(super) static RULE: Rule = Rule {
    name: "role-case",
    summary: "a role in capitals, which selects no pod",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("role_case.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::current(document) else { return };
    let mut selected = Vec::new();
    for used in role_uses(definition).filter(|used| used.verbatim) {
        let Some(name) = used.node.text() else { continue };
        // Of roles that nobody defines `unknown-role` speaks.
        let Some(role) =
            definition.roles().find(|role| role.text().is_some_and(|role| role.eq_ignore_ascii_case(name)))
        else {
            continue;
        };
        // Who selects it in small letters knows.
        selected.extend(role.text());
        let Some((name, lower)) = capitals(used.node) else { continue };
        sink.report(&used.node, format!("the label of the pods says `{lower}`: `{name}` selects none"))
            .why("KubeBlocks writes a role in small letters into the label of its pod, and takes what selects it as it stands.")
            .related(&role, "the role is defined here")
            .replace(format!("Write `{lower}`"), Safety::Safe, lower);
    }
    for role in definition.roles() {
        if let Some((name, lower)) = capitals(role).filter(|(name, _)| !selected.contains(name)) {
            sink.report(&role, format!("the label of the pods says `{lower}`, not `{name}`"))
                .severity(Severity::Warning)
                .why("KubeBlocks writes a role in small letters into the label of its pod: who selects it by this name finds none.")
                .help(format!("Write `{lower}`; what the role probe prints may stay as it is."));
        }
    }
}

/// The text and its small letters, where they differ.
fn capitals(node: Node<'_>) -> Option<(&str, String)> {
    let text = node.known_text()?;
    let lower = text.to_lowercase();
    (lower != text).then_some((text, lower))
}
