//! Small charts with a cursor, and what can be written there.

use super::super::fixture::Fixture;
use super::*;

fn found(fixture: &str) -> Option<(String, Completion)> {
    let fixture = Fixture::of(fixture);
    let (source, cursor) = fixture.cursor();
    let found = completion(&fixture.world, cursor)?;
    let mut labels = std::collections::HashSet::new();
    assert!(found.items.iter().all(|item| labels.insert(item.label.clone())));
    for item in &found.items {
        describe(&fixture.world, cursor, &item.label);
    }
    Some((found.range.of(&source.text).to_owned(), found))
}

/// The first labels, or all that are asked for, in order; the text that is replaced in front.
fn labels(fixture: &str, count: usize) -> String {
    let Some((range, found)) = found(fixture) else { return "nothing".into() };
    let labels: Vec<_> = found.items.iter().take(count).map(|item| item.label.as_str()).collect();
    format!("`{range}` {}", labels.join(" "))
}

fn inserted(fixture: &str, label: &str) -> String {
    let (_, found) = found(fixture).unwrap();
    let item = found.items.into_iter().find(|item| item.label == label).unwrap();
    item.snippet.unwrap_or(item.insert)
}

const DEFINITION: &str = "#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: tide\nspec:\n";

fn of_definition(rest: &str, count: usize) -> String {
    labels(&format!("{DEFINITION}{rest}"), count)
}

#[test]
fn fields() {
    assert_eq!(of_definition("  <|>\n", 3), "`` runtime annotations available");
    assert_eq!(
        of_definition("  runtime: {}\n  roles:\n    - name: a\n      <|>\n", 3),
        "`` isExclusive participatesInQuorum updatePriority"
    );
    assert_eq!(of_definition("  roles:\n    - <|>\n", 2), "`` name isExclusive");
    assert_eq!(of_definition("  roles:\n    - na<|>\n", 2), "`na` name isExclusive");
    assert_eq!(of_definition("  roles:\n  <|>\n", 1), "`` runtime");
    assert_eq!(of_definition("  roles:\n    <|>\n", 1), "`` -");
    assert_eq!(of_definition("  roles:\n    - name: a\n    <|>\n", 1), "`` -");
    assert_eq!(of_definition("  roles: [{na<|>}]\n", 1), "`na` name");
    let list = "#- templates/a.yaml\napiVersion: v1\nkind: List\nitems:\n  - apiVersion: apps.kubeblocks.io/v1\n    kind: ComponentDefinition\n    spec:\n";
    assert_eq!(labels(&format!("{list}      roles:\n        - na<|>\n"), 2), "`na` name isExclusive");
    assert_eq!(
        labels("#- templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  <|>\n", 9),
        "`` name annotations finalizers labels namespace ownerReferences"
    );
    assert_eq!(
        of_definition(
            "  runtime:\n    containers:\n      - name: x\n        livenessProbe:\n          tcp<|>Socket: {}\n",
            1
        ),
        "`tcpSocket` tcpSocket"
    );
    assert_eq!(of_definition("  roles:\n    - name: {{ .Values.\n      <|>\n", 1), "`` isExclusive");
    assert_eq!(
        of_definition("{{ if .Values.never }}\n  roles:\n    - name: a\n      par<|>\n", 1),
        "`par` participatesInQuorum"
    );
    assert_eq!(of_definition("  # <|>\n", 1), "nothing");
    assert_eq!(of_definition("  description: some <|>\n", 1), "nothing");
}

#[test]
fn fields_come_with_what_they_need() {
    let field = |rest: &str, label| inserted(&format!("{DEFINITION}{rest}"), label);
    assert_eq!(field("  <|>\n", "provider"), "provider: ");
    assert_eq!(field("  <|>\n", "roles"), "roles:\n  - name: $1");
    assert_eq!(field("  <|>\n", "labels"), "labels:\n  $1");
    assert_eq!(field("  roles:\n    - <|>\n", "isExclusive"), "isExclusive: ${1|true,false|}");
    assert_eq!(field("  vars:\n    - val<|>\n", "valueFrom"), "valueFrom:\n    $1");
    assert_eq!(field("  <|>roles: []\n", "roles"), "roles");
    assert_eq!(field("  roles:\n    - name: a\n    <|>\n", "-"), "- name: $1");
    assert_eq!(field("  runtime:\n    containers:\n      - args:\n          <|>\n", "-"), "- $1");
}

