//! Defaults and decisions. All are transparent: what they choose is passed on as it is, birthplace and all.

use super::Param::{Any, Bool, Str};
use super::args::{any, text};
use super::{CallError, Function};
use crate::template::value::{Data, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("default", &[Any], |_, args| {
        let given = any(args, 1);
        Ok(if is_empty(&given) { any(args, 0) } else { given })
    })
    .and_more(Any),
    Function::new("empty", &[Any], |_, args| Ok(Value::bool(is_empty(&any(args, 0))))),
    Function::new("coalesce", &[], |_, args| {
        Ok(args.iter().find(|value| !is_empty(value)).cloned().unwrap_or(Value::NIL))
    })
    .and_more(Any),
    Function::new("all", &[], |_, args| Ok(Value::bool(!args.iter().any(is_empty)))).and_more(Any),
    Function::new("any", &[], |_, args| Ok(Value::bool(!args.iter().all(is_empty)))).and_more(Any),
    Function::new("ternary", &[Any, Any, Bool], |_, args| Ok(any(args, if any(args, 2).truth() { 0 } else { 1 }))),
    Function::new("fail", &[Str], |_, args| Err(CallError::Fail(text(args, 0).to_owned()))),
];

/// Sprig's `empty`: the zero value of its kind; structs never are.
pub(super) fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Object(object) if object.kind() == "map" => {
            object.as_map().is_some_and(|map| map.entries.borrow().is_empty())
        }
        _ => !value.truth(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error, value};
    use super::*;
    use crate::text::{FileId, Span};

    #[test]
    fn default_takes_what_is_not_empty() {
        let cases = [
            (Value::NIL, "d"),
            (Value::str(""), "d"),
            (Value::int(0), "d"),
            (Value::bool(false), "d"),
            (Value::list(vec![]), "d"),
            (Value::str("0"), "0"),
            (Value::list(vec![Value::NIL]), "[<nil>]"),
            (Value::float(-2.0), "-2"),
        ];
        for (given, expected) in cases {
            assert_eq!(call("default", &[Value::str("d"), given]), expected);
        }
        assert_eq!(call("default", &[Value::str("alone")]), "alone");
    }

    #[test]
    fn what_passes_through_keeps_its_birthplace() {
        let place = Some(Span::new(FileId(3), 1, 4));
        let given = Value { born: place, ..Value::str("abc") };
        assert_eq!(value("default", &[Value::str("d"), given.clone()]).born, place);
        assert_eq!(value("coalesce", &[Value::NIL, given.clone()]).born, place);
        assert_eq!(value("ternary", &[Value::NIL, given, Value::bool(false)]).born, place);
    }

    #[test]
    fn decisions() {
        let (yes, no) = (Value::int(1), Value::str(""));
        assert_eq!(call("all", &[]), "true");
        assert_eq!(call("any", &[]), "false");
        assert_eq!(call("all", &[yes.clone(), no.clone()]), "false");
        assert_eq!(call("any", &[yes.clone(), no.clone()]), "true");
        assert_eq!(call("empty", &[no]), "true");
        assert_eq!(call("ternary", &[yes, Value::int(2), Value::bool(true)]), "1");
        assert_eq!(error("fail", &[Value::str("stop {{ }}")]), "stop {{ }}");
    }
}
