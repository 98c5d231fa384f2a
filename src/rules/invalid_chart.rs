//! See `invalid_chart.md`.

use super::prelude::*;
use crate::helm::chart::{ChartProblem, ChartProblemKind};
use crate::template::funcs::semver::Constraint;

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
                sink.report(&problem.span, explain(words))
                    .why(format!("Helm refuses a chart as a whole when it cannot load it. Helm says: {words}"));
            }
            ChartProblemKind::Unreadable(words) => {
                sink.report(&problem.span, format!("this cannot be read: {words}")).severity(Severity::Warning);
            }
            ChartProblemKind::Invalid(_) | ChartProblemKind::MissingDependency(_) => {}
        }
    }
    let metadata = chart.plain().iter().find(|d| d.path().file_name() == Some("Chart.yaml"));
    let metadata = metadata.and_then(Document::root);
    for entry in metadata.into_iter().flat_map(|root| root.list("dependencies")) {
        if let (Some(name), None) = (entry.get("name"), entry.get("version")) {
            let text = name.text().unwrap_or_default();
            sink.report(&name, format!("dependency `{text}` has no `version`"))
                .why("`helm dependency build` refuses the chart: it looks for a version that fits a range, and has none.")
                .help("Write a range of semantic versions, such as `0.1.x`.");
        }
    }
    if let Some(range) = metadata.and_then(release_range)
        && let Some(text) = range.text()
        && Constraint::parse(text).is_err()
    {
        sink.report(&range, format!("`{text}` is no range of KubeBlocks releases"))
            .why("KubeBlocks does not install an addon whose range of releases it cannot read.")
            .help("Write a range of semantic versions, such as `>=0.7.0` or `>=0.8.0, <1.0.0`.");
    }
}

fn release_range(root: Node) -> Option<Node> {
    let annotations = root.get("annotations")?;
    annotations.get("addon.kubeblocks.io/kubeblocks-version")
}

/// Helm's words in ours.
fn explain(helm: &str) -> String {
    let field = helm.strip_prefix("validation: chart.metadata.");
    if let Some(field) = field.and_then(|rest| rest.strip_suffix(" is required")) {
        return format!("Chart.yaml has no `{field}`");
    }
    let invalid = field.and_then(|rest| rest.strip_suffix("\" is invalid")).and_then(|rest| rest.split_once(" \""));
    match invalid {
        Some(("version", text)) => format!("`{text}` is no semantic version"),
        Some((field, text)) => format!("`{text}` is no valid `{field}`"),
        None => format!("Helm cannot load this chart: {helm}"),
    }
}

/// The file is no YAML: `yaml-syntax` says so, and better.
fn unreadable(chart: &Chart, problem: &ChartProblem) -> bool {
    chart.plain().iter().any(|document| {
        document.file() == problem.span.file && !document.is_sound()
    })
}
