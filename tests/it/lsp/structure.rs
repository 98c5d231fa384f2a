//! How files are built and hang together.

use serde_json::{Value, json};

use super::client::{Client, params, uri};
use super::{DEFINITION, Workspace, find};

fn document(path: &std::path::Path) -> Value {
    json!({"textDocument": {"uri": uri(path)}})
}

fn workspace() -> Workspace {
    let workspace = Workspace::with(&["tidedb"]);
    workspace.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    workspace.write("c/scripts/a.sh", "true\n");
    workspace.write(
        "c/templates/a.yaml",
        "漢: 😀{{ include \"c.one\" . }}\nb:\n  c: {{ .Files.Get \"scripts/a.sh\" | quote }}\n",
    );
    workspace.write(
        "c/templates/_h.tpl",
        "{{- define \"c.one\" -}}\n{{ include \"c.two\" . }}\n{{- end }}\n{{ define \"c.two\" }}x{{ end }}\n",
    );
    workspace
}

#[test]
fn folds_selections_and_links() {
    let workspace = workspace();
    let mut client = workspace.client();
    let path = workspace.path("c/templates/a.yaml");
    let folds = client.request("textDocument/foldingRange", document(&path));
    assert_eq!(folds[0]["startLine"], 1);
    assert_eq!(folds[0]["endLine"], 2);
    let positions = json!([{"line": 2, "character": 2}, {"line": 99, "character": 0}]);
    let params = json!({"textDocument": {"uri": uri(&path)}, "positions": positions});
    let grown = client.request("textDocument/selectionRange", params);
    assert_eq!(grown.as_array().unwrap().len(), 2);
    assert_eq!(grown[0]["range"]["end"], json!({"line": 2, "character": 3}));
    assert_eq!(grown[0]["parent"]["range"]["start"], json!({"line": 2, "character": 2}));
    let links = client.request("textDocument/documentLink", document(&path));
    assert_eq!(links[0]["target"], uri(&workspace.path("c/scripts/a.sh")));
    assert_eq!(links.as_array().unwrap().len(), 1);
    // What is not ours has nothing.
    let nowhere = document(std::path::Path::new("/nowhere.yaml"));
    for method in ["foldingRange", "documentLink"] {
        assert_eq!(client.request(&format!("textDocument/{method}"), nowhere.clone()), Value::Null);
    }
    client.stop();
}

#[test]
fn highlights_and_names_written_together() {
    let workspace = workspace();
    let mut client = workspace.client();
    let path = workspace.path("c/templates/_h.tpl");
    let found = client.at("textDocument/documentHighlight", &path, 1, 14);
    let kinds: Vec<_> = found.as_array().unwrap().iter().map(|place| place["kind"].clone()).collect();
    assert_eq!(kinds, [2, 3]);
    assert_eq!(found[0]["range"], json!({"start": {"line": 1, "character": 12}, "end": {"line": 1, "character": 17}}));
    let found = client.at("textDocument/linkedEditingRange", &path, 3, 13);
    assert_eq!(found["ranges"].as_array().unwrap().len(), 2);
    assert!(found["wordPattern"].is_string());
    assert_eq!(client.at("textDocument/linkedEditingRange", &path, 0, 14), Value::Null);
    client.stop();
}

#[test]
fn call_hierarchy() {
    let workspace = workspace();
    let mut client = workspace.client();
    let path = workspace.path("c/templates/a.yaml");
    let columns = "漢: 😀{{ include \"".len() as u32;
    let items = client.at("textDocument/prepareCallHierarchy", &path, 0, columns + 1);
    assert_eq!(items[0]["name"], "c.one");
    assert_eq!(items[0]["uri"], uri(&workspace.path("c/templates/_h.tpl")));
    let calls = client.request("callHierarchy/incomingCalls", json!({"item": items[0]}));
    assert_eq!(calls[0]["from"]["name"], "a.yaml");
    let range = json!({"start": {"line": 0, "character": columns}, "end": {"line": 0, "character": columns + 5}});
    assert_eq!(calls[0]["fromRanges"], json!([range]));
    let calls = client.request("callHierarchy/outgoingCalls", json!({"item": items[0]}));
    assert_eq!(calls[0]["to"]["name"], "c.two");
    let calls = client.request("callHierarchy/outgoingCalls", json!({"item": calls[0]["to"]}));
    assert_eq!(calls, json!([]));
    assert_eq!(client.at("textDocument/prepareCallHierarchy", &path, 1, 0), Value::Null);
    client.stop();
}

#[test]
fn symbols_of_the_workspace() {
    let workspace = workspace();
    for new in [true, false] {
        let mut params = params(std::slice::from_ref(&workspace.root));
        if new {
            params["capabilities"]["workspace"]["symbol"] =
                json!({"resolveSupport": {"properties": ["location.range"]}});
        }
        let mut client = Client::start(params);
        let found = client.request("workspace/symbol", json!({"query": "cdtidedb"}));
        assert_eq!(found[0]["name"], "ClusterDefinition tidedb");
        assert_eq!(found[0]["containerName"], "tidedb");
        assert_eq!(found[0]["location"]["uri"], uri(&workspace.path(DEFINITION)));
        let found = client.request("workspace/symbol", json!({"query": "c.two"}));
        assert_eq!(found[0]["name"], "c.two");
        assert_eq!(client.request("workspace/symbol", json!({"query": "no such thing"})), json!([]));
        client.stop();
    }
}

#[test]
fn declaration_and_implementation_are_the_definition() {
    let workspace = workspace();
    let mut client = workspace.client();
    let path = workspace.path(DEFINITION);
    let (line, column) = find(&std::fs::read_to_string(&path).unwrap(), "- *metaRef");
    let expected = client.at("textDocument/definition", &path, line, column + 4);
    assert!(expected.is_array());
    for what in ["declaration", "implementation"] {
        assert_eq!(client.at(&format!("textDocument/{what}"), &path, line, column + 4), expected);
    }
    client.stop();
}
