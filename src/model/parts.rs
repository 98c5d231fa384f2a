//! The fields that name parts of objects (services, roles, volumes, releases): one table for navigation, completion and
//! renaming (v1 spec §2). Fields that name whole objects are in [`super::sites`]; [`super::owners`] knows whose parts are
//! meant.

use super::object::{Document, Node};
use super::pattern::Mode;
use crate::yaml::path::{Path, Step};

/// What a name is the name of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Account,
    Action,
    /// A variable that a script sets itself.
    Assignment,
    Component,
    Config,
    Container,
    Declaration,
    Extra,
    Extractor,
    Field,
    Key,
    Label,
    Log,
    Method,
    Mount,
    Port,
    Property,
    Release,
    Role,
    Service,
    Topology,
    Variable,
    Version,
    Volume,
}

impl What {
    /// In a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Account => "system account",
            Self::Action => "lifecycle action",
            Self::Assignment => "variable",
            Self::Component => "component",
            Self::Config => "config template",
            Self::Container => "container",
            Self::Declaration => "service reference",
            Self::Extra => "extra",
            Self::Extractor => "extractor",
            Self::Field => "field",
            Self::Key => "key",
            Self::Label => "label",
            Self::Log => "log",
            Self::Method => "backup method",
            Self::Mount => "volume mount",
            Self::Port => "port",
            Self::Property => "parameter",
            Self::Release => "release",
            Self::Role => "role",
            Self::Service => "service",
            Self::Topology => "topology",
            Self::Variable => "variable",
            Self::Version => "service version",
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
    /// The PodSpec that has the field.
    Pod,
    /// The component definitions that are meant at this place.
    Definitions,
    /// The ComponentVersions of these definitions, and they themselves.
    Versions,
    /// The BackupPolicyTemplates of these definitions.
    Policies,
    /// The ParametersDefinitions of these definitions.
    Parameters,
    /// The ClusterDefinition of a Cluster.
    ClusterDefinition,
    /// The topology that a Cluster follows.
    ClusterTopology,
    /// The Cluster that the object names.
    Cluster,
    /// What another field of the object names; where both stand in lists, that of the same item.
    Named(&'static str),
    /// The ActionSet of the backup method that is named beside the field.
    ActionSet,
    /// The ConfigMap of the template that is named beside the field.
    ConfigMap,
}

impl Owner {
    const SELECTED: Self = Self::Named("spec.componentSpecs[].serviceRefs[].clusterServiceSelector.cluster");
    const POLICY: Self = Self::Named("spec.backupPolicyName");
    const ASKED_POLICY: Self = Self::Named("spec.backup.backupPolicyName");
    const OPERATION: Self = Self::Named("spec.custom.opsDefinitionName");
}

/// A field that names parts.
pub struct Part {
    pub kind: &'static str,
    /// From the root: `[]` for every item, `{}` for every value, `{key}` for every key of a mapping; `~` is a dot in a key.
    pub path: &'static str,
    pub what: What,
    pub owner: Owner,
    /// Where such names are given, from the owner's root; of an item from the item. `{cue}` stands for the fields that a
    /// text in CUE describes.
    pub names: &'static [&'static str],
}

