//! See `missing_image.md`.

use super::prelude::*;
use crate::model::volumes::{Component, components};

pub(super) static RULE: Rule = Rule {
    name: "missing-image",
    summary: "a container that gets no image",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_image.md"),
    check: Check::World(check),
};

fn check(world: &World, sink: &mut Sink) {
    for component in components(world.index()) {
        if component.legacy && !component.chart.failed() {
            check_component(&component, sink);
        }
    }
}

fn check_component(component: &Component<'_>, sink: &mut Sink) {
    // Without a ClusterVersion in view nobody can say what it gives.
    for version in &component.versions {
        let lists = [
            ("podSpec.containers", "versionsContext.containers"),
            ("podSpec.initContainers", "versionsContext.initContainers"),
        ];
        for (own, given) in lists {
            for container in component.node.list(own).filter(|container| container.get("image").is_none()) {
                let Some(name) = container.get("name").filter(|name| name.known()) else { continue };
                let mut twins = version.list(given).filter(|twin| twin.text_at("name") == name.text());
                let image = twins.any(|twin| twin.get("image").is_some());
                let site = version.get("componentDefRef");
                let (Some(site), false) = (site, image) else { continue };
                let text = name.text().unwrap_or_default();
                sink.report(&site, format!("no image for the container `{text}` of `{}`", component.name))
                    .why("Neither the definition nor this version names one, so no pod of a Cluster of this version can be made.")
                    .help(format!("Add `- name: {text}` with its `image` below `{given}`."))
                    .related(&name, "the container has no `image` here");
            }
        }
    }
}
