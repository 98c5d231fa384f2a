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
    /// Bytes of the former text.
    pub len: u32,
}

impl Splice {
    /// The shortest one that makes the one text out of the other.
    pub fn between(file: FileId, old: &str, new: &str) -> Self {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let start = common(old, new);
        let end = common_end(&old[start..], &new[start..]);
        let by = new.len() as i64 - old.len() as i64;
        Self { file, old: TextRange::new(start, old.len() - end), by, len: old.len() as u32 }
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
    /// Made by the first question: most texts are never asked for a line.
    rope: OnceLock<Rope>,
}

impl LineIndex {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), rope: OnceLock::new() }
    }

    fn rope(&self) -> &Rope {
        self.rope.get_or_init(|| Rope::from_str(&self.text))
    }

    /// Number of lines; a text that ends with a line break has an empty last line.
    pub fn lines(&self) -> u32 {
        self.rope().len_lines() as u32
    }

    /// The place of a byte offset. An offset inside a character is taken as that character's start.
    pub fn line_col(&self, offset: u32, encoding: Encoding) -> LineCol {
        let offset = (offset as usize).min(self.rope().len_bytes());
        let char = self.rope().byte_to_char(offset);
        let line = self.rope().char_to_line(char);
        let start = self.rope().line_to_char(line);
        let col = match encoding {
            Encoding::Utf8 => self.rope().char_to_byte(char) - self.rope().char_to_byte(start),
            Encoding::Utf16 => self.rope().char_to_utf16_cu(char) - self.rope().char_to_utf16_cu(start),
            Encoding::Utf32 => char - start,
        };
        LineCol { line: line as u32, col: col as u32 }
    }

    /// The byte offset of a place. A column past the end of its line is the end of the line (before the line
    /// break), a line past the end of the text is the end of the text.
    pub fn offset(&self, at: LineCol, encoding: Encoding) -> u32 {
        let line = at.line as usize;
        if line >= self.rope().len_lines() {
            return self.rope().len_bytes() as u32;
        }
        let start = self.rope().line_to_char(line);
        let end = self.line_end(line);
        let col = at.col as usize;
        let char = match encoding {
            Encoding::Utf8 => {
                let byte = self.rope().char_to_byte(start) + col;
                if byte >= self.rope().len_bytes() { end } else { self.rope().byte_to_char(byte) }
            }
            Encoding::Utf16 => {
                let unit = self.rope().char_to_utf16_cu(start) + col;
                if unit >= self.rope().len_utf16_cu() { end } else { self.rope().utf16_cu_to_char(unit) }
            }
            Encoding::Utf32 => start + col,
        };
        self.rope().char_to_byte(char.min(end)) as u32
    }

    /// The bytes of one line (from 0) without its line break.
    pub fn line_range(&self, line: u32) -> TextRange {
        let line = (line as usize).min(self.rope().len_lines().saturating_sub(1));
        let start = self.rope().line_to_byte(line);
        TextRange::new(start, self.rope().char_to_byte(self.line_end(line)))
    }

    /// Character index of the end of a line, before `\n` or `\r\n`.
    fn line_end(&self, line: usize) -> usize {
        let start = self.rope().line_to_char(line);
        let mut end = self.rope().line_to_char((line + 1).min(self.rope().len_lines()));
        if line + 1 < self.rope().len_lines() {
            end -= 1;
            if end > start && self.rope().char(end - 1) == '\r' {
                end -= 1;
            }
        }
        end
    }
}

/// The parts of a text between commas, each with its bytes there.
pub fn comma_parts(text: &str) -> impl Iterator<Item = (TextRange, &str)> {
    let mut start = 0;
    text.split(',').map(move |part| {
        let range = TextRange::new(start, start + part.len());
        start += part.len() + 1;
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
    fn replace_clamps() {
        assert_eq!(&*replace("héllo", TextRange::new(2, 99), "i"), "hi");
    }
}
