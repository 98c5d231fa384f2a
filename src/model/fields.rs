//! What an author may have meant by a field that is not there: another place, another name, another release.

use crate::model::admit::{METADATA_FIELDS, trail};
use crate::model::object::{Document, Node};
use crate::schema::release::{Release, ReleaseSet};
use crate::schema::{Schema, Schemas};

/// Fields that went away, and what to write instead: kind (empty: any), end of the path, advice.
const REPLACED: &[(&str, &str, &str)] = &[
    ("Cluster", "spec.clusterDefinitionRef", "since the `v1` API the field is `clusterDef`"),
    ("Cluster", "spec.clusterVersionRef", "ClusterVersions are gone since 1.0: give each component a `serviceVersion`"),
    ("Cluster", "spec.shardingSpecs", "since the `v1` API the field is `shardings`"),
    ("Cluster", ".componentDefRef", "since the `v1` API a component names its definition in `componentDef`"),
    ("Cluster", ".affinity", "since the `v1` API the field is `schedulingPolicy.affinity`"),
    ("Cluster", ".tolerations", "since the `v1` API the field is `schedulingPolicy.tolerations`"),
    ("Cluster", ".updateStrategy", "since the `v1` API the field is `instanceUpdateStrategy`"),
    ("Cluster", ".monitor", "since 0.9 the field is `disableExporter`, with the opposite meaning"),
    ("Cluster", ".enabledLogs", "it is gone since the `v1` API, and nothing takes its place"),
    ("Cluster", ".classDefRef", "it is gone since the `v1` API: write `resources`"),
    ("Cluster", ".noCreatePDB", "it is gone since 0.9, and nothing takes its place"),
    ("Cluster", ".rsmTransformPolicy", "it is gone since 0.9, and nothing takes its place"),
    ("Cluster", ".switchPolicy", "it is gone since the `v1` API: a definition's `switchover` action decides"),
    ("Cluster", ".userResourceRefs", "it is gone since the `v1` API, and nothing takes its place"),
    ("Cluster", ".serviceRefs[].cluster", "since 1.1 the field is `clusterServiceSelector`"),
    ("Cluster", ".shardingSelector", "it is gone since the `v1` API, and nothing takes its place"),
    ("ComponentDefinition", "s[].templateRef", "since the `v1` API the field is `template`"),
    (
        "ComponentDefinition",
        "s[].constraintRef",
        "since the `v1` API a ParametersDefinition says what a configuration may hold",
    ),
    ("ComponentDefinition", ".customHandler", "since the `v1` API `exec` stands directly below the action"),
    ("ComponentDefinition", ".builtinHandler", "it is gone since the `v1` API: write the action as `exec`"),
    ("ComponentDefinition", "spec.monitor", "since 0.9 the field is `exporter`"),
    ("ComponentDefinition", "spec.roleArbitrator", "it is gone since the `v1` API, and nothing takes its place"),
    ("ComponentDefinition", ".generatePodOrdinalService", "since 0.9 the field is `podService`"),
    ("ComponentDefinition", ".roles[].votable", "since the `v1` API the field is `participatesInQuorum`"),
    ("ComponentDefinition", ".roles[].serviceable", "it is gone since the `v1` API, and nothing takes its place"),
    ("ComponentDefinition", ".roles[].writable", "it is gone since the `v1` API, and nothing takes its place"),
    ("ComponentDefinition", "Actions.dataAssemble", "since 0.9 the action is `dataLoad`"),
    ("ComponentDefinition", "Actions.dataPopulate", "since 0.9 the action is `dataDump`"),
    (
        "ClusterDefinition",
        "spec.componentDefs",
        "since the `v1` API each component is a ComponentDefinition of its own, and `topologies` name them",
    ),
    (
        "ClusterDefinition",
        "spec.connectionCredential",
        "it is gone since the `v1` API: ComponentDefinitions have `systemAccounts`",
    ),
    ("ClusterDefinition", ".lazyRenderedConfigSpec", "since 0.7 the field is `legacyRenderedConfigSpec`"),
    ("BackupPolicyTemplate", "Policies[].schedule", "since 0.7 the field is `schedules`, one for each method"),
    ("BackupPolicyTemplate", "Policies[].datafile", "since 0.7 backups are described by `backupMethods`"),
    ("BackupPolicyTemplate", "Policies[].logfile", "since 0.7 backups are described by `backupMethods`"),
    ("BackupPolicyTemplate", "Policies[].snapshot", "since 0.7 backups are described by `backupMethods`"),
    ("BackupPolicyTemplate", "Policies[].retention", "since 0.7 the field is `schedules[].retentionPeriod`"),
    ("ConfigConstraint", "spec.formatterConfig", "in `v1beta1` the field is `fileFormatConfig`"),
    ("ConfigConstraint", "spec.configurationSchema", "in `v1beta1` the field is `parametersSchema`"),
    ("ConfigConstraint", "spec.cfgSchemaTopLevelName", "in `v1beta1` the field is `parametersSchema.topLevelKey`"),
    ("ConfigConstraint", "spec.reloadOptions", "in `v1beta1` the field is `reloadAction`"),
    ("ConfigConstraint", "spec.dynamicActionCanBeMerged", "in `v1beta1` the field is `mergeReloadAndRestart`"),
    ("ConfigConstraint", "spec.toolsImageSpec", "in `v1beta1` the field is `reloadAction.shellTrigger.toolsSetup`"),
    ("ConfigConstraint", "spec.selector", "in `v1beta1` the field is `reloadAction.targetPodSelector`"),
    ("ConfigConstraint", "spec.downwardAPIOptions", "in `v1beta1` the field is `downwardAPIChangeTriggeredActions`"),
    ("ConfigConstraint", ".shellTrigger.exec", "since 0.6 the field is `command`"),
    ("ConfigConstraint", ".shellTrigger.scriptConfigMapRef", "since 0.6 the field is `scriptConfigs` of `spec`"),
    (
        "ParametersDefinition",
        "spec.downwardAPIChangeTriggeredActions",
        "it is gone since 1.2, and nothing takes its place",
    ),
    (
        "ParametersDefinition",
        ".reloadAction.tplScriptTrigger",
        "since 1.2 only `shellTrigger` and `autoTrigger` are left",
    ),
    (
        "ParametersDefinition",
        ".reloadAction.unixSignalTrigger",
        "since 1.2 only `shellTrigger` and `autoTrigger` are left",
    ),
    ("OpsDefinition", "spec.jobSpec", "since 0.9 the job is the `workload` of one of the `actions`"),
    ("OpsDefinition", "spec.componentDefinitionRefs", "since 0.9 the field is `componentInfos`"),
    ("OpsDefinition", "spec.varsRef", "since 0.9 variables are those of `podInfoExtractors`"),
    ("OpsRequest", "spec.clusterRef", "since 0.9 the field is `clusterName`"),
    ("OpsRequest", ".verticalScaling[].classDefRef", "it is gone since 0.9: write the resources themselves"),
    ("OpsRequest", "spec.customSpec", "since 0.9 the field is `custom`"),
    ("OpsRequest", "spec.ttlSecondsBeforeAbort", "since 0.9 the field is `preConditionDeadlineSeconds`"),
];

