//! See `removed_kind.md`.

use std::collections::BTreeSet;

use super::prelude::*;
use super::support::annotation;
use super::support::proof::harmless;
use crate::diagnostic::{Edit, Fix, Safety, nearest};
use crate::model::admission;
use crate::model::index::Object;
use crate::model::kinds::{self, Kinds, kubernetes_slip};
use crate::model::lines;
use crate::model::resolve::GroupKind;
use crate::schema::release::{Release, ReleaseSet};
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "removed-kind",
    summary: "a kind that a release does not serve, or that KubeBlocks never had",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("removed_kind.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    // Kinds that a chart brings along.
    let kind = GroupKind { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition" };
    let definitions = uses.world.index().objects(kind);
    let own: BTreeSet<(&str, &str)> = definitions.filter_map(defined).collect();
    let promised = chart.promised();
    for document in chart.documents().iter().filter(|document| document.is_sound()) {
        let (Some(group), Some(kind)) = (document.group(), document.kind()) else { continue };
        check_slip(document, sink);
        if (group.ends_with(".kubeblocks.io") || is_slip(document)) && !own.contains(&(group, kind)) {
            check_kind(chart, document, promised, sink);
        }
    }
    check_beginning(chart, promised, &own, sink);
}

/// A chart that allows releases before 1.0, and has objects that those do not serve yet: told once, where it allows them.
fn check_beginning(chart: &Chart, promised: Option<ReleaseSet>, own: &BTreeSet<(&str, &str)>, sink: &mut Sink) {
    let Some(promised) = promised.filter(|promised| promised.first().is_some_and(|first| first < Release::V1_0)) else {
        return;
    };
    let asks = |file: &Arc<File>| file.text().contains(".Capabilities.APIVersions");
    let later = chart.documents().iter().filter(|document| document.is_sound()).find_map(|document| {
        let (group, kind) = (document.group()?, document.kind()?);
        let version = document.root()?.get("apiVersion")?;
        let serving = world::schemas().serving(version.known_text()?, kind);
        let lacking = promised.first()?;
        let first = serving.first().filter(|first| *first > lacking && !own.contains(&(group, kind)))?;
        Some((kind, version, lacking, first))
    });
    let (Some((kind, version, lacking, first)), Some(range)) = (later, admission::range(chart)) else { return };
    if chart.own_templates().any(asks) {
        return;
    }
    let text = version.text().unwrap_or_default();
    // What came before 1.0 came while charts were written for it.
    let severity = if first < Release::V1_0 { Severity::Info } else { Severity::Error };
    sink.report(&range, format!("KubeBlocks {} has no `{kind}` of `{text}`", lacking.name()))
        .severity(severity)
        .why("The chart allows that release, whose API server refuses the object: Helm stops there.")
        .help(format!("Allow releases from {} on.", first.name()))
        .related(&version, "the object");
}

/// A group that is nearly the one in which KubeBlocks has this kind.
fn is_slip(document: &Document) -> bool {
    let versions = |kind| Kinds(world::schemas()).versions(kind);
    let (Some(version), Some(kind)) = (document.api_version(), document.kind()) else { return false };
    let near = |group: &str| !group.is_empty() && nearest(version, versions(kind).iter().map(String::as_str)).is_some();
    document.group().is_some_and(near)
}

/// A kind of Kubernetes itself, misspelt.
fn check_slip(document: &Document, sink: &mut Sink) {
    let root = document.root();
    let kind = root.and_then(|root| root.get("kind")).filter(|kind| kind.known());
    let (Some(kind), Some(version)) = (kind, document.api_version()) else { return };
    let Some(text) = kind.text() else { return };
    if let Some(kinds) = kubernetes_slip(version, text) {
        sink.report(&kind, format!("Kubernetes has no kind `{text}` in `{version}`"))
            .why("The API server refuses the object, and Helm stops there.")
            .nearest(text, kinds.iter().copied());
    }
}

/// Group and kind that a CRD defines.
fn defined(definition: Object<'_>) -> Option<(&str, &str)> {
    let spec = definition.root()?.get("spec")?;
    Some((spec.text_at("group")?, spec.text_at("names.kind")?))
}

fn check_kind(chart: &Chart, document: &Document, promised: Option<ReleaseSet>, sink: &mut Sink) {
    let Some(root) = document.root() else { return };
    let (Some(version_at), Some(kind_at)) = (root.get("apiVersion"), root.get("kind")) else { return };
    let (Some(version), Some(kind)) = (version_at.text(), kind_at.text()) else { return };
    if !version_at.known() || !kind_at.known() {
        return;
    }
    let kinds = Kinds(world::schemas());
    let serving = world::schemas().serving(version, kind);
    if serving.is_empty() {
        return never(kinds, version_at, kind_at, sink);
    }
    // Charts for releases before 1.0 name no last release: `>=0.7.0` was written when nobody knew 1.2.
    let Some(promised) = promised.filter(|promised| promised.first().is_some_and(|first| first >= Release::V1_0))
    else {
        return;
    };
    let without = promised.without(serving);
    let (Some(first), Some(last)) = (serving.first(), serving.last()) else { return };
    let Some(lacking) = without.first() else { return };
    let message = if lacking > last {
        format!("`{kind}` of `{version}` is gone since KubeBlocks {}", lacking.name())
    } else {
        format!("`{kind}` of `{version}` exists only from KubeBlocks {} on", first.name())
    };
    let mut report = sink
        .report(&version_at, message)
        .why(format!("The chart allows KubeBlocks {without}, whose API server refuses the object: Helm stops there."))
        .releases(without.iter().map(Release::name));
    if let Some(help) = successor(kinds, version, kind, without) {
        report = report.help(help);
    }
    report = report.fix(moved(chart, document, version_at, promised));
    report.related(&admission::range(chart), "the releases that the chart allows");
}

/// Writes the one version in which all releases serve the kind, where the object is as good in that.
fn moved(chart: &Chart, document: &Document, version_at: Node, promised: ReleaseSet) -> Option<Fix> {
    let (schemas, kind) = (world::schemas(), document.kind()?);
    let serves = |version: &String| promised.without(schemas.serving(version, kind)).is_empty();
    let mut versions = Kinds(schemas).versions(kind).into_iter().filter(serves);
    let (Some(version), None) = (versions.next(), versions.next()) else { return None };
    let mut edits: Vec<Edit> = vec![lines::written(&version_at, &version)?];
    if annotation::is_wanted(document, &version, promised) {
        edits.push(annotation::put(chart, document)?);
    }
    harmless(chart, format!("Replace by `{version}`"), Safety::Safe, edits)
}

/// No release serves this.
fn never(kinds: Kinds, version_at: Node, kind_at: Node, sink: &mut Sink) {
    let (version, kind) = (version_at.text().unwrap_or_default(), kind_at.text().unwrap_or_default());
    let versions = kinds.versions(kind);
    let group = version.split('/').next().unwrap_or_default();
    // Somebody's own, or of a release before 0.5.
    if !kinds.has_group(group) && nearest(version, versions.iter().map(String::as_str)).is_none() {
        return;
    }
    if versions.is_empty() {
        sink.report(&kind_at, format!("KubeBlocks has no kind `{kind}`"))
            .why("No release since 0.5 has it: the API server refuses the object, and Helm stops there.")
            .nearest(kind, kinds.names());
        return;
    }
    sink.report(&version_at, format!("KubeBlocks has no `{kind}` in `{version}`"))
        .why("No release since 0.5 serves it there: the API server refuses the object, and Helm stops there.")
        .help(format!("It is in {}.", listed(&versions)))
        .nearest(version, versions.iter().map(String::as_str));
}

/// What to write for these releases.
fn successor(kinds: Kinds, version: &str, kind: &str, releases: ReleaseSet) -> Option<String> {
    if let Some(same) = releases.last().and_then(|release| kinds.served(release, kind).pop()) {
        return Some(format!("There it is in `{same}`."));
    }
    let group = version.split('/').next().unwrap_or_default();
    kinds::successor(group, kind).map(str::to_owned)
}
