//! The immutable values that hold everything, and the cells in which they remember what was worked out of them.
//!
//! Nothing is invalidated, only replaced: a new text is a new [`File`], a changed chart a new [`Chart`], and the cells
//! of all others stay filled. This is the only room that names `OnceLock`.

mod before;
mod cells;
mod file;
mod memory;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

pub use self::before::Spoken;
use self::before::{Before, Voices};
pub use self::cells::{Cells, Known};
pub use self::file::File;
pub use self::memory::Memory;
use crate::config::{Layer, Settings};
use crate::diagnostic::Diagnostic;
use crate::helm::capabilities::NEIGHBOURS;
use crate::helm::chart::Package;
use crate::helm::render::{self, Options, Render, Rendered};
use crate::helm::sets::ValueSet;
use crate::model::admission::{self, Dating};
use crate::model::charts::{Charts, Files};
use crate::model::facts::Facts;
use crate::model::index::Index;
use crate::model::kept;
use crate::model::object::Document;
use crate::model::{config_template, uses};
use crate::reads::{self, Mark, Marked};
use crate::said::{Changes, Said};
use crate::schema::Schemas;
use crate::schema::docs::Docs;
use crate::schema::release::ReleaseSet;
use crate::template::ast::Define;
use crate::text::{FileId, Span, Splices};
use crate::vfs::Source;
use crate::yaml;

/// All settings.
#[derive(Default)]
pub struct Configuration {
    /// The files that hold settings, by the folder they hold for.
    pub files: BTreeMap<Utf8PathBuf, Arc<File>>,
    /// What the editor or the command line says over them.
    pub chosen: Vec<Layer>,
}

impl Configuration {
    /// The file is one of settings.
    pub fn holds(&self, file: &File) -> bool {
        self.files.values().any(|own| own.source.id == file.source.id)
    }

    /// The same texts, and the same said over them.
    fn is_like(&self, other: &Self) -> bool {
        self.files.keys().eq(other.files.keys())
            && self.files.values().zip(other.files.values()).all(|(one, other)| Arc::ptr_eq(one, other))
            && self.chosen.len() == other.chosen.len()
            && self.chosen.iter().zip(&other.chosen).all(|(one, other)| one.is_like(other))
    }

    /// The file whose settings hold for another one, or for the chart in a folder.
    pub fn file_for(&self, path: &Utf8Path) -> Option<&Arc<File>> {
        let folders = self.files.iter().filter(|(folder, _)| path.starts_with(folder));
        folders.max_by_key(|(folder, _)| folder.as_str().len()).map(|(_, file)| file)
    }

    /// The settings for a file, or for the chart in a folder.
    pub fn at(&self, path: &Utf8Path) -> Settings {
        let file = self.file_for(path).map(|file| &file.config().layer);
        Settings::of(file.into_iter().chain(&self.chosen), path)
    }
}

/// What a [`Chart`] is made of.
#[derive(Clone)]
pub enum Contents {
    /// A folder with Chart.yaml.
    Package(Arc<Package>),
    /// A lone manifest: one file that is YAML as it stands.
    Manifest(Arc<File>),
}

/// A chart, or a lone manifest, in one state and with one set of values.
pub struct Chart {
    /// The folder of Chart.yaml, or the manifest's path.
    pub root: Utf8PathBuf,
    pub contents: Contents,
    /// All text files of the chart and of its dependencies.
    pub files: BTreeMap<FileId, Arc<File>>,
    /// Every path that was read or listed, whether something was there or not: if none of them changed, neither did
    /// the chart.
    pub reads: BTreeSet<Utf8PathBuf>,
    /// The settings for it.
    pub settings: Arc<Settings>,
    /// The values it is seen with.
    pub values: ValueSet,
    /// The same chart seen with its other values.
    pub others: Vec<Arc<Chart>>,
    mark: Mark,
    rendering: OnceLock<Option<Arc<Render>>>,
    documents: OnceLock<Arc<Vec<Document>>>,
    former: Former,
    plain: OnceLock<Arc<Vec<Document>>>,
    promised: OnceLock<Option<ReleaseSet>>,
    dating: Known<Dating>,
    facts: OnceLock<Arc<Facts>>,
    failed: OnceLock<bool>,
    hides_versions: OnceLock<bool>,
    given: OnceLock<BTreeSet<String>>,
    said: OnceLock<Said>,
}

