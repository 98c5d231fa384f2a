//! See `missing_volume_claim.md`.

use super::prelude::*;
use crate::diagnostic::{Edit, Safety};
use crate::model::asleep;
use crate::model::cluster::{Cluster, Unit, units};
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::lines;
use crate::model::resolve::{BACKUP_POLICY_TEMPLATE, CLUSTER};
use crate::model::wanted::{Member, names};

const CLAIMS: &str = "volumeClaimTemplates";

pub(super) static RULE: Rule = Rule {
    name: "missing-volume-claim",
    summary: "a volume whose data is to be kept and that gets no disk",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("missing_volume_claim.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for unit in units(chart) {
        check_unit(uses, unit, sink);
    }
    sink.each(Object::of_chart(chart, CLUSTER), |object, sink| {
        let older = Cluster::of(object.document).filter(|cluster| !cluster.is_current());
        let units = older.into_iter().flat_map(Cluster::units).filter(|unit| !unit.sharding);
        for unit in units.filter(|unit| unit.definition().is_none()) {
            check_older(uses, chart, unit, sink);
        }
    });
}

/// Up to 0.9 a volume type `data` says what is to be kept (legacy spec R18).
fn check_older<'w>(uses: &Uses<'w>, chart: &Chart, unit: Unit<'w>, sink: &mut Sink) {
    let component = uses.older_of_unit(unit).filter(|component| component.workload_type() != Some("Stateless"));
    let Some(component) = component else { return };
    let given = [unit.node.each("volumeClaimTemplates[].name"), unit.node.each("volumes[].name")].concat();
    let made = ["podSpec.volumes[].name", "configSpecs[].volumeName", "scriptSpecs[].volumeName"];
    let made: Vec<Node> = made.into_iter().flat_map(|path| component.node.each(path)).collect();
    if given.iter().chain(&made).any(|name| !name.known()) {
        return;
    }
    let mounts: Vec<Node> = component.containers().flat_map(|of| of.each("volumeMounts[].name")).collect();
    let has = |list: &[Node], name: &str| list.iter().any(|other| other.text() == Some(name));
    for volume in component.node.list("volumeTypes").filter(|volume| volume.text_at("type") == Some("data")) {
        let Some(name) = volume.get("name").filter(|name| name.known()) else { continue };
        let text = name.text().unwrap_or_default();
        if !has(&mounts, text) || has(&given, text) || has(&made, text) {
            continue;
        }
        let place = unit.node.key("volumeClaimTemplates").or_else(|| unit.name());
        // With other values there may be one.
        let Some(place) = place.filter(|_| !asleep::may_mention(uses.world, chart, CLAIMS)) else { continue };
        let report = sink
            .report(&place, format!("the volume `{text}` of `{}` gets no disk", component.name()))
            .why("Without a claim of its name it is an empty directory, and what is in it is lost with the pod.")
            .help(format!("Add an item `{text}` to `volumeClaimTemplates`."))
            .related(&name, "the volume");
        report.offer(format!("Give `{text}` a disk"), Safety::Unsafe, claim(chart, unit.node, text));
    }
}

/// A volume without a claim is an empty directory (v1 spec R017, R018).
fn check_unit<'w>(uses: &Uses<'w>, unit: Unit<'w>, sink: &mut Sink) {
    let Some(template) = unit.template() else { return };
    let lists = ["volumeClaimTemplates[].name", "volumes[].name", "instances[].volumeClaimTemplates[].name"];
    let given: Vec<Node> = lists.into_iter().flat_map(|path| template.each(path)).collect();
    let Some(definition) = uses.of_unit(unit).filter(|_| given.iter().all(|name| name.known())) else { return };
    let Some(mounted) = names(uses, definition, Member::Mount) else { return };
    let has = |list: &[Node], name: &str| list.iter().any(|other| other.text() == Some(name));
    let made = ["runtime.volumes[].name", "configs[].volumeName", "scripts[].volumeName", "tls.volumeName"];
    let made: Vec<Node> = made.into_iter().flat_map(|path| definition.spec.each(path)).collect();
    for volume in definition.spec.list("volumes") {
        let Some(name) = volume.get("name").filter(|name| name.known()) else { continue };
        let text = name.text().unwrap_or_default();
        if !has(&mounted, text) || has(&given, text) || has(&made, text) {
            continue;
        }
        let Some((keeper, words)) = keeper(uses, definition, volume, text) else { continue };
        let Some(place) = template.key("volumeClaimTemplates").or_else(|| unit.name()) else { continue };
        let report = sink
            .report(&place, format!("the volume `{text}` of `{}` gets no disk", definition.name()))
            .why("Without a claim of its name it is an empty directory, and what is in it is lost with the pod.")
            .help(format!("Add an item `{text}` to `volumeClaimTemplates`."))
            .related(&name, "the volume")
            .related(&keeper, words);
        report.offer(
            format!("Give `{text}` a disk"),
            Safety::Unsafe,
            uses.world.index().chart_of(unit.node.document).and_then(|chart| claim(chart, template, text)),
        );
    }
}

/// One more claim, of a size that has to be looked at.
fn claim(chart: &Chart, template: Node, name: &str) -> Option<Edit> {
    let item = format!(
        "- name: {name}\n  spec:\n    accessModes:\n      - ReadWriteOnce\n    resources:\n      requests:\n        storage: 20Gi\n"
    );
    match template.get("volumeClaimTemplates") {
        Some(list) => lines::put_item(chart, list, &item),
        None if template.key("volumeClaimTemplates").is_some() => None,
        None => {
            let list = format!("volumeClaimTemplates:\n{}", lines::indented(&item, 2));
            lines::put_behind(chart, template.key("replicas")?, &list)
        }
    }
}

/// What says that the data of a volume is to be kept.
fn keeper<'w>(
    uses: &Uses<'w>,
    definition: Definition<'w>,
    volume: Node<'w>,
    name: &str,
) -> Option<(Node<'w>, &'static str)> {
    let snapshot = volume.get("needSnapshot").filter(|needed| needed.text() == Some("true"));
    if let Some(snapshot) = snapshot {
        return Some((snapshot, "it is to be part of snapshots"));
    }
    let templates = uses.world.index().objects(BACKUP_POLICY_TEMPLATE);
    let specs = templates.filter_map(Object::root).filter_map(|root| root.get("spec"));
    specs.filter(|spec| takes(uses, *spec, definition)).find_map(|spec| {
        let paths = ["backupMethods[].targetVolumes.volumes[]", "backupMethods[].targetVolumes.volumeMounts[].name"];
        let volumes = paths.into_iter().flat_map(|path| spec.each(path));
        let found = volumes.into_iter().find(|volume| volume.text() == Some(name));
        found.map(|found| (found, "it is to be backed up"))
    })
}

/// A BackupPolicyTemplate is for a definition.
fn takes<'w>(uses: &Uses<'w>, spec: Node<'w>, definition: Definition<'w>) -> bool {
    let sites = spec.list("compDefs").filter_map(|entry| uses.world.index().site_at(entry)).collect::<Vec<_>>();
    sites.iter().any(|site| site.pattern().matches(definition.name()))
}
