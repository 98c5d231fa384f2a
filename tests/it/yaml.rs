//! The YAML reader on what real Helm printed for real charts.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kubeblocks_ls::helm::to_yaml::{self, Flavour};
use kubeblocks_ls::helm::{data, json};
use kubeblocks_ls::text::{TextRange, floor_char_boundary};
use kubeblocks_ls::yaml::parser::{documents, parse};
use kubeblocks_ls::yaml::reparse::reparse;
use kubeblocks_ls::yaml::tree::{Kind, Style};

use crate::support::{Dice, corpus};

fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            found.push(path);
        }
    }
    found.sort();
}

fn goldens() -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    yaml_files(&corpus("corpus-goldens")?, &mut found);
    Some(found)
}

#[test]
fn what_helm_accepts_is_read_without_problems() {
    let Some(files) = goldens() else { return };
    let (mut count, mut faults) = (0, Vec::new());
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        for range in documents(&text) {
            count += 1;
            let tree = parse(&text, range);
            for problem in tree.problems() {
                let line = text[..problem.range.start as usize].matches('\n').count() + 1;
                faults.push(format!("{}:{line}: {:?}", path.display(), problem.kind));
            }
            for id in tree.ids() {
                let node = tree.node(id);
                let source = node.range.of(&text);
                match node.kind {
                    Kind::Scalar { text: decoded, style: Style::Plain } => {
                        let same = |text: &str| text.split_whitespace().collect::<String>();
                        if same(source) != same(decoded) {
                            faults.push(format!("{}: {source:?} is not {decoded:?}", path.display()));
                        }
                    }
                    Kind::Scalar { text: decoded, style } if !decoded.is_empty() => {
                        // Every word of the decoded text leads to the same word in the source.
                        let plain = |c: char| c.is_ascii_alphanumeric();
                        let Some(at) = decoded.rfind(plain) else { continue };
                        let part = kubeblocks_ls::yaml::parser::part(&text, &tree, id, TextRange::new(at, at + 1));
                        let escaped = style == Style::DoubleQuoted && source.contains('\\');
                        if !escaped && part.of(&text) != &decoded[at..=at] {
                            faults.push(format!("{}: {source:?} at {at} of {decoded:?}", path.display()));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    println!("{count} documents of {} files", files.len());
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults[..faults.len().min(40)].join("\n"));
    assert!(count > 1500);
}

#[test]
fn half_typed_text_is_read_quickly() {
    let Some(files) = goldens() else { return };
    for path in files.iter().step_by(40) {
        let text = std::fs::read_to_string(path).unwrap();
        for range in documents(&text).into_iter().take(3) {
            let text = range.of(&text);
            let mut at = 0;
            while at < text.len() {
                let end = floor_char_boundary(text, at);
                parse(text, TextRange::new(0, end));
                at += text.len() / 20 + 1;
            }
        }
    }
}

/// While somebody types, the text ends anywhere: nothing panics, every place is inside, and what stands on whole lines
/// above the cursor stays.
#[test]
fn every_prefix_of_a_document_is_read() {
    let Some(files) = goldens() else { return };
    let mut documents_read = 0;
    for path in files.iter().step_by(files.len() / 40 + 1) {
        let text = std::fs::read_to_string(path).unwrap();
        let small = |range: &TextRange| (300..1500).contains(&range.len());
        let Some(range) = documents(&text).into_iter().find(small) else { continue };
        documents_read += 1;
        let whole = range.of(&text);
        for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            let prefix = TextRange::new(range.start as usize, range.start as usize + end);
            let tree = parse(&text, prefix);
            let places =
                tree.ids().map(|id| tree.node(id).range).chain(tree.anchors().iter().map(|anchor| anchor.range));
            let places = places.chain(tree.problems().iter().map(|problem| problem.range));
            for place in places {
                assert!(prefix.contains(place), "{}: {place:?} of {prefix:?}", path.display());
            }
            let key = whole[..end].contains("\nkind: ").then(|| tree.root().and_then(|root| tree.get(root, "kind")));
            assert!(key != Some(None), "{}: no kind before byte {end}", path.display());
        }
    }
    assert!(documents_read > 10, "{documents_read} documents");
}

/// Values that are written as YAML and read again are the same values.
#[test]
fn values_survive_writing() {
    let Some(folder) = corpus("corpus") else { return };
    let mut found = Vec::new();
    yaml_files(&folder, &mut found);
    let values = found.iter().filter(|path| path.file_name().is_some_and(|name| name == "values.yaml"));
    let mut files = 0;
    for path in values {
        let text = std::fs::read_to_string(path).unwrap();
        let read = |text: &str| {
            let range = documents(text).first().copied().unwrap_or_default();
            data::read(&parse(text, range), None)
        };
        let Ok(value) = read(&text) else { continue };
        files += 1;
        for flavour in [Flavour::Plain, Flavour::Pretty] {
            let written = to_yaml::write(&value, flavour).unwrap();
            let again = read(written.as_str()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let style = json::Style::default();
            assert_eq!(json::write(&again, style), json::write(&value, style), "{} {flavour:?}", path.display());
        }
        let written = json::write(&value, json::Style { pretty: true, ..json::Style::default() }).unwrap();
        let again = json::read(&written).unwrap();
        assert_eq!(json::write(&again, json::Style::default()), json::write(&value, json::Style::default()));
    }
    assert!(files > 100, "{files} values files");
}

#[test]
fn bombs_are_bounded() {
    let nested = "[".repeat(100_000);
    let deep: String = (0..2000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let aliases: String = (0..5000).map(|n| format!("k{n}: &a{n} [*a, *a]\n")).collect();
    for text in [nested, deep, format!("a: &a x\n{aliases}"), "\t".repeat(10_000), "a: b: c\n".repeat(3000)] {
        let start = Instant::now();
        parse(&text, TextRange::new(0, text.len()));
        assert!(start.elapsed() < Duration::from_secs(20), "{}", &text[..20]);
    }
}

#[test]
fn an_edited_document_is_read_as_from_scratch() {
    let Some(files) = goldens() else { return };
    let edits = std::env::var("EDITS").ok().and_then(|edits| edits.parse().ok()).unwrap_or(4);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut spared, mut all) = (0, 0);
    for path in files.iter().step_by(3) {
        let text = std::fs::read_to_string(path).unwrap();
        for range in documents(&text).into_iter().filter(|range| range.len() < 8_000) {
            let mut old = range.of(&text).to_owned();
            let mut tree = parse(&old, TextRange::new(0, old.len()));
            for _ in 0..edits {
                let new = crate::edits::edit(&old, &text, &mut dice);
                // What is one document here would be two for everybody who asks.
                if documents(&new).len() != 1 {
                    continue;
                }
                let whole = TextRange::new(0, new.len());
                let scratch = parse(&new, whole);
                all += 1;
                if let Some(edited) = reparse(&tree, (&old, TextRange::new(0, old.len())), (&new, whole)) {
                    spared += 1;
                    assert!(edited.is_like(&scratch), "{}:\n{old}\n=== became\n{new}", path.display());
                }
                if scratch.problems().is_empty() {
                    (old, tree) = (new, scratch);
                }
            }
        }
    }
    assert!(spared * 3 > all, "only {spared} of {all} edits are read in part");
}
