//! values.schema.json, as Helm 3 and Helm 4 apply it to the values of a chart and of its dependencies.

mod draft7;
mod modern;

use camino::Utf8Path;
use serde_json::Value as Json;

use super::unit::Unit;
use crate::template::HelmVersion;
use crate::template::value::{Data, Map, Value};
use crate::text::Span;

/// What Helm says of values that do not fit, and where the first of them stands.
pub(super) struct Violation {
    pub(super) message: String,
    pub(super) span: Option<Span>,
}

/// Checks the values of a chart and of its dependencies, each by the schema of the chart it belongs to.
pub(super) fn check(root: &Unit<'_>, values: &Map, version: HelmVersion) -> Option<Violation> {
    let mut words = String::new();
    let mut span = None;
    check_unit(root, values, version, &mut words, &mut span);
    let message = format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{}",
        words.trim_end_matches('\n')
    );
    (!words.is_empty()).then_some(Violation { message, span })
}

fn check_unit(unit: &Unit<'_>, values: &Map, version: HelmVersion, words: &mut String, span: &mut Option<Span>) {
    if let Some(source) = unit.package.files.get(Utf8Path::new("values.schema.json")) {
        let values = Data::Map(values.clone()).into();
        let faults = match (serde_json::from_str::<Json>(&source.text), version) {
            (Ok(schema), HelmVersion::V3) => draft7::faults(&schema, &values),
            (Ok(schema), HelmVersion::V4) => modern::faults(&schema, &values),
            (Err(_), _) => {
                words.push_str(&format!("{}:\n{}\n", unit.name, no_json(&source.text)));
                Vec::new()
            }
        };
        if !faults.is_empty() {
            words.push_str(&format!("{}:\n", unit.name));
        }
        for (message, at) in faults {
            words.push_str(&format!("- {message}\n"));
            *span = span.or(at);
        }
    }
    for child in &unit.dependencies {
        if let Some(Value { data: Data::Map(values), .. }) = values.get(&child.name) {
            check_unit(child, &values, version, words, span);
        }
    }
}

/// What Go's decoder says of a text that is no JSON.
fn no_json(text: &str) -> String {
    if text.trim().is_empty() {
        return "EOF".to_owned();
    }
    match super::json::read(text).err() {
        Some(error) if !error.contains("end of JSON input") => error,
        _ => "unexpected EOF".to_owned(),
    }
}

/// What a type is called, and the names in a schema that accept it.
fn type_names(value: &Value) -> (&'static str, &'static [&'static str]) {
    match &value.data {
        Data::Nil => ("null", &["null"]),
        Data::Bool(_) => ("boolean", &["boolean"]),
        Data::List(_) => ("array", &["array"]),
        Data::Map(_) | Data::Object(_) => ("object", &["object"]),
        Data::Str(_) | Data::Bytes(_) => ("string", &["string"]),
        Data::Float(number) if number.fract() != 0.0 => ("number", &["number"]),
        Data::Float(_) | Data::Int(_) | Data::Int64(_) => ("integer", &["integer", "number"]),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value.data {
        Data::Float(number) => Some(number),
        Data::Int(number) | Data::Int64(number) => Some(number as f64),
        _ => None,
    }
}

/// Exact for decimal fractions as people write them.
fn is_multiple(number: f64, of: f64) -> bool {
    if of == 0.0 {
        return true;
    }
    let ratio = number / of;
    (ratio - ratio.round()).abs() <= ratio.abs().max(1.0) * 1e-12
}

/// The value as JSON, for comparison.
fn json_text(value: &Value) -> String {
    super::json::write(value, super::json::Style { escape_html: true, pretty: false }).unwrap_or_default()
}

/// A JSON text in the same form.
fn json_of(json: &Json) -> String {
    super::json::read(&json.to_string()).map(|value| json_text(&value)).unwrap_or_default()
}
