//! Every object in view, by kind and by name; who refers to whom, in both directions.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::asked;
use super::charts::Charts;
use super::facts;
use super::object::{Document, Node};
use super::pattern::Need;
use super::resolve::{self, GroupKind, Short, is_of};
use super::sites::Site;
use super::tables::{OfKind, Tables};
use super::uses::{self, Uses};
use crate::reads::{Mark, Marked};
use crate::world::{Cells, Chart, World};

/// An object and the chart that renders it.
#[derive(Clone, Copy)]
pub struct Object<'w> {
    pub chart: &'w Arc<Chart>,
    pub document: &'w Document,
}

impl Marked for Object<'_> {
    fn mark(&self) -> Mark {
        self.document.mark()
    }
}

impl<'w> Object<'w> {
    /// The objects of a kind that a chart renders.
    pub fn of_chart(chart: &'w Arc<Chart>, of: GroupKind) -> impl Iterator<Item = Self> {
        chart.facts().objects(of).map(move |at| Self { chart, document: &chart.documents()[at] })
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
        self.document.name_text()
    }
}

/// An object: indexes of its chart and of its document there.
pub type At = (usize, usize);

/// Where the objects of a world are: charts, and indexes into their documents.
///
/// What a chart has by itself it remembers itself ([`super::facts`]), what all have together those who share it
/// ([`super::charts`]); what its sites take is looked for when somebody asks about one of them.
pub struct Index {
    charts: Charts,
    /// The charts whose entries in the tables are old, and what they have now.
    replaced: BTreeSet<usize>,
    tables: Tables,
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

impl Index {
    pub fn of(charts: &Charts) -> Self {
        let replaced: Vec<(usize, &Arc<Chart>)> = charts.unlike().collect();
        let (shown, count) = (charts.len(), charts.count());
        Self {
            tables: Tables::of(replaced.iter().copied()),
            replaced: replaced.iter().map(|(number, _)| *number).collect(),
            charts: charts.clone(),
            side: Cells::new(shown),
            resolutions: Cells::new(count),
            answers: Cells::new(count),
            definitions: Cells::new(count),
            topologies: Cells::new(count),
            beside: Cells::new(count),
        }
    }

    /// What both tables have, in order.
    fn both<'i>(&'i self, of: impl Fn(&'i Tables) -> &'i [At]) -> Cow<'i, [At]> {
        let known = of(self.charts.tables());
        if self.replaced.is_empty() {
            return Cow::Borrowed(known);
        }
        let mut all: Vec<At> = known.iter().filter(|(chart, _)| !self.replaced.contains(chart)).copied().collect();
        all.extend(of(&self.tables));
        all.sort_unstable();
        Cow::Owned(all)
    }

