//! Findings that are asked for, and what can be done about them.

use serde_json::{Value, json};

use super::client::{Client, params, uri};
use super::{DEFINITION, NAMED, Workspace, find};

/// A client that asks for findings, and may be told to ask again.
fn asking(workspace: &Workspace, change: impl Fn(&mut Value)) -> Client {
    let mut params = params(std::slice::from_ref(&workspace.root));
    let capabilities = &mut params["capabilities"];
    capabilities["textDocument"]["diagnostic"] = json!({"dynamicRegistration": true});
    capabilities["workspace"]["diagnostics"] = json!({"refreshSupport": true});
    change(capabilities);
    Client::start(params)
}

fn pull(client: &mut Client, path: &std::path::Path, previous: &Value) -> Value {
    // The range is what Neovim adds.
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    client.request(
        "textDocument/diagnostic",
        json!({"textDocument": {"uri": uri(path)}, "identifier": "kubeblocks", "previousResultId": previous, "range": range}),
    )
}

fn codes(report: &Value) -> Vec<&str> {
    report["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect()
}

#[test]
fn one_model_for_one_file() {
    let workspace = Workspace::with(&["leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = asking(&workspace, |_| {});
    let offered = client.offered["diagnosticProvider"].clone();
    assert_eq!(
        offered,
        json!({"identifier": "kubeblocks", "interFileDependencies": true, "workspaceDiagnostics": false})
    );
    // Closed: told of. Open: asked for, and no longer told of.
    client.finding(&path, "unknown-component-def");
    client.open_file(&path);
    client.expect(&path, &[]);
    let report = pull(&mut client, &path, &Value::Null);
    assert_eq!(report["kind"], "full");
    assert!(codes(&report).contains(&"unknown-component-def"), "{report}");
    let id = report["resultId"].clone();
    assert_eq!(pull(&mut client, &path, &id), json!({"kind": "unchanged", "resultId": id}));
    assert_eq!(pull(&mut client, &path, &json!("0"))["kind"], "full");
    // An edit is seen at once.
    client.change(&path, 2, json!([{"text": "a: *nothing\n"}]));
    let report = pull(&mut client, &path, &id);
    assert_eq!(codes(&report), ["undefined-alias"]);
    // What is no file of ours has no findings.
    assert_eq!(codes(&pull(&mut client, std::path::Path::new("/nowhere/a.yaml"), &Value::Null)), [""; 0]);
    client.close(&path);
    client.finding(&path, "unknown-component-def");
    client.stop();
}

#[test]
fn other_documents_are_asked_for_again() {
    let workspace = Workspace::with(&[]);
    workspace.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    workspace.write("c/values.yaml", "a: '*nothing'\n");
    workspace.write("c/templates/a.yaml", &format!("x: {{{{ .Values.a }}}}\n{NAMED}"));
    let (template, values) = (workspace.path("c/templates/a.yaml"), workspace.path("c/values.yaml"));
    let mut client = asking(&workspace, |client| {
        client["textDocument"]["diagnostic"]["relatedDocumentSupport"] = json!(true);
    });
    client.open_file(&template);
    client.open_file(&values);
    let report = pull(&mut client, &template, &Value::Null);
    assert_eq!(codes(&report), ["undefined-alias"]);
    assert_eq!(report["relatedDocuments"][uri(&values)]["items"], json!([]));
    client.request("workspace/diagnostic", json!({"previousResultIds": []}));
    // The fault goes, by an edit of another document.
    client.wait_for("the analysis", |client| !client.registered.is_empty());
    client.change(&values, 2, json!([{"text": "a: 1\n"}]));
    client.wait_for("a refresh", |client| client.refreshed.contains_key("diagnostic"));
    assert_eq!(codes(&pull(&mut client, &template, &report["resultId"])), [""; 0]);
    client.stop();
}

#[test]
fn who_only_asks_is_never_told() {
    let workspace = Workspace::with(&["leakydb", "tidedb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = asking(&workspace, |client| {
        client["textDocument"]["publishDiagnostics"] = Value::Null;
        client["workspace"]["diagnostics"] = Value::Null;
    });
    assert_eq!(client.offered["diagnosticProvider"]["workspaceDiagnostics"], true);
    let report = client.request("workspace/diagnostic", json!({"previousResultIds": []}));
    let items = report["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["kind"] == "full" && !item["items"].as_array().unwrap().is_empty()));
    let of_file = items.iter().find(|item| item["uri"] == uri(&path)).unwrap();
    // The same again is told apart from what is new, also where nothing is left.
    let gone = json!({"uri": uri(&workspace.path("tidedb/values.yaml")), "value": "1"});
    let known = json!([{"uri": uri(&path), "value": of_file["resultId"]}, gone]);
    let report = client.request("workspace/diagnostic", json!({"previousResultIds": known}));
    let items = report["items"].as_array().unwrap();
    let of = |uri: Value| items.iter().find(|item| item["uri"] == uri).unwrap().clone();
    assert_eq!(of(json!(uri(&path)))["kind"], "unchanged");
    assert_eq!(of(gone["uri"].clone())["items"], json!([]));
    client.wait_for("the analysis", |client| !client.registered.is_empty());
    assert!(client.told().is_empty());
    client.stop();
}

#[test]
fn pull_without_refresh_is_push() {
    let workspace = Workspace::with(&["leakydb"]);
    let mut client = asking(&workspace, |client| client["workspace"]["diagnostics"] = Value::Null);
    assert_eq!(client.offered.get("diagnosticProvider"), None);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    client.open_file(&path);
    client.finding(&path, "unknown-component-def");
    client.stop();
}

fn actions(client: &mut Client, path: &std::path::Path, line: u32, column: u32, only: Value) -> Vec<Value> {
    let at = json!({"line": line, "character": column});
    let context = if only.is_null() { json!({"diagnostics": []}) } else { json!({"diagnostics": [], "only": only}) };
    let params = json!({"textDocument": {"uri": uri(path)}, "range": {"start": at, "end": at}, "context": context});
    client.request("textDocument/codeAction", params).as_array().unwrap().clone()
}

/// The text after an action's edits, which must all be of this document.
fn applied(text: &str, document: &std::path::Path, edits: &Value) -> String {
    let document = uri(document);
    let edits = edits["documentChanges"].as_array().map_or_else(
        || edits["changes"][&document].clone(),
        |changes| {
            assert_eq!(changes.len(), 1);
            assert_eq!(changes[0]["textDocument"]["uri"], document);
            changes[0]["edits"].clone()
        },
    );
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let offset = |at: &Value| {
        let line = at["line"].as_u64().unwrap() as usize;
        let units = at["character"].as_u64().unwrap() as usize;
        let rest: Vec<u16> = lines.get(line).unwrap_or(&"").encode_utf16().take(units).collect();
        lines[..line].concat().len() + String::from_utf16(&rest).unwrap().len()
    };
    let mut edits: Vec<_> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            (
                offset(&edit["range"]["start"]),
                offset(&edit["range"]["end"]),
                edit["newText"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    edits.sort();
    edits.into_iter().rev().fold(text.to_owned(), |mut text, (start, end, new)| {
        text.replace_range(start..end, &new);
        text
    })
}

#[test]
fn fixes_are_applied_and_findings_are_gone() {
    let workspace = Workspace::with(&[]);
    let path = workspace.path("漢/a.yaml");
    let text = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {name: x}\nspec: {a😀: 1, \
                terminationPolicy: delete}\n";
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["capabilities"]["general"] = Value::Null;
    let mut client = Client::start(params);
    client.open(&path, text);
    client.finding(&path, "bad-value");
    let (line, column) = find(text, "delete");
    let found = actions(&mut client, &path, line, column + 2, Value::Null);
    let titles: Vec<_> = found.iter().map(|action| action["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Replace by `Delete`", "Apply the safe fix of this file", "Allow `bad-value` here"]);
    assert_eq!(found[0]["isPreferred"], true);
    assert_eq!(found[0]["diagnostics"][0]["code"], "bad-value");
    assert_eq!(found[0]["kind"], "quickfix");
    assert_eq!(found[1]["kind"], "source.fixAll.kubeblocks-ls");
    // Only what was asked for, by its kind or one above.
    for (only, count) in
        [(json!(["quickfix"]), 2), (json!(["source.fixAll"]), 1), (json!(["source.organizeImports"]), 0)]
    {
        assert_eq!(actions(&mut client, &path, line, column + 2, only).len(), count);
    }
    assert_eq!(actions(&mut client, &path, 0, 0, json!(["quickfix"])).len(), 0);
    let fixed = applied(text, &path, &found[1]["edit"]);
    assert_eq!(fixed, text.replace("delete", "Delete"));
    let allowed = applied(text, &path, &found[2]["edit"]);
    assert!(allowed.contains("\n# kubeblocks-ls: allow(bad-value) reason\nspec:"), "{allowed}");
    client.change(&path, 2, json!([{"text": fixed}]));
    client.wait_for("no such finding", |client| {
        client.findings(&path).iter().all(|finding| finding["code"] != "bad-value")
    });
    let _ = client.finding(&path, "unknown-field");
    client.stop();
}

#[test]
fn edits_in_the_clients_form_and_rule_pages() {
    let workspace = Workspace::with(&["leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let mut client = asking(&workspace, |client| {
        client["workspace"]["workspaceEdit"] = json!({"documentChanges": true});
        client["window"] = json!({"showDocument": {"support": true}});
    });
    let text = client.open_file(&path);
    let report = pull(&mut client, &path, &Value::Null);
    let finding = &report["items"][0];
    let at = &finding["range"]["start"];
    let (line, column) = (at["line"].as_u64().unwrap() as u32, at["character"].as_u64().unwrap() as u32);
    let found = actions(&mut client, &path, line, column, Value::Null);
    let allow = found.iter().find(|action| action["title"].as_str().unwrap().starts_with("Allow")).unwrap();
    assert_eq!(allow["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
    assert!(applied(&text, &path, &allow["edit"]).contains("{{- /* kubeblocks-ls: allow("));
    let page = found.last().unwrap();
    assert_eq!(page["command"]["command"], "kubeblocks-ls.showRule");
    assert!(
        client.offered["executeCommandProvider"]["commands"].as_array().unwrap().contains(&page["command"]["command"])
    );
    let params = json!({"command": page["command"]["command"], "arguments": page["command"]["arguments"]});
    let shown = client.request("workspace/executeCommand", params);
    assert!(shown.as_str().unwrap().starts_with("# "), "{shown}");
    client.wait_for("the page", |client| !client.shown.is_empty());
    assert!(client.shown[0].ends_with(".md"), "{:?}", client.shown);
    for command in [json!({"command": "kubeblocks-ls.showRule"}), json!({"command": "nothing"})] {
        let id = client.ask("workspace/executeCommand", command);
        assert_eq!(client.answer(&json!(id))["error"]["code"], -32602);
    }
    client.close(&workspace.path(DEFINITION));
    client.stop();
}
