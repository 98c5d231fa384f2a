//! A small client: starts the real server, waits for states and not for times, and leaves nothing unread.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A state that is not there by then will not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// One server and what it said.
pub(super) struct Client {
    server: Child,
    input: Option<ChildStdin>,
    /// Reads what the server writes to stderr.
    grumbling: Option<JoinHandle<String>>,
    /// It may write something there.
    pub(super) may_grumble: bool,
    inbox: Receiver<Value>,
    transcript: Vec<String>,
    next_id: i64,
    /// Answers that nobody took yet, by id.
    answers: BTreeMap<String, Value>,
    /// The last published findings of each document, and its version.
    published: BTreeMap<String, (Value, Vec<Value>)>,
    /// Documents with findings that no test looked at.
    unseen: BTreeSet<String>,
    /// The test is about findings.
    looks: Cell<bool>,
    /// Documents that were once told to have no findings.
    emptied: BTreeSet<String>,
    /// What was shown to the user and not looked at.
    pub(super) messages: Vec<String>,
    /// What `workspace/configuration` is answered.
    pub(super) settings: Value,
    /// How often it was asked.
    pub(super) asked_for_settings: usize,
    /// Registrations by id.
    pub(super) registered: BTreeMap<String, Value>,
    /// How often the server asked to be asked again, by what is to be asked for.
    pub(super) refreshed: BTreeMap<String, usize>,
    /// Parts of answers, by the token that was named for them.
    pub(super) parts: BTreeMap<String, Vec<Value>>,
    /// What it said of itself.
    pub(super) states: Vec<Value>,
    /// Beginnings and ends of work that it showed.
    pub(super) progress: Vec<String>,
    /// What it wanted to be shown.
    pub(super) shown: Vec<String>,
    /// What the server offered.
    pub(super) offered: Value,
}

