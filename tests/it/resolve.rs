//! When a name counts as found, missing or elsewhere: a table of small workspaces.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use kubeblocks_ls::diagnostic::Severity;
use kubeblocks_ls::model::resolve::{CLUSTER_DEFINITION, CLUSTER_VERSION, CONFIG_MAP, GroupKind, Resolution, resolve};
use kubeblocks_ls::rules;

use crate::support::memory_host;

/// `kind name` of an object in a template, with more lines.
fn object(kind: &str, name: &str, more: &str) -> String {
    let group = if kind == "ConfigMap" { "v1" } else { "apps.kubeblocks.io/v1alpha1" };
    format!("apiVersion: {group}\nkind: {kind}\nmetadata:\n  name: {name}\n{more}")
}

/// What the answer is for the one field of the object `site` that names such a target, in a workspace of charts and loose files (paths in `/w`).
fn answer(files: &[(&str, String)], site: &str, target: GroupKind) -> String {
    let mut all: BTreeMap<Utf8PathBuf, String> = BTreeMap::new();
    for (path, text) in files {
        let path = Utf8PathBuf::from(format!("/w/{path}"));
        if let Some(root) =
            path.parent().filter(|folder| folder.ends_with("templates")).and_then(|folder| folder.parent())
        {
            let name = root.file_name().unwrap();
            let chart = format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
            all.insert(root.join("Chart.yaml"), chart);
            all.insert(root.join("values.yaml"), "on: true\noff: false\n".to_owned());
        }
        all.insert(path, text.clone());
    }
    let world = memory_host(&all).world();
    let of_site = |d: &kubeblocks_ls::model::object::Document| d.name().and_then(|name| name.text()) == Some(site);
    let mut sites = world.index().sites();
    let site = sites.find(|found| of_site(found.node.document) && found.field.target == target).unwrap();
    match resolve(&world, &site) {
        Resolution::Found(found) => format!("found in {}", found[0].chart.name()),
        Resolution::Dormant(_) => "dormant".to_owned(),
        Resolution::Missing(objects) => {
            let mut names: Vec<&str> = objects.iter().filter_map(|object| object.name()).collect();
            names.sort_unstable();
            format!("missing, there are {}", names.join(" "))
        }
        Resolution::Elsewhere => "elsewhere".to_owned(),
        Resolution::Open => "open".to_owned(),
    }
}

#[test]
fn config_maps() {
    let site = |name: &str| {
        (
            "a/templates/site.yaml",
            object(
                "ClusterDefinition",
                "site",
                &format!("spec:\n  componentDefs:\n    - scriptSpecs:\n        - templateRef: {name}\n"),
            ),
        )
    };
    let map = |path: &'static str, name: &str| (path, object("ConfigMap", name, ""));
    let (in_a, in_b) = ("a/templates/map.yaml", "b/templates/map.yaml");
    for (files, expected) in [
        (vec![site("scripts"), map(in_a, "scripts")], "found in a"),
        (vec![site("scripts"), map(in_b, "scripts"), map(in_a, "scripts")], "found in a"),
        (vec![site("scripts"), map(in_b, "scripts")], "found in b"),
        (vec![site("skripts"), map(in_a, "scripts")], "missing, there are scripts"),
        (vec![site("anything"), map(in_a, "scripts")], "missing, there are scripts"),
        // Nothing on the own side says that ConfigMaps of the chart are here.
        (vec![site("anything")], "elsewhere"),
        (vec![site("anything"), map(in_b, "scripts")], "elsewhere"),
        (vec![site("skripts"), map(in_b, "scripts")], "missing, there are scripts"),
        // The partner's ConfigMaps are the own side's.
        (vec![site("anything"), map("a-cluster/templates/map.yaml", "scripts")], "missing, there are scripts"),
        // A name that differs from one installation to the next.
        (vec![site("'{{ .Release.Name }}-x'"), map(in_a, "'{{ .Release.Name }}-x'")], "found in a"),
        (vec![site("'{{ .Release.Name }}-x'"), map(in_b, "'{{ .Release.Name }}-x'")], "open"),
        (vec![site("'{{ .Release.Name }}-x'"), map(in_a, "'{{ .Release.Name }}-y'")], "open"),
        // Names that nobody knows.
        (vec![site("'{{ randAlpha 5 }}'"), map(in_a, "scripts")], "open"),
        (vec![site("x"), map(in_a, "'x-{{ randAlpha 5 }}'")], "open"),
        // A chart that does not render may have it.
        (
            vec![site("x"), map(in_a, "scripts"), ("a/templates/broken.yaml", "{{ fail \"no\" }}".to_owned())],
            "elsewhere",
        ),
        (
            vec![site("x"), map(in_a, "scripts"), ("b/templates/broken.yaml", "{{ fail \"no\" }}".to_owned())],
            "missing, there are scripts",
        ),
        (
            vec![site("b-x"), map(in_a, "scripts"), ("b/templates/broken.yaml", "{{ fail \"no\" }}".to_owned())],
            "elsewhere",
        ),
        // Other values may render it.
        (
            vec![
                site("x"),
                map(in_a, "scripts"),
                (
                    "a/templates/off.yaml",
                    format!("{{{{ if .Values.off }}}}\n{}{{{{ end }}}}\n", object("ConfigMap", "x", "")),
                ),
            ],
            "dormant",
        ),
        // A list may hold it.
        (
            vec![
                site("y"),
                map(in_a, "scripts"),
                (
                    "a/templates/list.yaml",
                    "apiVersion: v1\nkind: ConfigMapList\nitems:\n  - metadata: {name: x}\n".to_owned(),
                ),
            ],
            "missing, there are scripts",
        ),
        (
            vec![
                site("x"),
                map(in_a, "scripts"),
                (
                    "a/templates/list.yaml",
                    "apiVersion: v1\nkind: ConfigMapList\nitems:\n  - metadata: {name: x}\n".to_owned(),
                ),
            ],
            "open",
        ),
        (
            vec![
                site("x"),
                map(in_a, "scripts"),
                (
                    "a/templates/list.yaml",
                    format!(
                        "apiVersion: v1\nkind: List\nitems:\n  - {}\n",
                        "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}"
                    ),
                ),
            ],
            "found in a",
        ),
    ] {
        assert_eq!(answer(&files, "site", CONFIG_MAP), expected, "{files:#?}");
    }
}