#[test]
fn values_to_choose() {
    assert_eq!(of_definition("  updateStrategy: <|>\n", 9), "`` Serial BestEffortParallel Parallel");
    assert_eq!(of_definition("  updateStrategy: Par<|>\n", 1), "`Par` Parallel");
    assert_eq!(of_definition("  updateStrategy: \"<|>\"\n", 1), "`` Serial");
    assert_eq!(of_definition("  roles:\n    - isExclusive: <|>\n", 9), "`` true false");
    assert_eq!(inserted(&format!("{DEFINITION}  updateStrategy:<|>\n"), "Parallel"), " Parallel");
}

#[test]
fn objects() {
    assert_eq!(
        labels("#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDef<|>\n", 1),
        "`ComponentDef` ComponentDefinition"
    );
    assert_eq!(
        labels("#- templates/a.yaml\napiVersion: <|>\nkind: ComponentVersion\n", 9),
        "`` apps.kubeblocks.io/v1 apps.kubeblocks.io/v1alpha1"
    );
    assert_eq!(labels("#- templates/a.yaml\na<|>\n", 1), "`a` apiVersion");
    let skeleton = "apiVersion: apps.kubeblocks.io/v1\nkind: ShardingDefinition\nmetadata:\n  name: $1\nspec:\n  template:\n    compDef: $2";
    assert_eq!(inserted("#- templates/a.yaml\n<|>\n", "ShardingDefinition (apps.kubeblocks.io/v1)"), skeleton);
}

#[test]
fn only_what_the_releases_have() {
    let chart = |range: &str| {
        format!(
            "{DEFINITION}  systemAccounts:\n    - name: x\n      pass<|>\n#- Chart.yaml\napiVersion: v2\nname: c\nversion: 0.1.0\nannotations:\n  addon.kubeblocks.io/kubeblocks-version: \"{range}\"\n"
        )
    };
    assert_eq!(labels(&chart("~1.0.0"), 2), "`pass` passwordGenerationPolicy initAccount");
    assert_eq!(labels(&chart(">=1.2.0"), 1), "`pass` passwordConfig");
}

#[test]
fn helpers_know_where_they_are_included() {
    let helper = |include: &str, body: &str| {
        format!(
            "#- templates/_h.tpl\n{{{{- define \"h\" }}}}\n{body}\n{{{{- end }}}}\n#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: x\nspec:\n{include}\n"
        )
    };
    assert_eq!(labels(&helper("  roles:\n    {{- include \"h\" . | nindent 4 }}", "- na<|>"), 1), "`na` name");
    assert_eq!(labels(&helper("  {{- include \"h\" . | nindent 2 }}", "roles:\n  - na<|>"), 1), "`na` name");
    assert_eq!(labels(&helper("  roles: {{ include \"h\" . | nindent 4 }}", "- na<|>"), 1), "`na` name");
    assert_eq!(labels(&helper("{{ include \"h\" . | indent 2 }}", "pro<|>"), 1), "`pro` provider");
    assert_eq!(labels(&helper("", "pro<|>"), 1), "nothing");
    let begun = |in_helper: &str, here: &str| {
        let head = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: x\nspec:\n  clusterDef: a\n";
        labels(
            &format!(
                "#- templates/_h.tpl\n{{{{ define \"head\" }}}}\n{head}{{{{ end }}}}{{{{ define \"part\" }}}}\n- name: a\n  {in_helper}\n{{{{ end }}}}\n#- templates/a.yaml\n{{{{ if .Values.never }}}}\n  {{{{- include \"head\" . }}}}\n  topology: x\n  {here}\n  componentSpecs:\n  {{{{- include \"part\" . | indent 2 }}}}\n{{{{ end }}}}\n"
            ),
            1,
        )
    };
    assert_eq!(begun("componentD<|>", ""), "`componentD` componentDef");
    assert_eq!(begun("", "term<|>"), "`term` terminationPolicy");
}

