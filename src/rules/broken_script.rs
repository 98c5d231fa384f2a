//! See `broken_script.md`.

use super::prelude::*;
use crate::model::commands::scripts;
use crate::model::shell::flaw;

pub(super) static RULE: Rule = Rule {
    name: "broken-script",
    summary: "a script that no shell can read",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("broken_script.md"),
    check: Check::Part(check),
};

fn check(_: &Chart, document: &Document, sink: &mut Sink) {
    for script in scripts(document).into_iter().filter(|script| script.known()) {
        // What KubeBlocks renders may open or close what it likes.
        let Some(text) = script.text().filter(|text| !text.contains("{{")) else { continue };
        if let Some(flaw) = flaw(text) {
            sink.report(&script.part(flaw.range), flaw.words).why(
                "The shell stops there with a syntax error, or takes it for the name of a command that nobody has.",
            );
        }
    }
}
