//! A baseline: the findings that were there already, by names that survive moves.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Report;

/// The file that `--write-baseline` writes.
#[derive(Serialize, Deserialize, Default)]
pub struct Baseline {
    version: u32,
    findings: Vec<Known>,
}

/// A finding that was there. Only the fingerprint counts; the rest is for people.
#[derive(Serialize, Deserialize)]
struct Known {
    rule: String,
    path: String,
    message: String,
    fingerprint: String,
}

const VERSION: u32 = 1;

/// The present findings as a baseline.
pub fn render(report: &Report<'_>) -> String {
    let findings = report.findings.iter().zip(report.fingerprints()).filter_map(|(finding, fingerprint)| {
        let (rule, message) = (finding.rule.to_owned(), finding.message.clone());
        Some(Known { rule, path: report.place(finding.span)?.path, message, fingerprint })
    });
    super::pretty(&Baseline { version: VERSION, findings: findings.collect() })
}

impl Baseline {
    /// # Errors
    /// What is wrong with the file.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let read: Self = serde_json::from_slice(text).map_err(|error| format!("it is no baseline: {error}"))?;
        match read.version {
            VERSION => Ok(read),
            other => Err(format!("it is a baseline of version {other}, and this program knows {VERSION}")),
        }
    }

    /// For each finding whether it is new; and what of the baseline is no longer found.
    pub fn compare(&self, report: &Report<'_>) -> (Vec<bool>, Vec<String>) {
        let known: BTreeSet<&str> = self.findings.iter().map(|known| known.fingerprint.as_str()).collect();
        let present = report.fingerprints();
        let new = present.iter().map(|name| !known.contains(name.as_str())).collect();
        let present: BTreeSet<&str> = present.iter().map(String::as_str).collect();
        let gone = self.findings.iter().filter(|known| !present.contains(known.fingerprint.as_str()));
        (new, gone.map(|known| format!("{}: {}: {}", known.path, known.rule, known.message)).collect())
    }
}
