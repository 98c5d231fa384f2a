//! See `unknown_release.md`.

use super::prelude::*;
use crate::diagnostic::nearest;
use crate::model::versions::Versions;

pub(super) static RULE: Rule = Rule {
    name: "unknown-release",
    summary: "a compatibility rule with a release that the ComponentVersion does not have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_release.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(versions) = Versions::of(document).filter(|versions| versions.is_known()) else { return };
    let names: Vec<&str> = versions.releases().filter_map(Node::text).collect();
    let used: Vec<&str> = versions.named().filter_map(Node::text).collect();
    let unused: Vec<&str> = names.iter().copied().filter(|name| !used.contains(name)).collect();
    for named in versions.named() {
        let Some(text) = named.text().filter(|text| !names.contains(text)) else { continue };
        // Of a slip in the release's own name `unused-release` speaks.
        if nearest(text, unused.iter().copied()).is_some() {
            continue;
        }
        sink.report(&named, format!("no release is named `{text}`"))
            .why("The operator passes over it: the ComponentDefinitions of this rule do not get the version, and nothing says so.")
            .help(format!("The releases are {}.", listed(&names)))
            .nearest(text, names.iter().copied());
    }
}
