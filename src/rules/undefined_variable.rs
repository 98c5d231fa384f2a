//! See `undefined_variable.md`.

use super::prelude::*;
use super::support::vars::{given_elsewhere, offer};
use crate::diagnostic::{Safety, nearest};
use crate::model::backup::{Policy, given, images, policies};
use crate::model::builtins::ACTION_PARAMETERS;
use crate::model::builtins::{CREDENTIAL_SECRET, OF_CREDENTIAL};
use crate::model::definition::{Action, Definition};
use crate::model::index::Object;
use crate::model::legacy::{APPS, ClusterDefinition, ComponentDef, cluster_definitions, commands, texts};
use crate::model::lines;
use crate::model::pods::{containers, pods};
use crate::model::resolve::{ACTION_SET, CLUSTER_DEFINITION};
use crate::model::shell::{self, Form, Use, is_shell};
use crate::model::slips::{Slip, declared, gives, slips, slips_in_scripts};
use crate::model::volumes::components_of;
use crate::text::TextRange;

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
    sink.each(chart.documents(), |document, sink| slips(document).iter().for_each(|slip| report_slip(slip, sink)));
    sink.each(chart.documents().iter().filter(|document| document.kind() == Some("ConfigMap")), |document, sink| {
        let users = uses.world.index().matched_by(Object { chart, document }).map(|site| site.node.document);
        let users: Vec<&Document> = users.collect();
        if users.is_empty() {
            return;
        }
        for slip in slips_in_scripts(document, &users) {
            let others = || chart.documents().iter().chain(users.iter().copied());
            if !others().any(|other| gives(other, slip.name)) && !given_elsewhere(uses.world).contains(&slip.name) {
                report_slip(&slip, sink);
            }
        }
    });
    sink.each(chart.documents(), check_order);
    let has_definitions = chart.documents().iter().any(|document| Definition::of(document).is_some());
    let foreign = if has_definitions { given_elsewhere(uses.world) } else { Vec::new() };
    sink.each(chart.documents(), |document, sink| {
        Definition::of(document).into_iter().for_each(|definition| check_definition(uses, definition, &foreign, sink));
    });
    sink.each(chart.documents(), |document, sink| check_policy_keys(uses, document, sink));
    // ActionSets, and the methods that use them.
    sink.each(Object::of_chart(chart, ACTION_SET), |object, sink| {
        check_images(uses, object, sink);
    });
    sink.each(chart.documents(), |document, sink| {
        let methods = policies(document).into_iter().flat_map(Policy::methods);
        methods.for_each(|method| check_method(uses, chart, method, sink));
    });
    sink.apart(|sink| check_older(uses, chart, sink));
}

/// What definitions up to 0.9 consist of.
fn check_older<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let all = components_of(uses, chart);
    for definition in cluster_definitions(chart) {
        check_credential(definition, sink);
        check_secrets(definition, sink);
        for component in definition.components() {
            let versions = all.iter().find(|other| other.node == component.node);
            let versions = versions.map(|found| found.versions.as_slice()).unwrap_or_default();
            check_component(definition, component, versions, sink);
        }
    }
}

/// A name of KubeBlocks' own, nearly, or one of the definition's.
fn report_slip(slip: &Slip<'_>, sink: &mut Sink) {
    sink.report(&slip.node.part(slip.range), format!("`{}` is not defined here", slip.name))
        .why("Neither KubeBlocks nor anybody here gives a variable of this name: it is empty, or stays as it is.")
        .nearest(slip.name, [slip.near]);
}

