//! Lists whose entries KubeBlocks or Kubernetes tells apart by a name that no schema asks to be unique (v1 spec §3).

use super::cluster::{Cluster, ClusterDefinition};
use super::definition::Definition;
use super::object::{Document, Node};
use super::pods;

/// Entries that may not have the same name.
pub struct List<'w> {
    /// What two of them are, in a message: `variables`, `components or shardings`.
    pub name: &'static str,
    /// Of each entry its name, or the entry itself where that has none and is told apart by that, too.
    pub entries: Vec<Node<'w>>,
    /// Capitals do not make two names different.
    pub ignore_case: bool,
    /// What follows.
    pub why: &'static str,
    /// Nobody refuses it: the later one wins.
    pub mild: bool,
}

const UNAVAILABLE: &str = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";

/// Every such list of a document.
pub fn lists(document: &Document) -> Vec<List<'_>> {
    let mut found = pods::lists(document);
    found.extend(of_spec(document));
    found
}

fn of_spec(document: &Document) -> Vec<List<'_>> {
    let spec = document.root().and_then(|root| root.get("spec")).filter(|_| document.is_sound());
    let Some(spec) = spec else { return Vec::new() };
    let v1 = document.api_version() == Some("apps.kubeblocks.io/v1");
    match (document.group(), document.kind()) {
        (_, Some("ClusterDefinition")) if v1 => {
            ClusterDefinition::current(document).map(of_topologies).unwrap_or_default()
        }
        (Some("apps.kubeblocks.io"), Some("ClusterDefinition")) => {
            let services = spec.list("componentDefs").filter_map(|component| component.get("service")).map(ports);
            let why = "KubeBlocks does not look for it: the later one counts.";
            let roles = spec.list("componentDefs").filter_map(|component| component.get("rsmSpec"));
            let roles = roles.map(|workload| List { mild: true, ..list("roles", names(workload, "roles"), why) });
            services.chain(roles).collect()
        }
        (_, Some("ComponentDefinition")) => Definition::of(document).map(of_definition).unwrap_or_default(),
        (_, Some("Cluster")) if v1 => Cluster::current(document).map(of_cluster).unwrap_or_default(),
        (Some("apps.kubeblocks.io"), Some("Cluster")) => {
            let refused = "KubeBlocks refuses the Cluster: `duplicated component`.";
            let own = spec.list("componentSpecs").flat_map(of_legacy_component);
            own.chain([list("components", names(spec, "componentSpecs"), refused)]).collect()
        }
        (_, Some("SidecarDefinition")) if v1 => vec![
            list("containers", names(spec, "containers"), UNAVAILABLE),
            list("variables", names(spec, "vars"), UNAVAILABLE),
            list("configs or scripts", templates(spec), UNAVAILABLE),
        ],
        (_, Some("ShardingDefinition")) if v1 => vec![list("accounts", names(spec, "systemAccounts"), UNAVAILABLE)],
        (_, Some("ComponentVersion")) if v1 => {
            let why = "KubeBlocks does not look for it: which of the two counts is left to chance.";
            vec![List { mild: true, ..list("releases", names(spec, "releases"), why) }]
        }
        (Some("dataprotection.kubeblocks.io"), Some("BackupPolicyTemplate" | "BackupSchedule")) => {
            let why = "KubeBlocks does not look for it: which of the two counts is left to chance.";
            vec![
                list("schedules", names(spec, "schedules"), "KubeBlocks refuses the schedules: nothing is backed up."),
                List { mild: true, ..list("backup methods", names(spec, "backupMethods"), why) },
            ]
        }
        (Some("dataprotection.kubeblocks.io"), Some("BackupPolicy")) => {
            vec![list("targets", names(spec, "targets"), "KubeBlocks refuses the policy: it becomes Unavailable.")]
        }
        (Some("operations.kubeblocks.io"), Some("OpsRequest")) => {
            let of = |path| spec.list("horizontalScaling").map(move |item| item.list(path).collect::<Vec<_>>());
            let both = of("scaleIn.onlineInstancesToOffline").chain(of("scaleOut.offlineInstancesToOnline"));
            both.map(|entries| list("instances", entries, "KubeBlocks lets the OpsRequest fail.")).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn list<'w>(name: &'static str, entries: Vec<Node<'w>>, why: &'static str) -> List<'w> {
    List { name, entries, ignore_case: false, why, mild: false }
}

