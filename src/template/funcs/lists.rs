//! Lists. All are transparent: items pass through as they are; the list around them is always a new one.

use std::rc::Rc;

use super::Param::{Any, Int};
use super::args::{any, int, items, list_like, nil_pointer};
use super::flow::is_empty;
use super::number::to_int64;
use super::types::deep_equal;
use super::{Answer, CallError, Context, Function};
use crate::template::fmt::kind_name;
use crate::template::value::{ANY_LIST, Data, INT_LIST, Items, List, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("list", &[], |_, args| Ok(Value::list(args.to_vec()))).and_more(Any),
    Function::new("tuple", &[], |_, args| Ok(Value::list(args.to_vec()))).and_more(Any),
    Function::new("first", &[Any], first),
    Function::new("mustFirst", &[Any], first),
    Function::new("last", &[Any], last),
    Function::new("mustLast", &[Any], last),
    Function::new("rest", &[Any], rest),
    Function::new("mustRest", &[Any], rest),
    Function::new("initial", &[Any], initial),
    Function::new("mustInitial", &[Any], initial),
    Function::new("append", &[Any, Any], append),
    Function::new("mustAppend", &[Any, Any], append),
    Function::new("push", &[Any, Any], append),
    Function::new("mustPush", &[Any, Any], append),
    Function::new("prepend", &[Any, Any], prepend),
    Function::new("mustPrepend", &[Any, Any], prepend),
    Function::new("concat", &[], concat).and_more(Any),
    Function::new("reverse", &[Any], reverse),
    Function::new("mustReverse", &[Any], reverse),
    Function::new("uniq", &[Any], uniq),
    Function::new("mustUniq", &[Any], uniq),
    Function::new("without", &[Any], without).and_more(Any),
    Function::new("mustWithout", &[Any], without).and_more(Any),
    Function::new("has", &[Any, Any], has),
    Function::new("mustHas", &[Any, Any], has),
    Function::new("compact", &[Any], compact),
    Function::new("mustCompact", &[Any], compact),
    Function::new("slice", &[Any], slice).and_more(Any),
    Function::new("mustSlice", &[Any], slice).and_more(Any),
    Function::new("chunk", &[Int, Any], chunk),
    Function::new("mustChunk", &[Int, Any], chunk),
    Function::new("until", &[Int], |cx, args| {
        let count = int(args, 0);
        until_step(cx, 0, count, if count < 0 { -1 } else { 1 }).map(int_list)
    }),
    Function::new("untilStep", &[Int, Int, Int], |cx, args| {
        until_step(cx, int(args, 0), int(args, 1), int(args, 2)).map(int_list)
    }),
    Function::new("seq", &[], seq).and_more(Int),
];

/// The items of the list argument, counted; else sprig's complaint, which begins with `what`.
fn list_of(cx: &mut dyn Context, value: &Value, what: &str) -> Result<Rc<Items>, CallError> {
    if value.is_nil() {
        return Err(nil_pointer());
    }
    let Some(items) = items(value) else {
        return Err(CallError::Error(format!("{what} type {}", kind_name(value))));
    };
    cx.spend(items.len())?;
    Ok(items)
}

fn first(cx: &mut dyn Context, args: &[Value]) -> Answer {
    Ok(list_of(cx, &any(args, 0), "Cannot find first on")?.first().cloned().unwrap_or(Value::NIL))
}

fn last(cx: &mut dyn Context, args: &[Value]) -> Answer {
    Ok(list_of(cx, &any(args, 0), "Cannot find last on")?.last().cloned().unwrap_or(Value::NIL))
}

/// Some items as a list; of nothing sprig makes a nil slice.
fn part(items: &[Value], nothing: bool) -> Value {
    if nothing { Data::List(List::nil(ANY_LIST)).into() } else { Value::list(items.to_vec()) }
}

fn rest(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let items = list_of(cx, &any(args, 0), "Cannot find rest on")?;
    Ok(part(items.get(1..).unwrap_or_default(), items.is_empty()))
}

fn initial(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let items = list_of(cx, &any(args, 0), "Cannot find initial on")?;
    Ok(part(&items[..items.len().saturating_sub(1)], items.is_empty()))
}

fn append(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let items = list_of(cx, &any(args, 0), "Cannot push on")?;
    Ok(Value::list(items.iter().cloned().chain([any(args, 1)]).collect()))
}

