//! Values that no schema restricts, and that the API server's code or the operator refuses (v1 spec §3).

use regex::Regex;
use std::sync::LazyLock;

use super::backup::policies;
use super::cluster::{Cluster, ClusterDefinition};
use super::commands;
use super::definition::Definition;
use super::field_refs;
use super::legacy;
use super::legacy_values;
use super::object::{Document, Node};
use super::pods;
use super::words::scheduling;
use crate::diagnostic::{listed, nearest};
use crate::schema::formats;

/// A value that somebody will not take.
pub struct Refused<'w> {
    pub node: Node<'w>,
    /// What is wrong, after "cannot be …: ".
    pub reason: String,
    /// Who minds, and what follows.
    pub why: &'static str,
    /// The object works as a whole.
    pub mild: bool,
}

impl<'w> Refused<'w> {
    pub(super) fn new(node: Node<'w>, reason: impl Into<String>, why: &'static str) -> Self {
        Self { node, reason: reason.into(), why, mild: false }
    }

    pub(super) fn mild(node: Node<'w>, reason: impl Into<String>, why: &'static str) -> Self {
        Self { mild: true, ..Self::new(node, reason, why) }
    }
}

/// When an action may be called (`PreConditionType`, in `apis/apps/v1alpha1/componentdefinition_types.go` up to 0.9 and in
/// `apis/apps/v1` since).
pub const PRE_CONDITIONS: [&str; 4] = ["Immediately", "RuntimeReady", "ComponentReady", "ClusterReady"];

/// How the pods of a component come into being.
pub const POD_MANAGEMENT_POLICIES: [&str; 2] = ["OrderedReady", "Parallel"];

const SERVER: &str = "The API server refuses the object.";
const ACTION_FAILS: &str = "The action fails each time it is to be called.";
const UNAVAILABLE: &str = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";

/// Every such value of a document.
pub fn refused(document: &Document) -> Vec<Refused<'_>> {
    let mut found = Vec::new();
    if !document.is_sound() {
        return found;
    }
    name(document, &mut found);
    schedules(document, &mut found);
    if let Some(definition) = Definition::current(document) {
        definition_values(definition, &mut found);
    }
    if document.kind() == Some("ComponentVersion") && document.api_version() == Some("apps.kubeblocks.io/v1") {
        let releases = document.root().into_iter().flat_map(|root| root.list("spec.releases"));
        releases
            .filter_map(|release| release.get("serviceVersion"))
            .for_each(|node| version(node, UNAVAILABLE, &mut found));
    }
    if let Some(cluster) = Cluster::current(document) {
        cluster_values(cluster, &mut found);
    }
    if let Some(definition) = ClusterDefinition::current(document) {
        defaults(definition, &mut found);
    }
    resources(document, &mut found);
    field_refs::refused(document, &mut found);
    modes(document, &mut found);
    hooks(document, &mut found);
    topology(document, &mut found);
    if let Some(definition) = Definition::of(document).filter(|definition| !definition.is_current()) {
        older_actions(definition, &mut found);
    }
    legacy_values::refused(document, &mut found);
    pods::refused(document, &mut found);
    keys(document, &mut found);
    found.retain(|refused| refused.node.known() && !refused.node.names_release() && !refused.node.is_placeholder());
    // A variable alone, as one writes what is to be replaced, is one of the faults of commands.
    commands::refused(document, &mut found);
    found
}

/// When Helm runs a hook.
const HOOKS: [&str; 10] = [
    "pre-install",
    "post-install",
    "pre-upgrade",
    "post-upgrade",
    "pre-delete",
    "post-delete",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];

/// Helm takes a hook at its word (`pkg/release/util/manifest_sorter.go`).
fn hooks<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let Some(node) = document.hook() else { return };
    let events = node.text().into_iter().flat_map(|text| text.split(','));
    if let Some(event) = events.map(str::trim).find(|event| !HOOKS.contains(&event.to_lowercase().as_str())) {
        let reason = format!("`{event}` is none of {}", listed(HOOKS));
        found.push(Refused::new(node, reason, "Helm passes over the object and never installs it."));
    }
}

/// Nearly all kinds have names of DNS; those of Services are labels.
fn name<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let check = match (document.group(), document.kind()) {
        (Some(""), Some("Service")) => formats::dns_1035_label,
        (Some(""), Some("Namespace")) => formats::dns_label,
        (Some(""), Some("ConfigMap" | "Secret" | "Pod" | "PersistentVolumeClaim" | "ServiceAccount")) => {
            formats::dns_subdomain
        }
        (Some("apps" | "batch"), Some(_)) => formats::dns_subdomain,
        // The groups of Kubernetes itself have a few kinds with other names; all others are of custom resources.
        (Some(group), Some(_)) if group.contains('.') && !group.ends_with("k8s.io") => formats::dns_subdomain,
        _ => return,
    };
    let Some(node) = document.name() else { return };
    if let Some(reason) = node.text().filter(|text| !text.is_empty()).and_then(check) {
        found.push(Refused::new(node, reason, SERVER));
    }
}

