//! The fields that name parts of objects (services, roles, volumes, releases): one table for navigation, completion and
//! renaming (v1 spec §2). Fields that name whole objects are in [`super::sites`].

use super::cluster::Cluster;
use super::definition::Definition;
use super::index::Object;
use super::object::{Document, Node};
use super::resolve::{CLUSTER, CLUSTER_DEFINITION, COMPONENT_DEFINITION};
use super::uses::Uses;
use super::vars::{Source, Var};
use crate::yaml::path::{Path, Step};

/// What a name is the name of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Account,
    Action,
    Component,
    Config,
    Container,
    Declaration,
    Extractor,
    Method,
    Mount,
    Port,
    Release,
    Role,
    Service,
    Topology,
    Volume,
}

impl What {
    /// In a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Account => "system account",
            Self::Action => "lifecycle action",
            Self::Component => "component",
            Self::Config => "config template",
            Self::Container => "container",
            Self::Declaration => "service reference",
            Self::Extractor => "extractor",
            Self::Method => "backup method",
            Self::Mount => "volume mount",
            Self::Port => "port",
            Self::Release => "release",
            Self::Role => "role",
            Self::Service => "service",
            Self::Topology => "topology",
            Self::Volume => "volume",
        }
    }
}

/// Whose part is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    /// The object itself.
    Own,
    /// The item of the path's first list that has the field: a topology, a component definition of old.
    Item,
    /// The ComponentDefinitions that are meant at this place.
    Definitions,
    /// The ClusterDefinition of a Cluster.
    ClusterDefinition,
    /// The topology that a Cluster follows.
    ClusterTopology,
    /// The Cluster that the object names.
    Cluster,
}

/// A field that names parts.
pub struct Part {
    pub kind: &'static str,
    /// From the root: `[]` for every item, `{}` for every value, `{key}` for every key of a mapping.
    pub path: &'static str,
    pub what: What,
    pub owner: Owner,
    /// Where such names are given, from the owner's root; of an item from the item.
    pub names: &'static [&'static str],
}

const CONTAINERS: &[&str] = &["spec.runtime.containers[].name"];
const ALL_CONTAINERS: &[&str] = &["spec.runtime.containers[].name", "spec.runtime.initContainers[].name"];
const PORTS: &[&str] = &["spec.runtime.containers[].ports[].name"];
const ROLES: &[&str] = &["spec.roles[].name"];
const SERVICES: &[&str] = &["spec.services[].name"];
const ACCOUNTS: &[&str] = &["spec.systemAccounts[].name"];
const DECLARATIONS: &[&str] = &["spec.serviceRefDeclarations[].name"];
const CONFIGS: &[&str] = &["spec.configs[].name"];
const VOLUMES: &[&str] = &[
    "spec.runtime.volumes[].name",
    "spec.configs[].volumeName",
    "spec.scripts[].volumeName",
    "spec.tls.volumeName",
    "spec.volumes[].name",
];
const MOUNTS: &[&str] =
    &["spec.runtime.containers[].volumeMounts[].name", "spec.runtime.initContainers[].volumeMounts[].name"];
const IMAGES: &[&str] =
    &["spec.runtime.containers[].name", "spec.runtime.initContainers[].name", "spec.lifecycleActions{key}"];
const ENTITIES: &[&str] = &["components[].name", "shardings[].name"];
const TOPOLOGIES: &[&str] = &["spec.topologies[].name"];
const COMPONENTS: &[&str] = &["spec.componentSpecs[].name", "spec.shardings[].name"];
const LEGACY_COMPONENTS: &[&str] = &["spec.componentDefs[].name"];
const LEGACY_VOLUMES: &[&str] =
    &["podSpec.volumes[].name", "configSpecs[].volumeName", "scriptSpecs[].volumeName", "volumeTypes[].name"];
const LEGACY_MOUNTS: &[&str] =
    &["podSpec.containers[].volumeMounts[].name", "podSpec.initContainers[].volumeMounts[].name"];
const LEGACY_PORTS: &[&str] = &["podSpec.containers[].ports[].name"];
const METHODS: &[&str] = &["spec.backupMethods[].name"];

macro_rules! parts {
    ($($kind:ident $path:literal => $what:ident $owner:ident $names:expr;)*) => {
        /// Every field that names parts.
        pub static PARTS: &[Part] = &[$(Part {
            kind: stringify!($kind),
            path: $path,
            what: What::$what,
            owner: Owner::$owner,
            names: $names,
        }),*];
    };
}

