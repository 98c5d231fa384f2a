//! See `unprovisioned_service.md`.

use super::prelude::*;
use super::support::vars::made_optional;
use crate::diagnostic::Safety;
use crate::model::definition::Definition;
use crate::model::stages::is_headless;
use crate::model::vars::Source;
use crate::model::wanted::sources;

pub(super) static RULE: Rule = Rule {
    name: "unprovisioned-service",
    summary: "a required variable of a service that only some Clusters have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unprovisioned_service.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| check_document(uses, document, sink));
}

fn check_document<'w>(uses: &Uses<'w>, document: &'w Document, sink: &mut Sink) {
    for (source, owner) in sources(document) {
        let Some(owner) = owner.filter(|owner| owner.is_current() && !source.is_optional() && !is_lenient(source))
        else {
            continue;
        };
        let asks_pods = source.kind() == "componentVarRef" && source.node.get("podFQDNs").is_some();
        if source.kind() != "serviceVarRef" && !asks_pods {
            continue;
        }
        let Some(asked) = uses.of_var(owner, source) else { continue };
        let missing: Vec<Node> = asked.iter().filter_map(|asked| off(*asked, source, asks_pods)).collect();
        let Some(first) = missing.first() else { continue };
        let Some(severity) = Severity::Warning.lowered_if(missing.len() < asked.len()) else { continue };
        let why = match asks_pods || is_headless(source) {
            true => "The definition makes no headless Service, so the names of its pods lead nowhere.",
            false => {
                "The Service is made only where a Cluster asks for it. Without, the variable is never resolved and the \
                      component gets no pods."
            }
        };
        let at = source.name().unwrap_or(source.key);
        let report = sink
            .report(&at, "this service is not made by itself")
            .severity(severity)
            .why(why)
            .help("Mark the variable as `optional: true`, if the component can do without.")
            .related(first, "switched off here");
        let chart = uses.world.index().chart_of(document);
        report.fix(chart.and_then(|chart| made_optional(chart, source, Safety::Unsafe)));
    }
}

/// What switches off the service that is asked for.
fn off<'w>(asked: Definition<'w>, source: Source<'w>, asks_pods: bool) -> Option<Node<'w>> {
    let is_true = |node: &Node| node.text() == Some("true");
    if asks_pods || is_headless(source) {
        return asked.spec.get("disableDefaultHeadlessService").filter(is_true);
    }
    let name = source.name().and_then(Node::text).unwrap_or_default();
    asked.service(name)?.get("disableAutoProvision").filter(is_true)
}

/// Its value may be absent.
fn is_lenient(source: Source<'_>) -> bool {
    let optional = |node: Option<Node<'_>>| node.and_then(Node::text) == Some("Optional");
    source.options().any(|key| {
        let value = key.text().and_then(|key| source.node.get(key));
        optional(value) || optional(value.and_then(|value| value.get("option")))
    })
}
