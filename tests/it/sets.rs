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