/// The kubelet replaces `$(X)` by what stands above it.
fn check_order(document: &Document, sink: &mut Sink) {
    let given = ["spec.vars[].name", "spec.componentDefs[].componentDefRef[].componentRefEnv[].name"];
    let given: Vec<&str> = document
        .root()
        .into_iter()
        .flat_map(|root| given.into_iter().flat_map(move |path| root.each(path)))
        .filter_map(Node::text)
        .collect();
    for container in pods(document).into_iter().flat_map(containers) {
        let env: Vec<Node> = container.list("env").collect();
        if container.key("envFrom").is_some() {
            continue;
        }
        for (at, entry) in env.iter().enumerate() {
            let Some((node, text)) = entry.get("value").and_then(|node| Some((node, node.text()?))) else { continue };
            for used in shell::uses(text).into_iter().filter(|used| used.form == Form::Parentheses && node.known()) {
                let name = used.name;
                let named = |entry: &&Node| entry.text_at("name") == Some(name);
                let there = env[..=at].iter().any(|entry| named(&entry)) || given.contains(&name) || is_builtin(name);
                let Some(later) = env[at + 1..].iter().find(named).filter(|_| !there) else { continue };
                let own = entry.text_at("name").unwrap_or_default();
                sink.report(&node.part(used.range), format!("`{name}` is not there yet: it is defined below"))
                    .why(format!(
                        "The kubelet replaces `$({name})` by what stands above it, so the text stays as it is."
                    ))
                    .help(format!("Move `{own}` below `{name}`."))
                    .related(later, "defined here");
            }
        }
    }
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
            many && var
                .text_at("name")
                .is_some_and(|stem| name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('_')))
        })
    };
    if vars.iter().any(|var| var.get("name").is_none_or(|name| !name.known())) {
        return;
    }
    check_others(definition, &given, &several, sink);
    for container in definition.all_containers() {
        // What a ConfigMap or Secret brings in cannot be counted.
        if container.get("envFrom").is_some() {
            continue;
        }
        let env: Vec<Node> = container.list("env").collect();
        let own: Vec<&str> = env.iter().filter_map(|env| env.text_at("name")).collect();
        let candidates: Vec<&str> = given.iter().chain(&own).copied().collect();
        for node in texts(container) {
            let Some(text) = node.known_text() else { continue };
            let script = is_script(container, node, text);
            // In its own value a variable is not there yet.
            let itself = env.iter().find(|env| env.get("value") == Some(node)).and_then(|env| env.text_at("name"));
            for used in shell::uses(text) {
                let once = own.iter().filter(|name| **name == used.name).count() == 1;
                let own_value = itself == Some(used.name) && once;
                let known = candidates.contains(&used.name) && !own_value;
                let there = |name: &str| candidates.contains(&name);
                let judged =
                    judged(&used, script, &candidates) || is_value(container, node) && is_beside(&used, text, &there);
                if known || several(used.name) || is_builtin(used.name) || !judged {
                    continue;
                }
                let name = used.name;
                let has_var = given.contains(&name);
                if own_value && has_var {
                    let report = sink
                        .report(&node.part(used.range), format!("`{name}` is given the value that it has"))
                        .severity(Severity::Info)
                        .why("`vars` go into every container by themselves, so this entry does nothing.")
                        .help("Take the entry out.");
                    let chart = uses.world.index().chart_of(definition.document);
                    let entry = chart.zip(node.parent()).filter(|_| node.text() == Some(used.range.of(text)));
                    report.offer(
                        format!("Remove `{name}`"),
                        Safety::Unsafe,
                        entry.and_then(|(chart, entry)| lines::removed_item(chart, entry)),
                    );
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
                    Some(near) => offer(report, near),
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
    let containers = || definition.all_containers();
    if containers().any(|container| container.get("envFrom").is_some()) {
        return;
    }
    let env = containers().flat_map(|container| container.list("env")).filter_map(|env| env.text_at("name"));
    let known: Vec<&str> = given.iter().copied().chain(env).collect();
    check_accounts(definition, &known, sink);
    check_parameters(definition, &known, sink);
    let values =
        definition.spec.list("vars").filter_map(|var| var.get("value")).map(|value| (value, false, Vec::new()));
    let runs = definition.agent_actions().flat_map(Action::runs).flat_map(|(holder, exec)| run(holder, exec));
    check_runs(values.chain(runs), &known, several, ("KubeBlocks", "the definition's `vars`", "vars"), sink);
}

/// `$(X)` in what is run, each text with whether a shell reads it and the variables that it has besides those that are
/// `known`. The words are who replaces variables, by which, and the list that takes another one.
fn check_runs<'w>(
    runs: impl IntoIterator<Item = (Node<'w>, bool, Vec<&'w str>)>,
    known: &[&str],
    several: &dyn Fn(&str) -> bool,
    (who, which, list): (&str, &str, &str),
    sink: &mut Sink,
) {
    for (node, script, own) in runs {
        let candidates: Vec<&str> = known.iter().chain(&own).copied().collect();
        let Some(text) = node.known_text() else { continue };
        for used in shell::uses(text) {
            let there = candidates.contains(&used.name) || several(used.name) || is_builtin(used.name);
            if there || !judged(&used, script || text.contains('\n'), &candidates) {
                continue;
            }
            let name = used.name;
            let report = sink.report(&node.part(used.range), format!("`{name}` is not defined here")).why(format!(
                "{who} replaces `$({name})` by a variable of {which}; there is none of that name, so the text stays as it \
                 is."
            ));
            match nearest(name, candidates.iter().copied()) {
                Some(near) => offer(report, near),
                None => report.help(format!("Add `{name}` to `{list}`.")),
            };
        }
    }
}

/// What another action is called with, and this one is not (v1 spec §6.1).
fn check_parameters(definition: Definition<'_>, known: &[&str], sink: &mut Sink) {
    if !definition.is_current() {
        return;
    }
    let owner = |name: &str| ACTION_PARAMETERS.iter().find(|(_, names)| names.contains(&name)).map(|(owner, _)| *owner);
    for action in definition.actions() {
        let Some(exec) = action.exec() else { continue };
        let texts: Vec<(Node, &str)> = commands(exec).filter_map(|node| Some((node, node.known_text()?))).collect();
        let given: Vec<&str> = texts.iter().flat_map(|(_, text)| shell::assigned(text)).collect();
        // Who asks for its own as well may be the command of several actions.
        let own = |name: &str| owner(name) == Some(action.name());
        if texts.iter().any(|(_, text)| shell::uses(text).iter().any(|used| own(used.name))) {
            continue;
        }
        for (node, text) in texts {
            for used in shell::uses(text) {
                let name = used.name;
                let Some(owner) = owner(name).filter(|owner| *owner != action.name()) else { continue };
                let env = exec.list("env").any(|env| env.text_at("name") == Some(name));
                if env || known.contains(&name) || given.contains(&name) || used.is_guarded(text) {
                    continue;
                }
                let report = sink
                    .report(
                        &node.part(used.name_range),
                        format!("`{name}` is given to `{owner}`, not to `{}`", action.name()),
                    )
                    .why("Each action is called with parameters of its own: here the variable is empty.");
                let parameters = ACTION_PARAMETERS.iter().find(|(owner, _)| *owner == action.name());
                match parameters.filter(|(_, names)| !names.is_empty()) {
                    Some((_, names)) => {
                        report.help(format!("`{}` is called with {}.", action.name(), listed(names.iter().copied())))
                    }
                    None => report,
                };
            }
        }
    }
}

/// What is run, whether a shell reads it, and the variables that it is given besides: of an action, or of a job.
fn run<'w>(holder: Node<'w>, exec: Node<'w>) -> Vec<(Node<'w>, bool, Vec<&'w str>)> {
    let own: Vec<&str> = holder.list("env").filter_map(|env| env.text_at("name")).collect();
    let values = holder.list("env").filter_map(|env| env.get("value"));
    let shell = commands(exec).any(|word| word.text().is_some_and(is_shell));
    let words = commands(exec).map(|word| (word, shell));
    words.chain(values.map(|value| (value, false))).map(|(node, script)| (node, script, own.clone())).collect()
}

/// What stands for an account in the statements that make it (`getEnvReplacementMapForAccount` in `controllers/apps`).
const IN_STATEMENTS: [&str; 2] = ["USERNAME", "PASSWD"];

/// `$(X)` in statements up to 0.9; what the job's container has is put in by the kubelet.
fn check_statements<'w>(statements: impl Iterator<Item = Node<'w>>, known: &[&str], sink: &mut Sink) {
    for node in statements.filter(|node| node.known()) {
        let text = node.text().unwrap_or_default();
        for used in shell::uses(text).into_iter().filter(|used| used.form == Form::Parentheses) {
            if !IN_STATEMENTS.contains(&used.name) && !known.contains(&used.name) {
                let report = sink
                    .report(&node.part(used.range), format!("nothing replaces `{}` in a statement", used.range.of(text)))
                    .why("The database gets the text as it is, and the account another name or password than its Secret has.");
                match nearest(used.name, IN_STATEMENTS) {
                    Some(near) => offer(report, near),
                    None => report.help("There are `$(USERNAME)` and `$(PASSWD)`."),
                };
            }
        }
    }
}

