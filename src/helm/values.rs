//! From many sources of values to one table per chart: Helm's coalescing (`chartutil/coalesce.go`, spec §12).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::unit::Unit;
use crate::template::fmt;
use crate::template::traced::Traced;
use crate::template::value::{Data, Map, Value};

/// The key whose table flows down to every subchart.
const GLOBAL: &str = "global";

/// A value that shares no map with the original.
pub(super) fn copy(value: &Value) -> Value {
    let data = match &value.data {
        Data::Map(map) => Data::Map(copy_map(map)),
        Data::List(list) => {
            let mut list = list.clone();
            list.items = Rc::new(list.items.iter().map(copy).collect());
            Data::List(list)
        }
        data => data.clone(),
    };
    Value { data, born: value.born }
}

/// As [`copy`], for a map.
pub(super) fn copy_map(map: &Map) -> Map {
    let entries = map.entries.borrow();
    let entries = entries.iter().map(|(key, value)| (key.clone(), copy(value))).collect();
    Map { type_name: map.type_name, ..Map::new(entries) }
}

/// The table at `path` (`a.b`), if every step is one.
pub(super) fn table(map: &Map, path: &str) -> Option<Map> {
    path.split('.').try_fold(map.clone(), |map, key| match map.get(key) {
        Some(Value { data: Data::Map(map), .. }) => Some(map),
        _ => None,
    })
}

/// The value at `path`, if it is there and no table.
pub(super) fn path_value(map: &Map, path: &str) -> Option<Value> {
    let (map, key) = match path.rsplit_once('.') {
        Some((tables, key)) => (table(map, tables)?, key),
        None => (map.clone(), path),
    };
    map.get(key).filter(|value| !matches!(value.data, Data::Map(_)))
}

/// `-f` files over one another: maps merge, all else replaces, null too.
pub(super) fn overlay(base: &Map, over: &Map) {
    for (key, value) in over.entries.borrow().iter() {
        if let (Data::Map(over), Some(Value { data: Data::Map(base), .. })) = (&value.data, base.get(key)) {
            overlay(&base, over);
        } else {
            base.entries.borrow_mut().insert(key.clone(), value.clone());
        }
    }
}

/// What happens to null in the higher level.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// It deletes the key (`CoalesceValues`).
    Delete,
    /// The same, unless the lower level has null too (Helm 4).
    DeleteOther,
    /// It stays, to delete the key later (`MergeValues`).
    Keep,
}

impl Nulls {
    /// Whether null over the value deletes the key.
    fn delete(self, under: &Value) -> bool {
        match self {
            Self::Delete => true,
            Self::DeleteOther => !under.is_nil(),
            Self::Keep => false,
        }
    }
}

/// The values of a chart and of all its dependencies below it, `user` over defaults.
///
/// # Errors
/// Helm's words where a subchart's values are no table.
pub(super) fn coalesce(unit: &Unit<'_>, user: &Map, nulls: Nulls) -> Result<Map, String> {
    let into = copy_map(user);
    coalesce_into(unit, &into, nulls)?;
    Ok(into)
}

fn coalesce_into(unit: &Unit<'_>, into: &Map, nulls: Nulls) -> Result<(), String> {
    coalesce_own(unit, into, nulls);
    for dependency in &unit.dependencies {
        let name: &str = &dependency.name;
        let child = match into.get(name) {
            None => Map::new(BTreeMap::new()),
            Some(Value { data: Data::Map(map), .. }) => map,
            Some(other) => {
                // Helm prints the value as a boolean, whatever it is.
                let format = Traced::made(format!("type mismatch on {name}: %t"), Default::default());
                return Err(fmt::sprintf(&format, &[other]).as_str().to_owned());
            }
        };
        hand_down_globals(&child, into);
        coalesce_into(dependency, &child, nulls)?;
        let born = into.get(name).and_then(|value| value.born);
        into.entries.borrow_mut().insert(Rc::from(name), Value { data: Data::Map(child), born });
    }
    Ok(())
}

/// The chart's own defaults under `into`.
fn coalesce_own(unit: &Unit<'_>, into: &Map, nulls: Nulls) {
    for (key, default) in copy_map(&unit.defaults).entries.borrow().iter() {
        match into.get(key) {
            None => drop(into.entries.borrow_mut().insert(key.clone(), default.clone())),
            Some(value) if value.is_nil() && nulls.delete(default) => drop(into.entries.borrow_mut().remove(key)),
            Some(Value { data: Data::Map(over), .. }) => {
                if let Data::Map(default) = &default.data {
                    let child = unit.dependencies.iter().any(|dependency| *dependency.name == **key);
                    merge_tables(&over, default, if child { Nulls::Keep } else { nulls });
                }
            }
            Some(_) => {}
        }
    }
}

/// `under` under `over`, in place; a table and a scalar do not mix: `over` wins.
pub(super) fn merge_tables(over: &Map, under: &Map, nulls: Nulls) {
    if Rc::ptr_eq(&over.entries, &under.entries) {
        return;
    }
    for (key, value) in under.entries.borrow().iter() {
        match over.get(key) {
            Some(old) if old.is_nil() && nulls.delete(value) => drop(over.entries.borrow_mut().remove(key)),
            None => drop(over.entries.borrow_mut().insert(key.clone(), value.clone())),
            Some(Value { data: Data::Map(over), .. }) => {
                if let Data::Map(under) = &value.data {
                    merge_tables(&over, under, nulls);
                }
            }
            Some(_) => {}
        }
    }
}

/// The parent's globals over the child's.
fn hand_down_globals(child: &Map, parent: &Map) {
    let globals = |map: &Map| match map.get(GLOBAL) {
        None => Some(Map::new(BTreeMap::new())),
        Some(Value { data: Data::Map(map), .. }) => Some(map),
        Some(_) => None,
    };
    let (Some(into), Some(from)) = (globals(child), globals(parent)) else { return };
    for (key, value) in from.entries.borrow().iter() {
        let old = into.get(key);
        match (&value.data, old.map(|old| old.data)) {
            (Data::Map(_), None) => drop(into.entries.borrow_mut().insert(key.clone(), copy(value))),
            (Data::Map(_), Some(Data::Map(under))) => {
                let over = copy(value);
                if let Data::Map(over) = &over.data {
                    merge_tables(over, &under, Nulls::Keep);
                }
                into.entries.borrow_mut().insert(key.clone(), over);
            }
            (Data::Map(_), Some(_)) | (_, Some(Data::Map(_))) => {}
            _ => drop(into.entries.borrow_mut().insert(key.clone(), value.clone())),
        }
    }
    let born = child.get(GLOBAL).and_then(|value| value.born);
    child.entries.borrow_mut().insert(Rc::from(GLOBAL), Value { data: Data::Map(into), born });
}