    fn names(&self, name: &str) -> Cow<'_, [At]> {
        self.both(|tables| tables.names.get(name).map_or(&[], Vec::as_slice))
    }

    /// The objects of a kind, in the order of charts, templates and documents.
    pub fn objects(&self, of: GroupKind) -> impl Iterator<Item = Object<'_>> {
        each(self.places(of)).filter(|(chart, _)| *chart < self.charts.len()).map(|at| self.object(at))
    }

    /// The objects of a kind that a name in `chart` may mean: its own chart's with the same values, and those of other
    /// charts with any of theirs.
    pub fn candidates<'i>(&'i self, chart: &'i Chart, of: GroupKind) -> impl Iterator<Item = Object<'i>> {
        each(self.places(of)).filter(|at| self.may_mean(chart, *at)).map(|at| self.object(at))
    }

    fn may_mean(&self, of: &Chart, (chart, _): At) -> bool {
        chart < self.charts.len() || self.charts.at(chart).root != of.root
    }

    /// The objects of a kind that have this name.
    pub fn named<'i, 'n>(&'i self, of: GroupKind<'n>, name: &str) -> impl Iterator<Item = Object<'i>> + use<'i, 'n> {
        let shown = each(self.names(name)).filter(|(chart, _)| *chart < self.charts.len());
        shown.map(|at| self.object(at)).filter(move |object| is_of(object.document, of))
    }

    /// The ClusterVersions and the Clusters that name a ClusterDefinition, in the order of charts.
    pub fn users(&self, definition: &str) -> impl Iterator<Item = Object<'_>> {
        let users = self.both(|tables| tables.users.get(definition).map_or(&[], Vec::as_slice));
        each(users).filter(|(chart, _)| *chart < self.charts.len()).map(|at| self.object(at))
    }

    /// Every field of every document that names objects.
    pub fn sites(&self) -> impl Iterator<Item = Site<'_>> {
        self.charts.values().flat_map(|chart| self.sites_of(chart))
    }

    /// The fields of a chart's documents that name objects.
    pub fn sites_of<'i>(&'i self, chart: &'i Arc<Chart>) -> impl Iterator<Item = Site<'i>> {
        (0..chart.facts().sites.len()).map(move |at| site(chart, at))
    }

    /// The fields of a document that name objects.
    pub fn sites_in<'i>(&'i self, document: &Document) -> impl Iterator<Item = Site<'i>> {
        let place = self.at(document).map(|(chart, document)| (self.charts.at(chart), document));
        place.into_iter().flat_map(|(chart, document)| chart.facts().sites_in(document).map(move |at| site(chart, at)))
    }

    /// The site that a node is.
    pub fn site_at(&self, node: Node<'_>) -> Option<Site<'_>> {
        let (chart, document) = self.at(node.document)?;
        let chart = self.charts.at(chart);
        Some(site(chart, chart.facts().site_at(document, node)?))
    }

    /// The objects that a site's text takes, in the order of charts. (See [`resolve::resolve`] for what to think where
    /// there are none.)
    pub fn matches(&self, site: &Site<'_>) -> Vec<Object<'_>> {
        let mut found: Vec<Object> = self.taken(site).map(|at| self.object(at)).collect();
        site.field.mode.prefer(site.text(), &mut found, |object| object.name().unwrap_or_default());
        found
    }

    /// The objects that a field names.
    pub fn named_by(&self, name: Node<'_>) -> Vec<Object<'_>> {
        self.site_at(name).map(|site| self.matches(&site)).unwrap_or_default()
    }

    /// The sites whose text takes this object.
    pub fn matched_by<'i>(&'i self, object: Object<'i>) -> impl Iterator<Item = Site<'i>> {
        let is_object = move |other: Object<'i>| std::ptr::eq(other.document, object.document);
        let named = GroupKind::of(object.document).zip(object.document.known_name());
        let sites = named.into_iter().flat_map(move |(of, name)| self.sites_asking(of, name));
        sites.filter(move |site| self.matches(site).into_iter().any(is_object))
    }

    /// The sites that ask for objects of a kind by a text that takes this name, in order.
    pub fn sites_asking<'i>(&'i self, of: GroupKind, name: &'i str) -> impl Iterator<Item = Site<'i>> {
        let mut of_chart: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (chart, question) in self.asking(of, name) {
            of_chart.entry(chart).or_default().push(question);
        }
        of_chart.into_iter().flat_map(move |(chart, questions)| {
            let chart = self.charts.at(chart);
            let facts = chart.facts();
            let sites = (0..facts.sites.len()).filter(move |at| questions.contains(&facts.question_of(*at)));
            sites.map(move |at| site(chart, at))
        })
    }

    /// Some field of the objects of a kind, by which they ask for others, cannot be read for sure.
    pub fn has_open_sites(&self, kind: &str) -> bool {
        let open = |tables: &Tables, is_old: &dyn Fn(&usize) -> bool| {
            let charts = tables.open.get(kind).into_iter().flatten();
            charts.into_iter().any(|chart| *chart < self.charts.len() && !is_old(chart))
        };
        open(self.charts.tables(), &|chart| self.replaced.contains(chart)) || open(&self.tables, &|_| false)
    }

    /// Of some objects those of the world's charts as they are shown, each once and in order.
    pub fn shown<'i>(&'i self, objects: impl Iterator<Item = Object<'i>>) -> Vec<Object<'i>> {
        let found: BTreeSet<At> = objects.filter_map(|object| self.at(object.document)).collect();
        found.into_iter().filter(|(chart, _)| *chart < self.charts.len()).map(|at| self.object(at)).collect()
    }

    /// The charts that ask for objects of a kind by a text that takes this name, in order.
    pub fn charts_asking(&self, target: GroupKind, name: &str) -> impl Iterator<Item = &Arc<Chart>> {
        self.numbers_asking(target, name).into_iter().map(|chart| self.charts.at(chart))
    }

    /// The numbers of [`Index::charts_asking`].
    pub(super) fn numbers_asking(&self, target: GroupKind, name: &str) -> Vec<usize> {
        let mut charts: Vec<usize> = self.asking(target, name).map(|(chart, _)| chart).collect();
        charts.dedup();
        charts
    }

    /// The questions that take this name, in order.
    fn asking<'i>(&'i self, of: GroupKind, name: &'i str) -> impl Iterator<Item = asked::Question> + use<'i> {
        let known = self.charts.tables().asked.asking(of, name).into_iter();
        let known = known.filter(|(chart, _)| !self.replaced.contains(chart));
        let mut asked: Vec<asked::Question> = known.chain(self.tables.asked.asking(of, name)).collect();
        asked.retain(|(chart, _)| *chart < self.charts.len());
        asked.sort_unstable();
        let takes = move |(chart, question): &asked::Question| {
            self.charts.at(*chart).facts().questions[*question].pattern().matches(name)
        };
        asked.into_iter().filter(takes)
    }

    /// The charts of a chart's own side ([`resolve::own_side`]), itself among them, in order.
    pub fn side(&self, chart: &Chart) -> impl Iterator<Item = &Arc<Chart>> {
        let find = || self.charts.sides().side(&self.charts, chart);
        let side = match self.number(chart) {
            Some(at) => self.side.get(at, find).clone(),
            None => find(),
        };
        side.into_iter().map(|at| self.charts.at(at))
    }

    /// The charts of this name, in order.
    pub fn charts_named(&self, name: &str) -> impl Iterator<Item = &Arc<Chart>> {
        self.charts.sides().named(name).iter().map(|at| self.charts.at(*at))
    }

    /// The charts that do not render as a whole.
    pub fn failed(&self) -> impl Iterator<Item = &Arc<Chart>> {
        self.charts.failed().map(|at| self.charts.at(at))
    }

    /// Some ComponentVersion cannot be read ([`Chart::hides_versions`]).
    pub fn hides_versions(&self) -> bool {
        self.charts.hides_versions()
    }

    /// What a site's text stands for; `find` finds it. `None` where it is no site of the index.
    pub(super) fn resolution(&self, site: &Site<'_>, find: impl FnOnce() -> Short) -> Option<&Short> {
        let (chart, document) = self.at(site.node.document)?;
        let facts = self.charts.at(chart).facts();
        let at = facts.site_at(document, site.node)?;
        Some(self.resolutions.get(chart, || Cells::new(facts.sites.len())).get(at, find))
    }

    /// The number of a chart of the world.
    pub(super) fn number(&self, chart: &Chart) -> Option<usize> {
        let at = self.charts.number(&chart.root)?;
        std::ptr::eq(&**self.charts.at(at), chart).then_some(at)
    }

    /// The definitions that a site takes, as [`Uses::of_site`] has them; `find` finds them.
    pub(super) fn definitions(&self, site: &Site<'_>, find: impl FnOnce() -> Option<Vec<At>>) -> Option<&[At]> {
        let (chart, document) = self.at(site.node.document)?;
        let facts = self.charts.at(chart).facts();
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
        self.beside.get(chart, || find(self.charts.at(chart))).get(document)
    }

    /// `metadata.name` of an object.
    pub(super) fn name(&self, (chart, document): At) -> Option<&str> {
        self.charts.at(chart).facts().name(document)
    }

    /// The topologies of a chart's ClusterDefinitions; `chart` is a number below that of the charts of the world.
    pub(super) fn topologies(&self, world: &World, chart: usize) -> &[uses::Found] {
        self.topologies.get(chart, || uses::topologies(Uses::new(world), self.charts.at(chart)))
    }

    /// A chart of the world.
    pub(super) fn chart(&self, number: usize) -> &Arc<Chart> {
        self.charts.at(number)
    }

    /// What the text takes, before a whole name is preferred.
    fn taken<'i>(&'i self, site: &Site<'i>) -> impl Iterator<Item = At> {
        let (chart, of_release) = (site.chart, site.node.names_release());
        let found = self.answer(site).iter().copied();
        found.filter(move |at| {
            // Two charts are two releases.
            let same = !of_release || resolve::own_side(self.charts.at(at.0), chart);
            same && self.may_mean(chart, *at)
        })
    }

    fn answer(&self, site: &Site<'_>) -> &[At] {
        let Some((chart, document)) = self.at(site.node.document) else { return &[] };
        let facts = self.charts.at(chart).facts();
        let Some(at) = facts.site_at(document, site.node) else { return &[] };
        let answers =
            self.answers.get(chart, || facts.questions.iter().map(|question| self.select(question)).collect());
        &answers[facts.question_of(at)]
    }

    fn places(&self, of: GroupKind) -> Cow<'_, [At]> {
        self.both(|tables| tables.kinds.of(of))
    }

    fn select(&self, question: &facts::Question) -> Vec<At> {
        let (target, pattern) = (question.target, question.pattern());
        let takes = |at: &At| self.object(*at).document.known_name().is_some_and(|name| pattern.matches(name));
        let is_of_kind = |at: &At| is_of(self.object(*at).document, target);
        match Need::of(question.mode, &question.text) {
            Need::Whole(name) => each(self.names(&name)).filter(is_of_kind).filter(takes).collect(),
            Need::Beginning(beginning) => {
                let of_kind = |tables: &'_ Tables| -> Vec<At> {
                    tables.of_kind(target).into_iter().flat_map(|of_kind| of_kind.beginning(&beginning)).collect()
                };
                let known = of_kind(self.charts.tables()).into_iter();
                let known = known.filter(|(chart, _)| !self.replaced.contains(chart));
                let mut taken: Vec<At> = known.chain(of_kind(&self.tables)).filter(takes).collect();
                taken.sort_unstable();
                taken
            }
            Need::Part(part) => {
                let all = each(self.places(target));
                all.filter(|at| self.name(*at).is_some_and(|name| name.contains(&*part))).filter(takes).collect()
            }
        }
    }

    /// What is known of a kind: objects of which a name of the kind in `of` may mean some.
    fn known_of<'i>(
        &'i self,
        of: &'i Chart,
        target: GroupKind<'i>,
    ) -> impl Iterator<Item = (&'i OfKind, impl Fn(&At) -> bool + 'i)> {
        [self.charts.tables(), &self.tables].into_iter().filter_map(move |tables| {
            let is_own = std::ptr::eq(tables, &self.tables);
            let is_new = move |chart: &usize| is_own || !self.replaced.contains(chart);
            Some((tables.of_kind(target)?, move |at: &At| is_new(&at.0) && self.may_mean(of, *at)))
        })
    }

    /// Some object that a name of the kind in `of` may mean has a name that nobody knows.
    pub(super) fn has_unknown<'i>(&'i self, of: &'i Chart, target: GroupKind<'i>) -> bool {
        self.known_of(of, target).any(|(of_kind, may_mean)| of_kind.unknown.iter().any(may_mean))
    }

    /// The families of the names that a name of the kind in `of` may mean.
    pub(super) fn families<'i>(&'i self, of: &'i Chart, target: GroupKind<'i>) -> impl Iterator<Item = &'i str> {
        self.known_of(of, target).flat_map(|(of_kind, may_mean)| {
            let meant = of_kind.families.iter().filter(move |(_, all)| all.iter().any(&may_mean));
            meant.map(|(family, _)| family.as_str())
        })
    }

    pub(super) fn object(&self, (chart, document): At) -> Object<'_> {
        let chart = self.charts.at(chart);
        Object { chart, document: &chart.documents()[document] }
    }

    /// The chart that a document is of.
    pub fn chart_of(&self, document: &Document) -> Option<&Arc<Chart>> {
        self.at(document).map(|at| self.object(at).chart)
    }

    /// Where a document is.
    pub(super) fn at(&self, document: &Document) -> Option<At> {
        self.charts.place(std::ptr::from_ref(document).addr())
    }
}

fn each(all: Cow<'_, [At]>) -> impl Iterator<Item = At> {
    (0..all.len()).map(move |number| all[number])
}

fn site(chart: &Arc<Chart>, at: usize) -> Site<'_> {
    let (document, node, field) = chart.facts().sites[at];
    Site { field, chart, node: chart.documents()[document].node(node) }
}
