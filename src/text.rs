//! Places in text: the only file that knows a line or a column.
//!
//! Everywhere else a place is a [`Span`]: a file and a range of bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use ropey::Rope;

/// Names one file for as long as a [`crate::host::Host`] lives; the path is in its [`crate::vfs::Source`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(pub u32);

/// A half-open range of bytes in some text; which text is known from where the range is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TextRange {
    pub start: u32,
    pub end: u32,
}

impl TextRange {
    /// Bytes `start..end`. A range that ends before it starts is made empty at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        Self { start, end: u32::try_from(end).unwrap_or(u32::MAX).max(start) }
    }

    pub fn empty(at: usize) -> Self {
        Self::new(at, at)
    }

    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True for offsets inside and for the end itself: a cursor after the last letter still touches the word.
    pub fn touches(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }

    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest range that holds both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range in a text in which this text starts at byte `by`.
    pub fn shift(self, by: u32) -> Self {
        Self { start: self.start.wrapping_add(by), end: self.end.wrapping_add(by) }
    }

    pub fn as_usize(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text of the range; empty where the range does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.as_usize()).unwrap_or_default()
    }
}

impl fmt::Debug for TextRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A range of bytes in one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    pub range: TextRange,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, range: TextRange::new(start, end) }
    }
}

/// How the text of a file was changed: the bytes `old` of the former text became others, and all behind moved.
#[derive(Clone, Copy, Debug)]
pub struct Splice {
    pub file: FileId,
    pub old: TextRange,
    /// What is added to the places behind.
    pub by: i64,
}

impl Splice {
    /// The shortest one of whole characters that makes the one text out of the other.
    pub fn between(file: FileId, old: &str, new: &str) -> Self {
        let (start, end) = ends_in_common(old, new);
        let by = new.len() as i64 - old.len() as i64;
        Self { file, old: TextRange::new(start, old.len() - end), by }
    }

    /// The present place of a former one; `None` where the change touches it.
    pub fn moved(&self, span: Span) -> Option<Span> {
        if span.file != self.file || span.range.end < self.old.start {
            return Some(span);
        }
        let at = |offset: u32| u32::try_from(i64::from(offset) + self.by).ok();
        let moved = || {
            Some(Span { file: span.file, range: TextRange { start: at(span.range.start)?, end: at(span.range.end)? } })
        };
        if self.old.end < span.range.start { moved() } else { None }
    }
}

/// How files differ from what they were. Those that nobody changed have none.
#[derive(Clone, Default, Debug)]
pub struct Splices(BTreeMap<FileId, Splice>);

impl Splices {
    pub fn add(&mut self, splice: Splice) {
        self.0.insert(splice.file, splice);
    }

    /// How the text of a file was changed; `None` where it was not.
    pub fn of(&self, file: FileId) -> Option<&Splice> {
        self.0.get(&file)
    }

    /// The present place of a former one; `None` where a change touches it.
    pub fn moved(&self, span: Span) -> Option<Span> {
        self.of(span.file).map_or(Some(span), |splice| splice.moved(span))
    }
}

impl FromIterator<Splice> for Splices {
    fn from_iter<I: IntoIterator<Item = Splice>>(splices: I) -> Self {
        Self(splices.into_iter().map(|splice| (splice.file, splice)).collect())
    }
}

/// How many bytes two texts have in common at their beginnings, and at the ends of what is left; both end at
/// boundaries of characters.
pub fn ends_in_common(old: &str, new: &str) -> (usize, usize) {
    let start = floor_char_boundary(old, common(old.as_bytes(), new.as_bytes()));
    let end = common_end(&old.as_bytes()[start..], &new.as_bytes()[start..]);
    let end = (0..=end).rev().find(|end| old.is_char_boundary(old.len() - end)).unwrap_or_default();
    (start, end)
}

/// Texts are long and differ in little: so many bytes are compared at once.
const BLOCK: usize = 256;

/// How many bytes both begin with.
fn common(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    blocks + a[blocks..].iter().zip(&b[blocks..]).take_while(|(a, b)| a == b).count()
}