static PERIOD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^([0-9]+(y|mo|w|d|h|m)?)*$").ok());

fn schedules<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let own = document.root().filter(|_| document.kind() == Some("BackupSchedule"));
    let own = own.into_iter().flat_map(|root| root.list("spec.schedules"));
    for schedule in policies(document).into_iter().flat_map(|policy| policy.node.list("schedules")).chain(own) {
        let cron = schedule.get("cronExpression").filter(|cron| cron.text() != Some(""));
        if let Some((node, reason)) = cron.and_then(|cron| Some((cron, formats::cron(cron.text()?)?))) {
            let why = "The CronJob that KubeBlocks makes from it is refused, once the schedule is switched on.";
            found.push(Refused::mild(node, reason, why));
        }
        period(schedule.get("retentionPeriod"), "Backups of this schedule fail.", found);
    }
    let once = match (document.group(), document.kind()) {
        (Some("dataprotection.kubeblocks.io"), Some("Backup")) => "spec.retentionPeriod",
        (Some("operations.kubeblocks.io"), Some("OpsRequest")) => "spec.backup.retentionPeriod",
        _ => return,
    };
    period(document.root().and_then(|root| root.at(once)), "The backup fails.", found);
}

fn period<'w>(node: Option<Node<'w>>, why: &'static str, found: &mut Vec<Refused<'w>>) {
    let wrong = |text: &str| PERIOD.as_ref().is_some_and(|format| !format.is_match(text));
    if let Some(node) = node.filter(|node| node.text().is_some_and(wrong)) {
        let reason = "a period is numbers with `y`, `mo`, `w`, `d`, `h` or `m`, as in `7d`".to_owned();
        found.push(Refused::mild(node, reason, why));
    }
}

/// The versions that a Cluster asks for (v1 spec CLU-13, CLU-14).
fn cluster_values<'w>(cluster: Cluster<'w>, found: &mut Vec<Refused<'w>>) {
    for template in cluster.units().filter_map(|unit| unit.template()) {
        let instances = template.list("instances").filter_map(|instance| instance.get("serviceVersion"));
        for node in template.get("serviceVersion").into_iter().chain(instances) {
            version(node, "No definition has such a version: KubeBlocks refuses the Cluster.", found);
        }
    }
}

/// One topology may be the default one (v1 spec CD-03).
fn defaults<'w>(definition: ClusterDefinition<'w>, found: &mut Vec<Refused<'w>>) {
    let mut defaults = definition.topologies().filter(|topology| topology.is_default());
    let Some(first) = defaults.next() else { return };
    for node in defaults.filter_map(|topology| topology.node.get("default")) {
        let reason = format!("topology `{}` is the default one", first.name());
        found.push(Refused::new(node, reason, UNAVAILABLE));
    }
}

fn definition_values<'w>(definition: Definition<'w>, found: &mut Vec<Refused<'w>>) {
    let mut one_of = |node: Option<Node<'w>>, allowed: &[&str], why, split: bool| {
        let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else { return };
        let parts: Vec<&str> = if split { text.split(',').collect() } else { vec![text] };
        let wrong = parts.iter().find(|part| !text.is_empty() && !allowed.contains(part));
        if let Some(wrong) = wrong {
            let reason = format!("`{wrong}` is none of {}", listed(allowed.iter().copied()));
            found.push(Refused::new(node, reason, why));
        }
    };
    one_of(definition.spec.get("podManagementPolicy"), &POD_MANAGEMENT_POLICIES, UNAVAILABLE, false);
    let phases = ["Creating", "Running", "Updating", "Starting", "Stopping", "Stopped", "Deleting", "Failed"];
    one_of(definition.spec.at("available.withPhases"), &phases, UNAVAILABLE, true);
    for action in definition.actions() {
        one_of(action.field("preCondition"), &PRE_CONDITIONS, ACTION_FAILS, false);
    }
    for action in definition.actions() {
        let Some(selector) = action.field("targetPodSelector") else { continue };
        let (role, ordinal) = (selector.text() == Some("Role"), selector.text() == Some("Ordinal"));
        match action.field("matchingKey") {
            Some(node) if ordinal => {
                let text = node.text().filter(|text| !text.is_empty());
                if text.is_some_and(|text| !text.bytes().all(|byte| byte.is_ascii_digit())) {
                    let reason = "an ordinal is a whole number, as in `0`".to_owned();
                    found.push(Refused::new(node, reason, ACTION_FAILS));
                }
            }
            // A key without a value: what was to stand there is another matter.
            None if (role || ordinal) && !action.writes("matchingKey") => {
                let reason = "`matchingKey` does not say which one".to_owned();
                found.push(Refused::new(selector, reason, ACTION_FAILS));
            }
            _ => {}
        }
    }
    if let Some(node) = definition.spec.get("serviceVersion") {
        version(node, UNAVAILABLE, found);
    }
}

