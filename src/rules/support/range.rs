//! The releases that Chart.yaml says a chart is for.

use crate::diagnostic::{Fix, Safety};
use crate::model::admission::{self, Admitted};
use crate::model::lines;
use crate::schema::release::ReleaseSet;
use crate::text::TextRange;
use crate::world::Chart;

/// Raises the range to the first release after those that lack something, where no others go with them.
pub(in crate::rules) fn raised(chart: &Chart, lacking: ReleaseSet) -> Option<Fix> {
    let range = admission::range(chart).filter(|_| chart.settings.releases.is_empty())?;
    let text = range.text()?;
    let promised = chart.promised()?;
    let rest = promised.without(lacking);
    let first = rest.first().filter(|first| lacking.last() < Some(*first))?;
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let operator = text[..start].trim();
    let end = text[start..].find([' ', ',', '|']).map_or(text.len(), |end| start + end);
    let version = format!("{}.0", first.name());
    let new = format!("{}{version}{}", &text[..start], &text[end..]);
    // What only some releases refuse may not be wrong in all that are left.
    let worse = |targets: ReleaseSet, faulty: ReleaseSet| {
        rest.and(targets).without(faulty).is_empty() && !targets.without(faulty).is_empty()
    };
    let mut admitted = chart.documents().iter().filter_map(|document| admission::admitted(chart, document));
    let sound = admitted.all(|Admitted { targets, faults, .. }| {
        let served = !rest.and(targets.releases).is_empty();
        served && faults.iter().all(|fault| !worse(targets.releases, fault.releases.and(targets.releases)))
    });
    let fits = ["", ">=", "^", "~"].contains(&operator) && ReleaseSet::in_range(&new) == Ok(rest);
    let edit = lines::written(&range.part(TextRange::new(start, end)), &version).filter(|_| fits && sound)?;
    Some(Fix { title: format!("Raise the range to `{new}`"), safety: Safety::Unsafe, edits: vec![edit] })
}
