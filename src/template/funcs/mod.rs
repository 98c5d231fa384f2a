//! The function library: one file per family, each function with its declared parameters.
//!
//! A function is *transparent* when the pieces of the text it is given live on in its result (`nindent`, `trim`,
//! `replace`, `join`, `default`), and *opaque* when it makes new text (`b64enc`, `upper`): then the result is one
//! piece that says what its operand says ([`crate::template::traced::Traced::summary`]). Each family's table states
//! which.

mod args;
mod casing;
mod crypto;
mod dates;
mod dicts;
mod encoding;
mod flow;
mod layout;
mod lists;
mod math;
mod number;
mod paths;
mod printing;
mod regex;
pub mod semver;
mod strings;
#[cfg(test)]
mod testing;
mod types;
mod urls;

use super::value::Value;

/// A parameter's Go type: what the evaluator converts an argument to before the call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Param {
    /// `interface {}`.
    Any,
    /// `string`.
    Str,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint32`.
    Uint,
    /// `float64`.
    Float,
    /// `bool`.
    Bool,
    /// `map[string]interface {}`.
    Map,
    /// `[]interface {}`.
    List,
    /// `time.Time`.
    Time,
    /// `*semver.Version`.
    Version,
}

/// Why a call failed.
#[derive(Debug)]
pub enum CallError {
    /// `error calling F: MESSAGE`.
    Error(String),
    /// `fail` and `required`: the message stands alone, and the position is the outermost call's.
    Fail(String),
    /// A bound of the rendering is reached: its name.
    Bound(String),
}

impl From<String> for CallError {
    fn from(message: String) -> Self {
        Self::Error(message)
    }
}

impl From<&str> for CallError {
    fn from(message: &str) -> Self {
        Self::Error(message.to_owned())
    }
}

/// What a function may ask of the rendering it runs in. (`include` and `tpl` are no functions of the library: the
/// evaluator runs them itself, so that they need no recursion.)
pub trait Context {
    /// Counts work against the bounds of the rendering (one step a list item or 64 bytes of text is about right).
    fn spend(&mut self, steps: usize) -> Result<(), CallError>;

    /// The program whose words errors are told in.
    fn version(&self) -> super::HelmVersion;

    /// Refuses a text of too many bytes, before it is made.
    fn at_most(&mut self, bytes: usize) -> Result<(), CallError>;

    /// The same, and counts the work of making it.
    fn text(&mut self, bytes: usize) -> Result<(), CallError> {
        self.at_most(bytes)?;
        self.spend(bytes / 64 + 1)
    }

    /// The same for a list of so many values.
    fn values(&mut self, count: usize) -> Result<(), CallError>;
}

pub type Call = fn(&mut dyn Context, &[Value]) -> Result<Value, CallError>;

/// One function of the library.
pub struct Function {
    pub name: &'static str,
    /// Parameters that must be given.
    pub params: &'static [Param],
    /// The type of any further ones.
    pub variadic: Option<Param>,
    pub call: Call,
}

/// What a call gives.
type Answer = Result<Value, CallError>;

impl Function {
    /// A function of a fixed number of arguments.
    pub const fn new(name: &'static str, params: &'static [Param], call: Call) -> Self {
        Self { name, params, variadic: None, call }
    }

    /// The same, taking any number of further arguments.
    const fn and_more(mut self, param: Param) -> Self {
        self.variadic = Some(param);
        self
    }
}

/// Go's own functions.
pub const BUILTINS: [&str; 18] = [
    "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print", "printf",
    "println", "slice",
];

/// Every function of sprig that Helm offers, and those builtins of text/template that print; in no particular order.
pub fn library() -> impl Iterator<Item = &'static Function> {
    let families: [&'static [Function]; 15] = [
        casing::FUNCTIONS,
        crypto::FUNCTIONS,
        dates::FUNCTIONS,
        dicts::FUNCTIONS,
        encoding::FUNCTIONS,
        flow::FUNCTIONS,
        lists::FUNCTIONS,
        math::FUNCTIONS,
        paths::FUNCTIONS,
        printing::FUNCTIONS,
        regex::FUNCTIONS,
        semver::FUNCTIONS,
        strings::FUNCTIONS,
        types::FUNCTIONS,
        urls::FUNCTIONS,
    ];
    families.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::testing::Nothing;
    use super::*;
    use crate::template::fmt;
    use crate::template::value::Data;

    /// Values that are easy to trip over, of a type that the evaluator would pass.
    fn awkward(param: Param) -> Vec<Value> {
        let texts = ["", "-", "a\nb é", "%[1]*.5x%", "(", "2006-01-02", "1.2.3", "http://[", "-9223372036854775808"];
        let mut texts: Vec<Value> = texts.into_iter().map(Value::str).collect();
        let ints = [0, 1, -1, 7, i64::MIN, i64::MAX];
        let map = || Value::map(BTreeMap::from([("a".into(), Value::str("x")), ("-".into(), Value::NIL)]));
        match param {
            Param::Str => texts,
            Param::Int | Param::Uint => ints.map(Value::int).into(),
            Param::Int64 => ints.map(Value::int64).into(),
            Param::Float => [0.0, -0.5, 1e300, f64::NAN, f64::NEG_INFINITY].map(Value::float).into(),
            Param::Bool => [false, true].map(Value::bool).into(),
            Param::Map => vec![map(), Value::map(BTreeMap::new()), Value::NIL],
            Param::List => vec![Value::list(vec![map(), Value::NIL]), Value::list(Vec::new()), Value::NIL],
            Param::Time => vec![testing::value("now", &[])],
            Param::Version => vec![testing::value("semver", &[Value::str("1.2.3")])],
            Param::Any => {
                texts.push(Value::NIL);
                texts.push(Data::Bytes([0xff, b'a'].into()).into());
                let others = [Param::Int, Param::Int64, Param::Float, Param::Bool, Param::Map, Param::List];
                texts.extend(others.into_iter().chain([Param::Time]).flat_map(awkward));
                texts
            }
        }
    }

    #[test]
    fn no_argument_makes_a_function_panic() {
        let mut seed = 1u32;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % below
        };
        for function in library() {
            for _ in 0..400 {
                let more = function.variadic.map_or(0, |_| random(4));
                let params =
                    function.params.iter().copied().chain(std::iter::repeat_n(function.variadic, more).flatten());
                let args: Vec<Value> = params
                    .map(|param| {
                        let values = awkward(param);
                        values[random(values.len())].clone()
                    })
                    .collect();
                if let Ok(value) = (function.call)(&mut Nothing, &args) {
                    let text = fmt::text(&value);
                    let pieces: usize = text.pieces().map(|(range, _)| range.len()).sum();
                    assert_eq!(pieces, text.len(), "{} {args:?}", function.name);
                }
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names = HashSet::new();
        assert!(library().all(|function| names.insert(function.name)));
        for gone in ["env", "expandenv"] {
            assert!(!names.contains(gone), "Helm takes {gone} away");
        }
    }
}
