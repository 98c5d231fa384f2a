//! Tabs that stand for indentation: yaml-rust2 takes some of them, go-yaml (and so Helm) takes none.

use super::tree::{Kind, Problem, ProblemKind, Tree};
use crate::text::TextRange;

/// A problem for each line of the document that a tab indents, where the line begins a key or an item. `text` is the
/// text the tree's places are in.
pub(super) fn problems(text: &str, range: TextRange, tree: &Tree) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut at = range.start as usize;
    for line in range.of(text).split_inclusive('\n') {
        let body = line.trim_start_matches([' ', '\t']);
        let indent = TextRange::new(at, at + line.len() - body.len());
        at += line.len();
        if indent.of(text).contains('\t') && begins_entry(text, indent.end, body, tree) {
            let first = indent.start + indent.of(text).find('\t').unwrap_or_default() as u32;
            found.push(Problem { range: TextRange { start: first, end: indent.end }, kind: ProblemKind::Tab });
        }
    }
    found
}

/// A key of a block mapping, or a `-`, stands at byte `at`.
fn begins_entry(text: &str, at: u32, body: &str, tree: &Tree) -> bool {
    let nodes = || tree.ids().map(|id| tree.node(id));
    let inside =
        nodes().any(|node| matches!(node.kind, Kind::Scalar { .. }) && node.range.start < at && at < node.range.end);
    let item = body.starts_with("- ") || body.trim_end() == "-";
    let starts = item || nodes().any(|node| !node.range.is_empty() && node.range.start == at);
    // In `[…]` and `{…}` a tab is a blank like others.
    let before = text[..at as usize].trim_end();
    starts && !inside && !before.ends_with(['[', '{', ','])
}

#[cfg(test)]
mod tests {
    use super::super::parser;
    use super::*;

    #[test]
    fn tabs_that_indent() {
        for (text, want) in [
            ("a:\n  \tb: 1\n", vec![TextRange::new(5, 6)]),
            ("a:\n\tb: 1\n", vec![TextRange::new(3, 4)]),
            ("a: |\n  x\n  \ty: 1\n", vec![]),
            ("a: [1,\n\t2]\n", vec![]),
            ("a: 1\t# x\nb: 2\n", vec![]),
        ] {
            let whole = TextRange::new(0, text.len());
            let tree = parser::parse(text, whole);
            let tabs = tree.problems().iter().filter(|problem| problem.kind == ProblemKind::Tab);
            assert_eq!(tabs.map(|problem| problem.range).collect::<Vec<_>>(), want, "{text:?}");
        }
    }
}
