//! See `redefined_anchor.md`.

use std::collections::HashMap;

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "redefined-anchor",
    summary: "an anchor name that one document gives twice",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("redefined_anchor.md"),
    check: Check::Yaml(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let mut seen = HashMap::new();
    for anchor in document.tree().anchors() {
        let Some(place) = document.place(anchor.range) else { continue };
        let Some(first) = seen.insert(anchor.name.as_str(), place.clone()) else { continue };
        // A helper, or the body of a loop, that was rendered twice.
        if first.span == place.span {
            continue;
        }
        sink.report(&place, format!("anchor `&{}` is already defined in this document", anchor.name))
            .why(format!(
                "An alias takes the nearest anchor above it: `*{0}` means one thing before this line and another \
                 after it, and moving a block changes what it means.",
                anchor.name
            ))
            .help("Give one of the two another name.")
            .related(&first, "first defined here");
    }
}
