//! See `invalid_chart.md`.

use super::prelude::*;
use crate::helm::chart::{ChartProblem, ChartProblemKind};
use crate::model::choices::broken_schema;
use crate::template::funcs::semver::{Constraint, parse_version};

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
            ChartProblemKind::Invalid(_) | ChartProblemKind::MissingDependency { .. } => {}
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
    if let Some(root) = metadata {
        check_neighbours(chart, root, sink);
    }
    check_schema(chart, sink);
    if let Some(range) = metadata.and_then(release_range)
        && let Some(text) = range.text()
        && Constraint::parse(text).is_err()
    {
        sink.report(&range, format!("`{text}` is no range of KubeBlocks releases"))
            .why("KubeBlocks does not install an addon whose range of releases it cannot read.")
            .help("Write a range of semantic versions, such as `>=0.7.0` or `>=0.8.0, <1.0.0`.");
    }
}

/// A dependency beside the chart has the version that is asked for.
fn check_neighbours(chart: &Chart, metadata: Node, sink: &mut Sink) {
    for dependency in chart.package().into_iter().flat_map(|package| &package.dependencies) {
        let Some(wanted) = dependency.entry.as_ref().filter(|entry| entry.repository.starts_with("file://")) else {
            continue;
        };
        let own = &dependency.package.metadata;
        let (Ok(range), Ok(version)) = (Constraint::parse(&wanted.version), parse_version(&own.version)) else {
            continue;
        };
        let mut entries = metadata.list("dependencies");
        let entry = entries.find(|entry| {
            entry.text_at("name") == Some(&wanted.name) && entry.text_at("version") == Some(&wanted.version)
        });
        let Some(place) = entry.and_then(|entry| entry.get("version")).filter(|_| !range.matches(&version)) else {
            continue;
        };
        sink.report(
            &place,
            format!("dependency `{}` is to be `{}`, and its chart is `{}`", wanted.name, wanted.version, own.version),
        )
        .why("`helm dependency build` refuses the chart: `can't get a valid version`.")
        .help("Ask for the version that the chart has, or for a range around it.");
    }
}

/// values.schema.json is read whenever the chart is.
fn check_schema(chart: &Chart, sink: &mut Sink) {
    if let Some((place, words)) = chart.package().and_then(broken_schema) {
        sink.report(&place, format!("values.schema.json is no JSON: {words}"))
            .why("Helm checks the values against it before it looks at any template, and stops.");
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
    chart.plain().iter().any(|document| document.file() == problem.span.file && !document.is_sound())
}
