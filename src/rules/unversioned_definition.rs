//! See `unversioned_definition.md`.

use super::prelude::*;
use crate::diagnostic::edit_distance;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::pattern::family;
use crate::model::resolve::{COMPONENT_VERSION, Resolution, resolve};

pub(super) static RULE: Rule = Rule {
    name: "unversioned-definition",
    summary: "a definition without any version, which no Cluster can use",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unversioned_definition.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for definition in chart.documents().iter().filter_map(Definition::current) {
        let versioned = definition.spec.get("serviceVersion").is_some_and(|version| version.text() != Some(""));
        let Some(name) = definition.document.name().filter(|name| name.known() && !versioned) else { continue };
        if chart.failed() || uses.is_covered(definition) != Some(false) || !is_complete(uses, chart, definition) {
            continue;
        }
        let text = definition.name();
        sink.report(&name, format!("`{text}` has no `serviceVersion`, and no ComponentVersion is for it"))
            .why(
                "A Cluster gets a definition by a version that it offers. One that offers none is never found, also \
                 where no version is asked for.",
            )
            .help("Give it a `serviceVersion`, or add it to the `compatibilityRules` of a ComponentVersion.");
    }
}

/// The ComponentVersions of this family are in view, and none of them means this definition by a slip.
fn is_complete(uses: &Uses<'_>, chart: &Arc<Chart>, definition: Definition<'_>) -> bool {
    let own = family(definition.name());
    let mut complete = Object::of_chart(chart, COMPONENT_VERSION).next().is_some();
    for site in uses.world.index().sites().filter(|site| site.field.kind == COMPONENT_VERSION.kind) {
        let other = family(site.text());
        complete |= other == own;
        // Then `unmatched-pattern` speaks.
        let near = other != own && edit_distance(&other, &own, 2).is_some();
        if near && matches!(resolve(uses.world, &site), Resolution::Missing(_)) {
            return false;
        }
    }
    complete
}
