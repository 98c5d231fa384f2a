//! The copy of a document that the scanner reads, and the way from its lines and columns back to bytes.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Range;

/// A document's text with what had to be changed for the scanner. Every change keeps all byte offsets: characters are
/// overwritten by blanks, and how far a line is moved is counted apart.
#[derive(Clone)]
pub(super) struct Scratch {
    view: String,
    lines: Vec<Line>,
    /// Bytes, of ASCII characters, in whose place the scanner sees another letter.
    hidden: BTreeSet<usize>,
    /// There are line breaks of YAML 1.1, which yaml-rust2 takes for text.
    old: bool,
    /// The last place asked for: line, character of the line, byte.
    last: Cell<(usize, usize, usize)>,
}

#[derive(Clone)]
struct Line {
    /// Byte of the line's first character.
    start: usize,
    /// Blanks that the scanner sees before the line, or, where negative, does not see of its indentation.
    shift: isize,
    loss: Loss,
}

/// YAML 1.1's line breaks, which are go-yaml's.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// How much of a line was given up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Loss {
    Nothing,
    /// What stood after the first `key:`.
    Value,
    Everything,
}

impl Scratch {
    pub(super) fn new(text: &str) -> Self {
        let old = !text.is_ascii() && text.contains(['\u{85}', '\u{2028}', '\u{2029}']);
        let mut starts = vec![0];
        if old || text.contains('\r') {
            for (at, c) in text.char_indices().filter(|(_, c)| is_break(*c)) {
                let after = at + c.len_utf8();
                if c != '\r' || !text[after..].starts_with('\n') {
                    starts.push(after);
                }
            }
        } else {
            starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        }
        let lines = starts.into_iter().map(|start| Line { start, shift: 0, loss: Loss::Nothing }).collect();
        Self { view: text.to_owned(), lines, hidden: BTreeSet::new(), old, last: Cell::new((0, 0, 0)) }
    }

    /// The text, byte for byte in the places of the source.
    pub(super) fn view(&self) -> &str {
        &self.view
    }

    /// What the scanner is to read.
    pub(super) fn scanned(&self) -> Cow<'_, str> {
        if !self.old && self.hidden.is_empty() && self.lines.iter().all(|line| line.shift == 0) {
            return Cow::Borrowed(&self.view);
        }
        let mut out = String::with_capacity(self.view.len() + 256);
        for index in 0..self.lines.len() {
            let Line { start, shift, .. } = self.lines[index];
            out.extend(std::iter::repeat_n(' ', shift.max(0).unsigned_abs()));
            let mut at = start + shift.min(0).unsigned_abs();
            let end = self.line_end(index);
            for hidden in self.hidden.range(at..end) {
                out.push_str(&self.view[at..*hidden]);
                out.push('x');
                at = hidden + 1;
            }
            out.push_str(&self.view[at..end]);
        }
        if self.old {
            out = out.replace(|c| is_break(c) && !c.is_ascii(), "\n");
        }
        Cow::Owned(out)
    }

    pub(super) fn line_count(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn line_start(&self, line: usize) -> usize {
        self.lines.get(line).map_or(self.view.len(), |line| line.start)
    }

    /// The byte after the line's break.
    fn line_end(&self, line: usize) -> usize {
        self.line_start(line + 1)
    }

    /// A line without its break.
    pub(super) fn line(&self, line: usize) -> &str {
        self.view[self.line_start(line)..self.line_end(line)].trim_end_matches(is_break)
    }

    /// The line (from 0) that holds the byte `at`.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.start <= at).saturating_sub(1)
    }

    pub(super) fn loss(&self, line: usize) -> Loss {
        self.lines.get(line).map_or(Loss::Everything, |line| line.loss)
    }

    /// The byte of a place that the scanner names: a line from 1, a column in characters from 0.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let line = line.saturating_sub(1);
        let Some(Line { start, shift, .. }) = self.lines.get(line) else { return self.view.len() };
        let column = column.saturating_add_signed(-shift);
        let (last_line, last_column, last_byte) = self.last.get();
        let (mut at, skip) = if last_line == line && last_column <= column && last_byte >= *start {
            (last_byte, column - last_column)
        } else {
            (*start, column)
        };
        let rest = &self.view[at..self.line_end(line).max(at)];
        at += rest.char_indices().nth(skip).map_or(rest.len(), |(at, _)| at);
        self.last.set((line, column, at));
        at
    }

    /// Overwrites the bytes `from..to` with blanks; line breaks stay.
    pub(super) fn erase(&mut self, from: usize, to: usize) {
        let blanked: String = self.view[from..to]
            .chars()
            .flat_map(|c| {
                let (c, len) = if is_break(c) { (c, 1) } else { (' ', c.len_utf8()) };
                std::iter::repeat_n(c, len)
            })
            .collect();
        self.view.replace_range(from..to, &blanked);
        self.last.set((0, 0, 0));
    }

    /// Gives up a line, or what stands in it from byte `from` on.
    pub(super) fn give_up(&mut self, line: usize, from: Option<usize>) {
        let end = self.line_end(line);
        let start = self.line_start(line);
        self.erase(from.unwrap_or(start).clamp(start, end), end);
        if let Some(line) = self.lines.get_mut(line) {
            line.loss = if from.is_some() { Loss::Value } else { Loss::Everything };
            line.shift = 0;
        }
    }

    /// The blanks and tabs that a line begins with.
    pub(super) fn indent(&self, line: usize) -> usize {
        let line = self.line(line);
        line.len() - line.trim_start_matches([' ', '\t']).len()
    }

    /// Lets the scanner see a line at column `column`.
    pub(super) fn reindent(&mut self, line: usize, column: usize) {
        let (start, indent) = (self.line_start(line), self.indent(line));
        self.erase(start, start + indent);
        if let Some(line) = self.lines.get_mut(line) {
            line.shift = column as isize - indent as isize;
        }
    }

    /// Hides the backslashes of `\'` in a double quoted scalar, an escape that only go-yaml knows. True when there
    /// were any.
    pub(super) fn hide_escaped_quotes(&mut self, quoted: Range<usize>) -> bool {
        let bytes = self.view.as_bytes();
        let before = self.hidden.len();
        let mut at = quoted.start;
        while at + 1 < quoted.end {
            if bytes[at] == b'\\' {
                if bytes[at + 1] == b'\'' {
                    self.hidden.insert(at);
                }
                at += 1;
            }
            at += 1;
        }
        self.hidden.len() > before
    }

    /// Makes the lines after the one of byte `from`, up to that of byte `to`, begin at column `column` at least; tabs
    /// in their indentation become blanks. True when that changed something.
    pub(super) fn pad(&mut self, from: usize, to: usize, column: usize) -> bool {
        let mut changed = false;
        for line in self.line_of(from) + 1..=self.line_of(to) {
            let (text, indent) = (self.line(line), self.indent(line));
            let start = self.line_start(line);
            if text[..indent].contains('\t') {
                self.erase(start, start + indent);
                changed = true;
            }
            let shift = column.saturating_sub(indent) as isize;
            if shift > self.lines[line].shift {
                self.lines[line].shift = shift;
                changed = true;
            }
        }
        self.last.set((0, 0, 0));
        changed
    }
}
