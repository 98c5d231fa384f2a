//! The fields that name other objects: one table for rules, navigation, completion and renaming (rules spec §2.1; v1
//! spec §2; legacy spec §2).
//!
//! What stands in a field is compared by the field's [`Mode`]; [`super::resolve`] says what to think of a name that
//! nothing has. Parts of objects (services, roles, accounts) are not in this table, see [`super::uses`].

use std::sync::Arc;

use super::object::{Document, Node};
use super::pattern::{Mode, Pattern};
use super::resolve::{
    ACTION_SET, BACKUP, BACKUP_POLICY, BACKUP_REPO, BACKUP_TOOL, CLUSTER, CLUSTER_DEFINITION, CLUSTER_VERSION,
    COMPONENT_DEFINITION, CONFIG_CONSTRAINT, CONFIG_MAP, GroupKind, OLD_POLICY_TEMPLATE, OPS_DEFINITION,
    PARAMETERS_DEFINITION, SERVICE_DESCRIPTOR, SHARDING_DEFINITION, STORAGE_PROVIDER,
};
use crate::reads::{Mark, Marked};
use crate::world::Chart;
use crate::yaml::tree::NodeId;

/// What follows when nothing answers to the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Something has to answer.
    Required,
    /// An entry of a list that may name definitions of earlier releases too: what answers to no entry is left out.
    Listed,
    /// The object is made by hand or at run time. Its absence means nothing; for navigation only.
    Live,
}

/// A field that names objects.
pub struct Field {
    /// API group and kind of the object that has the field.
    pub group: &'static str,
    pub kind: &'static str,
    /// From the root: `[]` stands for every item of a list, `{}` for every value of a mapping.
    pub path: &'static str,
    pub target: GroupKind<'static>,
    pub mode: Mode,
    pub class: Class,
    /// What happens when nothing answers, as a sentence.
    pub without: &'static str,
}

/// A field of some document, with text in it.
#[derive(Clone, Copy)]
pub struct Site<'w> {
    pub field: &'static Field,
    pub chart: &'w Arc<Chart>,
    pub node: Node<'w>,
}

impl Marked for Site<'_> {
    fn mark(&self) -> Mark {
        self.node.document.mark()
    }
}

impl<'w> Site<'w> {
    pub fn text(&self) -> &'w str {
        self.node.text().unwrap_or_default()
    }

    pub fn pattern(&self) -> Pattern<'w> {
        Pattern::new(self.field.mode, self.text())
    }

    /// What is named is known from the files.
    pub fn is_known(&self) -> bool {
        self.node.known() && !self.text().is_empty()
    }

    /// The author allows that nothing answers: `optional: true` beside the name.
    pub fn is_optional(&self) -> bool {
        self.node.parent().and_then(|around| around.text_at("optional")) == Some("true")
    }
}

