//! See `missing_wait.md`.

use super::prelude::*;
use crate::diagnostic::{Fix, Safety};
use crate::model::legacy::ComponentDef;
use crate::model::lines;
use crate::model::order;

pub(super) static RULE: Rule = Rule {
    name: "missing-wait",
    summary: "a component that needs another one at start, and nothing makes it wait",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("missing_wait.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    for order in order::of_chart(chart) {
        for edge in order.missing() {
            let (from, to) = (order.components[edge.from].name(), order.components[edge.to].name());
            let reference = order.components[edge.from].variables().filter(|(_, v)| v.name() == edge.variable).last();
            let service = reference.is_some_and(|(_, v)| v.source().and_then(Node::text) == Some("ServiceRef"));
            let host = if service { format!("${{{}}}", edge.variable) } else { format!("${{KB_CLUSTER_NAME}}-{to}") };
            let mut report = sink
                .report(&edge.evidence, format!("`{from}` needs `{to}`, but nothing makes it wait for it"))
                .why(format!(
                    "KubeBlocks starts all components of a Cluster at once. `{from}` is told where `{to}` is, and \
                     crashes again and again until it answers."
                ))
                .help(format!(
                    "Give `{from}` an init container that loops until `{to}` is there: `until nslookup \
                     {host}-headless.${{KB_NAMESPACE}}.svc.cluster.local; do sleep 2; done`."
                ));
            report = report.fix(waiting(chart, order.components[edge.from], to, &host));
            report.related(
                &reference.and_then(|(reference, _)| reference.target()),
                format!("`{from}` refers to `{to}` here"),
            );
        }
    }
}

/// An init container that waits until pods of the other component are ready: only then its headless service has a name.
fn waiting(chart: &Chart, component: ComponentDef, to: &str, host: &str) -> Option<Fix> {
    let item = format!(
        "- name: wait-for-{to}\n  image: busybox:1.36\n  command:\n    - sh\n    - -c\n    - until nslookup \
         {host}-headless.${{KB_NAMESPACE}}.svc.cluster.local; do sleep 2; done\n"
    );
    let pod = component.node.get("podSpec")?;
    let edit = match pod.get("initContainers") {
        Some(list) => lines::put_item(chart, list, &item)?,
        None if pod.key("initContainers").is_some() => return None,
        None => {
            let list = format!("initContainers:\n{}", lines::indented(&item, 2));
            lines::put_first(chart, component.node.key("podSpec")?, &list)?
        }
    };
    Some(Fix { title: format!("Wait for `{to}` in an init container"), safety: Safety::Unsafe, edits: vec![edit] })
}
