//! See `undefined_variable.md`.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::diagnostic::nearest;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::legacy::{ClusterDefinition, ComponentDef, cluster_definitions, commands, texts};
use crate::model::shell::{self, Form, Use};
use crate::model::volumes::components_of;

pub(super) static RULE: Rule = Rule {
    name: "undefined-variable",
    summary: "a variable that nothing defines here",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("undefined_variable.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    let definitions: Vec<Definition> = chart.documents().iter().filter_map(Definition::of).collect();
    let foreign = if definitions.is_empty() { Vec::new() } else { given_elsewhere(uses.world) };
    for definition in definitions {
        check_definition(uses, definition, &foreign, sink);
    }
    let all = components_of(uses, chart);
    for definition in cluster_definitions(chart) {
        check_credential(definition, sink);
        for component in definition.components() {
            let versions = all.iter().find(|other| other.node == component.node);
            let versions = versions.map(|found| found.versions.as_slice()).unwrap_or_default();
            check_component(definition, component, versions, sink);
        }
    }
}

/// The variables that may come with other objects: of sidecars, and of Clusters with some of their own.
fn given_elsewhere(world: &World) -> Vec<&str> {
    let of_kind = |kind| world.index().objects("apps.kubeblocks.io", kind).filter_map(Object::root);
    let sidecars = of_kind("SidecarDefinition").flat_map(|root| root.list("spec.vars"));
    let components = of_kind("Cluster").flat_map(|root| {
        let templates = root.list("spec.shardings").filter_map(|sharding| sharding.get("template"));
        root.list("spec.componentSpecs").chain(templates)
    });
    let variables = sidecars.chain(components.flat_map(|component| component.list("env")));
    let names: BTreeSet<&str> = variables.filter_map(|variable| variable.text_at("name")).collect();
    names.into_iter().collect()
}

/// Variables of a ComponentDefinition: `vars`, and the container's own (v1 spec R064, §6.1).
fn check_definition<'w>(uses: &Uses<'w>, definition: Definition<'w>, foreign: &[&str], sink: &mut Sink) {
    let vars: Vec<Node> = definition.spec.list("vars").collect();
    let own = vars.iter().filter_map(|var| var.text_at("name"));
    let given: Vec<&str> = foreign.iter().copied().chain(own).collect();
    let several = |name: &str| {
        vars.iter().any(|var| {
            let sources = var.get("valueFrom").into_iter().flat_map(Node::entries);
            let many = sources.into_iter().any(|(_, source)| source.get("multipleClusterObjectOption").is_some());
            many && var.text_at("name").is_some_and(|stem| name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('_')))
        })
    };
    if vars.iter().any(|var| var.get("name").is_none_or(|name| !name.known())) {
        return;
    }
    check_others(definition, &given, &several, sink);
    for container in definition.init_containers().chain(definition.containers()) {
        // What a ConfigMap or Secret brings in cannot be counted.
        if container.get("envFrom").is_some() {
            continue;
        }
        let env: Vec<Node> = container.list("env").collect();
        let own: Vec<&str> = env.iter().filter_map(|env| env.text_at("name")).collect();
        let candidates: Vec<&str> = given.iter().chain(&own).copied().collect();
        for node in texts(container) {
            let Some(text) = node.text().filter(|_| node.known()) else { continue };
            let script = is_script(container, node, text);
            // In its own value a variable is not there yet.
            let itself = env.iter().find(|env| env.get("value") == Some(node)).and_then(|env| env.text_at("name"));
            for used in shell::uses(text) {
                let once = own.iter().filter(|name| **name == used.name).count() == 1;
                let own_value = itself == Some(used.name) && once;
                let known = candidates.contains(&used.name) && !own_value;
                if known || several(used.name) || is_builtin(used.name) || !judged(&used, script, &candidates) {
                    continue;
                }
                let name = used.name;
                let has_var = given.contains(&name);
                if own_value && has_var {
                    sink.report(&node.part(used.range), format!("`{name}` is given the value that it has"))
                        .severity(Severity::Info)
                        .why("`vars` go into every container by themselves, so this entry does nothing.")
                        .help("Take the entry out.");
                    continue;
                }
                let report = match own_value {
                    true => sink.report(&node.part(used.range), format!("`{name}` is given its own name as value")),
                    false => sink.report(&node.part(used.range), format!("`{name}` is not defined here")),
                };
                let report = report.why(format!(
                    "The kubelet replaces `$({name})` by a variable of the container's `env` above, or of the definition's \
                     `vars`; there is none of that name, so the text stays as it is."
                ));
                match nearest(name, candidates.iter().copied().filter(|near| *near != name)) {
                    Some(near) => report.help(format!("Did you mean `$({near})`?")),
                    // Clusters that are not in view may bring it along.
                    None if !own_value && !uses.in_clusters(definition) => report
                        .severity(Severity::Info)
                        .help(format!("Add `{name}` to `vars`; without that, each Cluster has to give it in `env`.")),
                    None => report.help(format!("Add `{name}` to `vars`, or to the `env` of the container.")),
                };
            }
        }
    }
}

