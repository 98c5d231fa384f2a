//! Texts that a values file gives.

use crate::diagnostic::Located;
use crate::model::object::Node;
use crate::text::Span;
use crate::world::World;

/// Where a values file has all of the node's text: whoever wrote it there is to blame.
pub(in crate::rules) fn given(world: &World, node: Node) -> Option<Span> {
    let (value, text) = (node.place()?.value?, node.text()?);
    let chart = world.index().chart_of(node.document)?;
    let whole = chart.words(value).trim_matches(['"', '\'']) == text;
    chart.within(value, text).filter(|_| whole)
}
