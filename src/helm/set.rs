//! The arguments of `--set`, `--set-string`, `--set-json`, `--set-file` and `--set-literal` (Helm's `strvals`).

use std::rc::Rc;

use super::values;
use crate::template::HelmVersion;
use crate::template::fmt::type_name;
use crate::template::value::{Data, Map, Value};

/// The greatest index of `a[n]=x`.
const MAX_INDEX: i64 = 65536;
/// The deepest `a.b.c…=x`.
const MAX_DEPTH: usize = 30;

/// Which of the options an argument belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetKind {
    /// `--set-json`
    Json,
    /// `--set`
    Typed,
    /// `--set-string`
    Text,
    /// `--set-file`: the value names a file.
    File,
    /// `--set-literal`: everything after the first `=` is the value.
    Literal,
}

impl SetKind {
    /// As the option is written.
    pub fn option(self) -> &'static str {
        match self {
            Self::Json => "--set-json",
            Self::Typed => "--set",
            Self::Text => "--set-string",
            Self::File => "--set-file",
            Self::Literal => "--set-literal",
        }
    }
}

/// Writes the values of one argument into `into`. `file` gives the text of a file for [`SetKind::File`].
///
/// # Errors
/// Helm's words, without `failed parsing --set data: `.
pub fn apply(
    kind: SetKind,
    argument: &str,
    into: &Map,
    version: HelmVersion,
    file: &dyn Fn(&str) -> Result<String, String>,
) -> Result<(), String> {
    if version == HelmVersion::V4 && kind == SetKind::Json && argument.trim_start().starts_with('{') {
        let object: serde_json::Value = serde_json::from_str(argument).map_err(|error| error.to_string())?;
        if let Data::Map(object) = from_json(&object).data {
            values::overlay(into, &object);
        }
        return Ok(());
    }
    let mut parser = Parser { rest: argument, kind, version, file };
    loop {
        match parser.key(into, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Error(message)) => return Err(message),
        }
    }
}

/// Why a production stopped: at the end of the argument (which is no fault), or at a fault.
enum Stop {
    End,
    Error(String),
}

fn fault<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Error(message.into()))
}