/// What was worked out of a chart's last state that somebody asked about, to be taken over where it still holds.
#[derive(Clone, Default)]
struct Former {
    rendering: Option<Arc<Render>>,
    documents: Option<Documents>,
    plain: Option<Arc<Vec<Document>>>,
}

/// Documents of a chart, the files it had, and what it promised.
#[derive(Clone)]
struct Documents {
    all: Arc<Vec<Document>>,
    files: BTreeMap<FileId, Arc<File>>,
    promised: Option<ReleaseSet>,
    facts: Option<Arc<Facts>>,
}

impl Former {
    fn of(chart: &Chart) -> Self {
        Self {
            rendering: chart.rendering.get().cloned().flatten().or_else(|| chart.former.rendering.clone()),
            documents: match chart.documents.get() {
                Some(all) => {
                    let (files, promised) = (chart.files.clone(), chart.promised());
                    Some(Documents { all: all.clone(), files, promised, facts: chart.facts.get().cloned() })
                }
                None => chart.former.documents.clone(),
            },
            plain: chart.plain.get().cloned().or_else(|| chart.former.plain.clone()),
        }
    }
}

impl Marked for &Arc<Chart> {
    fn mark(&self) -> Mark {
        self.mark
    }
}

impl Chart {
    /// The chart with the first of `sets`, and beside it with all the others. `former` is the chart before the edit.
    pub fn new(
        root: Utf8PathBuf,
        contents: Contents,
        files: BTreeMap<FileId, Arc<File>>,
        reads: BTreeSet<Utf8PathBuf>,
        settings: Arc<Settings>,
        sets: Vec<ValueSet>,
        former: Option<&Chart>,
    ) -> Self {
        let mut sets = sets.into_iter();
        let mut chart = Self::with(root, contents, files, sets.next().unwrap_or_default(), former);
        chart.reads = reads;
        chart.settings = settings.clone();
        let beside = |set| {
            let (root, contents, files) = (chart.root.clone(), chart.contents.clone(), chart.files.clone());
            let mut chart = Self::with(root, contents, files, set, former);
            chart.settings = settings.clone();
            Arc::new(chart)
        };
        chart.others = sets.map(beside).collect();
        chart
    }

    fn with(
        root: Utf8PathBuf,
        contents: Contents,
        files: BTreeMap<FileId, Arc<File>>,
        values: ValueSet,
        former: Option<&Chart>,
    ) -> Self {
        let mut formers = former.into_iter().flat_map(Chart::views);
        let former = formers.find(|former| former.values.name == values.name);
        Self {
            former: former.map(Former::of).unwrap_or_default(),
            root,
            contents,
            files,
            reads: BTreeSet::new(),
            settings: Arc::default(),
            values,
            others: Vec::new(),
            mark: Mark::fresh(),
            rendering: OnceLock::new(),
            documents: OnceLock::new(),
            plain: OnceLock::new(),
            promised: OnceLock::new(),
            dating: Known::default(),
            facts: OnceLock::new(),
            failed: OnceLock::new(),
            hides_versions: OnceLock::new(),
            given: OnceLock::new(),
            said: OnceLock::new(),
        }
    }

