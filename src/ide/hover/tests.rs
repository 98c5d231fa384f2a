//! Small charts with a cursor, and what is told there.

use super::super::fixture::Fixture;
use super::*;

/// Carets mark the text that is told of (`origin`); what is told stands behind `#= ` lines, one for each line.
fn check(fixture: &str) {
    let fixture = Fixture::of(fixture);
    let (_, cursor) = fixture.cursor();
    let mut found = Vec::new();
    if let Some(hover) = hover(&fixture.world, cursor) {
        assert!(!hover.blocks.is_empty());
        found.push(fixture.mark(hover.origin, "origin"));
        for block in hover.blocks {
            match block {
                Block::Text(text) => found.extend(text.lines().map(str::to_owned)),
                Block::Code { text, .. } => found.extend(text.lines().map(|line| format!("| {line}"))),
                Block::Link { text, to } => found.push(fixture.mark(to, "").trim_end().to_owned() + " " + &text),
            }
        }
    }
    assert_eq!(found, fixture.marks);
}

#[test]
fn components_and_their_order() {
    let text = r#"#- templates/cd.yaml
apiVersion: apps.kubeblocks.io/v1alpha1
kind: ClusterDefinition
metadata:
  name: db
spec:
  componentDefs:
    - name: META
      workloadType: Stateful
      service: {ports: [{name: rpc, port: 7000}]}
    - name: data
      componentDefRef:
        - componentDefName: REF
          componentRefEnv: [{name: META, valueFrom: {type: ServiceRef}}]
      podSpec:
        initContainers:
          - name: wait
            command: [sh, -c, "until nslookup ${META}-headless.ns.svc; do sleep 1; done"]
        containers:
          - name: data
            args: [--meta=$(META):7000]
"#;
    let told = "#= Component definition `meta` of ClusterDefinition `db`, Stateful\n\
                    #= Service ports: `rpc` 7000\n\
                    #= `data` waits for it.\n\
                    #= Start order: meta > data\n";
    check(&(text.replace("META\n", "me<|>ta\n    #       ^^^^ origin\n").replace("REF", "meta") + told));
    let link = "#= c/templates/cd.yaml:7:12-16 Defined in\n";
    let text = text.replace("- name: META", "- name: meta");
    check(&(text.replace("REF", "me<|>ta\n        #                   ^^^^ origin") + told + link));
    let told = "#= Variable `META`, from the reference to `meta`\n\
                    #= The name of the Service of `meta`: `<cluster>-<component>`, without namespace, domain and port\n\
                    #= c/templates/cd.yaml:13:35-39 Defined in\n";
    let text = text
        .replace("REF", "meta")
        .replace("$(META):7000]", "$(ME<|>TA):7000]\n            #               ^^^^ origin");
    check(&(text + told));
}

#[test]
fn settings() {
    let check = |text: &str| check(&format!("#- templates/a.yaml\na: 1\n#- .kubeblocks-ls.yaml\n{text}"));
    check(
        r#"overrides:
  - pa<|>ths: [a]
#   ^^^^^ origin
#= Setting `overrides[0].paths`
#= Which paths, as in .gitignore.
"#,
    );
    check(
        r#"rules:
  tab-inden<|>tation: warning
# ^^^^^^^^^^^^^^^ origin
#= Setting `rules.tab-indentation`
#= a tab where YAML wants blanks
#= One of `off`, `info`, `warning`, `error`; usually `error`
"#,
    );
    check("ignore:\n  - a<|>b\n");
    check("rul<|>e: {}\n");
}

#[test]
fn values_and_what_they_become() {
    check(
        r#"#- templates/a.yaml
a: "{{ .Values.image.t<|>ag | upper }}"
#                    ^^^ origin
#= Value `image.tag`
#= Which image.
#= Always one.
#= | tag: v1
#= c/values.yaml:6:2-5 Defined in
#= Renders `V1`
#= c/values.yaml:6:7-9 The value comes from
#- values.yaml
# No.

image:
  # Which image.
  # -- Always one.
  tag: v1
"#,
    );
    check(
        r#"#- templates/a.yaml
a: {{ .Values.adminPass<|>word }}
#             ^^^^^^^^^^^^^ origin
#= Value `adminPassword`
#= c/values.yaml:1:0-13 Defined in
#- values.yaml
adminPassword: hunter2
"#,
    );
}

