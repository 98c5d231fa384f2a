//! Documents that no file holds.

use serde_json::{Value, json};

use super::client::{Client, uri};
use super::{Workspace, find};

const NEW: &str = "untitled:Untitled-1";

/// A Cluster with a word that is no policy.
const CLUSTER: &str = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: c\nspec:\n  terminationPolicy: Never\n  componentSpecs:\n    - name: a\n      componentDef: x\n      replicas: 1\n      res: {}\n";

fn at(client: &mut Client, method: &str, address: &str, text: &str, what: &str) -> Value {
    let (line, character) = find(text, what);
    let position = json!({"line": line, "character": character + what.len() as u32});
    client.request(method, json!({"textDocument": {"uri": address}, "position": position}))
}

fn codes(client: &mut Client, address: &str) -> Vec<String> {
    client.findings_at(address).iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

fn offers(answer: &Value, label: &str) -> bool {
    answer["items"].as_array().unwrap().iter().any(|item| item["label"] == label)
}

#[test]
fn a_manifest_without_a_folder() {
    let mut client = Client::on(&[]);
    client.open_as(NEW, CLUSTER);
    client.wait_for("its findings", |client| client.told().contains(&NEW));
    assert!(codes(&mut client, NEW).contains(&"bad-value".to_owned()));
    let hover = at(&mut client, "textDocument/hover", NEW, CLUSTER, "terminationPol").to_string();
    assert!(hover.contains("`WipeOut`"), "{hover}");
    assert!(offers(&at(&mut client, "textDocument/completion", NEW, CLUSTER, "      res"), "resources"));
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": NEW}}));
    // What has a name of its own needs no path.
    assert_eq!(at(&mut client, "textDocument/definition", NEW, CLUSTER, "componentDef: x"), Value::Null);
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": NEW}}));
    client.settle();
    assert_eq!(codes(&mut client, NEW), [""; 0]);
    assert_eq!(client.told(), [NEW]);
    client.stop();
}

#[test]
fn a_template_without_a_chart_is_helped_with_and_not_judged() {
    let mut client = Client::on(&[]);
    let text =
        CLUSTER.replace("name: c", "name: {{ .Values.name }}\n  {{- if .Values.x }}\n  labels: {}\n  {{- end }}");
    client.open_as(NEW, &text);
    client.settle();
    assert_eq!(codes(&mut client, NEW), [""; 0]);
    let hover = at(&mut client, "textDocument/hover", NEW, &text, "terminationPol").to_string();
    assert!(hover.contains("`WipeOut`"), "{hover}");
    assert!(offers(&at(&mut client, "textDocument/completion", NEW, &text, "      res"), "resources"));
    client.stop();
}

#[test]
fn a_new_document_sees_the_workspace_and_may_know_its_place() {
    let workspace = Workspace::with(&["tidedb"]);
    let mut client = workspace.client();
    let cluster = "apiVersion: apps.kubeblocks.io/v1alpha1\nkind: Cluster\nmetadata:\n  name: c\nspec:\n  clusterDefinitionRef: tidedb\n";
    client.open_as(NEW, cluster);
    let links = at(&mut client, "textDocument/definition", NEW, cluster, "clusterDefinitionRef: tide");
    assert_eq!(links[0]["targetUri"], uri(&workspace.path(super::DEFINITION)), "{links}");
    // Editors that are told the name of a file that is not there open it so.
    let path = workspace.path("tidedb/templates/new.yaml");
    let address = uri(&path).replace("file://", "untitled:");
    let text = "a: {{ include \"tidedb\n";
    client.open_as(&address, text);
    let answer = at(&mut client, "textDocument/completion", &address, text, "\"tidedb");
    assert!(answer["items"].as_array().is_some_and(|items| !items.is_empty()), "{answer}");
    client.settle();
    client.findings_at(NEW);
    client.findings_at(&address);
    client.stop();
    assert!(!path.exists());
}
