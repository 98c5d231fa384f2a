//! See `cross_namespace_credential.md`.

use super::prelude::*;
use crate::model::cluster::Cluster;

pub(super) static RULE: Rule = Rule {
    name: "cross-namespace-credential",
    summary: "a credential from another namespace than the Cluster's",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("cross_namespace_credential.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(cluster) = Cluster::of(document) else { return };
    let Some(own) = document.root().and_then(|root| root.at("metadata.namespace")).filter(is_literal) else { return };
    for unit in cluster.units() {
        let Some(template) = unit.template() else { continue };
        for reference in template.list("serviceRefs") {
            let Some(credential) = reference.get("clusterServiceSelector").and_then(|it| it.key("credential")) else {
                continue;
            };
            let Some(other) = reference.get("namespace").filter(is_literal) else { continue };
            if other.text() == own.text() {
                continue;
            }
            sink.report(&other, format!("the credential lives in `{}`, and the Cluster in `{}`", words(other), words(own)))
                .why(
                    "Pods take it from a Secret, and they reach those of their own namespace only. The component is never \
                     built, and no event tells: `prohibits referencing credential variables from different namespaces`.",
                )
                .help("Give name and password through a ServiceDescriptor in the Cluster's namespace.")
                .related(&credential, "the credential");
        }
    }
}

fn words(node: Node<'_>) -> &str {
    node.text().unwrap_or_default()
}

/// The same text in every installation.
fn is_literal(node: &Node) -> bool {
    node.known() && !node.names_release() && node.text().is_some_and(|text| !text.is_empty())
}
