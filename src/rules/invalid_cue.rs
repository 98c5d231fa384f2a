//! See `invalid_cue.md`.

use super::prelude::*;
use crate::model::cue::glance;

pub(super) static RULE: Rule = Rule {
    name: "invalid-cue",
    summary: "a schema of parameters that is no CUE, or has not what is asked for",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("invalid_cue.md"),
    check: Check::Document(check),
};

const WHY: &str = "The ParametersDefinition becomes Unavailable, without a message, and no parameter can be changed.";

fn check(document: &Document, sink: &mut Sink) {
    let fits = document.kind() == Some("ParametersDefinition")
        && document.group() == Some("parameters.kubeblocks.io")
        && document.tree.problems().is_empty();
    let schema = document.root().filter(|_| fits).and_then(|root| root.at("spec.parametersSchema"));
    let Some(schema) = schema else { return };
    let Some(cue) = schema.get("cue").filter(|cue| cue.known()) else { return };
    let Some(text) = cue.text().filter(|text| !text.trim().is_empty() && !text.contains("{{")) else { return };
    let glance = glance(text);
    if glance.unsure {
        return;
    }
    if let Some((range, words)) = glance.fault {
        sink.report(&cue.part(range), format!("this is no CUE: {words}")).why(WHY);
        return;
    }
    let names = &glance.definitions;
    if names.is_empty() {
        sink.report(&cue.heading(), "the schema defines nothing: there is no `#Name: {…}` in it").why(WHY);
        return;
    }
    let Some(key) = schema.get("topLevelKey").filter(|key| key.known()) else { return };
    let Some(wanted) = key.text().filter(|wanted| !wanted.is_empty() && !names.contains(wanted)) else { return };
    sink.report(&key, format!("the schema does not define `#{wanted}`"))
        .why(WHY)
        .help(format!("It defines {}.", listed(names)))
        .nearest(wanted, names.iter().copied());
}
