//! Every object in view, by kind and by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::object::{Document, Node};
use crate::world::Chart;

/// An object and the chart that renders it.
#[derive(Clone, Copy)]
pub struct Object<'w> {
    pub chart: &'w Arc<Chart>,
    pub document: &'w Document,
}

impl<'w> Object<'w> {
    pub fn root(self) -> Option<Node<'w>> {
        self.document.root()
    }

    /// `metadata.name`, whether it is known or not.
    pub fn name(self) -> Option<&'w str> {
        self.document.name().and_then(Node::text)
    }
}

/// API group (empty for the core one) and kind.
type Kind = (String, String);

/// Where the objects of a world are: charts, and indexes into their documents.
#[derive(Default)]
pub struct Index {
    charts: Vec<Arc<Chart>>,
    kinds: BTreeMap<Kind, Vec<(usize, usize)>>,
    /// So many of the charts are in the world as they are here; the others are charts of the world with other values.
    shown: usize,
}

impl Index {
    /// Reads every document of every chart once; `elsewise` are the charts with other values.
    pub fn of<'c>(charts: impl Iterator<Item = &'c Arc<Chart>>, elsewise: &[Arc<Chart>]) -> Self {
        let mut index = Self { charts: charts.cloned().collect(), ..Self::default() };
        index.shown = index.charts.len();
        index.charts.extend(elsewise.iter().cloned());
        for (at, chart) in index.charts.iter().enumerate() {
            for (document, found) in chart.documents().iter().enumerate() {
                let (Some(group), Some(kind)) = (found.group(), found.kind()) else { continue };
                index.kinds.entry((group.to_owned(), kind.to_owned())).or_default().push((at, document));
            }
        }
        index
    }

    /// The objects of a kind, in the order of charts, templates and documents.
    pub fn objects(&self, group: &str, kind: &str) -> impl Iterator<Item = Object<'_>> {
        self.all(group, kind).filter(|(chart, _)| *chart < self.shown).map(|(_, object)| object)
    }

    /// The objects of a kind that a name in `of` may mean: its own chart's with the same values, and those of other
    /// charts with any of theirs.
    pub fn candidates<'i>(&'i self, of: &'i Chart, group: &str, kind: &str) -> impl Iterator<Item = Object<'i>> {
        let all = self.all(group, kind);
        all.filter(|(chart, object)| *chart < self.shown || object.chart.root != of.root).map(|(_, object)| object)
    }

    fn all(&self, group: &str, kind: &str) -> impl Iterator<Item = (usize, Object<'_>)> {
        let found = self.kinds.get(&(group.to_owned(), kind.to_owned()));
        found.into_iter().flatten().map(|(chart, document)| {
            let (at, chart) = (*chart, &self.charts[*chart]);
            (at, Object { chart, document: &chart.documents()[*document] })
        })
    }

    /// The objects of a kind that have this name.
    pub fn named<'i>(&'i self, group: &str, kind: &str, name: &'i str) -> impl Iterator<Item = Object<'i>> {
        self.objects(group, kind).filter(move |object| object.name() == Some(name))
    }
}
