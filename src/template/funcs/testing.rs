//! Calling functions by name in unit tests.

use super::{CallError, Context, Function, library};
use crate::template::fmt;
use crate::template::value::Value;

/// A rendering without templates and without bounds.
pub(super) struct Nothing;

impl Context for Nothing {
    fn version(&self) -> crate::template::HelmVersion {
        crate::template::HelmVersion::V3
    }

    fn spend(&mut self, steps: usize) -> Result<(), CallError> {
        if steps > 1_000_000 { Err("too much".into()) } else { Ok(()) }
    }

    fn at_most(&mut self, bytes: usize) -> Result<(), CallError> {
        self.spend(bytes / 64)
    }

    fn values(&mut self, count: usize) -> Result<(), CallError> {
        self.spend(count)
    }
}

pub(super) fn function(name: &str) -> &'static Function {
    library().find(|function| function.name == name).unwrap_or_else(|| panic!("no function {name}"))
}

pub(super) fn value(name: &str, args: &[Value]) -> Value {
    (function(name).call)(&mut Nothing, args).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

/// The result as `%v` prints it.
pub(super) fn call(name: &str, args: &[Value]) -> String {
    fmt::display(&value(name, args))
}

pub(super) fn error(name: &str, args: &[Value]) -> String {
    match (function(name).call)(&mut Nothing, args) {
        Err(CallError::Error(message) | CallError::Fail(message)) => message,
        other => panic!("{name}: {other:?}"),
    }
}

pub(super) fn strs(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|&text| Value::str(text)).collect()
}
