//! See `unused_variable.md`.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::model::legacy::ComponentDef;
use crate::model::resolve::CONFIG_MAP;
use crate::model::shell;
use crate::model::volumes::{Component, components_of};

pub(super) static RULE: Rule = Rule {
    name: "unused-variable",
    summary: "a variable of a component reference that nothing uses",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unused_variable.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    for whole in components_of(uses, chart).iter().filter(|component| component.legacy) {
        check_component(uses.world, ComponentDef { node: whole.node }, whole, sink);
    }
}

fn check_component(world: &World, component: ComponentDef<'_>, whole: &Component<'_>, sink: &mut Sink) {
    let Some(texts) = texts(world, whole) else { return };
    let used = |name: &str| texts.iter().any(|text| shell::mentions(text, name));
    let (used, unused): (Vec<_>, Vec<_>) = component.variables().partition(|(_, variable)| used(variable.name()));
    // Where no variable at all is used, the program in the image reads them by itself.
    if used.is_empty() {
        return;
    }
    for (reference, variable) in unused {
        let Some(name) = variable.name_node().filter(|name| name.known()) else { continue };
        let report = sink
            .report(&name, format!("`{}` does not use `{}`", component.name(), variable.name()))
            .why(
                "No command, argument, variable, script or configuration of the component names it. A program may read \
                 it from its environment by itself.",
            )
            .help("Take it out, or use it.")
            .unnecessary();
        report.related(&reference.target(), "it belongs to this reference");
    }
}

/// Every text in which the component could use a variable; `None` where one of them cannot be read.
fn texts<'w>(world: &'w World, component: &Component<'w>) -> Option<Vec<&'w str>> {
    let mut found = Vec::new();
    for (key, value) in component.node.entries() {
        if key.text() != Some("componentDefRef") {
            found.extend(scalars(value));
        }
    }
    for variable in component.node.list("componentDefRef").flat_map(|reference| reference.list("componentRefEnv")) {
        found.extend(variable.text_at("value").into_iter().chain(variable.text_at("valueFrom.format")));
    }
    for version in &component.versions {
        found.extend(scalars(*version));
    }
    for template in component.all_templates() {
        let name = template.config_map().and_then(Node::text)?;
        let data: Vec<Node> = world.index().named(CONFIG_MAP, name).filter_map(|map| map.root()?.get("data")).collect();
        for file in data.iter().flat_map(|data| data.entries()).map(|(_, file)| file) {
            let text = file.known_text()?;
            // Nothing but comments: the file is not what will be there.
            text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
            found.push(text);
        }
        if data.is_empty() {
            return None;
        }
    }
    Some(found)
}

/// The scalars below a node; what several aliases share is read once.
fn scalars(top: Node<'_>) -> Vec<&str> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![top];
    while let Some(node) = open.pop().map(Node::resolved) {
        if seen.insert(node.id) {
            found.extend(node.text());
            open.extend(node.items());
            open.extend(node.entries().map(|(_, value)| value));
        }
    }
    found
}
