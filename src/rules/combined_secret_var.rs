//! See `combined_secret_var.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::vars::current_vars;

pub(super) static RULE: Rule = Rule {
    name: "combined-secret-var",
    summary: "values out of Secrets that are to be one text",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("combined_secret_var.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    for var in current_vars(document) {
        let Some(source) = var.sources().next() else { continue };
        let Some(taken) = source.options().next() else { continue };
        let severity = match (source.kind(), taken.text()) {
            ("credentialVarRef", _) => Severity::Error,
            // What a ServiceDescriptor writes out is no Secret.
            ("serviceRefVarRef", Some("username" | "password")) => Severity::Warning,
            _ => continue,
        };
        let strategy = source.node.at("multipleClusterObjectOption.strategy");
        let Some(strategy) = strategy.filter(|strategy| strategy.text() == Some("combined") && strategy.known()) else {
            continue;
        };
        sink.report(&strategy, format!("`{}` comes out of a Secret, and such values cannot be combined", var.name()))
            .severity(severity)
            .why(
                "The text of a Secret never passes through KubeBlocks. As soon as two components match, no pod is made: \
                 `combined strategy doesn't support vars with valueFrom values`.",
            )
            .help("With `individual` each component gets a variable of its own.")
            .replace("Write `individual`", Safety::Unsafe, "individual");
    }
}
