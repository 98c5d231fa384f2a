//! What was said in a former world that differs from the present one by edits of templates.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::Cells;
use crate::model::charts::Charts;
use crate::said::{Changes, Said};

/// A former world: its charts, and by their numbers what some of them said among the others.
pub(super) struct Before {
    charts: Charts,
    said: BTreeMap<usize, Arc<Said>>,
    /// How it differs from the present one.
    changes: OnceLock<Option<Arc<Changes>>>,
}

impl Before {
    /// The worlds before an edit of one that has `charts`, and that knows what some of these said; `before` are those
    /// before it.
    pub(super) fn all(before: &[Self], charts: &Charts, said: &Cells<Arc<Said>>) -> Vec<Self> {
        let new = |charts: &Charts, said| Self { charts: charts.clone(), said, changes: OnceLock::new() };
        let said: BTreeMap<usize, Arc<Said>> = said.filled().map(|(number, said)| (number, said.clone())).collect();
        let older = before.iter().map(|before| {
            let unsaid = before.said.iter().filter(|(number, _)| !said.contains_key(*number));
            new(&before.charts, unsaid.map(|(number, said)| (*number, said.clone())).collect())
        });
        let mut all: Vec<Self> = older.filter(|older| !older.said.is_empty()).take(MOST).collect();
        if !said.is_empty() {
            all.insert(0, new(charts, said));
        }
        all
    }

    /// What the chart of this number said, and what changed since then; `None` where nobody can tell.
    pub(super) fn said(&self, number: usize, charts: &Charts) -> Option<(&Arc<Said>, &Arc<Changes>)> {
        let said = self.said.get(&number)?;
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