/// Labels of nodes that everybody knows.
const NODE_LABELS: [&str; 5] = [
    "kubernetes.io/hostname",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

/// Where pods and Clusters name such labels.
const TOPOLOGY_KEYS: [&str; 6] = [
    "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[].topologyKey",
    "affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.topologyKey",
    "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].topologyKey",
    "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.topologyKey",
    "topologySpreadConstraints[].topologyKey",
    "affinity.topologyKeys[]",
];

/// How much a preference counts.
const WEIGHTS: [&str; 3] = [
    "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].weight",
    "affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[].weight",
    "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].weight",
];

/// Where pods may lie together is a label of nodes: any, but none that is nearly one of those.
fn topology<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    for holder in pods::pods(document).into_iter().chain(scheduling(document)) {
        for node in TOPOLOGY_KEYS.into_iter().flat_map(|path| holder.each(path)) {
            let text = node.text().filter(|text| !NODE_LABELS.contains(text));
            if let Some(near) = text.and_then(|text| nearest(text, NODE_LABELS)) {
                let reason = format!("nodes have no such label, but `{near}`");
                found.push(Refused::mild(node, reason, "No node has it, so pods are not parted, or not scheduled."));
            }
        }
        for node in WEIGHTS.into_iter().flat_map(|path| holder.each(path)) {
            if node.integer().is_some_and(|weight| !(1..=100).contains(&weight)) {
                let reason = "a preference counts 1 to 100".to_owned();
                found.push(Refused::new(node, reason, pods::PODS));
            }
        }
    }
}

/// What actions before 1.0 are made of, in the words of the operator.
fn older_actions<'w>(definition: Definition<'w>, found: &mut Vec<Refused<'w>>) {
    let mut slip = |node: Option<Node<'w>>, known: &[&str]| {
        let text = node.and_then(Node::text).filter(|text| !known.contains(text));
        let near = text.and_then(|text| nearest(text, known.iter().copied()));
        if let Some((node, near)) = node.zip(near) {
            found.push(Refused::mild(node, format!("there is none of this name, but `{near}`"), ACTION_FAILS));
        }
    };
    for action in definition.actions().filter(|action| action.name() != ROLE_PROBE) {
        slip(action.node.get("builtinHandler"), &HANDLERS);
    }
    for action in definition.actions() {
        let handler = action.node.get("customHandler").unwrap_or(action.node);
        slip(handler.get("preCondition"), &PRE_CONDITIONS);
        slip(handler.get("targetPodSelector"), &["Any", "All", "Role", "Ordinal"]);
    }
    // That of the role probe alone is looked at (`validateLifecycleActionBuiltInHandlers` in `controllers/apps`).
    let probe = definition.actions().find(|action| action.name() == ROLE_PROBE);
    let handler = probe.and_then(|probe| probe.node.get("builtinHandler"));
    if let Some(node) = handler.filter(|node| node.text().is_some_and(|text| !HANDLERS.contains(&text))) {
        let reason = match node.text().and_then(|text| nearest(text, HANDLERS)) {
            Some(near) => format!("there is none of this name, but `{near}`"),
            None => format!("there are {}", listed(HANDLERS)),
        };
        found.push(Refused::new(node, reason, UNAVAILABLE));
    }
}

const ROLE_PROBE: &str = "roleProbe";

/// The actions that 0.8 and 0.9 bring along (`BuiltinActionHandlerType` in
/// `apis/apps/v1alpha1/componentdefinition_types.go`).
const HANDLERS: [&str; 11] = [
    "mysql",
    "wesql",
    "oceanbase",
    "redis",
    "mongodb",
    "etcd",
    "postgresql",
    "official-postgresql",
    "apecloud-postgresql",
    "polardbx",
    "custom",
];

static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$").ok()
});

fn version<'w>(node: Node<'w>, why: &'static str, found: &mut Vec<Refused<'w>>) {
    let wrong = |text: &str| !text.is_empty() && VERSION.as_ref().is_some_and(|format| !format.is_match(text));
    if node.text().is_some_and(wrong) {
        let reason = "a version has three numbers, as in `1.2.0`".to_owned();
        found.push(Refused::new(node, reason, why));
    }
}

