//! Text whose every byte knows where it came from.
//!
//! A template is a macro and its output an expansion: [`Traced`] is the expansion with its origins, and
//! [`Traced::site`] leads from a range of it back to what the author wrote; [`Traced::places`] leads down.

#[cfg(test)]
mod tests;

use std::cell::Cell;

use crate::diagnostic::Place;
use crate::text::{FileId, Span, TextRange};

/// Where a piece of text came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Copied from a template: the bytes of the span are the bytes of the piece.
    Verbatim(Span),
    /// Printed by an action; `action` spans `{{ … }}`.
    Computed { action: Span, made: Made },
    /// A value's text before any action printed it.
    Made(Made),
    /// Blanks that a function put in (`indent`), which nobody wrote.
    Padding,
}

/// What is known of computed text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Made {
    /// Where in a values file the value stands that this text is (or was made from alone).
    pub value: Option<Span>,
    /// False for what another run, or a cluster, would answer otherwise: random text, the clock, `lookup`.
    pub known: bool,
}

impl Default for Made {
    fn default() -> Self {
        Self { value: None, known: true }
    }
}

/// A node of the call tree of one rendering; see [`Calls`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct CallId(pub u32);

/// Who included whom, for one rendering. [`CallId`] 0 is the template file itself.
#[derive(Clone, Debug)]
pub struct Calls {
    nodes: Vec<Call>,
}

/// One `include`, `template` or `tpl`.
#[derive(Clone, Debug)]
pub struct Call {
    /// The action that called.
    pub span: Span,
    /// What it called: the name of a define, or `tpl`.
    pub name: String,
    /// The call in which the action stood.
    pub parent: CallId,
}

impl Default for Calls {
    fn default() -> Self {
        let root = Span::new(crate::text::FileId(u32::MAX), 0, 0);
        Self { nodes: vec![Call { span: root, name: String::new(), parent: CallId(0) }] }
    }
}

impl Calls {
    pub fn push(&mut self, call: Call) -> CallId {
        self.nodes.push(call);
        CallId(self.nodes.len() as u32 - 1)
    }

    /// The calls that led to `id`, innermost first; none for the template file itself.
    pub fn chain(&self, id: CallId) -> Vec<&Call> {
        let mut chain = Vec::new();
        let mut at = id;
        while at != CallId(0) {
            let call = &self.nodes[at.0 as usize];
            chain.push(call);
            at = call.parent;
        }
        chain
    }

    /// All of them, in the order in which they were made.
    pub fn all(&self) -> &[Call] {
        &self.nodes[1..]
    }

    /// The innermost call that led to both.
    fn common(&self, a: CallId, b: CallId) -> CallId {
        let (mut a, mut b) = (a, b);
        // A call comes after the one it stands in.
        while a != b {
            let later = if a > b { &mut a } else { &mut b };
            *later = self.nodes[later.0 as usize].parent;
        }
        a
    }

    /// The action in `outer` through which `inner` was reached; `None` where `inner` is not inside `outer`.
    fn action_in(&self, outer: CallId, inner: CallId) -> Option<Span> {
        let mut at = inner;
        while at > outer {
            let call = &self.nodes[at.0 as usize];
            if call.parent == outer {
                return Some(call.span);
            }
            at = call.parent;
        }
        None
    }

    /// A source span that the calls `id` led to, as a place for a finding.
    pub fn place(&self, span: Span, id: CallId) -> Place {
        let calls = self.chain(id).into_iter().map(|call| (call.span, call.name.clone())).collect();
        Place { span, verbatim: true, value: None, calls }
    }
}

/// A run of bytes with one origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Bytes; never 0.
    pub len: u32,
    pub origin: Origin,
    pub calls: CallId,
}

impl Piece {
    /// What of the piece, which stands at `at`, lies in `part`.
    fn within(self, at: TextRange, part: TextRange) -> Option<(TextRange, Self)> {
        let (start, end) = (at.start.max(part.start), at.end.min(part.end));
        let len = end.checked_sub(start).filter(|len| *len > 0)?;
        let origin = match self.origin {
            Origin::Verbatim(span) => {
                let from = span.range.start + (start - at.start);
                Origin::Verbatim(Span { file: span.file, range: TextRange { start: from, end: from + len } })
            }
            other => other,
        };
        Some((TextRange { start, end }, Self { len, origin, ..self }))
    }
}

