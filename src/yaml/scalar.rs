//! Scalars in source text: where they end, and which bytes stand for which part of what they say.

use super::tree::Style;
use crate::text::TextRange;

/// The end of a scalar that starts at byte `start` of `text` and decodes to `decoded`; never past `limit`.
pub(super) fn end(text: &str, start: usize, limit: usize, decoded: &str, style: Style) -> usize {
    let bytes = &text.as_bytes()[..limit];
    match style {
        Style::SingleQuoted => {
            let mut at = start + 1;
            while at < limit {
                if bytes[at] == b'\'' {
                    if bytes.get(at + 1) != Some(&b'\'') {
                        return at + 1;
                    }
                    at += 1;
                }
                at += 1;
            }
            limit
        }
        Style::DoubleQuoted => {
            let mut at = start + 1;
            while at < limit {
                match bytes[at] {
                    b'"' => return at + 1,
                    b'\\' => at += 2,
                    _ => at += 1,
                }
            }
            limit
        }
        Style::Plain => {
            let mut rest = text[start..limit].char_indices();
            let mut end = start;
            // Line breaks and blanks fold, so only what is no blank can be followed.
            for wanted in decoded.chars().filter(|c| !c.is_whitespace()) {
                match rest.find(|(_, c)| !c.is_whitespace()) {
                    Some((at, found)) if found == wanted => end = start + at + found.len_utf8(),
                    _ => break,
                }
            }
            end
        }
        Style::Literal | Style::Folded => block_end(text, start, limit, decoded),
    }
}

/// The end of the last line of a block scalar's content, without its line break; the header's end if there is none.
fn block_end(text: &str, start: usize, limit: usize, decoded: &str) -> usize {
    let block = &text[start..limit];
    let header = block.find('\n').unwrap_or(block.len());
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let first = decoded.lines().find(|line| !line.trim().is_empty());
    let mut indent = None;
    let mut end = start + block[..header].trim_end().len();
    let mut at = header + 1;
    while at < block.len() {
        let line = &block[at..];
        let line = &line[..line.find('\n').unwrap_or(line.len())];
        if !line.trim().is_empty() {
            let Some(first) = first else { break };
            let indent = *indent.get_or_insert_with(|| blanks(line).saturating_sub(blanks(first)));
            if blanks(line) < indent {
                break;
            }
            end = start + at + line.trim_end_matches('\r').len();
        }
        at += line.len() + 1;
    }
    end
}

/// The bytes of `text` for the bytes `part` of the decoded form of the scalar written at `range`.
pub(super) fn part(text: &str, range: TextRange, decoded: &str, style: Style, part: TextRange) -> TextRange {
    let source = range.of(text);
    let mut at = match style {
        Style::Plain => 0,
        Style::SingleQuoted | Style::DoubleQuoted => 1,
        Style::Literal | Style::Folded => source.find('\n').map_or(source.len(), |at| at + 1),
    };
    let (mut start, mut end) = (None, at);
    for (i, c) in decoded.char_indices() {
        if i >= part.end as usize && start.is_some() {
            break;
        }
        let (from, to) = next(source, at, c, style);
        if i >= part.start as usize {
            start.get_or_insert(from);
        }
        end = to;
        at = to;
    }
    let start = start.unwrap_or(end);
    let end = if part.is_empty() { start } else { end.max(start) };
    TextRange::new(start, end).shift(range.start)
}

/// The bytes of `source` at or after `at` that stand for the decoded character `c`.
fn next(source: &str, at: usize, c: char, style: Style) -> (usize, usize) {
    let rest = source.get(at..).unwrap_or_default();
    match style {
        Style::SingleQuoted if rest.starts_with("''") => return (at, at + 2),
        Style::DoubleQuoted if rest.starts_with('\\') => {
            // An escaped line break says nothing itself, nor do the blanks after it.
            if let Some(line) = rest[1..].strip_prefix("\r\n").or_else(|| rest[1..].strip_prefix('\n')) {
                let from = source.len() - line.trim_start_matches([' ', '\t']).len();
                return next(source, from, c, style);
            }
            let digits = match rest.as_bytes().get(1) {
                Some(b'x') => 2,
                Some(b'u') => 4,
                Some(b'U') => 8,
                _ => 0,
            };
            return (at, (at + 2 + digits).min(source.len()));
        }
        _ => {}
    }
    let from = if c.is_whitespace() { at } else { source.len() - rest.trim_start().len() };
    let len = source[from..].chars().next().map_or(0, |found| {
        // A folded blank stands for a line break; what is no blank is never eaten for one that is.
        if c.is_whitespace() && !found.is_whitespace() { 0 } else { found.len_utf8() }
    });
    (from, from + len)
}

#[cfg(test)]
mod tests {
    use super::super::parser;
    use super::super::tree::Kind;
    use crate::text::TextRange;

    /// `word` of the decoded text of the value of `a` is found in the source.
    fn check(text: &str, decoded: &str, word: &str, expected: &str) {
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        let value = tree.get(tree.root().unwrap(), "a").unwrap();
        let Kind::Scalar { text: found, .. } = &tree.node(value).kind else { panic!("{text}") };
        assert_eq!(found, decoded, "{text}");
        let at = decoded.find(word).unwrap();
        let range = parser::part(text, &tree, value, TextRange::new(at, at + word.len()));
        assert_eq!(range.of(text), expected, "{text}");
    }

    #[test]
    fn parts_of_scalars() {
        check("a: x $(B) y", "x $(B) y", "$(B)", "$(B)");
        check("a: 'it''s $(B)'", "it's $(B)", "$(B)", "$(B)");
        check("a: 'it''s $(B)'", "it's $(B)", "'s", "''s");
        check("a: \"\\u00e9\\t$(B)\\n\"", "é\t$(B)\n", "$(B)", "$(B)");
        check("a: |\n  one\n  two $(B)\n", "one\ntwo $(B)\n", "$(B)", "$(B)");
        check("a: >-\n  one\n  two $(B)\n", "one two $(B)", "$(B)", "$(B)");
        check("a: é漢😀\n  $(B)\n", "é漢😀 $(B)", "$(B)", "$(B)");
        check("a: |\r\n  one\r\n  two\r\n", "one\ntwo\n", "two", "two");
    }
}