    /// The chart after an edit of a file that templates alone ask for, or the manifest with another text: no other file is
    /// looked at. `None` where the text may tell how the chart is put together.
    pub fn with_text(&self, file: &Arc<File>) -> Option<Self> {
        let id = file.source.id;
        let contents = match &self.contents {
            Contents::Package(package) => {
                let is_of_values = |view: &Self| view.values.files.iter().any(|source| source.id == id);
                if !package.only_prints(&file.source) || self.views().any(is_of_values) {
                    return None;
                }
                let source = |old: &Arc<Source>| if old.id == id { file.source.clone() } else { old.clone() };
                Contents::Package(Arc::new(package.with_sources(&source)))
            }
            Contents::Manifest(_) => Contents::Manifest(file.clone()),
        };
        file.follow(self.files.get(&id)?);
        let mut files = self.files.clone();
        files.insert(id, file.clone());
        let sets = self.views().map(|view| view.values.clone()).collect();
        Some(Self::new(self.root.clone(), contents, files, self.reads.clone(), self.settings.clone(), sets, Some(self)))
    }

    /// The same chart seen with other values.
    fn with_values(&self, values: ValueSet) -> Self {
        let (root, contents, files) = (self.root.clone(), self.contents.clone(), self.files.clone());
        let mut chart = Self::with(root, contents, files, values, None);
        chart.former = Former::of(self);
        chart.settings = self.settings.clone();
        chart
    }

    /// The chart as it would be with other texts in some of its files, with the same values.
    pub fn edited(&self, texts: &BTreeMap<FileId, String>) -> Self {
        let source = |old: &Arc<Source>| match texts.get(&old.id) {
            Some(text) => Arc::new(Source::new(old.id, old.path.clone(), text.as_str())),
            None => old.clone(),
        };
        let file = |old: &Arc<File>| match texts.contains_key(&old.source.id) {
            true => Arc::new(File::new(source(&old.source))),
            false => old.clone(),
        };
        let files: BTreeMap<FileId, Arc<File>> = self.files.iter().map(|(id, old)| (*id, file(old))).collect();
        let contents = match &self.contents {
            Contents::Package(package) => Contents::Package(Arc::new(package.with_sources(&source))),
            Contents::Manifest(old) => Contents::Manifest(file(old)),
        };
        let values = ValueSet { files: self.values.files.iter().map(source).collect(), ..self.values.clone() };
        let settings = self.settings.clone();
        Self { settings, ..Self::with(self.root.clone(), contents, files, values, Some(self)) }
    }

    /// The chart's package; `None` for a lone manifest.
    pub fn package(&self) -> Option<&Package> {
        match &self.contents {
            Contents::Package(package) => Some(package),
            Contents::Manifest(_) => None,
        }
    }

