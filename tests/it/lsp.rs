//! The real server over its real pipe.

mod client;
mod findings;
mod hostile;
mod overlay;
mod preview;
mod protocol;
mod structure;
mod typing;
mod unsaved;

use std::path::{Path, PathBuf};

use client::{Client, params, uri};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What makes an object of some lines.
const NAMED: &str = "apiVersion: demo.example/v1\nkind: Tide\nmetadata:\n  name: demo\n";

/// A folder of our own with a copy of the charts of `tests/charts` that are named.
struct Workspace {
    root: PathBuf,
    _folder: TempDir,
}

impl Workspace {
    fn with(charts: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().canonicalize().unwrap();
        // Nothing above is of any interest.
        std::fs::create_dir(root.join(".git")).unwrap();
        for chart in charts {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts").join(chart), &root.join(chart));
        }
        Self { root, _folder: folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn client(&self) -> Client {
        Client::on(std::slice::from_ref(&self.root))
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// A manifest with one fault: an alias without an anchor, on its last line.
fn manifest(line: &str) -> String {
    format!("apiVersion: apps.kubeblocks.io/v1alpha1\nkind: ClusterDefinition\nmetadata:\n  name: x\n{line}\n")
}

/// The place of `text` in a file, from 0; columns in UTF-16.
fn find(text: &str, what: &str) -> (u32, u32) {
    let at = text.find(what).unwrap_or_else(|| panic!("no {what} in {text}"));
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
    (before.matches('\n').count() as u32, before[start..].encode_utf16().count() as u32)
}

const DEFINITION: &str = "tidedb/templates/clusterdefinition.yaml";

#[test]
fn open_edit_fix_close() {
    let workspace = Workspace::with(&["tidedb"]);
    let path = workspace.path(DEFINITION);
    let mut client = workspace.client();
    let text = client.open_file(&path);
    client.expect(&path, &[]);
    let (line, column) = find(&text, "*metaRef");
    let at = |column: u32| json!({"line": line, "character": column});
    // Two edits in one notification, the second in the text that the first has made.
    let edits = json!([
        {"range": {"start": at(column), "end": at(column + 8)}, "text": "*"},
        {"range": {"start": at(column + 1), "end": at(999)}, "text": "mata"},
    ]);
    client.change(&path, 2, edits);
    client.expect(&path, &[&format!("{0}:{1}-{0}:{2} undefined-alias", line + 1, column + 1, column + 6)]);
    let finding = client.finding(&path, "undefined-alias");
    assert_eq!(finding["severity"], 1);
    assert!(finding["message"].as_str().unwrap().contains("`*mata`"), "{finding}");
    assert_eq!(client.version(&path), 2);
    // A new version with the same findings is told of again: editors move their marks with the text.
    client.change(&path, 3, json!([{"range": {"start": at(999), "end": at(999)}, "text": " "}]));
    client.wait_for("version 3", |client| client.version(&path) == 3);
    client.finding(&path, "undefined-alias");
    // The disk has the good text, so closing is fixing.
    client.close(&path);
    client.expect(&path, &[]);
    client.open(&path, &text);
    client.change(&path, 2, json!([{"text": text.replace("*metaRef", "*metaRaf")}]));
    client.finding(&path, "undefined-alias");
    client.change(&path, 3, json!([{"text": text}]));
    client.expect(&path, &[]);
    client.stop();
}

#[test]
fn files_that_nobody_opened_have_findings_too() {
    let workspace = Workspace::with(&["tidedb", "leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = workspace.client();
    let finding = client.finding(&path, "unknown-component-def");
    assert_eq!(client.version(&path), Value::Null);
    let related = &finding["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], json!(uri(&path)));
    let faded = client.finding(&path, "unused-anchor");
    assert_eq!(faded["severity"], 3);
    client.settle();
    assert!(client.told().iter().all(|uri| !uri.contains("tidedb")), "{:?}", client.told());
    client.stop();
}

#[test]
fn the_editors_text_is_above_the_disks() {
    let workspace = Workspace::with(&["tidedb"]);
    let path = workspace.path(DEFINITION);
    let mut client = workspace.client();
    let text = client.open_file(&path);
    client.expect(&path, &[]);
    // The disk is broken behind the editor's back.
    workspace.write(DEFINITION, "a: *nothing\n");
    client.watched(&[(&path, 2)]);
    client.settle();
    client.expect(&path, &[]);
    // Now the editor lets go.
    client.close(&path);
    client.expect(&path, &["1:4-1:12 undefined-alias"]);
    // What the broken file leaves behind in others comes and goes with the analysis of all, in its own time.
    let others = [("clusterversion.yaml", "unresolved-external"), ("_helpers.tpl", "unused-helper")];
    let others = others.map(|(name, rule)| (path.with_file_name(name), rule));
    for (other, rule) in &others {
        client.finding(other, rule);
    }
    client.open(&path, &text);
    client.expect(&path, &[]);
    for (other, _) in &others {
        client.expect(other, &[]);
    }
    client.settle();
    client.stop();
}

#[test]
fn deleted_renamed_and_new_files() {
    let workspace = Workspace::with(&["tidedb"]);
    let mut client = workspace.client();
    client.wait_for("watchers", |client| !client.registered.is_empty());
    let (old, new) = ("tidedb/templates/old.yaml", "tidedb/templates/new.yaml");
    workspace.write(old, "a: *nothing\n");
    client.watched(&[(&workspace.path(old), 1)]);
    client.expect(&workspace.path(old), &["1:4-1:12 undefined-alias"]);
    std::fs::rename(workspace.path(old), workspace.path(new)).unwrap();
    client.watched(&[(&workspace.path(old), 3), (&workspace.path(new), 1)]);
    client.expect(&workspace.path(new), &["1:4-1:12 undefined-alias"]);
    client.expect(&workspace.path(old), &[]);
    // A folder goes as one event.
    std::fs::remove_dir_all(workspace.path("tidedb")).unwrap();
    client.watched(&[(&workspace.path("tidedb"), 3)]);
    client.expect(&workspace.path(new), &[]);
    // A chart comes, told of by its Chart.yaml alone.
    let again = "other/deep/chart/templates/a.yaml";
    workspace.write(again, "a: *nothing\n");
    workspace.write("other/deep/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n");
    client.watched(&[(&workspace.path("other/deep/chart/Chart.yaml"), 1)]);
    client.expect(&workspace.path(again), &["1:4-1:12 undefined-alias"]);
    client.stop();
}

#[test]
fn watchers_are_exact_and_follow_the_charts() {
    let workspace = Workspace::with(&["tidedb", "leakydb"]);
    let globs = |client: &Client| -> Vec<String> {
        let options = client.registered.values().next().unwrap()["registerOptions"]["watchers"].as_array().unwrap();
        let glob = |watcher: &Value| match &watcher["globPattern"] {
            Value::String(glob) => glob.clone(),
            relative => format!("{}|{}", relative["baseUri"].as_str().unwrap(), relative["pattern"].as_str().unwrap()),
        };
        options.iter().map(glob).collect()
    };
    let mut client = workspace.client();
    let leaky = workspace.path("leakydb");
    client.finding(&leaky.join("templates/clusterdefinition.yaml"), "unknown-component-def");
    client.wait_for("watchers", |client| !client.registered.is_empty());
    let of = |chart: &str| format!("{}|**/*", uri(&workspace.path(chart)));
    assert_eq!(globs(&client), ["**/{Chart.yaml,.kubeblocks-ls.yaml}".into(), of("leakydb"), of("tidedb")]);
    std::fs::remove_dir_all(&leaky).unwrap();
    client.watched(&[(&leaky, 3)]);
    client.wait_for("other watchers", |client| {
        client.registered.len() == 1 && client.registered.contains_key("charts-2")
    });
    assert_eq!(globs(&client), ["**/{Chart.yaml,.kubeblocks-ls.yaml}".into(), of("tidedb")]);
    client.stop();
}

#[test]
fn without_watchers_open_and_save_look_at_the_disk() {
    let workspace = Workspace::with(&["tidedb"]);
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["capabilities"]["workspace"]["didChangeWatchedFiles"] = json!({"dynamicRegistration": false});
    let mut client = Client::start(params);
    let path = workspace.path(DEFINITION);
    client.open_file(&path);
    client.expect(&path, &[]);
    workspace.write("tidedb/templates/a.yaml", "a: *nothing\n");
    client.save(&path);
    client.expect(&workspace.path("tidedb/templates/a.yaml"), &["1:4-1:12 undefined-alias"]);
    std::fs::remove_file(workspace.path("tidedb/templates/a.yaml")).unwrap();
    client.open_file(&workspace.path("tidedb/values.yaml"));
    client.expect(&workspace.path("tidedb/templates/a.yaml"), &[]);
    assert!(client.registered.is_empty());
    client.stop();
}

#[test]
fn folders_come_and_go() {
    let (one, two) = (Workspace::with(&["leakydb"]), Workspace::with(&["leakydb"]));
    let path = |workspace: &Workspace| workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = Client::on(&[one.root.clone(), two.root.clone()]);
    client.finding(&path(&one), "unknown-component-def");
    client.finding(&path(&two), "unknown-component-def");
    let folder = |workspace: &Workspace| json!({"uri": uri(&workspace.root), "name": "x"});
    let event = json!({"added": [], "removed": [folder(&one)]});
    client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event}));
    client.expect(&path(&one), &[]);
    let event = json!({"added": [folder(&one)], "removed": [folder(&two)]});
    client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event}));
    client.finding(&path(&one), "unknown-component-def");
    client.expect(&path(&two), &[]);
    client.stop();
}

#[test]
fn a_file_outside_of_all_folders_brings_its_chart() {
    let workspace = Workspace::with(&["leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = Client::on(&[]);
    client.open_file(&path);
    client.finding(&path, "unknown-component-def");
    client.close(&path);
    client.expect(&path, &[]);
    // A lone manifest is a world of its own; what is not ours is not judged.
    let lone = workspace.path("lone.yaml");
    client.open(&lone, &manifest("spec: *nothing"));
    client.expect(&lone, &["5:7-5:15 undefined-alias"]);
    client.close(&lone);
    client.expect(&lone, &[]);
    let foreign = workspace.path("foreign.yaml");
    client.open(&foreign, "a: *nothing\n");
    client.settle();
    client.expect(&foreign, &[]);
    client.stop();
}

#[cfg(unix)]
#[test]
fn links_lead_to_charts_but_neither_in_circles_nor_out() {
    use std::os::unix::fs::symlink;
    let (workspace, other) = (Workspace::with(&["tidedb", "leakydb"]), Workspace::with(&["leakydb"]));
    std::fs::create_dir(workspace.path("here")).unwrap();
    std::fs::rename(workspace.path("tidedb"), workspace.path("here/tidedb")).unwrap();
    symlink(workspace.path("here"), workspace.path("here/again")).unwrap();
    symlink(workspace.path("here/tidedb"), workspace.path("here/same")).unwrap();
    symlink(workspace.path("here/tidedb"), workspace.path("here/tidedb/templates/again")).unwrap();
    symlink(workspace.path("leakydb"), workspace.path("here/far")).unwrap();
    symlink(other.path("leakydb"), workspace.path("here/out")).unwrap();
    let mut client = Client::on(&[workspace.path("here")]);
    client.finding(&workspace.path("here/far/templates/clusterdefinition.yaml"), "unknown-component-def");
    client.settle();
    let told: Vec<_> = client.told().into_iter().filter(|uri| !uri.contains("/far/")).collect();
    assert!(told.is_empty(), "{told:?}");
    client.stop();
}

#[test]
fn a_document_that_is_opened_again_keeps_its_findings() {
    let workspace = Workspace::with(&["leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = workspace.client();
    client.open_file(&path);
    client.finding(&path, "unknown-component-def");
    let before = client.findings(&path).to_vec();
    for _ in 0..3 {
        client.close(&path);
        client.settle();
        client.open_file(&path);
        client.settle();
    }
    assert!(!client.was_emptied(&path));
    assert_eq!(client.findings(&path), before);
    client.finding(&path, "unknown-component-def");
    client.stop();
}

#[test]
fn settings_in_all_ways() {
    let workspace = Workspace::with(&["leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let root = std::slice::from_ref(&workspace.root);
    let off = |rule: &str| json!({"rules": {rule: "off"}});
    let has = |client: &mut Client, on: &str, off: &str| {
        client.finding(&path, on);
        client.wait_for("a rule to be silent", |client| {
            client.findings(&path).iter().all(|finding| finding["code"] != off)
        });
    };
    // Asked for, and asked for again when they change.
    let mut client = Client::start_with_settings(params(root), off("unused-anchor"));
    has(&mut client, "unknown-component-def", "unused-anchor");
    client.settings = off("unknown-component-def");
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    has(&mut client, "unused-anchor", "unknown-component-def");
    // What is wrong is said, and the old settings stay.
    client.settings = json!({"rules": "all"});
    client.notify("workspace/didChangeConfiguration", json!({"settings": {}}));
    client.wait_for("a word about wrong settings", |client| !client.messages.is_empty());
    let message = client.messages.remove(0);
    assert!(message.contains("invalid type: string \"all\""), "{message}");
    assert_eq!(client.asked_for_settings, 3);
    client.stop();
    // With `initialize`, and pushed.
    let mut silent = params(root);
    silent["capabilities"]["workspace"]["configuration"] = json!(false);
    silent["initializationOptions"] = off("unused-anchor");
    let mut client = Client::start(silent);
    has(&mut client, "unknown-component-def", "unused-anchor");
    client
        .notify("workspace/didChangeConfiguration", json!({"settings": {"kubeblocks": off("unknown-component-def")}}));
    has(&mut client, "unused-anchor", "unknown-component-def");
    client.notify("workspace/didChangeConfiguration", json!({"settings": {}}));
    client.settle();
    has(&mut client, "unused-anchor", "unknown-component-def");
    assert_eq!(client.asked_for_settings, 0);
    client.stop();
    // Odd answers mean the defaults.
    for settings in [json!(null), json!({}), json!([]), json!(7)] {
        let mut client = Client::start_with_settings(params(root), settings);
        client.finding(&path, "unused-anchor");
        client.wait_for("the question", |client| client.asked_for_settings == 1);
        client.stop();
    }
}

#[test]
fn columns_in_each_encoding() {
    let line = "spec: {漢😀é: 1, b: *nothing}";
    for (offered, answered, column) in [
        (json!(["utf-16"]), json!("utf-16"), 19),
        (json!(["utf-8", "utf-16"]), json!("utf-8"), 24),
        (json!(["utf-32"]), json!("utf-32"), 18),
        (Value::Null, Value::Null, 19),
    ] {
        let workspace = Workspace::with(&[]);
        let mut params = params(std::slice::from_ref(&workspace.root));
        params["capabilities"]["general"] = json!({"positionEncodings": offered});
        let mut client = Client::start(params);
        assert_eq!(client.offered["positionEncoding"], answered);
        let path = workspace.path("a b/漢.yaml");
        client.open(&path, &manifest(line));
        let place = |from: u32, to: u32| format!("5:{}-5:{} undefined-alias", from + 1, to + 1);
        client.expect(&path, &[&place(column, column + 8)]);
        // An edit right before the alias, and one far outside of the text.
        let at = |line: u32, character: u32| json!({"line": line, "character": character});
        client.change(
            &path,
            2,
            json!([
                {"range": {"start": at(4, column), "end": at(4, column)}, "text": "  "},
                {"range": {"start": at(99, 0), "end": at(99, 99)}, "text": "status: {}\n"},
            ]),
        );
        client.expect(&path, &[&place(column + 2, column + 10)]);
        client.stop();
    }
}

#[test]
fn questions_see_the_text_before_them() {
    let workspace = Workspace::with(&["tidedb"]);
    let path = workspace.path("tidedb/templates/_helpers.tpl");
    let mut client = workspace.client();
    let text = client.open_file(&path);
    let mut asked = Vec::new();
    for version in 2..40 {
        let name = format!("tidedb.helper{version}");
        let text = format!("{text}\n{{{{ define \"{name}\" }}}}x{{{{ end }}}}\n");
        client.change(&path, version, json!([{"text": text}]));
        let id = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(&path)}}));
        asked.push((id, name));
    }
    for (id, name) in asked {
        let answer = client.answer(&json!(id));
        let names: Vec<_> = answer["result"].as_array().unwrap().iter().map(|symbol| symbol["name"].clone()).collect();
        assert_eq!(names.last(), Some(&json!(name)));
    }
    client.settle();
    client.finding(&path, "unused-helper");
    client.stop();
}

#[test]
fn definition_and_hover() {
    let workspace = Workspace::with(&["tidedb", "tidedb-cluster"]);
    let path = workspace.path(DEFINITION);
    let text = std::fs::read_to_string(&path).unwrap();
    let (line, column) = find(&text, "- *metaRef");
    let (to_line, to_column) = find(&text, "&metaRef");
    let range = |line: u32, from: u32, to: u32| json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}});
    let mut client = workspace.client();
    // Nobody opened the file.
    let links = client.at("textDocument/definition", &path, line, column + 4);
    assert_eq!(links.as_array().unwrap().len(), 1);
    assert_eq!(links[0]["originSelectionRange"], range(line, column + 3, column + 10));
    assert_eq!(links[0]["targetUri"], uri(&path));
    assert_eq!(links[0]["targetSelectionRange"], range(to_line, to_column + 1, to_column + 8));
    assert_eq!(links[0]["targetRange"]["end"]["line"], to_line + 5);
    let hover = client.at("textDocument/hover", &path, line, column + 4);
    assert_eq!(hover["range"], range(line, column + 3, column + 10));
    assert_eq!(hover["contents"]["kind"], "markdown");
    let words = hover["contents"]["value"].as_str().unwrap();
    assert!(words.starts_with("Anchor `&metaRef`\n\n```yaml\ncomponentDefName: meta\n"), "{words}");
    assert!(words.ends_with(&format!("clusterdefinition.yaml:{0}]({1}#L{0})", to_line + 1, uri(&path))), "{words}");
    // To another chart, and to values.
    let cluster = workspace.path("tidedb-cluster/templates/cluster.yaml");
    let cluster_text = std::fs::read_to_string(&cluster).unwrap();
    let (line, column) = find(&cluster_text, "clusterDefinitionRef: ");
    let links = client.at("textDocument/definition", &cluster, line, column + 23);
    assert_eq!(links[0]["targetUri"], uri(&path), "{links}");
    let (line, column) = find(&text, "pullPolicy");
    let links = client.at("textDocument/definition", &path, line, column);
    assert_eq!(links[0]["targetUri"], uri(&workspace.path("tidedb/values.yaml")));
    assert_eq!(client.at("textDocument/definition", &path, 0, 0), Value::Null);
    assert_eq!(client.at("textDocument/hover", &path, 9999, 9999), Value::Null);
    client.stop();
    // A client that can do nothing gets places and plain text.
    let mut client = Client::start(json!({"capabilities": {}, "rootUri": uri(&workspace.root)}));
    let links = client.at("textDocument/definition", &path, line, column);
    assert_eq!(links[0]["uri"], uri(&workspace.path("tidedb/values.yaml")));
    let hover = client.at("textDocument/hover", &path, line, column);
    assert_eq!(hover["contents"]["kind"], "plaintext");
    let words = hover["contents"]["value"].as_str().unwrap();
    let expected = "Value 'image.pullPolicy'\n\n    pullPolicy: IfNotPresent\n\nDefined in tidedb/values.yaml:7\n\n\
                    Renders 'IfNotPresent'\n\nThe value comes from tidedb/values.yaml:7";
    assert_eq!(words, expected);
    let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(&path)}}));
    assert_eq!(symbols[0]["name"], "ClusterDefinition tidedb");
    assert_eq!(symbols[1]["containerName"], "ClusterDefinition tidedb");
    client.stop();
}

