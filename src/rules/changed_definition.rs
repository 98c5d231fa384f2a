//! See `changed_definition.md`.

use super::prelude::*;
use crate::model::definition_change::{Change, changes, changes_of_claims};

pub(super) static RULE: Rule = Rule {
    name: "changed-definition",
    summary: "an installed definition, or a Cluster's disk, that changes under the same name",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("changed_definition.md"),
    check: Check::Linked(check),
};

/// KubeBlocks does not look where this annotation is.
const SKIP: &str = "apps.kubeblocks.io/skip-immutable-check";

/// As many changes of a section are told beside its first.
const FURTHER: usize = 5;

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let installed = uses.world.installed.as_ref().and_then(|world| world.charts.get(&chart.root));
    let Some(installed) = installed.filter(|installed| !installed.failed() && !chart.failed()) else { return };
    for document in chart.documents() {
        let Some(name) = document.name().filter(|name| name.known()) else { continue };
        let same = |other: &&Document| {
            let named = other.name().is_some_and(|other| other.known() && other.text() == name.text());
            named && other.kind() == document.kind() && other.api_version() == document.api_version()
        };
        let mut before = installed.documents().iter().filter(same);
        let (Some(before), None) = (before.next(), before.next()) else { continue };
        for Change { node, words, .. } in changes_of_claims(before, document) {
            sink.report(&node, format!("{words}: of a disk only the size may change"))
                .why(
                    "The webhook of KubeBlocks refuses it: `volumeClaimTemplates is forbidden modification except for \
                     storage size`. Without the webhook the disks that are there stay as they were.",
                )
                .help("Leave the template as it was, or make another Cluster.");
        }
        if name.names_release() {
            continue;
        }
        let annotations = document.root().and_then(|root| root.at("metadata.annotations"));
        if annotations.is_some_and(|annotations| annotations.key(SKIP).is_some()) {
            continue;
        }
        let text = name.text().unwrap_or_default();
        let all = changes(before, document);
        // One section of the definition after the other: what else has changed in it goes with its first change.
        for section in all.chunk_by(|one, other| one.section == other.section) {
            let [Change { node, words, .. }, others @ ..] = section else { continue };
            let mut report = sink
                .report(node, format!("{words}, and `{text}` keeps its name"))
                .why(
                    "What is installed under this name is compared with it. KubeBlocks lets no definition change: it \
                     becomes Unavailable, and no Cluster can be made of it.",
                )
                .help("Put the version of the chart into the name, and raise it.")
                .related(&name, "the same name as before");
            for other in others.iter().take(FURTHER) {
                report = report.related(&other.node, &*other.words);
            }
        }
    }
}
