//! See `field_not_in_release.md`.

use super::prelude::*;
use crate::model::admission::{self, Verdict, verdicts};
use crate::model::fields::meant;
use crate::model::admit::What;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "field-not-in-release",
    summary: "a field that some of the KubeBlocks releases drop which the chart allows",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("field_not_in_release.md"),
    check: Check::Chart(check),
};

/// Fields without which an object works as well.
const HARMLESS: [&str; 1] = ["retryIntervalSeconds"];

fn check(chart: &Chart, sink: &mut Sink) {
    let range = admission::range(chart);
    for verdict in verdicts(chart, |what| *what == What::Unknown) {
        report(&verdict, range, sink);
    }
}

fn report(verdict: &Verdict, range: Option<Node>, sink: &mut Sink) {
    let key = verdict.at;
    let Some((name, faulty)) = key.text().filter(|_| key.known()).zip(verdict.only) else { return };
    // `passwordless-account` speaks of these.
    if matches!(name, "passwordConfig" | "passwordGenerationPolicy") {
        return;
    }
    let knowing = verdict.targets.releases.without(faulty);
    let (Some(first), Some(last), Some(gone)) = (knowing.first(), knowing.last(), faulty.last()) else { return };
    let newer = first > gone;
    let message = if newer {
        format!("`{name}` exists only from KubeBlocks {} on", first.name())
    } else {
        format!("`{name}` exists only up to KubeBlocks {}", last.name())
    };
    let range_text = range.and_then(Node::text).unwrap_or_default();
    let severity = if HARMLESS.contains(&name) { Severity::Info } else { verdict.severity(Severity::Warning) };
    let mut report = sink
        .report(&key, message)
        .severity(severity)
        .why(format!("The chart allows `{range_text}`, and KubeBlocks {faulty} drops the field silently."))
        .releases(verdict.names());
    let advice = meant(world::schemas(), key, faulty).advice;
    report = match advice {
        _ if newer => report.help(format!(
            "Raise the range to `>={}.0`, or write the field only where the release has it.",
            first.name()
        )),
        Some(advice) => report.help(format!("In newer releases {advice}.")),
        None => report,
    };
    if let Some(range) = range {
        report.related(&range, "the releases that the chart allows");
    }
}