/// Text and its origins: the pieces' lengths add up to the text's.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Traced {
    text: String,
    pieces: Vec<Packed>,
    /// What is known of the pieces that are not copied, in their order.
    printed: Vec<Printed>,
}

/// A piece as it is kept, or many: of a text that was indented, each line would be two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Packed {
    /// Where in the text it ends; it begins where the one before it does.
    end: u32,
    /// The file of verbatim text; else [`PRINTED`] or [`PADDING`].
    file: FileId,
    /// Where in the file it begins; its number among [`Traced::printed`].
    at: u32,
    calls: CallId,
    /// As many blanks are padding before each line of the verbatim text but the first.
    blanks: u32,
    /// All of these together.
    padded: u32,
}

/// A last line break aside, the text is one line.
fn is_line(text: &[u8]) -> bool {
    text.split_last().is_none_or(|(_, text)| !text.contains(&b'\n'))
}

/// No file has this number: the piece is computed, or made.
const PRINTED: FileId = FileId(u32::MAX);
/// No file has this number, either.
const PADDING: FileId = FileId(u32::MAX - 1);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Printed {
    action: Option<Span>,
    made: Made,
}

/// What the author wrote for a range of traced text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Site {
    pub span: Span,
    /// The source span holds exactly the text of the range.
    pub verbatim: bool,
    /// Where a values file gives the text, when one value gives all of it.
    pub value: Option<Span>,
    /// All of the text is determined by the files; see [`Made::known`].
    pub known: bool,
    pub calls: CallId,
}

impl Traced {
    pub fn new() -> Self {
        Self::default()
    }

    /// Text that some function made and no action has printed yet.
    pub fn made(text: impl Into<String>, made: Made) -> Self {
        let mut out = Self { text: text.into(), ..Self::default() };
        out.push_piece(Piece { len: out.text.len() as u32, origin: Origin::Made(made), calls: CallId(0) });
        out
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn len(&self) -> usize {
        self.text.len()
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The pieces in order, each with its range in the text.
    pub fn pieces(&self) -> Pieces<'_> {
        Pieces { of: self, number: 0, at: 0, from: 0 }
    }

    /// Where the packed piece of this number begins.
    fn start(&self, number: usize) -> u32 {
        number.checked_sub(1).map_or(0, |before| self.pieces[before].end)
    }

    fn origin(&self, packed: &Packed, len: u32) -> Origin {
        match packed.file {
            PRINTED => match self.printed[packed.at as usize] {
                Printed { action: Some(action), made } => Origin::Computed { action, made },
                Printed { action: None, made } => Origin::Made(made),
            },
            PADDING => Origin::Padding,
            file => Origin::Verbatim(Span { file, range: TextRange { start: packed.at, end: packed.at + len } }),
        }
    }

    /// Appends `text` with one origin; verbatim text that continues the last piece joins it.
    pub fn push(&mut self, text: &str, origin: Origin, calls: CallId) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.push_piece(Piece { len: text.len() as u32, origin, calls });
    }

    /// Tells of text that stands behind that of all pieces already.
    fn push_piece(&mut self, piece: Piece) {
        if piece.len == 0 {
            return;
        }
        let start = self.start(self.pieces.len());
        let end = start + piece.len;
        if self.goes_on(piece, start, end) || self.is_next_line(piece, start, end) {
            return;
        }
        let (file, at) = match piece.origin {
            Origin::Verbatim(span) => (span.file, span.range.start),
            Origin::Computed { action, made } => (PRINTED, self.print(Printed { action: Some(action), made })),
            Origin::Made(made) => (PRINTED, self.print(Printed { action: None, made })),
            Origin::Padding => (PADDING, 0),
        };
        self.pieces.push(Packed { end, file, at, calls: piece.calls, blanks: 0, padded: 0 });
    }

    /// Has the last piece end at `end` if this one, which begins at `start`, continues it.
    fn goes_on(&mut self, piece: Piece, start: u32, end: u32) -> bool {
        let begin = self.start(self.pieces.len().saturating_sub(1));
        let Some(last) = self.pieces.last().filter(|last| last.calls == piece.calls) else { return false };
        let goes_on = match piece.origin {
            Origin::Verbatim(span) => {
                let text = &self.text.as_bytes()[start as usize - 1..end as usize];
                let in_line = || text[0] != b'\n' && is_line(&text[1..]);
                last.file == span.file
                    && last.at + (last.end - begin) - last.padded == span.range.start
                    && (last.blanks == 0 || in_line())
            }
            other => self.origin(last, 0) == other,
        };
        if let Some(last) = self.pieces.last_mut().filter(|_| goes_on) {
            last.end = end;
        }
        goes_on
    }

