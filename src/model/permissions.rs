//! What a rule of a role allows: verbs, and resources of groups (`k8s.io/kubernetes/pkg/apis/rbac`). The API server
//! takes any word there; one that is nobody's allows nothing.

use std::collections::BTreeSet;

use super::object::{Document, Node};
use crate::diagnostic::nearest;
use crate::schema::release::Release;
use crate::world;

/// A word that stands for nothing.
pub struct Slip<'w> {
    pub node: Node<'w>,
    pub what: What,
}

pub enum What {
    /// No verb of anybody: what to write.
    Word(&'static str),
    /// No verb, but nearly the one.
    Verb(&'static str),
    /// No group: nearly one, or written as only an `apiVersion` or a kind is.
    Group(Option<String>),
    /// No resource of the rule's groups, but nearly one of them.
    Resource(String),
    /// A resource of another group.
    Foreign(&'static str),
    /// No part of a resource, but nearly the one.
    Part(&'static str),
}

const VERBS: [&str; 13] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "approve",
];

/// Words for what people want to do, and the verbs of it.
const WORDS: [(&str, &str); 5] = [
    ("exec", "To run something in a pod is `create` on `pods/exec`."),
    ("execute", "To run something in a pod is `create` on `pods/exec`."),
    ("read", "To read is `get`, `list` and `watch`."),
    ("write", "To write is `create`, `update`, `patch` and `delete`."),
    ("edit", "To edit is `update` and `patch`."),
];

/// Parts of resources, as in `pods/exec`.
const PARTS: [&str; 19] = [
    "status",
    "scale",
    "finalizers",
    "exec",
    "log",
    "attach",
    "portforward",
    "proxy",
    "eviction",
    "binding",
    "ephemeralcontainers",
    "resize",
    "token",
    "finalize",
    "approval",
    "metrics",
    "stats",
    "spec",
    "configz",
];

/// The groups of Kubernetes with all resources that any release of it had.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "bindings",
            "componentstatuses",
            "configmaps",
            "endpoints",
            "events",
            "groups",
            "limitranges",
            "namespaces",
            "nodes",
            "persistentvolumeclaims",
            "persistentvolumes",
            "pods",
            "podtemplates",
            "replicationcontrollers",
            "resourcequotas",
            "secrets",
            "serviceaccounts",
            "services",
            "userextras",
            "users",
        ],
    ),
    ("apps", &["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"]),
    ("batch", &["cronjobs", "jobs", "scheduledjobs"]),
    ("autoscaling", &["horizontalpodautoscalers"]),
    ("policy", &["poddisruptionbudgets", "podsecuritypolicies"]),
    (
        "extensions",
        &[
            "daemonsets",
            "deployments",
            "ingresses",
            "networkpolicies",
            "podsecuritypolicies",
            "replicasets",
            "replicationcontrollers",
        ],
    ),
    (
        "networking.k8s.io",
        &["clustercidrs", "ingressclasses", "ingresses", "ipaddresses", "networkpolicies", "servicecidrs"],
    ),
    ("rbac.authorization.k8s.io", &["clusterrolebindings", "clusterroles", "rolebindings", "roles"]),
    (
        "storage.k8s.io",
        &[
            "csidrivers",
            "csinodes",
            "csistoragecapacities",
            "storageclasses",
            "volumeattachments",
            "volumeattributesclasses",
        ],
    ),
    ("coordination.k8s.io", &["leasecandidates", "leases"]),
    ("apiextensions.k8s.io", &["customresourcedefinitions"]),
    ("scheduling.k8s.io", &["podgroups", "priorityclasses", "workloads"]),
    ("discovery.k8s.io", &["endpointslices"]),
    ("authentication.k8s.io", &["selfsubjectreviews", "tokenreviews", "userextras"]),
    (
        "authorization.k8s.io",
        &["localsubjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews"],
    ),
];

/// More groups that people write, of which not all resources are known here.
const OTHERS: [&str; 12] = [
    "admissionregistration.k8s.io",
    "apiregistration.k8s.io",
    "certificates.k8s.io",
    "events.k8s.io",
    "metrics.k8s.io",
    "node.k8s.io",
    "resource.k8s.io",
    "snapshot.storage.k8s.io",
    "cert-manager.io",
    "k8s.cni.cncf.io",
    "monitoring.coreos.com",
    "security.openshift.io",
];

/// All such words of a document.
pub fn slips(document: &Document) -> Vec<Slip<'_>> {
    let path = match (document.group(), document.kind()) {
        (Some("rbac.authorization.k8s.io"), Some("Role" | "ClusterRole")) => "rules",
        (Some("apps.kubeblocks.io"), Some("ComponentDefinition")) => "spec.policyRules",
        _ => return Vec::new(),
    };
    let rules = document.root().filter(|_| document.is_sound()).into_iter().flat_map(|root| root.list(path));
    let mut found = Vec::new();
    rules.for_each(|rule| judge(rule, &mut found));
    found.retain(|slip| slip.node.known() && !slip.node.is_null() && !slip.node.names_release());
    found
}

