//! Go's literals: quoted strings, characters and numbers.

use super::bytes;
use super::fmt::quote;

/// A number as Go's parser sees it: which of the number types can hold it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Number {
    pub int: Option<i64>,
    pub uint: Option<u64>,
    pub float: Option<f64>,
    /// Written with `i`; templates of charts never do.
    pub complex: bool,
    /// Used without a wanted type it is a `float64`.
    pub written_as_float: bool,
}

/// The value of a number token.
///
/// # Errors
/// Go's words, as `text/template/parse.newNumber` puts them.
pub(crate) fn number(text: &str) -> Result<Number, String> {
    if let Some(imaginary) = text.strip_suffix('i')
        && parse_float(imaginary).is_some()
    {
        return Ok(Number { complex: true, ..Number::default() });
    }
    let mut out = Number::default();
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if let Some(value) = parse_uint(digits) {
        out.int = if negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() };
        // ParseUint takes no sign; a zero is mended.
        if !text.starts_with(['+', '-']) || out.int == Some(0) {
            out.uint = Some(value);
        }
    }
    if let Some(int) = out.int {
        out.float = Some(int as f64);
    } else if let Some(uint) = out.uint {
        out.float = Some(uint as f64);
    } else if let Some(float) = parse_float(text) {
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote(text)));
        }
        out.float = Some(float);
        let int = float as i64;
        if int as f64 == float && int != i64::MAX {
            out.int = Some(int);
        }
        let uint = float as u64;
        if uint as f64 == float && uint != u64::MAX {
            out.uint = Some(uint);
        }
    } else {
        return Err(format!("illegal number syntax: {}", quote(text)));
    }
    let hex = digits.len() > 2 && digits.starts_with(['0']) && digits[1..].starts_with(['x', 'X']);
    out.written_as_float = text.contains(['.', 'p', 'P']) || (!hex && text.contains(['e', 'E']));
    Ok(out)
}

/// A character token, quotes and all, as the number it is.
///
/// # Errors
/// Go's words.
pub(crate) fn character(text: &str) -> Result<Number, String> {
    let inner = text.strip_prefix('\'').ok_or("invalid syntax")?;
    let mut out = String::new();
    let rest = match inner.strip_prefix('\\') {
        Some(escape) => unescape(escape, '\'', &mut out)?,
        None => {
            let c = inner.chars().next().filter(|&c| c != '\'').ok_or("invalid syntax")?;
            out.push(c);
            &inner[c.len_utf8()..]
        }
    };
    if rest != "'" {
        return Err(format!("malformed character constant: {text}"));
    }
    let value = out.chars().next().map_or(0, u32::from);
    Ok(Number {
        int: Some(i64::from(value)),
        uint: Some(u64::from(value)),
        float: Some(f64::from(value)),
        ..Number::default()
    })
}

/// A string token without its quotes and escapes (`strconv.Unquote`). What is no UTF-8 becomes U+FFFD.
///
/// # Errors
/// `invalid syntax`
pub(crate) fn unquote(text: &str) -> Result<String, String> {
    if let Some(raw) = text.strip_prefix('`') {
        return Ok(raw.strip_suffix('`').unwrap_or(raw).replace('\r', ""));
    }
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or("invalid syntax")?;
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = unescape(&rest[at + 1..], '"', &mut out)?;
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads one escape, after its backslash, into `out`; gives the rest.
fn unescape<'t>(text: &'t str, quote: char, out: &mut String) -> Result<&'t str, String> {
    let invalid = || "invalid syntax".to_owned();
    let c = text.chars().next().ok_or_else(invalid)?;
    let rest = &text[c.len_utf8()..];
    let (digits, radix) = match c {
        'a' => return Ok(pushed(out, '\u{7}', rest)),
        'b' => return Ok(pushed(out, '\u{8}', rest)),
        'f' => return Ok(pushed(out, '\u{c}', rest)),
        'n' => return Ok(pushed(out, '\n', rest)),
        'r' => return Ok(pushed(out, '\r', rest)),
        't' => return Ok(pushed(out, '\t', rest)),
        'v' => return Ok(pushed(out, '\u{b}', rest)),
        '\\' => return Ok(pushed(out, '\\', rest)),
        c if c == quote => return Ok(pushed(out, c, rest)),
        'x' => (rest.get(..2), 16),
        'u' => (rest.get(..4), 16),
        'U' => (rest.get(..8), 16),
        '0'..='7' => (text.get(..3), 8),
        _ => return Err(invalid()),
    };
    let digits = digits.filter(|digits| !digits.starts_with('+')).ok_or_else(invalid)?;
    let value = u32::from_str_radix(digits, radix).map_err(|_| invalid())?;
    let c = match c {
        'u' | 'U' => char::from_u32(value).ok_or_else(invalid)?,
        _ if value > 255 => return Err(invalid()),
        // A lone byte; from 0x80 on it is no character. (As a character constant it would be the number.)
        _ if value < 128 || quote == '\'' => char::from_u32(value).ok_or_else(invalid)?,
        _ => bytes::text(&[value as u8]).chars().next().unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    let skipped = if radix == 8 { &text[3..] } else { &rest[digits.len()..] };
    Ok(pushed(out, c, skipped))
}

