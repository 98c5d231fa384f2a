//! Reading a chart: folders, archives, `file://` neighbours (Helm's `loader`, spec §9 and §11).

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::archive;
use super::chart::{ChartProblem, ChartProblemKind, Dependency, Entry, Metadata, Package, Reader};
use super::data;
use super::ignore::Rules;
use super::metadata;
use super::unit::{self, Unit};
use super::values::{self, Nulls};
use crate::template::bytes;
use crate::template::funcs::semver;
use crate::template::value::{Data, Map, Value};
use crate::text::{FileId, Span, TextRange};
use crate::vfs::{OUT, Source, normalize};
use crate::yaml::parser;

/// Charts inside charts, at most.
const MAX_DEPTH: usize = 16;
/// Files of one chart, at most.
const MAX_FILES: usize = 20_000;
/// Bytes of files that are no text, for one chart.
const MAX_BINARY_BYTES: usize = 4 << 20;

/// Reads the chart in `root`: its files, Chart.yaml, and every dependency that can be found.
pub fn load(root: &Utf8Path, reader: &mut dyn Reader) -> Package {
    let mut loader = Loader { reader, open: Vec::new(), known: BTreeMap::new() };
    if is_packed(root) { loader.packed(root) } else { loader.folder(root) }
}

struct Loader<'r> {
    reader: &'r mut dyn Reader,
    /// Folders that are being read: a chart cannot be its own dependency.
    open: Vec<Utf8PathBuf>,
    /// Folders that were read as `file://` dependencies.
    known: BTreeMap<Utf8PathBuf, Arc<Package>>,
}

/// A file that was found: its path from the chart's root, and where its bytes are.
struct Found {
    path: String,
    place: Place,
}

enum Place {
    Disk(Utf8PathBuf),
    /// A member of an archive.
    Bytes(Vec<u8>),
    /// A folder that is not read, and why: a link out of the workspace, or the system forbids it.
    Closed(Utf8PathBuf, String),
}

enum Contents {
    Text(Arc<Source>),
    Binary(Vec<u8>),
    /// Why, in the system's words.
    Unreadable(Utf8PathBuf, String),
    /// The file went away after it was listed.
    Gone,
}

/// The path is that of a packaged chart.
pub fn is_packed(path: &Utf8Path) -> bool {
    path.extension() == Some("tgz")
}

