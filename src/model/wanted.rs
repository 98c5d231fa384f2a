//! Parts of definitions that have to be there: names of services, accounts, roles, configs, volumes, containers and ports
//! (rules spec §2.1, class *part*), the definitions that should have them, and what follows where they do not.
//!
//! This is the strict view, for rules: a name counts only where its definitions are known. [`super::parts`] is the
//! generous one, for navigation.

use super::cluster::{Cluster, Unit};
use super::definition::Definition;

use super::legacy::APPS;
use super::object::{Document, Node};
use super::pods;
use super::requests::Request;
use super::resolve::{
    BACKUP_POLICY_TEMPLATE, COMPONENT_DEFINITION, GroupKind, OPS_DEFINITION, PARAM_CONFIG_RENDERER,
    PARAMETERS_DEFINITION, SHARDING_DEFINITION, SIDECAR_DEFINITION, is_of,
};
use super::uses::Uses;
use super::vars::{Source, vars};
use crate::text::{TextRange, parts_between};

/// What kind of part a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Member {
    /// `services[].name`; of a variable, empty and `headless` are services too (see [`Wanted::is_special_service`]).
    Service,
    /// `systemAccounts[].name`
    Account,
    /// `roles[].name`; capitals do not matter.
    Role,
    /// `configs[].name`
    Config,
    /// `configs[].name` and `scripts[].name`
    Template,
    /// What some container mounts.
    Mount,
    /// What makes, declares or mounts a volume.
    Volume,
    /// A container's name, init containers left out.
    Container,
    /// A container, or a port, of `hostNetwork.containerPorts`.
    HostContainer,
    HostPort,
    /// The name of a port of a container.
    Port,
    /// `serviceRefDeclarations[].name`
    ServiceRef,
    /// A container in which the actions of shards run.
    Agent,
    /// A container in which an operation runs, or of which it reads variables.
    Workplace,
    /// A variable of some container.
    Variable,
}

