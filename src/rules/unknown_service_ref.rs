//! See `unknown_service_ref.md`.

use super::prelude::*;
use crate::model::definition::Definition;
use crate::model::vars::vars;

pub(super) static RULE: Rule = Rule {
    name: "unknown-service-ref",
    summary: "a service reference that the definition does not declare",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_service_ref.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::of(document) else { return };
    let declared: Vec<Node> =
        definition.spec.list("serviceRefDeclarations").filter_map(|declared| declared.get("name")).collect();
    if declared.iter().any(|name| !name.known()) {
        return;
    }
    let names: Vec<&str> = declared.into_iter().filter_map(Node::text).collect();
    for var in vars(document) {
        let Some(source) = var.from("serviceRefVarRef").filter(|source| source.options().next().is_some()) else {
            continue;
        };
        // A reference of another definition never resolves, whatever its name.
        if source.node.text_at("compDef").is_some_and(|pattern| !pattern.is_empty()) {
            continue;
        }
        let Some(name) = source.node.get("name").filter(|name| name.known()) else { continue };
        let Some(text) = name.text().filter(|text| !text.is_empty() && !names.contains(text)) else { continue };
        let why = match source.is_optional() {
            true => "The variable is optional, so nothing complains: it never has a value.",
            false => "KubeBlocks makes no pods: `has no ServiceRef object found when resolving vars`.",
        };
        let report = sink.report(&name, format!("no serviceRefDeclaration is named `{text}`")).why(why);
        let report = match source.is_optional() {
            true => report.severity(Severity::Warning),
            false => report,
        };
        match names.as_slice() {
            [] => report.help(format!("Declare it: `serviceRefDeclarations: [{{name: {text}, …}}]`.")),
            names => report
                .help(format!("Declared are {}.", listed(names)))
                .nearest(text, names.iter().copied()),
        };
    }
}
