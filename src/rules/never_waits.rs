//! See `never_waits.md`.

use super::prelude::*;
use crate::model::hosts::{Name, Target};
use crate::model::order::{Order, Waiting, of_chart};
use crate::model::shell::{Probe, lookups};

pub(super) static RULE: Rule = Rule {
    name: "never-waits",
    summary: "a wait that ends at once, whether the other component is there or not",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("never_waits.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    for order in of_chart(chart) {
        for waiting in &order.waiting {
            let Target::Component { index, .. } = waiting.target else { continue };
            if index == waiting.from || !waiting.wait.repeats {
                continue;
            }
            let to = order.components[index].name();
            let condition = waiting.script.part(waiting.wait.range);
            if waiting.wait.idle {
                sink.report(&condition, "this wait ends at once: its condition always succeeds")
                    .why("A loop waits only as long as its condition fails; this one never does.")
                    .help("Let the condition be the command that fails while the other component is not there.");
            } else if resolves_at_once(&order, waiting) {
                sink.report(&condition, "this wait ends at once: the name of a Service always resolves")
                    .why(format!(
                        "The Service of `{to}` is made together with all others, and its name resolves from then on, \
                         long before any pod answers."
                    ))
                    .help(format!(
                        "Ask for the headless service, which has no address before there is a pod \
                         (`{}-headless`), or talk to a port (`nc -z`).",
                        waiting.host.range.of(waiting.wait.condition)
                    ));
            }
        }
    }
}

/// The condition asks DNS for names of ClusterIP services, and nothing else.
fn resolves_at_once(order: &Order<'_>, waiting: &Waiting<'_>) -> bool {
    let wait = &waiting.wait;
    if wait.probe != Probe::Name || !(wait.plain || wait.condition.contains("break")) {
        return false;
    }
    let same = |other: &&Waiting| other.script == waiting.script && other.wait.range == wait.range;
    // `.$(KB_NAMESPACE)` is a part of a host.
    let hosts = order.waiting.iter().filter(same).filter(|other| !other.host.prefixed);
    let services = hosts.map(|other| match other.target {
        // Without `service` there is no such name at all.
        Target::Component { index, name: Name::Service, .. } => order.components[index].service().is_some(),
        _ => false,
    });
    let services: Vec<bool> = services.collect();
    services.len() == lookups(wait.condition) && services.iter().all(|service| *service)
}
