//! Values of the legacy API that no schema restricts, and that its webhook or its operator refuses (legacy spec §6).

use serde_json::Value as Json;

use super::legacy::{APPS, ClusterDefinition, ComponentDef};
use super::object::{Document, Node};
use super::operator::Refused;
use super::shell::{self, Form};
use crate::diagnostic::{listed, nearest};

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
            custom_labels(component, found);
            character(component, found);
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
        found.push(Refused::mild(node, "one pod leads", WEBHOOK));
    }
    let counts: Vec<Node> = spec.list("followers").filter_map(|follower| follower.get("replicas")).collect();
    let numbers = counts.iter().map(|node| node.integer().filter(|_| node.known()));
    let Some((node, sum)) = counts.last().copied().zip(numbers.sum::<Option<i64>>()) else { return };
    if (1 + sum) % 2 == 0 && counts.len() == spec.list("followers").count() {
        let reason = format!("with the one that leads there are {} candidates, which is an even number", 1 + sum);
        found.push(Refused::mild(node, reason, WEBHOOK));
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
        found.push(Refused::new(node, reason, "No password can be made, and so no account."));
    }
}

/// Engines whose roles KubeBlocks asks for by itself, in some release up to 0.9 (§7.5).
const CHARACTERS: [&str; 10] =
    ["mysql", "postgres", "postgresql", "mongodb", "etcd", "redis", "kafka", "polardbx", "oceanbase", "wesql"];

/// Any other text is allowed, but who asks for roles and has no handler of his own needs one of these (LC-094).
fn character<'w>(component: ComponentDef<'w>, found: &mut Vec<Refused<'w>>) {
    let asked = component.node.at("probes.roleProbe").is_some();
    let own = component.node.key("rsmSpec").is_some();
    let Some(node) = component.node.get("characterType").filter(|_| asked && !own) else { return };
    let text = node.text().unwrap_or_default().to_lowercase();
    if let Some(near) = nearest(&text, CHARACTERS).filter(|_| !CHARACTERS.contains(&&*text)) {
        let reason = format!("KubeBlocks knows how to ask for the roles of `{near}`, not of this");
        found.push(Refused::mild(node, reason, "No pod ever has a role, and the service has no endpoints."));
    }
}

/// What stands for names in labels of the author's own.
const IN_LABELS: [&str; 5] =
    ["KB_CLUSTER_NAME", "KB_COMP_NAME", "KB_CLUSTER_COMP_NAME", "COMP_ENV_CM_NAME", "KB_CLUSTER_UID_POSTFIX_8"];

/// Labels of the author's own, and the kinds that get them (R44; `parseCustomLabelPattern` in `controllers/apps`).
fn custom_labels<'w>(component: ComponentDef<'w>, found: &mut Vec<Refused<'w>>) {
    for label in component.node.list("customLabelSpecs") {
        for node in label.list("resources").filter_map(|resource| resource.get("gvk")) {
            let parts = node.text().map_or(0, |text| text.split('/').count());
            if !(2..=3).contains(&parts) {
                let reason = "it is a version and a kind, as in `v1/Pod`, or both behind a group".to_owned();
                found.push(Refused::new(node, reason, "The component is never made: `invalid pattern`."));
            }
        }
        for node in [label.get("key"), label.get("value")].into_iter().flatten() {
            let uses = shell::uses(node.text().unwrap_or_default()).into_iter();
            let mut unknown = uses.filter(|used| used.form == Form::Parentheses && !IN_LABELS.contains(&used.name));
            if let Some(used) = unknown.next() {
                let known = listed(IN_LABELS.map(|name| format!("$({name})")).iter().map(String::as_str));
                let reason = format!("`$({})` stands for nothing here; there are {known}", used.name);
                found.push(Refused::new(
                    node,
                    reason,
                    "No label may hold such a text: the API server refuses the objects.",
                ));
            }
        }
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
            found.push(Refused::new(node, reason, SERVER));
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
    found.push(Refused::new(node, reason, "KubeBlocks cannot read the variables: no pod is made."));
}