const CONTAINERS: &[&str] = &["spec.runtime.containers[].name"];
const ALL_CONTAINERS: &[&str] = &["spec.runtime.containers[].name", "spec.runtime.initContainers[].name"];
const PORTS: &[&str] = &["spec.runtime.containers[].ports[].name"];
// What begins with `spec` is of ComponentDefinitions, the rest of items of `componentDefs`.
const ROLES: &[&str] = &[
    "spec.roles[].name",
    "consensusSpec.leader.name",
    "consensusSpec.followers[].name",
    "consensusSpec.learner.name",
    "rsmSpec.roles[].name",
];
const SERVICES: &[&str] = &["spec.services[].name"];
const ACCOUNTS: &[&str] = &["spec.systemAccounts[].name", "systemAccounts.accounts[].name"];
const DECLARATIONS: &[&str] = &["spec.serviceRefDeclarations[].name"];
const CONFIGS: &[&str] = &["spec.configs[].name"];
const LOGS: &[&str] = &["spec.logConfigs[].name", "logConfigs[].name"];
const KEYS: &[&str] = &["data{key}"];
const PROPERTIES: &[&str] = &["spec.parametersSchema.openAPIV3Schema.properties{key}"];
const PARAMETERS: &[&str] = &[
    "spec.parametersSchema.cue{cue}",
    "spec.configurationSchema.cue{cue}",
    "spec.parametersSchema.schemaInJSON.properties.spec.properties{key}",
    "spec.parametersSchema.schemaInJSON.spec.properties{key}",
];
const VERSIONS: &[&str] = &["spec.releases[].serviceVersion", "spec.serviceVersion"];
const CONTAINER_VARIABLES: &[&str] = &["spec.runtime.containers[].env[].name", "spec.vars[].name"];
const EXTRAS: &[&str] = &["spec.helm.valuesMapping.extras[].name"];
const GIVEN_EXTRAS: &[&str] = &["spec.defaultInstallValues[].extras[].name", "spec.install.extras[].name"];
const POD_VOLUMES: &[&str] = &["volumes[].name"];
const POD_MOUNTS: &[&str] = &["containers[].volumeMounts[].name", "initContainers[].volumeMounts[].name"];
const POD_CONTAINERS: &[&str] = &["containers[].name", "initContainers[].name"];
const POD_PORTS: &[&str] = &["containers[].ports[].name", "initContainers[].ports[].name"];
const SIDE_VOLUMES: &[&str] = &["spec.configs[].volumeName", "spec.scripts[].volumeName"];
const SIDE_MOUNTS: &[&str] = &["spec.containers[].volumeMounts[].name"];
const VOLUMES: &[&str] = &[
    "spec.runtime.volumes[].name",
    "spec.configs[].volumeName",
    "spec.scripts[].volumeName",
    "spec.tls.volumeName",
    "spec.volumes[].name",
];
const MOUNTS: &[&str] = &[
    "spec.runtime.containers[].volumeMounts[].name",
    "spec.runtime.initContainers[].volumeMounts[].name",
    "podSpec.containers[].volumeMounts[].name",
    "podSpec.initContainers[].volumeMounts[].name",
];
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
const LEGACY_CONTAINERS: &[&str] = &["podSpec.containers[].name", "podSpec.initContainers[].name"];
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
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].livenessProbe.httpGet.port" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].livenessProbe.tcpSocket.port" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].readinessProbe.httpGet.port" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].readinessProbe.tcpSocket.port" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].startupProbe.httpGet.port" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].startupProbe.tcpSocket.port" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].lifecycle.preStop.httpGet.port" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].lifecycle.postStart.httpGet.port" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].podSpec.containers[].env[].valueFrom.resourceFieldRef.containerName" => Container Item LEGACY_CONTAINERS;
    ClusterDefinition "spec.componentDefs[].podSpec.initContainers[].env[].valueFrom.resourceFieldRef.containerName" => Container Item LEGACY_CONTAINERS;
    ClusterDefinition "spec.componentDefs[].configSpecs[].asEnvFrom[]" => Container Item LEGACY_CONTAINERS;
    ClusterDefinition "spec.componentDefs[].configSpecs[].injectEnvTo[]" => Container Item LEGACY_CONTAINERS;
    ClusterDefinition "spec.componentDefs[].monitor.exporterConfig.scrapePort" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].exporter.scrapePort" => Port Item LEGACY_PORTS;
    ClusterDefinition "spec.componentDefs[].exporter.containerName" => Container Item LEGACY_CONTAINERS;
    ClusterDefinition "spec.componentDefs[].configSpecs[].keys[]" => Key ConfigMap KEYS;
    ClusterVersion "spec.componentVersions[].componentDefRef" => Component ClusterDefinition LEGACY_COMPONENTS;
    Cluster "spec.componentSpecs[].componentDefRef" => Component ClusterDefinition LEGACY_COMPONENTS;
    ClusterVersion "spec.componentVersions[].configSpecs[].name" => Config Definitions &["configSpecs[].name"];
    ClusterVersion "spec.componentVersions[].versionsContext.containers[].name" => Container Definitions &["podSpec.containers[].name"];
    ClusterVersion "spec.componentVersions[].versionsContext.initContainers[].name" => Container Definitions &["podSpec.initContainers[].name"];
    BackupPolicyTemplate "spec.backupPolicies[].componentDefRef" => Component ClusterDefinition LEGACY_COMPONENTS;
    BackupPolicyTemplate "spec.backupPolicies[].target.role" => Role Definitions ROLES;
    BackupPolicyTemplate "spec.backupPolicies[].target.account" => Account Definitions ACCOUNTS;
    BackupPolicyTemplate "spec.backupPolicies[].backupMethods[].target.role" => Role Definitions ROLES;
    BackupPolicyTemplate "spec.backupPolicies[].backupMethods[].target.account" => Account Definitions ACCOUNTS;
    BackupPolicyTemplate "spec.backupPolicies[].backupMethods[].targetVolumes.volumes[]" => Mount Definitions MOUNTS;
    BackupPolicyTemplate "spec.backupPolicies[].backupMethods[].targetVolumes.volumeMounts[].name" => Mount Definitions MOUNTS;
    BackupPolicyTemplate "spec.backupPolicies[].backupMethods[].compatibleMethod" => Method Item &["backupMethods[].name"];
    BackupPolicyTemplate "spec.backupPolicies[].schedules[].backupMethod" => Method Item &["backupMethods[].name"];

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
    ComponentDefinition "spec.runtime.containers[].lifecycle.preStop.httpGet.port" => Port Own PORTS;
    ComponentDefinition "spec.runtime.containers[].lifecycle.postStart.httpGet.port" => Port Own PORTS;
    ComponentDefinition "spec.runtime.containers[].env[].valueFrom.resourceFieldRef.containerName" => Container Own ALL_CONTAINERS;
    ComponentDefinition "spec.runtime.initContainers[].env[].valueFrom.resourceFieldRef.containerName" => Container Own ALL_CONTAINERS;
    ComponentDefinition "spec.monitor.exporterConfig.scrapePort" => Port Own PORTS;
    ComponentDefinition "spec.configs[].asEnvFrom[]" => Container Own ALL_CONTAINERS;
    ComponentDefinition "spec.configs[].injectEnvTo[]" => Container Own ALL_CONTAINERS;
    ComponentDefinition "spec.configs[].keys[]" => Key ConfigMap KEYS;
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

    SidecarDefinition "spec.containers[].volumeMounts[].name" => Volume Own SIDE_VOLUMES;
    SidecarDefinition "spec.configs[].volumeName" => Mount Own SIDE_MOUNTS;
    SidecarDefinition "spec.scripts[].volumeName" => Mount Own SIDE_MOUNTS;
    SidecarDefinition "spec.vars[].valueFrom.serviceVarRef.name" => Service Definitions SERVICES;
    SidecarDefinition "spec.vars[].valueFrom.serviceVarRef.port.name" => Port Definitions &["spec.services[].spec.ports[].name"];
    SidecarDefinition "spec.vars[].valueFrom.credentialVarRef.name" => Account Definitions ACCOUNTS;
    SidecarDefinition "spec.vars[].valueFrom.serviceRefVarRef.name" => Declaration Definitions DECLARATIONS;
    SidecarDefinition "spec.vars[].valueFrom.resourceVarRef.storage.name" => Mount Definitions MOUNTS;
    SidecarDefinition "spec.vars[].valueFrom.componentVarRef.podNamesForRole.role" => Role Definitions ROLES;
    SidecarDefinition "spec.vars[].valueFrom.componentVarRef.podFQDNsForRole.role" => Role Definitions ROLES;
    SidecarDefinition "spec.vars[].valueFrom.hostNetworkVarRef.container.name" => Container Definitions ALL_CONTAINERS;
    SidecarDefinition "spec.vars[].valueFrom.hostNetworkVarRef.container.port.name" => Port Definitions PORTS;

    Cluster "spec.topology" => Topology ClusterDefinition TOPOLOGIES;
    Cluster "spec.componentSpecs[].name" => Component ClusterTopology ENTITIES;
    Cluster "spec.shardings[].name" => Component ClusterTopology ENTITIES;
    Cluster "spec.services[].componentSelector" => Component Own COMPONENTS;
    Cluster "metadata.annotations.kubeblocks~io/host-network" => Component Own COMPONENTS;
    Cluster "spec.services[].roleSelector" => Role Definitions ROLES;
    Cluster "spec.backup.method" => Method Policies METHODS;
    Cluster "spec.backup.continuousMethod" => Method Policies METHODS;
    Cluster "spec.componentSpecs[].serviceVersion" => Version Versions VERSIONS;
    Cluster "spec.componentSpecs[].instances[].serviceVersion" => Version Versions VERSIONS;
    Cluster "spec.shardings[].template.serviceVersion" => Version Versions VERSIONS;
    Cluster "spec.shardings[].shardTemplates[].serviceVersion" => Version Versions VERSIONS;
    Cluster "spec.componentSpecs[].enabledLogs[]" => Log Definitions LOGS;
    Cluster "spec.componentSpecs[].instances[].volumeClaimTemplates[].name" => Mount Definitions MOUNTS;
    Cluster "spec.componentSpecs[].serviceRefs[].clusterServiceSelector.service.component" => Component SELECTED COMPONENTS;
    Cluster "spec.componentSpecs[].serviceRefs[].clusterServiceSelector.service.service" => Service Definitions SERVICES;
    Cluster "spec.componentSpecs[].serviceRefs[].clusterServiceSelector.credential.component" => Component SELECTED COMPONENTS;
    Cluster "spec.componentSpecs[].serviceRefs[].clusterServiceSelector.credential.name" => Account Definitions ACCOUNTS;
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
    BackupPolicyTemplate "spec.target.fallbackRole" => Role Definitions ROLES;
    BackupPolicyTemplate "spec.backupMethods[].target.fallbackRole" => Role Definitions ROLES;
    BackupPolicyTemplate "spec.target.account" => Account Definitions ACCOUNTS;
    BackupPolicyTemplate "spec.backupMethods[].target.role" => Role Definitions ROLES;
    BackupPolicyTemplate "spec.backupMethods[].target.account" => Account Definitions ACCOUNTS;
    BackupPolicyTemplate "spec.backupMethods[].targetVolumes.volumes[]" => Mount Definitions MOUNTS;
    BackupPolicyTemplate "spec.backupMethods[].targetVolumes.volumeMounts[].name" => Mount Definitions MOUNTS;
    BackupPolicyTemplate "spec.backupMethods[].compatibleMethod" => Method Own METHODS;
    BackupPolicyTemplate "spec.schedules[].backupMethod" => Method Own METHODS;
    BackupPolicyTemplate "spec.backupMethods[].env[].valueFrom.versionMapping[].serviceVersions[]" => Version Versions VERSIONS;
    BackupPolicyTemplate "spec.schedules[].parameters[].name" => Property ActionSet PROPERTIES;
    BackupPolicy "spec.schedules[].backupMethod" => Method Own METHODS;
    BackupSchedule "spec.schedules[].backupMethod" => Method POLICY METHODS;
    BackupSchedule "spec.schedules[].parameters[].name" => Property ActionSet PROPERTIES;
    Backup "spec.backupMethod" => Method POLICY METHODS;
    Backup "spec.parameters[].name" => Property ActionSet PROPERTIES;
    ActionSet "spec.backup.withParameters[]" => Property Own PROPERTIES;
    ActionSet "spec.restore.withParameters[]" => Property Own PROPERTIES;

    ParametersDefinition "spec.templateName" => Config Definitions CONFIGS;
    ParametersDefinition "spec.fileName" => Key ConfigMap KEYS;
    ParametersDefinition "spec.staticParameters[]" => Property Own PARAMETERS;
    ParametersDefinition "spec.dynamicParameters[]" => Property Own PARAMETERS;
    ParametersDefinition "spec.immutableParameters[]" => Property Own PARAMETERS;
    ParametersDefinition "spec.reloadAction.shellTrigger.toolsSetup.toolConfigs[].imageMappings[].serviceVersions[]" => Version Versions VERSIONS;
    ParamConfigRenderer "spec.configs[].templateName" => Config Definitions CONFIGS;
    ParamConfigRenderer "spec.configs[].name" => Key ConfigMap KEYS;

    Parameter "spec.componentParameters[].componentName" => Component Cluster COMPONENTS;
    Parameter "spec.componentParameters[].parameters{key}" => Property Parameters PARAMETERS;
    ConfigConstraint "spec.staticParameters[]" => Property Own PARAMETERS;
    ConfigConstraint "spec.dynamicParameters[]" => Property Own PARAMETERS;
    ConfigConstraint "spec.immutableParameters[]" => Property Own PARAMETERS;

    OpsDefinition "spec.componentInfos[].accountName" => Account Definitions ACCOUNTS;
    OpsDefinition "spec.componentInfos[].serviceName" => Service Definitions SERVICES;
    OpsDefinition "spec.podInfoExtractors[].podSelector.role" => Role Definitions ROLES;
    OpsDefinition "spec.podInfoExtractors[].volumeMounts[].name" => Mount Definitions MOUNTS;
    OpsDefinition "spec.podInfoExtractors[].env[].valueFrom.envRef.targetContainerName" => Container Definitions CONTAINERS;
    OpsDefinition "spec.podInfoExtractors[].env[].valueFrom.envRef.envName" => Variable Definitions CONTAINER_VARIABLES;
    OpsDefinition "spec.varsRef.vars[].valueFrom.envVarRef.containerName" => Container Definitions CONTAINERS;
    OpsDefinition "spec.varsRef.vars[].valueFrom.envVarRef.envName" => Variable Definitions CONTAINER_VARIABLES;
    OpsDefinition "spec.componentDefinitionRefs[].varsRef.vars[].valueFrom.envVarRef.containerName" => Container Definitions CONTAINERS;
    OpsDefinition "spec.componentDefinitionRefs[].varsRef.vars[].valueFrom.envVarRef.envName" => Variable Definitions CONTAINER_VARIABLES;
    OpsDefinition "spec.actions[].exec.containerName" => Container Definitions CONTAINERS;
    OpsDefinition "spec.actions[].parameters[]" => Property Own PROPERTIES;
    OpsDefinition "spec.actions[].exec.podInfoExtractorName" => Extractor Own &["spec.podInfoExtractors[].name"];
    OpsDefinition "spec.actions[].workload.podInfoExtractorName" => Extractor Own &["spec.podInfoExtractors[].name"];
    OpsRequest "spec.backup.backupMethod" => Method ASKED_POLICY METHODS;
    OpsRequest "spec.custom.components[].parameters[].name" => Property OPERATION PROPERTIES;
    OpsRequest "spec.reconfigures[].parameters[].key" => Property Parameters PARAMETERS;
    OpsRequest "spec.upgrade.components[].serviceVersion" => Version Versions VERSIONS;
    OpsRequest "spec.volumeExpansion[].volumeClaimTemplates[].name" => Mount Definitions MOUNTS;
    OpsRequest "spec.restart[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.stop[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.start[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.switchover[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.verticalScaling[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.horizontalScaling[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.volumeExpansion[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.expose[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.reconfigures[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.rebuildFrom[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.reconfigure.componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.customSpec.componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.scriptSpec.componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.upgrade.components[].componentName" => Component Cluster COMPONENTS;
    OpsRequest "spec.custom.components[].componentName" => Component Cluster COMPONENTS;
    Rollout "spec.components[].name" => Component Cluster COMPONENTS;
    Rollout "spec.shardings[].name" => Component Cluster COMPONENTS;
    Rollout "spec.components[].serviceVersion" => Version Versions VERSIONS;
    Rollout "spec.shardings[].serviceVersion" => Version Versions VERSIONS;
    NodeCountScaler "spec.targetComponentNames[]" => Component Cluster COMPONENTS;
    Addon "spec.helm.valuesMapping.extras[].name" => Extra Own GIVEN_EXTRAS;
    Addon "spec.defaultInstallValues[].extras[].name" => Extra Own EXTRAS;
    Addon "spec.install.extras[].name" => Extra Own EXTRAS;

    PodSpec "containers[].volumeMounts[].name" => Volume Pod POD_VOLUMES;
    PodSpec "initContainers[].volumeMounts[].name" => Volume Pod POD_VOLUMES;
    PodSpec "volumes[].name" => Mount Pod POD_MOUNTS;
    PodSpec "containers[].env[].valueFrom.resourceFieldRef.containerName" => Container Pod POD_CONTAINERS;
    PodSpec "initContainers[].env[].valueFrom.resourceFieldRef.containerName" => Container Pod POD_CONTAINERS;
    PodSpec "containers[].livenessProbe.httpGet.port" => Port Pod POD_PORTS;
    PodSpec "containers[].livenessProbe.tcpSocket.port" => Port Pod POD_PORTS;
    PodSpec "containers[].readinessProbe.httpGet.port" => Port Pod POD_PORTS;
    PodSpec "containers[].readinessProbe.tcpSocket.port" => Port Pod POD_PORTS;
    PodSpec "containers[].startupProbe.httpGet.port" => Port Pod POD_PORTS;
    PodSpec "containers[].startupProbe.tcpSocket.port" => Port Pod POD_PORTS;
    PodSpec "containers[].lifecycle.preStop.httpGet.port" => Port Pod POD_PORTS;
    PodSpec "containers[].lifecycle.postStart.httpGet.port" => Port Pod POD_PORTS;
}