#[test]
fn cancelled_requests_get_one_answer() {
    let workspace = Workspace::with(&["tidedb"]);
    let mut client = workspace.client();
    let path = workspace.path("tidedb/values.yaml");
    let mut ids = Vec::new();
    for _ in 0..20 {
        let id = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(&path)}}));
        client.notify("$/cancelRequest", json!({"id": id}));
        ids.push(id);
    }
    for id in ids {
        let answer = client.answer(&json!(id));
        assert!(answer["error"]["code"] == -32800 || answer.get("result").is_some(), "{answer}");
    }
    client.notify("$/cancelRequest", json!({"id": 12345}));
    client.stop();
}

#[test]
fn malformed_messages_do_no_harm() {
    let workspace = Workspace::with(&["leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = workspace.client();
    client.may_grumble = true;
    for params in [json!({}), json!([1]), json!({"textDocument": {"uri": "no uri"}, "position": {"line": -1}})] {
        let id = client.ask("textDocument/hover", params);
        assert_eq!(client.answer(&json!(id))["error"]["code"], -32602);
    }
    for uri in ["untitled:Untitled-1", "git:/a/b", "file:///nowhere/at/all.yaml"] {
        let params = json!({"textDocument": {"uri": uri}, "position": {"line": 9, "character": 9}, "more": true});
        assert_eq!(client.request("textDocument/hover", params.clone()), Value::Null);
        assert_eq!(client.request("textDocument/definition", params), Value::Null);
    }
    let id = client.ask("kubeblocks/unheardOf", json!({}));
    assert_eq!(client.answer(&json!(id))["error"]["code"], -32601);
    client.notify("kubeblocks/unheardOf", json!({}));
    client.notify("$/unheardOf", json!({}));
    client.notify("textDocument/didOpen", json!({"textDocument": {"uri": 7}}));
    client.notify("textDocument/didChange", json!({}));
    client.change(&workspace.path("never/opened.yaml"), 2, json!([{"text": "x"}]));
    client.close(&workspace.path("never/opened.yaml"));
    for body in ["{", "", "[]", "\u{1}", r#"{"jsonrpc":"1.0","id":1}"#] {
        client.send_raw(body.as_bytes());
        assert_eq!(client.answer(&Value::Null)["error"]["code"], -32700);
    }
    client.send(&json!({"jsonrpc": "2.0", "id": 4711, "result": null}));
    client.finding(&path, "unknown-component-def");
    client.stop();
}

#[test]
fn all_at_once_through_a_pipe() {
    let workspace = Workspace::with(&["leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = Client::silent();
    let initialize = client.ask("initialize", params(std::slice::from_ref(&workspace.root)));
    client.notify("initialized", json!({}));
    client.open_file(&path);
    let symbols = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(&path)}}));
    assert!(client.answer(&json!(initialize))["result"]["capabilities"].is_object());
    assert!(client.answer(&json!(symbols))["result"].is_array());
    client.finding(&path, "unknown-component-def");
    client.stop();
}

