//! See `removed_builtin_variable.md`.

use super::prelude::*;
use super::support::vars::{defined, given_elsewhere};
use crate::diagnostic::Safety;
use crate::model::admission;
use crate::model::builtins::{self, Builtin};
use crate::model::definition::{Action, Definition};
use crate::model::legacy::{ComponentDef, cluster_definitions, commands, texts};
use crate::model::lines;
use crate::model::shell::{self, Use};
use crate::model::volumes::components_of;
use crate::schema::release::{Release, ReleaseSet};

pub(super) static RULE: Rule = Rule {
    name: "removed-builtin-variable",
    summary: "a variable of KubeBlocks that is not there, in this container or in this release",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("removed_builtin_variable.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    let current = components_of(uses, chart).into_iter().filter(|component| !component.legacy);
    sink.each(current, |component, sink| {
        component.containers().for_each(|container| check_references(container, sink));
    });
    sink.each(chart.documents(), |document, sink| {
        if let Some(definition) = Definition::current(document) {
            check_definition(uses.world, chart, definition, sink);
            check_actions(uses.world, definition, sink);
        }
    });
    let mut components = cluster_definitions(chart).flat_map(|definition| definition.components()).peekable();
    if components.peek().is_none() {
        return;
    }
    let stated = stated(uses.world, chart);
    for component in components {
        for container in component.init_containers() {
            check_container(component, container, true, stated, sink);
        }
        for container in component.containers() {
            check_container(component, container, false, stated, sink);
        }
    }
}

/// Names of Secrets and ConfigMaps that a container of a ComponentDefinition reads: no variable is replaced in them. In
/// ClusterDefinitions one is.
fn check_references(container: Node<'_>, sink: &mut Sink) {
    for source in container.list("env").filter_map(|env| env.get("valueFrom")) {
        let objects = ["secretKeyRef.name", "configMapKeyRef.name"].into_iter().filter_map(|path| source.at(path));
        for node in objects.filter(|node| node.known()) {
            let text = node.text().unwrap_or_default();
            for used in shell::uses(text).into_iter().filter(|used| used.form == shell::Form::Parentheses) {
                let word = format!("$({})", used.name);
                sink.report(&node.part(used.range), format!("`{word}` is replaced in ClusterDefinitions only"))
                    .severity(Severity::Error)
                    .why("The text stays as it is, no object can have such a name, and the container is never made.")
                    .help("Take the value from a variable of `vars`: a `credentialVarRef` gives a password.");
            }
        }
    }
}

/// The releases that the chart, or else one of its own side, says it is for.
fn stated(world: &World, chart: &Chart) -> Option<ReleaseSet> {
    let partners = world.index().side(chart).map(|other| &**other);
    std::iter::once(chart).chain(partners).find_map(admission::promised)
}

/// Those that a pod knows of itself.
const FIELDS: [(&str, &str); 7] = [
    ("KB_POD_NAME", "metadata.name"),
    ("KB_POD_UID", "metadata.uid"),
    ("KB_NAMESPACE", "metadata.namespace"),
    ("KB_POD_IP", "status.podIP"),
    ("KB_HOST_IP", "status.hostIP"),
    ("KB_NODENAME", "spec.nodeName"),
    ("KB_SA_NAME", "spec.serviceAccountName"),
];

/// Pods of a ComponentDefinition get its variables and no others (v1 spec §6.1).
fn check_definition(world: &World, chart: &Chart, definition: Definition<'_>, sink: &mut Sink) {
    let vars = || definition.spec.list("vars");
    if vars().any(|var| var.get("name").is_none_or(|name| !name.known())) {
        return;
    }
    for container in definition.all_containers() {
        // What a ConfigMap or a Secret brings along cannot be counted.
        if container.get("envFrom").is_some() {
            continue;
        }
        for node in texts(container) {
            let Some(text) = node.known_text() else { continue };
            let uses = shell::uses(text).into_iter().filter(|used| builtins::is_listed(used.name));
            for used in uses {
                let name = used.name;
                let assigned = shell::assigned(text);
                let mut given = vars().chain(container.list("env")).filter_map(|var| var.text_at("name"));
                let own = assigned.contains(&name) || given.any(|given| given == name);
                // Who asks whether it is there knows that it may not be.
                if own || !used.modifier.is_empty() || given_elsewhere(world).contains(&name) {
                    continue;
                }
                let stays = used.form == shell::Form::Parentheses;
                let report = sink
                    .report(&node.part(used.range), format!("`{name}` is not injected since KubeBlocks 1.0"))
                    .why(match stays {
                        true => format!("Pods get the definition's `vars` alone: the text `$({name})` stays as it is."),
                        false => {
                            "Pods get the definition's `vars` alone: the shell puts nothing in its place.".to_owned()
                        }
                    })
                    .help(format!("Define `{name}` in `vars`, or in the container's `env` by a `fieldRef`."));
                let field = FIELDS.iter().find(|(own, _)| *own == name);
                let edit = field.and_then(|(_, path)| {
                    let item = format!("- name: {name}\n  valueFrom:\n    fieldRef:\n      fieldPath: {path}\n");
                    lines::put_item(chart, container.get("env")?, &item)
                });
                let edit = edit.or_else(|| defined(chart, definition, name));
                report.offer(format!("Define `{name}`"), Safety::Unsafe, edit);
            }
        }
    }
}

/// Actions get the same variables, those of all actions, and what they are called with (v1 spec §6.1).
fn check_actions(world: &World, definition: Definition<'_>, sink: &mut Sink) {
    let containers = || definition.all_containers();
    if containers().any(|container| container.get("envFrom").is_some()) {
        return;
    }
    let execs = || definition.agent_actions().chain(definition.available_probe()).filter_map(Action::exec);
    let given = definition.spec.list("vars").chain(containers().chain(execs()).flat_map(|of| of.list("env")));
    let given: Vec<&str> = given.filter_map(|of| of.text_at("name")).collect();
    for node in execs().flat_map(commands) {
        let Some(text) = node.known_text() else { continue };
        let assigned = shell::assigned(text);
        for used in shell::uses(text).into_iter().filter(|used| builtins::was_of_actions(used.name)) {
            let name = used.name;
            let known = given.contains(&name) || assigned.contains(&name) || given_elsewhere(world).contains(&name);
            if !known && !used.is_guarded(text) {
                sink.report(&node.part(used.range), format!("actions have no `{name}` since KubeBlocks 1.0"))
                    .why("They get the definition's `vars`, their own `env` and the parameters they are called with.")
                    .help(format!("Define `{name}` in `vars`, or ask for a parameter of the action."));
            }
        }
    }
}

fn check_container(
    component: ComponentDef<'_>,
    container: Node<'_>,
    init: bool,
    stated: Option<ReleaseSet>,
    sink: &mut Sink,
) {
    if container.get("envFrom").is_some() {
        return;
    }
    for node in texts(container) {
        let Some(text) = node.known_text() else { continue };
        let assigned = shell::assigned(text);
        for used in shell::uses(text) {
            let own = container.list("env").any(|env| env.text_at("name") == Some(used.name))
                || component.variables().any(|(_, variable)| variable.name() == used.name)
                || assigned.contains(&used.name);
            let Some(found) = builtins::find(used.name).filter(|_| !own && used.modifier.is_empty()) else { continue };
            let missing = missing(found, init, stated);
            if !missing.is_empty() {
                report(node, text, &used, found, init, missing, sink);
            }
        }
    }
}

/// The releases that the chart is for and that do not have the variable. A chart that says nothing may be for any: then
/// only what has no place in an init container of any later release is judged.
fn missing(found: Builtin, init: bool, stated: Option<ReleaseSet>) -> ReleaseSet {
    let later = || [Release::V0_7, Release::V0_8, Release::V0_9].into_iter().collect();
    let wanted = match stated {
        Some(stated) => stated,
        None if init && found.init_until.is_some() => later(),
        None => ReleaseSet::NONE,
    };
    wanted.iter().filter(|release| *release <= Release::V0_9 && !found.is_in(*release, init)).collect()
}

fn report(
    node: Node<'_>,
    text: &str,
    used: &Use<'_>,
    found: Builtin,
    init: bool,
    missing: ReleaseSet,
    sink: &mut Sink,
) {
    let name = used.name;
    let displaced = init && missing.iter().all(|release| found.is_in(release, false));
    let message = match displaced {
        true => format!("init containers do not have `{name}` in KubeBlocks {missing}"),
        false => format!("there is no `{name}` in KubeBlocks {missing}"),
    };
    // A loop over a name that is empty never ends.
    let waits = init
        && shell::waits(text)
            .iter()
            .any(|wait| wait.repeats && shell::hosts(wait.condition).iter().any(|host| host.variable.name == name));
    let why = match used.form {
        shell::Form::Parentheses => format!("The text `$({name})` stays as it is."),
        _ if waits => "The shell puts nothing in its place, so this wait never ends.".to_owned(),
        _ => "The shell puts nothing in its place.".to_owned(),
    };
    let why = match displaced {
        true => format!("Since KubeBlocks 0.7 what is known of the replicas reaches the main containers only. {why}"),
        false => why,
    };
    let report = sink.report(&node.part(used.range), message).why(why).releases(missing.iter().map(Release::name));
    let report = if waits { report.severity(Severity::Error) } else { report };
    report.help(match displaced {
        true => {
            "Use it in a main container, or work without it: `KB_POD_NAME` and `KB_CLUSTER_COMP_NAME` are everywhere."
        }
        false => {
            "Do without it, or state the releases that have it in Chart.yaml: \
                  `addon.kubeblocks.io/kubeblocks-version`."
        }
    });
}
