//! A rule that panics loses its own findings, and says so; the other rules still speak.

use std::panic::AssertUnwindSafe;

use crate::diagnostic::{Severity, Sink};
use crate::rules::{INTERNAL_FAULT, Rule};
use crate::text::{FileId, Span};
use crate::world::Chart;

/// Runs one rule on a chart.
pub(super) fn run(rule: &Rule, chart: &Chart, sink: &mut Sink, check: impl FnOnce(&mut Sink)) {
    if !survives(rule, sink, check) {
        tracing::error!(rule = rule.name, chart = chart.root.as_str(), "a rule failed");
        if let Some(file) = chart.files.keys().next() {
            report(rule, *file, sink);
        }
    }
}

/// Runs one rule on a file.
pub(super) fn run_at(rule: &Rule, file: FileId, sink: &mut Sink, check: impl FnOnce(&mut Sink)) {
    if !survives(rule, sink, check) {
        tracing::error!(rule = rule.name, "a rule failed");
        report(rule, file, sink);
    }
}

fn survives(rule: &Rule, sink: &mut Sink, check: impl FnOnce(&mut Sink)) -> bool {
    sink.enter(rule.name, rule.severity);
    std::panic::catch_unwind(AssertUnwindSafe(|| check(sink))).is_ok()
}

fn report(rule: &Rule, file: FileId, sink: &mut Sink) {
    sink.enter(INTERNAL_FAULT, Severity::Error);
    sink.report(&Span::new(file, 0, 0), format!("the rule `{}` failed on this chart; please report it", rule.name));
}