/// How the advice on a field ends that is of no use at all any more.
pub const NOTHING_INSTEAD: &str = "nothing takes its place";

/// Where a field of this name is known, near the place where it stands.
#[derive(Clone, Debug)]
pub struct Elsewhere<'w> {
    /// The mapping it would belong to.
    pub mapping: Node<'w>,
    /// Of that mapping's entry of this name, which is not there yet.
    pub below: Option<&'w str>,
    /// That one is around the field's place; else it is below one beside it.
    pub outer: bool,
}

/// No kind has more fields in one mapping: it is data, and nothing of it was meant as a field.
const MAX_FIELDS: usize = 1_000;

/// What could have been meant by an unknown field.
#[derive(Clone, Default, Debug)]
pub struct Meant<'w> {
    /// What to write instead of a field that went away.
    pub advice: Option<&'static str>,
    pub elsewhere: Option<Elsewhere<'w>>,
    /// There is no other place near that knows the field.
    pub alone: bool,
    /// The field where it is known, near the place where it stands too.
    pub twice: Option<Node<'w>>,
    /// The fields that are known where it stands, and do not stand there yet.
    pub candidates: Vec<&'w str>,
}

/// `key` is an unknown field in `releases`.
pub fn meant<'w>(schemas: &'w Schemas, key: Node<'w>, releases: ReleaseSet) -> Meant<'w> {
    let mut meant = Meant::default();
    let (Some(name), Some(mapping), Some(release)) = (key.text(), key.parent(), releases.last()) else { return meant };
    if mapping.entries().nth(MAX_FIELDS).is_some() {
        return meant;
    }
    let path = without_indexes(&key.path());
    let kind = key.document.kind().unwrap_or_default();
    let replaced = REPLACED.iter().find(|(of, end, _)| (of.is_empty() || *of == kind) && path.ends_with(end));
    meant.advice = replaced.map(|(.., advice)| *advice);
    let trail = trail(schemas, key, release);
    meant.candidates = match trail.last() {
        _ if mapping.path() == "metadata" => METADATA_FIELDS.to_vec(),
        Some((_, schema)) => schema.properties().map(|(name, _)| name).collect(),
        None => Vec::new(),
    };
    meant.candidates.retain(|candidate| mapping.key(candidate).is_none());
    let readings = readings(&trail, name, key, mapping, schemas, release);
    meant.twice = readings.twice.first().copied();
    meant.alone = readings.places.len() == 1 && readings.twice.is_empty();
    meant.elsewhere = readings.places.into_iter().next();
    meant
}

