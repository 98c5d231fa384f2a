//! Loops: what `range` goes over, and the variables of each round.

use std::rc::Rc;

use super::{Done, Heights, Machine};
use crate::template::HelmVersion;
use crate::template::eval::operand::{Operand, collection, holds_interfaces, string};
use crate::template::fmt;
use crate::template::value::{self, Data, Value};

pub(super) struct Loop {
    items: Items,
    next: usize,
    head: u32,
    dot: Operand,
    heights: Heights,
}

enum Items {
    List(Rc<value::Items>, bool),
    Map(Vec<(Rc<str>, Value)>, bool),
    /// The numbers below a number (Go 1.24).
    Count(usize),
}

impl Machine<'_> {
    pub(super) fn range(&mut self, head: u32, otherwise: u32) -> Done {
        let value = self.pop();
        let data = match &value.value.data {
            Data::Object(object) => collection(object.as_ref()).unwrap_or_else(|| value.value.data.clone()),
            data => data.clone(),
        };
        let names = self.code().and_then(|code| code.ranges.get(head as usize)).map_or(0, |head| head.names.len());
        let items = match data {
            Data::Nil => Items::Map(Vec::new(), false),
            Data::List(list) => Items::List(list.items.clone(), holds_interfaces(list.type_name)),
            Data::Map(map) => {
                let entries = map.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                Items::Map(entries, holds_interfaces(map.type_name))
            }
            Data::Bytes(bytes) => {
                Items::List(Rc::new(bytes.iter().map(|byte| Value::int(i64::from(*byte))).collect()), false)
            }
            Data::Int(count) | Data::Int64(count) if self.environment.version == HelmVersion::V4 => {
                if names > 1 {
                    return Err(format!("can't use {count} to iterate over more than one variable").into());
                }
                Items::Count(usize::try_from(count).unwrap_or_default())
            }
            _ => return Err(format!("range can't iterate over {}", fmt::display(&value.value)).into()),
        };
        let empty = match &items {
            Items::List(items, _) => items.is_empty(),
            Items::Map(items, _) => items.is_empty(),
            Items::Count(count) => *count == 0,
        };
        if empty {
            self.jump(otherwise);
            return Ok(());
        }
        let dot = self.frames.last().map_or(Operand::NOTHING, |frame| frame.dot.clone());
        let heights = self.heights();
        self.loops.push(Loop { items, next: 0, head, dot, heights });
        Ok(())
    }

    pub(super) fn end_loop(&mut self, done: Loop) {
        self.unwind(done.heights);
        if let Some(frame) = self.frames.last_mut() {
            frame.dot = done.dot;
        }
    }

    pub(super) fn next(&mut self, end: u32) -> Done {
        let Some(mut current) = self.loops.pop() else { return Ok(()) };
        // What an iteration declared, and what `continue` left behind, goes.
        self.unwind(current.heights);
        let item = match &current.items {
            Items::List(items, boxed) => items
                .get(current.next)
                .map(|item| (Value::int(current.next as i64), Operand { value: item.clone(), boxed: *boxed })),
            Items::Map(items, boxed) => {
                items.get(current.next).map(|(key, item)| (string(key), Operand { value: item.clone(), boxed: *boxed }))
            }
            Items::Count(count) => (current.next < *count).then(|| {
                let number = Value::int(current.next as i64);
                (number.clone(), Operand::new(number))
            }),
        };
        let Some((key, item)) = item else {
            self.end_loop(current);
            self.jump(end);
            return Ok(());
        };
        current.next += 1;
        let head = self.code().and_then(|code| code.ranges.get(current.head as usize)).cloned().unwrap_or_default();
        let key = Operand::new(key);
        match (head.names.as_slice(), head.assigns) {
            ([], _) => {}
            ([name], true) => self.assign(*name, Some(item.clone()))?,
            ([first, second, ..], true) => {
                self.assign(*first, Some(key))?;
                self.assign(*second, Some(item.clone()))?;
            }
            // The variables that the head declared are on top.
            (names, false) => {
                let top = self.vars.len();
                let values = if names.len() > 1 { vec![item.clone(), key] } else { vec![item.clone()] };
                for (back, value) in values.into_iter().enumerate() {
                    if let Some(var) = top.checked_sub(back + 1).and_then(|at| self.vars.get_mut(at)) {
                        var.1 = Some(value);
                    }
                }
            }
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.dot = item;
        }
        self.loops.push(current);
        Ok(())
    }
}
