//! How one world becomes the next: the only file that changes anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{self, Config, Layer, Settings};
use crate::helm::chart::{self, Reader};
use crate::helm::sets;
use crate::partial::{self, Kustomization};
use crate::text::FileId;
use crate::vfs::{Disk, Entry, Files, OUT, Source, is_unsaved, normalize};
use crate::world::{Chart, Configuration, Contents, File, World};

/// Rules that find something missing in an object, or in what it is about.
const OF_WHOLE_OBJECTS: [&str; 3] = ["missing-field", "incomplete-object", "unknown-component"];

/// Rules of what stands there, and may be replaced.
const OF_VALUES: [&str; 2] = ["bad-value", "wrong-type"];

/// Folders that hold no charts of the author's.
const SKIPPED_FOLDERS: [&str; 4] = [".git", "node_modules", "target", ".venv"];

/// Folders below a root that are looked at.
const MAX_FOLDERS: usize = 50_000;
/// How far below a root.
const MAX_FOLDER_DEPTH: usize = 32;

/// Texts that are edited at once; where there are more, charts are loaded again.
const MAX_TEXTS: usize = 16;

/// What can happen to the world.
pub enum Change {
    /// The folders (or files) in view are these now.
    Roots(Vec<Utf8PathBuf>),
    /// The editor has this text for the file, whatever the disk has.
    Open(Utf8PathBuf, Arc<str>),
    /// The editor gives the file back to the disk.
    Close(Utf8PathBuf),
    /// Something on the disk may have changed at or below this path.
    Disk(Utf8PathBuf),
    /// The same where nobody said so: what is as it was counts for nothing.
    Look(Utf8PathBuf),
    /// What the editor or the command line says over the files of settings.
    Config(Config),
    /// The one file of settings that counts, wherever it lies.
    ConfigFile(Utf8PathBuf),
    /// See [`World::installed`].
    Installed(Arc<World>),
    /// See [`World::tries_switches`].
    TrySwitches,
}

/// The one variable: the present world, and what it was read from.
pub struct Host {
    world: Arc<World>,
    disk: Arc<dyn Disk>,
    store: Store,
}

/// What is known of files and folders; editor text over the disk's.
#[derive(Default)]
struct Store {
    ids: Files,
    overlay: BTreeMap<Utf8PathBuf, Arc<str>>,
    files: HashMap<Utf8PathBuf, Option<Arc<File>>>,
    members: HashMap<Utf8PathBuf, Arc<File>>,
    folders: HashMap<Utf8PathBuf, Vec<Entry>>,
    roots: Vec<Utf8PathBuf>,
    /// Folders below which files may be read.
    bounds: Vec<Utf8PathBuf>,
    /// The same with links followed.
    real_bounds: Vec<Utf8PathBuf>,
    /// Folders below them, and whether they lie there also with links followed.
    inside: HashMap<Utf8PathBuf, bool>,
    /// As in [`World::whole`].
    whole: bool,
    /// Files with objects of [`partial::STEERS`], and those that had some when settings were put together last.
    steering: BTreeSet<Utf8PathBuf>,
    chosen: Config,
    /// See [`Change::ConfigFile`].
    config_file: Option<Utf8PathBuf>,
    installed: Option<Arc<World>>,
    tries_switches: bool,
}