/// Whence the definitions are known that have the part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Within {
    /// Below this source of a variable: the definitions of its `compDef`.
    Var(&'static str),
    /// Below an item of `componentSpecs`, or the `template` of one of `shardings`.
    Unit,
    /// Below an item of a component's `instances`, or of a sharding's `shardTemplates`, that changes no definition.
    Instance,
    /// Below this part of a `clusterServiceSelector`: a component of the Cluster that it names.
    Selector(&'static str),
    /// Below an item of a Cluster's `services`: the component of `componentSelector`.
    ClusterService,
    /// Below an item of this list of an OpsRequest: the component that it names.
    Request(&'static str),
    /// Below `spec` of an object of this kind, which names its definitions at this path.
    Spec(GroupKind<'static>, &'static str),
    /// Below each item of a list, which names its definitions itself.
    Item(GroupKind<'static>, &'static str, &'static str),
}

/// How a field takes its names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
    /// One name, and what needs it fails without.
    Needed,
    /// As `Needed`, several with commas.
    List,
    /// One name, and KubeBlocks passes over it where it is not there.
    Mild,
}

/// A field that names a part.
pub struct Field {
    within: Within,
    path: &'static str,
    pub member: Member,
    manner: Manner,
    /// What happens when the part is not there, as a sentence.
    pub without: &'static str,
}

/// A name of a part, and the definitions that should have it.
#[derive(Clone)]
pub struct Wanted<'w> {
    pub field: &'static Field,
    /// The scalar, and the bytes of its text that are the name.
    pub node: Node<'w>,
    pub range: TextRange,
    pub name: &'w str,
    /// Never empty.
    pub owners: Vec<Definition<'w>>,
    /// The author allows that the whole thing is not there.
    pub optional: bool,
}

const VAR: &str = "The variable is never resolved, and a component whose variables are not resolved gets no pods: only \
                   an event tells.";
const NO_ROLE: &str = "The variable is empty, and nothing complains.";
const IGNORED: &str = "KubeBlocks passes over it in silence.";
const NO_SECRET: &str = "Its pod waits for a Secret that never comes.";
const NO_POD: &str = "No pod has this role: each backup fails, with no target to be found.";
const NO_VOLUME: &str = "There is nothing to back up under this name.";
const UNBUILT: &str = "The component is never built, and no event tells.";
const NO_DISK: &str = "The disk stays empty: what is mounted under another name is lost with the pod.";
const STUCK: &str = "The parameters are refused: the object does not become Available.";

macro_rules! fields {
    ($($within:expr, $path:literal => $member:ident $manner:ident, $without:expr;)*) => {
        /// Every field that names a part of a definition.
        static FIELDS: &[Field] = &[$(Field {
            within: $within,
            path: $path,
            member: Member::$member,
            manner: Manner::$manner,
            without: $without,
        }),*];
    };
}

const BPT: Within = Within::Spec(BACKUP_POLICY_TEMPLATE, "compDefs[]");
/// Up to 0.9 each policy of a template names its own.
const OLD_BPT: Within =
    Within::Item(GroupKind { group: APPS, kind: "BackupPolicyTemplate" }, "backupPolicies[]", "componentDefs[]");
const OPS: Within = Within::Item(OPS_DEFINITION, "componentInfos[]", "componentDefinitionName");
/// Up to 0.9 it is of another group, and its list has another name.
const OLD_OPS: Within =
    Within::Item(GroupKind { group: APPS, kind: "OpsDefinition" }, "componentDefinitionRefs[]", "name");
const OPERATION: Within = Within::Spec(OPS_DEFINITION, "componentInfos[].componentDefinitionName");
/// 0.9 has what 1.0 has, in the group of old.
const OLD_OPERATION: Within =
    Within::Spec(GroupKind { group: APPS, kind: "OpsDefinition" }, "componentInfos[].componentDefinitionName");
const NO_WORKPLACE: &str = "The operation has nowhere to run, and fails.";
const NO_VARIABLE: &str = "The operation fails: the variable is not there.";
const SHARDING: Within = Within::Spec(SHARDING_DEFINITION, "template.compDef");
const PARAMETERS: Within = Within::Spec(PARAMETERS_DEFINITION, "componentDef");
const RENDERER: Within = Within::Spec(PARAM_CONFIG_RENDERER, "componentDef");

fields! {
    Within::Var("serviceVarRef"), "name" => Service Needed, VAR;
    Within::Var("credentialVarRef"), "name" => Account Needed, VAR;
    Within::Var("componentVarRef"), "podNamesForRole.role" => Role List, NO_ROLE;
    Within::Var("componentVarRef"), "podFQDNsForRole.role" => Role List, NO_ROLE;
    Within::Var("resourceVarRef"), "storage.name" => Volume Mild, "The variable is `0`, and nothing complains.";
    Within::Var("hostNetworkVarRef"), "container.name" => HostContainer Needed, VAR;
    Within::Var("hostNetworkVarRef"), "container.port.name" => HostPort Needed, VAR;
    Within::Unit, "services[].name" => Service Mild, IGNORED;
    Within::Unit, "systemAccounts[].name" => Account Needed, UNBUILT;
    Within::Unit, "configs[].name" => Template Needed, UNBUILT;
    Within::Unit, "volumeClaimTemplates[].name" => Mount Needed, NO_DISK;
    Within::Unit, "serviceRefs[].name" => ServiceRef Mild, IGNORED;
    Within::Instance, "volumeClaimTemplates[].name" => Mount Needed, NO_DISK;
    Within::Selector("service"), "service" => Service Needed, UNBUILT;
    Within::Selector("podFQDNs"), "role" => Role Needed, "The list of pods stays empty, and nothing complains.";
    Within::Selector("credential"), "name" => Account Needed, UNBUILT;
    Within::Unit, "network.hostPorts[].name" => Port Mild, IGNORED;
    Within::ClusterService, "roleSelector" => Role Needed, "The Cluster is refused: its services are never made.";
    Within::ClusterService, "spec.ports[].targetPort" => Port Needed, "The Service has no endpoint for this port: connections to it are refused.";
    Within::Request("expose"), "services[].roleSelector" => Role Mild, "The Service selects no pod.";
    BPT, "target.role" => Role Needed, NO_POD;
    BPT, "target.fallbackRole" => Role Needed, NO_POD;
    BPT, "backupMethods[].target.role" => Role Needed, NO_POD;
    BPT, "backupMethods[].target.fallbackRole" => Role Needed, NO_POD;
    BPT, "target.account" => Account Needed, NO_SECRET;
    BPT, "backupMethods[].target.account" => Account Needed, NO_SECRET;
    BPT, "target.containerPort.containerName" => Container Needed, "Backups fail: the port is not found.";
    BPT, "target.containerPort.portName" => Port Needed, "Backups fail: the port is not found.";
    BPT, "backupMethods[].target.containerPort.containerName" => Container Needed, "Backups fail: the port is not found.";
    BPT, "backupMethods[].target.containerPort.portName" => Port Needed, "Backups fail: the port is not found.";
    BPT, "backupMethods[].targetVolumes.volumes[]" => Volume Mild, NO_VOLUME;
    BPT, "backupMethods[].targetVolumes.volumeMounts[].name" => Volume Mild, NO_VOLUME;
    OLD_BPT, "target.role" => Role Needed, NO_POD;
    OLD_BPT, "backupMethods[].target.role" => Role Needed, NO_POD;
    OLD_BPT, "target.account" => Account Needed, NO_SECRET;
    OLD_BPT, "backupMethods[].target.account" => Account Needed, NO_SECRET;
    OLD_BPT, "backupMethods[].targetVolumes.volumes[]" => Volume Mild, NO_VOLUME;
    OLD_BPT, "backupMethods[].targetVolumes.volumeMounts[].name" => Volume Mild, NO_VOLUME;
    OPS, "serviceName" => Service Mild, "The variables of the service are not there, and nothing complains.";
    OPS, "accountName" => Account Needed, NO_SECRET;
    OLD_OPS, "serviceName" => Service Mild, "The variables of the service are not there, and nothing complains.";
    OLD_OPS, "accountName" => Account Needed, NO_SECRET;
    OPERATION, "podInfoExtractors[].podSelector.role" => Role Needed, "No pod has this role: the operation fails.";
    OPERATION, "podInfoExtractors[].env[].valueFrom.envRef.targetContainerName" => Workplace Mild, NO_VARIABLE;
    OPERATION, "podInfoExtractors[].env[].valueFrom.envRef.envName" => Variable Mild, NO_VARIABLE;
    OPERATION, "actions[].exec.containerName" => Workplace Mild, NO_WORKPLACE;
    OLD_OPERATION, "podInfoExtractors[].env[].valueFrom.envRef.targetContainerName" => Workplace Mild, NO_VARIABLE;
    OLD_OPERATION, "podInfoExtractors[].env[].valueFrom.envRef.envName" => Variable Mild, NO_VARIABLE;
    OLD_OPERATION, "actions[].exec.containerName" => Workplace Mild, NO_WORKPLACE;
    SHARDING, "systemAccounts[].name" => Account Needed, "KubeBlocks refuses the definition: every definition of the shards must have the account.";
    SHARDING, "lifecycleActions{}.exec.container" => Agent Needed, "KubeBlocks runs actions in a container of the pod. Without it the shards are never built, and no event tells.";
    PARAMETERS, "templateName" => Config Needed, STUCK;
    RENDERER, "configs[].templateName" => Config Needed, STUCK;
}

/// Every name of a part of this kind in a document whose definitions are known.
pub fn wanted<'w>(uses: &Uses<'w>, document: &'w Document, member: Member) -> Vec<Wanted<'w>> {
    let mut found = Vec::new();
    let fields = || FIELDS.iter().filter(|field| field.member == member);
    if fields().any(|field| matches!(field.within, Within::Var(_))) {
        for (source, owner) in sources(document) {
            for field in fields().filter(|field| matches!(field.within, Within::Var(kind) if kind == source.kind())) {
                if let Some(owners) = owner.map_or_else(|| of_sidecar(uses, source), |owner| uses.of_var(owner, source))
                {
                    add(&mut found, field, source.node, &owners, source.is_optional());
                }
            }
        }
    }
    if let Some(cluster) = Cluster::of(document) {
        for unit in cluster.units() {
            let Some(template) = unit.template() else { continue };
            // Of what came before 1.0 only the disks are sure.
            let sure = |field: &&Field| cluster.is_current() || field.member == Member::Mount;
            let of_unit = |field: &&Field| matches!(field.within, Within::Unit | Within::Instance);
            let mut own = fields().filter(of_unit).filter(sure).peekable();
            if own.peek().is_some()
                && let Some(owner) = uses.of_unit(unit)
            {
                for field in own {
                    let wholes = if field.within == Within::Unit { vec![template] } else { instances(unit, template) };
                    wholes.into_iter().for_each(|whole| add(&mut found, field, whole, &[owner], false));
                }
            }
            for field in fields().filter(|_| cluster.is_current()) {
                let Within::Selector(key) = field.within else { continue };
                for bound in template.list("serviceRefs") {
                    let Some(whole) = bound.at("clusterServiceSelector").and_then(|selector| selector.get(key)) else {
                        continue;
                    };
                    let unit = bound_component(uses, cluster, bound, whole);
                    if let Some(owner) = unit.and_then(|unit| uses.of_unit(unit)) {
                        add(&mut found, field, whole, &[owner], false);
                    }
                }
            }
        }
        for field in fields().filter(|field| field.within == Within::ClusterService && cluster.is_current()) {
            for service in cluster.spec.list("services") {
                if let Some(owner) = selected(cluster, service).and_then(|unit| uses.of_unit(unit)) {
                    add(&mut found, field, service, &[owner], false);
                }
            }
        }
    }
    if let Some(request) = Request::of(document) {
        for field in fields() {
            let Within::Request(list) = field.within else { continue };
            for item in request.spec.list(list) {
                if let Some(owners) = request.definitions(uses, item) {
                    add(&mut found, field, item, &owners, false);
                }
            }
        }
    }
    for field in fields() {
        let (target, list, path) = match field.within {
            Within::Spec(target, path) => (target, None, path),
            Within::Item(target, list, path) => (target, Some(list), path),
            _ => continue,
        };
        let spec = is_of(document, target).then(|| readable(document)).flatten();
        for whole in spec.into_iter().flat_map(|spec| list.map_or_else(|| vec![spec], |list| spec.each(list))) {
            if let Some(owners) = uses.of_entries(&whole.each(path)) {
                add(&mut found, field, whole, &owners, false);
            }
        }
    }
    found
}

/// The sources of the variables of a ComponentDefinition, with the definition, or of a SidecarDefinition.
pub fn sources(document: &Document) -> impl Iterator<Item = (Source<'_>, Option<Definition<'_>>)> {
    let owner = Definition::of(document);
    let own = [COMPONENT_DEFINITION, SIDECAR_DEFINITION].into_iter().any(|target| is_of(document, target));
    let vars = own.then(|| vars(document)).into_iter().flatten();
    vars.filter_map(move |var| Some((var.source()?, owner)))
}

/// The definitions that a variable of a SidecarDefinition asks.
fn of_sidecar<'w>(uses: &Uses<'w>, source: Source<'w>) -> Option<Vec<Definition<'w>>> {
    match source.definition() {
        Some(node) => uses.of_node(node),
        None => uses.of_entries(&source.node.document.root()?.each("spec.selectors[]")),
    }
}

/// The component or sharding that a Cluster's service selects.
fn selected<'w>(cluster: Cluster<'w>, service: Node<'w>) -> Option<Unit<'w>> {
    let name = service.get("componentSelector")?.known_text()?;
    cluster.units().find(|unit| unit.name().and_then(Node::text) == Some(name))
}

/// What changes some of a component's pods, but not their definition.
fn instances<'w>(unit: Unit<'w>, template: Node<'w>) -> Vec<Node<'w>> {
    let all = template.list("instances").chain(unit.node.list("shardTemplates"));
    let changes = ["compDef", "shardingDef", "serviceVersion"];
    all.filter(|item| changes.iter().all(|key| item.key(key).is_none())).collect()
}

/// The component of another Cluster that a service reference means; `None` where that may be a Cluster that is not in
/// view.
fn bound_component<'w>(uses: &Uses<'w>, cluster: Cluster<'w>, bound: Node<'w>, whole: Node<'w>) -> Option<Unit<'w>> {
    let name = bound.at("clusterServiceSelector.cluster")?;
    let found = uses.world.index().matches(&uses.world.index().site_at(name).filter(|site| site.is_known())?);
    let [object] = found.as_slice() else { return None };
    let space = |document: &'w Document| document.namespace()?.text();
    let wanted = bound.get("namespace").map_or_else(|| space(cluster.document), Node::text);
    let component = whole.get("component")?.known_text()?;
    let other =
        Cluster::current(object.document).filter(|_| !object.chart.failed() && wanted == space(object.document))?;
    other.units().find(|unit| !unit.sharding && unit.name().and_then(Node::text) == Some(component))
}

/// `clusterServiceSelector.service` of a chart's Clusters, each with the definition of the component that it means.
pub fn bound_services<'w>(uses: &Uses<'w>, document: &'w Document) -> Vec<(Node<'w>, Definition<'w>)> {
    let units = Cluster::current(document).into_iter().flat_map(Cluster::units);
    let bound = units.flat_map(|unit| {
        unit.template().into_iter().flat_map(|template| template.list("serviceRefs")).map(move |bound| (unit, bound))
    });
    let found = bound.filter_map(|(unit, bound)| {
        let service = bound.at("clusterServiceSelector.service")?;
        Some((service, uses.of_unit(bound_component(uses, unit.cluster, bound, service)?)?))
    });
    found.collect()
}

