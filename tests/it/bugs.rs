//! Mistakes that people made in charts and later repaired: each is found before its repair, and not after it.
//!
//! `tests/corpus/bugs.txt` holds the answer for each case; below a case that is missed stands, indented, why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use camino::Utf8PathBuf;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;
use kubeblocks_ls::text::Encoding;
use kubeblocks_ls::vfs::MemoryDisk;
use serde_json::Value;

use crate::support::{corpus, golden, in_parallel, update};

/// How far from an accepted place a finding may stand, in lines.
const NEAR: u32 = 3;

/// What a missed case's review says until somebody has looked.
const UNREVIEWED: &str = "unreviewed";

type Files = BTreeMap<Utf8PathBuf, Vec<u8>>;

/// A finding without its severity: file, line (from 1), rule, words.
type Found = (String, u32, &'static str, String);

/// Reads a folder's files as if it were `/w`.
fn read(folder: &Path, into: &mut Files) {
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(folder).unwrap().to_str().unwrap();
                into.insert(format!("/w/{below}").into(), std::fs::read(&path).unwrap());
            }
        }
    }
}

fn findings(files: Files) -> BTreeSet<Found> {
    let mut host = Host::new(Arc::new(MemoryDisk { files }));
    host.apply(vec![Change::Roots(vec!["/w".into()]), Change::TrySwitches]);
    let world = host.world();
    let found = rules::check(&world);
    let lines = found.into_iter().map(|finding| {
        let source = world.source(finding.span.file).unwrap();
        let at = source.lines.line_col(finding.span.range.start, Encoding::Utf32);
        let path = source.path.strip_prefix("/w").unwrap_or(&source.path).to_string();
        (path, at.line + 1, finding.rule, finding.message)
    });
    lines.collect()
}

/// The rules that find a case at an accepted place before its repair and not after it.
fn found_by(root: &Path, case: &Value) -> BTreeSet<&'static str> {
    let text = |key: &str| case[key].as_str().unwrap();
    let list = |key: &str| case[key].as_array().into_iter().flatten().filter_map(Value::as_str);
    let folder = root.join(text("id"));
    let mut before = Files::new();
    read(&folder.join("before"), &mut before);
    let mut after = before.clone();
    for removed in list("after_removed") {
        after.remove(&Utf8PathBuf::from(format!("/w/{removed}")));
    }
    if folder.join("after").is_dir() {
        read(&folder.join("after"), &mut after);
    }
    let own = format!("{}:{}", text("file"), case["line"]);
    let accepted: Vec<(&str, u32)> = std::iter::once(own.as_str())
        .chain(list("also"))
        .map(|place| place.rsplit_once(':').map(|(file, line)| (file, line.parse().unwrap())).unwrap())
        .collect();
    let after: BTreeSet<_> = findings(after).into_iter().map(|(file, _, rule, words)| (file, rule, words)).collect();
    let found = findings(before).into_iter().filter(|(file, line, ..)| {
        accepted.iter().any(|(accepted, at)| file == accepted && line.abs_diff(*at) <= NEAR)
    });
    found
        .filter(|(file, _, rule, words)| !after.contains(&(file.clone(), *rule, words.clone())))
        .map(|(_, _, rule, _)| rule)
        .collect()
}

#[test]
fn mistakes_that_were_repaired() {
    let Some(root) = corpus("bugs") else { return };
    let cases: Vec<Value> = std::fs::read_to_string(root.join("cases.jsonl"))
        .unwrap()
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let path = "tests/corpus/bugs.txt";
    let old = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default();
    let old: Vec<&str> = old.lines().collect();
    let word_of = |id: &str| {
        let at = old.iter().position(|line| line.split(' ').next() == Some(id))?;
        old.get(at + 1)?.strip_prefix("    ")
    };
    let answers = in_parallel(&cases, |case| found_by(&root, case));
    let (mut text, mut decidable, mut found, mut unreviewed) = (String::new(), 0, 0, Vec::new());
    for (case, rules) in cases.iter().zip(answers) {
        let (id, detectable) = (case["id"].as_str().unwrap(), case["detectable"].as_str().unwrap());
        let is_static = detectable.starts_with("static");
        decidable += usize::from(is_static);
        if rules.is_empty() {
            let word = word_of(id).unwrap_or(UNREVIEWED);
            if word == UNREVIEWED {
                unreviewed.push(id);
            }
            text.push_str(&format!("{id} {detectable}: missed\n    {word}\n"));
        } else {
            found += usize::from(is_static);
            text.push_str(&format!("{id} {detectable}: {}\n", Vec::from_iter(rules).join(", ")));
        }
    }
    println!("mistakes: {found} of {decidable} that can be decided are found");
    golden(path, &text);
    assert!(update() || unreviewed.is_empty(), "nobody has said why these are missed: {}", unreviewed.join(" "));
}
