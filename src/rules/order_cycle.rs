//! See `order_cycle.md`.

use super::prelude::*;
use crate::model::order;
use crate::model::stages::{Need, Plan, is_headless};

pub(super) static RULE: Rule = Rule {
    name: "order-cycle",
    summary: "components that wait for each other, so that none of them ever starts",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("order_cycle.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.apart(|sink| check_waits(chart, sink));
    sink.each(uses.topologies_of(chart), |places, sink| {
        if let Some(plan) = Plan::of(uses, &places) {
            plan.cycles().iter().for_each(|cycle| report(&plan, cycle, sink));
        }
    });
}

/// Components of a topology that need what the other is to make (v1 spec §4.3).
fn report(plan: &Plan, cycle: &[&Need], sink: &mut Sink) {
    let Some((first, others)) = cycle.split_first() else { return };
    let mut path: Vec<String> = cycle.iter().map(|need| format!("`{}`", plan.name(need.from))).collect();
    path.push(format!("`{}`", plan.name(first.from)));
    let headless = cycle.iter().all(|need| is_headless(need.source));
    let why = match headless {
        true => {
            "The headless Service of a component is made with its pods, and those are made when all its required \
             variables are resolved: never. Only an event tells."
        }
        false => {
            "A variable is not resolved before the component that it asks is there, and a stage is not made before the \
             one before it runs: the Cluster waits for ever, and nothing tells."
        }
    };
    let help = match headless {
        true => "Ask for a named service, or for `podFQDNs` of a `componentVarRef`, and wait in an init container.",
        false => "Put them into one stage, or mark one of the variables as `optional: true`.",
    };
    let report =
        sink.report(&first.source.key, format!("{} wait for each other", path.join(" → "))).why(why).help(help);
    others.iter().fold(report, |report, need| {
        let to = need.to.first().map_or("", |to| plan.name(*to));
        report.related(&need.source.key, format!("`{}` needs `{to}` here", plan.name(need.from)))
    });
}

fn check_waits(chart: &Chart, sink: &mut Sink) {
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