#[test]
fn helpers_with_their_comments_and_texts() {
    check(
        r#"#- templates/a.yaml
{{- range list "x" "y" }}
---
labels:
  {{- include "lab<|>els" . | nindent 2 }}
#              ^^^^^^ origin
rest: 1
{{- end }}
#= Helper `labels`
#= All labels.
#= c/templates/_h.tpl:2:12-18 Defined in
#= Renders
#= | name: x
#= | more:
#= |   a: 1
#= Renders
#= | name: y
#= | more:
#= |   a: 1
#- templates/_h.tpl
{{/* All labels. */}}
{{- define "labels" -}}
name: {{ . }}
more:
  a: 1
{{- end }}
"#,
    );
}

#[test]
fn keys() {
    check(
        r#"#- templates/cd.yaml
apiVersion: apps.kubeblocks.io/v1alpha1
kind: ClusterDefinition
spec:
  componentDefs:
    {{- range list "a" "b" }}
    - name: {{ . }}
      {{- include "type" . | nindent 6 }}
    {{- end }}
#- templates/_h.tpl
{{- define "type" -}}
  work<|>loadType: Stateful
# ^^^^^^^^^^^^ origin
{{- end }}
#= ClusterDefinition `spec.componentDefs[].workloadType`
#= `Stateless`, `Stateful`, `Consensus` (a leader is elected; needs `consensusSpec` or `rsmSpec`) or `Replication` (roles are `primary` and `secondary`).
#= String, required. One of `Stateless`, `Stateful`, `Consensus`, `Replication`.
#= KubeBlocks 0.5 to 1.1
"#,
    );
    check(
        r#"#- /w/cluster.yaml
apiVersion: apps.kubeblocks.io/v1alpha1
kind: Clus<|>ter
#     ^^^^^^^ origin
#= `Cluster` of `apps.kubeblocks.io/v1alpha1`
#= One database cluster, as 0.5 to 0.9 knew it. `clusterDefinitionRef` says what it is made of, `clusterVersionRef` which images run, and each component what it gets. 1.2 does not know this version.
#= KubeBlocks 0.5 to 1.1
metadata: {name: x}
"#,
    );
}

#[test]
fn keys_that_are_nothing_special() {
    for text in [
        "apiVersion: v2\nkind: Cluster\nspec: {repl<|>icas: 1}\n",
        "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nspec: {topology: x<|>y}\n",
        "spec: {repl<|>icas: 1}\n",
    ] {
        check(&format!("#- templates/a.yaml\n{text}"));
    }
}

#[test]
fn findings() {
    check(
        r#"#- templates/a.yaml
apiVersion: apps.kubeblocks.io/v1
kind: Cluster
spec: {no<|>thing: 1}
#      ^^^^^^^ origin
#= Rule `unknown-field`: a field that the API server does not know and drops
#= Kubernetes keeps only the fields that a kind has. It drops all others, and Helm says nothing: the chart is installed, and the setting has no effect. Mostly the name is misspelt, or the field stands one level too deep or not deep enough.
"#,
    );
}

#[test]
fn values_that_a_field_allows() {
    check(
        r#"#- templates/a.yaml
apiVersion: apps.kubeblocks.io/v1
kind: ComponentDefinition
spec:
  podManagementPolicy: Para<|>llel
  #                    ^^^^^^^^ origin
#= ComponentDefinition `spec.podManagementPolicy`
#= `OrderedReady` starts pods one after the other, `Parallel` together. Nothing else; the schema does not check it.
#= String. Default `OrderedReady`.
#= KubeBlocks 1.0 to 1.2
"#,
    );
}

