//! See `missing_script.md`.

use super::prelude::*;
use crate::diagnostic::{Fix, Safety, nearest};
use crate::model::definition::{Action, Definition};
use crate::model::index::Object;
use crate::model::lines;
use crate::model::volumes::{Component, Template, components_of, objects};
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "missing-script",
    summary: "a command that names a file its ConfigMap does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_script.md"),
    check: Check::Linked(check),
};

/// What stands before a path that is written, or only asked for.
const NOT_READ: [&str; 10] = [">", ">>", "tee", "touch", "-f", "-e", "-s", "-r", "-x", "-o"];
/// Commands of which some argument is written.
const COPYING: [&str; 4] = ["cp ", "mv ", "ln ", "install "];

/// A folder of a container that holds the keys of a ConfigMap.
struct Folder<'w> {
    mount: Node<'w>,
    /// With a slash at the end.
    path: String,
    config_map: &'w Document,
    keys: Vec<&'w str>,
}

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| check_reloading(uses.world, chart, document, sink));
    sink.each(components_of(uses, chart), |component, sink| {
        if component.is_known() {
            check_component(uses, &component, sink);
        }
    });
}

fn check_component<'w>(uses: &Uses<'w>, component: &Component<'w>, sink: &mut Sink) {
    let templates: Vec<Template> = component.templates().chain(component.version_templates()).collect();
    let mounting = component.containers().chain(component.version_containers());
    for mount in mounting.flat_map(|container| container.list("volumeMounts")) {
        check_file(uses, component, &templates, mount, sink);
        check_whole(uses, component, &templates, mount, sink);
    }
    check_agent(uses.world, component, &templates, sink);
    for Job { containers, exec, volumes } in jobs(component) {
        let texts = texts(&[exec]);
        for container in containers {
            let mounts = container.list("volumeMounts");
            let mounts = mounts.filter(|mount| mount.text_at("name").is_some_and(|name| volumes.contains(&name)));
            for folder in mounts.filter_map(|mount| folder(uses.world, component, &templates, mount)) {
                check_folder(&folder, container, &texts, sink);
                check_near(&folder, container, &texts, sink);
            }
        }
    }
    for (container, execs) in containers(component).into_iter().chain(actions(component)) {
        let texts = texts(&execs);
        for folder in container.list("volumeMounts").filter_map(|m| folder(uses.world, component, &templates, m)) {
            check_folder(&folder, container, &texts, sink);
            check_near(&folder, container, &texts, sink);
        }
    }
}

/// Each container with what it runs: all that has a `command` of its own. A ClusterVersion may give it other commands, with
/// the same mounts.
pub(super) fn containers<'w>(component: &Component<'w>) -> Vec<(Node<'w>, Vec<Node<'w>>)> {
    let mut found: Vec<_> = component.containers().map(|container| (container, execs(container))).collect();
    for added in component.version_containers() {
        let own = component.containers().find(|own| own.text_at("name") == added.text_at("name"));
        let mounting = if added.get("volumeMounts").is_some() { Some(added) } else { own };
        found.extend(mounting.map(|mounting| (mounting, execs(added))));
    }
    found
}

/// What a ComponentDefinition's actions run, with the container they run in: the named one, or the first.
pub(super) fn actions<'w>(component: &Component<'w>) -> Vec<(Node<'w>, Vec<Node<'w>>)> {
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

/// Since 1.0 an agent runs the actions. It has the mounts of the container that one of them names, and without that none
/// of the pod's (`customExecActionImageNContainer` in `pkg/controller/component/kbagent.go`).
fn check_agent<'w>(world: &'w World, component: &Component<'w>, templates: &[Template<'w>], sink: &mut Sink) {
    let Some(definition) = Definition::current(component.document) else { return };
    let shards = world.index().objects("apps.kubeblocks.io", "ShardingDefinition").filter_map(Object::root);
    let of_shards = shards.flat_map(|root| root.each("spec.lifecycleActions{}.exec"));
    let mut all = definition.agent_actions().filter_map(Action::exec).chain(of_shards);
    // An image of its own may have files at the same place.
    if all.any(|exec| ["container", "image"].iter().any(|key| exec.key(key).is_some())) {
        return;
    }
    let mounts = definition.containers().flat_map(|container| {
        container.list("volumeMounts").map(move |mount| (container.text_at("name").unwrap_or_default(), mount))
    });
    let folders = mounts.filter_map(|(name, mount)| Some((name, folder(world, component, templates, mount)?)));
    let folders: Vec<(&str, Folder)> = folders.collect();
    for exec in definition.agent_actions().chain(definition.available_probe()).filter_map(Action::exec) {
        let found = texts(&[exec]).into_iter().filter_map(|node| {
            let text = node.text()?;
            folders.iter().find_map(|(container, folder)| {
                let (at, file) = text.match_indices(&folder.path).find_map(|(at, _)| {
                    let file = file_name(&text[at + folder.path.len()..]);
                    (folder.keys.contains(&file) && starts_path(&text[..at])).then_some((at, file))
                })?;
                Some((node, TextRange::new(at, at + folder.path.len() + file.len()), *container, folder.mount))
            })
        });
        for (node, range, container, mount) in found {
            let path = range.of(node.text().unwrap_or_default());
            sink.report(&node.part(range), format!("no action of this component sees `{path}`"))
                .why(
                    "Actions run in an agent with a file system of its own. It has the mounts of the container that some \
                     action names, and here none does.",
                )
                .help(format!("Add `container: {container}` beside `command`."))
                .related(&mount, format!("mounted here, in `{container}`"));
        }
    }
}

