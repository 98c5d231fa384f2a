//! See `values_schema_drift.md`.

use camino::Utf8Path;

use super::prelude::*;
use super::support::failures::missing_dependencies;
use crate::helm::chart::Package;
use crate::helm::render::Rendered;
use crate::model::choices::{choices, values_schema};
use crate::model::value_reads::{Reads, Taken};
use crate::model::values;
use crate::template::ast::{Command, Expr, ExprKind, Visitor};
use crate::text::{Span, TextRange};

pub(super) static RULE: Rule = Rule {
    name: "values-schema-drift",
    summary: "values.schema.json and the templates do not speak of the same values",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("values_schema_drift.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    let Some(schema) = chart.package().and_then(values_schema) else { return };
    sink.apart(|sink| check_properties(chart, sink));
    sink.each(chart.own_templates(), |file, sink| {
        let syntax = file.syntax();
        // What is set by a template is not looked at by the schema.
        if !syntax.faults.is_empty() || file.sets_values() {
            return;
        }
        let mut questions = Questions::default();
        syntax.visit(&mut questions);
        for (value, text) in questions.0 {
            let path: Vec<&str> =
                value.value_path().into_iter().flatten().map(|segment| segment.name.as_str()).collect();
            let allowed = choices(&schema, &path).filter(|_| syntax.is_of_root(value) && !path.is_empty());
            let (Some(allowed), Some(asked)) = (allowed, text.as_string()) else { continue };
            // Whoever compares with nothing asks whether there is a value.
            if asked.is_empty() || allowed.contains(&asked) {
                continue;
            }
            let place = Span { file: syntax.file, range: text.range };
            sink.report(&place, format!("`{}` is never `{asked}`", path.join(".")))
                .why(format!("Helm refuses every value of it but {}: values.schema.json lists them.", listed(&allowed)))
                .help("Ask for one of these, or let the schema admit it.")
                .nearest(
                    chart.words(place),
                    allowed.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().iter().map(String::as_str),
                );
        }
    });
}

/// What the schema offers, values.yaml does not have, and nothing reads.
fn check_properties(chart: &Chart, sink: &mut Sink) {
    // Whatever could not be read may read it.
    let is_unread = chart.package().is_none_or(Package::is_unread) || !missing_dependencies(chart).is_empty();
    let schema = chart.package().and_then(|package| package.files.get(Utf8Path::new("values.schema.json")));
    let values = values::document(chart).filter(|values| values.is_sound()).and_then(Document::root);
    let (Some(schema), Some(values)) = (schema.filter(|_| !is_unread), values) else { return };
    let Some(reads) = Reads::of(chart) else { return };
    let range = TextRange { start: 0, end: schema.text.len() as u32 };
    let schema = Document::new(Arc::new(Rendered::plain(schema.clone())), range);
    let mut found = Vec::new();
    if let Some(root) = schema.root() {
        idle(root, values, "", (&reads, &reads.taken), &mut found);
    }
    for (key, path) in found {
        sink.report(&key, format!("no template reads `{}`, and values.yaml does not have it", path))
            .severity(Severity::Info)
            .why("The schema offers a setting that changes nothing.")
            .help("Use it, or take it out of the schema.");
    }
}

/// The properties that nobody knows, with their paths, below a part of the schema and of the values.
fn idle<'s>(
    part: Node<'s>,
    values: Node<'_>,
    above: &str,
    (reads, taken): (&Reads<'_>, &Taken<'_>),
    found: &mut Vec<(Node<'s>, String)>,
) {
    for (key, below) in part.get("properties").into_iter().flat_map(Node::entries) {
        let Some(name) = key.text() else { continue };
        let path = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        let value = values.key(name).map(|_| values.get(name));
        match (value, taken.parts.get(name).filter(|parts| !parts.whole)) {
            (None, _) if !reads.takes(taken, name) && below.text_at("deprecated") != Some("true") => {
                found.push((key, path));
            }
            (Some(Some(value)), Some(parts)) if value.is_mapping() => idle(below, value, &path, (reads, parts), found),
            _ => {}
        }
    }
}

/// Each value that is compared with a text, and the text.
#[derive(Default)]
struct Questions<'s>(Vec<(&'s Expr, &'s Expr)>);

impl<'s> Visitor<'s> for Questions<'s> {
    fn command(&mut self, command: &'s Command) {
        let [function, operands @ ..] = &*command.operands else { return };
        let ExprKind::Function(name) = &function.kind else { return };
        let of_values = |expr: &&Expr| expr.value_path().is_some();
        match (name.as_str(), operands.iter().find(of_values)) {
            ("eq" | "ne", Some(value)) => self.0.extend(operands.iter().map(|text| (value, text))),
            ("has", Some(value)) => self.0.extend(operands.iter().flat_map(items).map(|text| (value, text))),
            _ => {}
        }
    }
}

/// The operands of `(list …)`.
fn items(expr: &Expr) -> &[Expr] {
    let ExprKind::Paren(pipeline) = &expr.kind else { return &[] };
    let [command] = &*pipeline.commands else { return &[] };
    match command.operands.split_first() {
        Some((function, items)) if matches!(&function.kind, ExprKind::Function(name) if name == "list") => items,
        _ => &[],
    }
}