fn in_action(action: &str, count: usize) -> String {
    labels(
        &format!(
            "#- templates/a.yaml\na: {{{{ {action} }}}}\n#- values.yaml\n# Which one.\nimage:\n  tag: v1\n  repo: x\nlist: [{{k: 1}}]\nmap: {{one: {{z: 1}}}}\n#- scripts/a.sh\ntrue\n#- templates/_h.tpl\n{{{{ define \"tide.name\" }}}}x{{{{ end }}}}{{{{ .Values.unwritten }}}}\n"
        ),
        count,
    )
}

#[test]
fn in_actions() {
    for (action, count, expected) in [
        (".Values.<|>", 9, "`` image list map unwritten"),
        (".Values.image.t<|>", 9, "`t` tag repo"),
        ("$.Values.image.<|>", 9, "`` tag repo"),
        ("with .Values.image }}{{ .<|> }}{{ end", 4, "`` tag repo Values Release"),
        ("range .Values.list }}{{ .<|> }}{{ end", 2, "`` k Values"),
        ("range .Values.list }}{{ .Values.<|> }}{{ end", 9, "`` image map list unwritten"),
        ("range .Values.list }}{{ .Values.image.<|> }}{{ end", 9, "`` tag repo"),
        ("range .Values.list }}{{ .x.<|> }}{{ end", 9, "nothing"),
        ("range $a, $b := .Values.map }}{{ $b.<|> }}{{ end", 9, "`` z"),
        ("$x := .Values.image }}{{ $x.<|>", 9, "`` tag repo"),
        ("$x := .Values.image }}{{ $<|>", 9, "`$` $x $"),
        ("index .Values \"im<|>\"", 1, "`im` image"),
        (".<|>", 3, "`` Values Release Chart"),
        (".Chart.<|>", 2, "`` Name Version"),
        (".Release.<|>", 2, "`` Name Namespace"),
        (".Files.<|>", 1, "`` Get"),
        (".Files.Get \"<|>\"", 9, "`` scripts/a.sh"),
        (".Files.Glob \"<|>\"", 9, "`` scripts/a.sh scripts/*"),
        (".Files.Get <|>", 1, "`` scripts/a.sh"),
        ("include \"<|>\" .", 9, "`` tide.name"),
        ("include <|>", 1, "`` tide.name"),
        ("include \"x\" . | nind<|>", 1, "`nind` nindent"),
        ("inc<|>", 1, "`inc` include"),
        ("e<|>", 3, "`e` end else empty"),
        ("\"a<|>\"", 1, "nothing"),
        ("12<|>", 1, "nothing"),
    ] {
        assert_eq!(in_action(action, count), expected, "{action}");
    }
    assert_eq!(
        inserted("#- templates/a.yaml\na: {{ include \"<|>\n#- templates/_h.tpl\n{{ define \"x\" }}{{ end }}\n", "x"),
        "x\" ."
    );
}

#[test]
fn what_an_action_needs_is_written_along() {
    let action = |text: &str, label: &str| {
        let helper = "#- templates/_h.tpl\n{{ define \"tide.name\" }}x{{ end }}\n#- scripts/a.sh\ntrue\n";
        let fixture =
            format!("#- templates/a.yaml\nb:\n  a: {{{{ {text} }}}}\n#- values.yaml\nlist: [x]\nimage: y\n{helper}");
        let (_, found) = found(&fixture).unwrap();
        let item = found.items.into_iter().find(|item| item.label == label).unwrap();
        let also = item.also.map(|(at, also)| format!(" {also:?} {}", found.range.start as i64 - i64::from(at)));
        item.snippet.unwrap_or(item.insert) + &also.unwrap_or_default()
    };
    for (text, label, expected) in [
        ("range .Values.list }}{{ .Values.<|> }}{{ end", "image", "image \"$\" 8"),
        ("range .Values.list }}{{ .<|> }}{{ end", "Release", "Release \"$\" 1"),
        ("include <|>", "tide.name", "\"tide.name\" ."),
        ("include <|> .", "tide.name", "\"tide.name\""),
        ("include \"<|>\"", "tide.name", "tide.name \" .\" -1"),
        ("range .Values.list }}{{ include \"<|>\" }}{{ end", "tide.name", "tide.name \" $\" -1"),
        ("include \"<|>\" .", "tide.name", "tide.name"),
        (".Files.Get <|>", "scripts/a.sh", "\"scripts/a.sh\""),
        ("include \"tide.name\" . | nind<|>", "nindent", "nindent 4"),
        ("include \"tide.name\" . | nind<|> 2", "nindent", "nindent"),
        ("default <|>", "printf", "(printf $1)"),
        ("default (<|>", "printf", "printf"),
        ("pri<|>", "printf", "printf"),
    ] {
        assert_eq!(action(text, label), expected, "{text}");
    }
}

