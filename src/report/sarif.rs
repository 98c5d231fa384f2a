//! `--format sarif`: SARIF 2.1.0, as GitHub code scanning reads it.

use serde_json::{Value, json};

use super::{Report, url};
use crate::diagnostic::{Diagnostic, Fix, Safety, Severity};
use crate::rules::{self, RULES, Rule};
use crate::text::{Encoding, Span};

/// Where fingerprints are looked up.
const FINGERPRINT: &str = "kubeblocks-ls/v1";

/// All findings, and all rules with their pages.
pub fn render(report: &Report<'_>) -> String {
    let results = report.findings.iter().zip(report.fingerprints());
    let results = results.filter_map(|(finding, fingerprint)| result(report, finding, &fingerprint));
    super::pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "kubeblocks-ls",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": RULES.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    }))
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rules::why(rule)},
        "help": {"text": rules::why(rule), "markdown": rule.page},
        "helpUri": url(rule.name),
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": ["kubeblocks"], "precision": "very-high", "problem.severity": problem(rule.severity)},
    })
}

fn result(report: &Report<'_>, finding: &Diagnostic, fingerprint: &str) -> Option<Value> {
    let parts = [Some(&finding.message), finding.why.as_ref(), finding.help.as_ref()];
    let words: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    let related = finding.related.iter().enumerate().filter_map(|(id, related)| {
        let mut location = location(report, related.span)?;
        location["id"] = id.into();
        location["message"] = json!({"text": related.message});
        Some(location)
    });
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": {"text": words.join("\n")},
        "locations": [location(report, finding.span)?],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    });
    if let Some(index) = RULES.iter().position(|rule| rule.name == finding.rule) {
        result["ruleIndex"] = index.into();
    }
    let related: Vec<_> = related.collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    let fixes: Vec<_> = finding.fixes.iter().filter_map(|fix| change(report, fix)).collect();
    if !fixes.is_empty() {
        result["fixes"] = fixes.into();
    }
    if let Some(reason) = &finding.allowed {
        result["suppressions"] = json!([{"kind": "inSource", "justification": reason}]);
    }
    Some(result)
}

fn location(report: &Report<'_>, span: Span) -> Option<Value> {
    let path = report.place(span)?.path;
    Some(json!({"physicalLocation": {"artifactLocation": {"uri": uri(&path)}, "region": region(report, span)?}}))
}

fn region(report: &Report<'_>, span: Span) -> Option<Value> {
    let at = report.place_in(span, Encoding::Utf32)?;
    Some(json!({
        "startLine": at.start.0, "startColumn": at.start.1, "endLine": at.end.0, "endColumn": at.end.1,
    }))
}

fn change(report: &Report<'_>, fix: &Fix) -> Option<Value> {
    let changes: Option<Vec<_>> = fix
        .edits
        .iter()
        .map(|edit| {
            let path = report.place(edit.span)?.path;
            let replacement = json!({
                "deletedRegion": region(report, edit.span)?,
                "insertedContent": {"text": edit.text},
            });
            Some(json!({"artifactLocation": {"uri": uri(&path)}, "replacements": [replacement]}))
        })
        .collect();
    let text = match fix.safety {
        Safety::Safe => fix.title.clone(),
        Safety::Unsafe => format!("{} (a guess)", fix.title),
    };
    Some(json!({"description": {"text": text}, "artifactChanges": changes?}))
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    }
}
