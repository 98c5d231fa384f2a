//! Settings: what each key of `.kubeblocks-ls.yaml` does, which file counts, and what is over it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::config::{Config, Level};
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;

use crate::support::{memory_host, word};

const TWICE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: &unused\n  name: demo\n  name: other\n";
const BRANCH: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: branch\ndata:\n  a: \"1\"\n\
                      {{- if .Values.production }}\n  a: \"2\"\n{{- end }}\n";
const CLUSTER: &str = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: demo\nspec:\n  \
                       terminationPolicy: Delete\n  componentSpecs:\n    - name: demo\n      componentDef: demo-2\n      \
                       replicas: 1\n      flatInstanceOrdinal: true\n";
const DEFINITION: &str = "apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: demo-1\n\
                          spec:\n  runtime:\n    containers:\n      - name: demo\n        image: example/demo:1\n        \
                          envFrom:\n          - secretRef:\n              name: demo\n---\napiVersion: v1\nkind: Secret\n\
                          metadata:\n  name: demo\n  namespace: north\n";

fn host(settings: &[(&str, &str)]) -> Host {
    let chart = "apiVersion: v2\nname: demo\nversion: 0.1.0\n";
    let mut files: BTreeMap<Utf8PathBuf, String> = [
        ("Chart.yaml", chart),
        ("values.yaml", "production: false\n"),
        ("production.yaml", "production: true\n"),
        ("templates/twice.yaml", TWICE),
        ("templates/branch.yaml", BRANCH),
        ("templates/cluster.yaml", CLUSTER),
        ("templates/definition.yaml", DEFINITION),
    ]
    .into_iter()
    .map(|(path, text)| (Utf8Path::new("/w/charts/demo").join(path), text.to_owned()))
    .collect();
    files.extend(settings.iter().map(|(path, text)| (Utf8PathBuf::from(path), (*text).to_owned())));
    memory_host(&files)
}

fn told(host: &Host) -> Vec<String> {
    let world = host.world();
    let found = rules::check(&world);
    let line = |finding: &kubeblocks_ls::diagnostic::Diagnostic| {
        let file = world.source(finding.span.file).unwrap().path.file_name().unwrap().to_owned();
        format!("{file} {} {}", word(finding.severity), finding.rule)
    };
    found.iter().map(line).collect()
}

/// The lines that one list has and the other has not, with signs.
fn changes(before: &[String], after: &[String]) -> String {
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("-{line}"));
    let new = after.iter().filter(|line| !before.contains(line)).map(|line| format!("+{line}"));
    gone.chain(new).collect::<Vec<_>>().join(", ")
}

#[test]
fn each_key_has_its_effect() {
    let before = told(&host(&[]));
    for (settings, expected) in [
        ("", ""),
        ("rules: {duplicate-key: off}", "-twice.yaml error duplicate-key"),
        ("rules: {duplicate-key: info}", "-twice.yaml error duplicate-key, +twice.yaml info duplicate-key"),
        ("rules: {unused-anchor: error}", "-twice.yaml info unused-anchor, +twice.yaml error unused-anchor"),
        ("ignore: [twice.yaml]", "-twice.yaml info unused-anchor, -twice.yaml error duplicate-key"),
        (
            "ignore: [/charts/demo/*, '!definition.yaml']",
            "-cluster.yaml error dangling-reference, -twice.yaml info unused-anchor, -twice.yaml error duplicate-key",
        ),
        ("values: {production: [production.yaml]}", "+branch.yaml error duplicate-key"),
        (
            "releases: ['1.0']",
            "+cluster.yaml error unknown-field, +definition.yaml error missing-api-version-annotation",
        ),
        ("namespaces: [north]", "-definition.yaml warning chart-namespace-object"),
        ("namespaces: [north, south]", ""),
        ("namespaces: [.Release.Namespace]", ""),
        ("external: [ComponentDefinition/demo-*]", "-cluster.yaml error dangling-reference"),
        ("external: [ComponentVersion/demo-*]", ""),
        ("overrides: [{paths: [other], rules: {duplicate-key: off}}]", ""),
        (
            "overrides: [{paths: [charts/demo/templates], rules: {duplicate-key: off}}]",
            "-twice.yaml error duplicate-key",
        ),
        ("overrides: [{paths: [demo], values: {p: [production.yaml]}}]", "+branch.yaml error duplicate-key"),
        ("rules: {duplicate-key: info}\noverrides: [{paths: [twice.yaml], rules: {duplicate-key: error}}]", ""),
    ] {
        let after = told(&host(&[("/w/.kubeblocks-ls.yaml", settings)]));
        assert_eq!(changes(&before, &after), expected, "{settings}");
    }
}

