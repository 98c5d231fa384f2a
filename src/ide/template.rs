//! Names in template actions that refer to something: helpers, values, files.

use std::sync::Arc;

use camino::Utf8Path;

use super::completion::{chart_key, member_words};
use super::shapes::ITEM;
use super::{Cursor, Target};
use crate::helm;
use crate::helm::chart::Package;
use crate::template::Syntax;
use crate::template::ast::{Command, Expr, ExprKind, Segment, Visitor};
use crate::text::{FileId, Span, TextRange};
use crate::vfs::Source;
use crate::world::{Chart, File, World};
use crate::yaml::tree::{Kind, NodeId, Tree};
use crate::yaml::{parser, path};

/// What a name in an action stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// A `define`.
    Helper(String),
    /// A value: its keys from the root of the values.
    Value(Vec<String>),
    /// A key of Chart.yaml.
    ChartKey(String),
    /// A file of the chart, by its path from the chart's folder.
    File(String),
    /// The files that a pattern takes.
    Files(String),
}

/// A name in an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Symbol {
    /// The name alone: bytes of the file.
    pub(super) origin: TextRange,
    pub(super) meaning: Meaning,
}

/// The name in an action under the cursor.
pub(super) fn symbol(file: &File, offset: u32) -> Option<Symbol> {
    file.syntax().action_at(offset)?;
    symbols(file).into_iter().find(|symbol| symbol.origin.touches(offset))
}

/// Every name in an action of the file: calls, `define`s, then paths.
pub(super) fn symbols(file: &File) -> Vec<Symbol> {
    let syntax = file.syntax();
    let helper = |name: &str, origin: TextRange| Symbol { origin, meaning: Meaning::Helper(name.to_owned()) };
    let calls = syntax.named_calls().into_iter().map(|call| helper(call.name, call.name_range));
    let defines = syntax.defines.iter().map(|define| helper(&define.name.text, define.name.range));
    let paths = paths(syntax).into_iter();
    calls.chain(defines).chain(paths).collect()
}

/// Segments of value paths, of paths into Chart.yaml, and the paths of files.
pub(super) fn paths(syntax: &Syntax) -> Vec<Symbol> {
    struct Paths(Vec<Symbol>);
    impl<'s> Visitor<'s> for Paths {
        fn expr(&mut self, expr: &'s Expr) {
            self.0.extend(path_symbols(segments(expr)));
        }

        fn command(&mut self, command: &'s Command) {
            let [function, path, keys @ ..] = &*command.operands else { return };
            if matches!(&function.kind, ExprKind::Function(name) if name == "index") {
                self.0.extend(indexed(path, keys));
            }
            let names: Vec<&str> = segments(function).iter().map(|segment| segment.name.as_str()).collect();
            let meaning = match (&names[..], &path.kind) {
                ([.., "Files", "Get" | "Lines" | "GetBytes"], ExprKind::String(text)) => Meaning::File(text.clone()),
                ([.., "Files", "Glob"], ExprKind::String(text)) => Meaning::Files(text.clone()),
                _ => return,
            };
            self.0.push(Symbol { origin: unquoted(path), meaning });
        }
    }
    let mut paths = Paths(Vec::new());
    syntax.visit(&mut paths);
    paths.0
}

/// The keys of `index .Values.a "b" "c"`.
fn indexed(root: &Expr, keys: &[Expr]) -> Vec<Symbol> {
    let root = path_symbols(segments(root)).pop().map(|symbol| symbol.meaning);
    let Some(Meaning::Value(mut path)) = root else { return Vec::new() };
    let mut found = Vec::new();
    for key in keys {
        let ExprKind::String(name) = &key.kind else { break };
        path.push(name.clone());
        found.push(Symbol { origin: unquoted(key), meaning: Meaning::Value(path.clone()) });
    }
    found
}

/// A string without its quotes.
fn unquoted(string: &Expr) -> TextRange {
    let TextRange { start, end } = string.range;
    TextRange { start: start + 1, end: end.saturating_sub(1).max(start + 1) }
}

