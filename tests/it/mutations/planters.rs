//! The faults: where each can be planted, and how.

use std::ops::Range;

use kubeblocks_ls::model::object::Node;

/// Where the rule must speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum At {
    /// On the lines that were changed.
    Line,
    /// In the file that was changed.
    File,
    /// At whatever has to do with it.
    World,
}

/// Changes of a whole text.
type Edits = Vec<(Range<usize>, String)>;

/// What is done to a place.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// Text in place of a scalar; `*` is what stood there.
    Put(&'static str),
    With(fn(Node<'_>) -> Option<String>),
    /// Another name for a key.
    Key(&'static str),
    /// Entries in front of one.
    Beside(&'static str),
    /// The line of an entry goes.
    Gone,
    /// The line of an entry stands twice.
    Twice,
    /// Something is done to the text of files whose paths hold [`Planter::path`].
    Text(fn(&str) -> Edits),
}

pub(super) struct Planter {
    pub(super) rule: &'static str,
    /// How the names of its charts' groups begin.
    pub(super) split: &'static str,
    /// Kinds of objects, parted by `|`; empty: all.
    pub(super) kinds: &'static str,
    /// As for [`Node::each`].
    pub(super) path: &'static str,
    pub(super) how: How,
    pub(super) at: At,
    pub(super) when: Option<fn(Node<'_>) -> bool>,
    /// A kind that no chart of the group may have.
    pub(super) without: &'static str,
}

impl Planter {
    /// Only at such nodes.
    const fn when(self, when: fn(Node<'_>) -> bool) -> Self {
        Self { when: Some(when), ..self }
    }

    const fn without(self, without: &'static str) -> Self {
        Self { without, ..self }
    }
}

const fn plant(rule: &'static str, kinds: &'static str, path: &'static str, how: How, at: At) -> Planter {
    Planter { rule, split: "", kinds, path, how, at, when: None, without: "" }
}

/// In charts for 1.0 and later.
const fn newer(rule: &'static str, kinds: &'static str, path: &'static str, how: How, at: At) -> Planter {
    Planter { rule, split: "addons-1.0", kinds, path, how, at, when: None, without: "" }
}

/// In charts for 0.8.
const fn older(rule: &'static str, kinds: &'static str, path: &'static str, how: How, at: At) -> Planter {
    Planter { split: "addons-0.8", ..plant(rule, kinds, path, how, at) }
}

/// In Clusters of definitions that mark no data volume.
const fn claimed_twice(split: &'static str) -> Planter {
    Planter { split, ..plant("incomplete-object", "", "/cluster.yaml", Text(second_claim), World) }
}

const CONTAINER_FIELD: &str = "spec.runtime.containers[].env[].valueFrom.resourceFieldRef.containerName";
const RELOAD: &str = "spec.reloadAction.shellTrigger.command[]";
const SCHEMA_TYPE: &str = "spec.parametersSchema.openAPIV3Schema.properties{}.type";
const SCHEMA_REQUIRED: &str = "spec.parametersSchema.openAPIV3Schema.required[]";
const CLAIM_MODES: &str = "spec.componentSpecs[].volumeClaimTemplates[].spec.accessModes";
const CMPD: &str = "ComponentDefinition";
const CMPV: &str = "ComponentVersion";
const CD: &str = "ClusterDefinition";
const CLUSTER: &str = "Cluster";
const BPT: &str = "BackupPolicyTemplate";

use At::{File, Line, World};
use How::{Beside, Gone, Key, Put, Text, Twice, With};

pub(super) static PLANTERS: &[Planter] = &[
    Planter { split: "kb-0.7/a", ..plant("ambiguous-scalar", "", "/values.yaml", Text(short_tags), File) },
    Planter { split: "kb-0.7/o", ..plant("ambiguous-scalar", "", "/values.yaml", Text(short_tags), File) },
    Planter { split: "kb-0.7/r", ..plant("ambiguous-scalar", "", "/values.yaml", Text(short_tags), File) },
    newer("empty-list", "", "/templates/", Text(lone_items), Line),
    newer("field-not-in-release", CMPD, "spec.lifecycleActions{}.exec", Beside("nonBlocking: true"), Line),
    newer("changed-definition", CMPD, "spec.roles[].updatePriority", Put("77"), Line).when(must_stay),
    // Engines of several families.
    Planter { split: "addons-1.0/m", ..newer("loose-pattern", BPT, "spec.compDefs[]", Put("-\\d"), Line) },
    Planter { split: "addons-1.0/r", ..newer("loose-pattern", BPT, "spec.compDefs[]", Put("-\\d"), Line) },
    newer("undefined-template-variable", "", ".tpl", Text(config_variable), Line),
    newer("unguarded-optional-variable", "", ".tpl", Text(guard), Line),
    newer("unused-value", "", "/values.yaml", Text(|text| first_line(text, "zzUnused: 1\n")), Line),
    newer("broken-config-template", "", ".tpl", Text(config_template), File),
    newer("competing-var-sources", CMPD, "spec.vars[].valueFrom", Beside("value: zz"), File),
    plant("duplicate-object", "", "/templates/", Text(file_twice), World),
    newer("invalid-cue", "", ".cue", Text(brackets), World),
    plant("unknown-config", CD, "spec.componentDefs[].configSpecs[].keys[]", Put("zz.cnf"), Line),
    newer("unknown-service-ref", CMPD, "spec.vars[].valueFrom.serviceRefVarRef.name", Put("zz"), Line),
    newer("unknown-volume", BPT, "spec.backupMethods[].targetVolumes.volumes[]", Put("zz"), Line),
    Planter { split: "addons-1.0/m", ..newer("values-schema-drift", "", "_helpers.tpl", Text(other_mode), Line) },
    Planter { split: "addons-1.0/o", ..newer("values-schema-drift", "", "_helpers.tpl", Text(other_mode), Line) },
    plant("unknown-port", "Deployment", "spec.template.spec.containers[].readinessProbe.httpGet.port", Put("zz"), Line),
    plant("unknown-volume", "Deployment", "spec.template.spec.containers[].volumeMounts[].name", Put("zz"), Line),
    plant("values-schema-violation", "", "values.schema.json", Text(other_types), World),
    newer("volume-collision", CMPD, "spec.configs[].volumeName", With(first_volume), File),
    plant("unreferenced-object", "", "/templates/", Text(lonely), File),
    newer("unresolved-external", CMPV, "spec.compatibilityRules[].compDefs[]", Put("zz-nothing"), Line),
    newer("bad-value", CMPD, "spec.updateStrategy", Put("Sometimes"), Line),
    newer("bad-value", CMPD, "spec.runtime.containers[].imagePullPolicy", Put("*s"), Line),
    newer("bad-value", CMPD, "spec.runtime.containers[].env[].valueFrom.fieldRef.fieldPath", Put("*s.x"), Line),
    newer("bad-value", CMPD, "spec.runtime.containers[].env[].valueFrom.resourceFieldRef.resource", Put("*s"), Line),
    newer("bad-value", CMPD, "spec.runtime.containers[].ports[].protocol", Put("*X"), Line),
    newer("bad-value", CMPD, "spec.services[].spec.ports[].protocol", Put("tcp"), Line),
    plant("bad-value", CLUSTER, "spec.componentSpecs[].volumeClaimTemplates[].spec.accessModes[]", Put("*s"), Line),
    newer("bad-value", CMPV, "spec.releases[].images{}", Put("*//zz"), Line),
    newer("missing-script", "ParametersDefinition", RELOAD, Put("zz-*"), Line).when(is_script),
    plant("bad-value", "Deployment|StatefulSet|DaemonSet", "spec.selector.matchLabels{}", Put("zz"), Line),
    plant("removed-kind", "ConfigMap|Secret|Service|Deployment", "kind", Put("*s"), Line),
    plant("invalid-chart", "", "/Chart.yaml", Text(neighbour), Line),
    plant("unknown-port", CD, "spec.componentDefs[].monitor.exporterConfig.scrapePort", Put("zz"), Line),
    older("invalid-cue", "ConfigConstraint", "spec.cfgSchemaTopLevelName", Put("Zz*"), Line).when(has_plain_cue),
    newer("foreign-container-field", CMPD, CONTAINER_FIELD, Put("zz"), Line),
    plant("mislabelled-object", "ActionSet|ClusterVersion|BackupPolicyTemplate", "metadata.labels{}", Put("zz"), Line)
        .when(is_owner),
    newer("mislabelled-object", "ActionSet", "metadata.labels{}", Put("*s"), Line).when(is_owner),
    older("dangling-reference", "ConfigConstraint", "spec.scriptConfigs[].scriptConfigMapRef", Put("*-zz"), Line),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_TYPE, Put("*s"), Line),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_TYPE, Key("types"), Line),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_TYPE, Beside("pattern: '^(?!zz)'"), File),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_TYPE, Beside("enum: [1]"), File)
        .when(|node| node.text() == Some("string") && lacks(node, "enum")),
    plant("broken-parameter-schema", "OpsDefinition|ActionSet", SCHEMA_REQUIRED, Put("*Zz"), Line),
    newer("capped-action-timeout", CMPD, "spec.lifecycleActions{}.timeoutSeconds", Put("600"), Line),
    plant(
        "cluster-version-mismatch",
        "ClusterVersion",
        "spec.componentVersions[].versionsContext.containers[].name",
        Put("zz"),
        Line,
    )
    .when(|node| lacks(node, "command") && lacks(node, "args")),
    plant("configmap-namespace", "", "/templates/", Text(template_namespace), Line),
    newer("crossed-port", CMPD, "spec.services[].spec.ports[].targetPort", With(another_port), Line),
    newer("dangling-reference", CMPD, "spec.configs[].template", Put("*-zz"), Line),
    plant("duplicate-key", "", "spec{}", Twice, Line),
    plant("duplicate-name", CMPD, "spec.vars[].name", With(first_name), Line),
    plant("unknown-permission", "Role|ClusterRole", "rules[].verbs[]", Put("*x"), Line).when(is_word),
    newer("unknown-permission", CMPD, "spec.policyRules[].resources[]", Put("*x"), Line).when(is_word),
    newer("unknown-field", CLUSTER, "spec.componentSpecs[].resources.limits", Key("limts"), Line),
    newer("bad-value", CLUSTER, "spec.componentSpecs[].resources.limits.cpu", Key("cup"), Line),
    plant("empty-action", CMPD, "spec.lifecycleActions{}.exec", Key("execute"), File),
    plant("hard-coded-namespace", "ConfigMap", "metadata.name", Beside("namespace: zz"), Line)
        .when(|node| lacks(node, "namespace")),
    newer("incomplete-object", CLUSTER, "spec.clusterDef", Key("labels"), File).when(no_definitions),
    claimed_twice("kb-0.7/n"),
    claimed_twice("kb-0.7/etcd"),
    claimed_twice("kb-0.7/greptimedb"),
    claimed_twice("kb-0.7/openldap"),
    newer("incomplete-object", CMPD, "spec.services[].spec.ports", Key("port"), File),
    older("incomplete-object", CD, "spec.componentDefs[].service.ports[].name", Key("title"), File).when(one_of_many),
    older("incomplete-object", CLUSTER, CLAIM_MODES, Key("modes"), File),
    plant("invalid-chart", "", "Chart.yaml", Text(no_version), Line),
    plant("invalid-chart", "", "Chart.yaml", Text(no_range), Line),
    plant("invalid-chart", "", "Chart.yaml", Text(no_version_wanted), File),
    plant(
        "invalid-chart",
        "",
        "values.schema.json",
        Text(|text| vec![(text.len()..text.len(), "}".to_owned())]),
        World,
    ),
    newer("invalid-pattern", CMPV, "spec.compatibilityRules[].compDefs[]", Put("\"zz(\""), Line),
    plant("joined-lines", "", "/templates/", Text(joined), File),
    plant("lost-scope", "", "/templates/", Text(scope), Line),
    newer("method-without-action", BPT, "spec.backupMethods[].actionSetName", Key("nothing"), File)
        .when(|node| node.parent().is_some_and(|method| method.text_at("snapshotVolumes") != Some("true"))),
    newer(
        "missing-api-version-annotation",
        "",
        "_helpers.tpl",
        Text(|text| after(text, "kubeblocks.io/crd-api-version: apps.kubeblocks.io/v1", "zz")),
        World,
    ),
    plant("missing-chart-file", "", "/templates/", Text(file_name), Line),
    plant("missing-dependency", "", "Chart.yaml", Text(dependency), Line),
    plant("missing-field", CMPD, "spec.vars[].name", Key("title"), File),
    newer("missing-image", CMPD, "spec.runtime.containers[].name", Put("zz"), World).when(|node| lacks(node, "image")),
    newer("missing-script", CMPD, "spec.runtime.containers[].command[]", With(other_script), Line),
    newer("missing-script", CMPD, "spec.lifecycleActions{}.exec.command[]", With(other_script), Line),
    newer("missing-script", CMPD, "spec.runtime.containers[].volumeMounts[].subPath", Put("zz.conf"), Line)
        .when(of_template),
    newer("order-mismatch", CD, "spec.topologies[].orders.provision[]", Put("zz"), Line),
    newer("passwordless-account", CMPD, "spec.systemAccounts[].passwordGenerationPolicy", Key("passwordConfig"), Line)
        .when(|node| lacks(node, "passwordConfig")),
    newer("port-conflict", CMPD, "spec.runtime.containers[].ports[].containerPort", With(taken_port), World)
        .when(has_actions),
    plant("redefined-anchor", "", "spec{}", Beside("zq: &zz 1\nzr: *zz\nzs: &zz 2\nzt: *zz"), Line),
    plant("redefined-helper", "", "/templates/", Text(helper_again), World),
    newer("removed-kind", CMPV, "kind", Put("ClusterVersion"), File),
    newer("reserved-name", CMPD, "spec.runtime.containers[].name", Put("kbagent"), Line),
    newer("role-case", CMPD, "spec.services[].roleSelector", With(upper), Line),
    plant("tab-indentation", "", "/templates/", Text(tabs), Line),
    plant("template-failure", "", "/templates/", Text(|text| after(text, "{{ .Values.", "zz.")), Line),
    plant("template-syntax", "", "/templates/", Text(|text| after(text, "{{- include \"", "\"")), File),
    plant(
        "undefined-alias",
        "",
        "spec{}",
        With(|node| node.text().filter(|text| !text.contains('\n')).map(|_| "*zz".to_owned())),
        Line,
    ),
    plant("undefined-helper", "", "/templates/", Text(|text| after(text, "include \"", "zz.")), Line),
    plant("undefined-value", "", "/templates/", Text(value), Line),
    plant("undefined-value", "", "/templates/", Text(misspelt_condition), Line),
    newer("undefined-variable", CMPD, "spec.runtime.containers[].env[].value", With(other_variable), Line),
    newer("undefined-variable", CMPD, "spec.vars[].value", With(other_variable), Line).when(no_whole_maps),
    newer("undefined-variable", CMPD, "spec.lifecycleActions{}.exec.env[].value", With(other_variable), Line)
        .when(no_whole_maps),
    newer("unknown-account", CMPD, "spec.vars[].valueFrom.credentialVarRef.name", Put("zz"), Line),
    newer("unknown-action-container", CMPD, "spec.lifecycleActions{}.exec.container", Put("zz"), Line),
    newer("unknown-action-container", CMPD, "spec.exporter.containerName", Put("zz"), Line),
    newer("unknown-backup-method", BPT, "spec.schedules[].backupMethod", Put("zz"), Line),
    newer("unknown-component", CLUSTER, "spec.componentSpecs[].name", Put("zz"), Line)
        .when(|node| node.document.root().is_some_and(|root| root.at("spec.topology").is_some())),
    plant("unknown-component-def", "ClusterVersion", "spec.componentVersions[].componentDefRef", Put("zz"), Line),
    plant("unknown-field", "", "spec.runtime.containers[].name", Key("nome"), Line),
    newer("unknown-image-key", CMPV, "spec.releases[].images{}", Key("zz"), Line).without("OpsDefinition"),
    newer("unknown-port", CMPD, "spec.services[].spec.ports[].targetPort", Put("zz"), Line),
    newer("unknown-release", CMPV, "spec.compatibilityRules[].releases[]", Put("zz"), Line),
    newer("unknown-role", CMPD, "spec.services[].roleSelector", Put("zz"), Line),
    plant(
        "unknown-rule",
        "",
        "/templates/",
        Text(|text| first_line(text, "# kubeblocks-ls: allow(zz-no-rule) x\n")),
        Line,
    ),
    // The API before 1.0.
    Planter {
        split: "addons-0.8/postgresql",
        ..older("unknown-account", BPT, "spec.backupPolicies[].target.account", Put("zz"), Line).when(of_definitions)
    },
    older("unmounted-volume-claim", CLUSTER, "spec.componentSpecs[].volumeClaimTemplates[].name", Put("zz"), Line),
    older("unknown-service", CMPD, "spec.vars[].valueFrom.serviceVarRef.name", Put("zz"), Line),
    older("unknown-account", CMPD, "spec.vars[].valueFrom.credentialVarRef.name", Put("zz"), Line),
    older("unknown-role", CMPD, "spec.services[].roleSelector", Put("zz"), Line),
    older("undefined-variable", CMPD, "spec.runtime.containers[].env[].value", With(other_variable), Line)
        .when(|node| !node.text().is_some_and(|text| text.contains("$(KB_"))),
    newer("unknown-service", CMPD, "spec.vars[].valueFrom.serviceVarRef.name", Put("zz"), Line),
    plant("unknown-template-field", "", ".tpl", Text(cluster_field), Line),
    newer("unknown-topology", CLUSTER, "spec.topology", Put("zz"), Line),
    newer("unmatched-pattern", CMPV, "spec.compatibilityRules[].compDefs[]", With(no_definition), Line),
    newer("unmounted-volume", CMPD, "spec.configs[].volumeName", Put("zz"), Line),
    newer("unmounted-volume", CMPD, "spec.volumes[].name", Put("zz"), Line),
    plant(
        "unused-allow",
        "",
        "/templates/",
        Text(|text| first_line(text, "# kubeblocks-ls: allow(unknown-field) x\n")),
        Line,
    ),
    newer("unstable-output", CMPD, "spec.serviceKind", Put("{{ randAlphaNum 8 }}"), Line),
    plant("unused-anchor", "", "spec{}", Beside("zz: &zz 1"), Line),
    plant(
        "unused-helper",
        "",
        "_helpers.tpl",
        Text(|text| first_line(text, "{{ define \"zz.unused\" }}x{{ end }}\n")),
        Line,
    ),
    newer("unused-release", CMPV, "spec.compatibilityRules[].releases[]", Put("zz"), World),
    plant("unused-template-variable", "", "/templates/", Text(|text| first_line(text, "{{- $zz := 1 }}\n")), Line),
    newer("var-without-option", CMPD, "spec.vars[].valueFrom.credentialVarRef.password", Gone, File),
    newer("var-without-option", CMPD, "spec.vars[].valueFrom.credentialVarRef.username", Gone, File),
    plant("wrong-type", CMPD, "spec.serviceKind", Put("12"), Line),
    plant("yaml-syntax", "", "spec{}", Beside("zz: [1,"), File),
];

/// `new` behind each `mark`.
fn after(text: &str, mark: &str, new: &str) -> Edits {
    text.match_indices(mark).map(|(at, mark)| (at + mark.len()..at + mark.len(), new.to_owned())).collect()
}

fn first_line(_: &str, line: &str) -> Edits {
    vec![(0..0, line.to_owned())]
}

fn no_version(text: &str) -> Edits {
    text.match_indices("\nversion: ")
        .map(|(at, mark)| (at + mark.len()..at + mark.len(), "not-a-version-".into()))
        .collect()
}

/// A range of releases that is none.
fn no_range(text: &str) -> Edits {
    after(text, "addon.kubeblocks.io/kubeblocks-version: ", "newest # ")
}

/// The first dependency asks for no version.
fn no_version_wanted(text: &str) -> Edits {
    let list = text.find("\ndependencies:").unwrap_or(text.len());
    let found = text[list..].find(" version: ").map(|at| list + at + 1);
    found.map(|at| (at..at + 7, "# version".to_owned())).into_iter().collect()
}

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

/// A function that nobody has, in a configuration that KubeBlocks renders.
fn config_template(text: &str) -> Edits {
    let ours = ["getVolumePathByName", "getContainerByName", "$.component"].iter().any(|word| text.contains(word));
    let first = text.find("{{").filter(|_| ours && !text.contains("define \""));
    first.map(|at| (at..at, "{{ zzNope }}\n".to_owned())).into_iter().collect()
}

/// Variables under another name, in a configuration that KubeBlocks renders.
fn config_variable(text: &str) -> Edits {
    let found = text.match_indices("{{ .").filter(|_| !text.contains("define \"")).filter_map(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        let name = rest.split(' ').next()?;
        let variable = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        (variable && rest[name.len()..].starts_with(" }}")).then(|| {
            let end = at + mark.len() + name.len();
            (end..end, "_ZZ".to_owned())
        })
    });
    found.collect()
}

/// `index . "X"` in a condition becomes `.X`.
fn guard(text: &str) -> Edits {
    let found = text.match_indices("index . \"").filter(|_| !text.contains("define \"")).filter_map(|(at, mark)| {
        let name = text[at + mark.len()..].split('"').next()?;
        // Of others Clusters give a value.
        let variable = ["TLS", "_PORT", "_HOST", "_FQDN"].iter().any(|part| name.contains(part));
        variable.then(|| (at..at + mark.len() + name.len() + 1, format!(".{name}")))
    });
    found.collect()
}

/// A field that no Cluster has, in a configuration that looks at its component too.
fn cluster_field(text: &str) -> Edits {
    if text.contains("$.component.") { after(text, "$.cluster.metadata.name", "Zz") } else { Vec::new() }
}

/// Versions of images become such as YAML takes for numbers.
fn short_tags(text: &str) -> Edits {
    let found = text.match_indices("\n  tag: ").filter_map(|(at, mark)| {
        let start = at + mark.len();
        let end = start + text[start..].find('\n')?;
        Some((start..end, "1.10".to_owned()))
    });
    found.collect()
}

/// The only item of a list, in a branch that no values take.
fn lone_items(text: &str) -> Edits {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut edits = Edits::new();
    let mut start = 0;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for three in lines.windows(3) {
        let [key, item, next] = three else { continue };
        let alone = next.trim_start().starts_with(char::is_lowercase) && indent(next) <= indent(key);
        if key.trim_end().ends_with(':') && item.trim_start().starts_with("- ") && alone && !item.contains("{{") {
            edits.push((
                start..start + key.len() + item.len(),
                format!("{key}{{{{- if false }}}}\n{item}{{{{- end }}}}\n"),
            ));
        }
        start += key.len();
    }
    edits
}

/// More brackets than were opened, in a text that is CUE all through.
fn brackets(text: &str) -> Edits {
    if text.contains(['`', '@']) { Vec::new() } else { vec![(text.len()..text.len(), "\n}}}\n".to_owned())] }
}

fn file_twice(text: &str) -> Edits {
    let plain = text.contains("\nkind: ConfigMap") && !text.contains("define \"") && !text.contains("\n---");
    if plain { vec![(text.len()..text.len(), format!("\n---\n{text}"))] } else { Vec::new() }
}

fn lonely(text: &str) -> Edits {
    const OBJECT: &str = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: zz-lonely\ndata: {}\n";
    vec![(text.len()..text.len(), OBJECT.to_owned())]
}

/// Numbers are wanted to be truth values.
fn other_types(text: &str) -> Edits {
    let new = text.replace("\"integer\"", "\"boolean\"").replace("\"number\"", "\"boolean\"");
    if new == text { Vec::new() } else { vec![(0..text.len(), new)] }
}

/// `x: {{ y }}` at the end of a line, and an entry below it.
fn joined(text: &str) -> Edits {
    let ends = text.match_indices(" }}\n");
    let alone = ends.filter(|(at, end)| {
        let line = text[..*at].rfind('\n').map_or(&text[..*at], |start| &text[start + 1..*at]);
        let below = text[at + end.len()..].lines().next().unwrap_or_default();
        let key = |line: &str| line.trim_start().starts_with(char::is_lowercase) && line.contains(": ");
        key(line) && line.matches("{{").count() == 1 && key(below)
    });
    alone.map(|(at, _)| (at..at + 3, " -}}".to_owned())).collect()
}

/// `$.Values` right inside of a loop without its `$`.
fn scope(text: &str) -> Edits {
    let found = text.match_indices("{{ $.Values.").filter(|(at, _)| {
        let before = &text[..*at];
        let opened = before.rfind("{{- range ").max(before.rfind("{{ range "));
        opened.is_some_and(|opened| !before[opened..].contains("end }}"))
    });
    found.map(|(at, _)| (at + 3..at + 4, String::new())).collect()
}

/// A mode that no schema lists.
fn other_mode(text: &str) -> Edits {
    after(text, "eq .Values.mode \"", "zz")
}

/// A file that is read, and not in a comment.
fn file_name(text: &str) -> Edits {
    let mut edits = after(text, ".Files.Get \"", "zz-");
    edits.retain(|(range, _)| {
        let before = &text[..range.start];
        before.rfind("{{/*") <= before.rfind("*/}}") && before.rfind("{{- /*") <= before.rfind("*/ -}}")
    });
    edits
}

/// The first dependency gets another name.
fn dependency(text: &str) -> Edits {
    let Some(list) = text.find("\ndependencies:") else { return Vec::new() };
    let Some(at) = text[list..].find("- name: ") else { return Vec::new() };
    vec![(list + at + 8..list + at + 8, "zz-".to_owned())]
}

/// The last part of the path of a value that a field must have.
fn value(text: &str) -> Edits {
    const FIELDS: [&str; 8] =
        ["name", "containerPort", "port", "key", "mountPath", "volumeName", "kind", "componentDef"];
    let found = text.match_indices("{{ .Values.").filter_map(|(at, mark)| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default().trim_start_matches([' ', '-']);
        let rest = text[at + mark.len()..].split('\n').next()?;
        let path = rest.split(' ').next()?;
        let plain = path.contains('.') && path.chars().all(|c| c.is_alphanumeric() || c == '.');
        let whole = rest[path.len()..] == *" }}" && FIELDS.iter().any(|key| line.trim_end() == format!("{key}:"));
        let end = at + mark.len() + path.len();
        (plain && whole).then(|| (end..end, "Zz".to_owned()))
    });
    found.collect()
}