/// Statements of a ComponentDefinition's accounts; since 1.0 scripts read them.
fn check_accounts(definition: Definition<'_>, known: &[&str], sink: &mut Sink) {
    let accounts = definition.spec.list("systemAccounts");
    if !definition.is_current() {
        return check_statements(accounts.filter_map(|account| account.get("statement")), known, sink);
    }
    let actions = || definition.actions().filter_map(Action::exec).flat_map(commands).filter_map(Node::text);
    let statements = accounts.flat_map(|account| account.each("statement{}")).filter(|node| node.known());
    for (node, text) in statements.filter_map(|node| Some((node, node.text()?))) {
        for used in shell::uses(text).into_iter().filter(|used| used.form == Form::Parentheses) {
            let Some(at) = IN_STATEMENTS.iter().position(|name| *name == used.name) else { continue };
            // A script may put in what it likes.
            if known.contains(&used.name) || actions().any(|text| text.contains(used.name)) {
                continue;
            }
            let now = ["${KB_ACCOUNT_NAME}", "${KB_ACCOUNT_PASSWORD}"][at];
            sink.report(&node.part(used.range), format!("nothing replaces `{}` since KubeBlocks 1.0", used.range.of(text)))
                .why("The action `accountProvision` gets the statement as it is, and beside it the variables of the account.")
                .help(format!("Write `{now}`, which the shell of the action can replace."))
                .replace(format!("Replace by `{now}`"), Safety::Unsafe, now);
        }
    }
}

