//! Documents that an edit left as they are: what was worked out of them holds on, at other places.

use std::sync::Arc;

use super::object::Document;
use crate::helm::render::{self, Rendered};
use crate::template::traced::{CallId, Made, Origin, Piece};
use crate::text::{FileId, Span, Splices, TextRange};

/// Where a document, and all that stands in the template from the one before it to the one behind it, went.
#[derive(Clone, Copy)]
pub struct Shift<'s> {
    /// The template.
    file: FileId,
    by: i64,
    splices: &'s Splices,
    /// Some of its text comes from other files that were changed.
    others: bool,
    /// The document begins on another line of the output.
    pub lines: bool,
}

impl Shift<'_> {
    /// The present place of a place that the document had; `None` where a change touches it.
    pub fn apply(&self, span: Span) -> Option<Span> {
        if span.file != self.file {
            return self.splices.moved(span);
        }
        let at = |offset: u32| u32::try_from(i64::from(offset) + self.by).ok();
        Some(Span { range: TextRange { start: at(span.range.start)?, end: at(span.range.end)? }, ..span })
    }

    /// Everything is where it was.
    pub fn is_nothing(&self) -> bool {
        self.by == 0 && !self.others && !self.lines
    }
}

/// One rendering of a template, and its documents there.
struct Split<'r> {
    rendered: &'r Rendered,
    ranges: Vec<TextRange>,
    /// For each the number of its first line.
    lines: Vec<usize>,
}

impl<'r> Split<'r> {
    fn of(rendered: &'r Rendered) -> Self {
        let ranges = render::documents(rendered);
        let (mut at, mut line) = (0, 0);
        let lines = ranges.iter().map(|range| {
            let between = &rendered.text.as_str().as_bytes()[at..range.start as usize];
            line += between.iter().filter(|byte| **byte == b'\n').count();
            at = range.start as usize;
            line
        });
        let lines = lines.collect();
        Self { rendered, ranges, lines }
    }

    /// A document with what stands between it and its neighbours: that may belong to it.
    fn extent(&self, at: usize) -> TextRange {
        let start = at.checked_sub(1).map_or(0, |before| self.ranges[before].end);
        let end = self.ranges.get(at + 1).map_or(self.rendered.text.len() as u32, |behind| behind.start);
        TextRange { start, end }
    }
}

/// The documents of a template that is rendered anew: those that the edit left alone with what is known of them, all
/// others read. `former` are those of its former rendering; `splices` says what was changed since then.
pub fn documents(rendered: &Arc<Rendered>, former: &[&Document], splices: &Splices) -> Vec<Document> {
    let now = Split::of(rendered);
    let known = former.first().filter(|first| is_whole(rendered) && is_whole(first.rendered()));
    let known = known.map(|first| Split::of(first.rendered()));
    // What a list lists are documents, too.
    let known_at = |range| former.iter().find(|document| document.range == range && document.kind() != Some("List"));
    let mut documents = Vec::new();
    for (at, range) in now.ranges.iter().enumerate() {
        let kept = known.as_ref().and_then(|before| {
            // Nearly every edit leaves what is above it and what is below.
            let from_end = (at + before.ranges.len()).checked_sub(now.ranges.len());
            let mut candidates = [Some(at), from_end.filter(|from_end| *from_end != at)].into_iter().flatten();
            candidates.find_map(|old| {
                let shift = moved(before, old, &now, at, splices)?;
                Some(known_at(before.ranges[old])?.moved(rendered, *range, &shift))
            })
        });
        if let Some(kept) = kept {
            documents.push(kept);
            continue;
        }
        let alike = known.as_ref().filter(|before| before.ranges.len() == now.ranges.len());
        let Some(former) = alike.and_then(|before| known_at(before.ranges[at])) else {
            documents.extend(Document::all(rendered, *range));
            continue;
        };
        let mut read = Document::all_after(former, rendered, *range);
        if read.len() == 1 {
            read = read.into_iter().map(|document| with_sections_of(document, former, splices)).collect();
        }
        documents.extend(read);
    }
    documents
}

/// A document that was read anew, of which some sections are as they were.
fn with_sections_of(now: Document, former: &Document, splices: &Splices) -> Document {
    let is_kept = |old: TextRange, new: TextRange| {
        let mut hull = Hull::new(now.file(), splices);
        let same = old.of(former.rendered().text.as_str()) == new.of(now.rendered().text.as_str());
        same && hull.take_all((former.rendered(), old), (now.rendered(), new)).is_some() && hull.is_beside()
    };
    match now.sections().taken_over(now.tree(), (former.sections(), former.tree()), is_kept) {
        Some(sections) => now.with_sections(sections),
        None => now,
    }
}

/// Nothing failed, and nothing is missing.
fn is_whole(rendered: &Rendered) -> bool {
    rendered.faults.is_empty() && rendered.poisoned.is_empty() && rendered.holes.is_empty()
}

