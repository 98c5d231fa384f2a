//! The charts of a world, and its files: what was read from the disk, and over it what was edited since.
//!
//! Worlds that follow each other by edits of templates share a base. Each chart keeps its number there, so what is known
//! of all charts together is asked of the base and of the few that were edited, and nobody goes through all of them again
//! because somebody types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::sides::Sides;
use super::tables::Tables;
use crate::reads::{self, Mark};
use crate::template::mentions::Counts;
use crate::text::FileId;
use crate::threads;
use crate::world::{Cells, Chart, File};

/// What worlds share. The charts are those of the world, in the order of their roots, and behind them those that are
/// there with other values.
struct Base {
    charts: Vec<Arc<Chart>>,
    shown: usize,
    /// The charts that have other values, and where these stand.
    elsewise: BTreeMap<usize, usize>,
    /// Which chart of the world holds which file, in order.
    holders: Vec<(FileId, u32)>,
    /// Where in memory the documents of each chart begin, in order.
    places: Cells<Vec<(usize, usize)>>,
    tables: Cells<Tables>,
    sides: Cells<Sides>,
    failed: Cells<Vec<usize>>,
    hides_versions: Cells<Vec<usize>>,
    given: Cells<Counts>,
    views: Cells<Vec<Arc<Base>>>,
}

/// The charts of a world. Numbers of charts go on behind those of the world to those that are there with other values.
#[derive(Clone)]
pub struct Charts {
    base: Arc<Base>,
    edited: BTreeMap<usize, Arc<Chart>>,
}

/// So many charts may be edited before a new base is made.
const MOST_EDITED: usize = 32;

impl Base {
    /// `view` is the number of the value set with which charts are seen that have one, 0 being the first beside the
    /// defaults.
    fn new<'c>(charts: impl Iterator<Item = &'c Arc<Chart>>, view: Option<usize>) -> Self {
        let all: Vec<&Arc<Chart>> = charts.collect();
        let mut charts: Vec<Arc<Chart>> = all.iter().map(|chart| seen(chart, view).clone()).collect();
        let shown = charts.len();
        let mut elsewise = BTreeMap::new();
        for (number, chart) in all.into_iter().enumerate().filter(|(_, chart)| !chart.others.is_empty()) {
            elsewise.insert(number, charts.len());
            charts.extend(unseen(chart, view).cloned());
        }
        let held = charts[..shown].iter().enumerate();
        let held = held.flat_map(|(number, chart)| chart.files.keys().map(move |file| (*file, number as u32)));
        let mut holders: Vec<_> = held.collect();
        holders.sort_unstable();
        Self {
            charts,
            shown,
            elsewise,
            holders,
            places: Cells::new(1),
            tables: Cells::new(1),
            sides: Cells::new(1),
            failed: Cells::new(1),
            hides_versions: Cells::new(1),
            given: Cells::new(1),
            views: Cells::new(1),
        }
    }

    fn tables(&self) -> &Tables {
        self.tables.get(0, || {
            // Nearly all that the first question waits for.
            threads::for_each(&self.charts, |chart| _ = chart.facts());
            Tables::of(self.charts.iter().enumerate())
        })
    }
}

/// The chart with its value set of this number, if it has one.
fn seen(chart: &Arc<Chart>, view: Option<usize>) -> &Arc<Chart> {
    view.and_then(|view| chart.others.get(view)).unwrap_or(chart)
}

/// The same chart with all its other values.
fn unseen(chart: &Arc<Chart>, view: Option<usize>) -> impl Iterator<Item = &Arc<Chart>> {
    let seen = seen(chart, view);
    std::iter::once(chart).chain(&chart.others).filter(move |other| !Arc::ptr_eq(other, seen))
}

impl Default for Charts {
    fn default() -> Self {
        Self::new([].into_iter())
    }
}

