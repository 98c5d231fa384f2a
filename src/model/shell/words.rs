//! Shell text to words and operators, as far as is needed to see commands and loops. Never fails.

use crate::text::TextRange;

/// A word or an operator; ranges are bytes of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// With its quotes, and with what it substitutes.
    Word,
    /// `;`, `&`, a line break.
    End,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `>`, `2>&`, `<`; the next word is no argument.
    Redirect,
}

/// The words and operators of a text; comments and here-documents are left out.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut heredocs: Vec<String> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let next = bytes.get(at + 1).copied();
        let kind = match (bytes[at], next) {
            (b' ' | b'\t' | b'\r', _) => {
                at += 1;
                continue;
            }
            (b'\\', Some(b'\n')) => {
                at += 2;
                continue;
            }
            (b'#', _) => {
                at = line_end(text, at);
                continue;
            }
            (b'\n', _) => {
                at += 1;
                for word in heredocs.drain(..) {
                    at = after_heredoc(text, at, &word);
                }
                Kind::End
            }
            (b'&', Some(b'&')) => Kind::And,
            (b'|', Some(b'|')) => Kind::Or,
            (b'&', Some(b'>')) | (b'>' | b'<', _) => {
                at += redirect_len(&bytes[at..]);
                let operator = &text[start..at];
                if operator == "<<" || operator == "<<-" {
                    let from = at + (bytes[at..].iter().take_while(|byte| **byte == b' ').count());
                    let word = &text[from..word_end(text, from)];
                    heredocs.push(word.trim_matches(['\'', '"', '\\']).to_owned());
                }
                Kind::Redirect
            }
            (b';' | b'&', _) => Kind::End,
            (b'|', _) => Kind::Pipe,
            (b'(', _) => Kind::Open,
            (b')', _) => Kind::Close,
            _ => {
                at = word_end(text, at);
                Kind::Word
            }
        };
        if at == start {
            at += if matches!(kind, Kind::And | Kind::Or) { 2 } else { 1 };
        }
        found.push(Token { kind, range: TextRange::new(start, at) });
    }
    found
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |found| at + found)
}

/// Behind the line that consists of `word`.
fn after_heredoc(text: &str, at: usize, word: &str) -> usize {
    let mut at = at;
    while at < text.len() {
        let end = line_end(text, at);
        let last = text[at..end].trim_start_matches('\t') == word;
        at = (end + 1).min(text.len());
        if last {
            break;
        }
    }
    at
}

fn redirect_len(bytes: &[u8]) -> usize {
    let operators = ["<<<", "<<-", "&>>", "<<", ">>", "&>", ">&", "<&", ">|", "<>"];
    operators.iter().find(|operator| bytes.starts_with(operator.as_bytes())).map_or(1, |operator| operator.len())
}

/// The end of the word that starts at `at`; at least one byte, whatever stands there.
fn word_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        at = match bytes[at] {
            b'\\' => at + 2,
            b'\'' => closing(bytes, at + 1, b'\''),
            b'`' => closing(bytes, at + 1, b'`'),
            b'"' => quoted_end(text, at + 1, 0),
            b'$' if matches!(bytes.get(at + 1), Some(b'(' | b'{')) => substitution_end(text, at + 1, 0),
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' => break,
            _ => at + 1,
        };
    }
    let end = crate::text::floor_char_boundary(text, at);
    if end > start { end } else { (start + 1..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len()) }
}

fn closing(bytes: &[u8], at: usize, quote: u8) -> usize {
    bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == quote)).map_or(bytes.len(), |end| at + end + 1)
}

/// Nested deeper than this, the rest of the text is one word.
const MAX_DEPTH: u32 = 32;

fn quoted_end(text: &str, start: usize, depth: u32) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        at = match bytes[at] {
            b'\\' => at + 2,
            b'"' => return at + 1,
            b'`' => closing(bytes, at + 1, b'`'),
            b'$' if matches!(bytes.get(at + 1), Some(b'(' | b'{')) => substitution_end(text, at + 1, depth + 1),
            _ => at + 1,
        };
    }
    bytes.len()
}

/// The end of `(…)` or `{…}` behind a dollar.
pub(super) fn substitution_end(text: &str, open: usize, depth: u32) -> usize {
    let bytes = text.as_bytes();
    if depth > MAX_DEPTH {
        return bytes.len();
    }
    let close = if bytes[open] == b'(' { b')' } else { b'}' };
    let mut at = open + 1;
    while at < bytes.len() {
        at = match bytes[at] {
            b'\\' => at + 2,
            b'\'' if close == b')' => closing(bytes, at + 1, b'\''),
            b'"' => quoted_end(text, at + 1, depth + 1),
            b'$' if matches!(bytes.get(at + 1), Some(b'(' | b'{')) => substitution_end(text, at + 1, depth + 1),
            b'(' if close == b')' => substitution_end(text, at, depth + 1),
            byte if byte == close => return at + 1,
            _ => at + 1,
        };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.range.of(text)).collect()
    }

    #[test]
    fn words_and_operators() {
        for (text, expected) in [
            ("a b;c&&d||e|f&", &["a", "b", ";", "c", "&&", "d", "||", "e", "|", "f", "&"][..]),
            ("a 'b c' \"d $(e \"f\") g\" # no", &["a", "'b c'", "\"d $(e \"f\") g\""]),
            ("x >/dev/null 2>&1 &>y", &["x", ">", "/dev/null", "2", ">&", "1", "&>", "y"]),
            ("a=$(b; c) ${d:-${e}} `f g`", &["a=$(b; c)", "${d:-${e}}", "`f g`"]),
            ("cat <<EOF\nuntil x\nEOF\ny", &["cat", "<<", "EOF", "\nuntil x\nEOF\n", "y"]),
            ("(a)\\\n b", &["(", "a", ")", "b"]),
            ("a#b $#", &["a#b", "$#"]),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn every_byte_sequence_ends() {
        let hard = ["\"", "'", "`", "$(", "${", "$((", "\\", "é\\", "<<", "<<EOF", "\\é;", "$(é", "a\"é", "(((", "$)"];
        for a in hard {
            for b in hard {
                told(&format!("{a}{b}"));
                told(&format!("{a} é{b}\n"));
            }
        }
        told(&"$(".repeat(5000));
        told(&"\"${".repeat(5000));
    }
}
