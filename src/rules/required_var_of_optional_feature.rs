//! See `required_var_of_optional_feature.md`.

use super::prelude::*;
use super::support::vars::made_optional;
use crate::diagnostic::Safety;
use crate::model::definition::Definition;
use crate::model::vars::{Var, current_vars};

pub(super) static RULE: Rule = Rule {
    name: "required-var-of-optional-feature",
    summary: "a variable without which nothing starts, of a feature that Clusters may leave off",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("required_var_of_optional_feature.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    let definition = Definition::current(document);
    for var in current_vars(document) {
        check_tls(var, sink);
        check_host_network(chart, var, sink);
        if let Some(definition) = definition {
            check_service_ref(chart, var, definition, sink);
        }
    }
}

/// Without TLS the value is not `false`, it is not there (v1 spec R056).
fn check_tls(var: Var, sink: &mut Sink) {
    let Some(enabled) = var.from("tlsVarRef").and_then(|source| source.node.get("enabled")) else { return };
    if enabled.text() != Some("Required") || !enabled.known() {
        return;
    }
    sink.report(&enabled, format!("without TLS `{}` has no value, and no Cluster without TLS starts", var.name()))
        .why(
            "The variable is `true` with TLS, and without it there is none, so KubeBlocks does not make the pods: `the \
             required var is not found`.",
        )
        .help("With `Optional` the variable is missing where there is no TLS.")
        .replace("Write `Optional`", Safety::Safe, "Optional");
}

/// A port on the host is known only where the Cluster asks for the host's network (v1 spec R057).
fn check_host_network(chart: &Chart, var: Var, sink: &mut Sink) {
    let Some(source) = var.from("hostNetworkVarRef").filter(|source| !source.is_optional() && source.key.known())
    else {
        return;
    };
    if source.options().next().is_none() || source.node.key("optional").is_some_and(|key| !key.known()) {
        return;
    }
    let report = sink
        .report(&source.key, format!("`{}` needs the host's network, which few Clusters ask for", var.name()))
        .why("In all others KubeBlocks does not make the pods: `has no HostNetwork object found when resolving vars`.")
        .help("Add `optional: true`: the variable is then missing where the network is the pods' own.");
    report.fix(made_optional(chart, source, Safety::Safe));
}

/// An optional reference may stay unbound (v1 spec R058).
fn check_service_ref(chart: &Chart, var: Var, definition: Definition, sink: &mut Sink) {
    let Some(source) = var.from("serviceRefVarRef").filter(|source| !source.is_optional()) else { return };
    let Some(name) = source.node.get("name").filter(|name| name.known()) else { return };
    if source.options().next().is_none() {
        return;
    }
    let declared = definition.spec.list("serviceRefDeclarations");
    let mut declared = declared.filter(|declared| declared.text_at("name") == name.text());
    let Some(optional) = declared.find_map(|declared| declared.get("optional")) else { return };
    if optional.text() != Some("true") || !optional.known() {
        return;
    }
    let text = name.text().unwrap_or_default();
    let report = sink.report(&source.key, format!("`{}` needs `{text}`, which a Cluster may leave unbound", var.name()))
        .why("In such a Cluster KubeBlocks does not make the pods: `has no ServiceRef object found when resolving vars`.")
        .help("Add `optional: true`: the variable is then missing where the reference is unbound.")
        .related(&optional, "the reference is declared as optional");
    report.fix(made_optional(chart, source, Safety::Safe));
}
