//! Keys and values of files that a JSON schema describes: values.yaml, and our own settings.

use serde_json::Value;

use super::scalars::quoted;
use super::{About, Item, Kind, Question, fields};
use crate::helm::outline::{Slot, SlotKind};
use crate::model::choices::{along, resolve};
use crate::yaml::path::Step;

/// What the schema says of the slot, which stands below `path`.
pub(super) fn items(question: &Question<'_>, slot: &Slot, schema: &Value, path: &[Step]) -> Vec<Item> {
    let Some((written, at)) = along(schema, path) else { return Vec::new() };
    let mut items = Vec::new();
    if matches!(slot.kind, SlotKind::Value | SlotKind::Either) {
        let usual = written.get("default").or_else(|| at.get("default"));
        items.extend(values(at).map(|value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let plain = slot.quote.is_some() || !value.is_string();
            let insert = if plain { text.clone() } else { quoted(&text) };
            let detail = if usual == Some(&value) { "default" } else { "" };
            Item::new(text, Kind::Value).insert(insert).detail(detail)
        }));
    }
    if matches!(slot.kind, SlotKind::Key | SlotKind::Either) {
        items.extend(keys(question, slot, schema, at));
    }
    items
}

/// The keys that are not there yet.
fn keys(question: &Question<'_>, slot: &Slot, schema: &Value, at: &Value) -> Vec<Item> {
    let outline = question.file.outline();
    let present: Vec<&str> = outline
        .siblings(slot)
        .filter(|id| outline.entry(*id).range != slot.range)
        .filter_map(|id| outline.key(id))
        .collect();
    let pad = " ".repeat(fields::shift(question, slot));
    let colon = fields::has_colon(question, slot);
    let properties = at.get("properties").and_then(Value::as_object).into_iter().flatten();
    let missing = properties.filter(|(name, _)| !present.contains(&name.as_str()));
    let keys = missing.map(|(name, part)| {
        let at = resolve(schema, part).unwrap_or(part);
        let item = words(name, part, at);
        if colon { item } else { with_rest(item, at, &pad, slot.flow) }
    });
    keys.collect()
}

/// A key with its words.
fn words(name: &str, written: &Value, at: &Value) -> Item {
    let words = written.get("description").or_else(|| at.get("description")).and_then(Value::as_str);
    let words = words.unwrap_or_default();
    Item::new(name, Kind::Member).detail(words.lines().next().unwrap_or_default()).about(About::Text(words.to_owned()))
}

/// The same with what follows the key.
fn with_rest(item: Item, at: &Value, pad: &str, flow: bool) -> Item {
    let name = item.label.clone();
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), quoted);
    let choices: Vec<String> = values(at).map(text).collect();
    let odd = |text: &String| text.contains([',', '|', '$', '}', '\\']);
    match at.get("type").and_then(Value::as_str) {
        Some("object") if !flow => item.insert(format!("{name}:")).snippet(format!("{name}:\n{pad}  $1")),
        Some("array") if !flow => item.insert(format!("{name}:")).snippet(format!("{name}:\n{pad}  - $1")),
        _ if choices.is_empty() || choices.iter().any(odd) => item.insert(format!("{name}: ")),
        _ => item.insert(format!("{name}: ")).snippet(format!("{name}: ${{1|{}|}}", choices.join(","))),
    }
}

/// The scalars to choose from.
fn values(at: &Value) -> impl Iterator<Item = Value> {
    let listed = at.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let flags = at.get("type").and_then(Value::as_str) == Some("boolean");
    let flags = [Value::Bool(true), Value::Bool(false)].into_iter().filter(move |_| flags);
    listed.into_iter().chain(flags).filter(|value| value.is_string() || value.is_boolean() || value.is_number())
}