impl Charts {
    /// `charts` come in the order of their roots, with their default values.
    pub fn new<'c>(charts: impl Iterator<Item = &'c Arc<Chart>>) -> Self {
        Self { base: Arc::new(Base::new(charts, None)), edited: BTreeMap::new() }
    }

    /// The same charts, some of them edited: as they are with their default values, by number.
    pub fn with(&self, edited: impl Iterator<Item = (usize, Arc<Chart>)>) -> Self {
        let mut charts = self.clone();
        edited.for_each(|(number, chart)| charts.replace(number, &chart, None));
        if charts.edited.range(..charts.len()).count() > MOST_EDITED { Self::new(charts.values()) } else { charts }
    }

    fn replace(&mut self, number: usize, chart: &Arc<Chart>, view: Option<usize>) {
        self.edited.insert(number, seen(chart, view).clone());
        if let Some(first) = self.base.elsewise.get(&number) {
            self.edited.extend((*first..).zip(unseen(chart, view).cloned()));
        }
    }

    /// The charts as they are with other values: for each number of value sets that some chart has.
    pub fn views(&self) -> Vec<Self> {
        let make = || {
            let most = self.base.charts[..self.base.shown].iter().map(|chart| chart.others.len()).max();
            let charts = || self.base.charts[..self.base.shown].iter();
            (0..most.unwrap_or_default()).map(|view| Arc::new(Base::new(charts(), Some(view)))).collect()
        };
        let bases = self.base.views.get(0, make).iter().enumerate();
        let with_edits = bases.map(|(view, base)| {
            let mut charts = Self { base: base.clone(), edited: BTreeMap::new() };
            let edited = self.edited.range(..self.len());
            edited.for_each(|(number, chart)| charts.replace(*number, chart, Some(view)));
            charts
        });
        with_edits.collect()
    }

    /// The charts that are not the same in a later world that has as many, each with what is there; also those that are
    /// there with other values.
    pub fn differing<'c>(&'c self, later: &'c Self) -> impl Iterator<Item = (&'c Arc<Chart>, &'c Arc<Chart>)> {
        let edited = self.edited.keys().chain(later.edited.keys()).copied().collect::<BTreeSet<usize>>();
        let numbers = if self.has_numbers_of(later) { edited } else { (0..self.count()).collect() };
        let pairs = numbers.into_iter().map(|at| (self.at(at), later.at(at)));
        pairs.filter(|(old, new)| !Arc::ptr_eq(old, new))
    }

    /// Both have the same base, so that each number means the same chart in both.
    pub fn has_numbers_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.base, &other.base)
    }

    /// How many there are in the world.
    pub fn len(&self) -> usize {
        self.base.shown
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there are in all.
    pub fn count(&self) -> usize {
        self.base.charts.len()
    }

    pub fn at(&self, number: usize) -> &Arc<Chart> {
        self.edited.get(&number).unwrap_or(&self.base.charts[number])
    }

    /// Those of the world, in the order of their roots.
    pub fn values(&self) -> impl Iterator<Item = &Arc<Chart>> {
        (0..self.len()).map(|number| self.at(number))
    }

    pub fn keys(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.base.charts[..self.base.shown].iter().map(|chart| &chart.root)
    }

    /// The number of the chart in this folder.
    pub fn number(&self, root: &Utf8Path) -> Option<usize> {
        self.base.charts[..self.base.shown].binary_search_by(|chart| chart.root.as_path().cmp(root)).ok()
    }

    pub fn get(&self, root: &Utf8Path) -> Option<&Arc<Chart>> {
        Some(self.at(self.number(root)?))
    }

    /// The innermost chart in whose folder a path lies.
    pub fn around(&self, path: &Utf8Path) -> Option<&Arc<Chart>> {
        path.ancestors().find_map(|folder| self.get(folder))
    }

    /// The numbers of those that hold a file, in order.
    pub fn numbers_holding(&self, file: FileId) -> impl Iterator<Item = usize> {
        let held = &self.base.holders;
        let from = held.partition_point(|(other, _)| *other < file);
        held[from..].iter().take_while(move |(other, _)| *other == file).map(|(_, number)| *number as usize)
    }

    /// Those that hold a file, in order.
    pub fn holding(&self, file: FileId) -> impl Iterator<Item = &Arc<Chart>> {
        self.numbers_holding(file).map(|number| self.at(number))
    }

    /// Whether the chart of this number is no longer the one of the base.
    pub(super) fn is_edited(&self, number: usize) -> bool {
        self.edited.contains_key(&number)
    }

    /// The tables of the base.
    pub(super) fn tables(&self) -> &Tables {
        self.base.tables()
    }

    /// The edited charts that add to the tables what the base's do not have, or no more.
    pub(super) fn unlike(&self) -> impl Iterator<Item = (usize, &Arc<Chart>)> {
        let edited = self.edited.iter().map(|(number, chart)| (*number, chart));
        edited.filter(|(number, chart)| !chart.facts().is_like(self.base.charts[*number].facts()))
    }

    pub(super) fn sides(&self) -> &Sides {
        self.base.sides.get(0, || Sides::of(self))
    }

    /// The numbers of those of the world that do not render as a whole.
    pub(super) fn failed(&self) -> impl Iterator<Item = usize> {
        self.those(&self.base.failed, Chart::failed)
    }

    /// Some ComponentVersion cannot be read ([`Chart::hides_versions`]).
    pub(super) fn hides_versions(&self) -> bool {
        self.those(&self.base.hides_versions, Chart::hides_versions).next().is_some()
    }

    /// The numbers of those of the world of which something is true; `known` are those of the base.
    fn those<'c>(
        &'c self,
        known: &'c Cells<Vec<usize>>,
        is: impl Fn(&Chart) -> bool + Copy + 'c,
    ) -> impl Iterator<Item = usize> {
        let find = || (0..self.len()).filter(|number| is(&self.base.charts[*number])).collect();
        let known = known.get(0, find).iter().copied().filter(|number| !self.is_edited(*number));
        let edited = self.edited.range(..self.len()).filter(move |(_, chart)| is(chart)).map(|(number, _)| *number);
        let mut all: Vec<usize> = known.chain(edited).collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// Some chart of the world gives this name to templates ([`Chart::given`]).
    pub(super) fn give(&self, name: &str) -> bool {
        let base = &self.base.charts[..self.base.shown];
        let given = self.base.given.get(0, || Counts::of(base.iter().flat_map(|chart| chart.given())));
        let edited = || self.edited.range(..self.len());
        let gone = edited().filter(|(number, _)| base[**number].given().contains(name)).count();
        given.count(name) > gone || edited().any(|(_, chart)| chart.given().contains(name))
    }

    /// Where a document is: the numbers of its chart and of itself there. Documents stay where they are as long as
    /// their chart.
    pub(super) fn place(&self, address: usize) -> Option<(usize, usize)> {
        let within = |number: usize, chart: &Chart| chart.number_at(address).map(|at| (number, at));
        if let Some(found) = self.edited.iter().find_map(|(number, chart)| within(*number, chart)) {
            return Some(found);
        }
        let make = || {
            let charts = self.base.charts.iter().enumerate();
            let mut places: Vec<_> = charts.map(|(at, chart)| (chart.documents().as_ptr().addr(), at)).collect();
            places.sort_unstable();
            places
        };
        let places = self.base.places.get(0, make);
        let before = places.partition_point(|(start, _)| *start <= address);
        // Charts without a document begin anywhere.
        let found = places[..before].iter().rev().find_map(|(_, number)| within(*number, &self.base.charts[*number]));
        found.filter(|(number, _)| !self.is_edited(*number))
    }
}