fn segments(expr: &Expr) -> &[Segment] {
    match &expr.kind {
        ExprKind::Field(segments) | ExprKind::Variable(_, segments) | ExprKind::Chain(_, segments) => segments,
        _ => &[],
    }
}

/// `.Values.a.b` wherever the root object is kept: `.root.Values.a.b` means the same.
fn path_symbols(segments: &[Segment]) -> Vec<Symbol> {
    let mut found = Vec::new();
    let Some(root) = segments.iter().position(|segment| ["Values", "Chart"].contains(&segment.name.as_str())) else {
        return found;
    };
    let keys = &segments[root + 1..];
    if segments[root].name == "Chart" {
        if let Some(key) = keys.first() {
            let meaning = chart_key(&key.name).map(|key| Meaning::ChartKey(key.to_owned()));
            found.extend(meaning.map(|meaning| Symbol { origin: key.range, meaning }));
        }
        return found;
    }
    found.push(Symbol { origin: segments[root].range, meaning: Meaning::Value(Vec::new()) });
    for (i, key) in keys.iter().enumerate() {
        let path = keys[..=i].iter().map(|key| key.name.clone()).collect();
        found.push(Symbol { origin: key.range, meaning: Meaning::Value(path) });
    }
    found
}

/// The member of the root object under the cursor, by its path: `Release`, `Release.Name`.
pub(super) fn member(file: &File, offset: u32) -> Option<(TextRange, Vec<String>)> {
    struct Members(u32, Option<(TextRange, Vec<String>)>);
    impl<'s> Visitor<'s> for Members {
        fn expr(&mut self, expr: &'s Expr) {
            let segments = segments(expr);
            let Some(last) = segments.iter().position(|segment| segment.range.touches(self.0)) else { return };
            let names: Vec<&str> = segments[..=last].iter().map(|segment| segment.name.as_str()).collect();
            // The root object may be kept in a `dict`; its own members count there too.
            let path = (0..=last).map(|from| &names[from..]).find(|path| member_words(path).is_some());
            let path = path.filter(|path| path.len() > 1 || path.len() == names.len());
            self.1 = path.map(|path| (segments[last].range, path.iter().map(|name| (*name).to_owned()).collect()));
        }
    }
    file.syntax().action_at(offset)?;
    let mut members = Members(offset, None);
    file.syntax().visit(&mut members);
    members.1
}

/// Where a name in an action of a file leads.
pub(super) fn targets(world: &World, at: Cursor, meaning: &Meaning) -> Vec<Target> {
    let mut found: Vec<Target> = Vec::new();
    for chart in world.charts_of(at.file) {
        let targets = match meaning {
            Meaning::Helper(name) => helpers(chart, name),
            Meaning::Value(path) => values(chart, at.file, path),
            Meaning::ChartKey(key) => {
                let own = holders(chart, at.file).into_iter().map(|(_, package)| package);
                own.filter_map(|package| key_in(package.files.get(Utf8Path::new("Chart.yaml"))?, [key.as_str()]))
                    .collect()
            }
            Meaning::File(path) => {
                let own = holders(chart, at.file).into_iter().map(|(_, package)| package);
                own.filter_map(|package| Some(start_of(package.files.get(Utf8Path::new(path))?))).collect()
            }
            Meaning::Files(pattern) => {
                let own = holders(chart, at.file).into_iter().map(|(_, package)| package);
                own.flat_map(|package| {
                    let paths = helm::files::paths(package).filter(|path| helm::files::matches(pattern, &[*path]));
                    paths.filter_map(|path| package.files.get(Utf8Path::new(path))).map(|source| start_of(source))
                })
                .collect()
            }
        };
        for target in targets {
            if !found.contains(&target) {
                found.push(target);
            }
        }
    }
    found
}

fn start_of(source: &Source) -> Target {
    let start = Span::new(source.id, 0, 0);
    Target { full: start, name: start }
}

