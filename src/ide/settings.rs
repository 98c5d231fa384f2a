//! The file of settings, in the words of its schema.

use serde_json::Value;

use super::Cursor;
use super::hover::{Block, Hover};
use crate::config;
use crate::model::choices::along;
use crate::rules::RULES;
use crate::text::Span;
use crate::world::File;
use crate::yaml::path::Path;

/// What may stand in a file of settings: the same that `schemas/config.json` holds.
pub fn schema() -> Value {
    config::schema(RULES.iter().map(|rule| (rule.name, rule.summary, rule.severity)))
}

/// What is told of a key, or of a value of one.
pub(super) fn hover(file: &File, at: Cursor) -> Option<Hover> {
    let outline = file.outline();
    let touched = |id: &_| {
        let entry = outline.entry(*id);
        let value = entry.value.map(|value| value.range);
        [Some(entry.range), value].into_iter().flatten().find(|range| !range.is_empty() && range.touches(at.offset))
    };
    let (id, range) = outline.ids().find_map(|id| Some((id, touched(&id)?)))?;
    let blocks = words(&schema(), &outline.path(Some(id)))?;
    Some(Hover { origin: Span { file: at.file, range }, blocks })
}

fn words(schema: &Value, path: &Path) -> Option<Vec<Block>> {
    let (written, at) = along(schema, &path.steps)?;
    let mut blocks = vec![format!("Setting `{path}`")];
    let text = |key| written.get(key).or_else(|| at.get(key)).and_then(Value::as_str);
    blocks.extend(text("description").map(|words| words.replace('\n', " ")));
    if let Some(Value::Array(choices)) = at.get("enum") {
        let names: Vec<_> = choices.iter().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
        let usual = text("default").map(|usual| format!("; usually `{usual}`")).unwrap_or_default();
        blocks.push(format!("One of {}{usual}", names.join(", ")));
    }
    (blocks.len() > 1).then(|| blocks.into_iter().map(Block::Text).collect())
}
