//! The invariants of `src/ARCHITECTURE.md`, one test each.

use std::path::{Path, PathBuf};

/// Every file below `folder` (from the project's root) with one of these endings, path and text.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join(folder), &mut |path| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if endings.contains(&ending) {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read_to_string(path).unwrap()));
        }
    });
    assert!(!found.is_empty(), "nothing in {folder}");
    found.sort();
    found
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "node_modules", ".git"].contains(&name.as_str()) {
                walk(&path, visit);
            }
        } else {
            visit(&path);
        }
    }
}

/// The code of a file: comments and the tests at its end left out.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// True where `word` stands in `text` as a word of its own.
fn names(text: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word))
}

/// Fails with every file of `folder`, except `allowed` ones, whose code names one of `words`.
fn nobody_names(folder: &str, allowed: &[&str], words: &[&str]) {
    let mut faults = Vec::new();
    for (name, text) in files(folder, &["rs"]) {
        if !allowed.iter().any(|allowed| name.starts_with(allowed)) {
            let code = code(&text);
            faults.extend(words.iter().filter(|word| names(&code, word)).map(|word| format!("{name}: {word}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut faults = Vec::new();
    for (name, text) in files("src", &["rs"]).into_iter().chain(files("tests", &["rs"])) {
        if !text.starts_with("//! ") && !text.starts_with("#![doc = include_str!") {
            faults.push(format!("{name}: does not start with //!"));
        }
        let lines = text.lines().count();
        if lines > 800 {
            faults.push(format!("{name}: {lines} lines"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let of = |ending: &str| -> Vec<String> {
        let found = files("src/rules", &[ending]).into_iter().map(|(name, _)| name);
        found
            .filter_map(|name| Some(name.strip_prefix("src/rules/")?.strip_suffix(&format!(".{ending}"))?.to_owned()))
            .collect()
    };
    let rules: Vec<String> = of("rs").into_iter().filter(|name| name != "mod" && !name.contains('/')).collect();
    assert_eq!(rules, of("md"));
    let names: Vec<String> = kubeblocks_ls::rules::RULES.iter().map(|rule| rule.name.replace('-', "_")).collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(names, sorted, "the list of rules is in order");
    assert_eq!(names, rules, "each file is in the list of rules");
}

#[test]
fn only_text_knows_columns() {
    nobody_names("src", &["src/text.rs"], &["ropey", "Rope"]);
    let doors = ["src/text.rs", "src/vfs.rs", "src/report", "src/lsp", "src/cli"];
    nobody_names("src", &doors, &["LineCol"]);
}

#[test]
fn rules_know_no_places() {
    let words = ["LineIndex", "LineCol", "Uri", "FileId", "Traced"];
    nobody_names("src/rules", &["src/rules/mod.rs", "src/rules/judge"], &words);
}

#[test]
fn rules_share_by_way_of_support() {
    let rules = kubeblocks_ls::rules::RULES.iter().map(|rule| format!("super::{}", rule.name.replace('-', "_")));
    let rules: Vec<String> = rules.collect();
    nobody_names("src/rules", &[], &rules.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn only_world_remembers() {
    // Compiled patterns and the lines of a text are the same in every world.
    nobody_names("src", &["src/world", "src/template/re2.rs", "src/text.rs"], &["OnceLock", "OnceCell"]);
    nobody_names("src", &["src/lsp"], &["Mutex", "RwLock"]);
}

#[test]
fn what_is_read_is_told() {
    // What nobody hears of would outlive an edit: `File::text` tells, the field does not.
    for room in ["src/rules", "src/model"] {
        nobody_names(room, &[], &["file.source.text"]);
    }
}

#[test]
fn only_the_doors_are_async_or_speak_lsp() {
    nobody_names("src", &["src/lsp", "src/main.rs"], &["tokio", "tower_lsp", "async", "await"]);
}

#[test]
fn only_the_disk_reads_files() {
    nobody_names("src", &["src/vfs.rs"], &["read_dir", "read_to_string", "File::open"]);
}

#[test]
fn only_the_parser_names_the_yaml_library() {
    nobody_names("src", &["src/yaml/parser"], &["yaml_rust2"]);
}

#[test]
fn the_engine_knows_neither_helm_nor_yaml() {
    let rooms = ["helm", "model", "world", "rules", "ide", "host"].map(|room| format!("crate::{room}"));
    let rooms: Vec<&str> = rooms.iter().map(String::as_str).collect();
    nobody_names("src/template", &[], &[&rooms[..], &["crate::yaml"]].concat());
    nobody_names("src/yaml", &[], &[&rooms[..], &["crate::template"]].concat());
}

#[test]
fn no_arrow_points_upward() {
    let above = |words: &[&str]| words.iter().map(|word| format!("crate::{word}")).collect::<Vec<_>>();
    let rooms: [(&str, &[&str]); 6] = [
        ("src/helm", &["schema", "model", "world", "rules", "ide", "host", "lsp", "cli", "report"]),
        ("src/schema", &["model", "world", "rules", "ide", "host", "lsp", "cli", "report"]),
        ("src/model", &["rules", "ide", "host", "lsp", "cli", "report"]),
        ("src/rules", &["ide", "host", "lsp", "cli", "report"]),
        ("src/ide", &["host", "lsp", "cli", "report"]),
        ("src/report", &["ide", "host", "lsp", "cli"]),
    ];
    let mut faults = Vec::new();
    for (room, forbidden) in rooms {
        for (name, text) in files(room, &["rs"]) {
            let code = code(&text);
            faults.extend(
                above(forbidden).iter().filter(|word| names(&code, word)).map(|word| format!("{name}: {word}")),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let start = manifest.find("[dependencies]").unwrap();
    let end = manifest[start..].find("[[bench]]").unwrap() + start;
    let mut reasoned = false;
    for line in manifest[start..end].lines() {
        let dependency = line.contains(" = ");
        assert!(!dependency || reasoned, "no reason: {line}");
        reasoned = line.starts_with('#') || (dependency && reasoned);
    }
}

#[test]
fn no_file_holds_a_path_of_some_machine() {
    let mut faults = Vec::new();
    for folder in ["src", "tests", "editors"] {
        for (name, text) in files(folder, &["rs", "md", "yaml", "lua", "txt", "tpl"]) {
            let hit = ["/work", "/home", "/root"].iter().find(|word| text.contains(&format!("{word}/")));
            if let Some(hit) = hit.filter(|_| name != "tests/it/tidy.rs") {
                faults.push(format!("{name}: {hit}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
