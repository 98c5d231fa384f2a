//! Values that a document prints, and where they are written.

use super::object::{Document, Node};
use crate::template::traced::Origin;
use crate::text::Span;
use crate::yaml::path;

/// A value that an action printed.
pub struct Printed<'w> {
    /// As it was printed.
    pub text: &'w str,
    /// The character before it.
    pub before: Option<char>,
    /// Where the values file has it.
    pub value: Span,
    /// The scalar that holds the text.
    pub within: Option<Node<'w>>,
}

/// Every piece of a document that was made of one value of a values file.
pub fn printed(document: &Document) -> impl Iterator<Item = Printed<'_>> {
    let inside = document.rendered().text.printed_in(document.range);
    let inside = inside.filter(|(range, _)| document.range.contains(*range));
    inside.filter_map(|(range, piece)| {
        let Origin::Computed { made, .. } = piece.origin else { return None };
        let within = path::node_at(document.tree(), range.start).map(|id| document.node(id));
        let (all, start) = (document.rendered().text.as_str(), range.start as usize);
        let (text, before) = (range.of(all), all[..start].chars().next_back());
        Some(Printed { text, before, value: made.value?, within: within.filter(|node| node.text().is_some()) })
    })
}
