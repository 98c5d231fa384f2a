//! See `chart_namespace_object.md`.

use super::prelude::*;
use super::support::removal::without;
use crate::config;
use crate::diagnostic::Safety;
use crate::helm::RELEASE_NAMESPACE;
use crate::model::admission;
use crate::model::resolve::GroupKind;
use crate::model::volumes::{Component, components_of, objects};
use crate::schema::release::Release;

pub(super) static RULE: Rule = Rule {
    name: "chart-namespace-object",
    summary: "pods that name an object of the chart's namespace, while they run in the Cluster's",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("chart_namespace_object.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        let Some(pod) = component.pod() else { return };
        check_references(uses.world, &component, pod, sink);
        check_claims(&component, pod, sink);
        check_account(uses.world, &component, pod, sink);
    });
}

/// ConfigMaps and Secrets that the kubelet looks up beside the pod.
fn check_references(world: &World, component: &Component, pod: Node, sink: &mut Sink) {
    for container in component.containers() {
        for source in container.list("envFrom") {
            check_object(world, component, "ConfigMap", source.get("configMapRef"), "name", sink);
            check_object(world, component, "Secret", source.get("secretRef"), "name", sink);
        }
        for source in container.list("env").filter_map(|variable| variable.get("valueFrom")) {
            check_object(world, component, "ConfigMap", source.get("configMapKeyRef"), "name", sink);
            check_object(world, component, "Secret", source.get("secretKeyRef"), "name", sink);
        }
    }
    for volume in component.pod_volumes() {
        check_object(world, component, "Secret", volume.get("secret"), "secretName", sink);
        for source in volume.list("projected.sources") {
            check_object(world, component, "Secret", source.get("secret"), "name", sink);
        }
        // In a ClusterDefinition this is `direct-configmap-volume`.
        if !component.legacy {
            check_object(world, component, "ConfigMap", volume.get("configMap"), "name", sink);
        }
    }
    for secret in pod.list("imagePullSecrets") {
        check_object(world, component, "Secret", Some(secret), "name", sink);
    }
}

/// Only in the name of a `secretKeyRef` a placeholder may stand (legacy spec LC-046).
fn check_placeholder(reference: Node, name: Node, text: &str, sink: &mut Sink) {
    let heading = reference.heading();
    let key = heading.text().unwrap_or_default();
    if key != "secretKeyRef" {
        sink.report(&name, format!("`{text}` is no name: placeholders are not replaced in `{key}`"))
            .severity(Severity::Error)
            .why("Only environment variables, commands and arguments of containers know `$(…)`: the pods never start.")
            .help("Take each key by itself: `$(CONN_CREDENTIAL_SECRET_NAME)` is replaced in a `secretKeyRef`.");
    }
}

fn check_object(
    world: &World,
    component: &Component,
    kind: &str,
    reference: Option<Node>,
    field: &str,
    sink: &mut Sink,
) {
    let Some(reference) = reference.filter(|reference| reference.text_at("optional") != Some("true")) else { return };
    let Some(name) = reference.get(field).filter(|name| name.known()) else { return };
    let Some(text) = name.text() else { return };
    if text.contains("$(") {
        return check_placeholder(reference, name, text, sink);
    }
    let Some(object) = installed(world, component, kind, text) else { return };
    let help = if kind == "ConfigMap" {
        "Let KubeBlocks copy it to each Cluster: a `configSpecs` entry with `asEnvFrom` gives its keys as environment."
    } else {
        "Use the Secret that KubeBlocks makes for each Cluster: `$(CONN_CREDENTIAL_SECRET_NAME)`."
    };
    let report = sink
        .report(&name, format!("{kind} `{text}` is in the chart's namespace, but pods look for it in their Cluster's"))
        .why(format!(
            "A definition has no namespace: its pods run where each Cluster is. Elsewhere than in the chart's own \
             namespace they stay in CreateContainerConfigError or ContainerCreating, with `{} \"{text}\" not found`.",
            kind.to_lowercase()
        ))
        .help(help);
    report.related(&object.name(), format!("the {kind} is installed here"));
}

