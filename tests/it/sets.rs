//! Charts that are checked with more values than their defaults.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;

use crate::support::{line_of, memory_host};

/// Files below `/w`; every chart has its Chart.yaml.
fn files(given: &[(&str, &str)]) -> BTreeMap<Utf8PathBuf, String> {
    let mut files = BTreeMap::new();
    for (path, text) in given {
        let name = path.split('/').next().unwrap();
        let chart = format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
        files.entry(Utf8Path::new("/w").join(name).join("Chart.yaml")).or_insert(chart);
        files.insert(Utf8Path::new("/w").join(path), (*text).to_owned());
    }
    files
}

fn told(host: &Host) -> Vec<String> {
    let world = host.world();
    rules::check(&world).iter().map(|finding| line_of(&world, Utf8Path::new("/w"), finding)).collect()
}

fn findings(given: &[(&str, &str)]) -> Vec<String> {
    told(&memory_host(&files(given)))
}

/// A pod whose image has a tag only with some values.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: demo}\nspec:\n  containers:\n    - name: demo\n      \
                   image: {{ .Values.image }}/x\n";
const EMPTY: &str =
    "p/templates/pod.yaml:7:17 error undefined-value: `.Values.image` does not exist, so `image` is `/x`";

#[test]
fn a_fault_of_the_defaults_is_told_once() {
    let found = findings(&[("p/templates/pod.yaml", POD), ("p/ci/a-values.yaml", "b: 1\n")]);
    assert_eq!(found, [EMPTY]);
}

#[test]
fn a_fault_of_other_values_only_weighs_less() {
    let chart =
        [("p/values.yaml", "image: a\n"), ("p/templates/pod.yaml", POD), ("p/ci/a-values.yaml", "image: null\n")];
    let less = EMPTY.replace("error", "warning");
    assert_eq!(findings(&chart), [format!("{less} (with ci/a-values.yaml)")]);
    let more = [&chart[..], &[("p/ci/b-values.yaml", "image: null\n"), ("p/ci/c-values.yaml", "c: 1\n")]].concat();
    assert_eq!(findings(&more), [format!("{less} (with ci/a-values.yaml and 1 more)")]);
}

#[test]
fn what_only_other_values_render_weighs_in_full() {
    let pod = format!("{{{{- if .Values.enabled }}}}{POD}{{{{- end }}}}\n");
    let found = findings(&[("p/templates/pod.yaml", &pod), ("p/ci/on-values.yaml", "enabled: true\n")]);
    assert_eq!(found, [format!("{EMPTY} (with ci/on-values.yaml)")]);
}

#[test]
fn objects_of_two_value_sets_do_not_meet() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: demo}\n";
    assert_eq!(findings(&[("p/templates/map.yaml", map), ("p/ci/a-values.yaml", "a: 1\n")]), [""; 0]);
}

#[test]
fn a_fault_of_the_values_themselves() {
    let found = findings(&[("p/templates/_h.tpl", ""), ("p/ci/a-values.yaml", "a: 1\na: 2\n")]);
    assert_eq!(found, ["p/ci/a-values.yaml:2:1 error duplicate-key: key `a` stands twice in this mapping"]);
}

#[test]
fn value_sets_come_and_go() {
    let chart = [("p/values.yaml", "image: a\n"), ("p/templates/pod.yaml", POD)];
    let mut host = memory_host(&files(&chart));
    assert_eq!(told(&host), [""; 0]);
    let path = Utf8PathBuf::from("/w/p/ci/a-values.yaml");
    host.apply(vec![Change::Open(path.clone(), "image: null\n".into())]);
    assert_eq!(told(&host).len(), 1);
    host.apply(vec![Change::Open(path.clone(), "image: b\n".into())]);
    assert_eq!(told(&host), [""; 0]);
    host.apply(vec![Change::Open(path.clone(), "image: null\n".into())]);
    host.apply(vec![Change::Close(path)]);
    assert_eq!(told(&host), [""; 0]);
}

