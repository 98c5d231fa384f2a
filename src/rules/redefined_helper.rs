//! See `redefined_helper.md`.

use std::collections::BTreeMap;

use super::prelude::*;
use crate::template::ast::Define;
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "redefined-helper",
    summary: "two helpers of one name, of which one is never used",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("redefined_helper.md"),
    check: Check::Chart(check),
};

/// A `define` with Helm's name of its file.
struct Found<'c> {
    path: String,
    define: &'c Define,
    at: Span,
}

fn check(chart: &Chart, sink: &mut Sink) {
    let mut helpers: BTreeMap<&str, Vec<Found>> = BTreeMap::new();
    for (path, file) in chart.all_templates() {
        let syntax = file.syntax();
        for define in &syntax.defines {
            let at = Span { file: syntax.file, range: define.name.range };
            // A block is a default that others are meant to replace; an empty define replaces nothing.
            let body = Span { file: syntax.file, range: define.range };
            if !define.block && !is_empty(chart, define, body) {
                helpers.entry(&define.name.text).or_default().push(Found { path: path.clone(), define, at });
            }
        }
    }
    for (name, mut found) in helpers.into_iter().filter(|(_, found)| found.len() > 1) {
        // As Helm reads templates: deep ones first, then by name backwards; the last one stays.
        found.sort_by_key(|found| (found.path.matches('/').count(), found.path.clone()));
        let Some((winner, losers)) = found.split_first() else { continue };
        let text = |found: &Found| chart.words(Span { file: found.at.file, range: found.define.range });
        for loser in losers.iter().filter(|loser| loser.at.file != winner.at.file && text(loser) != text(winner)) {
            let report = sink
                .report(&loser.at, format!("helper `{name}` is defined again elsewhere, and that one is used"))
                .why(
                    "All templates of a chart and of its dependencies share one list of helpers: of two with the same \
                     name, the one that Helm reads last is used everywhere.",
                )
                .help("Begin the names of helpers with the name of their chart.")
                .related(&winner.at, "this one is used");
            if is_override(&loser.path, &winner.path) {
                report.severity(Severity::Info);
            }
        }
    }
}

fn is_empty(chart: &Chart, define: &Define, whole: Span) -> bool {
    let text = chart.words(whole);
    let inside = text.get(define.head.len()..).unwrap_or_default();
    let inside = inside.rfind("{{").map_or(inside, |end| &inside[..end]);
    inside.trim().is_empty()
}

/// A chart replaces a helper of a dependency by one in a file of the same name.
fn is_override(loser: &str, winner: &str) -> bool {
    let depth = |path: &str| path.matches('/').count();
    let file = |path: &str| path.rsplit('/').next().map(str::to_owned);
    depth(winner) < depth(loser) && file(loser) == file(winner)
}
