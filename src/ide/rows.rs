//! Rows of the tables of names: each use leads to its definition, each definition knows its uses, and where the name is
//! deleted it is offered.
//!
//! In the texts `{=name=}` is where a name is given, and `{>name<}` where it is used.

use super::fixture::Fixture;
use super::{Cursor, completion, definition, references};
use crate::model::lines;
use crate::text::{Span, TextRange};

const DEFINITION: &str = "#- templates/definition.yaml
apiVersion: apps.kubeblocks.io/v1
kind: ComponentDefinition
metadata: {name: tide-1}
spec:
";
const POLICY: &str = "#- templates/policy.yaml
apiVersion: dataprotection.kubeblocks.io/v1alpha1
kind: BackupPolicyTemplate
metadata: {name: tide-policy}
spec:
  compDefs: [tide-1]
";
const CLUSTER: &str = "#- templates/cluster.yaml
apiVersion: apps.kubeblocks.io/v1
kind: Cluster
metadata: {name: mine}
spec:
  componentSpecs:
    - name: main
      componentDef: tide-1
";
const LEGACY: &str = "#- templates/legacy.yaml
apiVersion: apps.kubeblocks.io/v1alpha1
kind: ClusterDefinition
metadata: {name: old}
spec:
  componentDefs:
    - name: main
";

/// Where the marks of one kind stand: byte ranges of the text without any.
fn marks(text: &str, open: &str, close: &str) -> (String, Vec<(usize, usize)>) {
    let (mut clean, mut found) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        clean.push_str(before);
        let mark = [("{=", "=}"), ("{>", "<}")].into_iter().find(|(open, _)| after.starts_with(open));
        match mark {
            Some((own, end)) => {
                let (name, behind) = after[2..].split_once(end).unwrap();
                if (own, end) == (open, close) {
                    found.push((clean.len(), clean.len() + name.len()));
                }
                clean.push_str(name);
                rest = behind;
            }
            None => {
                clean.push('{');
                rest = &after[1..];
            }
        }
    }
    clean.push_str(rest);
    (clean, found)
}

/// The world of a text with the cursor at an offset, and the cursor.
fn at(text: &str, offset: usize) -> (Fixture, Cursor) {
    let (before, behind) = text.split_at(offset);
    let fixture = Fixture::of(&format!("{before}<|>{behind}"));
    let (_, cursor) = fixture.cursor();
    (fixture, cursor)
}

/// Bytes of a mark in its file.
fn span(text: &str, (start, end): (usize, usize)) -> Span {
    let (_, cursor) = at(text, start);
    let from = cursor.offset as usize;
    Span { file: cursor.file, range: TextRange::new(from, from + end - start) }
}

/// Each use leads to where the name is given, and each definition knows its uses.
fn leads(text: &str) {
    let (clean, given) = marks(text, "{=", "=}");
    let (_, used) = marks(text, "{>", "<}");
    assert!(!given.is_empty() && !used.is_empty());
    for mark in &used {
        let (fixture, cursor) = at(&clean, mark.0 + 1);
        let links =
            definition::definition(&fixture.world, cursor).unwrap_or_else(|| panic!("it leads nowhere: {text}"));
        assert_eq!(links.origin, span(&clean, *mark), "{text}");
        let targets: Vec<Span> = links.targets.iter().map(|target| target.name).collect();
        assert_eq!(targets, given.iter().map(|mark| span(&clean, *mark)).collect::<Vec<_>>(), "{text}");
    }
    for mark in &given {
        let (fixture, cursor) = at(&clean, mark.0 + 1);
        let found = references::references(&fixture.world, cursor).unwrap_or_else(|| panic!("nobody uses it: {text}"));
        let places: Vec<Span> = found.uses.iter().map(|used| used.span).collect();
        assert_eq!(places, used.iter().map(|mark| span(&clean, *mark)).collect::<Vec<_>>(), "{text}");
    }
}