fn readable(document: &Document) -> Option<Node<'_>> {
    document.spec().filter(|_| document.is_sound())
}

fn add<'w>(
    found: &mut Vec<Wanted<'w>>,
    field: &'static Field,
    whole: Node<'w>,
    owners: &[Definition<'w>],
    optional: bool,
) {
    for node in whole.each(field.path).into_iter().filter(|node| node.known()) {
        let Some(text) = node.text() else { continue };
        let whole = (TextRange::new(0, text.len()), text);
        let parts = if field.manner == Manner::List { parts_between(text, ',').collect() } else { vec![whole] };
        // Ports have numbers too.
        let is_name = |name: &str| !name.is_empty() && (field.member != Member::Port || name.parse::<u16>().is_err());
        for (range, name) in parts.into_iter().filter(|(_, name)| is_name(name)) {
            found.push(Wanted { field, node, range, name, owners: owners.to_vec(), optional });
        }
    }
}

impl<'w> Wanted<'w> {
    /// The own Service of every component, which is no item of `services`.
    pub fn is_special_service(&self) -> bool {
        let knows = matches!(self.field.within, Within::Var(_) | Within::Selector(_));
        self.field.member == Member::Service && knows && self.name == "headless"
    }

    /// KubeBlocks passes over a name that is not there.
    pub fn is_mild(&self) -> bool {
        self.field.manner == Manner::Mild
    }

