//! Keys of values.yaml that no template reads: nothing asks for their path, for what is below it, or for something around it.

use super::object::{Document, Node};
use super::value_reads::{Reads, Taken};
use super::values;
use crate::world::Chart;

/// The topmost keys that nothing reads; nothing where that is not sure.
pub fn unread(chart: &Chart) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let root = values::document(chart).filter(|values| values.is_sound()).and_then(Document::root);
    if let Some((root, reads)) = root.and_then(|root| Some((root, Reads::of(chart)?))) {
        judge(root, &reads, &reads.taken, &mut found);
    }
    found
}

fn judge<'w>(map: Node<'w>, reads: &Reads<'_>, taken: &Taken<'_>, found: &mut Vec<Node<'w>>) {
    for (key, value) in map.entries() {
        let Some(name) = key.text().filter(|name| *name != "<<") else { continue };
        if !reads.takes(taken, name) {
            found.extend(Some(key).filter(|_| !value.has_anchors()));
        } else if let Some(parts) = taken.parts.get(name).filter(|parts| !parts.whole)
            && !value.is_alias()
        {
            judge(value, reads, parts, found);
        }
    }
}