fn check(parts: &[&str]) {
    let text = parts.concat();
    let (clean, given) = marks(&text, "{=", "=}");
    let (_, used) = marks(&text, "{>", "<}");
    assert!(!given.is_empty() && !used.is_empty());
    for mark in &used {
        let (start, end) = *mark;
        let name = &clean[start..end];
        let (fixture, cursor) = at(&clean, start + 1);
        let links = definition::definition(&fixture.world, cursor);
        let links = links.unwrap_or_else(|| panic!("{name} leads nowhere: {text}"));
        assert_eq!(links.origin, span(&clean, *mark), "{text}");
        let mut targets: Vec<Span> = links.targets.iter().map(|target| target.name).collect();
        targets.sort_unstable();
        let mut expected: Vec<Span> = given.iter().map(|mark| span(&clean, *mark)).collect();
        expected.sort_unstable();
        assert_eq!(targets, expected, "{name}: {text}");
        let deleted = format!("{}{}", &clean[..start], &clean[end..]);
        let (fixture, cursor) = at(&deleted, start);
        let items = completion::completion(&fixture.world, cursor).map(|found| found.items).unwrap_or_default();
        let labels: Vec<&str> = items.iter().map(|item| item.label.as_str()).collect();
        assert!(labels.contains(&name), "{name} is not among {labels:?}: {text}");
    }
    for mark in &given {
        let (fixture, cursor) = at(&clean, mark.0 + 1);
        let found = references::references(&fixture.world, cursor);
        let found = found.unwrap_or_else(|| panic!("nothing refers to {:?}: {text}", &clean[mark.0..mark.1]));
        // Of a volume and its mounts each leads to the other.
        let both = found.uses.iter().map(|used| used.span).chain(found.definitions.iter().map(|target| target.name));
        let places: Vec<Span> = both.collect();
        for used in &used {
            assert!(places.contains(&span(&clean, *used)), "{text}");
        }
    }
}

#[test]
fn config_maps_and_their_keys() {
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata:\n  {=tide.conf=}: x\n";
    let config = "  configs:\n    - name: conf\n      template: texts\n      volumeName: conf\n";
    let pd = "---\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParametersDefinition\nmetadata: {name: p}\nspec:\n  componentDef: tide\n  templateName: conf\n  fileName: {>tide.conf<}\n";
    check(&[DEFINITION, config, pd, map]);
    let pcr = "---\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParamConfigRenderer\nmetadata: {name: p}\nspec:\n  componentDef: tide\n  configs:\n    - templateName: conf\n      name: {>tide.conf<}\n";
    check(&[DEFINITION, config, pcr, map]);
    let legacy =
        "      configSpecs:\n        - name: conf\n          templateRef: texts\n          keys: [{>tide.conf<}]\n";
    check(&[LEGACY, legacy, map]);
}

#[test]
fn parameters() {
    let head = "#- templates/p.yaml\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParametersDefinition\nmetadata: {name: p}\nspec:\n  componentDef: tide-1\n";
    let cue = "  parametersSchema:\n    cue: |\n      #Tide: {\n        // How many.\n        {=max_clients=}?: int\n        level: string\n      }\n";
    for list in ["staticParameters", "dynamicParameters", "immutableParameters"] {
        check(&[head, &format!("  {list}: [{{>max_clients<}}]\n"), cue]);
    }
    let request = "      reconfigures:\n    - componentName: main\n      parameters:\n        - key: {>max_clients<}\n";
    let request = format!(
        "#- templates/r.yaml\napiVersion: operations.kubeblocks.io/v1alpha1\nkind: OpsRequest\nmetadata: {{name: r}}\nspec:\n  clusterName: mine\n{}",
        &request[4..]
    );
    check(&[DEFINITION, "  provider: x\n", CLUSTER, &request, head, cue]);
    // Before 1.2 a renderer says whose parameters they are.
    let renderer = "#- templates/x.yaml\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParamConfigRenderer\nmetadata: {name: x}\nspec:\n  componentDef: tide-1\n  parametersDefs: [p]\n";
    let lone = head.replace("  componentDef: tide-1\n", "");
    check(&[DEFINITION, "  provider: x\n", CLUSTER, &request, &lone, cue, renderer]);
}