/// Jobs that definitions up to 0.9 describe: for accounts, for a switchover, after the start.
fn check_jobs(component: ComponentDef<'_>, versions: &[Node<'_>], sink: &mut Sink) {
    let paths = ["systemAccounts", "switchoverSpec.withCandidate", "switchoverSpec.withoutCandidate", "postStartSpec"];
    let of_version = ["systemAccountSpec", "switchoverSpec.withCandidate", "switchoverSpec.withoutCandidate"];
    let added = versions
        .iter()
        .flat_map(|version| of_version.into_iter().filter_map(move |path| version.at(path)?.at("cmdExecutorConfig")));
    let given = added.flat_map(|executor| executor.list("env")).filter_map(|env| env.text_at("name"));
    let containers = component.all_containers();
    let env = containers.flat_map(|container| container.list("env")).filter_map(|env| env.text_at("name"));
    let declared = component.variables().map(|(_, variable)| variable.name());
    let known: Vec<&str> = given.chain(env).chain(declared).collect();
    for executor in paths.into_iter().filter_map(|path| component.node.at(path)?.get("cmdExecutorConfig")) {
        let words = ("The kubelet", "the job's `env`, or one of KubeBlocks' own", "env");
        check_runs(run(executor, executor), &known, &|_| false, words, sink);
    }
    let executor = component.node.at("systemAccounts.cmdExecutorConfig");
    let own = executor.into_iter().flat_map(|executor| executor.list("env")).filter_map(|env| env.text_at("name"));
    let known: Vec<&str> = known.iter().copied().chain(own).collect();
    let statements = component.node.each("systemAccounts.accounts[].provisionPolicy.statements");
    let parts = ["creation", "update", "deletion"];
    let statements = statements.into_iter().flat_map(|of| parts.into_iter().filter_map(move |part| of.get(part)));
    check_statements(statements, &known, sink);
}

