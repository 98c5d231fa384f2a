//! What is being typed inside of an action, however little of it is there.

use crate::template::Syntax;
use crate::template::ast::ActionKind;
use crate::text::{TextRange, floor_char_boundary};

/// Words that begin an action.
pub(super) const KEYWORDS: [&str; 10] =
    ["if", "else", "end", "range", "with", "define", "template", "block", "break", "continue"];

/// What stands at the cursor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Typed<'t> {
    pub(super) what: What<'t>,
    /// What stands there now, behind the cursor too: bytes of the file.
    pub(super) range: TextRange,
    /// The calls of which the cursor is in an argument, the innermost first.
    pub(super) calls: Vec<Call<'t>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum What<'t> {
    /// A function, or a keyword where it is the first word of the action.
    Word { first: bool },
    /// A name behind a dot; `path` are the names between.
    Field { root: Root<'t>, path: Vec<&'t str> },
    /// A variable, with its `$`.
    Variable,
    /// Text between quotes.
    Text,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Root<'t> {
    Dot,
    /// With its `$`.
    Variable(&'t str),
    /// Parentheses.
    Other,
}

/// A call that is not complete yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Call<'t> {
    /// The first word is what is called. What the cursor is in is none of them.
    pub(super) words: Vec<&'t str>,
    /// Another command's value comes last.
    pub(super) piped: bool,
}

impl Call<'_> {
    /// The argument in which the cursor stands, from 0.
    pub(super) fn argument(&self) -> usize {
        self.words.len() - 1
    }
}

#[derive(Default)]
struct Frame<'t> {
    words: Vec<&'t str>,
    piped: bool,
    open: usize,
}

/// What is typed at `offset`; `None` outside of actions, in comments, and where nothing can be completed.
pub(super) fn typed<'t>(text: &'t str, syntax: &Syntax, offset: u32) -> Option<Typed<'t>> {
    let site = syntax.action_at(offset).filter(|site| site.kind != ActionKind::Comment)?;
    let end = floor_char_boundary(text, offset as usize);
    let mut at = site.range.start as usize + 2;
    if text[at.min(end)..].starts_with("- ") {
        at += 1;
    }
    // Behind `}}` the action is over.
    let closed = text[..site.range.end as usize].ends_with("}}");
    if end < at || closed && offset + 2 > site.range.end {
        return None;
    }
    let mut frames = vec![Frame::default()];
    let mut begun = false;
    while at < end {
        let rest = &text[at..end];
        let outermost = frames.len() == 1;
        let frame = frames.last_mut()?;
        let next = rest.chars().next()?;
        match next {
            '(' => {
                frames.push(Frame { open: at, ..Frame::default() });
                at += 1;
            }
            ')' => {
                let open = frames.pop()?.open;
                at += 1;
                // What follows a parenthesis without a blank belongs to it.
                let chained =
                    rest[1..].chars().take_while(|c| is_word(*c) || *c == '.').map(char::len_utf8).sum::<usize>();
                if chained > 0 && at + chained == end {
                    let path = rest[1..].split('.').skip(1).collect();
                    return Some(field(Root::Other, path, text, end, frames));
                }
                at += chained;
                frames.last_mut()?.words.push(&text[open..at]);
            }
            '|' => {
                frame.words.clear();
                frame.piped = true;
                at += 1;
            }
            ':' | '=' | ',' => {
                frame.words.clear();
                at += 1;
            }
            '"' | '`' | '\'' => match closing(rest) {
                Some(close) => {
                    frame.words.push(&rest[..close + 1]);
                    at += close + 1;
                }
                None => {
                    let tail = text[end..site.range.end as usize].find([next, '\n']).unwrap_or_default();
                    let range = TextRange::new(at + 1, end + tail);
                    return (next != '\'').then(|| Typed { what: What::Text, range, calls: calls(frames) });
                }
            },
            c if is_word(c) || matches!(c, '.' | '$' | '-' | '+') => {
                let more = rest.chars().skip(1).take_while(|c| is_word(*c) || matches!(c, '.' | '$'));
                let length = c.len_utf8() + more.map(char::len_utf8).sum::<usize>();
                let word = &rest[..length];
                if at + length >= end {
                    let first = !begun && outermost || frame.words.len() == 1 && frame.words[0] == "else";
                    return last(word, first, text, end, frames);
                }
                if KEYWORDS.contains(&word) && !matches!(word, "template" | "define" | "block") {
                    frame.words.clear();
                    if word == "else" {
                        frame.words.push(word);
                    }
                } else {
                    if frame.words == ["else"] {
                        frame.words.clear();
                    }
                    frame.words.push(word);
                }
                at += length;
            }
            c => at += c.len_utf8(),
        }
        begun |= !next.is_whitespace();
    }
    let first = !begun || frames.last()?.words == ["else"];
    Some(Typed { what: What::Word { first }, range: word_at(text, end, end), calls: calls(frames) })
}

