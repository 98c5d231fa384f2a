//! Faults of backups and operations.

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    newer("method-without-action", BPT, "spec.backupMethods[].actionSetName", Key("nothing"))
        .told(File)
        .when(|node| node.parent().is_some_and(|method| method.text_at("snapshotVolumes") != Some("true"))),
    newer("unknown-backup-method", BPT, "spec.schedules[].backupMethod", Put("zz")),
    edit("overlapping-backup-policies", "/templates/", |text| again(text, BPT)).told(At::World).of(NEWER),
    newer("undeclared-backup-parameter", "ActionSet", "spec.backup.backupData", Beside("withParameters: [zz]"))
        .when(|node| lacks(node, "withParameters")),
    newer("undeclared-backup-parameter", "ActionSet", PARAMETER, Beside("zzLonely: {type: string}")).told(File),
    plant("unmatched-pattern", BPT, ROWS, Put("*-zz")),
    newer("unknown-ops-name", "OpsDefinition", "spec.actions[].workload.podInfoExtractorName", Put("zz")),
    newer("unknown-ops-name", "OpsDefinition", "spec.actions[].exec.podInfoExtractorName", Put("zz")),
    newer("uncovered-service-version", BPT, MAPPED, Among(other_version)).told(File),
];

const PARAMETER: &str = "spec.parametersSchema.openAPIV3Schema.properties{}";
const ROWS: &str = "spec.backupPolicies[].backupMethods[].envMapping[].valueFrom.clusterVersionRef[].names[]";
const MAPPED: &str = "spec.backupMethods[].env[].valueFrom.versionMapping[].serviceVersions[]";

/// The entry for a version that Clusters can have is for another one.
fn other_version<'w>(world: &'w World, entry: Node<'w>) -> Option<Changes<'w>> {
    let uses = Uses::new(world);
    let root = entry.document.root()?;
    let definitions = root.list("spec.compDefs").filter_map(|node| uses.of_node(node)).flatten();
    let offers = definitions.filter_map(|definition| uses.offers(definition)).flatten();
    let versions: Vec<&str> = offers.filter_map(|offer| offer.version.text()).collect();
    let list = entry.parent()?.parent()?.parent()?;
    // What an ActionSet gives by itself is for all others.
    let variable = list.parent()?.parent()?;
    let method = variable.parent()?.parent()?;
    let sets: Vec<Node> = uses.action_sets(method).into_iter().filter_map(|set| set.document.root()).collect();
    let own = sets.iter().flat_map(|set| set.each("spec.env[].name"));
    if sets.is_empty() || own.into_iter().any(|name| name.text() == variable.text_at("name")) {
        return None;
    }
    let entries = list.items().flat_map(|item| item.list("serviceVersions").collect::<Vec<_>>());
    let others: Vec<&str> = entries.filter(|other| *other != entry).filter_map(Node::text).collect();
    let own = entry.text()?;
    let needed = |version: &&str| version.starts_with(own) && !others.iter().any(|other| version.starts_with(other));
    versions.iter().find(|version| needed(version))?;
    Some(vec![(entry, Change::Put("'99'".to_owned()))])
}
