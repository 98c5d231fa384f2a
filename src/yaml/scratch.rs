//! The copy of a document that the scanner reads, and the way from its lines and columns back to bytes.

use std::borrow::Cow;
use std::cell::Cell;

/// A document's text with what had to be changed for the scanner. Every change keeps all byte offsets: characters are
/// overwritten by blanks, and blanks that are put before a line are counted apart.
pub(super) struct Scratch {
    view: String,
    lines: Vec<Line>,
    /// The last place asked for: line, character of the line, byte.
    last: Cell<(usize, usize, usize)>,
}

struct Line {
    /// Byte of the line's first character.
    start: usize,
    /// Blanks that the scanner sees before it.
    pad: usize,
    loss: Loss,
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
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if ends {
                starts.push(at + 1);
            }
        }
        let lines = starts.into_iter().map(|start| Line { start, pad: 0, loss: Loss::Nothing }).collect();
        Self { view: text.to_owned(), lines, last: Cell::new((0, 0, 0)) }
    }

    /// The text, byte for byte in the places of the source.
    pub(super) fn view(&self) -> &str {
        &self.view
    }

    /// What the scanner is to read.
    pub(super) fn scanned(&self) -> Cow<'_, str> {
        if self.lines.iter().all(|line| line.pad == 0) {
            return Cow::Borrowed(&self.view);
        }
        let mut out = String::with_capacity(self.view.len() + 256);
        for index in 0..self.lines.len() {
            out.extend(std::iter::repeat_n(' ', self.lines[index].pad));
            out.push_str(&self.view[self.lines[index].start..self.line_end(index)]);
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
        self.view[self.line_start(line)..self.line_end(line)].trim_end_matches(['\r', '\n'])
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
        let Some(Line { start, pad, .. }) = self.lines.get(line) else { return self.view.len() };
        let column = column.saturating_sub(*pad);
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
            .flat_map(|c| std::iter::repeat_n(if matches!(c, '\n' | '\r') { c } else { ' ' }, c.len_utf8()))
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
            line.pad = 0;
        }
    }

    /// Makes the lines after the one of byte `from`, up to that of byte `to`, begin at column `column` at least; tabs
    /// in their indentation become blanks. True when that changed something.
    pub(super) fn pad(&mut self, from: usize, to: usize, column: usize) -> bool {
        let mut changed = false;
        for line in self.line_of(from) + 1..=self.line_of(to) {
            let text = self.line(line);
            let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
            let start = self.line_start(line);
            if text[..indent].contains('\t') {
                self.erase(start, start + indent);
                changed = true;
            }
            let pad = column.saturating_sub(indent);
            if pad > self.lines[line].pad {
                self.lines[line].pad = pad;
                changed = true;
            }
        }
        self.last.set((0, 0, 0));
        changed
    }
}
