//! See `missing_dependency.md`.

use super::prelude::*;
use crate::helm::chart::ChartProblemKind;

pub(super) static RULE: Rule = Rule {
    name: "missing-dependency",
    summary: "a chart this chart depends on that is not there",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("missing_dependency.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    for problem in chart.package().into_iter().flat_map(|package| &package.problems) {
        let ChartProblemKind::MissingDependency(name) = &problem.kind else { continue };
        if switched_off(chart, name) {
            continue;
        }
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
