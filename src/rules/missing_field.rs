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
    check_heading(chart, document, sink);
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

/// What every object begins with. Helm takes all that the templates of a chart print for objects.
fn check_heading(chart: &Chart, document: &Document, sink: &mut Sink) {
    let root = document.root().filter(|root| document.is_sound() && root.entries().next().is_some());
    let Some(root) = root.filter(|_| chart.package().is_some()) else { return };
    let keys = || root.entries().filter_map(|(key, _)| key.text());
    let mut lacking = ["apiVersion", "kind"].into_iter().filter(|field| root.key(field).is_none());
    if let Some(field) = lacking.next() {
        let Some((first, _)) = root.entries().next() else { return };
        let near = keys().find(|key| nearest(key, [field]).is_some());
        let at = near.and_then(|key| root.key(key)).unwrap_or(first);
        sink.report(&at, format!("the object has no `{field}`"))
            .why("Nobody knows what it is: Helm stops there, and installs nothing.")
            .help(match near {
                Some(near) => format!("Write `{field}` instead of `{near}`."),
                None => format!("Add `{field}`, or take the text out of `templates`."),
            });
        return;
    }
    let metadata = root.get("metadata");
    let named = metadata.is_some_and(|metadata| metadata.key("name").or(metadata.key("generateName")).is_some());
    if !named && root.key("items").is_none() {
        sink.report(&metadata.unwrap_or(root).heading(), "the object has no name")
            .why("The API server refuses the object, and Helm stops there.")
            .help("Add `metadata.name`.");
    }
}

/// A key that nobody knows stands in its place, and `unknown-field` tells what it should be.
fn is_misspelt(chart: &Chart, missing: &Verdict, field: &str) -> bool {
    let beside = verdicts(chart, missing.at.document, |what| matches!(what, What::Unknown | What::Slip)).into_iter();
    let mut beside = beside.filter(|verdict| verdict.only.is_none() && verdict.at.parent() == Some(missing.at));
    beside.any(|verdict| {
        let meant = meant(world::schemas(), verdict.at, verdict.releases());
        let advised = meant.advice.is_some_and(|advice| advice.contains(&format!("`{field}`")));
        let near = || verdict.at.text().and_then(|name| nearest(name, meant.candidates.iter().copied()));
        advised || meant.advice.is_none() && near() == Some(field)
    })
}
