//! The values templates work on: Go's, as text/template and sprig see them, with birthplaces.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use super::funcs::Param;
use super::traced::{Made, Traced};
use crate::text::Span;

/// A value and, where it stands in a values file, its place.
#[derive(Clone, Debug)]
pub struct Value {
    pub data: Data,
    pub born: Option<Span>,
}

/// Go's kinds as far as templates meet them.
#[derive(Clone, Debug)]
pub enum Data {
    Nil,
    Bool(bool),
    /// `int`: literals, `len`, `until`.
    Int(i64),
    /// `int64`: sprig's arithmetic, `--set`.
    Int64(i64),
    /// `float64`: every number of a values file.
    Float(f64),
    Str(Rc<Traced>),
    /// `[]byte`: what `range .Files` yields.
    Bytes(Rc<[u8]>),
    List(List),
    Map(Map),
    /// What Go keeps in structs: `.Chart`, `.Capabilities`, times, versions.
    Object(Rc<dyn Object>),
}

/// A list never changes; functions make new ones.
#[derive(Clone, Debug)]
pub struct List {
    pub items: Rc<Items>,
    /// `[]interface {}`, `[]string`, `[]int`: what `typeOf` says.
    pub type_name: &'static str,
    /// Go's nil slice, which JSON and YAML write as null.
    pub nil: bool,
}

impl List {
    pub fn new(items: Rc<Items>, type_name: &'static str) -> Self {
        Self { items, type_name, nil: false }
    }

    /// A nil slice.
    pub fn nil(type_name: &'static str) -> Self {
        Self { items: Rc::new(Vec::new().into()), type_name, nil: true }
    }
}

/// A map is shared: `set` shows wherever it is known.
#[derive(Clone, Debug)]
pub struct Map {
    pub entries: Rc<RefCell<Entries>>,
    /// `map[string]interface {}`, `chartutil.Values`, `map[string]string`.
    pub type_name: &'static str,
}

/// The items of a list, which are dropped without recursion: a template can nest them as deep as it likes.
#[derive(Clone, Debug, Default)]
pub struct Items(Vec<Value>);

/// The entries of a map; dropped as [`Items`].
#[derive(Clone, Debug, Default)]
pub struct Entries(BTreeMap<Rc<str>, Value>);

impl From<Vec<Value>> for Items {
    fn from(items: Vec<Value>) -> Self {
        Self(items)
    }
}

impl FromIterator<Value> for Items {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<'i> IntoIterator for &'i Items {
    type Item = &'i Value;
    type IntoIter = std::slice::Iter<'i, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'e> IntoIterator for &'e Entries {
    type Item = (&'e Rc<str>, &'e Value);
    type IntoIter = std::collections::btree_map::Iter<'e, Rc<str>, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Deref for Items {
    type Target = Vec<Value>;

    fn deref(&self) -> &Vec<Value> {
        &self.0
    }
}

impl Deref for Entries {
    type Target = BTreeMap<Rc<str>, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Entries {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        bury(self.0.drain(..));
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        bury(std::mem::take(&mut self.0).into_values());
    }
}

/// Drops values, and what only they hold, one after the other.
fn bury(values: impl Iterator<Item = Value>) {
    let mut rest: Vec<Value> = values.filter(|value| matches!(value.data, Data::List(_) | Data::Map(_))).collect();
    while let Some(value) = rest.pop() {
        match value.data {
            Data::List(mut list) => {
                if let Some(items) = Rc::get_mut(&mut list.items) {
                    rest.append(&mut items.0);
                }
            }
            Data::Map(mut map) => {
                if let Some(entries) = Rc::get_mut(&mut map.entries) {
                    rest.extend(std::mem::take(&mut entries.get_mut().0).into_values());
                }
            }
            _ => {}
        }
    }
}

/// What a struct becomes in JSON, YAML and TOML.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Encoded {
    Text(String),
    /// RFC 3339; YAML and TOML can write it without quotes.
    Time(String),
    Number(i64),
}

/// A Go struct with fields and methods.
pub trait Object: fmt::Debug {
    /// As `%T` prints it.
    fn type_name(&self) -> &'static str;
    /// A field; `None` where the struct has none of that name.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }
    /// A method call; `None` where there is no such method.
    ///
    /// The inner error is the text of the error that the method returned.
    /// Nothing may happen in the call but the answer: it is also how the evaluator asks whether there is the method.
    fn method(&self, _name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        None
    }
    /// The parameters of a method, to which the evaluator converts; `None` where it takes arguments as they are.
    fn params(&self, _method: &str) -> Option<&'static [Param]> {
        None
    }
    /// As `{{ }}` prints it.
    fn display(&self) -> String;
    /// As JSON, YAML and TOML hold it, where it is neither a map nor a list.
    fn encoded(&self) -> Encoded {
        Encoded::Text(self.display())
    }
    /// The value as a map, where `range`, `toYaml` or `index` can see it as one.
    fn as_map(&self) -> Option<Map> {
        None
    }
    /// The fields that Go writes as JSON, in its order; `None` where [`Object::as_map`] says all.
    fn json(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }
    /// The value as a list, where it is a named slice type (`.Capabilities.APIVersions`).
    fn as_list(&self) -> Option<List> {
        None
    }
    /// The number that it is, for Go types that are integers.
    fn number(&self) -> Option<i64> {
        None
    }
    /// Its `reflect.Kind`, as `kindOf` says it.
    fn kind(&self) -> &'static str {
        match self.type_name() {
            name if name.starts_with('*') => "ptr",
            _ if self.as_list().is_some() => "slice",
            _ => "struct",
        }
    }
    /// False for what another run would answer otherwise; see [`Made::known`].
    fn known(&self) -> bool {
        true
    }
    /// For functions that know the concrete type.
    fn as_any(&self) -> &dyn Any;
}

