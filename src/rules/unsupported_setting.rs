//! See `unsupported_setting.md`.

use super::prelude::*;
use super::support::removal::without;
use crate::diagnostic::Safety;
use crate::model::admission;
use crate::model::builtins::ACTION_PARAMETERS;
use crate::model::definition::{Action, Definition};
use crate::model::index::Object;
use crate::model::pattern::{Mode, Pattern};
use crate::model::resolve::CONFIG_CONSTRAINT;
use crate::model::vars::vars;
use crate::model::volumes::{Component, components_of};
use crate::schema::release::Release;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "unsupported-setting",
    summary: "a setting that the schema knows and KubeBlocks does not use",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unsupported_setting.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| check_document(chart, document, sink));
    sink.each(components_of(uses, chart), |component, sink| {
        if component.chart.failed() {
            return;
        }
        check_environment_files(uses.world, &component, sink);
        check_unread(&component, sink);
        if component.legacy {
            check_logs(&component, sink);
            check_monitor(&component, sink);
            check_reloading(uses.world, &component, sink);
            check_first_port(&component, sink);
        }
    });
}

fn check_document(chart: &Chart, document: &Document, sink: &mut Sink) {
    let Some(root) = document.root().filter(|_| document.is_sound()) else { return };
    match (document.group(), document.kind()) {
        (Some("apps.kubeblocks.io"), Some("ComponentDefinition")) => {
            let Some(definition) = Definition::current(document) else { return };
            for action in definition.agent_actions().chain(definition.available_probe()) {
                check_port(definition, action, sink);
                check_matching_key(chart, action, sink);
            }
            check_available_probe(chart, definition, sink);
            check_environment(definition, sink);
            check_parameters(definition, sink);
            check_foreign(definition, sink);
            check_unused(chart, definition, sink);
        }
        (Some("apps.kubeblocks.io"), Some("ShardingDefinition")) => {
            check_strategies(root, sink);
            check_shard_actions(chart, document, root, sink);
        }
        (Some("apps.kubeblocks.io"), Some("Rollout")) => check_rollout(root, sink),
        (Some("operations.kubeblocks.io"), Some("OpsDefinition")) => check_modifiers(root, sink),
        (Some("experimental.kubeblocks.io"), Some("NodeCountScaler")) => check_scaler(root, sink),
        _ => {}
    }
}

/// The agent takes the text into an address as it is (v1 spec R031).
fn check_port(definition: Definition, action: Action, sink: &mut Sink) {
    for call in ["http", "grpc"] {
        let Some(port) = action.node.get(call).and_then(|call| call.get("port")).filter(|port| port.known()) else {
            continue;
        };
        // What is put together is no name.
        let name = |text: &&str| !text.is_empty() && text.parse::<u16>().is_err() && !text.contains(['$', '{']);
        let Some(text) = port.text().filter(name) else { continue };
        let ports = definition.containers().flat_map(|container| container.list("ports"));
        let named: Vec<Node> = ports.filter(|port| port.text_at("name") == Some(text)).collect();
        let report = sink
            .report(&port, format!("`{}` calls port `{text}`, and the agent knows no names of ports", action.name()))
            .severity(Severity::Error)
            .why("The text goes into the address as it is, so each call of the action fails.")
            .help("Write the number of the port.");
        if let [one] = named.as_slice()
            && let Some(number) = one.text_at("containerPort")
        {
            report.related(one, "the port of this name").replace(
                format!("Write `{number}`"),
                Safety::Safe,
                format!("{number:?}"),
            );
        }
    }
}

fn check_matching_key(chart: &Chart, action: Action, sink: &mut Sink) {
    let Some(selector) = action.field("targetPodSelector").filter(|selector| selector.known()) else { return };
    let Some(selected @ ("Any" | "All")) = selector.text() else { return };
    let Some(key) = action.field("matchingKey").filter(|key| key.text() != Some("")) else { return };
    let report = sink
        .report(&key.heading(), format!("`matchingKey` has no meaning where the selector is `{selected}`"))
        .why("KubeBlocks ignores it: only `Role` and `Ordinal` select pods by a key.")
        .related(&selector, "the selector");
    without(chart, key.heading(), Safety::Safe, report);
}

