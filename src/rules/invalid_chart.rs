//! See `invalid_chart.md`.

use super::prelude::*;
use crate::helm::chart::{ChartProblem, ChartProblemKind};

pub(super) static RULE: Rule = Rule {
    name: "invalid-chart",
    summary: "a chart that Helm cannot load",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("invalid_chart.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    for problem in chart.package().into_iter().flat_map(|package| &package.problems) {
        match &problem.kind {
            ChartProblemKind::Invalid(words) if !unreadable(chart, problem) => {
                sink.report(&problem.span, format!("Helm cannot load this chart: {words}"))
                    .why("Helm refuses a chart as a whole when it cannot load it.");
            }
            ChartProblemKind::Unreadable(words) => {
                sink.report(&problem.span, format!("this cannot be read: {words}")).severity(Severity::Warning);
            }
            ChartProblemKind::Invalid(_) | ChartProblemKind::MissingDependency(_) => {}
        }
    }
}

/// The file is no YAML: `yaml-syntax` says so, and better.
fn unreadable(chart: &Chart, problem: &ChartProblem) -> bool {
    chart.plain().iter().any(|document| {
        document.rendered.source.id == problem.span.file && !document.tree.problems().is_empty()
    })
}
