//! `<no value>`: what an action prints for a value that is not there, until Helm deletes it.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Hole;
use crate::template::traced::{CallId, Origin, Traced};
use crate::template::value::{Data, List, Map, Value};
use crate::text::Span;

/// What Go prints for a missing value. Helm deletes every such text, whoever wrote it.
pub(super) const NO_VALUE: &str = "<no value>";

/// A hole as execution saw it.
pub(super) struct Sighting {
    /// The action that printed it.
    pub(super) action: Span,
    pub(super) span: Span,
    pub(super) calls: CallId,
    /// The map that has no such key, and the key.
    pub(super) missing: (Map, String),
}

/// Deletes `<no value>`, origins and all.
pub(super) fn without(text: &Traced) -> Traced {
    if text.as_str().contains(NO_VALUE) { text.replace(NO_VALUE, &Traced::new(), None) } else { text.clone() }
}

/// Where offsets of the text are after [`without`].
pub(super) fn moved(text: &Traced, mut offsets: Vec<u32>) -> Vec<u32> {
    if offsets.is_empty() {
        return offsets;
    }
    let deleted: Vec<_> = text.as_str().match_indices(NO_VALUE).map(|(at, _)| at as u32).collect();
    for offset in &mut offsets {
        let before = deleted.partition_point(|at| *at < *offset);
        *offset = offset.saturating_sub((before * NO_VALUE.len()) as u32);
    }
    offsets
}

/// The holes whose values belong to `.Values` of `root`, with the places at which they would stand in the output.
pub(super) fn locate(output: &Traced, sightings: Vec<Sighting>, root: &Value) -> Vec<Hole> {
    if sightings.is_empty() {
        return Vec::new();
    }
    let paths = Paths::of(root);
    // Offsets are those after the deletion.
    let mut printed: HashMap<(Span, CallId), Vec<u32>> = HashMap::new();
    let mut occurrences = output.as_str().match_indices(NO_VALUE).map(|(at, _)| at as u32).enumerate().peekable();
    for (range, piece) in output.pieces() {
        while let Some(&(i, at)) = occurrences.peek().filter(|(_, at)| *at < range.end) {
            if let Origin::Computed { action, .. } = piece.origin {
                printed.entry((action, piece.calls)).or_default().push(at - (i * NO_VALUE.len()) as u32);
            }
            occurrences.next();
        }
    }
    let mut printed: HashMap<_, _> = printed.into_iter().map(|(key, at)| (key, at.into_iter())).collect();
    let holes = sightings.into_iter().map(|sighting| {
        let at = printed.get_mut(&(sighting.action, sighting.calls)).and_then(Iterator::next);
        let (map, key) = &sighting.missing;
        let path = paths.get(map).map(|path| join(path, key));
        path.map(|path| Hole { span: sighting.span, path, calls: sighting.calls, at })
    });
    holes.flatten().collect()
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The paths of all maps below `.Values`, by identity. They are held, so that no other map can take their place in
/// memory.
#[derive(Default)]
struct Paths {
    of: HashMap<usize, (Map, String)>,
}

impl Paths {
    fn of(root: &Value) -> Self {
        let mut paths = Self::default();
        let values = match &root.data {
            Data::Map(map) => map.get("Values"),
            _ => None,
        };
        let mut lists = HashSet::new();
        let mut rest: Vec<(Value, String)> = values.map(|values| (values, String::new())).into_iter().collect();
        while let Some((value, path)) = rest.pop() {
            match value.data {
                Data::Map(map) => {
                    let entries = map.entries.borrow();
                    let children = entries.iter().map(|(key, value)| (value.clone(), join(&path, key)));
                    let children: Vec<_> = children.collect();
                    drop(entries);
                    if paths.of.insert(identity(&map), (map, path)).is_none() {
                        rest.extend(children);
                    }
                }
                // What is listed twice is walked once, or lists of lists of themselves would take for ever.
                Data::List(List { items, .. }) if lists.insert(Rc::as_ptr(&items)) => {
                    rest.extend(items.iter().enumerate().map(|(i, item)| (item.clone(), format!("{path}[{i}]"))));
                }
                _ => {}
            }
        }
        paths
    }

    fn get(&self, map: &Map) -> Option<&str> {
        self.of.get(&identity(map)).map(|(_, path)| path.as_str())
    }
}

fn identity(map: &Map) -> usize {
    Rc::as_ptr(&map.entries) as usize
}
