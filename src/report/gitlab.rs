//! `--format gitlab`: a Code Quality report.

use serde::Serialize;

use super::Report;
use crate::diagnostic::Severity;

#[derive(Serialize)]
struct Issue<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// All findings.
pub fn render(report: &Report<'_>) -> String {
    let issues = report.findings.iter().zip(report.fingerprints()).filter_map(|(finding, fingerprint)| {
        let at = report.place(finding.span)?;
        Some(Issue {
            description: &finding.message,
            check_name: finding.rule,
            fingerprint,
            severity: match finding.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Info => "info",
            },
            location: Location { path: at.path, lines: Lines { begin: at.start.0, end: at.end.0 } },
        })
    });
    super::pretty(&issues.collect::<Vec<_>>())
}
