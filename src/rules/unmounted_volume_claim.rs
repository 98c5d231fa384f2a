//! See `unmounted_volume_claim.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::volumes::{Component, components_of};
use crate::model::wanted::{Member, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unmounted-volume-claim",
    summary: "a disk that a Cluster asks for and no container mounts",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unmounted_volume_claim.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let components = components_of(uses, chart);
    for component in &components {
        for (_, claim) in component.claims() {
            let Some(name) = claim.known_text() else { continue };
            // Two charts may bring a definition of the same name.
            let users = components.iter().filter(|other| other.claims().any(|(_, theirs)| theirs == claim));
            if users.clone().all(|user| user.is_known() && !user.is_mounted(name)) {
                report(component, claim, name, sink);
            }
        }
    }
    for part in chart.documents().iter().flat_map(|document| wanted(uses, document, Member::Mount)) {
        judge(uses, &part, "mount", Severity::Error, sink);
    }
}

fn report(component: &Component, claim: Node, name: &str, sink: &mut Sink) {
    let mut report = sink
        .report(&claim, format!("no container of `{}` mounts `{name}`: the disk stays empty", component.name))
        .why(
            "The claim makes a disk, and only a mount of the same name uses it. A mount that nothing provides becomes an \
             empty directory instead, and its data is lost with the pod.",
        );
    let unprovided = component.unprovided_mounts();
    for mount in &unprovided {
        let text = mount.text().unwrap_or_default();
        report = report.related(mount, format!("`{text}` is mounted here, but nothing provides it"));
    }
    let mounts = component.mounts().filter_map(|mount| mount.text_at("name"));
    let names: Vec<&str> = match unprovided.as_slice() {
        [] => mounts.collect(),
        loose => loose.iter().filter_map(|mount| mount.text()).collect(),
    };
    report = match names.as_slice() {
        [] => report,
        names => report.help(format!("Its mounts are {}.", listed(names))),
    };
    report.nearest(name, names);
}
