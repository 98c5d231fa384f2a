//! `--format rdjson`: the Reviewdog Diagnostic Format.

use serde_json::{Value, json};

use super::{Report, url};
use crate::diagnostic::Severity;
use crate::text::{Encoding, Span};

/// All findings.
pub fn render(report: &Report<'_>) -> String {
    let diagnostics = report.findings.iter().filter_map(|finding| {
        let parts = [Some(&finding.message), finding.why.as_ref(), finding.help.as_ref()];
        let words: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        let own = finding.fixes.iter().filter_map(|fix| match fix.edits.as_slice() {
            // A suggestion is one edit of the file the finding is in.
            [edit] if edit.span.file == finding.span.file => {
                Some(json!({"range": range(report, edit.span)?, "text": edit.text}))
            }
            _ => None,
        });
        let related = finding.related.iter().filter_map(|related| {
            Some(json!({"message": related.message, "location": location(report, related.span)?}))
        });
        Some(json!({
            "message": words.join("\n"),
            "location": location(report, finding.span)?,
            "severity": severity(finding.severity),
            "code": {"value": finding.rule, "url": url(finding.rule)},
            "suggestions": own.collect::<Vec<_>>(),
            "relatedLocations": related.collect::<Vec<_>>(),
        }))
    });
    super::pretty(&json!({
        "source": {"name": "kubeblocks-ls", "url": env!("CARGO_PKG_REPOSITORY")},
        "diagnostics": diagnostics.collect::<Vec<_>>(),
    }))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    }
}

fn location(report: &Report<'_>, span: Span) -> Option<Value> {
    Some(json!({"path": report.place(span)?.path, "range": range(report, span)?}))
}

/// Columns are bytes here.
fn range(report: &Report<'_>, span: Span) -> Option<Value> {
    let at = report.place_in(span, Encoding::Utf8)?;
    let position = |(line, column)| json!({"line": line, "column": column});
    Some(json!({"start": position(at.start), "end": position(at.end)}))
}
