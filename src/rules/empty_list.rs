//! See `empty_list.md`.

use super::prelude::*;
use crate::model::empties::empty_lists;

pub(super) static RULE: Rule = Rule {
    name: "empty-list",
    summary: "a list whose key stays when all its items are left out",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("empty_list.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    for key in empty_lists(chart, document) {
        sink.report(
            &key,
            format!("`{}` has no value: its items stand in a branch that is not taken", key.text().unwrap_or_default()),
        )
        .why("The key without a value is null, no list. The API server drops it, and other readers may not.")
        .help("Put the key into the branch, before its first item.");
    }
}
