//! From a cursor to what stands there, in every rendering of it.

use std::sync::Arc;

use super::{Cursor, Target};
use crate::helm::render::Rendered;
use crate::model::object::{Document, Node};
use crate::template::traced::{CallId, Origin};
use crate::text::{FileId, Span, TextRange};
use crate::world::{Chart, World};
use crate::yaml::tree::Kind;
use crate::yaml::{parser, path};

/// A scalar or an alias that the text under the cursor became.
#[derive(Clone, Copy)]
pub(super) struct Spot<'w> {
    pub(super) chart: &'w Arc<Chart>,
    pub(super) node: Node<'w>,
    /// What the cursor stands for: bytes of the rendered text, empty where the text was copied.
    pub(super) range: TextRange,
}

/// All that the text under the cursor became: one spot for each rendering, many for a helper that is included often.
pub(super) fn spots(world: &World, at: Cursor) -> Vec<Spot<'_>> {
    let cursor = Span { file: at.file, range: TextRange::empty(at.offset as usize) };
    let mut found: Vec<Spot> = Vec::new();
    for chart in world.charts_of(at.file) {
        let mut last: Option<(&Document, Vec<TextRange>, bool)> = None;
        for document in chart.documents().iter().chain(chart.plain()) {
            if !last.as_ref().is_some_and(|(other, ..)| Arc::ptr_eq(other.rendered(), document.rendered())) {
                let ranges = document.rendered().text.places(cursor);
                last = Some(match ranges.is_empty() {
                    true => (document, printed_by_calls(document.rendered(), cursor), true),
                    false => (document, ranges, false),
                });
            }
            let Some((_, ranges, called)) = &last else { continue };
            for range in ranges {
                // Of what a helper prints, only what is a name as a whole is meant by its call.
                let meant = |node: &Node| !*called || content(*node) == *range;
                if let Some(node) = node_at(document, *range).filter(meant) {
                    found.push(Spot { chart, node, range: *range });
                }
            }
        }
    }
    found
}

/// All that an `include` under the cursor printed.
pub(super) fn printed_by_calls(rendered: &Rendered, cursor: Span) -> Vec<TextRange> {
    let touched = |span: Span| span.file == cursor.file && span.range.touches(cursor.range.start);
    if !rendered.calls.all().iter().any(|call| touched(call.span)) {
        return Vec::new();
    }
    let here = |calls| rendered.calls.chain(calls).into_iter().any(|call| touched(call.span));
    rendered.text.ranges_of_calls(here)
}

/// The smallest scalar or alias that holds `range` of the rendered text.
fn node_at(document: &Document, range: TextRange) -> Option<Node<'_>> {
    if !document.range.contains(range) {
        return None;
    }
    let id = path::node_at(document.tree(), range.start)?;
    let node = document.tree().node(id);
    let leaf = matches!(node.kind, Kind::Scalar { .. } | Kind::Alias { .. });
    (leaf && !node.range.is_empty() && node.range.contains(range)).then(|| document.node(id))
}

/// Bytes of the node in the rendered text: of a scalar without its quotes, of an alias without its star.
pub(super) fn content(node: Node<'_>) -> TextRange {
    let (tree, id) = (node.document.tree(), node.id);
    match tree.node(id).kind {
        Kind::Scalar { text, .. } => {
            parser::part(node.document.rendered().text.as_str(), tree, id, TextRange::new(0, text.len()))
        }
        Kind::Alias { .. } => {
            let range = tree.node(id).range;
            TextRange { start: (range.start + 1).min(range.end), ..range }
        }
        _ => tree.node(id).range,
    }
}

/// The node and all that hold it, inside out.
pub(super) fn ancestors(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(Some(node), |node| node.parent())
}

/// The key whose value the node is.
pub(super) fn key_of(node: Node<'_>) -> Option<Node<'_>> {
    node.parent()?.entries().find(|(_, value)| value.id == node.id).map(|(key, _)| key)
}

/// The key of the list of which the node is an item.
pub(super) fn list_of(node: Node<'_>) -> Option<&str> {
    let list = node.parent().filter(|list| list.is_sequence())?;
    key_of(list)?.text()
}

/// The item of a list of that name in which the node stands.
pub(super) fn item_of<'w>(node: Node<'w>, list: &str) -> Option<Node<'w>> {
    ancestors(node).find(|above| list_of(*above) == Some(list))
}

/// The places of something rendered: where the author wrote its name, and the helper that wrote it, if one did.
///
/// `full` and `name` are bytes of the rendered text.
pub(super) fn targets(document: &Document, full: TextRange, name: TextRange) -> Vec<Target> {
    let target = |(name, calls): (Span, CallId)| {
        let whole = cover(document, full, name.file, calls).map_or(name.range, |whole| whole.cover(name.range));
        Target { full: Span { file: name.file, range: whole }, name }
    };
    places(document, name).map(target).collect()
}

/// The names of [`targets`].
pub(super) fn written(document: &Document, name: TextRange) -> Vec<Span> {
    places(document, name).map(|(span, _)| span).collect()
}

/// The include that printed the bytes, if one did, and where they were written.
fn places(document: &Document, name: TextRange) -> impl Iterator<Item = (Span, CallId)> {
    let site = document.rendered().text.site(name);
    let call = site.and_then(|site| document.rendered().calls.chain(site.calls).last().map(|call| call.span));
    call.map(|span| (span, CallId(0))).into_iter().chain(site.map(|site| (site.span, site.calls)))
}

/// The bytes of `file` that `range` of the rendered text was made of, in one call.
pub(super) fn cover(document: &Document, range: TextRange, file: FileId, calls: CallId) -> Option<TextRange> {
    let rendered = document.rendered();
    let spans = rendered.text.pieces_in(range).filter_map(|(_, piece)| {
        // An include stands for all that it printed.
        if piece.calls != calls {
            let chain = rendered.calls.chain(piece.calls);
            return chain.into_iter().find(|call| call.parent == calls).map(|call| call.span);
        }
        match piece.origin {
            Origin::Verbatim(span) | Origin::Computed { action: span, .. } => Some(span),
            Origin::Made(_) | Origin::Padding => None,
        }
    });
    spans.filter(|span| span.file == file).map(|span| span.range).reduce(TextRange::cover)
}
