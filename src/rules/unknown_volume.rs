//! See `unknown_volume.md`.

use super::prelude::*;
use super::support::parts::judge;
use super::support::volumes::unprovided;
use crate::diagnostic::nearest;
use crate::model::index::Object;
use crate::model::pods::{Plain, containers, plain, pods};
use crate::model::requests::Request;
use crate::model::resolve::{CLUSTER, COMPONENT_DEFINITION, SIDECAR_DEFINITION};
use crate::model::volumes::{Component, components_named, components_of, of_definition};
use crate::model::wanted::{Member, Wanted, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unknown-volume",
    summary: "a volume's name that nothing in the definition has",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_volume.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        if component.is_known() {
            check_mounts(uses.world, chart, &component, sink);
        }
        if component.is_known() && component.legacy {
            check_protection(&component, sink);
        }
    });
    check_backups(uses.world, chart, sink);
    // Before 1.0 the volume of certificates comes with TLS, under this name.
    let tls = |part: &Wanted| part.name == "tls" && part.owners.iter().any(|owner| !owner.is_current());
    sink.each(chart.documents(), |document, sink| {
        for part in wanted(uses, document, Member::Volume).into_iter().filter(|part| !tls(part)) {
            judge(uses, &part, "volume", Severity::Warning, sink);
        }
        if let Some(pods) = plain(document) {
            check_plain(pods, sink);
        }
        check_operations(document, sink);
        if let Some(request) = Request::of(document) {
            check_expansion(uses.world, request, sink);
        }
    });
}

/// Without KubeBlocks nothing adds a volume to a pod.
fn check_plain(pods: Plain, sink: &mut Sink) {
    let Some(volumes) = pods.volumes() else { return };
    check_pod(pods.containers(), &volumes, sink);
}

/// The pods of an operation get volumes of those that they are to work on, and one of KubeBlocks' own
/// (`pkg/operations/custom/action_workload.go`).
fn check_operations(document: &Document, sink: &mut Sink) {
    let fits = document.kind() == Some("OpsDefinition") && document.is_sound();
    let Some(spec) = document.spec().filter(|_| fits) else { return };
    for pod in pods(document) {
        let given = spec.each("podInfoExtractors[].volumeMounts[].name").into_iter();
        let names = given.chain(pod.each("volumes[].name")).map(|name| name.known_text());
        if let Some(volumes) = names.chain([Some("ops-utils")]).collect::<Option<Vec<_>>>() {
            check_pod(containers(pod), &volumes, sink);
        }
    }
}

fn check_pod<'w>(containers: impl Iterator<Item = Node<'w>>, volumes: &[&str], sink: &mut Sink) {
    for mount in containers.flat_map(|container| container.each("volumeMounts[].name")).filter(|mount| mount.known()) {
        let Some(name) = mount.text().filter(|name| !volumes.contains(name)) else { continue };
        sink.report(&mount, format!("no volume is named `{name}`"))
            .severity(Severity::Error)
            .why("The API server refuses the pods.")
            .nearest(name, volumes.iter().copied());
    }
}

/// Disks that a request makes larger are those that the Cluster asks for (v1 spec R228).
fn check_expansion(world: &World, request: Request, sink: &mut Sink) {
    for item in request.spec.list("volumeExpansion") {
        let units = request.units(world, item).unwrap_or_default();
        let claims = units.iter().filter_map(|unit| unit.template());
        let claims: Vec<Node> = claims.flat_map(|template| template.each("volumeClaimTemplates[].name")).collect();
        if claims.is_empty() || claims.iter().any(|claim| !claim.known()) {
            continue;
        }
        let names: Vec<&str> = claims.iter().filter_map(|claim| claim.text()).collect();
        for wanted in item.each("volumeClaimTemplates[].name").into_iter().filter(|wanted| wanted.known()) {
            let Some(name) = wanted.text().filter(|name| !names.contains(name)) else { continue };
            let component = item.text_at("componentName").unwrap_or_default();
            sink.report(&wanted, format!("component `{component}` of the Cluster has no claim `{name}`"))
                .why("The request fails: `volumeClaimTemplates: … not found in component`.")
                .help(format!("It has {}.", listed(&names)))
                .related(&claims[0], "a claim of the component")
                .nearest(name, names.iter().copied());
        }
    }
}

