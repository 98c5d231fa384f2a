//! See `missing_field.md`.

use super::prelude::*;
use super::unknown_field::called;
use crate::model::admission::verdicts_in;
use crate::model::admit::What;

pub(super) static RULE: Rule = Rule {
    name: "missing-field",
    summary: "a required field that is not there",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_field.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    for verdict in verdicts_in(chart, document, |what| matches!(what, What::Missing { .. })) {
        let What::Missing { field, key } = verdict.what else { continue };
        let node = verdict.at;
        let suffix = verdict.suffix();
        let report = match key.map(|key| node.document.node(key)) {
            Some(key) => sink.report(&key, format!("`{field}` has no value, and {} needs one{suffix}", called(node))),
            None => sink.report(&node.heading(), format!("{} needs a field `{field}`{suffix}", called(node))),
        };
        report
            .severity(verdict.severity(Severity::Error))
            .why("The API server refuses the object.")
            .releases(verdict.names());
    }
}
