//! The loop: the only owner of the host, and the only one that decides anything.
//!
//! Analysis runs beside the loop, one at a time, on a world that cannot change; a result that is late is dropped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};
use tower_lsp::ls_types::notification::{Notification, PublishDiagnostics};
use tower_lsp::ls_types::request::Request;
use tower_lsp::ls_types::{
    ConfigurationItem, Diagnostic, DidChangeTextDocumentParams, DidOpenTextDocumentParams, MessageType, ProgressToken,
    PublishDiagnosticsParams, Registration, Uri, WorkspaceFoldersChangeEvent,
};

use super::capabilities::Client;
use super::convert::diagnostics::{self, Analysis};
use super::convert::overlay::Colours;
use super::convert::preview::SCHEME;
use super::convert::status::{Health, ServerStatus, ServerStatusParams};
use super::convert::{self, Coloured, Opened, Snapshot};
use super::display::Display;
use super::progress::First;
use super::{fence, watch};
use crate::host::{Change, Host};
use crate::vfs::{OsDisk, is_unsaved};
use crate::world::Spoken;

/// Edits closer to each other than this are checked together.
const DEBOUNCE: Duration = Duration::from_millis(120);

/// The settings' section, in every editor.
const SECTION: &str = "kubeblocks";

/// More previews than this are not refreshed.
const MAX_PREVIEWS: usize = 8;

/// `workspace/textDocumentContent/refresh`
enum ContentRefresh {}

#[derive(serde::Serialize, serde::Deserialize)]
struct ContentRefreshParams {
    uri: Uri,
}

impl Request for ContentRefresh {
    type Params = ContentRefreshParams;
    type Result = ();
    const METHOD: &'static str = "workspace/textDocumentContent/refresh";
}

/// A question of the client's. It looks itself whether the answer is still wanted.
pub(super) type Job = Box<dyn FnOnce(&Snapshot) + Send>;

/// What the client said of itself when it came.
pub(super) struct Start {
    pub(super) client: Client,
    pub(super) folders: Vec<Utf8PathBuf>,
    pub(super) options: Option<Value>,
}

/// All that can happen.
pub(super) enum Event {
    Start(Start),
    /// The client has heard what we offer.
    Ready,
    Opened(DidOpenTextDocumentParams),
    Changed(DidChangeTextDocumentParams),
    Saved(Uri),
    Closed(Uri),
    Ask(Job),
    Checked(Checked),
    /// The client shows this preview.
    Previewed(Uri),
    /// The client has these colours of a document.
    Painted(Utf8PathBuf, Arc<Colours>),
    /// The client wants no more of what it shows under this token.
    Stopped(ProgressToken),
    /// The settings of our section.
    Config(Value),
    /// Some settings changed; these are all that the client pushed, if it did.
    ConfigChanged(Value),
    /// Something happened to these files or folders on disk.
    Watched(Vec<Utf8PathBuf>),
    Folders(WorkspaceFoldersChangeEvent),
}

/// The result of an analysis, or of a part of it.
pub(super) struct Checked {
    /// [`Server::changes`] when it began.
    began: u64,
    part: Part,
}

/// What people look at comes first. Nothing comes of an analysis that failed, or was overtaken.
enum Part {
    /// The documents that are open, by path.
    Open(Option<BTreeMap<Utf8PathBuf, Vec<Diagnostic>>>),
    All(Option<Analysis>),
}

/// A document that the editor owns; what questions need of it is [`Server::known`].
struct Open {
    text: Arc<str>,
    /// The chart it belongs to, where no opened folder holds it.
    home: Option<Utf8PathBuf>,
    /// The hash of what a client that asks for findings was to hear, when the document was analysed last.
    told: Option<u64>,
}

/// What the client is told, in order.
enum Letter {
    Findings(PublishDiagnosticsParams),
    Status(ServerStatusParams),
}

/// What the client was told of one file.
struct Published {
    version: Option<i32>,
    findings: Vec<Diagnostic>,
}

