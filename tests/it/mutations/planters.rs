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

use kubeblocks_ls::model::object::Node;
use kubeblocks_ls::world::World;

use At::{File, Line};
use How::{Among, Beside, BesideOf, Gone, Key, Put, Text, Twice, With};

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

/// What is done to a place.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// Text in place of a scalar; `*` is what stood there.
    Put(&'static str),
    With(fn(Node<'_>) -> Option<String>),
    /// As `With`, for whoever must see the other objects.
    Among(fn(&World, Node<'_>) -> Option<String>),
    /// Another name for a key.
    Key(&'static str),
    /// Entries in front of one, or items in front of one; behind a line `*`, entries inside of it.
    Beside(&'static str),
    BesideOf(fn(&World, Node<'_>) -> Option<String>),
    /// The line of an entry goes.
    Gone,
    /// The line of an entry stands twice.
    Twice,
    /// Something is done to the text of files whose paths hold [`Planter::path`].
    Text(fn(&str) -> Edits),
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
