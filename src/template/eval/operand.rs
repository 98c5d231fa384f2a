//! What lies on the machine's stack: a value, and whether Go would still hold it in an interface.

use std::rc::Rc;

use super::code::Constant;
use crate::template::fmt;
use crate::template::traced::{Made, Traced};
use crate::template::value::{Data, Map, Object, Value};

/// A value as Go's `reflect.Value` sees it.
///
/// What comes out of a map or a list of anything is *boxed*: its static type is `interface {}`, which error texts
/// name, and a nil in it is a valid value. A nil that is not boxed is Go's invalid value.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) value: Value,
    pub(super) boxed: bool,
}

impl Operand {
    /// Go's invalid value.
    pub(super) const NOTHING: Self = Self { value: Value::NIL, boxed: false };

    pub(super) fn new(value: Value) -> Self {
        Self { value, boxed: false }
    }

    pub(super) fn unboxed(self) -> Self {
        Self { boxed: false, ..self }
    }

    pub(super) fn is_invalid(&self) -> bool {
        self.value.is_nil() && !self.boxed
    }

    /// The static type.
    pub(super) fn type_name(&self) -> &'static str {
        if self.boxed { "interface {}" } else { fmt::type_name(&self.value) }
    }

    /// Go's `template.IsTrue`.
    pub(super) fn truth(&self) -> bool {
        match &self.value.data {
            Data::Object(object) => match collection(object.as_ref()) {
                Some(data) => Value::from(data).truth(),
                None => true,
            },
            _ => self.value.truth(),
        }
    }
}

/// What an object whose Go type is a map or a slice with methods holds.
pub(super) fn collection(object: &dyn Object) -> Option<Data> {
    match object.kind() {
        "map" => object.as_map().map(Data::Map),
        "slice" => object.as_list().map(Data::List),
        _ => None,
    }
}

/// Whether the items of a list or map of this type are interfaces.
pub(super) fn holds_interfaces(type_name: &str) -> bool {
    type_name.ends_with("interface {}") || type_name.ends_with(".Values")
}

/// An entry of a map; a missing one is the zero value of the map's element type.
pub(super) fn entry(map: &Map, key: &str) -> Operand {
    let boxed = holds_interfaces(map.type_name);
    match map.get(key) {
        Some(value) => Operand { value, boxed },
        None => Operand { value: zero(map.type_name), boxed },
    }
}

fn zero(map_type: &str) -> Value {
    match map_type.split_once(']').map(|(_, element)| element) {
        Some("string") => Value::str(""),
        Some("[]uint8") => Data::Bytes(Rc::from([])).into(),
        _ => Value::NIL,
    }
}

/// A constant that nothing says the type of (Go's `idealConstant`).
///
/// # Errors
/// `OVERFLOW overflows int`, where the number fits no `int`; `node` is its text.
pub(super) fn untyped(constant: &Constant, node: &str) -> Result<Value, String> {
    Ok(match constant {
        Constant::Bool(value) => Value::bool(*value),
        Constant::String(text) => string(text),
        Constant::Number(number) => match (number.float, number.int) {
            (Some(float), _) if number.written_as_float => Value::float(float),
            (_, Some(int)) => Value::int(int),
            _ if number.complex => return Err(format!("complex number {node} is not supported")),
            _ => return Err(format!("{node} overflows int")),
        },
    })
}

pub(super) fn string(text: &str) -> Value {
    Value::traced(Traced::made(text, Made::default()))
}