/// A site without its chart: indexes of a document and a node, and the field.
pub type Found = (usize, NodeId, &'static Field);

/// A site in its document.
#[derive(Clone, Copy)]
pub struct Asking {
    pub node: NodeId,
    pub field: &'static Field,
    /// The files determine its text.
    pub known: bool,
}

/// Every site of a document. One of which a part cannot be read has none.
pub fn of(document: &Document) -> &[Asking] {
    document.memory.sites(|| find(document).unwrap_or_default())
}

fn find(document: &Document) -> Option<Vec<Asking>> {
    let (group, kind) = (document.group()?, document.kind()?);
    let root = document.root().filter(|_| document.is_sound())?;
    let mut found = Vec::new();
    for field in FIELDS.iter().filter(|field| field.kind == kind && field.group == group) {
        let mut nodes = root.each(field.path);
        // Through an alias one comes to the anchor's text again.
        nodes.sort_by_key(|node| node.id);
        nodes.dedup();
        let named = nodes.into_iter().filter(|node| node.text().is_some_and(|text| !text.is_empty()));
        found.extend(named.map(|node| Asking { node: node.id, field, known: node.known() }));
    }
    Some(found)
}

const APPS: &str = "apps.kubeblocks.io";
const DATA: &str = "dataprotection.kubeblocks.io";
const PARAMETERS: &str = "parameters.kubeblocks.io";
const SCALING: &str = "experimental.kubeblocks.io";
const OPERATIONS: &str = "operations.kubeblocks.io";

const REFUSED: &str = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";
const NO_TEMPLATE: &str = "The definition never becomes Available, and every Cluster of it waits for ever.";
const NO_SECOND_TEMPLATE: &str = "The configuration cannot be rendered, and with it no pods of the component are made.";
const NO_CLUSTER: &str = "The operator looks for it again and again, and the Cluster stays empty.";
const NO_COMPONENT: &str = "KubeBlocks finds no definition for it: the Cluster is not built.";
const NO_VAR: &str = "The component that the variable asks is never found, and a component whose variable is not \
                      resolved gets no pods: only an event tells.";
const NO_VERSIONS: &str = "The versions are those of nothing: a Cluster cannot ask for them.";
const NO_POLICY: &str = "No Cluster gets a backup policy by this entry, and nothing tells.";
const NO_BACKUP: &str = "Every backup with this method fails.";
const NO_OPERATION: &str = "The operation is refused for every component.";
const NO_SIDECAR: &str = "No component gets the sidecar, and every Cluster that has its owner fails.";
const NO_PARAMETERS: &str = "The parameters belong to no component, and nothing tells.";
const NO_RELOADER: &str = "What reloads the configuration cannot be built, and with it no pods of the component.";
const NO_SCRIPT: &str = "The script that reloads the configuration is never there.";
const NO_REQUEST: &str = "The request fails.";

macro_rules! fields {
    ($($group:ident $kind:ident $path:literal => $target:ident $mode:ident $class:ident $without:expr;)*) => {
        /// Every field that names objects.
        pub static FIELDS: &[Field] = &[$(Field {
            group: $group,
            kind: stringify!($kind),
            path: $path,
            target: $target,
            mode: Mode::$mode,
            class: Class::$class,
            without: $without,
        }),*];
    };
}

fields! {
    APPS ClusterDefinition "spec.topologies[].components[].compDef" => COMPONENT_DEFINITION PrefixOrRegex Required REFUSED;
    APPS ClusterDefinition "spec.topologies[].shardings[].shardingDef" => SHARDING_DEFINITION PrefixOrRegex Required REFUSED;
    APPS ClusterDefinition "spec.componentDefs[].configSpecs[].templateRef" => CONFIG_MAP Exact Required NO_TEMPLATE;
    APPS ClusterDefinition "spec.componentDefs[].configSpecs[].constraintRef" => CONFIG_CONSTRAINT Exact Required NO_TEMPLATE;
    APPS ClusterDefinition "spec.componentDefs[].scriptSpecs[].templateRef" => CONFIG_MAP Exact Required NO_TEMPLATE;
    APPS ClusterDefinition "spec.componentDefs[].configSpecs[].legacyRenderedConfigSpec.templateRef" => CONFIG_MAP Exact Required NO_SECOND_TEMPLATE;
    APPS ClusterDefinition "spec.componentDefs[].configSpecs[].lazyRenderedConfigSpec.templateRef" => CONFIG_MAP Exact Required NO_SECOND_TEMPLATE;
    APPS ComponentDefinition "spec.configs[].legacyRenderedConfigSpec.templateRef" => CONFIG_MAP Exact Required NO_SECOND_TEMPLATE;

    APPS ClusterDefinition "spec.componentDefs[].horizontalScalePolicy.backupPolicyTemplateName" => OLD_POLICY_TEMPLATE Exact Required "Scaling out fails: `not found any backup policy created by …`.";
    APPS ConfigConstraint "spec.reloadOptions.tplScriptTrigger.scriptConfigMapRef" => CONFIG_MAP Exact Required NO_TEMPLATE;
    APPS ConfigConstraint "spec.reloadOptions.shellTrigger.scriptConfigMapRef" => CONFIG_MAP Exact Required NO_RELOADER;
    APPS ConfigConstraint "spec.scriptConfigs[].scriptConfigMapRef" => CONFIG_MAP Exact Required NO_RELOADER;
    APPS ConfigConstraint "spec.reloadAction.shellTrigger.scriptConfig.scriptConfigMapRef" => CONFIG_MAP Exact Required NO_RELOADER;
    APPS ConfigConstraint "spec.reloadAction.tplScriptTrigger.scriptConfig.scriptConfigMapRef" => CONFIG_MAP Exact Required NO_TEMPLATE;
    APPS OpsDefinition "spec.componentInfos[].componentDefinitionName" => COMPONENT_DEFINITION PrefixOrRegex Listed NO_OPERATION;
    APPS OpsDefinition "spec.componentDefinitionRefs[].name" => COMPONENT_DEFINITION PrefixOrRegex Listed NO_OPERATION;

    APPS ComponentDefinition "spec.configs[].template" => CONFIG_MAP Exact Required REFUSED;
    APPS ComponentDefinition "spec.scripts[].template" => CONFIG_MAP Exact Required REFUSED;
    APPS ComponentDefinition "spec.configs[].templateRef" => CONFIG_MAP Exact Required REFUSED;
    APPS ComponentDefinition "spec.scripts[].templateRef" => CONFIG_MAP Exact Required REFUSED;
    APPS ComponentDefinition "spec.configs[].constraintRef" => CONFIG_CONSTRAINT Exact Required REFUSED;
    APPS ComponentDefinition "spec.vars[].valueFrom.hostNetworkVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS ComponentDefinition "spec.vars[].valueFrom.serviceVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS ComponentDefinition "spec.vars[].valueFrom.credentialVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS ComponentDefinition "spec.vars[].valueFrom.tlsVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS ComponentDefinition "spec.vars[].valueFrom.serviceRefVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS ComponentDefinition "spec.vars[].valueFrom.resourceVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS ComponentDefinition "spec.vars[].valueFrom.componentVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;

    APPS SidecarDefinition "spec.owner" => COMPONENT_DEFINITION ExactOrRegex Required REFUSED;
    APPS SidecarDefinition "spec.selectors[]" => COMPONENT_DEFINITION ExactOrRegex Listed NO_SIDECAR;
    APPS SidecarDefinition "spec.configs[].template" => CONFIG_MAP Exact Required REFUSED;
    APPS SidecarDefinition "spec.scripts[].template" => CONFIG_MAP Exact Required REFUSED;
    APPS SidecarDefinition "spec.vars[].valueFrom.hostNetworkVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS SidecarDefinition "spec.vars[].valueFrom.serviceVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS SidecarDefinition "spec.vars[].valueFrom.credentialVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS SidecarDefinition "spec.vars[].valueFrom.tlsVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS SidecarDefinition "spec.vars[].valueFrom.serviceRefVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS SidecarDefinition "spec.vars[].valueFrom.resourceVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;
    APPS SidecarDefinition "spec.vars[].valueFrom.componentVarRef.compDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_VAR;

    APPS ComponentVersion "spec.compatibilityRules[].compDefs[]" => COMPONENT_DEFINITION PrefixOrRegex Listed NO_VERSIONS;
    APPS ShardingDefinition "spec.template.compDef" => COMPONENT_DEFINITION ExactFirst Required REFUSED;

    APPS Cluster "spec.clusterDef" => CLUSTER_DEFINITION Exact Required NO_CLUSTER;
    APPS Cluster "spec.componentSpecs[].componentDef" => COMPONENT_DEFINITION ExactFirst Required NO_COMPONENT;
    APPS Cluster "spec.componentSpecs[].instances[].compDef" => COMPONENT_DEFINITION ExactFirst Required NO_COMPONENT;
    APPS Cluster "spec.componentSpecs[].serviceRefs[].serviceDescriptor" => SERVICE_DESCRIPTOR Exact Live "";
    APPS Cluster "spec.componentSpecs[].serviceRefs[].clusterServiceSelector.cluster" => CLUSTER Exact Live "";
    APPS Cluster "spec.componentSpecs[].configs[].configMap.name" => CONFIG_MAP Exact Live "";
    APPS Cluster "spec.shardings[].shardingDef" => SHARDING_DEFINITION ExactFirst Required NO_COMPONENT;
    APPS Cluster "spec.shardings[].template.componentDef" => COMPONENT_DEFINITION ExactFirst Required NO_COMPONENT;
    APPS Cluster "spec.shardings[].template.instances[].compDef" => COMPONENT_DEFINITION ExactFirst Required NO_COMPONENT;
    APPS Cluster "spec.shardings[].shardTemplates[].shardingDef" => SHARDING_DEFINITION ExactFirst Required NO_COMPONENT;
    APPS Cluster "spec.shardings[].shardTemplates[].compDef" => COMPONENT_DEFINITION ExactFirst Required NO_COMPONENT;
    APPS Cluster "spec.shardingSpecs[].template.componentDef" => COMPONENT_DEFINITION ExactFirst Required NO_COMPONENT;
    APPS Cluster "spec.clusterDefinitionRef" => CLUSTER_DEFINITION Exact Required NO_CLUSTER;
    APPS Cluster "spec.clusterVersionRef" => CLUSTER_VERSION Exact Required NO_CLUSTER;
    APPS ClusterVersion "spec.clusterDefinitionRef" => CLUSTER_DEFINITION Exact Required "The ClusterVersion never becomes Available, and Clusters that name it wait for ever.";
    APPS ClusterVersion "spec.componentVersions[].configSpecs[].templateRef" => CONFIG_MAP Exact Required NO_TEMPLATE;
    APPS ClusterVersion "spec.componentVersions[].configSpecs[].constraintRef" => CONFIG_CONSTRAINT Exact Required NO_TEMPLATE;
    APPS ClusterVersion "spec.componentVersions[].scriptSpecs[].templateRef" => CONFIG_MAP Exact Required NO_TEMPLATE;
    APPS BackupPolicyTemplate "spec.clusterDefinitionRef" => CLUSTER_DEFINITION Exact Required "No Cluster ever uses this template.";
    APPS BackupPolicyTemplate "spec.backupPolicies[].componentDefs[]" => COMPONENT_DEFINITION ExactFirst Listed NO_POLICY;
    APPS BackupPolicyTemplate "spec.backupPolicies[].backupMethods[].envMapping[].valueFrom.clusterVersionRef[].names[]" => CLUSTER_VERSION Exact Listed "The row is for no version, and jobs of the one that is meant get another value, or none.";
    APPS BackupPolicyTemplate "spec.backupPolicies[].backupMethods[].actionSetName" => ACTION_SET Exact Required NO_BACKUP;
    APPS BackupPolicyTemplate "spec.backupPolicies[].datafile.backupToolName" => BACKUP_TOOL Exact Required "Every backup with this tool fails.";
    APPS BackupPolicyTemplate "spec.backupPolicies[].logfile.backupToolName" => BACKUP_TOOL Exact Required "Every backup with this tool fails.";
    APPS OpsRequest "spec.clusterRef" => CLUSTER Exact Live "";
    APPS OpsRequest "spec.clusterName" => CLUSTER Exact Live "";
    APPS OpsRequest "spec.upgrade.clusterVersionRef" => CLUSTER_VERSION Exact Required NO_REQUEST;
    APPS Rollout "spec.clusterName" => CLUSTER Exact Live "";
    APPS Rollout "spec.components[].compDef" => COMPONENT_DEFINITION ExactFirst Required NO_REQUEST;
    APPS Rollout "spec.shardings[].shardingDef" => SHARDING_DEFINITION ExactFirst Required NO_REQUEST;
    APPS Rollout "spec.shardings[].compDef" => COMPONENT_DEFINITION ExactFirst Required NO_REQUEST;

    PARAMETERS Parameter "spec.clusterName" => CLUSTER Exact Live "";
    PARAMETERS ParametersDefinition "spec.componentDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_PARAMETERS;
    PARAMETERS ParametersDefinition "spec.reloadAction.shellTrigger.scriptConfig.scriptConfigMapRef" => CONFIG_MAP Exact Required NO_SCRIPT;
    PARAMETERS ParametersDefinition "spec.reloadAction.tplScriptTrigger.scriptConfig.scriptConfigMapRef" => CONFIG_MAP Exact Required NO_SCRIPT;
    // By the whole name in 1.0, as a pattern since 1.1.
    PARAMETERS ParamConfigRenderer "spec.componentDef" => COMPONENT_DEFINITION PrefixOrRegex Required NO_PARAMETERS;
    PARAMETERS ParamConfigRenderer "spec.parametersDefs[]" => PARAMETERS_DEFINITION Exact Required "KubeBlocks refuses the object: its configurations are not managed.";

    DATA BackupPolicyTemplate "spec.compDefs[]" => COMPONENT_DEFINITION PrefixOrRegex Listed NO_POLICY;
    DATA BackupPolicyTemplate "spec.backupMethods[].actionSetName" => ACTION_SET Exact Required NO_BACKUP;
    DATA BackupPolicy "spec.backupMethods[].actionSetName" => ACTION_SET Exact Required NO_BACKUP;
    DATA BackupPolicy "spec.backupRepoName" => BACKUP_REPO Exact Live "";
    DATA BackupSchedule "spec.backupPolicyName" => BACKUP_POLICY Exact Live "";
    DATA Backup "spec.backupPolicyName" => BACKUP_POLICY Exact Live "";
    DATA Backup "spec.parentBackupName" => BACKUP Exact Live "";
    DATA Restore "spec.backup.name" => BACKUP Exact Live "";
    DATA BackupRepo "spec.storageProviderRef" => STORAGE_PROVIDER Exact Live "";

    OPERATIONS OpsDefinition "spec.componentInfos[].componentDefinitionName" => COMPONENT_DEFINITION PrefixOrRegex Listed NO_OPERATION;
    OPERATIONS OpsRequest "spec.clusterName" => CLUSTER Exact Live "";
    OPERATIONS OpsRequest "spec.custom.opsDefinitionName" => OPS_DEFINITION Exact Required NO_REQUEST;
    OPERATIONS OpsRequest "spec.upgrade.components[].componentDefinitionName" => COMPONENT_DEFINITION ExactFirst Required NO_REQUEST;
    OPERATIONS OpsRequest "spec.backup.backupPolicyName" => BACKUP_POLICY Exact Live "";
    OPERATIONS OpsRequest "spec.backup.parentBackupName" => BACKUP Exact Live "";
    OPERATIONS OpsRequest "spec.restore.backupName" => BACKUP Exact Live "";

    SCALING NodeCountScaler "spec.targetClusterName" => CLUSTER Exact Live "";
}