/// What the probe runs in is not up to it (v1 spec R027).
fn check_available_probe(chart: &Chart, definition: Definition, sink: &mut Sink) {
    let Some(exec) = definition.available_probe().and_then(Action::exec) else { return };
    for field in ["container", "image", "env"] {
        if exec.get(field).is_none_or(|value| value.text() == Some("")) {
            continue;
        }
        let Some(key) = exec.key(field) else { continue };
        let report = sink.report(&key, format!("`{field}` of `availableProbe` is ignored")).why(
            "The probe runs in the agent as the other actions make it: with their container, image and variables.",
        );
        without(chart, key, Safety::Safe, report);
    }
}

/// The agent has one environment for all actions: of two variables of one name the first counts (v1 spec §6.1).
fn check_environment(definition: Definition, sink: &mut Sink) {
    let mut seen: Vec<(&str, &str, Node)> = Vec::new();
    let env = definition.agent_actions().flat_map(|action| {
        let exec = action.exec().into_iter().flat_map(|exec| exec.list("env"));
        exec.map(move |env| (action.name(), env))
    });
    for (action, env) in env {
        let (Some(name), Some(value)) = (env.get("name"), env.get("value")) else { continue };
        let Some((text, content)) = name.text().zip(value.text()).filter(|_| name.known() && value.known()) else {
            continue;
        };
        match seen.iter().find(|(_, other, _)| *other == text) {
            None => seen.push((action, text, value)),
            Some((owner, _, other)) if *owner != action && other.text() != Some(content) => {
                sink.report(&value, format!("`{owner}` gives `{text}` another value, and all actions see only one of the two"))
                    .why("One agent runs all actions, with one environment: of two variables of one name it takes the first.")
                    .help("Give the variables names of their own.")
                    .related(other, format!("the value in `{owner}`"));
            }
            Some(_) => {}
        }
    }
}

fn check_parameters(definition: Definition, sink: &mut Sink) {
    for var in vars(definition.document) {
        let taken = ACTION_PARAMETERS.iter().find(|(_, names)| names.contains(&var.name()));
        let action = taken.and_then(|(name, _)| definition.agent_actions().find(|action| action.name() == *name));
        let (Some(action), Some(name)) = (action, var.node.get("name").filter(|name| name.known())) else { continue };
        // Templates and calls do not see credentials.
        if var.sources().next().is_some_and(|source| matches!(source.kind(), "credentialVarRef" | "secretKeyRef")) {
            continue;
        }
        sink.report(&name, format!("`{}` takes the place of what `{}` is called with", var.name(), action.name()))
            .why("KubeBlocks calls the action with a variable of this name, and those of `vars` win over it.")
            .help("Take another name.")
            .related(&action.key, "the action");
    }
}

/// Variables that ask another component for what can only come from the own one (v1 spec R053, R058).
fn check_foreign(definition: Definition, sink: &mut Sink) {
    let Some(own) = definition.document.known_name() else { return };
    for var in vars(definition.document) {
        let Some(source) = var.source() else { continue };
        let Some(pattern) = source.definition().filter(|pattern| pattern.known()) else { continue };
        let Some(text) = pattern.text() else { continue };
        let matcher = Pattern::new(Mode::PrefixOrRegex, text);
        if matcher.is_unsure() || matcher.matches(own) {
            continue;
        }
        let taken = source.options().next().and_then(Node::text);
        match (source.kind(), taken) {
            ("serviceRefVarRef", Some(_)) => {
                let severity = if source.is_optional() { Severity::Warning } else { Severity::Error };
                // The name itself may stand in a helper, and be right.
                sink.report(
                    &pattern.heading(),
                    format!("`{}` asks `{text}` for a service reference, and only the own ones are known", var.name()),
                )
                .severity(severity)
                .why("KubeBlocks looks for references of other components nowhere: the variable never has a value.")
                .help("Declare the reference here too, and take out `compDef`.");
            }
            ("componentVarRef", Some("shortName")) => {
                let Some(option) = source.options().next() else { continue };
                sink.report(&option, format!("`{}` is the short name of this component, not of `{text}`", var.name()))
                    .why("KubeBlocks gives the name of the component that has the variable, whatever `compDef` says.")
                    .help("`componentName` gives the full name of the other one.")
                    .replace("Write `componentName`", Safety::Unsafe, "componentName");
            }
            _ => {}
        }
    }
}