/// `$(X)` in the variables themselves, and in what actions run (v1 spec R032, R064).
fn check_others(definition: Definition<'_>, given: &[&str], several: &dyn Fn(&str) -> bool, sink: &mut Sink) {
    let containers = || definition.init_containers().chain(definition.containers());
    if containers().any(|container| container.get("envFrom").is_some()) {
        return;
    }
    let env = containers().flat_map(|container| container.list("env")).filter_map(|env| env.text_at("name"));
    let known: Vec<&str> = given.iter().copied().chain(env).collect();
    let mut texts: Vec<(Node, bool, Vec<&str>)> = Vec::new();
    for value in definition.spec.list("vars").filter_map(|var| var.get("value")) {
        texts.push((value, value.text().is_some_and(|text| text.contains('\n')), Vec::new()));
    }
    for exec in definition.agent_actions().filter_map(|action| action.exec()) {
        let own: Vec<&str> = exec.list("env").filter_map(|env| env.text_at("name")).collect();
        let values = exec.list("env").filter_map(|env| env.get("value"));
        let shell = exec.list("command").any(|word| word.text().is_some_and(is_shell));
        let words = exec.list("command").chain(exec.list("args")).map(|word| (word, shell));
        texts.extend(words.chain(values.map(|value| (value, false))).map(|(node, script)| (node, script, own.clone())));
    }
    for (node, script, own) in texts {
        let candidates: Vec<&str> = known.iter().chain(&own).copied().collect();
        let Some(text) = node.text().filter(|_| node.known()) else { continue };
        for used in shell::uses(text) {
            let there = candidates.contains(&used.name) || several(used.name) || is_builtin(used.name);
            if there || !judged(&used, script || text.contains('\n'), &candidates) {
                continue;
            }
            let name = used.name;
            let report = sink.report(&node.part(used.range), format!("`{name}` is not defined here")).why(format!(
                "KubeBlocks replaces `$({name})` by a variable of the definition's `vars`; there is none of that name, so \
                 the text stays as it is."
            ));
            match nearest(name, candidates.iter().copied()) {
                Some(near) => report.help(format!("Did you mean `$({near})`?")),
                None => report.help(format!("Add `{name}` to `vars`.")),
            };
        }
    }
}

/// Names that the kubelet or the operator puts in (legacy spec §3.7), and those of service links.
fn is_builtin(name: &str) -> bool {
    ["KB_", "KUBERNETES_", "LORRY_", "DP_"].iter().any(|prefix| name.starts_with(prefix))
        || ["_SERVICE_HOST", "_SERVICE_PORT"].iter().any(|suffix| name.contains(suffix))
        || name == "HOSTNAME"
}

