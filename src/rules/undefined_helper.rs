//! See `undefined_helper.md`.

use super::missing_dependency::missing_dependencies;
use super::prelude::*;
use crate::template::eval::FaultKind;

pub(super) static RULE: Rule = Rule {
    name: "undefined-helper",
    summary: "an `include` of a name that nothing defines",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("undefined_helper.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    // Who knows what a dependency that is not there would define.
    if !missing_dependencies(chart).is_empty() {
        return;
    }
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