/// The mappings near a field that know it: those that lack it, the likeliest first, and the keys of those that have it.
#[derive(Default)]
struct Readings<'w> {
    places: Vec<Elsewhere<'w>>,
    twice: Vec<Node<'w>>,
}

fn readings<'w>(
    trail: &[(Node<'w>, Schema<'w>)],
    name: &str,
    key: Node<'w>,
    mapping: Node<'w>,
    schemas: &'w Schemas,
    release: Release,
) -> Readings<'w> {
    let mut found = Readings::default();
    // Beside it: the entry above first, for what slipped to the left.
    let siblings: Vec<_> = mapping.entries().collect();
    let own = siblings.iter().position(|(sibling, _)| *sibling == key).unwrap_or_default();
    let above = siblings[..own].iter().rev();
    let below = siblings.iter().skip(own + 1);
    let schema = trail.last().filter(|(last, _)| *last == mapping).map(|(_, schema)| *schema);
    let mut beside = Vec::new();
    for (at, (sibling, value)) in above.chain(below).enumerate() {
        let below = schema.zip(sibling.text()).and_then(|(schema, sibling)| schema.key(sibling));
        let mut inner = Readings::default();
        if let Some(schema) = below {
            inside(*value, schema, name, 2, &mut inner);
        }
        found.twice.append(&mut inner.twice);
        if at == 0 && own > 0 { &mut found.places } else { &mut beside }.append(&mut inner.places);
    }
    // Around it: for what slipped to the right.
    let outer = trail.iter().rev().filter(|(node, _)| *node != mapping && node.is_mapping()).take(4);
    let root = mapping.document.root().filter(|_| mapping.path().starts_with("metadata"));
    let root = root.and_then(|root| {
        let (version, kind) = root.document.api_version().zip(root.document.kind())?;
        Some((root, schemas.get(release, version, kind)?))
    });
    for (mapping, _) in outer.copied().chain(root).filter(|(_, schema)| schema.property(name).is_some()) {
        match mapping.key(name) {
            Some(key) => found.twice.push(key),
            None => found.places.push(Elsewhere { mapping, below: None, outer: true }),
        }
    }
    // In a mapping that is called as its own, of one around it: `securityContext` of a container and of a pod.
    let namesake = mapping.heading().text().unwrap_or_default();
    let outer = trail.iter().rev().filter(|(node, _)| *node != mapping && node.is_mapping());
    let namesakes = outer.filter(|(node, schema)| {
        let known = schema.property(namesake).is_some_and(|schema| schema.property(name).is_some());
        known && node.get(namesake).is_none()
    });
    let namesakes = namesakes.map(|(node, _)| Elsewhere { mapping: *node, below: Some(namesake), outer: true });
    found.places.extend(namesakes);
    found.places.append(&mut beside);
    found
}