fn pushed<'t>(out: &mut String, c: char, rest: &'t str) -> &'t str {
    out.push(c);
    rest
}

/// `strconv.ParseUint` with base 0: prefixes, a leading zero as octal, `_` between digits.
fn parse_uint(text: &str) -> Option<u64> {
    let (radix, digits, prefixed) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &text[2..], true),
        [b'0', b'o' | b'O', ..] => (8, &text[2..], true),
        [b'0', b'b' | b'B', ..] => (2, &text[2..], true),
        [b'0', _, ..] => (8, &text[1..], true),
        _ => (10, text, false),
    };
    // An underscore stands between digits, or right after the prefix.
    let mut before = prefixed;
    for c in digits.chars() {
        match c {
            '_' if !before => return None,
            '_' => before = false,
            _ => before = true,
        }
    }
    if !before || digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// `strconv.ParseFloat`: decimal, and hexadecimal with `p`.
fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(hex) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        let (mantissa, exponent) = hex.split_once(['p', 'P'])?;
        let mut value = 0f64;
        let mut scale = 0i32;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        for c in whole.chars().filter(|&c| c != '_') {
            value = value * 16.0 + f64::from(c.to_digit(16)?);
        }
        for c in fraction.chars().filter(|&c| c != '_') {
            value = value * 16.0 + f64::from(c.to_digit(16)?);
            scale -= 4;
        }
        let exponent: i32 = exponent.parse().ok()?;
        let value = value * 2f64.powi(exponent.checked_add(scale)?);
        return Some(if text.starts_with('-') { -value } else { value });
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') || unsigned.contains('_') {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_base() {
        for (text, want) in [
            ("0", 0),
            ("00", 0),
            ("017", 15),
            ("0x1F", 31),
            ("0b101", 5),
            ("0o17", 15),
            ("1_000", 1000),
            ("-7", -7),
            ("+3", 3),
            ("1.0", 1),
            ("1e3", 1000),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(number(text).map(|number| number.int), Ok(Some(want)), "{text}");
        }
    }

    #[test]
    fn floats() {
        for (text, want) in [("1.", 1f64), (".5", 0.5), ("1e-7", 1e-7), ("0x1p-2", 0.25), ("-0.0", -0.0)] {
            let found = number(text).unwrap();
            assert_eq!(found.float.map(f64::to_bits), Some(want.to_bits()), "{text}");
            assert!(found.written_as_float, "{text}");
        }
        assert!(!number("0xe").unwrap().written_as_float);
        assert_eq!(number("18446744073709551615").unwrap().uint, Some(u64::MAX));
    }

    #[test]
    fn refused_numbers() {
        for text in ["08", "18446744073709551616"] {
            assert_eq!(number(text), Err(format!("integer overflow: \"{text}\"")));
        }
        for text in ["0x", "1_", "-", "1__0", "0x1.8"] {
            assert_eq!(number(text), Err(format!("illegal number syntax: \"{text}\"")));
        }
    }

    #[test]
    fn characters() {
        for (text, want) in [("'a'", 97), (r"'\n'", 10), ("'é'", 233), (r"'\x41'", 65), (r"'\''", 39), (r"'\xff'", 255)]
        {
            assert_eq!(character(text).map(|number| number.int), Ok(Some(want)), "{text}");
        }
        for text in ["''", r"'\q'"] {
            assert_eq!(character(text), Err("invalid syntax".into()), "{text}");
        }
        assert_eq!(character("'ab'"), Err("malformed character constant: 'ab'".into()));
    }

    #[test]
    fn strings() {
        for (text, want) in [
            (r#""a\tb\"\\""#, "a\tb\"\\"),
            ("`a\\n\r`", "a\\n"),
            (r#""\u00e9\101\x41""#, "éAA"),
            (r#""\U0001F600""#, "😀"),
        ] {
            assert_eq!(unquote(text).as_deref(), Ok(want));
        }
        for text in [r#""\q""#, r#""\777""#, r#""\xZZ""#, r#""\ud800""#] {
            assert_eq!(unquote(text), Err("invalid syntax".into()), "{text}");
        }
    }
}
