//! `schemas/docs.yaml` against the schemas: what it describes is there, and what authors write is described.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use kubeblocks_ls::schema::release::Release;
use kubeblocks_ls::schema::{Schema, SchemaId};
use kubeblocks_ls::world::{docs, schemas};
use kubeblocks_ls::yaml::parser;
use kubeblocks_ls::yaml::path::{Path, Step};

use crate::support::{corpus, in_parallel};

const TEXT: &str = include_str!("../../schemas/docs.yaml");

/// Kinds whose every field under `spec` must be described.
const KINDS: [&str; 17] = [
    "ActionSet",
    "Addon",
    "BackupPolicyTemplate",
    "Cluster",
    "ClusterDefinition",
    "ClusterVersion",
    "Component",
    "ComponentDefinition",
    "ComponentVersion",
    "ConfigConstraint",
    "OpsDefinition",
    "ParamConfigRenderer",
    "ParametersDefinition",
    "Rollout",
    "ServiceDescriptor",
    "ShardingDefinition",
    "SidecarDefinition",
];

/// Every kind of KubeBlocks with its API version and schema, in every release that serves it.
fn kinds() -> impl Iterator<Item = (&'static str, String, Schema<'static>)> {
    let kinds = Release::ALL.into_iter().flat_map(|release| schemas().kinds(release));
    kinds.flat_map(|kind| {
        let versions = kind.versions.iter();
        versions.filter_map(|version| Some((&*kind.kind, kind.api_version(version), schemas().at(version.schema?))))
    })
}

