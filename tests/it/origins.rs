//! Pictures of origins: for many ways in which text comes about, where each line of it was written.

use camino::Utf8PathBuf;
use kubeblocks_ls::helm::render::Options;
use kubeblocks_ls::helm::set::SetKind;
use kubeblocks_ls::helm::sets::ValueSet;
use kubeblocks_ls::report::origins;

use crate::support::{golden, memory_host};

const VALUES: &str = "\
name: pearl
image:
  registry: reg.example
  tag: \"8.1\"
replicas: 3
empty: \"\"
zones: [east, west]
ports:
- name: sql
  port: 3306
- name: http
  port: 80
labels:
  tier: db
  team: shells
extra:
  tier: cache
  site: north
config: |
  [main]
  size = 10
template: \"{{ .Values.name }}-{{ .Release.Name }}\"
quoted: \"it's\"
list: \"a,b\"
global:
  zone: z1
sub:
  word: parent
";

const HELPERS: &str = "\
{{- define \"plain\" -}}
app: shell
{{- end -}}
{{- define \"labels\" -}}
app: {{ .Values.name }}
{{ include \"plain\" . }}
{{- end -}}
{{- define \"fullname\" -}}
{{- printf \"%s-%s\" .Release.Name .Values.name | trunc 63 | trimSuffix \"-\" -}}
{{- end -}}
{{- define \"args\" -}}
{{ .key }}: {{ .root.Values.name }}
{{- end -}}
";

/// A title, and the template.
const SITUATIONS: &[(&str, &str)] = &[
    ("text of the template", "a: 1\nb: 2\n"),
    ("a value", "a: {{ .Values.name }}\n"),
    ("a nested value", "a: {{ .Values.image.tag }}\n"),
    ("a value that does not exist", "a: {{ .Values.none }}\n"),
    ("two values in a line", "image: {{ .Values.image.registry }}/{{ .Values.name }}:{{ .Values.image.tag }}\n"),
    ("a number", "a: {{ .Values.replicas }}\n"),
    ("a number made anew", "a: {{ int .Values.replicas }}\nb: {{ add .Values.replicas 1 }}\n"),
    ("quote", "a: {{ .Values.name | quote }}\n"),
    ("quote that escapes", "a: {{ printf \"%s\\\"%s\" .Values.name .Values.quoted | quote }}\n"),
    ("squote", "a: {{ .Values.name | squote }}\n"),
    ("default that is not needed", "a: {{ .Values.name | default \"none\" }}\n"),
    ("default that is needed", "a: {{ .Values.empty | default \"none\" }}\n"),
    ("default of another value", "a: {{ .Values.empty | default .Values.name }}\n"),
    ("coalesce", "a: {{ coalesce .Values.none .Values.empty .Values.name }}\n"),
    ("ternary", "a: {{ ternary .Values.name \"other\" (eq 1 1) }}\nb: {{ ternary \"one\" \"other\" (eq 1 2) }}\n"),
    ("required", "a: {{ required \"needed\" .Values.name }}\n"),
    ("printf of one value", "a: {{ printf \"%s-svc\" .Values.name }}\n"),
    ("printf of several", "a: {{ printf \"%s/%s:%v\" .Values.image.registry .Values.name .Values.image.tag }}\n"),
    ("print", "a: {{ print .Values.name \"-\" .Values.replicas }}\n"),
    (
        "trim and its kin",
        "a: {{ trimSuffix \"l\" .Values.name }}\nb: {{ trunc 3 .Values.name }}\nc: {{ trim .Values.config }}\n",
    ),
    ("upper and lower", "a: {{ upper .Values.name }}\nb: {{ lower .Values.name }}\n"),
    ("replace", "a: {{ .Values.name | replace \"e\" \"-\" }}\n"),
    ("join of a list", "a: {{ join \",\" .Values.zones }}\n"),
    ("splitList and index", "a: {{ index (splitList \",\" .Values.list) 1 }}\n"),
    ("first and last", "a: {{ first .Values.zones }}\nb: {{ last .Values.zones }}\n"),
    ("toYaml of a mapping", "labels:\n{{ toYaml .Values.labels | indent 2 }}\n"),
    ("toYaml | nindent", "labels:\n  {{- toYaml .Values.labels | nindent 2 }}\n"),
    ("toYaml of a list of mappings", "ports:\n  {{- toYaml .Values.ports | nindent 2 }}\n"),
    ("toJson", "a: {{ toJson .Values.labels }}\n"),
    ("a block scalar", "data: |\n{{ .Values.config | indent 2 }}\n"),
    ("include", "a: {{ include \"fullname\" . }}\n"),
    ("include | nindent", "labels:\n  {{- include \"labels\" . | nindent 2 }}\n"),
    ("include in include, quoted", "a: {{ include \"labels\" . | quote }}\n"),
    ("template", "{{ template \"plain\" . }}\n"),
    ("arguments of a helper", "{{ include \"args\" (dict \"key\" \"k\" \"root\" $) }}\n"),
    ("a define of the file itself", "{{ define \"own\" }}x: {{ .Values.name }}{{ end }}{{ include \"own\" . }}\n"),
    ("tpl of a value", "a: {{ tpl .Values.template . }}\n"),
    ("tpl of a text", "a: {{ tpl \"{{ .Values.name }}\" . }}\n"),
    ("a variable", "{{ $name := .Values.name }}a: {{ $name }}\n"),
    (
        "a variable that is set again",
        "{{ $x := \"one\" }}{{ if .Values.name }}{{ $x = .Values.name }}{{ end }}a: {{ $x }}\n",
    ),
    ("with", "{{ with .Values.image }}a: {{ .tag }}{{ end }}\n"),
    ("if and else", "{{- if .Values.none }}\na: 1\n{{- else if .Values.name }}\na: 2\n{{- end }}\n"),
    ("range over a list", "zones:\n{{- range .Values.zones }}\n- {{ . }}\n{{- end }}\n"),
    (
        "range over a mapping",
        "labels:\n{{- range $key, $value := .Values.labels }}\n  {{ $key }}: {{ $value }}\n{{- end }}\n",
    ),
    ("range over made things", "{{- range $i := until 2 }}\na{{ $i }}: {{ $i }}\n{{- end }}\n"),
    ("merge", "{{ range $k, $v := merge (dict) .Values.labels .Values.extra }}{{ $k }}: {{ $v }}\n{{ end }}"),
    ("merge | toYaml", "{{ merge (dict \"own\" 1) .Values.labels .Values.extra | toYaml }}\n"),
    (
        "dict, get, dig, pluck",
        "{{ $d := dict \"k\" .Values.name }}a: {{ get $d \"k\" }}\nb: {{ dig \"image\" \"tag\" \"none\" .Values.AsMap }}\nc: {{ pluck \"tier\" .Values.labels .Values.extra | first }}\n",
    ),
    ("index", "a: {{ index .Values \"image\" \"tag\" }}\nb: {{ (index .Values.ports 1).name }}\n"),
    ("a value from --set", "a: {{ .Values.set }}\n"),
    ("a value from another file", "a: {{ .Values.fromFile }}\n"),
    ("the chart", "a: {{ .Chart.Name }}-{{ .Chart.Version }}\nb: {{ .Chart.AppVersion }}\n"),
    ("the release", "a: {{ .Release.Name }}\nb: {{ .Release.Namespace }}\n"),
    ("the template's name", "a: {{ .Template.Name }}\n"),
    ("capabilities", "a: {{ .Capabilities.KubeVersion }}\n"),
    ("a file", "data: |\n{{ .Files.Get \"files/run.sh\" | indent 2 }}\n"),
    ("files as a config", "data:\n{{ (.Files.Glob \"files/*\").AsConfig | indent 2 }}\n"),
    ("lines of a file", "{{ range .Files.Lines \"files/run.sh\" }}- {{ . }}\n{{ end }}"),
    ("base64 and hashes", "a: {{ b64enc .Values.name }}\nb: {{ sha256sum .Values.name | trunc 8 }}\n"),
    ("random text and the clock", "a: {{ randAlphaNum 5 }}\nb: {{ now | date \"2006\" }}\n"),
    ("lookup", "a: {{ (lookup \"v1\" \"Secret\" \"ns\" \"s\").data | default \"none\" }}\n"),
    ("fromYaml", "{{ $c := fromYaml \"k: v\" }}a: {{ $c.k }}\n"),
    ("nested blanks", "a:\n  b:\n    {{- \"c: 1\\nd: 2\" | nindent 4 }}\n"),
    ("a failure", "a: 1\nb: {{ .Values.none.x }}\nc: {{ .Values.name }}\n"),
];

const SUB: &str =
    "a: {{ .Values.word }}\nb: {{ .Values.own }}\nc: {{ .Values.global.zone }}\nd: {{ include \"plain\" . }}\n";

#[test]
fn pictures() {
    let mut files = vec![
        ("Chart.yaml".to_owned(), "apiVersion: v2\nname: shell\nversion: 1.2.3\nappVersion: \"8\"\n".to_owned()),
        ("values.yaml".into(), VALUES.into()),
        ("more.yaml".into(), "fromFile: more\n".into()),
        ("files/run.sh".into(), "#!/bin/sh\nexec run\n".into()),
        ("templates/_helpers.tpl".into(), HELPERS.into()),
        ("charts/sub/Chart.yaml".into(), "apiVersion: v2\nname: sub\nversion: 0.1.0\n".into()),
        ("charts/sub/values.yaml".into(), "word: child\nown: mine\n".into()),
        ("charts/sub/templates/sub.yaml".into(), SUB.into()),
    ];
    let name = |i: usize| format!("templates/t{i:02}.yaml");
    files.extend(SITUATIONS.iter().enumerate().map(|(i, (_, text))| (name(i), (*text).to_owned())));
    let files = files.into_iter().map(|(path, text)| (Utf8PathBuf::from(format!("/w/shell/{path}")), text));
    let mut host = memory_host(&files.collect());
    let more = host.read("/w/shell/more.yaml".into()).unwrap();
    let world = host.world();
    let chart = &world.charts[&Utf8PathBuf::from("/w/shell")];
    let values = ValueSet { files: vec![more.clone()], ..ValueSet::default() };
    let options = Options { set: vec![(SetKind::Typed, "set=told".into())], ..Options::default() };
    let render = chart.render(&values, &options).unwrap();
    let picture = |name: &str| {
        let file = render.files.iter().find(|file| file.name == format!("shell/{name}")).unwrap();
        let picture = origins::picture(file, chart, &values.files);
        picture.split_once('\n').unwrap().1.to_owned()
    };
    let mut out = String::new();
    for (i, (title, text)) in SITUATIONS.iter().enumerate() {
        out.push_str(&format!("== {title}\n{}--\n{}\n", text, picture(&name(i))));
    }
    out.push_str(&format!(
        "== values of a parent, of a child, of all\n{SUB}--\n{}",
        picture("charts/sub/templates/sub.yaml")
    ));
    golden("tests/data/origins.txt", &out);
}