/// How many bytes both end with.
fn common_end(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let (a, b) = (&a[..a.len() - blocks], &b[..b.len() - blocks]);
    blocks + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}:{:?}", self.file.0, self.range)
    }
}

/// The unit in which a column is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what LSP means when nothing was agreed on.
    #[default]
    Utf16,
    /// Unicode scalar values: the columns of reports.
    Utf32,
}

/// A line and a column, both from 0; the unit of the column is an [`Encoding`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct LineCol {
    pub line: u32,
    pub col: u32,
}

/// Byte offsets to lines and columns and back. Never panics: what lies outside is clamped.
#[derive(Clone)]
pub struct LineIndex {
    text: Arc<str>,
    /// Where all lines but the first begin. Made by the first question: most texts are never asked for a line.
    starts: OnceLock<Box<[u32]>>,
}

impl LineIndex {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), starts: OnceLock::new() }
    }

    fn starts(&self) -> &[u32] {
        let breaks = || self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        self.starts.get_or_init(|| breaks().map(|(at, _)| at as u32 + 1).collect())
    }

    /// Number of lines; a text that ends with a line break has an empty last line.
    pub fn lines(&self) -> u32 {
        self.starts().len() as u32 + 1
    }

    /// The place of a byte offset. An offset inside a character is taken as that character's start.
    pub fn line_col(&self, offset: u32, encoding: Encoding) -> LineCol {
        let offset = floor_char_boundary(&self.text, offset as usize);
        let line = self.starts().partition_point(|start| *start as usize <= offset);
        let before = &self.text[self.start(line)..offset];
        let col = match encoding {
            Encoding::Utf16 if !before.is_ascii() => before.chars().map(char::len_utf16).sum(),
            Encoding::Utf32 if !before.is_ascii() => before.chars().count(),
            _ => before.len(),
        };
        LineCol { line: line as u32, col: col as u32 }
    }

    /// The byte offset of a place. A column past the end of its line is the end of the line (before the line
    /// break), a line past the end of the text is the end of the text. A column inside a character is its start.
    pub fn offset(&self, at: LineCol, encoding: Encoding) -> u32 {
        if at.line >= self.lines() {
            return self.text.len() as u32;
        }
        let range = self.line_range(at.line);
        let (line, mut left) = (range.of(&self.text), at.col as usize);
        for (at, c) in line.char_indices() {
            let width = match encoding {
                Encoding::Utf8 => c.len_utf8(),
                Encoding::Utf16 => c.len_utf16(),
                Encoding::Utf32 => 1,
            };
            if left < width {
                return range.start + at as u32;
            }
            left -= width;
        }
        range.end
    }

    /// The bytes of one line (from 0) without its line break.
    pub fn line_range(&self, line: u32) -> TextRange {
        let line = (line as usize).min(self.starts().len());
        let start = self.start(line);
        let end = match self.starts().get(line) {
            Some(next) => {
                let line = &self.text[start..*next as usize - 1];
                start + line.strip_suffix('\r').unwrap_or(line).len()
            }
            None => self.text.len(),
        };
        TextRange::new(start, end)
    }

    fn start(&self, line: usize) -> usize {
        line.checked_sub(1).map_or(0, |before| self.starts()[before] as usize)
    }
}

/// A text that takes many edits, each at a place of what those before it left.
pub struct Draft(Rope);

impl Draft {
    pub fn new(text: &str) -> Self {
        Self(Rope::from_str(text))
    }

    /// Puts `with` in the place of what stands between two places, which are as those of [`LineIndex::offset`].
    pub fn replace(&mut self, from: LineCol, to: LineCol, encoding: Encoding, with: &str) {
        let (from, to) = (self.char(from, encoding), self.char(to, encoding));
        self.0.remove(from..to.max(from));
        self.0.insert(from, with);
    }

    pub fn text(&self) -> Arc<str> {
        self.0.to_string().into()
    }

