//! Arithmetic and number conversions. All are opaque.

use super::Param::{Any, Float, Int, Str};
use super::args::{any, int, text};
use super::number::{Decimal, parse_int, to_float64, to_int64};
use super::{Answer, CallError, Function};
use crate::template::fmt;
use crate::template::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("atoi", &[Str], |_, args| Ok(Value::int(parse_int(text(args, 0), 10).unwrap_or(0)))),
    Function::new("int", &[Any], |_, args| Ok(Value::int(to_int64(&any(args, 0))))),
    Function::new("int64", &[Any], |_, args| Ok(Value::int64(to_int64(&any(args, 0))))),
    Function::new("float64", &[Any], |_, args| Ok(Value::float(to_float64(&any(args, 0))))),
    Function::new("toDecimal", &[Any], |_, args| {
        let text = fmt::display(&any(args, 0));
        Ok(Value::int64(parse_int(&text, 8).unwrap_or(0)))
    }),
    Function::new("add1", &[Any], |_, args| Ok(Value::int64(to_int64(&any(args, 0)).wrapping_add(1)))),
    Function::new("add", &[], |_, args| fold(args, i64::wrapping_add)).and_more(Any),
    Function::new("sub", &[Any, Any], |_, args| fold(args, i64::wrapping_sub)),
    Function::new("mul", &[Any], |_, args| fold(args, i64::wrapping_mul)).and_more(Any),
    Function::new("div", &[Any, Any], |_, args| divide(args, i64::wrapping_div)),
    Function::new("mod", &[Any, Any], |_, args| divide(args, i64::wrapping_rem)),
    Function::new("max", &[Any], |_, args| fold(args, i64::max)).and_more(Any),
    Function::new("biggest", &[Any], |_, args| fold(args, i64::max)).and_more(Any),
    Function::new("min", &[Any], |_, args| fold(args, i64::min)).and_more(Any),
    Function::new("maxf", &[Any], |_, args| fold_float(args, |a, b| if b > a || b.is_nan() { b } else { a }))
        .and_more(Any),
    Function::new("minf", &[Any], |_, args| fold_float(args, |a, b| if b < a || b.is_nan() { b } else { a }))
        .and_more(Any),
    Function::new("add1f", &[Any], |_, args| decimal(&[any(args, 0), Value::int(1)], Decimal::add, |a, b| a + b)),
    Function::new("addf", &[], |_, args| decimal(args, Decimal::add, |a, b| a + b)).and_more(Any),
    Function::new("subf", &[Any], |_, args| decimal(args, Decimal::sub, |a, b| a - b)).and_more(Any),
    Function::new("mulf", &[Any], |_, args| decimal(args, Decimal::mul, |a, b| a * b)).and_more(Any),
    Function::new("divf", &[Any], |_, args| {
        let zero = |value: &Value| Decimal::from_f64(to_float64(value)).is_some_and(Decimal::is_zero);
        if args.iter().skip(1).any(zero) {
            return Err("decimal division by 0".into());
        }
        decimal(args, Decimal::div, |a, b| a / b)
    })
    .and_more(Any),
    Function::new("ceil", &[Any], |_, args| Ok(Value::float(to_float64(&any(args, 0)).ceil()))),
    Function::new("floor", &[Any], |_, args| Ok(Value::float(to_float64(&any(args, 0)).floor()))),
    Function::new("round", &[Any, Int], |_, args| {
        let threshold = args.get(2).map_or(0.5, to_float64);
        let scale = 10f64.powi(int(args, 1).clamp(-400, 400) as i32);
        let scaled = to_float64(&any(args, 0)) * scale;
        // The fraction has the number's sign: negative numbers go down unless the threshold is negative.
        let rounded = if scaled.fract() >= threshold { scaled.ceil() } else { scaled.floor() };
        Ok(Value::float(rounded / scale))
    })
    .and_more(Float),
];

