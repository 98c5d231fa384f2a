//! Text. Transparent: what cuts, joins, pads or replaces. Opaque: `initials`, and what answers a question.

use std::ops::Range;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Param::{Any, Int, Str};
use super::args::{any, int, items, made_of, out_of_range, text, traced};
use super::{Answer, CallError, Context, Function};
use crate::template::bytes;
use crate::template::fmt;
use crate::template::traced::{CallId, Made, Origin, Traced};
use crate::template::value::{Data, Map, Value};
use crate::text::floor_char_boundary;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("abbrev", &[Int, Str], |_, args| abbreviated(0, int(args, 0), &traced(args, 1))),
    Function::new("abbrevboth", &[Int, Int, Str], |_, args| abbreviated(int(args, 0), int(args, 1), &traced(args, 2))),
    Function::new("cat", &[], cat).and_more(Any),
    Function::new("contains", &[Str, Str], |_, args| Ok(Value::bool(text(args, 1).contains(text(args, 0))))),
    Function::new("hasPrefix", &[Str, Str], |_, args| Ok(Value::bool(text(args, 1).starts_with(text(args, 0))))),
    Function::new("hasSuffix", &[Str, Str], |_, args| Ok(Value::bool(text(args, 1).ends_with(text(args, 0))))),
    Function::new("hello", &[], |_, _| Ok(Value::str("Hello!"))),
    Function::new("indent", &[Int, Str], |cx, args| Ok(Value::traced(indented(cx, int(args, 0), &traced(args, 1))?))),
    Function::new("nindent", &[Int, Str], |cx, args| {
        let mut out = Traced::new();
        out.push("\n", Origin::Padding, CallId(0));
        out.append(&indented(cx, int(args, 0), &traced(args, 1))?);
        Ok(Value::traced(out))
    }),
    Function::new("initials", &[Str], |_, args| Ok(made_of(&any(args, 0), initials(text(args, 0))))),
    Function::new("join", &[Str, Any], join),
    Function::new("nospace", &[Str], |_, args| Ok(Value::traced(without_blanks(&traced(args, 0))))),
    Function::new("plural", &[Str, Str, Int], |_, args| Ok(any(args, if int(args, 2) == 1 { 0 } else { 1 }))),
    Function::new("quote", &[], |_, args| Ok(quoted(args, fmt::quote_traced))).and_more(Any),
    Function::new("squote", &[], |_, args| Ok(quoted(args, squote))).and_more(Any),
    Function::new("repeat", &[Int, Str], repeat),
    Function::new("replace", &[Str, Str, Str], replace),
    Function::new("sortAlpha", &[Any], |cx, args| {
        let given = any(args, 0);
        if items(&given).is_none() {
            return Ok(Value::strings(vec![Value::traced(fmt::strval(&given))]));
        }
        let mut sorted = strings(cx, &given)?;
        sorted.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        Ok(Value::strings(sorted))
    }),
    Function::new("split", &[Str, Str], |cx, args| Ok(numbered(split(cx, &traced(args, 1), text(args, 0), None)?))),
    Function::new("splitList", &[Str, Str], |cx, args| {
        let parts = split(cx, &traced(args, 1), text(args, 0), None)?;
        Ok(Value::strings(parts.into_iter().map(Value::traced).collect()))
    }),
    Function::new("splitn", &[Str, Int, Str], |cx, args| {
        let limit = usize::try_from(int(args, 1)).ok();
        Ok(numbered(split(cx, &traced(args, 2), text(args, 0), limit)?))
    }),
    Function::new("substr", &[Int, Int, Str], substr),
    Function::new("toString", &[Any], |_, args| {
        let given = any(args, 0);
        Ok(if given.as_str().is_some() { given } else { Value::traced(fmt::strval(&given)) })
    }),
    Function::new("toStrings", &[Any], |cx, args| Ok(Value::strings(strings(cx, &any(args, 0))?))),
    Function::new("trim", &[Str], |_, args| {
        Ok(Value::traced(traced(args, 0).trim_matches(char::is_whitespace, true, true)))
    }),
    Function::new("trimAll", &[Str, Str], trim_all),
    Function::new("trimall", &[Str, Str], trim_all),
    Function::new("trimPrefix", &[Str, Str], |_, args| {
        let (prefix, given) = (text(args, 0), traced(args, 1));
        let start = if given.as_str().starts_with(prefix) { prefix.len() } else { 0 };
        Ok(Value::traced(given.slice(start..given.len())))
    }),
    Function::new("trimSuffix", &[Str, Str], |_, args| {
        let (suffix, given) = (text(args, 0), traced(args, 1));
        let cut = if given.as_str().ends_with(suffix) { suffix.len() } else { 0 };
        Ok(Value::traced(given.slice(0..given.len() - cut)))
    }),
    Function::new("trunc", &[Int, Str], |_, args| {
        let given = traced(args, 1);
        let (count, len) = (int(args, 0), given.len());
        let range = match usize::try_from(count) {
            Ok(count) => 0..count.min(len),
            Err(_) => len.saturating_sub(usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX))..len,
        };
        Ok(Value::traced(bytes_of(&given, range)))
    }),
    Function::new("wrap", &[Int, Str], |cx, args| {
        let line_break = Traced::made("\n", Made::default());
        Ok(Value::traced(wrapped(cx, int(args, 0), &line_break, &traced(args, 1), false)?))
    }),
    Function::new("wrapWith", &[Int, Str, Str], |cx, args| {
        let mut line_break = traced(args, 1);
        if line_break.is_empty() {
            line_break = Traced::made("\n", Made::default());
        }
        Ok(Value::traced(wrapped(cx, int(args, 0), &line_break, &traced(args, 2), true)?))
    }),
];

