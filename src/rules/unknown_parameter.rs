//! See `unknown_parameter.md`.

use std::collections::{BTreeSet, HashMap};

use super::prelude::*;
use crate::diagnostic::nearest;
use crate::model::cluster::Cluster;
use crate::model::parameters::{knows, names_definitions, parameters_of, schema_of};
use crate::model::requests::Request;
use crate::text::TextRange;
use serde_json::Value;

pub(super) static RULE: Rule = Rule {
    name: "unknown-parameter",
    summary: "a parameter that the schema does not know",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_parameter.md"),
    check: Check::Linked(check),
};

const ANNOTATION: &str = "config.kubeblocks.io/init-parameters";

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        if matches!(document.kind(), Some("ParametersDefinition" | "ConfigConstraint"))
            && let Some(spec) = document.spec().filter(|_| document.is_sound())
        {
            check_lists(spec, sink);
        }
        if document.kind() == Some("StorageProvider")
            && let Some(spec) = document.spec().filter(|_| document.is_sound())
        {
            check_storage(spec, sink);
        }
    });
    let promised = names_definitions(chart);
    for cluster in chart.documents().iter().filter_map(Cluster::current).filter(|_| promised) {
        let annotations = cluster.document.root().and_then(|root| root.at("metadata.annotations"));
        if let Some(given) = annotations.and_then(|all| all.get(ANNOTATION)).filter(|given| given.known()) {
            check_initial(given, sink);
            check_names(uses, chart, cluster, given, sink);
        }
    }
    for request in chart.documents().iter().filter_map(Request::of) {
        for item in request.spec.list("reconfigures") {
            check_request(uses, chart, request, item, sink);
        }
    }
}

/// Slips in the parameters that a StorageProvider reads of its BackupRepos. Others may be given without being described.
fn check_storage(spec: Node<'_>, sink: &mut Sink) {
    let schema = spec.at("parametersSchema.openAPIV3Schema.properties");
    let keys: Vec<Node> = schema.into_iter().flat_map(Node::entries).map(|(key, _)| key).collect();
    let known: Option<Vec<&str>> = keys.iter().map(|key| key.known_text()).collect();
    let Some(known) = known else { return };
    let mut found: Vec<(Node, TextRange)> = Vec::new();
    for (_, node) in
        spec.entries().filter(|(key, node)| node.known() && key.text().is_some_and(|k| k.ends_with("Template")))
    {
        let text = node.text().unwrap_or_default();
        for (at, read) in text.match_indices(".Parameters") {
            let behind = text[at + read.len()..].trim_start_matches([' ', '"', '.', '`']);
            let start = text.len() - behind.len();
            let length = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(behind.len());
            found.push((node, TextRange::new(start, start + length)));
        }
    }
    let fields = spec.list("parametersSchema.credentialFields").filter(|field| field.known());
    found.extend(fields.map(|field| (field, TextRange::new(0, field.text().unwrap_or_default().len()))));
    for (node, range) in found {
        let name = range.of(node.text().unwrap_or_default());
        let same = known.iter().copied().find(|known| known.eq_ignore_ascii_case(name));
        let Some(near) = same.or_else(|| nearest(name, known.iter().copied())).filter(|_| !known.contains(&name))
        else {
            continue;
        };
        sink.report(&node.part(range), format!("the schema has no parameter `{name}`"))
            .why("Nobody who makes a BackupRepo is asked for it: nothing stands in its place.")
            .nearest(name, [near]);
    }
}

/// The parameters that a request changes (v1 spec PAR-10).
fn check_request<'w>(uses: &Uses<'w>, chart: &'w Chart, request: Request<'w>, item: Node<'w>, sink: &mut Sink) {
    let units = request.units(uses.world, item).unwrap_or_default();
    let known = units.into_iter().map(|unit| parameters_of(uses.world, chart, uses.of_unit(unit)?));
    let Some(known) = known.collect::<Option<Vec<_>>>() else { return };
    let known: BTreeSet<&str> = known.into_iter().flatten().collect();
    for key in item.list("parameters").filter_map(|parameter| parameter.get("key")).filter(|key| key.known()) {
        let Some(name) = key.text().filter(|name| !known.is_empty() && !knows(&known, name)) else { continue };
        sink.report(
            &key,
            format!("component `{}` has no parameter `{name}`", item.text_at("componentName").unwrap_or_default()),
        )
        .why("The request fails: `parameter … not found in parameters schema`.")
        .nearest(name, known.iter().copied());
    }
}