#[test]
fn the_file_is_well_written() {
    let mut faults = Vec::new();
    let mut section = "";
    let mut seen = BTreeSet::new();
    for (at, line) in TEXT.lines().enumerate() {
        if line.chars().count() > 160 {
            faults.push(format!("line {}: {} characters", at + 1, line.chars().count()));
        }
        if line.starts_with(|c: char| c.is_alphanumeric()) {
            section = line;
        }
        let name =
            line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).and_then(|rest| rest.split(": ").next());
        if name.is_some_and(|name| !seen.insert((section, name.split(" (").next()))) {
            faults.push(format!("line {}: twice in {section}", at + 1));
        }
    }
    for (section, path, text) in docs().all() {
        // What stands between backticks is code, all else may be read as Markdown.
        if text.split('`').count() % 2 == 0 && !text.is_empty()
            || text.split('`').step_by(2).any(|plain| plain.contains(['<', '*', '_', '[', '#']))
        {
            faults.push(format!("{section} {path}: Markdown in {text:?}"));
        }
        let lines = text.lines().count();
        if lines > 2 || text.contains("  ") || !(text.is_empty() || text.ends_with(['.', '"'])) {
            faults.push(format!("{section} {path}: {lines} lines, {text:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let words = docs().all().filter(|(_, _, text)| !text.is_empty()).count();
    assert!(words >= 1400, "{words}");
}

/// What the schemas' fields led to.
#[derive(Default)]
struct Walk {
    /// By the address of the words: paths at which they were found, `[]` for items.
    found: BTreeMap<*const u8, BTreeSet<String>>,
    been: HashSet<(String, SchemaId)>,
}

impl Walk {
    fn walk(&mut self, api_version: &str, kind: &str, schema: Schema<'_>, path: &mut Path) {
        if path.steps.len() > 24 || !self.been.insert((format!("{api_version} {kind} {path}"), schema.id())) {
            return;
        }
        if let Some(words) = docs().describe(api_version, kind, path) {
            let path = path.to_string().replace("[0]", "[]");
            self.found.entry(words.as_ptr()).or_default().insert(path);
        }
        // Keys of the author's own, and those of resources.
        let free = schema.additional().into_iter();
        let free = free.flat_map(|below| ["any", "cpu", "memory", "storage"].map(|key| (key, below)));
        for (key, below) in schema.properties().chain(free) {
            if path.steps.is_empty() && key != "spec" {
                continue;
            }
            path.steps.push(Step::Key(key.to_owned()));
            self.walk(api_version, kind, below, path);
            path.steps.pop();
        }
        if let Some(item) = schema.item() {
            path.steps.push(Step::Index(0));
            self.walk(api_version, kind, item, path);
            path.steps.pop();
        }
    }
}

#[test]
fn what_is_described_is_there() {
    let mut walk = Walk::default();
    for (kind, api_version, schema) in kinds() {
        if docs().describe(&api_version, kind, &"kind".parse().unwrap()).is_some() {
            walk.walk(&api_version, kind, schema, &mut Path::default());
        }
    }
    let mut faults = Vec::new();
    for (section, path, text) in docs().all().filter(|(section, _, text)| *section != "Object" && !text.is_empty()) {
        let found = walk.found.get(&text.as_ptr());
        // A type's own words are for fields without any.
        if found.is_none() && path != "." || found.is_some_and(|found| !is_at(path, found)) {
            faults.push(format!("{section} {path}: {found:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Some field is written as the entry's path says.
fn is_at(path: &str, found: &BTreeSet<String>) -> bool {
    path == "." || path.contains('*') || found.iter().any(|field| field.ends_with(path))
}

#[test]
fn what_authors_write_is_described() {
    let mut faults = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (kind, api_version, schema) in kinds().filter(|(kind, ..)| KINDS.contains(kind)) {
        seen.insert(kind);
        for (key, _) in schema.property("spec").into_iter().flat_map(Schema::properties) {
            let path = Path { steps: vec![Step::Key("spec".into()), Step::Key(key.into())] };
            if docs().describe(&api_version, kind, &path).is_none() {
                faults.insert(format!("{api_version} {kind} {path}"));
            }
        }
    }
    assert_eq!(Vec::from_iter(seen), KINDS);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_charts_write_is_described() {
    let Some(root) = corpus("corpus-goldens") else { return };
    let mut goldens = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".yaml") && !name.contains(".values-") && !name.contains(".helm4.") {
                goldens.push(path);
            }
        }
    }
    let fields = in_parallel(&goldens, |path| fields_of(&std::fs::read_to_string(path).unwrap()));
    // In how many charts a field stands.
    let mut charts: BTreeMap<Field, usize> = BTreeMap::new();
    for field in fields.into_iter().flatten() {
        *charts.entry(field).or_default() += 1;
    }
    charts.retain(|field, _| exists(field));
    let undescribed = |((api_version, kind, path), charts): (&Field, &usize)| {
        let missing = docs().describe(api_version, kind, path).is_none();
        missing.then(|| (*charts, format!("{api_version} {kind} {path}")))
    };
    let missing: Vec<_> = charts.iter().filter_map(undescribed).collect();
    println!("{} of {} fields are described", charts.len() - missing.len(), charts.len());
    assert!(missing.iter().all(|(charts, _)| *charts < 3), "{missing:#?}");
    assert!(missing.len() * 100 < charts.len(), "{missing:#?}");
}

/// API version, kind and path; all indexes are 0.
type Field = (String, String, Path);

/// The fields of KubeBlocks objects in a rendered chart.
fn fields_of(text: &str) -> BTreeSet<Field> {
    let mut fields = BTreeSet::new();
    for range in parser::documents(text) {
        let tree = parser::parse(text, range);
        let Some(root) = tree.root() else { continue };
        let of = |key| tree.get(root, key).and_then(|id| tree.scalar(id));
        let (Some(api_version), Some(kind)) = (of("apiVersion"), of("kind")) else { continue };
        if KINDS.contains(&kind) && api_version.contains(".kubeblocks.io/") {
            let first = |step: Step| if step.key().is_some() { step } else { Step::Index(0) };
            let paths = tree.ids().map(|id| Path::of(&tree, id).steps);
            let keys = paths.filter(|steps| steps.last().is_some_and(|step| step.key().is_some()));
            let paths = keys.map(|steps| Path { steps: steps.into_iter().map(first).collect() });
            fields.extend(paths.map(|path| (api_version.to_owned(), kind.to_owned(), path)));
        }
    }
    fields
}

/// Some release has the field.
fn exists((api_version, kind, path): &Field) -> bool {
    let below = |schema: Schema<'static>, step: &Step| step.key().map_or_else(|| schema.item(), |key| schema.key(key));
    let mut roots = Release::ALL.into_iter().filter_map(|release| schemas().get(release, api_version, kind));
    roots.any(|root| path.steps.iter().try_fold(root, below).is_some())
}