#[test]
fn parameters_that_a_cluster_begins_with() {
    let head = "#- templates/p.yaml\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParametersDefinition\nmetadata: {name: p}\nspec:\n  componentDef: tide-1\n";
    let cue = "  parametersSchema:\n    cue: |\n      #Tide: {\n        {=max_clients=}?: int\n      }\n";
    let cluster = |json: &str| {
        let annotated =
            format!("metadata:\n  name: mine\n  annotations:\n    config.kubeblocks.io/init-parameters: '{json}'\n");
        CLUSTER.replace("metadata: {name: mine}\n", &annotated)
    };
    let json = "{\"main\": {\"level\": \"max_clients\", \"{>max_clients<}\": \"1\"}}";
    leads(&[DEFINITION, "  provider: x\n", &cluster(json), head, cue].concat());
    let json = "{\"{>main<}\": {\"main\": \"1\"}}";
    let named = cluster(json).replace("name: main", "name: {=main=}");
    leads(&[DEFINITION, "  provider: x\n", &named, head, &cue.replace("{=max_clients=}", "main")].concat());
}

#[test]
fn parameters_in_texts() {
    let configs = "  configs:\n    - name: conf\n      template: texts\n      volumeName: conf\n";
    let map = "#- templates/m.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata:\n  tide.conf: |\n    {{- .Files.Get \"config/tide.conf\" | nindent 4 }}\n";
    let file = "#- config/tide.conf\n[tide]\n# max_clients = 2\n{>max_clients<} = 1\nlevel = {{ .LEVEL }}\n";
    let schema = "  parametersSchema:\n    cue: |\n      #Tide: {\n        {=max_clients=}?: int\n        level: string\n      }\n";
    let head = "#- templates/p.yaml\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParametersDefinition\nmetadata: {name: p}\nspec:\n  fileName: tide.conf\n";
    check(&[DEFINITION, configs, map, file, head, "  componentDef: tide-1\n", schema]);
    let renderer = "#- templates/x.yaml\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParamConfigRenderer\nmetadata: {name: x}\nspec:\n  componentDef: tide-1\n  parametersDefs: [p]\n";
    check(&[DEFINITION, configs, map, file, head, schema, renderer]);
    let key = map.replace("tide.conf:", "{=tide.conf=}:");
    check(&[
        DEFINITION,
        configs,
        &key,
        "#- config/tide.conf\n",
        &head.replace(": tide.conf", ": {>tide.conf<}"),
        renderer,
    ]);
    let constraint = "#- templates/c.yaml\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: ConfigConstraint\nmetadata: {name: limits}\nspec:\n  staticParameters: [{>max_clients<}]\n  configurationSchema:\n    cue: |\n      #Tide: {\n        {=max_clients=}?: int\n      }\n";
    let legacy =
        "      configSpecs:\n        - name: conf\n          templateRef: texts\n          constraintRef: limits\n";
    check(&[LEGACY, legacy, map, file, constraint]);
}

#[test]
fn parameters_in_sections_and_elements() {
    let head = "#- templates/p.yaml\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParametersDefinition\nmetadata: {name: p}\nspec:\n  componentDef: tide-1\n";
    let with = |key: &str, file: &str, schema: &str| {
        let configs = "  configs:\n    - name: conf\n      template: texts\n      volumeName: conf\n";
        let map = format!(
            "#- templates/m.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: texts}}\ndata:\n  {key}: |\n    {{{{- .Files.Get \"config/{key}\" | nindent 4 }}}}\n"
        );
        let file = format!("#- config/{key}\n{file}");
        let schema = format!("  fileName: {key}\n  parametersSchema:\n    cue: |\n      #Tide: {{\n{schema}      }}\n");
        [DEFINITION, configs, &map, &file, head, &schema].concat()
    };
    let schema =
        "        {=\"log.file.size\"=}: int\n        size: int\n".replace("{=\"", "\"{=").replace("\"=}", "=}\"");
    check(&[&with("tide.toml", "a = 1\n[log.file]\n{>size<} = 1\n[other]\nlevel = 1\n", &schema)]);
    let schema = "        {=level=}: \"a\" | \"b\"\n        port: _\n";
    let file = "<tide>\n  <!-- <level> -->\n  <port>1</port>\n  <log><{>level<}>a</level></log>\n</tide>\n";
    check(&[&with("tide.xml", file, schema)]);
    let schema = "        {=level=}: int\n";
    leads(
        &[
            head,
            "  immutableParameters: [tide.{level}]\n",
            "  parametersSchema:\n    cue: |\n      #Tide: {\n",
            schema,
            "      }\n",
        ]
        .concat()
        .replace("tide.{level}", "{>tide.level<}"),
    );
}

