//! Documents that an edit of their template left as they are: what was worked out of them holds on, at other places.

use std::sync::Arc;

use super::object::Document;
use crate::helm::render::{self, Rendered};
use crate::template::traced::{CallId, Made, Origin, Piece};
use crate::text::{FileId, Span, Splice, TextRange};

/// Where a document, and all that stands in the template from the one before it to the one behind it, went.
#[derive(Clone, Copy)]
pub struct Shift {
    file: FileId,
    by: i64,
    /// The document begins on another line of the output.
    pub lines: bool,
}

impl Shift {
    /// The present place of a place that the document had.
    pub fn apply(&self, span: Span) -> Span {
        let at = |offset: u32| u32::try_from(i64::from(offset) + self.by).unwrap_or_default();
        let range = TextRange { start: at(span.range.start), end: at(span.range.end) };
        if span.file == self.file { Span { range, ..span } } else { span }
    }

    /// Everything is where it was.
    pub fn is_nothing(&self) -> bool {
        self.by == 0 && !self.lines
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
/// others read. `former` are those of its former rendering; `is_same` says of a file that nobody changed it.
pub fn documents(rendered: &Arc<Rendered>, former: &[&Document], is_same: &dyn Fn(FileId) -> bool) -> Vec<Document> {
    let now = Split::of(rendered);
    let known = former.first().filter(|first| is_whole(rendered) && is_whole(first.rendered())).map(|first| {
        let before = Split::of(first.rendered());
        (Splice::between(rendered.source.id, &first.rendered().source.text, &rendered.source.text), before)
    });
    // What a list lists are documents, too.
    let known_at = |range| former.iter().find(|document| document.range == range && document.kind() != Some("List"));
    let mut documents = Vec::new();
    for (at, range) in now.ranges.iter().enumerate() {
        let kept = known.as_ref().and_then(|(splice, before)| {
            // Nearly every edit leaves what is above it and what is below.
            let from_end = (at + before.ranges.len()).checked_sub(now.ranges.len());
            let mut candidates = [Some(at), from_end.filter(|from_end| *from_end != at)].into_iter().flatten();
            candidates.find_map(|old| {
                let shift = moved(before, old, &now, at, splice, is_same)?;
                Some(known_at(before.ranges[old])?.moved(rendered, *range, &shift))
            })
        });
        if let Some(kept) = kept {
            documents.push(kept);
            continue;
        }
        let alike = known.as_ref().filter(|(_, before)| before.ranges.len() == now.ranges.len());
        let Some((splice, former)) = alike.and_then(|(splice, before)| Some((splice, known_at(before.ranges[at])?)))
        else {
            documents.extend(Document::all(rendered, *range));
            continue;
        };
        let mut read = Document::all_after(former, rendered, *range);
        if read.len() == 1 {
            read = read.into_iter().map(|document| with_sections_of(document, former, splice, is_same)).collect();
        }
        documents.extend(read);
    }
    documents
}

/// A document that was read anew, of which some sections are as they were.
fn with_sections_of(now: Document, former: &Document, splice: &Splice, is_same: &dyn Fn(FileId) -> bool) -> Document {
    let is_kept = |old: TextRange, new: TextRange| {
        let mut hull = Hull { splice, start: u32::MAX, end: 0, by: None };
        let same = old.of(former.rendered().text.as_str()) == new.of(now.rendered().text.as_str());
        same && hull.take_all((former.rendered(), old), (now.rendered(), new), is_same).is_some() && hull.is_beside()
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
/// and the splice lies beside of it.
fn moved(
    before: &Split<'_>,
    old: usize,
    now: &Split<'_>,
    at: usize,
    splice: &Splice,
    is_same: &dyn Fn(FileId) -> bool,
) -> Option<Shift> {
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
    let mut hull = Hull { splice, start: u32::MAX, end: 0, by: None };
    if is_first {
        hull.cover(TextRange::empty(0), TextRange::empty(0))?;
    }
    if is_last {
        hull.end = splice.len;
    }
    // What a call printed may go on in the document beside this one.
    let is_called = |piece: &Piece| piece.calls != CallId(0);
    let at_edge = |at: u32| now.rendered.text.pieces_in(TextRange { start: at, end: at + 1 }).next();
    let starts = at_edge(extent.start).is_some_and(|(_, piece)| is_called(&piece));
    let ends = extent.end.checked_sub(1).and_then(at_edge).is_some_and(|(_, piece)| is_called(&piece));
    if starts && !is_first || ends && !is_last {
        return None;
    }
    hull.take_all((before.rendered, old_extent), (now.rendered, extent), is_same)?;
    let lines = before.lines[old] != now.lines[at];
    hull.is_beside().then_some(Shift { file: splice.file, by: hull.by?, lines })
}

/// The part of the former text of the template that a document comes from, and how far that moved.
struct Hull<'s> {
    splice: &'s Splice,
    start: u32,
    end: u32,
    by: Option<i64>,
}

impl Hull<'_> {
    /// Takes a part of a rendering, and what it was before; `None` where that came from somewhere else. The text is the
    /// same.
    fn take_all(
        &mut self,
        (before, old): (&Rendered, TextRange),
        (now, new): (&Rendered, TextRange),
        is_same: &dyn Fn(FileId) -> bool,
    ) -> Option<()> {
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
                self.take_calls(before, old.calls, now, new.calls, is_same)?;
            }
            self.take(&old, &new, is_same)?;
        }
    }