/// The `define`s of a name, those of the chart itself first.
pub(super) fn helpers(chart: &Chart, name: &str) -> Vec<Target> {
    let own = |file: &&Arc<File>| file.source.path.starts_with(&chart.root) && !in_dependency(chart, &file.source.path);
    let (own, others): (Vec<_>, Vec<_>) = chart.files.values().partition(own);
    let defines = own.into_iter().chain(others).flat_map(|file| {
        let id = file.source.id;
        let same = file.syntax().defines.iter().filter(|define| define.name.text == name);
        same.map(move |define| Target {
            full: Span { file: id, range: define.range },
            name: Span { file: id, range: define.name.range },
        })
    });
    defines.collect()
}

fn in_dependency(chart: &Chart, path: &Utf8Path) -> bool {
    path.starts_with(chart.root.join("charts"))
}

/// The packages of a chart that have the file, each with its names from the chart down.
pub(super) fn holders(chart: &Chart, file: FileId) -> Vec<(Vec<&str>, &Package)> {
    let mut found = Vec::new();
    let mut open: Vec<(Vec<&str>, &Package)> =
        chart.package().map(|package| (Vec::new(), package)).into_iter().collect();
    while let Some((names, package)) = open.pop() {
        for dependency in &package.dependencies {
            let mut names = names.clone();
            names.push(dependency.name.as_str());
            open.push((names, &dependency.package));
        }
        if package.files.values().any(|source| source.id == file) {
            found.push((names, package));
        }
    }
    found
}

/// Where the value at `path`, as a template file sees it, is written: in the values of its own chart, then in those of
/// the chart above it. A library's templates see the values of the chart that includes them.
fn values(chart: &Chart, file: FileId, path: &[String]) -> Vec<Target> {
    let described = schema_file(chart).filter(|_| !path.is_empty()).and_then(|source| key_in(source, in_schema(path)));
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let written = value_files(chart, file, &path).into_iter();
    let written = written
        .filter_map(|(source, path)| if path.is_empty() { Some(start_of(source)) } else { key_in(source, path) });
    written.chain(described).collect()
}

/// The values files in which the value at `path` may be written, each with the path it has there.
fn value_files<'c>(chart: &'c Chart, file: FileId, path: &[&'c str]) -> Vec<(&'c Source, Vec<&'c str>)> {
    let mut found = Vec::new();
    let Some(top) = chart.package() else { return found };
    let own = |package: &'c Package| package.files.get(Utf8Path::new("values.yaml")).map(AsRef::as_ref);
    for (names, package) in holders(chart, file) {
        let shared = package.metadata.library || path.first().is_some_and(|key| *key == "global");
        if shared {
            found.extend(own(top).map(|source| (source, path.to_vec())));
        }
        found.extend(own(package).map(|source| (source, path.to_vec())));
        if !names.is_empty() && !path.is_empty() {
            let names = names.into_iter().chain(path.iter().copied()).collect();
            found.extend(own(top).map(|source| (source, names)));
        }
    }
    let sets = chart.values.files.iter().map(AsRef::as_ref);
    found.extend(sets.filter(|_| !path.is_empty()).map(|source| (source, path.to_vec())));
    found
}

/// Where the value at `path` from the chart's own root is written, and where the schema of values describes it.
pub(super) fn values_of(chart: &Chart, path: &[String]) -> Vec<Target> {
    let own = chart.package().and_then(|package| package.files.get(Utf8Path::new("values.yaml")));
    let files = own.into_iter().chain(&chart.values.files);
    let written = files.filter_map(|source| key_in(source, path.iter().map(String::as_str)));
    let described = schema_file(chart).and_then(|source| key_in(source, in_schema(path)));
    written.chain(described).collect()
}

fn schema_file(chart: &Chart) -> Option<&Source> {
    chart.package()?.files.get(Utf8Path::new("values.schema.json")).map(AsRef::as_ref)
}

