//! Keys of values.yaml: those that templates read and the file lacks, and those of values.schema.json.

use std::collections::BTreeMap;

use super::{Item, Kind, Question, json_schema};
use crate::helm::outline::{Slot, SlotKind};
use crate::ide::shapes::{self, ITEM};
use crate::model::choices::values_schema;

/// The keys that fit, with the number of their uses.
pub(super) fn items(question: &Question<'_>, slot: &Slot) -> Vec<Item> {
    let outline = question.file.outline();
    let path = outline.path(slot.parent);
    let keys: Vec<&str> = path.steps.iter().map(|step| step.key().unwrap_or(ITEM)).collect();
    let Some(chart) = question.charts.first() else { return Vec::new() };
    let schema = chart.package().and_then(values_schema).unwrap_or_default();
    let by_schema = || json_schema::items(question, slot, &schema, &path.steps);
    if matches!(slot.kind, SlotKind::Value | SlotKind::Block) {
        return by_schema();
    }
    let present: Vec<&str> = outline
        .siblings(slot)
        .filter(|id| outline.entry(*id).range != slot.range)
        .filter_map(|id| outline.key(id))
        .collect();
    let mut read: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for read_at in &shapes::of(chart).reads {
        let [root, inner @ ..] = read_at.path.as_slice() else { continue };
        let below = inner.get(keys.len()).filter(|_| root == "Values" && inner.iter().zip(&keys).all(|(a, b)| a == b));
        if let Some(name) = below.filter(|name| *name != ITEM && !present.contains(&name.as_str())) {
            let (count, map) = read.entry(name.clone()).or_default();
            *count += usize::from(inner.len() == keys.len() + 1 && !read_at.whole);
            *map |= inner.len() > keys.len() + 1;
        }
    }
    let mut items: Vec<Item> = Vec::new();
    for (name, (count, map)) in read {
        let detail = if count == 1 { "read once".to_owned() } else { format!("read {count} times") };
        let insert = if map { format!("{name}:") } else { format!("{name}: ") };
        items.push(Item::new(name, Kind::Member).detail(detail).insert(insert));
    }
    items.extend(by_schema());
    items
}
