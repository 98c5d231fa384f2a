//! See `competing_action_containers.md`.

use super::prelude::*;
use crate::model::definition::Definition;

pub(super) static RULE: Rule = Rule {
    name: "competing-action-containers",
    summary: "actions of one component that want to run in different containers or images",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("competing_action_containers.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::current(document) else { return };
    // Of containers that are not there `unknown-action-container` speaks.
    let is_container = |name: &str| definition.containers().any(|container| container.text_at("name") == Some(name));
    for field in ["container", "image"] {
        let written = definition.agent_actions().filter_map(|action| {
            let node = action.exec()?.get(field).filter(|node| node.known())?;
            let text = node.text().filter(|text| !text.is_empty() && (field == "image" || is_container(text)))?;
            Some((action.name(), node, text))
        });
        let written: Vec<(&str, Node, &str)> = written.collect();
        let Some(&(owner, place, first)) = written.first() else { continue };
        for (_, node, _) in written.iter().filter(|(_, _, text)| *text != first) {
            sink.report(node, format!("the actions of one component must all name the same {field}"))
                .why(format!(
                    "One agent runs all of them, and `{owner}` names `{first}`. The component is never built, and no \
                     event tells: `only one exec {field} is allowed in lifecycle actions`."
                ))
                .related(&place, format!("`{owner}` names `{first}`"));
        }
    }
}
