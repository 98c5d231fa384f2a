//! See `missing_image.md`.

use std::collections::BTreeMap;

use super::prelude::*;
use crate::model::asleep;
use crate::model::cluster::{Cluster, Unit};
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::pattern::{same_version, version};
use crate::model::resolve::{CLUSTER, CLUSTER_DEFINITION, CLUSTER_VERSION, COMPONENT_DEFINITION, COMPONENT_VERSION};
use crate::model::uses::Offer;
use crate::model::volumes::{Component, components_of};

pub(super) static RULE: Rule = Rule {
    name: "missing-image",
    summary: "a container that gets no image",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_image.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        if component.legacy && !component.chart.failed() {
            check_component(&component, sink);
            if std::ptr::eq(component.chart, &**chart) {
                check_unnamed(uses.world, chart, &component, sink);
            }
        }
    });
    sink.each(Object::of_chart(chart, CLUSTER), |object, sink| check_cluster(uses, object, sink));
    sink.each(Object::of_chart(chart, COMPONENT_DEFINITION), |object, sink| check_own_version(uses, object, sink));
    sink.apart(|sink| check_releases(uses, chart, sink));
}

/// A container that some releases of one version leave without an image.
struct Gap<'w> {
    release: Node<'w>,
    version: &'w str,
    /// `name` of the container.
    container: Node<'w>,
}

/// Gaps of one release and container, and the definitions that it is in.
type Shared<'w> = (Gap<'w>, Vec<&'w str>);

/// Releases of ComponentVersions against the containers of all definitions they are for (v1 spec R045, CMP-08, CMP-09).
fn check_releases<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let definitions = covered(uses, chart);
    if !sink.any(definitions.iter().copied(), |object| !gaps(uses, object).is_empty()) {
        return;
    }
    let mut shared: BTreeMap<(usize, u32, &str), Shared> = BTreeMap::new();
    for object in definitions {
        for gap in gaps(uses, object) {
            let text = gap.container.text().unwrap_or_default();
            let key = (std::ptr::from_ref(gap.release.document) as usize, gap.release.id.0, text);
            shared.entry(key).or_insert_with(|| (gap, Vec::new())).1.extend(object.name());
        }
    }
    for ((.., container), (gap, mut definitions)) in shared {
        definitions.sort_unstable();
        definitions.dedup();
        let release = gap.release.text_at("name").unwrap_or_default();
        let message = format!(
            "release `{release}` has no image for container `{container}` of {}",
            listed(definitions.iter().take(3).copied())
        );
        let at = gap.release.key("images").unwrap_or(gap.release);
        sink.report(&at, message)
            .why(format!(
                "No Cluster of version {} can be built, and no event tells. An `image` in the definition counts for \
                 the definition's own `serviceVersion` only.",
                gap.version
            ))
            .help(format!("Add `{container}` to the `images` of the release."))
            .related(&gap.container, "the container");
    }
}

/// What the releases that are for a definition leave out.
fn gaps<'w>(uses: &Uses<'w>, object: Object<'w>) -> Vec<Gap<'w>> {
    let Some(definition) = Definition::current(object.document).filter(|_| !object.chart.failed()) else {
        return Vec::new();
    };
    let Some(offers) = uses.offers(definition) else { return Vec::new() };
    let mut gaps = Vec::new();
    for (version, releases) in by_version(&offers) {
        for container in definition.containers().chain(definition.init_containers()) {
            let Some(name) = container.get("name").filter(|name| name.known()) else { continue };
            let given = gives(&releases, name.text().unwrap_or_default()) || own_image(definition, container, version);
            gaps.extend((!given).then(|| Gap { release: releases[0], version, container: name }));
        }
    }
    gaps
}

