//! See `missing_api_version_annotation.md`.

use super::prelude::*;
use super::support::annotation::{ANNOTATION, DEAF, KINDS, VERSION, annotation, put};
use crate::diagnostic::Safety;
use crate::model::admission;
use crate::model::legacy;
use crate::model::resolve::GroupKind;
use crate::schema::release::{Release, ReleaseSet};
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "missing-api-version-annotation",
    summary: "a definition that KubeBlocks 1.0 and 1.1 pass over",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_api_version_annotation.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let promised = chart.promised();
    let definitions = chart.documents().iter().filter(|document| {
        let ours = document.api_version() == Some(VERSION) && document.kind().is_some_and(|kind| KINDS.contains(&kind));
        ours && document.is_sound()
    });
    let definitions: Vec<&Document> = definitions.collect();
    // A chart that promises nothing may be for later releases, unless it says itself that it is not.
    let meant = promised.is_some()
        || definitions.iter().any(|document| annotation(document).is_some())
        || !definitions.is_empty() && chart.package().is_none() && is_beside_annotated(uses, chart);
    for document in definitions.into_iter().filter(|_| meant) {
        check_definition(chart, document, promised, sink);
    }
}

/// A manifest of the same folder says that it is for releases that ask: what is one there might as well be one file.
fn is_beside_annotated<'w>(uses: &Uses<'w>, chart: &'w Chart) -> bool {
    let kinds = KINDS.iter().map(|kind| GroupKind { group: legacy::APPS, kind });
    kinds.flat_map(|kind| uses.world.index().candidates(chart, kind)).any(|object| {
        let beside = object.chart.package().is_none() && object.chart.root.parent() == chart.root.parent();
        beside && object.document.api_version() == Some(VERSION) && annotation(object.document).is_some()
    })
}

fn check_definition(chart: &Chart, document: &Document, promised: Option<ReleaseSet>, sink: &mut Sink) {
    let Some(targets) = admission::targets(world::schemas(), promised, document) else { return };
    let deaf = targets.releases.and(DEAF.into_iter().collect());
    let written = annotation(document).map(|node| (node, node.text().unwrap_or_default()));
    if deaf.is_empty() || written.is_some_and(|(node, text)| text == VERSION || !node.known()) {
        return;
    }
    let Some(kind) = document.root().and_then(|root| root.get("kind")) else { return };
    let message = format!("in KubeBlocks {deaf} nothing looks at this object: its annotation `{ANNOTATION}` ");
    let report = match written {
        Some((node, _)) => sink.report(&node, format!("{message}is not `{VERSION}`")).replace(
            format!("Replace by `{VERSION}`"),
            Safety::Safe,
            VERSION,
        ),
        None => {
            let report = sink.report(&kind, format!("{message}is missing"));
            report.offer("Add the annotation", Safety::Safe, put(chart, document))
        }
    };
    let report = report
        .why("Up to 1.1 the controllers look at an object of this kind only if it has the annotation.")
        .help(format!("Write `{ANNOTATION}: {VERSION}` below `metadata.annotations`."))
        .releases(deaf.iter().map(Release::name));
    report.related(&admission::range(chart), "the releases that the chart allows");
}
