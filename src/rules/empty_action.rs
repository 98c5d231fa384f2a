//! See `empty_action.md`.

use super::prelude::*;
use crate::model::definition::{Action, Definition};

pub(super) static RULE: Rule = Rule {
    name: "empty-action",
    summary: "an action that does nothing, or more than one thing",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("empty_action.md"),
    check: Check::Document(check),
};

/// The ways to call an action.
const CALLS: [&str; 3] = ["exec", "http", "grpc"];

fn check(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::of(document) else { return };
    if !definition.is_current() {
        return check_older(definition, sink);
    }
    for action in definition.actions().filter(|action| action.node.is_mapping()) {
        check_action(action, sink);
    }
}

fn check_action(action: Action<'_>, sink: &mut Sink) {
    let name = action.name();
    let calls: Vec<Node> =
        CALLS.iter().filter(|call| action.node.get(call).is_some()).filter_map(|call| action.node.key(call)).collect();
    match calls.as_slice() {
        [] => {
            // Where a key stands without a value, a template may have left it out on purpose.
            if CALLS.iter().any(|call| action.node.key(call).is_some()) {
                return;
            }
            sink.report(&action.key, format!("`{name}` says neither `exec` nor `http` nor `grpc`"))
                .why("The action is there, so the agent is called for it, and every call fails: `is invalid`.")
                .help("Say what to run, or take the action out.");
        }
        [_] => {}
        [first, second, ..] => {
            sink.report(second, format!("`{name}` has two calls; only one of them is made"))
                .severity(Severity::Warning)
                .why("The agent makes one call for each action.")
                .related(first, "the other call");
        }
    }
    let Some(exec) = action.exec().filter(|exec| exec.is_mapping()) else { return };
    if exec.list("command").next().is_some() || exec.get("command").is_some_and(|command| !command.is_sequence()) {
        return;
    }
    if let Some(key) = action.node.key("exec") {
        sink.report(&key, format!("`{name}` has no `command` to run"))
            .why("The agent takes the first word of the command; without one it crashes when the action is called.")
            .help("Write a `command`; `args` alone are not enough.");
    }
}

/// Up to 0.9 an action has a handler. Where one has KubeBlocks' own, others may do without.
fn check_older(definition: Definition<'_>, sink: &mut Sink) {
    if definition.actions().any(|action| action.node.key("builtinHandler").is_some()) {
        return;
    }
    // Previews of 1.0 have the calls of today in objects of the older version.
    let named: Vec<&str> =
        ["builtinHandler", "customHandler", "withCandidate", "withoutCandidate"].into_iter().chain(CALLS).collect();
    for action in definition.actions().filter(|action| action.node.is_mapping()) {
        if named.iter().all(|key| action.node.key(key).is_none()) {
            sink.report(
                &action.key,
                format!("`{}` has neither a `builtinHandler` nor a `customHandler`", action.name()),
            )
            .why("There is nothing to run: the action is passed over.")
            .help("Say what to run, or take the action out.");
        }
    }
}