/// The path of the value that the key under the cursor describes, in the chart's schema of values.
pub(super) fn described(chart: &Chart, at: Cursor) -> Option<Vec<String>> {
    let tree = first_document(schema_file(chart).filter(|source| source.id == at.file)?)?;
    let id = path::node_at(&tree, at.offset)?;
    let is_key =
        |map| matches!(tree.node(map).kind, Kind::Mapping(entries) if entries.iter().any(|(key, _)| *key == id));
    tree.node(id).parent.filter(|map| is_key(*map))?;
    let path = path::Path::of(&tree, id);
    let keys = path.steps.iter().map(path::Step::key).collect::<Option<Vec<_>>>()?;
    let is_described = keys.len().is_multiple_of(2) && keys.iter().step_by(2).all(|word| *word == "properties");
    is_described.then(|| keys.into_iter().skip(1).step_by(2).map(str::to_owned).collect())
}

/// The path at which a schema describes a value.
fn in_schema<'p>(path: &'p [String]) -> impl Iterator<Item = &'p str> + use<'p> {
    path.iter().flat_map(|key| ["properties", key.as_str()])
}

/// What the schema of values says of a value.
pub(super) fn schema_words(chart: &Chart, path: &[String]) -> Option<String> {
    let tree = first_document(schema_file(chart)?)?;
    let words = in_schema(path).chain(["description"]);
    let at = words.fold(tree.root(), |at, key| tree.get(at?, key))?;
    tree.scalar(at).map(str::to_owned)
}

/// A key of a mapping of values.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) target: Target,
    /// A scalar behind it.
    pub(super) value: Option<String>,
}

/// The keys below a path of values, as templates of the cursor's file see it; [`ITEM`] leads to the first item.
pub(super) fn keys(world: &World, at: Cursor, path: &[&str]) -> Vec<Key> {
    let mut found: Vec<Key> = Vec::new();
    for chart in world.charts_of(at.file) {
        for (source, path) in value_files(chart, at.file, path) {
            let Some(tree) = first_document(source) else { continue };
            let Some(at) = tree.root().and_then(|root| path.iter().try_fold(root, |at, key| below(&tree, at, key)))
            else {
                continue;
            };
            let Kind::Mapping(entries) = tree.node(tree.resolve(at)).kind else { continue };
            for (key, value) in entries {
                let Some(name) = tree.scalar(*key).filter(|name| !found.iter().any(|known| known.name == *name)) else {
                    continue;
                };
                let value_text = tree.scalar(*value).map(str::to_owned);
                found.push(Key {
                    name: name.to_owned(),
                    target: entry(source, &tree, *key, *value),
                    value: value_text,
                });
            }
        }
    }
    found
}

fn below(tree: &Tree, at: NodeId, key: &str) -> Option<NodeId> {
    if key != ITEM {
        return tree.get(at, key);
    }
    match tree.node(tree.resolve(at)).kind {
        Kind::Sequence(items) => items.first().copied(),
        Kind::Mapping(entries) => entries.first().map(|(_, value)| *value),
        _ => None,
    }
}

pub(super) fn first_document(source: &Source) -> Option<Tree> {
    let range = parser::documents(&source.text).into_iter().next()?;
    Some(parser::parse(&source.text, range))
}

/// The key at a path of a plain YAML file.
fn key_in<'p>(source: &Source, path: impl IntoIterator<Item = &'p str>) -> Option<Target> {
    let tree = first_document(source)?;
    let mut at = tree.root()?;
    let mut found = None;
    for key in path {
        let (key, value) = tree.entry(at, key)?;
        found = Some((key, value));
        at = value;
    }
    let (key, value) = found?;
    Some(entry(source, &tree, key, value))
}

fn entry(source: &Source, tree: &Tree, key: NodeId, value: NodeId) -> Target {
    let whole = whole(tree, value, tree.node(key).range);
    // A name without its quotes.
    let name = parser::part(&source.text, tree, key, TextRange::new(0, tree.scalar(key).unwrap_or_default().len()));
    let span = |range| Span { file: source.id, range };
    Target { full: span(tree.node(key).range.cover(whole)), name: span(name) }
}

/// The value's bytes where it is written; the key's where it is not.
fn whole(tree: &Tree, value: NodeId, key: TextRange) -> TextRange {
    let range = tree.node(value).range;
    if range.is_empty() || range.start < key.start { key } else { range }
}