impl Host {
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        let world = Arc::new(World::new(Vec::new(), BTreeMap::new(), Arc::default(), false));
        Self { world, disk, store: Store::default() }
    }

    pub fn world(&self) -> Arc<World> {
        self.world.clone()
    }

    /// The text that the editor gave for the file at `path`.
    pub fn opened(&self, path: &Utf8Path) -> Option<&Arc<str>> {
        self.store.overlay.get(path)
    }

    /// A text that the editor has for the file at `path`; one that is known already is kept once.
    pub fn shared(&self, path: &Utf8Path, text: String) -> Arc<str> {
        let known = self.store.files.get(path).and_then(Option::as_ref).map(|file| &file.source.text);
        known.filter(|known| ***known == *text).cloned().unwrap_or_else(|| text.into())
    }

    /// The text file at `path` (absolute), as the editor or the disk has it.
    pub fn read(&mut self, path: &Utf8Path) -> Option<Arc<Source>> {
        let disk = self.disk.clone();
        self.store.source(&*disk, path).map(|file| file.source.clone())
    }

    /// The chart that holds the file at `path` (absolute), wherever it lies: the folder of Chart.yaml.
    pub fn home(&mut self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let disk = self.disk.clone();
        if is_unsaved(path) { None } else { self.store.chart_within(&*disk, &normalize(path), |_| true) }
    }

    /// Makes the next world. False when nothing changed and the world is the same one.
    pub fn apply(&mut self, changes: Vec<Change>) -> bool {
        let mut reconfigured = false;
        let mut dirty: BTreeSet<Utf8PathBuf> = BTreeSet::new();
        let mut rescan = false;
        for change in changes {
            match change {
                Change::Roots(roots) => {
                    self.store.roots = roots.iter().map(|root| normalize(root)).collect();
                    let disk = self.disk.clone();
                    self.store.bounds = self.store.roots.clone().iter().map(|r| self.store.bound(&*disk, r)).collect();
                    self.store.real_bounds = self.store.bounds.iter().filter_map(|bound| disk.real(bound)).collect();
                    self.store.inside.clear();
                    self.store.whole = self.store.roots.clone().iter().all(|r| self.store.is_whole(&*disk, r));
                    self.store.whole &= !self.store.roots.is_empty();
                    rescan = true;
                }
                Change::Open(path, text) => {
                    let path = normalize(&path);
                    if self.store.open(&path, text) {
                        rescan |= self.store.appeared(&path, &mut dirty) && !self.keeps_its_place(&path);
                        dirty.insert(path);
                    }
                }
                Change::Close(path) => {
                    let path = normalize(&path);
                    if self.store.overlay.remove(&path).is_some() {
                        rescan |= self.store.refresh(&*self.disk, &path, &mut dirty);
                    }
                }
                Change::Disk(path) => {
                    rescan |= self.store.refresh(&*self.disk, &normalize(&path), &mut dirty);
                }
                Change::Look(path) => {
                    rescan |= self.store.look(&*self.disk, &normalize(&path), &mut dirty);
                }
                Change::Config(new) => {
                    reconfigured |= self.store.chosen != new;
                    self.store.chosen = new;
                }
                Change::TrySwitches => {
                    self.store.tries_switches = true;
                    reconfigured = true;
                }
                Change::Installed(world) => {
                    self.store.installed = Some(world);
                    rescan = true;
                }
                Change::ConfigFile(path) => {
                    self.store.config_file = Some(normalize(&path));
                    reconfigured = true;
                }
            }
        }
        if !rescan && dirty.is_empty() && !reconfigured {
            return false;
        }
        // Who types changes one text, who renames a few, and mostly nothing that tells how charts are put together.
        if !rescan
            && !reconfigured
            && dirty.len() <= MAX_TEXTS
            && let Some(world) = self.with_texts(&dirty)
        {
            self.world = Arc::new(world);
            return true;
        }
        let roots = if rescan { self.scan() } else { self.world.charts.keys().cloned().collect() };
        let config = Arc::new(self.store.configuration(&*self.disk, &roots));
        let mut charts = BTreeMap::new();
        for root in roots {
            let old = self.world.charts.get(&root);
            let settings = Arc::new(config.at(&root));
            let chart = match old {
                Some(chart) if chart.reads.is_disjoint(&dirty) && chart.settings == settings => chart.clone(),
                _ => match self.load(&root, settings) {
                    Some(chart) => Arc::new(chart),
                    None => continue,
                },
            };
            charts.insert(root, chart);
        }
        let installed = |world: &Option<Arc<World>>| world.as_ref().map(Arc::as_ptr);
        if self.world.roots == self.store.roots
            && self.world.whole == self.store.whole
            && self.world.tries_switches == self.store.tries_switches
            && installed(&self.world.installed) == installed(&self.store.installed)
            && self.world.is_made_of(&charts, &config)
        {
            return false;
        }
        let mut world = World::new(self.store.roots.clone(), charts, config, self.store.whole);
        world.installed = self.store.installed.clone();
        world.tries_switches = self.store.tries_switches;
        self.world = Arc::new(world);
        true
    }

    /// The world with the present texts of some files; `None` where these may say how charts are put together.
    fn with_texts(&self, paths: &BTreeSet<Utf8PathBuf>) -> Option<World> {
        let files: Option<Vec<_>> = paths.iter().map(|path| self.store.files.get(path)?.as_ref()).collect();
        self.world.with_texts(files?)
    }

    /// The file is a known part of a chart, a manifest as before, or neither as before, so that its text says nothing of
    /// where charts are.
    fn keeps_its_place(&mut self, path: &Utf8Path) -> bool {
        let mut tells = ["Chart.yaml", config::FILE].iter().chain(&partial::LISTS);
        if tells.any(|name| path.file_name() == Some(name)) || self.store.steering.contains(path) {
            return false;
        }
        let mut charts = path.ancestors().filter_map(|folder| self.world.charts.get(folder));
        if charts.any(|chart| chart.package().is_some() && chart.reads.contains(path)) {
            return true;
        }
        let disk = self.disk.clone();
        let was = self.world.charts.get(path).is_some_and(|chart| chart.package().is_none());
        let is = self.store.is_manifest(&*disk, path);
        match is_unsaved(path) {
            true => was && is && !self.store.source(&*disk, path).is_some_and(|file| partial::is_template(file.text())),
            false => was == is && !self.store.roots.iter().any(|root| root == path),
        }
    }

    /// The roots of all charts and the paths of all lone manifests in view.
    fn scan(&mut self) -> BTreeSet<Utf8PathBuf> {
        let mut found = BTreeSet::new();
        let disk = self.disk.clone();
        for root in self.store.roots.clone() {
            // A packaged chart is one wherever it lies, but where charts keep those they depend on.
            let is_dependency = root.parent().and_then(Utf8Path::file_name) == Some("charts");
            if chart::is_packed(&root) && !is_dependency && self.store.list(&*disk, &root).is_empty() {
                found.insert(root);
                continue;
            }
            if self.store.source(&*disk, &root).is_some() {
                match self.store.chart_above(&*disk, &root) {
                    Some(chart) => found.insert(chart),
                    None => !self.store.is_partial(&*disk, &root) && found.insert(root),
                };
                continue;
            }
            if let Some(chart) = self.store.chart_above(&*disk, &root) {
                found.insert(chart);
            }
            self.scan_folder(&root, &mut found);
        }
        for path in self.store.overlay.keys().cloned().collect::<Vec<_>>() {
            if !found.contains(&path)
                && self.store.chart_above(&*disk, &path).is_none()
                && self.store.is_manifest(&*disk, &path)
            {
                found.insert(path);
            }
        }
        found
    }

    fn scan_folder(&mut self, root: &Utf8Path, found: &mut BTreeSet<Utf8PathBuf>) {
        let disk = self.disk.clone();
        let mut open = vec![(root.to_owned(), false)];
        let mut count = 0;
        while let Some((folder, in_chart)) = open.pop() {
            count += 1;
            if count > MAX_FOLDERS {
                tracing::warn!(%root, "more than {MAX_FOLDERS} folders; the rest is not looked at");
                return;
            }
            let entries = self.store.list(&*disk, &folder);
            let is_chart = entries.iter().any(|entry| entry.name == "Chart.yaml" && !entry.folder);
            if is_chart {
                found.insert(folder.clone());
            }
            let in_chart = in_chart || is_chart;
            for entry in entries {
                let path = folder.join(&entry.name);
                if entry.folder {
                    let part = is_chart && ["charts", "templates"].contains(&entry.name.as_str());
                    // What a link leads to is seen where it is, or leads back here for ever.
                    let seen = entry.link.is_some_and(|target| {
                        folder.starts_with(&target) || self.store.roots.iter().any(|root| target.starts_with(root))
                    });
                    let deep = folder.components().count() > root.components().count() + MAX_FOLDER_DEPTH;
                    if !part && !seen && !deep && !SKIPPED_FOLDERS.contains(&entry.name.as_str()) {
                        open.push((path, in_chart));
                    }
                } else if !in_chart && self.store.is_manifest(&*disk, &path) {
                    found.insert(path);
                }
            }
        }
    }

    fn load(&mut self, root: &Utf8Path, settings: Arc<Settings>) -> Option<Chart> {
        let disk = self.disk.clone();
        let mut reading =
            Reading { disk: &*disk, store: &mut self.store, reads: BTreeSet::new(), files: BTreeMap::new() };
        let manifest = reading.source(root);
        let contents = match manifest {
            Some(source) if is_unsaved(root) && partial::is_template(&source.text) => {
                Contents::Package(Arc::new(chart::of_template(root, source)))
            }
            Some(source) => Contents::Manifest(reading.files.get(&source.id)?.clone()),
            None => Contents::Package(Arc::new(chart::load(root, &mut reading))),
        };
        let sets = match contents {
            Contents::Package(_) => {
                let mut sets = sets::of_folder(root, &mut reading);
                sets.extend(sets::of_settings(root, &settings.values, &mut reading));
                sets
            }
            Contents::Manifest(_) => Vec::new(),
        };
        let Reading { reads, files, .. } = reading;
        let former = self.world.charts.get(root).map(|chart| &**chart);
        Some(Chart::new(root.to_owned(), contents, files, reads, settings, sets, former))
    }
}

