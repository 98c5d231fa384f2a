//! See `cross_namespace_credential.md`.

use super::prelude::*;
use crate::model::cluster::{Cluster, Unit};

pub(super) static RULE: Rule = Rule {
    name: "cross-namespace-credential",
    summary: "a credential from another namespace than the Cluster's",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("cross_namespace_credential.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    for cluster in chart.documents().iter().filter_map(Cluster::current) {
        let own = cluster.document.root().and_then(|root| root.at("metadata.namespace")).filter(is_literal);
        let Some(own) = own else { continue };
        for unit in cluster.units() {
            let Some(template) = unit.template() else { continue };
            template.list("serviceRefs").for_each(|reference| check_reference(own, reference, sink));
            for account in template.list("systemAccounts").filter(|_| unit.sharding) {
                check_account(uses.world, own, unit, account, sink);
            }
        }
    }
}

fn check_reference(own: Node, reference: Node, sink: &mut Sink) {
    let credential = reference.get("clusterServiceSelector").and_then(|selector| selector.key("credential"));
    let other = reference.get("namespace").filter(is_literal).filter(|other| other.text() != own.text());
    let (Some(credential), Some(other)) = (credential, other) else { return };
    sink.report(&other, format!("the credential lives in `{}`, and the Cluster in `{}`", words(other), words(own)))
        .why(
            "Pods take it from a Secret, and they reach those of their own namespace only. The component is never built, \
             and no event tells: `prohibits referencing credential variables from different namespaces`.",
        )
        .help("Give name and password through a ServiceDescriptor in the Cluster's namespace.")
        .related(&credential, "the credential");
}

/// An account that all shards share is read where the Cluster is (v1 spec CLU-28).
fn check_account(world: &World, own: Node, unit: Unit, account: Node, sink: &mut Sink) {
    let other = account.at("secretRef.namespace").filter(is_literal).filter(|other| other.text() != own.text());
    let (Some(other), Some(name)) = (other, account.get("name").and_then(Node::known_text)) else {
        return;
    };
    let Some(site) = unit.node.get("shardingDef").and_then(|node| world.index().site_at(node)) else { return };
    let definitions = world.index().matches(&site);
    let shared = definitions.iter().filter_map(|object| {
        let root = object.root()?;
        let mut accounts = root.list("spec.systemAccounts").filter(|account| account.text_at("name") == Some(name));
        accounts.find_map(|account| account.get("shared")).filter(|shared| shared.text() == Some("true"))
    });
    let shared: Vec<Node> = shared.collect();
    if shared.is_empty() || shared.len() != definitions.len() {
        return;
    }
    sink.report(&other, format!("the Secret lives in `{}`, and the Cluster in `{}`", words(other), words(own)))
        .why("KubeBlocks refuses the Cluster: `cross-namespace secretRef is not supported for shared sharding system accounts`.")
        .help("Copy the Secret into the Cluster's namespace.")
        .related(&shared[0], "all shards share the account");
}

fn words(node: Node<'_>) -> &str {
    node.text().unwrap_or_default()
}

/// The same text in every installation.
fn is_literal(node: &Node) -> bool {
    node.known() && !node.names_release() && node.text().is_some_and(|text| !text.is_empty())
}
