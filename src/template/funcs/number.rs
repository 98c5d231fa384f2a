//! Numbers of any value, as the `cast` package reads them, and exact decimals for sprig's `…f` arithmetic.

use std::cmp::Ordering;

use crate::template::value::{Data, Value};

/// `cast.ToInt64`: floats are cut, text is read with Go's prefixes, what is no number gives 0.
pub(crate) fn to_int64(value: &Value) -> i64 {
    match &value.data {
        Data::Bool(flag) => i64::from(*flag),
        Data::Int(number) | Data::Int64(number) => *number,
        Data::Float(number) => float_to_int(*number),
        Data::Str(text) => parse_int(without_zero_decimals(text.as_str()), 0).unwrap_or(0),
        Data::Object(object) => object.number().unwrap_or(0),
        _ => 0,
    }
}

/// As amd64 converts: what does not fit becomes the least number.
fn float_to_int(number: f64) -> i64 {
    // 2^63, the first whole number past the largest.
    let limit = 2f64.powi(63);
    if number.is_nan() || number < -limit || number >= limit {
        return i64::MIN;
    }
    number as i64
}

/// `12.0` and `12.` + zeros without their fraction.
fn without_zero_decimals(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// `strconv.ParseInt`; base 0 reads prefixes and underscores.
pub(super) fn parse_int(text: &str, base: u32) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let mut plain = digits.to_owned();
    let (base, digits) = if base != 0 {
        (base, plain.as_str())
    } else {
        if digits.contains('_') {
            if !underscores_fit(digits) {
                return None;
            }
            plain.retain(|c| c != '_');
        }
        match plain.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0x") => (16, &plain[2..]),
            Some("0b") => (2, &plain[2..]),
            Some("0o") => (8, &plain[2..]),
            Some(_) if plain.starts_with('0') => (8, &plain[1..]),
            _ => (10, plain.as_str()),
        }
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, base).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// An underscore stands between digits, or between a prefix and a digit.
fn underscores_fit(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_alphanumeric);
    (0..bytes.len()).filter(|&i| bytes[i] == b'_').all(|i| i > 0 && digit(i - 1) && digit(i + 1))
}

/// `cast.ToFloat64`.
pub(crate) fn to_float64(value: &Value) -> f64 {
    match &value.data {
        Data::Bool(flag) => f64::from(u8::from(*flag)),
        Data::Int(number) | Data::Int64(number) => *number as f64,
        Data::Float(number) => *number,
        Data::Str(text) => parse_float(text.as_str()).unwrap_or(0.0),
        Data::Object(object) => object.number().unwrap_or(0) as f64,
        _ => 0.0,
    }
}

/// `strconv.ParseFloat` without hexadecimal mantissas.
fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 {
        return None;
    }
    if unsigned.bytes().any(|b| b == b'_') && !underscores_fit(unsigned) {
        return None;
    }
    let plain: String = text.chars().filter(|&c| c != '_').collect();
    let number: f64 = plain.parse().ok()?;
    let spelled = unsigned.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    (spelled || number.is_finite()).then_some(number)
}

/// An exact decimal: `digits` × 10^`exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal that reads back as `number`; `None` for infinities and NaN.
    pub(super) fn from_f64(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let after = mantissa.split_once('.').map_or(0, |(_, after)| after.len() as i32);
        let digits = mantissa.replace('.', "").parse().ok()?;
        Some(Self { digits, exponent: exponent.parse::<i32>().ok()? - after })
    }

    pub(super) fn to_f64(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(0.0)
    }

    /// The same number with a smaller exponent; `None` where it needs more digits than there is room for.
    fn rescaled(self, exponent: i32) -> Option<i128> {
        let factor = 10i128.checked_pow(u32::try_from(self.exponent - exponent).ok()?)?;
        self.digits.checked_mul(factor)
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let exponent = self.exponent.min(other.exponent);
        Some((self.rescaled(exponent)?, other.rescaled(exponent)?, exponent))
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        let (a, b, exponent) = self.aligned(other)?;
        Some(Self { digits: a.checked_add(b)?, exponent })
    }

    pub(super) fn sub(self, other: Self) -> Option<Self> {
        self.add(Self { digits: -other.digits, ..other })
    }

    pub(super) fn mul(self, other: Self) -> Option<Self> {
        Some(Self { digits: self.digits.checked_mul(other.digits)?, exponent: self.exponent + other.exponent })
    }

    /// Rounded half away from zero to 16 places, as shopspring/decimal; the divisor is not 0.
    pub(super) fn div(self, other: Self) -> Option<Self> {
        const PLACES: i32 = 16;
        let shift = self.exponent - other.exponent + PLACES;
        let (mut above, mut below) = (self.digits, other.digits);
        if shift >= 0 {
            above = above.checked_mul(10i128.checked_pow(shift as u32)?)?;
        } else {
            below = below.checked_mul(10i128.checked_pow(shift.unsigned_abs())?)?;
        }
        let (mut quotient, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
        if rest.unsigned_abs().checked_mul(2)?.cmp(&below.unsigned_abs()) != Ordering::Less {
            quotient += if (above < 0) == (below < 0) { 1 } else { -1 };
        }
        Some(Self { digits: quotient, exponent: -PLACES })
    }

    pub(super) fn is_zero(self) -> bool {
        self.digits == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_to_int() {
        let cases = [
            ("17", 17),
            ("+4", 4),
            ("-0x10", -16),
            ("0b110", 6),
            ("0o20", 16),
            ("020", 16),
            ("0", 0),
            ("09", 0),
            ("2_500", 2500),
            ("2__5", 0),
            ("7.00", 7),
            ("7.5", 0),
            ("2e3", 0),
            (" 1", 0),
            ("", 0),
            ("9223372036854775808", 0),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, expected) in cases {
            assert_eq!(to_int64(&Value::str(text)), expected, "{text:?}");
        }
        assert_eq!(to_int64(&Value::float(-3.9)), -3);
        assert_eq!(to_int64(&Value::float(1e300)), i64::MIN);
        assert_eq!(to_int64(&Value::bool(true)), 1);
        assert_eq!(to_int64(&Value::list(vec![Value::int(2)])), 0);
    }

    #[test]
    fn text_to_float() {
        let cases =
            [("2.5", 2.5), ("1e2", 100.0), ("3_0", 30.0), ("0x8", 0.0), ("-Inf", f64::NEG_INFINITY), ("z", 0.0)];
        for (text, expected) in cases {
            assert_eq!(to_float64(&Value::str(text)), expected, "{text:?}");
        }
        assert_eq!(to_float64(&Value::str("1e999")), 0.0);
    }

    #[test]
    fn decimals_are_exact() {
        let d = |number| Decimal::from_f64(number).unwrap();
        assert_eq!(d(0.1).add(d(0.2)).unwrap().to_f64(), 0.3);
        assert_eq!(d(0.7).sub(d(0.1)).unwrap().to_f64(), 0.6);
        assert_eq!(d(1.1).mul(d(1.1)).unwrap().to_f64(), 1.21);
        assert_eq!(d(2.0).div(d(3.0)).unwrap().to_f64(), 0.666_666_666_666_666_7);
        assert_eq!(d(-2.0).div(d(3.0)).unwrap().to_f64(), -0.666_666_666_666_666_7);
        assert!(d(1e300).add(d(1e-300)).is_none());
    }
}
