//! See `unmounted_volume.md`.

use super::prelude::*;
use super::support::volumes::unprovided;
use crate::model::asleep;
use crate::model::volumes::{Component, components_of};

pub(super) static RULE: Rule = Rule {
    name: "unmounted-volume",
    summary: "a volume that a definition asks for and no container mounts",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unmounted_volume.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(components_of(uses, chart), |component, sink| {
        if !component.is_known() {
            return;
        }
        for template in component.all_templates() {
            let selected = || component.script_selectors().any(|selector| selector.text() == Some(template.name()));
            if template.is_environment() || template.script && selected() {
                continue;
            }
            if let Some(volume) = template.volume() {
                let files = match template.script {
                    true => "scripts",
                    false => "files",
                };
                let why = format!(
                    "KubeBlocks renders the template and makes the volume, but nobody sees it: the {files} of `{}` are \
                     in no container, and nothing says so.",
                    template.name()
                );
                report(&component, volume, why, template.restarts(), sink);
            } else if let Some(name) = template.node.get("name").filter(|_| template.node.key("volumeName").is_none()) {
                // Up to 0.9 the field is required, and `missing-field` speaks.
                if !component.legacy && template.node.key("templateRef").is_none() && !template.restarts() {
                    sink.report(&name, format!("`{}` has no `volumeName`", template.name()))
                        .why("KubeBlocks renders the template, but its files are in no container, and nothing says so.")
                        .help("Give it a `volumeName`, and mount that in a container.");
                }
            }
        }
        for volume in component.declared_volumes() {
            let list = if component.legacy { "volumeTypes" } else { "volumes" };
            let why = format!(
                "`{list}` makes no volume: it says what a mount is for. Backup, scaling out and volume protection look \
                 for this one and do not find it."
            );
            report(&component, volume, why, false, sink);
        }
    });
}

fn report(component: &Component, volume: Node, why: String, restarts: bool, sink: &mut Sink) {
    let Some(name) = volume.known_text().filter(|name| !component.is_mounted(name)) else { return };
    // `unknown-volume` speaks where a mount without a volume means this one.
    let meant = || unprovided(component).into_iter().any(|(_, twin)| twin == Some(volume));
    if asleep::mentions(component.chart, name) || meant() {
        return;
    }
    // One that is listed has a mount of its own.
    let listed = |name: &&str| component.declared_volumes().any(|volume| volume.text() == Some(name));
    let mounted = component.mounts().filter_map(|mount| mount.text_at("name")).filter(|name| !listed(name));
    let unprovided: Vec<Node> = unprovided(component).into_iter().map(|(mount, _)| mount).collect();
    let mut report = sink.report(&volume, format!("no container mounts volume `{name}`")).why(why);
    // It may be there to make new pods when a variable changes.
    if restarts {
        report = report.severity(Severity::Info);
    }
    report = match unprovided.as_slice() {
        [] => report.help(format!("Add `{{name: {name}, mountPath: …}}` to the `volumeMounts` of a container.")),
        _ => report,
    };
    for mount in &unprovided {
        let text = mount.text().unwrap_or_default();
        report = report.related(mount, format!("`{text}` is mounted here, but nothing provides it"));
    }
    if unprovided.is_empty() {
        report.nearest(name, mounted);
    }
}