parts! {
    ClusterDefinition "spec.topologies[].orders.provision[]" => Component Item ENTITIES;
    ClusterDefinition "spec.topologies[].orders.terminate[]" => Component Item ENTITIES;
    ClusterDefinition "spec.topologies[].orders.update[]" => Component Item ENTITIES;

    ClusterDefinition "spec.componentDefs[].componentDefRef[].componentDefName" => Component Own LEGACY_COMPONENTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].volumeMounts[].name" => Volume Item LEGACY_VOLUMES;
    ClusterDefinition "spec.componentDefs[].podSpec.initContainers[].volumeMounts[].name" => Volume Item LEGACY_VOLUMES;
    ClusterDefinition "spec.componentDefs[].configSpecs[].volumeName" => Mount Item LEGACY_MOUNTS;
    ClusterDefinition "spec.componentDefs[].scriptSpecs[].volumeName" => Mount Item LEGACY_MOUNTS;
    ClusterDefinition "spec.componentDefs[].volumeTypes[].name" => Mount Item LEGACY_MOUNTS;
    ClusterDefinition "spec.componentDefs[].podSpec.volumes[].name" => Mount Item LEGACY_MOUNTS;
    ClusterDefinition "spec.componentDefs[].service.ports[].targetPort" => Port Item LEGACY_PORTS;
    ClusterVersion "spec.componentVersions[].componentDefRef" => Component ClusterDefinition LEGACY_COMPONENTS;
    Cluster "spec.componentSpecs[].componentDefRef" => Component ClusterDefinition LEGACY_COMPONENTS;
    BackupPolicyTemplate "spec.backupPolicies[].componentDefRef" => Component ClusterDefinition LEGACY_COMPONENTS;

    ComponentDefinition "spec.runtime.containers[].volumeMounts[].name" => Volume Own VOLUMES;
    ComponentDefinition "spec.runtime.initContainers[].volumeMounts[].name" => Volume Own VOLUMES;
    ComponentDefinition "spec.runtime.volumes[].name" => Mount Own MOUNTS;
    ComponentDefinition "spec.volumes[].name" => Mount Own MOUNTS;
    ComponentDefinition "spec.configs[].volumeName" => Mount Own MOUNTS;
    ComponentDefinition "spec.scripts[].volumeName" => Mount Own MOUNTS;
    ComponentDefinition "spec.tls.volumeName" => Mount Own MOUNTS;
    ComponentDefinition "spec.services[].roleSelector" => Role Own ROLES;
    ComponentDefinition "spec.services[].spec.ports[].targetPort" => Port Own PORTS;
    ComponentDefinition "spec.available.withRole" => Role Own ROLES;
    ComponentDefinition "spec.lifecycleActions{}.matchingKey" => Role Own ROLES;
    ComponentDefinition "spec.lifecycleActions{}.exec.matchingKey" => Role Own ROLES;
    ComponentDefinition "spec.lifecycleActions{}.exec.container" => Container Own CONTAINERS;
    ComponentDefinition "spec.configs[].reconfigure.exec.container" => Container Own CONTAINERS;
    ComponentDefinition "spec.hostNetwork.containerPorts[].container" => Container Own ALL_CONTAINERS;
    ComponentDefinition "spec.hostNetwork.containerPorts[].ports[]" => Port Own PORTS;
    ComponentDefinition "spec.exporter.containerName" => Container Own CONTAINERS;
    ComponentDefinition "spec.exporter.scrapePort" => Port Own PORTS;
    ComponentDefinition "spec.runtime.containers[].livenessProbe.httpGet.port" => Port Own PORTS;
    ComponentDefinition "spec.runtime.containers[].livenessProbe.tcpSocket.port" => Port Own PORTS;
    ComponentDefinition "spec.runtime.containers[].readinessProbe.httpGet.port" => Port Own PORTS;
    ComponentDefinition "spec.runtime.containers[].readinessProbe.tcpSocket.port" => Port Own PORTS;
    ComponentDefinition "spec.runtime.containers[].startupProbe.httpGet.port" => Port Own PORTS;
    ComponentDefinition "spec.runtime.containers[].startupProbe.tcpSocket.port" => Port Own PORTS;
    ComponentDefinition "spec.vars[].valueFrom.serviceVarRef.name" => Service Definitions SERVICES;
    ComponentDefinition "spec.vars[].valueFrom.serviceVarRef.port.name" => Port Definitions &["spec.services[].spec.ports[].name"];
    ComponentDefinition "spec.vars[].valueFrom.credentialVarRef.name" => Account Definitions ACCOUNTS;
    ComponentDefinition "spec.vars[].valueFrom.serviceRefVarRef.name" => Declaration Own DECLARATIONS;
    ComponentDefinition "spec.vars[].valueFrom.resourceVarRef.storage.name" => Mount Definitions MOUNTS;
    ComponentDefinition "spec.vars[].valueFrom.componentVarRef.podNamesForRole.role" => Role Definitions ROLES;
    ComponentDefinition "spec.vars[].valueFrom.componentVarRef.podFQDNsForRole.role" => Role Definitions ROLES;
    ComponentDefinition "spec.vars[].valueFrom.hostNetworkVarRef.container.name" => Container Definitions ALL_CONTAINERS;
    ComponentDefinition "spec.vars[].valueFrom.hostNetworkVarRef.container.port.name" => Port Definitions PORTS;

    ComponentVersion "spec.compatibilityRules[].releases[]" => Release Own &["spec.releases[].name"];
    ComponentVersion "spec.releases[].images{key}" => Container Definitions IMAGES;
    ShardingDefinition "spec.systemAccounts[].name" => Account Definitions ACCOUNTS;

    Cluster "spec.topology" => Topology ClusterDefinition TOPOLOGIES;
    Cluster "spec.componentSpecs[].name" => Component ClusterTopology ENTITIES;
    Cluster "spec.shardings[].name" => Component ClusterTopology ENTITIES;
    Cluster "spec.services[].componentSelector" => Component Own COMPONENTS;
    Cluster "spec.componentSpecs[].services[].name" => Service Definitions SERVICES;
    Cluster "spec.componentSpecs[].systemAccounts[].name" => Account Definitions ACCOUNTS;
    Cluster "spec.componentSpecs[].serviceRefs[].name" => Declaration Definitions DECLARATIONS;
    Cluster "spec.componentSpecs[].configs[].name" => Config Definitions CONFIGS;
    Cluster "spec.componentSpecs[].volumeClaimTemplates[].name" => Mount Definitions MOUNTS;
    Cluster "spec.shardings[].template.services[].name" => Service Definitions SERVICES;
    Cluster "spec.shardings[].template.systemAccounts[].name" => Account Definitions ACCOUNTS;
    Cluster "spec.shardings[].template.serviceRefs[].name" => Declaration Definitions DECLARATIONS;
    Cluster "spec.shardings[].template.configs[].name" => Config Definitions CONFIGS;
    Cluster "spec.shardings[].template.volumeClaimTemplates[].name" => Mount Definitions MOUNTS;

    BackupPolicyTemplate "spec.target.role" => Role Definitions ROLES;
    BackupPolicyTemplate "spec.target.account" => Account Definitions ACCOUNTS;
    BackupPolicyTemplate "spec.backupMethods[].target.role" => Role Definitions ROLES;
    BackupPolicyTemplate "spec.backupMethods[].target.account" => Account Definitions ACCOUNTS;
    BackupPolicyTemplate "spec.backupMethods[].targetVolumes.volumes[]" => Mount Definitions MOUNTS;
    BackupPolicyTemplate "spec.backupMethods[].targetVolumes.volumeMounts[].name" => Mount Definitions MOUNTS;
    BackupPolicyTemplate "spec.backupMethods[].compatibleMethod" => Method Own METHODS;
    BackupPolicyTemplate "spec.schedules[].backupMethod" => Method Own METHODS;
    BackupPolicy "spec.schedules[].backupMethod" => Method Own METHODS;

    ParametersDefinition "spec.templateName" => Config Definitions CONFIGS;
    ParamConfigRenderer "spec.configs[].templateName" => Config Definitions CONFIGS;

    OpsDefinition "spec.componentInfos[].accountName" => Account Definitions ACCOUNTS;
    OpsDefinition "spec.componentInfos[].serviceName" => Service Definitions SERVICES;
    OpsDefinition "spec.actions[].exec.podInfoExtractorName" => Extractor Own &["spec.podInfoExtractors[].name"];
    OpsDefinition "spec.actions[].workload.podInfoExtractorName" => Extractor Own &["spec.podInfoExtractors[].name"];
    OpsRequest "spec.restart[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.stop[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.start[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.switchover[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.verticalScaling[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.horizontalScaling[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.volumeExpansion[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.expose[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.reconfigures[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.upgrade.components[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.custom.components[].componentName" => Component Cluster COMPONENTS;
    Rollout "spec.components[].name" => Component Cluster COMPONENTS;
    Rollout "spec.shardings[].name" => Component Cluster COMPONENTS;
}