impl Loader<'_> {
    /// A chart in an archive of its own.
    fn packed(&mut self, path: &Utf8Path) -> Package {
        let bytes = self.reader.bytes(path).map_err(|error| error.to_string());
        let (members, fault) = match bytes.and_then(|bytes| archive::members(&bytes)) {
            Ok(members) => (members, None),
            Err(words) => (Vec::new(), Some(words)),
        };
        let found = members.into_iter().map(|(path, bytes)| Found { path, place: Place::Bytes(bytes) }).collect();
        self.open.push(path.to_owned());
        let mut package = self.assemble(path, found, false);
        if let Some(words) = fault {
            let start = self.reader.member(path, String::new());
            let kind = ChartProblemKind::Unreadable(words);
            package.problems = vec![ChartProblem { span: Span::new(start.id, 0, 0), kind }];
        }
        package
    }

    /// A chart in a folder of its own, with its own `.helmignore`.
    fn folder(&mut self, root: &Utf8Path) -> Package {
        let mut problems = Vec::new();
        let rules = match self.reader.source(&root.join(".helmignore")) {
            None => Rules::default(),
            Some(source) => Rules::parse(&source.text).unwrap_or_else(|(line, message)| {
                let span = Span { file: source.id, range: source.lines.line_range(line as u32) };
                problems.push(ChartProblem { span, kind: ChartProblemKind::Invalid(message.into()) });
                Rules::default()
            }),
        };
        let mut found = Vec::new();
        self.walk(root, "", &rules, &mut found);
        self.open.push(root.to_owned());
        let mut package = self.assemble(root, found, true);
        self.open.pop();
        problems.append(&mut package.problems);
        package.problems = problems;
        package
    }

    fn walk(&mut self, folder: &Utf8Path, prefix: &str, rules: &Rules, found: &mut Vec<Found>) {
        for entry in self.reader.list(folder) {
            let path = format!("{prefix}{}", entry.name);
            if rules.ignores(&path, entry.folder) || found.len() >= MAX_FILES {
                continue;
            }
            let place = folder.join(&entry.name);
            // Helm goes in circles until the system stops it.
            if entry.link.as_ref().is_some_and(|target| folder.starts_with(target)) {
                continue;
            }
            if entry.folder && entry.link.is_some() && !self.reader.allowed(&place) {
                found.push(Found { path, place: Place::Closed(place, OUT.into()) });
            } else if entry.folder
                && let Some(words) = self.reader.refusal(&place)
            {
                found.push(Found { path, place: Place::Closed(place, words) });
            } else if !entry.folder {
                found.push(Found { path, place: Place::Disk(place) });
            } else if entry.name != ".git" && prefix.split('/').count() < MAX_DEPTH * 2 {
                self.walk(&place, &format!("{path}/"), rules, found);
            }
        }
    }

    /// A chart from its files. `near` tells that `file://` paths can be looked up from `root`.
    fn assemble(&mut self, root: &Utf8Path, found: Vec<Found>, near: bool) -> Package {
        let mut package = Package {
            root: root.to_owned(),
            files: BTreeMap::new(),
            binaries: BTreeMap::new(),
            metadata: Metadata::default(),
            dependencies: Vec::new(),
            problems: Vec::new(),
        };
        let mut vendored: BTreeMap<String, Vec<Found>> = BTreeMap::new();
        let mut binary_bytes = 0;
        for file in found {
            if let Some(rest) = file.path.strip_prefix("charts/")
                && !matches!(file.place, Place::Closed(..))
            {
                let name = rest.split('/').next().unwrap_or(rest).to_owned();
                if !name.starts_with(['_', '.']) && !name.ends_with(".prov") {
                    vendored.entry(name).or_default().push(Found { path: rest.to_owned(), place: file.place });
                }
                continue;
            }
            match self.contents(root, &file) {
                Contents::Text(source) => drop(package.files.insert(file.path.into(), source)),
                Contents::Binary(bytes) => {
                    binary_bytes += bytes.len();
                    if binary_bytes <= MAX_BINARY_BYTES {
                        package.binaries.insert(file.path.into(), bytes.into());
                    }
                }
                Contents::Unreadable(path, words) => {
                    let start = self.reader.member(&path, String::new());
                    let kind = ChartProblemKind::Unreadable(words);
                    package.problems.push(ChartProblem { span: Span::new(start.id, 0, 0), kind });
                }
                Contents::Gone => {}
            }
        }
        let chart = self.read_metadata(&mut package);
        let mut children = self.vendored(&mut package, vendored);
        self.neighbours(&mut package, &mut children, near);
        package.dependencies = arrange(&package.metadata.dependencies, children);
        if chart {
            report_missing(&mut package);
        }
        package
    }

    fn contents(&mut self, root: &Utf8Path, file: &Found) -> Contents {
        let is_template = file.path.starts_with("templates/");
        match &file.place {
            Place::Disk(path) => match self.reader.source(path) {
                Some(source) => Contents::Text(source),
                None => match self.reader.bytes(path) {
                    Ok(bytes) if is_template => self.odd(path, &bytes),
                    Ok(bytes) => Contents::Binary(bytes),
                    Err(error) if error.kind() == ErrorKind::NotFound => Contents::Gone,
                    Err(error) => Contents::Unreadable(path.clone(), error.to_string()),
                },
            },
            Place::Closed(path, words) => Contents::Unreadable(path.clone(), words.clone()),
            Place::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Contents::Text(self.reader.member(&root.join(&file.path), text.to_owned())),
                Err(_) if is_template => self.odd(&root.join(&file.path), bytes),
                Err(_) => Contents::Binary(bytes.clone()),
            },
        }
    }

    /// A template that is no UTF-8 is executed all the same.
    fn odd(&mut self, path: &Utf8Path, bytes: &[u8]) -> Contents {
        Contents::Text(self.reader.member(path, bytes::text(bytes).into_owned()))
    }

    /// Chart.yaml, requirements.yaml and values.yaml, with their problems. False where Helm refuses them.
    fn read_metadata(&mut self, package: &mut Package) -> bool {
        let file = |name: &str| package.files.get(Utf8Path::new(name)).cloned();
        let Some(source) = file("Chart.yaml") else {
            let any = package.files.values().next().map_or(FileId(u32::MAX), |source| source.id);
            let span = Span::new(any, 0, 0);
            package.problems.push(problem(span, "Chart.yaml file is missing".into()));
            return false;
        };
        let start = Span::new(source.id, 0, 0);
        let chart = match read_yaml(&source) {
            Ok(chart) => chart,
            Err((message, span)) => {
                package.problems.push(problem(span, format!("cannot load Chart.yaml: {message}")));
                return false;
            }
        };
        package.metadata = metadata::read(&chart);
        if let Some(misfit) = metadata::misfit(&chart) {
            let words = "error unmarshaling JSON: while decoding JSON";
            let message = format!("cannot load Chart.yaml: {words}: {}", misfit.message);
            package.problems.push(problem(misfit.at.unwrap_or(start), message));
            return false;
        }
        if let Some(source) = file("requirements.yaml")
            && let Ok(requirements) = read_yaml(&source)
        {
            let mut entries = metadata::entries(&requirements);
            if !entries.is_empty() {
                package.metadata.dependencies.clear();
                package.metadata.dependencies.append(&mut entries);
            }
        }
        if let Some(source) = file("values.yaml")
            && let Err((message, span)) = read_values(&source)
        {
            package.problems.push(problem(span, format!("cannot load values.yaml: {message}")));
        }
        if let Some((message, span)) = metadata::invalid(&package.metadata, &chart) {
            package.problems.push(problem(span.unwrap_or(start), message));
        }
        package.problems.is_empty()
    }

    /// The charts in `charts/`: folders and archives.
    fn vendored(&mut self, package: &mut Package, groups: BTreeMap<String, Vec<Found>>) -> Vec<Child> {
        let mut children = Vec::new();
        for (name, mut found) in groups {
            let folder = package.root.join("charts").join(&name);
            if self.open.len() >= MAX_DEPTH {
                break;
            }
            let child = if name.ends_with(".tgz") {
                let bytes = found.pop().map_or_else(|| Ok(Vec::new()), |file| self.bytes(file));
                match bytes.map_err(|error| error.to_string()).and_then(|bytes| archive::members(&bytes)) {
                    Ok(members) => {
                        let found = members.into_iter();
                        let found = found.map(|(path, bytes)| Found { path, place: Place::Bytes(bytes) }).collect();
                        self.open.push(folder.clone());
                        let child = self.assemble(&folder, found, false);
                        self.open.pop();
                        child
                    }
                    Err(message) => {
                        let at = chart_start(package);
                        let kind = ChartProblemKind::Unreadable(format!("charts/{name}: {message}"));
                        package.problems.push(ChartProblem { span: at, kind });
                        continue;
                    }
                }
            } else {
                let found: Vec<_> = found
                    .into_iter()
                    .filter_map(|file| {
                        let (_, path) = file.path.split_once('/')?;
                        Some(Found { path: path.to_owned(), place: file.place })
                    })
                    .collect();
                self.open.push(folder.clone());
                let near = found.iter().all(|file| matches!(file.place, Place::Disk(_)));
                let child = self.assemble(&folder, found, near);
                self.open.pop();
                child
            };
            let unreadable = |problem: &&ChartProblem| matches!(problem.kind, ChartProblemKind::Unreadable(_));
            package.problems.extend(child.problems.iter().filter(unreadable).cloned());
            if child.metadata.name.is_empty() || !child.problems.iter().all(|problem| is_mild(&problem.kind)) {
                let words = child.problems.iter().find(|problem| !is_mild(&problem.kind));
                if let Some(ChartProblem { span, kind: ChartProblemKind::Invalid(words) }) = words {
                    let message = format!("error unpacking subchart {name} in {}: {words}", package.metadata.name);
                    let span = if span.file == FileId(u32::MAX) { chart_start(package) } else { *span };
                    package.problems.push(problem(span, message));
                }
            }
            if !child.metadata.name.is_empty() {
                children.push(Child { package: Arc::new(child), neighbour: None });
            }
        }
        children
    }

    fn bytes(&mut self, file: Found) -> io::Result<Vec<u8>> {
        match file.place {
            Place::Disk(path) => self.reader.bytes(&path),
            Place::Bytes(bytes) => Ok(bytes),
            Place::Closed(_, words) => Err(io::Error::new(ErrorKind::PermissionDenied, words.clone())),
        }
    }

    /// Listed charts that are not vendored but stand at a `file://` path.
    fn neighbours(&mut self, package: &mut Package, children: &mut Vec<Child>, near: bool) {
        if !near {
            return;
        }
        for (index, entry) in package.metadata.dependencies.iter().enumerate() {
            if children.iter().any(|child| child.package.metadata.name == entry.name) {
                continue;
            }
            let Some(path) = entry.repository.strip_prefix("file://") else { continue };
            let folder = normalize(&package.root.join(path));
            if self.open.contains(&folder) || self.open.len() >= MAX_DEPTH || !self.reader.allowed(&folder) {
                continue;
            }
            let found = match self.known.get(&folder) {
                Some(known) => known.clone(),
                None => {
                    if self.reader.source(&folder.join("Chart.yaml")).is_none() {
                        continue;
                    }
                    let found = Arc::new(self.folder(&folder));
                    self.known.insert(folder, found.clone());
                    found
                }
            };
            if found.metadata.name == entry.name {
                children.push(Child { package: found, neighbour: Some(index) });
            }
        }
    }
}

