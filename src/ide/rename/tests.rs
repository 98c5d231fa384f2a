//! Small charts, a new name, and what changes; or why nothing does.

use super::super::fixture::Fixture;
use super::*;

/// The lines that change, as they are afterwards; or the reason.
fn renamed(fixture: &str, new: &str) -> Vec<String> {
    let fixture = Fixture::of(fixture);
    let (_, cursor) = fixture.cursor();
    let world = &fixture.world;
    let edits = match rename(world, cursor, new) {
        Ok(edits) => edits,
        Err(reason) => return vec![reason],
    };
    let here = prepare(world, cursor).unwrap();
    assert!(edits.iter().any(|edit| edit.span == here), "{here:?} {edits:?}");
    let mut lines = Vec::new();
    let mut files: BTreeMap<_, String> = BTreeMap::new();
    for edit in edits.iter().rev() {
        let source = world.source(edit.span.file).unwrap();
        let text = files.entry(edit.span.file).or_insert_with(|| source.text.to_string());
        *text = replace(text, edit.span.range, &edit.text).to_string();
    }
    for (file, text) in files {
        let old = &world.source(file).unwrap().text;
        assert_eq!(old.lines().count(), text.lines().count());
        let changed = old.lines().zip(text.lines()).filter(|(old, new)| old != new);
        lines.extend(changed.map(|(_, new)| new.trim().to_owned()));
    }
    lines
}

const DEFINITION: &str = "#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: tide\nspec:\n";

#[test]
fn in_templates() {
    let text = "#- templates/a.yaml\n{{- $a<|> := .Values.x }}\na: {{ $a }}\n{{- range $a := list 1 }}\nb: {{ $a }}\n{{- end }}\n#- values.yaml\nx: 1\n";
    assert_eq!(renamed(text, "b"), ["{{- $b := .Values.x }}", "a: {{ $b }}"]);
    assert_eq!(renamed(text, "$b").len(), 2);
    assert_eq!(renamed(text, "b c"), ["`$b c` cannot be a name here."]);
    let text = "#- templates/_h.tpl\n{{ define \"tide.name\" }}x{{ end }}\n#- templates/a.yaml\na: {{ include \"tide.na<|>me\" . }}\n#- /w/other/Chart.yaml\napiVersion: v2\nname: other\nversion: 0.1.0\ndependencies: [{name: c, version: 0.1.0, repository: \"file://../c\"}]\n#- /w/other/templates/b.yaml\nb: {{ template \"tide.name\" . }}\n";
    let expected = [
        "{{ define \"tide.short\" }}x{{ end }}",
        "a: {{ include \"tide.short\" . }}",
        "b: {{ template \"tide.short\" . }}",
    ];
    let mut found = renamed(text, "tide.short");
    found.sort();
    let mut expected: Vec<_> = expected.iter().map(|line| (*line).to_owned()).collect();
    expected.sort();
    assert_eq!(found, expected);
    let computed = format!("{text}c: {{{{ include (print \"tide.\" \"name\") . }}}}\n");
    assert!(renamed(&computed, "x")[0].starts_with("b.yaml includes helpers by computed names"));
    assert_eq!(
        renamed(&text.replace("x{{ end }}\n", "x{{ end }}{{ define \"y\" }}{{ end }}\n"), "y"),
        ["`y` is there already."]
    );
}

#[test]
fn names_that_are_errors() {
    let text = format!(
        "{DEFINITION}  runtime:\n    containers:\n      - name: a\n        ports: [{{name: s<|>ql, containerPort: 1}}]\n  exporter: {{containerName: a, scrapePort: sql}}\n"
    );
    assert_eq!(renamed(&text, "mysql").len(), 2);
    assert!(
        renamed(&text, "a-name-of-many-letters")[0].starts_with("With the new name `a-name-of-many-letters` cannot be")
    );
}

