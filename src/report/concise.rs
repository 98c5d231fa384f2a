//! `--format concise`: one line for each finding, as compilers write it.

use super::{Report, word};

/// All findings.
pub fn render(report: &Report<'_>) -> String {
    let lines = report.findings.iter().filter_map(|finding| {
        let at = report.place(finding.span)?;
        let (line, column) = at.start;
        let severity = word(finding.severity);
        Some(format!("{}:{line}:{column}: {severity}[{}] {}\n", at.path, finding.rule, finding.message))
    });
    lines.collect()
}
