//! Fields of pods, Services and claims that hold one of a few words, which no schema lists
//! (`k8s.io/kubernetes/pkg/apis/core/validation`).

use super::object::{Document, Node};
use super::parts::{fits, pod_prefix};
use super::pods::{PODS, SERVICE, containers, pods, services};
use crate::yaml::path::{Path, Step};

/// A field with a word that it does not know.
pub struct Word<'w> {
    pub node: Node<'w>,
    pub allowed: &'static [&'static str],
    pub why: &'static str,
}

/// Where a word stands, and which ones there are.
type Choice = (&'static str, &'static [&'static str]);

const OPERATORS: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist"];
const NODE_OPERATORS: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
const PROFILES: &[&str] = &["RuntimeDefault", "Unconfined", "Localhost"];
const SCHEMES: &[&str] = &["HTTP", "HTTPS"];
const PROTOCOLS: &[&str] = &["TCP", "UDP", "SCTP"];
const SCOPES: &[&str] = &["Cluster", "Local"];

const OF_PODS: &[Choice] = &[
    ("restartPolicy", &["Always", "OnFailure", "Never"]),
    ("dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ("securityContext.fsGroupChangePolicy", &["OnRootMismatch", "Always"]),
    ("securityContext.seccompProfile.type", PROFILES),
    (
        "volumes[].hostPath.type",
        &["Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"],
    ),
];

/// Where pods go: in their own words, and in those of a Cluster for them.
const OF_SCHEDULING: &[Choice] = &[
    ("tolerations[].operator", &["Exists", "Equal", "Gt", "Lt"]),
    ("tolerations[].effect", &["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ("topologySpreadConstraints[].whenUnsatisfiable", &["DoNotSchedule", "ScheduleAnyway"]),
    (
        "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchExpressions[].operator",
        NODE_OPERATORS,
    ),
    (
        "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[].labelSelector.matchExpressions[].operator",
        OPERATORS,
    ),
    (
        "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].labelSelector.matchExpressions[].operator",
        OPERATORS,
    ),
    (
        "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.labelSelector.matchExpressions[].operator",
        OPERATORS,
    ),
];

const OF_CONTAINERS: &[Choice] = &[
    ("imagePullPolicy", &["Always", "IfNotPresent", "Never"]),
    ("terminationMessagePolicy", &["File", "FallbackToLogsOnError"]),
    ("ports[].protocol", PROTOCOLS),
    ("livenessProbe.httpGet.scheme", SCHEMES),
    ("readinessProbe.httpGet.scheme", SCHEMES),
    ("startupProbe.httpGet.scheme", SCHEMES),
    ("lifecycle.postStart.httpGet.scheme", SCHEMES),
    ("lifecycle.preStop.httpGet.scheme", SCHEMES),
    ("securityContext.seccompProfile.type", PROFILES),
    ("volumeMounts[].mountPropagation", &["None", "HostToContainer", "Bidirectional"]),
];

const OF_SERVICES: &[Choice] = &[
    ("type", SERVICES),
    ("ports[].protocol", PROTOCOLS),
    ("externalTrafficPolicy", SCOPES),
    ("internalTrafficPolicy", SCOPES),
    ("ipFamilies[]", &["IPv4", "IPv6"]),
    ("ipFamilyPolicy", &["SingleStack", "PreferDualStack", "RequireDualStack"]),
    ("sessionAffinity", &["ClientIP", "None"]),
];

const OF_CLAIMS: &[Choice] = &[
    ("accessModes[]", &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]),
    ("volumeMode", &["Filesystem", "Block"]),
];

/// Words of objects as a whole: group, kind, and what follows from another word.
const OF_OBJECTS: &[(&str, &str, &[Choice])] = &[
    ("apps", "Deployment", &[("spec.strategy.type", &["RollingUpdate", "Recreate"])]),
    ("apps", "DaemonSet", &[("spec.updateStrategy.type", &["RollingUpdate", "OnDelete"])]),
    (
        "apps",
        "StatefulSet",
        &[
            ("spec.updateStrategy.type", &["RollingUpdate", "OnDelete"]),
            ("spec.podManagementPolicy", &["OrderedReady", "Parallel"]),
        ],
    ),
    ("batch", "CronJob", &[("spec.concurrencyPolicy", &["Allow", "Forbid", "Replace"])]),
    (
        "networking.k8s.io",
        "Ingress",
        &[("spec.rules[].http.paths[].pathType", &["Exact", "Prefix", "ImplementationSpecific"])],
    ),
    ("apps.kubeblocks.io", "OpsRequest", EXPOSED),
    ("operations.kubeblocks.io", "OpsRequest", EXPOSED),
    (RBAC, "RoleBinding", &[("roleRef.kind", &["Role", "ClusterRole"]), ("subjects[].kind", SUBJECTS)]),
    (RBAC, "ClusterRoleBinding", &[("roleRef.kind", &["ClusterRole"]), ("subjects[].kind", SUBJECTS)]),
    (
        "storage.k8s.io",
        "StorageClass",
        &[("reclaimPolicy", &["Delete", "Retain"]), ("volumeBindingMode", &["Immediate", "WaitForFirstConsumer"])],
    ),
];

/// In pods of which kind an account is made; what is neither of the two counts as all of them.
const ACCOUNTS: &[Choice] =
    &[("spec.componentDefs[].systemAccounts.accounts[].provisionPolicy.scope", &["AllPods", "AnyPods"])];
const SERVICES: &[&str] = &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
const EXPOSED: &[Choice] = &[("spec.expose[].services[].serviceType", SERVICES)];
const RBAC: &str = "rbac.authorization.k8s.io";
const SUBJECTS: &[&str] = &["ServiceAccount", "User", "Group"];

/// The words for a field of objects of a kind.
pub fn at(kind: &str, path: &Path) -> &'static [&'static str] {
    let of = |choices: &[Choice], steps: &[Step]| {
        choices.iter().find(|(path, _)| fits(path, steps, false)).map(|(_, words)| *words)
    };
    let mut whole = OF_OBJECTS.iter().filter(|(_, of, _)| *of == kind);
    let whole = whole.find_map(|(.., choices)| of(choices, &path.steps));
    let of_account = || of(ACCOUNTS, &path.steps).filter(|_| kind == "ClusterDefinition");
    let below = |at: usize| {
        let (holder, rest) = path.steps.split_at(at);
        let mut keys = holder.iter().rev().filter_map(Step::key);
        let (last, above) = (keys.next().unwrap_or_default(), keys.next().unwrap_or_default());
        let in_list = matches!(holder.last(), Some(Step::Index(_)));
        let is_pod = last == "podSpec"
            || kind == "ComponentDefinition" && (above, last) == ("spec", "runtime")
            || pod_prefix(kind).is_some_and(|prefix| fits(prefix, holder, false));
        let tables: &[&[Choice]] = match (above, last) {
            (_, "containers" | "initContainers") if in_list => &[OF_CONTAINERS],
            ("volumeClaimTemplates", "spec") => &[OF_CLAIMS],
            (_, "spec") if kind == "PersistentVolumeClaim" => &[OF_CLAIMS],
            ("services", "spec") => &[OF_SERVICES],
            (_, "spec") if kind == "Service" => &[OF_SERVICES],
            _ if is_pod => &[OF_PODS, OF_SCHEDULING],
            _ if kind == "Cluster" => &[OF_SCHEDULING],
            _ => &[],
        };
        tables.iter().find_map(|choices| of(choices, rest))
    };
    whole.or_else(of_account).or_else(|| (0..path.steps.len()).find_map(below)).unwrap_or_default()
}

/// Every such word of a document.
pub fn words(document: &Document) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    for pod in pods(document) {
        judge(pod, OF_PODS, PODS, &mut found);
        judge(pod, OF_SCHEDULING, PODS, &mut found);
        containers(pod).for_each(|container| judge(container, OF_CONTAINERS, PODS, &mut found));
    }
    services(document).into_iter().for_each(|service| judge(service, OF_SERVICES, SERVICE, &mut found));
    let own =
        OF_OBJECTS.iter().filter(|(group, kind, _)| (document.group(), document.kind()) == (Some(*group), Some(*kind)));
    for ((.., choices), root) in own.zip(document.root().filter(|_| document.is_sound())) {
        judge(root, choices, "The API server refuses the object.", &mut found);
    }
    if let Some(root) = document.root().filter(|_| document.kind() == Some("ClusterDefinition") && document.is_sound())
    {
        judge(root, ACCOUNTS, "KubeBlocks makes the account in all pods, whatever was meant.", &mut found);
    }
    scheduling(document).into_iter().for_each(|holder| judge(holder, OF_SCHEDULING, PODS, &mut found));
    let claim = "The API server refuses the claim.";
    claims(document).into_iter().for_each(|spec| judge(spec, OF_CLAIMS, claim, &mut found));
    found
}

/// What a Cluster says of where its pods go.
pub(super) fn scheduling(document: &Document) -> Vec<Node<'_>> {
    let is_cluster = (document.group(), document.kind()) == (Some("apps.kubeblocks.io"), Some("Cluster"));
    let Some(root) = document.root().filter(|_| is_cluster && document.is_sound()) else { return Vec::new() };
    let units = ["spec", "spec.componentSpecs[]", "spec.shardings[].template", "spec.shardingSpecs[].template"];
    let holders: Vec<Node> = units.iter().flat_map(|path| root.each(path)).collect();
    let policies: Vec<Node> = holders.iter().filter_map(|holder| holder.get("schedulingPolicy")).collect();
    [holders, policies].concat()
}

/// The specs of claims.
fn claims(document: &Document) -> Vec<Node<'_>> {
    let Some(root) = document.root().filter(|_| document.is_sound()) else { return Vec::new() };
    let paths: &[&str] = match (document.group(), document.kind()) {
        (Some(""), Some("PersistentVolumeClaim")) => &["spec"],
        (Some("apps"), Some("StatefulSet")) => &["spec.volumeClaimTemplates[].spec"],
        (Some("apps.kubeblocks.io"), Some("Cluster")) => &[
            "spec.componentSpecs[].volumeClaimTemplates[].spec",
            "spec.shardings[].template.volumeClaimTemplates[].spec",
            "spec.shardingSpecs[].template.volumeClaimTemplates[].spec",
        ],
        _ => &[],
    };
    paths.iter().flat_map(|path| root.each(path)).collect()
}

fn judge<'w>(holder: Node<'w>, choices: &[Choice], why: &'static str, found: &mut Vec<Word<'w>>) {
    for (path, allowed) in choices.iter().copied() {
        for node in holder.each(path).into_iter().filter(|node| node.known() && !node.names_release()) {
            if node.text().is_some_and(|text| !text.is_empty() && !node.is_null() && !allowed.contains(&text)) {
                found.push(Word { node, allowed, why });
            }
        }
    }
}
