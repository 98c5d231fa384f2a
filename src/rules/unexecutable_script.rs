//! See `unexecutable_script.md`.

use super::prelude::*;
use super::support::scripts::{Job, actions, containers, jobs, shown};
use crate::diagnostic::Safety;
use crate::model::commands::programs;
use crate::model::definition::{Action, Definition};
use crate::model::lines;
use crate::model::object::Part;
use crate::model::operator::mode;
use crate::model::volumes::{Component, Template, components_of};

pub(super) static RULE: Rule = Rule {
    name: "unexecutable-script",
    summary: "a script that is run as a program and is no executable file",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unexecutable_script.md"),
    check: Check::Linked(check),
};

/// Any of these makes a file a program.
const EXECUTE: i64 = 0o111;

/// A volume whose files nobody can execute.
struct Volume<'w> {
    name: &'w str,
    /// Its `defaultMode`, where that is written.
    mode: Option<Node<'w>>,
    /// What to put a `defaultMode` behind.
    key: Node<'w>,
    why: &'static str,
}

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        if component.is_known() {
            check_component(uses.world, &component, sink);
        }
    });
}

fn check_component<'w>(world: &'w World, component: &Component<'w>, sink: &mut Sink) {
    let templates: Vec<Template> = component.all_templates().collect();
    let volumes = volumes(component, &templates);
    if volumes.is_empty() {
        return;
    }
    let mut runs = containers(component);
    // Without a container the agent of the actions has no mounts (`missing-script` speaks).
    let of_agent = |definition: Definition<'w>| {
        definition.agent_actions().filter_map(Action::exec).any(|exec| exec.key("container").is_some())
    };
    if Definition::current(component.document).is_none_or(of_agent) {
        runs.extend(actions(component));
    }
    let of_jobs = jobs(component).into_iter().flat_map(|Job { containers, exec, volumes }| {
        containers.into_iter().map(move |container| (container, vec![exec], Some(volumes.clone())))
    });
    let runs = runs.into_iter().map(|(container, execs)| (container, execs, None)).chain(of_jobs);
    let mut found: Vec<(&str, Part, &str)> = Vec::new();
    for (container, execs, only) in runs {
        let mounts: Vec<Node> = container.list("volumeMounts").collect();
        for part in execs.iter().flat_map(|exec| run_as_programs(*exec)) {
            let word = part.range.of(part.node.text().unwrap_or_default());
            let path = word.trim_matches(['"', '\'']);
            let Some((volume, file)) = mounted_at(&mounts, path) else { continue };
            let has = |only: &Vec<&str>| only.contains(&volume);
            let missing = || shown(world, component, &templates, volume).is_some_and(|(_, keys)| !keys.contains(&file));
            if only.as_ref().is_none_or(has) && volumes.iter().any(|of| of.name == volume) && !missing() {
                found.push((volume, part, path));
            }
        }
    }
    for volume in &volumes {
        let mut runs = found.iter().filter(|(name, ..)| *name == volume.name);
        if let Some((_, part, path)) = runs.next() {
            report(component, volume, part, path, sink);
        }
    }
}

fn report(component: &Component, volume: &Volume, part: &Part, path: &str, sink: &mut Sink) {
    let name = volume.name;
    let report = sink
        .report(
            &volume.mode.unwrap_or(volume.key),
            format!("`{path}` cannot be run: no file of volume `{name}` is executable"),
        )
        .why(volume.why)
        .help("Give the volume `defaultMode: 0555`, or run the file with a shell.")
        .related(part, "it is run as a program here");
    let edit = match volume.mode {
        Some(mode) => lines::written(&mode, "0555"),
        None => lines::put_behind(component.chart, volume.key, "defaultMode: 0555\n"),
    };
    report.offer("Make the files of the volume executable", Safety::Unsafe, edit);
}