    /// Has the last piece but one end at `end` if this one, which begins at `start`, is the next line there, and between
    /// them stand the blanks that such lines have.
    fn is_next_line(&mut self, piece: Piece, start: u32, end: u32) -> bool {
        let (Origin::Verbatim(span), [.., lines, padding]) = (piece.origin, &self.pieces[..]) else { return false };
        let text = self.text.as_bytes();
        let begin = self.start(self.pieces.len() - 2);
        let blanks = padding.end - lines.end;
        let (before, between) = (&text[begin as usize..lines.end as usize], &text[lines.end as usize..start as usize]);
        let is_next = (padding.file, padding.calls) == (PADDING, CallId(0))
            && (lines.file, lines.calls) == (span.file, piece.calls)
            && lines.at + (lines.end - begin) - lines.padded == span.range.start
            && before.ends_with(b"\n")
            && (lines.blanks == blanks || lines.blanks == 0 && is_line(before))
            && between.iter().all(|byte| *byte == b' ')
            && is_line(&text[start as usize..end as usize]);
        if is_next {
            self.pieces.pop();
            if let Some(lines) = self.pieces.last_mut() {
                let padded = lines.padded + blanks;
                *lines = Packed { end, blanks, padded, ..*lines };
            }
        }
        is_next
    }

    fn print(&mut self, printed: Printed) -> u32 {
        self.printed.push(printed);
        self.printed.len() as u32 - 1
    }

    /// Appends other traced text, origins and all.
    pub fn append(&mut self, other: &Traced) {
        let by = self.text.len() as u32;
        self.text.push_str(&other.text);
        for (number, packed) in other.pieces.iter().enumerate() {
            // The first two may go on with what is here.
            let may_go_on = packed.blanks == 0 || self.pieces.iter().rev().take(2).any(|own| own.file == packed.file);
            if number < 2 && may_go_on {
                let pieces = Pieces { of: other, number, at: other.start(number), from: 0 };
                pieces.take_while(|(at, _)| at.start < packed.end).for_each(|(_, piece)| self.push_piece(piece));
                continue;
            }
            let at = match packed.file {
                PRINTED => self.print(other.printed[packed.at as usize]),
                _ => packed.at,
            };
            self.pieces.push(Packed { end: packed.end + by, at, ..*packed });
        }
    }

