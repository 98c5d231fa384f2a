//! See `unknown_pod_host.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::definition::Definition;
use crate::model::pods::{containers, pods};
use crate::model::shell::{self, Form, Use};
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "unknown-pod-host",
    summary: "a host name of a pod with the wrong Service in it",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_pod_host.md"),
    check: Check::Document(check),
};

const WHY: &str = "A pod has a name in DNS below the headless Service of its component alone, `<component>-headless`. \
                   Below any other there is none.";

fn check(document: &Document, sink: &mut Sink) {
    let older = ["ClusterDefinition", "ComponentDefinition"].iter().any(|kind| document.kind() == Some(kind));
    if older && document.api_version() == Some("apps.kubeblocks.io/v1alpha1") && document.is_sound() {
        for container in pods(document).into_iter().flat_map(containers) {
            container.scalars().into_iter().filter(|text| text.known()).for_each(|text| check_labels(text, sink));
            let env: Vec<Node> = container.list("env").collect();
            env.iter().for_each(|entry| check_builtin(*entry, &env, sink));
        }
    }
    let Some(definition) = Definition::of(document) else { return };
    let vars: Vec<Node> = definition.spec.list("vars").collect();
    if definition.is_current() {
        let texts = definition.all_containers().flat_map(Node::scalars).filter(|text| text.known());
        texts.for_each(|text| check_labels(text, sink));
    }
    vars.iter().for_each(|var| check_value(*var, &vars, &[], sink));
    for container in definition.all_containers() {
        let env: Vec<Node> = container.list("env").collect();
        env.iter().for_each(|entry| check_value(*entry, &vars, &env, sink));
    }
}

/// `$(POD).$(COMPONENT).…`
fn check_value(entry: Node, vars: &[Node], env: &[Node], sink: &mut Sink) {
    let Some(value) = entry.get("value").filter(|value| value.known()) else { return };
    let text = value.text().unwrap_or_default();
    let uses: Vec<Use> = shell::uses(text).into_iter().filter(|used| used.form == Form::Parentheses).collect();
    for pair in uses.windows(2) {
        let [pod, component] = pair else { continue };
        let between = &text[pod.range.end as usize..component.range.start as usize];
        let rest = &text[component.range.end as usize..];
        let (Some(component_var), Some(_)) = (named(component.name, vars, env), named(pod.name, vars, env)) else {
            continue;
        };
        let is_pod = named(pod.name, vars, env).and_then(|var| var.at("valueFrom.fieldRef.fieldPath"));
        let is_pod = is_pod.and_then(Node::text) == Some("metadata.name");
        let is_component = component_var.at("valueFrom.componentVarRef.componentName").is_some();
        if between != "." || !rest.starts_with('.') || !is_pod || !is_component {
            continue;
        }
        let service = format!("$({})-headless", component.name);
        sink.report(&value.part(component.range), format!("no pod has a host name in `{}`", text))
            .why(WHY)
            .help(format!("Write `{service}`."))
            .replace(format!("Write `{service}`"), Safety::Unsafe, &*service)
            .related(&component_var.heading(), "the component's name");
    }
}

/// `$(KB_POD_NAME).$(KB_CLUSTER_COMP_NAME).…`, of what the operator gives to each container up to 0.9.
fn check_builtin(entry: Node, env: &[Node], sink: &mut Sink) {
    const COMPONENTS: [&str; 2] = ["$(KB_CLUSTER_COMP_NAME)", "$(KB_CLUSTER_NAME)-$(KB_COMP_NAME)"];
    const POD: &str = "$(KB_POD_NAME).";
    let Some(value) = entry.get("value").filter(|value| value.known()) else { return };
    let text = value.text().unwrap_or_default();
    let own = ["KB_POD_NAME", "KB_CLUSTER_COMP_NAME", "KB_CLUSTER_NAME", "KB_COMP_NAME"];
    if own.iter().any(|name| named(name, &[], env).is_some()) {
        return;
    }
    for (at, pod) in text.match_indices(POD) {
        let start = at + pod.len();
        let component = COMPONENTS
            .into_iter()
            .find(|component| text[start..].strip_prefix(component).is_some_and(|rest| rest.starts_with('.')));
        let Some(component) = component else { continue };
        let service = format!("{component}-headless");
        sink.report(
            &value.part(TextRange::new(start, start + component.len())),
            format!("no pod has a host name in `{text}`"),
        )
        .why(WHY)
        .help(format!("Write `{service}`."))
        .replace(format!("Write `{service}`"), Safety::Unsafe, &*service);
    }
}

/// `://$(A)-.$(B)…`: no part of a host name ends in a dash (RFC 1123).
fn check_labels(node: Node, sink: &mut Sink) {
    let text = node.text().unwrap_or_default();
    let is_end = |c: char| c.is_whitespace() || "/'\"`,;|<>".contains(c);
    for (at, scheme) in text.match_indices("://") {
        let start = at + scheme.len();
        let host = &text[start..start + text[start..].find(is_end).unwrap_or(text.len() - start)];
        let found = [")-.", "}-."].into_iter().find_map(|end| host.find(end));
        let Some(dash) = found.map(|found| start + found + 1) else { continue };
        let behind = text[dash + 2..].chars().next();
        if behind.is_some_and(|c| c == '$' || c.is_ascii_alphanumeric()) {
            sink.report(&node.part(TextRange::new(dash, dash + 2)), "a part of this host name ends in a dash")
                .why("No host name has such a part, so nothing answers to it.")
                .help("Was the dot meant to stand elsewhere?");
        }
    }
}

/// The variable of this name that a container has: its own, or that of the definition.
fn named<'w>(name: &str, vars: &[Node<'w>], env: &[Node<'w>]) -> Option<Node<'w>> {
    let is = |var: &&Node<'w>| var.text_at("name") == Some(name);
    env.iter().rfind(is).or_else(|| vars.iter().rfind(is)).copied()
}
