//! The values that a chart comes with.

use super::object::{Document, Node};
use crate::world::Chart;

/// What the chart's own values.yaml holds.
pub fn own(chart: &Chart) -> Option<Node<'_>> {
    document(chart)?.root()
}

/// The chart's own values.yaml.
pub fn document(chart: &Chart) -> Option<&Document> {
    let root = &chart.package()?.root;
    let is_own = |document: &&Document| {
        document.path().file_name() == Some("values.yaml") && document.path().parent() == Some(root)
    };
    chart.plain().iter().find(is_own)
}
