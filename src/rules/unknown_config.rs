//! See `unknown_config.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::index::Object;
use crate::model::wanted::{Member, Wanted, wanted};
use crate::model::resolve::{Resolution, resolve};
use crate::model::volumes::{Component, Template, components_of, objects};

pub(super) static RULE: Rule = Rule {
    name: "unknown-config",
    summary: "a key or a script that the named template does not have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_config.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    check_parts(uses, chart, sink);
    for component in components_of(uses, chart).iter().filter(|component| component.legacy) {
        for template in component.templates().chain(component.version_templates()) {
            check_keys(uses.world, component, template, sink);
        }
        let scripts: Vec<&str> = component.templates().filter(|t| t.script).map(Template::name).collect();
        for selector in component.script_selectors() {
            let Some(name) = selector.text().filter(|_| selector.known()) else { continue };
            if !scripts.contains(&name) {
                sink.report(&selector, format!("component definition `{}` has no script `{name}`", component.name))
                    .why("The job runs without the scripts it is meant to run, and nothing says so.")
                    .help("A selector names an entry of `scriptSpecs` by its `name`.")
                    .nearest(name, scripts.iter().copied());
            }
        }
    }
}

/// Names of configs, and of their files, that other objects give (v1 spec R105, R142, R143, R153, R154).
fn check_parts<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let of = |member| chart.documents().iter().flat_map(move |document| wanted(uses, document, member));
    for part in of(Member::Config) {
        judge(uses, &part, "config", Severity::Error, sink);
        let file = match part.node.document.kind() {
            Some("ParametersDefinition") => part.node.parent().and_then(|spec| spec.get("fileName")),
            _ => part.node.parent().and_then(|config| config.get("name")),
        };
        if let Some(file) = file.filter(|file| file.known() && !file.names_release()) {
            check_file(uses.world, &part, file, sink);
        }
    }
    for part in of(Member::Template) {
        judge(uses, &part, "config", Severity::Error, sink);
    }
}

/// A file of a config is a key of its ConfigMap.
fn check_file(world: &World, part: &Wanted, file: Node, sink: &mut Sink) {
    let Some(name) = file.text().filter(|name| !name.is_empty()) else { return };
    let configs = part.owners.iter().flat_map(|owner| owner.spec.list("configs"));
    let configs: Vec<Node> = configs.filter(|config| config.text_at("name") == Some(part.name)).collect();
    let mut maps = Vec::new();
    for config in &configs {
        let site = config.get("template").and_then(|template| world.index().site_at(template));
        match site.map(|site| resolve(world, &site)) {
            Some(Resolution::Found(found)) if found.iter().all(|map| !map.chart.failed()) => maps.extend(found),
            _ => return,
        }
    }
    let keys = |map: &Object<'_>| keys_of(map.root()).any(|key| key.text() == Some(name));
    let Some(first) = maps.first().filter(|_| !maps.iter().any(keys)) else { return };
    let map = first.name().unwrap_or_default();
    let report = sink
        .report(&file, format!("ConfigMap `{map}` has no key `{name}`"))
        .severity(Severity::Error)
        .why("The parameters belong to a file that the config does not have: they are never written.");
    let report = match first.document.name() {
        Some(place) => report.related(&place, "the ConfigMap is defined here"),
        None => report,
    };
    report.nearest(name, keys_of(first.root()).filter_map(Node::text));
}

fn keys_of(map: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    let data = ["data", "binaryData"].into_iter().filter_map(move |path| map?.get(path));
    data.flat_map(Node::entries).map(|(key, _)| key)
}

/// `keys` of a template are keys of its ConfigMap.
fn check_keys(world: &World, component: &Component, template: Template, sink: &mut Sink) {
    let Some(config_map) = template.config_map().filter(|name| name.known()) else { return };
    let Some(text) = config_map.text() else { return };
    let found = objects(world.index(), component.chart, "ConfigMap", text);
    let Some(&Object { chart: owner, document }) = found.first().filter(|object| !object.chart.failed()) else { return };
    if !std::ptr::eq(&**owner, component.chart) && found.len() > 1 {
        return;
    }
    let present: Vec<&str> = keys_of(document.root()).filter_map(Node::text).collect();
    for key in template.node.list("keys") {
        let Some(name) = key.text().filter(|name| key.known() && !present.contains(name)) else { continue };
        let report = sink
            .report(&key, format!("ConfigMap `{text}` has no key `{name}`"))
            .why("A key that is not there is passed over: the file is neither checked nor reloaded.");
        match document.name() {
            Some(name) => report.related(&name, "the ConfigMap is defined here"),
            None => report,
        }
        .nearest(name, present.iter().copied());
    }
}
