//! Dictionaries. All are transparent: values pass through as they are. `set`, `unset` and the merges change the map
//! they are given, which shows wherever it is known.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Param::{Any, Map as Dict, Str};
use super::args::{any, as_map, map, text};
use super::flow::is_empty;
use super::{Answer, CallError, Context, Function};
use crate::template::fmt;
use crate::template::value::{ANY_MAP, Data, List, Map, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("dict", &[], dict).and_more(Any),
    Function::new("get", &[Dict, Str], |_, args| {
        Ok(map(args, 0).and_then(|map| map.get(text(args, 1))).unwrap_or_else(|| Value::str("")))
    }),
    Function::new("hasKey", &[Dict, Str], |_, args| {
        let has = map(args, 0).is_some_and(|map| map.entries.borrow().contains_key(text(args, 1)));
        Ok(Value::bool(has))
    }),
    Function::new("set", &[Dict, Str, Any], |_, args| {
        let Some(map) = map(args, 0) else { return Err("assignment to entry in nil map".into()) };
        map.entries.borrow_mut().insert(text(args, 1).into(), any(args, 2));
        Ok(plain(map))
    }),
    Function::new("unset", &[Dict, Str], |_, args| {
        let map = map(args, 0).unwrap_or_else(empty);
        map.entries.borrow_mut().remove(text(args, 1));
        Ok(plain(map))
    }),
    Function::new("keys", &[], |cx, args| {
        let mut keys = Vec::new();
        for map in args.iter().filter_map(as_map) {
            cx.spend(map.entries.borrow().len())?;
            keys.extend(map.entries.borrow().keys().map(|key| Value::str(&**key)));
        }
        Ok(Value::strings(keys))
    })
    .and_more(Dict),
    Function::new("values", &[Dict], |cx, args| {
        let map = map(args, 0).unwrap_or_else(empty);
        cx.spend(map.entries.borrow().len())?;
        let values = map.entries.borrow().values().cloned().collect();
        Ok(Value::list(values))
    }),
    Function::new("pluck", &[Str], |_, args| {
        let maps = args.iter().skip(1).filter_map(as_map);
        Ok(Value::list(maps.filter_map(|map| map.get(text(args, 0))).collect()))
    })
    .and_more(Dict),
    Function::new("pick", &[Dict], |cx, args| chosen(cx, args, true)).and_more(Str),
    Function::new("omit", &[Dict], |cx, args| chosen(cx, args, false)).and_more(Str),
    Function::new("dig", &[], dig).and_more(Any),
    Function::new("merge", &[Dict], |cx, args| merged(cx, args, false)).and_more(Dict),
    Function::new("mustMerge", &[Dict], |cx, args| merged(cx, args, false)).and_more(Dict),
    Function::new("mergeOverwrite", &[Dict], |cx, args| merged(cx, args, true)).and_more(Dict),
    Function::new("mustMergeOverwrite", &[Dict], |cx, args| merged(cx, args, true)).and_more(Dict),
    Function::new("deepCopy", &[Any], deep_copy),
    Function::new("mustDeepCopy", &[Any], deep_copy),
];

/// Nesting past which copies and merges stop: a map may contain itself.
const MAX_DEPTH: usize = 64;

fn empty() -> Map {
    Map::new(BTreeMap::new())
}

/// The map as a `map[string]interface {}`, which it is inside these functions.
fn plain(map: Map) -> Value {
    Data::Map(Map { type_name: ANY_MAP, ..map }).into()
}

fn key_of(value: &Value) -> Rc<str> {
    fmt::strval(value).as_str().into()
}

fn dict(cx: &mut dyn Context, args: &[Value]) -> Answer {
    cx.spend(args.len())?;
    let entry = |pair: &[Value]| {
        let key = pair.first().map(key_of).unwrap_or_else(|| "".into());
        (key, pair.get(1).cloned().unwrap_or_else(|| Value::str("")))
    };
    Ok(Value::map(args.chunks(2).map(entry).collect()))
}

/// A shallow copy with, or without, the named keys.
fn chosen(cx: &mut dyn Context, args: &[Value], wanted: bool) -> Answer {
    let map = map(args, 0).unwrap_or_else(empty);
    let names: Vec<&str> = args.iter().skip(1).filter_map(Value::as_str).collect();
    let entries = map.entries.borrow();
    cx.spend(entries.len().saturating_mul(names.len().max(1)))?;
    let kept = entries.iter().filter(|(key, _)| names.contains(&&***key) == wanted);
    Ok(Value::map(kept.map(|(key, value)| (key.clone(), value.clone())).collect()))
}