/// A chart below another, not yet matched with the list.
struct Child {
    package: Arc<Package>,
    /// Found for this item of the list, by its path.
    neighbour: Option<usize>,
}

/// Children in Helm's order: those that no item names, then one for each item that has a chart.
fn arrange(entries: &[Entry], children: Vec<Child>) -> Vec<Dependency> {
    let fits = |entry: &Entry, child: &Child| {
        entry.name == child.package.metadata.name
            && (child.neighbour.is_some() || in_range(&entry.version, &child.package.metadata.version))
    };
    let unlisted = children.iter().filter(|child| !entries.iter().any(|entry| fits(entry, child)));
    let mut out: Vec<_> = unlisted
        .map(|child| Dependency {
            name: child.package.metadata.name.clone(),
            package: child.package.clone(),
            entry: None,
        })
        .collect();
    for entry in entries {
        if let Some(child) = children.iter().find(|child| fits(entry, child)) {
            let package = child.package.clone();
            out.push(Dependency { name: entry.key().to_owned(), package, entry: Some(entry.clone()) });
        }
    }
    out
}

/// Names the listed dependencies that are neither there nor switched off by the chart's defaults.
fn report_missing(package: &mut Package) {
    let present = |name: &str| package.dependencies.iter().any(|child| child.package.metadata.name == name);
    let missing: Vec<_> = package.metadata.dependencies.iter().filter(|entry| !present(&entry.name)).collect();
    if missing.is_empty() {
        return;
    }
    let unit = Unit::new(package, &package.metadata.name, &defaults);
    let Ok(values) = values::coalesce(&unit, &Map::new(BTreeMap::new()), Nulls::Delete) else { return };
    let at = chart_start(package);
    let problems: Vec<_> = missing
        .into_iter()
        .filter(|entry| unit::enabled(entry, &values, ""))
        .map(|entry| ChartProblem {
            span: entry.span.unwrap_or(at),
            kind: ChartProblemKind::MissingDependency {
                name: entry.name.clone(),
                remote: !entry.repository.is_empty() && !entry.repository.starts_with("file://"),
            },
        })
        .collect();
    package.problems.extend(problems);
}

