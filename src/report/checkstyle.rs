//! `--format checkstyle`: Checkstyle's XML.

use std::collections::BTreeMap;

use super::xml::escape;
use super::{Report, word};

/// All findings, by file.
pub fn render(report: &Report<'_>) -> String {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in report.findings {
        if let Some(at) = report.place(finding.span) {
            files.entry(at.path).or_default().push(format!(
                "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"kubeblocks-ls.{}\"/>\n",
                at.start.0,
                at.start.1,
                word(finding.severity),
                escape(&finding.message),
                finding.rule
            ));
        }
    }
    let files = files
        .iter()
        .map(|(path, errors)| format!("  <file name=\"{}\">\n{}  </file>\n", escape(path), errors.concat()));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"10.0\">\n{}</checkstyle>\n",
        files.collect::<String>()
    )
}
