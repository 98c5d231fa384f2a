//! See `missing_dependency.md`.

use super::prelude::*;
use crate::helm::chart::{ChartProblem, ChartProblemKind};

pub(super) static RULE: Rule = Rule {
    name: "missing-dependency",
    summary: "a chart this chart depends on that is not there",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("missing_dependency.md"),
    check: Check::Chart(check),
};

/// The paths of values of dependencies that are not there and that the values switch on.
pub(super) fn missing_dependencies(chart: &Chart) -> Vec<String> {
    missing(chart).map(|(_, name, _)| name.to_owned()).chain(chart.unseen().iter().cloned()).collect()
}

/// A path of values may have been given by one of these dependencies.
pub(super) fn is_given(missing: &[String], path: &str) -> bool {
    missing.iter().any(|from| match path.strip_prefix(from.as_str()) {
        Some(rest) => from.is_empty() || rest.is_empty() || rest.starts_with('.'),
        None => false,
    })
}

/// What is missing though values.yaml switches it on, with the place that names it; true for what Helm can fetch.
fn missing(chart: &Chart) -> impl Iterator<Item = (&ChartProblem, &str, bool)> {
    let problems = chart.package().into_iter().flat_map(|package| &package.problems);
    problems.filter_map(|problem| match &problem.kind {
        ChartProblemKind::MissingDependency { name, remote } => Some((problem, name.as_str(), *remote)),
        _ => None,
    })
}

fn check(chart: &Chart, sink: &mut Sink) {
    for (problem, name, remote) in missing(chart) {
        // Few keep in git what `helm dependency build` fetches.
        sink.report(&problem.span, format!("dependency `{name}` is not in `charts/`, nor reachable by `file://`"))
            .severity(if remote { Severity::Info } else { Severity::Warning })
            .why("What it defines is not known, so helpers that may come from it are not judged.")
            .help("Put it into `charts/` (`helm dependency build`), or let the workspace contain its folder.");
    }
}
