//! Every object in view, by kind and by name; who refers to whom, in both directions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::object::{Document, Node};
use super::pattern::{Mode, Pattern};
use super::resolve::{self, Target};
use super::sites::{Field, Site};
use crate::world::Chart;
use crate::yaml::tree::NodeId;

/// An object and the chart that renders it.
#[derive(Clone, Copy)]
pub struct Object<'w> {
    pub chart: &'w Arc<Chart>,
    pub document: &'w Document,
}

impl<'w> Object<'w> {
    /// The objects of a kind that a chart renders.
    pub fn of_chart(chart: &'w Arc<Chart>, group: &str, kind: &str) -> impl Iterator<Item = Self> {
        let documents = chart.documents().iter();
        let of_kind = move |document: &&Document| document.group() == Some(group) && document.kind() == Some(kind);
        documents.filter(of_kind).map(move |document| Self { chart, document })
    }

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

/// An object: indexes of its chart and of its document there.
type At = (usize, usize);

/// A site: its object, its node, its field.
type SiteAt = (At, NodeId, &'static Field);

/// What is asked of all objects of a kind: the kind, how the text is to be read, and the text.
type Question = (Target, Mode, String);

/// Where the objects of a world are: charts, and indexes into their documents.
#[derive(Default)]
pub struct Index {
    charts: Vec<Arc<Chart>>,
    /// So many of the charts are in the world as they are here; the others are charts of the world with other values.
    shown: usize,
    kinds: BTreeMap<Kind, Vec<At>>,
    sites: Vec<SiteAt>,
    /// The site at a node, by the document's address and the node.
    nodes: HashMap<(usize, NodeId), usize>,
    answers: BTreeMap<Question, Vec<At>>,
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
            let sites = chart.sites().iter();
            index.sites.extend(sites.map(|(document, node, field)| ((at, *document), *node, *field)));
        }
        let (mut nodes, mut answers) = (HashMap::new(), BTreeMap::new());
        for (at, found) in index.sites.iter().enumerate() {
            let site = index.site(found);
            nodes.insert(key(site.node), at);
            answers.entry(question(&site)).or_insert_with_key(|question| index.select(question));
        }
        (index.nodes, index.answers) = (nodes, answers);
        index
    }

    /// The objects of a kind, in the order of charts, templates and documents.
    pub fn objects(&self, group: &str, kind: &str) -> impl Iterator<Item = Object<'_>> {
        let places = self.places(group, kind).iter();
        places.filter(|(chart, _)| *chart < self.shown).map(|at| self.object(*at))
    }

    /// The objects of a kind that a name in `of` may mean: its own chart's with the same values, and those of other
    /// charts with any of theirs.
    pub fn candidates<'i>(&'i self, of: &'i Chart, group: &str, kind: &str) -> impl Iterator<Item = Object<'i>> {
        self.places(group, kind).iter().filter(|at| self.may_mean(of, **at)).map(|at| self.object(*at))
    }

    fn may_mean(&self, of: &Chart, (chart, _): At) -> bool {
        chart < self.shown || self.charts[chart].root != of.root
    }

    /// The objects of a kind that have this name.
    pub fn named<'i>(&'i self, group: &str, kind: &str, name: &'i str) -> impl Iterator<Item = Object<'i>> {
        self.objects(group, kind).filter(move |object| object.name() == Some(name))
    }

    /// Every field of every document that names objects.
    pub fn sites(&self) -> impl Iterator<Item = Site<'_>> {
        self.sites.iter().filter(|((chart, _), ..)| *chart < self.shown).map(|site| self.site(site))
    }

    /// The fields of a chart's documents that name objects.
    pub fn sites_of<'i>(&'i self, chart: &'i Arc<Chart>) -> impl Iterator<Item = Site<'i>> {
        let sites = chart.sites().iter();
        sites.map(|(document, node, field)| Site { field, chart, node: chart.documents()[*document].node(*node) })
    }

    /// The site that a node is.
    pub fn site_at(&self, node: Node<'_>) -> Option<Site<'_>> {
        self.nodes.get(&key(node)).map(|at| self.site(&self.sites[*at]))
    }

    /// The objects that a site's text takes, in the order of charts. (See [`resolve::resolve`] for what to think where
    /// there are none.)
    pub fn matches(&self, site: &Site<'_>) -> Vec<Object<'_>> {
        let mut found: Vec<Object> = self.taken(site).map(|at| self.object(at)).collect();
        site.field.mode.prefer(site.text(), &mut found, |object| object.name().unwrap_or_default());
        found
    }

    /// The sites whose text takes this object.
    pub fn matched_by<'i>(&'i self, object: Object<'i>) -> impl Iterator<Item = Site<'i>> {
        let is_object = move |other: Object<'i>| std::ptr::eq(other.document, object.document);
        let of_kind = move |site: &Site<'i>| object.document.kind() == Some(site.field.target.kind);
        self.sites().filter(move |site| of_kind(site) && self.matches(site).into_iter().any(is_object))
    }

    /// What the text takes, before a whole name is preferred.
    fn taken<'i>(&'i self, site: &Site<'i>) -> impl Iterator<Item = At> {
        let (chart, of_release) = (site.chart, site.node.names_release());
        let found = self.answers.get(&question(site)).into_iter().flatten().copied();
        found.filter(move |at| {
            // Two charts are two releases.
            let same = !of_release || resolve::own_side(&self.charts[at.0], chart);
            same && self.may_mean(chart, *at)
        })
    }

    fn places(&self, group: &str, kind: &str) -> &[At] {
        self.kinds.get(&(group.to_owned(), kind.to_owned())).map_or(&[], Vec::as_slice)
    }

    fn select(&self, (target, mode, text): &Question) -> Vec<At> {
        let pattern = Pattern::new(*mode, text);
        let takes = |at: &At| {
            self.object(*at)
                .document
                .name()
                .is_some_and(|name| name.known() && name.text().is_some_and(|name| pattern.matches(name)))
        };
        self.places(target.group, target.kind).iter().copied().filter(takes).collect()
    }

    fn object(&self, (chart, document): At) -> Object<'_> {
        let chart = &self.charts[chart];
        Object { chart, document: &chart.documents()[document] }
    }

    fn site(&self, ((chart, document), node, field): &SiteAt) -> Site<'_> {
        let object = self.object((*chart, *document));
        Site { field, chart: object.chart, node: object.document.node(*node) }
    }
}

/// Documents stay where they are as long as their chart.
fn key(node: Node<'_>) -> (usize, NodeId) {
    (std::ptr::from_ref(node.document).addr(), node.id)
}

fn question(site: &Site<'_>) -> Question {
    (site.field.target, site.field.mode, site.text().to_owned())
}