/// Names that the kubelet or the operator puts in (legacy spec §3.7), and those of service links.
fn is_builtin(name: &str) -> bool {
    // Of slips in them `model/slips.rs` knows.
    ["KB_", "KUBERNETES_", "LORRY_", "DP_"].iter().any(|prefix| name.starts_with(prefix))
        || ["_SERVICE_HOST", "_SERVICE_PORT"].iter().any(|suffix| name.contains(suffix))
        || name == "HOSTNAME"
}

fn check_component(
    definition: ClusterDefinition<'_>,
    component: ComponentDef<'_>,
    versions: &[Node<'_>],
    sink: &mut Sink,
) {
    let declared: Vec<&str> = component.variables().map(|(_, variable)| variable.name()).collect();
    for container in component.all_containers() {
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
        if open
            || component
                .node
                .list("configSpecs")
                .any(|spec| spec.get("asEnvFrom").is_some() || spec.get("injectEnvTo").is_some())
        {
            continue;
        }
        let known = |name: &str| declared.contains(&name) || own.contains(&name) || is_builtin(name);
        let candidates: Vec<&str> = declared.iter().chain(&own).copied().collect();
        for node in texts(container) {
            let Some(text) = node.known_text() else { continue };
            let script = is_script(container, node, text);
            for used in shell::uses(text) {
                let beside = is_value(container, node) && is_beside(&used, text, &known);
                if known(used.name) || !(judged(&used, script, &candidates) || beside) {
                    continue;
                }
                report(definition, component, node, &used, &candidates, sink);
            }
        }
        check_waits(component, container, &known, &candidates, sink);
    }
    check_jobs(component, versions, sink);
}

/// A shell reads this text, so that `$(X)` may be a command.
fn is_script(container: Node<'_>, node: Node<'_>, text: &str) -> bool {
    let shell = commands(container).any(|command| command.text().is_some_and(is_shell));
    let code = commands(container).any(|command| command == node);
    text.contains('\n') || (shell && code)
}

/// `$(X)` that only the kubelet could replace; in a script, only what is nearly a variable's name.
fn judged(used: &Use<'_>, script: bool, candidates: &[&str]) -> bool {
    let constant = used.name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    used.form == Form::Parentheses
        && constant
        && used.name.len() > 1
        && (!script || nearest(used.name, candidates.iter().copied()).is_some())
}

/// The text is the value of a variable, which no shell reads.
fn is_value(container: Node<'_>, node: Node<'_>) -> bool {
    let plain = node.text().is_some_and(|text| !text.contains('\n'));
    plain && container.list("env").any(|env| env.get("value") == Some(node))
}

/// A name as no command has it, beside others that are there.
fn is_beside(used: &Use<'_>, text: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let mut letters = used.name.chars();
    let mixed = letters.next().is_some_and(|c| c.is_ascii_lowercase()) && letters.any(|c| c.is_ascii_uppercase());
    let is_known = |other: &Use| other.form == Form::Parentheses && other.name != used.name && known(other.name);
    mixed
        && used.form == Form::Parentheses
        && used.name.chars().all(|c| c.is_ascii_alphanumeric())
        && shell::uses(text).iter().any(is_known)
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
    if let Some(near) = nearest(name, candidates.iter().copied()) {
        offer(report, near);
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
        let Some(text) = node.known_text() else { continue };
        let assigned = shell::assigned(text);
        for wait in shell::waits(text).iter().filter(|wait| wait.repeats && !wait.idle) {
            for host in shell::hosts(wait.condition) {
                let used = host.variable;
                let service = host.suffix.ends_with("-headless") || host.rest.starts_with('.');
                let shell_form = used.form != Form::Parentheses && used.modifier.is_empty();
                // A variable alone may be any host's name, unless it is nearly one of those that are there.
                let near = || nearest(used.name, candidates.iter().copied()).is_some();
                if !(service || host.suffix.is_empty() && near())
                    || !shell_form
                    || known(used.name)
                    || assigned.contains(&used.name)
                {
                    continue;
                }
                let Some(near) =
                    nearest(used.name, candidates.iter().copied()).or(longest_prefix(used.name, candidates))
                else {
                    continue;
                };
                let range = used.range.shift(wait.range.start);
                sink.report(&node.part(range), format!("`{}` is not set here, so this wait never ends", used.name))
                    .severity(Severity::Error)
                    .why("The shell puts nothing in its place, and what is left is no service's name.")
                    .help(format!("Did you mean `${{{near}}}`?"))
                    .replace(format!("Replace by `${{{near}}}`"), Safety::Unsafe, format!("${{{near}}}"));
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

fn check_credential(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    let Some(credential) = definition.root.at("spec.connectionCredential") else { return };
    for (_, value) in credential.entries() {
        let Some(text) = value.text() else { continue };
        if let Some((at, end)) =
            text.find("$(CONN_CREDENTIAL.").and_then(|at| Some((at, at + text[at..].find(')')? + 1)))
        {
            let key = &text[at + 18..end - 1];
            sink.report(&value.part(TextRange::new(at, end)), format!("nothing replaces `{}`", &text[at..end]))
                .why("Only the parentheses are replaced, by their whole text; this goes into the Secret as it is.")
                .help(format!("Did you mean `$(CONN_CREDENTIAL).{key}`?"));
        }
        for used in shell::uses(text).into_iter().filter(|used| used.form == Form::Parentheses) {
            if used.name == "CONN_CREDENTIAL" {
                check_credential_key(credential, value, text, used.range.end as usize, sink);
            } else if !OF_CREDENTIAL.contains(&used.name) && !used.name.starts_with("SVC_PORT_") {
                let near = nearest(used.name, OF_CREDENTIAL);
                let report = sink
                    .report(
                        &value.part(used.range),
                        format!("`{}` is no placeholder of a connection credential", used.name),
                    )
                    .why("The text goes into the Secret as it is.");
                let listed = "There are `$(RANDOM_PASSWD)`, `$(SVC_FQDN)`, `$(HEADLESS_SVC_FQDN)`, `$(SVC_PORT_<name>)`, \
                     `$(KB_CLUSTER_COMP_NAME)`, `$(UUID)` and its like, and `$(CONN_CREDENTIAL).<key>`.";
                match near {
                    Some(near) => offer(report, near),
                    None => report.help(listed),
                };
            }
        }
    }
}

/// `$(CONN_CREDENTIAL).key` stands for another text of the credential; the parentheses end at `at` (LC-043).
fn check_credential_key(credential: Node, value: Node, text: &str, at: usize, sink: &mut Sink) {
    let Some(named) = text[at..].strip_prefix('.') else { return };
    let end = named.find(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).unwrap_or(named.len());
    let keys: Vec<Node> = credential.entries().map(|(key, _)| key).collect();
    // A key may be made of placeholders, and begin another that is longer.
    let fits = |key: &Node| !key.known() || key.text().is_none_or(|key| key.contains("$(") || named.starts_with(key));
    if end > 0 && !keys.iter().any(fits) {
        let range = TextRange::new(at + 1, at + 1 + end);
        sink.report(&value.part(range), format!("the connection credential has no key `{}`", &named[..end]))
            .why(
                "`$(CONN_CREDENTIAL).…` stands for another text of the credential; this goes into the Secret as it is.",
            )
            .nearest(&named[..end], keys.iter().filter_map(|key| key.text()));
    }
}

/// Keys of the Secret that KubeBlocks makes of the connection credential (legacy spec R22, LC-045, LC-046).
fn check_secrets(definition: ClusterDefinition<'_>, sink: &mut Sink) {
    let credential = definition.root.at("spec.connectionCredential");
    let keys: Vec<Node> = credential.into_iter().flat_map(Node::entries).map(|(key, _)| key).collect();
    // Keys may be made of placeholders too.
    let open = keys.iter().any(|key| !key.known() || key.text().is_none_or(|text| text.contains("$(")));
    for component in definition.components() {
        let pods = component.all_containers();
        let variables = pods.flat_map(|container| container.list("env"));
        let accounts = component.node.list("systemAccounts.cmdExecutorConfig.env");
        for reference in variables.chain(accounts).filter_map(|variable| variable.at("valueFrom.secretKeyRef")) {
            let name = reference.get("name").filter(|name| name.known());
            let (Some(name), Some(key)) = (name, reference.get("key").filter(|key| key.known())) else { continue };
            let (Some(secret), Some(text)) = (name.text(), key.text()) else { continue };
            let is_credential = secret == format!("$({CREDENTIAL_SECRET})");
            if secret.contains("$(") && !is_credential {
                sink.report(&name, format!("`{secret}` is no Secret's name"))
                    .severity(Severity::Error)
                    .why(format!(
                        "In the name of a Secret only `$({CREDENTIAL_SECRET})` is replaced; the container never starts."
                    ))
                    .help(format!("Did you mean `$({CREDENTIAL_SECRET})`?"))
                    .replace(
                        format!("Replace by `$({CREDENTIAL_SECRET})`"),
                        Safety::Unsafe,
                        format!("$({CREDENTIAL_SECRET})"),
                    );
                continue;
            }
            let has_key = keys.iter().any(|key| key.text() == Some(text));
            let optional = reference.text_at("optional") == Some("true");
            let (Some(credential), false) = (credential, open || has_key || optional || !is_credential) else {
                continue;
            };
            sink.report(&key, format!("the connection credential has no key `{text}`"))
                .severity(Severity::Error)
                .why("The Secret has the keys of `connectionCredential` and no others: the container never starts.")
                .related(&credential, "the connection credential")
                .nearest(text, keys.iter().filter_map(|key| key.text()));
        }
    }
}

/// Keys of that Secret that a backup policy names, where no account has one of its own.
fn check_policy_keys<'w>(uses: &Uses<'w>, document: &'w Document, sink: &mut Sink) {
    let older = document.kind() == Some("BackupPolicyTemplate") && document.group() == Some(APPS);
    let Some(spec) = document.spec().filter(|_| older && document.is_sound()) else { return };
    let Some(named) = spec.get("clusterDefinitionRef").and_then(Node::known_text) else { return };
    let mut found = uses.world.index().named(CLUSTER_DEFINITION, named).filter(|object| !object.chart.failed());
    let (Some(definition), None) = (found.next(), found.next()) else { return };
    let Some(credential) = definition.root().and_then(|root| root.at("spec.connectionCredential")) else { return };
    let keys: Vec<Node> = credential.entries().map(|(key, _)| key).collect();
    if keys.iter().any(|key| !key.known() || key.text().is_none_or(|text| text.contains("$("))) {
        return;
    }
    let targets = ["backupPolicies[].target", "backupPolicies[].backupMethods[].target"];
    for target in targets.into_iter().flat_map(|path| spec.each(path)).filter(|target| target.key("account").is_none())
    {
        let named =
            ["usernameKey", "passwordKey"].into_iter().filter_map(|key| target.at("connectionCredentialKey")?.get(key));
        for key in named.filter(|key| key.known()) {
            let Some(text) =
                key.text().filter(|text| !text.is_empty() && !keys.iter().any(|key| key.text() == Some(text)))
            else {
                continue;
            };
            sink.report(&key, format!("the connection credential has no key `{text}`"))
                .severity(Severity::Error)
                .why("Jobs read the user and the password from the Secret that is made of it: their pods never start.")
                .related(&credential, "the connection credential")
                .nearest(text, keys.iter().filter_map(|key| key.text()));
        }
    }
}

/// A variable in the image of a job, which no one gives.
struct Lack<'w> {
    image: Node<'w>,
    used: Use<'w>,
}

/// What images of an ActionSet's jobs are made of and the ActionSet itself does not give (v1 spec R185).
fn lacks<'w>(set: Object<'w>) -> Vec<Lack<'w>> {
    let root = set.root().filter(|_| set.document.is_sound());
    let own: Vec<Node> = root.and_then(|root| root.get("spec")).into_iter().flat_map(given).collect();
    let images = root.into_iter().flat_map(images).filter(|image| image.known());
    let used = images.flat_map(|image| {
        shell::uses(image.text().unwrap_or_default()).into_iter().map(move |used| Lack { image, used })
    });
    used.filter(|Lack { used, .. }| {
        used.form == Form::Parentheses && !is_builtin(used.name) && !may_give(own.iter().copied(), used.name)
    })
    .collect()
}

/// One of the variables has the name, or nobody can say.
fn may_give<'w>(variables: impl IntoIterator<Item = Node<'w>>, name: &str) -> bool {
    variables.into_iter().any(|variable| !variable.known() || variable.text() == Some(name))
}