/// The address of a file.
pub(super) fn uri(path: &Path) -> String {
    let mut out = String::from("file://");
    for byte in path.to_str().unwrap().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

impl Client {
    /// Starts the server and does not say a word.
    pub(super) fn silent() -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_kubeblocks-ls"))
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = server.stdout.take().unwrap();
        let input = server.stdin.take();
        let mut stderr = server.stderr.take().unwrap();
        let grumbling = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text).unwrap_or_default()
        });
        let (letters, inbox) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read_message(&mut output) {
                if letters.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            server,
            input,
            grumbling: Some(grumbling),
            may_grumble: false,
            inbox,
            transcript: Vec::new(),
            next_id: 1,
            answers: BTreeMap::new(),
            published: BTreeMap::new(),
            unseen: BTreeSet::new(),
            looks: Cell::new(false),
            emptied: BTreeSet::new(),
            messages: Vec::new(),
            settings: Value::Null,
            asked_for_settings: 0,
            registered: BTreeMap::new(),
            refreshed: BTreeMap::new(),
            parts: BTreeMap::new(),
            states: Vec::new(),
            progress: Vec::new(),
            shown: Vec::new(),
            offered: Value::Null,
        }
    }

    /// Starts the server with these parameters of `initialize`.
    pub(super) fn start(params: Value) -> Self {
        Self::start_with_settings(params, Value::Null)
    }

    pub(super) fn start_with_settings(params: Value, settings: Value) -> Self {
        let mut client = Self::silent();
        client.settings = settings;
        client.initialize(params);
        client
    }

    pub(super) fn initialize(&mut self, mut params: Value) {
        params["capabilities"]["experimental"]["serverStatusNotification"] = json!(true);
        let result = self.request("initialize", params);
        self.offered = result["capabilities"].clone();
        assert_eq!(result["serverInfo"]["name"], "kubeblocks-ls");
        self.notify("initialized", json!({}));
    }

    /// Starts the server on folders, as a client of our own invention.
    pub(super) fn on(folders: &[PathBuf]) -> Self {
        Self::start(params(folders))
    }

    pub(super) fn send(&mut self, message: &Value) {
        self.send_raw(message.to_string().as_bytes());
    }

    pub(super) fn send_raw(&mut self, body: &[u8]) {
        self.transcript.push(format!("--> {}", String::from_utf8_lossy(body)));
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
        input.write_all(body).unwrap();
        input.flush().unwrap();
    }

    /// Sends what may be but a part of a message.
    pub(super) fn send_bytes(&mut self, bytes: &[u8]) {
        self.transcript.push(format!("--> {}", String::from_utf8_lossy(bytes)));
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub(super) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request; its answer is to be taken later.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        id
    }

    /// The answer to a request, error or not.
    pub(super) fn answer(&mut self, id: &Value) -> Value {
        let id = id.to_string();
        self.wait_for(&format!("the answer to {id}"), |client| client.answers.contains_key(&id));
        self.answers.remove(&id).unwrap()
    }

    /// Sends a request and waits for its result.
    pub(super) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let answer = self.answer(&json!(id));
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    pub(super) fn wait_for(&mut self, what: &str, state: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !state(self) {
            match self.inbox.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(message) => self.take(&message),
                Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {what}"),
                Err(RecvTimeoutError::Disconnected) => panic!("the server is gone; waited for {what}"),
            }
        }
    }

    fn take(&mut self, message: &Value) {
        self.transcript.push(format!("<-- {message}"));
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        let params = &message["params"];
        match (message["method"].as_str(), message.get("id")) {
            (None, Some(id)) => {
                let old = self.answers.insert(id.to_string(), message.clone());
                assert!(old.is_none() || id.is_null(), "a second answer: {message}");
            }
            (Some("textDocument/publishDiagnostics"), None) => {
                let uri = params["uri"].as_str().unwrap().to_owned();
                let findings = params["diagnostics"].as_array().unwrap().clone();
                if findings.is_empty() {
                    self.unseen.remove(&uri);
                    self.emptied.insert(uri.clone());
                } else if self.published.get(&uri).is_none_or(|(_, known)| *known != findings) {
                    self.unseen.insert(uri.clone());
                }
                self.published.insert(uri, (params["version"].clone(), findings));
            }
            (Some("window/showMessage"), None) => self.messages.push(params["message"].as_str().unwrap().to_owned()),
            (Some("workspace/configuration"), Some(id)) => {
                assert_eq!(params["items"], json!([{"section": "kubeblocks"}]));
                self.asked_for_settings += 1;
                self.reply(id, &json!([self.settings]));
            }
            (Some("client/registerCapability"), Some(id)) => {
                for registration in params["registrations"].as_array().unwrap() {
                    let name = registration["id"].as_str().unwrap().to_owned();
                    assert!(self.registered.insert(name, registration.clone()).is_none());
                }
                self.reply(id, &Value::Null);
            }
            (Some("client/unregisterCapability"), Some(id)) => {
                for registration in params["unregisterations"].as_array().unwrap() {
                    assert!(self.registered.remove(registration["id"].as_str().unwrap()).is_some());
                }
                self.reply(id, &Value::Null);
            }
            (Some("window/workDoneProgress/create"), Some(id)) => self.reply(id, &Value::Null),
            (Some("experimental/serverStatus"), None) => self.states.push(params.clone()),
            (Some("$/progress"), None) => match params["value"]["kind"].as_str() {
                Some(kind) => self.progress.push(kind.to_owned()),
                None => {
                    let token = params["token"].as_str().unwrap().to_owned();
                    self.parts.entry(token).or_default().push(params["value"].clone());
                }
            },
            (Some("window/showDocument"), Some(id)) => {
                self.shown.push(params["uri"].as_str().unwrap().to_owned());
                self.reply(id, &json!({"success": true}));
            }
            (Some(method), Some(id)) if method.ends_with("/refresh") => {
                let what = method.trim_start_matches("workspace/").trim_end_matches("/refresh");
                *self.refreshed.entry(what.to_owned()).or_default() += 1;
                self.reply(id, &Value::Null);
            }
            _ => panic!("nobody expects {message}"),
        }
    }

    fn reply(&mut self, id: &Value, result: &Value) {
        if self.input.is_none() {
            return;
        }
        self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
    }

    /// Waits until the findings of a file are these: each a line `line:column-line:column rule` (from 1).
    pub(super) fn expect(&mut self, path: &Path, expected: &[&str]) {
        self.looks.set(true);
        let uri = uri(path);
        self.wait_for(&format!("{expected:?} in {uri}"), |client| {
            let found = client.published.get(&uri).map(|(_, findings)| findings.iter().map(place).collect::<Vec<_>>());
            found.as_deref().is_some_and(|found| found == expected) || (found.is_none() && expected.is_empty())
        });
        self.unseen.remove(&uri);
    }

    /// Waits until a file has some finding of this rule, and gives it.
    pub(super) fn finding(&mut self, path: &Path, rule: &str) -> Value {
        self.looks.set(true);
        let uri = uri(path);
        let of = |client: &Self| {
            let findings = client.published.get(&uri).map(|(_, findings)| findings.clone()).unwrap_or_default();
            findings.into_iter().find(|finding| finding["code"] == rule)
        };
        self.wait_for(&format!("{rule} in {uri}"), |client| of(client).is_some());
        self.unseen.remove(&uri);
        of(self).unwrap()
    }

    /// The last findings of a file.
    pub(super) fn findings(&self, path: &Path) -> &[Value] {
        self.looks.set(true);
        self.published.get(&uri(path)).map_or(&[], |(_, findings)| findings)
    }

    /// The last findings of what has this address.
    pub(super) fn findings_at(&mut self, address: &str) -> Vec<Value> {
        self.looks.set(true);
        self.unseen.remove(address);
        self.published.get(address).map(|(_, findings)| findings.clone()).unwrap_or_default()
    }

    /// The file was told to have no findings, now or before.
    pub(super) fn was_emptied(&self, path: &Path) -> bool {
        self.emptied.contains(&uri(path))
    }

    /// The version with which the last findings of a file came.
    pub(super) fn version(&self, path: &Path) -> Value {
        self.published.get(&uri(path)).map(|(version, _)| version.clone()).unwrap_or_default()
    }

    /// The files that were ever told of.
    pub(super) fn told(&self) -> Vec<&str> {
        self.published.keys().map(String::as_str).collect()
    }

    /// Waits until the server has dealt with all that was sent, findings included.
    pub(super) fn settle(&mut self) {
        // A document that is opened is always told of, and after all that came before.
        let path = std::env::temp_dir().join(format!("kubeblocks-ls-settle-{}.txt", self.next_id));
        let uri = uri(&path);
        self.open(&path, "");
        if self.offered["diagnosticProvider"].is_object() {
            self.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
        } else {
            self.wait_for("the server to settle", |client| client.published.contains_key(&uri));
        }
        // Files that are not open come after it, and then that all is said.
        let before = self.states.len();
        let rest = |client: &Self| client.states[before..].iter().any(|state| state["quiescent"] == true);
        self.wait_for("rest", rest);
        self.close(&path);
        self.published.remove(&uri);
    }

    /// The number of the server's process.
    pub(super) fn process(&self) -> u32 {
        self.server.id()
    }

    /// Lets go of what was said so far, where much is said.
    pub(super) fn forget(&mut self) {
        self.transcript.clear();
    }

    pub(super) fn open(&mut self, path: &Path, text: &str) {
        self.open_as(&uri(path), text);
    }

    /// Opens a file whose address is written in a way of its own.
    pub(super) fn open_as(&mut self, address: &str, text: &str) {
        let document = json!({"uri": address, "languageId": "helm", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Opens a file with the text that the disk has.
    pub(super) fn open_file(&mut self, path: &Path) -> String {
        let text = std::fs::read_to_string(path).unwrap();
        self.open(path, &text);
        text
    }

    pub(super) fn change(&mut self, path: &Path, version: i64, changes: Value) {
        let document = json!({"uri": uri(path), "version": version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    pub(super) fn close(&mut self, path: &Path) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri(path)}}));
    }

    pub(super) fn save(&mut self, path: &Path) {
        self.notify("textDocument/didSave", json!({"textDocument": {"uri": uri(path)}}));
    }

    /// Says that files were created (1), changed (2) or deleted (3).
    pub(super) fn watched(&mut self, changes: &[(&Path, u8)]) {
        let changes: Vec<_> = changes.iter().map(|(path, kind)| json!({"uri": uri(path), "type": kind})).collect();
        self.notify("workspace/didChangeWatchedFiles", json!({"changes": changes}));
    }

    /// Asks about the place `line`, `column` (from 0, as the protocol counts).
    pub(super) fn at(&mut self, method: &str, path: &Path, line: u32, column: u32) -> Value {
        let position = json!({"line": line, "character": column});
        self.request(method, json!({"textDocument": {"uri": uri(path)}, "position": position}))
    }

    /// Takes leave in the orderly way; nothing may be left unread.
    pub(super) fn stop(mut self) {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        assert_eq!(self.wait().code(), Some(0));
    }

    /// Prints what was said, long messages cut.
    fn tell(&self) {
        for line in &self.transcript[self.transcript.len().saturating_sub(40)..] {
            let end = kubeblocks_ls::text::floor_char_boundary(line, 600);
            eprintln!("{}", &line[..end]);
        }
    }

    /// Closes the pipe without a word.
    pub(super) fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits for the end of the server, and reads what it still said.
    pub(super) fn wait(&mut self) -> ExitStatus {
        loop {
            match self.inbox.recv_timeout(PATIENCE) {
                Ok(message) => self.take(&message),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the server does not end"),
            }
        }
        let status = self.server.wait().unwrap();
        let words = self.grumbling.take().map(|words| words.join().unwrap()).unwrap_or_default();
        assert!(self.may_grumble || words.is_empty(), "{words}");
        status
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        while let Ok(message) = self.inbox.try_recv() {
            if !std::thread::panicking() {
                self.take(&message);
            }
        }
        if std::thread::panicking() {
            self.tell();
            return;
        }
        // Who asks for something else may leave before the findings come, or after.
        if !self.looks.get() {
            self.unseen.clear();
        }
        let left = format!("{:?} {:?} {:?}", self.answers, self.unseen, self.messages);
        if !(self.answers.is_empty() && self.unseen.is_empty() && self.messages.is_empty()) {
            self.tell();
            panic!("left unread: {left}");
        }
    }
}

