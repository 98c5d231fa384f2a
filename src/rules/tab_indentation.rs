//! See `tab_indentation.md`.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::lines::written;
use crate::text::TextRange;
use crate::yaml::parser;
use crate::yaml::path::Path;
use crate::yaml::tree::{ProblemKind, Tree};

pub(super) static RULE: Rule = Rule {
    name: "tab-indentation",
    summary: "a tab where YAML wants blanks",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("tab_indentation.md"),
    check: Check::Yaml(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let mut edits = None;
    for problem in document.tree().problems().iter().filter(|problem| problem.kind == ProblemKind::Tab) {
        let Some(place) = document.place(problem.range) else { continue };
        let report = sink
            .report(&place, "a tab indents this line: YAML allows only blanks")
            .why("YAML does not say how wide a tab is, so no parser takes one for indentation: the file is refused.")
            .help("Replace the tab by blanks. Inside a block of text (after `|`) tabs are welcome.");
        if let Some(edits) = edits.get_or_insert_with(|| expanded(document)) {
            report.fix(Fix { title: "Indent by blanks".to_owned(), safety: Safety::Safe, edits: edits.clone() });
        }
    }
}

/// More lines than this are nobody's slip.
const MAX_LINES: usize = 32;

/// Blanks instead of tabs: as many as make YAML of the document, where all numbers that do give the same.
fn expanded(document: &Document) -> Option<Vec<Edit>> {
    let mut found = [2, 4, 8, 1, 0].into_iter().filter_map(|width| Some((width, with_blanks(document, width)?)));
    let (width, (lines, first)) = found.next()?;
    if found.any(|(_, (_, other))| other != first) {
        return None;
    }
    let edits = lines.into_iter().map(|number| {
        let (start, line) = line(document, number)?;
        let range = TextRange::new(start, start + indentation(line).len());
        written(&document.place(range)?, &blanks(line, width))
    });
    edits.collect()
}

/// The lines that have to change, and what the document is with so many blanks for a tab.
fn with_blanks(document: &Document, width: usize) -> Option<(BTreeSet<usize>, Vec<Content>)> {
    let mut text = document.text().to_owned();
    let mut lines = BTreeSet::new();
    // Behind a line that could not be read others show.
    loop {
        let tree = parser::parse(&text, TextRange::new(0, text.len()));
        if tree.problems().is_empty() {
            return Some((lines, content(&tree)));
        }
        for problem in tree.problems() {
            let number = text[..problem.range.start as usize].matches('\n').count();
            if problem.kind != ProblemKind::Tab || lines.len() == MAX_LINES || !lines.insert(number) {
                return None;
            }
        }
        let all = document.text().split_inclusive('\n').enumerate();
        text = all
            .map(|(number, line)| match lines.contains(&number) {
                true => blanks(line, width) + &line[indentation(line).len()..],
                false => line.to_owned(),
            })
            .collect();
    }
}

/// Where a line of the document begins in the rendered text, and the line.
fn line(document: &Document, number: usize) -> Option<(usize, &str)> {
    let before: usize = document.text().split_inclusive('\n').take(number).map(str::len).sum();
    Some((document.range.start as usize + before, document.text().split_inclusive('\n').nth(number)?))
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn blanks(line: &str, width: usize) -> String {
    indentation(line).replace('\t', &" ".repeat(width))
}

/// A text and its place in the tree.
type Content = (Path, Option<String>);

fn content(tree: &Tree) -> Vec<Content> {
    tree.ids().map(|id| (Path::of(tree, id), tree.scalar(id).map(str::to_owned))).collect()
}