#[test]
fn service_versions() {
    let version = "#- templates/v.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentVersion\nmetadata: {name: tide}\nspec:\n  compatibilityRules:\n    - compDefs: [tide]\n      releases: [one]\n  releases:\n    - name: one\n      serviceVersion: {=1.2.3=}\n";
    let plain = [DEFINITION, "  serviceVersion: 1.0.0\n", version].concat();
    check(&[&plain, CLUSTER, "      serviceVersion: {>1.2.3<}\n"]);
    let upgrade = "#- templates/r.yaml\napiVersion: operations.kubeblocks.io/v1alpha1\nkind: OpsRequest\nmetadata: {name: r}\nspec:\n  clusterName: mine\n  upgrade:\n    components:\n      - componentName: main\n        serviceVersion: {>1.2.3<}\n";
    check(&[&plain, CLUSTER, upgrade]);
    let rollout = "#- templates/r.yaml\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\nspec:\n  clusterName: mine\n  components:\n    - name: main\n      serviceVersion: {>1.2.3<}\n";
    check(&[&plain, CLUSTER, rollout]);
    check(&[
        &plain,
        POLICY,
        "  backupMethods:\n    - name: full\n      env:\n        - name: TAG\n          valueFrom:\n            versionMapping:\n              - serviceVersions: [{>1.2.3<}]\n",
    ]);
}

#[test]
fn versions_by_their_beginning() {
    let version = "#- templates/v.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentVersion\nmetadata: {name: tide}\nspec:\n  compatibilityRules:\n    - compDefs: [tide]\n      releases: [one, two]\n  releases:\n    - name: one\n      serviceVersion: 1.2.3\n    - name: two\n      serviceVersion: 2.0.0\n";
    let mapping = "  backupMethods:\n    - name: full\n      env:\n        - name: TAG\n          valueFrom:\n            versionMapping:\n              - serviceVersions: [\"1.2\"]\n";
    let text = [DEFINITION, "  provider: x\n", version, POLICY, mapping].concat();
    let (fixture, cursor) = at(&text, text.find("\"1.2\"").unwrap() + 2);
    let links = definition::definition(&fixture.world, cursor).unwrap();
    let start = text.find("1.2.3").unwrap();
    assert_eq!(links.targets.iter().map(|target| target.name).collect::<Vec<_>>(), [span(&text, (start, start + 5))]);
    let (fixture, cursor) = at(&text, start + 1);
    let found = references::references(&fixture.world, cursor).unwrap();
    assert_eq!(found.uses.iter().map(|used| used.by_pattern).collect::<Vec<_>>(), [true]);
}

#[test]
fn labels_that_pods_read() {
    let read = |path: &str| format!("fieldRef: {{fieldPath: \"metadata.{path}\"}}");
    let env = |path: &str| format!("        env:\n          - name: X\n            valueFrom: {{{}}}\n", read(path));
    let container = "  runtime:\n    containers:\n      - name: a\n";
    for list in ["labels", "annotations"] {
        let given = format!("  {list}:\n    {{=tide/mode=}}: x\n");
        let text = [DEFINITION, &given, container, &env(&format!("{list}['{{>tide/mode<}}']"))].concat();
        leads(&text);
    }
    let pod = "#- templates/d.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, labels: {mode: no}}\nspec:\n  template:\n    metadata: {labels: {{=mode=}: x}}\n    spec:\n      containers:\n      - name: a\n";
    leads(&[pod, &env("labels['{>mode<}']")].concat());
    let legacy = "      customLabelSpecs:\n        - key: {=mode=}\n          value: x\n      podSpec:\n        containers:\n          - name: a\n";
    leads(&[LEGACY, legacy, &env("labels['{>mode<}']").replace("        ", "            ")].concat());
}