/// Fields that no code of the newest releases reads (v1 spec R017, R041, R042).
const UNUSED: [&str; 4] = ["logConfigs", "exporter.scrapePort", "exporter.scrapePath", "exporter.scrapeScheme"];

fn check_unused(chart: &Chart, definition: Definition, sink: &mut Sink) {
    let targets = admission::targets(world::schemas(), chart.promised(), definition.document);
    if targets.is_none_or(|targets| targets.releases.first().is_none_or(|first| first < Release::V1_2)) {
        return;
    }
    let spec = definition.spec;
    let named = UNUSED.into_iter().filter_map(|path| match path.rsplit_once('.') {
        Some((parent, key)) => spec.get(parent)?.key(key),
        None => spec.key(path),
    });
    let volumes = spec.list("volumes").flat_map(|volume| [volume.key("needSnapshot"), volume.key("highWatermark")]);
    for key in named.chain(volumes.flatten()) {
        let report = sink
            .report(&key, format!("KubeBlocks does not use `{}` any more", key.text().unwrap_or_default()))
            .severity(Severity::Info)
            .why("The field is still accepted, and nothing reads it.")
            .unnecessary();
        without(chart, key, Safety::Safe, report);
    }
}

fn check_strategies(root: Node, sink: &mut Sink) {
    for field in ["provisionStrategy", "updateStrategy"] {
        let Some(strategy) = root.get("spec").and_then(|spec| spec.get(field)) else { continue };
        if strategy.text() == Some("BestEffortParallel") && strategy.known() {
            sink.report(&strategy, format!("`{field}` of a ShardingDefinition cannot be `BestEffortParallel`"))
                .severity(Severity::Error)
                .why("KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.")
                .help("Write `Parallel` or `Serial`.")
                .replace("Write `Parallel`", Safety::Unsafe, "Parallel");
        }
    }
}

/// 1.0 has these in its schema, and no code that reads them; since 1.1 they are called.
fn check_shard_actions(chart: &Chart, document: &Document, root: Node, sink: &mut Sink) {
    let targets = chart.promised().and_then(|all| admission::targets(world::schemas(), Some(all), document));
    if !targets.is_some_and(|targets| targets.releases.contains(Release::V1_0)) {
        return;
    }
    for action in ["shardAdd", "shardRemove"] {
        let actions = root.at("spec.lifecycleActions");
        let Some(key) = actions.and_then(|actions| actions.key(action)).filter(|key| key.known()) else { continue };
        let report = sink
            .report(&key, format!("in KubeBlocks 1.0 nothing calls `{action}`"))
            .why("The schema has it, and the operator does not look at it: shards come and go without it, and their data with them.")
            .help("Let an action of the component do it as well, or narrow the releases of the chart to `>=1.1.0`.")
            .releases([Release::V1_0.name()]);
        report.related(&admission::range(chart), "the releases that the chart allows");
    }
}

/// Each item has one way to be rolled out (v1 spec ROL-05, ROL-06).
fn check_rollout(root: Node, sink: &mut Sink) {
    for item in root.list("spec.components").chain(root.list("spec.shardings")) {
        let (Some(strategy), Some(key)) = (item.get("strategy"), item.key("strategy")) else { continue };
        if !strategy.is_mapping() {
            continue;
        }
        let name = item.text_at("name").unwrap_or_default();
        // An empty mapping is a strategy too.
        let ways: Vec<Node> =
            ["inplace", "replace", "create"].into_iter().filter_map(|way| strategy.key(way)).collect();
        let fails = "The Rollout fails before it has begun.";
        match ways.as_slice() {
            [] => {
                sink.report(&key, format!("nothing says how `{name}` is rolled out"))
                    .severity(Severity::Error)
                    .why(fails)
                    .help("Add one of `inplace`, `replace`, `create`.");
            }
            [first, second, ..] => {
                sink.report(second, format!("`{name}` is to be rolled out in more than one way"))
                    .severity(Severity::Error)
                    .why(fails)
                    .related(first, "the other one");
            }
            [_] => {}
        }
    }
}