    /// The chart as it is here, and with its other values.
    pub fn views(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.others.iter().map(Arc::as_ref))
    }

    /// The package's name, or the manifest's file name.
    pub fn name(&self) -> &str {
        match &self.contents {
            Contents::Package(package) => package.name(),
            Contents::Manifest(_) => self.root.file_name().unwrap_or_default(),
        }
    }

    /// A library chart is rendered only inside the charts that depend on it.
    pub fn is_library(&self) -> bool {
        self.package().is_some_and(|package| package.metadata.library)
    }

    /// What the templates give; `None` for a library chart.
    pub fn rendering(&self) -> Option<&Render> {
        reads::note(self.mark);
        let make = || match &self.contents {
            Contents::Package(_) if self.is_library() => None,
            Contents::Package(package) => {
                let syntax = |id| self.files.get(&id).map(|file| file.syntax());
                let former = self.former.rendering.as_deref();
                Some(Arc::new(render::render(package, &self.values, &options(), &syntax, former)))
            }
            Contents::Manifest(file) => Some(Arc::new(Render::plain(file.source.clone()))),
        };
        self.rendering.get_or_init(|| reads::unheard(make)).as_deref()
    }

    /// The paths of values that dependencies may give which are not there. (States that differ in these are not compared,
    /// so nobody need hear of it.)
    pub fn unseen(&self) -> &[String] {
        reads::unheard(|| self.rendering()).map_or(&[], |render| &render.unseen)
    }

    /// A rendering under options of the caller's choice, not remembered; `None` for a lone manifest.
    pub fn render(&self, values: &ValueSet, options: &Options) -> Option<Render> {
        reads::note(self.mark);
        let syntax = |id| self.files.get(&id).map(|file| file.syntax());
        self.package().map(|package| render::render(package, values, options, &syntax, None))
    }

    /// What `helm template` prints for the chart.
    ///
    /// # Errors
    /// What Helm says after `Error: `.
    pub fn template(&self, values: &ValueSet, options: &Options) -> Result<String, String> {
        let syntax = |id| self.files.get(&id).map(|file| file.syntax());
        match &self.contents {
            Contents::Package(package) => render::template(package, values, options, &syntax),
            Contents::Manifest(_) => Err("Chart.yaml file is missing".into()),
        }
    }

    /// Some template failed to render, so what the chart defines is not known in full.
    pub fn failed(&self) -> bool {
        let failed = || {
            self.rendering().is_some_and(Render::is_partial)
                || self.documents().iter().any(|document| !document.is_sound())
        };
        *self.failed.get_or_init(|| reads::unheard(failed))
    }

    /// Every document the chart renders; before a `List` its objects, each as a document of its own.
    pub fn documents(&self) -> &[Document] {
        let make = || {
            let mut known: HashMap<&str, Vec<&Document>> = HashMap::new();
            // What a document remembers is said for what its chart promises.
            let former = self.former.documents.as_ref().filter(|former| former.promised == self.promised());
            for document in former.into_iter().flat_map(|documents| documents.all.iter()) {
                known.entry(document.template()).or_default().push(document);
            }
            let edited = former.into_iter().flat_map(|former| self.edited_since(&former.files));
            let splices: Splices = edited.map(|(was, is)| is.splice_since(was)).collect();
            let text = |file: FileId| self.files.get(&file).map(|file| file.source.text.clone());
            let mut documents = Vec::new();
            for rendered in self.rendering().into_iter().flat_map(|render| &render.files) {
                let known = known.get(rendered.name.as_str()).map_or(&[][..], Vec::as_slice);
                match known.first().is_some_and(|known| Arc::ptr_eq(known.rendered(), rendered)) {
                    true => documents.extend(known.iter().map(|document| (*document).clone())),
                    false => {
                        let read = kept::documents(rendered, known, &splices).into_iter();
                        // Who types waits for it, and what is typed is soon another text.
                        let is_new = known.is_empty();
                        documents.extend(read.map(|one| if is_new { one.share(&text) } else { one }));
                    }
                }
            }
            Arc::new(documents)
        };
        self.documents.get_or_init(|| reads::unheard(make))
    }

    /// The chart's own plain YAML files (Chart.yaml, values.yaml, those of its value set), read as they stand.
    pub fn plain(&self) -> &[Document] {
        let make = || {
            let Some(package) = self.package() else { return Arc::default() };
            let names = ["Chart.yaml", "values.yaml"];
            let files = names.iter().filter_map(|name| package.files.get(Utf8Path::new(name)));
            let former = self.former.plain.iter().flat_map(|documents| documents.iter());
            let known: Vec<&Document> = former.collect();
            let documents = files.chain(&self.values.files).flat_map(|source| {
                let known = known.iter().filter(|document| Arc::ptr_eq(&document.rendered().source, source));
                let known: Vec<Document> = known.map(|document| (*document).clone()).collect();
                if !known.is_empty() {
                    return known;
                }
                let rendered = Arc::new(Rendered::plain(source.clone()));
                let ranges = yaml::parser::documents(&source.text).into_iter();
                ranges.map(|range| Document::new(rendered.clone(), range)).collect()
            });
            Arc::new(documents.collect())
        };
        self.plain.get_or_init(|| reads::unheard(make))
    }

    /// Adds how the chart differs from `old`, its state before some edits of templates. `None` where something differs
    /// that nobody tells when it is read: what it adds to the index, and what is asked of it as a whole.
    fn add_changes(&self, old: &Self, changes: &mut Changes) -> Option<()> {
        let (was, is) = (old.documents.get()?, self.documents());
        let same = old.failed() == self.failed()
            && old.hides_versions() == self.hides_versions()
            && old.given() == self.given()
            && old.unseen() == self.unseen()
            && old.facts().is_like(self.facts())
            && old.facts().has_sites_like(self.facts())
            && was.iter().zip(is).all(|(was, is)| was.is_like(is))
            && old.others.len() == self.others.len();
        if !same {
            return None;
        }
        changes.gone.push(old.mark);
        changes.gone.extend(gone(was, is));
        changes.gone.extend(old.plain.get().into_iter().flat_map(|was| gone(was, self.plain())));
        for (was, is) in self.edited_since(&old.files) {
            if !was.defines().eq(is.defines()) || was.sets_values() != is.sets_values() {
                return None;
            }
            changes.gone.push(was.mark);
            if was.mentioned().1 != is.mentioned().1 {
                changes.gone.extend([was.mentioned().1, Mark::MENTIONS]);
            }
            changes.gone.extend(was.written_until(is));
            changes.splices.add(is.splice_since(was));
        }
        Some(())
    }

    /// The files that are not as they were among `old`, each as it was and as it is.
    fn edited_since<'f>(
        &'f self,
        old: &'f BTreeMap<FileId, Arc<File>>,
    ) -> impl Iterator<Item = (&'f Arc<File>, &'f Arc<File>)> {
        let both = old.iter().filter_map(|(id, was)| Some((was, self.files.get(id)?)));
        both.filter(|(was, is)| !Arc::ptr_eq(was, is))
    }

    /// The number of the document at this address.
    pub(crate) fn number_at(&self, address: usize) -> Option<usize> {
        let first = self.documents().as_ptr().addr();
        let at = address.checked_sub(first)? / size_of::<Document>();
        (at < self.documents().len()).then_some(at)
    }

    /// The releases that the settings name, or else that the chart's own range of versions allows; `None` where nothing
    /// is said.
    pub fn promised(&self) -> Option<ReleaseSet> {
        *self.promised.get_or_init(|| admission::promised(self))
    }

    /// What the chart's objects tell of its release, for a chart that promises none.
    pub fn dating(&self) -> &Dating {
        self.dating.get(|| Dating::of(self))
    }

    /// What the chart adds to the index of a world.
    pub fn facts(&self) -> &Facts {
        let make = || {
            let former = self.former.documents.as_ref().filter(|former| Facts::are_same(self.documents(), &former.all));
            former.and_then(|former| former.facts.clone()).unwrap_or_else(|| Arc::new(Facts::of(self.documents())))
        };
        self.facts.get_or_init(|| reads::unheard(make))
    }

    /// See [`uses::hides_versions`].
    pub fn hides_versions(&self) -> bool {
        *self.hides_versions.get_or_init(|| reads::unheard(|| uses::hides_versions(self)))
    }

    /// See [`config_template::given_by`].
    pub fn given(&self) -> &BTreeSet<String> {
        self.given.get_or_init(|| reads::unheard(|| config_template::given_by(self)))
    }

    /// What the rules say that read no more than this chart; `judge` works it out.
    pub fn findings(&self, judge: impl FnOnce() -> Said) -> &[Diagnostic] {
        &self.said.get_or_init(judge).findings
    }

    /// [`Chart::findings`] are worked out.
    pub fn is_judged(&self) -> bool {
        self.said.get().is_some()
    }

    /// The chart's template files, each with Helm's name of it: also those of the dependencies in its own `charts/`,
    /// but not those of charts beside it.
    pub fn templates(&self) -> Vec<(String, &Arc<File>)> {
        self.templates_of(|package| package.root.starts_with(&self.root))
    }

    /// The template files that are the chart's own, not a dependency's.
    pub fn own_templates(&self) -> impl Iterator<Item = &Arc<File>> {
        let files = self.package().into_iter().flat_map(|package| &package.files);
        let templates = files.filter(|(path, _)| path.starts_with("templates"));
        templates.filter_map(|(_, source)| self.files.get(&source.id))
    }

    /// As [`Chart::templates`], with those of all dependencies.
    pub fn all_templates(&self) -> Vec<(String, &Arc<File>)> {
        self.templates_of(|_| true)
    }

    fn templates_of(&self, wanted: impl Fn(&Package) -> bool) -> Vec<(String, &Arc<File>)> {
        let mut found = Vec::new();
        let mut packages: Vec<(String, &Package)> =
            self.package().map(|own| (self.name().to_owned(), own)).into_iter().collect();
        while let Some((name, package)) = packages.pop() {
            let templates = package.files.iter().filter(|(path, _)| path.starts_with("templates"));
            let files =
                templates.filter_map(|(path, source)| Some((format!("{name}/{path}"), self.files.get(&source.id)?)));
            found.extend(files);
            let inside = package.dependencies.iter().filter(|dependency| wanted(&dependency.package));
            packages
                .extend(inside.map(|dependency| (format!("{name}/charts/{}", dependency.name), &*dependency.package)));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// The names of all helpers that the chart's templates can include.
    pub fn defines(&self) -> impl Iterator<Item = &str> {
        self.files.values().flat_map(|file| file.defines())
    }

    /// A helper, and the file that has it.
    pub fn define(&self, name: &str) -> Option<(&Arc<File>, &Define)> {
        let file = self.files.values().find(|file| file.defines().any(|define| define == name))?;
        Some((file, file.syntax().defines.iter().find(|define| define.name.text == name)?))
    }

    /// Some template of its own gives values to those behind it.
    pub fn sets_values(&self) -> bool {
        self.own_templates().any(|file| file.sets_values())
    }

    /// What stands at `span`; empty where the chart has no such file.
    pub fn words(&self, span: Span) -> &str {
        self.files.get(&span.file).map_or("", |file| span.range.of(file.text()))
    }

    /// The whole line of an action that stands alone on it and prints nothing, where what is rendered stays the same
    /// without that line.
    pub fn line_of(&self, action: Span) -> Option<Span> {
        let text = self.files.get(&action.file)?.text();
        let (before, after) = (&text[..action.range.start as usize], &text[action.range.end as usize..]);
        let words = self.words(action);
        let start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
        let rest = after.find('\n')?;
        let alone = before[start..].trim().is_empty() && after[..rest].trim().is_empty();
        // The marker eats the line break above, and what stands before that must not depend on it.
        let above = before[..start].strip_suffix('\n').is_some_and(|above| !above.ends_with(char::is_whitespace));
        let trims = words.starts_with("{{-") && !words.ends_with("-}}");
        let end = action.range.end as usize + rest + 1;
        (alone && trims && (above || start == 0)).then(|| Span::new(action.file, start, end))
    }

    /// The first place of `text` inside `span`.
    pub fn within(&self, span: Span, text: &str) -> Option<Span> {
        let start = span.range.start as usize + self.words(span).find(text)?;
        Some(Span::new(span.file, start, start + text.len()))
    }

    /// The file at `path` (absolute).
    pub fn file(&self, path: &Utf8Path) -> Option<&Arc<File>> {
        self.files.values().find(|file| file.source.path.as_str() == path.as_str())
    }
}

/// The marks of documents that are not there any more.
fn gone(was: &[Document], is: &[Document]) -> Vec<Mark> {
    let kept: HashSet<Mark> = is.iter().flat_map(Document::marks).collect();
    was.iter().flat_map(Document::marks).filter(|mark| !kept.contains(mark)).collect()
}

/// How charts are rendered to be checked: with Helm's defaults, beside KubeBlocks.
pub fn options() -> Options {
    let api_versions = NEIGHBOURS.iter().map(|version| (*version).to_owned()).collect();
    Options { api_versions, ..Options::default() }
}

/// The schemas of all releases, unpacked when somebody asks for the first time. They are the same in every world.
pub fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(Schemas::built_in)
}

