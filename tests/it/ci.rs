//! What CI asks for: fixes, baselines, the part that was changed, text on stdin.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::cli::{run, run_in, stderr, stdout};

const CLUSTER: &str = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: x\nspec:\n  \
                       terminationPolicy: delete\n  componentSpecs:\n    - name: x\n      componentDef: x\n      \
                       replicas: 1\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn with_stdin(folder: &Path, args: &[&str], text: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeblocks-ls"));
    command.args(args).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn fixes_are_shown_and_carried_out() {
    let windows = format!("\u{feff}{}", CLUSTER.replace('\n', "\r\n").replace("componentDef", "componentDfe"));
    let folder = folder(&[("a.yaml", CLUSTER), ("b.yaml", &windows)]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let output = run_in(folder.path(), &["--check", "--diff"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let diff = stdout(&output);
    assert!(diff.contains("--- a/a.yaml\n+++ b/a.yaml\n"), "{diff}");
    assert!(diff.contains("-  terminationPolicy: delete\n+  terminationPolicy: Delete\n"), "{diff}");
    assert!(!diff.contains("componentDef:\n+"), "{diff}");
    assert_eq!(read("a.yaml"), CLUSTER);
    let output = run_in(folder.path(), &["--check", "--fix"]);
    assert!(stderr(&output).contains("2 fixes in 2 files"), "{}", stderr(&output));
    assert_eq!(read("a.yaml"), CLUSTER.replace("delete", "Delete"));
    assert_eq!(read("b.yaml"), windows.replace("delete", "Delete"));
    let output = run_in(folder.path(), &["--check", "--fix", "--unsafe", "--quiet"]);
    assert_eq!(read("b.yaml"), windows.replace("delete", "Delete").replace("componentDfe", "componentDef"));
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{}", stdout(&output));
    assert_eq!(run_in(folder.path(), &["--check", "--unsafe"]).status.code(), Some(2));
}

#[test]
fn a_baseline_knows_what_was_there() {
    let folder = folder(&[("a.yaml", CLUSTER)]);
    let check = |more: &[&str]| run_in(folder.path(), &[&["--check"], more].concat());
    let known = ["--baseline", "known.json"];
    assert_eq!(check(&[]).status.code(), Some(1));
    assert_eq!(check(&["--write-baseline", "known.json"]).status.code(), Some(0));
    let output = check(&known);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{}", stdout(&output));
    // Moved, in its file and to another one.
    std::fs::remove_file(folder.path().join("a.yaml")).unwrap();
    std::fs::write(folder.path().join("b.yaml"), format!("# A comment.\n\n{CLUSTER}")).unwrap();
    assert_eq!(check(&known).status.code(), Some(0));
    // A second one is new.
    std::fs::write(folder.path().join("c.yaml"), CLUSTER.replace("name: x", "name: z")).unwrap();
    let output = check(&known);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output).matches("[bad-value]").count(), 1, "{}", stdout(&output));
    // What is gone is told.
    std::fs::remove_file(folder.path().join("c.yaml")).unwrap();
    std::fs::write(folder.path().join("b.yaml"), CLUSTER.replace("delete", "Delete")).unwrap();
    let output = check(&known);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("1 findings are no longer there"), "{}", stderr(&output));
    std::fs::write(folder.path().join("known.json"), "{}").unwrap();
    assert_eq!(check(&known).status.code(), Some(2));
}

fn git(folder: &Path, args: &[&str]) {
    let mut all = vec!["-c", "user.name=x", "-c", "user.email=x@example.com"];
    all.extend(args);
    let output = Command::new("git").current_dir(folder).args(all).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The older revision is read from git: what was changed, taken away and added since.
#[test]
fn what_is_installed_stays() {
    let definition = "apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: {{ .Chart.Name }}-\
                      {{ .Chart.Version }}\nspec:\n  serviceKind: {{ include \"kind\" . }}\n  serviceVersion: 1.0.0\n  \
                      runtime:\n    containers:\n    - name: x\n      image: x\n";
    let folder = folder(&[
        ("x/Chart.yaml", "apiVersion: v2\nname: x\nversion: 0.1.0\n"),
        ("x/templates/a.yaml", definition),
        ("x/templates/_old.tpl", "{{ define \"kind\" }}x{{ end }}\n"),
    ]);
    let told = |revision: &str| {
        let output = run_in(folder.path(), &["--check", "--format", "concise", "--installed", revision]);
        assert_ne!(output.status.code(), Some(3), "{}", stdout(&output));
        stdout(&output).matches("[changed-definition]").count()
    };
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "x"]);
    assert_eq!(told("HEAD"), 0);
    std::fs::remove_file(folder.path().join("x/templates/_old.tpl")).unwrap();
    std::fs::write(folder.path().join("x/templates/_new.tpl"), "{{ define \"kind\" }}y{{ end }}\n").unwrap();
    assert_eq!(told("HEAD"), 1);
    std::fs::write(folder.path().join("x/Chart.yaml"), "apiVersion: v2\nname: x\nversion: 0.2.0\n").unwrap();
    assert_eq!(told("HEAD"), 0);
    let output = run_in(folder.path(), &["--check", "--installed", "no-such-revision"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
}

#[test]
fn only_what_was_changed() {
    let chart = |name: &str, more: &str| format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n{more}");
    let depends = chart("user", "dependencies:\n- {name: lib, version: 0.1.0, repository: 'file://../lib'}\n");
    let library = chart("lib", "type: library\n");
    let folder = folder(&[
        ("lib/Chart.yaml", &library),
        ("lib/templates/_x.tpl", "{{- define \"x\" }}1{{ end }}\n"),
        ("user/Chart.yaml", &depends),
        ("user/templates/a.yaml", &format!("{CLUSTER}# {{{{ include \"x\" . }}}}\n")),
        ("other/Chart.yaml", &chart("other", "")),
        ("other/templates/b.yaml", &CLUSTER.replace("name: x", "name: z")),
    ]);
    let git = |args: &[&str]| git(folder.path(), args);
    let told = |more: &[&str]| {
        let output =
            run_in(folder.path(), &[&["--check", "--format", "concise", "--changed-since", "HEAD"], more].concat());
        let lines = stdout(&output);
        let files: Vec<String> = lines.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        files.join(" ")
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "x"]);
    assert_eq!(told(&[]), "");
    std::fs::write(folder.path().join("lib/templates/_x.tpl"), "{{- define \"x\" }}2{{ end }}\n").unwrap();
    assert_eq!(told(&[]), "user/templates/a.yaml");
    std::fs::write(folder.path().join("other/templates/new.yaml"), "kind: List\napiVersion: v1\n").unwrap();
    assert!(told(&[]).contains("other/templates/b.yaml"), "{}", told(&[]));
    for revision in ["no-such-revision", "--output=x"] {
        let output = run_in(folder.path(), &["--check", &format!("--changed-since={revision}")]);
        assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    }
}

#[test]
fn text_on_stdin() {
    let chart = "apiVersion: v2\nname: x\nversion: 0.1.0\n";
    let folder = folder(&[("x/Chart.yaml", chart), ("x/templates/a.yaml", "a: 1\n")]);
    let output = with_stdin(folder.path(), &["--check", "--format", "concise", "-"], CLUSTER);
    assert!(stdout(&output).starts_with("stdin.yaml:6:"), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(1));
    let args = ["--check", "--format", "concise", "--stdin-filename", "x/templates/a.yaml"];
    let output = with_stdin(folder.path(), &args, &CLUSTER.replace("name: x", "name: {{ .Chart.Name }}"));
    assert!(stdout(&output).starts_with("x/templates/a.yaml:6:"), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn paths_in_all_forms() {
    let folder = folder(&[
        ("a/one.yaml", CLUSTER),
        ("a/two.yaml", &CLUSTER.replace("name: x", "name: z")),
        ("args.txt", "--check\n\n--format\nconcise\na/one.yaml\n"),
    ]);
    let count = |args: &[&str]| {
        let output = run_in(folder.path(), args);
        (stdout(&output).lines().count(), output.status.code())
    };
    let check = |path: &'static str| ["--check", "--format", "concise", path];
    assert_eq!(count(&check("a/*.yaml")), (2, Some(1)));
    assert_eq!(count(&check("*/o*.yaml")), (1, Some(1)));
    assert_eq!(count(&check("a/x*.yaml")), (0, Some(2)));
    assert_eq!(count(&["@args.txt"]), (1, Some(1)));
    assert_eq!(count(&["@nothing.txt"]), (0, Some(2)));
}

#[test]
fn packaged_charts() {
    let folder = tempfile::tempdir().unwrap();
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    archive.append_dir_all("leakydb", "tests/charts/leakydb").unwrap();
    let bytes = archive.into_inner().unwrap().finish().unwrap();
    std::fs::write(folder.path().join("leakydb-0.1.0.tgz"), &bytes).unwrap();
    std::fs::write(folder.path().join("cut.tgz"), &bytes[..bytes.len() / 2]).unwrap();
    let output = run_in(folder.path(), &["--check", "--format", "concise", "leakydb-0.1.0.tgz"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let first = "leakydb-0.1.0.tgz/templates/clusterdefinition.yaml:";
    assert!(
        stdout(&output).contains(first) && stdout(&output).contains("unknown-component-def"),
        "{}",
        stdout(&output)
    );
    // In a dependency's archive nobody can mend what is merely fragile.
    let count = |text: &str, severity: &str| text.matches(&format!(" {severity}[")).count();
    let whole = stdout(&output);
    std::fs::create_dir_all(folder.path().join("outer/charts")).unwrap();
    std::fs::copy(folder.path().join("leakydb-0.1.0.tgz"), folder.path().join("outer/charts/leakydb-0.1.0.tgz"))
        .unwrap();
    std::fs::write(folder.path().join("outer/Chart.yaml"), "apiVersion: v2\nname: outer\nversion: 0.1.0\n").unwrap();
    let output = run_in(folder.path(), &["--check", "--format", "concise", "outer"]);
    assert!(count(&whole, "warning") > 0, "{whole}");
    assert_eq!(count(&stdout(&output), "warning"), 0, "{}", stdout(&output));
    assert_eq!(count(&stdout(&output), "error"), count(&whole, "error"), "{}", stdout(&output));
    let output = run_in(folder.path(), &["--check", "cut.tgz"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(stderr(&output).contains("cannot read `cut.tgz`"), "{}", stderr(&output));
    let output = run_in(folder.path(), &["--render", "leakydb-0.1.0.tgz"]);
    assert!(stdout(&output).contains("kind: ClusterDefinition"), "{}", stderr(&output));
}

#[test]
fn watching_tells_again_until_it_is_ended() {
    let folder = folder(&[("a.yaml", CLUSTER)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeblocks-ls"));
    command.args(["--check", "--watch", "--format", "concise"]).current_dir(folder.path()).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        std::io::BufRead::lines(output).map_while(Result::ok).for_each(|line| drop(sender.send(line)));
    });
    let next = || lines.recv_timeout(std::time::Duration::from_secs(60)).expect("a finding");
    assert!(next().starts_with("a.yaml:6:"));
    // It may not watch yet when it has told: so somebody writes until it sees it.
    let path = folder.path().join("a.yaml");
    let (done, stopped) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        for number in 0.. {
            let text = format!("{}# {number}\n", CLUSTER.replace("delete", "Wipeout").replace("kind", "\nkind"));
            std::fs::write(&path, text).unwrap();
            if stopped.recv_timeout(std::time::Duration::from_millis(300)).is_ok() {
                return;
            }
        }
    });
    while !next().starts_with("a.yaml:7:") {}
    done.send(()).unwrap();
    writer.join().unwrap();
    assert!(child.try_wait().unwrap().is_none());
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success() && !child.wait().unwrap().success());
    for other in [&["--fix"][..], &["--format", "json", "--output", "x"], &["--write-baseline", "x"]] {
        let output = run_in(folder.path(), &[&["--check", "--watch"], other].concat());
        assert_eq!(output.status.code(), Some(2), "{other:?}");
    }
}

#[test]
fn a_page_for_a_terminal_and_for_a_pipe() {
    let page = kubeblocks_ls::rules::find("missing-wait").unwrap().page;
    assert_eq!(stdout(&run(&["--explain", "missing-wait"])), page);
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeblocks-ls"));
    command.args(["--explain", "missing-wait"]).env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR");
    let text = stdout(&command.output().unwrap());
    assert!(text.starts_with("\u{1b}[1mmissing-wait\u{1b}[0m\n") && !text.contains("```"), "{text}");
}

#[test]
fn less_to_read() {
    let chart = "tests/charts/leakydb";
    let output = run(&["--check", chart, "--quiet"]);
    assert!(!stdout(&output).contains("Start order of") && stdout(&output).contains("[unknown-component-def]"));
    let output = run(&["--check", chart, "--exit-zero"]);
    assert_eq!(output.status.code(), Some(0));
    let output = run(&["--check", chart, "--statistics"]);
    assert!(stdout(&output).lines().any(|line| line.split_whitespace().last() == Some("unknown-component-def")));
    assert!(!stdout(&output).contains("-->"));
    let output = run(&["--check", chart, "--timings"]);
    assert!(stderr(&output).contains(" ms  reading"), "{}", stderr(&output));
}

#[test]
fn rules_as_data_and_as_pages() {
    let output = run(&["--list-rules", "--format", "json"]);
    let rules: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rules.as_array().unwrap().len(), kubeblocks_ls::rules::RULES.len());
    assert_eq!(run(&["--list-rules", "--format", "sarif"]).status.code(), Some(2));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_in(folder.path(), &["--docs", "pages"]).status.code(), Some(0));
    let index = std::fs::read_to_string(folder.path().join("pages/index.md")).unwrap();
    for rule in kubeblocks_ls::rules::RULES {
        assert!(index.contains(&format!("({}.md)", rule.name)));
        let page = std::fs::read_to_string(folder.path().join(format!("pages/{}.md", rule.name))).unwrap();
        assert_eq!(page, rule.page);
    }
}

#[test]
fn words_for_shells_and_manuals() {
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&run(&["--completions", shell]));
        assert!(script.contains("kubeblocks-ls") && script.contains("changed-since"), "{shell}");
    }
    let page = stdout(&run(&["--man"]));
    assert!(page.contains(".TH kubeblocks-ls 1"), "{page}");
}