#[test]
fn farewells() {
    // Requests before `initialize` are refused, and the server waits on.
    let mut client = Client::silent();
    let id = client.ask(
        "textDocument/hover",
        json!({"textDocument": {"uri": "file:///a"}, "position": {"line": 0, "character": 0}}),
    );
    assert_eq!(client.answer(&json!(id))["error"]["code"], -32002);
    client.hang_up();
    assert_eq!(client.wait().code(), Some(0));
    // The editor dies.
    let workspace = Workspace::with(&["tidedb"]);
    let mut client = workspace.client();
    client.open_file(&workspace.path(DEFINITION));
    client.hang_up();
    assert_eq!(client.wait().code(), Some(0));
    // `exit` without `shutdown`.
    let mut client = workspace.client();
    client.notify("exit", Value::Null);
    assert_eq!(client.wait().code(), Some(1));
    // `shutdown`, and then the pipe is closed.
    let mut client = workspace.client();
    client.request("shutdown", Value::Null);
    client.hang_up();
    assert_eq!(client.wait().code(), Some(0));
}

#[test]
fn the_pipe_breaks_within_a_message() {
    let body = r#"{"jsonrpc":"2.0","id":9,"method":"workspace/symbol","params":{"query":"a"}}"#;
    let whole = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let header = whole.len() - body.len();
    for end in [1, 10, header - 2, header, header + 1, header + body.len() / 2, whole.len() - 1] {
        // Before the first word, and in the middle of the talk.
        let mut client = Client::silent();
        client.send_bytes(&whole.as_bytes()[..end]);
        client.hang_up();
        assert_eq!(client.wait().code(), Some(0), "{:?}", &whole[..end]);
        let workspace = Workspace::with(&["tidedb"]);
        let mut client = workspace.client();
        client.open_file(&workspace.path(DEFINITION));
        client.send_bytes(&whole.as_bytes()[..end]);
        client.hang_up();
        assert_eq!(client.wait().code(), Some(0), "{:?}", &whole[..end]);
    }
}

