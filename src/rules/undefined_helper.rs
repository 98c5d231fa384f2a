//! See `undefined_helper.md`.

use super::prelude::*;
use super::support::failures::missing_dependencies;
use crate::helm::chart::Package;
use crate::template::ast::{Command, Expr, ExprKind, Node as Part, Visitor};
use crate::template::eval::FaultKind;
use crate::text::{Span, TextRange};

pub(super) static RULE: Rule = Rule {
    name: "undefined-helper",
    summary: "an `include` of a name that nothing defines",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("undefined_helper.md"),
    check: Check::Chart(check),
};

/// Names of helpers that are written out, with their places.
#[derive(Default)]
struct Includes<'s>(Vec<(&'s str, TextRange)>);

impl<'s> Visitor<'s> for Includes<'s> {
    fn node(&mut self, node: &'s Part) {
        if let Part::Template(call) = node {
            self.0.push((&call.name.text, call.name.range));
        }
    }

    fn command(&mut self, command: &'s Command) {
        let [called, name, _] = &command.operands[..] else { return };
        if matches!(&called.kind, ExprKind::Function(function) if function == "include") {
            let inside = |name: &Expr| TextRange { start: name.range.start + 1, end: name.range.end.saturating_sub(1) };
            self.0.extend(name.as_string().map(|text| (text, inside(name))));
        }
    }
}

fn check(chart: &Chart, sink: &mut Sink) {
    // Who knows what a dependency that is not there would define.
    if !missing_dependencies(chart).is_empty() {
        return;
    }
    sink.apart(|sink| check_reached(chart, sink));
    // A library may count on what the charts that it is for define.
    if chart.is_library() || !chart.package().is_some_and(|package| package.is_whole() && !Package::is_unread(package))
    {
        return;
    }
    sink.each(chart.own_templates(), |file, sink| {
        let mut includes = Includes::default();
        file.syntax().visit(&mut includes);
        for (name, range) in includes.0 {
            let at = Span { file: file.source.id, range };
            if chart.define(name).is_none() && !is_told(chart, at) {
                sink.report(&at, format!("no helper is named `{name}`"))
                    .severity(Severity::Warning)
                    .why("The values as they are do not lead here. Where others do, Helm stops.")
                    .nearest(name, chart.defines());
            }
        }
    });
}

/// Rendering came there.
fn is_told(chart: &Chart, at: Span) -> bool {
    let faults = chart.rendering().into_iter().flat_map(|render| &render.faults).map(|template| &template.fault);
    let mut undefined = faults.filter(|fault| fault.kind == FaultKind::UndefinedTemplate);
    undefined.any(|fault| fault.span.file == at.file && fault.span.range.touches(at.range.start))
}

fn check_reached(chart: &Chart, sink: &mut Sink) {
    if let Some(render) = chart.rendering() {
        for template in &render.faults {
            let fault = &template.fault;
            if fault.kind != FaultKind::UndefinedTemplate {
                continue;
            }
            let Some(name) = fault.message.rsplit('"').nth(1) else { continue };
            // Only the name itself can be replaced by another.
            let span = chart.within(fault.span, name).unwrap_or(fault.span);
            sink.report(&template.place_of(span), format!("no helper is named `{name}`"))
                .why(format!(
                    "Neither this chart nor a chart it depends on has `{{{{ define \"{name}\" }}}}`, so Helm stops here \
                     and nothing of the chart is installed."
                ))
                .nearest(name, chart.defines());
        }
    }
}
