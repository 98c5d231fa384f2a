//! See `swapped_default.md`.

use super::prelude::*;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::values;
use crate::template::Syntax;
use crate::template::ast::{Command, Expr, ExprKind, Pipeline, Visitor};
use crate::text::{Span, TextRange};

pub(super) static RULE: Rule = Rule {
    name: "swapped-default",
    summary: "a `default` that gives the same whatever is set",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("swapped_default.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    sink.each(chart.own_templates(), |file, sink| {
        let syntax = file.syntax();
        if !syntax.faults.is_empty() {
            return;
        }
        let mut defaults = Defaults::default();
        syntax.visit(&mut defaults);
        for call in defaults.calls {
            swapped(chart, syntax, &call, sink);
        }
        for (range, value) in defaults.alone {
            let words = chart.words(Span { file: syntax.file, range: value });
            sink.report(
                &Span { file: syntax.file, range },
                format!("`default` gives `{words}` here, whatever that is"),
            )
            .severity(Severity::Info)
            .why("It has one argument, so there is nothing to take in its place.")
            .help("Give it what to fall back on, or remove it.");
        }
    });
}

fn swapped(chart: &Chart, syntax: &Syntax, call: &Call<'_>, sink: &mut Sink) {
    let Some(constant) = constant(chart, syntax, call.value) else { return };
    let span = |expr: &Expr| Span { file: syntax.file, range: expr.range };
    let (fallback, value) = (span(call.fallback), span(call.value));
    let set = values::read_by(chart, syntax, call.fallback).and_then(Node::text);
    let (one, other) = (chart.words(fallback), chart.words(value));
    let edits = vec![Edit { span: fallback, text: other.into() }, Edit { span: value, text: one.into() }];
    // Nobody sees it until somebody sets another value.
    let severity = if set == Some(constant) { Severity::Info } else { Severity::Warning };
    sink.report(&fallback, format!("`{one}` never counts: `{other}` is not empty, so `default` gives that"))
        .severity(severity)
        .why("`default a b` gives `b` unless `b` is empty.")
        .help(format!("Write `default {other} {one}`."))
        .fix(Fix { title: format!("Swap `{one}` and `{other}`"), safety: Safety::Unsafe, edits });
}

/// What is known to stand for something that is not empty, as it is printed.
fn constant<'s>(chart: &'s Chart, syntax: &Syntax, expr: &'s Expr) -> Option<&'s str> {
    match &expr.kind {
        ExprKind::String(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
        ExprKind::Number(number) if number.float.is_some_and(|number| number != 0.0) => {
            Some(chart.words(Span { file: syntax.file, range: expr.range }))
        }
        ExprKind::Bool(true) => Some("true"),
        ExprKind::Paren(pipeline) => constant(chart, syntax, pipeline.lone()?),
        _ => {
            let metadata = &chart.package()?.metadata;
            let [field] = expr.path_below("Chart").filter(|_| syntax.is_of_root(expr))? else { return None };
            let text = match field.name.as_str() {
                // What a library prints is asked of the chart that takes it.
                "Name" | "Version" if metadata.library => "?",
                "Name" => &metadata.name,
                "Version" => &metadata.version,
                "AppVersion" if !metadata.library => &metadata.app_version,
                _ => "",
            };
            Some(text).filter(|text| !text.is_empty())
        }
    }
}

/// `default fallback value`
struct Call<'s> {
    fallback: &'s Expr,
    value: &'s Expr,
}

#[derive(Default)]
struct Defaults<'s> {
    calls: Vec<Call<'s>>,
    /// Those that have a value and nothing else: the call, and the value.
    alone: Vec<(TextRange, TextRange)>,
}

impl<'s> Visitor<'s> for Defaults<'s> {
    fn pipeline(&mut self, pipeline: &'s Pipeline) {
        for (at, command) in pipeline.commands.iter().enumerate() {
            let [function, arguments @ ..] = &*command.operands else { continue };
            if !matches!(&function.kind, ExprKind::Function(name) if name == "default") {
                continue;
            }
            let piped = &pipeline.commands[..at];
            let one = match piped {
                [Command { operands, .. }] if operands.len() == 1 => operands.first(),
                _ => None,
            };
            match (arguments, piped) {
                ([fallback, value], []) => self.add(fallback, Some(value)),
                ([fallback], [_, ..]) => self.add(fallback, one),
                ([value], []) if is_read(value) => self.alone.push((command.range, value.range)),
                ([], _) => self.alone.extend(one.filter(|one| is_read(one)).map(|one| (command.range, one.range))),
                _ => {}
            }
        }
    }
}

impl<'s> Defaults<'s> {
    fn add(&mut self, fallback: &'s Expr, value: Option<&'s Expr>) {
        self.calls.extend(value.filter(|_| !is_literal(fallback)).map(|value| Call { fallback, value }));
    }
}

/// Whoever chooses among constants has nothing to lose.
fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::String(_) | ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Nil => true,
        ExprKind::Paren(pipeline) => pipeline.lone().is_some_and(is_literal),
        _ => false,
    }
}

/// What is worked out may have its own fallback.
fn is_read(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Field(_) | ExprKind::Variable(..))
}