fn made(out: &mut Traced, text: &str) {
    out.push(text, Origin::Made(Made::default()), CallId(0));
}

/// Offsets past `usize` mean the end.
/// A slice of bytes: of characters that it cuts, the bytes inside.
fn bytes_of(given: &Traced, range: Range<usize>) -> Traced {
    let text = given.as_str();
    let end = floor_char_boundary(text, range.end);
    let start = (range.start..=end).find(|at| text.is_char_boundary(*at)).unwrap_or(end);
    if (start, end) == (range.start, range.end) {
        return given.slice(range);
    }
    let cut = |range: Range<usize>| bytes::text(text.as_bytes().get(range).unwrap_or_default()).into_owned();
    let made = given.summary();
    if start >= end {
        return Traced::made(cut(range), made);
    }
    let mut out = Traced::made(cut(range.start..start), made);
    out.append(&given.slice(start..end));
    out.append(&Traced::made(cut(end..range.end), made));
    out
}

fn offset(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}

/// Sprig's `abbrevboth`: at most `width` bytes from `start` on, `...` where something is left out.
fn abbreviated(start: i64, width: i64, given: &Traced) -> Answer {
    let len = given.len();
    if width < 4 || (start > 0 && width < 7) || len <= offset(width) {
        return Ok(Value::traced(given.clone()));
    }
    let room = offset(width) - 3;
    let mut out = Traced::new();
    let start = offset(start).min(len).min(len - room);
    if start <= 4 {
        out.append(&given.slice(0..room));
        made(&mut out, "...");
    } else if start + room < len {
        made(&mut out, "...");
        // The rest is cut once more; `room` is 4 at least, for the width is 7 at least.
        if len - start > room {
            out.append(&given.slice(start..start + room - 3));
            made(&mut out, "...");
        } else {
            out.append(&given.slice(start..len));
        }
    } else {
        made(&mut out, "...");
        out.append(&given.slice(len - room..len));
    }
    Ok(Value::traced(out))
}

fn cat(_: &mut dyn Context, args: &[Value]) -> Answer {
    let mut out = Traced::new();
    for (i, value) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        if i > 0 {
            made(&mut out, " ");
        }
        out.append(&fmt::text(value));
    }
    Ok(Value::traced(out))
}

fn indented(cx: &mut dyn Context, blanks: i64, given: &Traced) -> Result<Traced, CallError> {
    let Ok(blanks) = usize::try_from(blanks) else {
        return Err("strings: negative Repeat count".into());
    };
    let lines = given.as_str().matches('\n').count() + 1;
    cx.text(given.len().saturating_add(lines.saturating_mul(blanks)))?;
    Ok(given.indent(blanks))
}

/// The first byte of each word, read as Latin-1: so does goutils.
fn initials(text: &str) -> String {
    let mut out = String::new();
    let mut gap = true;
    for c in text.bytes().map(char::from) {
        if c.is_whitespace() {
            gap = true;
        } else if gap {
            out.push(c);
            gap = false;
        }
    }
    out
}

