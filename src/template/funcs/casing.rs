//! Upper and lower case, and the case styles of identifiers. All are opaque.

use super::Function;
use super::Param::Str;
use super::args::{any, made_of, text};
use crate::template::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("upper", &[Str], |_, args| Ok(changed(args, |s| s.chars().map(upper).collect()))),
    Function::new("lower", &[Str], |_, args| Ok(changed(args, |s| s.chars().map(lower).collect()))),
    Function::new("title", &[Str], |_, args| Ok(changed(args, title))),
    Function::new("untitle", &[Str], |_, args| Ok(changed(args, untitle))),
    Function::new("swapcase", &[Str], |_, args| Ok(changed(args, swapcase))),
    Function::new("snakecase", &[Str], |_, args| Ok(changed(args, |s| words(s, '_')))),
    Function::new("kebabcase", &[Str], |_, args| Ok(changed(args, |s| words(s, '-')))),
    Function::new("camelcase", &[Str], |_, args| Ok(changed(args, camel))),
];

fn changed(args: &[Value], change: fn(&str) -> String) -> Value {
    made_of(&any(args, 0), change(text(args, 0)))
}

/// Go maps one character to one: `ß` has no upper case.
fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// `strings.Title`: a letter after a separator in upper case.
fn title(text: &str) -> String {
    let separates = |c: char| match c {
        '_' => false,
        c if c.is_ascii() => !c.is_ascii_alphanumeric(),
        c => c.is_whitespace(),
    };
    let mut before = ' ';
    text.chars()
        .map(|c| {
            let changed = if separates(before) { upper(c) } else { c };
            before = c;
            changed
        })
        .collect()
}

fn untitle(text: &str) -> String {
    let mut first = true;
    text.chars()
        .map(|c| {
            let changed = if first { lower(c) } else { c };
            first = c.is_whitespace();
            changed
        })
        .collect()
}

fn swapcase(text: &str) -> String {
    let swap = |c: char| match c {
        c if c.is_uppercase() => lower(c),
        c if c.is_lowercase() => upper(c),
        c => c,
    };
    text.chars().map(swap).collect()
}

/// What xstrings takes a character for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Connector,
    Punctuation,
    Upper,
    Letter,
    Number,
    Other,
}

fn class(c: char) -> Class {
    match c {
        '-' | '_' => Class::Connector,
        c if c.is_whitespace() => Class::Connector,
        c if c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c) => Class::Punctuation,
        c if c.is_uppercase() => Class::Upper,
        c if c.is_alphabetic() => Class::Letter,
        c if c.is_numeric() => Class::Number,
        _ => Class::Other,
    }
}

/// The words of an identifier: runs of one class, an upper case letter joining the letters after it.
fn split_words(text: &str) -> Vec<(Class, &str)> {
    let mut words = Vec::new();
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let class_at = |i: usize| chars.get(i).map(|&(_, c)| class(c));
    let mut at = 0;
    while let Some(first) = class_at(at) {
        let run = |from: usize, wanted: Class| (from..).take_while(|&i| class_at(i) == Some(wanted)).count();
        let end = match first {
            Class::Upper => {
                let upper = run(at, Class::Upper);
                match (upper, class_at(at + upper)) {
                    (1, _) => at + 1 + run(at + 1, Class::Letter),
                    // `HTTPServer`: the last upper case letter begins the next word.
                    (_, Some(Class::Letter)) => at + upper - 1,
                    _ => at + upper,
                }
            }
            class => at + run(at, class),
        };
        let stop = chars.get(end).map_or(text.len(), |&(offset, _)| offset);
        words.push((first, &text[chars[at].0..stop]));
        at = end;
    }
    words
}

/// xstrings' `ToSnakeCase` and `ToKebabCase`.
fn words(text: &str, connector: char) -> String {
    let words = split_words(text);
    let kind = |i: usize| words.get(i).map(|&(class, _)| class);
    let joins = |class: Option<Class>| !matches!(class, None | Some(Class::Connector | Class::Punctuation));
    let mut out = String::new();
    let put = |out: &mut String, i: usize| {
        let Some(&(class, word)) = words.get(i) else { return };
        match class {
            Class::Connector => out.extend(word.chars().map(|_| connector)),
            _ => out.extend(word.chars().map(lower)),
        }
    };
    let mut at = 0;
    while at < words.len() {
        put(&mut out, at);
        let class = words[at].0;
        at += 1;
        match class {
            Class::Connector | Class::Punctuation => continue,
            Class::Number => {}
            // Digits belong to the word before them, unless lower case letters follow.
            _ if kind(at) == Some(Class::Number) && kind(at + 1).is_some() => {
                if kind(at + 1) != Some(Class::Letter) {
                    put(&mut out, at);
                    at += 1;
                    if joins(kind(at)) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
            }
            _ if kind(at) == Some(Class::Number) => continue,
            _ => {
                if joins(kind(at)) {
                    out.push(connector);
                }
                continue;
            }
        }
        while matches!(kind(at), Some(Class::Letter | Class::Number)) {
            put(&mut out, at);
            at += 1;
        }
        if joins(kind(at)) {
            out.push(connector);
        }
    }
    out
}

/// xstrings' `ToPascalCase`: connectors inside go, a first and a doubled one stay.
fn camel(text: &str) -> String {
    let connects = |c: char| class(c) == Class::Connector;
    let start = text.find(|c| !connects(c)).unwrap_or(text.len());
    let mut out = text[..start].to_owned();
    let mut rest = text[start..].chars();
    let Some(first) = rest.next() else { return out };
    let mut run = first.is_uppercase();
    let mut before = upper(first);
    for c in rest {
        if connects(before) {
            if connects(c) {
                out.push(before);
                before = c;
                continue;
            }
            run = c.is_uppercase();
            before = upper(c);
        } else {
            out.push(before);
            // Upper case goes on only as long as the word began with it.
            run &= c.is_uppercase();
            before = if run { lower(c) } else { c };
        }
    }
    out.push(before);
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use super::*;

    #[test]
    fn cases() {
        let cases = [
            ("upper", "Straße é1", "STRAßE É1"),
            ("lower", "ÀB-C", "àb-c"),
            ("title", "it's a_b 4th über", "It'S A_b 4th Über"),
            ("untitle", "One Two", "one two"),
            ("swapcase", "aB1é", "Ab1É"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(call(name, &[Value::str(text)]), expected, "{name}");
        }
    }

    #[test]
    fn styles() {
        let cases = [
            ("snakecase", "HTTPServer", "http_server"),
            ("snakecase", "NoHTTPS", "no_https"),
            ("snakecase", "A1B2c3", "a1_b_2c3"),
            ("snakecase", "GO PATH-x", "go_path_x"),
            ("snakecase", "http2xx", "http_2xx"),
            ("snakecase", "Bld4Floor3rd", "bld4_floor_3rd"),
            ("snakecase", "a.Bc", "a.bc"),
            ("snakecase", "two  gaps", "two__gaps"),
            ("kebabcase", "FirstName", "first-name"),
            ("kebabcase", "v2Beta", "v2-beta"),
            ("camelcase", "http_server", "HttpServer"),
            ("camelcase", "some-words in_it", "SomeWordsInIt"),
            ("camelcase", "_a__b", "_A_B"),
            ("camelcase", "XML", "Xml"),
            ("camelcase", "a.b_c", "A.bC"),
            ("camelcase", "", ""),
        ];
        for (name, text, expected) in cases {
            assert_eq!(call(name, &[Value::str(text)]), expected, "{name} {text}");
        }
    }
}
