//! The lines of a file to the entries of its outline.

use std::ops::Range;

use super::{Entry, EntryId, EntryKind, Flow, HOLE, Outline, Scalar, line_start};
use crate::template::ast::{ActionKind, ActionSite};
use crate::text::TextRange;

/// Brackets inside of brackets deeper than this are not looked into.
const MAX_FLOW_DEPTH: u32 = 32;

/// The text with blanks for actions that print nothing or stand on lines of their own, and holes for others.
pub(super) fn mask(text: &str, actions: &[ActionSite]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(first) = actions.get(at) {
        let start = line_start(text, first.range.start as usize);
        // All that stands on the same line, as far as lines go that begin inside of an action.
        let mut last = at;
        let mut alone = text[start..first.range.start as usize].trim().is_empty();
        while let Some(next) = actions.get(last + 1) {
            let between =
                &text[actions[last].range.end as usize..next.range.start.max(actions[last].range.end) as usize];
            if between.contains('\n') {
                break;
            }
            alone &= between.trim().is_empty();
            last += 1;
        }
        let rest = text[actions[last].range.end as usize..].lines().next().unwrap_or_default();
        let comment = rest.trim_start().starts_with('#');
        alone &= rest.trim().is_empty() || comment;
        for site in &actions[at..=last] {
            let prints =
                matches!(site.kind, ActionKind::Print | ActionKind::Template | ActionKind::Block | ActionKind::Broken);
            let fill = if alone || !prints { b' ' } else { HOLE };
            for byte in &mut bytes[site.range.as_usize()] {
                if *byte != b'\n' || !alone {
                    *byte = fill;
                }
            }
        }
        at = last + 1;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The text with blanks for some of its ranges.
pub(super) fn mask_ranges(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        for byte in &mut bytes[range] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Reads the lines of one region.
pub(super) struct Reader<'r> {
    text: &'r str,
    outline: &'r mut Outline,
    region: usize,
    /// The entries that hold what follows, the innermost last.
    open: Vec<EntryId>,
}

impl<'r> Reader<'r> {
    pub(super) fn of(text: &'r str, outline: &'r mut Outline, region: usize) -> Self {
        Self { text, outline, region, open: Vec::new() }
    }

    pub(super) fn read(&mut self, range: Range<usize>) {
        self.outline.documents.push((range.start as u32, self.region));
        let mut at = range.start;
        while at < range.end {
            let end = self.line_end(at).min(range.end);
            at = self.line(at, end, range.end);
        }
    }

    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |line_break| at + line_break)
    }

    fn document(&self) -> u32 {
        self.outline.documents.len() as u32 - 1
    }

    /// Reads the line `at..end`; the next one begins at the answer.
    fn line(&mut self, at: usize, end: usize, limit: usize) -> usize {
        let line = self.text[at..end].trim_end();
        let next = (end + 1).min(limit.max(end));
        let next = if next == at { at + 1 } else { next };
        if line.starts_with("---") && (line.len() == 3 || line[3..].starts_with([' ', '\t'])) {
            self.open.clear();
            self.outline.documents.push((at as u32, self.region));
            return next;
        }
        let first = line.len() - line.trim_start_matches(' ').len();
        if line.len() == first || line[first..].starts_with('#') {
            return next;
        }
        let after = self.content(at, at + first, at + line.len(), limit);
        // What took more lines than one ends at the end of one.
        if after > end { (self.line_end(after.min(limit)) + 1).min(limit.max(end)) } else { next }
    }

    /// Reads what stands on a line from `from` on; answers where it ends.
    fn content(&mut self, line: usize, from: usize, end: usize, limit: usize) -> usize {
        let mut from = from;
        let mut anchor = None;
        loop {
            let rest = &self.text[from..end];
            let column = (from - line) as u32;
            if rest == "-" || rest.starts_with("- ") {
                self.close(column, EntryKind::Item);
                let id = self.add(EntryKind::Item, column, TextRange::new(from, from + 1), from + 2, anchor.take());
                self.open.push(id);
                from += 1 + rest[1..].len() - rest[1..].trim_start_matches(' ').len();
                if from >= end || self.text[from..end].starts_with('#') {
                    return end;
                }
                let (value, found) = self.properties(from, end);
                if let Some(found) = found {
                    self.outline.entries[id.0 as usize].anchor = Some(found);
                    if value >= end {
                        return end;
                    }
                    from = value;
                }
                continue;
            }
            if let Some((key, colon)) = key(rest) {
                self.close(column, EntryKind::Key);
                let range = TextRange::new(from + key.start, from + key.end);
                let id = self.add(EntryKind::Key, column, range, from + colon + 1, anchor.take());
                self.open.push(id);
                return self.scalar(id, line, from + colon + 1, end, limit);
            }
            // An item's own scalar, or a word.
            let item = self.open.last().copied().filter(|id| {
                let entry = self.outline.entry(*id);
                entry.kind == EntryKind::Item && entry.range.start as usize >= line
            });
            if let Some(id) = item {
                return self.scalar(id, line, from, end, limit);
            }
            self.close(column, EntryKind::Word);
            let plain = plain_end(rest);
            self.add(EntryKind::Word, column, TextRange::new(from, from + plain), from + plain, None);
            return end;
        }
    }

    /// Skips `&anchor` and `!tag`; answers what follows, and the anchor's name.
    fn properties(&self, from: usize, end: usize) -> (usize, Option<TextRange>) {
        let mut at = from;
        let mut anchor = None;
        loop {
            let rest = &self.text[at..end];
            if !rest.starts_with(['&', '!']) {
                return (at, anchor);
            }
            let word = rest.find(' ').unwrap_or(rest.len());
            if rest.starts_with('&') {
                anchor = Some(TextRange::new(at + 1, at + word));
            }
            at += word;
            at += self.text[at..end].len() - self.text[at..end].trim_start_matches(' ').len();
        }
    }

    /// Reads the value of `id` that begins behind `from`.
    fn scalar(&mut self, id: EntryId, line: usize, from: usize, end: usize, limit: usize) -> usize {
        let from = from + self.text[from..end].len() - self.text[from..end].trim_start_matches(' ').len();
        let (from, anchor) = self.properties(from, end);
        if anchor.is_some() {
            self.outline.entries[id.0 as usize].anchor = anchor;
        }
        let rest = &self.text[from..end];
        let Some(first) = rest.chars().next().filter(|first| *first != '#') else { return end };
        let (range, quote, after) = match first {
            '|' | '>' => {
                let column = self.outline.entry(id).column;
                let (start, stop) = self.block(end, column, limit);
                (TextRange::new(start, stop), Some(first), stop)
            }
            '[' | '{' => return self.flow(Some(id), from, line, limit, 0),
            '"' | '\'' => {
                let close = quoted(rest).map(|close| from + close);
                (TextRange::new(from + 1, close.unwrap_or(end)), Some(first), end)
            }
            _ => (TextRange::new(from, from + plain_end(rest)), None, end),
        };
        let computed = range.of(self.text).as_bytes().contains(&HOLE);
        self.outline.entries[id.0 as usize].value = Some(Scalar { range, quote, computed });
        after
    }

    /// The lines behind `end` that are farther in than `column`.
    fn block(&self, end: usize, column: u32, limit: usize) -> (usize, usize) {
        let start = (end + 1).min(limit);
        let mut stop = start;
        let mut at = start;
        while at < limit {
            let line_end = self.line_end(at).min(limit);
            let line = &self.text[at..line_end];
            let indent = line.len() - line.trim_start_matches(' ').len();
            if !line.trim().is_empty() {
                if indent as u32 <= column {
                    break;
                }
                stop = line_end;
            }
            at = line_end + 1;
        }
        (start, stop.max(start))
    }

    /// Reads brackets from `open` on; answers where they end.
    fn flow(&mut self, owner: Option<EntryId>, open: usize, line: usize, limit: usize, depth: u32) -> usize {
        let bytes = self.text.as_bytes();
        let mapping = bytes[open] == b'{';
        let at_flow = self.outline.flows.len();
        self.outline.flows.push(Flow { range: TextRange::new(open, open + 1), owner, mapping });
        let indent = self.text[line..open].len() - self.text[line..open].trim_start_matches(' ').len();
        let mut at = open + 1;
        let mut holder = None;
        while at < limit {
            let column = (at - line_start(self.text, at)) as u32;
            match bytes[at] {
                b' ' | b'\t' | b'\r' => at += 1,
                b',' => {
                    holder = None;
                    at += 1;
                }
                b'\n' => {
                    let next = &self.text[at + 1..self.line_end(at + 1).min(limit).max(at + 1)];
                    let inner = next.len() - next.trim_start_matches(' ').len();
                    let closes = next.trim_start().starts_with([']', '}']);
                    if !next.trim().is_empty() && inner <= indent && !closes {
                        break;
                    }
                    at += 1;
                }
                b']' | b'}' => {
                    self.no_item_yet(owner, mapping, at);
                    at += 1;
                    self.outline.flows[at_flow].range = TextRange::new(open, at);
                    return at;
                }
                b'#' if bytes[at - 1] == b' ' => at = self.line_end(at).min(limit),
                b':' => at += 1,
                b'[' | b'{' if depth < MAX_FLOW_DEPTH => {
                    let inner = match holder {
                        Some(id) => id,
                        None => self.flow_entry(EntryKind::Item, owner, column, TextRange::empty(at), at),
                    };
                    at = self.flow(Some(inner), at, line, limit, depth + 1);
                }
                _ => {
                    let rest = &self.text[at..limit];
                    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
                    let close = quote.and_then(|_| quoted(rest.lines().next().unwrap_or_default()));
                    let (range, after) = match (quote, close) {
                        (Some(_), Some(close)) => (TextRange::new(at + 1, at + close), at + close + 1),
                        _ => {
                            let skip = usize::from(quote.is_some());
                            let word = flow_word_end(&rest[skip..]).max(1 - skip);
                            (TextRange::new(at + skip, at + skip + word), at + skip + word)
                        }
                    };
                    let colon = self.text[after..limit].trim_start_matches(' ').starts_with(':');
                    let computed = range.of(self.text).as_bytes().contains(&HOLE);
                    let value = Some(Scalar { range, quote, computed });
                    match holder {
                        Some(id) => self.outline.entries[id.0 as usize].value = value,
                        None if mapping => {
                            let id = self.flow_entry(EntryKind::Key, owner, column, range, after + 1);
                            holder = colon.then_some(id);
                        }
                        None => {
                            let id = self.flow_entry(EntryKind::Item, owner, column, TextRange::empty(at), at);
                            self.outline.entries[id.0 as usize].value = value;
                        }
                    }
                    at = after.max(at + 1);
                }
            }
            while at < limit && !self.text.is_char_boundary(at) {
                at += 1;
            }
        }
        self.no_item_yet(owner, mapping, at);
        self.outline.flows[at_flow].range = TextRange::new(open, at + 1);
        at
    }

    /// The first item of a list may be about to be typed.
    fn no_item_yet(&mut self, owner: Option<EntryId>, mapping: bool, at: usize) {
        if !mapping && !self.outline.entries.iter().rev().any(|entry| entry.flow && entry.parent == owner) {
            let column = (at - line_start(self.text, at)) as u32;
            self.flow_entry(EntryKind::Item, owner, column, TextRange::empty(at), at);
        }
    }

    fn flow_entry(
        &mut self,
        kind: EntryKind,
        owner: Option<EntryId>,
        column: u32,
        range: TextRange,
        after: usize,
    ) -> EntryId {
        let id = EntryId(self.outline.entries.len() as u32);
        let document = self.document();
        self.outline.entries.push(Entry {
            kind,
            parent: owner,
            column,
            range,
            value: None,
            after: after as u32,
            anchor: None,
            flow: true,
            document,
        });
        id
    }

    /// Closes what cannot hold an entry in `column`.
    fn close(&mut self, column: u32, kind: EntryKind) {
        while let Some(last) = self.open.last().map(|id| *self.outline.entry(*id)) {
            // The dashes of a list may stand as far in as its key.
            let list = kind == EntryKind::Item && last.kind == EntryKind::Key && last.value.is_none();
            if last.column < column || list && last.column == column {
                return;
            }
            self.open.pop();
        }
    }

    fn add(
        &mut self,
        kind: EntryKind,
        column: u32,
        range: TextRange,
        after: usize,
        anchor: Option<TextRange>,
    ) -> EntryId {
        let id = EntryId(self.outline.entries.len() as u32);
        let (parent, document) = (self.open.last().copied(), self.document());
        let after = after as u32;
        self.outline.entries.push(Entry {
            kind,
            parent,
            column,
            range,
            value: None,
            after,
            anchor,
            flow: false,
            document,
        });
        id
    }
}

