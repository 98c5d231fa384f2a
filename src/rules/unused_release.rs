//! See `unused_release.md`.

use super::prelude::*;
use crate::model::versions::Versions;

pub(super) static RULE: Rule = Rule {
    name: "unused-release",
    summary: "a release of a ComponentVersion that no compatibility rule names",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unused_release.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(versions) = Versions::of(document).filter(|versions| versions.is_known()) else { return };
    let named: Vec<&str> = versions.named().filter_map(Node::text).collect();
    for release in versions.releases() {
        let Some(text) = release.text().filter(|text| !named.contains(text)) else { continue };
        let report = sink
            .report(&release, format!("no compatibility rule names release `{text}`"))
            .why(
                "The ComponentVersion becomes Unavailable as a whole, and then no Cluster can be made of the \
                 ComponentDefinitions it is for: `release has no any supported ComponentDefinition`.",
            )
            .help("Add it to the `releases` of a compatibility rule, or take it out.");
        if let Some(rules) = versions.spec.key("compatibilityRules") {
            report.related(&rules, "the rules");
        }
    }
}