fn judge<'w>(rule: Node<'w>, found: &mut Vec<Slip<'w>>) {
    for node in rule.list("verbs") {
        let near = node.text().filter(|text| !VERBS.contains(text)).and_then(|text| nearest(text, VERBS));
        found.extend(near.map(|near| Slip { node, what: What::Verb(near) }));
    }
    let groups: Vec<Node> = rule.list("apiGroups").collect();
    // Who serves other groups may have verbs of their own.
    let are_known =
        groups.iter().all(|group| group.text().is_some_and(|text| text == "*" || resources(text).is_some()));
    for node in rule.list("verbs").filter(|_| are_known && !groups.is_empty()) {
        let word = WORDS.iter().find(|(word, _)| node.text() == Some(word));
        found.extend(word.map(|(_, instead)| Slip { node, what: What::Word(instead) }));
    }
    let before = found.len();
    found.extend(groups.iter().filter_map(|node| Some(Slip { node: *node, what: group(node.text()?)? })));
    // What belongs to a group that nobody has is another matter.
    if found.len() > before || groups.is_empty() || !groups.iter().all(|group| group.known()) {
        return;
    }
    let groups: Option<Vec<Vec<String>>> = groups.iter().map(|group| resources(group.text()?)).collect();
    let Some(known) = groups.map(|groups| groups.concat()) else { return };
    for node in rule.list("resources") {
        let (name, part) = node.text().map_or(("", None), |text| match text.split_once('/') {
            Some((name, part)) => (name, Some(part)),
            None => (text, None),
        });
        let what = if name.is_empty() || name == "*" || known.iter().any(|known| known == name) {
            let part = part.filter(|part| !PARTS.contains(part) && *part != "*");
            part.and_then(|part| nearest(part, PARTS)).map(What::Part)
        } else {
            foreign(name).map(What::Foreign).or_else(|| {
                let small = name.to_lowercase();
                let same = known.iter().find(|known| **known == small || known.strip_suffix('s') == Some(&small));
                let near = same.map(String::as_str).or_else(|| nearest(name, known.iter().map(String::as_str)));
                near.map(|near| What::Resource(near.to_owned()))
            })
        };
        found.extend(what.map(|what| Slip { node, what }));
    }
}

/// Why a text is no group.
fn group(text: &str) -> Option<What> {
    let ours = of_kubeblocks();
    let known = || GROUPS.iter().map(|(name, _)| *name).chain(OTHERS).chain(ours.iter().copied());
    if text == "*" || known().any(|name| name == text) {
        return None;
    }
    // Those of custom resources have a dot, and none has a slash.
    if text == "core" || text == "v1" {
        return Some(What::Group(Some(String::new())));
    }
    if let Some((name, _)) = text.split_once('/') {
        return Some(What::Group(known().find(|known| *known == name).map(str::to_owned)));
    }
    let near = nearest(text, known().filter(|name| !name.is_empty()));
    near.map(|near| What::Group(Some(near.to_owned())))
}

fn of_kubeblocks() -> BTreeSet<&'static str> {
    Release::ALL.into_iter().flat_map(|release| world::schemas().kinds(release)).map(|kind| &*kind.group).collect()
}

/// Everything that a group of Kubernetes or KubeBlocks has; `None` of others.
fn resources(group: &str) -> Option<Vec<String>> {
    if let Some((_, names)) = GROUPS.iter().find(|(name, _)| *name == group) {
        return Some(names.iter().map(|name| (*name).to_owned()).collect());
    }
    // The schemas also have some kinds of other projects, and not all of theirs.
    let ours = group.ends_with(".kubeblocks.io");
    let kinds = Release::ALL.into_iter().flat_map(|release| world::schemas().kinds(release)).filter(|_| ours);
    let kinds: BTreeSet<&str> = kinds.filter(|kind| *kind.group == *group).map(|kind| &*kind.kind).collect();
    (!kinds.is_empty()).then(|| kinds.into_iter().map(plural).collect())
}

fn plural(kind: &str) -> String {
    let name = kind.to_lowercase();
    match name.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{name}s"),
    }
}

/// The one group of Kubernetes that has a resource.
fn foreign(name: &str) -> Option<&'static str> {
    let mut groups = GROUPS.iter().filter(|(group, names)| *group != "extensions" && names.contains(&name));
    let (group, _) = groups.next()?;
    groups.next().is_none().then_some(*group)
}
