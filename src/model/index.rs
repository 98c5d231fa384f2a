//! Every object in view, by kind and by name; who refers to whom, in both directions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::asked::{self, Asked};
use super::facts::{self, ByKind};
use super::legacy::APPS;
use super::object::{Document, Node};
use super::pattern::{self, Need};
use super::resolve::{self, Short, Target};
use super::sides::Sides;
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
    /// One cell each: who may ask for a name; the kinds that are asked for; which charts belong together; the charts that
    /// fail; whether some ComponentVersion cannot be read.
    asked: Cells<Asked>,
    kinds_asked: Cells<BTreeMap<Target, OfKind>>,
    sides: Cells<Sides>,
    failed: Cells<Vec<usize>>,
    hides_versions: Cells<bool>,
    /// For each chart those of its side.
    side: Cells<Vec<usize>>,
    /// For each chart, and each of its sites, what its text stands for.
    resolutions: Cells<Cells<Short>>,
    /// For each chart what its questions take.
    answers: Cells<Vec<Vec<At>>>,
    /// For each chart, and each of its sites, the definitions that it takes.
    definitions: Cells<Cells<Option<Vec<At>>>>,
    /// For each chart the topologies of its ClusterDefinitions.
    topologies: Cells<Vec<uses::Found>>,
    /// For each chart, and each of its documents, the names of the definitions that share a topology with it.
    beside: Cells<Vec<BTreeSet<Box<str>>>>,
}

/// The objects of a kind that is asked for.
struct OfKind {
    /// By name.
    sorted: Vec<At>,
    /// Those whose names nobody knows.
    unknown: Vec<At>,
    /// By the family of their names.
    families: BTreeMap<String, Vec<At>>,
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
        for (at, chart) in charts.iter().enumerate() {
            for (document, name) in chart.facts().names() {
                names.entry(name.into()).or_default().push((at, document));
            }
        }
        for (at, chart) in charts[..shown].iter().enumerate() {
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
            asked: Cells::new(1),
            kinds_asked: Cells::new(1),
            sides: Cells::new(1),
            failed: Cells::new(1),
            hides_versions: Cells::new(1),
            side: Cells::new(shown),
            resolutions: Cells::new(count),
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
    pub fn named<'i, 'n>(
        &'i self,
        group: &'n str,
        kind: &'n str,
        name: &str,
    ) -> impl Iterator<Item = Object<'i>> + use<'i, 'n> {
        let shown = self.names.get(name).into_iter().flatten().filter(|(chart, _)| *chart < self.shown);
        let of_name = shown.map(|at| self.object(*at));
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
        let (group, kind) = (object.document.group().unwrap_or_default(), object.document.kind().unwrap_or_default());
        let name = object.document.name().filter(|name| name.known()).and_then(Node::text);
        let sites = name.into_iter().flat_map(move |name| self.sites_asking(group, kind, name));
        sites.filter(move |site| self.matches(site).into_iter().any(is_object))
    }

    /// The sites that ask for objects of a kind by a text that takes this name, in order.
    pub fn sites_asking<'i>(&'i self, group: &str, kind: &str, name: &'i str) -> impl Iterator<Item = Site<'i>> {
        let mut of_chart: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (chart, question) in self.asking(group, kind, name) {
            of_chart.entry(chart).or_default().push(question);
        }
        of_chart.into_iter().flat_map(move |(chart, questions)| {
            let chart = &self.charts[chart];
            let facts = chart.facts();
            let sites = (0..facts.sites.len()).filter(move |at| questions.contains(&facts.question_of(*at)));
            sites.map(move |at| site(chart, at))
        })
    }

    /// Some field of the objects of a kind, by which they ask for others, cannot be read for sure.
    pub fn has_open_sites(&self, kind: &str) -> bool {
        self.charts().iter().any(|chart| chart.facts().has_open_sites(kind))
    }

    /// Of some objects those of the world's charts as they are shown, each once and in order.
    pub fn shown<'i>(&'i self, objects: impl Iterator<Item = Object<'i>>) -> Vec<Object<'i>> {
        let found: BTreeSet<At> = objects.filter_map(|object| self.at(object.document)).collect();
        found.into_iter().filter(|(chart, _)| *chart < self.shown).map(|at| self.object(at)).collect()
    }

    /// The charts that ask for objects of a kind by a text that takes this name, in order.
    pub fn charts_asking(&self, target: Target, name: &str) -> impl Iterator<Item = &Arc<Chart>> {
        self.numbers_asking(target, name).into_iter().map(|chart| &self.charts[chart])
    }

    /// The numbers of [`Index::charts_asking`].
    pub(super) fn numbers_asking(&self, target: Target, name: &str) -> Vec<usize> {
        let mut charts: Vec<usize> = self.asking(target.group, target.kind, name).map(|(chart, _)| chart).collect();
        charts.dedup();
        charts
    }

    /// The numbers of the charts that ask for any object of a kind, in order.
    pub(super) fn numbers_asking_any(&self, target: Target) -> &[usize] {
        self.asked().charts(target)
    }

    fn asked(&self) -> &Asked {
        self.asked.get(0, || Asked::of(self.charts()))
    }