/// What is told of a chart whose other values are tried, too.
fn tried(given: &[(&str, &str)]) -> Vec<String> {
    let mut host = memory_host(&files(given));
    let known = told(&host);
    host.apply(vec![Change::TrySwitches]);
    told(&host).into_iter().filter(|line| !known.contains(line)).collect()
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: demo}\ndata:\n  a: x\n";
const TWICE: &str = "p/templates/map.yaml:7:3 error duplicate-key: key `a` stands twice in this mapping (with ";

#[test]
fn what_a_chart_offers_beside_its_defaults_is_tried() {
    let of = |condition: &str, values: &str, more: &[(&str, &str)]| {
        let map = format!("{MAP}  {{{{- if {condition} }}}}\n  a: y\n  {{{{- end }}}}\n");
        let chart = [("p/templates/map.yaml", map.as_str()), ("p/values.yaml", values)];
        tried(&[&chart[..], more].concat())
    };
    let with = |set: &str| [format!("{TWICE}{set})")];
    assert_eq!(of(".Values.on", "on: false\n", &[]), with("on=true"));
    assert_eq!(of("and $.Values.a.b (not .Values.a.c)", "a: {b: false, c: false}\n", &[]), with("a.b=true"));
    assert_eq!(of("eq .Values.mode \"many\"", "mode: one\n", &[]), with("mode=many"));
    assert_eq!(of("ne \"one\" .Values.mode", "mode: one\n", &[]), [""; 0]);
    let schema = |mode: &str| format!("{{\"properties\": {{\"mode\": {mode}}}}}");
    let listed = schema("{\"enum\": [\"one\", \"two\"]}");
    let listed = [("p/values.schema.json", listed.as_str())];
    assert_eq!(of("ne .Values.mode \"one\"", "mode: one\n", &listed), with("mode=two"));
    // What the chart refuses it does not offer, and what it knows nothing of is the user's.
    assert_eq!(of("eq .Values.mode \"many\"", "mode: one\n", &listed), [""; 0]);
    let refusing = [("p/templates/no.yaml", "{{ if .Values.on }}{{ fail \"no\" }}{{ end }}\n")];
    assert_eq!(of(".Values.on", "on: false\n", &refusing), [""; 0]);
    assert_eq!(of(".Values.on", "on: \"\"\n", &[]), [""; 0]);
    assert_eq!(of(".Values.on", "", &[]), [""; 0]);
}

#[test]
fn what_yet_another_value_decides_is_not_told() {
    let of = |topology: &str, values: &str| {
        let definition = "apiVersion: apps.kubeblocks.io/v1\nkind: ClusterDefinition\nmetadata: {name: tide}\nspec:\n  topologies:\n    - name: one\n      components: [{name: a, compDef: tide}]\n";
        let cluster = format!(
            "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {{name: c}}\nspec:\n  terminationPolicy: Delete\n  clusterDef: tide\n  topology: {topology}\n  componentSpecs: [{{name: a, replicas: 1}}]\n"
        );
        let map = format!(
            "{MAP}  {{{{- if .Values.on }}}}\n  b: y\n  {{{{- end }}}}\n{{{{- if eq .Values.mode \"two\" }}}}{{{{ end }}}}"
        );
        let templates =
            [("p/templates/d.yaml", definition), ("p/templates/c.yaml", &cluster), ("p/templates/map.yaml", &map)];
        tried(&[&templates[..], &[("p/values.yaml", values)]].concat())
    };
    let values = "on: false\nmode: one\n";
    let unknown = "p/templates/c.yaml:7:13 warning unknown-topology: `tide` has no topology `two` (with mode=two)";
    assert_eq!(of("{{ .Values.mode }}", values), [unknown]);
    assert_eq!(of("{{ if .Values.on }}two{{ else }}one{{ end }}", values).len(), 1);
    let other = "{{ $other := .Values.other }}{{ if .Values.on }}{{ $other }}{{ else }}one{{ end }}";
    assert_eq!(of(other, &format!("{values}other: two\n")), [""; 0]);
}

#[test]
fn what_is_empty_with_other_values_is_for_the_user_to_give() {
    let secret =
        "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}\nspec: {}\n{{- end }}\n";
    let map = ("p/templates/map.yaml", MAP);
    assert_eq!(tried(&[map, ("p/templates/s.yaml", secret), ("p/values.yaml", "on: false\nname:\n")]), [""; 0]);
}