/// The names of a list's entries.
pub(super) fn names<'w>(of: Node<'w>, path: &str) -> Vec<Node<'w>> {
    of.list(path).filter_map(|entry| entry.get("name")).filter(|name| name.text() != Some("")).collect()
}

/// The ports of a Service.
fn ports(service: Node<'_>) -> List<'_> {
    list("ports", names(service, "ports"), "The API server refuses the Service.")
}

/// What a component of a Cluster adds to its definition.
fn of_component(component: Node<'_>) -> [List<'_>; 2] {
    let claims = "Only one of the two disks can be made: the pods are refused.";
    [
        list("variables", names(component, "env"), "The component is never built, and no event tells."),
        list("volume claims", names(component, "volumeClaimTemplates"), claims),
    ]
}

/// As [`of_component`], up to 0.9, where services are a component's own (legacy spec LC-128).
fn of_legacy_component(component: Node<'_>) -> Vec<List<'_>> {
    let services = list("services", names(component, "services"), "Both are called the same: only one can be made.");
    of_component(component).into_iter().chain([services]).collect()
}

fn templates(spec: Node<'_>) -> Vec<Node<'_>> {
    [names(spec, "configs"), names(spec, "scripts")].concat()
}

fn of_topologies(definition: ClusterDefinition<'_>) -> Vec<List<'_>> {
    let mut found = vec![list("topologies", names(definition.spec, "topologies"), UNAVAILABLE)];
    found.extend(definition.topologies().map(|topology| {
        let entries = topology.entities().filter_map(|entity| entity.node.get("name")).collect();
        list("components or shardings", entries, UNAVAILABLE)
    }));
    found
}

fn of_definition(definition: Definition<'_>) -> Vec<List<'_>> {
    let spec = definition.spec;
    let containers = spec.list("hostNetwork.containerPorts").filter_map(|item| item.get("container")).collect();
    // Two services without a `serviceName` are both the component's default one.
    let services = spec.list("services").map(|service| service.get("serviceName").unwrap_or(service)).collect();
    let conflict = "No pod is made: `the CM object name for file template conflicts`.";
    let mut found: Vec<List> = spec.list("services").filter_map(|service| service.get("spec")).map(ports).collect();
    found.extend([
        list("volumes", names(spec, "volumes"), UNAVAILABLE),
        list("accounts", names(spec, "systemAccounts"), UNAVAILABLE),
        list("services", names(spec, "services"), UNAVAILABLE),
        list("entries of `containerPorts`", containers, UNAVAILABLE),
        list("Services", services, UNAVAILABLE),
        // Up to 0.9 the names are compared as they stand (`validateReplicaRoles` in `controllers/apps`).
        List { ignore_case: definition.is_current(), ..list("roles", names(spec, "roles"), UNAVAILABLE) },
    ]);
    if definition.is_current() {
        found.push(list("variables", names(spec, "vars"), UNAVAILABLE));
        found.push(list("configs or scripts", templates(spec), conflict));
    } else {
        let why = "KubeBlocks does not look for it: the later one counts.";
        found.push(List { mild: true, ..list("variables", names(spec, "vars"), why) });
    }
    found
}

fn of_cluster(cluster: Cluster<'_>) -> Vec<List<'_>> {
    let refused = "KubeBlocks refuses the Cluster.";
    // Within each of the two lists the API server sees to it.
    let mut units = names(cluster.spec, "shardings");
    units.extend(names(cluster.spec, "componentSpecs"));
    let mut seen: Vec<(Option<&str>, Option<Node>)> = Vec::new();
    units.retain(|name| {
        let list = name.parent().and_then(Node::parent);
        let again = seen.contains(&(name.text(), list));
        seen.push((name.text(), list));
        !again
    });
    let services = cluster.spec.list("services").filter_map(|service| service.get("serviceName"));
    let services = services.filter(|name| name.text() != Some("")).collect();
    let overwritten = "KubeBlocks does not look for it: one Service takes the place of the other.";
    let mut found = vec![
        list("components or shardings", units, refused),
        List { mild: true, ..list("Services", services, overwritten) },
    ];
    for unit in cluster.units() {
        let ids = unit.node.list("shardTemplates").flat_map(|template| template.list("shardIDs")).collect();
        found.extend(unit.template().into_iter().flat_map(of_component));
        found.push(list("shard templates", names(unit.node, "shardTemplates"), refused));
        found.push(list("shards", ids, refused));
    }
    found
}
