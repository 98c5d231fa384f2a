//! How far a scalar reaches in its text, and what it says: quotes, escapes, folds and block indentation, as go-yaml
//! reads them.

use std::ops::Range;

use super::scratch::is_break;
use super::tree::Style;

/// Decoded text and the way back: which bytes of the source each piece of it came from.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) text: String,
    pieces: Vec<Piece>,
}

/// `len` bytes of the decoded text stand for the bytes `source`; both are equally long where the text was copied.
struct Piece {
    len: usize,
    source: Range<usize>,
}

impl Decoded {
    fn push(&mut self, text: &str, source: Range<usize>) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let copied = |piece: &Piece| piece.len == piece.source.len();
        let piece = Piece { len: text.len(), source };
        if let Some(last) = self.pieces.last_mut()
            && copied(last)
            && copied(&piece)
            && last.source.end == piece.source.start
        {
            last.source.end = piece.source.end;
            last.len += piece.len;
            return;
        }
        self.pieces.push(piece);
    }

    /// The bytes of the source for a range of bytes of the decoded text. An empty range is a place.
    pub(super) fn source(&self, range: Range<usize>) -> Option<Range<usize>> {
        let start = self.source_of(range.start, false)?;
        let end = if range.end > range.start { self.source_of(range.end - 1, true)? } else { start };
        Some(start..end.max(start))
    }

    /// The bytes of the source, in order, of which the decoded text is put together; `None` where a part of it is none of
    /// `text` as it stands.
    pub(super) fn copied(self, text: &str) -> Option<Vec<Range<usize>>> {
        let mut rest = &*self.text;
        let parts = self.pieces.iter().map(|piece| {
            rest = rest.strip_prefix(text.get(piece.source.clone())?)?;
            Some(piece.source.clone())
        });
        parts.collect()
    }

    /// The source byte where the decoded byte `at` begins or ends.
    fn source_of(&self, at: usize, end: bool) -> Option<usize> {
        let mut first = 0;
        for piece in &self.pieces {
            if at < first + piece.len {
                let copied = piece.len == piece.source.len();
                return Some(match (copied, end) {
                    (true, false) => piece.source.start + at - first,
                    (true, true) => piece.source.start + at - first + 1,
                    (false, false) => piece.source.start,
                    (false, true) => piece.source.end,
                });
            }
            first += piece.len;
        }
        self.pieces.last().map(|piece| piece.source.end)
    }
}

/// The length in bytes of the line break that `text` begins with; 0 when there is none.
fn line_break(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The end of the plain scalar that begins at `start` and says `value`; only blanks and line breaks can differ.
pub(super) fn plain_end(text: &str, start: usize, value: &str) -> usize {
    if text[start..].starts_with(value) {
        return start + value.len();
    }
    let white = |c: char| c == ' ' || c == '\t' || is_break(c);
    let mut at = start;
    for want in value.chars().filter(|c| !white(*c)) {
        let rest = &text[at..];
        let skipped = rest.len() - rest.trim_start_matches(white).len();
        if !rest[skipped..].starts_with(want) {
            break;
        }
        at += skipped + want.len_utf8();
    }
    at
}

/// The byte after the closing quote of the quoted scalar that begins at `start`; `None` when it is not closed.
pub(super) fn quoted_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(start)?;
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            byte if byte == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// A double quoted scalar holds `\/`, which YAML 1.2 knows and go-yaml does not.
pub(super) fn has_solidus_escape(quoted: &str) -> bool {
    let mut bytes = quoted.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.next() == Some(b'/') {
            return true;
        }
    }
    false
}

/// A block scalar's first line, `|2-` and a comment perhaps.
struct Header {
    folded: bool,
    /// `-` strips, `+` keeps all trailing line breaks, else one stays.
    chomping: Option<u8>,
    /// Byte after the header's own characters.
    end: usize,
    /// First byte of the line below.
    next: usize,
}

fn header(text: &str, start: usize) -> Header {
    let bytes = text.as_bytes();
    let mut header = Header { folded: bytes.get(start) == Some(&b'>'), chomping: None, end: start + 1, next: start };
    while let Some(byte @ (b'+' | b'-' | b'0'..=b'9')) = bytes.get(header.end) {
        if !byte.is_ascii_digit() {
            header.chomping = Some(*byte);
        }
        header.end += 1;
    }
    header.end = header.end.min(text.len());
    header.next = next_line(text, header.end);
    header
}

