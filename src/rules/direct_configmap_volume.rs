//! See `direct_configmap_volume.md`.

use super::prelude::*;
use crate::diagnostic::{Fix, Safety};
use crate::model::lines;
use crate::model::resolve::CONFIG_MAP;
use crate::model::volumes::{Component, components_of, objects};

pub(super) static RULE: Rule = Rule {
    name: "direct-configmap-volume",
    summary: "a definition that mounts a ConfigMap by itself, so that it works in one namespace only",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("direct_configmap_volume.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for component in components_of(uses, chart).iter().filter(|component| component.legacy) {
        for volume in component.pod_volumes() {
            let sources = volume.list("projected.sources").chain([volume]);
            for source in sources {
                if let (Some(key), Some(map)) = (source.key("configMap"), source.get("configMap")) {
                    check_source(uses.world, component, volume, key, map, sink);
                }
            }
        }
    }
}

fn check_source(world: &World, component: &Component, volume: Node, key: Node, map: Node, sink: &mut Sink) {
    let Some(name) = map.get("name").filter(|name| name.known()) else { return };
    let Some(text) = name.text() else { return };
    if text == "kube-root-ca.crt" || map.text_at("optional") == Some("true") {
        return;
    }
    if text.contains("$(") {
        sink.report(&name, format!("`{text}` is no name: placeholders are not replaced in volumes"))
            .severity(Severity::Error)
            .why("Only environment variables, commands and arguments of containers know `$(…)`.")
            .help("Let KubeBlocks make the volume: name the ConfigMap under `configSpecs`.");
        return;
    }
    let volume_name = volume.text_at("name").unwrap_or_default();
    // Up to 0.7 the operator puts the rendered ConfigMap in its place; later `volume-collision` speaks.
    let mut templates = component.all_templates();
    if templates.any(|template| template.volume().and_then(Node::text) == Some(volume_name)) {
        return;
    }
    let found = objects(world.index(), component.chart, CONFIG_MAP, text);
    let Some(config_map) = found.first().map(|object| object.document) else {
        sink.report(&key, format!("ConfigMap `{text}` must exist in the namespace of every Cluster"))
            .severity(Severity::Info)
            .why(
                "A ClusterDefinition has no namespace: its pods run, and look for the ConfigMap, where each Cluster is. \
                 No chart in view installs it.",
            )
            .help(advice(text, volume_name, None));
        return;
    };
    let mut report = sink
        .report(&key, format!("ConfigMap `{text}` is mounted directly: only Clusters in its own namespace find it"))
        .why(format!(
            "A ClusterDefinition has no namespace: its pods run, and look for the ConfigMap, where each Cluster is. \
             Elsewhere they stay in ContainerCreating with `configmap \"{text}\" not found`."
        ))
        .help(advice(text, volume_name, Some(config_map)));
    report = report.fix(copied(component, volume, text, config_map));
    report = report.related(&config_map.name(), "the ConfigMap is installed here");
    let mounts = component.mounts().filter(|mount| mount.text_at("name") == Some(volume_name));
    report = report.related(&mounts.filter_map(|mount| mount.get("name")).next(), "mounted here");
    let away = component.uses.iter().find_map(|(cluster, _)| {
        let namespace = cluster.namespace()?;
        (!namespace.names_release() && namespace.known()).then_some(namespace)
    });
    if let Some((namespace, text)) = away.and_then(|namespace| Some((namespace, namespace.text()?))) {
        report.related(&namespace, format!("this Cluster is in namespace `{text}`"));
    }
}

/// The volume goes, and KubeBlocks copies the ConfigMap to each Cluster.
fn copied(component: &Component, volume: Node, config_map: &str, document: &Document) -> Option<Fix> {
    // What shows some keys only, or several sources as one, cannot be said otherwise.
    let plain = volume.get("configMap").is_some_and(|map| map.get("items").is_none());
    let chart = component.chart;
    let specs = specs(Some(document));
    let item = format!(
        "- name: {config_map}\n  templateRef: {config_map}\n  volumeName: {}\n  namespace: {{{{ .Release.Namespace }}}}\n",
        volume.text_at("name")?
    );
    let put = match (component.node.get(specs), component.node.key(specs)) {
        (Some(list), _) => lines::put_item(chart, list, &item)?,
        (None, Some(key)) => lines::put_behind(chart, key, &lines::indented(&item, 2))?,
        (None, None) => {
            let key = component.node.key("workloadType").or_else(|| component.node.key("name"))?;
            lines::put_behind(chart, key, &format!("{specs}:\n{}", lines::indented(&item, 2)))?
        }
    };
    let edits = vec![put, lines::removed_item(chart, volume)?];
    let title = format!("Let KubeBlocks copy `{config_map}`: name it in `{specs}`");
    (plain && chart.package().is_some()).then_some(Fix { title, safety: Safety::Unsafe, edits })
}

/// The list that a ConfigMap belongs into.
fn specs(document: Option<&Document>) -> &'static str {
    let data = document.and_then(Document::root).and_then(|root| root.get("data"));
    let mut keys = data.into_iter().flat_map(Node::entries).filter_map(|(key, _)| key.text()).peekable();
    let scripts = keys.peek().is_some() && keys.all(|key| key.ends_with(".sh") || key.ends_with(".py"));
    if scripts { "scriptSpecs" } else { "configSpecs" }
}

/// What to write instead.
fn advice(config_map: &str, volume: &str, document: Option<&Document>) -> String {
    let specs = specs(document);
    format!(
        "Remove this volume, keep the mount, and let KubeBlocks copy the ConfigMap to each Cluster: `{specs}: [{{name: \
         {config_map}, templateRef: {config_map}, volumeName: {volume}, namespace: {{{{ .Release.Namespace }}}}}}]`. \
         All its keys are mounted then; `items` cannot be kept."
    )
}