/// The tables of a chart's values.yaml; empty where there are none.
pub(super) fn defaults(package: &Package) -> Map {
    let source = package.files.get(Utf8Path::new("values.yaml"));
    source.and_then(|source| read_values(source).ok()).unwrap_or_else(|| Map::new(BTreeMap::new()))
}

/// values.yaml as Helm 4 reads it: all its documents, later ones over earlier ones.
///
/// # Errors
/// Helm's words.
pub(super) fn all_defaults(package: &Package) -> Result<Map, String> {
    let all = Map::new(BTreeMap::new());
    let Some(source) = package.files.get(Utf8Path::new("values.yaml")) else { return Ok(all) };
    let refused = |message: &str| format!("cannot load values.yaml: {message}");
    // The file is cut into documents before it is read, so a directive stands alone.
    let head = source.text.split("\n---").next().unwrap_or_default();
    if head.starts_with('%') && head.len() < source.text.len() {
        let line = head.lines().count();
        let message =
            format!("error converting YAML to JSON: yaml: line {line}: did not find expected <document start>");
        return Err(refused(&message));
    }
    for range in parser::documents(&source.text) {
        let value = read_document(source, range).and_then(|value| table(source, value));
        values::overlay(&all, &value.map_err(|(message, _)| refused(&message))?);
    }
    Ok(all)
}

