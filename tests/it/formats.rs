//! Forms of reports: each is read by something else than what wrote it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::cli::{project, run, stderr, stdout};

/// The report on a chart with faults. Its paths and words hold what must be escaped.
fn report(format: &str, more: &[&str]) -> String {
    let output = run(&[&["--check", "tests/charts/leakydb", "--format", format], more].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    stdout(&output)
}

fn json(format: &str) -> Value {
    serde_json::from_str(&report(format, &[])).unwrap()
}

fn validate(value: &Value, schema: &str) {
    let schema = std::fs::read_to_string(project().join(schema)).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Rule, path and line of each finding, from the JSON report.
fn expected() -> Vec<(String, String, u64)> {
    let report = json("json");
    let findings = report["findings"].as_array().unwrap().iter().map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        (text("rule"), text("path"), finding["range"]["start"]["line"].as_u64().unwrap())
    });
    findings.collect()
}

#[test]
fn sarif() {
    let sarif = json("sarif");
    validate(&sarif, "tests/data/schemas/sarif.json");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    let found: Vec<_> = results
        .iter()
        .map(|result| {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            let rule = result["ruleId"].as_str().unwrap().to_owned();
            let path = place["artifactLocation"]["uri"].as_str().unwrap().to_owned();
            (rule, path, place["region"]["startLine"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(found, expected());
    let prints: BTreeSet<_> = results.iter().map(|result| result["partialFingerprints"].to_string()).collect();
    assert_eq!(prints.len(), results.len());
    assert!(results.iter().any(|result| result["fixes"].is_array()));
    assert!(results.iter().any(|result| result["relatedLocations"].is_array()));
    for rule in rules {
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# "), "{rule}");
    }
}

#[test]
fn gitlab() {
    let issues = json("gitlab");
    validate(&issues, "tests/data/schemas/gitlab.json");
    let issues = issues.as_array().unwrap();
    let found: Vec<_> = issues
        .iter()
        .map(|issue| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let lines = &issue["location"]["lines"];
            (text(&issue["check_name"]), text(&issue["location"]["path"]), lines["begin"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(found, expected());
    let prints: BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].to_string()).collect();
    assert_eq!(prints.len(), issues.len());
}

#[test]
fn rdjson() {
    let report = json("rdjson");
    validate(&report, "tests/data/schemas/rdjson.json");
    assert_eq!(report["diagnostics"].as_array().unwrap().len(), expected().len());
}

#[test]
fn jsonl() {
    let lines = report("jsonl", &[]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(lines), json("json")["findings"]);
}

#[test]
fn concise() {
    let text = report("concise", &[]);
    assert_eq!(text.lines().count(), expected().len());
    for (line, (rule, path, number)) in text.lines().zip(expected()) {
        assert!(line.starts_with(&format!("{path}:{number}:")) && line.contains(&format!("[{rule}] ")), "{line}");
    }
}

#[test]
fn github() {
    let text = report("github", &[]);
    assert_eq!(text.lines().count(), expected().len());
    for (line, (rule, path, number)) in text.lines().zip(expected()) {
        let (command, words) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        assert!(command.contains(&format!(" file={path},line={number},")), "{line}");
        assert!(command.ends_with(&format!(",title={rule}")), "{line}");
        assert!(!words.is_empty());
    }
}

#[test]
fn junit() {
    let text = report("junit", &[]);
    let xml = roxmltree::Document::parse(&text).unwrap();
    let suites = xml.root_element();
    assert_eq!(suites.tag_name().name(), "testsuites");
    let count = |node: roxmltree::Node, name: &str| node.descendants().filter(|child| child.has_tag_name(name)).count();
    let number = |node: roxmltree::Node, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    for node in suites.children().filter(roxmltree::Node::is_element).chain([suites]) {
        assert_eq!(number(node, "tests"), count(node, "testcase"));
        assert_eq!(number(node, "failures"), count(node, "failure"));
    }
    assert_eq!(number(suites, "tests"), expected().len());
    let output = run(&["--check", "tests/charts/tidedb", "--format", "junit"]);
    let clean = stdout(&output);
    let clean = roxmltree::Document::parse(&clean).unwrap();
    assert_eq!(number(clean.root_element(), "failures"), 0);
    assert!(number(clean.root_element(), "tests") > 0);
}

#[test]
fn checkstyle() {
    let text = report("checkstyle", &[]);
    let xml = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(xml.root_element().tag_name().name(), "checkstyle");
    let errors = xml.descendants().filter(|node| node.has_tag_name("error"));
    let mut found: Vec<_> = errors
        .map(|error| {
            assert!(["error", "warning", "info"].contains(&error.attribute("severity").unwrap()));
            assert!(!error.attribute("message").unwrap().is_empty());
            let rule = error.attribute("source").unwrap().strip_prefix("kubeblocks-ls.").unwrap().to_owned();
            let path = error.parent().unwrap().attribute("name").unwrap().to_owned();
            (rule, path, error.attribute("line").unwrap().parse().unwrap())
        })
        .collect();
    let mut expected = expected();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn words_that_formats_must_escape() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a,b: <&\"%é.yaml");
    std::fs::write(
        &path,
        "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {name: x}\nspec:\n  '<&\">%\u{1}': 1\n",
    )
    .unwrap();
    let told = |format: &str| stdout(&crate::cli::run_in(folder.path(), &["--check", "--format", format]));
    for format in ["junit", "checkstyle"] {
        let text = told(format);
        let xml = roxmltree::Document::parse(&text).unwrap();
        let named =
            |node: roxmltree::Node| node.attribute("name").is_some_and(|name| name.starts_with("a,b: <&\"%é.yaml"));
        assert!(xml.descendants().any(named), "{text}");
    }
    let sarif: Value = serde_json::from_str(&told("sarif")).unwrap();
    let uri = sarif.pointer("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri").unwrap();
    assert_eq!(uri, "a%2Cb%3A%20%3C%26%22%25%C3%A9.yaml");
    assert!(told("github").starts_with("::error file=a%2Cb%3A <&\"%25é.yaml,line="), "{}", told("github"));
}

#[test]
fn several_reports_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (sarif, text) = (path("a.sarif"), path("b.txt"));
    let output = run(&[
        "--check",
        "tests/charts/leakydb",
        "--format",
        "concise",
        "--format",
        "sarif",
        "--output",
        &sarif,
        "--format",
        "text",
        "--output",
        &text,
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(stdout(&output), report("concise", &[]));
    assert_eq!(std::fs::read_to_string(&sarif).unwrap(), report("sarif", &[]));
    assert_eq!(std::fs::read_to_string(&text).unwrap(), report("text", &[]));
    for wrong in [
        &["--format", "json", "--format", "text"][..],
        &["--output", &text, "--format", "text"],
        &["--format", "text", "--output", &text, "--output", &sarif],
        &["--output", &text],
    ] {
        let output = run(&[&["--check", "tests/charts/leakydb"], wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    assert!(Path::new(&text).exists());
}
