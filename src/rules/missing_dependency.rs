//! See `missing_dependency.md`.

use super::prelude::*;
use super::support::failures::missing;

pub(super) static RULE: Rule = Rule {
    name: "missing-dependency",
    summary: "a chart this chart depends on that is not there",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("missing_dependency.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    for (problem, name, remote) in missing(chart) {
        // Few keep in git what `helm dependency build` fetches.
        sink.report(&problem.span, format!("dependency `{name}` is not in `charts/`, nor reachable by `file://`"))
            .severity(if remote { Severity::Info } else { Severity::Warning })
            .why("What it defines is not known, so helpers that may come from it are not judged.")
            .help("Put it into `charts/` (`helm dependency build`), or let the workspace contain its folder.");
    }
}