/// Words on fields, read when somebody asks for the first time. They are the same in every world.
pub fn docs() -> &'static Docs {
    static DOCS: OnceLock<Docs> = OnceLock::new();
    DOCS.get_or_init(Docs::built_in)
}

/// A finding, and the chart as it is with the values that lead to it.
pub struct Switched {
    pub finding: Diagnostic,
    pub chart: Arc<Chart>,
}

/// Everything in view, at one moment.
pub struct World {
    /// Folders (or single files) that were opened, absolute.
    pub roots: Vec<Utf8PathBuf>,
    /// By root folder, or by path for lone manifests.
    pub charts: Charts,
    /// Every text file of every chart.
    pub files: Files,
    pub config: Arc<Configuration>,
    /// Nothing of the repository lies outside the roots.
    pub whole: bool,
    /// What is installed somewhere, for rules of what may not change; only where somebody says so.
    pub installed: Option<Arc<World>>,
    /// Charts are judged also with values that they offer beside their defaults, each by itself ([`World::switched`]).
    pub tries_switches: bool,
    index: OnceLock<Index>,
    views: OnceLock<Vec<World>>,
    switched: Cells<Vec<Switched>>,
    before: Vec<Before>,
    /// For each chart what was said of it among the others.
    linked: Arc<Cells<Arc<Said>>>,
}

