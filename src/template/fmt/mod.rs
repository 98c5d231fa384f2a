//! Go's `fmt`: how values become text in `{{ }}`, `print` and `printf`.

pub mod float;
mod verbs;

use super::traced::{CallId, Made, Origin, Traced};
use super::value::{Data, Value};
use crate::template::bytes;
pub use verbs::sprintf;

/// Nesting past which values are cut: a map may contain itself.
const MAX_DEPTH: usize = 64;

/// The value as `%v` prints it. Nil is `<nil>`; an action prints it as `<no value>`, which Helm deletes.
pub fn display(value: &Value) -> String {
    let mut out = String::new();
    verbs::Spec::default().value(&mut out, value, 'v', 0);
    out
}

/// The value's text with origins: a string's own pieces, or one piece that says what is known of the value.
pub fn text(value: &Value) -> Traced {
    match &value.data {
        Data::Str(text) if value.born.is_none() || text.is_copied() => Traced::clone(text),
        Data::Str(text) => Traced::made(text.as_str(), value.made()),
        _ => Traced::made(display(value), value.made()),
    }
}

/// Sprig's `strval`: as [`text`], but `[]byte` is read as text.
pub fn strval(value: &Value) -> Traced {
    match &value.data {
        Data::Bytes(bytes) => Traced::made(bytes::text(bytes), value.made()),
        _ => text(value),
    }
}

/// The type as `%T` prints it; nil is `<nil>`.
pub fn type_name(value: &Value) -> &'static str {
    match &value.data {
        Data::Nil => "<nil>",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int",
        Data::Int64(_) => "int64",
        Data::Float(_) => "float64",
        Data::Str(_) => "string",
        Data::Bytes(_) => "[]uint8",
        Data::List(list) => list.type_name,
        Data::Map(map) => map.type_name,
        Data::Object(object) => object.type_name(),
    }
}

/// The `reflect.Kind` of the value; nil is `invalid`.
pub fn kind_name(value: &Value) -> &'static str {
    match &value.data {
        Data::Nil => "invalid",
        Data::List(_) | Data::Bytes(_) => "slice",
        Data::Map(_) => "map",
        Data::Object(object) => object.kind(),
        _ => type_name(value),
    }
}

/// `fmt.Sprint`: a blank between two operands when neither is a string.
pub fn sprint(values: &[Value]) -> Traced {
    let is_text = |value: &Value| matches!(value.data, Data::Str(_));
    let mut out = Traced::new();
    for (i, value) in values.iter().enumerate() {
        if i > 0 && !is_text(value) && !is_text(&values[i - 1]) {
            push(&mut out, " ", Made::default());
        }
        out.append(&text(value));
    }
    out
}

/// `fmt.Sprintln`: a blank between all operands and a newline at the end.
pub fn sprintln(values: &[Value]) -> Traced {
    let mut out = Traced::new();
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            push(&mut out, " ", Made::default());
        }
        out.append(&text(value));
    }
    push(&mut out, "\n", Made::default());
    out
}

/// Appends text that no action has printed yet.
pub(super) fn push(out: &mut Traced, text: &str, made: Made) {
    out.push(text, Origin::Made(made), CallId(0));
}

/// `strconv.Quote`: double quotes and Go's escapes.
pub fn quote(text: &str) -> String {
    quote_with(text, '"', false)
}

/// `strconv.Quote`, or with `ascii` `strconv.QuoteToASCII`, between `mark`s.
fn quote_with(text: &str, mark: char, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(mark);
    for c in text.chars() {
        escape(&mut out, c, mark, ascii);
    }
    out.push(mark);
    out
}