#[test]
fn dots_in_helpers_are_what_they_are_called_with() {
    let helper = |call: &str, typed: &str| {
        labels(
            &format!(
                "#- templates/_h.tpl\n{{{{ define \"h\" }}}}{{{{ {typed} }}}}{{{{ end }}}}\n#- templates/a.yaml\na: {{{{ include \"h\" {call} }}}}\n#- values.yaml\nimage: {{tag: 1}}\n"
            ),
            3,
        )
    };
    assert_eq!(helper(".", ".<|>"), "`` Values Release Chart");
    assert_eq!(helper(".Values.image", ".<|>"), "`` tag");
    assert_eq!(helper("(dict \"root\" $ \"of\" .Values.image)", ".<|>"), "`` root of");
    assert_eq!(helper("(dict \"root\" $ \"of\" .Values.image)", ".of.<|>"), "`` tag");
    assert_eq!(helper("(dict \"root\" $ \"of\" .Values.image)", ".root.Values.<|>"), "`` image");
}

#[test]
fn anchors_and_variables() {
    assert_eq!(labels("#- templates/a.yaml\na: &one\n  b: &two 1\nc: *<|>\n", 9), "`` two one");
    assert_eq!(labels("#- templates/a.yaml\na: &one 1\n---\nc: *o<|>\n", 9), "nothing");
    let container = "  vars:\n    - name: HOST\n  runtime:\n    containers:\n      - name: a\n        env:\n          - name: PORT\n            value: \"1\"\n";
    assert_eq!(of_definition(&format!("{container}        args: [--x=$(<|>)]\n"), 2), "`` PORT HOST");
    assert_eq!(
        of_definition(&format!("{container}        command:\n          - |\n            echo ${{HO<|>ST}}\n"), 1),
        "`HOST` HOST"
    );
    assert_eq!(of_definition(&format!("{container}        image: $H<|>\n"), 1), "nothing");
}

