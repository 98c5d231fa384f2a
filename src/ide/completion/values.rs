//! Paths of values.

use std::cmp::Reverse;

use super::guess::Near;
use super::{About, Item, Kind, Question};
use crate::ide::hover;
use crate::ide::shapes::{self, ITEM, Shape, Shapes};
use crate::ide::template;
use crate::ide::typed::{Typed, literal};

/// Longer values (characters) are not shown beside their keys.
const MAX_SHOWN: usize = 40;

/// The keys below a path of values: those that are written, then those that templates read elsewhere.
pub(super) fn below(question: &Question<'_>, path: &[&str], known: &Shapes) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for key in template::keys(question.world, question.at, path) {
        let value = key.value.filter(|value| value.chars().count() <= MAX_SHOWN && !hover::is_secret(&key.name));
        let item = Item::new(key.name, Kind::Member).detail(value.unwrap_or_default()).about(About::Key(key.target));
        if plain(&item.label) {
            items.push(item);
        }
    }
    let near = Near::of(question, question.at.offset);
    let count = |name: &str| {
        let same = |read: &&shapes::Read| {
            read.path.len() == path.len() + 2
                && read.path.last().is_some_and(|last| last == name)
                && read.path[0] == "Values"
        };
        known.reads.iter().filter(same).count()
    };
    // What nobody reads yet may be what is missing.
    items.sort_by_cached_key(|item| {
        let count = count(&item.label);
        Reverse(10 * near.alike(&item.label) + if count == 0 { 4 } else { count.min(9) })
    });
    let here = |read: &&shapes::Read| {
        let own = read.key.file == question.at.file && read.key.range.touches(question.at.offset);
        read.path.len() == path.len() + 2
            && read.path[0] == "Values"
            && read.path[1..].iter().zip(path).all(|(a, b)| a == b)
            && !own
    };
    for read in known.reads.iter().filter(here) {
        if let Some(name) = read.path.last().filter(|name| *name != ITEM && plain(name)) {
            items.push(Item::new(name.as_str(), Kind::Member).detail("not in values.yaml"));
        }
    }
    items
}

/// A name that can stand behind a dot.
fn plain(name: &str) -> bool {
    name.chars().all(|c| c == '_' || c.is_alphanumeric()) && !name.is_empty()
}

/// Keys as texts: `index .Values "a" "b"`, `hasKey .Values.a "b"`.
pub(super) fn keys_in_text(question: &Question<'_>, typed: &Typed<'_>) -> Vec<Item> {
    let Some(call) = typed.calls.first() else { return Vec::new() };
    let [function, rest @ ..] = call.words.as_slice() else { return Vec::new() };
    let (of, keys) = match (*function, rest) {
        ("index", [of, keys @ ..]) => (*of, keys),
        ("get" | "hasKey", [of]) => (*of, &[][..]),
        _ => return Vec::new(),
    };
    let Some(keys) = keys.iter().map(|key| literal(key)).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let mut items = Vec::new();
    for chart in &question.charts {
        let known = shapes::of(chart);
        for scope in shapes::scopes(&known, question.file, question.at.offset) {
            let mut names = of.split('.');
            let root = names.next().unwrap_or_default();
            let base =
                if root.is_empty() { Some(scope.dot.clone()) } else { scope.variable(root).map(|v| v.shape.clone()) };
            let Some(base) = base else { continue };
            let shape = names
                .filter(|name| !name.is_empty())
                .chain(keys.iter().copied())
                .fold(base, |shape, name| shape.key(name));
            if let Shape::Path(path) = shape
                && let [root, path @ ..] = path.as_slice()
                && root == "Values"
            {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                for key in template::keys(question.world, question.at, &path) {
                    items.push(Item::new(key.name, Kind::Member).about(About::Key(key.target)));
                }
            }
        }
    }
    items
}
