//! JSON as Go writes and reads it.

use std::fmt::Write as _;

use crate::template::bytes;
use crate::template::value::{Data, Encoded, Value};

/// Collections inside each other.
const MAX_DEPTH: usize = 400;

/// How to write.
#[derive(Clone, Copy, Default)]
pub struct Style {
    /// `< > &` as `\u003c` and so on.
    pub escape_html: bool,
    /// Two blanks for each level.
    pub pretty: bool,
}

/// Writes a value.
///
/// # Errors
/// Go's words for what JSON cannot hold.
pub fn write(value: &Value, style: Style) -> Result<String, String> {
    let mut out = String::new();
    put(value, style, 0, &mut out)?;
    Ok(out)
}

fn put(value: &Value, style: Style, depth: usize, out: &mut String) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("exceeded max depth of {MAX_DEPTH}"));
    }
    match &value.data {
        Data::Nil => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Int(value) | Data::Int64(value) => drop(write!(out, "{value}")),
        Data::Float(value) if !value.is_finite() => {
            return Err(format!("json: unsupported value: {}", crate::template::fmt::display(&Value::float(*value))));
        }
        Data::Float(value) => out.push_str(&number(*value)),
        Data::Str(text) => string(text.as_str(), style.escape_html, out),
        Data::Bytes(bytes) => {
            use base64::Engine as _;
            string(&base64::engine::general_purpose::STANDARD.encode(bytes), false, out);
        }
        Data::List(list) if list.nil => out.push_str("null"),
        Data::List(list) => {
            out.push('[');
            for (i, item) in list.items.iter().enumerate() {
                separate(i, style, depth + 1, out);
                put(item, style, depth + 1, out)?;
            }
            close(!list.items.is_empty(), ']', style, depth, out);
        }
        Data::Map(map) => {
            let entries = map.entries.borrow();
            members(entries.iter().map(|(key, value)| (&**key, value)), style, depth, out)?;
        }
        Data::Object(object) if object.json().is_some() => {
            let fields = object.json().unwrap_or_default();
            members(fields.iter().map(|(key, value)| (*key, value)), style, depth, out)?;
        }
        Data::Object(object) => match (object.as_map(), object.as_list()) {
            (Some(map), _) => put(&Data::Map(map).into(), style, depth, out)?,
            (None, Some(list)) => put(&Data::List(list).into(), style, depth, out)?,
            (None, None) => match object.encoded() {
                Encoded::Number(number) => out.push_str(&number.to_string()),
                Encoded::Text(text) | Encoded::Time(text) => string(&text, style.escape_html, out),
            },
        },
    }
    Ok(())
}

fn members<'v>(
    entries: impl ExactSizeIterator<Item = (&'v str, &'v Value)>,
    style: Style,
    depth: usize,
    out: &mut String,
) -> Result<(), String> {
    let filled = entries.len() > 0;
    out.push('{');
    for (i, (key, value)) in entries.enumerate() {
        separate(i, style, depth + 1, out);
        string(key, style.escape_html, out);
        out.push_str(if style.pretty { ": " } else { ":" });
        put(value, style, depth + 1, out)?;
    }
    close(filled, '}', style, depth, out);
    Ok(())
}

fn separate(i: usize, style: Style, depth: usize, out: &mut String) {
    if i > 0 {
        out.push(',');
    }
    if style.pretty {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
}

fn close(filled: bool, bracket: char, style: Style, depth: usize, out: &mut String) {
    if style.pretty && filled {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(bracket);
}

fn string(text: &str, escape_html: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' if escape_html => drop(write!(out, "\\u{:04x}", c as u32)),
            '\u{2028}' | '\u{2029}' => drop(write!(out, "\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => drop(write!(out, "\\u{:04x}", c as u32)),
            c if bytes::byte(c).is_some() => out.push_str("\\ufffd"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A number as encoding/json writes it: plain between 1e-6 and 1e21, else with an exponent.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
            _ => text,
        };
    }
    format!("{value}")
}

/// Reads JSON as `encoding/json` does into `interface {}`: numbers are float64.
///
/// # Errors
/// In Go's words.
pub fn read(text: &str) -> Result<Value, String> {
    super::json_reader::read(text)
}
