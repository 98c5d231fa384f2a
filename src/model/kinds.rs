//! The kinds of KubeBlocks by name: where they are served, and what came after those that went away.

use std::collections::BTreeSet;

use crate::diagnostic::nearest;
use crate::schema::Schemas;
use crate::schema::release::Release;

/// Kinds that went away without one of the same name in their place: group (empty: any), kind, what to do (v1 spec §1).
const SUCCESSORS: &[(&str, &str, &str)] = &[
    ("", "ClusterVersion", "A ComponentVersion takes its place."),
    ("", "ComponentClassDefinition", "Nothing takes its place: write the resources themselves."),
    ("", "ConfigConstraint", "A ParametersDefinition takes its place."),
    ("", "Configuration", "A ComponentParameter takes its place."),
    ("", "BackupTool", "An ActionSet takes its place."),
];

/// What to do where a kind of a group went away.
pub fn successor(group: &str, kind: &str) -> Option<&'static str> {
    let (.., new) = SUCCESSORS.iter().find(|(of, old, _)| *old == kind && (of.is_empty() || *of == group))?;
    Some(new)
}

/// Kinds of Kubernetes itself, by the version of their API.
const OWN: &[(&str, &[&str])] = &[
    (
        "v1",
        &[
            "Binding",
            "ComponentStatus",
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "List",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
    ("apps/v1", &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]),
    ("batch/v1", &["CronJob", "Job"]),
    ("rbac.authorization.k8s.io/v1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    ("networking.k8s.io/v1", &["IPAddress", "Ingress", "IngressClass", "NetworkPolicy", "ServiceCIDR"]),
    ("policy/v1", &["Eviction", "PodDisruptionBudget"]),
];

/// What Kubernetes has in an API version, where it has no such kind and the word is nearly one of them.
pub fn kubernetes_slip(version: &str, kind: &str) -> Option<&'static [&'static str]> {
    let (_, kinds) = OWN.iter().find(|(known, _)| *known == version)?;
    let near = !kinds.contains(&kind) && nearest(kind, kinds.iter().copied()).is_some();
    near.then_some(*kinds)
}

/// Questions to all schemas.
#[derive(Clone, Copy)]
pub struct Kinds<'s>(pub &'s Schemas);

impl<'s> Kinds<'s> {
    /// Every name, of all releases.
    pub fn names(self) -> BTreeSet<&'s str> {
        Release::ALL.into_iter().flat_map(|release| self.0.kinds(release)).map(|kind| &*kind.kind).collect()
    }

    /// Some release has kinds in this group.
    pub fn has_group(self, group: &str) -> bool {
        Release::ALL.into_iter().flat_map(|release| self.0.kinds(release)).any(|kind| *kind.group == *group)
    }

    /// API versions in which a release serves a kind.
    pub fn served(self, release: Release, kind: &str) -> Vec<String> {
        let kinds = self.0.kinds(release).iter().filter(|entry| &*entry.kind == kind);
        let versions = kinds.flat_map(|kind| kind.versions.iter().map(|version| kind.api_version(version)));
        versions.filter(|version| self.0.get(release, version, kind).is_some()).collect()
    }

    /// API versions in which any release serves a kind.
    pub fn versions(self, kind: &str) -> BTreeSet<String> {
        Release::ALL.into_iter().flat_map(|release| self.served(release, kind)).collect()
    }
}