/// A mount without a volume gets an empty directory: often meant, so only a likely slip is more than a hint.
fn check_mounts<'w>(world: &'w World, chart: &'w Arc<Chart>, component: &Component<'w>, sink: &mut Sink) {
    for (mount, twin) in unprovided(component) {
        let Some(name) = mount.text() else { continue };
        if twin.is_none()
            && let Some(other) = slip(component, mount)
        {
            let meant = other.text().unwrap_or_default();
            sink.report(&mount, format!("nothing provides volume `{name}`, others mount `{meant}`"))
                .why("KubeBlocks adds an empty directory of that name to the pod: the container does not see what is in the other volume.")
                .related(&other, "the volume that others mount")
                .nearest(name, [meant]);
            continue;
        }
        if twin.is_none()
            && let Some((sister, volume)) = of_sister(world, chart, component, name)
        {
            sink.report(&mount, format!("volume `{name}` is one of `{}`, and `{}` has none", sister.name, component.name))
                .why("Volumes belong to one definition. Here pods get an empty directory of that name: what the other finds there is missing.")
                .help(match volume.parent().is_some_and(|template| template.key("volumeName").is_some()) {
                    true => "Mount a volume of this definition's own `configs` or `scripts`, or give it such an entry.",
                    false => "Give this definition the volume, too.",
                })
                .related(&volume, "the volume of the other definition");
            continue;
        }
        // In a ComponentDefinition a mount without a volume is usual, and what Clusters bring only they know.
        if twin.is_none() && component.uses.is_empty() {
            continue;
        }
        let of = component.name;
        let message = format!("nothing provides volume `{name}` of `{of}`: pods get an empty directory");
        let report = sink.report(&mount, message).why(
            "KubeBlocks never refuses a mount without a volume. It adds an empty directory of that name to the pod, \
             and what is written there is lost with the pod.",
        );
        match twin {
            Some(volume) => {
                let report = report.related(&volume, "this volume is mounted by nobody");
                report.nearest(name, volume.text());
            }
            None => {
                report
                    .severity(Severity::Info)
                    .help("If the data must live, a Cluster has to give a `volumeClaimTemplates` entry of that name.");
            }
        }
    }
}

/// The volume of this name that another definition of the chart has, and fills: by a template, or with what it says itself.
/// Who mounts it where the other does wants the same; what is called after the other, and nobody else here mounts, is no
/// directory of this one.
fn of_sister<'w>(
    world: &'w World,
    chart: &'w Arc<Chart>,
    component: &Component<'w>,
    name: &str,
) -> Option<(Component<'w>, Node<'w>)> {
    if component.legacy {
        return None;
    }
    let paths = |component: &Component<'w>| -> Vec<&'w str> {
        let mounts = component.mounts().filter(|mount| mount.text_at("name") == Some(name));
        mounts.filter_map(|mount| mount.text_at("mountPath")).collect()
    };
    let own = paths(component);
    // One container may fill it for another.
    if own.len() != 1 {
        return None;
    }
    let sisters = Object::of_chart(chart, COMPONENT_DEFINITION).filter_map(of_definition);
    let found = sisters.filter(|sister| sister.node != component.node).find_map(|sister| {
        let here = || paths(&sister).iter().any(|path| own.contains(path));
        let template =
            sister.templates().filter_map(|template| template.volume()).find(|volume| volume.text() == Some(name));
        let filled = |volume: &Node<'w>| {
            let given = ["downwardAPI", "projected", "secret", "configMap"];
            volume.text_at("name") == Some(name) && given.iter().any(|key| volume.get(key).is_some())
        };
        let volume = match template {
            Some(volume) => {
                let after_sister = is_called_after(name, sister.name, component.name);
                (after_sister || here()).then_some(volume)
            }
            None => sister.pod_volumes().find(filled).filter(|_| here()).and_then(|volume| volume.get("name")),
        };
        volume.map(|volume| (sister, volume))
    })?;
    // What Clusters and sidecars bring.
    let given = ["spec.componentSpecs[]", "spec.shardings[].template", "spec.shardingSpecs[].template"];
    let lists = ["volumes[].name", "volumeClaimTemplates[].name"];
    let clusters = world.index().objects(CLUSTER).filter_map(Object::root);
    let units = clusters.flat_map(|root| given.into_iter().flat_map(move |path| root.each(path)));
    let mut brought = units.flat_map(|unit| lists.into_iter().flat_map(move |path| unit.each(path)));
    let sidecars = world.index().objects(SIDECAR_DEFINITION).filter_map(Object::root);
    let of_sidecars = ["spec.configs[].volumeName", "spec.scripts[].volumeName"];
    let mut added = sidecars.flat_map(|root| of_sidecars.into_iter().flat_map(move |path| root.each(path)));
    let is_brought = brought.any(|node| node.text() == Some(name)) || added.any(|node| node.text() == Some(name));
    (!is_brought).then_some(found)
}

/// A word of the name is in that of one definition, and not in that of the other.
fn is_called_after(name: &str, one: &str, other: &str) -> bool {
    let has = |definition: &str, word: &str| definition.split('-').any(|part| part == word);
    name.split('-').any(|word| word.len() > 3 && has(one, word) && !has(other, word))
}