/// The word that ends at the cursor.
fn last<'t>(word: &'t str, first: bool, text: &'t str, end: usize, frames: Vec<Frame<'t>>) -> Option<Typed<'t>> {
    if let Some(path) = word.strip_prefix('.') {
        return Some(field(Root::Dot, path.split('.').collect(), text, end, frames));
    }
    if word.starts_with('$') {
        return Some(match word.split_once('.') {
            Some((name, path)) => field(Root::Variable(name), path.split('.').collect(), text, end, frames),
            None => {
                let range = word_at(text, end - word.len() + 1, end);
                let range = TextRange { start: range.start - 1, ..range };
                Typed { what: What::Variable, range, calls: calls(frames) }
            }
        });
    }
    let begins = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let range = word_at(text, end - word.len(), end);
    (begins && !word.contains('.')).then(|| Typed { what: What::Word { first }, range, calls: calls(frames) })
}

fn field<'t>(root: Root<'t>, mut path: Vec<&'t str>, text: &str, end: usize, frames: Vec<Frame<'t>>) -> Typed<'t> {
    let name = path.pop().unwrap_or_default();
    Typed { what: What::Field { root, path }, range: word_at(text, end - name.len(), end), calls: calls(frames) }
}

fn calls(frames: Vec<Frame<'_>>) -> Vec<Call<'_>> {
    let open = frames.into_iter().rev().filter(|frame| !frame.words.is_empty() && frame.words != ["else"]);
    open.map(|frame| Call { words: frame.words, piped: frame.piped }).collect()
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// `start..end` and the rest of the word behind.
fn word_at(text: &str, start: usize, end: usize) -> TextRange {
    let rest: usize = text[end..].chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
    TextRange::new(start, end + rest)
}

/// Where the quote closes with which `text` begins.
fn closing(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped && quote != '`';
        closes.then_some(at)
    })
}

/// A literal string without its quotes, as far as it has no escapes.
pub(super) fn literal(word: &str) -> Option<&str> {
    let inner = word.strip_prefix('"').and_then(|word| word.strip_suffix('"'));
    inner.or_else(|| word.strip_prefix('`')?.strip_suffix('`')).filter(|text| !text.contains('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;
    use crate::text::FileId;

    fn at(text: &str) -> String {
        let cursor = text.find("<|>").unwrap();
        let text = text.replace("<|>", "");
        let syntax = template::parse(FileId(0), &text);
        let Some(typed) = typed(&text, &syntax, cursor as u32) else { return "nothing".into() };
        let calls: Vec<_> = typed
            .calls
            .iter()
            .map(|call| format!("{}{}", call.words.join(" "), if call.piped { " |" } else { "" }))
            .collect();
        format!("{:?} `{}` in [{}]", typed.what, typed.range.of(&text), calls.join("; "))
    }

    #[test]
    fn words_at_the_cursor() {
        for (text, expected) in [
            ("a: {{ <|> }}", "Word { first: true } `` in []"),
            ("a: {{- in<|>clude }}", "Word { first: true } `include` in []"),
            ("a: {{ include <|> }}", "Word { first: false } `` in [include]"),
            ("a: {{ include \"x<|>y\" . }}", "Text `xy` in [include]"),
            ("a: {{ include \"x\" . | nin<|> }}", "Word { first: false } `nin` in []"),
            ("a: {{ .Values.a | trunc <|> }}", "Word { first: false } `` in [trunc |]"),
            ("a: {{ .Values.im<|>age.tag }}", "Field { root: Dot, path: [\"Values\"] } `image` in []"),
            ("a: {{ .<|>", "Field { root: Dot, path: [] } `` in []"),
            ("a: {{ $x.y.<|> }}", "Field { root: Variable(\"$x\"), path: [\"y\"] } `` in []"),
            ("a: {{ (index .a 1).<|> }}", "Field { root: Other, path: [] } `` in []"),
            ("a: {{ printf \"%s\" $<|> }}", "Variable `$` in [printf \"%s\"]"),
            (
                "a: {{ printf \"%s\" (index .Values <|>) }}",
                "Word { first: false } `` in [index .Values; printf \"%s\"]",
            ),
            ("{{ if eq .a <|>", "Word { first: false } `` in [eq .a]"),
            ("{{ else i<|>", "Word { first: true } `i` in []"),
            ("{{ $x := d<|>", "Word { first: false } `d` in []"),
            ("{{ template \"a<|>\" . }}", "Text `a` in [template]"),
            ("{{/* a<|> */}}", "nothing"),
            ("{{ 12<|> }}", "nothing"),
            ("{{ a }}<|>", "nothing"),
            ("{{ a }<|>}", "nothing"),
            ("a<|>: {{ a }}", "nothing"),
            ("a: {{ .Values.\nb: <|>", "nothing"),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
    }

    #[test]
    fn no_action_is_too_much() {
        let parts = ["\"", "(", ")", ".", "$", "é", "|", "if", "else", " ", "`", ":=", "-", "漢.a", "}}", "{{"];
        for a in parts {
            for b in parts {
                for c in parts {
                    let text = format!("{{{{ {a}{b}{c}");
                    let syntax = template::parse(FileId(0), &text);
                    for offset in 0..=text.len() {
                        if let Some(typed) = typed(&text, &syntax, offset as u32) {
                            assert!(text.get(typed.range.as_usize()).is_some(), "{text} {offset}");
                        }
                    }
                }
            }
        }
    }
}