pub(super) struct Server {
    host: Host,
    client: Arc<Client>,
    front: tower_lsp::Client,
    events: WeakUnboundedSender<Event>,
    /// To the task that publishes: the loop itself never waits for the client.
    outbox: UnboundedSender<Letter>,
    ready: bool,
    folders: Vec<Utf8PathBuf>,
    open: BTreeMap<Utf8PathBuf, Open>,
    /// Of them, what questions need.
    known: Arc<BTreeMap<Utf8PathBuf, Opened>>,
    coloured: Coloured,
    /// What the client shows of the first analysis.
    first: Option<First>,
    /// The client wants no more of the analysis that is under way.
    stopped: Arc<AtomicBool>,
    /// The previews that the client asked for, the latest last.
    previews: VecDeque<Uri>,
    /// The world that they show.
    previewed: u64,
    display: Display,
    /// The documents that were changed since the last analysis; a change of anything else counts as `None`.
    touched: BTreeSet<Option<Utf8PathBuf>>,
    /// The settings that came with `initialize`.
    options: serde_json::Map<String, Value>,
    /// What happened to the host's files and is not yet in its world: many documents may be opened at once.
    pending: Vec<Change>,
    /// Counts what changes worlds. An analysis sees by it that it was overtaken.
    changes: Arc<AtomicU64>,
    /// Counts the worlds.
    generation: u64,
    /// When the present world is to be analysed, if it is not yet.
    due: Option<Instant>,
    checking: bool,
    published: BTreeMap<Utf8PathBuf, Published>,
    /// In the last world of which the client was told as a whole.
    spoken: Option<Spoken>,
    /// The documents that were opened or closed since then, or of which the client was told ahead of the others.
    handed: BTreeSet<Utf8PathBuf>,
    watched: watch::Watched,
    /// The last analysis ended in a panic.
    failed: bool,
    /// Why settings are not used.
    refused: Option<String>,
    /// What the client was told of how we are.
    status: Option<ServerStatusParams>,
}

impl Server {
    pub(super) fn new(front: tower_lsp::Client, events: WeakUnboundedSender<Event>) -> Self {
        let (outbox, mut letters) = unbounded_channel();
        let postman = front.clone();
        tokio::spawn(async move {
            while let Some(letter) = letters.recv().await {
                match letter {
                    Letter::Findings(findings) => postman.send_notification::<PublishDiagnostics>(findings).await,
                    Letter::Status(status) => postman.send_notification::<ServerStatus>(status).await,
                }
            }
        });
        Self {
            host: Host::new(Arc::new(OsDisk)),
            client: Arc::default(),
            front,
            events,
            outbox,
            ready: false,
            folders: Vec::new(),
            open: BTreeMap::new(),
            known: Arc::default(),
            coloured: Arc::default(),
            first: None,
            stopped: Arc::default(),
            previews: VecDeque::new(),
            previewed: 0,
            display: Display::default(),
            touched: BTreeSet::new(),
            options: serde_json::Map::new(),
            pending: Vec::new(),
            changes: Arc::default(),
            generation: 0,
            due: None,
            checking: false,
            published: BTreeMap::new(),
            spoken: None,
            handed: BTreeSet::new(),
            watched: watch::Watched::default(),
            failed: false,
            refused: None,
            status: None,
        }
    }

