//! `--format jsonl`: each finding as one line of JSON, in the form it has in the JSON report.

use super::{Report, json};

/// All findings.
pub fn render(report: &Report<'_>) -> String {
    let lines = json::findings(report).filter_map(|finding| serde_json::to_string(&finding).ok());
    lines.map(|line| line + "\n").collect()
}
