//! What was said in a former world, for the present one to be held against.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::{Cells, Configuration, World};
use crate::diagnostic::Diagnostic;
use crate::model::charts::Charts;
use crate::said::{Changes, Said};
use crate::text::FileId;
use crate::threads;

/// The charts of a world, and by their numbers what some of them said among the others.
#[derive(Clone)]
pub(super) struct Voices {
    pub(super) charts: Charts,
    pub(super) said: Arc<Cells<Arc<Said>>>,
}

/// What is said in a world.
#[derive(Clone)]
pub struct Spoken {
    /// Its own charts, and behind them those of its views.
    pub(super) worlds: Vec<Voices>,
    pub(super) config: Arc<Configuration>,
}

/// What was said in a world that differs from the present one by edits of what charts print.
pub(super) struct Before {
    spoken: Spoken,
    /// How it differs from the present one.
    changes: OnceLock<Option<Arc<Changes>>>,
}

impl Voices {
    /// All that the chart of this number says, if that is known.
    fn findings(&self, number: usize) -> Option<impl Iterator<Item = &Diagnostic>> {
        let (own, linked) = (self.charts.at(number).said.get()?, self.said.known(number)?);
        Some(own.findings.iter().chain(&linked.findings))
    }

    /// The chart of this number says word for word the same there.
    fn agrees(&self, other: &Self, number: usize) -> bool {
        let linked = self.said.known(number).zip(other.said.known(number));
        Arc::ptr_eq(self.charts.at(number), other.charts.at(number))
            && linked.is_some_and(|(one, other)| Arc::ptr_eq(one, other))
    }

    /// Adds the files that a chart which is not heard to say the same may have other findings in. `None` where one of
    /// both worlds was not looked at as a whole.
    fn add_news(&self, later: &Self, news: &mut BTreeSet<FileId>) -> Option<()> {
        for number in (0..self.charts.len()).filter(|number| !self.agrees(later, *number)) {
            let findings = self.findings(number)?.chain(later.findings(number)?);
            news.extend(findings.map(|finding| finding.span.file));
            let [old, new] = [self, later].map(|voices| voices.charts.at(number));
            // What a comment allows, and whether it allows anything, hangs on all that its charts say.
            let allows = [old, new].into_iter().flat_map(|chart| chart.files.values());
            news.extend(allows.filter(|file| !file.allows().is_empty()).map(|file| file.source.id));
            news.extend(new.edited_since(&old.files).map(|(_, file)| file.source.id));
        }
        Some(())
    }
}

impl Spoken {
    /// Each chart that holds the file says word for word the same in a later world.
    pub fn agrees(&self, later: &Self, file: FileId) -> bool {
        let agree = |(old, new): (&Voices, &Voices)| {
            let mut numbers = new.charts.numbers_holding(file);
            old.charts.has_numbers_of(&new.charts) && numbers.all(|number| old.agrees(new, number))
        };
        self.is_like(later) && self.worlds.iter().zip(&later.worlds).all(agree)
    }

    /// The same settings hold, and there are as many views.
    fn is_like(&self, later: &Self) -> bool {
        self.worlds.len() == later.worlds.len() && Arc::ptr_eq(&self.config, &later.config)
    }

    /// The files whose findings may be others than in a later world. `None` where nobody can tell.
    pub fn news(&self, later: &World) -> Option<BTreeSet<FileId>> {
        let later = later.spoken();
        let mut news = BTreeSet::new();
        for (old, new) in self.worlds.iter().zip(&later.worlds) {
            let comparable = self.is_like(&later) && old.charts.has_numbers_of(&new.charts);
            comparable.then(|| old.add_news(new, &mut news)).flatten()?;
        }
        Some(news)
    }
}

impl Before {
    /// The worlds before an edit of one in which this is `spoken`, the last first; `before` are those before it.
    pub(super) fn all(before: &[Self], spoken: Spoken) -> Vec<Self> {
        let worlds = std::iter::once(spoken).chain(before.iter().map(|before| before.spoken.clone()));
        let worlds =
            worlds.map(|spoken| (spoken.worlds.iter().map(|voices| voices.said.extent()).sum::<usize>(), spoken));
        let mut worlds: Vec<_> = worlds.filter(|(extent, _)| *extent > 0).collect();
        // Of a world that was left before all of it was looked at little is known.
        if worlds.len() > MOST
            && let Some(least) = (1..worlds.len()).min_by_key(|at| worlds[*at].0)
        {
            worlds.remove(least);
        }
        worlds.into_iter().map(|(_, spoken)| Self { spoken, changes: OnceLock::new() }).collect()
    }

    /// The same as the view of this number has it.
    pub(super) fn of_view(&self, number: usize) -> Option<Self> {
        let view = self.spoken.worlds.get(1 + number)?.clone();
        let spoken = Spoken { worlds: vec![view], config: self.spoken.config.clone() };
        Some(Self { spoken, changes: OnceLock::new() })
    }

    /// What the chart of this number said among the others, and what changed since then; `None` where nobody can tell.
    pub(super) fn said(&self, number: usize, charts: &Charts) -> Option<(&Arc<Said>, &Arc<Changes>)> {
        let said = self.spoken.worlds[0].said.known(number)?;
        Some((said, self.changes(charts)?))
    }

    /// What the chart of this number said by itself, and what changed since then; `None` where nobody can tell.
    pub(super) fn said_by(&self, number: usize, charts: &Charts) -> Option<(&Said, &Arc<Changes>)> {
        let said = self.spoken.worlds[0].charts.at(number).said.get()?;
        Some((said, self.changes(charts)?))
    }

    /// `None` where something changed that nobody tells when it is read.
    fn changes(&self, charts: &Charts) -> Option<&Arc<Changes>> {
        let make = || {
            let mut changes = Changes::default();
            let differing: Vec<_> = self.spoken.worlds[0].charts.differing(charts).collect();
            // A chart with other values is rendered with each of them.
            threads::for_each(&differing, |(_, new)| _ = new.documents());
            for (old, new) in differing {
                new.add_changes(old, &mut changes)?;
            }
            Some(Arc::new(changes))
        };
        self.changes.get_or_init(make).as_ref()
    }
}

/// Who edits chart after chart leaves as many worlds behind.
const MOST: usize = 4;