/// The bytes of a key at the beginning of `text`, without quotes, and of its colon.
fn key(text: &str) -> Option<(Range<usize>, usize)> {
    let ends = |at: usize| text[at + 1..].is_empty() || text[at + 1..].starts_with([' ', '\t']);
    if text.starts_with(['"', '\'']) {
        let close = quoted(text)?;
        let colon = close + 1 + text[close + 1..].len() - text[close + 1..].trim_start_matches(' ').len();
        return (text[colon..].starts_with(':') && ends(colon)).then_some((1..close, colon));
    }
    // A key that is not there (yet) has a colon.
    if text.starts_with(':') && ends(0) {
        return Some((0..0, 0));
    }
    if text.starts_with(['{', '[', '#', '|', '>', '&', '!', '%', '@', '`']) {
        return None;
    }
    let colon = text.match_indices(':').map(|(at, _)| at).find(|at| ends(*at))?;
    let name = text[..colon].trim_end();
    (!name.is_empty() && !name.contains(" #")).then_some((0..name.len(), colon))
}

/// Where the quote closes with which `text` begins.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if quote == '"' && c == '\\' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
                continue;
            }
            return Some(at);
        }
    }
    None
}

/// Where a plain scalar ends on its line.
fn plain_end(text: &str) -> usize {
    text.find(" #").map_or(text, |comment| &text[..comment]).trim_end().len()
}

/// Where a plain scalar between brackets ends.
fn flow_word_end(text: &str) -> usize {
    let ends = |(at, c): (usize, char)| match c {
        ',' | ']' | '}' | '[' | '{' | '\n' => true,
        ':' => text[at + 1..].chars().next().is_none_or(|next| matches!(next, ' ' | '\n' | ',' | ']' | '}')),
        _ => false,
    };
    let end = text.char_indices().find(|found| ends(*found)).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end().len()
}
