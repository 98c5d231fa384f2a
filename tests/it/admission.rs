//! Admission of every object that Helm printed, in every release that serves it, against a second opinion.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use kubeblocks_ls::helm::render::Rendered;
use kubeblocks_ls::model::object::Document;
use kubeblocks_ls::schema::Schemas;
use kubeblocks_ls::schema::admit::{Fault, What, admit};
use kubeblocks_ls::schema::release::Release;
use kubeblocks_ls::text::FileId;
use kubeblocks_ls::vfs::Source;
use kubeblocks_ls::world;
use kubeblocks_ls::yaml::parser;
use kubeblocks_ls::yaml::tree::{NodeId, Tree};

use crate::oracle::{self, Oracle, Verdict};
use crate::support::{corpus, in_parallel};

static ORACLE: LazyLock<Option<Oracle>> = LazyLock::new(|| corpus("crds").map(|folder| Oracle::read(&folder)));

/// The documents of a text.
pub(crate) fn documents(name: &str, text: &str) -> Vec<Document> {
    let source = Arc::new(Source::new(FileId(0), name.into(), text));
    let rendered = Arc::new(Rendered::plain(source));
    let document = |range| Document { tree: parser::parse(text, range), rendered: rendered.clone(), range };
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
                let kubeblocks_ls::yaml::tree::Kind::Sequence(items) = &tree.node(tree.resolve(at.0)).kind else {
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
        let (node, key) = locate(&document.tree, pointer);
        let node = if keyword == "unknown" { key.unwrap() } else { document.tree.resolve(node) };
        format!("{keyword} {} {rest}", node.0)
    };
    verdict.iter().map(line).collect()
}

/// Our own verdict, in the oracle's words.
fn ours(schemas: &Schemas, document: &Document, release: Release) -> BTreeSet<String> {
    let faults = admit(schemas, document, release.into());
    let faults = faults.into_iter().filter(|fault| !document.node(fault.at).path().starts_with("metadata"));
    let line = |fault: Fault| {
        let node = document.node(fault.at);
        let (keyword, rest) = match &fault.what {
            What::Unknown => ("unknown", String::new()),
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
                return format!("duplicate {} ", document.tree.resolve(item.unwrap().id).0);
            }
        };
        let at = if fault.what == What::Unknown { fault.at } else { document.tree.resolve(fault.at) };
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

/// Objects, releases they were judged for, faults, and the differences.
fn compare(split: &str) {
    let Some(folder) = corpus(&format!("corpus-goldens/{split}")) else { return };
    let Some(oracle) = ORACLE.as_ref() else { return };
    let schemas = world::schemas();
    let answers = in_parallel(&files(&folder), |path| {
        let (mut objects, mut verdicts, mut faults) = (0, 0, 0);
        let mut differences = Vec::new();
        let text = std::fs::read_to_string(path).unwrap();
        for document in documents(path.to_str().unwrap(), &text) {
            let (Some(api_version), Some(kind)) = (document.api_version(), document.kind()) else { continue };
            let serving = oracle.serving(api_version, kind);
            let json = oracle::document(&text, document.range);
            objects += usize::from(!serving.is_empty());
            for release in serving {
                verdicts += 1;
                let theirs = oracle.judge(release, &json);
                let ours = ours(schemas, &document, Release::named(release).unwrap());
                faults += theirs.len();
                let by_node = by_node(&document, &theirs);
                if ours != by_node {
                    let name = document.name().and_then(|name| name.text()).unwrap_or_default();
                    let file = path.strip_prefix(&folder).unwrap().display();
                    let place = |line: &String| {
                        let id = line.split(' ').nth(1).unwrap().parse().unwrap();
                        format!("{line} {}", document.node(NodeId(id)).path())
                    };
                    let lone =
                        |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).map(place).collect::<Vec<_>>();
                    differences.push(format!(
                        "{file} {kind} {name} {release}\n  ours only: {:?}\n  theirs only: {:?}",
                        lone(&ours, &by_node),
                        lone(&by_node, &ours)
                    ));
                }
            }
        }
        (objects, verdicts, faults, differences)
    });
    let sum = |count: fn(&(usize, usize, usize, Vec<String>)) -> usize| answers.iter().map(count).sum::<usize>();
    println!("{split}: {} objects, {} verdicts, {} faults", sum(|a| a.0), sum(|a| a.1), sum(|a| a.2));
    let differences: Vec<_> = answers.iter().flat_map(|answer| answer.3.iter().cloned()).collect();
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
    assert!(sum(|a| a.1) > 0);
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
