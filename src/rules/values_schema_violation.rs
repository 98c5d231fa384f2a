//! See `values_schema_violation.md`.

use super::prelude::*;
use crate::helm::render::RefusalKind;

pub(super) static RULE: Rule = Rule {
    name: "values-schema-violation",
    summary: "values that values.schema.json does not admit",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("values_schema_violation.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    let refused = chart.rendering().and_then(|render| render.refused.as_ref());
    let Some(refused) = refused.filter(|refused| refused.kind == RefusalKind::Schema) else { return };
    let faults: Vec<&str> = refused.message.lines().filter_map(|line| line.strip_prefix("- ")).collect();
    let Some(first) = faults.first() else { return };
    // A value that is not there has no place of its own.
    let top = chart.plain().iter().rev().find_map(Document::root).map(Node::heading);
    let Some(place) = refused.span.and_then(|span| span.place()).or_else(|| top.and_then(|top| top.place())) else {
        return;
    };
    let more = if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() };
    let report = sink
        .report(&place, format!("values.schema.json does not admit these values: {first}{more}"))
        .why(format!("Helm refuses the chart before it looks at any template. Helm says: {}", faults.join("; ")))
        .help("Mend the values, or let the schema admit them.");
    // A chart may ask its user for a value.
    if faults.iter().all(|fault| fault.ends_with(" is required")) {
        report.severity(Severity::Warning);
    }
}
