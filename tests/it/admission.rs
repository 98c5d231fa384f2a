//! Admission of every object that Helm printed, in every release that serves it, against a second opinion.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use kubeblocks_ls::helm::render::Rendered;
use kubeblocks_ls::model::admit::{Fault, What, admit};
use kubeblocks_ls::model::object::Document;
use kubeblocks_ls::schema::Schemas;
use kubeblocks_ls::schema::release::Release;
use kubeblocks_ls::text::FileId;
use kubeblocks_ls::vfs::Source;
use kubeblocks_ls::world;
use kubeblocks_ls::yaml::parser;
use kubeblocks_ls::yaml::tree::{NodeId, Tree};
use serde_json::{Value, json};

use crate::oracle::{self, Oracle, Verdict};
use crate::support::{Dice, corpus, in_parallel};

static ORACLE: LazyLock<Option<Oracle>> = LazyLock::new(|| corpus("crds").map(|folder| Oracle::read(&folder)));

/// The documents of a text.
pub(crate) fn documents(name: &str, text: &str) -> Vec<Document> {
    let source = Arc::new(Source::new(FileId(0), name.into(), text));
    let rendered = Arc::new(Rendered::plain(source));
    let document = |range| Document::new(rendered.clone(), range);
    parser::documents(text).into_iter().map(document).collect()
}

/// The node at a JSON pointer, and its key's.
fn locate(tree: &Tree, pointer: &str) -> (NodeId, Option<NodeId>) {
    let mut at = (tree.root().unwrap(), None);
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        at = match tree.entry(at.0, &step) {
            Some((key, value)) => (value, Some(key)),
            None => {
                let kubeblocks_ls::yaml::tree::Kind::Sequence(items) = tree.node(tree.resolve(at.0)).kind else {
                    panic!("nothing at {pointer}")
                };
                (items[step.parse::<usize>().unwrap()], None)
            }
        };
    }
    at
}

/// A verdict with nodes in the place of pointers: what an alias repeats stands in one place.
fn by_node(document: &Document, verdict: &Verdict) -> BTreeSet<String> {
    let line = |line: &String| {
        let mut parts = line.splitn(3, ' ');
        let (keyword, pointer, rest) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap_or_default());
        let (node, key) = locate(document.tree(), pointer);
        let node = if keyword == "unknown" { key.unwrap() } else { document.tree().resolve(node) };
        format!("{keyword} {} {rest}", node.0)
    };
    verdict.iter().map(line).collect()
}

/// Our own verdict, in the oracle's words.
fn ours(schemas: &Schemas, document: &Document, release: Release) -> BTreeSet<String> {
    let faults = admit(schemas, document, release.into());
    let faults = faults.into_iter().filter(|fault| fault.what != What::Slip);
    let faults = faults.filter(|fault| !document.node(fault.at).path().starts_with("metadata"));
    let line = |fault: Fault| {
        let node = document.node(fault.at);
        let (keyword, rest) = match &fault.what {
            What::Unknown | What::Slip => ("unknown", String::new()),
            What::Type { .. } => ("type", String::new()),
            What::Missing { field, .. } => ("required", field.to_string()),
            What::Allowed(_) => ("enum", String::new()),
            What::Pattern(_) => ("pattern", String::new()),
            What::TooLong { .. } => ("maxLength", String::new()),
            What::TooShort { .. } => ("minLength", String::new()),
            What::TooSmall { .. } => ("minimum", String::new()),
            What::TooLarge { .. } => ("maximum", String::new()),
            What::NoMultiple(_) => ("multipleOf", String::new()),
            What::TooMany { .. } if node.is_sequence() => ("maxItems", String::new()),
            What::TooMany { .. } => ("maxProperties", String::new()),
            What::TooFew { .. } if node.is_sequence() => ("minItems", String::new()),
            What::TooFew { .. } => ("minProperties", String::new()),
            What::Format(_) => ("format", String::new()),
            What::Form => ("oneOf", String::new()),
            What::Rule(message) => ("rule", message.clone()),
            What::Duplicate { .. } => {
                // Ours stands at the key of the item.
                let item = std::iter::successors(Some(node), |node| node.parent());
                let item = item.into_iter().find(|node| node.parent().is_some_and(|parent| parent.is_sequence()));
                return format!("duplicate {} ", document.tree().resolve(item.unwrap().id).0);
            }
        };
        let at = if fault.what == What::Unknown { fault.at } else { document.tree().resolve(fault.at) };
        format!("{keyword} {} {rest}", at.0)
    };
    faults.map(line).collect()
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What was compared in one file.
#[derive(Default)]
struct Answer {
    objects: usize,
    /// Objects times releases.
    verdicts: usize,
    faults: usize,
    differences: Vec<String>,
}

fn compare(split: &str) {
    let Some(folder) = corpus(&format!("corpus-goldens/{split}")) else { return };
    let Some(oracle) = ORACLE.as_ref() else { return };
    let answers = in_parallel(&files(&folder), |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        let mut answer = Answer::default();
        for document in documents(&name, &text) {
            judge(oracle, &document, &mut answer);
        }
        answer
    });
    told(split, &answers);
}