impl World {
    pub fn new(
        roots: Vec<Utf8PathBuf>,
        charts: BTreeMap<Utf8PathBuf, Arc<Chart>>,
        config: Arc<Configuration>,
        whole: bool,
    ) -> Self {
        let mut files = BTreeMap::new();
        for chart in charts.values() {
            files.extend(chart.files.iter().map(|(id, file)| (*id, file.clone())));
        }
        files.extend(config.files.values().map(|file| (file.source.id, file.clone())));
        Self::with(roots, Charts::new(charts.values()), Files::new(files), config, whole)
    }

    /// The world after an edit of a manifest, or of a file that only templates ask for: nothing but the charts that hold it
    /// is looked at. `None` where it is more to one of them, or nothing to any.
    pub fn with_text(&self, file: &Arc<File>) -> Option<Self> {
        let holding = self.charts.numbers_holding(file.source.id);
        let edited = holding.map(|at| Some((at, Arc::new(self.charts.at(at).with_text(file)?))));
        let edited: Vec<_> = edited.collect::<Option<_>>()?;
        if edited.is_empty() || self.config.holds(file) {
            return None;
        }
        let charts = self.charts.with(edited.into_iter());
        let world = Self::with(self.roots.clone(), charts, self.files.with(file), self.config.clone(), self.whole);
        let before = Before::all(&self.before, self.spoken());
        Some(Self { installed: self.installed.clone(), tries_switches: self.tries_switches, before, ..world })
    }

