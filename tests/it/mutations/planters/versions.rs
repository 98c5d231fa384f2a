//! Faults of versions and of the patterns that take definitions.

use kubeblocks_ls::model::pattern::family;

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    plant("loose-pattern", BPT, "spec.compDefs[]", Put("-\\d")).of(&["addons-1.0/m", "addons-1.0/r"]),
    newer("unresolved-external", CMPV, "spec.compatibilityRules[].compDefs[]", Put("zz-nothing")),
    plant(
        "cluster-version-mismatch",
        "ClusterVersion",
        "spec.componentVersions[].versionsContext.containers[].name",
        Put("zz"),
    )
    .when(|node| lacks(node, "command") && lacks(node, "args")),
    newer("invalid-pattern", CMPV, "spec.compatibilityRules[].compDefs[]", Put("\"zz(\"")),
    plant("unknown-component-def", "ClusterVersion", "spec.componentVersions[].componentDefRef", Put("zz")),
    newer("unknown-image-key", CMPV, "spec.releases[].images{}", Key("zz")).without("OpsDefinition"),
    newer("unknown-release", CMPV, "spec.compatibilityRules[].releases[]", Put("zz")),
    newer("unmatched-pattern", CMPV, "spec.compatibilityRules[].compDefs[]", With(no_definition)),
    newer("unused-release", CMPV, "spec.compatibilityRules[].releases[]", Put("zz")).told(At::World),
    newer("unversioned-definition", CMPD, "spec.serviceVersion", Among(without_version)).told(At::World),
    newer("uncovered-definition", BPT, "spec.compDefs[]", Among(one_of_family)).told(At::World),
    newer(
        "unusable-name",
        CD,
        "metadata.name",
        Put("zz-a-name-that-says-all-there-is-to-know-about-what-it-is-for-and-more-*"),
    ),
    newer("unusable-name", CD, "spec.topologies[].shardings[].name", Put("sixteen-letters-")),
];

/// A name of the same family that nothing has.
fn no_definition(node: Node<'_>) -> Option<String> {
    let text = node.text()?.trim_start_matches('^');
    let family = text.split(['-', '\\', '.', '$', '(', '[']).next()?;
    Some(format!("{family}-zz-nothing"))
}

/// A pattern of many becomes the name of one.
fn one_of_family<'w>(world: &'w World, node: Node<'w>) -> Option<Changes<'w>> {
    let uses = Uses::new(world);
    let found = uses.of_node(node)?;
    let [first, siblings @ ..] = found.as_slice() else { return None };
    let others = node.parent()?.items().filter(|other| *other != node);
    let covered: Vec<&str> = others.filter_map(|other| uses.of_node(other)).flatten().map(Definition::name).collect();
    let left = |other: &&Definition| family(other.name()) == family(first.name()) && !covered.contains(&other.name());
    siblings.iter().find(left)?;
    Some(vec![(node, Change::Put(format!("^{}$", first.name())))])
}

/// The definition says no version, and the ComponentVersions are for nothing.
fn without_version<'w>(world: &'w World, version: Node<'w>) -> Option<Changes<'w>> {
    let mut changes = vec![(version, Change::Key("version"))];
    let documents = world.charts.values().flat_map(|chart| chart.documents());
    for document in documents.filter(|document| document.kind() == Some(CMPV)) {
        changes.push((document.spec()?.get("compatibilityRules")?, Change::Key("rules")));
    }
    (changes.len() > 1).then_some(changes)
}