/// A letter too many in what a condition asks for.
fn misspelt_condition(text: &str) -> Edits {
    let found = text.match_indices("if .Values.").filter_map(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '.')?;
        let long = rest[..end].rsplit('.').next()?.len() > 4;
        long.then(|| (at + mark.len() + end..at + mark.len() + end, "z".to_owned()))
    });
    found.collect()
}

/// The namespace behind a template's name.
fn template_namespace(text: &str) -> Edits {
    const OWN: &str = "namespace: {{ .Release.Namespace }}";
    let found = text.match_indices("templateRef: ").filter_map(|(at, _)| {
        let near: usize = text[at..].split_inclusive('\n').take(4).map(str::len).sum();
        let start = at + text[at..at + near].find(OWN)?;
        Some((start..start + OWN.len(), "namespace: elsewhere".to_owned()))
    });
    found.collect()
}

fn tabs(text: &str) -> Edits {
    let lines = text.match_indices("\n  ");
    let entries = lines.filter(|(at, _)| {
        let line = text[at + 1..].lines().next().unwrap_or_default();
        line.trim_start().starts_with(char::is_lowercase) && line.contains(": ") && !line.contains("{{")
    });
    entries.map(|(at, _)| (at + 1..at + 3, "\t".to_owned())).collect()
}

