//! Text whose every byte knows where it came from.
//!
//! A template is a macro and its output an expansion: [`Traced`] is the expansion with its origins, and
//! [`Traced::site`] leads from a range of it back to what the author wrote; [`Traced::places`] leads down.

use crate::diagnostic::Place;
use crate::text::{Span, TextRange};

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

/// Text and its origins: the pieces' lengths add up to the text's.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Traced {
    text: String,
    pieces: Vec<Piece>,
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
        let text = text.into();
        let mut out = Self::new();
        if !text.is_empty() {
            out.pieces.push(Piece { len: text.len() as u32, origin: Origin::Made(made), calls: CallId(0) });
        }
        out.text = text;
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
    pub fn pieces(&self) -> impl Iterator<Item = (TextRange, &Piece)> {
        let mut at = 0usize;
        self.pieces.iter().map(move |piece| {
            let range = TextRange::new(at, at + piece.len as usize);
            at = range.end as usize;
            (range, piece)
        })
    }

    /// Appends `text` with one origin; verbatim text that continues the last piece joins it.
    pub fn push(&mut self, text: &str, origin: Origin, calls: CallId) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.push_piece(Piece { len: text.len() as u32, origin, calls });
    }

    fn push_piece(&mut self, piece: Piece) {
        if piece.len == 0 {
            return;
        }
        if let Some(last) = self.pieces.last_mut()
            && last.calls == piece.calls
        {
            match (&mut last.origin, piece.origin) {
                (Origin::Verbatim(a), Origin::Verbatim(b)) if a.file == b.file && a.range.end == b.range.start => {
                    a.range.end = b.range.end;
                    last.len += piece.len;
                    return;
                }
                (Origin::Verbatim(_), _) => {}
                (a, b) if *a == b => {
                    last.len += piece.len;
                    return;
                }
                _ => {}
            }
        }
        self.pieces.push(piece);
    }

    /// Appends other traced text, origins and all.
    pub fn append(&mut self, other: &Traced) {
        self.text.push_str(&other.text);
        for piece in &other.pieces {
            self.push_piece(*piece);
        }
    }

    /// The bytes `range` with their origins; the range is clamped to the text and to character boundaries.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Traced {
        let end = crate::text::floor_char_boundary(&self.text, range.end);
        let start = crate::text::floor_char_boundary(&self.text, range.start.min(end));
        let mut out = Traced { text: self.text[start..end].to_owned(), pieces: Vec::new() };
        for (at, piece) in self.pieces() {
            let (from, to) = ((at.start as usize).max(start), (at.end as usize).min(end));
            if from < to {
                let origin = match piece.origin {
                    Origin::Verbatim(span) => {
                        let first = span.range.start as usize + from - at.start as usize;
                        Origin::Verbatim(Span::new(span.file, first, first + to - from))
                    }
                    other => other,
                };
                out.push_piece(Piece { len: (to - from) as u32, origin, calls: piece.calls });
            }
        }
        out
    }

    /// `self` made printable: text that no action printed yet is now printed by `action`, in `calls`.
    pub fn printed_by(&self, action: Span, calls: CallId) -> Traced {
        let mut out = Traced { text: self.text.clone(), pieces: Vec::with_capacity(self.pieces.len()) };
        for piece in &self.pieces {
            let piece = match piece.origin {
                Origin::Made(made) => Piece { origin: Origin::Computed { action, made }, calls, ..*piece },
                _ => *piece,
            };
            out.push_piece(piece);
        }
        out
    }

    /// What is known of the text as a whole, for a function that makes new text of it.
    pub fn summary(&self) -> Made {
        let mut values = self.pieces.iter().map(|piece| match piece.origin {
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
        let mut parts = Vec::new();
        let mut start = 0;
        for (at, matched) in self.text.match_indices(separator) {
            parts.push(self.slice(start..at));
            start = at + matched.len();
        }
        parts.push(self.slice(start..self.text.len()));
        parts
    }

    /// Puts `n` blanks before every line, also before empty ones, as sprig's `indent`.
    pub fn indent(&self, n: usize) -> Traced {
        let blanks = " ".repeat(n);
        let mut out = Traced::new();
        for (i, line) in self.split("\n").iter().enumerate() {
            if i > 0 {
                let at = line_break_before(self, i);
                out.append(&at);
            }
            out.push(&blanks, Origin::Padding, CallId(0));
            out.append(line);
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
        let mut out = Traced::new();
        let mut start = 0;
        for (at, matched) in self.text.match_indices(old).take(limit.unwrap_or(usize::MAX)) {
            out.append(&self.slice(start..at));
            out.append(new);
            start = at + matched.len();
        }
        out.append(&self.slice(start..self.text.len()));
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

    fn pieces_from(&self, offset: u32) -> impl Iterator<Item = (TextRange, &Piece)> {
        self.pieces().skip_while(move |(at, _)| at.end <= offset)
    }

    /// Down: the ranges of this text that `span` of some source led to, in order; many where a helper was included
    /// more than once.
    pub fn places(&self, span: Span) -> Vec<TextRange> {
        let mut out: Vec<TextRange> = Vec::new();
        for (at, piece) in self.pieces() {
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
                Origin::Computed { action, .. }
                    if action.file == span.file
                        && action.range.start < span.range.end.max(span.range.start + 1)
                        && span.range.start < action.range.end =>
                {
                    at
                }
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

/// The line break before line `line` (from 1) with its origin.
fn line_break_before(text: &Traced, line: usize) -> Traced {
    let at = text.text.match_indices('\n').nth(line - 1).map_or(0, |(at, _)| at);
    text.slice(at..at + 1)
}
