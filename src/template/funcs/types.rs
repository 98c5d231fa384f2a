//! Types and kinds as Go's `reflect` names them. All are opaque.

use super::Function;
use super::Param::{Any, Str};
use super::args::{any, text};
use crate::template::fmt::{kind_name, type_name};
use crate::template::value::{Data, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("kindOf", &[Any], |_, args| Ok(Value::str(kind_name(&any(args, 0))))),
    Function::new("typeOf", &[Any], |_, args| Ok(Value::str(type_name(&any(args, 0))))),
    Function::new("kindIs", &[Str, Any], |_, args| Ok(Value::bool(text(args, 0) == kind_name(&any(args, 1))))),
    Function::new("typeIs", &[Str, Any], |_, args| Ok(Value::bool(text(args, 0) == type_name(&any(args, 1))))),
    Function::new("typeIsLike", &[Str, Any], |_, args| {
        let (target, value) = (text(args, 0), any(args, 1));
        let name = type_name(&value);
        Ok(Value::bool(target == name || format!("*{target}") == name))
    }),
    Function::new("deepEqual", &[Any, Any], |cx, args| {
        cx.spend(1)?;
        Ok(Value::bool(deep_equal(&any(args, 0), &any(args, 1))))
    }),
];

/// Nesting past which two values count as equal: a map may contain itself.
const MAX_DEPTH: usize = 64;

/// `reflect.DeepEqual`: same types all the way down, same content. Birthplaces do not count.
pub(super) fn deep_equal(a: &Value, b: &Value) -> bool {
    equal(a, b, 0)
}

fn equal(a: &Value, b: &Value, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    match (&a.data, &b.data) {
        (Data::Nil, Data::Nil) => true,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Int(a), Data::Int(b)) | (Data::Int64(a), Data::Int64(b)) => a == b,
        (Data::Float(a), Data::Float(b)) => a == b,
        (Data::Str(a), Data::Str(b)) => a.as_str() == b.as_str(),
        (Data::Bytes(a), Data::Bytes(b)) => a == b,
        (Data::List(a), Data::List(b)) => {
            a.type_name == b.type_name
                && a.items.len() == b.items.len()
                && a.items.iter().zip(b.items.iter()).all(|(a, b)| equal(a, b, depth + 1))
        }
        (Data::Map(a), Data::Map(b)) => {
            let (left, right) = (a.entries.borrow(), b.entries.borrow());
            a.type_name == b.type_name
                && left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|((a_key, a), (b_key, b))| a_key == b_key && equal(a, b, depth + 1))
        }
        (Data::Object(a), Data::Object(b)) => a.type_name() == b.type_name() && a.display() == b.display(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use super::*;

    #[test]
    fn kinds_and_types() {
        let cases = [
            (Value::NIL, "invalid", "<nil>"),
            (Value::str("a"), "string", "string"),
            (Value::int64(1), "int64", "int64"),
            (Value::float(1.0), "float64", "float64"),
            (Value::strings(vec![]), "slice", "[]string"),
            (Value::map(Default::default()), "map", "map[string]interface {}"),
        ];
        for (value, kind, name) in cases {
            assert_eq!(call("kindOf", std::slice::from_ref(&value)), kind);
            assert_eq!(call("typeOf", std::slice::from_ref(&value)), name);
            assert_eq!(call("kindIs", &[Value::str(kind), value.clone()]), "true");
            assert_eq!(call("typeIs", &[Value::str(name), value]), "true");
        }
    }

    #[test]
    fn equality_is_typed() {
        let one = |value| Value::list(vec![value]);
        let cases = [
            (one(Value::int(1)), one(Value::int(1)), "true"),
            (one(Value::int(1)), one(Value::float(1.0)), "false"),
            (one(Value::str("a")), Value::strings(vec![Value::str("a")]), "false"),
            (Value::NIL, Value::NIL, "true"),
            (Value::NIL, Value::str(""), "false"),
        ];
        for (a, b, expected) in cases {
            assert_eq!(call("deepEqual", &[a, b]), expected);
        }
    }
}
