//! The annotation without which some releases pass over an object.

use crate::diagnostic::Edit;
use crate::model::lines::put_first;
use crate::model::object::{Document, Node};
use crate::schema::release::{Release, ReleaseSet};
use crate::world::Chart;

pub(in crate::rules) const ANNOTATION: &str = "kubeblocks.io/crd-api-version";

pub(in crate::rules) const VERSION: &str = "apps.kubeblocks.io/v1";

/// The releases that look for it.
pub(in crate::rules) const DEAF: [Release; 2] = [Release::V1_0, Release::V1_1];

/// Their controllers look at nothing else first (v1 spec §1).
pub(in crate::rules) const KINDS: [&str; 3] = ["ClusterDefinition", "ComponentDefinition", "ComponentVersion"];

pub(in crate::rules) fn annotation(document: &Document) -> Option<Node<'_>> {
    document.root()?.get("metadata")?.get("annotations")?.get(ANNOTATION)
}

/// Some of the releases look at such an object of this version only if it has the annotation, and it has none.
pub(in crate::rules) fn is_wanted(document: &Document, version: &str, releases: ReleaseSet) -> bool {
    let ours = version == VERSION && document.kind().is_some_and(|kind| KINDS.contains(&kind));
    ours && !releases.and(DEAF.into_iter().collect()).is_empty() && annotation(document).is_none()
}

/// Adds the annotation in front of the others, or in front of all metadata.
pub(in crate::rules) fn put(chart: &Chart, document: &Document) -> Option<Edit> {
    let metadata = document.root()?.key("metadata")?;
    let line = format!("{ANNOTATION}: {VERSION}");
    match document.root()?.get("metadata")?.key("annotations") {
        Some(annotations) => put_first(chart, annotations, &line),
        None => put_first(chart, metadata, &format!("annotations:\n  {line}")),
    }
}
