//! Findings that a chart has with some of its value sets only.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::judged;
use super::switches::switched;
use crate::diagnostic::Diagnostic;
use crate::text::{FileId, Span};
use crate::world::{Chart, Switched, World};

/// A finding that the defaults do not have, and the charts that have it, each with other values.
struct Extra {
    finding: Diagnostic,
    charts: Vec<Arc<Chart>>,
}

/// What a file has with other values than the defaults, each rule at each place once.
struct Extras {
    /// What it has with the defaults.
    known: HashSet<(&'static str, Span)>,
    all: Vec<Extra>,
    seen: HashMap<(&'static str, Span), usize>,
}

impl Extras {
    /// What the same place is told in other words with other values, those `before`, is told once.
    fn add(&mut self, before: usize, finding: Diagnostic, charts: Vec<Arc<Chart>>) {
        let key = (finding.rule, finding.span);
        if self.known.contains(&key) {
            return;
        }
        match self.seen.get(&key).filter(|first| **first < before) {
            Some(first) => self.all[*first].charts.extend(charts),
            None => {
                self.seen.entry(key).or_insert(self.all.len());
                self.all.push(Extra { finding, charts });
            }
        }
    }
}

/// Adds to the findings of a file those that it has with other values.
pub(super) fn add_other_values(world: &World, file: FileId, found: &mut Vec<Diagnostic>) {
    let known = found.iter().map(|finding| (finding.rule, finding.span)).collect();
    let mut extras = Extras { known, all: Vec::new(), seen: HashMap::new() };
    for view in world.views() {
        let before = extras.all.len();
        let holders = holders(world, view, file);
        if holders.is_empty() {
            continue;
        }
        for finding in judged(view, file, holders.iter().copied()) {
            let charts = through(view, &holders, finding.span);
            extras.add(before, finding, charts);
        }
    }
    let switched = world.charts.numbers_holding(file).flat_map(|number| switched(world, number));
    for Switched { finding, chart } in switched.filter(|switched| switched.finding.span.file == file) {
        extras.add(extras.all.len(), finding.clone(), vec![chart.clone()]);
    }
    found.extend(extras.all.into_iter().filter_map(|extra| told(world, extra)));
}

/// The numbers of the charts that hold the file and have other values in `view` than in `world`.
fn holders(world: &World, view: &World, file: FileId) -> Vec<usize> {
    let other = |number: &usize| !Arc::ptr_eq(world.charts.at(*number), view.charts.at(*number));
    view.charts.numbers_holding(file).filter(other).collect()
}

/// Of the charts with other values those through which a finding came.
fn through(view: &World, holders: &[usize], span: Span) -> Vec<Arc<Chart>> {
    let charts = || holders.iter().map(|number| view.charts.at(*number));
    let rendering: Vec<_> = charts().filter(|chart| renders(chart, span)).cloned().collect();
    if rendering.is_empty() { charts().cloned().collect() } else { rendering }
}

/// Text from the lines of this place is in what the chart renders. (The place itself may print nothing.)
fn renders(chart: &Chart, span: Span) -> bool {
    let Some(text) = chart.files.get(&span.file).map(|file| file.text()) else { return false };
    let (start, end) = (span.range.start as usize, span.range.end as usize);
    let start = text[..start].rfind('\n').map_or(0, |line_break| line_break + 1);
    let end = text[end..].find('\n').map_or(text.len(), |line_break| end + line_break);
    let span = Span::new(span.file, start, end);
    let files = chart.rendering().into_iter().flat_map(|render| render.files.iter().chain(&render.notes));
    files.into_iter().any(|rendered| !rendered.text.places(span).is_empty())
}

/// The finding with the value sets named, and one step down if the same place is good with other values; `None` where
/// that leaves nothing.
fn told(world: &World, extra: Extra) -> Option<Diagnostic> {
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
