//! See `reserved_name.md`.

use super::prelude::*;
use crate::model::definition::Definition;
use crate::model::vars::current_vars;

pub(super) static RULE: Rule = Rule {
    name: "reserved-name",
    summary: "a name that KubeBlocks keeps for itself",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("reserved_name.md"),
    check: Check::Document(check),
};

/// The operator's own containers in a pod (v1 spec R046).
const CONTAINERS: [&str; 3] = ["kbagent", "kbagent-worker", "init-kbagent"];

/// Its volumes and where it mounts them; the second one is looked for, and refused.
const VOLUMES: [(&str, &str); 2] =
    [("kubeblocks", "/kubeblocks"), ("kubeblocks-role-label", "/etc/kubeblocks/pod-metadata")];

const PREFIX: &str = "KB_AGENT_";

fn check(document: &Document, sink: &mut Sink) {
    let definition = Definition::current(document);
    let has_agent = definition.is_some_and(|definition| definition.agent_actions().next().is_some());
    let sidecar = document.root().filter(|_| {
        document.kind() == Some("SidecarDefinition")
            && document.group() == Some("apps.kubeblocks.io")
            && document.is_sound()
    });
    let lists = ["spec.containers", "spec.runtime.containers", "spec.runtime.initContainers"];
    let root = document.root().filter(|_| definition.is_some() || sidecar.is_some());
    for container in root.into_iter().flat_map(|root| lists.into_iter().flat_map(move |path| root.list(path))) {
        check_container(container, has_agent, sink);
    }
    for volume in definition.into_iter().flat_map(|definition| definition.spec.list("runtime.volumes")) {
        let Some(name) = volume.get("name").filter(|name| name.known()) else { continue };
        if VOLUMES.iter().any(|(taken, _)| name.text() == Some(taken)) {
            report(name, "volume", name.text() == Some(VOLUMES[1].0) && has_agent, sink);
        }
    }
    for name in current_vars(document).filter_map(|var| var.node.get("name")) {
        check_variable(name, sink);
    }
}

fn check_container(container: Node, has_agent: bool, sink: &mut Sink) {
    if let Some(name) = container.get("name").filter(|name| name.known())
        && name.text().is_some_and(|text| CONTAINERS.contains(&text))
    {
        report(name, "container", false, sink);
    }
    for mount in container.list("volumeMounts") {
        let Some(path) = mount.get("mountPath").filter(|path| path.known()) else { continue };
        let text = path.text().unwrap_or_default().trim_end_matches('/');
        let Some((volume, _)) = VOLUMES.iter().find(|(_, taken)| text == *taken) else { continue };
        // Who mounts the operator's own volume there means to share what it holds.
        if mount.text_at("name") != Some(volume) {
            report(path, "mount path", text == VOLUMES[1].1 && has_agent, sink);
        }
    }
    container.list("env").filter_map(|env| env.get("name")).for_each(|name| check_variable(name, sink));
}

fn check_variable(name: Node, sink: &mut Sink) {
    if name.known() && name.text().is_some_and(|text| text.starts_with(PREFIX)) {
        report(name, "variable", false, sink);
    }
}

/// `refused`: the operator looks for it.
fn report(node: Node, what: &str, refused: bool, sink: &mut Sink) {
    let text = node.text().unwrap_or_default();
    let report = sink
        .report(&node, format!("{what} `{text}` is one that KubeBlocks puts into the pod itself"))
        .help("Take another name.");
    match refused {
        true => {
            report.why("The component is never built, and no event tells: `conflicts with kbagent role label volume`.")
        }
        false => report.severity(Severity::Warning).why(
            "Nothing checks it: the pods are refused, or the agent that runs the actions gets what is not its own.",
        ),
    };
}
