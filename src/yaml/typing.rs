//! What a plain scalar means to Helm and to the API server: go-yaml v2's reading of YAML 1.1 (spec §6).

/// The type and value of a plain scalar.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Meaning {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer above `i64::MAX`.
    Uint(u64),
    Float(f64),
    /// A string: its text is its value. Timestamps are strings too.
    Str,
}

/// Reads a scalar that is written without quotes and without a tag.
pub fn plain(text: &str) -> Meaning {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            return Meaning::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            return Meaning::Bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Meaning::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Meaning::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Meaning::Float(f64::NAN),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return Meaning::Str;
    }
    // A number that starts with its point is read without this license.
    let digits = if text.starts_with('.') { text.to_owned() } else { text.replace('_', "") };
    int(&digits).or_else(|| float(&digits)).unwrap_or(Meaning::Str)
}

/// Go's `strconv.ParseInt(s, 0, 64)`, then `ParseUint`.
fn int(text: &str) -> Option<Meaning> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = body.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&body[2..], 16),
        [b'0', b'b', ..] => (&body[2..], 2),
        [b'0', b'o', ..] => (&body[2..], 8),
        [b'0', _, ..] => (&body[1..], 8),
        _ => (body, 10),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| (digit as char).is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    if let Ok(value) = i64::try_from(value) {
        return Some(Meaning::Int(value));
    }
    u64::try_from(value).ok().map(Meaning::Uint)
}

/// A decimal number, with a fraction or an exponent or neither.
fn float(text: &str) -> Option<Meaning> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = body.split_once(['e', 'E']).map_or((body, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !numeric(whole) || !fraction.is_none_or(numeric) {
        return None;
    }
    if whole.is_empty() && fraction.is_none_or(str::is_empty) {
        return None;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if digits.is_empty() || !numeric(digits) {
            return None;
        }
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Meaning::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings() {
        for (text, meaning) in [
            ("", Meaning::Null),
            ("~", Meaning::Null),
            ("nUll", Meaning::Str),
            ("On", Meaning::Bool(true)),
            ("n", Meaning::Bool(false)),
            ("tRue", Meaning::Str),
            ("0755", Meaning::Int(493)),
            ("0o755", Meaning::Int(493)),
            ("08", Meaning::Float(8.0)),
            ("-0755", Meaning::Int(-493)),
            ("0x1F", Meaning::Int(31)),
            ("0x", Meaning::Str),
            ("0b101", Meaning::Int(5)),
            ("1_000", Meaning::Int(1000)),
            ("+5", Meaning::Int(5)),
            ("9223372036854775808", Meaning::Uint(9_223_372_036_854_775_808)),
            ("1e3", Meaning::Float(1000.0)),
            (".5", Meaning::Float(0.5)),
            ("5.", Meaning::Float(5.0)),
            ("1e", Meaning::Str),
            ("1e400", Meaning::Str),
            (".", Meaning::Str),
            ("1:30", Meaning::Str),
            ("2020-01-01", Meaning::Str),
            ("1.2.3", Meaning::Str),
            ("-", Meaning::Str),
        ] {
            assert_eq!(plain(text), meaning, "{text:?}");
        }
    }
}