#[test]
fn the_nearest_file_counts() {
    let quiet = "rules: {duplicate-key: off}";
    let has = |host: &Host| told(host).contains(&"twice.yaml error duplicate-key".to_owned());
    for (files, expected) in [
        (&[("/w/.kubeblocks-ls.yaml", quiet)][..], false),
        (&[("/w/charts/.kubeblocks-ls.yaml", quiet), ("/w/.kubeblocks-ls.yaml", "")], false),
        (&[("/w/charts/demo/.kubeblocks-ls.yaml", ""), ("/w/.kubeblocks-ls.yaml", quiet)], true),
        (&[("/w/charts/other/.kubeblocks-ls.yaml", quiet)], true),
        (&[("/w/charts/demo/templates/.kubeblocks-ls.yaml", quiet)], true),
    ] {
        assert_eq!(has(&host(files)), expected, "{files:?}");
    }
    let mut host = host(&[("/w/.kubeblocks-ls.yaml", quiet), ("/etc/settings.yaml", "rules: {unused-anchor: off}")]);
    host.apply(vec![Change::ConfigFile("/etc/settings.yaml".into())]);
    assert!(has(&host));
    assert!(!told(&host).contains(&"twice.yaml info unused-anchor".to_owned()));
}

#[test]
fn what_is_chosen_is_over_the_file() {
    let mut host = host(&[("/w/.kubeblocks-ls.yaml", "rules: {duplicate-key: off, unused-anchor: off}")]);
    let before = told(&host);
    let rules = [("duplicate-key".to_owned(), Level::Warning)].into();
    assert!(host.apply(vec![Change::Config(Config { rules, ..Config::default() })]));
    assert_eq!(changes(&before, &told(&host)), "+twice.yaml warning duplicate-key");
    let ignore = vec!["/charts/demo/templates/definition.yaml".to_owned()];
    assert!(host.apply(vec![Change::Config(Config { ignore, ..Config::default() })]));
    assert!(told(&host).iter().all(|line| !line.starts_with("definition.yaml")));
    assert!(before.iter().any(|line| line.starts_with("definition.yaml")));
    assert!(!host.apply(vec![Change::Config(Config {
        ignore: vec!["/charts/demo/templates/definition.yaml".into()],
        ..Config::default()
    })]));
}

/// An edit of the settings is an edit like any other.
#[test]
fn settings_are_edited() {
    let mut host = host(&[("/w/.kubeblocks-ls.yaml", "")]);
    let before = told(&host);
    host.apply(vec![Change::Open("/w/.kubeblocks-ls.yaml".into(), "values: {p: [production.yaml]}\n".into())]);
    assert_eq!(changes(&before, &told(&host)), "+branch.yaml error duplicate-key");
    host.apply(vec![Change::Open("/w/.kubeblocks-ls.yaml".into(), "values: {p: [gone.yaml]}\nrule: {}\n".into())]);
    assert_eq!(
        changes(&before, &told(&host)),
        "+.kubeblocks-ls.yaml warning invalid-config, +.kubeblocks-ls.yaml error invalid-config"
    );
    host.apply(vec![Change::Close("/w/.kubeblocks-ls.yaml".into())]);
    assert_eq!(told(&host), before);
}
