//! Values of which a field knows all: enumerations and booleans.

use serde_json::Value;

use super::place::{Context, Place};
use super::{About, Item, Kind};
use crate::helm::outline::SlotKind;
use crate::ide::field;
use crate::yaml::typing::{self, Meaning};

/// The values to choose from.
pub(super) fn items(place: &Place<'_>) -> Vec<Item> {
    let slot = &place.slot;
    if !matches!(slot.kind, SlotKind::Value | SlotKind::Either)
        || slot.range.of(place.text).starts_with(['*', '&', '!'])
    {
        return Vec::new();
    }
    place.contexts.iter().flat_map(|context| choices(context, slot.quote.is_none())).collect()
}

/// The values that a place in an object lets one choose from; `bare`: no quotes are around them yet.
pub(super) fn choices(context: &Context, bare: bool) -> Vec<Item> {
    let schemas = context.schema();
    let default = schemas.defaults().into_iter().next().map(|(value, _)| value.clone());
    let mut items = Vec::new();
    for (value, releases) in schemas.values() {
        let Some(text) = scalar(&value) else { continue };
        let mut detail = if default.as_ref() == Some(&value) { "default".to_owned() } else { String::new() };
        if releases != schemas.releases() {
            detail = format!("KubeBlocks {releases}");
        }
        let written = if bare && value.is_string() { quoted(&text) } else { text.clone() };
        let about = About::Field {
            api_version: context.api_version.clone(),
            kind: context.kind.clone(),
            path: context.path.clone(),
        };
        items.push(Item::new(text, Kind::Value).detail(detail).insert(written).about(about));
    }
    items.extend(field::choices(&context.kind, &context.path).iter().map(|value| Item::new(*value, Kind::Value)));
    items
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The text as YAML reads it as a text.
pub(super) fn quoted(text: &str) -> String {
    let plain = matches!(typing::plain(text), Meaning::Str)
        && !text.is_empty()
        && !text.starts_with(['*', '&', '!', '{', '[', '|', '>', '@', '`', '"', '\'', '%', '#', '?', '-', ',', ' '])
        && !text.contains([':', '#', '\n'])
        && !text.ends_with(' ');
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}
