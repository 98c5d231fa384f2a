//! See `unused_value.md`.

use super::prelude::*;
use super::support::failures::missing_dependencies;
use crate::diagnostic::Safety;
use crate::helm::chart::Package;
use crate::model::lines::Lines;
use crate::model::unread::unread;

pub(super) static RULE: Rule = Rule {
    name: "unused-value",
    summary: "a key of values.yaml that no template reads",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unused_value.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    // Whatever could not be read may read it.
    if !missing_dependencies(chart).is_empty() || chart.package().is_some_and(Package::is_unread) {
        return;
    }
    for key in unread(chart) {
        let path = match key.parent().map(Node::path).filter(|path| !path.is_empty()) {
            Some(above) => format!("{above}.{}", key.text().unwrap_or_default()),
            None => key.text().unwrap_or_default().to_owned(),
        };
        let report = sink.report(&key, format!("no template reads `{path}`"))
            .why("No action of the chart, or of what it depends on, asks for it or for something around it: whoever sets it changes nothing.")
            .help("Remove it, or use it.")
            .unnecessary();
        report.offer("Remove it", Safety::Safe, Lines::of(chart, key).and_then(|lines| lines.removed_with_comment()));
    }
}
