//! What some charts have together: their objects by kind and name, and who asks for what.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::asked::Asked;
use super::facts::ByKind;
use super::index::At;
use super::pattern;
use super::resolve::GroupKind;
use super::sites::FIELDS;
use crate::world::Chart;

/// Tables of charts, which have numbers.
#[derive(Default)]
pub struct Tables {
    pub kinds: ByKind<At>,
    /// By the name of a ClusterDefinition the ClusterVersions and Clusters that name it, in the order of charts.
    pub users: HashMap<Box<str>, Vec<At>>,
    /// By `metadata.name`, in the order of charts and documents.
    pub names: HashMap<Box<str>, Vec<At>>,
    pub asked: Asked,
    /// The charts of which some objects of a kind ask by a text that is not known, or not understood.
    pub open: BTreeMap<&'static str, BTreeSet<usize>>,
    of_kinds: BTreeMap<GroupKind<'static>, OfKind>,
}

/// The objects of a kind that can be asked for.
#[derive(Default)]
pub struct OfKind {
    /// By name.
    pub sorted: Vec<(Box<str>, At)>,
    /// Those whose names nobody knows.
    pub unknown: Vec<At>,
    /// By the family of their names.
    pub families: BTreeMap<String, Vec<At>>,
}

impl Tables {
    /// The charts come in the order of their numbers.
    pub fn of<'c>(charts: impl Iterator<Item = (usize, &'c Arc<Chart>)>) -> Self {
        let mut tables = Self::default();
        for (at, chart) in charts {
            let facts = chart.facts();
            for (of, documents) in facts.kinds() {
                tables.kinds.extend(of, documents.map(|document| (at, document)));
            }
            for (document, name) in facts.names() {
                push(&mut tables.names, name, (at, document));
            }
            for (document, definition) in &facts.users {
                push(&mut tables.users, definition, (at, *document));
            }
            for kind in facts.open() {
                tables.open.entry(kind).or_default().insert(at);
            }
            let targets: BTreeSet<GroupKind> = FIELDS.iter().map(|field| field.target).collect();
            for target in targets {
                for document in facts.objects(target) {
                    tables.of_kinds.entry(target).or_default().add(facts.name(document), (at, document));
                    if !facts.is_known(document) {
                        tables.of_kinds.entry(target).or_default().unknown.push((at, document));
                    }
                }
            }
            tables.asked.add(at, facts);
        }
        tables.of_kinds.values_mut().for_each(|of_kind| of_kind.sorted.sort());
        tables
    }

    pub fn of_kind<'s>(&'s self, target: GroupKind<'s>) -> Option<&'s OfKind> {
        self.of_kinds.get(&target)
    }
}

impl OfKind {
    fn add(&mut self, name: Option<&str>, at: At) {
        let name = name.unwrap_or_default();
        self.sorted.push((name.into(), at));
        self.families.entry(pattern::family(name)).or_default().push(at);
    }

    /// Those whose names begin with this text, by name.
    pub fn beginning<'k>(&'k self, text: &'k str) -> impl Iterator<Item = At> + 'k {
        let from = self.sorted.partition_point(|(name, _)| **name < *text);
        self.sorted[from..].iter().take_while(move |(name, _)| name.starts_with(text)).map(|(_, at)| *at)
    }
}

fn push(map: &mut HashMap<Box<str>, Vec<At>>, name: &str, at: At) {
    match map.get_mut(name) {
        Some(all) => all.push(at),
        None => _ = map.insert(name.into(), vec![at]),
    }
}
