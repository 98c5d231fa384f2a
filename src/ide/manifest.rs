//! Names in Chart.yaml that lead elsewhere: the charts it depends on, and the values that switch them on.

use camino::Utf8Path;

use super::hover::Block;
use super::template;
use super::{Cursor, Target};
use crate::helm::chart::Package;
use crate::text::{Span, TextRange, parts_between};
use crate::world::World;
use crate::yaml::parser;
use crate::yaml::path::{Path, Step, node_at};

/// What stands under the cursor in Chart.yaml.
pub(super) struct Named<'w> {
    /// The name alone.
    pub(super) origin: Span,
    pub(super) what: What<'w>,
}

pub(super) enum What<'w> {
    /// Another chart, as it was found.
    Chart(&'w Package),
    /// A path of values.
    Value(Vec<String>),
}

/// The name under the cursor, if Chart.yaml has it in an item of its dependencies and something is known of it.
pub(super) fn named(world: &World, at: Cursor) -> Option<Named<'_>> {
    let source = world.source(at.file).filter(|source| source.path.file_name() == Some("Chart.yaml"))?;
    let tree = template::first_document(source)?;
    let id = node_at(&tree, at.offset)?;
    let text = tree.scalar(id)?;
    let (index, key) = match Path::of(&tree, id).steps.as_slice() {
        [Step::Key(list), Step::Index(index), Step::Key(key)] if list == "dependencies" => (*index, key.clone()),
        _ => return None,
    };
    let part = |range| parser::part(&source.text, &tree, id, range);
    let whole = part(TextRange::new(0, text.len()));
    // The key itself is told of as such.
    if !whole.touches(at.offset) || tree.node(id).parent.is_some_and(|map| tree.get(map, &key) != Some(id)) {
        return None;
    }
    let spanned = |range| Span { file: at.file, range };
    match key.as_str() {
        "name" | "alias" | "repository" | "version" => {
            let holders = world.charts_of(at.file).into_iter().flat_map(|chart| template::holders(chart, at.file));
            let found = holders.into_iter().find_map(|(_, package)| {
                let entry = package.metadata.dependencies.get(index)?;
                package.dependencies.iter().find(|dependency| dependency.name == entry.key())
            });
            Some(Named { origin: spanned(whole), what: What::Chart(&found?.package) })
        }
        "condition" => {
            let (range, path) = parts_between(text, ',').find(|(range, _)| part(*range).touches(at.offset))?;
            let mut keys = Vec::new();
            let mut segments = parts_between(path, '.').map(|(word_range, word)| {
                keys.push(word.to_owned());
                part(word_range.shift(range.start))
            });
            let origin = segments.find(|origin| origin.touches(at.offset))?;
            Some(Named { origin: spanned(origin), what: What::Value(keys) })
        }
        _ => None,
    }
}

/// Where it leads.
pub(super) fn targets(world: &World, at: Cursor, named: &Named<'_>) -> Vec<Target> {
    match &named.what {
        What::Chart(package) => {
            let manifest = package.files.get(Utf8Path::new("Chart.yaml"));
            let full = manifest.map(|source| Span::new(source.id, 0, source.text.len()));
            let name = package.metadata.places.get("name").copied();
            full.map(|full| Target { full, name: name.unwrap_or(Span::new(full.file, 0, 0)) }).into_iter().collect()
        }
        What::Value(path) => template::targets(world, at, &template::Meaning::Value(path.clone())),
    }
}

/// What is told of it.
pub(super) fn words(world: &World, at: Cursor, named: &Named<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let targets = targets(world, at, named);
    match &named.what {
        What::Chart(package) => {
            let metadata = &package.metadata;
            let kind = if metadata.library { "Library" } else { "Chart" };
            blocks.push(Block::text(format!("{kind} `{}` {}", package.name(), metadata.version)));
            if !metadata.description.is_empty() {
                blocks.push(Block::text(metadata.description.as_str()));
            }
        }
        What::Value(path) => {
            blocks.push(Block::text(format!("Value `{}`", path.join("."))));
            blocks.extend(targets.first().into_iter().flat_map(|target| super::hover::key(world, *target)));
        }
    }
    blocks.extend(targets.first().map(|target| Block::Link { text: "Found in".into(), to: target.name }));
    blocks
}
