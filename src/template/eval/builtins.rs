//! The functions of text/template that see Go's values as they are: comparison, `index`, `len`, `not`, `call`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::operand::{Operand, collection, entry, holds_interfaces};
use crate::template::HelmVersion;
use crate::template::bytes;
use crate::template::fmt;
use crate::template::traced::{Made, Traced};
use crate::template::value::{Data, Value};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Builtin {
    And,
    Or,
    Not,
    Len,
    Index,
    Call,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// No function: a method of an invalid value, which gives an invalid value whatever its arguments.
    Nothing,
}

pub(super) const BUILTINS: [(&str, Builtin); 12] = [
    ("and", Builtin::And),
    ("or", Builtin::Or),
    ("not", Builtin::Not),
    ("len", Builtin::Len),
    ("index", Builtin::Index),
    ("call", Builtin::Call),
    ("eq", Builtin::Eq),
    ("ne", Builtin::Ne),
    ("lt", Builtin::Lt),
    ("le", Builtin::Le),
    ("gt", Builtin::Gt),
    ("ge", Builtin::Ge),
];

const BAD_TYPE: &str = "invalid type for comparison";

/// Go names the types since 1.24.
fn bad_comparison(one: &Value, other: &Value, version: HelmVersion) -> String {
    let message = "incompatible types for comparison";
    match version {
        HelmVersion::V3 => message.into(),
        HelmVersion::V4 => format!("{message}: {} and {}", fmt::type_name(one), fmt::type_name(other)),
    }
}

impl Builtin {
    /// The parameters that must be given, and whether more may follow.
    pub(super) fn arity(self) -> (usize, bool) {
        match self {
            Self::And | Self::Or | Self::Index | Self::Call | Self::Eq => (1, true),
            Self::Not | Self::Len => (1, false),
            Self::Nothing => (0, true),
            Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => (2, false),
        }
    }

    /// The result for converted arguments, whose number is right.
    ///
    /// # Errors
    /// Go's words.
    pub(super) fn call(self, args: &[Operand], version: HelmVersion) -> Result<Operand, String> {
        let [first, rest @ ..] = args else { return Ok(Operand::NOTHING) };
        let second = rest.first().unwrap_or(&Operand::NOTHING);
        let answer = match self {
            // The steps before the call have chosen already.
            Self::And | Self::Or => return Ok(args.last().unwrap_or(first).clone()),
            Self::Nothing => return Ok(Operand::NOTHING),
            Self::Index => return index(first, rest),
            Self::Len => return len(first).map(|len| Operand::new(Value::int(len as i64))),
            Self::Call if first.value.is_nil() => return Err("call of nil".into()),
            Self::Call => {
                let (value, kind) = (fmt::display(&first.value), fmt::type_name(&first.value));
                return Err(format!("non-function {value} of type {kind}"));
            }
            Self::Not => !first.truth(),
            Self::Eq => eq(&first.value, rest, version)?,
            Self::Ne => !eq(&first.value, rest, version)?,
            Self::Lt => less(&first.value, &second.value, version)?,
            Self::Le => less(&first.value, &second.value, version)? || eq(&first.value, rest, version)?,
            Self::Gt => !(less(&first.value, &second.value, version)? || eq(&first.value, rest, version)?),
            Self::Ge => !less(&first.value, &second.value, version)?,
        };
        Ok(Operand::new(Value::bool(answer)))
    }
}

/// Go's `basicKind`: what can be compared at all.
enum Basic<'v> {
    Bool(bool),
    Int(i64),
    Float(f64),
    String(&'v str),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    Some(match &value.data {
        Data::Bool(value) => Basic::Bool(*value),
        Data::Int(value) | Data::Int64(value) => Basic::Int(*value),
        Data::Float(value) => Basic::Float(*value),
        Data::Str(text) => Basic::String(text.as_str()),
        Data::Object(object) => Basic::Int(object.number()?),
        Data::Nil | Data::Bytes(_) | Data::List(_) | Data::Map(_) => return None,
    })
}