#[test]
fn values_files_lack_what_templates_read() {
    let chart = |values: &str| {
        format!(
            "#- templates/a.yaml\na: {{{{ .Values.a.b }}}}{{{{ .Values.a.c }}}}{{{{ .Values.d }}}}\n#- values.yaml\n{values}"
        )
    };
    assert_eq!(labels(&chart("a:\n  b: 1\n  <|>\n"), 9), "`` c");
    assert_eq!(labels(&chart("a: {}\n<|>\n"), 9), "`` d");
    assert_eq!(inserted(&chart("<|>\n"), "a"), "a:");
    assert_eq!(
        labels("#- values.yaml\nm<|>\n#- values.schema.json\n{\"properties\": {\"mode\": {\"enum\": [\"x\"]}}}\n", 9),
        "`m` mode"
    );
    assert_eq!(
        labels(
            "#- values.yaml\nmode: <|>\n#- values.schema.json\n{\"properties\": {\"mode\": {\"enum\": [\"x\"]}}}\n",
            9
        ),
        "`` x"
    );
    let used = |values: &str| {
        let pod = "#- templates/a.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: x\n      imagePullPolicy: {{ .Values.policy | quote }}\n      image: a-{{ .Values.mode }}\n      args: [{{ if eq .Values.mode \"fast\" }}f{{ end }}]\n";
        labels(&format!("{pod}#- values.yaml\n{values}"), 9)
    };
    assert_eq!(used("policy: <|>\n"), "`` Always IfNotPresent Never");
    assert_eq!(used("policy: \"I<|>\"\n"), "`I` IfNotPresent Always Never");
    assert_eq!(used("mode: <|>\n"), "`` fast");
    let items = "#- templates/a.yaml\n{{ range .Values.list }}{{ .a }}{{ .b }}{{ .c }}{{ end }}\n#- values.yaml\nlist:\n  - c: 1\n    b: 2\n";
    assert_eq!(labels(&format!("{items}  - <|>\n"), 9), "`` c b a");
    assert_eq!(labels("#- Chart.yaml\nname: c\nver<|>\n", 1), "`ver` version");
    assert_eq!(labels("#- Chart.yaml\nname: c\nmaintainers:\n  - name: x\n    <|>\n", 9), "`` email url");
    assert_eq!(
        labels("#- Chart.yaml\nname: c\nannotations:\n  addon.kubeblocks.io/kubeblocks-version: x\n  <|>\n", 1),
        "`` addon.kubeblocks.io/model"
    );
}

#[test]
fn names_of_objects() {
    let fixture = |site: &str| {
        format!(
            "#- templates/b.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentVersion\nmetadata:\n  name: x\nspec:\n  compatibilityRules:\n    - compDefs: {site}\n{}  provider: x\n---\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: tide-1.0\nspec: {{}}\n#- /w/other/templates/c.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: other\n",
            DEFINITION
        )
    };
    assert_eq!(labels(&fixture("[<|>]"), 9), "`` tide tide-1.0 other ^tide-");
    assert_eq!(labels(&fixture("[ti<|>]"), 2), "`ti` tide tide-1.0");
    assert_eq!(labels(&fixture("\n      - <|>"), 1), "`` tide");
}

#[test]
fn names_of_parts() {
    let runtime = "  runtime:\n    volumes:\n      - name: data\n        emptyDir: {}\n    containers:\n      - name: db\n        ports:\n          - name: sql\n            containerPort: 1\n";
    assert_eq!(of_definition(&format!("{runtime}        volumeMounts:\n          - name: <|>\n"), 3), "`` data");
    assert_eq!(
        of_definition(
            &format!(
                "{runtime}  services:\n    - name: rw\n      spec:\n        ports:\n          - targetPort: <|>\n"
            ),
            3
        ),
        "`` sql"
    );
    assert_eq!(
        of_definition(
            &format!("{runtime}  lifecycleActions:\n    roleProbe:\n      exec:\n        container: d<|>\n"),
            3
        ),
        "`d` db"
    );
    assert_eq!(
        of_definition(
            "  roles:\n    - name: leader\n  services:\n    - roleSelector: {{ .Values.\n    - roleSelector: <|>\n",
            3
        ),
        "`` leader"
    );
    let account = format!(
        "{DEFINITION}  systemAccounts:\n    - name: root\n#- templates/c.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: x\nspec:\n  componentSpecs:\n    - name: one\n      componentDef: tide\n      systemAccounts:\n        - name: <|>\n"
    );
    assert_eq!(labels(&account, 3), "`` root");
    let images = format!(
        "{DEFINITION}{runtime}#- templates/v.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentVersion\nmetadata:\n  name: x\nspec:\n  compatibilityRules:\n    - compDefs: [tide]\n      releases: [<|>]\n  releases:\n    - name: one\n      serviceVersion: 1.0.0\n      images:\n        "
    );
    assert_eq!(labels(&images, 3), "`` one");
    assert_eq!(labels(&(images.replace("<|>", "one") + "<|>"), 3), "`` db");
    let order = "#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ClusterDefinition\nmetadata:\n  name: x\nspec:\n  topologies:\n    - name: a\n      components:\n        - name: one\n          compDef: x\n      orders:\n        provision: [<|>]\n    - name: b\n      components:\n        - name: two\n";
    assert_eq!(labels(order, 3), "`` one");
}