    /// The world in which the chart of this number is seen with these values, and all others as they are here.
    pub fn with_values(&self, number: usize, values: ValueSet) -> Self {
        let chart = Arc::new(self.charts.at(number).with_values(values));
        let charts = self.charts.with(std::iter::once((number, chart)));
        let world = Self::with(self.roots.clone(), charts, self.files.clone(), self.config.clone(), self.whole);
        Self { installed: self.installed.clone(), ..world }
    }

    /// As [`World::with_text`], after edits of some files; `None` of none, too.
    pub fn with_texts<'f>(&self, files: impl IntoIterator<Item = &'f Arc<File>>) -> Option<Self> {
        let mut world: Option<Self> = None;
        for file in files {
            world = Some(world.as_ref().unwrap_or(self).with_text(file)?);
        }
        world
    }

    /// These are its charts, each as it is, and its settings.
    pub fn is_made_of(&self, charts: &BTreeMap<Utf8PathBuf, Arc<Chart>>, config: &Configuration) -> bool {
        self.charts.len() == charts.len()
            && self.charts.values().zip(charts.values()).all(|(own, chart)| Arc::ptr_eq(own, chart))
            && self.config.is_like(config)
    }

    fn with(roots: Vec<Utf8PathBuf>, charts: Charts, files: Files, config: Arc<Configuration>, whole: bool) -> Self {
        let linked = Arc::new(Cells::new(charts.len()));
        let switched = Cells::new(charts.len());
        let (installed, index, views, before) = Default::default();
        Self {
            roots,
            charts,
            files,
            config,
            whole,
            installed,
            tries_switches: false,
            index,
            views,
            switched,
            before,
            linked,
        }
    }

    /// The world as it is with other values: for each number of value sets that some chart has the same world, in which
    /// every chart that has one of this number is seen with it.
    pub fn views(&self) -> &[Self] {
        let view = |(number, charts)| {
            let before = self.before.iter().filter_map(|before| before.of_view(number)).collect();
            let files = self.files.clone();
            Self { before, ..Self::with(self.roots.clone(), charts, files, self.config.clone(), self.whole) }
        };
        self.views.get_or_init(|| self.charts.views().into_iter().enumerate().map(view).collect())
    }

    /// What is wrong in the chart of this number with values that it offers beside its defaults; nothing where that is not
    /// tried.
    pub fn switched(&self, number: usize, make: impl FnOnce() -> Vec<Switched>) -> &[Switched] {
        if self.tries_switches { self.switched.get(number, || reads::unheard(make)) } else { &[] }
    }

    /// What is said in the world, and in those of its [`World::views`] that somebody saw.
    pub fn spoken(&self) -> Spoken {
        let views = self.views.get().into_iter().flatten();
        let worlds = std::iter::once(self).chain(views);
        let worlds = worlds.map(|world| Voices { charts: world.charts.clone(), said: world.linked.clone() });
        Spoken { worlds: worlds.collect(), config: self.config.clone() }
    }

    /// What a former state of the chart of this number said by itself, and what changed since then.
    pub fn said_before(&self, number: usize) -> Option<(&Said, &Arc<Changes>)> {
        self.before.iter().find_map(|before| before.said_by(number, &self.charts))
    }

    /// What the rules say that read the chart of this number among the others; `judge` works it out of what they said in a
    /// former state, and of what changed since then.
    pub fn linked(&self, number: usize, judge: impl FnOnce(Option<(&Said, &Arc<Changes>)>) -> Said) -> &[Diagnostic] {
        let make = || {
            let mut before = self.before.iter().filter_map(|before| before.said(number, &self.charts));
            match before.next() {
                Some((said, changes)) if said.holds(changes) => said.clone(),
                before => Arc::new(judge(before.map(|(said, changes)| (&**said, changes)))),
            }
        };
        &self.linked.get(number, make).findings
    }

    /// Who defines and who refers, over all charts.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| reads::unheard(|| Index::of(&self.charts)))
    }

    pub fn source(&self, id: FileId) -> Option<&Arc<Source>> {
        self.files.get(&id).map(|file| &file.source)
    }

    /// The file at `path` (absolute), wherever it belongs.
    pub fn file(&self, path: &Utf8Path) -> Option<&Arc<File>> {
        self.files.at(path)
    }

    /// The charts that hold `file`, the one it stands in first, then those that depend on that; each with all its
    /// values.
    pub fn charts_of(&self, file: FileId) -> Vec<&Arc<Chart>> {
        let mut charts: Vec<_> =
            self.charts.holding(file).flat_map(|chart| std::iter::once(chart).chain(&chart.others)).collect();
        if let Some(source) = self.source(file) {
            charts.sort_by_key(|chart| {
                std::cmp::Reverse(if source.path.starts_with(&chart.root) { chart.root.as_str().len() + 1 } else { 0 })
            });
        }
        charts
    }
}
