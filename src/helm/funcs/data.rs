//! `toYaml`, `fromJson` and their like. Writers of YAML keep birthplaces; the rest is opaque.

use crate::helm::to_yaml::{self, Flavour};
use crate::helm::{data, json, toml};
use crate::template::HelmVersion;
use crate::template::funcs::{CallError, Context, Function, Param};
use crate::template::traced::{Made, Traced};
use crate::template::value::{ANY_LIST, ANY_MAP, Data, List, Map, Value};

const ANY: &[Param] = &[Param::Any];
const STR: &[Param] = &[Param::Str];

/// Helm's data functions.
pub static FUNCTIONS: &[Function] = &[
    Function::new("toYaml", ANY, |cx, args| yaml(cx, &args[0], Flavour::Plain)),
    Function::new("toYamlPretty", ANY, |cx, args| yaml(cx, &args[0], Flavour::Pretty)),
    Function::new("toJson", ANY, |_, args| Ok(lenient(&args[0], HTML))),
    Function::new("mustToJson", ANY, |_, args| strict(&args[0], HTML)),
    Function::new("toPrettyJson", ANY, |_, args| Ok(lenient(&args[0], PRETTY))),
    Function::new("mustToPrettyJson", ANY, |_, args| strict(&args[0], PRETTY)),
    Function::new("toRawJson", ANY, |_, args| strict(&args[0], RAW)),
    Function::new("mustToRawJson", ANY, |_, args| strict(&args[0], RAW)),
    Function::new("fromYaml", STR, |_, args| Ok(from_yaml(&args[0]))),
    Function::new("fromYamlArray", STR, |_, args| Ok(from_yaml_array(&args[0]))),
    Function::new("fromJson", STR, |_, args| Ok(from_json(&args[0]))),
    Function::new("mustFromJson", STR, |_, args| Ok(json::read(text(&args[0]))?)),
    Function::new("toToml", ANY, |cx, args| match args[0].is_nil() {
        true => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        false => Ok(to_toml(&args[0], cx.version())),
    }),
    Function::new("fromToml", STR, |_, args| Ok(toml::read(text(&args[0])).unwrap_or_else(|error| failed(&error)))),
    Function::new("fromJsonArray", STR, |_, args| Ok(from_json_array(&args[0]))),
];

/// What Helm 4 adds.
pub static NEWER: &[Function] = &[Function::new("mustToYaml", ANY, |cx, args| yaml(cx, &args[0], Flavour::Plain))];

const HTML: json::Style = json::Style { escape_html: true, pretty: false };
const PRETTY: json::Style = json::Style { escape_html: true, pretty: true };
const RAW: json::Style = json::Style { escape_html: false, pretty: false };

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn yaml(cx: &mut dyn Context, value: &Value, flavour: Flavour) -> Result<Value, CallError> {
    let text = to_yaml::write(value, flavour).unwrap_or_default();
    cx.spend(text.len() / 64)?;
    Ok(Value::traced(text))
}

fn lenient(value: &Value, style: json::Style) -> Value {
    let text = json::write(value, style).unwrap_or_default();
    Value::traced(Traced::made(text, made(value)))
}

/// What is known of text that is made from all of a value.
fn made(value: &Value) -> Made {
    Made { known: is_known(value, 0), ..value.made() }
}

fn is_known(value: &Value, depth: usize) -> bool {
    match &value.data {
        Data::Str(text) => text.summary().known,
        // What lies deeper is not written either.
        Data::List(list) if depth < 500 => list.items.iter().all(|item| is_known(item, depth + 1)),
        Data::Map(map) if depth < 500 => map.entries.borrow().values().all(|value| is_known(value, depth + 1)),
        _ => true,
    }
}

fn strict(value: &Value, style: json::Style) -> Result<Value, CallError> {
    Ok(Value::traced(Traced::made(json::write(value, style)?, made(value))))
}

/// A map with the error's words, as Helm answers in place of an error.
fn failed(message: &str) -> Value {
    Value::map([("Error".into(), Value::str(message))].into_iter().collect())
}

fn read_yaml(value: &Value) -> Result<Value, String> {
    match &value.data {
        Data::Str(text) => data::read_traced(text),
        _ => Ok(Value::NIL),
    }
}

fn misfit(value: &Value, wanted: &str) -> String {
    let found = match &value.data {
        Data::Str(_) => "string",
        Data::Bool(_) => "bool",
        Data::List(_) => "array",
        Data::Map(_) | Data::Object(_) => "object",
        _ => "number",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

fn from_yaml(value: &Value) -> Value {
    match read_yaml(value) {
        Ok(Value { data: Data::Nil, .. }) => Value::map(Default::default()),
        Ok(read) if matches!(read.data, Data::Map(_)) => read,
        Ok(read) => {
            let words = misfit(&read, ANY_MAP);
            failed(&format!("error unmarshaling JSON: while decoding JSON: {words}"))
        }
        Err(message) => failed(&message),
    }
}

fn from_yaml_array(value: &Value) -> Value {
    match read_yaml(value) {
        Ok(Value { data: Data::Nil, .. }) => Value::list(Vec::new()),
        Ok(read) if matches!(read.data, Data::List(_)) => read,
        Ok(read) => {
            let words = misfit(&read, "[]interface {}");
            Value::list(vec![Value::str(format!("error unmarshaling JSON: while decoding JSON: {words}"))])
        }
        Err(message) => Value::list(vec![Value::str(message)]),
    }
}

fn from_json(value: &Value) -> Value {
    match json::read(text(value)) {
        Ok(Value { data: Data::Nil, .. }) => Data::Map(Map::new(Default::default())).into(),
        Ok(read) if matches!(read.data, Data::Map(_)) => read,
        Ok(read) => failed(&misfit(&read, ANY_MAP)),
        Err(message) => failed(&message),
    }
}

fn to_toml(value: &Value, version: HelmVersion) -> Value {
    let text = toml::write(value, version).unwrap_or_else(|error| error);
    Value::traced(Traced::made(text, made(value)))
}

fn from_json_array(value: &Value) -> Value {
    match json::read(text(value)) {
        Ok(Value { data: Data::Nil, .. }) => Data::List(List::nil(ANY_LIST)).into(),
        Ok(read) if matches!(read.data, Data::List(_)) => read,
        Ok(read) => Value::list(vec![Value::str(misfit(&read, "[]interface {}"))]),
        Err(message) => Value::list(vec![Value::str(message)]),
    }
}
