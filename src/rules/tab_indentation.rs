//! See `tab_indentation.md`.

use super::prelude::*;
use crate::yaml::tree::ProblemKind;

pub(super) static RULE: Rule = Rule {
    name: "tab-indentation",
    summary: "a tab where YAML wants blanks",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("tab_indentation.md"),
    check: Check::Yaml(check),
};

fn check(document: &Document, sink: &mut Sink) {
    for problem in document.tree().problems().iter().filter(|problem| problem.kind == ProblemKind::Tab) {
        let Some(place) = document.place(problem.range) else { continue };
        sink.report(&place, "a tab indents this line: YAML allows only blanks")
            .why("YAML does not say how wide a tab is, so no parser takes one for indentation: the file is refused.")
            .help("Replace the tab by blanks. Inside a block of text (after `|`) tabs are welcome.");
    }
}
