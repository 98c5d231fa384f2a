//! See `duplicate_key.md`.

use std::collections::HashMap;

use super::prelude::*;
use crate::diagnostic::{Fix, Safety};
use crate::model::lines::Lines;
use crate::yaml::tree::ProblemKind;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-key",
    summary: "a key that stands twice in one mapping: the first value is lost",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("duplicate_key.md"),
    check: Check::Chart(check),
};

/// Values that lie deeper than this are taken to differ.
const MAX_DEPTH: u32 = 64;

fn check(chart: &Chart, sink: &mut Sink) {
    let documents = chart.documents().iter().chain(chart.plain());
    sink.each(documents, |document, sink| check_document(chart, document, sink));
}

fn check_document(chart: &Chart, document: &Document, sink: &mut Sink) {
    // What a broken line left behind may stand in the wrong mapping.
    if document.tree().problems().iter().any(|problem| matches!(problem.kind, ProblemKind::Syntax(_))) {
        return;
    }
    for id in document.tree().ids() {
        let node = document.node(id);
        if node.is_mapping() && !node.is_alias() {
            check_mapping(chart, node, sink);
        }
    }
}

fn check_mapping(chart: &Chart, mapping: Node<'_>, sink: &mut Sink) {
    let mut seen: HashMap<&str, (Node, Node)> = HashMap::new();
    for (key, value) in mapping.entries() {
        let Some(text) = key.text().filter(|_| !mapping.document.tree().is_merge_key(key.id)) else { continue };
        let Some((first_key, first)) = seen.insert(text, (key, value)) else { continue };
        let again = same(first, value, MAX_DEPTH);
        let report = sink.report(&key, format!("key `{text}` stands twice in this mapping"));
        let lines = Lines::of(chart, key);
        if again {
            let report = report
                .severity(Severity::Info)
                .why("Both have the same value, so nothing is lost; one of them can go.")
                .related(&first_key, "first written here, with the same value");
            report.offer("Remove the second", Safety::Safe, lines.and_then(|lines| lines.removed_again(first_key)));
        } else {
            let report = report
                .why("Helm takes the last value and says nothing: what the first one holds never reaches the cluster.")
                .help("Merge the two values under one key.")
                .related(&first_key, "first written here: this value is lost");
            if let Some(edits) =
                lines.zip(Lines::of(chart, first_key)).and_then(|(lines, first)| lines.merged_into(&first))
            {
                report.fix(Fix { title: "Merge the two".to_owned(), safety: Safety::Unsafe, edits });
            }
        }
    }
}

/// Two nodes say the same to Kubernetes.
fn same(a: Node<'_>, b: Node<'_>, depth: u32) -> bool {
    if depth == 0 {
        return false;
    }
    if let (Some(left), Some(right)) = (a.text(), b.text()) {
        return left == right && (a.is_quoted() == b.is_quoted());
    }
    if a.is_sequence() && b.is_sequence() {
        return a.items().count() == b.items().count() && a.items().zip(b.items()).all(|(a, b)| same(a, b, depth - 1));
    }
    if a.is_mapping() && b.is_mapping() {
        return a.entries().count() == b.entries().count()
            && a.entries().all(|(key, value)| {
                let other = b.entries().filter(|(other, _)| other.text() == key.text()).last();
                other.is_some_and(|(_, other)| same(value, other, depth - 1))
            });
    }
    false
}