    fn char(&self, at: LineCol, encoding: Encoding) -> usize {
        let (line, col) = (at.line as usize, at.col as usize);
        if line >= self.0.len_lines() {
            return self.0.len_chars();
        }
        let start = self.0.line_to_char(line);
        let end = self.line_end(line);
        let char = match encoding {
            Encoding::Utf8 => {
                let byte = self.0.char_to_byte(start) + col;
                if byte >= self.0.len_bytes() { end } else { self.0.byte_to_char(byte) }
            }
            Encoding::Utf16 => {
                let unit = self.0.char_to_utf16_cu(start) + col;
                if unit >= self.0.len_utf16_cu() { end } else { self.0.utf16_cu_to_char(unit) }
            }
            Encoding::Utf32 => start + col,
        };
        char.min(end)
    }

    /// The end of a line, before `\n` or `\r\n`.
    fn line_end(&self, line: usize) -> usize {
        if line + 1 == self.0.len_lines() {
            return self.0.len_chars();
        }
        let (start, end) = (self.0.line_to_char(line), self.0.line_to_char(line + 1) - 1);
        if end > start && self.0.char(end - 1) == '\r' { end - 1 } else { end }
    }
}

/// The parts of a text between separators, each with its bytes there.
pub fn parts_between(text: &str, separator: char) -> impl Iterator<Item = (TextRange, &str)> {
    let mut start = 0;
    text.split(separator).map(move |part| {
        let range = TextRange::new(start, start + part.len());
        start += part.len() + separator.len_utf8();
        (range, part)
    })
}

/// Replaces `range` (bytes) of `text`. A range outside the text, or inside a character, is clamped first.
pub fn replace(text: &str, range: TextRange, with: &str) -> Arc<str> {
    let start = floor_char_boundary(text, range.start as usize);
    let end = floor_char_boundary(text, range.end as usize).max(start);
    let mut out = String::with_capacity(text.len() + with.len());
    out.push_str(&text[..start]);
    out.push_str(with);
    out.push_str(&text[end..]);
    out.into()
}

/// The last character boundary at or before `at`.
pub fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: é漢😀x\r\nb: 2\n";

    #[test]
    fn columns_in_three_encodings() {
        let index = LineIndex::new(TEXT);
        let x = TEXT.find('x').unwrap() as u32;
        let col = |encoding| index.line_col(x, encoding).col;
        assert_eq!((col(Encoding::Utf8), col(Encoding::Utf16), col(Encoding::Utf32)), (12, 7, 6));
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            assert_eq!(index.offset(index.line_col(x, encoding), encoding), x);
        }
    }

    #[test]
    fn places_outside_are_clamped() {
        let index = LineIndex::new(TEXT);
        let end_of_first = TEXT.find('\r').unwrap() as u32;
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            assert_eq!(index.offset(LineCol { line: 0, col: 99 }, encoding), end_of_first);
            assert_eq!(index.offset(LineCol { line: 1, col: 99 }, encoding), TEXT.len() as u32 - 1);
            assert_eq!(index.offset(LineCol { line: 9, col: 0 }, encoding), TEXT.len() as u32);
        }
        assert_eq!(index.line_col(9999, Encoding::Utf16), LineCol { line: 2, col: 0 });
    }

    #[test]
    fn a_draft_knows_the_same_places() {
        for text in [TEXT, "", "a", "\r", "é\r\n\r\r\n", "\n\n漢😀"] {
            let index = LineIndex::new(text);
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                for (line, col) in (0..5).flat_map(|line| (0..16).map(move |col| (line, col))) {
                    let (at, end) = (LineCol { line, col }, LineCol { line: 1, col: 1 });
                    let (from, to) = (index.offset(at, encoding), index.offset(end, encoding));
                    let mut draft = Draft::new(text);
                    draft.replace(at, end, encoding, "x\n");
                    assert_eq!(
                        draft.text(),
                        replace(text, TextRange::new(from as usize, to as usize), "x\n"),
                        "{at:?}"
                    );
                    assert!(index.line_col(from, encoding) <= at && from as usize <= text.len());
                }
            }
        }
    }

    #[test]
    fn replace_clamps() {
        assert_eq!(&*replace("héllo", TextRange::new(2, 99), "i"), "hi");
    }
}
