//! Anchors, behind a star.

use super::{Item, Kind, Question};
use crate::helm::outline::{Slot, SlotKind};
use crate::text::TextRange;

/// The anchors of the document above the cursor, the nearest first; `None` where no star is.
pub(super) fn items(question: &Question<'_>, slot: &Slot) -> Option<(TextRange, Vec<Item>)> {
    let typed = slot.range.of(question.text());
    if !typed.starts_with('*') || slot.quote.is_some() || !matches!(slot.kind, SlotKind::Value | SlotKind::Either) {
        return None;
    }
    let outline = question.file.outline();
    let above = outline
        .ids()
        .rev()
        .filter(|id| outline.document_of(*id) == slot.document() && outline.entry(*id).range.start < slot.range.start);
    let named = above.filter_map(|id| Some((id, outline.text(outline.entry(id).anchor?)?)));
    let items = named.map(|(id, name)| {
        let of = outline.path(Some(id)).to_string();
        Item::new(name, Kind::Name).detail(of)
    });
    Some((TextRange { start: slot.range.start + 1, ..slot.range }, items.collect()))
}
