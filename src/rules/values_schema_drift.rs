//! See `values_schema_drift.md`.

use super::prelude::*;
use crate::model::choices::{choices, values_schema};
use crate::template::ast::{Command, Expr, ExprKind, Visitor};
use crate::template::dots::Dot;
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "values-schema-drift",
    summary: "a template that asks whether a value is what values.schema.json does not let it be",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("values_schema_drift.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    let Some(schema) = chart.package().and_then(values_schema) else { return };
    for file in chart.own_templates() {
        let syntax = file.syntax();
        // What is set by a template is not looked at by the schema.
        if !syntax.faults.is_empty() || file.sets_values() {
            continue;
        }
        let mut questions = Questions::default();
        syntax.visit(&mut questions);
        for (value, text) in questions.0 {
            let of_root = matches!(&value.kind, ExprKind::Variable(..))
                || !matches!(syntax.dot_at(value.range.start).0, Dot::Arm(..));
            let path: Vec<&str> =
                value.value_path().into_iter().flatten().map(|segment| segment.name.as_str()).collect();
            let allowed = choices(&schema, &path).filter(|_| of_root && !path.is_empty());
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