fn escape(out: &mut String, c: char, mark: char, ascii: bool) {
    if let Some(byte) = bytes::byte(c) {
        return out.push_str(&format!("\\x{byte:02x}"));
    }
    match c {
        '\\' => out.push_str("\\\\"),
        c if c == mark => out.extend(['\\', c]),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        c if is_print(c) && (c.is_ascii() || !ascii) => out.push(c),
        c if c < ' ' || c == '\x7f' => out.push_str(&format!("\\x{:02x}", c as u32)),
        c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
        c => out.push_str(&format!("\\U{:08x}", c as u32)),
    }
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII blank.
pub fn is_print(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // `str`'s escapes, past the first character, leave exactly the printable ones alone.
    let pair: String = ['a', c].into_iter().collect();
    pair.escape_debug().eq(pair.chars())
}

/// `"` and Go's escapes around traced text; what needs no escape keeps its origin.
pub fn quote_traced(text: &Traced) -> Traced {
    let made = text.summary();
    let mut out = Traced::new();
    push(&mut out, "\"", made);
    let mut cutter = text.cutter();
    let mut plain = 0;
    for (at, c) in text.as_str().char_indices() {
        let mut escaped = String::new();
        escape(&mut escaped, c, '"', false);
        if !escaped.chars().eq([c]) {
            cutter.append_to(&mut out, plain..at);
            push(&mut out, &escaped, made);
            plain = at + c.len_utf8();
        }
    }
    cutter.append_to(&mut out, plain..text.len());
    push(&mut out, "\"", made);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};
    use std::collections::BTreeMap;

    #[test]
    fn values_print_as_in_go() {
        let map = Value::map(BTreeMap::from([("z".into(), Value::int(1)), ("a".into(), Value::str("x y"))]));
        let cases = [
            (Value::NIL, "<nil>"),
            (Value::bool(true), "true"),
            (Value::int64(-7), "-7"),
            (Value::float(2e7), "2e+07"),
            (Value::list(vec![Value::str(""), Value::NIL, Value::float(0.5)]), "[ <nil> 0.5]"),
            (map, "map[a:x y z:1]"),
            (Data::Bytes([104, 105].into()).into(), "[104 105]"),
        ];
        for (value, expected) in cases {
            assert_eq!(display(&value), expected);
        }
    }

    #[test]
    fn a_map_in_itself_does_not_hang() {
        let map = crate::template::value::Map::new(BTreeMap::new());
        let value: Value = Data::Map(map.clone()).into();
        map.entries.borrow_mut().insert("self".into(), value.clone());
        assert!(display(&value).starts_with("map[self:map["));
        map.entries.borrow_mut().clear();
    }

    #[test]
    fn print_puts_blanks_between_what_is_not_text() {
        let values = [Value::int(3), Value::int(4), Value::str("x"), Value::bool(false), Value::float(1.5)];
        assert_eq!(sprint(&values).as_str(), "3 4xfalse 1.5");
        assert_eq!(sprintln(&values[1..3]).as_str(), "4 x\n");
    }

    #[test]
    fn quotes_escape_like_strconv() {
        let cases = [
            ("a\"b\\c", r#""a\"b\\c""#),
            ("tab\tbell\x07nul\0", r#""tab\tbell\anul\x00""#),
            ("é日\u{301}", "\"é日\u{301}\""),
            ("\u{a0}\u{feff}\u{2028}", r#""\u00a0\ufeff\u2028""#),
            ("\u{e0001}", r#""\U000e0001""#),
        ];
        for (text, expected) in cases {
            assert_eq!(quote(text), expected);
        }
    }

    #[test]
    fn quoting_keeps_origins() {
        let span = Span::new(FileId(1), 10, 14);
        let mut text = Traced::new();
        text.push("a\nbc", Origin::Verbatim(span), CallId(0));
        let quoted = quote_traced(&text);
        assert_eq!(quoted.as_str(), r#""a\nbc""#);
        let verbatim: Vec<_> = quoted
            .pieces()
            .filter_map(|(_, piece)| match piece.origin {
                Origin::Verbatim(span) => Some((span.range.start, span.range.end)),
                _ => None,
            })
            .collect();
        assert_eq!(verbatim, [(10, 11), (12, 14)]);
    }
}