impl Part {
    /// The row of an object's field; a key of a mapping is a field where `of_key` says so.
    pub fn find(kind: &str, path: &Path, of_key: bool) -> Option<&'static Self> {
        PARTS.iter().find(|part| part.kind == kind && fits(part.path, &path.steps, of_key))
    }

    /// The row of a node, which is a scalar or a key.
    pub fn at(node: Node<'_>) -> Option<&'static Self> {
        let kind = node.document.kind().filter(|_| ours(node.document))?;
        let is_key = node.parent()?.entries().any(|(key, _)| key == node);
        Self::find(kind, &Path::of(node.document.tree(), node.id), is_key)
    }

    /// The text is a list of names with commas between them.
    pub fn is_list(&self) -> bool {
        self.path.contains(".orders.") || self.path.ends_with("ForRole.role")
    }

    /// The path of the first list: `spec.topologies[]`.
    pub fn list(&self) -> &'static str {
        self.path.find("[]").map_or(self.path, |at| &self.path[..at + 2])
    }

    /// Every node where a name of such a part is given that is meant at `node`, with the object that has it.
    pub fn names<'w>(&self, uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<(Object<'w>, Node<'w>)> {
        let roots: Vec<(Object, Node)> = match self.owner {
            Owner::Own => object.root().map(|root| (object, root)).into_iter().collect(),
            Owner::Item => {
                let items = object.root().into_iter().flat_map(|root| root.each(self.list()));
                let around = items.filter(|item| above(node).any(|above| above == *item));
                around.map(|item| (object, item)).collect()
            }
            Owner::Definitions => {
                let found = definitions(uses, object, node).into_iter();
                found.filter_map(|definition| located(uses, definition.document)).collect()
            }
            Owner::ClusterDefinition => {
                let text = |path| object.root().and_then(|root| root.text_at(path));
                let name = text("spec.clusterDef").or_else(|| text("spec.clusterDefinitionRef")).unwrap_or_default();
                let found = uses.world.index().named(CLUSTER_DEFINITION.group, CLUSTER_DEFINITION.kind, name);
                found.filter_map(|found| Some((found, found.root()?))).collect()
            }
            Owner::ClusterTopology => {
                let topology = Cluster::of(object.document).and_then(|cluster| uses.topology_of(cluster));
                let found =
                    topology.and_then(|topology| Some((located(uses, topology.node.document)?.0, topology.node)));
                found.into_iter().collect()
            }
            Owner::Cluster => {
                let name = object.root().and_then(|root| root.text_at("spec.clusterName")).unwrap_or_default();
                let found = uses.world.index().named(CLUSTER.group, CLUSTER.kind, name);
                found.filter_map(|found| Some((found, found.root()?))).collect()
            }
        };
        let mut found = Vec::new();
        for (object, root) in roots {
            for path in self.names {
                found.extend(each(root, path).into_iter().map(|name| (object, name)));
            }
        }
        found
    }
}

