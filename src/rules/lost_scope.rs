//! See `lost_scope.md`.

use super::prelude::*;
use super::support::failures::lost_key;
use crate::diagnostic::Safety;
use crate::template::ast::BranchKind;
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
