//! Clients and folders that mean ill: the server answers what can be answered, keeps its memory, and ends.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, params, uri};
use super::{DEFINITION, Workspace};
use crate::hostile::{CANARY, Hostile};

/// A server that does not end by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn server() -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeblocks-ls"));
    command.arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits for the end, and gives the exit code.
fn end(mut server: Child) -> Option<i32> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(status) = server.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = server.kill();
    panic!("the server hangs");
}

fn frame(message: &Value) -> String {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

fn request(id: u32, method: &str, params: Value) -> String {
    frame(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
}

/// What the server says to these bytes, until it ends.
fn said(bytes: &[u8]) -> (String, Option<i32>) {
    let mut server = server();
    let (mut input, mut output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    // It may leave before it has read all.
    let _ = input.write_all(bytes);
    drop(input);
    let code = end(server);
    (reader.join().unwrap().unwrap(), code)
}

#[test]
fn frames_that_are_none() {
    let (start, ask) = (request(1, "initialize", json!({"capabilities": {}})), request(2, "shutdown", Value::Null));
    let body = r#"{"jsonrpc":"2.0","method":"x"}"#;
    for (bad, heals) in [
        ("Content-Length: 0\r\n\r\n".to_owned(), true),
        ("Content-Length: -1\r\n\r\n".into(), true),
        ("Content-Length: many\r\n\r\n".into(), true),
        ("Content-Length: 18446744073709551616\r\n\r\n".into(), true),
        ("Content-Length: 18446744073709551615\r\n\r\n".into(), false),
        ("Content-Length: 5000000000\r\n\r\n".into(), false),
        (format!("Content-Length: {}\r\n\r\n{body}", body.len() - 3), true),
        (format!("Content-Length: {}\r\n\r\n{body}", body.len() + 20), false),
        (format!("Content-Length: 3\r\nContent-Length: {}\r\n\r\n{body}", body.len()), true),
        (format!("content-length:{}\n\n{body}", body.len()), true),
        (format!("{}\r\n\r\n", "x".repeat(1 << 20)), true),
        ("\r\n".repeat(10_000), true),
        ("\0\0\0\r\n\r\n".into(), true),
        (format!("Content-Length: 40000\r\n\r\n{}", "[".repeat(40_000)), true),
        (format!("Content-Length: {}\r\n\r\n{body}", body.len()).repeat(2_000), true),
        (frame(&json!([{"jsonrpc": "2.0", "id": 9, "method": "x"}])), true),
        (frame(&json!({"jsonrpc": "2.0", "id": 1e300, "method": "x"})), true),
        (frame(&json!({"jsonrpc": "2.0", "id": 77, "result": null})), true),
        (frame(&json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": [1]}})), true),
    ] {
        let what = &bad[..bad.len().min(60)];
        let (words, code) = said(format!("{start}{bad}{ask}").as_bytes());
        assert_eq!(code, Some(0), "{what}");
        assert!(words.contains(r#""id":1"#), "{what}: {words}");
        assert!(!heals || words.contains(r#""result":null,"id":2"#) || words.contains(r#""id":2"#), "{what}: {words}");
        // The same before anything was said, and as the last words.
        assert_eq!(said(bad.as_bytes()).1, Some(0), "{what}");
        assert_eq!(said(&format!("{start}{bad}").as_bytes()[..start.len() + bad.len() / 2]).1, Some(0), "{what}");
    }
}

#[test]
fn before_the_first_word_and_after_the_last() {
    let position = json!({"textDocument": {"uri": "file:///a.yaml"}, "position": {"line": 0, "character": 0}});
    let document = json!({"uri": "file:///a.yaml", "languageId": "yaml", "version": 1, "text": "a: 1\n"});
    let open =
        frame(&json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}));
    let hover = |id| request(id, "textDocument/hover", position.clone());
    let start = |id| request(id, "initialize", json!({"capabilities": {}}));
    let shutdown = |id| request(id, "shutdown", Value::Null);
    let all = format!("{}{open}{}{}{}{}{}", hover(1), shutdown(2), start(3), start(4), shutdown(5), hover(6))
        + &format!("{open}{}{}", start(7), shutdown(8));
    let (words, code) = said(all.as_bytes());
    assert_eq!(code, Some(0));
    for id in 1..=8 {
        assert_eq!(words.matches(&format!(r#""id":{id}"#)).count(), 1, "{id}: {words}");
    }
    // Not ready, not ready, started, started already; after the last word nothing is valid.
    for error in ["-32002", "-32600"] {
        assert!(words.contains(error), "{error}: {words}");
    }
}

#[test]
fn positions_out_of_range() {
    let workspace = Workspace::with(&["tidedb"]);
    let mut client = workspace.client();
    let path = workspace.path(DEFINITION);
    let text = client.open_file(&path);
    let lines = text.lines().count() as u64;
    let document = json!({"uri": uri(&path)});
    for (line, character) in [(0, u32::MAX), (u32::MAX, 0), (u32::MAX, u32::MAX), (lines as u32, 1), (3, 9_999)] {
        let at = json!({"line": line, "character": character});
        let back = json!({"start": at, "end": {"line": 0, "character": 0}});
        let params = json!({
            "textDocument": document, "position": at, "positions": [at, at], "range": back, "newName": "x",
            "context": {"includeDeclaration": true, "diagnostics": []}, "options": {"tabSize": 2, "insertSpaces": true},
        });
        for method in [
            "hover",
            "definition",
            "declaration",
            "implementation",
            "references",
            "documentHighlight",
            "completion",
            "signatureHelp",
            "prepareRename",
            "rename",
            "selectionRange",
            "codeAction",
            "inlayHint",
            "semanticTokens/range",
            "linkedEditingRange",
            "prepareCallHierarchy",
        ] {
            let id = client.ask(&format!("textDocument/{method}"), params.clone());
            let answer = client.answer(&json!(id));
            let code = &answer["error"]["code"];
            assert!(answer.get("result").is_some() || *code == -32803 || *code == -32602, "{method} {at}: {answer}");
        }
    }
    // Edits beyond the end, backwards, in the middle of a character.
    let far = json!({"line": u32::MAX, "character": u32::MAX});
    for (version, range) in [
        json!({"start": far, "end": far}),
        json!({"start": far, "end": {"line": 0, "character": 0}}),
        json!({"start": {"line": 2, "character": 5}, "end": {"line": 1, "character": 2}}),
    ]
    .into_iter()
    .enumerate()
    {
        client.change(&path, version as i64 + 2, json!([{"range": range, "text": "# é😀\n"}]));
    }
    client.change(&path, -7, json!([{"text": "a: é😀\n"}]));
    let middle = json!({"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 5}});
    client.change(&path, 4, json!([{"range": middle, "text": "x"}]));
    client.change(&path, 5, json!([{"text": text}]));
    client.settle();
    client.expect(&path, &[]);
    client.stop();
}

#[test]
fn storms() {
    let workspace = Workspace::with(&["tidedb"]);
    let mut client = workspace.client();
    let path = workspace.path(DEFINITION);
    client.open_file(&path);
    // Of cancelled questions, of answers that nobody asked for, of documents, of folders.
    let ids: Vec<_> = (0..1_000)
        .map(|_| {
            let id = client.ask("textDocument/semanticTokens/full", json!({"textDocument": {"uri": uri(&path)}}));
            client.notify("$/cancelRequest", json!({"id": id}));
            id
        })
        .collect();
    for id in ids {
        let answer = client.answer(&json!(id));
        assert!(answer["error"]["code"] == -32800 || answer.get("result").is_some(), "{answer}");
    }
    for id in 0..1_000 {
        client.notify("$/cancelRequest", json!({"id": id}));
        client.send(&json!({"jsonrpc": "2.0", "id": 5_000 + id, "result": null}));
    }
    let many: Vec<_> = (0..1_000).map(|n| workspace.path(&format!("many/{n}.yaml"))).collect();
    for path in &many {
        client.open(path, "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {name: x}\nspec: {}\n");
    }
    for path in &many {
        client.close(path);
        client.close(path);
        client.change(path, 9, json!([{"text": "late"}]));
    }
    client.may_grumble = true;
    for _ in 0..50 {
        let folder = json!({"uri": uri(&workspace.root), "name": "x"});
        for event in [json!({"added": [], "removed": [folder]}), json!({"added": [folder, folder], "removed": []})] {
            client.notify("workspace/didChangeWorkspaceFolders", json!({"event": event}));
        }
    }
    client.settle();
    for path in &many {
        client.expect(path, &[]);
    }
    client.expect(&path, &[]);
    client.stop();
}

#[test]
fn a_client_that_does_not_read() {
    let workspace = Workspace::with(&["leakydb"]);
    let path = workspace.path("leakydb/templates/clusterdefinition.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let document = json!({"uri": uri(&path), "languageId": "yaml", "version": 1, "text": text});
    let mut server = server();
    let mut input = server.stdin.take().unwrap();
    let start = request(0, "initialize", params(std::slice::from_ref(&workspace.root)));
    let notice = |method: &str, params: Value| frame(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    input.write_all(start.as_bytes()).unwrap();
    input.write_all(notice("initialized", json!({})).as_bytes()).unwrap();
    input.write_all(notice("textDocument/didOpen", json!({"textDocument": document})).as_bytes()).unwrap();
    // Far more answers than fit into any pipe. The server may stop reading; it may not stop ending.
    let writer = std::thread::spawn(move || {
        for id in 1..500 {
            let ask = request(id, "textDocument/documentSymbol", json!({"textDocument": {"uri": uri(&path)}}));
            if input.write_all(ask.as_bytes()).is_err() {
                return;
            }
        }
    });
    std::thread::sleep(Duration::from_secs(2));
    assert!(server.try_wait().unwrap().is_none());
    assert!(memory(server.id()).is_none_or(|bytes| bytes < 400 << 20));
    // Either the pipe is closed at the end, or the reader goes away while the server writes.
    drop(server.stdout.take());
    writer.join().unwrap();
    end(server);
}

/// The resident memory of a process, where the system tells.
fn memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
}

#[test]
fn five_thousand_edits_leave_nothing_behind() {
    let workspace = Workspace::with(&["tidedb", "tidedb-cluster"]);
    let mut client = workspace.client();
    let path = workspace.path(DEFINITION);
    let text = client.open_file(&path);
    client.settle();
    let mut version = 1;
    let mut edits = |client: &mut Client, count: usize| {
        for _ in 0..count {
            version += 1;
            client.change(&path, version, json!([{"text": format!("{text}# {}\n", version % 10)}]));
            if version % 50 == 0 {
                client.at("textDocument/hover", &path, 10, 10);
                client.forget();
            }
        }
        client.settle();
    };
    // The allocator takes some thousand edits to settle.
    edits(&mut client, 8_000);
    let before = memory(client.process());
    edits(&mut client, 5_000);
    let after = memory(client.process());
    if let (Some(before), Some(after)) = (before, after) {
        eprintln!("{} kB before and {} kB after 5,000 edits", before >> 10, after >> 10);
        assert!(after <= before + (1 << 20), "{before} bytes grew to {after}");
    }
    client.expect(&path, &[]);
    client.stop();
}

#[cfg(unix)]
#[test]
fn folders_that_mean_ill() {
    use std::os::unix::fs::symlink;
    let hostile = Hostile::new();
    hostile.chart("good", "a: 1\na: 2\n");
    hostile.chart("far", "a: 1\n");
    symlink(hostile.outside.join("templates/a.yaml"), hostile.root.join("far/templates/b.yaml")).unwrap();
    symlink(&hostile.outside, hostile.root.join("far/files")).unwrap();
    symlink(&hostile.outside, hostile.root.join("out")).unwrap();
    symlink(hostile.outside.join("settings.yaml"), hostile.root.join(".kubeblocks-ls.yaml")).unwrap();
    assert!(Command::new("mkfifo").arg(hostile.root.join("good/templates/p.yaml")).status().unwrap().success());
    let mut client = Client::on(std::slice::from_ref(&hostile.root));
    let good = hostile.root.join("good/templates/a.yaml");
    client.open_file(&good);
    client.finding(&hostile.root.join("good/templates/p.yaml"), "invalid-chart");
    let far = hostile.root.join("far/templates/b.yaml");
    client.finding(&far, "invalid-chart");
    client.finding(&hostile.root.join("far/files"), "invalid-chart");
    client.finding(&hostile.root.join(".kubeblocks-ls.yaml"), "invalid-config");
    for (path, kind) in [("far/templates/b.yaml", 2), ("out", 1), ("good/templates/p.yaml", 2)] {
        client.watched(&[(&hostile.root.join(path), kind)]);
    }
    client.settle();
    let symbols = client.request("workspace/symbol", json!({"query": ""}));
    let told = format!("{symbols} {:?} {:?}", client.findings(&far), client.told());
    assert!(!told.contains(CANARY) && !told.contains("outside"), "{told}");
    client.stop();
}
