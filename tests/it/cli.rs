//! The real binary as CI runs it: exit codes, streams, formats.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::support::golden;

pub(crate) fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program in the project's folder, with no stdin to speak of.
pub(crate) fn run(args: &[&str]) -> Output {
    run_in(&project(), args)
}

pub(crate) fn run_in(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeblocks-ls"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn findings_for_people() {
    let output = run(&["--check", "tests/charts/leakydb"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "");
    golden("tests/cli/leakydb.txt", &stdout(&output));
}

#[test]
fn findings_for_programs() {
    let output = run(&["--check", "--format", "json", "tests/charts/leakydb"]);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = std::fs::read_to_string(project().join("schemas/report.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let findings = report["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        let path = finding["path"].as_str().unwrap();
        assert!(path.starts_with("tests/charts/leakydb/"), "{path}");
        assert!(finding["range"]["start"]["line"].as_u64().unwrap() > 0);
        assert!(finding["range"]["start"]["column"].as_u64().unwrap() > 0);
    }
    golden("tests/cli/leakydb.json", &stdout(&output));
}

#[test]
fn two_runs_are_equal() {
    let args = ["--check", "--format", "json", "tests/charts"];
    assert_eq!(stdout(&run(&args)), stdout(&run(&args)));
}

#[test]
fn a_right_chart_is_clean() {
    for chart in ["tests/charts/tidedb", "tests/charts/tidedb-cluster"] {
        let output = run(&["--check", "--fail-on", "warning", chart]);
        assert_eq!(output.status.code(), Some(0), "{chart}\n{}", stdout(&output));
    }
}

#[test]
fn a_file_means_its_chart() {
    let whole = run_in(&project().join("tests/charts"), &["--check", "--format", "json", "leakydb"]);
    let file = "leakydb/templates/clusterdefinition.yaml";
    let one = run_in(&project().join("tests/charts"), &["--check", "--format", "json", file]);
    assert_eq!(stdout(&one), stdout(&whole));
}

#[test]
fn fail_on_chooses_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cluster.yaml");
    // An unused anchor is a hint and no more.
    let text = "apiVersion: apps.kubeblocks.io/v1alpha1\nkind: ConfigConstraint\nmetadata: &unused\n  name: x\n";
    std::fs::write(path, text).unwrap();
    for (level, code) in [("error", 0), ("warning", 0), ("info", 1)] {
        let output = run_in(folder.path(), &["--check", "--fail-on", level]);
        assert_eq!(output.status.code(), Some(code), "{level}\n{}", stdout(&output));
    }
}

#[test]
fn what_a_comment_allows_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = "apiVersion: apps.kubeblocks.io/v1alpha1\nkind: ConfigConstraint\nmetadata:\n  name: x\n  \
                # kubeblocks-ls: allow(duplicate-key) the last one counts\n  name: x\n";
    std::fs::write(folder.path().join("cluster.yaml"), text).unwrap();
    let output = run_in(folder.path(), &["--check"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(!stdout(&output).contains("duplicate-key"), "{}", stdout(&output));
    let output = run_in(folder.path(), &["--check", "--show-suppressed"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("allowed: the last one counts"), "{}", stdout(&output));
    let output = run_in(folder.path(), &["--check", "--show-suppressed", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"][0]["allowed"], "the last one counts");
    assert_eq!(report["summary"]["errors"], 0);
}

#[test]
fn settings_of_the_command_line() {
    let chart = "tests/charts/leakydb";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.yaml");
    std::fs::write(&file, "ignore: [no/such/file]\nrules: {unknown-component-def: off}\n").unwrap();
    let has = |args: &[&str], rule: &str| stdout(&run(&[&["--check", chart], args].concat())).contains(rule);
    assert!(has(&[], "[unknown-component-def]"));
    assert!(!has(&["--rule", "unknown-component-def=off"], "[unknown-component-def]"));
    assert!(has(&["--rule", "unknown-component-def=info"], "info[unknown-component-def]"));
    assert!(!has(&["--ignore", "templates/clusterdefinition.yaml"], "[unknown-component-def]"));
    assert!(!has(&["--config", file.to_str().unwrap()], "[unknown-component-def]"));
    for (args, words) in [
        (["--rule", "unused-ancor=off"], "did you mean `unused-anchor`?"),
        (["--rule", "unused-anchor=of"], "`of` is none of off, info"),
        (["--config", "no/such/file"], "cannot read `no/such/file`"),
    ] {
        let output = run(&[&["--check", chart][..], &args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn unreadable_input_is_told_and_the_rest_still_checked() {
    let output = run(&["--check", "tests/charts/leakydb", "no/such/chart"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no/such/chart"), "{}", stderr(&output));
    assert!(stdout(&output).contains("leakydb"));
}

#[test]
fn wrong_usage() {
    for args in [
        &["--no-such-option"][..],
        &["--check", "--format", "xml"],
        &["--format", "json"],
        &["--check", "--stdio"],
        &["tests/charts/leakydb"],
        &["--explain", "no-such-rule"],
        &["--render", "no/such/chart"],
        &["--render", "tests/it"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(stdout(&output), "", "{args:?}");
        assert!(!stderr(&output).is_empty(), "{args:?}");
    }
}

#[test]
fn every_rule_explains_itself() {
    let list = stdout(&run(&["--list-rules"]));
    assert_eq!(list.lines().count(), kubeblocks_ls::rules::RULES.len());
    for rule in kubeblocks_ls::rules::RULES {
        assert!(list.contains(rule.name));
        let output = run(&["--explain", rule.name]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(stdout(&output), rule.page);
    }
    let output = run(&["--explain", "mising-wait"]);
    assert!(stderr(&output).contains("missing-wait"), "{}", stderr(&output));
}

#[test]
fn no_colours_where_nobody_sees_them() {
    assert!(!stdout(&run(&["--check", "tests/charts/leakydb"])).contains('\u{1b}'));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeblocks-ls"));
    command.args(["--check", "tests/charts"]).current_dir(project());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
}

#[test]
fn rendering_our_own_charts() {
    for chart in ["tidedb", "tidedb-cluster", "leakydb"] {
        let path = format!("tests/charts/{chart}");
        let output = run(&["--render", &path, "--release", "sea", "--namespace", "north"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        golden(&format!("tests/cli/{chart}.yaml"), &stdout(&output));
    }
}

#[test]
fn rendering_under_other_values() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("v.yaml"), "logLevel: debug\nimage:\n  tag: \"9\"\n").unwrap();
    let chart = project().join("tests/charts/tidedb");
    let chart = chart.to_str().unwrap();
    let output = run_in(folder.path(), &["--render", chart, "-f", "v.yaml", "--set", "image.tag=10"]);
    let text = stdout(&output);
    assert!(text.contains("log_level = \"debug\"") && text.contains("tidedb:10"), "{text}{}", stderr(&output));
}

/// The options of `helm template`, on a chart that shows each of them.
#[test]
fn rendering_with_the_options_of_helm() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n"),
        ("a/values.yaml", "v: 1\n"),
        ("a/values.schema.json", "{\"properties\": {\"v\": {\"type\": \"integer\"}}}"),
        ("a/crds/c.yaml", "crd: c\n"),
        ("a/templates/v.yaml", "v: {{ toJson .Values.v }}\n"),
        (
            "a/templates/c.yaml",
            "c: {{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has \"x/v1\" }} {{ .Release.IsUpgrade }}\n",
        ),
        ("a/templates/h.yaml", "metadata: {annotations: {helm.sh/hook: pre-install}}\nkind: Hook\n"),
        ("a/templates/t.yaml", "metadata: {annotations: {helm.sh/hook: test}}\nkind: Test\n"),
        ("text.txt", "from a file"),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let [hook, test, crd] = ["kind: Hook", "kind: Test", "crd: c"];
    for (args, with, without) in [
        ("", "v: 1\n|c: v1.32.0 false false|kind: Hook|kind: Test", "crd"),
        ("--set v=2", "v: 2\n", "v: 1\n"),
        ("--set-string v=2 --skip-schema-validation", "v: \"2\"\n", ""),
        ("--set-json v=[1,{\"b\":2}] --skip-schema-validation", "v: [1,{\"b\":2}]", ""),
        ("--set-file v=text.txt --skip-schema-validation", "v: \"from a file\"", ""),
        ("--set-literal v=a,b=c --skip-schema-validation", "v: \"a,b=c\"", ""),
        ("--kube-version 1.28 --api-versions x/v1 --is-upgrade", "c: v1.28.0 true true", ""),
        ("-a y/v1,x/v1", " true ", ""),
        ("--include-crds", crd, ""),
        ("--no-hooks", "v: 1", hook),
        ("--skip-tests", hook, test),
        ("--show-only templates/v.yaml", "v: 1", "c: v1"),
        ("-s templates/v.yaml -s templates/c.yaml", "c: v1", hook),
        ("--helm-version 4", "c: v1.35.0", ""),
        ("--origins", "v: 1 | templates/v.yaml:1  (1 = {{ toJson .Values.v }} ← values.yaml:1)", ""),
    ] {
        let args: Vec<_> = ["--render", "a"].into_iter().chain(args.split_whitespace()).collect();
        let output = run_in(folder.path(), &args);
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        assert!(with.split('|').all(|part| text.contains(part)) || text.contains(with), "{args:?}: {text}");
        assert!(without.is_empty() || !text.contains(without), "{args:?}: {text}");
    }
    for (args, code, words) in [
        ("--set-string v=2", 1, "Expected: integer, given: string"),
        ("--set-string v=2 --helm-version 4", 1, "at '/v': got string, want integer"),
        ("--show-only templates/none.yaml", 1, "could not find template templates/none.yaml in chart"),
        ("--set-file v=none.txt", 2, "cannot read `none.txt`"),
        ("--helm-version 5", 2, "invalid value '5'"),
    ] {
        let args: Vec<_> = ["--render", "a"].into_iter().chain(args.split_whitespace()).collect();
        let output = run_in(folder.path(), &args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stdout(&output));
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn version() {
    let output = run(&["--version"]);
    assert_eq!(stdout(&output), format!("kubeblocks-ls {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn schemas_are_imported_where_the_program_runs() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("schemas/kubeblocks/1.1");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(kept.join("gone.yaml"), "").unwrap();
    std::fs::create_dir(folder.path().join("crds")).unwrap();
    let import = |source: &str, release: &str| run_in(folder.path(), &["--import-crds", source, "--release", release]);
    for (source, release, words) in [
        ("crds", "1.1", "there are no CRDs in"),
        ("crds", "7", "--release is none of kubernetes, 0.5"),
        ("crds", "kubernetes", "cannot read definitions in"),
        ("nowhere", "1.1", "cannot read"),
    ] {
        let output = import(source, release);
        assert_eq!(output.status.code(), Some(2), "{source} {release}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let crd = "kind: CustomResourceDefinition\nspec:\n  group: a.io\n  scope: Cluster\n  names: {kind: A, plural: as}\n  \
               versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]\n";
    std::fs::write(folder.path().join("crds/a.yaml"), crd).unwrap();
    let output = import("crds", "1.1");
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(0), "kubeblocks-ls: wrote 1 files to `schemas/kubeblocks/1.1`\n")
    );
    let names: Vec<_> = std::fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a.io_as.yaml"]);
}