/// Where document `old` of `before` went, if it is document `at` of `now`: both have the same text from the same places,
/// and what was changed lies beside of it.
fn moved<'s>(before: &Split<'_>, old: usize, now: &Split<'_>, at: usize, splices: &'s Splices) -> Option<Shift<'s>> {
    let (old_range, range) = (*before.ranges.get(old)?, now.ranges[at]);
    let (old_extent, extent) = (before.extent(old), now.extent(at));
    let (old_text, text) = (before.rendered.text.as_str(), now.rendered.text.as_str());
    let is_first = extent.start == 0;
    let is_last = extent.end as usize == text.len();
    if old_extent.of(old_text) != extent.of(text)
        || range.start - extent.start != old_range.start - old_extent.start
        || range.len() != old_range.len()
        || is_first != (old_extent.start == 0)
        || is_last != (old_extent.end as usize == old_text.len())
    {
        return None;
    }
    let mut hull = Hull::new(now.rendered.source.id, splices);
    if is_first {
        hull.cover(TextRange::empty(0), TextRange::empty(0))?;
    }
    if is_last {
        hull.end = u32::MAX;
    }
    // What a call printed may go on in the document beside this one.
    let is_called = |piece: &Piece| piece.calls != CallId(0);
    let at_edge = |at: u32| now.rendered.text.pieces_in(TextRange { start: at, end: at + 1 }).next();
    let starts = at_edge(extent.start).is_some_and(|(_, piece)| is_called(&piece));
    let ends = extent.end.checked_sub(1).and_then(at_edge).is_some_and(|(_, piece)| is_called(&piece));
    if starts && !is_first || ends && !is_last {
        return None;
    }
    hull.take_all((before.rendered, old_extent), (now.rendered, extent))?;
    let lines = before.lines[old] != now.lines[at];
    hull.is_beside().then_some(Shift { file: hull.file, by: hull.by?, splices, others: hull.others, lines })
}

/// The part of the former text of the template that a document comes from, and how far that moved.
struct Hull<'s> {
    /// The template.
    file: FileId,
    splices: &'s Splices,
    start: u32,
    end: u32,
    by: Option<i64>,
    /// Some text comes from other files that were changed.
    others: bool,
}

impl<'s> Hull<'s> {
    fn new(file: FileId, splices: &'s Splices) -> Self {
        Self { file, splices, start: u32::MAX, end: 0, by: None, others: false }
    }

    /// Takes a part of a rendering, and what it was before; `None` where that came from somewhere else. The text is the
    /// same.
    fn take_all(&mut self, (before, old): (&Rendered, TextRange), (now, new): (&Rendered, TextRange)) -> Option<()> {
        let mut old_pieces = before.text.pieces_in(old);
        let mut pieces = now.text.pieces_in(new);
        let mut calls = (CallId(0), CallId(0));
        loop {
            let ((old_at, old), (at, new)) = match (old_pieces.next(), pieces.next()) {
                (Some(old), Some(new)) => (old, new),
                (None, None) => return Some(()),
                _ => return None,
            };
            if old_at.len() != at.len() {
                return None;
            }
            if (old.calls, new.calls) != calls {
                calls = (old.calls, new.calls);
                self.take_calls(before, old.calls, now, new.calls)?;
            }
            self.take(&old, &new)?;
        }
    }

    /// What was changed of the template lies beside of it.
    fn is_beside(&self) -> bool {
        let Some(by) = self.by else { return false };
        self.splices.of(self.file).is_none_or(|splice| {
            let is_behind = splice.old.end < self.start;
            if by == 0 { self.end < splice.old.start || splice.by == 0 && is_behind } else { is_behind }
        })
    }

    /// `None` where it did not move as the rest.
    fn cover(&mut self, old: TextRange, new: TextRange) -> Option<()> {
        let by = i64::from(new.start) - i64::from(old.start);
        let is_of_splice = || self.splices.of(self.file).is_some_and(|splice| by == splice.by);
        if *self.by.get_or_insert(by) != by || by != 0 && !is_of_splice() || old.len() != new.len() {
            return None;
        }
        (self.start, self.end) = (self.start.min(old.start), self.end.max(old.end));
        Some(())
    }

    /// Takes a place; `None` where it is another one, or where another file was changed.
    fn span(&mut self, old: Span, new: Span) -> Option<()> {
        if old.file == self.file && new.file == old.file {
            return self.cover(old.range, new.range);
        }
        self.others |= self.splices.of(old.file).is_some();
        (self.splices.moved(old) == Some(new)).then_some(())
    }

    fn made(&mut self, old: Made, new: Made) -> Option<()> {
        match (old.value, new.value) {
            (Some(old), Some(new)) => self.span(old, new)?,
            (None, None) => {}
            _ => return None,
        }
        (old.known == new.known).then_some(())
    }

    fn take(&mut self, old: &Piece, new: &Piece) -> Option<()> {
        // Of a helper that stands in the template itself nobody knows what else belongs to it.
        let is_own = |span: Span| span.file == self.file && new.calls != CallId(0);
        match (old.origin, new.origin) {
            (Origin::Verbatim(old), Origin::Verbatim(new)) if !is_own(new) => self.span(old, new),
            (Origin::Computed { action: old, made }, Origin::Computed { action, made: new }) if !is_own(action) => {
                self.span(old, action)?;
                self.made(made, new)
            }
            (Origin::Made(old), Origin::Made(new)) => self.made(old, new),
            (Origin::Padding, Origin::Padding) => Some(()),
            _ => None,
        }
    }

    fn take_calls(&mut self, before: &Rendered, old: CallId, now: &Rendered, new: CallId) -> Option<()> {
        let (old, new) = (before.calls.chain(old), now.calls.chain(new));
        if old.len() != new.len() {
            return None;
        }
        old.iter().zip(&new).try_for_each(|(old, new)| {
            self.span(old.span, new.span)?;
            (old.name == new.name).then_some(())
        })
    }
}
