//! See `duplicate_key.md`.

use std::collections::HashMap;

use super::prelude::*;
use crate::yaml::tree::ProblemKind;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-key",
    summary: "a key that stands twice in one mapping: the first value is lost",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("duplicate_key.md"),
    check: Check::Yaml(check),
};

/// Values that lie deeper than this are taken to differ.
const MAX_DEPTH: u32 = 64;

fn check(document: &Document, sink: &mut Sink) {
    // What a broken line left behind may stand in the wrong mapping.
    if document.tree().problems().iter().any(|problem| matches!(problem.kind, ProblemKind::Syntax(_))) {
        return;
    }
    for id in document.tree().ids() {
        let node = document.node(id);
        if node.is_mapping() && !node.is_alias() {
            check_mapping(node, sink);
        }
    }
}

fn check_mapping(mapping: Node<'_>, sink: &mut Sink) {
    let mut seen: HashMap<&str, (Node, Node)> = HashMap::new();
    for (key, value) in mapping.entries() {
        let Some(text) = key.text().filter(|_| !mapping.document.tree().is_merge_key(key.id)) else { continue };
        let Some((first_key, first)) = seen.insert(text, (key, value)) else { continue };
        let again = same(first, value, MAX_DEPTH);
        let report = sink.report(&key, format!("key `{text}` stands twice in this mapping"));
        if again {
            report
                .severity(Severity::Info)
                .why("Both have the same value, so nothing is lost; one of them can go.")
                .related(&first_key, "first written here, with the same value");
        } else {
            report
                .why("Helm takes the last value and says nothing: what the first one holds never reaches the cluster.")
                .help("Merge the two values under one key.")
                .related(&first_key, "first written here: this value is lost");
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
