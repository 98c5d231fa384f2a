//! Reading YAML values into Go structs: which type goes where, in Go's words (sigs.k8s.io/yaml, encoding/json).

use std::collections::BTreeMap;

use crate::template::value::{Data, Map, Value};
use crate::text::Span;

/// The Go type of a field.
pub(super) enum Type {
    /// `string`; numbers and booleans are taken by their text.
    Text,
    Bool,
    Any,
    /// A slice.
    List(&'static Type),
    /// `map[string]string`.
    TextMap,
    Struct(&'static Struct),
}

/// A Go struct.
pub(super) struct Struct {
    /// As errors name it inside a field path: `Metadata`.
    pub(super) name: &'static str,
    /// As errors name the type: `chart.Metadata`.
    pub(super) go: &'static str,
    pub(super) fields: &'static [(&'static str, Type)],
}

/// A value that does not fit its field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// `json: cannot unmarshal …`
    pub(super) message: String,
    /// Where the value stands.
    pub(super) at: Option<Span>,
}

/// The first misfit of `value` in a struct, if any; null fits everywhere.
pub(super) fn check(value: &Value, wanted: &'static Struct) -> Option<Misfit> {
    match &value.data {
        Data::Nil => None,
        Data::Map(map) => check_fields(map, wanted, ""),
        _ => Some(Misfit {
            message: format!("json: cannot unmarshal {} into Go value of type {}", class(value), wanted.go),
            at: value.born,
        }),
    }
}

/// `above` is the path of the fields that lead to the struct.
fn check_fields(map: &Map, of: &'static Struct, above: &str) -> Option<Misfit> {
    let entries = map.entries.borrow();
    entries.iter().find_map(|(key, value)| {
        let exact = of.fields.iter().find(|(name, _)| **name == **key);
        let field = exact.or_else(|| of.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
        field.and_then(|(name, wanted)| check_type(value, wanted, of, &format!("{above}.{name}")))
    })
}

/// Go names the innermost struct, and the whole path.
fn check_type(value: &Value, wanted: &'static Type, of: &'static Struct, path: &str) -> Option<Misfit> {
    let misfit = || {
        let (class, of, wanted) = (class(value), of.name, wanted.go());
        let message = format!("json: cannot unmarshal {class} into Go struct field {of}{path} of type {wanted}");
        Some(Misfit { message, at: value.born })
    };
    match (wanted, &value.data) {
        (_, Data::Nil) | (Type::Any, _) => None,
        (Type::Text, _) if scalar_text(value).is_some() => None,
        (Type::Bool, Data::Bool(_)) => None,
        (Type::List(wanted), Data::List(list)) => list.items.iter().find_map(|item| check_type(item, wanted, of, path)),
        (Type::TextMap, Data::Map(map)) => {
            map.entries.borrow().values().find_map(|value| check_type(value, &Type::Text, of, path))
        }
        (Type::Struct(wanted), Data::Map(map)) => check_fields(map, wanted, path),
        _ => misfit(),
    }
}

impl Type {
    fn go(&self) -> String {
        match self {
            Self::Text => "string".into(),
            Self::Bool => "bool".into(),
            Self::Any => "interface {}".into(),
            Self::List(item) => format!("[]{}", item.go()),
            Self::TextMap => "map[string]string".into(),
            Self::Struct(of) => of.go.into(),
        }
    }
}

/// What encoding/json calls a value.
pub(super) fn class(value: &Value) -> &'static str {
    match &value.data {
        Data::Nil => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Int64(_) | Data::Float(_) => "number",
        Data::Str(_) | Data::Bytes(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) | Data::Object(_) => "object",
    }
}

/// The text of a scalar where a string is wanted.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match &value.data {
        Data::Str(text) => Some(text.as_str().to_owned()),
        Data::Bool(value) => Some(value.to_string()),
        Data::Int(value) | Data::Int64(value) => Some(value.to_string()),
        Data::Float(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The entry `key` of a map, as encoding/json finds it: the exact key, else one that differs in case only.
pub(super) fn field(value: &Value, key: &str) -> Option<Value> {
    let Data::Map(map) = &value.data else { return None };
    let entries = map.entries.borrow();
    let found = entries.get(key).or_else(|| {
        let mut others = entries.iter();
        others.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    });
    found.filter(|value| !value.is_nil()).cloned()
}

/// The text at `key`; empty where there is none.
pub(super) fn text(value: &Value, key: &str) -> String {
    field(value, key).and_then(|value| scalar_text(&value)).unwrap_or_default()
}

/// The items of the list at `key`.
pub(super) fn items(value: &Value, key: &str) -> Vec<Value> {
    match field(value, key) {
        Some(Value { data: Data::List(list), .. }) => list.items.to_vec(),
        _ => Vec::new(),
    }
}

/// The texts of the list at `key`.
pub(super) fn texts(value: &Value, key: &str) -> Vec<String> {
    items(value, key).iter().map(|item| scalar_text(item).unwrap_or_default()).collect()
}

/// The `map[string]string` at `key`.
pub(super) fn text_map(value: &Value, key: &str) -> BTreeMap<String, String> {
    let Some(Value { data: Data::Map(map), .. }) = field(value, key) else { return BTreeMap::new() };
    let entries = map.entries.borrow();
    entries.iter().map(|(key, value)| (key.to_string(), scalar_text(value).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    static INNER: Struct = Struct { name: "Inner", go: "x.Inner", fields: &[("name", Type::Text)] };
    static OUTER: Struct = Struct {
        name: "Outer",
        go: "x.Outer",
        fields: &[
            ("flag", Type::Bool),
            ("texts", Type::List(&Type::Text)),
            ("inner", Type::List(&Type::Struct(&INNER))),
            ("map", Type::TextMap),
        ],
    };

    fn map(key: &str, value: Value) -> Value {
        Value::map([(key.into(), value)].into())
    }

    #[test]
    fn misfits() {
        for (value, expected) in [
            (Value::str("x"), Some("Go value of type x.Outer")),
            (map("flag", Value::str("yes")), Some("Go struct field Outer.flag of type bool")),
            (map("FLAG", Value::str("yes")), Some("Go struct field Outer.flag of type bool")),
            (map("texts", Value::str("yes")), Some("Go struct field Outer.texts of type []string")),
            (map("inner", Value::list(vec![Value::str("a")])), Some("Go struct field Outer.inner of type x.Inner")),
            (
                map("inner", Value::list(vec![map("name", Value::list(vec![]))])),
                Some("Go struct field Inner.inner.name of type string"),
            ),
            (map("texts", Value::list(vec![Value::float(1.5)])), None),
            (map("map", map("k", Value::bool(true))), None),
            (map("other", Value::bool(true)), None),
            (Value::NIL, None),
        ] {
            let found = check(&value, &OUTER).map(|misfit| misfit.message);
            let found = found.as_deref().and_then(|message| message.split_once(" into ")).map(|(_, end)| end);
            assert_eq!(found, expected);
        }
    }
}
