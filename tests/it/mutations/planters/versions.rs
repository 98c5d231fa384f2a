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
    newer("missing-image", CMPD, "spec.serviceVersion", Among(unreleased)).told(File),
    plant("cluster-version-mismatch", "ClusterVersion", "metadata.annotations{}", Among(second_default))
        .told(At::World),
    newer("unusable-name", CD, "spec.topologies[].shardings[].name", Put("sixteen-letters-")),
];

/// A version that no release has, where releases give images.
fn unreleased<'w>(world: &'w World, version: Node<'w>) -> Option<Changes<'w>> {
    let definition = owner(version)?;
    let offers = Uses::new(world).offers(definition)?;
    let bare = definition.all_containers().any(|container| container.key("image").is_none());
    (bare && offers.iter().any(|offer| offer.release.is_some()))
        .then(|| vec![(version, Change::Put("99.0.0".to_owned()))])
}

/// One more version that is the default, in the file that has one.
fn second_default<'w>(world: &'w World, mark: Node<'w>) -> Option<Changes<'w>> {
    const DEFAULT: &str = "kubeblocks.io/is-default-cluster-version";
    let (name, definition) = (mark.document.name_text()?, mark.document.root()?.text_at("spec.clusterDefinitionRef")?);
    let documents = world.charts.values().flat_map(|chart| chart.documents());
    let others =
        documents.filter(|other| other.kind() == Some("ClusterVersion") && other.path() == mark.document.path());
    let mut others = others.filter_map(|other| Some((other.name_text()?, other.root()?)));
    let is_twin = |(other, root): (&str, Node)| {
        let annotations = root.at("metadata.annotations");
        let is_default = annotations.and_then(|all| all.get(DEFAULT)).and_then(Node::text) == Some("true");
        other != name && is_default && root.text_at("spec.clusterDefinitionRef") == Some(definition)
    };
    let fits = mark.heading().text() == Some(DEFAULT) && mark.text() == Some("false") && others.any(is_twin);
    fits.then(|| vec![(mark, Change::Put("\"true\"".to_owned()))])
}

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
