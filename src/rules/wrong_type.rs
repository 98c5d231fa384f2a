//! See `wrong_type.md`.

use super::prelude::*;
use super::support::words::{field, shown};
use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::admission::{Verdict, verdicts};
use crate::model::admit::{Expected, Said, What, said};
use crate::schema::Type;
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "wrong-type",
    summary: "a value of another type than the field has",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("wrong_type.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    for verdict in verdicts(chart, document, |what| matches!(what, What::Type { .. })) {
        report(chart, &verdict, sink);
    }
}

fn report(chart: &Chart, verdict: &Verdict, sink: &mut Sink) {
    let What::Type { expected } = verdict.what else { return };
    let node = verdict.at;
    let wanted = match expected {
        Expected::IntOrString => "a whole number or a string",
        Expected::Of(Type::Object) => "a mapping",
        Expected::Of(Type::Array) => "a list",
        Expected::Of(Type::String) => "a string",
        Expected::Of(Type::Integer) => "a whole number",
        Expected::Of(Type::Number) => "a number",
        Expected::Of(Type::Boolean) => "`true` or `false`",
    };
    let text = node.text().unwrap_or_default();
    let said = said(node);
    let found = match said {
        Said::Null => "nothing".to_owned(),
        Said::Map => "a mapping".to_owned(),
        Said::List => "a list".to_owned(),
        Said::Bool(_) => format!("the boolean `{}`", shown(text)),
        Said::Int(_) | Said::Float(_) => format!("the number `{}`", shown(text)),
        Said::Str(_) if node.is_quoted() => format!("the string \"{}\"", shown(text)),
        Said::Str(_) | Said::Unknown => format!("the string `{}`", shown(text)),
    };
    let field = field(node);
    let scalar = matches!(said, Said::Bool(_) | Said::Int(_) | Said::Float(_) | Said::Str(_));
    let at = if scalar { node } else { node.heading() };
    let report = sink
        .report(&at, format!("{field} must be {wanted}, and {found} stands there{}", verdict.suffix()))
        .severity(verdict.severity(Severity::Error))
        .why("The API server refuses the object.")
        .releases(verdict.names());
    match (expected, &said) {
        (Expected::Of(Type::String), Said::Bool(_) | Said::Int(_) | Said::Float(_)) => {
            let quoted = format!("\"{text}\"");
            let report = report
                .why(format!(
                    "Without quotes `{}` is {} in YAML 1.1, which Helm and the API server read. The API server refuses \
                     the object.",
                    shown(text),
                    if matches!(said, Said::Bool(_)) { "a boolean" } else { "a number" }
                ))
                .help(format!("Quote it: `{quoted}`; in a template `| quote`."))
                .replace("Quote it", Safety::Safe, quoted);
            report.fix(quoted_action(chart, node));
        }
        (Expected::Of(Type::Integer | Type::Number | Type::Boolean), Said::Str(text)) if node.is_quoted() => {
            let plain = crate::yaml::typing::plain(text);
            let fits = match expected {
                Expected::Of(Type::Boolean) => matches!(plain, crate::yaml::typing::Meaning::Bool(_)),
                _ => matches!(plain, crate::yaml::typing::Meaning::Int(_)),
            };
            if fits {
                report.help("Remove the quotes; in a template `quote` or `toString`.").replace(
                    "Remove the quotes",
                    Safety::Safe,
                    *text,
                );
            }
        }
        _ => {}
    }
}

/// Quotes what an action prints that stands alone behind its key, and the value where the number is not the text that
/// stands there.
fn quoted_action(chart: &Chart, node: Node) -> Option<Fix> {
    let place = node.place().filter(|place| !place.verbatim && place.calls.is_empty())?;
    let action = chart.words(place.span);
    let inside = action.strip_prefix("{{")?.strip_suffix("}}").filter(|inside| !inside.contains("{{"))?;
    let source = chart.files.get(&place.span.file)?.text();
    let line_end = source[place.span.range.end as usize..].lines().next().unwrap_or_default();
    let before = source[..place.span.range.start as usize].trim_end_matches(' ');
    if !line_end.trim().is_empty() || !before.ends_with([':', '-']) {
        return None;
    }
    let end = place.span.range.start as usize + 2 + inside.trim_end_matches('-').trim_end().len();
    let mut edits = vec![Edit { span: Span::new(place.span.file, end, end), text: " | quote".to_owned() }];
    let value = place.value.filter(|value| Some(chart.words(*value)) != node.text());
    if let Some(value) = value {
        edits.push(Edit { span: value, text: format!("\"{}\"", chart.words(value)) });
    }
    let safety = if value.is_none() { Safety::Safe } else { Safety::Unsafe };
    Some(Fix { title: "Quote what is printed".to_owned(), safety, edits })
}