pub const ANY_LIST: &str = "[]interface {}";
pub const STRING_LIST: &str = "[]string";
pub const INT_LIST: &str = "[]int";
pub const ANY_MAP: &str = "map[string]interface {}";

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self { data, born: None }
    }
}

impl Value {
    pub const NIL: Self = Self { data: Data::Nil, born: None };

    pub fn str(text: impl Into<String>) -> Self {
        Data::Str(Rc::new(Traced::made(text, Made::default()))).into()
    }

    pub fn traced(text: Traced) -> Self {
        Data::Str(Rc::new(text)).into()
    }

    pub fn bool(value: bool) -> Self {
        Data::Bool(value).into()
    }

    /// Go's `int`.
    pub fn int(value: i64) -> Self {
        Data::Int(value).into()
    }

    pub fn int64(value: i64) -> Self {
        Data::Int64(value).into()
    }

    pub fn float(value: f64) -> Self {
        Data::Float(value).into()
    }

    /// `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Self {
        Data::List(List::new(Rc::new(items.into()), ANY_LIST)).into()
    }

    /// `[]string`.
    pub fn strings(items: Vec<Value>) -> Self {
        Data::List(List::new(Rc::new(items.into()), STRING_LIST)).into()
    }

    /// `map[string]interface {}`.
    pub fn map(entries: BTreeMap<Rc<str>, Value>) -> Self {
        Data::Map(Map::new(entries)).into()
    }

    /// A Go struct, or what has methods.
    pub fn object(object: impl Object + 'static) -> Self {
        Data::Object(Rc::new(object)).into()
    }

    pub fn is_nil(&self) -> bool {
        matches!(self.data, Data::Nil)
    }

    /// What is known of text that is made from this value alone.
    pub fn made(&self) -> Made {
        match &self.data {
            Data::Str(text) if self.born.is_none() => text.summary(),
            _ => Made { value: self.born, known: self.born.is_some() || self.known(8) },
        }
    }

    /// Nothing in the value, down to `depth` lists and maps, differs from run to run.
    fn known(&self, depth: usize) -> bool {
        match &self.data {
            _ if depth == 0 => true,
            Data::Str(text) => text.summary().known,
            Data::List(list) => list.items.iter().all(|item| item.known(depth - 1)),
            Data::Map(map) => map.entries.borrow().values().all(|item| item.known(depth - 1)),
            Data::Object(object) => object.known(),
            _ => true,
        }
    }

    /// Go's truth, as `if`, `and`, `default` and `empty` see it.
    pub fn truth(&self) -> bool {
        match &self.data {
            Data::Nil => false,
            Data::Bool(value) => *value,
            Data::Int(value) | Data::Int64(value) => *value != 0,
            Data::Float(value) => *value != 0.0,
            Data::Str(text) => !text.is_empty(),
            Data::Bytes(bytes) => !bytes.is_empty(),
            Data::List(list) => !list.items.is_empty(),
            Data::Map(map) => !map.entries.borrow().is_empty(),
            Data::Object(_) => true,
        }
    }

    /// How many values a walk through all lists and maps meets; `None` for more than `values`, or below `depth`
    /// levels. What stands in several places is met as often, and a map that holds itself without end.
    pub fn extent(&self, values: usize, depth: usize) -> Option<usize> {
        let mut count = 0;
        let mut rest = vec![(self.clone(), 0)];
        while let Some((value, level)) = rest.pop() {
            count += 1;
            if count + rest.len() > values || level > depth {
                return None;
            }
            match value.data {
                Data::List(list) => rest.extend(list.items.iter().map(|item| (item.clone(), level + 1))),
                Data::Map(map) => {
                    rest.extend(map.entries.borrow().values().map(|item| (item.clone(), level + 1)));
                }
                _ => {}
            }
        }
        Some(count)
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Str(text) => Some(text.as_str()),
            _ => None,
        }
    }
}

impl Map {
    pub fn new(entries: BTreeMap<Rc<str>, Value>) -> Self {
        Self { entries: Rc::new(RefCell::new(Entries(entries))), type_name: ANY_MAP }
    }

    pub fn get(&self, key: &str) -> Option<Value> {
        self.entries.borrow().get(key).cloned()
    }
}
