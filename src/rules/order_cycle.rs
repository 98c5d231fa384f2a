//! See `order_cycle.md`.

use super::prelude::*;
use crate::model::order;

pub(super) static RULE: Rule = Rule {
    name: "order-cycle",
    summary: "components that wait for each other, so that none of them ever starts",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("order_cycle.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    for order in order::of_chart(chart) {
        for cycle in order.cycles() {
            let Some(first) = cycle.first() else { continue };
            let name = |index: usize| order.components[index].name();
            let mut path: Vec<String> = cycle.iter().map(|edge| format!("`{}`", name(edge.from))).collect();
            path.push(format!("`{}`", name(first.from)));
            let report = sink
                .report(&first.evidence, format!("{} wait for each other", path.join(" → ")))
                .why("Each of these pods stays in its init container until the next one is there: for ever.")
                .help("Take one of the waits out: the one for a component that can also come later.");
            cycle[1..].iter().fold(report, |report, edge| {
                report.related(&edge.evidence, format!("`{}` waits for `{}` here", name(edge.from), name(edge.to)))
            });
        }
    }
}
