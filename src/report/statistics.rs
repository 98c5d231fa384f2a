//! `--statistics`: how often each rule speaks.

use std::collections::BTreeMap;

use super::{Report, word};

/// The most frequent rule first; what is allowed does not count.
pub fn render(report: &Report<'_>) -> String {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.allowed.is_none()) {
        *counts.entry((finding.rule, word(finding.severity))).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let lines = counts.iter().map(|((rule, severity), count)| format!("{count:5}  {severity:7}  {rule}\n"));
    lines.collect()
}
