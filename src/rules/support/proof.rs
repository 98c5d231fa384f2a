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
    let changed = fix::apply(&[&fix], |file| chart.files.get(&file).map(|file| &*file.source));
    let after = chart.edited(&changed);
    let sound = !after.failed() && after.documents().len() == chart.documents().len();
    let (old, new) = (faults(chart), faults(&after));
    let fewer = new.values().sum::<usize>() < old.values().sum();
    let known = new.iter().all(|(fault, count)| old.get(fault).is_some_and(|old| count <= old));
    (sound && fewer && known).then_some(fix)
}

/// How many faults of each kind each document has.
fn faults(chart: &Chart) -> HashMap<(usize, Discriminant<What>), usize> {
    let mut found = HashMap::new();
    for (at, document) in chart.documents().iter().enumerate() {
        for fault in admission::admitted(chart, document).iter().flat_map(|admitted| admitted.faults) {
            *found.entry((at, discriminant(&fault.what))).or_default() += 1;
        }
    }
    found
}
