//! Keys of values.yaml: those that templates read and the file lacks, and those of values.schema.json.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{About, Item, Kind, Question};
use crate::helm::outline::{Slot, SlotKind};
use crate::ide::shapes::{self, ITEM};
use crate::model::choices::{below, values_schema};
use crate::yaml::path::Step;

/// The keys that fit, with the number of their uses.
pub(super) fn items(question: &Question<'_>, slot: &Slot) -> Vec<Item> {
    let outline = question.file.outline();
    let path = outline.path(slot.parent);
    let keys: Vec<&str> = path.steps.iter().map(|step| step.key().unwrap_or(ITEM)).collect();
    let Some(chart) = question.charts.first() else { return Vec::new() };
    let schema = schema(question, &path.steps);
    if slot.kind == SlotKind::Value {
        return schema.as_ref().map(values).unwrap_or_default();
    }
    if slot.kind == SlotKind::Block {
        return Vec::new();
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
    let properties = schema.as_ref().and_then(|schema| schema.get("properties")?.as_object());
    for (name, schema) in properties.into_iter().flatten().filter(|(name, _)| !present.contains(&name.as_str())) {
        let words = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let map = matches!(schema.get("type").and_then(Value::as_str), Some("object" | "array"));
        let insert = if map { format!("{name}:") } else { format!("{name}: ") };
        items.push(Item::new(name, Kind::Member).insert(insert).about(About::Text(words.to_owned())));
    }
    items
}

/// The part of values.schema.json for a path.
fn schema(question: &Question<'_>, steps: &[Step]) -> Option<Value> {
    let root = values_schema(question.charts.first()?.package()?)?;
    let at = steps.iter().try_fold(&root, |at, step| below(&root, at, step.key()))?;
    Some(at.clone())
}

fn values(schema: &Value) -> Vec<Item> {
    let listed = schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let flags = (schema.get("type").and_then(Value::as_str) == Some("boolean"))
        .then(|| vec![Value::Bool(true), Value::Bool(false)]);
    let texts = listed.into_iter().chain(flags.into_iter().flatten()).filter_map(|value| match value {
        Value::String(text) => Some((super::scalars::quoted(&text), text)),
        Value::Bool(_) | Value::Number(_) => Some((value.to_string(), value.to_string())),
        _ => None,
    });
    texts.map(|(insert, label)| Item::new(label, Kind::Value).insert(insert)).collect()
}