impl Store {
    /// Takes the editor's text. False when it is what was known already.
    fn open(&mut self, path: &Utf8Path, text: Arc<str>) -> bool {
        let is_new = self.remember(path, Some(text.clone()));
        // What the disk has, too, is kept once.
        let known = self.files.get(path).and_then(Option::as_ref).map(|file| &file.source.text);
        let text = known.filter(|known| **known == text).cloned().unwrap_or(text);
        self.overlay.insert(path.to_owned(), text);
        is_new
    }

    /// Keeps the file of the same text, so that its cells stay filled. False when nothing changed.
    fn remember(&mut self, path: &Utf8Path, text: Option<Arc<str>>) -> bool {
        let old = self.files.get(path);
        let file = match text {
            None => {
                let changed = !matches!(old, Some(None));
                self.files.insert(path.to_owned(), None);
                return changed;
            }
            Some(text) => Source::new(self.ids.id(path), path.to_owned(), text),
        };
        if let Some(Some(old)) = old
            && old.source.text == file.text
            && old.source.bom == file.bom
        {
            return false;
        }
        if is_steering(&file) {
            self.steering.insert(path.to_owned());
        }
        self.files.insert(path.to_owned(), Some(Arc::new(File::new(Arc::new(file)))));
        true
    }

    /// The bytes of a file, unless a link leads out of the workspace.
    fn bytes(&mut self, disk: &dyn Disk, path: &Utf8Path) -> io::Result<Vec<u8>> {
        if is_unsaved(path) {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        if self.leads_out(disk, path) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, OUT));
        }
        disk.read(path)
    }

    fn text(&mut self, disk: &dyn Disk, path: &Utf8Path) -> Option<Arc<str>> {
        self.bytes(disk, path).ok().and_then(|bytes| String::from_utf8(bytes).ok()).map(Arc::from)
    }

    fn is_bounded(&self, path: &Utf8Path) -> bool {
        self.bounds.iter().any(|bound| path.starts_with(bound))
    }

    /// What is bounded by name is somewhere else when links are followed. Where nothing is, nothing is led out of.
    fn leads_out(&mut self, disk: &dyn Disk, path: &Utf8Path) -> bool {
        let folder = path.parent().unwrap_or(path);
        !self.stays_inside(disk, folder)
            || self.is_bounded(folder) && disk.is_link(path) && !self.is_really_inside(disk.real(path))
    }

    /// A folder does not lead out.
    fn stays_inside(&mut self, disk: &dyn Disk, folder: &Utf8Path) -> bool {
        if let Some(inside) = self.inside.get(folder) {
            return *inside;
        }
        let inside = !self.is_bounded(folder) || self.is_really_inside(disk.real(folder));
        self.inside.insert(folder.to_owned(), inside);
        inside
    }

    fn is_really_inside(&self, real: Option<Utf8PathBuf>) -> bool {
        real.is_none_or(|real| self.real_bounds.iter().any(|bound| real.starts_with(bound)))
    }

    fn source(&mut self, disk: &dyn Disk, path: &Utf8Path) -> Option<Arc<File>> {
        if !self.files.contains_key(path) {
            let text = match self.overlay.get(path) {
                Some(text) => Some(text.clone()),
                None => self.text(disk, path),
            };
            self.remember(path, text);
        }
        self.files.get(path).cloned().flatten()
    }

    /// The folder's entries, with files that only the editor has.
    fn list(&mut self, disk: &dyn Disk, folder: &Utf8Path) -> Vec<Entry> {
        if let Some(entries) = self.folders.get(folder) {
            return entries.clone();
        }
        let listed = !is_unsaved(folder) && self.stays_inside(disk, folder);
        let mut entries = if listed { disk.list(folder) } else { Ok(Vec::new()) }.unwrap_or_default();
        for path in self.overlay.keys() {
            if path.parent() == Some(folder)
                && let Some(name) = path.file_name()
                && !entries.iter().any(|entry| entry.name == name)
            {
                entries.push(Entry { name: name.to_owned(), folder: false, link: None });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        self.folders.insert(folder.to_owned(), entries.clone());
        entries
    }

    /// A file was opened: forgets the listing of its folder where it was not in it. True when charts may have come
    /// or gone.
    fn appeared(&mut self, path: &Utf8Path, dirty: &mut BTreeSet<Utf8PathBuf>) -> bool {
        let Some(folder) = path.parent() else { return false };
        let known = self.folders.get(folder).is_some_and(|entries| {
            entries.iter().any(|entry| Some(entry.name.as_str()) == path.file_name() && !entry.folder)
        });
        if !known {
            if let Some(listed) = self.listed_above(path) {
                self.folders.remove(&listed);
                dirty.insert(listed);
            }
            dirty.insert(folder.to_owned());
        }
        !known || path.extension() == Some("yaml") || path.extension() == Some("yml")
    }

    /// Something is different at `path`: reads again what is known at or below it, and adds what changed to `dirty`.
    /// True when charts may have come or gone.
    fn refresh(&mut self, disk: &dyn Disk, path: &Utf8Path, dirty: &mut BTreeSet<Utf8PathBuf>) -> bool {
        let is_known = self.files.contains_key(path);
        let changed = self.look(disk, path, dirty);
        if is_known {
            return changed;
        }
        // Nobody kept what was there.
        dirty.insert(path.to_owned());
        true
    }

    /// The same where it is not known that something is different.
    fn look(&mut self, disk: &dyn Disk, path: &Utf8Path, dirty: &mut BTreeSet<Utf8PathBuf>) -> bool {
        self.inside.clear();
        let mut changed = false;
        let known: Vec<_> = self.files.keys().filter(|known| known.starts_with(path)).cloned().collect();
        for file in known {
            if self.overlay.contains_key(&file) {
                continue;
            }
            let text = self.bytes(disk, &file).ok().map(String::from_utf8);
            // What is no text is not kept, so nobody can say that it is the same.
            let odd = matches!(text, Some(Err(_)));
            let new = self.remember(&file, text.and_then(Result::ok).map(Arc::from));
            changed |= new;
            if new || odd {
                dirty.insert(file);
            }
        }
        let above = self.listed_above(path);
        let folders: Vec<_> =
            self.folders.keys().filter(|f| f.starts_with(path) || Some(*f) == above.as_ref()).cloned().collect();
        for folder in folders {
            let old = self.folders.remove(&folder);
            if old.as_ref() != Some(&self.list(disk, &folder)) {
                changed = true;
                dirty.insert(folder);
            }
        }
        changed
    }

    /// The nearest folder above that was listed: where a new file stands in a new folder, that one's listing is old.
    fn listed_above(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        path.ancestors().skip(1).find(|folder| self.folders.contains_key(*folder)).map(Utf8Path::to_owned)
    }

    fn chart_above(&mut self, disk: &dyn Disk, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let bounds = self.bounds.clone();
        self.chart_within(disk, path, |folder| bounds.iter().any(|bound| folder.starts_with(bound)))
    }

    /// The chart that holds `path`, as far up as `may_be` allows.
    fn chart_within(
        &mut self,
        disk: &dyn Disk,
        path: &Utf8Path,
        may_be: impl Fn(&Utf8Path) -> bool,
    ) -> Option<Utf8PathBuf> {
        let mut chart = None;
        for folder in path.ancestors().skip(1).take_while(|folder| may_be(folder)) {
            if self.source(disk, &folder.join("Chart.yaml")).is_some() {
                chart = Some(folder.to_owned());
                // A chart in another's `charts/` is judged as part of that one.
                if folder.parent().and_then(Utf8Path::file_name) != Some("charts") {
                    break;
                }
            }
        }
        chart
    }

    fn is_manifest(&mut self, disk: &dyn Disk, path: &Utf8Path) -> bool {
        let json = path.extension() == Some("json");
        if !json && !matches!(path.extension(), Some("yaml" | "yml")) {
            return false;
        }
        let Some(file) = self.source(disk, path) else { return false };
        let text = &file.source.text;
        let is_list = || text.lines().any(|line| line.strip_prefix("kind:").is_some_and(|kind| kind.trim() == "List"));
        let is_group = |at: usize| {
            if json {
                let before = text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
                let key = before.strip_suffix('"').and_then(|before| before.trim_end().strip_suffix(':'));
                return key.is_some_and(|before| before.trim_end().ends_with("\"apiVersion\""));
            }
            let begin = text[..at].rfind('\n').map_or(0, |line_break| line_break + 1);
            let line = text[begin..at].trim_start_matches([' ', '-']);
            // What stands further in is an object of its own in a list alone.
            let outer = line.len() == at - begin;
            line.trim_start_matches(['"', '\'']).starts_with("apiVersion") && (outer || is_list())
        };
        text.match_indices("kubeblocks.io/").any(|(at, _)| is_group(at))
            && (is_unsaved(path) || !partial::is_template(text))
            && !self.is_partial(disk, path)
    }

    /// The file holds no objects, but parts of some.
    fn is_partial(&mut self, disk: &dyn Disk, path: &Utf8Path) -> bool {
        let bounds = self.bounds.clone();
        let mut folders =
            path.ancestors().skip(1).take(4).filter(|at| bounds.iter().any(|bound| at.starts_with(bound)));
        let expects = |entry: &Entry| !entry.folder && partial::is_expectation(entry.name.as_str().into());
        partial::is_expectation(path)
            || partial::is_patch(path)
            || partial::is_later_step(path)
                && path.parent().is_some_and(|folder| self.list(disk, folder).iter().any(expects))
            || folders.any(|folder| {
                partial::LISTS.iter().any(|name| {
                    let list = folder.join(name);
                    let Some(file) = self.source(disk, &list) else { return false };
                    let text = &*file.source.text;
                    let named = path.file_name().is_some_and(|name| text.contains(name));
                    named && partial::listed(&list, text).iter().any(|part| part == path)
                })
            })
    }

    /// All settings for charts at `roots`.
    fn configuration(&mut self, disk: &dyn Disk, roots: &BTreeSet<Utf8PathBuf>) -> Configuration {
        let mut files = BTreeMap::new();
        if let Some(path) = self.config_file.clone() {
            files.extend(self.settings(disk, &path).map(|file| (Utf8PathBuf::new(), file)));
        } else {
            let bounds = self.bounds.clone();
            for root in roots {
                let mut folders = root.ancestors().take_while(|at| bounds.iter().any(|bound| at.starts_with(bound)));
                if let Some(found) = folders.find_map(|folder| {
                    let file = self.settings(disk, &folder.join(config::FILE))?;
                    Some((folder.to_owned(), file))
                }) {
                    files.insert(found.0, found.1);
                }
            }
        }
        // Who writes one before there is a chart wants to hear of it, too.
        let written = self.overlay.keys().filter(|path| path.file_name() == Some(config::FILE));
        let written = written.filter(|_| self.config_file.is_none());
        let written: Vec<_> = written.filter(|path| self.is_bounded(path)).cloned().collect();
        for path in written {
            files.extend(path.parent().map(Utf8Path::to_owned).zip(self.source(disk, &path)));
        }
        let bases = self.roots.iter().map(|root| match self.files.get(root) {
            Some(Some(_)) => root.parent().unwrap_or(root),
            _ => root,
        });
        // Where no folder is open, what the editor says is still said.
        let bases = bases.chain(self.roots.is_empty().then_some("/".into()));
        let mut chosen = if self.chosen == Config::default() {
            Vec::new()
        } else {
            bases.map(|base| Layer::new(self.chosen.clone(), base)).collect()
        };
        // Nobody can say what a template lacks that has no chart yet.
        let lone = roots.iter().filter(|root| is_unsaved(root)).filter(|root| {
            self.files.get(*root).is_some_and(|file| file.iter().any(|file| partial::is_template(file.text())))
        });
        let ignore = Config { ignore: vec!["*".into()], ..Config::default() };
        chosen.extend(lone.map(|root| Layer::new(ignore.clone(), root)));
        let all = self.kustomizations(disk, roots);
        let changed = |it: &Kustomization| it.changes;
        // Where a part of the repository is out of view, so may be what changes the rest.
        let maybe = |it: &Kustomization| it.changes || !self.whole;
        let open: [(&[&str], BTreeSet<&Utf8Path>); 2] =
            [(&OF_WHOLE_OBJECTS, partial::taken(&all, maybe)), (&OF_VALUES, partial::taken(&all, changed))];
        for (rules, taken) in open {
            // Where a folder has no kustomization of its own, all that lies below is taken.
            let is_taken = |root: &&Utf8Path| {
                let mut folders = root.ancestors().skip(1);
                taken.contains(root) || folders.any(|folder| taken.contains(folder) && !all.contains_key(folder))
            };
            let paths: Vec<&Utf8Path> = roots.iter().map(|root| &**root).filter(is_taken).collect();
            let bounds = self.bounds.iter().filter(|_| !paths.is_empty());
            chosen.extend(bounds.map(|bound| Layer::without(rules, &paths, bound)));
        }
        Configuration { files, chosen }
    }

    /// The kustomizations in view, by their folders.
    fn kustomizations(
        &mut self,
        disk: &dyn Disk,
        roots: &BTreeSet<Utf8PathBuf>,
    ) -> BTreeMap<Utf8PathBuf, Kustomization> {
        let named = |entry: &Entry| !entry.folder && Kustomization::NAMES.contains(&entry.name.as_str());
        let listed = self.folders.iter().filter(|(_, entries)| entries.iter().any(named)).map(|(folder, _)| folder);
        // Single files are seen without their folders.
        let manifests = roots.iter().filter(|root| matches!(self.files.get(*root), Some(Some(_))));
        let above = manifests.flat_map(|path| path.ancestors().skip(1).take(4));
        let above = above.filter(|folder| !self.folders.contains_key(*folder)).map(Utf8Path::to_owned);
        let mut folders: BTreeSet<Utf8PathBuf> = listed.cloned().chain(above).collect();
        folders.retain(|folder| self.is_bounded(folder));
        let mut all: BTreeMap<Utf8PathBuf, Kustomization> = folders
            .into_iter()
            .filter_map(|folder| Some((folder.clone(), self.kustomization(disk, &folder)?)))
            .collect();
        let still = |path: &Utf8PathBuf| self.files[path].as_ref().is_some_and(|file| is_steering(&file.source));
        self.steering.retain(still);
        for path in &self.steering {
            let Some(Some(file)) = self.files.get(path) else { continue };
            let bases: Vec<&Utf8Path> = path.ancestors().skip(1).filter(|folder| self.is_bounded(folder)).collect();
            all.insert(path.clone(), partial::steered(&file.source.text, &bases));
        }
        all
    }

    fn kustomization(&mut self, disk: &dyn Disk, folder: &Utf8Path) -> Option<Kustomization> {
        let mut paths = Kustomization::NAMES.iter().map(|name| folder.join(name));
        paths.find_map(|path| Some(Kustomization::of(&path, &self.source(disk, &path)?.source.text)))
    }

    /// A file of settings; one that cannot be read is there, too, and says so.
    fn settings(&mut self, disk: &dyn Disk, path: &Utf8Path) -> Option<Arc<File>> {
        if let Some(file) = self.source(disk, path) {
            return Some(file);
        }
        let is_there = self.list(disk, path.parent()?).iter().any(|entry| Some(&*entry.name) == path.file_name());
        if !is_there {
            return None;
        }
        let words = match self.bytes(disk, path) {
            Ok(_) => "it is not UTF-8".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => error.to_string(),
        };
        let nothing = Source::new(self.ids.id(path), path.to_owned(), "");
        Some(Arc::new(File::closed(Arc::new(nothing), words)))
    }

    /// The folder that may be read for a root: its repository, or else the folder that holds it, or the chart it is in.
    fn bound(&mut self, disk: &dyn Disk, root: &Utf8Path) -> Utf8PathBuf {
        let chart = self.chart_within(disk, root, |_| true);
        let whole = chart.as_deref().unwrap_or(root);
        repository(disk, root).or(whole.parent()).unwrap_or(whole).to_owned()
    }

    /// The root is all there is: a repository, or a folder that belongs to none and is no chart that others may be
    /// beside.
    fn is_whole(&mut self, disk: &dyn Disk, root: &Utf8Path) -> bool {
        match repository(disk, root) {
            Some(repository) => repository == root,
            None => self.source(disk, root).is_none() && self.chart_within(disk, &root.join("x"), |_| true).is_none(),
        }
    }
}

/// The file has objects of [`partial::STEERS`].
fn is_steering(source: &Source) -> bool {
    let groups = || partial::STEERS.iter().any(|group| source.text.contains(group));
    matches!(source.path.extension(), Some("yaml" | "yml")) && groups()
}

/// The repository that holds a folder.
fn repository<'p>(disk: &dyn Disk, root: &'p Utf8Path) -> Option<&'p Utf8Path> {
    root.ancestors().find(|folder| disk.has(&folder.join(".git")))
}