#[test]
fn settings() {
    let chart = "#- templates/a.yaml\na: 1\n#- .kubeblocks-ls.yaml\n";
    let labels = |text: &str, count| labels(&format!("{chart}{text}"), count);
    let inserted = |text: &str, label| inserted(&format!("{chart}{text}"), label);
    assert_eq!(labels("<|>\n", 9), "`` rules ignore values releases namespaces external overrides");
    assert_eq!(labels("rules: {}\nre<|>\n", 2), "`re` releases ignore");
    assert_eq!(labels("rules:\n  unknown-ro<|>\n", 1), "`unknown-ro` unknown-role");
    assert_eq!(labels("rules:\n  unknown-role: <|>\n", 9), "`` off info warning error");
    assert_eq!(labels("releases:\n  - <|>\n", 2), "`` 0.5 0.6");
    assert_eq!(labels("releases: [\"<|>\"]\n", 1), "`` 0.5");
    assert_eq!(labels("overrides:\n  - paths: [a]\n    <|>\n", 9), "`` rules values releases");
    assert_eq!(labels("overrides:\n  - rules:\n      tab-indentation: w<|>\n", 1), "`w` warning");
    assert_eq!(labels("ignore:\n  - <|>\n", 1), "nothing");
    assert_eq!(labels("overrides:\n  <|>\n", 1), "nothing");
    assert_eq!(inserted("<|>\n", "rules"), "rules:\n  $1");
    assert_eq!(inserted("overrides:\n  - <|>\n", "paths"), "paths:\n    - $1");
    assert_eq!(inserted("<|>ignore: []\n", "rules"), "rules");
    assert_eq!(inserted("rules:\n  <|>\n", "unknown-role"), "unknown-role: ${1|\"off\",info,warning,error|}");
    assert_eq!(inserted("releases:\n  - <|>\n", "1.0"), "\"1.0\"");
    assert_eq!(inserted("releases: [\"<|>\"]\n", "1.0"), "1.0");
    let (_, found) = found(&format!("{chart}rules:\n  unknown-role: <|>\n")).unwrap();
    assert_eq!(found.items.iter().find(|item| item.detail == "default").unwrap().label, "error");
}

#[test]
fn names_of_kubernetes() {
    let maps = "#- templates/cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: envs}\ndata: {MODE: fast, LEVEL: info}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {token: x}\n";
    let of = |rest: &str| of_definition(&format!("  runtime:\n    containers:\n      - name: a\n{rest}{maps}"), 3);
    assert_eq!(of("        envFrom:\n          - configMapRef:\n              name: <|>\n"), "`` envs");
    assert_eq!(of("        envFrom:\n          - secretRef: {name: <|>}\n"), "`` keys");
    assert_eq!(
        of(
            "        env:\n          - name: X\n            valueFrom:\n              configMapKeyRef:\n                name: envs\n                key: <|>\n"
        ),
        "`` MODE LEVEL"
    );
}