/// The texts of a list's items without the nils; of any other value its own text, of nil none.
fn strings(cx: &mut dyn Context, value: &Value) -> Result<Vec<Value>, CallError> {
    let as_text = |value: &Value| match value.as_str() {
        Some(_) => value.clone(),
        None => Value::traced(fmt::strval(value)),
    };
    match items(value) {
        Some(items) => {
            cx.spend(items.len())?;
            Ok(items.iter().filter(|item| !item.is_nil()).map(as_text).collect())
        }
        None if value.is_nil() => Ok(Vec::new()),
        None => Ok(vec![as_text(value)]),
    }
}

fn join(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let separator = traced(args, 0);
    let items: Vec<_> = strings(cx, &any(args, 1))?.iter().map(fmt::text).collect();
    let gaps = items.len().saturating_sub(1).saturating_mul(separator.len());
    cx.text(items.iter().fold(gaps, |bytes, item| bytes.saturating_add(item.len())))?;
    let mut out = Traced::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.append(&separator);
        }
        out.append(item);
    }
    Ok(Value::traced(out))
}

/// goutils' `DeleteWhiteSpace` looks at bytes: once it drops one, the others are re-read as Latin-1.
fn without_blanks(given: &Traced) -> Traced {
    let text = given.as_str();
    if text.bytes().all(|byte| !char::from(byte).is_whitespace()) {
        return given.clone();
    }
    if !text.is_ascii() {
        let kept: String = text.bytes().map(char::from).filter(|c| !c.is_whitespace()).collect();
        return Traced::made(kept, given.summary());
    }
    let mut cutter = given.cutter();
    let mut out = Traced::new();
    let mut start = 0;
    for (at, _) in text.match_indices(char::is_whitespace) {
        cutter.append_to(&mut out, start..at);
        start = at + 1;
    }
    cutter.append_to(&mut out, start..text.len());
    out
}

fn quoted(args: &[Value], quote: fn(&Traced) -> Traced) -> Value {
    let mut out = Traced::new();
    for (i, value) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        if i > 0 {
            made(&mut out, " ");
        }
        out.append(&quote(&fmt::strval(value)));
    }
    Value::traced(out)
}

fn squote(text: &Traced) -> Traced {
    let mark = Traced::made("'", text.summary());
    let mut out = mark.clone();
    out.append(text);
    out.append(&mark);
    out
}

fn repeat(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let Ok(count) = usize::try_from(int(args, 0)) else {
        return Err("strings: negative Repeat count".into());
    };
    let given = traced(args, 1);
    cx.text(count.saturating_mul(given.len()))?;
    let mut out = Traced::new();
    if !given.is_empty() {
        (0..count).for_each(|_| out.append(&given));
    }
    Ok(Value::traced(out))
}

fn replace(cx: &mut dyn Context, args: &[Value]) -> Answer {
    let (old, new, given) = (text(args, 0), traced(args, 1), traced(args, 2));
    let found = given.as_str().matches(old).count();
    cx.text(given.len().saturating_add(found.saturating_mul(new.len())))?;
    if !old.is_empty() {
        return Ok(Value::traced(given.replace(old, &new, None)));
    }
    let mut cutter = given.cutter();
    let mut out = new.clone();
    for (at, c) in given.as_str().char_indices() {
        cutter.append_to(&mut out, at..at + c.len_utf8());
        out.append(&new);
    }
    Ok(Value::traced(out))
}

/// `strings.Split`, or `strings.SplitN`: at most `limit` parts, the last one whole.
fn split(
    cx: &mut dyn Context,
    given: &Traced,
    separator: &str,
    limit: Option<usize>,
) -> Result<Vec<Traced>, CallError> {
    let limit = limit.unwrap_or(usize::MAX);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let count = match separator {
        "" => given.as_str().chars().count(),
        _ => given.as_str().matches(separator).count() + 1,
    };
    cx.values(count.min(limit))?;
    let mut cutter = given.cutter();
    let mut parts = Vec::new();
    let mut start = 0;
    if separator.is_empty() {
        for c in given.as_str().chars().take(limit - 1) {
            parts.push(cutter.cut(start..start + c.len_utf8()));
            start += c.len_utf8();
        }
        if start < given.len() {
            parts.push(cutter.cut(start..given.len()));
        }
    } else {
        for (at, found) in given.as_str().match_indices(separator).take(limit - 1) {
            parts.push(cutter.cut(start..at));
            start = at + found.len();
        }
        parts.push(cutter.cut(start..given.len()));
    }
    Ok(parts)
}