/// The first byte of the line after the one that holds `at`.
fn next_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find(['\r', '\n']).map_or(text.len(), |found| at + found + line_break(&rest[found..]))
}

/// The end of the block scalar whose indicator stands at `start` and whose content is indented by `indent` blanks: the
/// end of its last line that is not empty, or of its header.
pub(super) fn block_end(text: &str, start: usize, indent: usize) -> usize {
    let header = header(text, start);
    let (mut end, mut line) = (header.end, header.next);
    while line < text.len() {
        let next = next_line(text, line);
        let content = text[line..next].trim_end_matches(['\r', '\n']);
        let blanks = content.len() - content.trim_start_matches(' ').len();
        if blanks.min(indent) < content.len() {
            if blanks < indent || (indent == 0 && ends_document(content)) {
                break;
            }
            end = line + content.len();
        }
        line = next;
    }
    end
}

fn ends_document(line: &str) -> bool {
    (line.starts_with("---") || line.starts_with("...")) && line[3..].bytes().next().is_none_or(is_blank)
}

/// Decodes the scalar at the bytes `range`, which includes its quotes or its indicator. `indent` is that of a block
/// scalar's content.
pub(super) fn decode(text: &str, range: Range<usize>, style: Style, indent: usize) -> Decoded {
    match style {
        Style::Plain => flow(text, range, None),
        Style::SingleQuoted => flow(text, inside(range), Some(b'\'')),
        Style::DoubleQuoted => flow(text, inside(range), Some(b'"')),
        Style::Literal | Style::Folded => block(text, range, indent),
    }
}

fn inside(range: Range<usize>) -> Range<usize> {
    range.start + 1..range.end.saturating_sub(1).max(range.start + 1)
}

/// Plain and quoted scalars: line breaks fold to a blank, blanks around them go.
fn flow(text: &str, range: Range<usize>, quote: Option<u8>) -> Decoded {
    let mut out = Decoded::default();
    let bytes = &text.as_bytes()[..range.end.min(text.len())];
    let mut at = range.start;
    // Where a run of content that can be copied as it is began.
    let mut run = at;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == Some(b'"') => {
                out.push(&text[run..at], run..at);
                at = escape(text, at, bytes.len(), &mut out);
                run = at;
            }
            b'\'' if quote == Some(b'\'') && bytes.get(at + 1) == Some(&b'\'') => {
                out.push(&text[run..at], run..at);
                out.push("'", at..at + 2);
                at += 2;
                run = at;
            }
            b' ' | b'\t' | b'\r' | b'\n' | 0xc2 | 0xe2 => {
                let rest = &text[at..bytes.len()];
                let white = rest.len() - rest.trim_start_matches(|c| c == ' ' || c == '\t' || is_break(c)).len();
                let gap = &text[at..at + white];
                if gap.contains(is_break) {
                    out.push(&text[run..at], run..at);
                    let breaks = breaks(gap);
                    let folded = if breaks > 1 { "\n".repeat(breaks - 1) } else { " ".to_owned() };
                    out.push(&folded, at..at + white);
                    run = at + white;
                }
                at += white.max(1);
            }
            _ => at += 1,
        }
    }
    if run < bytes.len() {
        out.push(&text[run..bytes.len()], run..bytes.len());
    }
    out
}

fn breaks(gap: &str) -> usize {
    gap.matches(is_break).count() - gap.matches("\r\n").count()
}