    /// The splice lies beside of it.
    fn is_beside(&self) -> bool {
        match self.by {
            Some(0) => self.end < self.splice.old.start || self.splice.by == 0 && self.splice.old.end < self.start,
            Some(_) => self.splice.old.end < self.start,
            None => false,
        }
    }

    /// `None` where it did not move as the rest.
    fn cover(&mut self, old: TextRange, new: TextRange) -> Option<()> {
        let by = i64::from(new.start) - i64::from(old.start);
        if *self.by.get_or_insert(by) != by || by != 0 && by != self.splice.by || old.len() != new.len() {
            return None;
        }
        (self.start, self.end) = (self.start.min(old.start), self.end.max(old.end));
        Some(())
    }

    /// Takes a place; `None` where it is another one, or in another file that was changed, too.
    fn span(&mut self, old: Span, new: Span, is_same: &dyn Fn(FileId) -> bool) -> Option<()> {
        if old.file == self.splice.file && new.file == old.file {
            return self.cover(old.range, new.range);
        }
        (old == new && is_same(old.file)).then_some(())
    }

    fn made(&mut self, old: Made, new: Made, is_same: &dyn Fn(FileId) -> bool) -> Option<()> {
        match (old.value, new.value) {
            (Some(old), Some(new)) => self.span(old, new, is_same)?,
            (None, None) => {}
            _ => return None,
        }
        (old.known == new.known).then_some(())
    }

    fn take(&mut self, old: &Piece, new: &Piece, is_same: &dyn Fn(FileId) -> bool) -> Option<()> {
        // Of a helper that stands in the template itself nobody knows what else belongs to it.
        let is_own = |span: Span| span.file == self.splice.file && new.calls != CallId(0);
        match (old.origin, new.origin) {
            (Origin::Verbatim(old), Origin::Verbatim(new)) if !is_own(new) => self.span(old, new, is_same),
            (Origin::Computed { action: old, made }, Origin::Computed { action, made: new }) if !is_own(action) => {
                self.span(old, action, is_same)?;
                self.made(made, new, is_same)
            }
            (Origin::Made(old), Origin::Made(new)) => self.made(old, new, is_same),
            (Origin::Padding, Origin::Padding) => Some(()),
            _ => None,
        }
    }

    fn take_calls(
        &mut self,
        before: &Rendered,
        old: CallId,
        now: &Rendered,
        new: CallId,
        is_same: &dyn Fn(FileId) -> bool,
    ) -> Option<()> {
        let (old, new) = (before.calls.chain(old), now.calls.chain(new));
        if old.len() != new.len() {
            return None;
        }
        old.iter().zip(&new).try_for_each(|(old, new)| {
            self.span(old.span, new.span, is_same)?;
            (old.name == new.name).then_some(())
        })
    }
}
