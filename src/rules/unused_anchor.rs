//! See `unused_anchor.md`.

use std::collections::{BTreeMap, BTreeSet};

use super::prelude::*;
use crate::diagnostic::{Place, Safety};
use crate::model::asleep;
use crate::model::lines;
use crate::text::Span;
use crate::yaml::tree::{Kind, ProblemKind};

pub(super) static RULE: Rule = Rule {
    name: "unused-anchor",
    summary: "an anchor that no alias names",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unused_anchor.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    // By source: an anchor in a helper is used if one of its renderings is, in whatever chart.
    let mut unused: BTreeMap<Span, (Place, &str)> = BTreeMap::new();
    let mut used: BTreeSet<Span> = BTreeSet::new();
    for document in documents(chart) {
        for (place, name, is_used) in anchors(document) {
            if is_used {
                used.insert(place.span);
            } else {
                unused.entry(place.span).or_insert((place, name));
            }
        }
    }
    for (span, (place, name)) in unused.into_iter().filter(|(span, _)| !used.contains(span)) {
        let others = uses.world.charts.holding(span.file).filter(|other| !std::ptr::eq(&***other, &**chart));
        let others = others.flat_map(|other| documents(other));
        if others.flat_map(anchors).any(|(place, _, is_used)| is_used && place.span == span)
            || asleep::mentions(chart, &format!("*{name}"))
        {
            continue;
        }
        let report = sink
            .report(&place, format!("no alias names anchor `&{name}`"))
            .why("It does no harm, but a reader looks for the alias that is not there.")
            .help("Remove it.")
            .unnecessary();
        report.offer("Remove the anchor", Safety::Safe, lines::removed_word(chart, &place));
    }
}

/// All documents of a chart, with all its values.
fn documents(chart: &Chart) -> impl Iterator<Item = &Document> {
    chart.views().flat_map(|chart| chart.documents().iter().chain(chart.plain()))
}

/// The anchors of a document, each with its name, and whether an alias names it.
fn anchors(document: &Document) -> impl Iterator<Item = (Place, &str, bool)> {
    let tree = document.tree();
    // An alias may stand on a line that could not be read, or be the misspelt one.
    let blind = tree
        .problems()
        .iter()
        .any(|problem| matches!(problem.kind, ProblemKind::Syntax(_) | ProblemKind::UndefinedAlias(_)));
    tree.anchors().iter().filter_map(move |anchor| {
        let names =
            |id| matches!(tree.node(id).kind, Kind::Alias { target: Some(target), .. } if target == anchor.node);
        Some((document.place(anchor.range)?, anchor.name.as_ref(), blind || tree.ids().any(names)))
    })
}
