//! Fixes that take something out.

use crate::diagnostic::{Report, Safety};
use crate::model::lines::Lines;
use crate::model::object::Node;
use crate::world::Chart;

/// Offers to take an entry out of its mapping, where something is left of that.
pub(in crate::rules) fn without<'s>(chart: &Chart, key: Node, safety: Safety, report: Report<'s>) -> Report<'s> {
    report.offer(
        format!("Remove `{}`", key.text().unwrap_or_default()),
        safety,
        Lines::of(chart, key).and_then(|lines| lines.removed()),
    )
}
