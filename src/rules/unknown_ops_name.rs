//! See `unknown_ops_name.md`.

use super::prelude::*;
use crate::model::definition::listed;

pub(super) static RULE: Rule = Rule {
    name: "unknown-ops-name",
    summary: "a name in an OpsDefinition or an Addon that nothing there has",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_ops_name.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let spec = document.root().and_then(|root| root.get("spec")).filter(|_| document.tree.problems().is_empty());
    let Some(spec) = spec else { return };
    match (document.group(), document.kind()) {
        (Some("operations.kubeblocks.io"), Some("OpsDefinition")) => check_actions(spec, sink),
        (Some("extensions.kubeblocks.io"), Some("Addon")) => check_extras(spec, sink),
        _ => {}
    }
}

/// The texts of all nodes; `None` where one is open.
fn texts<'w>(nodes: impl Iterator<Item = Node<'w>>) -> Option<Vec<&'w str>> {
    nodes.map(|node| node.text().filter(|_| node.known())).collect()
}

fn check_actions(spec: Node, sink: &mut Sink) {
    let extractors = texts(spec.list("podInfoExtractors").filter_map(|item| item.get("name")));
    let properties = spec.at("parametersSchema.openAPIV3Schema.properties").filter(|node| node.is_mapping());
    let parameters = match properties {
        Some(properties) => texts(properties.entries().map(|(key, _)| key)),
        None if spec.key("parametersSchema").is_none() => Some(Vec::new()),
        None => None,
    };
    for action in spec.list("actions") {
        for kind in ["workload", "exec"] {
            let name = action.get(kind).and_then(|action| action.get("podInfoExtractorName"));
            if let (Some(name), Some(known)) = (name.filter(|name| name.text() != Some("")), &extractors) {
                let why = "An OpsRequest that comes to this action fails: `can not found the podInfoExtractor`.";
                check_name(name, known, "podInfoExtractor", why, sink);
            }
        }
        for name in action.list("parameters") {
            if let Some(known) = &parameters {
                let why = "Nobody can give it a value: the action runs without it, and nothing says so.";
                check_name(name, known, "parameter of `parametersSchema`", why, sink);
            }
        }
    }
}

/// What is mapped to values has to be installed under the same name (v1 spec R235).
fn check_extras(spec: Node, sink: &mut Sink) {
    let installs = spec.get("install").into_iter().chain(spec.list("defaultInstallValues"));
    let Some(known) = texts(installs.flat_map(|install| install.list("extras")).filter_map(|extra| extra.get("name"))) else {
        return;
    };
    // Without any extra the mapping waits for those that users add.
    if known.is_empty() {
        return;
    }
    for name in spec.list("helm.valuesMapping.extras").filter_map(|extra| extra.get("name")) {
        let Some(text) = name.text().filter(|text| name.known() && !known.contains(text)) else { continue };
        sink.report(&name, format!("no extra of this Addon is named `{text}`"))
            .severity(Severity::Warning)
            .why("The mapping is not used, and nothing says so.")
            .help(format!("The extras are {}.", listed(known.iter().copied())))
            .nearest(text, known.iter().copied());
    }
}

fn check_name(name: Node, known: &[&str], what: &str, why: &str, sink: &mut Sink) {
    let Some(text) = name.text().filter(|text| name.known() && !known.contains(text)) else { return };
    sink.report(&name, format!("no {what} is named `{text}`"))
        .why(why)
        .help(match known.is_empty() {
            true => "There are none.".to_owned(),
            false => format!("There are {}.", listed(known.iter().copied())),
        })
        .nearest(text, known.iter().copied());
}