#[test]
fn parts_that_clusters_name() {
    let roles = [DEFINITION, "  roles:\n    - name: {=leader=}\n"].concat();
    check(&[
        &roles,
        CLUSTER,
        "  services:\n    - name: a\n      componentSelector: main\n      roleSelector: {>leader<}\n",
    ]);
    let annotated =
        CLUSTER.replace("{name: mine}", "{name: mine, annotations: {kubeblocks.io/host-network: \"{>main<},other\"}}");
    check(&[&annotated.replace("- name: main", "- name: {=main=}"), "    - name: other\n"]);
    let services = [DEFINITION, "  services:\n    - name: {=rw=}\n  systemAccounts:\n    - name: root\n"].concat();
    let selector = |of: &str| {
        format!(
            "      serviceRefs:\n        - name: meta\n          clusterServiceSelector:\n            cluster: mine\n            {of}\n"
        )
    };
    check(&[&services, CLUSTER, &selector("service: {component: main, service: {>rw<}}")]);
    let accounts = services.replace("{=rw=}", "rw").replace("root", "{=root=}");
    check(&[&accounts, CLUSTER, &selector("credential: {component: main, name: {>root<}}")]);
    let given = CLUSTER.replace("- name: main", "- name: {=main=}");
    check(&[&given, &selector("service: {component: {>main<}, service: rw}")]);
    let methods = [DEFINITION, "  provider: x\n", POLICY, "  backupMethods:\n    - name: {=full=}\n"].concat();
    check(&[&methods, CLUSTER, "  backup: {method: {>full<}}\n"]);
    check(&[
        &given,
        "#- templates/n.yaml\napiVersion: experimental.kubeblocks.io/v1alpha1\nkind: NodeCountScaler\nmetadata: {name: n}\nspec:\n  targetClusterName: mine\n  targetComponentNames: [{>main<}]\n",
    ]);
}

#[test]
fn backups() {
    let data = |kind: &str, rest: &str| {
        format!(
            "---\napiVersion: dataprotection.kubeblocks.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {}}}\n{rest}",
            kind.to_lowercase()
        )
    };
    let policy =
        data("BackupPolicy", "spec:\n  backupMethods:\n    - name: {=full=}\n      actionSetName: actionset\n");
    for (kind, rest) in [
        ("BackupSchedule", "spec:\n  backupPolicyName: backuppolicy\n  schedules:\n    - backupMethod: {>full<}\n"),
        ("Backup", "spec:\n  backupPolicyName: backuppolicy\n  backupMethod: {>full<}\n"),
    ] {
        check(&["#- templates/b.yaml\n", &policy, &data(kind, rest)]);
    }
    let request = "---\napiVersion: operations.kubeblocks.io/v1alpha1\nkind: OpsRequest\nmetadata: {name: r}\nspec:\n  backup: {backupPolicyName: backuppolicy, backupMethod: {>full<}}\n";
    check(&["#- templates/b.yaml\n", &policy, request]);
    let schema = "  parametersSchema:\n    openAPIV3Schema:\n      type: object\n      properties:\n        {=level=}: {type: string}\n";
    for part in ["backup", "restore"] {
        check(&[
            "#- templates/b.yaml\n",
            &data("ActionSet", &format!("spec:\n  {part}:\n    withParameters: [{{>level<}}]\n{schema}")),
        ]);
    }
    let schedule = "  backupMethods:\n    - name: full\n      actionSetName: actionset\n  schedules:\n    - backupMethod: full\n      parameters:\n        - name: {>level<}\n          value: x\n";
    check(&[POLICY, schedule, &data("ActionSet", &format!("spec:\n{schema}"))]);
    let method = "  backupMethods:\n    - name: full\n      actionSetName: actionset\n      env:\n        - name: {=LEVEL=}\n          value: x\n";
    check(&[
        POLICY,
        method,
        &data(
            "ActionSet",
            "spec:\n  backup:\n    backupData:\n      image: x\n      command: [sh, -c, \"dump $(LEVEL) {>LEVEL<}\"]\n",
        )
        .replace("{>LEVEL<}", "${{>LEVEL<}}"),
    ]);
}