/// The parameters of `initialize` of a client that can do much, on these folders.
pub(super) fn params(folders: &[PathBuf]) -> Value {
    let folders: Vec<_> = folders.iter().map(|folder| json!({"uri": uri(folder), "name": "x"})).collect();
    json!({
        "processId": null,
        "rootUri": null,
        "capabilities": {
            "general": {"positionEncodings": ["utf-16", "utf-8"]},
            "textDocument": {
                "publishDiagnostics": {"relatedInformation": true, "tagSupport": {"valueSet": [1, 2]}},
                "definition": {"linkSupport": true},
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
                "hover": {"contentFormat": ["markdown", "plaintext"]}
            },
            "workspace": {
                "configuration": true,
                "workspaceFolders": true,
                "didChangeWatchedFiles": {"dynamicRegistration": true, "relativePatternSupport": true}
            }
        },
        "workspaceFolders": folders
    })
}

fn place(finding: &Value) -> String {
    let number = |at: &Value| at.as_u64().unwrap() + 1;
    let at = |at: &Value| format!("{}:{}", number(&at["line"]), number(&at["character"]));
    assert_eq!(finding["source"], "kubeblocks");
    let range = &finding["range"];
    format!("{}-{} {}", at(&range["start"]), at(&range["end"]), finding["code"].as_str().unwrap_or_default())
}

/// Every byte of the server's output must belong to a message.
fn read_message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = Some(value.parse::<usize>().unwrap()),
            _ if line == "\r\n" => break,
            _ => panic!("no header: {line:?}"),
        }
    }
    let mut body = vec![0; length.unwrap()];
    output.read_exact(&mut body).unwrap();
    Some(serde_json::from_slice(&body).unwrap())
}
