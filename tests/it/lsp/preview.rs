//! Rendered previews, and the way there and back.

use serde_json::{Value, json};

use super::client::{Client, params, uri};
use super::{DEFINITION, Workspace, find};

fn workspace() -> Workspace {
    let workspace = Workspace::with(&["tidedb"]);
    workspace.write("c d/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    workspace.write("c d/values.yaml", "a: one\n");
    workspace.write("c d/ci/more-values.yaml", "a: two\n");
    workspace.write("c d/templates/a.yaml", "漢: 😀{{ .Values.a }}\nb: {{ fail \"no\" }}\n");
    workspace
}

#[test]
fn documents_of_the_server_are_refreshed() {
    let workspace = workspace();
    let path = workspace.path("c d/templates/a.yaml");
    let mut params = params(std::slice::from_ref(&workspace.root));
    params["capabilities"]["workspace"]["textDocumentContent"] = json!({"dynamicRegistration": true});
    let mut client = Client::start(params);
    client.wait_for("the registration", |client| client.registered.contains_key("previews"));
    assert_eq!(client.registered["previews"]["registerOptions"], json!({"schemes": ["kubeblocks-rendered"]}));
    let rendered = client.request("kubeblocks/rendered", json!({"uri": uri(&path)}));
    let own = rendered["uri"].as_str().unwrap().to_owned();
    assert!(own.starts_with("kubeblocks-rendered:/c/a.yaml?file%3A%2F%2F%2F"), "{own}");
    let text = rendered["text"].as_str().unwrap();
    assert!(text.contains("\n漢: 😀one\n# MISSING: "), "{text}");
    assert_eq!(rendered["poisoned"].as_array().unwrap().len(), 1);
    assert_eq!(rendered["sets"].as_array().unwrap().len(), 2);
    let content = client.request("workspace/textDocumentContent", json!({"uri": own}));
    assert_eq!(content["text"], rendered["text"]);
    // Another value set, in the address or beside it.
    let other = client.request("kubeblocks/rendered", json!({"uri": uri(&path), "values": rendered["sets"][1]}));
    assert!(other["text"].as_str().unwrap().contains("😀two"), "{other}");
    let again = client.request("workspace/textDocumentContent", json!({"uri": other["uri"]}));
    assert_eq!(again["text"], other["text"]);
    // As one types, without a save.
    client.open(&path, "漢: 😀{{ .Values.a | upper }}\n");
    client.wait_for("a refresh", |client| client.refreshed.contains_key("textDocumentContent"));
    let content = client.request("workspace/textDocumentContent", json!({"uri": own}));
    assert!(content["text"].as_str().unwrap().ends_with("\n漢: 😀ONE\n"), "{content}");
    // What renders nothing still has a text.
    let nothing = client
        .request("workspace/textDocumentContent", json!({"uri": "kubeblocks-rendered:/x/y.yaml?file%3A%2F%2F%2Fx"}));
    assert!(nothing["text"].as_str().unwrap().starts_with("# "));
    assert_eq!(client.request("kubeblocks/rendered", json!({"uri": "untitled:x"})), Value::Null);
    client.stop();
}

#[test]
fn there_and_back() {
    let workspace = workspace();
    let path = workspace.path("c d/templates/a.yaml");
    let mut client = workspace.client();
    let place = |uri: &str, line: u32, column: usize| json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}});
    let there = client.request("kubeblocks/renderedPosition", place(&uri(&path), 0, "漢: 😀{{ .V".len()));
    assert_eq!(there["range"]["start"], json!({"line": 2, "character": "漢: 😀".len()}));
    let preview = there["uri"].as_str().unwrap();
    let back = client.request("kubeblocks/sourcePosition", place(preview, 2, "漢: 😀o".len()));
    assert_eq!(back["uri"], uri(&path));
    let end = "漢: 😀{{ .Values.a }}".len();
    assert_eq!(
        back["range"],
        json!({"start": {"line": 0, "character": "漢: 😀".len()}, "end": {"line": 0, "character": end}})
    );
    // Lines that nobody wrote lead nowhere.
    assert_eq!(client.request("kubeblocks/sourcePosition", place(preview, 0, 3)), Value::Null);
    client.stop();
}

#[test]
fn pictures() {
    let workspace = workspace();
    let mut client = workspace.client();
    let path = workspace.path(DEFINITION);
    let found = client.request("kubeblocks/graph", json!({"textDocument": {"uri": uri(&path)}}));
    for (form, begin, word) in
        [("mermaid", "flowchart TD", "waits for"), ("dot", "digraph", "waits for"), ("svg", "<svg ", "waits for")]
    {
        let text = found[form].as_str().unwrap();
        assert!(text.starts_with(begin) && text.contains(word), "{text}");
        let _ = find(text, "meta");
    }
    client.stop();
}