/// The mappings at and below `node` that know the field; the last one first.
fn inside<'w>(node: Node<'w>, schema: Schema<'w>, name: &str, depth: u32, found: &mut Readings<'w>) {
    let node = node.resolved();
    if node.is_sequence() {
        let items: Vec<_> = node.items().collect();
        if let Some(schema) = schema.item() {
            items.into_iter().rev().for_each(|item| inside(item, schema, name, depth, found));
        }
        return;
    }
    if !node.is_mapping() {
        return;
    }
    if schema.property(name).is_some() {
        match node.key(name) {
            Some(key) => found.twice.push(key),
            None => found.places.push(Elsewhere { mapping: node, below: None, outer: false }),
        }
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    let entries: Vec<_> = node.entries().collect();
    for (key, value) in entries.into_iter().rev() {
        if let Some(schema) = key.text().and_then(|key| schema.key(key)) {
            inside(value, schema, name, depth, found);
        }
    }
}

/// Fields that are written and deprecated in all of `releases`, each with what to write instead.
pub fn deprecated<'w>(
    schemas: &'w Schemas,
    document: &'w Document,
    releases: ReleaseSet,
) -> Vec<(Node<'w>, Option<&'static str>)> {
    let mut found = Vec::new();
    let root = document.api_version().zip(document.kind());
    let (Some(root), Some((version, kind))) = (document.root(), root) else { return found };
    let mut of: Vec<Schema> = releases.iter().filter_map(|release| schemas.get(release, version, kind)).collect();
    of.dedup_by_key(|schema| schema.id());
    let mut rest = vec![(root, of)];
    while let Some((node, of)) = rest.pop() {
        let below = |next: &dyn Fn(Schema<'w>) -> Option<Schema<'w>>| {
            let mut below: Vec<Schema> = of.iter().filter_map(|schema| next(*schema)).collect();
            let everywhere = below.len() == of.len();
            below.dedup_by_key(|schema| schema.id());
            (below, everywhere)
        };
        if node.is_sequence() {
            let (items, _) = below(&|schema| schema.item());
            rest.extend(node.items().filter(|_| !items.is_empty()).map(|item| (item, items.clone())));
        }
        for (key, value) in node.entries() {
            let Some(name) = key.text() else { continue };
            let (fields, everywhere) = below(&|schema| schema.key(name));
            let instead = INSTEAD.iter().find(|(end, _)| end.ends_with(name)).and_then(|_| {
                let path = key.path();
                INSTEAD.iter().find(|(end, _)| path.ends_with(end))
            });
            let marked = instead.is_some() || fields.iter().all(|schema| schema.deprecated.is_some());
            if everywhere && !fields.is_empty() && marked {
                found.push((key, instead.map(|(_, instead)| *instead)));
            } else if !fields.is_empty() {
                rest.push((value, fields));
            }
        }
    }
    found.sort_by_key(|(key, _)| key.id);
    found
}

/// Ends of paths of deprecated fields, of which the CRDs do not always say so, and what to write instead (v1 spec §1).
const INSTEAD: &[(&str, &str)] = &[
    (".exec.targetPodSelector", "Write it beside `exec`, as a field of the action."),
    (".exec.matchingKey", "Write it beside `exec`, as a field of the action."),
    (".serviceAccount", "Call it `serviceAccountName`."),
];

/// `spec.componentSpecs[].name`
pub fn without_indexes(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (at, part) in path.split('[').enumerate() {
        match part.split_once(']') {
            Some((index, rest)) if at > 0 && index.bytes().all(|byte| byte.is_ascii_digit()) => {
                out.push_str("[]");
                out.push_str(rest);
            }
            _ => {
                if at > 0 {
                    out.push('[');
                }
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_without_indexes() {
        for (path, expected) in [("spec.a[0].b[12]", "spec.a[].b[]"), ("a[\"b.c\"].d[0]", "a[\"b.c\"].d[]"), ("a", "a")]
        {
            assert_eq!(without_indexes(path), expected);
        }
    }
}
