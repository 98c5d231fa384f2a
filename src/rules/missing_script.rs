//! See `missing_script.md`.

use super::prelude::*;
use super::support::scripts::{Job, actions, containers, jobs, shown, together};
use crate::diagnostic::{Safety, nearest};
use crate::model::definition::{Action, Definition};
use crate::model::index::Object;
use crate::model::lines;
use crate::model::resolve::SHARDING_DEFINITION;
use crate::model::volumes::{Component, Template, components_of};
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
    let templates: Vec<Template> = component.all_templates().collect();
    let mounting = component.all_containers();
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

/// Since 1.0 an agent runs the actions. It has the mounts of the container that one of them names, and without that none
/// of the pod's (`customExecActionImageNContainer` in `pkg/controller/component/kbagent.go`).
fn check_agent<'w>(world: &'w World, component: &Component<'w>, templates: &[Template<'w>], sink: &mut Sink) {
    let Some(definition) = Definition::current(component.document) else { return };
    let shards = world.index().objects(SHARDING_DEFINITION).filter_map(Object::root);
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
            .help(format!("Its keys are {}.", listed(&keys)))
            .related(&name, "the ConfigMap is defined here");
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
        .help(format!("Add `subPath: {file}`."))
        .related(&config_map.name(), "the ConfigMap has a key of this name");
    let edit =
        mount.key("mountPath").and_then(|key| lines::put_behind(component.chart, key, &format!("subPath: {file}\n")));
    report.offer("Mount the file alone", Safety::Unsafe, edit);
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
        .help(format!("Its keys are {}.", listed(&keys)))
        .related(&map, "the ConfigMap is defined here");
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
            report = report.related(&map, "the ConfigMap is defined here");
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
