//! Values of the legacy API that no schema restricts, and that its webhook or its operator refuses (legacy spec §6).

use serde_json::Value as Json;

use super::legacy::{APPS, ClusterDefinition, ComponentDef};
use super::object::{Document, Node};
use super::operator::Refused;

/// The webhook is off unless somebody switches it on; without it nobody looks.
const WEBHOOK: &str = "The admission webhook, where it is switched on, refuses the definition.";
const SERVER: &str = "The API server refuses the Services and pods that are made of it.";

/// A Cluster's annotation with variables for all its pods.
const EXTRA_ENV: &str = "kubeblocks.io/extra-env";

/// Every such value of a document.
pub(super) fn refused<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    if let Some(definition) = ClusterDefinition::of(document) {
        for component in definition.components() {
            quorum(component, found);
            passwords(component, found);
        }
    }
    if document.group() == Some(APPS)
        && document.kind() == Some("Cluster")
        && let Some(root) = document.root()
    {
        lengths(root, found);
        extra_env(root, found);
    }
}

/// One leads, and with those that follow the number is odd (LC-091, LC-092).
fn quorum<'w>(component: ComponentDef<'w>, found: &mut Vec<Refused<'w>>) {
    let Some(spec) = component.node.get("consensusSpec") else { return };
    if let Some(node) =
        spec.at("leader.replicas").filter(|node| node.integer().is_some_and(|count| !(0..=1).contains(&count)))
    {
        found.push(Refused { node, reason: "one pod leads".to_owned(), why: WEBHOOK, mild: true });
    }
    let counts: Vec<Node> = spec.list("followers").filter_map(|follower| follower.get("replicas")).collect();
    let numbers = counts.iter().map(|node| node.integer().filter(|_| node.known()));
    let Some((node, sum)) = counts.last().copied().zip(numbers.sum::<Option<i64>>()) else { return };
    if (1 + sum) % 2 == 0 && counts.len() == spec.list("followers").count() {
        let reason = format!("with the one that leads there are {} candidates, which is an even number", 1 + sum);
        found.push(Refused { node, reason, why: WEBHOOK, mild: true });
    }
}

/// The digits and the symbols of a password fit into it (LC-098).
fn passwords<'w>(component: ComponentDef<'w>, found: &mut Vec<Refused<'w>>) {
    let Some(config) = component.node.at("systemAccounts.passwordConfig") else { return };
    let number = |key: &str| config.get(key).map(|node| node.integer().filter(|_| node.known()));
    // What is not written is another number in each release.
    let (Some(Some(digits)), Some(Some(symbols)), Some(Some(length))) =
        (number("numDigits"), number("numSymbols"), number("length"))
    else {
        return;
    };
    if let Some(node) = config.get("length").filter(|_| digits + symbols > length) {
        let reason = format!("there are to be {digits} digits and {symbols} symbols");
        found.push(Refused { node, reason, why: "No password can be made, and so no account.", mild: false });
    }
}

/// Services and pods are called after the Cluster and its components (LC-129).
fn lengths<'w>(root: Node<'w>, found: &mut Vec<Refused<'w>>) {
    let name = root.at("metadata.name").filter(|name| name.known() && !name.names_release());
    let Some(cluster) = name.and_then(Node::text) else { return };
    for component in root.list("spec.componentSpecs").filter(|component| component.get("componentDefRef").is_some()) {
        let Some(node) = component.get("name") else { continue };
        let service = format!("{cluster}-{}-headless", node.text().unwrap_or_default());
        if service.len() > 63 {
            let reason =
                format!("a Service `{service}` would have {} characters, and at most 63 are allowed", service.len());
            found.push(Refused { node, reason, why: SERVER, mild: false });
        }
    }
}

/// The annotation holds an object of texts (LC-136).
fn extra_env<'w>(root: Node<'w>, found: &mut Vec<Refused<'w>>) {
    let Some(node) = root.at("metadata.annotations").and_then(|annotations| annotations.get(EXTRA_ENV)) else { return };
    let Some(text) = node.text().filter(|text| !text.is_empty()) else { return };
    let reason = match serde_json::from_str::<Json>(text) {
        Err(error) => format!("this is no JSON: {error}"),
        Ok(Json::Object(all)) if all.values().all(|value| value.is_string() || value.is_null()) => return,
        Ok(_) => "this is no object of texts".to_owned(),
    };
    found.push(Refused { node, reason, why: "KubeBlocks cannot read the variables: no pod is made.", mild: false });
}