/// What a container asks for is no more than it may have.
fn resources<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let ours = matches!(document.group(), Some("apps.kubeblocks.io" | "" | "apps" | "batch"));
    for node in document.tree().ids().filter(|_| ours).map(|id| document.node(id)).filter(|node| !node.is_alias()) {
        let Some(resources) = node.get("resources") else { continue };
        for amounts in ["requests", "limits"].into_iter().filter_map(|key| resources.get(key)) {
            let claim = node.get("accessModes").is_some();
            amounts.entries().for_each(|(key, amount)| resource(key, amount, claim, found));
        }
        let (Some(requests), Some(limits)) = (resources.get("requests"), resources.get("limits")) else { continue };
        for (key, request) in requests.entries() {
            let Some(limit) = key.text().and_then(|key| limits.get(key)).filter(|limit| limit.known()) else {
                continue;
            };
            let amounts = request.text().and_then(formats::amount).zip(limit.text().and_then(formats::amount));
            if amounts.is_some_and(|(request, limit)| limit > 0.0 && request - limit > limit * 1e-9) {
                let reason = format!("it is more than the limit, `{}`", limit.text().unwrap_or_default());
                found.push(Refused::new(request, reason, "The API server refuses the pods."));
            }
        }
    }
}

/// What may be measured. Other resources have a domain in their names.
fn resource<'w>(key: Node<'w>, amount: Node<'w>, claim: bool, found: &mut Vec<Refused<'w>>) {
    let known = if claim { &["storage"][..] } else { &["cpu", "memory", "ephemeral-storage"] };
    let Some(name) = key.known_text() else { return };
    let free = name == "<<" || name.contains('/') || name.starts_with("hugepages-") || known.contains(&name);
    let in_bytes = matches!(name, "memory" | "storage" | "ephemeral-storage") || name.starts_with("hugepages-");
    let bytes = amount.text().filter(|_| in_bytes).and_then(formats::amount);
    if let Some(bytes) = bytes.filter(|bytes| *bytes > 0.0 && *bytes < 1024.0) {
        let reason = match bytes < 1.0 {
            true => "it is less than a byte: `m` means a thousandth, and `M` or `Mi` a million".to_owned(),
            false => format!("it is {bytes} bytes; a unit such as `Mi` is missing"),
        };
        let why = "The API server takes it as it stands: nothing can run, or be kept, in so little.";
        found.push(Refused::mild(amount, reason, why));
    }
    // Quotas and the like count other things: there a slip alone is sure.
    if !free && nearest(name, known.iter().copied()).is_some() {
        let reason = format!("there is no resource of this name, but {}", listed(known.iter().copied()));
        found.push(Refused::new(amount, reason, "The API server refuses the pods."));
    }
}

/// Keys of ConfigMaps and Secrets are names of files.
fn keys<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let fits = document.group() == Some("") && matches!(document.kind(), Some("ConfigMap" | "Secret"));
    let lists = ["data", "binaryData", "stringData"].into_iter();
    let root = document.root().filter(|_| fits);
    for (node, _) in lists.filter_map(|list| root?.get(list)).flat_map(Node::entries) {
        let good = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let wrong = node.text().is_some_and(|text| !text.is_empty() && text != "<<" && !text.chars().all(good));
        if wrong {
            let reason = "it must consist of letters, digits, `-`, `_` and `.`".to_owned();
            found.push(Refused::new(node, reason, SERVER));
        }
    }
}

/// Permissions as Helm reads them: with a zero in front in octal; `None` for what is no number.
pub fn mode(node: Node<'_>) -> Option<i64> {
    let text = node.text().filter(|_| !node.is_quoted())?;
    match text.trim_start_matches('0').trim_start_matches('o') {
        digits if text.starts_with('0') && text.len() > 1 => i64::from_str_radix(digits, 8).ok(),
        _ => text.parse().ok(),
    }
}

/// Permissions of files (legacy spec LC-067).
fn modes<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let Some(root) = document.root().filter(|_| document.group() == Some(legacy::APPS)) else { return };
    let holders: Vec<Node> = match document.kind() {
        Some("ClusterDefinition") => root.list("spec.componentDefs").collect(),
        Some("ClusterVersion") => root.list("spec.componentVersions").collect(),
        Some("ComponentDefinition" | "SidecarDefinition") => root.get("spec").into_iter().collect(),
        _ => return,
    };
    let lists = ["configSpecs", "scriptSpecs", "configs", "scripts"];
    let entries = holders.iter().flat_map(|holder| lists.iter().flat_map(|list| holder.list(list)));
    for node in entries.filter_map(|entry| entry.get("defaultMode")) {
        if mode(node).is_some_and(|mode| !(0..=0o777).contains(&mode)) {
            let reason = "permissions are 0 to 0777, in decimal 511".to_owned();
            found.push(Refused::new(node, reason, "The API server refuses the pods."));
        }
    }
}