/// Nothing implements them (v1 spec OPS-37).
fn check_modifiers(root: Node, sink: &mut Sink) {
    for action in root.list("spec.actions") {
        if let Some(key) = action.key("resourceModifier").filter(|_| action.get("resourceModifier").is_some()) {
            sink.report(&key, "no release of KubeBlocks carries out a `resourceModifier`")
                .severity(Severity::Error)
                .why("An OpsRequest that comes to this action fails: `the action type is not implement`.")
                .help("Use `workload` or `exec`.");
        }
    }
}

/// The description says "all", the code does none (v1 spec R243).
fn check_scaler(root: Node, sink: &mut Sink) {
    let Some(spec) = root.get("spec") else { return };
    let none = match spec.key("targetComponentNames") {
        Some(_) => {
            spec.get("targetComponentNames").is_some_and(|names| names.is_sequence() && names.items().next().is_none())
        }
        None => true,
    };
    if none && let Some(cluster) = spec.get("targetClusterName") {
        sink.report(&cluster, "a NodeCountScaler without `targetComponentNames` scales nothing")
            .why("The field's description promises all components of the Cluster; the operator takes none.")
            .help("List the components.");
    }
}

/// What measures itself has no exporter (`buildMonitorConfig` in `pkg/controller/component`).
fn check_monitor(component: &Component, sink: &mut Sink) {
    let Some(monitor) = component.node.get("monitor") else { return };
    let own = monitor.get("builtIn").filter(|own| own.known_text() == Some("true"));
    if let (Some(own), Some(key), true) = (own, monitor.key("exporterConfig"), monitor.get("exporterConfig").is_some())
    {
        sink.report(&key, format!("`exporterConfig` of `{}` is ignored", component.name))
            .why("KubeBlocks reads it only where `builtIn` is false: nothing reads the measurements.")
            .help("Write `builtIn: false`.")
            .related(&own, "it is true here");
    }
}

/// Logs that a Cluster switches on, and where they lie (legacy spec LC-084, LC-126).
fn check_logs(component: &Component, sink: &mut Sink) {
    let logs: Vec<Node> = component.node.list("logConfigs").collect();
    let names: Option<Vec<&str>> = logs.iter().map(|log| log.get("name").and_then(Node::known_text)).collect();
    for name in component.uses.iter().flat_map(|(_, item)| item.list("enabledLogs")).filter(|name| name.known()) {
        let Some((text, names)) = name.text().zip(names.as_ref()).filter(|(text, names)| !names.contains(text)) else {
            continue;
        };
        sink.report(&name, format!("`{}` has no log `{text}`", component.name))
            .severity(Severity::Error)
            .why("KubeBlocks tries the Cluster again for ever: `EnabledLogs … are not defined in Component`.")
            .help(match names.is_empty() {
                true => "It has none.".to_owned(),
                false => format!("It has {}.", listed(names)),
            })
            .nearest(text, names.iter().copied());
    }
    let Some(first) =
        component.node.at("podSpec.containers[0]").filter(|first| !is_mounted_elsewhere(component, *first))
    else {
        return;
    };
    let mounts: Vec<Node> = first.list("volumeMounts").filter_map(|mount| mount.get("mountPath")).collect();
    for path in logs.iter().filter_map(|log| log.get("filePathPattern")).filter(|path| path.known()) {
        let Some(text) = path.text().filter(|text| !text.is_empty()) else { continue };
        if mounts.iter().all(|mount| mount.known() && mount.text().is_some_and(|mount| !text.starts_with(mount))) {
            sink.report(&path, "the first container mounts nothing above this path").severity(Severity::Info).why(
                "The log stays in the container's own file system; the admission webhook, where it is on, refuses it.",
            );
        }
    }
}

/// What is mounted as a part of a volume is never renewed (legacy spec LC-066).
fn check_reloading(world: &World, component: &Component, sink: &mut Sink) {
    for template in component.templates().filter(|template| !template.script) {
        let name = template.node.get("constraintRef").and_then(Node::known_text);
        let (Some(name), Some(volume)) = (name, template.volume().filter(|volume| volume.known())) else { continue };
        let mut constraints = world.index().named(CONFIG_CONSTRAINT, name).filter_map(Object::root);
        let reloads =
            |root: Node| ["spec.reloadOptions", "spec.reloadAction"].iter().any(|path| root.at(path).is_some());
        if !constraints.any(reloads) {
            continue;
        }
        let mut mounts = component.mounts().filter(|mount| mount.text_at("name") == volume.text());
        if let Some(part) = mounts.find_map(|mount| mount.get("subPath").filter(|part| part.text() != Some(""))) {
            sink.report(&part, "a file that is mounted by `subPath` is not reloaded")
                .severity(Severity::Info)
                .why("Its ConfigConstraint reloads the configuration, but Kubernetes never renews such a mount: a change needs a restart.")
                .help("Mount the whole volume.")
                .related(&volume, "the config");
        }
    }
}

