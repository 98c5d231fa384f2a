//! Charts that people wrote: every finding on them is held in a list, each with a word on why it is true.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use camino::Utf8Path;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;
use kubeblocks_ls::vfs::OsDisk;

use crate::support::{corpus, golden, line_of, update};

/// What a finding's review says until somebody has looked.
const UNREVIEWED: &str = "unreviewed";

/// The findings of one world as lines, in the order of files and places.
fn findings(root: &Path) -> Vec<String> {
    let root = Utf8Path::from_path(root).unwrap();
    let mut host = Host::new(Arc::new(OsDisk));
    host.apply(vec![Change::Roots(vec![root.to_owned()]), Change::TrySwitches]);
    let world = host.world();
    let mut lines: Vec<_> = rules::check(&world).iter().map(|finding| line_of(&world, root, finding)).collect();
    lines.sort_by_key(|line| sort_key(line));
    lines
}

fn sort_key(line: &str) -> (String, u32, u32, String) {
    let mut parts = line.splitn(4, [':', ' ']);
    let path = parts.next().unwrap_or_default().to_owned();
    let mut number = || parts.next().and_then(|n| n.parse().ok()).unwrap_or_default();
    (path, number(), number(), line.to_owned())
}

/// Compares with `tests/corpus/<name>.txt`: a line for each finding, and below it, indented, why it is true.
/// `UPDATE=1` keeps the words of findings that are still there.
fn reviewed(name: &str, lines: &[String]) {
    let path = format!("tests/corpus/{name}.txt");
    let old = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap_or_default();
    let mut words: BTreeMap<&str, &str> = BTreeMap::new();
    let mut last = "";
    for line in old.lines() {
        match line.strip_prefix("    ") {
            Some(word) => drop(words.insert(last, word)),
            None => last = line,
        }
    }
    let mut text = String::new();
    let mut unreviewed = Vec::new();
    for line in lines {
        let word = words.get(line.as_str()).copied().unwrap_or(UNREVIEWED);
        if word == UNREVIEWED {
            unreviewed.push(line.as_str());
        }
        text.push_str(&format!("{line}\n    {word}\n"));
    }
    println!("{name}: {} findings", lines.len());
    golden(&path, &text);
    assert!(update() || unreviewed.is_empty(), "nobody has said why these are true:\n{}", unreviewed.join("\n"));
}

#[test]
fn kubeblocks_0_7() {
    let Some(root) = corpus("corpus/kb-0.7") else { return };
    reviewed("kb-0.7", &findings(&root));
}

#[test]
fn addons_0_8() {
    let Some(root) = corpus("corpus/addons-0.8") else { return };
    reviewed("addons-0.8", &findings(&root));
}

#[test]
fn addons_1_0() {
    let Some(root) = corpus("corpus/addons-1.0") else { return };
    reviewed("addons-1.0", &findings(&root));
}

/// Each commit is a world of its own.
#[test]
fn greptimedb() {
    let Some(root) = corpus("corpus/greptimedb") else { return };
    let mut commits: Vec<_> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    commits.sort();
    let mut lines = Vec::new();
    for commit in commits {
        let name = commit.file_name().unwrap().to_string_lossy().into_owned();
        lines.extend(findings(&commit).into_iter().map(|line| format!("{name}/{line}")));
    }
    reviewed("greptimedb", &lines);
}