#[test]
fn operations() {
    let head = "#- templates/o.yaml\napiVersion: operations.kubeblocks.io/v1alpha1\nkind: OpsDefinition\nmetadata: {name: o}\nspec:\n  componentInfos:\n    - componentDefinitionName: tide-1\n";
    let schema = "  parametersSchema:\n    openAPIV3Schema:\n      properties:\n        {=speed=}: {type: string}\n";
    check(&[head, schema, "  actions:\n    - name: a\n      parameters: [{>speed<}]\n"]);
    check(&[
        head,
        schema,
        "  actions:\n    - name: a\n      workload:\n        podSpec:\n          containers:\n            - name: x\n              command: [sh, -c, \"run $({>speed<})\"]\n",
    ]);
    let request = "---\napiVersion: operations.kubeblocks.io/v1alpha1\nkind: OpsRequest\nmetadata: {name: r}\nspec:\n  custom:\n    opsDefinitionName: o\n    components:\n      - componentName: x\n        parameters:\n          - name: {>speed<}\n";
    check(&[head, schema, request]);
    let container = [DEFINITION, "  runtime:\n    containers:\n      - name: {=tide=}\n        env:\n          - name: PORT\n            value: x\n  roles:\n    - name: leader\n"].concat();
    let extractor = "  podInfoExtractors:\n    - name: e\n      podSelector: {role: leader}\n      env:\n        - name: P\n          valueFrom:\n            envRef: {targetContainerName: tide, envName: PORT}\n";
    check(&[&container, head, &extractor.replace("Name: tide", "Name: {>tide<}")]);
    let container = container.replace("{=tide=}", "tide");
    check(&[&container.replace("PORT", "{=PORT=}"), head, &extractor.replace("Name: PORT", "Name: {>PORT<}")]);
    check(&[&container.replace("leader", "{=leader=}"), head, &extractor.replace("leader", "{>leader<}")]);
    // One that names no definitions means any of its chart.
    let (open, _) = head.split_once("  componentInfos").expect("a list of definitions");
    let given = container.replace("PORT", "{=PORT=}");
    check(&[&given, open, &extractor.replace("Name: PORT", "Name: {>PORT<}")]);
    let old = open.replace("operations.kubeblocks.io", "apps.kubeblocks.io");
    let of_definition = "  componentDefinitionRefs:\n    - name: tide-1\n      ";
    for (given, names) in [
        (given, "envName: {>PORT<}"),
        (container.replace("name: tide\n", "name: {=tide=}\n"), "envName: PORT, containerName: {>tide<}"),
    ] {
        let vars = |indent: &str| {
            format!(
                "varsRef:\n{indent}  podSelectionStrategy: Available\n\
                 {indent}  vars: [{{name: P, valueFrom: {{envVarRef: {{{names}}}}}}}]\n"
            )
        };
        check(&[&given, &old, "  ", &vars("  ")]);
        check(&[&given, &old, of_definition, &vars("      ")]);
    }
}

