//! See `invalid_cue.md`.

use super::prelude::*;
use crate::model::cue::{Glance, glance};

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
    if document.kind() == Some("ConfigConstraint") && document.is_sound() {
        let spec = document.root().and_then(|root| root.get("spec"));
        let schema = spec.and_then(|spec| spec.get("configurationSchema").or_else(|| spec.get("parametersSchema")));
        let why = "The ConfigConstraint never becomes Available, and each Cluster whose definition names it waits.";
        let Some(glance) = schema.and_then(|schema| read(schema.get("cue")?, why, sink)) else { return };
        let key = spec.and_then(|spec| spec.get("cfgSchemaTopLevelName"));
        let why = "The field must name a definition of the schema: without it nothing says what parameters there are.";
        if let Some(key) = key.or_else(|| schema?.get("topLevelKey")) {
            check_key(key, &glance.definitions, Severity::Warning, why, sink);
        }
        return;
    }
    let fits = document.kind() == Some("ParametersDefinition")
        && document.group() == Some("parameters.kubeblocks.io")
        && document.is_sound();
    let schema = document.root().filter(|_| fits).and_then(|root| root.at("spec.parametersSchema"));
    let Some(schema) = schema else { return };
    let Some(cue) = schema.get("cue") else { return };
    let Some(glance) = read(cue, WHY, sink) else { return };
    let names = &glance.definitions;
    if names.is_empty() {
        sink.report(&cue.heading(), "the schema defines nothing: there is no `#Name: {…}` in it").why(WHY);
        return;
    }
    if let Some(key) = schema.get("topLevelKey") {
        check_key(key, names, Severity::Error, WHY, sink);
    }
}

/// The definition that is to be the schema's is there.
fn check_key(key: Node, names: &[&str], severity: Severity, why: &str, sink: &mut Sink) {
    let wanted = key.known_text().filter(|wanted| !wanted.is_empty() && !names.contains(wanted));
    let Some(wanted) = wanted else { return };
    sink.report(&key, format!("the schema does not define `#{wanted}`"))
        .severity(severity)
        .why(why)
        .help(format!("It defines {}.", listed(names)))
        .nearest(wanted, names.iter().copied());
}

/// What a text says, if it can be read.
fn read<'w>(cue: Node<'w>, why: &str, sink: &mut Sink) -> Option<Glance<'w>> {
    let text = cue.known_text().filter(|text| !text.trim().is_empty() && !text.contains("{{"))?;
    let glance = glance(text);
    if glance.unsure {
        return None;
    }
    if let Some((range, words)) = glance.fault {
        sink.report(&cue.part(range), format!("this is no CUE: {words}")).why(why);
        return None;
    }
    Some(glance)
}