/// Of KubeBlocks, and of a version that this table knows.
fn ours(document: &Document) -> bool {
    document.group().is_some_and(|group| group.ends_with("kubeblocks.io"))
}

fn above(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(Some(node), |node| node.parent())
}

/// The object of a document.
fn located<'w>(uses: &Uses<'w>, document: &'w Document) -> Option<(Object<'w>, Node<'w>)> {
    let mut objects = uses.world.index().objects(document.group()?, document.kind()?);
    let object = objects.find(|object| std::ptr::eq(object.document, document))?;
    Some((object, document.root()?))
}

/// The definitions that are meant at a place; where nobody can be sure, those that the text takes.
fn definitions<'w>(uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<Definition<'w>> {
    let Some(root) = object.root() else { return Vec::new() };
    let of = |node: Node<'w>| {
        uses.of_node(node).unwrap_or_else(|| {
            let site = uses.world.index().site_at(node).filter(|site| site.field.target == COMPONENT_DEFINITION);
            let found = site.into_iter().flat_map(|site| uses.world.index().matches(&site));
            found.filter_map(|object| Definition::of(object.document)).collect()
        })
    };
    let item = |list: &str| root.each(list).into_iter().find(|item| above(node).any(|above| above == *item));
    match object.document.kind().unwrap_or_default() {
        "ComponentDefinition" => {
            let Some(own) = Definition::of(object.document) else { return Vec::new() };
            let var = item("spec.vars[]").map(|node| Var { node });
            match var.and_then(Var::source) {
                Some(source) => of_source(uses, own, source, &of),
                None => vec![own],
            }
        }
        "Cluster" => {
            let units = Cluster::of(object.document).into_iter().flat_map(Cluster::units);
            let unit = units.into_iter().find(|unit| above(node).any(|above| above == unit.node));
            unit.map_or_else(Vec::new, |unit| {
                uses.candidates(unit).unwrap_or_else(|| unit.definition().map(of).unwrap_or_default())
            })
        }
        kind => {
            let paths: &[&str] = match kind {
                "ComponentVersion" => &["spec.compatibilityRules[].compDefs[]"],
                "ShardingDefinition" => &["spec.template.compDef"],
                "BackupPolicyTemplate" => &["spec.compDefs[]"],
                "ParametersDefinition" | "ParamConfigRenderer" => &["spec.componentDef"],
                "OpsDefinition" => &["spec.componentInfos[].componentDefinitionName"],
                _ => &[],
            };
            let nodes = paths.iter().flat_map(|path| root.each(path));
            let mut found: Vec<Definition> = Vec::new();
            for definition in nodes.flat_map(of) {
                if !found.iter().any(|known| std::ptr::eq(known.document, definition.document)) {
                    found.push(definition);
                }
            }
            found
        }
    }
}