#[test]
fn patterns_and_stages() {
    let text = r#"#- templates/a.yaml
apiVersion: apps.kubeblocks.io/v1
kind: ClusterDefinition
metadata: {name: d}
spec:
  topologies:
    - name: one
      components:
        - name: a
          compDef: PATTERN
        - {name: b}
      orders: {provision: [b, ORDER]}
---
apiVersion: apps.kubeblocks.io/v1
kind: ComponentDefinition
metadata: {name: tide-1}
spec: {serviceVersion: 1.2.3, roles: [{name: leader}, {name: follower}]}
"#;
    let told = "#= `^tide-` matches 1: `tide-1`\n#= ComponentDefinition `tide-1`\n#= Service version: `1.2.3`\n\
                    #= Roles: `leader` and `follower`\n#= c/templates/a.yaml:15:17-23 Defined in\n";
    let pattern = "^tide<|>-\n          #        ^^^^^^ origin";
    check(&(text.replace("PATTERN", pattern).replace("ORDER", "a") + told));
    let told = "#= The component `a` of ClusterDefinition `d`\n#= Starts in stage 2 of 2, behind `b`\n#= | name: a\n\
                    #= | compDef: x\n#= c/templates/a.yaml:8:16-17 Defined in\n";
    check(&(text.replace("PATTERN", "x").replace("ORDER]}", "a<|>]}\n      #                       ^ origin") + told));
}

#[test]
fn keys_of_charts_and_values() {
    check(
        r#"#- Chart.yaml
apiVersion: v2
name: c
version: 1.0.0
annotations:
  addon.kubeblocks.io/kube<|>blocks-version: ">=1.1.0"
# ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ origin
#= Chart.yaml `annotations["addon.kubeblocks.io/kubeblocks-version"]`
#= The releases of KubeBlocks that the chart is for.
#= Checked for KubeBlocks 1.1 and 1.2
"#,
    );
    check(
        r#"#- values.yaml
# Which one.
  ta<|>g: 1
# ^^^ origin
#= Value `tag`
#= Which one.
#= A number.
#= Read once
#= c/templates/a.yaml:1:14-17 Read in
#- templates/a.yaml
a: {{ .Values.tag }}
#- values.schema.json
{"properties": {"tag": {"description": "A number."}}}
"#,
    );
}

#[test]
fn whole_actions() {
    check(
        r#"#- templates/a.yaml
a: {{ list 1 2<|> | join "," | quote }}
#  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ origin
#= Renders `"1,2"`
"#,
    );
    for text in [
        "{{ if <|>true }}{{ end }}a: 1\n",
        "{{/* <|>no */}}\na: 1\n",
        "{{ if false }}{{ <|>1 }}{{ end }}\n",
        "a: <|>b\n",
    ] {
        check(&format!("#- templates/a.yaml\n{text}"));
    }
}

#[test]
fn objects_anchors_and_files() {
    check(
        r#"#- templates/cd.yaml
apiVersion: apps.kubeblocks.io/v1alpha1
kind: ClusterDefinition
metadata: {name: db}
spec:
  componentDefs:
    - name: a
      configSpecs: [{name: x, templateRef: db-con<|>fig, volumeName: config}]
      #                                    ^^^^^^^^^ origin
#= ConfigMap `db-config`
#= Keys: `a.conf` and `b.conf`
#= c/templates/cm.yaml:3:17-26 Defined in
#= Rule `configmap-namespace`: a template that is looked for in another namespace than the one its ConfigMap is in
#- templates/cm.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: db-config}
data: {a.conf: "", b.conf: ""}
"#,
    );
    check(
        r#"#- templates/a.yaml
a: &x
  b: 1
  c: 2
d: *<|>x
#   ^ origin
#= Anchor `&x`
#= | b: 1
#= | c: 2
#= c/templates/a.yaml:1:4-5 Defined in
"#,
    );
    check(
        r##"#- templates/a.yaml
a: {{ .Files.Get "a.s<|>h" | quote }}
#                 ^^^^ origin
#= File `a.sh`, 15 bytes
#= | #!/bin/sh
#= | true
#= c/a.sh:1:0-0 Defined in
#= Renders `"#!/bin/sh\ntrue\n"`
#- a.sh
#!/bin/sh
true
"##,
    );
}

