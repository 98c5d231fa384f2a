//! What a JSON schema lets a value be: values.schema.json, or that of our own settings.

use camino::Utf8Path;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::helm::chart::Package;
use crate::text::Span;
use crate::yaml::path::Step;

/// The schema that a chart brings for its values; `None` where it has none that can be read.
pub fn values_schema(package: &Package) -> Option<Value> {
    serde_json::from_str(&package.files.get(Utf8Path::new("values.schema.json"))?.text).ok()
}

/// Where values.schema.json stops being JSON, and why.
pub fn broken_schema(package: &Package) -> Option<(Span, String)> {
    let source = package.files.get(Utf8Path::new("values.schema.json")).filter(|source| !source.text.is_empty())?;
    let error = serde_json::from_str::<IgnoredAny>(&source.text).err()?;
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default().to_owned();
    let range = source.lines.line_range(error.line().saturating_sub(1) as u32);
    Some((Span { file: source.id, range }, words))
}

/// The part for a key, or for an item of a list where there is none.
pub fn below<'v>(root: &'v Value, at: &'v Value, key: Option<&str>) -> Option<&'v Value> {
    resolve(root, part(at, key)?)
}

/// The part for a path, as it is written and what it refers to.
pub fn along<'v>(root: &'v Value, path: &[Step]) -> Option<(&'v Value, &'v Value)> {
    path.iter().try_fold((root, root), |(_, at), step| {
        let part = part(at, step.key())?;
        Some((part, resolve(root, part)?))
    })
}

/// The part as it is written: beside a reference may stand words of its own.
fn part<'v>(at: &'v Value, key: Option<&str>) -> Option<&'v Value> {
    match key {
        Some(key) => at.get("properties").and_then(|all| all.get(key)).or_else(|| at.get("additionalProperties")),
        None => at.get("items"),
    }
}

/// What a part refers to, or itself.
pub fn resolve<'v>(root: &'v Value, part: &'v Value) -> Option<&'v Value> {
    match part.get("$ref").and_then(Value::as_str) {
        Some(name) => root.pointer(name.strip_prefix('#')?),
        None => Some(part),
    }
}

/// The texts that a value is chosen from; `None` where it may be something else too.
pub fn choices<'v>(root: &'v Value, path: &[&str]) -> Option<Vec<&'v str>> {
    let at = path.iter().try_fold(root, |at, key| below(root, at, Some(key)))?;
    at.get("enum")?.as_array()?.iter().map(Value::as_str).collect()
}
