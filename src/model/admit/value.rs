//! What a node says in JSON: YAML 1.1 typing at the door, as Helm and `kubectl` do it, and mappings with their merges.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::helm::data;
use crate::model::object::Node;
use crate::yaml::tree::{Kind, NodeId, Tree};
use crate::yaml::typing::Meaning;

/// One level of a JSON value.
#[derive(Clone, PartialEq, Debug)]
pub enum Said<'w> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'w str),
    List,
    Map,
    /// What cannot be read here (an alias of itself, a tag we do not follow). Nothing is said of it.
    Unknown,
}

/// The value of a node, through aliases.
pub fn said(node: Node<'_>) -> Said<'_> {
    let tree = node.document.tree();
    let id = tree.resolve(node.id);
    match tree.node(id).kind {
        Kind::Sequence(_) => Said::List,
        Kind::Mapping(_) => Said::Map,
        Kind::Alias { .. } => Said::Unknown,
        Kind::Scalar { text, .. } => match data::meaning(tree, id) {
            _ if tree.tag(id).is_some_and(|tag| tag != "!!str") => Said::Unknown,
            Ok(Meaning::Null) => Said::Null,
            Ok(Meaning::Bool(value)) => Said::Bool(value),
            Ok(Meaning::Int(value)) => Said::Int(value),
            Ok(Meaning::Uint(value)) => Said::Float(value as f64),
            // Go writes a float without a fraction as a whole number, so JSON has an integer there.
            Ok(Meaning::Float(value)) if value.fract() == 0.0 && value.abs() < 1e15 => Said::Int(value as i64),
            Ok(Meaning::Float(value)) => Said::Float(value),
            Ok(Meaning::Str) => Said::Str(text),
            Err(_) => Said::Unknown,
        },
    }
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry<'w> {
    pub name: Cow<'w, str>,
    pub key: Node<'w>,
    pub value: Node<'w>,
}

/// Merges inside merges go no deeper.
const MAX_MERGES: u32 = 16;

/// The entries of a mapping as JSON has them: merges expanded, of equal keys the last. `None` where a key cannot be
/// read.
pub fn entries(node: Node<'_>) -> Option<Vec<Entry<'_>>> {
    let mut found = Vec::new();
    collect(node, node.resolved().id, MAX_MERGES, &mut found)?;
    let mut last: HashMap<Cow<str>, usize> = HashMap::new();
    let mut kept: Vec<Entry> = Vec::with_capacity(found.len());
    for entry in found {
        // Most mappings are small.
        let known = if kept.len() < 16 {
            kept.iter().position(|known| known.name == entry.name)
        } else {
            if last.is_empty() {
                last.extend(kept.iter().enumerate().map(|(at, entry)| (entry.name.clone(), at)));
            }
            Some(*last.entry(entry.name.clone()).or_insert(kept.len())).filter(|at| *at < kept.len())
        };
        match known {
            Some(at) => kept[at] = entry,
            None => kept.push(entry),
        }
    }
    Some(kept)
}

fn collect<'w>(node: Node<'w>, id: NodeId, depth: u32, out: &mut Vec<Entry<'w>>) -> Option<()> {
    let tree: &'w Tree = node.document.tree();
    let Kind::Mapping(entries) = tree.node(id).kind else { return None };
    out.reserve(entries.len());
    for (key, value) in entries {
        if tree.is_merge_key(*key) {
            let depth = depth.checked_sub(1)?;
            let merged = tree.resolve(*value);
            match tree.node(merged).kind {
                // The first of a list wins, so it is applied last.
                Kind::Sequence(items) => {
                    for item in items.iter().rev() {
                        collect(node, tree.resolve(*item), depth, out)?;
                    }
                }
                _ => collect(node, merged, depth, out)?,
            }
            continue;
        }
        let name = key_name(tree, *key)?;
        out.push(Entry { name, key: node.document.node(*key), value: node.document.node(*value) });
    }
    Some(())
}

/// A key is typed as a value is, then made text again.
fn key_name(tree: &Tree, id: NodeId) -> Option<Cow<'_, str>> {
    let text = tree.scalar(id)?;
    match data::meaning(tree, tree.resolve(id)).ok()? {
        Meaning::Str => Some(text.into()),
        Meaning::Bool(value) => Some(value.to_string().into()),
        Meaning::Int(value) => Some(value.to_string().into()),
        Meaning::Null | Meaning::Uint(_) | Meaning::Float(_) => None,
    }
}

/// Two nodes are the same JSON. Deep ones, and what is not known, are taken to differ.
pub fn same(a: Node<'_>, b: Node<'_>) -> bool {
    same_within(a, b, 16)
}

fn same_within(a: Node<'_>, b: Node<'_>, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (said(a), said(b)) {
        (Said::Unknown, _) => false,
        (Said::List, Said::List) => {
            a.items().count() == b.items().count() && a.items().zip(b.items()).all(|(a, b)| same_within(a, b, depth))
        }
        (Said::Map, Said::Map) => {
            let (Some(a), Some(b)) = (entries(a), entries(b)) else { return false };
            a.len() == b.len()
                && a.iter().all(|entry| {
                    let other = b.iter().find(|other| other.name == entry.name);
                    other.is_some_and(|other| same_within(entry.value, other.value, depth))
                })
        }
        (a, b) => a == b,
    }
}

impl Said<'_> {
    /// A value of a schema (a default, one of an enumeration) is the same.
    pub fn is(&self, value: &serde_json::Value) -> bool {
        use serde_json::Value;
        match (self, value) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(a), Value::Bool(b)) => a == b,
            (Self::Int(a), Value::Number(b)) => b.as_i64() == Some(*a),
            (Self::Float(a), Value::Number(b)) => b.as_f64() == Some(*a),
            (Self::Str(a), Value::String(b)) => a == b,
            _ => false,
        }
    }
}
