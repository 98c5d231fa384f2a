//! What is about no feature: files that the editor moves, progress, traces.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Client, params, uri};
use super::{NAMED, Workspace};

#[test]
fn files_that_the_editor_renames_creates_and_deletes() {
    let workspace = Workspace::with(&[]);
    workspace.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    workspace.write("c/scripts/a.sh", "true\n");
    workspace.write("c/templates/a.yaml", "a: {{ .Files.Get \"scripts/a.sh\" | quote }}\n");
    let template = workspace.path("c/templates/a.yaml");
    let (old, new) = (workspace.path("c/scripts/a.sh"), workspace.path("c/scripts/b.sh"));
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["capabilities"]["workspace"]["didChangeWatchedFiles"] = json!({"dynamicRegistration": false});
    let mut client = Client::start(params);
    assert!(client.offered["workspace"]["fileOperations"]["willRename"].is_object());
    let files = json!({"files": [{"oldUri": uri(&old), "newUri": uri(&new)}]});
    let edit = client.request("workspace/willRenameFiles", files.clone());
    assert_eq!(edit["changes"][uri(&template)][0]["newText"], "scripts/b.sh");
    let nothing = json!({"files": [{"oldUri": "file:///x", "newUri": "untitled:y"}]});
    assert_eq!(client.request("workspace/willRenameFiles", nothing), Value::Null);
    // Without the edit the template reads what is gone.
    std::fs::rename(&old, &new).unwrap();
    client.notify("workspace/didRenameFiles", files);
    client.finding(&template, "missing-chart-file");
    workspace.write("c/scripts/a.sh", "true\n");
    client.notify("workspace/didCreateFiles", json!({"files": [{"uri": uri(&old)}]}));
    client.wait_for("no finding", |client| {
        client.findings(&template).iter().all(|finding| finding["code"] != "missing-chart-file")
    });
    std::fs::remove_file(&old).unwrap();
    client.notify("workspace/didDeleteFiles", json!({"files": [{"uri": uri(&old)}]}));
    client.finding(&template, "missing-chart-file");
    client.stop();
}

#[test]
fn an_edit_of_a_shared_helper_is_seen_in_every_chart() {
    let workspace = Workspace::with(&[]);
    let library = "apiVersion: v2\nname: lib\nversion: 0.1.0\ntype: library\n";
    workspace.write("lib/Chart.yaml", library);
    workspace.write("lib/templates/_h.tpl", "{{ define \"h\" }}&a 1{{ end }}\n");
    for name in ["c", "d"] {
        let chart = format!(
            "apiVersion: v2\nname: {name}\nversion: 0.1.0\ndependencies:\n  - {{name: lib, version: 0.1.0, repository: \"file://../lib\"}}\n"
        );
        workspace.write(&format!("{name}/Chart.yaml"), &chart);
        let template = format!("a: {{{{ include \"h\" . }}}}\nb: *a\n{NAMED}");
        workspace.write(&format!("{name}/templates/a.yaml"), &template);
    }
    let helper = workspace.path("lib/templates/_h.tpl");
    let mut client = workspace.client();
    let text = client.open_file(&helper);
    for (number, (old, new)) in [("&a", "&b"), ("&b", "&a"), ("&a", "&c")].into_iter().enumerate() {
        let text = text.replace("&a", new);
        client.change(&helper, number as i64 + 2, json!([{"text": text}]));
        for name in ["c", "d"] {
            let template = workspace.path(&format!("{name}/templates/a.yaml"));
            if new == "&a" {
                client.expect(&template, &[]);
            } else {
                client.finding(&template, "undefined-alias");
            }
        }
        assert_ne!(old, new);
        client.settle();
        let _ = client.findings(&helper);
    }
    client.close(&helper);
    for name in ["c", "d"] {
        client.expect(&workspace.path(&format!("{name}/templates/a.yaml")), &[]);
    }
    client.expect(&helper, &[]);
    client.stop();
}

#[test]
fn nothing_is_asked_of_a_client_that_is_not_ready() {
    let workspace = Workspace::with(&["tidedb"]);
    let mut client = Client::silent();
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["initializationOptions"] = json!({});
    client.request("initialize", params);
    // Longer than the server waits before an analysis.
    std::thread::sleep(Duration::from_millis(300));
    client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": "file:///none.yaml"}}));
    assert_eq!(client.registered.len(), 0);
    client.notify("initialized", json!({}));
    client.wait_for("what is watched", |client| client.registered.contains_key("charts-1"));
    client.stop();
}

#[test]
fn traces_and_cancelled_progress_are_no_errors() {
    let workspace = Workspace::with(&["tidedb"]);
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["capabilities"]["window"] = json!({"workDoneProgress": true});
    params["trace"] = json!("verbose");
    let mut client = Client::start(params);
    client.notify("$/setTrace", json!({"value": "off"}));
    client.open_file(&workspace.path(super::DEFINITION));
    client.settle();
    // What began has ended; a short analysis is not shown at all.
    client.wait_for("the end", |client| {
        client.progress.is_empty() || client.progress.last().is_some_and(|kind| kind == "end")
    });
    client.stop();
}