/// The first helper that a file includes, defined there too.
fn helper_again(text: &str) -> Edits {
    let Some((_, rest)) = text.split_once("include \"") else { return Vec::new() };
    let name = rest.split('"').next().unwrap_or_default();
    vec![(text.len()..text.len(), format!("\n{{{{- define \"{name}\" }}}}zz{{{{ end }}}}\n"))]
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

/// The policy around names ComponentDefinitions.
fn of_definitions(node: Node<'_>) -> bool {
    node.parent().and_then(Node::parent).is_some_and(|policy| policy.list("componentDefs").next().is_some())
}

/// The schema is there, without attributes and templates.
fn has_plain_cue(node: Node<'_>) -> bool {
    let cue = node.parent().and_then(|spec| spec.text_at("configurationSchema.cue"));
    cue.is_some_and(|cue| cue.contains('#') && !cue.contains(['@', '`']) && !cue.contains("{{"))
}

/// The item around has others beside it.
fn one_of_many(node: Node<'_>) -> bool {
    node.parent().and_then(Node::parent).is_some_and(|list| list.items().count() > 1)
}

/// The label names a ClusterDefinition.
fn is_owner(node: Node<'_>) -> bool {
    node.heading().text() == Some("clusterdefinition.kubeblocks.io/name")
}

/// Another version of a chart that stands beside.
fn neighbour(text: &str) -> Edits {
    let mut at = 0;
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .map(|line| {
            at += line.len();
            (at - line.len(), line)
        })
        .collect();
    let of_neighbour = |at: &usize| {
        let from = text[..*at].rfind("- name:").unwrap_or(*at);
        let item = text[from..].split("- name:").nth(1).unwrap_or_default();
        item.contains("file://")
    };
    let versions = lines.into_iter().filter(|(at, line)| line.trim_start().starts_with("version:") && of_neighbour(at));
    let versions = versions.filter(|(_, line)| line.starts_with(' '));
    versions
        .map(|(at, line)| {
            (at + line.find(':').unwrap_or_default() + 1..at + line.trim_end().len(), " 99.0.0".to_owned())
        })
        .collect()
}

/// The command is a script's name and no more.
fn is_script(node: Node<'_>) -> bool {
    let first = node.parent().and_then(|command| command.items().next());
    first == Some(node) && node.text().is_some_and(|text| text.ends_with(".sh") && !text.contains(['/', ' ']))
}

/// The mount around shows a configuration or scripts.
fn of_template(node: Node<'_>) -> bool {
    let volume = node.parent().and_then(|mount| mount.text_at("name"));
    let root = node.document.root();
    let paths = ["spec.configs[].volumeName", "spec.scripts[].volumeName"];
    paths.iter().any(|path| root.is_some_and(|root| root.each(path).iter().any(|name| name.text() == volume)))
}

/// No container takes variables from a ConfigMap.
fn no_whole_maps(node: Node<'_>) -> bool {
    let paths = ["spec.runtime.containers[].envFrom", "spec.runtime.initContainers[].envFrom"];
    node.document.root().is_some_and(|root| paths.iter().all(|path| root.each(path).is_empty()))
}

fn has_actions(node: Node<'_>) -> bool {
    node.document.root().is_some_and(|root| !root.each("spec.lifecycleActions{}").is_empty())
}

/// A name of the same family that nothing has.
fn no_definition(node: Node<'_>) -> Option<String> {
    let text = node.text()?.trim_start_matches('^');
    let family = text.split(['-', '\\', '.', '$', '(', '[']).next()?;
    Some(format!("{family}-zz-nothing"))
}

fn is_word(node: Node<'_>) -> bool {
    node.text().is_some_and(|text| text.len() > 2)
}

/// The mapping around has no such entry.
fn lacks(node: Node<'_>, key: &str) -> bool {
    node.parent().is_some_and(|mapping| mapping.get(key).is_none())
}

fn upper(node: Node<'_>) -> Option<String> {
    node.text().map(str::to_uppercase)
}

/// The volume of the first configuration, for another one.
fn first_volume(node: Node<'_>) -> Option<String> {
    let first = node.document.root()?.each("spec.configs[].volumeName").into_iter().next()?;
    (first.text() != node.text()).then(|| first.text().map(str::to_owned)).flatten()
}

/// The name of the first item, for another one.
fn first_name(node: Node<'_>) -> Option<String> {
    let first = node.parent()?.parent()?.items().next()?.get("name")?;
    (first != node).then(|| first.text().map(str::to_owned)).flatten()
}

/// The number of a port of another container.
fn taken_port(node: Node<'_>) -> Option<String> {
    let mut own = node;
    while own.get("ports").is_none() {
        own = own.parent()?;
    }
    let containers = node.document.root()?.each("spec.runtime.containers[]");
    let other = containers.into_iter().find(|container| *container != own)?;
    other.list("ports").next()?.text_at("containerPort").map(str::to_owned)
}

/// A script of another name in the folder of scripts.
fn other_script(node: Node<'_>) -> Option<String> {
    let path = node.text()?;
    let mounts = node.document.root()?.each("spec.runtime.containers[].volumeMounts[].mountPath");
    let script = path.ends_with(".sh") && !path.contains(' ');
    let mounted = mounts.iter().any(|mount| path.rsplit_once('/').map(|(folder, _)| folder) == mount.text());
    (script && mounted).then(|| path.replace(".sh", "-zz.sh"))
}

/// Where a variable is used, one that is called nearly so.
fn other_variable(node: Node<'_>) -> Option<String> {
    let (before, rest) = node.text()?.split_once("$(")?;
    let (name, after) = rest.split_once(')')?;
    Some(format!("{before}$({name}_ZZ){after}"))
}

/// Another container port, by name.
fn another_port(node: Node<'_>) -> Option<String> {
    let ports = node.document.root()?.each("spec.runtime.containers[].ports[].name");
    let other = ports.into_iter().find(|port| port.text() != node.text())?;
    other.text().map(str::to_owned)
}
