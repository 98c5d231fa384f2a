//! The kinds of KubeBlocks by name: where they are served, and what came after those that went away.

use std::collections::BTreeSet;

use crate::schema::Schemas;
use crate::schema::release::Release;

/// Kinds that went away without one of the same name in their place: group (empty: any), kind, what to do (v1 spec §1).
pub const SUCCESSORS: &[(&str, &str, &str)] = &[
    ("", "ClusterVersion", "A ComponentVersion takes its place."),
    ("", "ComponentClassDefinition", "Nothing takes its place: write the resources themselves."),
    ("", "ConfigConstraint", "A ParametersDefinition takes its place."),
    ("", "Configuration", "A ComponentParameter takes its place."),
    ("", "BackupTool", "An ActionSet takes its place."),
];

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
