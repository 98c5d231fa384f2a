//! See `missing_action.md`.

use super::prelude::*;
use crate::model::definition::Definition;
use crate::model::legacy::ComponentDef;
use crate::model::requests::Request;

pub(super) static RULE: Rule = Rule {
    name: "missing-action",
    summary: "a lifecycle action that the rest of the definition relies on",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_action.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), check_definition);
    sink.each(chart.documents(), |document, sink| {
        Request::of(document).into_iter().for_each(|request| check_switchover(uses, request, sink));
    });
}

/// A switchover is an action of the definition, for pods with roles (v1 spec OPS-29). Up to 0.9 it has two sides: to a
/// pod that is named, and to any (legacy spec R43).
fn check_switchover<'w>(uses: &Uses<'w>, request: Request<'w>, sink: &mut Sink) {
    for item in request.spec.list("switchover") {
        check_older_switchover(uses, request, item, sink);
        let Some((name, definitions)) = item.get("componentName").zip(request.definitions(uses, item)) else {
            continue;
        };
        let lacks = |definition: &Definition| {
            let actions = definition.spec.get("lifecycleActions");
            actions.is_none_or(|actions| actions.key("switchover").is_none()) || definition.spec.key("roles").is_none()
        };
        if let Some(definition) = definitions.first().filter(|_| definitions.iter().all(lacks)) {
            let report = sink
                .report(&name, format!("`{}` knows no switchover", definition.name()))
                .severity(Severity::Warning)
                .why("The request fails: it needs the action `switchover`, and roles.");
            report.related(&definition.document.name(), "the definition");
        }
    }
}

fn check_older_switchover<'w>(uses: &Uses<'w>, request: Request<'w>, item: Node<'w>, sink: &mut Sink) {
    let Some(definitions) = request.older_definitions(uses, item) else { return };
    let Some(first) = definitions.first() else { return };
    let Some((place, pod)) =
        item.get("instanceName").filter(|pod| pod.known()).and_then(|pod| Some((pod, pod.text()?)))
    else {
        return;
    };
    let side = if pod == "*" { "withoutCandidate" } else { "withCandidate" };
    // What says nothing here may do so with other values.
    let fits = |definition: &ComponentDef| match definition.node.get("switchoverSpec") {
        Some(spec) => !spec.is_mapping() || spec.key(side).is_some(),
        None => definition.node.key("switchoverSpec").is_some(),
    };
    if definitions.iter().any(fits) {
        return;
    }
    let name = first.name();
    let report = match first.node.get("switchoverSpec") {
        Some(spec) => sink
            .report(&place, format!("`{name}` has no `{side}` in its `switchoverSpec`"))
            .related(&spec.heading(), "what it has"),
        None => {
            let report = sink.report(&place, format!("`{name}` knows no switchover"));
            report.related(&first.node.get("name"), "it has no `switchoverSpec`")
        }
    };
    report.severity(Severity::Warning).why(format!(
        "The request is refused: to switch over to {} it needs `{side}`.",
        match pod {
            "*" => "any pod",
            _ => "the pod of this name",
        }
    ));
}

fn check_definition(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::of(document) else { return };
    let spec = definition.spec;
    // An action whose value is empty is written all the same.
    let has = |name: &str| spec.get("lifecycleActions").is_some_and(|actions| actions.key(name).is_some());
    let refused = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";
    if let Some(key) =
        spec.get("available").and_then(|available| available.get("withProbe")?.parent()?.key("withProbe"))
        && !has("availableProbe")
    {
        sink.report(&key, "`withProbe` needs the action `availableProbe`")
            .why(refused)
            .help("Add `availableProbe` to `lifecycleActions`.");
    }
    // Up to 0.9 a Secret that somebody made will do (`validateSystemAccounts` in `controllers/apps`).
    let by_secret = |account: &Node| !definition.is_current() && account.key("secretRef").is_some();
    let own = |account: &Node| account.get("initAccount").is_none_or(|init| init.text() == Some("false"));
    let account = spec.list("systemAccounts").find(|account| own(account) && !by_secret(account));
    if let Some(name) = account.and_then(|account| account.get("name"))
        && !has("accountProvision")
    {
        let text = name.text().unwrap_or_default();
        sink.report(&name, format!("account `{text}` needs the action `accountProvision`"))
            .why(format!("Only that action creates accounts. {refused}"))
            .help("Add `accountProvision` to `lifecycleActions`, or `initAccount: true` where the database makes it by itself.");
    }
    let selector =
        spec.list("services").find_map(|service| service.get("roleSelector").filter(|role| role.text() != Some("")));
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
    if !definition.is_current() {
        check_older(definition, &has, sink);
    }
}

/// What KubeBlocks asks for up to 0.9 (`controllers/apps/componentdefinition_controller.go`).
fn check_older(definition: Definition<'_>, has: &dyn Fn(&str) -> bool, sink: &mut Sink) {
    let marks = definition.spec.list("volumes").filter_map(|volume| volume.get("highWatermark"));
    let mark =
        marks.into_iter().find(|mark| mark.known() && mark.integer().is_some_and(|mark| (1..100).contains(&mark)));
    if let Some(mark) = mark.filter(|_| !has("readonly") || !has("readwrite")) {
        sink.report(&mark, "a volume that is watched needs the actions `readonly` and `readwrite`")
            .why("A full volume is to be closed, and opened again. KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.")
            .help("Add both to `lifecycleActions`, or take `highWatermark` out.");
    }
    const JUDGED: [&str; 10] = [
        "postProvision",
        "preTerminate",
        "memberJoin",
        "memberLeave",
        "readonly",
        "readwrite",
        "dataDump",
        "dataLoad",
        "reconfigure",
        "accountProvision",
    ];
    let probe = definition.actions().find(|action| action.name() == "roleProbe");
    if probe.is_some_and(|probe| !probe.node.is_mapping() || probe.node.key("builtinHandler").is_some()) {
        return;
    }
    let relying = definition.actions().filter(|action| JUDGED.contains(&action.name()));
    if let Some(key) = relying
        .filter(|action| action.node.get("builtinHandler").is_some())
        .find_map(|action| action.node.key("builtinHandler"))
    {
        sink.report(&key, "an action with a `builtinHandler` needs one in `roleProbe` too")
            .why("KubeBlocks judges all handlers by that of `roleProbe` and does not look whether it is there: the operator crashes at this definition, again and again.")
            .help("Add `roleProbe` with the same `builtinHandler`.");
    }
}
