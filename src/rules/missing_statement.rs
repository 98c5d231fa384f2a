//! See `missing_statement.md`.

use super::prelude::*;
use crate::model::definition::Definition;

pub(super) static RULE: Rule = Rule {
    name: "missing-statement",
    summary: "an account without the statement that creates it",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_statement.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::of(document) else { return };
    for account in definition.spec.list("systemAccounts") {
        let init = account.get("initAccount").is_some_and(|init| init.text() != Some("false"));
        // A statement of another type, or one that a template leaves empty, is another matter. Up to 0.9 it is a text, and
        // a Secret that has the password will do.
        let written = match account.get("statement") {
            Some(statement) => !statement.is_mapping() || statement.key("create").is_some(),
            None => {
                account.key("statement").is_some() || !definition.is_current() && account.key("secretRef").is_some()
            }
        };
        let Some(name) = account.get("name").filter(|_| !init && !written) else { continue };
        let text = name.text().unwrap_or_default();
        let field = if definition.is_current() { "statement: {create: …}" } else { "statement: …" };
        sink.report(&name, format!("account `{text}` has no statement to create it"))
            .why("KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.")
            .help(format!("Add `{field}`, or `initAccount: true` where the database makes it by itself."));
    }
}