/// The table of a values file.
///
/// # Errors
/// Helm's words, and the place.
pub(super) fn read_values(source: &Source) -> Result<Map, (String, Span)> {
    table(source, read_yaml(source)?)
}

fn table(source: &Source, value: Value) -> Result<Map, (String, Span)> {
    match value.data {
        Data::Nil => Ok(Map::new(BTreeMap::new())),
        Data::Map(map) => Ok(map),
        _ => {
            let class = super::decode::class(&value);
            let words = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
            let span = value.born.unwrap_or(Span::new(source.id, 0, 0));
            Err((format!("{words} {class} into Go value of type map[string]interface {{}}"), span))
        }
    }
}

/// The first document of a YAML file.
///
/// # Errors
/// Helm's words, and the place.
pub(super) fn read_yaml(source: &Source) -> Result<Value, (String, Span)> {
    read_document(source, parser::documents(&source.text).first().copied().unwrap_or_default())
}

fn read_document(source: &Source, range: TextRange) -> Result<Value, (String, Span)> {
    let tree = parser::parse(&source.text, range);
    data::read(&tree, Some((source.id, &source.text))).map_err(|message| {
        let at = tree.problems().first().map_or(range, |problem| problem.range);
        (message, Span { file: source.id, range: at })
    })
}

fn problem(span: Span, message: String) -> ChartProblem {
    ChartProblem { span, kind: ChartProblemKind::Invalid(message) }
}

/// Helm does not refuse a subchart for it.
fn is_mild(kind: &ChartProblemKind) -> bool {
    !matches!(kind, ChartProblemKind::Invalid(_))
}

fn chart_start(package: &Package) -> Span {
    let chart = package.files.get(Utf8Path::new("Chart.yaml"));
    Span::new(chart.map_or(FileId(u32::MAX), |source| source.id), 0, 0)
}

/// Whether the version of a chart fits what the list asks for; a range or a version that cannot be read fits nothing.
fn in_range(range: &str, version: &str) -> bool {
    let range = semver::Constraint::parse(range);
    range.is_ok_and(|range| semver::parse_version(version).is_ok_and(|version| range.matches(&version)))
}
