//! See `missing_field.md`.

use super::prelude::*;
use super::unknown_field::called;
use crate::diagnostic::nearest;
use crate::model::admission::{Verdict, verdicts};
use crate::model::admit::What;
use crate::model::fields::meant;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "missing-field",
    summary: "a required field that is not there",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_field.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    for verdict in verdicts(chart, document, |what| matches!(what, What::Missing { .. })) {
        let What::Missing { field, key } = verdict.what else { continue };
        let node = verdict.at;
        if is_misspelt(chart, &verdict, field) {
            continue;
        }
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

/// A key that nobody knows stands in its place, and `unknown-field` tells what it should be.
fn is_misspelt(chart: &Chart, missing: &Verdict, field: &str) -> bool {
    let beside = verdicts(chart, missing.at.document, |what| *what == What::Unknown).into_iter();
    let mut beside = beside.filter(|verdict| verdict.only.is_none() && verdict.at.parent() == Some(missing.at));
    beside.any(|verdict| {
        let meant = meant(world::schemas(), verdict.at, verdict.releases());
        let advised = meant.advice.is_some_and(|advice| advice.contains(&format!("`{field}`")));
        let near = || verdict.at.text().and_then(|name| nearest(name, meant.candidates.iter().copied()));
        advised || meant.advice.is_none() && near() == Some(field)
    })
}
