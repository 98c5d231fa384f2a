//! See `cluster_version_mismatch.md`.

use super::prelude::*;
use crate::model::index::Object;
use crate::model::legacy::objects;
use crate::model::resolve::{CLUSTER_VERSION, Resolution, resolve};
use crate::model::volumes::{Component, components_of};

pub(super) static RULE: Rule = Rule {
    name: "cluster-version-mismatch",
    summary: "a ClusterVersion that does not fit its ClusterDefinition, or a Cluster's",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("cluster_version_mismatch.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for component in components_of(uses, chart) {
        if component.legacy && !component.chart.failed() {
            check_containers(&component, sink);
            check_jobs(&component, sink);
        }
    }
    for cluster in objects(chart, "Cluster").filter_map(Document::root) {
        check_cluster(uses.world, cluster, sink);
    }
    sink.each(Object::of_chart(chart, CLUSTER_VERSION), |object, sink| check_default(chart, object, sink));
}

/// A container that only the ClusterVersion has is added to the pod: mostly a slip of the name.
fn check_containers(component: &Component<'_>, sink: &mut Sink) {
    let names = |path: &str| -> Vec<&str> { component.node.list(path).filter_map(|c| c.text_at("name")).collect() };
    let (main, init) = (names("podSpec.containers"), names("podSpec.initContainers"));
    if main.is_empty() {
        return;
    }
    for version in &component.versions {
        for (path, own, other) in
            [("versionsContext.containers", &main, &init), ("versionsContext.initContainers", &init, &main)]
        {
            for container in version.list(path) {
                let Some(name) = container.get("name").filter(|name| name.known()) else { continue };
                let text = name.text().unwrap_or_default();
                // With a command of its own it is meant to be a further container.
                let whole = container.get("command").is_some() || container.get("args").is_some();
                if own.contains(&text) || whole {
                    continue;
                }
                let candidates: Vec<&str> = own.iter().chain(other.iter()).copied().collect();
                let message = match other.contains(&text) {
                    true => format!("`{text}` is in the other list of containers in `{}`", component.name),
                    false => format!("`{}` has no container `{text}`", component.name),
                };
                let report = sink
                    .report(&name, message)
                    .severity(Severity::Warning)
                    .why("A further container is added to every pod, with an image and nothing to run or to mount.")
                    .help(format!("The definition has {}.", listed(&candidates)))
                    .nearest(text, candidates);
                report.related(&component.node.get("name"), "the component definition");
            }
        }
    }
}

/// A version changes the jobs that the definition describes, and describes none itself (legacy spec §7.2).
fn check_jobs(component: &Component<'_>, sink: &mut Sink) {
    for (changed, own) in [("systemAccountSpec", "systemAccounts"), ("switchoverSpec", "switchoverSpec")] {
        if [own, "<<"].iter().any(|key| component.node.key(key).is_some()) {
            continue;
        }
        let versions = component.versions.iter().filter(|version| version.get(changed).is_some_and(Node::is_mapping));
        for key in versions.filter_map(|version| version.key(changed)) {
            let report = sink
                .report(&key, format!("`{}` has no `{own}` that this could change", component.name))
                .severity(Severity::Info)
                .why("KubeBlocks ignores it: a version gives other images and variables to what the definition describes.")
                .help(format!("Give the definition `{own}`, or leave this out."));
            report.related(&component.node.get("name"), "the component definition");
        }
    }
}

/// The mark of the version that is taken where a Cluster is made without naming one.
const DEFAULT: &str = "kubeblocks.io/is-default-cluster-version";

/// `kbcli` takes the default version of a definition, and no one where there are two.
fn check_default<'w>(chart: &'w Arc<Chart>, object: Object<'w>, sink: &mut Sink) {
    let mark = |object: &Object<'w>| {
        let mark = object.root()?.at("metadata.annotations")?.get(DEFAULT)?;
        (mark.known_text() == Some("true")).then_some(mark)
    };
    let (Some(own), Some(definition)) = (mark(&object), object.cluster_definition()) else { return };
    let before = Object::of_chart(chart, CLUSTER_VERSION)
        .take_while(|other| !std::ptr::eq(other.document, object.document))
        .filter(|other| other.cluster_definition() == Some(definition) && other.name() != object.name());
    if let Some(first) = before.filter_map(|other| mark(&other)).next() {
        sink.report(&own, format!("`{definition}` has two default versions"))
            .severity(Severity::Warning)
            .why("`kbcli cluster create` makes no Cluster without a version then: `found more than one default cluster version`.")
            .help("Leave the annotation with one ClusterVersion.")
            .related(&first, "the other one");
    }
}

/// A Cluster's version must be one of its definition's.
fn check_cluster(world: &World, cluster: Node<'_>, sink: &mut Sink) {
    let Some(site) = cluster.at("spec.clusterVersionRef") else { return };
    let Some(definition) = cluster.at("spec.clusterDefinitionRef").filter(|name| name.known()) else { return };
    let Some(Resolution::Found(found)) = world.index().site_at(site).map(|site| resolve(world, &site)) else { return };
    let owners: Vec<Node> = found
        .iter()
        .filter_map(|version| version.document.root()?.at("spec.clusterDefinitionRef").filter(|name| name.known()))
        .collect();
    let wanted = definition.text().unwrap_or_default();
    if owners.is_empty() || owners.len() < found.len() || owners.iter().any(|owner| owner.text() == Some(wanted)) {
        return;
    }
    let owner = owners[0].text().unwrap_or_default();
    sink.report(&site, format!("this ClusterVersion belongs to `{owner}`, not to `{wanted}`"))
        .why("Nobody checks it: images are looked up by component name only, and the pods get wrong ones, or none.")
        .help(format!("Name a ClusterVersion of `{wanted}`."))
        .related(&owners[0], "the ClusterVersion says so here")
        .related(&definition, "the Cluster's definition");
}
