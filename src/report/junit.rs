//! `--format junit`: each finding is a failed test; hints are passed ones with words.

use std::collections::BTreeMap;

use super::xml::escape;
use super::{Report, word};
use crate::diagnostic::Severity;

/// All findings, a suite for each file; without any, one test that passed.
pub fn render(report: &Report<'_>) -> String {
    let mut suites: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for finding in report.findings {
        let Some(at) = report.place(finding.span) else { continue };
        let (line, column) = at.start;
        let (failures, cases) = suites.entry(at.path.clone()).or_default();
        let parts = [Some(&finding.message), finding.why.as_ref(), finding.help.as_ref()];
        let words: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        let place = format!("{}:{line}:{column}", at.path);
        let told = format!("{place}: {}", words.join("\n"));
        let fails = finding.severity > Severity::Info && finding.allowed.is_none();
        *failures += usize::from(fails);
        let outcome = if fails {
            format!(
                "<failure type=\"{}\" message=\"{}\">{}</failure>",
                word(finding.severity),
                escape(&finding.message),
                escape(&told)
            )
        } else {
            format!("<system-out>{}</system-out>", escape(&told))
        };
        cases.push(format!(
            "    <testcase classname=\"{}\" name=\"{} at {line}:{column}\">{outcome}</testcase>\n",
            escape(&at.path),
            escape(finding.rule)
        ));
    }
    if suites.is_empty() {
        let case = "    <testcase classname=\"kubeblocks-ls\" name=\"no findings\"/>\n".to_owned();
        suites.insert("kubeblocks-ls".into(), (0, vec![case]));
    }
    let count = |of: fn(&(usize, Vec<String>)) -> usize| suites.values().map(of).sum::<usize>();
    let (tests, failures) = (count(|suite| suite.1.len()), count(|suite| suite.0));
    let bodies = suites.iter().map(|(path, (failures, cases))| {
        format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" time=\"0\">\n{}  \
             </testsuite>\n",
            escape(path),
            cases.len(),
            cases.concat()
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kubeblocks-ls\" tests=\"{tests}\" \
         failures=\"{failures}\" errors=\"0\" time=\"0\">\n{}</testsuites>\n",
        bodies.collect::<String>()
    )
}