impl<P: AsRef<Utf8Path> + ?Sized> std::ops::Index<&P> for Charts {
    type Output = Arc<Chart>;

    /// # Panics
    /// Where no chart has this root.
    #[expect(clippy::expect_used, reason = "as maps do")]
    fn index(&self, root: &P) -> &Arc<Chart> {
        self.get(root.as_ref()).expect("there is a chart")
    }
}

/// The text files of a world.
#[derive(Clone)]
pub struct Files {
    base: Arc<AllFiles>,
    edited: BTreeMap<FileId, Arc<File>>,
}

struct AllFiles {
    all: BTreeMap<FileId, Arc<File>>,
    /// In the order of their paths.
    paths: Vec<FileId>,
    /// What all of them mention.
    mentions: Cells<[Counts; 2]>,
}

impl Files {
    pub fn new(all: BTreeMap<FileId, Arc<File>>) -> Self {
        let mut paths: Vec<FileId> = all.keys().copied().collect();
        paths.sort_by(|a, b| all[a].source.path.as_str().cmp(all[b].source.path.as_str()));
        Self { base: Arc::new(AllFiles { all, paths, mentions: Cells::new(1) }), edited: BTreeMap::new() }
    }

    /// The same files, one of them edited.
    pub fn with(&self, file: &Arc<File>) -> Self {
        let mut files = self.clone();
        files.edited.insert(file.source.id, file.clone());
        if files.edited.len() <= MOST_EDITED {
            return files;
        }
        let mut all = files.base.all.clone();
        all.extend(files.edited);
        Self::new(all)
    }

    pub fn get(&self, id: &FileId) -> Option<&Arc<File>> {
        self.edited.get(id).or_else(|| self.base.all.get(id))
    }

    pub fn keys(&self) -> impl Iterator<Item = &FileId> {
        self.base.all.keys()
    }

    pub fn values(&self) -> impl Iterator<Item = &Arc<File>> {
        self.base.all.iter().map(|(id, file)| self.edited.get(id).unwrap_or(file))
    }

    pub fn len(&self) -> usize {
        self.base.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.base.all.is_empty()
    }

    /// The file at `path`.
    pub fn at(&self, path: &Utf8Path) -> Option<&Arc<File>> {
        let path_of = |id: &FileId| self.base.all[id].source.path.as_str();
        let at = self.base.paths.binary_search_by(|id| path_of(id).cmp(path.as_str())).ok()?;
        self.get(&self.base.paths[at])
    }

    /// Some file has a text that may mean the template of this name.
    pub fn may_mean(&self, name: &str) -> bool {
        reads::note(Mark::MENTIONS);
        reads::unheard(|| self.mention(name))
    }

    fn mention(&self, name: &str) -> bool {
        let [wholes, parts] = self.base.mentions.get(0, || {
            let all = || self.base.all.values().map(|file| file.mentions());
            [Counts::of(all().flat_map(|file| &file.whole)), Counts::of(all().flat_map(|file| &file.parts))]
        });
        let edited = || self.edited.iter().filter_map(|(id, file)| Some((self.base.all.get(id)?.mentions(), file)));
        let gone = |text: &str| edited().filter(|(old, _)| old.whole.contains(text)).count();
        let gone_part = |text: &str| edited().filter(|(old, _)| old.parts.contains(text)).count();
        wholes.count(name) > gone(name)
            || parts.any_within(name, |part, count| count > gone_part(part))
            || edited().any(|(_, file)| file.mentions().may_mean(name))
    }
}

impl std::ops::Index<&FileId> for Files {
    type Output = Arc<File>;

    fn index(&self, id: &FileId) -> &Arc<File> {
        self.edited.get(id).unwrap_or_else(|| &self.base.all[id])
    }
}
