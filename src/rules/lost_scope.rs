//! See `lost_scope.md`.

use super::prelude::*;
use super::support::failures::lost_key;
use crate::diagnostic::Safety;
use crate::model::values;
use crate::template::ast::{BranchKind, Command, Expr, ExprKind, Pipeline, Segment, Visitor, visit_nodes};
use crate::template::dots::Dot;
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "lost-scope",
    summary: "`.Values` and its like, read where the dot is something else",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("lost_scope.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    sink.apart(|sink| check_reached(chart, sink));
    sink.each(chart.own_templates(), |file, sink| check_members(chart, file, sink));
}

/// What the root context of a chart has.
const MEMBERS: [&str; 7] = ["Values", "Chart", "Release", "Files", "Capabilities", "Template", "Subcharts"];

/// Fields of the root context that it does not have, and that nobody gives it.
fn check_members(chart: &Chart, file: &File, sink: &mut Sink) {
    let syntax = file.syntax();
    // Partial files print nothing.
    if !syntax.faults.is_empty() || file.source.path.file_name().is_none_or(|name| name.starts_with('_')) {
        return;
    }
    let mut fields = Fields::default();
    visit_nodes(&syntax.nodes, &mut fields);
    for (expr, first) in fields.0 {
        let is_root =
            matches!(&expr.kind, ExprKind::Variable(..)) || matches!(syntax.dot_at(expr.range.start).0, Dot::Root);
        let at = Span { file: syntax.file, range: first.range };
        if !is_root || is_reached(chart, at) || changes_root(chart) {
            continue;
        }
        let name = &first.name;
        let report = sink
            .report(&at, format!("the root context of a chart has no `{name}`, so there is nothing here"))
            .severity(Severity::Warning)
            .why(format!(
                "Outside of `range` and `with` the dot is the root context. It has {} alone.",
                listed(MEMBERS)
            ));
        match values::own(chart).and_then(|root| root.key(name)) {
            Some(_) => report.help(format!("Write `.Values.{name}`.")).replace(
                format!("Replace by `Values.{name}`"),
                Safety::Unsafe,
                format!("Values.{name}"),
            ),
            None if name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') => report.help(
                format!("If KubeBlocks is to render it, Helm has to print it: `{{{{ \"{{{{ .{name} }}}}\" }}}}`."),
            ),
            None => report.nearest(name, MEMBERS),
        };
    }
}

/// Fields of the dot or of `$` that no root context has.
#[derive(Default)]
struct Fields<'s>(Vec<(&'s Expr, &'s Segment)>);

impl<'s> Visitor<'s> for Fields<'s> {
    fn expr(&mut self, expr: &'s Expr) {
        let first = match &expr.kind {
            ExprKind::Field(segments) => segments.first(),
            ExprKind::Variable(name, segments) if name == "$" => segments.first(),
            _ => None,
        };
        self.0.extend(first.filter(|first| !MEMBERS.contains(&first.name.as_str())).map(|first| (expr, first)));
    }
}

/// The rendering stopped there.
fn is_reached(chart: &Chart, at: Span) -> bool {
    let mut faults = chart.rendering().into_iter().flat_map(|render| &render.faults).map(|fault| fault.fault.span);
    faults.any(|span| span.file == at.file && span.range.touches(at.range.start))
}

/// Some template gives a map more fields that may be the root context.
fn changes_root(chart: &Chart) -> bool {
    chart.all_templates().iter().any(|(_, file)| {
        let mut changes = Changes(false);
        file.syntax().visit(&mut changes);
        changes.0
    })
}

struct Changes(bool);

impl<'s> Visitor<'s> for Changes {
    fn pipeline(&mut self, pipeline: &'s Pipeline) {
        const CHANGING: [&str; 5] = ["set", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite"];
        let whole = |expr: &Expr| match &expr.kind {
            ExprKind::Dot => true,
            ExprKind::Variable(_, segments) => segments.is_empty(),
            _ => false,
        };
        let changes = |command: &Command| {
            let [function, arguments @ ..] = &*command.operands else { return false };
            let changing = matches!(&function.kind, ExprKind::Function(name) if CHANGING.contains(&&**name));
            changing && (arguments.first().is_none_or(whole) || pipeline.commands.len() > 1)
        };
        self.0 |= pipeline.commands.iter().any(changes);
    }
}

/// What stopped the rendering.
fn check_reached(chart: &Chart, sink: &mut Sink) {
    let faults = chart.rendering().into_iter().flat_map(|render| &render.faults);
    for template in faults {
        let Some(key) = lost_key(chart, template) else { continue };
        let fault = &template.fault;
        let Some(syntax) = chart.files.get(&fault.span.file).map(|file| file.syntax()) else { continue };
        let at = chart.within(fault.span, key).unwrap_or(fault.span);
        let why = format!("Only the root context of a chart has `{key}`, so Helm stops here.");
        let (dot, outer) = syntax.dot_at(fault.span.range.start);
        // What calls the helper gives it its dot, and `$` too.
        if let (Dot::Caller(define), Some((call, _))) = (dot, template.place().calls.first()) {
            let name = &define.name.text;
            let message = format!("`{name}` reads `{key}`, which what it is given here does not have");
            let around = chart.files.get(&call.file).map(|file| file.syntax().dot_at(call.range.start));
            let inside = match around {
                Some((Dot::Arm(kind, arm), Dot::Root)) => {
                    let head = chart.words(Span { file: call.file, range: arm.head });
                    format!("Inside `{head}` the dot is {}: give the helper `$`.", dot_is(kind))
                }
                _ => "Give the helper the root context, or a `dict` that has it.".to_owned(),
            };
            sink.report(call, message).why(why).help(inside).related(&at, "it is read here");
            continue;
        }
        let Dot::Arm(kind, arm) = dot else { continue };
        let head = chart.words(Span { file: fault.span.file, range: arm.head });
        let report = sink
            .report(&template.place_of(at), format!("inside `{head}` the dot is {}: it has no `{key}`", dot_is(kind)))
            .why(why)
            .help(format!("`${key}` is the chart's, wherever it stands."));
        if matches!(outer, Dot::Root) {
            report.replace(format!("Replace by `${key}`"), Safety::Safe, format!("${key}"));
        }
    }
}

fn dot_is(kind: BranchKind) -> &'static str {
    if kind == BranchKind::Range { "an item" } else { "the value that was asked for" }
}
