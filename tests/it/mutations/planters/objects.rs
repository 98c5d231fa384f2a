//! Faults of objects, whatever they are for.

use super::*;

const SCHEMA_TYPE: &str = "spec.parametersSchema.openAPIV3Schema.properties{}.type";
const SCHEMA_REQUIRED: &str = "spec.parametersSchema.openAPIV3Schema.required[]";
const CLAIM_MODES: &str = "spec.componentSpecs[].volumeClaimTemplates[].spec.accessModes";

pub(super) static PLANTERS: &[Planter] = &[
    newer("field-not-in-release", CMPD, "spec.lifecycleActions{}.exec", Beside("nonBlocking: true")),
    newer("changed-definition", CMPD, "spec.roles[].updatePriority", Put("77")).when(must_stay),
    edit("unreferenced-object", "/templates/", lonely).told(File),
    newer("bad-value", CMPD, "spec.updateStrategy", Put("Sometimes")),
    newer("bad-value", CMPD, "spec.runtime.containers[].imagePullPolicy", Put("*s")),
    newer("bad-value", CMPD, "spec.runtime.containers[].env[].valueFrom.fieldRef.fieldPath", Put("*s.x")),
    newer("bad-value", CMPD, "spec.runtime.containers[].env[].valueFrom.resourceFieldRef.resource", Put("*s")),
    newer("bad-value", CMPD, "spec.runtime.containers[].ports[].protocol", Put("*X")),
    newer("bad-value", CMPD, "spec.services[].spec.ports[].protocol", Put("tcp")),
    plant("bad-value", CLUSTER, "spec.componentSpecs[].volumeClaimTemplates[].spec.accessModes[]", Put("*s")),
    newer("bad-value", CMPV, "spec.releases[].images{}", Put("*//zz")),
    plant("bad-value", "Deployment|StatefulSet|DaemonSet", "spec.selector.matchLabels{}", Put("zz")),
    plant("removed-kind", "ConfigMap|Secret|Service|Deployment", "kind", Put("*s")),
    plant("mislabelled-object", "ActionSet|ClusterVersion|BackupPolicyTemplate", "metadata.labels{}", Put("zz"))
        .when(is_owner),
    newer("mislabelled-object", "ActionSet", "metadata.labels{}", Put("*s")).when(is_owner),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_TYPE, Put("*s")),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_TYPE, Key("types")),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_TYPE, Beside("pattern: '^(?!zz)'")).told(File),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_TYPE, Beside("enum: [1]"))
        .told(File)
        .when(|node| node.text() == Some("string") && lacks(node, "enum")),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_REQUIRED, Put("*Zz")),
    plant("duplicate-name", CMPD, "spec.vars[].name", With(first_name)),
    newer("incomplete-object", CLUSTER, "spec.clusterDef", Key("labels")).told(File).when(no_definitions),
    edit("incomplete-object", "/cluster.yaml", second_claim).told(At::World).of(&[
        "kb-0.7/n",
        "kb-0.7/etcd",
        "kb-0.7/greptimedb",
        "kb-0.7/openldap",
    ]),
    newer("incomplete-object", CMPD, "spec.services[].spec.ports", Key("port")).told(File),
    older("incomplete-object", CD, "spec.componentDefs[].service.ports[].name", Key("title"))
        .told(File)
        .when(one_of_many),
    older("incomplete-object", CLUSTER, CLAIM_MODES, Key("modes")).told(File),
    edit("missing-api-version-annotation", "_helpers.tpl", |text| {
        after(text, "kubeblocks.io/crd-api-version: apps.kubeblocks.io/v1", "zz")
    })
    .told(At::World)
    .of(NEWER),
    plant("missing-field", CMPD, "spec.vars[].name", Key("title")).told(File),
    newer("removed-kind", CMPV, "kind", Put("ClusterVersion")).told(File),
    plant("missing-field", "ConfigMap|ServiceAccount|Role", "metadata.name", Put("\"\"")).told(File),
    edit("unreferenced-object", "/templates/clusterdefinition.yaml", lonely_constraint)
        .told(File)
        .of(&["addons-0.8/mysql", "addons-0.8/mogdb"]),
    newer("reserved-name", CMPD, "spec.runtime.containers[].name", Put("kbagent")),
    plant("unknown-field", "", "spec.runtime.containers[].name", Key("nome")),
    plant("wrong-type", CMPD, "spec.serviceKind", Put("12")),
    plant("unknown-permission", "Role|ClusterRole", "rules[].verbs[]", Put("*x")).when(is_word),
    plant("unknown-permission", "Role|ClusterRole", "rules[].verbs[]", Put("read")).when(of_everybody),
    newer("unknown-permission", CMPD, "spec.policyRules[].resources[]", Put("*x")).when(is_word),
    newer("unknown-field", CLUSTER, "spec.componentSpecs[].resources.limits", Key("limts")),
    newer("bad-value", CLUSTER, "spec.componentSpecs[].resources.limits.cpu", Key("cup")),
];

/// Another disk in front of the only one, for definitions that mark none.
fn second_claim(text: &str) -> Edits {
    let found = text.match_indices("volumeClaimTemplates:\n").filter_map(|(at, mark)| {
        let start = at + mark.len();
        let lead: String = text[start..].chars().take_while(|c| *c == ' ').collect();
        let list = text[start..].lines().take_while(|line| line.starts_with(&lead));
        let alone = list.filter(|line| line[lead.len()..].starts_with("- ")).count() == 1;
        let claim = "{name: zz, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}";
        alone.then(|| (start..start, format!("{lead}- {claim}\n")))
    });
    found.collect()
}

fn lonely(text: &str) -> Edits {
    const OBJECT: &str = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: zz-lonely\ndata: {}\n";
    vec![(text.len()..text.len(), OBJECT.to_owned())]
}

fn lonely_constraint(text: &str) -> Edits {
    const OBJECT: &str = "\n---\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: ConfigConstraint\nmetadata:\n  name: zz-lonely\n\
                          spec:\n  formatterConfig:\n    format: ini\n";
    vec![(text.len()..text.len(), OBJECT.to_owned())]
}

fn no_definitions(node: Node<'_>) -> bool {
    let Some(root) = node.document.root() else { return false };
    let paths = ["spec.componentSpecs[].componentDef", "spec.shardings[].template.componentDef"];
    paths.iter().all(|path| root.each(path).is_empty())
}

/// No annotation lets the definition change.
fn must_stay(node: Node<'_>) -> bool {
    let annotations = node.document.root().and_then(|root| root.at("metadata.annotations"));
    annotations.is_none_or(|annotations| annotations.get("apps.kubeblocks.io/skip-immutable-check").is_none())
}

/// The item around has others beside it.
fn one_of_many(node: Node<'_>) -> bool {
    node.parent().and_then(Node::parent).is_some_and(|list| list.items().count() > 1)
}

/// The label names a ClusterDefinition.
fn is_owner(node: Node<'_>) -> bool {
    node.heading().text() == Some("clusterdefinition.kubeblocks.io/name")
}

/// The name of the first item, for another one.
fn first_name(node: Node<'_>) -> Option<String> {
    let first = node.parent()?.parent()?.items().next()?.get("name")?;
    (first != node).then(|| first.text().map(str::to_owned)).flatten()
}

/// The rule is for all groups.
fn of_everybody(verb: Node<'_>) -> bool {
    let rule = verb.parent().and_then(Node::parent);
    rule.is_some_and(|rule| rule.list("apiGroups").all(|group| matches!(group.text(), Some("" | "*"))))
}

fn is_word(node: Node<'_>) -> bool {
    node.text().is_some_and(|text| text.len() > 2)
}
