//! Settings: what a user writes, in `.kubeblocks-ls.yaml`, in the editor or on the command line, and what of it holds
//! for a path.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::diagnostic::Severity;
use crate::schema::release::Release;
use crate::text::{LineIndex, TextRange};
use crate::vfs::Source;
use crate::yaml::parser;
use crate::yaml::tree::{Kind, NodeId, ProblemKind, Tree};

/// The file's name. The nearest one above a file holds for it.
pub const FILE: &str = ".kubeblocks-ls.yaml";

/// What a user can choose. Defaults work.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(title = "Settings of kubeblocks-ls", deny_unknown_fields)]
pub struct Config {
    /// Severities of rules, by their names; `off` switches a rule off.
    pub rules: BTreeMap<String, Level>,
    /// Paths whose findings are not told, as in .gitignore.
    pub ignore: Vec<String>,
    /// Values that charts are checked with beside their defaults: a name, and files as for `helm -f`, seen from the
    /// chart's folder. A chart that lacks one of the files is not checked with them.
    pub values: BTreeMap<String, Vec<String>>,
    /// KubeBlocks releases (`1.0`) that the charts are for, whatever Chart.yaml says.
    pub releases: Vec<String>,
    /// Namespaces in which Clusters are made; `.Release.Namespace` is that of the chart.
    pub namespaces: Vec<String>,
    /// Objects that are installed already, as `Kind/name`; `*` stands for the rest of a name.
    pub external: Vec<String>,
    /// Other settings for some paths; the last that fits wins.
    pub overrides: Vec<Override>,
}

/// Settings for some paths.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Override {
    /// Which paths, as in .gitignore.
    pub paths: Vec<String>,
    /// As outside of `overrides`.
    pub rules: BTreeMap<String, Level>,
    /// As outside of `overrides`, for charts at these paths.
    pub values: BTreeMap<String, Vec<String>>,
    /// As outside of `overrides`, for charts at these paths.
    pub releases: Vec<String>,
}

/// How bad the findings of a rule are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Off,
    Info,
    Warning,
    Error,
}

const KEYS: [&str; 7] = ["rules", "ignore", "values", "releases", "namespaces", "external", "overrides"];
const OVERRIDE_KEYS: [&str; 4] = ["paths", "rules", "values", "releases"];
const LEVELS: [&str; 4] = ["off", "info", "warning", "error"];

/// What stands in [`Config::namespaces`] for the chart's own.
pub const RELEASE_NAMESPACE: &str = ".Release.Namespace";

impl Level {
    /// The severity of a finding of a rule that usually is `usual`: what a rule lowers stays lowered.
    pub fn apply(self, usual: Severity, found: Severity) -> Option<Severity> {
        let rank = |severity| match severity {
            Severity::Info => 0,
            Severity::Warning => 1,
            Severity::Error => 2,
        };
        let wanted = match self {
            Self::Off => return None,
            Self::Info => 0,
            Self::Warning => 1,
            Self::Error => 2i32,
        };
        Some(match wanted - (rank(usual) - rank(found)).max(0) {
            ..=0 => Severity::Info,
            1 => Severity::Warning,
            _ => Severity::Error,
        })
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

impl std::str::FromStr for Level {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(match word {
            "off" => Self::Off,
            "info" => Self::Info,
            "warning" => Self::Warning,
            "error" => Self::Error,
            _ => return Err(format!("`{word}` is none of {}", LEVELS.join(", "))),
        })
    }
}

/// Settings and the folder that their paths are seen from.
#[derive(Clone, Debug)]
pub struct Layer {
    pub config: Config,
    base: Utf8PathBuf,
    ignore: Gitignore,
    overrides: Vec<Gitignore>,
}

impl Layer {
    /// The same settings, seen from the same folder.
    pub fn is_like(&self, other: &Self) -> bool {
        self.base == other.base && self.config == other.config
    }