/// What runs in a job of its own, up to 0.9.
pub(super) struct Job<'w> {
    /// Those whose mounts it gets, as far as they are of these volumes.
    pub(super) containers: Vec<Node<'w>>,
    pub(super) exec: Node<'w>,
    pub(super) volumes: Vec<&'w str>,
}

/// A switchover has the scripts that its selectors name, as the first container mounts them
/// (`controllers/apps/operations/switchover_util.go`); what follows on the start has them as all containers do, in a
/// ComponentDefinition all scripts (`pkg/controller/component/component_post_provision.go`).
pub(super) fn jobs<'w>(component: &Component<'w>) -> Vec<Job<'w>> {
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

/// The words of commands, as far as they are known.
fn texts<'w>(execs: &[Node<'w>]) -> Vec<Node<'w>> {
    let words = |exec: &Node<'w>| ["command", "args"].map(|path| exec.list(path).collect::<Vec<_>>());
    execs.iter().flat_map(words).flatten().filter(|text| text.known()).collect()
}

/// `None` where the mount shows no ConfigMap of a template, or its keys are not known in full.
fn folder<'w>(
    world: &'w World,
    component: &Component<'w>,
    templates: &[Template<'w>],
    mount: Node<'w>,
) -> Option<Folder<'w>> {
    if mount.get("subPath").is_some() || mount.get("subPathExpr").is_some() {
        return None;
    }
    let path = mount.text_at("mountPath")?.trim_end_matches('/');
    let volume = mount.text_at("name")?;
    let (config_map, keys) = shown(world, component, templates, volume)?;
    Some(Folder { mount, path: format!("{path}/"), config_map, keys }).filter(|folder| folder.path.len() > 1)
}

