//! See `unknown_image_key.md`.

use super::prelude::*;
use crate::diagnostic::nearest;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::resolve::{COMPONENT_VERSION, OPS_DEFINITION};
use crate::model::versions::Versions;

pub(super) static RULE: Rule = Rule {
    name: "unknown-image-key",
    summary: "an image of a release that no container and no action takes",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_image_key.md"),
    check: Check::Linked(check),
};

/// Fields of `lifecycleActions` of any release (v1 spec R028); capitals do not matter.
const ACTIONS: &[&str] = &[
    "postProvision",
    "preTerminate",
    "roleProbe",
    "availableProbe",
    "switchover",
    "memberJoin",
    "memberLeave",
    "readonly",
    "readwrite",
    "dataDump",
    "dataLoad",
    "reconfigure",
    "accountProvision",
];

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(Object::of_chart(chart, COMPONENT_VERSION), |object, sink| {
        let versions = Versions::of(object.document).filter(|versions| versions.is_known());
        let Some(versions) = versions.filter(|_| !object.chart.failed()) else { return };
        // An operation may read the images of a release by names of its own: there a slip alone is sure.
        let read = Object::of_chart(chart, OPS_DEFINITION).next().is_some();
        // For each rule its releases, and what it is for.
        let rules: Vec<(Vec<&str>, Option<Vec<Definition>>)> = versions
            .spec
            .list("compatibilityRules")
            .map(|rule| {
                let found: Option<Vec<_>> = rule.list("compDefs").map(|pattern| uses.of_entry(pattern)).collect();
                (rule.list("releases").filter_map(Node::text).collect(), found.map(|found| found.concat()))
            })
            .collect();
        for release in versions.spec.list("releases") {
            let Some(name) = release.text_at("name") else { continue };
            let of_release = rules.iter().filter(|(releases, _)| releases.contains(&name));
            let definitions: Option<Vec<&[Definition]>> = of_release.map(|(_, found)| found.as_deref()).collect();
            if let Some(definitions) = definitions {
                check_release(uses, release, &definitions.concat(), read, sink);
            }
        }
    });
}

/// `read` tells that operations may read the images, too.
fn check_release(uses: &Uses<'_>, release: Node<'_>, definitions: &[Definition<'_>], read: bool, sink: &mut Sink) {
    let Some(images) = release.get("images") else { return };
    if definitions.is_empty() {
        return;
    }
    let mut taken: Vec<&str> = Vec::new();
    for definition in definitions {
        let sidecars = uses.sidecars(*definition).flat_map(|spec| spec.list("containers"));
        for container in definition.containers().chain(definition.init_containers()).chain(sidecars) {
            match container.get("name").and_then(Node::known_text) {
                Some(name) => taken.push(name),
                None => return,
            }
        }
    }
    for (key, _) in images.entries().filter(|(key, _)| key.known()) {
        let Some(text) = key.text() else { continue };
        let is_action = |text: &str| ACTIONS.iter().find(|action| action.eq_ignore_ascii_case(text));
        let meant = || taken.iter().copied().filter(|name| images.key(name).is_none());
        let is_slip = || nearest(text, meant()).is_some();
        if taken.contains(&text) || is_action(text).is_some() || text == "<<" || read && !is_slip() {
            continue;
        }
        let mut owners: Vec<&str> = definitions.iter().map(|definition| definition.name()).collect();
        owners.sort_unstable();
        owners.dedup();
        let words = format!("`{text}` is no container and no action of {}", listed(&owners));
        let report = sink.report(&key, words).why("It is accepted, and nothing ever uses the image.");
        match is_action(&text.replace('-', "")) {
            Some(action) => {
                report.help(format!("Keys of actions are written like `{action}`."));
            }
            None => {
                report.nearest(text, meant());
            }
        }
    }
}