/// The volume that is meant by a mount without one: nearly of that name, provided, and mounted in other containers but not
/// in this one. Names that differ in a number alone are names of several.
fn slip<'w>(component: &Component<'w>, mount: Node<'w>) -> Option<Node<'w>> {
    let containers = || component.all_containers();
    let name = mount.text().filter(|name| name.len() > 3)?;
    let has =
        |container: &Node<'w>, volume: &str| container.list("volumeMounts").any(|m| m.text_at("name") == Some(volume));
    let (here, others): (Vec<Node>, Vec<Node>) = containers().partition(|container| has(container, name));
    let letters = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    // What an init container puts into a directory of its own, nobody finds: others have theirs at the same path.
    let init: Vec<Node> = component.pod().into_iter().flat_map(|pod| pod.list("initContainers")).collect();
    let path = |container: &Node<'w>, volume: &str| {
        let mount = container.list("volumeMounts").find(|mount| mount.text_at("name") == Some(volume));
        mount.and_then(|mount| mount.text_at("mountPath"))
    };
    let is_left = |other: &str| {
        let mut having = others.iter().filter(|container| has(container, other));
        let same = |container: &Node<'w>| path(container, other) == here.first().and_then(|own| path(own, name));
        here.iter().all(|own| init.contains(own)) && having.clone().all(|of| !init.contains(of)) && having.any(same)
    };
    let is_meant = |volume: &&Node<'w>| {
        volume.text().is_some_and(|text| {
            let near = letters(text) != letters(name) && nearest(name, [text]).is_some();
            near && (component.provides(text) || is_left(text)) && here.iter().all(|container| !has(container, text))
        })
    };
    // What several containers share is a directory of their own.
    if here.len() != 1 {
        return None;
    }
    let mounted: Vec<Node> = others.iter().flat_map(|container| container.each("volumeMounts[].name")).collect();
    mounted.iter().find(is_meant).copied()
}

/// What is watched, and what new replicas get a copy of (`backupVCT` in `controllers/apps`: else the first claim).
fn check_protection(component: &Component, sink: &mut Sink) {
    let watched = component.node.list("volumeProtectionSpec.volumes").filter_map(|volume| volume.get("name"));
    let watched = watched
        .map(|volume| (volume, "The disk that fills up is not the one that is watched: protection never sets in."));
    let cloned = component.node.at("horizontalScalePolicy.volumeMountsName").filter(|name| name.text() != Some(""));
    let cloned =
        cloned.map(|volume| (volume, "New replicas get a copy of the Cluster's first disk, whatever was meant."));
    for (volume, why) in watched.chain(cloned) {
        let Some(name) = volume.known_text() else { continue };
        let declared = || component.declared_volumes().filter_map(Node::text);
        if component.is_mounted(name) || declared().any(|other| other == name) {
            continue;
        }
        let mounts = component.mounts().filter_map(|mount| mount.text_at("name"));
        sink.report(&volume, format!("`{name}` is no volume of component definition `{}`", component.name))
            .why(why)
            .nearest(name, declared().chain(mounts).collect::<Vec<_>>());
    }
}

/// `targetVolumes` of backup methods name mounts of the component definition they back up.
fn check_backups(world: &World, chart: &Chart, sink: &mut Sink) {
    let templates = chart.documents().iter().filter(|document| document.kind() == Some("BackupPolicyTemplate"));
    for root in templates.filter_map(Document::root) {
        let Some(definition) = root.text_at("spec.clusterDefinitionRef") else { continue };
        let components = components_named(world.index(), definition);
        for policy in root.list("spec.backupPolicies") {
            let Some(name) = policy.text_at("componentDefRef") else { continue };
            let targets: Vec<&Component> = components.iter().filter(|component| component.name == name).collect();
            if targets.is_empty() || !targets.iter().all(|target| target.is_known()) {
                continue;
            }
            for volumes in policy.list("backupMethods").filter_map(|method| method.get("targetVolumes")) {
                let mounts = volumes.list("volumeMounts").filter_map(|mount| mount.get("name"));
                for volume in volumes.list("volumes").chain(mounts) {
                    check_target(&targets, volume, sink);
                }
            }
        }
    }
}

fn check_target(targets: &[&Component], volume: Node, sink: &mut Sink) {
    let Some(name) = volume.known_text() else { return };
    if targets.iter().any(|target| target.is_mounted(name) || target.provides(name)) {
        return;
    }
    let mounts = targets.iter().flat_map(|target| target.mounts()).filter_map(|mount| mount.text_at("name"));
    let target = targets.first().map_or("", |target| target.name);
    sink.report(&volume, format!("no container of component definition `{target}` mounts `{name}`"))
        .why("There is nothing to back up: the backup fails with `no PVCs found for pod`.")
        .nearest(name, mounts.collect::<Vec<_>>());
}