/// A definition's own version can be asked for whether a release is of it or not; once a ComponentVersion is for the
/// definition, its releases alone add images (v1 spec R044, R045).
fn check_own_version<'w>(uses: &Uses<'w>, object: Object<'w>, sink: &mut Sink) {
    let definition = Definition::current(object.document).filter(|_| !object.chart.failed());
    let Some(definition) = definition else { return };
    let Some(own) = definition.spec.get("serviceVersion").filter(|own| own.known()) else { return };
    let (Some(text), Some(wanted)) = (own.text(), own.text().and_then(version)) else { return };
    let container = definition.all_containers().find(|container| container.get("image").is_none());
    let Some(name) = container.and_then(|container| container.get("name")).filter(|name| name.known()) else { return };
    let Some(offers) = uses.offers(definition) else { return };
    // Also of releases that no rule names for this definition.
    let lists = offers.iter().filter_map(|offer| offer.release?.parent());
    let given: Option<Vec<&str>> =
        lists.flat_map(Node::items).map(|release| release.text_at("serviceVersion")).collect();
    let versions: Option<Vec<_>> = given.iter().flatten().map(|text| version(text)).collect();
    let (Some(given), Some(versions)) = (given, versions) else { return };
    let is_own = |given: &&str| same_version(given, text) || same_version(text, given);
    if given.is_empty() || given.iter().any(is_own) {
        return;
    }
    let newest = versions.iter().all(|version| *version < wanted);
    let container = name.text().unwrap_or_default();
    let release = offers.iter().find_map(|offer| offer.release);
    sink.report(&own, format!("no release is of version `{text}`, so container `{container}` gets no image"))
        .severity(if newest { Severity::Error } else { Severity::Warning })
        .why(match newest {
            true => {
                "A ComponentVersion is for this definition, so images come from its releases. This is the newest \
                 version, which Clusters get that ask for none: no such component is ever built."
            }
            false => {
                "A ComponentVersion is for this definition, so images come from its releases. A Cluster that asks for \
                 this version is taken, and its component is never built."
            }
        })
        .help("Add a release of this version, or write that of one which is there.")
        .related(&release, "a release");
}

/// The definitions that the ComponentVersions of a chart are for, in the order of charts.
fn covered<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>) -> Vec<Object<'w>> {
    let index = uses.world.index();
    let versions = Object::of_chart(chart, COMPONENT_VERSION);
    let entries = versions.filter_map(Object::root).flat_map(|root| root.each("spec.compatibilityRules[].compDefs[]"));
    let sites = entries.filter_map(|entry| index.site_at(entry));
    index.shown(sites.flat_map(|site| index.matches(&site)))
}

/// The releases of each version that KubeBlocks takes for one: major, minor and patch count.
fn by_version<'w>(offers: &[Offer<'w>]) -> Vec<(&'w str, Vec<Node<'w>>)> {
    let mut groups: Vec<(&str, Vec<Node>)> = Vec::new();
    for offer in offers {
        let (Some(release), Some(version)) = (offer.release, offer.version.text()) else { continue };
        match groups.iter_mut().find(|(known, _)| same_version(known, version) || same_version(version, known)) {
            Some((_, releases)) => releases.push(release),
            None => groups.push((version, vec![release])),
        }
    }
    groups
}

/// One of the releases has an image for the container, or nobody can say.
fn gives(releases: &[Node<'_>], container: &str) -> bool {
    releases.iter().any(|release| match release.get("images") {
        Some(images) => images.key(container).is_some() || images.entries().any(|(key, _)| !key.known()),
        None => false,
    })
}

/// The definition has an image of its own that counts for the version.
fn own_image(definition: Definition<'_>, container: Node<'_>, version: &str) -> bool {
    let own = definition.spec.get("serviceVersion");
    let open = own.is_some_and(|own| !own.known());
    let same = own.and_then(Node::text).is_some_and(|own| same_version(version, own) || same_version(own, version));
    container.get("image").is_some() && (open || same)
}

/// A component that no ClusterVersion names gets the images of its definition alone.
fn check_unnamed<'w>(world: &'w World, chart: &'w Arc<Chart>, component: &Component<'w>, sink: &mut Sink) {
    let (true, Some(container)) = (component.versions.is_empty(), without_image(component.node)) else { return };
    let (Some(definition), Some(site)) = (component.document.known_name(), component.node.get("name")) else { return };
    let index = world.index();
    let twins = index.named(CLUSTER_DEFINITION, definition).count() != 1;
    if twins || index.has_open_sites(CLUSTER_VERSION.kind) || index.side(chart).any(|chart| chart.failed()) {
        return;
    }
    let versions = index.users(definition).filter(|user| user.document.kind() == Some(CLUSTER_VERSION.kind));
    let versions: Vec<Object> = versions.collect();
    let named = versions.iter().filter_map(|version| version.root());
    let mut named = named.flat_map(|root| root.each("spec.componentVersions[].componentDefRef"));
    let components = component.document.root().map(|root| root.each("spec.componentDefs[].name")).unwrap_or_default();
    // A name that the definition does not have may be meant for this one, and is told for itself.
    let is_other = |name: Node| !name.known() || !components.iter().any(|own| own.text() == name.text());
    if versions.iter().any(|version| version.chart.failed()) || named.any(is_other) {
        return;
    }
    // A chart without any leaves them to others.
    let none_at_all = Object::of_chart(chart, CLUSTER_VERSION).next().is_none();
    let sought = if versions.is_empty() { definition } else { component.name };
    if versions.is_empty() && none_at_all || asleep::mentions(chart, sought) {
        return;
    }
    let name = container.text().unwrap_or_default();
    let report = sink
        .report(&site, format!("no ClusterVersion gives an image to container `{name}` of `{}`", component.name))
        .severity(if versions.is_empty() { Severity::Info } else { Severity::Warning })
        .why("The definition has none either, so no pod of this component can be made.")
        .help(format!("Add `- componentDefRef: {}` with the image to a ClusterVersion.", component.name))
        .related(&container, "the container has no `image` here");
    report.related(&versions.first().and_then(|version| version.document.name()), "a ClusterVersion of the definition");
}