/// The ConfigMap that a volume shows, and its keys.
pub(super) fn shown<'w>(
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
fn together<'w>(
    world: &'w World,
    chart: &'w Chart,
    names: impl Iterator<Item = Option<Node<'w>>>,
) -> Option<(&'w Document, Vec<&'w str>)> {
    let mut shown: Option<(&Document, Vec<&str>)> = None;
    for name in names {
        let name = name.filter(|name| name.known())?.text()?;
        let found = objects(world.index(), chart, "ConfigMap", name);
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

/// What reloads a configuration is a script of a ConfigMap, called in its folder.
fn check_reloading<'w>(world: &'w World, chart: &'w Arc<Chart>, document: &'w Document, sink: &mut Sink) {
    let holder = match document.kind() {
        Some("ParametersDefinition" | "ConfigConstraint") if document.is_sound() => document.spec(),
        _ => None,
    };
    let Some(spec) = holder else { return };
    let triggers = ["reloadAction.shellTrigger", "reloadOptions.shellTrigger"];
    for trigger in triggers.into_iter().filter_map(|path| spec.at(path)) {
        let maps = spec.list("scriptConfigs").chain(trigger.get("scriptConfig")).map(|of| of.get("scriptConfigMapRef"));
        let Some((config_map, keys)) = together(world, chart, maps) else { continue };
        let Some(script) = trigger.list("command").next().filter(|script| script.known()) else { continue };
        let Some(file) = script.text().filter(|text| file_name(text) == *text && !text.is_empty()) else { continue };
        if keys.contains(&file) {
            continue;
        }
        let name = config_map.name();
        let report = sink
            .report(&script, format!("ConfigMap `{}` has no key `{file}`", name.and_then(Node::text).unwrap_or_default()))
            .why("The scripts that reload the configuration are the keys of this ConfigMap: no change of a parameter comes through.")
            .help(format!("Its keys are {}.", listed(&keys)));
        let report = match name {
            Some(name) => report.related(&name, "the ConfigMap is defined here"),
            None => report,
        };
        report.nearest(file, keys.iter().copied());
    }
}

/// What is mounted at the path of a file by the name of one of its keys, as a whole, is a folder there.
fn check_whole<'w>(
    uses: &Uses<'w>,
    component: &Component<'w>,
    templates: &[Template<'w>],
    mount: Node<'w>,
    sink: &mut Sink,
) {
    if ["subPath", "subPathExpr"].into_iter().any(|key| mount.key(key).is_some()) {
        return;
    }
    let (Some(path), Some(volume)) = (mount.get("mountPath").filter(|path| path.known()), mount.text_at("name")) else {
        return;
    };
    let Some(text) = path.text().map(|text| text.trim_end_matches('/')) else { return };
    let Some((config_map, keys)) = shown(uses.world, component, templates, volume) else { return };
    let Some(file) = text.rsplit('/').next().filter(|file| file_name(file) == *file && keys.contains(file)) else {
        return;
    };
    // Who writes the name behind it knows that it is one.
    let inside = format!("{text}/");
    if component.node.scalars().into_iter().filter_map(Node::text).any(|other| other.contains(&inside)) {
        return;
    }
    let report = sink
        .report(&path, format!("`{text}` becomes a folder"))
        .why(format!(
            "The volume is mounted as a whole: the file is `{text}/{file}`, and whoever opens `{text}` fails."
        ))
        .help(format!("Add `subPath: {file}`."));
    let report = match config_map.name() {
        Some(map) => report.related(&map, "the ConfigMap has a key of this name"),
        None => report,
    };
    let edit =
        mount.key("mountPath").and_then(|key| lines::put_behind(component.chart, key, &format!("subPath: {file}\n")));
    if let Some(edit) = edit {
        let title = "Mount the file alone".to_owned();
        report.fix(Fix { title, safety: Safety::Unsafe, edits: vec![edit] });
    }
}

/// A mount of one file has to be of a file that is there.
fn check_file<'w>(
    uses: &Uses<'w>,
    component: &Component<'w>,
    templates: &[Template<'w>],
    mount: Node<'w>,
    sink: &mut Sink,
) {
    let Some(path) = mount.get("subPath").filter(|path| path.known()) else { return };
    let Some(volume) = mount.text_at("name") else { return };
    // What is rendered a second time may have more keys.
    let more = ["legacyRenderedConfigSpec", "secondaryRenderedConfigSpec"];
    let of_volume = || templates.iter().filter(|template| template.volume().and_then(Node::text) == Some(volume));
    if of_volume().any(|template| more.iter().any(|key| template.node.key(key).is_some())) {
        return;
    }
    let Some((config_map, keys)) = shown(uses.world, component, templates, volume) else { return };
    let Some(file) = path.text().filter(|file| !file.is_empty() && !keys.contains(file)) else { return };
    let map = config_map.name();
    let name = map.and_then(Node::text).unwrap_or_default();
    let report = sink
        .report(&path, format!("ConfigMap `{name}` has no key `{file}`"))
        .why("Where the file should be, the container finds an empty folder.")
        .help(format!("Its keys are {}.", listed(&keys)));
    let report = match map {
        Some(map) => report.related(&map, "the ConfigMap is defined here"),
        None => report,
    };
    report.nearest(file, keys.iter().copied());
}

fn check_folder(folder: &Folder, container: Node, texts: &[Node], sink: &mut Sink) {
    for &node in texts {
        let Some(text) = node.text() else { continue };
        for (at, _) in text.match_indices(&folder.path) {
            let file = file_name(&text[at + folder.path.len()..]);
            let full = format!("{}{file}", folder.path);
            if file.is_empty() || folder.keys.contains(&file) || !starts_path(&text[..at]) {
                continue;
            }
            let mounted = |mount: Node| {
                mount.text_at("mountPath").is_some_and(|path| {
                    path == full || path.starts_with(&folder.path) && full.starts_with(&format!("{path}/"))
                })
            };
            if container.list("volumeMounts").any(mounted) || texts.iter().any(|text| is_made(*text, &full)) {
                continue;
            }
            let start = at + folder.path.len();
            let map = folder.config_map.name();
            let name = map.and_then(Node::text).unwrap_or_default();
            let mut report = sink
                .report(
                    &node.part(TextRange::new(start, start + file.len())),
                    format!("ConfigMap `{name}` has no key `{file}`"),
                )
                .why(format!(
                    "`{}` shows the keys of this ConfigMap as files, and there is none of that name.",
                    folder.path
                ))
                .help(format!("Its keys are {}.", listed(&folder.keys)))
                .related(&folder.mount, "mounted here");
            if let Some(map) = map {
                report = report.related(&map, "the ConfigMap is defined here");
            }
            report.nearest(file, folder.keys.iter().copied());
        }
    }
}

/// A file of the folder, in a folder that is called nearly so and that nothing makes.
fn check_near(folder: &Folder, container: Node, texts: &[Node], sink: &mut Sink) {
    let own = folder.path.trim_end_matches('/');
    let copies = |text: &Node| text.text().is_some_and(|text| COPYING.iter().any(|copying| text.contains(copying)));
    if own.len() < 6 || !folder.mount.get("mountPath").is_some_and(Node::known) || texts.iter().any(copies) {
        return;
    }
    let others: Vec<&str> = container.list("volumeMounts").filter_map(|mount| mount.text_at("mountPath")).collect();
    let is_mounted = |path: &str| {
        let inside = |mount: &&str| path.strip_prefix(mount.trim_end_matches('/'));
        others.iter().filter_map(inside).any(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    for (&node, file) in texts.iter().flat_map(|node| folder.keys.iter().map(move |file| (node, *file))) {
        let Some(text) = node.text() else { continue };
        for (at, _) in text.match_indices(file).filter(|(at, _)| file_name(&text[*at..]) == file) {
            let Some(before) = text[..at].strip_suffix('/') else { continue };
            let start = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "/_.-".contains(c)).len();
            let wrong = &before[start..];
            let is_slip = wrong.starts_with('/') && nearest(wrong, [own]).is_some() && starts_path(&text[..start]);
            if is_slip && !is_mounted(wrong) {
                sink.report(
                    &node.part(TextRange::new(start, start + wrong.len())),
                    format!("nothing is mounted at `{wrong}`"),
                )
                .why(format!("`{file}` lies in `{own}` here, and the command does not find it."))
                .related(&folder.mount, "mounted here")
                .nearest(wrong, [own]);
            }
        }
    }
}

/// The file's name at the start of `text`; empty where there is none with an extension.
fn file_name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c))).unwrap_or(text.len());
    let name = text[..end].trim_end_matches('.');
    let extension = name.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty() && (1..=10).contains(&ending.len()) && ending.starts_with(|c: char| c.is_ascii_alphabetic())
    });
    let open = text[end..].starts_with(['/', '$', '*', '{', '?', '[', '%']);
    if extension && !open { name } else { "" }
}

