//! `required` and `lookup`. (`include` and `tpl` are the evaluator's own.)

use crate::template::funcs::{CallError, Function, Param};
use crate::template::value::Value;

/// Helm's functions that decide what is rendered.
pub static FUNCTIONS: &[Function] = &[
    Function::new("required", &[Param::Str, Param::Any], |_, args| {
        let [message, value] = args else { return Err("required takes a message and a value".into()) };
        if value.is_nil() || value.as_str() == Some("") {
            return Err(CallError::Fail(message.as_str().unwrap_or_default().to_owned()));
        }
        Ok(value.clone())
    }),
    // There is no cluster to ask.
    Function::new("lookup", &[Param::Str; 4], |_, _| Ok(Value::map(Default::default()))),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::funcs::Context;

    struct Nobody;

    impl Context for Nobody {
        fn version(&self) -> crate::template::HelmVersion {
            crate::template::HelmVersion::V3
        }

        fn spend(&mut self, _steps: usize) -> Result<(), CallError> {
            Ok(())
        }

        fn at_most(&mut self, _bytes: usize) -> Result<(), CallError> {
            Ok(())
        }

        fn values(&mut self, _count: usize) -> Result<(), CallError> {
            Ok(())
        }
    }

    #[test]
    fn required_takes_all_but_nothing() {
        for (value, stops) in [
            (Value::NIL, true),
            (Value::str(""), true),
            (Value::int(0), false),
            (Value::bool(false), false),
            (Value::list(Vec::new()), false),
        ] {
            let answer = (FUNCTIONS[0].call)(&mut Nobody, &[Value::str("say it"), value.clone()]);
            assert_eq!(matches!(answer, Err(CallError::Fail(words)) if words == "say it"), stops, "{value:?}");
        }
    }
}