    /// Runs until nobody can send events any more.
    pub(super) async fn run(mut self, mut inbox: UnboundedReceiver<Event>) {
        loop {
            let due = self.due.filter(|_| !self.checking);
            let event = tokio::select! {
                biased;
                event = inbox.recv() => event,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.check();
                    continue;
                }
            };
            let Some(event) = event else { return };
            self.handle(event);
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Start(start) => {
                self.client = Arc::new(start.client);
                self.folders = start.folders;
                if let Some(Value::Object(options)) = start.options.map(section) {
                    self.options = options;
                    self.configure(Value::Null);
                }
            }
            Event::Ready => {
                self.ready = true;
                self.register_previews();
                self.first = self.client.progress.then(|| First::shown(self.front.clone()));
                self.look();
                self.ask_for_settings();
            }
            Event::Opened(params) => self.opened(params),
            Event::Changed(params) => self.changed(params),
            Event::Saved(uri) => {
                if let Some(path) = convert::path(&uri) {
                    let changes = self.listing(&path);
                    self.apply(changes);
                }
            }
            Event::Closed(uri) => self.closed(&uri),
            Event::Ask(job) => {
                self.step();
                let snapshot = self.snapshot();
                tokio::task::spawn_blocking(move || job(&snapshot));
            }
            Event::Checked(checked) => {
                let timely = checked.began == self.changes.load(Ordering::Relaxed);
                match checked.part {
                    Part::Open(findings) => {
                        if let Some(findings) = findings.filter(|_| timely) {
                            self.refresh(&findings);
                            let paths: BTreeSet<_> = findings.keys().cloned().collect();
                            self.handed.extend(paths.iter().cloned());
                            self.publish(findings, paths);
                        }
                    }
                    Part::All(analysis) => {
                        self.checking = false;
                        let stopped = analysis.is_none() && self.stopped.load(Ordering::Relaxed);
                        if timely || stopped {
                            self.first = None;
                        }
                        if stopped {
                            self.show_status(true);
                        } else if timely {
                            // Who hears of it has heard of all findings.
                            self.failed = analysis.is_none();
                            if let Some(analysis) = analysis {
                                self.tell(analysis);
                            }
                            self.show_status(true);
                        }
                    }
                }
            }
            Event::Previewed(uri) => {
                self.previews.retain(|known| *known != uri);
                self.previews.push_back(uri);
                if self.previews.len() > MAX_PREVIEWS {
                    self.previews.pop_front();
                }
            }
            Event::Painted(path, colours) => {
                if self.open.contains_key(&path) {
                    Arc::make_mut(&mut self.coloured).insert(path, colours);
                }
            }
            Event::Stopped(token) => {
                if First::is(&token) {
                    self.stopped.store(true, Ordering::Relaxed);
                }
            }
            Event::Config(settings) => self.configure(settings),
            Event::ConfigChanged(settings) => {
                if self.client.configuration {
                    self.ask_for_settings();
                } else if let Some(settings) = settings.get(SECTION) {
                    self.configure(settings.clone());
                }
            }
            Event::Watched(paths) => {
                let paths: BTreeSet<_> = paths.into_iter().collect();
                self.apply(paths.into_iter().map(Change::Disk).collect());
            }
            Event::Folders(event) => {
                let removed: Vec<_> = event.removed.iter().filter_map(|folder| convert::folder(&folder.uri)).collect();
                self.folders.retain(|folder| !removed.contains(folder));
                for folder in event.added.iter().filter_map(|folder| convert::folder(&folder.uri)) {
                    if !self.folders.contains(&folder) {
                        self.folders.push(folder);
                    }
                }
                for path in self.open.keys().cloned().collect::<Vec<_>>() {
                    let home = self.home(&path);
                    self.open.entry(path).and_modify(|open| open.home = home);
                }
                self.look();
            }
        }
    }

    /// Keeps what happened for the next world, which is analysed once the client pauses.
    fn apply(&mut self, changes: Vec<Change>) {
        self.touched.extend(changes.iter().map(|change| match change {
            Change::Open(path, _) => Some(path.clone()),
            _ => None,
        }));
        self.pending.extend(changes);
        self.changes.fetch_add(1, Ordering::Relaxed);
        // Also where the world is the same: a document that was opened is to be told of. Before the client is ready the
        // folders are not looked at, and it may not be asked to watch any.
        self.due = self.ready.then(|| Instant::now() + DEBOUNCE);
    }

    /// Makes the next world, if something happened since.
    fn step(&mut self) {
        let changes = std::mem::take(&mut self.pending);
        let opened = changes.iter().filter_map(|change| match change {
            Change::Open(path, _) => Some(path.clone()),
            _ => None,
        });
        let opened: BTreeSet<Utf8PathBuf> = opened.collect();
        if !changes.is_empty() && fence("a change", || self.host.apply(changes)).unwrap_or(true) {
            self.generation += 1;
        }
        // One text is kept once.
        for path in opened {
            if let Some((open, text)) = self.open.get_mut(&path).zip(self.host.opened(&path))
                && open.text == *text
            {
                open.text = text.clone();
            }
        }
    }

    /// Has the host look at the folders that are open now.
    fn look(&mut self) {
        if self.ready {
            let homes = self.open.values().filter_map(|open| open.home.clone());
            let roots: BTreeSet<_> = self.folders.iter().cloned().chain(homes).collect();
            self.apply(vec![Change::Roots(roots.into_iter().collect())]);
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let Some(path) = convert::path(&document.uri) else { return };
        let text = self.host.shared(&path, document.text);
        let home = self.home(&path);
        let far = home.is_some();
        let known = Opened { uri: document.uri, version: document.version };
        Arc::make_mut(&mut self.known).insert(path.clone(), known);
        let open = Open { text: text.clone(), home, told: None };
        self.open.insert(path.clone(), open);
        self.handed.insert(path.clone());
        // Who asks for the findings of open documents has them twice otherwise, for a moment.
        if self.client.pull && self.published.remove(&path).is_some_and(|told| !told.findings.is_empty()) {
            let uri = self.known[&path].uri.clone();
            let nothing = PublishDiagnosticsParams { uri, diagnostics: Vec::new(), version: None };
            let _ = self.outbox.send(Letter::Findings(nothing));
        }
        let mut changes = self.listing(&path);
        changes.push(Change::Open(path, text));
        self.apply(changes);
        if far {
            self.look();
        }
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let Some(path) = convert::path(&params.text_document.uri) else { return };
        let Some(open) = self.open.get_mut(&path) else {
            tracing::warn!(%path, "a change of a document that is not open");
            return;
        };
        let version = params.text_document.version;
        Arc::make_mut(&mut self.known).entry(path.clone()).and_modify(|known| known.version = version);
        open.text = convert::edited(&open.text, params.content_changes, &self.client);
        let text = open.text.clone();
        self.apply(vec![Change::Open(path, text)]);
    }

    fn closed(&mut self, uri: &Uri) {
        let Some(path) = convert::path(uri) else { return };
        let Some(closed) = self.open.remove(&path) else { return };
        Arc::make_mut(&mut self.known).remove(&path);
        Arc::make_mut(&mut self.coloured).remove(&path);
        self.published.entry(path.clone()).and_modify(|published| published.version = None);
        self.handed.insert(path.clone());
        self.apply(vec![Change::Close(path)]);
        if closed.home.is_some() {
            self.look();
        }
    }

    /// The chart of a file that no opened folder holds.
    fn home(&mut self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        if self.folders.iter().any(|folder| path.starts_with(folder)) {
            return None;
        }
        self.step();
        self.host.home(path)
    }

    /// Without watchers, a chart's folder is listed again when one of its files is opened or saved.
    fn listing(&mut self, path: &Utf8Path) -> Vec<Change> {
        if self.client.watch || is_unsaved(path) {
            return Vec::new();
        }
        self.step();
        let world = self.host.world();
        let chart = world.charts.around(path);
        chart
            .map(|chart| chart.root.as_path())
            .or(path.parent())
            .map(|folder| Change::Look(folder.to_owned()))
            .into_iter()
            .collect()
    }

    fn snapshot(&mut self) -> Snapshot {
        self.step();
        Snapshot {
            world: self.host.world(),
            client: self.client.clone(),
            open: self.known.clone(),
            display: self.display,
            coloured: self.coloured.clone(),
        }
    }

    /// Starts the analysis of the present world.
    fn check(&mut self) {
        self.due = None;
        self.checking = true;
        self.show_status(false);
        let snapshot = self.snapshot();
        self.refresh_previews();
        let (changes, began) = (self.changes.clone(), self.changes.load(Ordering::Relaxed));
        let (events, spoken, handed) = (self.events.clone(), self.spoken.clone(), self.handed.clone());
        let steps = self.first.as_ref().map(|first| first.steps.clone());
        let stopped = self.stopped.clone();
        stopped.store(false, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || {
            let send = |part| {
                if let Some(events) = events.upgrade() {
                    let _ = events.send(Event::Checked(Checked { began, part }));
                }
            };
            send(Part::Open(fence("the analysis", || snapshot.of_open_files(spoken.as_ref(), &handed))));
            let wanted = |done, all| {
                if let Some(steps) = &steps {
                    steps.send_replace((done, all));
                }
                changes.load(Ordering::Relaxed) == began && !stopped.load(Ordering::Relaxed)
            };
            let all = fence("the analysis", || snapshot.analysis(spoken.as_ref(), &handed, &wanted));
            send(Part::All(all.flatten()));
        });
    }

    /// Tells the client of the whole world.
    fn tell(&mut self, analysis: Analysis) {
        let mut paths: BTreeSet<_> = analysis.findings.keys().cloned().collect();
        if analysis.all {
            paths.extend(self.published.keys().cloned());
        }
        self.publish(analysis.findings, paths);
        self.spoken = Some(analysis.spoken);
        self.handed.clear();
        // Else the charts were read from the same folders.
        if analysis.all {
            self.watch();
        }
    }

    /// Has a client that asks for findings ask again, where those of some open document changed by other hands.
    fn refresh(&mut self, findings: &BTreeMap<Utf8PathBuf, Vec<Diagnostic>>) {
        let touched = std::mem::take(&mut self.touched);
        // A client looks again by itself at the one document that it changes.
        if self.open.len() > 1 || touched.contains(&None) {
            self.repaint();
        }
        if !self.client.pull {
            return;
        }
        let own = |path: &Utf8PathBuf| touched.len() == 1 && touched.contains(&Some(path.clone()));
        let mut changed = false;
        for (path, findings) in findings {
            let Some(open) = self.open.get_mut(path) else { continue };
            let told = diagnostics::hash(findings);
            changed |= open.told.replace(told).is_some_and(|old| old != told) && !own(path);
        }
        if changed {
            let front = self.front.clone();
            tokio::spawn(async move { front.workspace_diagnostic_refresh().await });
        }
    }

    /// Has the client ask again for the previews that it shows.
    fn refresh_previews(&mut self) {
        if !self.client.content || self.previews.is_empty() || self.previewed == self.generation {
            return;
        }
        self.previewed = self.generation;
        let (front, previews) = (self.front.clone(), self.previews.clone());
        tokio::spawn(async move {
            for uri in previews {
                let _ = front.send_request::<ContentRefresh>(ContentRefreshParams { uri }).await;
            }
        });
    }

    /// Tells the client how we are, if that is news.
    fn show_status(&mut self, quiescent: bool) {
        let (health, message) = match &self.refused {
            _ if self.failed => (Health::Error, Some("The last analysis failed; please report it.".to_owned())),
            Some(why) => (Health::Warning, Some(why.clone())),
            None => (Health::Ok, None),
        };
        let status = ServerStatusParams { health, quiescent, message };
        if self.client.shows_status && self.status.as_ref() != Some(&status) {
            self.status = Some(status.clone());
            let _ = self.outbox.send(Letter::Status(status));
        }
    }

    /// Has the client ask for previews here.
    fn register_previews(&self) {
        if !self.client.content {
            return;
        }
        let registration = Registration {
            id: "previews".into(),
            method: "workspace/textDocumentContent".into(),
            register_options: Some(serde_json::json!({"schemes": [SCHEME]})),
        };
        let front = self.front.clone();
        tokio::spawn(async move { register(&front, registration).await });
    }

    /// Has the client ask again for what is laid over texts.
    fn repaint(&self) {
        let (front, client) = (self.front.clone(), self.client.clone());
        if self.open.is_empty() {
            return;
        }
        tokio::spawn(async move {
            if client.refreshes_hints {
                let _ = front.inlay_hint_refresh().await;
            }
            if client.refreshes_lenses {
                let _ = front.code_lens_refresh().await;
            }
            if client.refreshes_tokens {
                let _ = front.semantic_tokens_refresh().await;
            }
        });
    }

    /// Tells the client what is different from what it was told before of these files.
    fn publish(&mut self, mut findings: BTreeMap<Utf8PathBuf, Vec<Diagnostic>>, paths: BTreeSet<Utf8PathBuf>) {
        for path in paths {
            let mut findings = findings.remove(&path).unwrap_or_default();
            let open = self.known.get(&path);
            let mut version = open.map(|open| open.version);
            if !self.client.push || self.client.pull && open.is_some() {
                (findings, version) = (Vec::new(), None);
            }
            let news = match self.published.get(&path) {
                // A document that was just opened is told of even if there is nothing to say.
                None => !findings.is_empty() || version.is_some(),
                // Editors move their marks with the text; a new version gets new marks.
                Some(old) if old.findings == findings => {
                    version.is_some() && version != old.version && (!findings.is_empty() || old.version.is_none())
                }
                Some(_) => true,
            };
            if news && let Some(uri) = open.map(|open| open.uri.clone()).or_else(|| convert::uri(&path)) {
                let news = PublishDiagnosticsParams { uri, diagnostics: findings.clone(), version };
                let _ = self.outbox.send(Letter::Findings(news));
            }
            if findings.is_empty() && version.is_none() {
                self.published.remove(&path);
            } else {
                self.published.insert(path, Published { version, findings });
            }
        }
    }

    /// Takes the settings of our section over those of `initialize`; what is missing has its default.
    fn configure(&mut self, settings: Value) {
        let mut all = self.options.clone();
        if let Value::Object(settings) = section(settings) {
            all.extend(settings.into_iter().filter(|(_, value)| !value.is_null()));
        }
        let read =
            Display::take(&mut all).and_then(|display| Ok((display, serde_json::from_value(Value::Object(all))?)));
        match read {
            Ok((display, config)) => {
                self.refused = None;
                if self.display != display {
                    self.display = display;
                    self.repaint();
                }
                self.apply(vec![Change::Config(config)]);
            }
            Err(fault) => {
                let front = self.front.clone();
                let message = format!("The settings of kubeblocks-ls are not used: {fault}");
                self.refused = Some(message.clone());
                self.show_status(self.ready && !self.checking && self.due.is_none());
                tokio::spawn(async move { front.show_message(MessageType::WARNING, message).await });
            }
        }
    }

    /// Asks for the settings of our section. Nothing waits for the answer.
    fn ask_for_settings(&self) {
        if !self.client.configuration {
            return;
        }
        let (front, events) = (self.front.clone(), self.events.clone());
        tokio::spawn(async move {
            let item = ConfigurationItem { scope_uri: None, section: Some(SECTION.into()) };
            let answer = front.configuration(vec![item]).await.unwrap_or_default();
            if let Some(events) = events.upgrade() {
                let _ = events.send(Event::Config(answer.into_iter().next().unwrap_or_default()));
            }
        });
    }

    /// Has the client watch what the present charts were read from.
    fn watch(&mut self) {
        if !self.client.watch {
            return;
        }
        let Some(change) = self.watched.update(&self.host.world(), self.client.relative_patterns) else { return };
        let front = self.front.clone();
        tokio::spawn(async move {
            let registration = Registration {
                id: change.id,
                method: tower_lsp::ls_types::notification::DidChangeWatchedFiles::METHOD.into(),
                register_options: serde_json::to_value(change.options).ok(),
            };
            register(&front, registration).await;
            if let Some(old) = change.old {
                let _ = front.unregister_capability(vec![old]).await;
            }
        });
    }
}

/// Asks the client to take part in something. It does without what it refuses, or has no time for any more.
async fn register(front: &tower_lsp::Client, registration: Registration) {
    let method = registration.method.clone();
    if let Err(fault) = front.register_capability(vec![registration]).await {
        tracing::info!(%method, %fault, "not registered");
    }
}

/// Our section, where a client passes all settings instead.
fn section(settings: Value) -> Value {
    match settings {
        Value::Object(mut all) if all.get(SECTION).is_some_and(Value::is_object) => {
            all.remove(SECTION).unwrap_or_default()
        }
        other => other,
    }
}
