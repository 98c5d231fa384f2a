//! Arguments to parameters, as Go's reflection does it (`evalArg`, `validateType`), in Go's words.

use super::code::Constant;
use super::operand::{Operand, string, untyped};
use crate::template::fmt;
use crate::template::funcs::Param;
use crate::template::value::{ANY_LIST, ANY_MAP, Data, Value};

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Want {
    /// A Go type.
    Type(Param),
    /// `reflect.Value`: a builtin sees the operand itself.
    Operand,
}

fn type_name(param: Param) -> &'static str {
    match param {
        Param::Any => "interface {}",
        Param::Str => "string",
        Param::Int => "int",
        Param::Int64 => "int64",
        Param::Uint => "uint32",
        Param::Float => "float64",
        Param::Bool => "bool",
        Param::Map => ANY_MAP,
        Param::List => ANY_LIST,
        Param::Time => "time.Time",
        Param::Version => "*semver.Version",
    }
}

/// A value that was read or computed, as the parameter has it.
pub(super) fn argument(operand: Operand, want: Want) -> Result<Operand, String> {
    let Want::Type(param) = want else { return Ok(operand) };
    if operand.is_invalid() {
        return match param {
            Param::Any | Param::Map | Param::List => Ok(operand),
            _ => Err(format!("invalid value; expected {}", type_name(param))),
        };
    }
    let fits = match (&operand.value.data, param) {
        (_, Param::Any)
        | (Data::Str(_), Param::Str)
        | (Data::Int(_), Param::Int)
        | (Data::Int64(_), Param::Int64)
        | (Data::Float(_), Param::Float)
        | (Data::Bool(_), Param::Bool) => true,
        (Data::Map(map), Param::Map) => map.type_name == ANY_MAP || map.type_name.ends_with(".Values"),
        (Data::List(list), Param::List) => list.type_name == ANY_LIST,
        (Data::Object(object), Param::Time | Param::Version) => object.type_name() == type_name(param),
        _ => false,
    };
    if fits {
        return Ok(operand);
    }
    let got = if operand.value.is_nil() { "interface {}" } else { fmt::type_name(&operand.value) };
    Err(format!("wrong type for value; expected {}; got {got}", type_name(param)))
}

/// The literal `nil`.
pub(super) fn nil(want: Want) -> Result<Operand, String> {
    match want {
        Want::Operand | Want::Type(Param::Any | Param::Map | Param::List) => Ok(Operand::NOTHING),
        Want::Type(param) => Err(format!("cannot assign nil to {}", type_name(param))),
    }
}

/// A literal; `node` is its text.
pub(super) fn literal(constant: &Constant, want: Want, node: &str) -> Result<Operand, String> {
    let expected = |class: &str| Err(format!("expected {class}; found {node}"));
    let value = match want {
        Want::Operand | Want::Type(Param::Any) => untyped(constant, node)?,
        Want::Type(Param::Str) => match constant {
            Constant::String(text) => string(text),
            _ => return expected("string"),
        },
        Want::Type(param @ (Param::Int | Param::Int64)) => match constant {
            Constant::Number(number) if number.int.is_some() => {
                let int = number.int.unwrap_or_default();
                if param == Param::Int { Value::int(int) } else { Value::int64(int) }
            }
            _ => return expected("integer"),
        },
        Want::Type(Param::Uint) => match constant {
            Constant::Number(number) if number.int.is_some_and(|int| int >= 0) => {
                Value::int(number.int.unwrap_or_default())
            }
            _ => return expected("unsigned integer"),
        },
        Want::Type(Param::Float) => match constant {
            Constant::Number(number) if number.float.is_some() => Value::float(number.float.unwrap_or_default()),
            _ => return expected("float"),
        },
        Want::Type(Param::Bool) => match constant {
            Constant::Bool(value) => Value::bool(*value),
            _ => return expected("bool"),
        },
        Want::Type(param @ (Param::Map | Param::List | Param::Time | Param::Version)) => {
            return Err(format!("can't handle {node} for arg of type {}", type_name(param)));
        }
    };
    Ok(Operand::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_in_gos_words() {
        let string = Want::Type(Param::Str);
        for (operand, want, words) in [
            (
                Operand { boxed: true, ..Operand::NOTHING },
                string,
                "wrong type for value; expected string; got interface {}",
            ),
            (Operand::NOTHING, string, "invalid value; expected string"),
            (
                Operand { boxed: true, ..Operand::new(Value::float(1.0)) },
                string,
                "wrong type for value; expected string; got float64",
            ),
            (
                Operand::new(Value::list(vec![])),
                Want::Type(Param::Map),
                "wrong type for value; expected map[string]interface {}; got []interface {}",
            ),
            (
                Operand::new(Value::float(2.0)),
                Want::Type(Param::Int),
                "wrong type for value; expected int; got float64",
            ),
            // Arithmetic gives int64, functions want int.
            (Operand::new(Value::int64(2)), Want::Type(Param::Int), "wrong type for value; expected int; got int64"),
        ] {
            assert_eq!(argument(operand, want).map(|_| ()), Err(words.to_owned()));
        }
        let text = Constant::String("x".into());
        for (want, words) in [
            (Param::Int, "expected integer; found \"x\""),
            (Param::Float, "expected float; found \"x\""),
            (Param::Bool, "expected bool; found \"x\""),
            (Param::Map, "can't handle \"x\" for arg of type map[string]interface {}"),
        ] {
            assert_eq!(literal(&text, Want::Type(want), "\"x\"").map(|_| ()), Err(words.to_owned()));
        }
        assert_eq!(nil(string).map(|_| ()), Err("cannot assign nil to string".to_owned()));
    }
}