/// As [`may_give`], for the containers of a chart's definitions, whose variables jobs get as well (v1 spec §6.1).
fn containers_may_give(chart: &Chart, name: &str) -> bool {
    let kinds = ["ComponentDefinition", "ClusterDefinition", "ClusterVersion"];
    let definitions =
        chart.documents().iter().filter(|document| document.kind().is_some_and(|kind| kinds.contains(&kind)));
    definitions.filter_map(Document::spec).any(|spec| may_give(declared(spec), name))
}

/// The variables that a method gives; `None` where one is open.
fn given_by<'w>(method: Node<'w>) -> Option<Vec<&'w str>> {
    given(method).into_iter().map(|name| name.known_text()).collect()
}

/// The methods that use an ActionSet; `None` where others may, or where one's variables are open.
fn methods_of<'w>(uses: &Uses<'w>, set: Object<'w>) -> Option<Vec<(Node<'w>, Vec<&'w str>)>> {
    let index = uses.world.index();
    if ["BackupPolicyTemplate", "BackupPolicy"].into_iter().any(|kind| index.has_open_sites(kind)) {
        return None;
    }
    let asking = index.matched_by(set).filter_map(|site| site.node.parent());
    asking.map(|method| Some((method, given_by(method)?))).collect()
}

const STAYS: &str = "The text stays in the name of the image, and the job never starts.";

