//! See `unsupported_tls.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::cluster::{Cluster, Unit};
use crate::model::lines;

pub(super) static RULE: Rule = Rule {
    name: "unsupported-tls",
    summary: "TLS that is switched on and cannot work",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unsupported_tls.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        check_document(chart, document, sink);
        for unit in Cluster::current(document).into_iter().flat_map(Cluster::units).filter(|_| !chart.failed()) {
            check_definition(uses, unit, sink);
        }
    });
}

/// Where certificates lie is up to the definition (v1 spec CMP-39, CLU-33).
fn check_definition<'w>(uses: &Uses<'w>, unit: Unit<'w>, sink: &mut Sink) {
    let Some(template) = unit.template().filter(|template| template.get("issuer").is_some()) else { return };
    let Some(tls) = template.get("tls").filter(|tls| tls.text() == Some("true") && tls.known()) else { return };
    let definition = uses.of_unit(unit).filter(|definition| definition.is_current());
    let Some(definition) = definition.filter(|definition| definition.spec.key("tls").is_none()) else { return };
    let report = sink
        .report(&tls, format!("`{}` has no TLS", definition.name()))
        .why(
            "No pod is made: `the TLS is enabled but the component definition doesn't support it`. The definition says in \
             `tls` where certificates lie.",
        )
        .help("Take `tls` out, or let the definition have it.");
    report.related(&definition.document.name(), "the definition");
}

fn check_document(chart: &Chart, document: &Document, sink: &mut Sink) {
    if document.kind() != Some("Cluster") || document.group() != Some("apps.kubeblocks.io") || !document.is_sound() {
        return;
    }
    let Some(root) = document.root() else { return };
    let shards = root.list("spec.shardings").chain(root.list("spec.shardingSpecs"));
    let shards = shards.filter_map(|sharding| sharding.get("template"));
    for component in root.list("spec.componentSpecs").chain(shards) {
        check_component(chart, component, sink);
    }
}

fn check_component(chart: &Chart, component: Node, sink: &mut Sink) {
    let Some(tls) = component.get("tls").filter(|tls| tls.text() == Some("true") && tls.known()) else { return };
    let Some(issuer) = component.get("issuer") else {
        // A key without a value: what was to stand there is another matter.
        if component.key("issuer").is_none() {
            let report = sink
                .report(&tls, "TLS is switched on, and `issuer` does not say who issues the certificates")
                .why("KubeBlocks refuses the component: `the issuer shouldn't be nil when the TLS is enabled`.")
                .help("Add `issuer: {name: KubeBlocks}`, or `name: UserProvided` with a `secretRef`.");
            report.offer(
                "Let KubeBlocks issue them",
                Safety::Unsafe,
                lines::put_behind(chart, tls.heading(), "issuer:\n  name: KubeBlocks"),
            );
        }
        return;
    };
    let Some(name) = issuer.get("name").filter(|name| name.text() == Some("UserProvided") && name.known()) else {
        return;
    };
    if issuer.key("secretRef").is_none() {
        sink.report(&name, "`UserProvided` certificates come from a Secret, and none is named")
            .why("KubeBlocks has nothing to mount, and refuses the component.")
            .help("Add `secretRef` with the Secret's `name` and its keys `ca`, `cert` and `key`.");
    }
}
