//! Regular expressions. Transparent: replacing keeps what it leaves alone, finding and splitting cut.

use std::sync::Arc;

use super::Param::{Int, Str};
use super::args::{any, int, made_of, text, traced};
use super::{Answer, CallError, Context, Function};
use crate::template::fmt;
use crate::template::re2::{self, Pattern, Refusal};
use crate::template::traced::{Made, Traced};
use crate::template::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("regexMatch", &[Str, Str], |cx, args| {
        // Sprig drops the error of a bad pattern here, and only here.
        Ok(matches(cx, args).unwrap_or(Value::bool(false)))
    }),
    Function::new("mustRegexMatch", &[Str, Str], |cx, args| matches(cx, args).or_else(inner)),
    Function::new("regexFind", &[Str, Str], |cx, args| find(cx, args).or_else(|why| panicked(args, why))),
    Function::new("mustRegexFind", &[Str, Str], |cx, args| find(cx, args).or_else(inner)),
    Function::new("regexFindAll", &[Str, Str, Int], |cx, args| find_all(cx, args).or_else(|why| panicked(args, why))),
    Function::new("mustRegexFindAll", &[Str, Str, Int], |cx, args| find_all(cx, args).or_else(inner)),
    Function::new("regexReplaceAll", &[Str, Str, Str], |cx, args| {
        replace(cx, args, expanded).or_else(|why| panicked(args, why))
    }),
    Function::new("mustRegexReplaceAll", &[Str, Str, Str], |cx, args| replace(cx, args, expanded).or_else(inner)),
    Function::new("regexReplaceAllLiteral", &[Str, Str, Str], |cx, args| {
        replace(cx, args, |new, _, _, _| new.clone()).or_else(|why| panicked(args, why))
    }),
    Function::new("mustRegexReplaceAllLiteral", &[Str, Str, Str], |cx, args| {
        replace(cx, args, |new, _, _, _| new.clone()).or_else(inner)
    }),
    Function::new("regexSplit", &[Str, Str, Int], |cx, args| split(cx, args).or_else(|why| panicked(args, why))),
    Function::new("mustRegexSplit", &[Str, Str, Int], |cx, args| split(cx, args).or_else(inner)),
    Function::new("regexQuoteMeta", &[Str], |_, args| {
        let special = |c: char| r"\.+*?()|[]{}^$".contains(c);
        let quoted = text(args, 0).chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c]));
        Ok(made_of(&any(args, 0), quoted.collect::<String>()))
    }),
];

