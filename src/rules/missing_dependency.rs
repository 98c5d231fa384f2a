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

/// The names, as the chart's values know them, of dependencies that are not there.
pub(super) fn missing_dependencies(chart: &Chart) -> Vec<String> {
    missing(chart).flat_map(|(_, name)| [Some(name.to_owned()), alias(chart, name)]).flatten().collect()
}

/// What is missing and not switched off, with the place that names it.
fn missing(chart: &Chart) -> impl Iterator<Item = (&ChartProblem, &str)> {
    let problems = chart.package().into_iter().flat_map(|package| &package.problems);
    problems.filter_map(|problem| match &problem.kind {
        ChartProblemKind::MissingDependency(name) if !switched_off(chart, name) => Some((problem, name.as_str())),
        _ => None,
    })
}

fn alias(chart: &Chart, name: &str) -> Option<String> {
    let metadata = chart.plain().iter().find(|document| document.rendered.source.path.file_name() == Some("Chart.yaml"));
    let entries = metadata.and_then(Document::root)?.list("dependencies");
    let entry = entries.filter(|entry| entry.text_at("name") == Some(name)).find_map(|entry| entry.text_at("alias"));
    entry.map(str::to_owned)
}

fn check(chart: &Chart, sink: &mut Sink) {
    for (problem, name) in missing(chart) {
        sink.report(&problem.span, format!("dependency `{name}` is not in `charts/`, nor reachable by `file://`"))
            .why("What it defines is not known, so helpers that may come from it are not judged.")
            .help("Put it into `charts/` (`helm dependency build`), or let the workspace contain its folder.");
    }
}

/// The dependency's `condition` is false in values.yaml.
fn switched_off(chart: &Chart, name: &str) -> bool {
    let root = |file: &str| {
        let document = chart.plain().iter().find(|document| document.rendered.source.path.file_name() == Some(file));
        document.and_then(Document::root)
    };
    let (Some(chart), Some(values)) = (root("Chart.yaml"), root("values.yaml")) else { return false };
    let entry = chart.list("dependencies").find(|entry| entry.text_at("name") == Some(name));
    let Some(condition) = entry.and_then(|entry| entry.text_at("condition")) else { return false };
    // The first path that holds a truth value decides.
    let decided = condition.split(',').find_map(|path| match values.text_at(path.trim()) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    });
    decided == Some(false)
}