fn fold(args: &[Value], step: fn(i64, i64) -> i64) -> Answer {
    Ok(Value::int64(args.iter().map(to_int64).reduce(step).unwrap_or(0)))
}

fn fold_float(args: &[Value], step: fn(f64, f64) -> f64) -> Answer {
    Ok(Value::float(args.iter().map(to_float64).reduce(step).unwrap_or(0.0)))
}

fn divide(args: &[Value], step: fn(i64, i64) -> i64) -> Answer {
    let (above, below) = (to_int64(&any(args, 0)), to_int64(&any(args, 1)));
    if below == 0 {
        return Err(CallError::Error("runtime error: integer divide by zero".to_owned()));
    }
    Ok(Value::int64(step(above, below)))
}

/// Exact decimals as long as their digits fit, else plain floats.
fn decimal(args: &[Value], exact: fn(Decimal, Decimal) -> Option<Decimal>, rough: fn(f64, f64) -> f64) -> Answer {
    let numbers = || args.iter().map(to_float64);
    let exactly = || {
        let mut decimals = numbers().map(Decimal::from_f64);
        let first = decimals.next()??;
        decimals.try_fold(first, |sum, next| exact(sum, next?)).map(Decimal::to_f64)
    };
    Ok(Value::float(exactly().or_else(|| numbers().reduce(rough)).unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error};
    use super::*;

    fn n(value: i64) -> Value {
        Value::int(value)
    }

    fn f(value: f64) -> Value {
        Value::float(value)
    }

    #[test]
    fn arithmetic() {
        let cases: &[(&str, &[Value], &str)] = &[
            ("add", &[], "0"),
            ("add", &[n(1), Value::str("2"), f(3.9), Value::NIL], "6"),
            ("add1", &[Value::str("x")], "1"),
            ("sub", &[n(2), n(5)], "-3"),
            ("mul", &[n(i64::MAX), n(2)], "-2"),
            ("div", &[n(-7), n(2)], "-3"),
            ("mod", &[n(-7), n(4)], "-3"),
            ("max", &[n(1), f(4.9), Value::str("3")], "4"),
            ("min", &[n(1), Value::str("no")], "0"),
            ("addf", &[f(0.1), f(0.7)], "0.8"),
            ("addf", &[], "0"),
            ("subf", &[n(5), f(1.1), f(1.1)], "2.8"),
            ("mulf", &[f(0.1), n(7)], "0.7"),
            ("divf", &[n(7), n(2), n(2)], "1.75"),
            ("add1f", &[f(0.5)], "1.5"),
            ("maxf", &[f(0.5), n(2)], "2"),
            ("minf", &[f(0.5), n(2)], "0.5"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
        assert_eq!(error("div", &[n(1), Value::str("x")]), "runtime error: integer divide by zero");
        assert_eq!(error("divf", &[n(1), n(0)]), "decimal division by 0");
    }

    #[test]
    fn rounding() {
        let cases: &[(&str, &[Value], &str)] = &[
            ("floor", &[f(-1.5)], "-2"),
            ("ceil", &[Value::str("2.1")], "3"),
            ("floor", &[f(12_345_678.9)], "1.2345678e+07"),
            ("round", &[f(5.43219), n(2)], "5.43"),
            ("round", &[f(7.5), n(0)], "8"),
            ("round", &[f(-3.5), n(0)], "-4"),
            ("round", &[f(2.35), n(1), f(0.7)], "2.3"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
    }

    #[test]
    fn conversions() {
        let cases: &[(&str, &[Value], &str)] = &[
            ("atoi", &[Value::str("-12")], "-12"),
            ("atoi", &[Value::str("1_2")], "0"),
            ("int", &[f(1e7)], "10000000"),
            ("float64", &[Value::str("1e6")], "1e+06"),
            ("toDecimal", &[Value::str("755")], "493"),
            ("toDecimal", &[Value::str("8")], "0"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
    }
}
