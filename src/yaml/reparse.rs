//! A tree after an edit: what the edit left alone is taken over, and no more is read than the smallest entry or item that
//! holds all of it.

use super::parser;
use super::tree::{Kind, NodeId, Tree};
use crate::text::{self, TextRange};

/// Collections around the entry that is read by itself: together with what may be inside they are less than the parser
/// allows.
const MAX_DEPTH: usize = 40;

/// As [`parser::parse`] of the document in `range` of `text`, which came in the place of the one in `was` of `old`, whose
/// tree is `former`. `None` where that is to be read as a whole.
pub fn reparse(former: &Tree, (old, was): (&str, TextRange), (text, range): (&str, TextRange)) -> Option<Tree> {
    // What an alias stands for may be anywhere.
    if !is_plain(former) {
        return None;
    }
    let edit = Edit::between(was.of(old), range.of(text));
    // Who types the next entry is no longer inside the last one.
    let parts = Part::around(former, (old, was), &edit);
    parts.iter().rev().take(MOST).find_map(|part| {
        let by = edit.new_end as i64 - edit.old_end as i64;
        let (read, value) = part.read(former, (text, range), by)?;
        Some(former.with_part(part.value..part.behind, (&read, value), (was.start, range.start), by))
    })
}

/// So many parts inside each other are tried.
const MOST: usize = 3;

/// Neither anchors nor tags, and nothing wrong.
fn is_plain(tree: &Tree) -> bool {
    tree.problems().is_empty() && tree.refusal().is_none() && tree.anchors().is_empty() && !tree.has_tags()
}

/// What changed: bytes of both documents.
struct Edit {
    start: usize,
    old_end: usize,
    new_end: usize,
}

impl Edit {
    fn between(old: &str, new: &str) -> Self {
        let (start, end) = text::ends_in_common(old, new);
        Self { start, old_end: old.len() - end, new_end: new.len() - end }
    }
}

/// An entry of a block mapping, or an item of a block sequence.
struct Part {
    /// `None` for an item.
    key: Option<NodeId>,
    value: NodeId,
    /// The first node behind.
    behind: NodeId,
    /// Bytes of the document: whole lines.
    lines: std::ops::Range<usize>,
}

impl Part {
    /// The parts of a document, from the largest to the smallest, that hold the edit and begin with something that it did
    /// not touch.
    fn around(tree: &Tree, (text, document): (&str, TextRange), edit: &Edit) -> Vec<Self> {
        let words = document.of(text);
        let start = |id: NodeId| (tree.node(id).range.start - document.start) as usize;
        let line = |at: usize| words[..at].rfind('\n').map_or(0, |line_break| line_break + 1);
        // Where a part begins: blanks, and the dash of an item.
        let begins = |at: usize, mark: &str| words[line(at)..at].trim() == mark;
        let mut found = Vec::new();
        let Some(mut at) = tree.root() else { return found };
        let (mut behind, mut end) = (NodeId(tree.ids().count() as u32), words.len());
        for _ in 0..MAX_DEPTH {
            let parts: Vec<(Option<NodeId>, NodeId)> = match tree.node(at).kind {
                _ if words[start(at)..].starts_with(['{', '[']) => break,
                Kind::Mapping(entries) => entries.iter().map(|(key, value)| (Some(*key), *value)).collect(),
                Kind::Sequence(items) => items.iter().map(|item| (None, *item)).collect(),
                Kind::Scalar { .. } | Kind::Alias { .. } => break,
            };
            let first = |part: &(Option<NodeId>, NodeId)| part.0.unwrap_or(part.1);
            let Some(number) = parts.iter().rposition(|part| start(first(part)) < edit.start) else { break };
            let (key, value) = parts[number];
            let from = start(first(&parts[number]));
            let next = parts.get(number + 1);
            let lines = line(from)..next.map_or(end, |next| line(start(first(next))));
            let mark = if key.is_some() { "" } else { "-" };
            let is_alone = begins(from, mark) && next.is_none_or(|next| begins(start(first(next)), mark));
            // The key and its colon, or the dash, are as they were.
            let colon = |key: NodeId| {
                let end = (tree.node(key).range.end - document.start) as usize;
                words[end..].find(':').map_or(usize::MAX, |colon| end + colon)
            };
            let inside = key.map_or(from, colon) < edit.start && (edit.old_end < lines.end || lines.end == words.len());
            if !is_alone || !inside {
                break;
            }
            (behind, end) = (next.map_or(behind, first), lines.end);
            found.push(Self { key, value, behind, lines });
            at = value;
        }
        found
    }

