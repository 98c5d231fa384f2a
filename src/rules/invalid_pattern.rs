//! See `invalid_pattern.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::index::Object;
use crate::model::legacy::APPS;
use crate::model::pattern::{Mode, Pattern, literal_beginning};
use crate::model::sites::Site;

pub(super) static RULE: Rule = Rule {
    name: "invalid-pattern",
    summary: "a pattern for names that is no regular expression",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("invalid_pattern.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), check_versions);
    sink.each(uses.world.index().sites_of(chart), |site, sink| {
        let pattern = site.pattern();
        let Some(reason) = pattern.fault().filter(|_| site.is_known()) else { return };
        let report = sink
            .report(&site.node, format!("`{}` is not a valid regular expression: {reason}", site.text()))
            .why(
                "Patterns are Go's regular expressions (RE2), which know neither lookaround nor backreferences. One that \
                 does not compile is refused, or is no more than the beginning of a name.",
            );
        // No name has the letters that would have to be escaped.
        let caret = if site.text().starts_with('^') { "^" } else { "" };
        let beginning = format!("{caret}{}", literal_beginning(site.text()));
        if only_one(uses.world, &site, &beginning) {
            report.replace(format!("Replace by `{beginning}`"), Safety::Unsafe, beginning);
        }
    });
}

/// Versions that a definition wants of a service are patterns too (v1 spec R039, legacy spec R36).
fn check_versions(document: &Document, sink: &mut Sink) {
    const VERSIONS: &str = "serviceRefDeclarations[].serviceRefDeclarationSpecs[].serviceVersion";
    let ours = document.is_sound() && document.group() == Some(APPS);
    let Some(spec) = document.spec().filter(|_| ours) else { return };
    let holders: Vec<Node> = match document.kind() {
        Some("ComponentDefinition") => vec![spec],
        Some("ClusterDefinition") => spec.list("componentDefs").collect(),
        _ => return,
    };
    for node in holders.into_iter().flat_map(|holder| holder.each(VERSIONS)).filter(|node| node.known()) {
        let text = node.text().unwrap_or_default();
        if let Some(reason) = Pattern::new(Mode::ExactOrRegex, text).fault() {
            sink.report(&node, format!("`{text}` is not a valid regular expression: {reason}"))
                .severity(Severity::Warning)
                .why("KubeBlocks compares the version with the text itself, and none is equal: no service fits.");
        }
    }
}

/// The text takes exactly one object of the kind that the site names.
fn only_one(world: &World, site: &Site<'_>, text: &str) -> bool {
    let pattern = Pattern::new(Mode::PrefixOrRegex, text);
    let target = site.field.target;
    let objects = world.index().candidates(site.chart, target).filter_map(Object::name);
    objects.filter(|name| pattern.matches(name)).count() == 1
}