/// The parameters that a Cluster begins with (v1 spec R119).
fn check_names<'w>(uses: &Uses<'w>, chart: &'w Chart, cluster: Cluster<'w>, given: Node<'w>, sink: &mut Sink) {
    let text = given.text().unwrap_or_default();
    let Ok(Value::Object(components)) = serde_json::from_str(text) else { return };
    for (component, parameters) in &components {
        let unit = cluster.units().find(|unit| unit.name().and_then(Node::text) == Some(component));
        let definition = unit.and_then(|unit| uses.of_unit(unit));
        let Some(known) = definition.and_then(|of| parameters_of(uses.world, chart, of)) else { continue };
        for name in
            parameters.as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| !knows(&known, name))
        {
            let quoted = format!("\"{name}\"");
            let mut places =
                text.match_indices(&quoted).map(|(at, found)| TextRange::new(at + 1, at + found.len() - 1));
            let (Some(range), None) = (places.next(), places.next()) else { continue };
            sink.report(&given.part(range), format!("component `{component}` has no parameter `{name}`"))
                .why("The component gets none of its parameters: `parameter … not found in parameters schema`.")
                .nearest(name, known.iter().copied());
        }
    }
}

/// What a ParametersDefinition, or up to 0.9 a ConfigConstraint, lists against its schema (v1 spec R145, R149).
fn check_lists(spec: Node<'_>, sink: &mut Sink) {
    let known = |list| spec.list(list).filter(|node| node.known());
    let fixed: HashMap<&str, Node<'_>> =
        known("staticParameters").filter_map(|node| Some((node.text()?, node))).collect();
    for node in known("dynamicParameters") {
        if let Some((name, other)) = node.text().and_then(|name| fixed.get_key_value(name)) {
            sink.report(&node, format!("`{name}` is said to need a restart, and to need none"))
                .why("Only one of the two lists counts for it.")
                .help("Leave it in one list.")
                .related(other, "the other list");
        }
    }
    check_locked(spec, sink);
    let Some(parameters) = schema_of(spec) else { return };
    let listed = known("staticParameters").chain(known("dynamicParameters"));
    let defaults = spec.at("deletedPolicy.defaultValues").into_iter().flat_map(Node::entries).map(|(key, _)| key);
    for node in listed.chain(defaults) {
        unknown(node, &parameters, sink);
    }
    // What nobody can set does not change either, so here only a slip says anything.
    for node in known("immutableParameters") {
        let is_slip = |name| !knows(&parameters, name) && nearest(name, parameters.iter().copied()).is_some();
        if node.text().is_some_and(is_slip) {
            unknown(node, &parameters, sink);
        }
    }
}

/// What nobody may change does not change with or without a restart.
fn check_locked(spec: Node<'_>, sink: &mut Sink) {
    let known = |list| spec.list(list).filter(|node| node.known());
    let locked: HashMap<&str, Node<'_>> =
        known("immutableParameters").filter_map(|node| Some((node.text()?, node))).collect();
    for (list, severity) in [("dynamicParameters", Severity::Warning), ("staticParameters", Severity::Info)] {
        let both: Vec<Node> =
            known(list).filter(|node| node.text().is_some_and(|name| locked.contains_key(name))).collect();
        let Some((first, others)) = both.split_first() else { continue };
        let name = first.text().unwrap_or_default();
        let message = match others.len() {
            0 => format!("`{name}` can be changed, and is said to be immutable"),
            more => format!("`{name}` and {more} more can be changed, and are said to be immutable"),
        };
        sink.report(first, message)
            .severity(severity)
            .why("What `immutableParameters` lists is refused, whatever the other list says.")
            .help("Leave each in one list.")
            .related(&locked[name], "the other list");
    }
}

fn unknown(node: Node<'_>, parameters: &BTreeSet<&str>, sink: &mut Sink) {
    // `none` fills a list that is to have something in it.
    let Some(name) = node.text().filter(|name| *name != "none" && node.known() && !knows(parameters, name)) else {
        return;
    };
    let near = nearest(name, parameters.iter().copied()).is_some();
    sink.report(&node, format!("the schema has no parameter `{name}`"))
        .severity(if near { Severity::Warning } else { Severity::Info })
        .why("Nobody can set a parameter of this name, so what is said of it here means nothing.")
        .nearest(name, parameters.iter().copied());
}

/// The parameters that a Cluster begins with: component, parameter, value (v1 spec PAR-36).
fn check_initial(given: Node<'_>, sink: &mut Sink) {
    let Some(text) = given.text() else { return };
    let words = match serde_json::from_str::<Value>(text) {
        Err(error) => format!("is no JSON: {error}"),
        Ok(Value::Object(components)) if components.values().all(|of| of.is_object() || of.is_null()) => return,
        Ok(_) => "does not hold an object of parameters for each component".to_owned(),
    };
    sink.report(&given, format!("the annotation `{ANNOTATION}` {words}"))
        .severity(Severity::Error)
        .why("KubeBlocks cannot read it: the component gets no parameters, and waits.")
        .help(r#"It is like `{"component": {"parameter": "value"}}`."#);
}