fn check_claims(component: &Component, pod: Node, sink: &mut Sink) {
    for name in pod.list("volumes").filter_map(|volume| volume.at("persistentVolumeClaim.claimName")) {
        let Some(text) = name.known_text().filter(|_| component.legacy) else { continue };
        sink.report(&name, format!("all pods of this definition would share the PersistentVolumeClaim `{text}`"))
            .why(
                "A claim is bound to one namespace, and pods look for it in their Cluster's: elsewhere they never start, \
                 and where it is found every replica of every Cluster writes to one disk.",
            )
            .help("Let each Cluster bring its own disk by `volumeClaimTemplates`, and keep only the mount here.");
    }
}

fn check_account(world: &World, component: &Component, pod: Node, sink: &mut Sink) {
    let Some(name) = pod.get("serviceAccountName").filter(|name| name.known()) else { return };
    let Some(text) = name.text().filter(|text| *text != "default") else { return };
    if text.contains("$(") {
        let report = sink
            .report(&name, format!("`{text}` is no name: placeholders are not replaced in `serviceAccountName`"))
            .severity(Severity::Error)
            .why("Only environment variables, commands and arguments of containers know `$(…)`.")
            .help("Remove it: KubeBlocks gives each Cluster an account of its own.");
        without(component.chart, name.heading(), Safety::Unsafe, report);
        return;
    }
    if component.legacy && admission::fitting(component.chart).last().is_none_or(|last| last < Release::V0_8) {
        return;
    }
    let object = installed(world, component, "ServiceAccount", text);
    // A Cluster that names an account itself, even an empty one, knows what it does; a role probe brings its own.
    let overridden = || {
        component.node.at("probes.roleProbe").is_some()
            || component.uses.iter().any(|(_, item)| item.key("serviceAccountName").is_some())
    };
    if object.is_none() && (!component.legacy || overridden()) {
        return;
    }
    let message = match object {
        Some(_) => {
            format!("ServiceAccount `{text}` is in the chart's namespace, but pods look for it in their Cluster's")
        }
        None => format!("ServiceAccount `{text}` must exist in every Cluster's namespace, and nothing makes it there"),
    };
    // A Cluster in another chart may name an account of its own.
    let certain = object.is_some() || !component.uses.is_empty();
    let report = sink
        .report(&name, message)
        .severity(if certain { Severity::Warning } else { Severity::Info })
        .why(
            "Up to KubeBlocks 0.7 this field is overwritten, so it has no effect. From 0.8 on it counts, and pods in a \
             namespace without the account are refused: `error looking up service account`.",
        )
        .help("Remove it: KubeBlocks gives a Cluster an account where it needs one, or the Cluster names its own.")
        .related(&object.and_then(Document::name), "the ServiceAccount is installed here");
    without(component.chart, name.heading(), Safety::Unsafe, report);
}

/// The object of this name that the component's own chart installs.
fn installed<'w>(world: &'w World, component: &Component<'w>, kind: &str, name: &str) -> Option<&'w Document> {
    let mut own = objects(world.index(), component.chart, GroupKind { group: "", kind }, name);
    own.retain(|object| !is_beside_clusters(component.chart, object.document));
    own.first().filter(|own| std::ptr::eq(&**own.chart, component.chart)).map(|own| own.document)
}

/// The settings say that Clusters are made in the object's namespace only.
fn is_beside_clusters(chart: &Chart, object: &Document) -> bool {
    let namespace = object.namespace().and_then(Node::text).unwrap_or(RELEASE_NAMESPACE);
    let namespace = if namespace == RELEASE_NAMESPACE { config::RELEASE_NAMESPACE } else { namespace };
    let all = &chart.settings.namespaces;
    !all.is_empty() && all.iter().all(|name| name == namespace)
}