#[test]
fn variables_that_kubeblocks_gives() {
    check(
        r#"#- templates/a.yaml
apiVersion: apps.kubeblocks.io/v1alpha1
kind: ClusterDefinition
metadata: {name: d}
spec:
  componentDefs:
    - name: a
      podSpec:
        containers:
          - name: a
            args: ["$(KB_POD<|>_NAME)"]
            #         ^^^^^^^^^^^ origin
#= Variable `KB_POD_NAME`, which KubeBlocks gives, in KubeBlocks 0.5 to 0.9
"#,
    );
}

#[test]
fn dependencies_and_patterns_of_files() {
    let chart = r#"#- Chart.yaml
apiVersion: v2
name: c
version: 0.1.0
dependencies:
  - name: li<|>b
    #     ^^^ origin
#= Library `lib` 0.2.0
#= Helpers for all.
#= lib/Chart.yaml:2:6-9 Found in
    repository: file://../lib
    version: 0.2.0
#- /w/lib/Chart.yaml
apiVersion: v2
name: lib
version: 0.2.0
type: library
description: Helpers for all.
"#;
    check(chart);
    let condition = "    condition: lib.o<|>n\n    #              ^^ origin\n#= Value `lib.on`\n#= | on: true\n#= c/values.yaml:2:2-4 Found in\n";
    let chart: String = chart
        .replace("<|>", "")
        .lines()
        .filter(|line| !line.contains('^') && !line.starts_with("#= "))
        .map(|line| format!("{line}\n"))
        .collect();
    let chart = chart.replace("    version: 0.2.0\n#-", &format!("    version: 0.2.0\n{condition}#-"));
    check(&format!("{chart}#- values.yaml\nlib:\n  on: true\n"));
    check(
        r#"#- templates/a.yaml
a: {{ (.Files.Glob "s/*.s<|>h").AsConfig | quote }}
#                   ^^^^^^ origin
#= `s/*.sh` matches 2: `a.sh` and `b.sh`
#= Renders `"a.sh: \"\"\nb.sh: \"\""`
#- s/a.sh
#- s/b.sh
#- s/c.py
"#,
    );
}

#[test]
fn functions_also_where_nothing_is_rendered() {
    let fixture = Fixture::of("#- templates/_h.tpl\n{{ define \"h\" }}{{ .x | quo<|>te }}{{ end }}\n");
    let (_, cursor) = fixture.cursor();
    let told = hover(&fixture.world, cursor).unwrap();
    assert_eq!(fixture.mark(told.origin, ""), "c/templates/_h.tpl:1:24-29 ");
    assert!(matches!(&told.blocks[0], Block::Code { text, .. } if text.starts_with("quote ")), "{:?}", told.blocks);
    assert_eq!(told.blocks.len(), 2);
}