/// `map[string]string` with the keys `_0`, `_1` …
fn numbered(parts: Vec<Traced>) -> Value {
    let entries: BTreeMap<Rc<str>, Value> =
        parts.into_iter().enumerate().map(|(i, part)| (format!("_{i}").into(), Value::traced(part))).collect();
    Data::Map(Map { type_name: "map[string]string", ..Map::new(entries) }).into()
}

fn substr(_: &mut dyn Context, args: &[Value]) -> Answer {
    let (start, end, given) = (int(args, 0), int(args, 1), traced(args, 2));
    let len = given.len() as i64;
    let (start, end) = match (start, end) {
        (..0, ..0) => return Err(out_of_range(format_args!("[:{end}]"))),
        (..0, end) if end > len => return Err(out_of_range(format_args!("[:{end}] with length {len}"))),
        (..0, end) => (0, end),
        (start, end) if end < 0 || end > len => (start, len),
        range => range,
    };
    if start > end {
        return Err(out_of_range(format_args!("[{start}:{end}]")));
    }
    Ok(Value::traced(bytes_of(&given, offset(start)..offset(end))))
}

fn trim_all(_: &mut dyn Context, args: &[Value]) -> Answer {
    let cut = text(args, 0);
    Ok(Value::traced(traced(args, 1).trim_matches(|c| cut.contains(c), true, true)))
}

