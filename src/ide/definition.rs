//! Go to definition.

use super::locate::{self, Spot};
use super::reference::Lookup;
use super::{Cursor, Links, Target, addons, manifest, reference, references, template};
use crate::text::Span;
use crate::world::World;

/// Where the name under the cursor is defined.
///
/// In an action the name there comes first (a helper, a value, a file), then what the rendered text refers to.
pub fn definition(world: &World, at: Cursor) -> Option<Links> {
    let mut origin: Option<Span> = None;
    let mut targets: Vec<Target> = Vec::new();
    let mut add = |from: Span, to: Vec<Target>| {
        if !to.is_empty() {
            origin.get_or_insert(from);
            for target in to {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
    };
    if let Some(symbol) = world.files.get(&at.file).and_then(|file| template::symbol(file, at.offset)) {
        add(Span { file: at.file, range: symbol.origin }, template::targets(world, at, &symbol.meaning));
    }
    if let Some(named) = manifest::named(world, at) {
        add(named.origin, manifest::targets(world, at, &named));
    }
    // A value leads to where else it is written, or, where it is not, to itself: editors then show who reads it.
    if let Some(path) = references::value_key(world, at) {
        let charts = world.charts_of(at.file);
        let all: Vec<Target> = charts.iter().flat_map(|chart| template::values_of(chart, &path)).collect();
        let is_here = |target: &&Target| target.name.file == at.file && target.name.range.touches(at.offset);
        if let Some(here) = all.iter().find(is_here) {
            let others: Vec<Target> = all.iter().filter(|target| target.name != here.name).copied().collect();
            add(here.name, if others.is_empty() { vec![*here] } else { others });
        }
    }
    let mut lookup = Lookup::new(world);
    for spot in locate::spots(world, at) {
        if let Some((from, to)) = of_spot(&mut lookup, spot, at) {
            add(from, to);
        }
        if let Some(path) = addons::path_at(world, spot)
            && let Some(site) = spot.node.document.rendered().text.site(path.origin)
        {
            add(site.span, template::values_of(path.chart, &path.keys));
        }
    }
    if is_anchor(world, at) {
        for (document, name, item) in references::anchors(world, at) {
            let here = locate::targets(document, item, name);
            add(here.first()?.name, here);
        }
    }
    Some(Links { origin: origin?, targets })
}

/// The word under the cursor begins like an anchor.
fn is_anchor(world: &World, at: Cursor) -> bool {
    let before = world.source(at.file).and_then(|source| source.text.get(..at.offset as usize)).unwrap_or_default();
    before.rsplit(char::is_whitespace).next().is_some_and(|word| word.starts_with('&'))
}

fn of_spot<'w>(lookup: &mut Lookup<'w>, spot: Spot<'w>, at: Cursor) -> Option<(Span, Vec<Target>)> {
    let reference = reference::reference(lookup, spot)?;
    let site = spot.node.document.rendered().text.site(reference.origin)?;
    // A name of several origins is as long as the part that the cursor is in.
    let from =
        if site.span.file == at.file { site.span } else { Span::new(at.file, at.offset as usize, at.offset as usize) };
    let things = reference.things.iter();
    let targets = things.flat_map(|thing| {
        let document = thing.item.document;
        locate::targets(document, document.tree().node(thing.item.id).range, thing.name)
    });
    Some((from, targets.collect()))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// Carets mark the link (`origin`) and the names where it leads (`target`, `target of 3 lines` where the whole
    /// thing has more than one).
    fn check(fixture: &str) {
        let fixture = Fixture::of(fixture);
        let (_, cursor) = fixture.cursor();
        let mut found = Vec::new();
        if let Some(links) = definition(&fixture.world, cursor) {
            assert!(!links.targets.is_empty());
            found.push(fixture.mark(links.origin, "origin"));
            for target in links.targets {
                assert!(target.full.range.contains(target.name.range) && target.full.file == target.name.file);
                let label = match fixture.lines(target.full) {
                    1 => "target".to_owned(),
                    lines => format!("target of {lines} lines"),
                };
                found.push(fixture.mark(target.name, &label));
            }
        }
        found.sort();
        let mut expected = fixture.marks;
        expected.sort();
        assert_eq!(found, expected);
    }

    const HEAD: &str =
        "apiVersion: apps.kubeblocks.io/v1alpha1\nkind: ClusterDefinition\nmetadata:\n  name: db\nspec:\n";

    /// A fixture whose first file is a ClusterDefinition.
    fn check_definition(rest: &str) {
        check(&format!("#- templates/cd.yaml\n{HEAD}{rest}"));
    }

    #[test]
    fn component_of_the_same_definition() {
        check_definition(
            r#"  componentDefs:
    - name: a
      componentDefRef:
        - componentDefName: "b<|>b"
        #                    ^^ origin
    - name: bb
      #     ^^ target of 2 lines
      workloadType: Stateless
    - name: c
"#,
        );
    }

    #[test]
    fn aliases_lead_to_anchors() {
        check_definition(
            r#"  componentDefs:
    - name: a
      componentDefRef:
        - &refToB
        #  ^^^^^^ target of 3 lines
          componentDefName: b
          componentRefEnv: []
    - name: b
    - name: c
      componentDefRef:
        - *ref<|>ToB
        #  ^^^^^^ origin
"#,
        );
    }

    #[test]
    fn variables_through_aliases() {
        check_definition(
            r#"  componentDefs:
    - name: a
      componentDefRef:
        - &ref
          componentDefName: b
          componentRefEnv:
            - name: B_HOST
              #     ^^^^^^ target of 3 lines
              valueFrom:
                type: ServiceRef
    - name: b
    - name: c
      componentDefRef:
        - *ref
      podSpec:
        initContainers:
          - name: wait
            command:
              - sh
              - -c
              - until nslookup ${B_H<|>OST}-headless.$(KB_NAMESPACE).svc; do sleep 1; done
              #                  ^^^^^^ origin
"#,
        );
    }

    #[test]
    fn own_environment_comes_first() {
        check_definition(
            r#"  componentDefs:
    - name: c
      componentDefRef:
        - componentDefName: c
          componentRefEnv:
            - name: X
              #     ^ target
      podSpec:
        containers:
          - name: other
            env:
              - name: X
          - name: main
            env:
              - name: X
                #     ^ target of 2 lines
                value: 1
            args:
              - |
                echo start
                run --x=$(X<|>)
                #         ^ origin
"#,
        );
    }

    #[test]
    fn variables_of_scripts() {
        check_definition(
            r#"  componentDefs:
    - name: c
      podSpec:
        containers:
          - name: main
            args:
              - |
                export PORT=1
                #      ^^^^ target of 3 lines
                run $PO<|>RT
                #    ^^^^ origin
"#,
        );
    }

    #[test]
    fn steps_of_field_paths() {
        let text = r#"  componentDefs:
    - name: meta
      service:
    # ^^^^^^^ {A}
        ports:
          - name: rpc
          #       ^^^ {B}
            port: 1
    - name: c
      componentDefRef:
        - componentDefName: meta
          componentRefEnv:
            - name: X
              valueFrom:
                fieldPath: $.componentDef.{path}
                #                         {carets}
"#;
        let port = "^".repeat(18);
        for (mark, lines, path, carets) in [
            ("{A}", 4, "ser<|>vice.ports[0].port", "^^^^^^^ origin".to_owned()),
            ("{B}", 2, "service.ports[?(@.name == \"r<|>pc\")].port", format!("              {port} origin")),
            ("", 0, "service.nothing.po<|>rt", String::new()),
        ] {
            let mut text = text.replace("{path}", path).replace("{carets}", &carets);
            for name in ["{A}", "{B}"] {
                text = match name == mark {
                    true => text.replace(name, &format!("target of {lines} lines")),
                    false => text.lines().filter(|line| !line.contains(name)).map(|line| format!("{line}\n")).collect(),
                };
            }
            check_definition(&text);
        }
    }

    #[test]
    fn nothing_is_better_than_something_wrong() {
        for line in ["args: [\"$(NO<|>PE)\"]", "image: x<|>", "name: ma<|>in", "args: [$(dat<|>e)]"] {
            check_definition(&format!(
                "  componentDefs:\n    - name: c\n      podSpec:\n        containers:\n          - {line}\n"
            ));
        }
        check("#- templates/a.yaml\nkind: ConfigMap\ndata:\n  templateRef: a<|>b\n");
        check("#- values.yaml\na: <|>1\n");
        check("#- templates/a.yaml\na: <|>{{ .Values.\n");
    }

    #[test]
    fn volumes_and_mounts() {
        let text = r#"  componentDefs:
    - name: c
      configSpecs:
        - name: conf
          templateRef: none
          volumeName: config
          #           ^^^^^^ {A}
      volumeTypes:
        - name: data
        #       ^^^^ {B}
          type: data
      podSpec:
        containers:
          - name: main
            volumeMounts:
              - name: {config}
              #       ^^^^^^ {C}
                mountPath: /etc
              - name: {data}
              #       ^^^^ {D}
                mountPath: /data
"#;
        let with = |config: &str, data: &str, marks: [&str; 4]| {
            let mut text = text.replace("{config}", config).replace("{data}", data);
            for (name, mark) in ["{A}", "{B}", "{C}", "{D}"].iter().zip(marks) {
                text = match mark {
                    "" => text.lines().filter(|line| !line.contains(name)).map(|line| format!("{line}\n")).collect(),
                    mark => text.replace(name, mark),
                };
            }
            check_definition(&text);
        };
        with("con<|>fig", "data", ["target of 3 lines", "", "origin", ""]);
        with("config", "<|>data", ["", "target of 2 lines", "", "origin"]);
    }

    #[test]
    fn mounts_of_a_volume() {
        check_definition(
            r#"  componentDefs:
    - name: c
      scriptSpecs:
        - name: s
          volumeName: scri<|>pts
          #           ^^^^^^^ origin
      podSpec:
        containers:
          - name: main
            volumeMounts:
              - mountPath: /scripts
                name: scripts
                #     ^^^^^^^ target of 2 lines
        initContainers:
          - name: first
            volumeMounts:
              - {name: scripts, mountPath: /scripts}
              #        ^^^^^^^ target
"#,
        );
    }

    #[test]
    fn dependencies_and_their_switches() {
        let library = "#- /w/lib/Chart.yaml\napiVersion: v2\nname: lib\n{mark}version: 0.1.0\ntype: library\n";
        let chart = |item: &str| {
            format!(
                "#- Chart.yaml\napiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n  - {item}\n    repository: file://../lib\n    version: 0.1.0\n"
            )
        };
        let marked = library.replace("{mark}", "#     ^^^ target of 4 lines\n");
        check(&format!("{}{marked}", chart("name: li<|>b\n    #     ^^^ origin")));
        let values = "#- values.yaml\nother:\n  on: false\n# ^^ target\n";
        let condition =
            chart("name: lib\n    alias: other\n    condition: other.o<|>n,global.x\n    #                ^^ origin");
        check(&format!("{condition}{values}{}", library.replace("{mark}", "")));
    }

    #[test]
    fn what_is_a_definition_leads_to_itself_or_its_like() {
        check("#- templates/a.yaml\nkind: A\na: &na<|>me\n#   ^^^^ origin\n#   ^^^^ target\nb: *name\n");
        check(
            "#- values.yaml\n#= c/values.yaml:1:0-5 origin\n#= c/values.yaml:1:0-5 target of 2 lines\ni<|>mage:\n  tag: x\n",
        );
        check(
            "#- values.yaml\nimage:\n  tag: x\n# ^^^ target\n#- values.schema.json\n{\"properties\": {\"image\": {\"properties\": {\"t<|>ag\": {}}}}}\n#= c/values.schema.json:1:42-45 origin\n",
        );
        check("#- values.yaml\na: 1\n#- values.schema.json\n{\"proper<|>ties\": {\"a\": {}}}\n");
    }

    #[test]
    fn parameters_that_are_set() {
        check(
            r#"#- templates/r.yaml
apiVersion: parameters.kubeblocks.io/v1alpha1
kind: Parameter
metadata: {name: r}
spec:
  clusterName: mine
  componentParameters:
    - componentName: main
      parameters:
        max_cl<|>ients: "1"
      # ^^^^^^^^^^^ origin
#- templates/d.yaml
apiVersion: apps.kubeblocks.io/v1
kind: ComponentDefinition
metadata: {name: tide-1}
spec: {provider: x}
---
apiVersion: apps.kubeblocks.io/v1
kind: Cluster
metadata: {name: mine}
spec:
  componentSpecs:
    - name: main
      componentDef: tide-1
---
apiVersion: parameters.kubeblocks.io/v1alpha1
kind: ParametersDefinition
metadata: {name: p}
spec:
  componentDef: tide-1
  parametersSchema:
    cue: |
      #Tide: {
        max_clients?: int
      # ^^^^^^^^^^^ target of 4 lines
      }
"#,
        );
    }

    #[test]
    fn files_of_a_pattern() {
        check(
            "#- templates/a.yaml\na: {{ (.Files.Glob \"scripts/<|>*.sh\").AsConfig }}\n#                   ^^^^^^^^^^^^ origin\n#- scripts/a.sh\n#= c/scripts/a.sh:1:0-0 target\n#- scripts/b.sh\n#= c/scripts/b.sh:1:0-0 target\n#- scripts/c.py\n",
        );
    }

    #[test]
    fn ports() {
        check_definition(
            r#"  connectionCredential:
    port: "8001"
  componentDefs:
    - name: c
      service:
        ports:
          - name: rpc
            port: 1
            targetPort: r<|>pc
            #           ^^^ origin
      podSpec:
        containers:
          - name: main
            ports:
              - name: rpc
              #       ^^^ target of 2 lines
                containerPort: 8001
"#,
        );
        check_definition(
            r#"  connectionCredential:
    endpoint: "$(SVC_FQDN):$(SVC_PORT_s<|>ql)"
    #                        ^^^^^^^^^^^^ origin
  componentDefs:
    - name: c
      service:
        ports:
          - name: sql
          #       ^^^ target of 2 lines
            port: 1
"#,
        );
    }

    #[test]
    fn objects_of_other_charts() {
        let cluster = |line: &str| {
            format!(
                "#- /w/db-cluster/templates/cluster.yaml\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: Cluster\n\
                 metadata:\n  name: x\nspec:\n{line}"
            )
        };
        let definition =
            "#- /w/db/templates/cd.yaml\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: ClusterDefinition\n";
        check(&format!(
            "{}{definition}metadata:\n  name: db\n  #     ^^ target of 5 lines\nspec: {{}}\n",
            cluster("  clusterDefinitionRef: d<|>b\n  #                     ^^ origin\n")
        ));
        check(&format!(
            "{}{definition}metadata:\n  name: db\nspec:\n  componentDefs:\n    - name: meta\n    #       ^^^^ target\n",
            cluster(
                "  clusterDefinitionRef: db\n  componentSpecs:\n    - name: m\n      componentDefRef: m<|>eta\n      \
                 #                ^^^^ origin\n"
            )
        ));
    }

    #[test]
    fn config_maps_by_template_ref() {
        check_definition(
            r#"  componentDefs:
    - name: c
      configSpecs:
        - name: conf
          templateRef: db-on<|>e
          #            ^^^^^^ origin
#- templates/cm.yaml
{{- range list "one" "two" }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: db-{{ . }}
  #     ^^^^^^^^^^ target of 5 lines
data: {}
{{- end }}
"#,
        );
    }

    #[test]
    fn helpers_here_and_in_dependencies() {
        check(
            r#"#- templates/a.yaml
a: {{ include "lib.na<|>me" . }}
#              ^^^^^^^^ origin
#- templates/_helpers.tpl
{{- define "other" }}{{ end }}
#- charts/lib/Chart.yaml
apiVersion: v2
name: lib
type: library
version: 0.1.0
#- charts/lib/templates/_names.tpl
{{- define "lib.name" -}}
#           ^^^^^^^^ target of 3 lines
x
{{- end }}
"#,
        );
        check(
            "#- templates/a.tpl\n{{ template \"x<|>\" . }}\n#            ^ origin\n{{ define \"x\" }}{{ end }}\n#          ^ target\n",
        );
    }

    #[test]
    fn values_by_segment() {
        check(
            r#"#- templates/a.yaml
a: {{ .Values.image.t<|>ag | quote }}
#                   ^^^ origin
#- values.yaml
image: {name: x, tag: y}
#                ^^^ target
"#,
        );
        check(
            r#"#- templates/a.yaml
a: {{ with $.Values.lib.na<|>me }}{{ . }}{{ end }}
#                       ^^^^ origin
#- values.yaml
x:
  lib:
    name: no
 # The comment is for the caret.
lib: {other: 1, name: {first: 2}}
#               ^^^^ target
"#,
        );
    }

    #[test]
    fn values_by_index() {
        check(
            r#"#- templates/a.yaml
a: {{ index .Values.image "the-t<|>ag" "x" }}
#                          ^^^^^^^ origin
#- values.yaml
image: {name: x, the-tag: {x: 1}}
#                ^^^^^^^ target
"#,
        );
    }

    #[test]
    fn claims_of_clusters() {
        let cluster = |name: &str, mark: &str| {
            format!(
                "#- /w/db-cluster/templates/cluster.yaml\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: Cluster\n\
                 metadata: {{name: x}}\nspec:\n  clusterDefinitionRef: db\n  componentSpecs:\n    - name: m\n      \
                 componentDefRef: meta\n      volumeClaimTemplates:\n        - name: {name}\n        #       {mark}\n"
            )
        };
        let definition = |name: &str, mark: &str| {
            format!(
                "{HEAD}  componentDefs:\n    - name: meta\n      podSpec:\n        containers:\n          - name: meta\n            \
                 volumeMounts:\n              - name: {name}\n              #       {mark}\n"
            )
        };
        check(&format!(
            "{}#- /w/db/templates/cd.yaml\n{}",
            cluster("data", "^^^^ target"),
            definition("<|>data", "^^^^ origin")
        ));
        check(&format!(
            "{}#- /w/db/templates/cd.yaml\n{}",
            cluster("dat<|>a", "^^^^ origin"),
            definition("data", "^^^^ target")
        ));
    }

    #[test]
    fn containers_of_versions() {
        check(&format!(
            "#- templates/cv.yaml\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: ClusterVersion\nmetadata: {{name: v}}\n\
             spec:\n  clusterDefinitionRef: db\n  componentVersions:\n    - componentDefRef: meta\n      \
             versionsContext:\n        containers:\n          - {{name: m<|>ain, image: x}}\n          \
             #        ^^^^ origin\n#- templates/cd.yaml\n{HEAD}  componentDefs:\n    - name: meta\n      podSpec:\n        \
             containers:\n          - name: main\n          #       ^^^^ target\n    - name: other\n      podSpec:\n        \
             containers:\n          - name: main\n"
        ));
    }

    #[test]
    fn values_of_libraries_and_subcharts() {
        check(
            r#"#- templates/a.yaml
a: {{ include "lib.name" . }}
#- values.yaml
all: {name: x, sub: {name: y}}
#     ^^^^ target
sub: {all: {name: z}}
#- charts/lib/Chart.yaml
apiVersion: v2
name: lib
type: library
version: 0.1.0
#- charts/lib/templates/_names.tpl
{{- define "lib.name" -}}{{ .Values.all.nam<|>e }}{{- end }}
#                                       ^^^^ origin
"#,
        );
        check(
            r#"#- values.yaml
all: {name: x}
sub: {all: {name: z}}
#           ^^^^ target
#- charts/sub/Chart.yaml
apiVersion: v2
name: sub
version: 0.1.0
#- charts/sub/values.yaml
all: {name: own}
#     ^^^^ target
#- charts/sub/templates/a.yaml
a: {{ .root.Values.all.nam<|>e }}
#                      ^^^^ origin
"#,
        );
    }

    #[test]
    fn files_and_chart_yaml() {
        check(
            r#"#- templates/a.yaml
a: {{ .Files.Get "scripts/a.s<|>h" | quote }}
#                 ^^^^^^^^^^^^ origin
#= c/scripts/a.sh:1:0-0 target
#- scripts/a.sh
#!/bin/sh
"#,
        );
        check(
            r#"#- templates/a.yaml
a: {{ .Chart.AppV<|>ersion }}
#            ^^^^^^^^^^ origin
#- Chart.yaml
{apiVersion: v2, name: c, version: 0.1.0, appVersion: "1"}
#                                         ^^^^^^^^^^ target
"#,
        );
    }

    #[test]
    fn texts_in_values_files_are_where_they_are_shown() {
        check(
            r#"#- templates/cd.yaml
apiVersion: apps.kubeblocks.io/v1
kind: ComponentDefinition
metadata: {name: tide}
spec:
  vars:
    - name: TIDE_LEVEL
    #       ^^^^^^^^^^ target of 2 lines
      value: high
  configs:
    - {name: conf, template: texts, volumeName: conf}
#- templates/m.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: texts}
data:
  tide.conf: |
    {{- .Values.config | nindent 4 }}
#- values.yaml
config: |
  [tide]
  level = {{ .TIDE_LEV<|>EL }}
#             ^^^^^^^^^^ origin
"#,
        );
    }

    #[test]
    fn a_helper_leads_to_all_it_became() {
        check_definition(
            r#"  componentDefs:
    - name: a
      componentDefRef:
        - {componentDefName: b, componentRefEnv: [{name: HOST_OF_B}]}
        #                                                ^^^^^^^^^ target
      podSpec:
        initContainers:
          {{- include "wait" "HOST_OF_B" | nindent 10 }}
    - name: b
      componentDefRef:
        - {componentDefName: c, componentRefEnv: [{name: HOST_OF_C}]}
        #                                                ^^^^^^^^^ target
      podSpec:
        initContainers:
          {{- include "wait" "HOST_OF_C" | nindent 10 }}
    - name: c
#- templates/_helpers.tpl
{{- define "wait" -}}
- name: wait
  command: [sh, -c, "until nslookup $({{ <|>. }}); do sleep 1; done"]
  #                                   ^^^^^^^ origin
{{- end }}
"#,
        );
    }

    #[test]
    fn what_helpers_write_is_reached_through_the_include() {
        check_definition(
            r#"  componentDefs:
    - name: {{ include "name" . }}
    #       ^^^^^^^^^^^^^^^^^^^^^^ target of 2 lines
      workloadType: Stateless
    - name: c
      componentDefRef:
        - componentDefName: ma<|>in
        #                   ^^^^ origin
#- templates/_helpers.tpl
{{- define "name" -}}main{{- end }}
#                    ^^^^ target
"#,
        );
    }
}