#[test]
fn variables_in_scripts_and_config_templates() {
    let chart = "  vars:\n    - name: PORT\n      value: x\n    - name: SECRET\n      valueFrom: {credentialVarRef: {name: root, password: Required}}\n  scripts:\n    - name: s\n      template: texts\n      volumeName: s\n#- templates/cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata:\n  a.sh: |\n    {{- .Files.Get \"files/a.sh\" | nindent 4 }}\n  b.sh: |\n    echo INLINE\n";
    let of = |inline: &str, file: &str| {
        of_definition(&format!("{}#- files/a.sh\n{file}\n", chart.replace("INLINE", inline)), 3)
    };
    assert_eq!(of("$<|>", "x"), "`` PORT SECRET");
    assert_eq!(of("x", "echo ${P<|>}"), "`P` PORT SECRET");
    assert_eq!(of("x", "{{ .<|> }}"), "`` PORT cluster component");
    assert_eq!(of("x", "<|>"), "nothing");
    assert!(of("x", "{{ upp<|> }}").starts_with("`upp` upper"));
    assert!(of("x", "{{ getPort<|> }}").starts_with("`getPort` getPortByName"));
    assert!(of("x", "{{ $.podSpec.host<|> }}").starts_with("`host` hostAliases"));
    assert_eq!(of("x", "{{ $.cluster.metadata.<|> }}"), "`` annotations creationTimestamp deletionGracePeriodSeconds");
    // In a file `$(X)` runs a program, and whatever looks like a manifest is none.
    assert_eq!(of("x", "echo $(<|>"), "nothing");
    assert_eq!(of("x", "<|>kind: Pod"), "nothing");
    let action =
        chart.replace("  scripts:", "  lifecycleActions:\n    memberJoin: {exec: {command: [/a.sh]}}\n  scripts:");
    assert_eq!(
        of_definition(&format!("{action}#- files/a.sh\necho $KB_<|>\n"), 3),
        "`KB_` KB_JOIN_MEMBER_POD_FQDN KB_JOIN_MEMBER_POD_NAME PORT"
    );
    let set = "#- templates/a.yaml\napiVersion: dataprotection.kubeblocks.io/v1alpha1\nkind: ActionSet\nmetadata: {name: s}\nspec:\n  backupType: Full\n  env: [{name: OWN, value: x}]\n  backup:\n    backupData:\n      image: x\n      command:\n        - sh\n        - -c\n        - |\n          {{- .Files.Get \"files/b.sh\" | nindent 10 }}\n#- files/b.sh\n";
    assert_eq!(labels(&format!("{set}echo $<|>\n"), 2), "`` OWN DP_BACKUP_NAME");
    assert_eq!(labels(&format!("{set}echo $(<|>\n"), 1), "`` OWN");
    // A text in the values is as good as a file.
    let values = chart.replace(".Files.Get \"files/a.sh\"", ".Values.start");
    let of = |text: &str| {
        of_definition(&format!("{values}#- values.yaml\nport: 1\nstart: |\n  true\n  {text}\n  exit\n"), 3)
    };
    assert_eq!(of("echo ${P<|>}"), "`P` PORT SECRET");
    assert_eq!(of("{{ .<|> }}"), "`` PORT cluster component");
    assert_eq!(of("echo $(<|>"), "nothing");
    assert_eq!(of("<|>"), "nothing");
    // What Helm executes knows Helm's names.
    let helm = chart.replace(".Files.Get \"files/a.sh\"", "tpl (.Files.Get \"files/a.sh\") .");
    assert_eq!(of_definition(&format!("{helm}#- files/a.sh\n{{{{ .Rel<|> }}}}\n"), 1), "`Rel` Release");
}

#[test]
fn variables_that_kubeblocks_gives() {
    let action = "  lifecycleActions:\n    memberLeave:\n      exec:\n        command: [sh, -c, \"echo $<|>\"]\n";
    assert_eq!(of_definition(action, 2), "`` KB_LEAVE_MEMBER_POD_FQDN KB_LEAVE_MEMBER_POD_NAME");
    let set = "#- templates/a.yaml\napiVersion: dataprotection.kubeblocks.io/v1alpha1\nkind: ActionSet\nmetadata: {name: s}\nspec:\n  backupType: Full\n  backup:\n    backupData:\n      image: x\n      command: [\"$(<|>)\"]\n  env:\n    - name: OWN\n      value: x\n";
    assert_eq!(labels(set, 2), "`` OWN DP_BACKUP_NAME");
    let legacy = "#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: ClusterDefinition\nmetadata: {name: s}\nspec:\n  connectionCredential:\n    port: $(<|>)\n  componentDefs:\n    - name: a\n      service:\n        ports: [{name: sql, port: 1}]\n";
    assert!(labels(legacy, 20).starts_with("`` RANDOM_PASSWD STRONG_RANDOM_PASSWD UUID"));
    assert!(labels(legacy, 20).ends_with(" SVC_PORT_sql"));
    assert_eq!(of_definition("  vars: [{name: A}]\n  description: |\n    costs $<|>\n", 1), "nothing");
}