    /// The tree of the part alone, and the node that stands there now for its value; `None` where it is no longer one part.
    /// What is behind the edit moved by `by` bytes.
    fn read(&self, former: &Tree, (text, document): (&str, TextRange), by: i64) -> Option<(Tree, NodeId)> {
        let end = usize::try_from(self.lines.end as i64 + by).ok()?;
        let lines = TextRange::new(document.start as usize + self.lines.start, document.start as usize + end);
        let words = lines.of(text);
        // Ends of documents, and what the parser has ways of its own for, may reach beyond the lines.
        if words.contains(['\t', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
            || ["\n---", "\n..."].iter().any(|marker| words.contains(marker))
        {
            return None;
        }
        let read = parser::parse(text, lines);
        let value = match (read.node(read.root()?).kind, self.key) {
            (Kind::Mapping(&[(key, value)]), Some(known)) if former.scalar(known) == read.scalar(key) => value,
            (Kind::Sequence(&[item]), None) => item,
            _ => return None,
        };
        let has_aliases = read.nodes().any(|node| matches!(node.kind, Kind::Alias { .. }));
        let depth = |id: NodeId| std::iter::successors(read.node(id).parent, |id| read.node(*id).parent).count();
        let is_flat = read.ids().all(|id| depth(id) <= MAX_DEPTH);
        (is_plain(&read) && !has_aliases && is_flat).then_some((read, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree after `old` became `new`, and whether less than all was read. It is as if all had been.
    fn reread(old: &str, new: &str) -> bool {
        let all = |text: &str| TextRange::new(0, text.len());
        let former = parser::parse(old, all(old));
        let moved = format!("# above\n{new}");
        let range = TextRange::new("# above\n".len(), moved.len());
        let Some(tree) = reparse(&former, (old, all(old)), (&moved, range)) else { return false };
        let whole = parser::parse(&moved, range);
        assert!(tree.is_like(&whole), "{old:?} -> {new:?}\n{tree:?}\n{whole:?}");
        true
    }

    #[test]
    fn an_edit_reads_its_own_entry() {
        for (old, new) in [
            ("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 22\nc: 3\n"),
            ("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 3\n  4\n"),
            ("a: 1\nb:\nc: 3\n", "a: 1\nb: [x]\nc: 3\n"),
            ("a:\n  b: 1\n  c: 2\nd: 3\n", "a:\n  b: 1\n  c: {x: y}\n  e: 5\nd: 3\n"),
            ("a:\n- b: 1\n  c: 2\n- d\ne: x\n", "a:\n- b: 1\n  c: 3\n- d\ne: x\n"),
            ("a:\n- b: 1\n- d\ne: x\n", "a:\n- b: 1\n- dd: 4\ne: x\n"),
            ("a: |\n  x\n  y\nb: 1\n", "a: |\n  x\n  yz\n\n\nb: 1\n"),
            ("a: b\n# c\nd: e\n", "a: b\n# cc\nd: e\n"),
            ("a:\n  b: c\n\nd: e\n", "a:\n  b:\n    - x\n\nd: e\n"),
        ] {
            assert!(reread(old, new), "{old:?} -> {new:?}");
        }
    }

    #[test]
    fn what_may_reach_further_is_read_as_a_whole() {
        for (old, new) in [
            ("a: 1\nb: 2\n", "a: 1\nbb: 2\n"),
            ("a: 1\nb: 2\n", "a: 1\nb: \"2\n"),
            ("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nx: 4\nc: 3\n"),
            ("a: 1\nb: 2\nc: 3\n", "a: 1\nb: &x 2\nc: 3\n"),
            ("a: 1\nb: 2\nc: 3\n", "a: 1\nb: *x\nc: 3\n"),
            ("a: {b: 1\n c: 2}\n", "a: {b: 1,\n c: 2}\n"),
            ("a: 1\nb: 2\n", "a: 1\nb: \t2\n"),
        ] {
            reread(old, new);
        }
        assert!(!reread("a: &x 1\nb: 2\n", "a: &x 1\nb: 3\n"));
        assert!(!reread("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nx: 4\nc: 3\n"));
    }
}