    /// The names that a definition has for such parts; `None` where one is open.
    pub fn names(&self, uses: &Uses<'w>, definition: Definition<'w>) -> Option<Vec<Node<'w>>> {
        names(uses, definition, self.field.member)
    }

    /// The definition's name for a part is this one.
    pub fn is(&self, name: &str) -> bool {
        if self.field.member == Member::Role { self.name.eq_ignore_ascii_case(name) } else { self.name == name }
    }
}

/// The names of a definition's parts of a kind, sidecars included; `None` where one is open.
pub fn names<'w>(uses: &Uses<'w>, definition: Definition<'w>, member: Member) -> Option<Vec<Node<'w>>> {
    let spec = definition.spec;
    let containers = || {
        let sidecars = uses.sidecars(definition).flat_map(|sidecar| sidecar.list("containers"));
        definition.containers().chain(sidecars)
    };
    let mounts = || containers().chain(definition.init_containers()).flat_map(pods::mounted);
    let found: Vec<Node> = match member {
        Member::Service if !definition.is_current() => {
            [spec.each("services[].name"), spec.each("services[].serviceName")].concat()
        }
        Member::Service => spec.each("services[].name"),
        Member::Account => spec.each("systemAccounts[].name"),
        Member::Role => spec.each("roles[].name"),
        Member::Config => spec.each("configs[].name"),
        Member::Template => [spec.each("configs[].name"), spec.each("scripts[].name")].concat(),
        Member::Mount => mounts().collect(),
        Member::Volume => {
            let paths = ["volumes[].name", "configs[].volumeName", "scripts[].volumeName", "tls.volumeName"];
            let declared = paths.into_iter().flat_map(|path| spec.each(path));
            mounts().chain(declared).chain(spec.each("runtime.volumes[].name")).collect()
        }
        Member::HostContainer => spec.each("hostNetwork.containerPorts[].container"),
        Member::HostPort => spec.each("hostNetwork.containerPorts[].ports[]"),
        Member::ServiceRef => spec.each("serviceRefDeclarations[].name"),
        Member::Agent | Member::Container | Member::Workplace => {
            containers().filter_map(|container| container.get("name")).collect()
        }
        Member::Variable => {
            // Whole ConfigMaps of variables.
            if containers().any(|container| container.key("envFrom").is_some()) {
                return None;
            }
            let sidecars = uses.sidecars(definition).flat_map(|sidecar| sidecar.each("vars[].name"));
            let own = containers().flat_map(|container| container.each("env[].name"));
            own.chain(spec.each("vars[].name")).chain(sidecars).collect()
        }
        Member::Port => {
            let own = spec.get("runtime").into_iter().flat_map(pods::sidecars);
            containers().chain(own).flat_map(|container| container.each("ports[].name")).collect()
        }
    };
    found.iter().all(|name| name.known()).then_some(found)
}