#[test]
fn addresses_are_written_in_many_ways() {
    let workspace = Workspace::with(&["leakydb"]);
    std::fs::rename(workspace.path("leakydb"), workspace.path("le\u{e4}ky db")).unwrap();
    let path = workspace.path("le\u{e4}ky db/templates/clusterdefinition.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let plain = uri(&path);
    assert!(plain.contains("le%C3%A4ky%20db"));
    let letters: String = path.to_str().unwrap().bytes().map(|byte| format!("%{byte:02x}")).collect();
    let written = [plain.replace("%C3%A4", "%c3%a4"), format!("file://{}", letters.replace("%2f", "/")), plain];
    for address in written {
        let mut client = workspace.client();
        client.open_as(&address, &text);
        client.wait_for("findings", |client| client.told().contains(&&*address));
        let findings = client.findings_at(&address);
        assert!(findings.iter().any(|finding| finding["code"] == "unknown-component-def"), "{address}: {findings:?}");
        client.settle();
        client.stop();
    }
    // Of what is no file of this system nobody knows anything, and nothing is the worse for it.
    let mut client = workspace.client();
    let strange = [
        "file:///C:/charts/a/templates/a.yaml",
        "file:///c%3A/charts/a/templates/a.yaml",
        "file://server/share/a.yaml",
        "file:///%00/a.yaml",
        "file:///a%FFb.yaml",
        "file:///a%2",
        "untitled:Untitled-1",
    ];
    for address in strange {
        client.open_as(address, "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: a\n");
        let place = json!({"textDocument": {"uri": address}, "position": {"line": 1, "character": 8}});
        for method in ["textDocument/hover", "textDocument/definition", "textDocument/completion"] {
            let id = client.ask(method, place.clone());
            client.answer(&json!(id));
        }
        client.notify("textDocument/didClose", json!({"textDocument": {"uri": address}}));
    }
    client.open_file(&path);
    client.settle();
    client.finding(&path, "unknown-component-def");
    client.stop();
}

#[test]
fn settings_are_written_with_help_also_where_no_chart_is() {
    for charts in [&[][..], &["tidedb"]] {
        let workspace = Workspace::with(charts);
        let path = workspace.path(".kubeblocks-ls.yaml");
        let mut client = workspace.client();
        client.open(&path, "rules:\n  unused-anchor: off\nig\n");
        let items = client.at("textDocument/completion", &path, 2, 2);
        let items = items["items"].as_array().or(items.as_array()).unwrap().clone();
        let labels: Vec<&str> = items.iter().map(|item| item["label"].as_str().unwrap()).collect();
        assert!(labels.contains(&"ignore"), "{charts:?}: {labels:?}");
        let hover = client.at("textDocument/hover", &path, 1, 4);
        assert!(hover["contents"].to_string().contains("unused-anchor"), "{charts:?}: {hover}");
        client.change(&path, 2, json!([{"text": "rules:\n  unused-ancor: off\n"}]));
        client.finding(&path, "unknown-rule");
        client.change(&path, 3, json!([{"text": "rules:\n  unused-anchor: off\n"}]));
        client.expect(&path, &[]);
        client.settle();
        client.stop();
    }
}

/// What each editor says of itself; see the files in `tests/data/clients`.
#[test]
fn every_editor_is_understood() {
    for (editor, encoding, watches, asks, pulls) in [
        ("emacs-eglot", Value::Null, true, true, false),
        ("neovim-0.11", json!("utf-8"), false, true, false),
        ("neovim-0.7", Value::Null, false, false, false),
        ("vim-ale", Value::Null, false, false, false),
        ("vscode", json!("utf-16"), true, true, true),
    ] {
        let workspace = Workspace::with(&["leakydb"]);
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/clients/{editor}.json"));
        let data = std::fs::read_to_string(data).unwrap().replace("$ROOT", workspace.root.to_str().unwrap());
        let data: Value = serde_json::from_str(&data).unwrap();
        let mut client = Client::start(data["initialize"].clone());
        assert_eq!(client.offered["positionEncoding"], encoding, "{editor}");
        let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
        client.open_file(&path);
        assert_eq!(client.offered["diagnosticProvider"].is_object(), pulls, "{editor}");
        if pulls {
            let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri(&path)}}));
            assert!(report["items"].as_array().unwrap().iter().any(|item| item["code"] == "unknown-component-def"));
        } else {
            client.finding(&path, "unknown-component-def");
            client.wait_for("the version", |client| client.version(&path) == 1);
            client.finding(&path, "unknown-component-def");
        }
        if watches {
            client.wait_for("watchers", |client| !client.registered.is_empty());
        }
        if asks {
            client.wait_for("a question for settings", |client| client.asked_for_settings == 1);
        }
        client.settle();
        assert_eq!(!client.registered.is_empty(), watches, "{editor}");
        assert_eq!(client.asked_for_settings, usize::from(asks), "{editor}");
        client.stop();
    }
}