/// The name of a container that has no image in an item of `componentDefs`.
fn without_image(component: Node<'_>) -> Option<Node<'_>> {
    let mut containers = component.list("podSpec.initContainers").chain(component.list("podSpec.containers"));
    let container = containers.find(|container| container.get("image").is_none())?;
    container.get("name").filter(|name| name.known())
}

/// A Cluster without a version gets the images of its definition alone.
fn check_cluster<'w>(uses: &Uses<'w>, object: Object<'w>, sink: &mut Sink) {
    let Some(cluster) = Cluster::of(object.document).filter(|cluster| !cluster.is_current()) else { return };
    let version = cluster.spec.get("clusterVersionRef");
    if version.is_some_and(|version| !version.known() || version.text().is_some_and(|text| !text.is_empty())) {
        return;
    }
    let Some(definition) = cluster.spec.get("clusterDefinitionRef") else { return };
    let older = |unit: &Unit| !unit.sharding && unit.definition().is_none();
    for unit in cluster.units().filter(older) {
        let Some(component) = uses.older_of_unit(unit) else { continue };
        let Some(container) = without_image(component.node) else { continue };
        let name = container.text().unwrap_or_default();
        let at = cluster.spec.key("clusterVersionRef").unwrap_or_else(|| definition.heading());
        let message =
            format!("the Cluster names no version, so container `{name}` of `{}` gets no image", component.name());
        sink.report(&at, message)
            .severity(Severity::Warning)
            .why("The definition has none either, so no pod of this Cluster can be made.")
            .help("Name a ClusterVersion by `clusterVersionRef`.")
            .related(&container, "the container has no `image` here");
        return;
    }
}

fn check_component(component: &Component<'_>, sink: &mut Sink) {
    // Without a ClusterVersion in view nobody can say what it gives.
    for version in &component.versions {
        let lists = [
            ("podSpec.containers", "versionsContext.containers"),
            ("podSpec.initContainers", "versionsContext.initContainers"),
        ];
        for (own, given) in lists {
            for container in component.node.list(own).filter(|container| container.get("image").is_none()) {
                let Some(name) = container.get("name").filter(|name| name.known()) else { continue };
                let mut twins = version.list(given).filter(|twin| twin.text_at("name") == name.text());
                let image = twins.any(|twin| twin.get("image").is_some());
                let site = version.get("componentDefRef");
                let (Some(site), false) = (site, image) else { continue };
                let text = name.text().unwrap_or_default();
                sink.report(&site, format!("no image for the container `{text}` of `{}`", component.name))
                    .why("Neither the definition nor this version names one, so no pod of a Cluster of this version can be made.")
                    .help(format!("Add `- name: {text}` with its `image` below `{given}`."))
                    .related(&name, "the container has no `image` here");
            }
        }
    }
}