fn check_component(definition: ClusterDefinition<'_>, component: ComponentDef<'_>, versions: &[Node<'_>], sink: &mut Sink) {
    let declared: Vec<&str> = component.variables().map(|(_, variable)| variable.name()).collect();
    for container in component.init_containers().chain(component.containers()) {
        let twins = versions.iter().flat_map(|version| {
            version.list("versionsContext.containers").chain(version.list("versionsContext.initContainers"))
        });
        let twins = twins.filter(|twin| twin.text_at("name") == container.text_at("name"));
        let mut own: Vec<&str> = Vec::new();
        let mut open = false;
        for container in std::iter::once(container).chain(twins) {
            own.extend(container.list("env").filter_map(|env| env.text_at("name")));
            // What a ConfigMap or Secret brings in cannot be counted.
            open |= container.get("envFrom").is_some();
        }
        if open || component.node.list("configSpecs").any(|spec| spec.get("asEnvFrom").is_some() || spec.get("injectEnvTo").is_some()) {
            continue;
        }
        let known = |name: &str| declared.contains(&name) || own.contains(&name) || is_builtin(name);
        let candidates: Vec<&str> = declared.iter().chain(&own).copied().collect();
        for node in texts(container) {
            let Some(text) = node.text().filter(|_| node.known()) else { continue };
            let script = is_script(container, node, text);
            for used in shell::uses(text) {
                if known(used.name) || !judged(&used, script, &candidates) {
                    continue;
                }
                report(definition, component, node, &used, &candidates, sink);
            }
        }
        check_waits(component, container, &known, &candidates, sink);
    }
}

/// A shell reads this text, so that `$(X)` may be a command.
fn is_script(container: Node<'_>, node: Node<'_>, text: &str) -> bool {
    let shell = commands(container).any(|command| command.text().is_some_and(is_shell));
    let code = commands(container).any(|command| command == node);
    text.contains('\n') || (shell && code)
}

/// The word calls a shell.
fn is_shell(word: &str) -> bool {
    ["sh", "bash", "ash", "dash", "zsh"].contains(&word.rsplit('/').next().unwrap_or_default())
}

/// `$(X)` that only the kubelet could replace; in a script, only what is nearly a variable's name.
fn judged(used: &Use<'_>, script: bool, candidates: &[&str]) -> bool {
    let constant = used.name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    used.form == Form::Parentheses
        && constant
        && used.name.len() > 1
        && (!script || nearest(used.name, candidates.iter().copied()).is_some())
}

fn report(
    definition: ClusterDefinition<'_>,
    component: ComponentDef<'_>,
    node: Node<'_>,
    used: &Use<'_>,
    candidates: &[&str],
    sink: &mut Sink,
) {
    let name = used.name;
    let report = sink
        .report(&node.part(used.range), format!("`{name}` is not defined for `{}`", component.name()))
        .why(format!(
            "The kubelet replaces `$({name})` by a variable of the container's `env` or of this component's own \
             `componentDefRef`; there is none of that name, so the text stays as it is."
        ));
    let other = definition.components().find_map(|other| {
        let (_, variable) = other.variables().find(|(_, variable)| variable.name() == name)?;
        Some((other.name(), variable.name_node()?))
    });
    let report = match other {
        Some((owner, place)) => report
            .help(format!("Give `{}` the same `componentDefRef` as `{owner}`.", component.name()))
            .related(&place, format!("only `{owner}` has it")),
        None => report,
    };
    // The place is the whole `$(X)`: a fix must keep the brackets.
    if let Some(near) = nearest(name, candidates.iter().copied()) {
        report.help(format!("Did you mean `$({near})`?"));
    }
}

/// A wait whose host is a variable that is never set loops for ever.
fn check_waits(
    component: ComponentDef<'_>,
    container: Node<'_>,
    known: &dyn Fn(&str) -> bool,
    candidates: &[&str],
    sink: &mut Sink,
) {
    if !component.init_containers().any(|init| init == container) {
        return;
    }
    for node in commands(container) {
        let Some(text) = node.text().filter(|_| node.known()) else { continue };
        let assigned = shell::assigned(text);
        for wait in shell::waits(text).iter().filter(|wait| wait.repeats && !wait.idle) {
            for host in shell::hosts(wait.condition) {
                let used = host.variable;
                let service = host.suffix.ends_with("-headless") || host.rest.starts_with('.');
                let shell_form = used.form != Form::Parentheses && used.modifier.is_empty();
                if !service || !shell_form || known(used.name) || assigned.contains(&used.name) {
                    continue;
                }
                let Some(near) = nearest(used.name, candidates.iter().copied()).or(longest_prefix(used.name, candidates)) else {
                    continue;
                };
                let range = used.range.shift(wait.range.start);
                sink.report(&node.part(range), format!("`{}` is not set here, so this wait never ends", used.name))
                    .severity(Severity::Error)
                    .why("The shell puts nothing in its place, and what is left is no service's name.")
                    .help(format!("Did you mean `${{{near}}}`?"));
            }
        }
    }
}

/// A candidate that the name is a part of, or that is a part of the name, segment by segment.
fn longest_prefix<'c>(name: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let within = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.starts_with('_'))
            || long.strip_suffix(short).is_some_and(|rest| rest.ends_with('_'))
    };
    candidates.iter().copied().find(|candidate| within(candidate, name) || within(name, candidate))
}

/// What the connection credential's texts may hold (legacy spec §3.8).
const CREDENTIAL: [&str; 10] = [
    "RANDOM_PASSWD", "STRONG_RANDOM_PASSWD", "UUID", "UUID_B64", "UUID_STR_B64", "UUID_HEX", "SVC_FQDN",
    "HEADLESS_SVC_FQDN", "KB_CLUSTER_COMP_NAME", "CONN_CREDENTIAL",
];

fn check_credential(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    let Some(credential) = definition.root.at("spec.connectionCredential") else { return };
    for (_, value) in credential.entries() {
        let Some(text) = value.text() else { continue };
        for used in shell::uses(text).into_iter().filter(|used| used.form == Form::Parentheses) {
            if !CREDENTIAL.contains(&used.name) && !used.name.starts_with("SVC_PORT_") {
                let near = nearest(used.name, CREDENTIAL);
                let report = sink
                    .report(&value.part(used.range), format!("`{}` is no placeholder of a connection credential", used.name))
                    .why("The text goes into the Secret as it is.");
                let listed = "There are `$(RANDOM_PASSWD)`, `$(SVC_FQDN)`, `$(HEADLESS_SVC_FQDN)`, `$(SVC_PORT_<name>)`, \
                     `$(KB_CLUSTER_COMP_NAME)`, `$(UUID)` and its like, and `$(CONN_CREDENTIAL).<key>`.";
                report.help(near.map_or_else(|| listed.to_owned(), |near| format!("Did you mean `$({near})`?")));
            }
        }
    }
}
