//! Reading converted arguments, and making results of them.

use std::rc::Rc;

use super::CallError;
use crate::template::fmt;
use crate::template::traced::{Made, Traced};
use crate::template::value::{ANY_LIST, Data, Items, List, Map, Value};

/// The argument as it came; nil past the end.
pub(super) fn any(args: &[Value], at: usize) -> Value {
    args.get(at).cloned().unwrap_or(Value::NIL)
}

/// A `string` argument's bytes.
pub(super) fn text(args: &[Value], at: usize) -> &str {
    args.get(at).and_then(Value::as_str).unwrap_or_default()
}

/// A `string` argument with its origins.
pub(super) fn traced(args: &[Value], at: usize) -> Traced {
    args.get(at).map_or_else(Traced::new, fmt::text)
}

/// An `int` or `int64` argument.
pub(super) fn int(args: &[Value], at: usize) -> i64 {
    match args.get(at).map(|value| &value.data) {
        Some(Data::Int(value) | Data::Int64(value)) => *value,
        _ => 0,
    }
}

/// A `map[string]interface {}` argument; `None` for the nil map.
pub(super) fn map(args: &[Value], at: usize) -> Option<Map> {
    args.get(at).and_then(as_map)
}

pub(super) fn as_map(value: &Value) -> Option<Map> {
    match &value.data {
        Data::Map(map) => Some(map.clone()),
        Data::Object(object) => object.as_map(),
        _ => None,
    }
}

/// The items of what Go calls a slice.
pub(super) fn items(value: &Value) -> Option<Rc<Items>> {
    match &value.data {
        Data::List(list) => Some(list.items.clone()),
        Data::Object(object) => object.as_list().map(|list| list.items),
        Data::Bytes(bytes) => Some(Rc::new(bytes.iter().map(|&byte| Value::int(i64::from(byte))).collect())),
        _ => None,
    }
}

/// A list of the type of `like`.
pub(super) fn list_like(like: &Value, items: Vec<Value>) -> Value {
    let type_name = match &like.data {
        Data::List(list) => list.type_name,
        _ => ANY_LIST,
    };
    Data::List(List::new(Rc::new(items.into()), type_name)).into()
}

/// New text made of one operand.
pub(super) fn made_of(operand: &Value, text: impl Into<String>) -> Value {
    Value::traced(Traced::made(text, operand.made()))
}

/// What is known of text made of several operands: a birthplace only where they share it, or where one alone has any.
pub(super) fn known_of(operands: &[Value]) -> Made {
    let all: Vec<Made> = operands.iter().map(Value::made).collect();
    let mut places = all.iter().filter_map(|made| made.value);
    let first = places.next();
    let value = if places.all(|place| Some(place) == first) { first } else { None };
    Made { value, known: all.iter().all(|made| made.known) }
}

/// What Go says when a slice expression leaves its string.
pub(super) fn out_of_range(bounds: impl std::fmt::Display) -> CallError {
    CallError::Error(format!("runtime error: slice bounds out of range {bounds}"))
}

/// What Go says when a function looks into nil.
pub(super) fn nil_pointer() -> CallError {
    CallError::Error("runtime error: invalid memory address or nil pointer dereference".to_owned())
}
