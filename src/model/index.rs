//! Every object in view, by kind and by name; who refers to whom, in both directions.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::facts::{self, ByKind};
use super::legacy::APPS;
use super::object::{Document, Node};
use super::resolve;
use super::sites::Site;
use super::uses::{self, Uses};
use crate::world::{Cells, Chart, World};

/// An object and the chart that renders it.
#[derive(Clone, Copy)]
pub struct Object<'w> {
    pub chart: &'w Arc<Chart>,
    pub document: &'w Document,
}

impl<'w> Object<'w> {
    /// The objects of a kind that a chart renders.
    pub fn of_chart(chart: &'w Arc<Chart>, group: &str, kind: &str) -> impl Iterator<Item = Self> {
        chart.facts().objects(group, kind).map(move |at| Self { chart, document: &chart.documents()[at] })
    }

    pub fn root(self) -> Option<Node<'w>> {
        self.document.root()
    }

    /// The ClusterDefinition that a ClusterVersion or a Cluster names.
    pub fn cluster_definition(self) -> Option<&'w str> {
        self.root()?.text_at("spec.clusterDefinitionRef")
    }

    /// `metadata.name`, whether it is known or not.
    pub fn name(self) -> Option<&'w str> {
        self.document.name().and_then(Node::text)
    }
}

/// An object: indexes of its chart and of its document there.
pub type At = (usize, usize);

/// Where the objects of a world are: charts, and indexes into their documents.
///
/// What a chart has by itself it remembers itself ([`super::facts`]); what its sites take is looked for when somebody
/// asks about one of them.
pub struct Index {
    charts: Vec<Arc<Chart>>,
    /// So many of the charts are in the world as they are here; the others are charts of the world with other values.
    shown: usize,
    kinds: ByKind<At>,
    /// By the name of a ClusterDefinition the ClusterVersions and Clusters that name it, in the order of charts.
    users: HashMap<Box<str>, Vec<At>>,
    /// By `metadata.name`, in the order of charts and documents.
    names: HashMap<Box<str>, Vec<At>>,
    /// Where in memory the documents of each chart begin, in order.
    places: Vec<(usize, usize)>,
    /// For each chart what its questions take.
    answers: Cells<Vec<Vec<At>>>,
    /// For each chart, and each of its sites, the definitions that it takes.
    definitions: Cells<Cells<Option<Vec<At>>>>,
    /// For each chart the topologies of its ClusterDefinitions.
    topologies: Cells<Vec<uses::Found>>,
    /// For each chart, and each of its documents, the names of the definitions that share a topology with it.
    beside: Cells<Vec<BTreeSet<Box<str>>>>,
}

