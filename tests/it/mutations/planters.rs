//! The faults: where each can be planted, and how.

mod backup;
mod charts;
mod clusters;
mod configs;
mod legacy;
mod objects;
mod pods;
mod vars;
mod versions;

use std::ops::Range;

use kubeblocks_ls::model::cluster::Unit;
use kubeblocks_ls::model::definition::Definition;
use kubeblocks_ls::model::object::Node;
use kubeblocks_ls::model::uses::Uses;
use kubeblocks_ls::world::World;

use At::{File, Line};
use How::{Among, Beside, Gone, Key, Put, Text, Twice, With};

/// Where the rule must speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum At {
    /// On the lines that were changed.
    Line,
    /// In the file that was changed.
    File,
    /// At whatever has to do with it.
    World,
}

/// Changes of a whole text.
type Edits = Vec<(Range<usize>, String)>;

/// How a place becomes wrong.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// Text in place of a scalar; `*` is what stood there.
    Put(&'static str),
    With(fn(Node<'_>) -> Option<String>),
    /// Another name for a key.
    Key(&'static str),
    /// Entries in front of one, or items (`- …`) in front of one.
    Beside(&'static str),
    /// The line of an entry goes.
    Gone,
    /// The line of an entry stands twice.
    Twice,
    /// Changes of one file that other objects tell; the first is where the fault is.
    Among(for<'w> fn(&'w World, Node<'w>) -> Option<Changes<'w>>),
    /// Something is done to the text of files whose paths hold [`Planter::path`].
    Text(fn(&str) -> Edits),
}

/// One change of a text.
pub(super) enum Change {
    Put(String),
    Key(&'static str),
    Beside(String),
    Gone,
    Twice,
}

pub(super) type Changes<'w> = Vec<(Node<'w>, Change)>;

impl How {
    /// What is to be done at a node.
    pub(super) fn changes<'w>(self, world: &'w World, node: Node<'w>) -> Option<Changes<'w>> {
        let change = match self {
            Self::Put(text) => Change::Put(text.replace('*', node.text()?)),
            Self::With(change) => Change::Put(change(node)?),
            Self::Key(name) => Change::Key(name),
            Self::Beside(lines) => Change::Beside(lines.to_owned()),
            Self::Gone => Change::Gone,
            Self::Twice => Change::Twice,
            Self::Among(changes) => return changes(world, node),
            Self::Text(_) => return None,
        };
        Some(vec![(node, change)])
    }
}

#[derive(Clone, Copy)]
pub(super) struct Planter {
    pub(super) rule: &'static str,
    /// How the names of its charts' groups begin.
    pub(super) groups: &'static [&'static str],
    /// Kinds of objects, parted by `|`; empty: all.
    pub(super) kinds: &'static str,
    /// As for [`Node::each`].
    pub(super) path: &'static str,
    pub(super) how: How,
    pub(super) at: At,
    pub(super) when: Option<fn(Node<'_>) -> bool>,
    /// A kind that no chart of the group may have.
    pub(super) without: &'static str,
}

impl Planter {
    /// In other charts only.
    const fn of(self, groups: &'static [&'static str]) -> Self {
        Self { groups, ..self }
    }

    const fn told(self, at: At) -> Self {
        Self { at, ..self }
    }

    /// Only at such nodes.
    const fn when(self, when: fn(Node<'_>) -> bool) -> Self {
        Self { when: Some(when), ..self }
    }

    const fn without(self, without: &'static str) -> Self {
        Self { without, ..self }
    }
}

/// In objects of all charts.
const fn plant(rule: &'static str, kinds: &'static str, path: &'static str, how: How) -> Planter {
    Planter { rule, groups: &[""], kinds, path, how, at: Line, when: None, without: "" }
}

/// In objects of charts for 1.0 and later.
const fn newer(rule: &'static str, kinds: &'static str, path: &'static str, how: How) -> Planter {
    plant(rule, kinds, path, how).of(NEWER)
}

/// In objects of charts for 0.8 and 0.9.
const fn older(rule: &'static str, kinds: &'static str, path: &'static str, how: How) -> Planter {
    plant(rule, kinds, path, how).of(&["addons-0.8"])
}

/// In texts of all charts.
const fn edit(rule: &'static str, path: &'static str, change: fn(&str) -> Edits) -> Planter {
    plant(rule, "", path, Text(change))
}

const NEWER: &[&str] = &["addons-1.0"];

const CMPD: &str = "ComponentDefinition";
const CMPV: &str = "ComponentVersion";
const CD: &str = "ClusterDefinition";
const CLUSTER: &str = "Cluster";
const BPT: &str = "BackupPolicyTemplate";

/// All of them.
pub(super) fn planters() -> impl Iterator<Item = &'static Planter> {
    let tables = [
        backup::PLANTERS,
        charts::PLANTERS,
        clusters::PLANTERS,
        configs::PLANTERS,
        legacy::PLANTERS,
        objects::PLANTERS,
        pods::PLANTERS,
        vars::PLANTERS,
        versions::PLANTERS,
    ];
    tables.into_iter().flatten()
}

/// `new` behind each `mark`.
fn after(text: &str, mark: &str, new: &str) -> Edits {
    text.match_indices(mark).map(|(at, mark)| (at + mark.len()..at + mark.len(), new.to_owned())).collect()
}

fn first_line(_: &str, line: &str) -> Edits {
    vec![(0..0, line.to_owned())]
}

/// The mapping around has no such entry.
fn lacks(node: Node<'_>, key: &str) -> bool {
    node.parent().is_some_and(|mapping| mapping.get(key).is_none())
}

/// The mapping around has no entry of these names.
fn lacks_all(node: Node<'_>, keys: &[&str]) -> bool {
    keys.iter().all(|key| lacks(node, key))
}

/// The ComponentDefinition around a node.
fn owner(node: Node<'_>) -> Option<Definition<'_>> {
    Definition::of(node.document)
}

/// The component or sharding of a Cluster around a node.
fn unit(node: Node<'_>) -> Option<Unit<'_>> {
    let cluster = kubeblocks_ls::model::cluster::Cluster::of(node.document)?;
    cluster.units().find(|unit| node.parent() == Some(unit.node))
}

/// The definitions that the component around a node may have.
fn candidates<'w>(world: &'w World, node: Node<'w>) -> Option<Vec<Definition<'w>>> {
    Uses::new(world).candidates(unit(node)?)
}

/// The name of a ConfigMap that the chart of a node has.
fn config_map<'w>(world: &'w World, node: Node<'w>) -> Option<&'w str> {
    let own = |chart: &&std::sync::Arc<kubeblocks_ls::world::Chart>| {
        chart.documents().iter().any(|document| std::ptr::eq(document, node.document))
    };
    let documents = world.charts.values().find(own)?.documents().iter();
    documents.filter(|document| document.kind() == Some("ConfigMap")).find_map(|document| document.name_text())
}

/// One change, in front of the node.
fn beside(node: Node<'_>, lines: impl Into<String>) -> Option<Changes<'_>> {
    Some(vec![(node, Change::Beside(lines.into()))])
}

/// The file of one object of a kind, and the same object under another name.
fn again(text: &str, kind: &str) -> Edits {
    let name = "\n  name: ";
    let alone = text.matches("\nkind: ").count() == 1 && !text.contains("\n---") && text.matches(name).count() == 1;
    let fits = alone && text.contains(&format!("\nkind: {kind}\n"));
    if !fits {
        return Edits::new();
    }
    vec![(text.len()..text.len(), format!("\n---\n{}", text.replace(name, "\n  name: zz-")))]
}