impl Part {
    /// The row of an object's field; a key of a mapping is a field where `of_key` says so.
    pub fn find(kind: &str, path: &Path, of_key: bool) -> Option<&'static Self> {
        let row =
            |kind: &str, steps: &[Step]| PARTS.iter().find(|part| part.kind == kind && fits(part.path, steps, of_key));
        row(kind, &path.steps).or_else(|| {
            let prefix = pod_prefix(kind)?;
            let length: usize = prefix.split('.').map(|part| 1 + usize::from(part.ends_with("[]"))).sum();
            let (head, rest) = path.steps.split_at_checked(length)?;
            row("PodSpec", rest).filter(|_| fits(prefix, head, false))
        })
    }

    /// The row of a node, which is a scalar or a key.
    pub fn at(node: Node<'_>) -> Option<&'static Self> {
        let kind = node.document.kind().filter(|_| is_known(node.document))?;
        let is_key = node.parent()?.entries().any(|(key, _)| key == node);
        Self::find(kind, &Path::of(node.document.tree(), node.id), is_key)
    }

    /// What has its name in a node, by the fields that name such parts.
    pub fn given(node: Node<'_>) -> Option<What> {
        let kind = node.document.kind().filter(|_| is_known(node.document))?;
        let is_key = node.parent()?.entries().any(|(key, _)| key == node);
        let path = Path::of(node.document.tree(), node.id);
        let gives = |part: &&Self| {
            part.giver() == Some(kind) && part.names.iter().any(|names| fits(names, &path.steps, is_key))
        };
        PARTS.iter().find(gives).map(|part| part.what)
    }

    /// The kind of the objects that have the parts, where one row is of one kind.
    fn giver(&self) -> Option<&'static str> {
        match self.owner {
            Owner::Own => Some(self.kind),
            Owner::Definitions => Some("ComponentDefinition"),
            Owner::Versions => Some("ComponentVersion"),
            Owner::Policies => Some("BackupPolicyTemplate"),
            Owner::Parameters => Some("ParametersDefinition"),
            Owner::ClusterDefinition => Some("ClusterDefinition"),
            Owner::Cluster => Some("Cluster"),
            Owner::ActionSet => Some("ActionSet"),
            Owner::ConfigMap => Some("ConfigMap"),
            Owner::Item | Owner::Pod | Owner::ClusterTopology | Owner::Named(_) => None,
        }
    }

    /// The text is a list of names with commas between them.
    pub fn is_list(&self) -> bool {
        self.path.contains(".orders.") || self.path.ends_with("ForRole.role") || self.path.ends_with("host-network")
    }

    /// How the text is compared with names.
    pub fn mode(&self) -> Mode {
        if self.path.ends_with(".serviceVersions[]") { Mode::PrefixOrRegex } else { Mode::Exact }
    }

    /// The path of the first list: `spec.topologies[]`.
    pub fn list(&self) -> &'static str {
        self.path.find("[]").map_or(self.path, |at| &self.path[..at + 2])
    }
}

