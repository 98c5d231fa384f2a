//! Tabs in indentation that yaml-rust2 passes over and go-yaml does not.

use super::scratch::Scratch;
use super::tree::{Kind, Node, Style, Tree};
use crate::text::TextRange;

/// Each such tab, with go-yaml's words.
pub(super) fn find(scratch: &Scratch, tree: &Tree) -> Vec<(TextRange, &'static str)> {
    let mut found = Vec::new();
    if !scratch.view().contains('\t') {
        return found;
    }
    let free = free(scratch, tree);
    for line in 0..scratch.line_count() {
        let Some(column) = tab(scratch.line(line)) else { continue };
        let at = scratch.line_start(line) + column;
        let inside = free.get(free.partition_point(|range| range.end as usize <= at));
        if inside.is_some_and(|range| (range.start as usize) < at) {
            continue;
        }
        if let Some(words) = words(scratch, tree, at, column) {
            found.push((TextRange::new(at, at + 1), words));
        }
    }
    found
}

/// The column of the first tab that indents something: before the line's text, or behind its first dashes.
fn tab(line: &str) -> Option<usize> {
    let mut rest = line;
    loop {
        let text = rest.trim_start_matches(' ');
        if text.starts_with('\t') {
            return Some(line.len() - text.len());
        }
        rest = text.strip_prefix('-').filter(|rest| rest.starts_with([' ', '\t']))?;
    }
}

/// Places inside of brackets, quotes and texts over several lines, where tabs are text or blanks like others.
fn free(scratch: &Scratch, tree: &Tree) -> Vec<TextRange> {
    let mut ranges: Vec<TextRange> = tree.nodes().filter(|node| is_free(scratch, node)).map(|n| n.range).collect();
    ranges.sort();
    let mut free: Vec<TextRange> = Vec::new();
    for range in ranges {
        match free.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => free.push(range),
        }
    }
    free
}

/// A node over several lines whose indentation says nothing.
fn is_free(scratch: &Scratch, node: &Node<'_>) -> bool {
    (matches!(node.kind, Kind::Scalar { .. }) || is_flow(scratch, node))
        && node.range.of(scratch.view()).contains(['\r', '\n'])
}

fn is_flow(scratch: &Scratch, node: &Node<'_>) -> bool {
    let collection = matches!(node.kind, Kind::Sequence(_) | Kind::Mapping(_));
    collection && node.range.of(scratch.view()).starts_with(['[', '{'])
}

/// What go-yaml says of a tab; `None` where it takes it for a blank.
fn words(scratch: &Scratch, tree: &Tree, at: usize, column: usize) -> Option<&'static str> {
    let text = scratch.view();
    let ends = |node: &Node<'_>| node.range.start < node.range.end && node.range.end as usize <= at;
    let leaves = tree.nodes().filter(|node| matches!(node.kind, Kind::Scalar { .. } | Kind::Alias { .. }));
    let last = leaves.filter(ends).max_by_key(|node| node.range.end);
    let blank = |node: &Node<'_>| text[node.range.end as usize..at].trim().is_empty();
    match last.filter(blank).map(|node| (node, node.kind)) {
        Some((_, Kind::Scalar { style: Style::Literal | Style::Folded, .. })) => {
            Some("found a tab character where an indentation space is expected")
        }
        // It may go on in this line.
        Some((node, Kind::Scalar { style: Style::Plain, .. })) => {
            let around = |outer: &Node<'_>| {
                let collection = matches!(outer.kind, Kind::Sequence(_) | Kind::Mapping(_));
                collection && outer.range.start <= node.range.start && node.range.end <= outer.range.end
            };
            let inner = tree.nodes().filter(around).max_by_key(|outer| outer.range.start)?;
            let start = inner.range.start as usize;
            let indent = start - scratch.line_start(scratch.line_of(start));
            (column <= indent).then_some("found a tab character that violates indentation")
        }
        _ => Some("found character that cannot start any token"),
    }
}