    /// Patterns that are none match nothing.
    pub fn new(config: Config, base: &Utf8Path) -> Self {
        let ignore = patterns(base, &config.ignore);
        let overrides = config.overrides.iter().map(|part| patterns(base, &part.paths)).collect();
        Self { config, base: base.to_owned(), ignore, overrides }
    }

    /// Some rules are silent in these files and in no others.
    pub fn without(rules: &[&str], files: &[&Utf8Path], base: &Utf8Path) -> Self {
        let paths = files.iter().filter_map(|path| path.strip_prefix(base).ok()).map(literally).collect();
        let rules = rules.iter().map(|rule| ((*rule).to_owned(), Level::Off)).collect();
        let part = Override { paths, rules, ..Override::default() };
        Self::new(Config { overrides: vec![part], ..Config::default() }, base)
    }

    fn hits(&self, patterns: &Gitignore, path: &Utf8Path) -> bool {
        path.starts_with(&self.base) && patterns.matched_path_or_any_parents(path, false).is_ignore()
    }
}

/// A pattern of .gitignore that hits this path below its folder, and no other.
fn literally(path: &Utf8Path) -> String {
    let mut pattern = String::from("/");
    for c in path.as_str().replace('\\', "/").chars() {
        if "*?[]{}!#\\ ".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn patterns(base: &Utf8Path, lines: &[String]) -> Gitignore {
    let mut builder = GitignoreBuilder::new(base);
    for line in lines {
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// What holds for one path.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    pub rules: BTreeMap<String, Level>,
    pub ignored: bool,
    pub values: BTreeMap<String, Vec<String>>,
    pub releases: Vec<String>,
    pub namespaces: Vec<String>,
    pub external: Vec<String>,
}

impl Settings {
    /// Later layers win.
    pub fn of<'l>(layers: impl IntoIterator<Item = &'l Layer>, path: &Utf8Path) -> Self {
        let mut all = Self::default();
        let replace = |old: &mut Vec<String>, new: &Vec<String>| {
            if !new.is_empty() {
                old.clone_from(new);
            }
        };
        for layer in layers {
            let config = &layer.config;
            all.rules.extend(config.rules.clone());
            all.ignored |= layer.hits(&layer.ignore, path);
            all.values.extend(config.values.clone());
            replace(&mut all.releases, &config.releases);
            replace(&mut all.namespaces, &config.namespaces);
            all.external.extend(config.external.clone());
            for (part, paths) in config.overrides.iter().zip(&layer.overrides) {
                if layer.hits(paths, path) {
                    all.rules.extend(part.rules.clone());
                    all.values.extend(part.values.clone());
                    replace(&mut all.releases, &part.releases);
                }
            }
        }
        all
    }

    /// Some object of this kind whose name begins like `name` is said to be installed.
    pub fn is_external(&self, kind: &str, name: &str) -> bool {
        self.external.iter().filter_map(|entry| entry.split_once('/')).any(|(of, pattern)| {
            of == kind
                && match pattern.split_once('*') {
                    Some((head, _)) => name.starts_with(head) || head.starts_with(name),
                    None => pattern == name,
                }
        })
    }
}

/// A configuration file, read.
#[derive(Debug)]
pub struct Read {
    pub layer: Layer,
    pub faults: Vec<Fault>,
    /// Where rules are named.
    pub rules: Vec<(String, TextRange)>,
    /// Where value sets are named.
    pub sets: Vec<(String, TextRange)>,
}

/// A mistake in a configuration file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    pub range: TextRange,
    pub message: String,
    pub help: Option<String>,
    /// The wrong word, where a right one may be near.
    pub word: Option<(String, Vec<&'static str>)>,
}

impl Read {
    /// Of a file that cannot be read, and why.
    pub fn closed(source: &Source, words: String) -> Self {
        let mut read = read(source);
        read.faults.push(Fault {
            range: TextRange::new(0, 0),
            message: format!("this cannot be read: {words}"),
            help: None,
            word: None,
        });
        read
    }
}

/// Reads a configuration file. What is wrong with it leaves the settings of which it is a part at their defaults.
pub fn read(source: &Source) -> Read {
    let base = source.path.parent().unwrap_or(&source.path);
    let text = &*source.text;
    let tree = parser::parse(text, TextRange::new(0, text.len()));
    let mut reader = Reader { tree: &tree, faults: Vec::new(), rules: Vec::new(), sets: Vec::new() };
    reader.root();
    let mut config = Config::default();
    if reader.faults.is_empty() && tree.root().is_some_and(|root| !is_null(&tree, root)) {
        match serde_yaml::from_str(text) {
            Ok(read) => config = read,
            Err(error) => reader.refused(&error, &source.lines),
        }
    }
    let Reader { faults, rules, sets, .. } = reader;
    Read { layer: Layer::new(config, base), faults, rules, sets }
}

fn is_null(tree: &Tree, id: NodeId) -> bool {
    tree.scalar(id).is_some_and(|text| matches!(text, "" | "~" | "null"))
}

/// Walks over a configuration file.
struct Reader<'t> {
    tree: &'t Tree,
    faults: Vec<Fault>,
    rules: Vec<(String, TextRange)>,
    sets: Vec<(String, TextRange)>,
}

impl Reader<'_> {
    fn fault(&mut self, at: NodeId, message: impl Into<String>) -> &mut Fault {
        let range = self.tree.node(at).range;
        self.faults.push(Fault { range, message: message.into(), help: None, word: None });
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    fn root(&mut self) {
        for problem in self.tree.problems() {
            if let ProblemKind::Syntax(message) = &problem.kind {
                let message = format!("this is not YAML: {message}");
                self.faults.push(Fault { range: problem.range, message, help: None, word: None });
            }
        }
        let Some(root) = self.tree.root().filter(|root| !is_null(self.tree, *root)) else { return };
        for (key, name, value) in self.entries(root, "the settings") {
            match name.as_str() {
                "ignore" => self.patterns(value),
                "releases" => self.releases(value),
                "external" => self.external(value),
                "overrides" => {
                    for part in self.items(value) {
                        for (key, name, value) in self.entries(part, "an entry of `overrides`") {
                            match name.as_str() {
                                "paths" => self.patterns(value),
                                "releases" => self.releases(value),
                                _ => self.common(key, &name, value, &OVERRIDE_KEYS),
                            }
                        }
                    }
                }
                _ => self.common(key, &name, value, &KEYS),
            }
        }
    }

    fn common(&mut self, key: NodeId, name: &str, value: NodeId, known: &[&'static str]) {
        match name {
            "rules" => {
                for (key, rule, level) in self.entries(value, "`rules`") {
                    self.rules.push((rule, self.tree.node(key).range));
                    let word = self.tree.scalar(level).unwrap_or_default().to_owned();
                    if !LEVELS.contains(&word.as_str()) {
                        let fault = self.fault(level, format!("`{word}` is no severity"));
                        fault.help = Some(format!("One of {}.", LEVELS.join(", ")));
                        fault.word = Some((word, LEVELS.to_vec()));
                    }
                }
            }
            "values" => {
                for (key, set, _) in self.entries(value, "`values`") {
                    self.sets.push((set, self.tree.node(key).range));
                }
            }
            _ if known.contains(&name) => {}
            _ => {
                let fault = self.fault(key, format!("there is no setting `{name}`"));
                fault.help = Some(format!("The settings are {}.", known.join(", ")));
                fault.word = Some((name.to_owned(), known.to_vec()));
            }
        }
    }

    /// Keys and values of a mapping; a fault if it is none.
    fn entries(&mut self, at: NodeId, what: &str) -> Vec<(NodeId, String, NodeId)> {
        let tree = self.tree;
        match tree.node(tree.resolve(at)).kind {
            Kind::Mapping(entries) => {
                let name = |key| tree.scalar(key).unwrap_or_default().to_owned();
                entries.iter().map(|(key, value)| (*key, name(*key), *value)).collect()
            }
            _ if is_null(tree, at) => Vec::new(),
            _ => {
                self.fault(at, format!("{what} must be names with values"));
                Vec::new()
            }
        }
    }

    /// The items of a list; serde says it if it is none.
    fn items(&self, at: NodeId) -> Vec<NodeId> {
        match self.tree.node(self.tree.resolve(at)).kind {
            Kind::Sequence(items) => items.to_vec(),
            _ => Vec::new(),
        }
    }

    fn patterns(&mut self, at: NodeId) {
        for item in self.items(at) {
            let text = self.tree.scalar(item).unwrap_or_default();
            if let Err(error) = GitignoreBuilder::new("").add_line(None, text) {
                self.fault(item, format!("`{text}` is no pattern: {error}"));
            }
        }
    }

    fn releases(&mut self, at: NodeId) {
        for item in self.items(at) {
            let text = self.tree.scalar(item).unwrap_or_default().to_owned();
            if Release::named(&text).is_none() {
                let names: Vec<_> = Release::ALL.into_iter().map(Release::name).collect();
                let fault = self.fault(item, format!("there is no KubeBlocks release `{text}`"));
                fault.help = Some(format!("The releases are {}.", names.join(", ")));
                fault.word = Some((text, names));
            }
        }
    }

    fn external(&mut self, at: NodeId) {
        for item in self.items(at) {
            let text = self.tree.scalar(item).unwrap_or_default();
            let fits = text.split_once('/').is_some_and(|(kind, name)| {
                kind.starts_with(|c: char| c.is_ascii_uppercase()) && !name.is_empty() && !name.contains('/')
            });
            if !fits {
                self.fault(item, format!("`{text}` names no object")).help =
                    Some("Write `Kind/name`: `ComponentDefinition/tidedb-*`.".into());
            }
        }
    }

    /// What serde does not take: at the smallest node of the place it gives.
    fn refused(&mut self, error: &serde_yaml::Error, lines: &LineIndex) {
        let at = error.location().map_or(0, |place| {
            let line = lines.line_range(place.line().saturating_sub(1) as u32);
            (line.start + place.column().saturating_sub(1) as u32).min(line.end)
        });
        let nodes = self.tree.ids().filter(|id| self.tree.node(*id).range.touches(at));
        let node = nodes.min_by_key(|id| self.tree.node(*id).range.len()).or(self.tree.root());
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or(&words).to_owned();
        if let Some(node) = node {
            self.fault(node, format!("this cannot be used: {words}"));
        }
    }
}

/// The schema of [`Config`], as `schemas/config.json` holds it; `rules` are names, summaries and usual severities.
pub fn schema<'r>(rules: impl Iterator<Item = (&'r str, &'r str, Severity)>) -> Value {
    let mut schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap_or_default();
    let level =
        |summary: &str, usual: Level| json!({"description": summary, "default": usual, "$ref": "#/$defs/Level"});
    let known: Map<_, _> =
        rules.map(|(name, summary, usual)| (name.to_owned(), level(summary, usual.into()))).collect();
    let releases: Vec<_> = Release::ALL.into_iter().map(Release::name).collect();
    for place in ["/properties", "/$defs/Override/properties"] {
        let Some(Value::Object(keys)) = schema.pointer_mut(place) else { continue };
        if let Some(Value::Object(rules)) = keys.get_mut("rules") {
            rules.insert("properties".into(), known.clone().into());
            rules.insert("additionalProperties".into(), false.into());
        }
        if let Some(Value::Object(item)) = keys.get_mut("releases").and_then(|list| list.get_mut("items")) {
            item.insert("enum".into(), releases.clone().into());
        }
    }
    schema
}