#[test]
fn values() {
    let text = "#- values.yaml\nimage:\n  ta<|>g: v1\n  repo: x\n#- templates/a.yaml\na: {{ .Values.image.tag }}\nb: {{ with .Values.image }}{{ .tag }}{{ end }}\n";
    let mut found = renamed(text, "version");
    found.sort();
    assert_eq!(
        found,
        ["a: {{ .Values.image.version }}", "b: {{ with .Values.image }}{{ .version }}{{ end }}", "version: v1"]
    );
    // Helpers that nobody includes read values, too.
    let asleep = format!("{text}#- templates/_h.tpl\n{{{{ define \"h\" }}}}{{{{ .Values.image.tag }}}}{{{{ end }}}}\n");
    assert!(renamed(&asleep, "version").iter().any(|line| line.contains("define \"h\" }}{{ .Values.image.version }}")));
    let described = format!(
        "{text}#- values.schema.json\n{{\"properties\": {{\"image\": {{\"properties\": {{\"tag\": {{}}}}}}}}}}\n"
    );
    assert!(renamed(&described, "version").iter().any(|line| line.ends_with("{\"version\": {}}}}}")));
    assert_eq!(renamed(text, "repo"), ["`repo` is there already."]);
    let whole = format!("{text}c: {{{{ toYaml .Values.image | nindent 2 }}}}\n");
    assert_eq!(renamed(&whole, "version"), ["`.Values.image` takes all values around `tag` as they are (a.yaml)."]);
}

#[test]
fn in_yaml() {
    let text = "#- templates/a.yaml\na: &on<|>e {b: 1}\nc: *one\nd: {<<: *one}\n";
    assert_eq!(renamed(text, "two"), ["a: &two {b: 1}", "c: *two", "d: {<<: *two}"]);
    let text = format!(
        "{DEFINITION}  runtime:\n    volumes:\n      - name: da<|>ta\n        emptyDir: {{}}\n    containers:\n      - name: x\n        volumeMounts:\n          - name: data\n            mountPath: /data\n"
    );
    assert_eq!(renamed(&text, "store"), ["- name: store", "- name: store"]);
    assert_eq!(renamed(&text, "a b"), ["`a b` cannot be a name here."]);
    let text = format!(
        "{DEFINITION}  vars:\n    - name: HO<|>ST\n      value: x\n  runtime:\n    containers:\n      - name: x\n        args: [\"$(HOST)\"]\n"
    );
    assert_eq!(renamed(&text, "NAME"), ["- name: NAME", "args: [\"$(NAME)\"]"]);
    assert_eq!(
        renamed(&format!("{text}#- scripts/a.sh\necho ${{HOST}}\n"), "NAME"),
        ["scripts/a.sh uses `HOST`, and who runs it is not known."]
    );
}

#[test]
fn in_scripts_and_config_templates() {
    let text = format!(
        "{DEFINITION}  vars:\n    - name: HO<|>ST\n      value: x\n  configs:\n    - name: c\n      template: texts\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: texts\ndata:\n  a: |\n    {{{{- .Files.Get \"a\" | nindent 4 }}}}\n#- a\nhost={{{{ .HOST }}}}\nuse $HOST\n"
    );
    let mut found = renamed(&text, "NAME");
    found.sort();
    assert_eq!(found, ["- name: NAME", "host={{ .NAME }}", "use $NAME"]);
    let version = format!(
        "{DEFINITION}  serviceVersion: 1.0<|>.0\n---\napiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: c\nspec:\n  componentSpecs:\n    - name: a\n      componentDef: tide\n      serviceVersion: 1.0.0\n"
    );
    assert_eq!(renamed(&version, "2.0.0"), ["`1.0.0` may be meant where it cannot be seen from here."]);
}

