//! See `unknown_config.md`.

use super::prelude::*;
use crate::model::index::Object;
use crate::model::volumes::{Component, Template, components, objects};

pub(super) static RULE: Rule = Rule {
    name: "unknown-config",
    summary: "a key or a script that the named template does not have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_config.md"),
    check: Check::World(check),
};

fn check(world: &World, sink: &mut Sink) {
    for component in components(world.index()).iter().filter(|component| component.legacy) {
        for template in component.templates().chain(component.version_templates()) {
            check_keys(world, component, template, sink);
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

/// `keys` of a template are keys of its ConfigMap.
fn check_keys(world: &World, component: &Component, template: Template, sink: &mut Sink) {
    let Some(config_map) = template.config_map().filter(|name| name.known()) else { return };
    let Some(text) = config_map.text() else { return };
    let found = objects(world.index(), component.chart, "ConfigMap", text);
    let Some(&Object { chart: owner, document }) = found.first().filter(|object| !object.chart.failed()) else { return };
    if !std::ptr::eq(&**owner, component.chart) && found.len() > 1 {
        return;
    }
    let Some(root) = document.root() else { return };
    let data = ["data", "binaryData"].into_iter().filter_map(|path| root.get(path));
    let present: Vec<&str> = data.flat_map(Node::entries).filter_map(|(key, _)| key.text()).collect();
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
