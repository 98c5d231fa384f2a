//! What is laid over the text: colours, hints, lenses.

use serde_json::{Value, json};

use super::client::{Client, params, uri};
use super::{NAMED, Workspace};

const TEMPLATE: &str = "漢: 😀{{ .Values.a }} {{/* é\n 😀 */}}\nb: {{ include \"h\" . }}\n";

fn workspace() -> Workspace {
    let workspace = Workspace::with(&[]);
    workspace.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    workspace.write("c/values.yaml", "a: one\n");
    workspace.write("c/templates/a.yaml", TEMPLATE);
    workspace.write("c/templates/_h.tpl", "{{ define \"h\" }}x{{ end }}\n");
    workspace
}

/// The words that tokens mean, in a text that is counted in UTF-16.
fn words(client: &Client, text: &str, data: &Value) -> Vec<String> {
    let types = &client.offered["semanticTokensProvider"]["legend"]["tokenTypes"];
    let lines: Vec<Vec<u16>> = text.lines().map(|line| line.encode_utf16().collect()).collect();
    let (mut line, mut start) = (0, 0);
    let numbers: Vec<usize> = data.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let word = |token: &[usize]| {
        line += token[0];
        start = if token[0] == 0 { start + token[1] } else { token[1] };
        let word = String::from_utf16(&lines[line][start..start + token[2]]).unwrap();
        format!("{word} {}", types[token[3]].as_str().unwrap())
    };
    numbers.chunks(5).map(word).collect()
}

fn utf16(workspace: &Workspace, change: impl Fn(&mut Value)) -> Client {
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["capabilities"]["general"] = Value::Null;
    change(&mut params);
    Client::start(params)
}

#[test]
fn colours_in_whole_in_part_and_as_differences() {
    let workspace = workspace();
    let path = workspace.path("c/templates/a.yaml");
    let document = json!({"uri": uri(&path)});
    let mut client = utf16(&workspace, |_| {});
    client.open_file(&path);
    let full = client.request("textDocument/semanticTokens/full", json!({"textDocument": document}));
    let expected =
        ["Values property", "a property", "{{/* é comment", " 😀 */}} comment", "include function", "h function"];
    assert_eq!(words(&client, TEMPLATE, &full["data"]), expected);
    let range = json!({"start": {"line": 2, "character": 0}, "end": {"line": 3, "character": 0}});
    let part = client.request("textDocument/semanticTokens/range", json!({"textDocument": document, "range": range}));
    assert_eq!(words(&client, TEMPLATE, &part["data"]), expected[4..]);
    // The same text has no differences, another one few.
    let delta = |client: &mut Client, id: &Value| {
        client.request(
            "textDocument/semanticTokens/full/delta",
            json!({"textDocument": document, "previousResultId": id}),
        )
    };
    let same = delta(&mut client, &full["resultId"]);
    assert_eq!(same, json!({"resultId": full["resultId"], "edits": []}));
    let text = TEMPLATE.replace(".Values.a", ".Values.a.b");
    client.change(&path, 2, json!([{"text": text}]));
    let changed = delta(&mut client, &full["resultId"]);
    let edit = &changed["edits"][0];
    let mut data = full["data"].as_array().unwrap().clone();
    let (start, gone) = (edit["start"].as_u64().unwrap() as usize, edit["deleteCount"].as_u64().unwrap() as usize);
    data.splice(start..start + gone, edit["data"].as_array().unwrap().clone());
    let whole = client.request("textDocument/semanticTokens/full", json!({"textDocument": document}));
    assert_eq!(json!(data), whole["data"]);
    assert!(edit["data"].as_array().unwrap().len() < data.len());
    assert_eq!(words(&client, &text, &whole["data"])[2], "b property");
    // What was never told, or of a closed document, is told as a whole.
    assert!(delta(&mut client, &json!("0")).get("data").is_some());
    client.close(&path);
    assert!(delta(&mut client, &changed["resultId"]).get("data").is_some());
    client.stop();
}

#[test]
fn hints_and_lenses_can_be_switched_off() {
    let workspace = workspace();
    workspace.write("c/templates/a.yaml", &format!("{TEMPLATE}{NAMED}"));
    let (path, helpers) = (workspace.path("c/templates/a.yaml"), workspace.path("c/templates/_h.tpl"));
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    let mut client = utf16(&workspace, |params| {
        params["capabilities"]["workspace"]["inlayHint"] = json!({"refreshSupport": true});
        params["capabilities"]["workspace"]["codeLens"] = json!({"refreshSupport": true});
        params["capabilities"]["experimental"] = json!({"kubeblocksShowReferences": true});
    });
    client.open_file(&path);
    let ask = |client: &mut Client| {
        let hints =
            client.request("textDocument/inlayHint", json!({"textDocument": {"uri": uri(&path)}, "range": range}));
        let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": uri(&helpers)}}));
        (hints, lenses)
    };
    let (hints, lenses) = ask(&mut client);
    let labels: Vec<_> = hints.as_array().unwrap().iter().map(|hint| hint["label"].clone()).collect();
    assert_eq!(labels, ["one"]);
    assert_eq!(hints[0]["position"], json!({"line": 0, "character": "漢: 😀{{ .Values.a }}".encode_utf16().count()}));
    assert_eq!(lenses[0]["command"]["title"], "rendered by 1 include");
    assert_eq!(lenses[0]["command"]["arguments"][2][0]["uri"], uri(&path));
    client.wait_for("the first analysis", |client| client.refreshed.contains_key("inlayHint"));
    let before = client.refreshed["inlayHint"];
    client.settings = json!({"hints": {"values": false}, "lenses": {"includes": false}});
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    client.wait_for("a refresh", |client| client.refreshed["inlayHint"] > before);
    assert_eq!(ask(&mut client), (json!([]), json!([])));
    client.settings = json!({"hints": {"values": "no"}});
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    client.wait_for("a word about wrong settings", |client| !client.messages.is_empty());
    assert!(client.messages.remove(0).contains("\"no\""));
    client.stop();
}
