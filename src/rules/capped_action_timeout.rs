//! See `capped_action_timeout.md`.

use super::prelude::*;
use crate::model::definition::Definition;

pub(super) static RULE: Rule = Rule {
    name: "capped-action-timeout",
    summary: "an action with more time than the agent gives it",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("capped_action_timeout.md"),
    check: Check::Document(check),
};

/// Seconds that the agent waits at most for an action (v1 spec, D-07).
const MOST: i64 = 60;

fn check(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::current(document) else { return };
    for action in definition.agent_actions() {
        let Some(timeout) = action.field("timeoutSeconds").filter(|timeout| timeout.known()) else { continue };
        let Some(seconds) = timeout.integer().filter(|seconds| *seconds > MOST) else { continue };
        // The agent does not wait for it.
        if action.node.text_at("nonBlocking") == Some("true") {
            continue;
        }
        sink.report(&timeout, format!("`{}` is cut off after {MOST} seconds, not {seconds}", action.name()))
            .why(format!("The agent gives no action that it waits for more than {MOST} seconds."))
            .help(format!("Write {MOST}, and let what takes longer run in the background."));
    }
}