/// Decodes the escape at `at` of a double quoted scalar; answers the byte after it.
fn escape(text: &str, at: usize, end: usize, out: &mut Decoded) -> usize {
    let Some(c) = text[at + 1..end].chars().next() else {
        out.push("\\", at..end);
        return end;
    };
    let simple = match c {
        '0' => "\0",
        'a' => "\x07",
        'b' => "\x08",
        't' | '\t' => "\t",
        'n' => "\n",
        'v' => "\x0b",
        'f' => "\x0c",
        'r' => "\r",
        'e' => "\x1b",
        'N' => "\u{85}",
        '_' => "\u{a0}",
        'L' => "\u{2028}",
        'P' => "\u{2029}",
        'x' | 'u' | 'U' => {
            let digits = match c {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let stop = (at + 2 + digits).min(end);
            let code = text.get(at + 2..stop).and_then(|hex| u32::from_str_radix(hex, 16).ok());
            let c = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            let stop = crate::text::floor_char_boundary(text, stop);
            out.push(c.encode_utf8(&mut [0; 4]), at..stop);
            return stop;
        }
        '\r' | '\n' => {
            // An escaped line break and the blanks after it vanish; empty lines after it stay.
            let rest = &text[at + 1..end];
            let white = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            let breaks = breaks(&rest[..white]);
            out.push(&"\n".repeat(breaks - 1), at..at + 1 + white);
            return at + 1 + white;
        }
        other => {
            let stop = at + 1 + other.len_utf8();
            out.push(&text[at + 1..stop], at..stop);
            return stop;
        }
    };
    out.push(simple, at..at + 1 + c.len_utf8());
    at + 1 + c.len_utf8()
}

/// Literal and folded blocks. The algorithm is that of libyaml's `yaml_parser_scan_block_scalar`.
fn block(text: &str, range: Range<usize>, indent: usize) -> Decoded {
    let mut out = Decoded::default();
    let header = header(text, range.start);
    if range.end <= header.next {
        if header.chomping == Some(b'+') {
            trailing(text, header.next, usize::MAX, &mut out);
        }
        return out;
    }
    let mut line = header.next;
    // The break after the last content line, not written yet, and the empty lines after that.
    let mut leading: Option<Range<usize>> = None;
    let mut empty: Vec<Range<usize>> = Vec::new();
    let mut after_blank = false;
    while line < range.end {
        let next = next_line(text, line);
        let content = text[line..next].trim_end_matches(['\r', '\n']);
        let end = line + content.len();
        let blanks = content.len() - content.trim_start_matches(' ').len();
        let start = line + blanks.min(indent);
        if start == end {
            empty.push(end..next);
            line = next;
            continue;
        }
        let blank = is_blank(text.as_bytes()[start]);
        if let Some(leading) = leading.take() {
            if header.folded && !after_blank && !blank {
                if empty.is_empty() {
                    out.push(" ", leading);
                }
            } else {
                out.push("\n", leading);
            }
        }
        for line in empty.drain(..) {
            out.push("\n", line);
        }
        out.push(&text[start..end], start..end);
        after_blank = blank;
        leading = (end < next).then_some(end..next);
        line = next;
    }
    if header.chomping != Some(b'-') {
        if let Some(leading) = leading {
            out.push("\n", leading);
        }
        if header.chomping == Some(b'+') {
            trailing(text, line, indent, &mut out);
        }
    }
    out
}

/// The bytes of the source for a range of `decoded`, which the scalar at `whole` says, where nothing between was decoded:
/// what [`decode`] tells, without going through the text letter by letter. `None` where only that can tell.
pub(super) fn copied(
    text: &str,
    whole: Range<usize>,
    style: Style,
    decoded: &str,
    range: Range<usize>,
) -> Option<Range<usize>> {
    if range.end > decoded.len() || range.start > range.end {
        return None;
    }
    let start = match style {
        Style::Plain => whole.start,
        Style::SingleQuoted | Style::DoubleQuoted => whole.start + 1,
        Style::Folded => return None,
        Style::Literal => {
            let source = text.get(header(text, whole.start).next..whole.end)?;
            let count = |text: &str| text.trim_end_matches('\n').bytes().filter(|byte| *byte == b'\n').count();
            if source.contains('\r') || count(source) != count(decoded) {
                return None;
            }
            let start = of_line(source, decoded, range.start)?;
            let end = if range.is_empty() { start } else { of_line(source, decoded, range.end - 1)? + 1 };
            let first = whole.end - source.len();
            return Some(first + start..first + end);
        }
    };
    let is_same = !decoded.is_empty() && text.get(start..start + decoded.len()) == Some(decoded);
    let ends = whole.end == start + decoded.len() + usize::from(style != Style::Plain);
    (is_same && ends && !decoded.contains(is_break)).then(|| start + range.start..start + range.end)
}

/// The byte of a literal block's source for a byte of what it says, which has as many lines.
fn of_line(source: &str, decoded: &str, at: usize) -> Option<usize> {
    let before = decoded.get(..at)?;
    let number = before.bytes().filter(|byte| *byte == b'\n').count();
    let own = before.rfind('\n').map_or(0, |found| found + 1);
    let own_end = decoded[at..].find('\n').map_or(decoded.len(), |found| at + found);
    let mut breaks = source.match_indices('\n').map(|(at, _)| at);
    let start = if number == 0 { 0 } else { breaks.nth(number - 1)? + 1 };
    let end = breaks.next().unwrap_or(source.len());
    let said = &decoded[own..own_end];
    let line = &source[start..end];
    let indent =
        line.strip_suffix(said).filter(|indent| !said.is_empty() && indent.bytes().all(|byte| byte == b' '))?;
    Some(start + indent.len() + at - own)
}

/// The indentation of the content of a block scalar that was decoded to `decoded`.
pub(super) fn block_indent(text: &str, range: Range<usize>, decoded: &str) -> usize {
    let source = text.get(header(text, range.start).next..range.end).unwrap_or_default();
    let indent = |text: &str| {
        let line = text.split(['\r', '\n']).find(|line| line.bytes().any(|b| b != b' ')).unwrap_or_default();
        line.len() - line.trim_start_matches(' ').len()
    };
    indent(source).saturating_sub(indent(decoded))
}

/// The empty lines that `|+` keeps, from the line at `line` on.
fn trailing(text: &str, mut line: usize, indent: usize, out: &mut Decoded) {
    while line < text.len() {
        let next = next_line(text, line);
        let content = text[line..next].trim_end_matches(['\r', '\n']);
        if content.len() > indent || !content.bytes().all(|b| b == b' ') {
            break;
        }
        let end = line + content.len();
        if end < next {
            out.push("\n", end..next);
        }
        line = next;
    }
}

#[cfg(test)]
mod tests {
    use super::super::parser;
    use super::super::tree::Kind;
    use super::*;
    use crate::text::TextRange;

    /// `word` of the decoded text of the value of `a` is found in the source.
    fn check(text: &str, decoded: &str, word: &str, expected: &str) {
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        let value = tree.get(tree.root().unwrap(), "a").unwrap();
        let Kind::Scalar { text: found, .. } = tree.node(value).kind else { panic!("{text}") };
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
        check("a: |\n  one\n  two", "one\ntwo", "two", "two");
    }

    #[test]
    fn what_is_copied_is_where_decoding_says() {
        for text in [
            "a: plain",
            "a: 'qu''oted'",
            "a: 'quoted'",
            "a: \"x\\ty\"",
            "a: \"é漢\"",
            "a: one\n  two",
            "a: |\n  one\n\n    two\n   \n  é漢😀\n",
            "a: |2-\n    one\n  two\n\n\n",
            "a: |+\n  one\n\n",
            "a: |\r\n  one\r\n  two\r\n",
            "a: |\n  one\n  one",
            "a: >\n  one\n  two\n",
        ] {
            let tree = parser::parse(text, TextRange::new(0, text.len()));
            let value = tree.get(tree.root().unwrap(), "a").unwrap();
            let Kind::Scalar { text: decoded, style } = tree.node(value).kind else { panic!("{text}") };
            let whole = tree.node(value).range.as_usize();
            let read = decode(text, whole.clone(), style, block_indent(text, whole.clone(), decoded));
            let mut quick = 0;
            for start in 0..=decoded.len() {
                for end in start..=decoded.len() {
                    let (Some(part), true) = (decoded.get(start..end), decoded.is_char_boundary(start)) else {
                        continue;
                    };
                    if let Some(found) = copied(text, whole.clone(), style, decoded, start..end) {
                        assert_eq!(Some(found), read.source(start..end), "{text} {part}");
                        quick += 1;
                    }
                }
            }
            let whole_lines = style == Style::Literal && !text.contains('\r');
            assert!(!whole_lines || quick > 10, "{text}");
        }
    }

    #[test]
    fn scalars_around_what_is_no_yaml() {
        for text in ["a: |-\n  x\n  y\u{19}: >z\n\"\u{e9}\": b\n", "a:'],s\n<<: *<, c\u{facd}x\nli666 <6:6"] {
            let tree = parser::parse(text, TextRange::new(0, text.len()));
            for id in tree.ids() {
                if let Some(decoded) = tree.scalar(id) {
                    let part = parser::part(text, &tree, id, TextRange::new(0, decoded.len()));
                    assert!(text.get(part.start as usize..part.end as usize).is_some(), "{part:?}");
                }
            }
        }
    }
}