/// The path that comes now begins here, and is read: it is no part of a longer one, nor a target of output.
fn starts_path(before: &str) -> bool {
    if before.ends_with(|c: char| c.is_alphanumeric() || "/_.-})".contains(c)) {
        return false;
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    let word = line.trim_end_matches(['"', '\'', ' ', '\t']).rsplit([' ', '\t', '\'', '"']).next().unwrap_or_default();
    !NOT_READ.contains(&word) && !word.ends_with('>') && !line.trim_start().starts_with('#')
}

/// Some line of `text` may make the file `path`.
fn is_made(text: Node, path: &str) -> bool {
    text.text().unwrap_or_default().lines().any(|line| {
        line.match_indices(path).any(|(at, _)| {
            let before = line[..at].trim_end_matches(['"', '\'', ' ', '\t']);
            before.ends_with('>') || before.ends_with("tee") || before.ends_with("touch")
        }) || line.contains(path) && COPYING.iter().any(|command| line.contains(command))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_commands() {
        for (text, want) in [
            ("start.sh --x", "start.sh"),
            ("start.sh; echo", "start.sh"),
            ("conf.d/x.sh", ""),
            ("start.sh.", "start.sh"),
            ("start", ""),
            ("$NAME.sh", ""),
            ("a-${N}.sh", ""),
            ("*.sh", ""),
            (".hidden", ""),
            ("v1.2", ""),
        ] {
            assert_eq!(file_name(text), want, "{text}");
        }
        for (before, want) in [
            ("", true),
            ("sh ", true),
            ("sh \"", true),
            ("--defaults-file=", true),
            ("/opt", false),
            ("cat x > ", false),
            ("cat x >", false),
            ("if [ -f ", false),
            ("# see ", false),
        ] {
            assert_eq!(starts_path(before), want, "{before}");
        }
    }
}
