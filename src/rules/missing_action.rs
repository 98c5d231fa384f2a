//! See `missing_action.md`.

use super::prelude::*;
use crate::model::definition::Definition;

pub(super) static RULE: Rule = Rule {
    name: "missing-action",
    summary: "a lifecycle action that the rest of the definition relies on",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_action.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::current(document) else { return };
    let spec = definition.spec;
    // An action whose value is empty is written all the same.
    let has = |name: &str| spec.get("lifecycleActions").is_some_and(|actions| actions.key(name).is_some());
    let refused = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";
    if let Some(key) = spec.get("available").and_then(|available| available.get("withProbe")?.parent()?.key("withProbe"))
        && !has("availableProbe")
    {
        sink.report(&key, "`withProbe` needs the action `availableProbe`")
            .why(refused)
            .help("Add `availableProbe` to `lifecycleActions`.");
    }
    let account = spec.list("systemAccounts").find(|account| account.get("initAccount").is_none_or(|init| init.text() == Some("false")));
    if let Some(name) = account.and_then(|account| account.get("name"))
        && !has("accountProvision")
    {
        let text = name.text().unwrap_or_default();
        sink.report(&name, format!("account `{text}` needs the action `accountProvision`"))
            .why(format!("Only that action creates accounts. {refused}"))
            .help("Add `accountProvision` to `lifecycleActions`, or `initAccount: true` where the database makes it by itself.");
    }
    let selector = spec.list("services").find_map(|service| service.get("roleSelector").filter(|role| role.text() != Some("")));
    if let (Some(selector), Some(roles)) = (selector, spec.key("roles"))
        && definition.roles().next().is_some()
        && !has("roleProbe")
    {
        sink.report(&selector, "pods get no role without the action `roleProbe`")
            .severity(Severity::Warning)
            .why("What it prints becomes the label that this service selects by; without it the service has no endpoints.")
            .help("Add `roleProbe` to `lifecycleActions`.")
            .related(&roles, "the roles");
    }
}
