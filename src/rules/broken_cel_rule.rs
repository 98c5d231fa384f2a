//! See `broken_cel_rule.md`.

use super::prelude::*;
use super::support::words::called;
use crate::model::admission::verdicts;
use crate::model::admit::What;

pub(super) static RULE: Rule = Rule {
    name: "broken-cel-rule",
    summary: "an object that breaks a rule of its kind",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("broken_cel_rule.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    for verdict in verdicts(chart, document, |what| matches!(what, What::Rule(_))) {
        let What::Rule(message) = verdict.what else { continue };
        let message = message.trim_end_matches('.');
        sink.report(&verdict.at.heading(), format!("{}: {message}{}", called(verdict.at), verdict.suffix()))
            .severity(verdict.severity(Severity::Error))
            .why("The kind has a rule (`x-kubernetes-validations`) that does not hold, and the API server refuses it.")
            .releases(verdict.names());
    }
}