/// Compares the two verdicts on a document in every release.
fn judge(oracle: &Oracle, document: &Document, answer: &mut Answer) {
    let (Some(api_version), Some(kind)) = (document.api_version(), document.kind()) else { return };
    let serving = oracle.serving(api_version, kind);
    let json = oracle::json_of(document.tree(), document.tree().root().unwrap());
    answer.objects += usize::from(!serving.is_empty());
    for release in serving {
        let theirs = oracle.judge(release, &json);
        let ours = ours(world::schemas(), document, Release::named(release).unwrap());
        answer.verdicts += 1;
        answer.faults += theirs.len();
        let theirs = by_node(document, &theirs);
        if ours != theirs {
            let place = |line: &String| {
                let id = line.split(' ').nth(1).unwrap().parse().unwrap();
                format!("{line} {}", document.node(NodeId(id)).path())
            };
            let lone = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).map(place).collect::<Vec<_>>();
            answer.differences.push(format!(
                "{} {kind} {} {release}\n  ours only: {:?}\n  theirs only: {:?}",
                document.template(),
                document.name().and_then(|name| name.text()).unwrap_or_default(),
                lone(&ours, &theirs),
                lone(&theirs, &ours)
            ));
        }
    }
}

fn told(what: &str, answers: &[Answer]) {
    let sum = |count: fn(&Answer) -> usize| answers.iter().map(count).sum::<usize>();
    let (objects, verdicts, faults) = (sum(|a| a.objects), sum(|a| a.verdicts), sum(|a| a.faults));
    println!("{what}: {objects} objects, {verdicts} verdicts, {faults} faults");
    let differences: Vec<&str> = answers.iter().flat_map(|answer| &answer.differences).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
    assert!(verdicts > 0);
}

/// Does something to a random place of a value.
fn mutate(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Object(map) if !map.is_empty() && dice.below(5) > 0 => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let key = dice.pick(&keys);
            mutate(&mut map[key], dice);
        }
        Value::Array(items) if !items.is_empty() && dice.below(5) > 0 => {
            let at = dice.below(items.len());
            mutate(&mut items[at], dice);
        }
        Value::Object(map) if dice.below(4) > 0 => {
            let keys: Vec<String> = map.keys().cloned().collect();
            if keys.is_empty() {
                return;
            }
            let (key, other) = (dice.pick(&keys).clone(), dice.pick(&keys).clone());
            match dice.below(4) {
                0 => _ = map.shift_remove(&key),
                1 => map[&key] = Value::Null,
                2 => {
                    let value = map.shift_remove(&key).unwrap();
                    map.insert(format!("{key}x"), value);
                }
                _ => {
                    let value = map[&key].clone();
                    match map.get_mut(&other) {
                        Some(Value::Object(inner)) => _ = inner.insert(key, value),
                        _ => _ = map.insert(other, value),
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() && dice.below(4) > 0 => {
            let item = dice.pick(items).clone();
            items.push(item);
        }
        _ => {
            let values = [
                json!(null),
                json!(true),
                json!(7),
                json!(-1),
                json!(7.5),
                json!(1e9),
                json!("x"),
                json!(""),
                json!("7"),
                json!("X_y!"),
                json!({}),
                json!([]),
                json!({"x": 1}),
                json!(["x", "x"]),
                json!("a".repeat(70)),
            ];
            *value = dice.pick(&values).clone();
        }
    }
}

/// Objects of the goldens after one to four random changes.
#[test]
fn mutants() {
    let (Some(folder), Some(oracle)) = (corpus("corpus-goldens"), ORACLE.as_ref()) else { return };
    let seeds: Vec<u64> = (1..=3000).collect();
    let mut objects = Vec::new();
    for path in files(&folder).iter().filter(|path| !path.to_string_lossy().contains(".values-")) {
        let text = std::fs::read_to_string(path).unwrap();
        for document in documents("", &text) {
            let json = oracle::json_of(document.tree(), document.tree().root().unwrap());
            if let (Some(api_version), Some(kind)) = (document.api_version(), document.kind())
                && !oracle.serving(api_version, kind).is_empty()
            {
                objects.push(json);
            }
        }
    }
    let answers = in_parallel(&seeds, |seed| {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut object = dice.pick(&objects).clone();
        for _ in 0..=dice.below(4) {
            mutate(&mut object["spec"], &mut dice);
        }
        let mut answer = Answer::default();
        // JSON is YAML.
        for document in documents(&format!("seed {seed}"), &object.to_string()) {
            judge(oracle, &document, &mut answer);
        }
        answer
    });
    told("mutants", &answers);
}

#[test]
fn greptimedb() {
    compare("greptimedb");
}

#[test]
fn kubeblocks_0_7() {
    compare("kb-0.7");
}

#[test]
fn addons_0_8() {
    compare("addons-0.8");
}

#[test]
fn addons_1_0() {
    compare("addons-1.0");
}
