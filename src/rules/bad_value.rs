//! See `bad_value.md`.

use super::prelude::*;
use super::support::words::{field, shown};
use crate::diagnostic::{Report, Safety, nearest};
use crate::model::admission::{Verdict, is_value, verdicts};
use crate::model::admit::What;
use crate::model::operator;
use crate::model::words::words;
use crate::schema::formats;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "bad-value",
    summary: "a value that the field may not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("bad_value.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    let told = verdicts(chart, document, |what| is_value(what) || matches!(what, What::Type { .. }));
    for verdict in &told {
        report(verdict, sink);
    }
    for word in words(document) {
        let text = word.node.text().unwrap_or_default();
        if !word.node.is_placeholder() && !told.iter().any(|verdict| verdict.at == word.node) {
            let message = format!("`{}` is no value of {}", shown(text), field(word.node));
            offer(sink.report(&word.node, message).why(word.why), text, word.allowed);
        }
    }
    for refused in operator::refused(document) {
        let (node, text) = (refused.node, refused.node.text().unwrap_or_default());
        // What the schema refuses has been told.
        if told.iter().any(|verdict| verdict.at == node) {
            continue;
        }
        let severity = if refused.mild { Severity::Warning } else { Severity::Error };
        let is_key = node.parent().is_some_and(|parent| parent.entries().any(|(key, _)| key == node));
        let field = if is_key { "a key".to_owned() } else { field(node) };
        sink.report(&node, format!("`{}` cannot be {field}: {}", shown(text), refused.reason))
            .severity(severity)
            .why(refused.why);
    }
}

fn report(verdict: &Verdict, sink: &mut Sink) {
    let node = verdict.at;
    // The name of a release is not ours to judge.
    if node.names_release() {
        return;
    }
    let text = node.text().unwrap_or_default();
    let (value, field) = (shown(text), field(node));
    let message = match verdict.what {
        What::Allowed(_) => format!("`{value}` is no value of {field}"),
        What::Pattern(pattern) => match reason(pattern, text) {
            Some(reason) => format!("`{value}` cannot be {field}: {reason}"),
            None => format!("`{value}` cannot be {field}: it does not match `{pattern}`"),
        },
        What::Format(reason) => format!("`{value}` cannot be {field}: {reason}"),
        What::TooLong { length, limit } => {
            format!("`{value}` is too long for {field}: {length} characters, and at most {limit} are allowed")
        }
        What::TooShort { limit: 1, .. } => format!("{field} may not be empty"),
        What::TooShort { length, limit } => {
            format!("`{value}` is too short for {field}: {length} characters, and at least {limit} are wanted")
        }
        What::TooSmall { limit, exclusive } => {
            let than = if *exclusive { "more than" } else { "at least" };
            format!("{field} must be {than} {limit}, not `{value}`")
        }
        What::TooLarge { limit, exclusive } => {
            let than = if *exclusive { "less than" } else { "at most" };
            format!("{field} must be {than} {limit}, not `{value}`")
        }
        What::NoMultiple(factor) => format!("{field} must be a multiple of {factor}, not `{value}`"),
        What::TooMany { count, limit } => format!("{field} has {count} entries, and at most {limit} are allowed"),
        What::TooFew { count: 0, .. } => format!("{field} may not be empty"),
        What::TooFew { count, limit } => format!("{field} has {count} entries, and at least {limit} are wanted"),
        What::Form => format!("{field} has none, or more than one, of the forms it may have"),
        What::Unknown
        | What::Slip
        | What::Type { .. }
        | What::Missing { .. }
        | What::Duplicate { .. }
        | What::Rule(_) => return,
    };
    let at = if node.text().is_some() { node } else { node.heading() };
    let report = sink
        .report(&at, format!("{message}{}", verdict.suffix()))
        .severity(verdict.severity(Severity::Error))
        .why("The API server refuses the object.")
        .releases(verdict.names());
    if let What::Allowed(schema) = verdict.what {
        let schema = world::schemas().at(*schema);
        offer(report, text, &schema.node().allowed.iter().filter_map(|value| value.as_str()).collect::<Vec<_>>());
    }
}

/// The words that a field knows.
fn offer(report: Report, text: &str, allowed: &[&str]) {
    let report = report.help(format!("Allowed are {}.", listed(allowed)));
    let mut same = allowed.iter().filter(|value| value.eq_ignore_ascii_case(text));
    match (same.next(), same.next()) {
        (Some(same), None) => _ = report.replace(format!("Replace by `{same}`"), Safety::Safe, *same),
        _ if nearest(text, allowed.iter().copied()).is_some() => _ = report.nearest(text, allowed.iter().copied()),
        _ => {}
    }
}

/// What a pattern means, where it is one that people should not have to read.
fn reason(pattern: &str, text: &str) -> Option<String> {
    if pattern.contains("numkMGTPE") {
        return formats::quantity(text);
    }
    match pattern {
        r"^[a-z]([a-z0-9\-]*[a-z0-9])?$" => Some(
            "it must consist of small letters, digits and `-`, begin with a letter and not end with `-`".to_owned(),
        ),
        r"^[a-z0-9]([a-z0-9\.\-]*[a-z0-9])?$" => formats::dns_subdomain(text),
        _ => None,
    }
}
