//! Keys of lists that are left without a value, because all items stand in a branch that is not taken.

use super::object::{Document, Node};
use crate::diagnostic::Located;
use crate::template::ast::{Branch, BranchKind, Node as Part, Visitor};
use crate::text::TextRange;
use crate::world::Chart;

/// Every such key of a document.
pub fn empty_lists<'w>(chart: &Chart, document: &'w Document) -> Vec<Node<'w>> {
    let nodes = document.tree().ids().map(|id| document.node(id)).filter(|node| node.is_mapping() && !node.is_alias());
    let empty = nodes.flat_map(Node::entries).filter(|(_, value)| value.is_null() && !value.is_alias());
    empty.filter(|(key, _)| loses_items(chart, *key)).map(|(key, _)| key).collect()
}

/// In the template `{{ if … }}` stands right below the key, with items in it and nothing after it that belongs to the list.
fn loses_items(chart: &Chart, key: Node<'_>) -> bool {
    let Some(place) = key.place().filter(|place| place.verbatim) else { return false };
    let Some(file) = chart.files.get(&place.span.file) else { return false };
    let text = file.text();
    let end = place.span.range.end as usize;
    let Some(rest) = text.get(end..).and_then(|rest| rest.strip_prefix(':')) else { return false };
    let blanks = rest.len() - rest.trim_start().len();
    if !rest[..blanks].contains('\n') {
        return false;
    }
    let mut search = Search { at: (end + 1 + blanks) as u32, found: None };
    file.syntax().visit(&mut search);
    let items = |nodes: &[Part]| match nodes.first() {
        Some(Part::Text(range)) => starts_item(text, *range),
        _ => false,
    };
    search.found.is_some_and(|branch| {
        branch.kind == BranchKind::If && branch.otherwise.is_none() && branch.arms.iter().all(|arm| items(&arm.body))
    })
}

fn starts_item(text: &str, range: TextRange) -> bool {
    range.of(text).trim_start().starts_with("- ")
}

struct Search<'s> {
    at: u32,
    found: Option<&'s Branch>,
}

impl<'s> Visitor<'s> for Search<'s> {
    fn node(&mut self, node: &'s Part) {
        if let Part::Branch(branch) = node
            && branch.range.start == self.at
        {
            self.found = Some(branch);
        }
    }
}