/// goutils' `WrapCustom`: lines of at most `width` bytes, broken at blanks; longer words only if `words` may break.
fn wrapped(
    cx: &mut dyn Context,
    width: i64,
    line_break: &Traced,
    given: &Traced,
    words: bool,
) -> Result<Traced, CallError> {
    let width = offset(width.max(1));
    let text = given.as_str();
    let bytes = text.as_bytes();
    cx.text((text.len() / width + 1).saturating_mul(line_break.len() + 1))?;
    let mut cutter = given.cutter();
    let mut out = Traced::new();
    let mut at = 0;
    while text.len() - at > width {
        if bytes[at] == b' ' {
            at += 1;
            continue;
        }
        let window = &bytes[at..=at + width];
        let blank = match window.iter().rposition(|&byte| byte == b' ') {
            Some(blank) => Some(at + blank),
            None if words => None,
            None => match bytes[at + width..].iter().position(|&byte| byte == b' ') {
                Some(blank) => Some(at + width + blank),
                None => break,
            },
        };
        let end = blank.unwrap_or(at + width);
        cutter.append_to(&mut out, at..end);
        out.append(line_break);
        at = if blank.is_some() { end + 1 } else { end };
    }
    cutter.append_to(&mut out, at..text.len());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error, strs, value};
    use super::*;
    use crate::text::{FileId, Span};

    fn n(value: i64) -> Value {
        Value::int(value)
    }

    fn s(text: &str) -> Value {
        Value::str(text)
    }

    #[test]
    fn cutting_and_padding() {
        let cases: &[(&str, &[Value], &str)] = &[
            ("trim", &[s("\u{2003} a b\t\n")], "a b"),
            ("trimAll", &[s("-."), s("--a.b.-")], "a.b"),
            ("trimPrefix", &[s("v"), s("vv1")], "v1"),
            ("trimSuffix", &[s("-x"), s("a-x-x")], "a-x"),
            ("trunc", &[n(3), s("abcdef")], "abc"),
            ("trunc", &[n(-2), s("abcdef")], "ef"),
            ("trunc", &[n(-9), s("abc")], "abc"),
            ("substr", &[n(2), n(4), s("abcdef")], "cd"),
            ("substr", &[n(-5), n(3), s("abcdef")], "abc"),
            ("substr", &[n(4), n(-1), s("abcdef")], "ef"),
            ("indent", &[n(2), s("a\n\nb\n")], "  a\n  \n  b\n  "),
            ("nindent", &[n(1), s("a\nb")], "\n a\n b"),
            ("repeat", &[n(3), s("xy")], "xyxyxy"),
            ("replace", &[s("o"), s("00"), s("foo")], "f0000"),
            ("replace", &[s(""), s("."), s("né")], ".n.é."),
            ("nospace", &[s(" a b\tc ")], "abc"),
            ("nospace", &[s("é x")], "Ã©x"),
            ("initials", &[s("First  second éa")], "FsÃ"),
            ("abbrev", &[n(6), s("abcdefgh")], "abc..."),
            ("abbrev", &[n(3), s("abcdefgh")], "abcdefgh"),
            ("abbrevboth", &[n(5), n(9), s("0123456789abcdef")], "...567..."),
            ("abbrevboth", &[n(12), n(9), s("0123456789abcdef")], "...abcdef"),
            ("plural", &[s("one"), s("more"), n(1)], "one"),
            ("plural", &[s("one"), s("more"), n(-1)], "more"),
            ("wrap", &[n(7), s("aa bb cc dd")], "aa bb\ncc dd"),
            ("wrap", &[n(3), s("longword x")], "longword\nx"),
            ("wrapWith", &[n(3), s("|"), s("abcdefg h")], "abc|def|g h"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
    }

    #[test]
    fn joining_and_quoting() {
        let mixed = Value::list(vec![s("a"), n(1), Value::NIL, Value::float(1e6)]);
        let cases: &[(&str, &[Value], &str)] = &[
            ("join", &[s("-"), mixed.clone()], "a-1-1e+06"),
            ("join", &[s("-"), s("abc")], "abc"),
            ("join", &[s("-"), Value::NIL], ""),
            ("cat", &[s("x"), Value::NIL, n(2), s("")], "x 2 "),
            ("quote", &[s("a\"b"), Value::NIL, n(2)], r#""a\"b" "2""#),
            ("quote", &[Value::NIL], ""),
            ("squote", &[s("it's"), Value::bool(true)], "'it's' 'true'"),
            ("toString", &[Value::NIL], "<nil>"),
            ("toStrings", std::slice::from_ref(&mixed), "[a 1 1e+06]"),
            ("sortAlpha", &[Value::list(vec![s("b"), n(10), n(9), s("B")])], "[10 9 B b]"),
            ("sortAlpha", &[n(5)], "[5]"),
            ("splitList", &strs(&[",", "a,,b"]), "[a  b]"),
            ("splitList", &strs(&["", "aé"]), "[a é]"),
            ("split", &strs(&["/", "x/y"]), "map[_0:x _1:y]"),
            ("splitn", &[s("/"), n(2), s("x/y/z")], "map[_0:x _1:y/z]"),
            ("splitn", &[s("/"), n(0), s("x/y/z")], "map[]"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
    }

    #[test]
    fn misuse() {
        assert_eq!(error("indent", &[n(-1), s("a")]), "strings: negative Repeat count");
        assert_eq!(error("repeat", &[n(i64::MAX), s("ab")]), "too much");
        assert_eq!(error("substr", &[n(5), n(2), s("abcdef")]), "runtime error: slice bounds out of range [5:2]");
        assert_eq!(
            error("substr", &[n(-1), n(9), s("abc")]),
            "runtime error: slice bounds out of range [:9] with length 3"
        );
    }

    #[test]
    fn origins_live_on() {
        let place = Span::new(FileId(2), 40, 49);
        let mut text = Traced::new();
        text.push("name-one-", Origin::Verbatim(place), CallId(0));
        let given = Value::traced(text);
        let cut = value("trimSuffix", &[s("-"), value("trunc", &[n(63), given.clone()])]);
        let Data::Str(cut) = &cut.data else { panic!() };
        let span = cut.pieces().next().map(|(_, piece)| piece.origin);
        assert_eq!(span, Some(Origin::Verbatim(Span::new(FileId(2), 40, 48))));

        let parts = value("splitList", &[s("-"), given]);
        let second = items(&parts).and_then(|items| items.get(1).cloned());
        let Some(Data::Str(second)) = second.map(|value| value.data) else { panic!() };
        let span = second.pieces().next().map(|(_, piece)| piece.origin);
        assert_eq!(span, Some(Origin::Verbatim(Span::new(FileId(2), 45, 48))));

        let born = Value { born: Some(place), ..s("abc") };
        let Data::Str(quoted) = value("quote", &[born]).data else { panic!() };
        assert_eq!(quoted.summary(), Made { value: Some(place), known: true });
    }
}