#[test]
fn definitions() {
    let site = |name: &str| {
        (
            "a-cluster/templates/site.yaml",
            object("Cluster", "site", &format!("spec:\n  clusterDefinitionRef: other\n  clusterVersionRef: {name}\n")),
        )
    };
    let version =
        |path: &'static str, name: &str| (path, object("ClusterVersion", name, "spec:\n  clusterDefinitionRef: a\n"));
    let (in_a, in_b) = ("a/templates/version.yaml", "b/templates/version.yaml");
    for (files, expected) in [
        (vec![site("a-1.0"), version(in_a, "a-1.0")], "found in a"),
        (vec![site("a-1.1"), version(in_a, "a-1.0")], "missing, there are a-1.0"),
        (vec![site("other-1.0"), version(in_a, "a-1.0")], "elsewhere"),
        (vec![site("mysql-8.0"), version(in_b, "mysqk-8.0")], "missing, there are mysqk-8.0"),
        (vec![site("pg-8.0"), version(in_b, "pq-8.0")], "elsewhere"),
        (vec![site("8.0"), version(in_a, "a-1.0")], "elsewhere"),
        (vec![site("a-1.1")], "elsewhere"),
    ] {
        assert_eq!(answer(&files, "site", CLUSTER_VERSION), expected, "{files:#?}");
        assert_eq!(answer(&files, "site", CLUSTER_DEFINITION), "elsewhere", "{files:#?}");
    }
}

/// A definition's versions are those of its chart, whatever they are called.
#[test]
fn versions_of_a_definition() {
    for (definition, expected) in [("a", 1), ("other", 0)] {
        let cluster = format!("spec:\n  clusterDefinitionRef: {definition}\n  clusterVersionRef: a-small-1.0\n");
        let files = [
            ("/w/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n".to_owned()),
            ("/w/a/templates/definition.yaml", object("ClusterDefinition", "a", "spec:\n  componentDefs: []\n")),
            ("/w/a/templates/version.yaml", object("ClusterVersion", "a-1.0", "spec:\n  clusterDefinitionRef: a\n")),
            ("/w/cluster.yaml", object("Cluster", "prod", &cluster)),
        ];
        let files = files.into_iter().map(|(path, text)| (path.into(), text)).collect();
        let found = rules::check(&memory_host(&files).world());
        assert_eq!(found.iter().filter(|f| f.rule == "dangling-reference").count(), expected, "{found:#?}");
    }
}

/// What a loose manifest names may have come with another release of the chart.
#[test]
fn loose_manifests_are_less_sure() {
    let cluster = "spec:\n  clusterDefinitionRef: a\n  clusterVersionRef: a-1.1\n";
    let version = object("ClusterVersion", "a-1.0", "spec:\n  clusterDefinitionRef: a\n");
    let chart = "apiVersion: v2\nname: a\nversion: 0.1.0\n".to_owned();
    for (path, expected) in [("/w/cluster.yaml", Severity::Warning), ("/w/a/templates/cluster.yaml", Severity::Error)] {
        let files = [
            ("/w/a/Chart.yaml", chart.clone()),
            ("/w/a/templates/version.yaml", version.clone()),
            (path, object("Cluster", "prod", cluster)),
        ];
        let files = files.into_iter().map(|(path, text)| (path.into(), text)).collect();
        let found = rules::check(&memory_host(&files).world());
        let found: Vec<_> = found.iter().filter(|finding| finding.rule == "dangling-reference").collect();
        assert_eq!(found.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [expected], "{path}: {found:#?}");
    }
}
