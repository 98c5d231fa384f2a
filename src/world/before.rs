//! What was said in a former world that differs from the present one by edits of what charts print.

use std::sync::{Arc, OnceLock};

use super::Cells;
use crate::model::charts::Charts;
use crate::said::{Changes, Said};

/// A former world: its charts, and by their numbers what some of them said among the others.
pub(super) struct Before {
    charts: Charts,
    said: Arc<Cells<Arc<Said>>>,
    /// How it differs from the present one.
    changes: OnceLock<Option<Arc<Changes>>>,
}

impl Before {
    /// The worlds before an edit of one that has `charts`, and that knows what some of these said, the last first;
    /// `before` are those before it.
    pub(super) fn all(before: &[Self], charts: &Charts, said: &Arc<Cells<Arc<Said>>>) -> Vec<Self> {
        let worlds = std::iter::once((charts, said)).chain(before.iter().map(|before| (&before.charts, &before.said)));
        let worlds = worlds.map(|(charts, said)| (said.filled().count(), charts, said));
        let mut worlds: Vec<_> = worlds.filter(|(count, ..)| *count > 0).collect();
        // Of a world that was left before all of it was looked at little is known.
        if worlds.len() > MOST
            && let Some(least) = (1..worlds.len()).min_by_key(|at| worlds[*at].0)
        {
            worlds.remove(least);
        }
        let new = |charts: &Charts, said: &Arc<Cells<_>>| Self {
            charts: charts.clone(),
            said: said.clone(),
            changes: OnceLock::new(),
        };
        worlds.into_iter().map(|(_, charts, said)| new(charts, said)).collect()
    }

    /// What the chart of this number said, and what changed since then; `None` where nobody can tell.
    pub(super) fn said(&self, number: usize, charts: &Charts) -> Option<(&Arc<Said>, &Arc<Changes>)> {
        let said = self.said.known(number)?;
        let changes = self.changes.get_or_init(|| self.changes(charts).map(Arc::new)).as_ref()?;
        Some((said, changes))
    }

    /// What the chart of this number said by itself, and what changed since then; `None` where nobody can tell.
    pub(super) fn said_by(&self, number: usize, charts: &Charts) -> Option<(&Said, &Arc<Changes>)> {
        let said = self.charts.at(number).said.get()?;
        let changes = self.changes.get_or_init(|| self.changes(charts).map(Arc::new)).as_ref()?;
        Some((said, changes))
    }

    /// `None` where something changed that nobody tells when it is read.
    fn changes(&self, charts: &Charts) -> Option<Changes> {
        let mut changes = Changes::default();
        for (old, new) in self.charts.differing(charts) {
            new.add_changes(old, &mut changes)?;
        }
        Some(changes)
    }
}

/// Who edits chart after chart leaves as many worlds behind.
const MOST: usize = 4;
