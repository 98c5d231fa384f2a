//! Reading `.name` of a value: map entries, struct fields, methods (Go's `evalField`).

use std::rc::Rc;

use super::operand::{Operand, entry, string};
use crate::template::fmt;
use crate::template::funcs::Param;
use crate::template::value::{ANY_MAP, Data, Map, Object, Value};

/// A method, bound to its receiver.
#[derive(Clone, Debug)]
pub(super) enum Method {
    Object(Rc<dyn Object>),
    /// Of Helm's `Values` type.
    Values(Map),
}

/// The method `name` of the receiver's type.
pub(super) fn method(receiver: &Operand, name: &str) -> Option<Method> {
    match &receiver.value.data {
        Data::Object(object) => object.method(name, &[]).map(|_| Method::Object(object.clone())),
        Data::Map(map) if map.type_name.ends_with(".Values") => {
            matches!(name, "Table" | "PathValue" | "YAML" | "AsMap").then(|| Method::Values(map.clone()))
        }
        _ => None,
    }
}

impl Method {
    /// The parameters; `None` where the method takes its arguments as they are.
    pub(super) fn params(&self, name: &str) -> Option<&'static [Param]> {
        match self {
            Self::Object(object) => object.params(name),
            Self::Values(_) if matches!(name, "Table" | "PathValue") => Some(&[Param::Str]),
            Self::Values(_) => Some(&[]),
        }
    }

    /// Calls the method with converted arguments.
    ///
    /// # Errors
    /// The text of the error that it returns.
    pub(super) fn call(
        &self,
        name: &str,
        args: &[Value],
        to_yaml: &mut dyn FnMut(Value) -> String,
    ) -> Result<Value, String> {
        let text = args.first().and_then(Value::as_str).unwrap_or_default();
        match self {
            Self::Object(object) => object.method(name, args).unwrap_or(Ok(Value::NIL)),
            Self::Values(map) => match name {
                "AsMap" => Ok(Data::Map(Map { type_name: ANY_MAP, ..map.clone() }).into()),
                "YAML" => Ok(string(&(to_yaml(Data::Map(map.clone()).into()) + "\n"))),
                "Table" => table(map, text).map(|map| Data::Map(map).into()),
                _ => {
                    let (path, key) = text.rsplit_once('.').unwrap_or(("", text));
                    let table = if path.is_empty() { Ok(map.clone()) } else { table(map, path) };
                    let value = table.ok().and_then(|table| table.get(key));
                    let value = value.filter(|value| !matches!(value.data, Data::Map(_)));
                    value.ok_or_else(|| format!("{} is not a value", fmt::quote(key)))
                }
            },
        }
    }
}

/// `Values.Table`: the map at a dotted path.
fn table(map: &Map, path: &str) -> Result<Map, String> {
    let mut at = map.clone();
    for key in path.split('.') {
        at = match at.get(key).map(|value| value.data) {
            Some(Data::Map(inner)) => Map { type_name: map.type_name, ..inner },
            _ => return Err(format!("{} is not a table", fmt::quote(key))),
        };
    }
    Ok(at)
}

/// Reads a field that is no method.
///
/// # Errors
/// Go's words.
pub(super) fn read(receiver: &Operand, name: &str) -> Result<Operand, String> {
    let cannot = || Err(format!("can't evaluate field {name} in type {}", receiver.type_name()));
    match &receiver.value.data {
        Data::Nil if receiver.boxed => Err(format!("nil pointer evaluating interface {{}}.{name}")),
        Data::Nil => Ok(Operand::NOTHING),
        Data::Map(map) => Ok(entry(map, name)),
        Data::Object(object) => match object.field(name) {
            Some(value) => Ok(Operand { boxed: value.is_nil(), value }),
            // A map type with methods.
            None => match object.as_map().filter(|_| object.kind() == "map") {
                Some(map) => Ok(entry(&map, name)),
                None => cannot(),
            },
        },
        _ => cannot(),
    }
}

/// Why `name` cannot be called with arguments on the receiver, of which it is no method.
pub(super) fn no_method(receiver: &Operand, name: &str) -> Option<String> {
    match &receiver.value.data {
        Data::Nil if receiver.boxed => Some(format!("nil pointer evaluating interface {{}}.{name}")),
        Data::Nil => None,
        Data::Map(_) => Some(format!("{name} is not a method but has arguments")),
        Data::Object(object) if object.kind() == "map" => Some(format!("{name} is not a method but has arguments")),
        Data::Object(object) if object.field(name).is_some() => {
            Some(format!("{name} has arguments but cannot be invoked as function"))
        }
        _ => Some(format!("can't evaluate field {name} in type {}", receiver.type_name())),
    }
}
