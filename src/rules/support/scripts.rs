//! Where commands run, and the files of ConfigMaps that they find there.

use crate::model::resolve::CONFIG_MAP;
use crate::model::volumes::{Component, Template, objects};
use crate::rules::prelude::*;

/// Each container with what it runs: all that has a `command` of its own. A ClusterVersion may give it other commands, with
/// the same mounts.
pub(in crate::rules) fn containers<'w>(component: &Component<'w>) -> Vec<(Node<'w>, Vec<Node<'w>>)> {
    let mut found: Vec<_> = component.containers().map(|container| (container, execs(container))).collect();
    for added in component.version_containers() {
        let own = component.containers().find(|own| own.text_at("name") == added.text_at("name"));
        let mounting = if added.get("volumeMounts").is_some() { Some(added) } else { own };
        found.extend(mounting.map(|mounting| (mounting, execs(added))));
    }
    found
}

/// What a ComponentDefinition's actions run, with the container they run in: the named one, or the first.
pub(in crate::rules) fn actions<'w>(component: &Component<'w>) -> Vec<(Node<'w>, Vec<Node<'w>>)> {
    let lifecycle = component.node.get("lifecycleActions").into_iter().flat_map(Node::entries);
    let actions = lifecycle.map(|(_, action)| action);
    let reconfigure = component.node.list("configs").filter_map(|config| config.get("reconfigure"));
    let runs = actions.chain(reconfigure).filter_map(runs).filter_map(|(holder, exec)| {
        // An image of its own sees other files.
        let named = holder.text_at("container");
        let container = match named {
            Some(name) => component.containers().find(|container| container.text_at("name") == Some(name)),
            None => component.pod()?.list("containers").next(),
        };
        (holder.get("image").is_none() || named.is_some()).then_some((container?, vec![exec]))
    });
    runs.collect()
}

/// What runs in a job of its own, up to 0.9.
pub(in crate::rules) struct Job<'w> {
    /// Those whose mounts it gets, as far as they are of these volumes.
    pub(in crate::rules) containers: Vec<Node<'w>>,
    pub(in crate::rules) exec: Node<'w>,
    pub(in crate::rules) volumes: Vec<&'w str>,
}

/// A switchover has the scripts that its selectors name, as the first container mounts them
/// (`controllers/apps/operations/switchover_util.go`); what follows on the start has them as all containers do, in a
/// ComponentDefinition all scripts (`pkg/controller/component/component_post_provision.go`).
pub(in crate::rules) fn jobs<'w>(component: &Component<'w>) -> Vec<Job<'w>> {
    let selected = |selectors: Node<'w>| {
        let names: Vec<&str> = selectors.list("scriptSpecSelectors").filter_map(|item| item.text_at("name")).collect();
        component
            .templates()
            .filter(|t| t.script && names.contains(&t.name()))
            .filter_map(|t| t.volume()?.text())
            .collect()
    };
    let all = || component.templates().filter(|t| t.script).filter_map(|t| t.volume()?.text()).collect::<Vec<_>>();
    let pod = || component.pod().into_iter().flat_map(|pod| pod.list("containers"));
    let mut found = Vec::new();
    let switchover = component.node.at(if component.legacy { "switchoverSpec" } else { "lifecycleActions.switchover" });
    for way in ["withCandidate", "withoutCandidate"].into_iter().filter_map(|way| switchover?.get(way)) {
        let (selectors, exec) = if component.legacy { (Some(way), "cmdExecutorConfig") } else { (switchover, "exec") };
        if let Some((selectors, exec)) = selectors.zip(way.get(exec)) {
            found.push(Job { containers: pod().take(1).collect(), exec, volumes: selected(selectors) });
        }
    }
    if let Some((start, exec)) =
        component.node.get("postStartSpec").and_then(|start| Some((start, start.get("cmdExecutorConfig")?)))
    {
        found.push(Job { containers: pod().collect(), exec, volumes: selected(start) });
    }
    let handlers = ["postProvision", "preTerminate"]
        .into_iter()
        .filter_map(|action| component.node.at("lifecycleActions")?.get(action));
    for exec in handlers.filter_map(|action| action.at("customHandler.exec")) {
        found.push(Job { containers: pod().collect(), exec, volumes: all() });
    }
    found
}

/// What an action runs, and what says where: before 1.0 that is its `customHandler`.
fn runs(action: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    match action.get("customHandler") {
        Some(handler) => Some((handler, handler.get("exec")?)),
        None => action.get("exec").map(|exec| (exec, exec)),
    }
}

/// Everything in a container that has a command.
fn execs(container: Node) -> Vec<Node> {
    let hooks = ["lifecycle.postStart", "lifecycle.preStop", "livenessProbe", "readinessProbe", "startupProbe"];
    let hooks = hooks.into_iter().filter_map(|hook| container.at(hook)?.get("exec"));
    std::iter::once(container).chain(hooks).collect()
}

/// The ConfigMap that a volume shows, and its keys.
pub(in crate::rules) fn shown<'w>(
    world: &'w World,
    component: &Component<'w>,
    templates: &[Template<'w>],
    volume: &str,
) -> Option<(&'w Document, Vec<&'w str>)> {
    // A ClusterVersion may show another ConfigMap there: what one of them has is not missing.
    let of_volume = templates.iter().filter(|template| template.volume().and_then(Node::text) == Some(volume));
    together(world, component.chart, of_volume.map(|template| template.config_map()))
}

/// The keys of all these ConfigMaps, and the first of them.
pub(in crate::rules) fn together<'w>(
    world: &'w World,
    chart: &'w Chart,
    names: impl Iterator<Item = Option<Node<'w>>>,
) -> Option<(&'w Document, Vec<&'w str>)> {
    let mut shown: Option<(&Document, Vec<&str>)> = None;
    for name in names {
        let name = name?.known_text()?;
        let found = objects(world.index(), chart, CONFIG_MAP, name);
        let config_map = found.first().filter(|object| !object.chart.failed())?.document;
        let root = config_map.root()?;
        let data = ["data", "binaryData"].into_iter().filter_map(|path| root.get(path));
        let keys: Vec<Node> = data.flat_map(Node::entries).map(|(key, _)| key).collect();
        if keys.is_empty() || !keys.iter().all(|key| key.known()) {
            return None;
        }
        shown.get_or_insert_with(|| (config_map, Vec::new())).1.extend(keys.iter().filter_map(|key| key.text()));
    }
    shown
}
