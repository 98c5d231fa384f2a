//! Fixes that change more than a word are offered only where the API server then finds less wrong, and nothing else.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use crate::diagnostic::{Edit, Fix, Safety};
use crate::fix;
use crate::model::admission;
use crate::model::admit::What;
use crate::world::Chart;

/// The fix that consists of these edits, if it holds what it promises.
pub(in crate::rules) fn proven(chart: &Chart, title: String, safety: Safety, edits: Vec<Edit>) -> Option<Fix> {
    let fix = Fix { title, safety, edits };
    let (old, new) = judged(chart, &fix)?;
    let fewer = new.values().sum::<usize>() < old.values().sum();
    (fewer && is_known(&old, &new)).then_some(fix)
}

/// As [`proven`], for what the API server does not judge.
pub(in crate::rules) fn harmless(chart: &Chart, title: String, safety: Safety, edits: Vec<Edit>) -> Option<Fix> {
    let fix = Fix { title, safety, edits };
    let (old, new) = judged(chart, &fix)?;
    is_known(&old, &new).then_some(fix)
}

type Faults = HashMap<(usize, Discriminant<What>), usize>;

/// The faults before and after; `None` where the chart is another one after it.
fn judged(chart: &Chart, fix: &Fix) -> Option<(Faults, Faults)> {
    let changed = fix::apply(&[fix], |file| chart.files.get(&file).map(|file| &*file.source));
    let after = chart.edited(&changed);
    let sound = !after.failed() && after.documents().len() == chart.documents().len();
    sound.then(|| (faults(chart), faults(&after)))
}

/// No fault is new.
fn is_known(old: &Faults, new: &Faults) -> bool {
    new.iter().all(|(fault, count)| old.get(fault).is_some_and(|old| count <= old))
}

/// How many faults of each kind each document has.
fn faults(chart: &Chart) -> Faults {
    let mut found = HashMap::new();
    for (at, document) in chart.documents().iter().enumerate() {
        for fault in admission::admitted(chart, document).iter().flat_map(|admitted| admitted.faults) {
            *found.entry((at, discriminant(&fault.what))).or_default() += 1;
        }
    }
    found
}