/// Why a function of this family has no result.
enum Stop {
    Pattern(String),
    Call(CallError),
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// The error that the `must` functions return.
fn inner(stop: Stop) -> Answer {
    Err(match stop {
        Stop::Pattern(why) => CallError::Error(format!("error parsing regexp: {why}")),
        Stop::Call(error) => error,
    })
}

/// The panic of `regexp.MustCompile`.
fn panicked(args: &[Value], stop: Stop) -> Answer {
    let pattern = text(args, 0);
    let quoted = if pattern.contains('`') || pattern.chars().any(|c| c.is_control() && c != '\t') {
        fmt::quote(pattern)
    } else {
        format!("`{pattern}`")
    };
    Err(match stop {
        Stop::Pattern(why) => CallError::Error(format!("regexp: Compile({quoted}): error parsing regexp: {why}")),
        Stop::Call(error) => error,
    })
}

/// The compiled pattern; `None` where only Go can tell what it matches.
fn pattern(cx: &mut dyn Context, args: &[Value]) -> Result<Option<Arc<Pattern>>, Stop> {
    cx.spend((text(args, 0).len() + text(args, 1).len()) / 16 + 1)?;
    match re2::compile(text(args, 0)) {
        Ok(pattern) => Ok(Some(pattern)),
        Err(Refusal::Syntax(why)) => Err(Stop::Pattern(why)),
        Err(Refusal::Unsupported) => Ok(None),
    }
}

/// The operand's text, as what nobody can be sure of.
fn unknown(args: &[Value]) -> Traced {
    Traced::made(text(args, 1), Made { known: false, ..any(args, 1).made() })
}

fn matches(cx: &mut dyn Context, args: &[Value]) -> Result<Value, Stop> {
    let found = pattern(cx, args)?.is_some_and(|pattern| pattern.regex.is_match(text(args, 1)));
    Ok(Value::bool(found))
}

fn find(cx: &mut dyn Context, args: &[Value]) -> Result<Value, Stop> {
    let Some(pattern) = pattern(cx, args)? else { return Ok(Value::traced(unknown(args))) };
    let range = pattern.regex.find(text(args, 1)).map_or(0..0, |found| found.range());
    Ok(Value::traced(traced(args, 1).slice(range)))
}

/// How many matches `n` asks for: all when it is negative.
fn limit(args: &[Value]) -> usize {
    usize::try_from(int(args, 2)).unwrap_or(usize::MAX)
}

fn find_all(cx: &mut dyn Context, args: &[Value]) -> Result<Value, Stop> {
    let Some(pattern) = pattern(cx, args)? else { return Ok(Value::strings(vec![Value::traced(unknown(args))])) };
    let given = traced(args, 1);
    let mut cutter = given.cutter();
    let mut parts = Vec::new();
    for found in pattern.regex.find_iter(text(args, 1)).take(limit(args)) {
        cx.spend(2)?;
        parts.push(Value::traced(cutter.cut(found.range())));
    }
    cx.values(parts.len())?;
    Ok(Value::strings(parts))
}

/// What stands in for a match: the replacement, the operand, the pattern and its groups.
type Replacement = fn(&Traced, &Traced, &Pattern, &regex::Captures<'_>) -> Traced;

fn replace(cx: &mut dyn Context, args: &[Value], replacement: Replacement) -> Result<Value, Stop> {
    let Some(pattern) = pattern(cx, args)? else { return Ok(Value::traced(unknown(args))) };
    let (given, new) = (traced(args, 1), traced(args, 2));
    let mut cutter = given.cutter();
    let mut out = Traced::new();
    let (mut at, mut bytes) = (0, given.len());
    for found in pattern.regex.captures_iter(text(args, 1)) {
        let Some(whole) = found.get(0) else { continue };
        cutter.append_to(&mut out, at..whole.start());
        let inserted = replacement(&new, &given, &pattern, &found);
        bytes = bytes.saturating_add(inserted.len());
        cx.spend(inserted.len() / 64 + 1)?;
        cx.at_most(bytes)?;
        out.append(&inserted);
        at = whole.end();
    }
    cutter.append_to(&mut out, at..given.len());
    Ok(Value::traced(out))
}

/// Go's `Expand`: `$1`, `${name}`, `$$`. A name takes as many letters as there are: `$1x` is the group `1x`.
fn expanded(new: &Traced, given: &Traced, pattern: &Pattern, found: &regex::Captures<'_>) -> Traced {
    let template = new.as_str();
    let mut out = Traced::new();
    let mut at = 0;
    while let Some(dollar) = template[at..].find('$').map(|i| at + i) {
        out.append(&new.slice(at..dollar));
        let after = &template[dollar + 1..];
        if after.starts_with('$') {
            out.append(&new.slice(dollar..dollar + 1));
            at = dollar + 2;
            continue;
        }
        let braced = after.starts_with('{');
        let name_at = usize::from(braced);
        let word = |c: char| c == '_' || c.is_alphanumeric();
        let len: usize = after[name_at..].chars().take_while(|&c| word(c)).map(char::len_utf8).sum();
        let name = &after[name_at..name_at + len];
        let closed = !braced || after[name_at + len..].starts_with('}');
        if name.is_empty() || !closed {
            out.append(&new.slice(dollar..dollar + 1));
            at = dollar + 1;
            continue;
        }
        at = dollar + 1 + len + if braced { 2 } else { 0 };
        let group = match name.parse::<usize>() {
            Ok(number) => found.get(number),
            Err(_) => pattern
                .names
                .iter()
                .enumerate()
                .filter(|(_, known)| known.as_deref() == Some(name))
                .find_map(|(i, _)| found.get(i + 1)),
        };
        if let Some(group) = group {
            out.append(&given.slice(group.range()));
        }
    }
    out.append(&new.slice(at..template.len()));
    out
}

fn split(cx: &mut dyn Context, args: &[Value]) -> Result<Value, Stop> {
    let Some(pattern) = pattern(cx, args)? else { return Ok(Value::strings(vec![Value::traced(unknown(args))])) };
    let (given, limit) = (traced(args, 1), limit(args));
    if limit == 0 {
        return Ok(Value::strings(Vec::new()));
    }
    if given.is_empty() && !text(args, 0).is_empty() {
        return Ok(Value::strings(vec![Value::str("")]));
    }
    let mut cutter = given.cutter();
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in pattern.regex.find_iter(text(args, 1)).take(limit) {
        if parts.len() + 1 == limit {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            cx.spend(2)?;
            parts.push(Value::traced(cutter.cut(start..end)));
        }
        start = found.end();
    }
    if end != given.len() {
        parts.push(Value::traced(cutter.cut(start..given.len())));
    }
    Ok(Value::strings(parts))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error, strs, value};
    use super::*;
    use crate::template::traced::{CallId, Origin};
    use crate::template::value::Data;
    use crate::text::{FileId, Span};

    #[test]
    fn finding_and_replacing() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("regexMatch", &["^v[0-9]", "v1"], "true"),
            ("regexMatch", &["(", "v1"], "false"),
            ("regexFind", &["[0-9]+", "ab12cd3"], "12"),
            ("regexFind", &["z", "ab"], ""),
            ("regexReplaceAll", &["[^a-z]+", "Ab.Cd", "-"], "-b-d"),
            ("regexReplaceAll", &["(a)(?P<n>b)", "xaby", "${n}$1"], "xbay"),
            ("regexReplaceAll", &["a", "bab", "$1x$"], "b$b"),
            ("regexReplaceAll", &["b*", "abc", "_"], "_a_c_"),
            ("regexReplaceAll", &["a", "a", "${"], "${"),
            ("regexReplaceAllLiteral", &["a", "ba", "$0"], "b$0"),
            ("regexQuoteMeta", &["a.b[c]"], r"a\.b\[c\]"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, &strs(args)), *expected, "{name} {args:?}");
        }
    }

    #[test]
    fn lists_of_matches() {
        let with = |pattern: &str, text: &str, n: i64| vec![Value::str(pattern), Value::str(text), Value::int(n)];
        let cases: &[(&str, Vec<Value>, &str)] = &[
            ("regexFindAll", with("[a-c]", "axbyc", -1), "[a b c]"),
            ("regexFindAll", with("[a-c]", "axbyc", 2), "[a b]"),
            ("regexFindAll", with("[a-c]", "axbyc", 0), "[]"),
            ("regexSplit", with("[,;]", "a,b;;c", -1), "[a b  c]"),
            ("regexSplit", with("[,;]", "a,b;c", 2), "[a b;c]"),
            ("regexSplit", with("", "xyz", -1), "[x y z]"),
            ("regexSplit", with(",", "", -1), "[]"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name} {args:?}");
        }
    }

    #[test]
    fn bad_patterns() {
        assert_eq!(
            error("regexFind", &strs(&["a[", "x"])),
            "regexp: Compile(`a[`): error parsing regexp: missing closing ]: `[`"
        );
        assert_eq!(error("mustRegexMatch", &strs(&["a)", "x"])), "error parsing regexp: unexpected ): `a)`");
    }

    #[test]
    fn what_is_left_alone_keeps_its_origin() {
        let place = Span::new(FileId(0), 10, 15);
        let mut given = Traced::new();
        given.push("my_db", Origin::Verbatim(place), CallId(0));
        let args = [Value::str("_"), Value::traced(given), Value::str("-")];
        let Data::Str(replaced) = value("regexReplaceAll", &args).data else { panic!() };
        let verbatim: Vec<_> = replaced
            .pieces()
            .filter(|(_, piece)| matches!(piece.origin, Origin::Verbatim(_)))
            .map(|(range, _)| (range.start, range.end))
            .collect();
        assert_eq!(replaced.as_str(), "my-db");
        assert_eq!(verbatim, [(0, 2), (3, 5)]);
    }
}
