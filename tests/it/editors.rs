//! What the editors' packages say: that it is complete, translated, and right in our own eyes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use kubeblocks_ls::rules;
use regex::Regex;
use serde_json::{Map, Value};

use crate::support::memory_host;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode").join(name)
}

fn json(name: &str) -> Map<String, Value> {
    serde_json::from_str(&std::fs::read_to_string(path(name)).unwrap()).unwrap()
}

fn keys(name: &str) -> BTreeSet<String> {
    json(name).keys().cloned().collect()
}

/// All of the extension's code.
fn code() -> String {
    let files = std::fs::read_dir(path("src")).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

/// What the group of a pattern holds, wherever it matches.
fn all(pattern: &str, text: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_word_of_the_manifest_is_translated() {
    let manifest = std::fs::read_to_string(path("package.json")).unwrap();
    let english = keys("package.nls.json");
    assert_eq!(all("\"%([^%]+)%\"", &manifest), english);
    assert_eq!(english, keys("package.nls.zh-cn.json"), "left: English, right: Chinese");
}

#[test]
fn every_word_of_the_code_is_translated() {
    let said = all(r"\bt\(\s*'([^']+)'", &code());
    assert!(said.len() > 5, "{said:?}");
    assert_eq!(said, keys("l10n/bundle.l10n.zh-cn.json"), "left: English, right: Chinese");
    // A translation has the same gaps.
    for (english, chinese) in json("l10n/bundle.l10n.zh-cn.json") {
        let gaps = |text: &str| all(r"(\{\d\})", text);
        assert_eq!(gaps(&english), gaps(chinese.as_str().unwrap()), "{english}");
    }
}

#[test]
fn commands_are_offered_and_carried_out() {
    let offered = json("package.json")["contributes"]["commands"].as_array().unwrap().clone();
    let offered: BTreeSet<_> = offered.iter().map(|command| command["command"].as_str().unwrap().to_owned()).collect();
    assert_eq!(offered, all(r"registerCommand\(\s*'([^']+)'", &code()));
}

#[test]
fn one_version() {
    assert_eq!(json("package.json")["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json("package-lock.json")["version"], env!("CARGO_PKG_VERSION"));
    let npm = json("../../packaging/npm/package.json");
    assert_eq!(npm["version"], env!("CARGO_PKG_VERSION"));
    for (name, version) in npm["optionalDependencies"].as_object().unwrap() {
        assert_eq!(version, env!("CARGO_PKG_VERSION"), "{name}");
    }
}

/// What a user gets who takes every snippet as it is.
#[test]
fn snippets_have_no_mistakes() {
    let placeholder = Regex::new(r"\$\{\d+[:|]([^,|}]*)[^}]*\}|\$\d").unwrap();
    let files = json("snippets/kubeblocks.json").into_iter().map(|(name, snippet)| {
        let lines: Vec<_> = snippet["body"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let text = placeholder.replace_all(&lines.join("\n"), "$1").into_owned();
        (Utf8PathBuf::from(format!("/w/{name}.yaml")), text)
    });
    let files = files.collect();
    let world = memory_host(&files).world();
    assert_eq!(world.charts.len(), files.len());
    let found: Vec<_> =
        rules::check(&world).iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