fn of_source<'w>(
    uses: &Uses<'w>,
    own: Definition<'w>,
    source: Source<'w>,
    of: &dyn Fn(Node<'w>) -> Vec<Definition<'w>>,
) -> Vec<Definition<'w>> {
    let Some(node) = source.definition() else { return vec![own] };
    uses.of_var(own, source).unwrap_or_else(|| of(node))
}

/// As [`Node::each`], with keys.
pub fn each<'w>(root: Node<'w>, path: &str) -> Vec<Node<'w>> {
    match path.strip_suffix("{key}") {
        Some(path) => root.each(path).into_iter().flat_map(|node| node.entries().map(|(key, _)| key)).collect(),
        None => root.each(path),
    }
}

/// The path is one of those that a pattern of the tables of fields stands for.
pub fn fits(pattern: &str, steps: &[Step], of_key: bool) -> bool {
    let (pattern, keys) = match pattern.strip_suffix("{key}") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    if keys != of_key {
        return false;
    }
    let mut steps = steps.iter();
    for part in pattern.split('.') {
        let key = part.trim_end_matches(['[', ']', '{', '}']);
        if steps.next().and_then(Step::key) != Some(key) {
            return false;
        }
        let inner = match &part[key.len()..] {
            "[]" => matches!(steps.next(), Some(Step::Index(_))),
            "{}" => matches!(steps.next(), Some(Step::Key(_))),
            _ => true,
        };
        if !inner {
            return false;
        }
    }
    steps.len() == usize::from(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_their_rows() {
        for (kind, path, of_key, expected) in [
            ("ComponentDefinition", "spec.services[3].roleSelector", false, Some(What::Role)),
            ("ComponentDefinition", "spec.lifecycleActions.switchover.exec.container", false, Some(What::Container)),
            ("ComponentDefinition", "spec.lifecycleActions.switchover.exec", false, None),
            ("ComponentVersion", "spec.releases[0].images.tide", true, Some(What::Container)),
            ("ComponentVersion", "spec.releases[0].images.tide", false, None),
            ("ComponentVersion", "spec.releases[0].images", true, None),
            ("Cluster", "spec.services[0].roleSelector", false, None),
        ] {
            let found = Part::find(kind, &path.parse().unwrap(), of_key).map(|part| part.what);
            assert_eq!(found, expected, "{kind} {path}");
        }
    }
}