/// Of KubeBlocks, or of the kinds of Kubernetes that make pods.
fn is_known(document: &Document) -> bool {
    document.group().is_some_and(|group| ["", "apps", "batch"].contains(&group) || group.ends_with("kubeblocks.io"))
}

/// Where the PodSpecs of a kind are.
pub fn pod_prefix(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("spec"),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => Some("spec.template.spec"),
        "CronJob" => Some("spec.jobTemplate.spec.template.spec"),
        "OpsDefinition" => Some("spec.actions[].workload.podSpec"),
        "ClusterDefinition" => Some("spec.componentDefs[].podSpec"),
        _ => None,
    }
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
        let same = |own: &str| {
            own.len() == key.len()
                && own.bytes().zip(key.bytes()).all(|(own, key)| own == key || (own, key) == (b'.', b'~'))
        };
        if !steps.next().and_then(Step::key).is_some_and(same) {
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
            ("Cluster", "spec.services[0].roleSelector", false, Some(What::Role)),
            ("Cluster", "spec.services[0].serviceName", false, None),
            ("Deployment", "spec.template.spec.containers[1].volumeMounts[0].name", false, Some(What::Volume)),
            ("Deployment", "spec.containers[1].volumeMounts[0].name", false, None),
        ] {
            let found = Part::find(kind, &path.parse().unwrap(), of_key).map(|part| part.what);
            assert_eq!(found, expected, "{kind} {path}");
        }
    }
}
