//! What helps while typing, over the real pipe.

use serde_json::{Value, json};

use super::client::{Client, params};
use super::{DEFINITION, Workspace, find};

fn labels(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().into_iter().flatten().map(|item| item["label"].as_str().unwrap()).collect()
}

fn item<'a>(answer: &'a Value, label: &str) -> &'a Value {
    answer["items"].as_array().unwrap().iter().find(|item| item["label"] == label).unwrap()
}

#[test]
fn completion_in_half_typed_text() {
    let workspace = Workspace::with(&["tidedb"]);
    let path = workspace.path(DEFINITION);
    let mut able = params(std::slice::from_ref(&workspace.root));
    able["capabilities"]["textDocument"]["completion"] = json!({"completionItem": {
        "snippetSupport": true, "documentationFormat": ["markdown"], "resolveSupport": {"properties": ["documentation"]}
    }});
    let mut client = Client::start(able);
    let triggers = &client.offered["completionProvider"]["triggerCharacters"];
    assert!(
        triggers.as_array().unwrap().contains(&json!("."))
            && client.offered["completionProvider"]["resolveProvider"] == true
    );
    let text = client.open_file(&path);
    // A file that is neither a template nor YAML any more.
    let text =
        text.replace("      characterType: tidedb\n", "      # 漢 é\n      characterT\n      x: {{ .Values.image.\n");
    client.change(&path, 2, json!([{"text": text}]));
    let (line, column) = find(&text, "characterT\n");
    let answer = client.at("textDocument/completion", &path, line, column + 10);
    assert_eq!(answer["isIncomplete"], false);
    let found = item(&answer, "characterType");
    let range = json!({"start": {"line": line, "character": column}, "end": {"line": line, "character": column + 10}});
    assert_eq!(found["textEdit"], json!({"range": range, "newText": "characterType: "}));
    assert_eq!(found["documentation"], Value::Null);
    let resolved = client.request("completionItem/resolve", found.clone());
    assert_eq!(resolved["documentation"]["kind"], "markdown");
    assert!(resolved["documentation"]["value"].as_str().unwrap().contains("characterType"), "{resolved}");
    assert!(!labels(&answer).contains(&"workloadType"), "it is there already");
    let snippet = item(&answer, "horizontalScalePolicy");
    assert_eq!(
        (&snippet["insertTextFormat"], &snippet["textEdit"]["newText"]),
        (&json!(2), &json!("horizontalScalePolicy:\n  $1"))
    );
    let (line, column) = find(&text, ".Values.image.\n");
    let answer = client.at("textDocument/completion", &path, line, column + 14);
    let mut keys = labels(&answer);
    keys.sort_unstable();
    assert_eq!(keys, ["pullPolicy", "repository", "tag"]);
    let resolved = client.request("completionItem/resolve", item(&answer, "repository").clone());
    assert!(resolved["documentation"]["value"].as_str().unwrap().contains("registry.example.com"), "{resolved}");
    assert_eq!(client.at("textDocument/completion", &path, 9999, 9999), Value::Null);
    client.change(&path, 3, json!([{"text": std::fs::read_to_string(&path).unwrap()}]));
    client.settle();
    client.expect(&path, &[]);
    client.stop();
}

#[test]
fn clients_that_know_no_snippets_get_words_at_once() {
    let workspace = Workspace::with(&["tidedb"]);
    let path = workspace.path(DEFINITION);
    let mut client = workspace.client();
    let text = client.open_file(&path);
    let (line, column) = find(&text, "characterType");
    let answer = client.at("textDocument/completion", &path, line, column + 3);
    let found = item(&answer, "horizontalScalePolicy");
    // The colon is there already.
    assert_eq!(
        (&found["insertTextFormat"], &found["textEdit"]["newText"]),
        (&Value::Null, &json!("horizontalScalePolicy"))
    );
    assert!(found["documentation"].as_str().is_some_and(|words| !words.is_empty()), "{found}");
    client.stop();
}

#[test]
fn signatures() {
    let workspace = Workspace::with(&["tidedb"]);
    let path = workspace.path(DEFINITION);
    let mut client = workspace.client();
    let text = client.open_file(&path);
    let (line, column) = find(&text, "nindent 4");
    let answer = client.at("textDocument/signatureHelp", &path, line, column + 8);
    assert_eq!(answer["signatures"][0]["label"], "nindent width text");
    assert_eq!(answer["signatures"][0]["parameters"][0]["label"], "width");
    assert_eq!(answer["activeParameter"], 0);
    assert_eq!(client.at("textDocument/signatureHelp", &path, 0, 3), Value::Null);
    client.stop();
}

#[test]
fn references_over_charts() {
    let workspace = Workspace::with(&["tidedb", "tidedb-cluster"]);
    let path = workspace.path(DEFINITION);
    let mut client = workspace.client();
    let text = client.open_file(&path);
    let (line, column) = find(&text, "name: meta\n");
    let ask = |client: &mut Client, declaration: bool| {
        let position = json!({"line": line, "character": column + 7});
        let document = json!({"uri": super::uri(&path)});
        let context = json!({"includeDeclaration": declaration});
        client.request(
            "textDocument/references",
            json!({"textDocument": document, "position": position, "context": context}),
        )
    };
    let found = ask(&mut client, true);
    let found = found.as_array().unwrap();
    assert_eq!(found[0]["range"]["start"], json!({"line": line, "character": column + 6}));
    let elsewhere = found.iter().filter(|place| place["uri"].as_str().unwrap().contains("tidedb-cluster")).count();
    assert!(elsewhere == 1 && found.len() == 4, "{found:?}");
    assert_eq!(ask(&mut client, false).as_array().unwrap().len(), found.len() - 1);
    assert_eq!(client.at("textDocument/signatureHelp", &path, 0, 0), Value::Null);
    client.stop();
}

#[test]
fn renaming_with_reasons() {
    let workspace = Workspace::with(&["tidedb"]);
    let path = workspace.path(DEFINITION);
    let mut client = workspace.client();
    let text = client.open_file(&path);
    let (line, column) = find(&text, "&metaRef");
    let name =
        json!({"start": {"line": line, "character": column + 1}, "end": {"line": line, "character": column + 8}});
    assert_eq!(client.at("textDocument/prepareRename", &path, line, column + 3), name);
    let rename = |client: &mut Client, line: u32, column: u32, new: &str| {
        let position = json!({"line": line, "character": column});
        let document = json!({"uri": super::uri(&path)});
        let id =
            client.ask("textDocument/rename", json!({"textDocument": document, "position": position, "newName": new}));
        client.answer(&json!(id))
    };
    let answer = rename(&mut client, line, column + 3, "toMeta");
    let edits = answer["result"]["changes"][super::uri(&path)].as_array().unwrap();
    assert_eq!(edits.len(), text.matches("metaRef").count());
    assert!(edits.iter().all(|edit| edit["newText"] == "toMeta"));
    // The Cluster and the ClusterVersion write the component's name by a loop.
    let (line, column) = find(&text, "componentDefName: meta");
    let answer = rename(&mut client, line, column + 20, "metasrv");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("The name is computed: "), "{answer}");
    assert_eq!(answer["error"]["code"], -32803);
    let id = client.ask(
        "textDocument/prepareRename",
        json!({"textDocument": {"uri": super::uri(&path)}, "position": {"line": 0, "character": 2}}),
    );
    assert_eq!(client.answer(&json!(id))["error"]["message"], "Nothing here has a name that can be changed.");
    client.stop();
}
