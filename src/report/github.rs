//! `--format github`: workflow commands, which GitHub shows as annotations.

use super::Report;
use crate::diagnostic::Severity;

/// All findings.
pub fn render(report: &Report<'_>) -> String {
    let lines = report.findings.iter().filter_map(|finding| {
        let at = report.place(finding.span)?;
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut properties = format!("file={},line={}", property(&at.path), at.start.0);
        // GitHub takes columns on one line only.
        if at.end.0 == at.start.0 {
            properties.push_str(&format!(",col={},endColumn={}", at.start.1, at.end.1));
        } else {
            properties.push_str(&format!(",endLine={}", at.end.0));
        }
        let parts = [Some(&finding.message), finding.why.as_ref(), finding.help.as_ref()];
        let words: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        Some(format!("::{command} {properties},title={}::{}\n", property(finding.rule), data(&words.join("\n"))))
    });
    lines.collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
