//! See `never_waits.md`.

use super::prelude::*;
use crate::model::object::Node;
use crate::model::order::{self, Target, Waiting};
use crate::model::shell::Probe;

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
    for order in order::of_chart(chart) {
        for waiting in &order.waiting {
            let Target::Component { index, .. } = waiting.target else { continue };
            let to = order.components[index].name();
            if index == waiting.from {
                continue;
            }
            let condition = waiting.script.part(waiting.wait.range);
            if waiting.wait.idle {
                sink.report(&condition, "this wait ends at once: its condition always succeeds")
                    .why("A loop waits only as long as its condition fails; this one never does.")
                    .help("Let the condition be the command that fails while the other component is not there.");
            } else if resolves_at_once(waiting) {
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

/// The condition asks DNS for a ClusterIP service, and nothing else.
fn resolves_at_once(waiting: &Waiting<'_>) -> bool {
    let Target::Component { reference, headless, .. } = waiting.target else { return false };
    let service = reference.is_none_or(|reference| {
        let variable = reference.variables().find(|variable| variable.name() == waiting.host.variable.name);
        variable.and_then(|variable| variable.source()).and_then(Node::text) == Some("ServiceRef")
    });
    let pod = waiting.host.suffix.ends_with(|c: char| c.is_ascii_digit());
    let other = !waiting.host.suffix.is_empty() && reference.is_some();
    service && !headless && !pod && !other && !waiting.host.prefixed && waiting.wait.probe == Probe::Name && waiting.wait.repeats
}
