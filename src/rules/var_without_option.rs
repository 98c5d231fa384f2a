//! See `var_without_option.md`.

use super::prelude::*;
use crate::model::vars::{Source, Var, current_vars};

pub(super) static RULE: Rule = Rule {
    name: "var-without-option",
    summary: "a variable that does not say what it takes from its object",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("var_without_option.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    for var in current_vars(document) {
        // A variable with an expression gets its value from there.
        if var.node.key("expression").is_some() {
            continue;
        }
        let Some(source) = var.sources().next().filter(|source| source.has_options() && source.key.known()) else {
            check_empty(var, sink);
            continue;
        };
        check_name(var, source, sink);
        if source.options().next().is_some() {
            continue;
        }
        sink.report(&source.key, format!("`{}` takes nothing from its `{}`", var.name(), source.kind()))
            .why("KubeBlocks leaves such a variable out, and says nothing: containers and templates do not have it.")
            .help(match source.option_names().count() {
                1 => format!("Add {}.", listed(source.option_names())),
                _ => format!("Add one of {}.", listed(source.option_names())),
            });
    }
}

/// A reference that has nothing at all.
fn check_empty(var: Var<'_>, sink: &mut Sink) {
    let entries: Vec<(Node, Node)> = var.node.get("valueFrom").into_iter().flat_map(Node::entries).collect();
    let [(key, value)] = entries[..] else { return };
    if value.is_null() && key.known() && key.text().is_some_and(|key| key.ends_with("VarRef")) {
        let kind = key.text().unwrap_or_default();
        sink.report(&key, format!("`{}` takes nothing from its `{kind}`", var.name()))
            .why("KubeBlocks leaves such a variable out, and says nothing: containers and templates do not have it.")
            .help("Say what it is to take.");
    }
}

/// Accounts and references to services have no default: without a name nothing is found (v1 spec R055, R058).
fn check_name(var: Var<'_>, source: Source<'_>, sink: &mut Sink) {
    let what = match source.kind() {
        "credentialVarRef" => "account",
        "serviceRefVarRef" => "service reference",
        _ => return,
    };
    if source.node.key("name").is_none() {
        let optional = source.is_optional();
        sink.report(&source.key, format!("`{}` names no {what}", var.name()))
            .severity(if optional { Severity::Warning } else { Severity::Error })
            .why(match optional {
                true => "Nothing is found, so the variable is never there.",
                false => "Nothing is found, and a component whose variables are not resolved gets no pods.",
            })
            .help(format!("Add the `name` of the {what}."));
    }
}
