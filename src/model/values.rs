//! The values that a chart comes with.

use super::object::{Document, Node};
use crate::template::Syntax;
use crate::template::ast::Expr;
use crate::world::Chart;

/// What the chart's own values.yaml holds.
pub fn own(chart: &Chart) -> Option<Node<'_>> {
    document(chart)?.root()
}

/// What values.yaml holds where an expression reads the chart's values.
pub fn read_by<'c>(chart: &'c Chart, syntax: &Syntax, expr: &Expr) -> Option<Node<'c>> {
    let path = expr.value_path().filter(|path| !path.is_empty() && syntax.is_of_root(expr))?;
    path.iter().try_fold(own(chart)?, |node, segment| node.get(&segment.name))
}

/// The chart's own values.yaml.
pub fn document(chart: &Chart) -> Option<&Document> {
    let root = &chart.package()?.root;
    let is_own = |document: &&Document| {
        document.path().file_name() == Some("values.yaml") && document.path().parent() == Some(root)
    };
    chart.plain().iter().find(is_own)
}