/// The commands in the files for CI are ones that the program understands.
#[test]
fn the_files_for_ci_call_the_program_rightly() {
    let folder = folder(&[("charts/a.yaml", CLUSTER)]);
    let script = |path: &str, key: &str| {
        let text = std::fs::read_to_string(crate::cli::project().join(path)).unwrap();
        let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        value.pointer(key).unwrap_or_else(|| panic!("{path} has no {key}")).as_str().unwrap().to_owned()
    };
    let binary = Path::new(env!("CARGO_BIN_EXE_kubeblocks-ls")).parent().unwrap();
    let search = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    for (path, key, files) in [
        ("action.yml", "/runs/steps/1/run", &["out.sarif"][..]),
        ("editors/ci/gitlab.yml", "/kubeblocks-ls/script/0", &["gl-code-quality.json", "junit.xml"]),
    ] {
        let mut command = Command::new("bash");
        command.args(["-euc", &script(path, key)]).current_dir(folder.path()).env("PATH", &search);
        command.envs([("PATHS", "charts"), ("MORE", "--quiet"), ("FAIL_ON", "error"), ("SARIF", "out.sarif")]);
        command.envs([("GITHUB_OUTPUT", "out.txt"), ("KUBEBLOCKS_LS_PATHS", "charts")]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{path}: {}", String::from_utf8_lossy(&output.stderr));
        let told = std::fs::read_to_string(folder.path().join("out.txt"));
        assert_eq!(told.ok().as_deref(), Some("sarif=out.sarif\n").filter(|_| path == "action.yml"), "{path}");
        let _ = std::fs::remove_file(folder.path().join("out.txt"));
        for file in files {
            assert!(folder.path().join(file).exists(), "{path}: {file}");
        }
    }
    let hooks = std::fs::read_to_string(crate::cli::project().join(".pre-commit-hooks.yaml")).unwrap();
    let hooks: serde_json::Value = serde_yaml::from_str(&hooks).unwrap();
    let entry = hooks[0]["entry"].as_str().unwrap().to_owned() + " charts/a.yaml";
    let output = Command::new("bash").args(["-c", &entry]).current_dir(folder.path()).env("PATH", &search).output();
    assert_eq!(output.unwrap().status.code(), Some(1));
    assert!(regex::Regex::new(hooks[0]["files"].as_str().unwrap()).unwrap().is_match("x/templates/_helpers.tpl"));
}