    /// The bytes `range` with their origins; the range is clamped to the text and to character boundaries.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Traced {
        self.cutter().cut(range)
    }

    /// For many slices that go up: together they take one pass over the pieces.
    pub fn cutter(&self) -> Cutter<'_> {
        Cutter { of: self, rest: self.pieces() }
    }

    /// `self` made printable: text that no action printed yet is now printed by `action`, in `calls`.
    pub fn printed_by(&self, action: Span, calls: CallId) -> Traced {
        let (pieces, printed) = (Vec::with_capacity(self.pieces.len()), Vec::with_capacity(self.printed.len()));
        let mut out = Traced { text: self.text.clone(), pieces, printed };
        for (number, packed) in self.pieces.iter().enumerate() {
            let len = packed.end - self.start(number);
            match self.origin(packed, len) {
                Origin::Made(made) => out.push_piece(Piece { len, origin: Origin::Computed { action, made }, calls }),
                origin @ Origin::Computed { .. } => out.push_piece(Piece { len, origin, calls: packed.calls }),
                Origin::Verbatim(_) | Origin::Padding => out.pieces.push(*packed),
            }
        }
        out
    }

    /// All of it stands in files as it is.
    pub fn is_copied(&self) -> bool {
        self.pieces.iter().all(|packed| !matches!(packed.file, PRINTED | PADDING))
    }

    /// What is known of the text as a whole, for a function that makes new text of it.
    pub fn summary(&self) -> Made {
        let mut values = self.pieces.iter().map(|packed| match self.origin(packed, 0) {
            Origin::Made(made) | Origin::Computed { made, .. } => made,
            Origin::Verbatim(_) | Origin::Padding => Made::default(),
        });
        let Some(first) = values.next() else { return Made::default() };
        values.fold(first, |all, made| Made {
            value: if all.value == made.value { all.value } else { None },
            known: all.known && made.known,
        })
    }

    /// Splits at each `separator` (not empty), like `str::split`.
    pub fn split(&self, separator: &str) -> Vec<Traced> {
        let mut cutter = self.cutter();
        let mut parts = Vec::new();
        let mut start = 0;
        for (at, matched) in self.text.match_indices(separator) {
            parts.push(cutter.cut(start..at));
            start = at + matched.len();
        }
        parts.push(cutter.cut(start..self.text.len()));
        parts
    }

    /// Puts `n` blanks before every line, also before empty ones, as sprig's `indent`.
    pub fn indent(&self, n: usize) -> Traced {
        let blanks = " ".repeat(n);
        let mut cutter = self.cutter();
        let mut out = Traced::new();
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            out.push(&blanks, Origin::Padding, CallId(0));
            cutter.append_to(&mut out, start..start + line.len());
            start += line.len();
        }
        if self.text.is_empty() || self.text.ends_with('\n') {
            out.push(&blanks, Origin::Padding, CallId(0));
        }
        out
    }

    /// Bytes removed at both ends where `cut` holds.
    pub fn trim_matches(&self, cut: impl Fn(char) -> bool, left: bool, right: bool) -> Traced {
        let start = if left { self.text.len() - self.text.trim_start_matches(&cut).len() } else { 0 };
        let end = if right { self.text.trim_end_matches(&cut).len() } else { self.text.len() };
        self.slice(start..end.max(start))
    }

    /// Each `old` (not empty) replaced by `new`; at most `limit` times.
    pub fn replace(&self, old: &str, new: &Traced, limit: Option<usize>) -> Traced {
        let mut cutter = self.cutter();
        let mut out = Traced::new();
        let mut start = 0;
        for (at, matched) in self.text.match_indices(old).take(limit.unwrap_or(usize::MAX)) {
            cutter.append_to(&mut out, start..at);
            out.append(new);
            start = at + matched.len();
        }
        cutter.append_to(&mut out, start..self.text.len());
        out
    }

    /// Up: what the author wrote for `range`. An empty range is that of the byte before it, or after it.
    ///
    /// Where several origins meet, the answer covers them as far as they stand in one file, in one call and in
    /// order; padding is passed over. `None` for text that nobody wrote.
    pub fn site(&self, range: TextRange) -> Option<Site> {
        let range = if range.is_empty() {
            let at = range.start as usize;
            if at > 0 { TextRange::new(at - 1, at) } else { TextRange::new(0, 1) }
        } else {
            range
        };
        let mut site: Option<Site> = None;
        let first = self.pieces_from(range.start);
        for (at, piece) in first.take_while(|(at, _)| at.start < range.end) {
            let from = at.start.max(range.start);
            let to = at.end.min(range.end);
            let (span, verbatim, made) = match piece.origin {
                Origin::Verbatim(span) => {
                    let start = span.range.start + (from - at.start);
                    let range = TextRange { start, end: start + (to - from) };
                    (Span { file: span.file, range }, true, Made::default())
                }
                Origin::Computed { action, made } => (action, false, made),
                Origin::Made(_) | Origin::Padding => continue,
            };
            match &mut site {
                None => {
                    site = Some(Site { span, verbatim, value: made.value, known: made.known, calls: piece.calls });
                }
                Some(site) => {
                    site.known &= made.known;
                    site.verbatim &= verbatim && site.span.range.end == span.range.start;
                    if site.value != made.value {
                        site.value = None;
                    }
                    let same = site.span.file == span.file && site.calls == piece.calls;
                    if same && site.span.range.start <= span.range.start {
                        site.span.range = site.span.range.cover(span.range);
                    } else {
                        site.verbatim = false;
                    }
                }
            }
        }
        let mut site = site?;
        site.verbatim &= site.span.range.len() == range.len();
        Some(site)
    }

    /// As [`Traced::site`]; where text of different calls meets (`{{ include "name" . }}-config`), the answer is the
    /// text that put them together, with the actions that called.
    pub fn site_in(&self, range: TextRange, calls: &Calls) -> Option<Site> {
        let site = self.site(range)?;
        let inside = self.pieces_from(range.start).take_while(|(at, _)| at.start < range.end);
        let pieces: Vec<(TextRange, Piece)> =
            inside.filter(|(_, piece)| !matches!(piece.origin, Origin::Made(_) | Origin::Padding)).collect();
        if pieces.iter().all(|(_, piece)| piece.calls == site.calls) {
            return Some(site);
        }
        let outer = pieces.iter().fold(site.calls, |at, (_, piece)| calls.common(at, piece.calls));
        let mut span: Option<Span> = None;
        for (at, piece) in pieces {
            let own = if piece.calls == outer {
                let part = TextRange { start: at.start.max(range.start), end: at.end.min(range.end) };
                self.site(part).map(|site| site.span)
            } else {
                calls.action_in(outer, piece.calls)
            };
            match (&mut span, own) {
                (None, own) => span = own,
                (Some(span), Some(own)) if span.file == own.file && span.range.start <= own.range.start => {
                    span.range = span.range.cover(own.range);
                }
                _ => {}
            }
        }
        Some(Site { span: span?, verbatim: false, value: None, known: site.known, calls: outer })
    }

    /// The pieces of a part of the text, those at its ends cut.
    pub fn pieces_in(&self, part: TextRange) -> impl Iterator<Item = (TextRange, Piece)> {
        self.pieces_from(part.start).map_while(move |(at, piece)| piece.within(at, part))
    }

    /// The pieces that were not copied of which some byte lies in `part`.
    pub fn printed_in(&self, part: TextRange) -> impl Iterator<Item = (TextRange, Piece)> {
        let first = self.pieces.partition_point(|piece| piece.end <= part.start);
        let packed = self.pieces[first..].iter().enumerate().map(move |(at, packed)| (self.start(first + at), packed));
        let packed =
            packed.take_while(move |(start, _)| *start < part.end).filter(|(_, packed)| packed.file == PRINTED);
        packed.map(|(start, packed)| {
            let (origin, len) = (self.origin(packed, 0), packed.end - start);
            (TextRange { start, end: packed.end }, Piece { len, origin, calls: packed.calls })
        })
    }

    /// The files determine the text of `range`; see [`Site::known`].
    pub fn is_known(&self, range: TextRange) -> bool {
        let is_known = |piece: Piece| !matches!(piece.origin, Origin::Computed { made, .. } if !made.known);
        self.printed_in(range).all(|(_, piece)| is_known(piece))
    }

    /// The piece that holds a byte, and all behind it.
    fn pieces_from(&self, offset: u32) -> Pieces<'_> {
        let number = self.pieces.partition_point(|piece| piece.end <= offset);
        let start = self.start(number);
        let mut pieces = Pieces { of: self, number, at: start, from: 0 };
        if let Some(packed) = self.pieces.get(number).filter(|packed| packed.blanks > 0) {
            let before = &self.text.as_bytes()[start as usize..offset.max(start) as usize];
            let lines = before.iter().filter(|byte| **byte == b'\n').count() as u32;
            if let Some(last) = before.iter().rposition(|byte| *byte == b'\n') {
                let line = start + last as u32 + 1;
                pieces.from = packed.at + (line - start) - (lines - 1) * packed.blanks;
                pieces.at = if offset < line + packed.blanks { line } else { line + packed.blanks };
            }
        }
        pieces
    }

    /// The pieces of those packed ones of which this says, by them and their length, that they are wanted.
    fn pieces_of(&self, is_wanted: impl Fn(&Packed, u32) -> bool) -> impl Iterator<Item = (TextRange, Piece)> {
        let wanted = self.pieces.iter().enumerate().filter_map(move |(number, packed)| {
            let at = self.start(number);
            let pieces = Pieces { of: self, number, at, from: 0 };
            is_wanted(packed, packed.end - at).then(|| pieces.take_while(|(at, _)| at.start < packed.end))
        });
        wanted.flatten()
    }

    /// The ranges of this text that calls printed for which `is_meant` holds.
    pub fn ranges_of_calls(&self, is_meant: impl Fn(CallId) -> bool) -> Vec<TextRange> {
        let last = Cell::new((CallId(0), false));
        let is_meant = |calls: CallId| {
            if calls != last.get().0 {
                last.set((calls, is_meant(calls)));
            }
            last.get().1
        };
        let mut found: Vec<TextRange> = Vec::new();
        for (range, piece) in self.pieces_of(|packed, _| is_meant(packed.calls)) {
            match found.last_mut() {
                _ if piece.calls == CallId(0) => {}
                Some(last) if last.end == range.start => last.end = range.end,
                _ => found.push(range),
            }
        }
        found
    }

    /// Down: the ranges of this text that `span` of some source led to, in order; many where a helper was included
    /// more than once.
    pub fn places(&self, span: Span) -> Vec<TextRange> {
        let mut out: Vec<TextRange> = Vec::new();
        let touches = |action: Span| {
            action.file == span.file
                && action.range.start < span.range.end.max(span.range.start + 1)
                && span.range.start < action.range.end
        };
        let may_be = |packed: &Packed, len: u32| match packed.file {
            PRINTED => self.printed[packed.at as usize].action.is_some_and(touches),
            file => file == span.file && packed.at <= span.range.end && span.range.start <= packed.at + len,
        };
        for (at, piece) in self.pieces_of(may_be) {
            let range = match piece.origin {
                Origin::Verbatim(from) if from.file == span.file => {
                    let start = from.range.start.max(span.range.start);
                    let end = from.range.end.min(span.range.end);
                    if start > end || (start == end && !span.range.is_empty()) {
                        continue;
                    }
                    let start = at.start + (start - from.range.start);
                    TextRange { start, end: start + (end - from.range.start).saturating_sub(start - at.start) }
                }
                Origin::Computed { action, .. } if touches(action) => at,
                _ => continue,
            };
            match out.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => out.push(range),
            }
        }
        out
    }
}