/// A variable of an image that no method gives.
fn check_images<'w>(uses: &Uses<'w>, set: Object<'w>, sink: &mut Sink) {
    let lacks = lacks(set);
    let Some(methods) = (!lacks.is_empty()).then(|| methods_of(uses, set)).flatten() else { return };
    let own = set.root().and_then(|root| root.get("spec")).into_iter().flat_map(given).filter_map(Node::text);
    let candidates: Vec<&str> = own.chain(methods.iter().flat_map(|(_, given)| given.iter().copied())).collect();
    for Lack { image, used } in lacks {
        let name = used.name;
        let near = nearest(name, candidates.iter().copied());
        // Without a method in view, somebody else's may give it.
        let is_given = candidates.contains(&name) || containers_may_give(set.chart, name);
        if is_given || methods.is_empty() && near.is_none() {
            continue;
        }
        let report = sink
            .report(&image.part(used.range), format!("`{name}` is not defined here"))
            .severity(Severity::Error)
            .why(STAYS);
        let report = match methods.first().and_then(|(method, _)| method.get("name")) {
            Some(method) => report.related(&method, "a method that uses the ActionSet"),
            None => report,
        };
        match near {
            Some(near) => offer(report, near),
            None => report.help(format!("Give `{name}` in the `env` of the ActionSet or of its methods.")),
        };
    }
}

/// A variable of an image that other methods give, but this one does not.
fn check_method<'w>(uses: &Uses<'w>, chart: &'w Chart, method: Node<'w>, sink: &mut Sink) {
    let (Some(at), Some(own)) = (method.get("actionSetName"), given_by(method)) else { return };
    for set in uses.action_sets(method) {
        let lacks: Vec<Lack> = lacks(set).into_iter().filter(|lack| !own.contains(&lack.used.name)).collect();
        let Some(methods) = (!lacks.is_empty()).then(|| methods_of(uses, set)).flatten() else { continue };
        let is_given = |name: &str| methods.iter().any(|(_, given)| given.contains(&name));
        let here = |name: &str| [chart, &**set.chart].into_iter().any(|chart| containers_may_give(chart, name));
        if let Some(Lack { image, used }) = lacks.iter().find(|lack| is_given(lack.used.name) && !here(lack.used.name))
        {
            sink.report(
                &at,
                format!("the images of this ActionSet need `{}`, which the method does not give", used.name),
            )
            .severity(Severity::Error)
            .why(STAYS)
            .help("Give it in the method's `env`, as other methods do.")
            .related(image, "it is read here");
        }
    }
}