/// The host's answer to a chart that is being read: remembers what was asked.
struct Reading<'h> {
    disk: &'h dyn Disk,
    store: &'h mut Store,
    reads: BTreeSet<Utf8PathBuf>,
    files: BTreeMap<FileId, Arc<File>>,
}

impl Reader for Reading<'_> {
    fn source(&mut self, path: &Utf8Path) -> Option<Arc<Source>> {
        self.reads.insert(path.to_owned());
        let file = self.store.source(self.disk, path)?;
        let source = file.source.clone();
        self.files.insert(source.id, file);
        Some(source)
    }

    fn member(&mut self, path: &Utf8Path, text: String) -> Arc<Source> {
        let known = self.store.members.get(path).filter(|file| *file.source.text == *text).cloned();
        let file = known.unwrap_or_else(|| {
            let source = Source::new(self.store.ids.id(path), path.to_owned(), text);
            let file = Arc::new(File::new(Arc::new(source)));
            self.store.members.insert(path.to_owned(), file.clone());
            file
        });
        let source = file.source.clone();
        self.files.insert(source.id, file);
        source
    }

    fn bytes(&mut self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.reads.insert(path.to_owned());
        self.store.bytes(self.disk, path)
    }

    fn list(&mut self, folder: &Utf8Path) -> Vec<Entry> {
        self.reads.insert(folder.to_owned());
        self.store.list(self.disk, folder)
    }

    fn refusal(&mut self, folder: &Utf8Path) -> Option<String> {
        let refused = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
        self.reads.insert(folder.to_owned());
        let empty = self.store.list(self.disk, folder).is_empty();
        let error = empty.then(|| self.disk.list(folder).err()).flatten();
        error.filter(refused).map(|error| error.to_string())
    }

    fn allowed(&mut self, path: &Utf8Path) -> bool {
        self.store.is_bounded(path) && self.store.stays_inside(self.disk, path)
    }
}