    /// The questions that take this name, in order.
    fn asking<'i>(&'i self, group: &str, kind: &str, name: &'i str) -> impl Iterator<Item = asked::Question> + use<'i> {
        let asked = self.asked().asking(group, kind, name);
        let takes = move |(chart, question): &asked::Question| {
            self.charts[*chart].facts().questions[*question].pattern().matches(name)
        };
        asked.into_iter().filter(takes)
    }

    /// The charts of a chart's own side ([`resolve::own_side`]), itself among them, in order.
    pub fn side(&self, chart: &Chart) -> impl Iterator<Item = &Arc<Chart>> {
        let find = || self.sides().side(self.charts(), chart);
        let side = match self.number(chart) {
            Some(at) => self.side.get(at, find).clone(),
            None => find(),
        };
        side.into_iter().map(|at| &self.charts[at])
    }

    /// The charts of this name, in order.
    pub fn charts_named(&self, name: &str) -> impl Iterator<Item = &Arc<Chart>> {
        self.sides().named(name).iter().map(|at| &self.charts[*at])
    }

    fn sides(&self) -> &Sides {
        self.sides.get(0, || Sides::of(self.charts()))
    }

    /// The charts that do not render as a whole.
    pub fn failed(&self) -> impl Iterator<Item = &Arc<Chart>> {
        let find = || (0..self.shown).filter(|at| self.charts[*at].failed()).collect();
        self.failed.get(0, find).iter().map(|at| &self.charts[*at])
    }

    /// Some ComponentVersion cannot be read ([`Chart::hides_versions`]).
    pub fn hides_versions(&self) -> bool {
        *self.hides_versions.get(0, || self.charts().iter().any(|chart| chart.hides_versions()))
    }

    /// What a site's text stands for; `find` finds it. `None` where it is no site of the index.
    pub(super) fn resolution(&self, site: &Site<'_>, find: impl FnOnce() -> Short) -> Option<&Short> {
        let (chart, document) = self.at(site.node.document)?;
        let facts = self.charts[chart].facts();
        let at = facts.site_at(document, site.node)?;
        Some(self.resolutions.get(chart, || Cells::new(facts.sites.len())).get(at, find))
    }

    /// The number of a chart of the world.
    pub(super) fn number(&self, chart: &Chart) -> Option<usize> {
        let at = self.charts().binary_search_by(|other| other.root.cmp(&chart.root)).ok()?;
        std::ptr::eq(&*self.charts[at], chart).then_some(at)
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
        let (target, pattern) = (question.target, question.pattern());
        let takes = |at: &At| {
            let name = self.object(*at).document.name().filter(|name| name.known()).and_then(Node::text);
            name.is_some_and(|name| pattern.matches(name))
        };
        let is_of_kind = |at: &At| {
            let document = self.object(*at).document;
            document.kind() == Some(target.kind) && document.group() == Some(target.group)
        };
        match Need::of(question.mode, &question.text) {
            Need::Whole(name) => {
                let named = self.names.get(&*name).into_iter().flatten().copied();
                named.filter(is_of_kind).filter(takes).collect()
            }
            Need::Beginning(beginning) => {
                let sorted = self.of_kind(target).map_or(&[][..], |of_kind| &of_kind.sorted);
                let name = |at: &At| self.name(*at).unwrap_or_default();
                let from = sorted.partition_point(|at| name(at) < &*beginning);
                let near = sorted[from..].iter().take_while(|at| name(at).starts_with(&*beginning)).copied();
                let mut taken: Vec<At> = near.filter(takes).collect();
                taken.sort_unstable();
                taken
            }
            Need::Part(part) => {
                let all = self.places(target.group, target.kind).iter().copied();
                all.filter(|at| self.name(*at).is_some_and(|name| name.contains(&*part))).filter(takes).collect()
            }
        }
    }

    /// What is known of a kind that is asked for.
    fn of_kind(&self, target: Target) -> Option<&OfKind> {
        let find = |target: Target| {
            let mut sorted = self.places(target.group, target.kind).to_vec();
            sorted.sort_by_key(|at| self.name(*at).unwrap_or_default());
            let is_known = |at: &At| self.object(*at).document.name().is_some_and(Node::known);
            let unknown = sorted.iter().filter(|at| !is_known(at)).copied().collect();
            let mut families: BTreeMap<String, Vec<At>> = BTreeMap::new();
            for at in &sorted {
                families.entry(pattern::family(self.name(*at).unwrap_or_default())).or_default().push(*at);
            }
            (target, OfKind { sorted, unknown, families })
        };
        self.kinds_asked.get(0, || self.asked().targets().map(find).collect()).get(&target)
    }

    /// Some object that a name of the kind in `of` may mean has a name that nobody knows.
    pub(super) fn has_unknown(&self, of: &Chart, target: Target) -> bool {
        self.of_kind(target).is_some_and(|of_kind| of_kind.unknown.iter().any(|at| self.may_mean(of, *at)))
    }

    /// The families of the names that a name of the kind in `of` may mean, each once.
    pub(super) fn families<'i>(&'i self, of: &'i Chart, target: Target) -> impl Iterator<Item = &'i str> {
        let families = self.of_kind(target).into_iter().flat_map(|of_kind| &of_kind.families);
        let meant = families.filter(|(_, all)| all.iter().any(|at| self.may_mean(of, *at)));
        meant.map(|(family, _)| family.as_str())
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
