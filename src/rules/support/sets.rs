//! Findings that a chart has with some of its value sets only.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::text::Span;
use crate::world::{Chart, World};

/// A finding that the defaults do not have, and the charts that have it, each with other values.
struct Extra {
    finding: Diagnostic,
    charts: Vec<Arc<Chart>>,
}

/// Adds to the findings of the world those that it has with other values. `judge` works out the findings of a world.
pub(in crate::rules) fn with_other_values(world: &World, judge: impl Fn(&World) -> Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut found = judge(world);
    let known: HashSet<(&str, Span)> = found.iter().map(|finding| (finding.rule, finding.span)).collect();
    let mut extras: Vec<Extra> = Vec::new();
    let mut seen: HashMap<(&str, Span), Vec<usize>> = HashMap::new();
    for view in (0..).map_while(|number| world.with_values(number)) {
        let before = extras.len();
        for finding in judge(&view) {
            let key = (finding.rule, finding.span);
            let charts = holders(world, &view, finding.span);
            if known.contains(&key) || charts.is_empty() {
                continue;
            }
            let same = seen.entry(key).or_default();
            // What the same place is told in other words with other values is told once.
            match same.first().filter(|first| **first < before) {
                Some(first) => extras[*first].charts.extend(charts),
                None => {
                    same.push(extras.len());
                    extras.push(Extra { finding, charts });
                }
            }
        }
    }
    drop(known);
    found.extend(extras.into_iter().filter_map(|extra| judged(world, extra)));
    found
}

/// The charts through which a finding of `view` came: those that have other values than in `world`.
fn holders(world: &World, view: &World, span: Span) -> Vec<Arc<Chart>> {
    let other = |chart: &&Arc<Chart>| world.charts.get(&chart.root).is_some_and(|shown| !Arc::ptr_eq(shown, chart));
    let charts: Vec<_> = view.charts_of(span.file).into_iter().filter(other).cloned().collect();
    let rendering: Vec<_> = charts.iter().filter(|chart| renders(chart, span)).cloned().collect();
    if rendering.is_empty() { charts } else { rendering }
}

/// Text from the lines of this place is in what the chart renders. (The place itself may print nothing.)
fn renders(chart: &Chart, span: Span) -> bool {
    let Some(text) = chart.files.get(&span.file).map(|file| &*file.source.text) else { return false };
    let (start, end) = (span.range.start as usize, span.range.end as usize);
    let start = text[..start].rfind('\n').map_or(0, |line_break| line_break + 1);
    let end = text[end..].find('\n').map_or(text.len(), |line_break| end + line_break);
    let span = Span::new(span.file, start, end);
    let files = chart.rendering().into_iter().flat_map(|render| render.files.iter().chain(&render.notes));
    files.into_iter().any(|rendered| !rendered.text.places(span).is_empty())
}

/// The finding with the value sets named, and one step down if the same place is good with other values; `None` where
/// that leaves nothing.
fn judged(world: &World, extra: Extra) -> Option<Diagnostic> {
    let Extra { mut finding, charts } = extra;
    let span = finding.span;
    if charts.iter().any(|chart| chart.values.files.iter().any(|source| source.id == span.file)) {
        return Some(finding);
    }
    let always = charts.iter().all(|chart| {
        let views = world.charts.get(&chart.root).into_iter().flat_map(|shown| shown.views());
        let has = |view: &Chart| charts.iter().any(|chart| std::ptr::eq(&**chart, view));
        renders(chart, span) && views.into_iter().all(|view| has(view) || !renders(view, span))
    });
    if !always {
        finding.severity = finding.severity.lowered()?;
    }
    for chart in &charts {
        if !finding.values.contains(&chart.values.name) {
            finding.values.push(chart.values.name.clone());
        }
    }
    finding.message = match finding.values.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => format!("{} (with {first} and {} more)", finding.message, rest.len()),
        names => format!("{} (with {})", finding.message, names.concat()),
    };
    Some(finding)
}