impl Index {
    /// `elsewise` are the charts with other values.
    pub fn of<'c>(charts: impl Iterator<Item = &'c Arc<Chart>>, elsewise: &[Arc<Chart>]) -> Self {
        let mut charts: Vec<Arc<Chart>> = charts.cloned().collect();
        let shown = charts.len();
        charts.extend(elsewise.iter().cloned());
        let mut kinds = ByKind::default();
        for (at, chart) in charts.iter().enumerate() {
            for (group, kind, documents) in chart.facts().kinds() {
                kinds.extend(group, kind, documents.map(|document| (at, document)));
            }
        }
        let mut users: HashMap<Box<str>, Vec<At>> = HashMap::new();
        let mut names: HashMap<Box<str>, Vec<At>> = HashMap::new();
        for (at, chart) in charts[..shown].iter().enumerate() {
            for (document, name) in chart.facts().names() {
                names.entry(name.into()).or_default().push((at, document));
            }
            let of = |kind| chart.facts().objects(APPS, kind);
            for document in of("ClusterVersion").chain(of("Cluster")) {
                let user = Object { chart, document: &chart.documents()[document] };
                if let Some(name) = user.cluster_definition() {
                    users.entry(name.into()).or_default().push((at, document));
                }
            }
        }
        let mut places: Vec<(usize, usize)> =
            charts.iter().enumerate().map(|(at, chart)| (chart.documents().as_ptr().addr(), at)).collect();
        places.sort_unstable();
        let count = charts.len();
        Self {
            charts,
            shown,
            kinds,
            users,
            names,
            places,
            answers: Cells::new(count),
            definitions: Cells::new(count),
            topologies: Cells::new(count),
            beside: Cells::new(count),
        }
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
    pub fn named<'i>(&'i self, group: &'i str, kind: &'i str, name: &'i str) -> impl Iterator<Item = Object<'i>> {
        let of_name = self.names.get(name).into_iter().flatten().map(|at| self.object(*at));
        of_name.filter(move |it| it.document.group() == Some(group) && it.document.kind() == Some(kind))
    }

    /// The ClusterVersions and the Clusters that name a ClusterDefinition, in the order of charts.
    pub fn users(&self, definition: &str) -> impl Iterator<Item = Object<'_>> {
        self.users.get(definition).into_iter().flatten().map(|at| self.object(*at))
    }

    /// Every field of every document that names objects.
    pub fn sites(&self) -> impl Iterator<Item = Site<'_>> {
        self.charts[..self.shown].iter().flat_map(|chart| self.sites_of(chart))
    }

    /// The fields of a chart's documents that name objects.
    pub fn sites_of<'i>(&'i self, chart: &'i Arc<Chart>) -> impl Iterator<Item = Site<'i>> {
        (0..chart.facts().sites.len()).map(move |at| site(chart, at))
    }

    /// The site that a node is.
    pub fn site_at(&self, node: Node<'_>) -> Option<Site<'_>> {
        let (chart, document) = self.at(node.document)?;
        let chart = &self.charts[chart];
        Some(site(chart, chart.facts().site_at(document, node)?))
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
        let name = object.document.name().filter(|name| name.known()).and_then(Node::text);
        let kind = object.document.kind();
        self.charts[..self.shown].iter().flat_map(move |chart| {
            let facts = chart.facts();
            let asks = |question: &facts::Question| {
                kind == Some(question.target.kind) && name.is_some_and(|name| question.pattern().matches(name))
            };
            let asks: Vec<bool> = facts.questions.iter().map(asks).collect();
            let sites = (0..facts.sites.len()).filter(move |at| asks[facts.question_of(*at)]);
            sites.map(move |at| site(chart, at)).filter(move |site| self.matches(site).into_iter().any(is_object))
        })
    }

    /// The definitions that a site takes, as [`Uses::of_site`] has them; `find` finds them.
    pub(super) fn definitions(&self, site: &Site<'_>, find: impl FnOnce() -> Option<Vec<At>>) -> Option<&[At]> {
        let (chart, document) = self.at(site.node.document)?;
        let facts = self.charts[chart].facts();
        let at = facts.site_at(document, site.node)?;
        self.definitions.get(chart, || Cells::new(facts.sites.len())).get(at, find).as_deref()
    }

    /// The names of the definitions that share a topology with a definition; `find` finds those for all documents of
    /// its chart.
    pub(super) fn beside(
        &self,
        definition: &Document,
        find: impl FnOnce(&Arc<Chart>) -> Vec<BTreeSet<Box<str>>>,
    ) -> Option<&BTreeSet<Box<str>>> {
        let (chart, document) = self.at(definition)?;
        self.beside.get(chart, || find(&self.charts[chart])).get(document)
    }

    /// `metadata.name` of an object.
    pub(super) fn name(&self, (chart, document): At) -> Option<&str> {
        self.charts[chart].facts().name(document)
    }

    /// The topologies of a chart's ClusterDefinitions; `chart` is a number below that of the charts of the world.
    pub(super) fn topologies(&self, world: &World, chart: usize) -> &[uses::Found] {
        self.topologies.get(chart, || uses::topologies(Uses::new(world), &self.charts[chart]))
    }

    /// The charts of the world.
    pub(super) fn charts(&self) -> &[Arc<Chart>] {
        &self.charts[..self.shown]
    }

    /// What the text takes, before a whole name is preferred.
    fn taken<'i>(&'i self, site: &Site<'i>) -> impl Iterator<Item = At> {
        let (chart, of_release) = (site.chart, site.node.names_release());
        let found = self.answer(site).iter().copied();
        found.filter(move |at| {
            // Two charts are two releases.
            let same = !of_release || resolve::own_side(&self.charts[at.0], chart);
            same && self.may_mean(chart, *at)
        })
    }

    fn answer(&self, site: &Site<'_>) -> &[At] {
        let Some((chart, document)) = self.at(site.node.document) else { return &[] };
        let facts = self.charts[chart].facts();
        let Some(at) = facts.site_at(document, site.node) else { return &[] };
        let answers =
            self.answers.get(chart, || facts.questions.iter().map(|question| self.select(question)).collect());
        &answers[facts.question_of(at)]
    }

    fn places(&self, group: &str, kind: &str) -> &[At] {
        self.kinds.of(group, kind)
    }

    fn select(&self, question: &facts::Question) -> Vec<At> {
        let pattern = question.pattern();
        let charts = self.charts.iter().enumerate();
        let taken = charts
            .flat_map(|(at, chart)| chart.facts().taken(question.target, &pattern).map(move |document| (at, document)));
        taken.collect()
    }

    pub(super) fn object(&self, (chart, document): At) -> Object<'_> {
        let chart = &self.charts[chart];
        Object { chart, document: &chart.documents()[document] }
    }

    /// Where a document is: documents stay where they are as long as their chart.
    pub(super) fn at(&self, document: &Document) -> Option<At> {
        let address = std::ptr::from_ref(document).addr();
        let before = self.places.partition_point(|(start, _)| *start <= address);
        // Charts without a document begin anywhere.
        self.places[..before].iter().rev().find_map(|(start, chart)| {
            let at = (address - start) / size_of::<Document>();
            (at < self.charts[*chart].documents().len()).then_some((*chart, at))
        })
    }
}

fn site(chart: &Arc<Chart>, at: usize) -> Site<'_> {
    let (document, node, field) = chart.facts().sites[at];
    Site { field, chart, node: chart.documents()[document].node(node) }
}