/// Who asks pods for their state takes the first port of the first container (legacy spec LC-079).
fn check_first_port(component: &Component, sink: &mut Sink) {
    let probes = component.node.get("probes").filter(|probes| probes.entries().next().is_some());
    if probes.is_none() || component.version_containers().next().is_some() {
        return;
    }
    let mut containers = component.node.list("podSpec.containers");
    let Some(first) = containers.next().filter(|first| first.key("ports").is_none()) else { return };
    let other = containers.find_map(|container| container.list("ports").next());
    if let Some((name, port)) = first.get("name").zip(other) {
        sink.report(&name, "the first container has no port that probes could ask")
            .severity(Severity::Info)
            .why("Up to 0.8 the port of the probes, `KB_SERVICE_PORT`, is the first port of the first container.")
            .help("Put the container of the database first.")
            .related(&port.heading(), "another container has a port");
    }
}

/// `asEnvFrom` names containers (legacy spec LC-068), also those that bring the tools of a ConfigConstraint into the pod.
fn check_environment_files(world: &World, component: &Component, sink: &mut Sink) {
    let constraints: Vec<Node> = world.index().objects(CONFIG_CONSTRAINT).filter_map(Object::root).collect();
    let is_there =
        |name: Node| constraints.iter().any(|root| root.at("metadata.name").and_then(Node::text) == name.text());
    let references = component.all_templates();
    let mut references = references.filter_map(|template| template.node.get("constraintRef"));
    if !references.all(|name| name.known() && is_there(name)) {
        return;
    }
    let tools = constraints.iter().flat_map(|root| {
        let lists = [
            "toolsImageSpec.toolConfigs",
            "reloadToolsImage.toolConfigs",
            "reloadAction.shellTrigger.toolsSetup.toolConfigs",
        ];
        lists.into_iter().flat_map(|list| root.get("spec").into_iter().flat_map(move |spec| spec.list(list)))
    });
    let containers = component.all_containers().chain(tools);
    let names: Option<Vec<&str>> =
        containers.map(|container| container.get("name").and_then(Node::known_text)).collect();
    let Some(names) = names.filter(|names| !names.is_empty()) else { return };
    for name in component.templates().flat_map(|template| template.node.list("asEnvFrom")).filter(|name| name.known()) {
        // The operator adds that container itself.
        let Some(text) = name.text().filter(|text| !names.contains(text) && *text != "config-manager") else {
            continue;
        };
        sink.report(&name, format!("no container is named `{text}`"))
            .why("KubeBlocks passes over it: the variables are nowhere.")
            .nearest(text, names.iter().copied());
    }
}

/// A ConfigConstraint says how the files are read; what has none becomes no variables (legacy spec LC-068;
/// `injectTemplateEnvFrom` in `pkg/controller/configuration`).
fn check_unread(component: &Component, sink: &mut Sink) {
    let templates = component.all_templates();
    for template in templates.filter(|template| !template.script && template.node.key("constraintRef").is_none()) {
        let named = ["asEnvFrom", "injectEnvTo"].into_iter().find(|key| template.node.list(key).next().is_some());
        if let Some(key) = named.and_then(|key| template.node.key(key)) {
            let name = key.text().unwrap_or_default();
            sink.report(&key, format!("KubeBlocks makes no variables of `{}`, which has no `constraintRef`", template.name()))
                .why(format!("The format of the files stands in a ConfigConstraint: without one `{name}` is passed over, and the variables are nowhere."))
                .help("Name a ConfigConstraint with the `format` of the files.");
        }
    }
}

/// A ClusterVersion gives the container other mounts.
fn is_mounted_elsewhere(component: &Component, container: Node) -> bool {
    let name = container.text_at("name");
    let same = |other: &Node| other.text_at("name").is_none_or(|other| Some(other) == name);
    component.version_containers().filter(same).any(|other| other.key("volumeMounts").is_some())
}