struct Parser<'a> {
    rest: &'a str,
    kind: SetKind,
    version: HelmVersion,
    file: &'a dyn Fn(&str) -> Result<String, String>,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    /// The text up to one of `stops`, which is taken too; a backslash takes the next character as it is. `None` for
    /// the stop at the end of the argument.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(next) = self.next() {
            if stops.contains(&next) {
                return (text, Some(next));
            }
            if next == '\\' && self.kind != SetKind::Literal {
                match self.next() {
                    Some(escaped) => text.push(escaped),
                    None => return (text, None),
                }
            } else {
                text.push(next);
            }
        }
        (text, None)
    }

    /// One `key=value`, written into `data`.
    fn key(&mut self, data: &Map, depth: usize) -> Result<(), Stop> {
        let stops: &[char] = if self.kind == SetKind::Literal { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (key, stop) = self.until(stops);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => fault(format!("key {key:?} has no value")),
            Some('[') => {
                let index = self.index()?;
                let list = match data.get(&key) {
                    None => Vec::new(),
                    Some(value) => as_list(&value, "unable to parse key: ")?,
                };
                let (list, end) = self.item(list, index, depth)?;
                set(data, &key, Value::list(list));
                end
            }
            Some('=') => {
                let (value, end) = self.value()?;
                set(data, &key, value);
                end
            }
            Some(',') => {
                set(data, &key, Value::str(""));
                fault(format!("key {key:?} has no value (cannot end with ,)"))
            }
            Some(_) => {
                if depth + 1 > MAX_DEPTH {
                    return fault(format!(
                        "value name nested level is greater than maximum supported nested level of {MAX_DEPTH}"
                    ));
                }
                let inner = match data.get(&key) {
                    None => Map::new(Default::default()),
                    Some(Value { data: Data::Map(map), .. }) => map,
                    Some(other) => {
                        return fault(format!(
                            "unable to parse key: {}",
                            no_conversion(&other, "map[string]interface {}")
                        ));
                    }
                };
                let end = self.key(&inner, depth + 1);
                let empty = inner.entries.borrow().is_empty();
                if end.is_ok() && empty {
                    return fault(format!("key map {key:?} has no value"));
                }
                if !empty {
                    set(data, &key, Data::Map(inner).into());
                }
                end
            }
        }
    }

    /// What stands behind `=`, and whether the argument ends there.
    fn value(&mut self) -> Result<(Value, Result<(), Stop>), Stop> {
        if self.kind == SetKind::Json {
            return self.json();
        }
        if self.kind == SetKind::Literal {
            return Ok((Value::str(std::mem::take(&mut self.rest)), Ok(())));
        }
        if self.rest.is_empty() {
            return Ok((Value::str(""), Err(Stop::End)));
        }
        if let Some(list) = self.list()? {
            return Ok((list, Ok(())));
        }
        let (text, stop) = self.until(&[',']);
        let value = self.scalar(&text)?;
        // At the end of the argument the reader of `--set-file` and the like reports no end of its own.
        let _ = stop;
        Ok((value, Ok(())))
    }

    /// `{a,b}`; `None` where no brace opens.
    fn list(&mut self) -> Result<Option<Value>, Stop> {
        let Some(rest) = self.rest.strip_prefix('{') else { return Ok(None) };
        self.rest = rest;
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            match stop {
                None => return fault("list must terminate with '}'"),
                Some(stop) => {
                    items.push(self.scalar(&text)?);
                    if stop == '}' {
                        self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                        return Ok(Some(Value::list(items)));
                    }
                }
            }
        }
    }

    /// A JSON text, or nothing (null), and the comma behind it.
    fn json(&mut self) -> Result<(Value, Result<(), Stop>), Stop> {
        if self.skip_to_comma() {
            return Ok((Value::NIL, Ok(())));
        }
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<serde_json::Value>();
        let value = match stream.next() {
            Some(Ok(value)) => from_json(&value),
            Some(Err(error)) if error.is_eof() => return fault("unexpected EOF"),
            Some(Err(_)) => {
                let at = self.rest.trim_start().chars().next().unwrap_or_default();
                return fault(format!("invalid character '{at}' looking for beginning of value"));
            }
            None => Value::NIL,
        };
        self.rest = self.rest.get(stream.byte_offset()..).unwrap_or_default();
        self.skip_to_comma();
        Ok((value, Ok(())))
    }

    /// Passes over blanks and one comma. True where a comma, or nothing more, stood there.
    fn skip_to_comma(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(',') {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => self.rest.is_empty(),
        }
    }

    fn index(&mut self) -> Result<i64, Stop> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            // Helm 4 takes every end of the argument for its end.
            return match self.version {
                HelmVersion::V3 => fault("error parsing index: EOF"),
                HelmVersion::V4 => Err(Stop::End),
            };
        }
        match text.parse::<i64>() {
            Ok(index) => Ok(index),
            Err(_) => fault(format!("error parsing index: strconv.Atoi: parsing {text:?}: invalid syntax")),
        }
    }

    /// What stands behind `a[index]`; the answer is the list with the value at its index.
    fn item(&mut self, list: Vec<Value>, index: i64, depth: usize) -> Result<(Vec<Value>, Result<(), Stop>), Stop> {
        if index < 0 {
            return fault(format!("negative {index} index not allowed"));
        }
        let (text, stop) = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            return fault(format!("unexpected data at end of array index: {text:?}"));
        }
        let old = list.get(index as usize);
        let (value, end) = match stop {
            None => return Err(Stop::End),
            Some('=') => {
                let (value, _) = self.value()?;
                (value, Ok(()))
            }
            Some('[') => {
                let next = self.index()?;
                let inner = match old {
                    Some(value) if !value.is_nil() => as_list(value, "unable to parse key: ")?,
                    _ => Vec::new(),
                };
                let (inner, _) = self.item(inner, next, depth)?;
                (Value::list(inner), Ok(()))
            }
            Some(_) => {
                let inner = match old {
                    Some(Value { data: Data::Map(map), .. }) => map.clone(),
                    _ => Map::new(Default::default()),
                };
                match self.key(&inner, depth) {
                    Ok(()) => (Data::Map(inner).into(), Ok(())),
                    Err(stop) => return Err(stop),
                }
            }
        };
        Ok((set_index(list, index, value)?, end))
    }

    fn scalar(&self, text: &str) -> Result<Value, Stop> {
        match self.kind {
            SetKind::Typed => Ok(typed(text)),
            SetKind::File => match (self.file)(text) {
                Ok(text) => Ok(Value::str(text)),
                Err(message) => fault(message),
            },
            _ => Ok(Value::str(text)),
        }
    }
}

/// `--set` knows null, booleans and decimal integers without a leading zero; all else is text.
fn typed(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return Value::bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::NIL;
    }
    if text == "0" {
        return Value::int64(0);
    }
    match text.parse::<i64>() {
        Ok(number) if !text.starts_with('0') => Value::int64(number),
        _ => Value::str(text),
    }
}

/// An empty key is passed over in silence.
fn set(data: &Map, key: &str, value: Value) {
    if !key.is_empty() {
        data.entries.borrow_mut().insert(Rc::from(key), value);
    }
}