fn eq(first: &Value, rest: &[Operand], version: HelmVersion) -> Result<bool, String> {
    if rest.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for operand in rest {
        let other = &operand.value;
        let same = match (basic(first), basic(other)) {
            (Some(Basic::Bool(a)), Some(Basic::Bool(b))) => a == b,
            (Some(Basic::Int(a)), Some(Basic::Int(b))) => a == b,
            (Some(Basic::Float(a)), Some(Basic::Float(b))) => a == b,
            (Some(Basic::String(a)), Some(Basic::String(b))) => a == b,
            (None, None) => same_object(first, other)?,
            _ if first.is_nil() || other.is_nil() => false,
            _ => return Err(bad_comparison(first, other, version)),
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Equality of what is not basic: nil, lists, maps, structs.
fn same_object(first: &Value, other: &Value) -> Result<bool, String> {
    if first.is_nil() || other.is_nil() {
        return Ok(first.is_nil() && other.is_nil());
    }
    let verb = |value: &Value| {
        fmt::sprintf(&Traced::made("%s", Made::default()), std::slice::from_ref(value)).as_str().to_owned()
    };
    let (first_type, other_type) = (fmt::type_name(first), fmt::type_name(other));
    if fmt::kind_name(first) != fmt::kind_name(other) {
        let (first, other) = (verb(first), fmt::display(other));
        return Err(format!("non-comparable types {first}: {first_type}, {other_type}: {other}"));
    }
    match (&first.data, &other.data) {
        (Data::Object(a), Data::Object(b)) if collection(a.as_ref()).is_none() => {
            Ok(Rc::ptr_eq(a, b)
                || (a.type_name() == b.type_name() && a.kind() == "struct" && a.display() == b.display()))
        }
        _ => Err(format!("non-comparable type {}: {other_type}", verb(other))),
    }
}

fn less(first: &Value, second: &Value, version: HelmVersion) -> Result<bool, String> {
    match (basic(first).ok_or(BAD_TYPE)?, basic(second).ok_or(BAD_TYPE)?) {
        (Basic::Bool(_), Basic::Bool(_)) => Err(BAD_TYPE.into()),
        (Basic::Int(a), Basic::Int(b)) => Ok(a < b),
        (Basic::Float(a), Basic::Float(b)) => Ok(a.partial_cmp(&b) == Some(Ordering::Less)),
        (Basic::String(a), Basic::String(b)) => Ok(a < b),
        _ => Err(bad_comparison(first, second, version)),
    }
}

fn len(operand: &Operand) -> Result<usize, String> {
    match &operand.value.data {
        Data::Nil if operand.boxed => Err("len of nil pointer".into()),
        Data::Nil => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Data::Str(text) => Ok(bytes::of(text.as_str()).len()),
        Data::Bytes(bytes) => Ok(bytes.len()),
        Data::List(list) => Ok(list.items.len()),
        Data::Map(map) => Ok(map.entries.borrow().len()),
        Data::Object(object) => match collection(object.as_ref()) {
            Some(Data::Map(map)) => Ok(map.entries.borrow().len()),
            Some(Data::List(list)) => Ok(list.items.len()),
            _ => Err(format!("len of type {}", object.type_name())),
        },
        _ => Err(format!("len of type {}", fmt::type_name(&operand.value))),
    }
}

fn index(item: &Operand, keys: &[Operand]) -> Result<Operand, String> {
    if item.value.is_nil() {
        return Err("index of untyped nil".into());
    }
    let mut item = item.clone();
    for key in keys {
        item = match &item.value.data {
            Data::Nil => return Err("index of nil pointer".into()),
            Data::Str(text) => {
                let at = position(key, text.len())?;
                let byte = text.as_str().as_bytes().get(at).ok_or("reflect: string index out of range")?;
                Operand::new(Value::int(i64::from(*byte)))
            }
            Data::Bytes(bytes) => {
                let byte = bytes.get(position(key, bytes.len())?).ok_or("reflect: slice index out of range")?;
                Operand::new(Value::int(i64::from(*byte)))
            }
            Data::List(list) => {
                let at = position(key, list.items.len())?;
                let value = list.items.get(at).ok_or("reflect: slice index out of range")?.clone();
                Operand { value, boxed: holds_interfaces(list.type_name) }
            }
            Data::Map(map) => entry(map, key_of(key)?),
            Data::Object(object) => match collection(object.as_ref()) {
                Some(Data::Map(map)) => entry(&map, key_of(key)?),
                Some(Data::List(list)) => {
                    let at = position(key, list.items.len())?;
                    Operand::new(list.items.get(at).ok_or("reflect: slice index out of range")?.clone())
                }
                _ => return Err(format!("can't index item of type {}", object.type_name())),
            },
            _ => return Err(format!("can't index item of type {}", fmt::type_name(&item.value))),
        };
    }
    Ok(item)
}

fn position(key: &Operand, len: usize) -> Result<usize, String> {
    let at = match &key.value.data {
        Data::Int(at) | Data::Int64(at) => *at,
        Data::Nil => return Err("cannot index slice/array with nil".into()),
        _ => return Err(format!("cannot index slice/array with type {}", fmt::type_name(&key.value))),
    };
    // One past the end passes here, and fails where the item is taken.
    usize::try_from(at).ok().filter(|at| *at <= len).ok_or_else(|| format!("index out of range: {at}"))
}

fn key_of(key: &Operand) -> Result<&str, String> {
    match &key.value.data {
        Data::Str(text) => Ok(text.as_str()),
        Data::Nil => Err("value is nil; should be of type string".into()),
        _ => Err(format!("value has type {}; should be string", fmt::type_name(&key.value))),
    }
}