fn prepend(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let items = list_of(cx, &any(args, 0), "Cannot prepend on")?;
    Ok(Value::list([any(args, 1)].into_iter().chain(items.iter().cloned()).collect()))
}

fn concat(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let mut all = Vec::new();
    for value in args {
        let Some(items) = items(value) else {
            if value.is_nil() {
                return Err(nil_pointer());
            }
            return Err(CallError::Error(format!("Cannot concat type {} as list", kind_name(value))));
        };
        cx.values(all.len() + items.len())?;
        all.extend(items.iter().cloned());
    }
    let nothing = all.is_empty();
    Ok(part(&all, nothing))
}

fn reverse(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let items = list_of(cx, &any(args, 0), "Cannot find reverse on")?;
    Ok(Value::list(items.iter().rev().cloned().collect()))
}

fn uniq(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let items = list_of(cx, &any(args, 0), "Cannot find uniq on")?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items.iter() {
        cx.spend(kept.len())?;
        if !kept.iter().any(|other| deep_equal(other, item)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn without(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let items = list_of(cx, &any(args, 0), "Cannot find without on")?;
    let unwanted = args.get(1..).unwrap_or_default();
    cx.spend(items.len().saturating_mul(unwanted.len()))?;
    let kept = items.iter().filter(|item| !unwanted.iter().any(|other| deep_equal(other, item)));
    Ok(Value::list(kept.cloned().collect()))
}

fn has(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let (needle, haystack) = (any(args, 0), any(args, 1));
    if haystack.is_nil() {
        return Ok(Value::bool(false));
    }
    let items = list_of(cx, &haystack, "Cannot find has on")?;
    Ok(Value::bool(items.iter().any(|item| deep_equal(item, &needle))))
}

fn compact(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let items = list_of(cx, &any(args, 0), "Cannot compact on")?;
    Ok(Value::list(items.iter().filter(|item| !is_empty(item)).cloned().collect()))
}

fn slice(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let given = any(args, 0);
    let items = list_of(cx, &given, "list should be").map_err(|error| match error {
        CallError::Error(_) if !given.is_nil() => {
            CallError::Error(format!("list should be type of slice or array but {}", kind_name(&given)))
        }
        error => error,
    })?;
    if items.is_empty() {
        return Ok(Value::NIL);
    }
    let bound = |at: usize, otherwise: i64| args.get(at).map_or(otherwise, to_int64);
    let (start, end) = (bound(1, 0), bound(2, items.len() as i64));
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| items.get(start..end)) {
        Some(part) => Ok(list_like(&given, part.to_vec())),
        None => Err("reflect.Value.Slice: slice index out of bounds".into()),
    }
}

fn chunk(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let size = int(args, 0);
    let items = list_of(cx, &any(args, 1), "Cannot chunk")?;
    let chunks = match usize::try_from(size) {
        Ok(size @ 1..) => items.chunks(size).map(|part| Value::list(part.to_vec())).collect(),
        // Sprig counts the chunks in floating point before it makes them.
        _ if size < 0 && items.is_empty() => Vec::new(),
        _ if size < 0 && items.len() > 1 && items.len() as u64 - 1 <= size.unsigned_abs() => Vec::new(),
        _ => return Err("runtime error: makeslice: len out of range".into()),
    };
    Ok(Data::List(List::new(Rc::new(chunks.into()), "[][]interface {}")).into())
}

fn int_list(numbers: Vec<i64>) -> Value {
    let items = numbers.into_iter().map(Value::int).collect();
    Data::List(List::new(std::rc::Rc::new(items), INT_LIST)).into()
}

/// From `start` up or down to before `stop`; nothing where `step` leads away from it.
fn until_step(cx: &mut dyn Context, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, CallError> {
    if step == 0 || (stop < start) != (step < 0) {
        return Ok(Vec::new());
    }
    let count = stop.abs_diff(start).div_ceil(step.unsigned_abs());
    cx.values(usize::try_from(count).unwrap_or(usize::MAX))?;
    Ok((0..count as i64).map(|i| start + i * step).collect())
}

fn seq(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let at = |i| int(args, i);
    let toward = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let numbers = match args.len() {
        1 => {
            let step = toward(1, at(0));
            until_step(cx, 1, at(0).saturating_add(step), step)?
        }
        2 => {
            let step = toward(at(0), at(1));
            until_step(cx, at(0), at(1).saturating_add(step), step)?
        }
        3 => {
            let (start, step, end) = (at(0), at(1), at(2));
            if end < start && step > 0 {
                Vec::new()
            } else {
                until_step(cx, start, end.saturating_add(toward(start, end)), step)?
            }
        }
        _ => Vec::new(),
    };
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(Value::str(texts.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error, strs, value};
    use super::*;
    use crate::text::{FileId, Span};

    fn ints(numbers: &[i64]) -> Value {
        Value::list(numbers.iter().map(|&n| Value::int(n)).collect())
    }

    #[test]
    fn picking_and_building() {
        let list = ints(&[1, 2, 3]);
        let cases: &[(&str, &[Value], &str)] = &[
            ("first", std::slice::from_ref(&list), "1"),
            ("last", std::slice::from_ref(&list), "3"),
            ("rest", std::slice::from_ref(&list), "[2 3]"),
            ("initial", std::slice::from_ref(&list), "[1 2]"),
            ("first", &[ints(&[])], "<nil>"),
            ("rest", &[ints(&[])], "[]"),
            ("append", &[list.clone(), Value::str("x")], "[1 2 3 x]"),
            ("prepend", &[list.clone(), Value::NIL], "[<nil> 1 2 3]"),
            ("concat", &[list.clone(), Value::strings(strs(&["a"]))], "[1 2 3 a]"),
            ("reverse", std::slice::from_ref(&list), "[3 2 1]"),
            ("uniq", &[Value::list(vec![Value::int(1), Value::float(1.0), Value::int(1)])], "[1 1]"),
            ("without", &[list.clone(), Value::int(2), Value::float(3.0)], "[1 3]"),
            ("has", &[Value::int(3), list.clone()], "true"),
            ("has", &[Value::float(3.0), list.clone()], "false"),
            ("has", &[Value::int(3), Value::NIL], "false"),
            ("compact", &[Value::list(vec![Value::NIL, Value::int(0), Value::str("a")])], "[a]"),
            ("slice", &[list.clone(), Value::int(1)], "[2 3]"),
            ("slice", &[list.clone(), Value::str("0"), Value::float(2.0)], "[1 2]"),
            ("chunk", &[Value::int(2), list.clone()], "[[1 2] [3]]"),
            ("chunk", &[Value::int(-2), list.clone()], "[]"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
    }

    #[test]
    fn counting() {
        let n = Value::int;
        let cases: &[(&str, &[Value], &str)] = &[
            ("until", &[n(3)], "[0 1 2]"),
            ("until", &[n(-2)], "[0 -1]"),
            ("untilStep", &[n(1), n(8), n(3)], "[1 4 7]"),
            ("untilStep", &[n(8), n(1), n(3)], "[]"),
            ("untilStep", &[n(1), n(8), n(0)], "[]"),
            ("seq", &[n(4)], "1 2 3 4"),
            ("seq", &[n(-1)], "1 0 -1"),
            ("seq", &[n(3), n(1)], "3 2 1"),
            ("seq", &[n(2), n(3), n(9)], "2 5 8"),
            ("seq", &[n(9), n(3), n(2)], ""),
            ("seq", &[], ""),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
        assert_eq!(error("until", &[n(i64::MAX)]), "too much");
    }

    #[test]
    fn misuse() {
        let cases: &[(&str, &[Value], &str)] = &[
            ("first", &[Value::str("a")], "Cannot find first on type string"),
            ("append", &[Value::int(1), Value::int(1)], "Cannot push on type int"),
            ("concat", &[Value::bool(true)], "Cannot concat type bool as list"),
            ("rest", &[Value::NIL], "runtime error: invalid memory address or nil pointer dereference"),
            ("slice", &[Value::str("a")], "list should be type of slice or array but string"),
            ("slice", &[ints(&[1]), Value::int(0), Value::int(3)], "reflect.Value.Slice: slice index out of bounds"),
            ("chunk", &[Value::int(0), ints(&[1])], "runtime error: makeslice: len out of range"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(error(name, args), *expected, "{name}");
        }
    }

    #[test]
    fn items_keep_their_birthplaces() {
        let place = Some(Span::new(FileId(0), 4, 5));
        let list = Value::list(vec![Value { born: place, ..Value::float(1.0) }]);
        let longer = value("append", &[list, Value::int(2)]);
        assert_eq!(value("first", &[longer]).born, place);
        assert_eq!(value("until", &[Value::int(2)]).born, None);
    }
}
