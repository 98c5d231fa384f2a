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

/// Whether origins live on through a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    Transparent,
    Opaque,
}

/// What a function may ask of the rendering it runs in. (`include` and `tpl` are no functions of the library: the
/// evaluator runs them itself, so that they need no recursion.)
pub trait Context {
    /// Counts work against the bounds of the rendering (one step a list item or 64 bytes of text is about right).
    fn spend(&mut self, steps: usize) -> Result<(), CallError>;
}

pub type Call = fn(&mut dyn Context, &[Value]) -> Result<Value, CallError>;

/// One function of the library.
pub struct Function {
    pub name: &'static str,
    /// Parameters that must be given.
    pub params: &'static [Param],
    /// The type of any further ones.
    pub variadic: Option<Param>,
    pub flow: Flow,
    pub call: Call,
}

/// What a call gives.
type Answer = Result<Value, CallError>;

impl Function {
    const fn new(name: &'static str, params: &'static [Param], flow: Flow, call: Call) -> Self {
        Self { name, params, variadic: None, flow, call }
    }

    /// The same, taking any number of further arguments.
    const fn and_more(mut self, param: Param) -> Self {
        self.variadic = Some(param);
        self
    }
}

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