#[test]
fn names_where_they_are_given() {
    let text = r#"#- templates/a.yaml
apiVersion: apps.kubeblocks.io/v1
kind: ComponentDefinition
metadata:
  name: OBJECT
spec:
  vars:
    - name: VAR
      value: x
  roles:
    - name: ROLE
  systemAccounts:
    - name: ACCOUNT
      initAccount: true
  runtime:
    containers:
      - name: main
        args: [--a=$(PORT)]
---
apiVersion: dataprotection.kubeblocks.io/v1alpha1
kind: BackupPolicyTemplate
metadata: {name: p}
spec:
  compDefs: [tide-1]
  target: {role: leader}
"#;
    let check = |name: &str, marked: &str, told: &str| {
        let plain = [("OBJECT", "tide-1"), ("VAR", "PORT"), ("ROLE", "leader"), ("ACCOUNT", "root")];
        let text = plain.into_iter().fold(text.replace(name, marked), |text, (name, plain)| text.replace(name, plain));
        check(&(text + told));
    };
    check(
        "OBJECT",
        "tide<|>-1\n  #     ^^^^^^ origin",
        "#= ComponentDefinition `tide-1`\n#= Containers: `main`\n#= Roles: `leader`\n#= Accounts: `root`\n\
         #= Used once\n#= c/templates/a.yaml:23:13-19 Used in\n",
    );
    check(
        "VAR",
        "PO<|>RT\n    #       ^^^^ origin",
        "#= Environment variable `PORT`\n#= Value `x`\n#= Used once\n#= c/templates/a.yaml:17:21-25 Used in\n",
    );
    check(
        "ROLE",
        "le<|>ader\n    #       ^^^^^^ origin",
        "#= The role `leader` of ComponentDefinition `tide-1`\n#= | name: leader\n#= Used once\n\
         #= c/templates/a.yaml:24:17-23 Used in\n",
    );
    check(
        "ACCOUNT",
        "ro<|>ot\n    #       ^^^^ origin",
        "#= The system account `root` of ComponentDefinition `tide-1`\n#= | name: root\n#= | initAccount: true\n",
    );
}

#[test]
fn versions_of_apis() {
    let check =
        |object: &str, told: &str| check(&format!("#- templates/a.yaml\n{object}metadata: {{name: x}}\n{told}"));
    check(
        "apiVersion: apps.kubeblocks.io/v1<|>alpha1\n#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^ origin\nkind: Cluster\n",
        "#= `Cluster` of `apps.kubeblocks.io/v1alpha1`: KubeBlocks 0.5 to 1.1\n#= In `apps.kubeblocks.io/v1`: KubeBlocks 1.0 to 1.2\n",
    );
    check(
        "apiVersion: apps.kubeblocks.io/v1<|>alpha1\n#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^ origin\nkind: ClusterVersion\n",
        "#= `ClusterVersion` of `apps.kubeblocks.io/v1alpha1`: KubeBlocks 0.5 to 0.9\n#= A ComponentVersion takes its place.\n",
    );
    check("apiVersion: ap<|>ps/v1\nkind: Deployment\n", "");
}

#[test]
fn members_of_the_root_object() {
    check(
        "#- templates/a.yaml\n{{ if .Capabilities.Kube<|>Version.Major }}a: 1{{ end }}\n#                   ^^^^^^^^^^^ origin\n\
         #= `.Capabilities.KubeVersion`\n#= The version of Kubernetes.\n#= Renders `v1.32.0`\n",
    );
    check(
        "#- templates/a.yaml\na: {{ $.Release.Na<|>me }}\n#               ^^^^ origin\n\
         #= `.Release.Name`\n#= The release's name. Who installs the chart gives it.\n#= Renders `release-name`\n",
    );
    check(
        "#- Chart.yaml\n{apiVersion: v2, name: c, version: 1.0.0}\n#- templates/a.yaml\na: {{ .Chart.API<|>Version }}\n#            ^^^^^^^^^^ origin\n\
         #= `v2`; charts of Helm 2 have `v1`.\n#= | apiVersion: v2\n#= c/Chart.yaml:1:1-11 Defined in\n#= Renders `v2`\n#= c/Chart.yaml:1:13-15 The value comes from\n",
    );
    check("#- templates/a.yaml\n{{ $x := dict \"Name\" 1 }}a: {{ if $x.Na<|>me }}{{ end }}\n");
}

#[test]
fn parameters_that_nobody_sets() {
    check(
        "#- templates/p.yaml\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParametersDefinition\nmetadata:\n  name: p\nspec:\n  parametersSchema:\n    cue: |\n      #Tide: {\n        // How many.\n        max_cl<|>ients?: int\n#       ^^^^^^^^^^^ origin\n#= Parameter `max_clients`\n#= | // How many.\n#= | max_clients?: int\n      }\n",
    );
}