fn set_index(mut list: Vec<Value>, index: i64, value: Value) -> Result<Vec<Value>, Stop> {
    if index > MAX_INDEX {
        return fault(format!("index of {index} is greater than maximum supported index of {MAX_INDEX}"));
    }
    let index = index as usize;
    if list.len() <= index {
        list.resize(index + 1, Value::NIL);
    }
    list[index] = value;
    Ok(list)
}

fn as_list(value: &Value, prefix: &str) -> Result<Vec<Value>, Stop> {
    match &value.data {
        Data::List(list) => Ok(list.items.to_vec()),
        _ => fault(format!("{prefix}{}", no_conversion(value, "[]interface {}"))),
    }
}

/// Go's words for a failed type assertion.
fn no_conversion(value: &Value, wanted: &str) -> String {
    let found = if value.is_nil() { "nil" } else { type_name(value) };
    format!("interface conversion: interface {{}} is {found}, not {wanted}")
}

fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::NIL,
        serde_json::Value::Bool(value) => Value::bool(*value),
        serde_json::Value::Number(number) => Value::float(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::str(text.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(from_json).collect()),
        serde_json::Value::Object(entries) => {
            Value::map(entries.iter().map(|(key, value)| (Rc::from(key.as_str()), from_json(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values as JSON-like text, for comparison.
    fn show(value: &Value) -> String {
        match &value.data {
            Data::Nil => "null".into(),
            Data::Bool(value) => value.to_string(),
            Data::Int64(value) => value.to_string(),
            Data::Float(value) => format!("{value}f"),
            Data::List(list) => format!("[{}]", list.items.iter().map(show).collect::<Vec<_>>().join(",")),
            Data::Map(map) => {
                let entries = map.entries.borrow();
                let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}:{}", show(value))).collect();
                format!("{{{}}}", entries.join(","))
            }
            _ => format!("{:?}", value.as_str().unwrap_or_default()),
        }
    }

    fn run(kind: SetKind, arguments: &[&str]) -> String {
        let map = Map::new(Default::default());
        let file = |path: &str| Err(format!("open {path}: no such file or directory"));
        for argument in arguments {
            if let Err(message) = apply(kind, argument, &map, HelmVersion::V3, &file) {
                return message;
            }
        }
        show(&Data::Map(map).into())
    }

    #[test]
    fn typed_values() {
        for (argument, expected) in [
            ("a=1,b=true,c=null,d=1.5,e=00,f=+1,g=", "{a:1,b:true,c:null,d:\"1.5\",e:\"00\",f:1,g:\"\"}"),
            ("a.b.c=x", "{a:{b:{c:\"x\"}}}"),
            ("a={1,x,},b=3", "{a:[1,\"x\",\"\"],b:3}"),
            ("a={}", "{a:[\"\"]}"),
            ("a[2]=x", "{a:[null,null,\"x\"]}"),
            ("a[0].b=1,a[1].c=2", "{a:[{b:1},{c:2}]}"),
            ("a[0][1]=x", "{a:[[null,\"x\"]]}"),
            (r"a=b\,c,d\.e=f", "{a:\"b,c\",d.e:\"f\"}"),
            ("=x", "{}"),
        ] {
            assert_eq!(run(SetKind::Typed, &[argument]), expected, "{argument}");
        }
    }

    #[test]
    fn faults() {
        for (argument, expected) in [
            ("a", "key \"a\" has no value"),
            ("a,b", "key \"a\" has no value (cannot end with ,)"),
            ("a..b=1", "key map \"a\" has no value"),
            ("a={1", "list must terminate with '}'"),
            ("a[x]=1", "error parsing index: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("a[-1]=1", "negative -1 index not allowed"),
            ("a[70000]=1", "index of 70000 is greater than maximum supported index of 65536"),
        ] {
            assert_eq!(run(SetKind::Typed, &[argument]), expected, "{argument}");
        }
        let twice = run(SetKind::Typed, &["a=1", "a.b=2"]);
        assert_eq!(
            twice,
            "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}"
        );
    }

    #[test]
    fn other_options() {
        assert_eq!(run(SetKind::Text, &["a=1,b={2}"]), "{a:\"1\",b:[\"2\"]}");
        assert_eq!(run(SetKind::Json, &["a=[1,{\"b\":null}] ,c=\"x\",d="]), "{a:[1f,{b:null}],c:\"x\",d:null}");
        assert_eq!(run(SetKind::Literal, &["a.b=c\\d,e=1"]), "{a:{b:\"c\\\\d,e=1\"}}");
        assert_eq!(run(SetKind::File, &["a=none"]), "open none: no such file or directory");
    }
}