/// See [`Traced::pieces`].
#[derive(Clone)]
pub struct Pieces<'t> {
    of: &'t Traced,
    /// The packed piece that is next, or has what is next.
    number: usize,
    /// Where in the text the next piece begins.
    at: u32,
    /// Where in the file, if it is not the first of its packed piece.
    from: u32,
}

impl Iterator for Pieces<'_> {
    type Item = (TextRange, Piece);

    fn next(&mut self) -> Option<Self::Item> {
        let packed = self.of.pieces.get(self.number)?;
        let start = self.at;
        let is_first = start == self.of.start(self.number);
        let rest = &self.of.text.as_bytes()[start as usize..packed.end as usize];
        let (len, origin, calls) = if packed.blanks == 0 {
            let len = rest.len() as u32;
            (len, self.of.origin(packed, len), packed.calls)
        } else if !is_first && self.of.text.as_bytes()[start as usize - 1] == b'\n' {
            (packed.blanks, Origin::Padding, CallId(0))
        } else {
            let from = if is_first { packed.at } else { self.from };
            let len = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1) as u32;
            self.from = from + len;
            let range = TextRange { start: from, end: from + len };
            (len, Origin::Verbatim(Span { file: packed.file, range }), packed.calls)
        };
        self.at = start + len;
        self.number += usize::from(self.at == packed.end);
        Some((TextRange { start, end: self.at }, Piece { len, origin, calls }))
    }
}

/// Cuts slices out of a text, each behind the one before; see [`Traced::cutter`].
pub struct Cutter<'a> {
    of: &'a Traced,
    /// From the piece that the last slice ended in.
    rest: Pieces<'a>,
}

impl Cutter<'_> {
    /// As [`Traced::slice`].
    pub fn cut(&mut self, range: std::ops::Range<usize>) -> Traced {
        let mut out = Traced::new();
        self.append_to(&mut out, range);
        out
    }

    /// Appends the slice to `out`.
    pub fn append_to(&mut self, out: &mut Traced, range: std::ops::Range<usize>) {
        let end = crate::text::floor_char_boundary(&self.of.text, range.end);
        let start = crate::text::floor_char_boundary(&self.of.text, range.start.min(end));
        out.text.push_str(&self.of.text[start..end]);
        let part = TextRange::new(start, end);
        if part.start < self.rest.at {
            self.rest = self.of.pieces();
        }
        loop {
            let mut behind = self.rest.clone();
            let Some((at, piece)) = behind.next() else { return };
            if let Some((_, piece)) = piece.within(at, part) {
                out.push_piece(piece);
            }
            if at.end > part.end {
                return;
            }
            self.rest = behind;
        }
    }
}
