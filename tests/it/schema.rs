//! The schemas under `schemas/`: they are what upstream's CRDs become.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kubeblocks_ls::model::admit::admit;
use kubeblocks_ls::schema::Schemas;
use kubeblocks_ls::schema::import::import;
use kubeblocks_ls::schema::release::Release;
use kubeblocks_ls::world;

use crate::admission;
use crate::support::{corpus, update};

/// Every file of a folder, by name.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "yaml"))
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

/// Every folder of schemas: its name and its files.
fn folders() -> Vec<(String, BTreeMap<String, String>)> {
    let schemas = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let releases = Release::ALL.into_iter().map(|release| (release.name().to_owned(), texts(&folder(release))));
    releases.chain([("kubernetes".to_owned(), texts(&schemas.join("kubernetes")))]).collect()
}

fn folder(release: Release) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas/kubeblocks").join(release.name())
}

/// Imports a release again and says which files differ.
fn reimport(crds: &Path, release: Release) -> Vec<String> {
    // Upstream's next release is its branch `main`.
    let crds = [release.name(), "main"].map(|name| crds.join(name)).into_iter().find(|folder| folder.is_dir());
    let crds = texts(&crds.unwrap_or_else(|| panic!("no CRDs of {release:?}")));
    let made = import(crds.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap();
    let folder = folder(release);
    let kept = texts(&folder);
    if update() && made != kept {
        std::fs::create_dir_all(&folder).unwrap();
        for name in kept.keys().filter(|name| !made.contains_key(*name)) {
            std::fs::remove_file(folder.join(name)).unwrap();
        }
        for (name, text) in &made {
            std::fs::write(folder.join(name), text).unwrap();
        }
        return Vec::new();
    }
    let names = made.keys().chain(kept.keys()).filter(|name| made.get(*name) != kept.get(*name));
    names.map(|name| folder.join(name).display().to_string()).collect()
}

#[test]
fn the_schemas_are_those_of_upstreams_crds() {
    let Some(crds) = corpus("crds") else { return };
    let differing: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = Release::ALL
            .into_iter()
            .map(|release| {
                scope.spawn({
                    let crds = &crds;
                    move || reimport(crds, release)
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(differing.is_empty(), "run with UPDATE=1:\n{}", differing.join("\n"));
}

#[test]
fn the_binary_holds_the_schemas_of_the_files() {
    let folders = folders();
    let files = folders
        .iter()
        .flat_map(|(folder, files)| files.iter().map(|(name, text)| (folder.as_str(), name.as_str(), text.as_str())));
    let read = Schemas::read(&files.collect::<Vec<_>>()).unwrap();
    let built_in = Schemas::built_in();
    assert_eq!(built_in.nodes().len(), read.nodes().len());
    assert!(built_in == read);
    for release in Release::ALL {
        assert!(built_in.get(release, "apps.kubeblocks.io/v1alpha1", "Cluster").is_some() || release == Release::V1_2);
    }
}

/// What Kubernetes refuses too: a subject without a name, and a priority class called true.
const TRUE_FAULTS: [&str; 3] = [
    "addons-0.8/addons/foxlake-cluster.yaml subjects[0]: Missing",
    "kb-0.7/deploy/foxlake-cluster.yaml subjects[0]: Missing",
    "kb-0.7/deploy/helm.values-1.out.yaml spec.template.spec.priorityClassName: Type",
];

#[test]
fn objects_of_kubernetes_that_people_wrote_are_admitted() {
    let Some(folder) = corpus("corpus-goldens") else { return };
    let mut objects = 0;
    let mut faults = Vec::new();
    for path in admission::files(&folder) {
        let text = std::fs::read_to_string(&path).unwrap();
        for document in admission::documents(path.to_str().unwrap(), &text) {
            let known = |(api_version, kind): (&str, &str)| {
                let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
                world::schemas().kubernetes().iter().any(|known| *known.group == *group && *known.kind == *kind)
            };
            if !document.api_version().zip(document.kind()).is_some_and(known) {
                continue;
            }
            objects += 1;
            for fault in admit(world::schemas(), &document, Release::V1_1.into()) {
                let path = path.strip_prefix(&folder).unwrap().display();
                let what = format!("{:?}", fault.what);
                let word = what.split([' ', '(']).next().unwrap();
                faults.push(format!("{path} {}: {word}", document.node(fault.at).path()));
            }
        }
    }
    assert!(objects > 500, "{objects}");
    assert_eq!(faults, TRUE_FAULTS);
}