#[test]
fn values_that_only_kubeblocks_knows() {
    assert_eq!(of_definition("  podManagementPolicy: <|>\n", 5), "`` OrderedReady Parallel");
    assert_eq!(of_definition("  runtime:\n    {{- include \"a\" . | nindent <|> }}\n", 5), "`` 4");
    assert_eq!(of_definition("  runtime: {{- include \"a\" . | nindent <|> }}\n", 5), "`` 4");
}

#[test]
fn images() {
    let version = "#- templates/v.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentVersion\nmetadata: {name: v}\nspec:\n  releases:\n    - name: one\n      images: {db: demo/db:1, tool: demo/tool:1}\n";
    assert_eq!(labels(&format!("{version}    - name: two\n      images:\n        db: <|>\n"), 5), "`` demo/db:1");
    let definition = of_definition(&format!("  runtime:\n    containers:\n      - image: <|>\n{version}"), 5);
    assert_eq!(definition, "`` demo/db:1 demo/tool:1");
}

#[test]
fn schemas_of_values() {
    let of = |text: &str| {
        let templates = "#- templates/a.yaml\na: {{ .Values.image.tag }}{{ .Values.mode }}\n";
        labels(&format!("#- values.schema.json\n{text}\n{templates}"), 3)
    };
    assert_eq!(of("{\"properties\": {\"<|>\"}}"), "`` image mode");
    assert_eq!(of("{\"properties\": {\"image\": {\"properties\": {\"<|>\"}}}}"), "`` tag");
    assert_eq!(of("{\"properties\": {\"image\": {\"a\": [1]},\n\"<|>\"}}"), "`` mode");
    assert_eq!(of("{\"properties\": {\"mode\": {\"<|>\"}}}"), "`` type description properties");
    assert_eq!(of("{\"properties\": {\"mode\": {\"type\": \"<|>\"}}}"), "`` array boolean integer");
}

#[test]
fn charts_that_charts_depend_on() {
    let of = |text: &str| {
        let beside = "#- /w/tool/Chart.yaml\napiVersion: v2\nname: tool\nversion: 0.2.0\n#- /w/lib/Chart.yaml\napiVersion: v2\nname: lib\nversion: 0.3.0\ntype: library\n";
        labels(
            &format!("#- Chart.yaml\napiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n  - {text}\n{beside}"),
            3,
        )
    };
    assert_eq!(of("name: <|>"), "`` lib tool");
    assert_eq!(of("name: lib\n    version: <|>"), "`` 0.3.0 0.2.0");
    assert_eq!(of("name: lib\n    repository: <|>"), "`` file://../lib file://../tool");
}

#[test]
fn parameters_and_their_values() {
    let chart = "  configs:\n    - name: conf\n      template: texts\n      volumeName: conf\n#- templates/m.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata:\n  tide.conf: |\n    {{- .Files.Get \"tide.conf\" | nindent 4 }}\n#- templates/p.yaml\napiVersion: parameters.kubeblocks.io/v1alpha1\nkind: ParametersDefinition\nmetadata: {name: p}\nspec:\n  componentDef: tide\n  fileName: tide.conf\n  parametersSchema:\n    cue: |\n      #Tide: {\n        level: string & \"low\" | *\"high\"\n        sync?: bool\n      }\n";
    let of = |text: &str| of_definition(&format!("{chart}#- tide.conf\nx = 1\n{text}\n"), 3);
    assert_eq!(of("<|>"), "`` level sync");
    assert_eq!(of("le<|>"), "`le` level sync");
    assert_eq!(of("level = <|>"), "`` low high");
    assert_eq!(of("sync t<|>"), "`t` true false");
    assert_eq!(of("# le<|>"), "nothing");
    assert_eq!(of("x = <|>"), "nothing");
    let values = chart.replace(".Files.Get \"tide.conf\"", ".Values.config");
    let of = |text: &str| of_definition(&format!("{values}#- values.yaml\nconfig: |\n  x = 1\n  {text}\n"), 3);
    assert_eq!(of("le<|>"), "`le` level sync");
    assert_eq!(of("level = <|>"), "`` low high");
}
