//! See `volume_collision.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::cluster::units;
use crate::model::lines::removed_item;
use crate::model::volumes::{Component, Template, components_of};

pub(super) static RULE: Rule = Rule {
    name: "volume-collision",
    summary: "two sources that make one volume",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("volume_collision.md"),
    check: Check::Linked(check),
};

/// Releases in which KubeBlocks compares all sources of volumes.
const COMPARING: [&str; 2] = ["0.8", "0.9"];

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        if component.chart.failed() {
            return;
        }
        let own: Vec<Template> = component.templates().collect();
        check_templates(&own, sink);
        for version in &component.versions {
            let changed: Vec<Template> =
                version.list("configSpecs").map(|node| Template { node, script: false }).collect();
            // An entry of the same name takes the definition's place.
            let kept = own.iter().filter(|own| changed.iter().all(|other| other.name() != own.name()));
            let merged: Vec<Template> = kept.copied().chain(changed.iter().copied()).collect();
            if !changed.is_empty() {
                check_templates(&merged, sink);
            }
        }
        check_pod(&component, &own, sink);
        check_tls(&component, sink);
        let templates = own.iter().filter_map(|template| Some(volume(template)?.0)).collect::<Vec<_>>();
        for (_, item) in &component.uses {
            check_use(component.name, *item, templates.clone(), &COMPARING, sink);
        }
    });
    for unit in units(chart).filter(|_| !chart.failed()) {
        let Some((definition, item)) = uses.of_unit(unit).zip(unit.template()) else { continue };
        let paths = ["configs[].volumeName", "scripts[].volumeName", "runtime.volumes[].name"];
        let made = paths.into_iter().flat_map(|path| definition.spec.each(path)).filter(|name| name.known());
        check_use(definition.name(), item, made.collect(), &[], sink);
    }
}

/// Certificates have a volume of their own, where a Cluster asks for them (v1 spec CMP-40).
fn check_tls(component: &Component, sink: &mut Sink) {
    let name = component.node.at("tls.volumeName").filter(|name| name.known() && !component.legacy);
    let Some((name, text)) = name.and_then(|name| Some((name, name.text()?))) else { return };
    let mut made = component.pod_volumes().filter_map(|made| made.get("name")).filter(|made| made.known());
    if let Some(made) = made.find(|made| made.text() == Some(text)) {
        sink.report(&made, format!("the pod and `tls` both make volume `{text}`"))
            .why("With TLS no pod is made: `the TLS volume already exists`.")
            .help("Remove it here: KubeBlocks makes the volume for the certificates.")
            .related(&name, "the volume for certificates");
    }
    let path = component.node.at("tls.mountPath").filter(|path| path.known());
    let Some((path, folder)) = path.and_then(|path| Some((path, path.text()?))) else { return };
    for container in component.pod().into_iter().flat_map(|pod| pod.list("containers")) {
        let mounts: Vec<Node> = container.list("volumeMounts").collect();
        // KubeBlocks adds its mount where there is none of the name.
        if mounts.iter().any(|mount| mount.get("name").is_none_or(|name| !name.known() || name.text() == Some(text))) {
            continue;
        }
        let mut paths = mounts.iter().filter_map(|mount| mount.get("mountPath"));
        if let Some(taken) = paths.find(|taken| taken.known() && taken.text() == Some(folder)) {
            sink.report(&taken, format!("`tls` is mounted at `{folder}` too"))
                .why("With TLS the API server refuses the pods: a path may be taken once in each container.")
                .help(format!("Mount `{text}` here, or leave the mount to KubeBlocks."))
                .related(&path, "where certificates lie");
        }
    }
}

fn volume<'w>(template: &Template<'w>) -> Option<(Node<'w>, &'w str)> {
    let node = template.volume().filter(|node| node.known())?;
    Some((node, node.text()?))
}

fn check_templates(templates: &[Template], sink: &mut Sink) {
    for (index, later) in templates.iter().enumerate() {
        let Some((node, name)) = volume(later) else { continue };
        let earlier = templates[..index].iter().find(|earlier| volume(earlier).is_some_and(|(_, text)| text == name));
        if let Some((first, earlier)) = earlier.and_then(|earlier| Some((volume(earlier)?.0, earlier))) {
            sink.report(
                &node,
                format!("templates `{}` and `{}` both make volume `{name}`", earlier.name(), later.name()),
            )
            .why(
                "Up to KubeBlocks 0.7 one of them is mounted and the other is lost. Later the component is refused: \
                     `duplicated volume`.",
            )
            .help("Give each template a volume, and a mount, of its own.")
            .related(&first, "the other one");
        }
    }
}

/// A pod volume of the name of a template's volume.
fn check_pod(component: &Component, templates: &[Template], sink: &mut Sink) {
    for made in component.pod_volumes() {
        let Some(name) = made.get("name").filter(|name| name.known()) else { continue };
        let found =
            templates.iter().find(|template| volume(template).is_some_and(|(_, text)| Some(text) == name.text()));
        let Some((template, (node, text))) = found.and_then(|template| Some((template, volume(template)?))) else {
            continue;
        };
        let report = sink
            .report(&name, format!("the pod and template `{}` both make volume `{text}`", template.name()))
            .help("Remove it here: KubeBlocks makes the volume for the template.")
            .related(&node, "the template's volume")
            .offer("Remove it here", Safety::Unsafe, removed_item(component.chart, made));
        if made.get("configMap").is_some() && component.legacy {
            report
                .severity(Severity::Warning)
                .releases(COMPARING)
                .why("Up to KubeBlocks 0.7 the template wins. Later the component is refused: `duplicated volume`.");
        } else {
            report.why(
                "Up to KubeBlocks 0.7 the component stops with `mount volume requires a ConfigMap`, later with \
                 `duplicated volume`: its pods are never made.",
            );
        }
    }
}

/// Volumes and claims of a Cluster's component that something else makes, too; `seen` is what its definition makes.
fn check_use<'w>(
    definition: &str,
    item: Node<'w>,
    mut seen: Vec<Node<'w>>,
    releases: &[&'static str],
    sink: &mut Sink,
) {
    let claims = item.list("volumeClaimTemplates").chain(item.list("volumes")).filter_map(|claim| claim.get("name"));
    for name in claims.filter(|name| name.known()) {
        let Some(text) = name.text() else { continue };
        // Of one list `duplicate-name` speaks.
        let list = |name: Node<'_>| name.parent().and_then(Node::parent).map(|list| list.id);
        let beside = |first: &Node| std::ptr::eq(first.document, name.document) && list(*first) == list(name);
        if let Some(first) = seen.iter().find(|first| first.text() == Some(text) && !beside(first)) {
            let report = sink
                .report(&name, format!("volume `{text}` of `{definition}` is already made elsewhere"))
                .why("The component is refused with `duplicated volume`: its pods are never made.")
                .help("Remove one of the two, or give it another name and a mount of its own.")
                .related(first, "the other one");
            if !releases.is_empty() {
                report.releases(releases.iter().copied());
            }
        }
        seen.push(name);
    }
}
