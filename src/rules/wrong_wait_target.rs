//! See `wrong_wait_target.md`.

use super::prelude::*;
use crate::model::hosts::{Name, Target};
use crate::model::legacy::ComponentDef;
use crate::model::order::{self, Waiting};
use crate::model::shell;
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
        for waiting in &order.waiting {
            match &waiting.target {
                Target::Impossible { why, .. } => {
                    let host = waiting.part(waiting.host.range);
                    sink.report(&host, "no service can have this name, so the wait never ends")
                        .why(why.clone())
                        .help("Services are called `<cluster>-<component>` and `<cluster>-<component>-headless`.");
                }
                Target::Component { index, name, .. } => {
                    check_domain(waiting, sink);
                    if *name == Name::Service {
                        check_port(order.components[*index], waiting, sink);
                    }
                }
                _ => {}
            }
        }
    }
}

/// `.svc` that is followed by a domain without a dot, or with two.
fn check_domain(waiting: &Waiting<'_>, sink: &mut Sink) {
    let Some(at) = waiting.host.rest.find(".svc") else { return };
    let after = &waiting.host.rest[at + 4..];
    let why = if after.starts_with("..") {
        "There are two dots after `svc`."
    } else if after.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        "There is no dot between `svc` and the cluster's domain."
    } else {
        return;
    };
    let range = TextRange::new(at, at + 5).shift(waiting.host.range.end);
    sink.report(&waiting.part(range), "this name never resolves: its domain is put together wrongly")
        .why(why)
        .help("A cluster domain in values.yaml begins with a dot (`.cluster.local`), or the template writes it.");
}

/// A port of the ClusterIP service that it does not have.
fn check_port(component: ComponentDef<'_>, waiting: &Waiting<'_>, sink: &mut Sink) {
    let Some((range, port)) = shell::port(waiting.wait.condition, &waiting.host) else { return };
    let served: Option<Vec<i64>> =
        component.service_ports().map(|item| item.get("port").filter(|port| port.known())?.integer()).collect();
    let Some(served) = served.filter(|served| !served.is_empty() && !served.contains(&i64::from(port))) else { return };
    let name = component.name();
    let report = sink
        .report(&waiting.part(range), format!("the Service of `{name}` has no port {port}, so nothing ever answers"))
        .severity(Severity::Warning)
        .why("A Service answers on the ports of its `service` alone, whatever else its pods listen on.")
        .help(format!("It has {}.", listed(&served)));
    report.related(&component.service().and_then(|service| service.get("ports")), format!("the ports of `{name}`"));
}