#[test]
fn kubernetes() {
    let object = |api_version: &str, kind: &str, rest: &str| {
        format!("---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {{=it=}}}}\n{rest}")
    };
    let pod = |rest: &str| {
        format!(
            "#- templates/d.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d}}\nspec:\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n{rest}"
        )
    };
    let secret = object("v1", "Secret", "");
    let map = object("v1", "ConfigMap", "");
    check(&[&pod("      serviceAccountName: {>it<}\n"), &object("v1", "ServiceAccount", "")]);
    check(&[&pod("      imagePullSecrets:\n        - name: {>it<}\n"), &secret]);
    check(&[&pod("      volumes:\n        - name: v\n          secret: {secretName: {>it<}}\n"), &secret]);
    check(&[&pod("      volumes:\n        - name: v\n          configMap: {name: {>it<}}\n"), &map]);
    check(&[
        &pod("      volumes:\n        - name: v\n          persistentVolumeClaim: {claimName: {>it<}}\n"),
        &object("v1", "PersistentVolumeClaim", ""),
    ]);
    check(&[
        &pod(
            "      volumes:\n        - name: v\n          projected:\n            sources:\n              - secret: {name: {>it<}}\n",
        ),
        &secret,
    ]);
    check(&[
        &pod("      containers:\n        - name: a\n          envFrom:\n            - configMapRef: {name: {>it<}}\n"),
        &map,
    ]);
    check(&[
        &pod("      containers:\n        - name: a\n          envFrom:\n            - secretRef: {name: {>it<}}\n"),
        &secret,
    ]);
    let key = |kind: &str| {
        pod(&format!(
            "      containers:\n        - name: a\n          env:\n            - name: X\n              valueFrom:\n                {kind}:\n                  name: it\n                  key: {{>MODE<}}\n"
        ))
    };
    check(&[
        &key("configMapKeyRef"),
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: it}\ndata: {{=MODE=}: fast}\n",
    ]);
    check(&[
        &key("secretKeyRef"),
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: it}\nstringData: {{=MODE=}: fast}\n",
    ]);
    check(&[&pod(
        "      volumes:\n        - name: {=v=}\n      containers:\n        - name: a\n          volumeMounts:\n            - name: {>v<}\n",
    )]);
    let ports = pod(
        "      containers:\n        - name: a\n          ports:\n            - name: {=web=}\n          readinessProbe:\n            httpGet:\n              port: {>web<}\n",
    );
    check(&[&ports]);
    let containers = "containers:\n  - name: {=db=}\ninitContainers:\n  - name: b\n    env:\n      - name: CPU\n        valueFrom: {resourceFieldRef: {resource: limits.cpu, containerName: {>db<}}}\n";
    check(&[&pod(&lines::indented(containers, 6))]);
    check(&[DEFINITION, "  runtime:\n", &lines::indented(containers, 4)]);
    check(&[LEGACY, "      podSpec:\n", &lines::indented(containers, 8)]);
    let probe = "containers:\n  - name: a\n    ports: [{name: {=sql=}, containerPort: 1}]\n    livenessProbe: {tcpSocket: {port: {>sql<}}}\n";
    check(&[LEGACY, "      podSpec:\n", &lines::indented(probe, 8)]);
    let exported = "podSpec:\n  containers:\n    - name: {=db=}\n      ports: [{name: web, containerPort: 1}]\nconfigSpecs:\n  - name: c\n    injectEnvTo: [{>db<}]\n";
    check(&[LEGACY, &lines::indented(exported, 6)]);
    let old = exported.replace("injectEnvTo", "asEnvFrom");
    check(&[LEGACY, &lines::indented(&old, 6)]);
    let exported = "podSpec:\n  containers:\n    - name: db\n      ports: [{name: {=web=}, containerPort: 1}]\nmonitor:\n  exporterConfig: {scrapePort: {>web<}}\n";
    check(&[LEGACY, &lines::indented(exported, 6)]);
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  selector: {app: web}\n  ports:\n    - name: a\n      targetPort: {>web<}\n";
    check(&[&ports.replace("{>web<}", "80"), service]);
    check(&[
        &pod("      containers: []\n").replace("app: web", "app: {=web=}"),
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  selector: {app: {>web<}}\n",
    ]);
    check(&[
        "#- templates/i.yaml\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n  rules:\n    - http:\n        paths:\n          - backend: {service: {name: {>it<}, port: {name: web}}}\n",
        &object("v1", "Service", "spec: {ports: [{name: web}]}\n"),
    ]);
    let role = object("rbac.authorization.k8s.io/v1", "Role", "");
    check(&[
        "#- templates/r.yaml\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef:\n  kind: Role\n  name: {>it<}\n",
        &role,
    ]);
    check(&[
        "#- templates/r.yaml\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nsubjects:\n  - kind: ServiceAccount\n    name: {>it<}\n",
        &object("v1", "ServiceAccount", ""),
    ]);
    let class = object("storage.k8s.io/v1", "StorageClass", "");
    check(&[
        "#- templates/c.yaml\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec:\n  storageClassName: {>it<}\n",
        &class,
    ]);
}