/// The programs that a command runs by their paths and does not make executable before.
fn run_as_programs(exec: Node<'_>) -> Vec<Part<'_>> {
    let texts: Vec<&str> = ["command", "args"].into_iter().flat_map(|l| exec.list(l)).filter_map(Node::text).collect();
    let asks = |text: &&str| text.contains("chmod") || text.contains("-x /") || text.contains("-x \"/");
    if texts.iter().any(asks) {
        return Vec::new();
    }
    programs(exec)
}

/// The volume of which a mount shows a file at `path`, and its name there.
fn mounted_at<'a>(mounts: &[Node<'a>], path: &'a str) -> Option<(&'a str, &'a str)> {
    let at = |mount: &&Node<'a>| mount.text_at("mountPath") == Some(path);
    if let Some(mount) = mounts.iter().find(at) {
        let file = mount.get("subPath")?.known_text()?;
        return Some((mount.text_at("name")?, file));
    }
    let (folder, file) = path.rsplit_once('/').filter(|(_, file)| !file.is_empty() && !file.contains(['$', '*']))?;
    let whole = |mount: &&Node<'a>| ["subPath", "subPathExpr"].iter().all(|key| mount.get(key).is_none());
    let shows = |mount: &&Node<'a>| mount.text_at("mountPath").is_some_and(|at| at.trim_end_matches('/') == folder);
    let mount = mounts.iter().filter(whole).find(shows)?;
    Some((mount.text_at("name")?, file))
}

/// The volumes of ConfigMaps whose files are no programs.
fn volumes<'w>(component: &Component<'w>, templates: &[Template<'w>]) -> Vec<Volume<'w>> {
    let mut found: Vec<Volume> = Vec::new();
    for volume in component.pod_volumes() {
        let map = volume.get("configMap").filter(|map| map.key("items").is_none());
        if let Some((name, map)) = volume.text_at("name").zip(map) {
            let why = "The kubelet gives the files 0644 where no `defaultMode` says something else, and without a right to \
                       execute nobody can run them, not even root.";
            found.extend(map.key("name").and_then(|key| self::volume(name, map, key, Some(why))));
        }
    }
    // What the pod has under the name stays.
    let of_pod = |name: &str| component.pod_volumes().any(|volume| volume.text_at("name") == Some(name));
    let names = templates.iter().filter_map(|template| template.volume()?.text());
    for name in names.filter(|name| !of_pod(name)) {
        let of_volume = templates.iter().filter(|template| template.volume().and_then(Node::text) == Some(name));
        let all: Option<Vec<Volume>> = of_volume.map(|template| of_template(component, *template, name)).collect();
        if !found.iter().any(|volume| volume.name == name) {
            found.extend(all.and_then(|all| all.into_iter().next()));
        }
    }
    found
}

/// Since 1.0 the files of all templates are only readable where nothing else is said (`newVolume` in
/// `controllers/apps/component/transformer_component_template.go`). In 0.9 those of scripts are executable, before that
/// they are as the kubelet makes them.
fn of_template<'w>(component: &Component<'w>, template: Template<'w>, name: &'w str) -> Option<Volume<'w>> {
    let current = component.document.api_version() == Some("apps.kubeblocks.io/v1");
    let default = match template.script {
        _ if current => Some(
            "Since 1.0 the files of configs and scripts get 0444 where no `defaultMode` says something else, and without a \
             right to execute nobody can run them, not even root.",
        ),
        true => None,
        false => Some(
            "The files of a config are only readable where no `defaultMode` says something else, and without a right to \
             execute nobody can run them, not even root.",
        ),
    };
    volume(name, template.node, template.node.key("volumeName")?, default)
}

/// `None` where some may execute the files, or nobody can say.
fn volume<'w>(name: &'w str, of: Node<'w>, key: Node<'w>, default: Option<&'static str>) -> Option<Volume<'w>> {
    let written = of.get("defaultMode").filter(|node| !node.is_null());
    let why = match written {
        Some(node) if !node.known() || mode(node)? & EXECUTE != 0 => return None,
        Some(_) => "It gives nobody the right to execute the files, and without that not even root can run them.",
        None => default?,
    };
    Some(Volume { name, mode: written, key, why })
}