fn dig(_: &mut dyn Context, args: &[Value]) -> Answer {
    let [keys @ .., default, dict] = args else { return Err("dig needs at least three arguments".into()) };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut at = dict.clone();
    // Sprig checks the dictionary first, then every key, before it takes a step.
    assert_dict(&at)?;
    for key in keys {
        if key.as_str().is_none() {
            return Err(conversion(key, "string"));
        }
    }
    for key in keys.iter().filter_map(Value::as_str) {
        match assert_dict(&at)?.get(key) {
            Some(next) => at = next,
            None => return Ok(default.clone()),
        }
    }
    Ok(at)
}

/// Go's type assertion: the very type, no other map type.
fn assert_dict(value: &Value) -> Result<Map, CallError> {
    match &value.data {
        Data::Map(map) if map.type_name == ANY_MAP => Ok(map.clone()),
        _ => Err(conversion(value, ANY_MAP)),
    }
}

fn conversion(value: &Value, wanted: &str) -> CallError {
    let found = if value.is_nil() { "nil" } else { fmt::type_name(value) };
    CallError::Error(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}

fn merged(cx: &mut dyn Context, args: &[Value], overwrite: bool) -> Answer {
    let target = map(args, 0).unwrap_or_else(empty);
    for source in args.iter().skip(1).filter_map(as_map) {
        merge(cx, &target, &source, overwrite, 0)?;
    }
    Ok(plain(target))
}

/// mergo's merge of maps into `target`: what is missing or empty there is filled in; with `overwrite`, the source wins.
/// Maps that `target` lacks are taken by reference.
fn merge(cx: &mut dyn Context, target: &Map, source: &Map, overwrite: bool, depth: usize) -> Result<(), CallError> {
    if depth > MAX_DEPTH || Rc::ptr_eq(&target.entries, &source.entries) {
        return Ok(());
    }
    let pairs: Vec<(Rc<str>, Value)> =
        source.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    // An entry costs more than a step: it is searched for twice.
    cx.spend(pairs.len().saturating_mul(4))?;
    for (key, value) in pairs {
        let old = target.get(&key);
        let replaced = match (&old, &value.data) {
            (_, Data::Nil) => overwrite,
            (Some(Value { data: Data::Map(old), .. }), Data::Map(new)) => {
                merge(cx, old, new, overwrite, depth + 1)?;
                old.entries.borrow().is_empty()
            }
            (None, _) => true,
            (Some(old), _) => overwrite || is_empty(old),
        };
        if replaced {
            target.entries.borrow_mut().insert(key, value);
        }
    }
    Ok(())
}

fn deep_copy(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let given = any(args, 0);
    if given.is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    copy(cx, &given, 0)
}

fn copy(cx: &mut dyn Context, value: &Value, depth: usize) -> Answer {
    if depth > MAX_DEPTH {
        return Ok(value.clone());
    }
    let data = match &value.data {
        Data::List(list) => {
            cx.spend(list.items.len())?;
            let items = list.items.iter().map(|item| copy(cx, item, depth + 1)).collect::<Result<_, _>>()?;
            Data::List(List { items: Rc::new(items), ..list.clone() })
        }
        Data::Map(map) => {
            let entries = map.entries.borrow();
            cx.spend(entries.len())?;
            let mut copied = BTreeMap::new();
            for (key, item) in entries.iter() {
                copied.insert(key.clone(), copy(cx, item, depth + 1)?);
            }
            Data::Map(Map { type_name: map.type_name, ..Map::new(copied) })
        }
        data => data.clone(),
    };
    Ok(Value { data, born: value.born })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error, value};
    use super::*;
    use crate::text::{FileId, Span};

    fn of(pairs: &[(&str, Value)]) -> Value {
        Value::map(pairs.iter().map(|(key, value)| (Rc::from(*key), value.clone())).collect())
    }

    fn n(value: i64) -> Value {
        Value::int(value)
    }

    fn s(text: &str) -> Value {
        Value::str(text)
    }

    #[test]
    fn building_and_reading() {
        let d = of(&[("a", n(1)), ("b", s("x")), ("c", Value::NIL)]);
        let cases: &[(&str, &[Value], &str)] = &[
            ("dict", &[s("k"), n(1), n(2), s("v"), s("odd")], "map[2:v k:1 odd:]"),
            ("get", &[d.clone(), s("a")], "1"),
            ("get", &[d.clone(), s("z")], ""),
            ("get", &[Value::NIL, s("z")], ""),
            ("hasKey", &[d.clone(), s("c")], "true"),
            ("keys", &[d.clone(), of(&[("z", n(0))])], "[a b c z]"),
            ("values", std::slice::from_ref(&d), "[1 x <nil>]"),
            ("pluck", &[s("a"), d.clone(), of(&[]), of(&[("a", n(9))])], "[1 9]"),
            ("pick", &[d.clone(), s("b"), s("z")], "map[b:x]"),
            ("omit", &[d.clone(), s("b"), s("c")], "map[a:1]"),
            ("dig", &[s("m"), s("k"), s("none"), of(&[("m", of(&[("k", n(4))]))])], "4"),
            ("dig", &[s("m"), s("k"), s("none"), of(&[("m", of(&[]))])], "none"),
            ("dig", &[s("c"), s("none"), d.clone()], "<nil>"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
    }

    #[test]
    fn merging() {
        let left = || of(&[("e", s("")), ("k", n(1)), ("m", of(&[("x", n(1))])), ("l", Value::list(vec![n(1)]))]);
        let right = || {
            of(&[
                ("e", s("now")),
                ("k", n(0)),
                ("m", of(&[("x", n(2)), ("y", n(3))])),
                ("l", Value::list(vec![])),
                ("n", Value::NIL),
            ])
        };
        assert_eq!(call("merge", &[left(), right()]), "map[e:now k:1 l:[1] m:map[x:1 y:3]]");
        assert_eq!(call("mergeOverwrite", &[left(), right()]), "map[e:now k:0 l:[] m:map[x:2 y:3] n:<nil>]");
        assert_eq!(call("mergeOverwrite", &[of(&[("m", s("t"))]), of(&[("m", of(&[]))])]), "map[m:map[]]");
        assert_eq!(call("merge", &[Value::NIL, of(&[])]), "map[]");
    }

    #[test]
    fn maps_are_shared() {
        let inner = of(&[("x", n(1))]);
        let source = of(&[("m", inner.clone())]);
        let merged = value("merge", &[of(&[]), source]);
        value("set", &[value("get", &[merged, s("m")]), s("x"), n(2)]);
        assert_eq!(fmt::display(&inner), "map[x:2]");
        let copied = value("deepCopy", std::slice::from_ref(&inner));
        value("unset", &[copied, s("x")]);
        assert_eq!(fmt::display(&inner), "map[x:2]");
        // A map merged into itself, and one that holds itself.
        value("set", &[inner.clone(), s("me"), inner.clone()]);
        value("merge", &[inner.clone(), inner.clone()]);
        value("merge", &[of(&[("me", of(&[]))]), inner.clone()]);
        value("deepCopy", std::slice::from_ref(&inner));
        value("unset", &[inner, s("me")]);
    }

    #[test]
    fn birthplaces_stay() {
        let place = Some(Span::new(FileId(0), 4, 5));
        let child = of(&[("k", Value { born: place, ..s("v") })]);
        for made in [
            value("merge", &[of(&[]), child.clone()]),
            value("pick", &[child.clone(), s("k")]),
            value("deepCopy", &[child]),
        ] {
            assert_eq!(value("get", &[made, s("k")]).born, place);
        }
    }

    #[test]
    fn misuse() {
        let cases: &[(&str, &[Value], &str)] = &[
            ("set", &[Value::NIL, s("a"), n(1)], "assignment to entry in nil map"),
            (
                "dig",
                &[s("a"), s("b"), Value::NIL, of(&[("a", s("t"))])],
                "interface conversion: interface {} is string, not map[string]interface {}",
            ),
            ("dig", &[s("a"), Value::NIL], "dig needs at least three arguments"),
            ("deepCopy", &[Value::NIL], "reflect: call of reflect.Value.Type on zero Value"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(error(name, args), *expected, "{name}");
        }
    }
}