#[test]
fn names_that_somebody_makes() {
    let account = |name: &str| {
        format!(
            "{DEFINITION}  systemAccounts:\n    - name: {name}\n  vars:\n    - name: X\n      valueFrom:\n        credentialVarRef:\n          name: ro<|>ot\n          username: Required\n#- values.yaml\nuser: root\n"
        )
    };
    assert_eq!(renamed(&account("root"), "admin"), ["- name: admin", "name: admin"]);
    assert_eq!(
        renamed(&account("{{ .Values.user }}"), "admin"),
        ["The name is computed: `{{ .Values.user }}` (a.yaml:7)."]
    );
    let map = "#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: tide\nspec:\n  configs:\n    - name: x\n      template: tide-con<|>fig\n      volumeName: x\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: tide-config\n";
    assert_eq!(renamed(map, "tide-settings"), ["template: tide-settings", "name: tide-settings"]);
    assert_eq!(renamed("#- templates/a.yaml\na: no<|>thing\n", "x"), ["Nothing here has a name that can be changed."]);
}

#[test]
fn what_renders_other_objects_is_refused() {
    // The name of the key is printed.
    let text = "#- values.yaml\nm:\n  ke<|>y: 1\n#- templates/a.yaml\na: {{ .Values.m.key }}{{ range $k, $v := .Values.m }}{{ $k }}{{ end }}\n";
    assert_eq!(renamed(text, "other"), ["`.Values.m` takes all values around `key` as they are (a.yaml)."]);
    // The same text in another place is another thing.
    let text = format!(
        "{DEFINITION}  description: leader\n  roles:\n    - name: leader\n  services:\n    - name: rw\n      roleSelector: lea<|>der\n"
    );
    assert_eq!(renamed(&text, "primary"), ["- name: primary", "roleSelector: primary"]);
}

#[test]
fn names_that_helpers_print() {
    let head = |name: &str| {
        format!(
            "apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: {name}\nspec:\n  runtime:\n    volumes:\n      - name: data\n        emptyDir: {{}}\n    containers:\n"
        )
    };
    let include = "      {{- include \"tide.containers\" . | nindent 6 }}\n";
    let helper = "#- templates/_h.tpl\n{{- define \"tide.containers\" }}\n- name: a\n  volumeMounts:\n    - name: data\n      mountPath: /data\n{{- end }}\n";
    let one = format!("{helper}#- templates/a.yaml\n{}{include}", head("tide"));
    assert_eq!(
        renamed(&one.replacen("- name: data\n      mount", "- name: da<|>ta\n      mount", 1), "disk"),
        ["- name: disk", "- name: disk"]
    );
    assert_eq!(
        renamed(&one.replace("- name: data\n        empty", "- name: da<|>ta\n        empty"), "disk"),
        ["- name: disk", "- name: disk"]
    );
    // What the helper prints for another definition goes along.
    let both = format!("{one}---\n{}{include}", head("other"));
    let both = both.replacen("- name: data\n        empty", "- name: da<|>ta\n        empty", 1);
    assert_eq!(renamed(&both, "disk"), ["- name: disk", "- name: disk", "- name: disk"]);
    let computed = both.replace("name: data\n      mount", "name: {{ \"data\" }}\n      mount");
    assert!(renamed(&computed, "disk")[0].starts_with("The name is computed: "));
}

#[test]
fn all_that_a_use_means_is_renamed() {
    let definition = |name: &str| {
        format!(
            "---\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: {name}\nspec:\n  systemAccounts:\n    - name: root\n"
        )
    };
    let user = "---\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: user\nspec:\n  vars:\n    - name: X\n      valueFrom:\n        credentialVarRef:\n          compDef: ^tide-\n          name: root\n          username: Required\n";
    let text = format!("#- templates/a.yaml\n{}{}{user}", definition("tide-1"), definition("tide-2"));
    let text = text.replacen("name: root", "name: ro<|>ot", 1);
    assert_eq!(renamed(&text, "admin"), ["- name: admin", "- name: admin", "name: admin"]);
    let policy = "---\napiVersion: dataprotection.kubeblocks.io/v1alpha1\nkind: BackupPolicyTemplate\nmetadata: {name: p}\nspec:\n  compDefs: [tide]\n  target:\n    role: secondary\n    fallbackRole: primary\n";
    let text = format!("{DEFINITION}  roles:\n    - name: prim<|>ary\n    - name: secondary\n{policy}");
    assert_eq!(renamed(&text, "leader"), ["- name: leader", "fallbackRole: leader"]);
}
