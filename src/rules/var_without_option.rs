//! See `var_without_option.md`.

use super::prelude::*;
use crate::model::vars::current_vars;

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
            continue;
        };
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