#[test]
fn long_answers_come_in_parts() {
    let workspace = Workspace::with(&["leakydb"]);
    workspace.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    workspace.write("c/templates/_h.tpl", "{{ define \"h\" }}1{{ end }}\n");
    let uses: String = (0..250).map(|i| format!("a{i}: {{{{ include \"h\" . }}}}\n")).collect();
    workspace.write("c/templates/a.yaml", &uses);
    for i in 0..120 {
        let text = format!(
            "apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata: {{name: demo-{i}}}\nspec: *none\n"
        );
        workspace.write(&format!("d/{i}.yaml"), &text);
    }
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["capabilities"]["textDocument"]["diagnostic"] = json!({});
    params["capabilities"]["textDocument"]["publishDiagnostics"] = Value::Null;
    let mut client = Client::start(params);
    let at = json!({"line": 0, "character": 11});
    let document = json!({"uri": uri(&workspace.path("c/templates/_h.tpl"))});
    let mut ask = |method: &str, params: Value, list: &str| {
        let of = |answer: &Value| answer.pointer(list).unwrap().as_array().unwrap().clone();
        let whole = of(&client.request(method, params.clone()));
        let mut params = params;
        params["partialResultToken"] = json!(method);
        assert_eq!(of(&client.request(method, params)), [Value::Null; 0]);
        // None came behind the answer.
        let parts = client.parts.remove(method).unwrap();
        assert!(parts.len() > 1 && parts.iter().all(|part| of(part).len() <= 100), "{}", parts.len());
        assert_eq!(parts.iter().flat_map(of).collect::<Vec<_>>(), whole);
    };
    let context = json!({"includeDeclaration": true});
    ask("textDocument/references", json!({"textDocument": document, "position": at, "context": context}), "");
    ask("workspace/symbol", json!({"query": "demo"}), "");
    ask("workspace/diagnostic", json!({"previousResultIds": []}), "/items");
    client.stop();
}

#[test]
fn how_the_server_is() {
    let workspace = Workspace::with(&["leakydb", "tidedb"]);
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["initializationOptions"] = json!({"rules": 1});
    let mut client = Client::start(params);
    let rest = |client: &Client| client.states.last().is_some_and(|state| state["quiescent"] == true);
    client.wait_for("rest", rest);
    assert_eq!(client.states.last().unwrap()["health"], "warning");
    assert!(client.messages[0].contains("settings"), "{:?}", client.messages);
    client.messages.clear();
    client.states.clear();
    client.settings = json!({"rules": {}});
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    client.wait_for("rest", rest);
    assert_eq!(client.states.last(), Some(&json!({"health": "ok", "quiescent": true})));
    let status = client.request("kubeblocks/status", json!({}));
    assert_eq!((&status["charts"], &status["failed"]), (&json!(2), &json!(0)), "{status}");
    assert!(status["findings"]["error"].as_u64().unwrap() > 0, "{status}");
    assert_eq!(status["memory"].is_u64(), cfg!(target_os = "linux"));
    client.finding(&workspace.path("leakydb/templates/clusterdefinition.yaml"), "unknown-component-def");
    client.stop();
}

#[test]
fn the_first_analysis_counts_and_ends_when_it_is_not_wanted() {
    for stop in [false, true] {
        let workspace = Workspace::with(&["tidedb"]);
        // As much as it takes to be shown.
        for i in 0..40 {
            let text: String = (0..60)
                .map(|j| format!("---\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata: {{name: d-{i}-{j}}}\nspec: {{vars: [{{name: A, value: x}}]}}\n"))
                .collect();
            workspace.write(&format!("c{i}/Chart.yaml"), &format!("apiVersion: v2\nname: c{i}\nversion: 0.1.0\n"));
            workspace.write(&format!("c{i}/templates/a.yaml"), &text);
        }
        workspace.write("c1/templates/b.yaml", "a: *none\n");
        let mut params = params(std::slice::from_ref(&workspace.root));
        params["capabilities"]["window"] = json!({"workDoneProgress": true});
        params["capabilities"]["textDocument"]["diagnostic"] = json!({});
        params["capabilities"]["textDocument"]["publishDiagnostics"] = Value::Null;
        let mut client = Client::start(params);
        client.wait_for("the beginning", |client| !client.progress.is_empty());
        if stop {
            client.notify("window/workDoneProgress/cancel", json!({"token": "kubeblocks-ls/first"}));
        }
        client.wait_for("the end", |client| client.progress.last().is_some_and(|kind| kind == "end"));
        let reports = client.progress.iter().filter(|kind| *kind == "report").count();
        assert!(stop || reports > 1, "{:?}", client.progress);
        // Whoever opens a document still hears of it.
        client.open_file(&workspace.path("c1/templates/b.yaml"));
        let document = json!({"uri": uri(&workspace.path("c1/templates/b.yaml"))});
        let told = client.request("textDocument/diagnostic", json!({"textDocument": document}));
        assert_eq!(told["items"][0]["code"], "undefined-alias");
        client.stop();
    }
}