#[test]
fn variables_in_texts_of_others() {
    let users = "  vars:\n    - name: {=PORT=}\n      value: x\n  scripts:\n    - name: s\n      template: texts\n      volumeName: s\n";
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata:\n  a: |\n    TEXT\n";
    check(&[DEFINITION, users, &map.replace("TEXT", "run $ ${PORT} ${>PORT<}")]);
    let shown = map.replace("TEXT", "{{- .Files.Get \"files/a\" | nindent 4 }}");
    check(&[DEFINITION, users, &shown, "#- files/a\nlisten {{ .{>PORT<} }}\n"]);
    check(&[DEFINITION, users, &shown, "#- files/a\nrun ${>PORT<}\n"]);
    let legacy = "      componentDefRef:\n        - componentDefName: main\n          componentRefEnv:\n            - name: {=PORT=}\n      scriptSpecs:\n        - name: s\n          templateRef: texts\n";
    check(&[LEGACY, legacy, &shown, "#- files/a\nrun ${>PORT<}\n"]);
    check(&[
        DEFINITION,
        "  lifecycleActions:\n    roleProbe:\n      exec:\n        env:\n          - name: {=OWN=}\n            value: x\n        command: [sh, -c, \"echo ${>OWN<}\"]\n",
    ]);
}

#[test]
fn older_objects() {
    let roles = "      consensusSpec:\n        leader: {name: {=leader=}}\n      systemAccounts: {accounts: [{name: root}]}\n      logConfigs: [{name: error}]\n      podSpec:\n        containers:\n          - name: db\n            volumeMounts: [{name: data}]\n      configSpecs: [{name: conf}]\n";
    let plain = roles.replace("{=leader=}", "leader");
    let policy = "---\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: BackupPolicyTemplate\nmetadata: {name: p}\nspec:\n  clusterDefinitionRef: old\n  backupPolicies:\n    - componentDefRef: main\n";
    check(&[LEGACY, roles, policy, "      target: {role: {>leader<}}\n"]);
    check(&[LEGACY, &plain.replace("root", "{=root=}"), policy, "      target: {account: {>root<}}\n"]);
    check(&[
        LEGACY,
        &plain.replace("name: data", "name: {=data=}"),
        policy,
        "      backupMethods: [{name: full, targetVolumes: {volumeMounts: [{name: {>data<}}]}}]\n",
    ]);
    let methods = "      backupMethods: [{name: {=full=}}]\n      schedules: [{backupMethod: {>full<}}]\n";
    check(&["#- templates/p.yaml\n", policy, methods]);
    let cluster = "---\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec:\n  clusterDefinitionRef: old\n  componentSpecs:\n    - name: one\n      componentDefRef: main\n";
    check(&[LEGACY, &plain.replace("name: error", "name: {=error=}"), cluster, "      enabledLogs: [{>error<}]\n"]);
    check(&[
        LEGACY,
        &plain.replace("name: data", "name: {=data=}"),
        cluster,
        "      volumeClaimTemplates: [{name: {>data<}}]\n",
    ]);
    let request = "---\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: OpsRequest\nmetadata: {name: r}\nspec:\n  clusterRef: c\n  restart: [{componentName: {>one<}}]\n";
    for list in ["restart: [{it}]", "rebuildFrom: [{it}]", "reconfigure: {it}", "customSpec: {it}", "scriptSpec: {it}"]
    {
        let request =
            request.replace("restart: [{componentName: {>one<}}]", &list.replace("it", "componentName: {>one<}"));
        check(&[LEGACY, &cluster.replace("name: one", "name: {=one=}"), &request]);
    }
    let version = "---\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: ClusterVersion\nmetadata: {name: v}\nspec:\n  clusterDefinitionRef: old\n  componentVersions:\n    - componentDefRef: main\n";
    check(&[
        LEGACY,
        &plain.replace("name: conf", "name: {=conf=}"),
        version,
        "      configSpecs: [{name: {>conf<}}]\n",
    ]);
    check(&[
        LEGACY,
        &plain.replace("name: db", "name: {=db=}"),
        version,
        "      versionsContext: {containers: [{name: {>db<}}]}\n",
    ]);
}
