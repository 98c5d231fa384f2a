//! See `wrong_wait_target.md`.

use super::prelude::*;
use crate::model::object::Node;
use crate::model::order::{self, Target, Waiting};
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "wrong-wait-target",
    summary: "a wait for a host name that cannot exist, or for a port that nobody serves",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("wrong_wait_target.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    for order in order::of_chart(chart) {
        for waiting in order.waiting.iter().filter(|waiting| !waiting.host.prefixed) {
            let start = waiting.wait.range.start;
            let host = waiting.script.part(waiting.host.range.shift(start));
            if let Some(why) = impossible(&order, waiting) {
                sink.report(&host, "no service can have this name, so the wait never ends")
                    .why(why)
                    .help("Services are called `<cluster>-<component>` and `<cluster>-<component>-headless`.");
                continue;
            }
            if let Some((at, why)) = bad_domain(waiting) {
                let range = TextRange::new(at, at + 5).shift(waiting.host.range.end + start);
                sink.report(&waiting.script.part(range), "this name never resolves: its domain is put together wrongly")
                    .why(why)
                    .help("A cluster domain in values.yaml begins with a dot (`.cluster.local`), or the template writes it.");
            }
        }
    }
}

/// Why the host is nobody's name.
fn impossible(order: &order::Order<'_>, waiting: &Waiting<'_>) -> Option<String> {
    let suffix = waiting.host.suffix;
    if waiting.host.variable.name == "KB_CLUSTER_NAME" && suffix == "-headless" {
        return Some("A Cluster has no headless service; its components have.".to_owned());
    }
    let Target::Component { index, reference: Some(reference), .. } = waiting.target else { return None };
    let source = reference.variables().find(|v| v.name() == waiting.host.variable.name)?.source().and_then(Node::text);
    let (name, target) = (waiting.host.variable.name, order.components[index].name());
    match source {
        Some("HeadlessServiceRef") if suffix == "-headless" => {
            Some(format!("`{name}` is a list of the pods' full names, not the name of a service."))
        }
        Some("ServiceRef") if suffix == "-headless-headless" => {
            Some("`-headless` is added twice.".to_owned())
        }
        Some("ServiceRef") if suffix == format!("-{target}") || suffix == format!("-{target}-headless") => {
            Some(format!("`{name}` is `<cluster>-{target}` already."))
        }
        _ => None,
    }
}

/// Where `.svc` is followed by a domain without a dot, or with two.
fn bad_domain(waiting: &Waiting<'_>) -> Option<(usize, String)> {
    let rest = waiting.host.rest;
    let at = rest.find(".svc")?;
    let after = &rest[at + 4..];
    if after.starts_with("..") {
        return Some((at, "There are two dots after `svc`.".to_owned()));
    }
    if after.starts_with("cluster.local") {
        return Some((at, "There is no dot between `svc` and the cluster's domain.".to_owned()));
    }
    None
}
