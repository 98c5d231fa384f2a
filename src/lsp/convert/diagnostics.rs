//! Findings in the protocol's words, told or asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use camino::{Utf8Path, Utf8PathBuf};
use tower_lsp::ls_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentDiagnosticReport, DocumentDiagnosticReportKind, FullDocumentDiagnosticReport, NumberOrString,
    PreviousResultId, RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport, Uri, WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use super::{Snapshot, path};
use crate::diagnostic::{self, Severity};
use crate::rules::{self, News};
use crate::vfs::Source;
use crate::world::Spoken;

/// Who speaks, in the editor's list of problems.
pub(in crate::lsp) const SOURCE: &str = "kubeblocks";
/// More findings of one file than this are counted, not listed.
const MAX_FINDINGS: usize = 200;
/// More places that belong to one finding than this are left out.
const MAX_RELATED: usize = 20;

/// What there is to tell of a world.
pub(in crate::lsp) struct Analysis {
    /// By file.
    pub(in crate::lsp) findings: BTreeMap<Utf8PathBuf, Vec<Diagnostic>>,
    /// No other file has any. (Else the others have those that they had.)
    pub(in crate::lsp) all: bool,
    /// For the next one.
    pub(in crate::lsp) spoken: Spoken,
}

impl Snapshot {
    /// What is news to a client that knows what is `spoken` in a former world, and asks for some files in any case.
    /// `None` where nobody wants to know any more.
    pub(in crate::lsp) fn analysis(
        &self,
        spoken: Option<&Spoken>,
        asked: &BTreeSet<Utf8PathBuf>,
        wanted: &(dyn Fn(usize, usize) -> bool + Sync),
    ) -> Option<Analysis> {
        let News { files, steps, all } = rules::news_while(&self.world, spoken, wanted)?;
        let mut findings = BTreeMap::new();
        for source in files.into_iter().filter_map(|file| self.world.source(file)) {
            if !wanted(steps, steps) {
                return None;
            }
            findings.insert(source.path.clone(), self.listed(source, &rules::findings_in(&self.world, source.id)));
        }
        for path in asked {
            findings.entry(path.clone()).or_insert_with(|| self.of_file(path));
        }
        Some(Analysis { spoken: self.world.spoken(), findings, all })
    }

    /// All findings, by file.
    fn diagnostics(&self) -> BTreeMap<Utf8PathBuf, Vec<Diagnostic>> {
        let all = self.analysis(None, &BTreeSet::new(), &|_, _| true).map(|analysis| analysis.findings);
        all.into_iter().flatten().filter(|(_, findings)| !findings.is_empty()).collect()
    }

    /// Of the documents that are open, the findings of those that are news, or asked for in any case.
    pub(in crate::lsp) fn of_open_files(
        &self,
        spoken: Option<&Spoken>,
        asked: &BTreeSet<Utf8PathBuf>,
    ) -> BTreeMap<Utf8PathBuf, Vec<Diagnostic>> {
        let of = |path: &Utf8PathBuf| Some(self.world.file(path)?.source.id);
        let news = spoken.map(|spoken| rules::news_among(&self.world, spoken, self.open.keys().filter_map(of)));
        let is_wanted = |path: &&Utf8PathBuf| {
            asked.contains(*path) || news.as_ref().is_none_or(|news| of(path).is_some_and(|file| news.contains(&file)))
        };
        self.open.keys().filter(is_wanted).map(|path| (path.clone(), self.of_file(path))).collect()
    }

    /// The findings of one file.
    fn of_file(&self, path: &Utf8Path) -> Vec<Diagnostic> {
        let Some(file) = self.world.file(path) else { return Vec::new() };
        let found = rules::findings_in(&self.world, file.source.id);
        self.listed(&file.source, &found)
    }

    fn listed(&self, source: &Source, found: &[diagnostic::Diagnostic]) -> Vec<Diagnostic> {
        let shown = found.iter().take(MAX_FINDINGS).map(|finding| self.diagnostic(source, finding));
        let more = found.len().saturating_sub(MAX_FINDINGS);
        let more = (more > 0).then(|| Diagnostic {
            severity: Some(DiagnosticSeverity::INFORMATION),
            source: Some(SOURCE.into()),
            message: format!("{more} more findings in this file are not shown"),
            ..Diagnostic::default()
        });
        shown.chain(more).collect()
    }

    /// The answer to a client that asks for the findings of one document; it has those named `previous`.
    pub(in crate::lsp) fn report(&self, document: &Uri, previous: Option<&str>) -> DocumentDiagnosticReport {
        let asked = path(document);
        let items = asked.as_deref().map(|path| self.of_file(path)).unwrap_or_default();
        let related_documents = asked.filter(|_| self.client.related_documents).map(|path| self.beside(&path));
        let result_id = name(&items);
        if previous == Some(&*result_id) {
            return RelatedUnchangedDocumentDiagnosticReport {
                related_documents,
                unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
            }
            .into();
        }
        RelatedFullDocumentDiagnosticReport {
            related_documents,
            full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(result_id), items },
        }
        .into()
    }

    /// The findings of the other open documents of the same charts.
    fn beside(&self, path: &Utf8Path) -> HashMap<Uri, DocumentDiagnosticReportKind> {
        let Some(file) = self.world.file(path).map(|file| file.source.id) else { return HashMap::new() };
        let charts = self.world.charts_of(file);
        let others = self.open.iter().filter(|(other, _)| {
            let held = |chart: &&std::sync::Arc<crate::world::Chart>| chart.file(other).is_some();
            *other != path && charts.iter().any(held)
        });
        let report = |(other, open): (&Utf8PathBuf, &super::Opened)| {
            let items = self.of_file(other);
            (open.uri.clone(), FullDocumentDiagnosticReport { result_id: Some(name(&items)), items }.into())
        };
        others.map(report).collect()
    }

    /// The answer to a client that asks for all findings.
    pub(in crate::lsp) fn reports(&self, previous: &[PreviousResultId]) -> Vec<WorkspaceDocumentDiagnosticReport> {
        let mut found = self.diagnostics();
        // What had findings may have none now.
        for known in previous {
            found.extend(path(&known.uri).filter(|path| !found.contains_key(path)).map(|path| (path, Vec::new())));
        }
        let reports = found.into_iter().filter_map(|(file, items)| {
            let uri = self.uri(&file)?;
            let version = self.open.get(&file).map(|open| i64::from(open.version));
            let result_id = name(&items);
            let same = |known: &PreviousResultId| known.value == result_id && path(&known.uri).as_ref() == Some(&file);
            Some(if previous.iter().any(same) {
                let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id };
                WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report,
                })
            } else {
                let full_document_diagnostic_report =
                    FullDocumentDiagnosticReport { result_id: Some(result_id), items };
                WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                    uri,
                    version,
                    full_document_diagnostic_report,
                })
            })
        });
        reports.collect()
    }

    pub(in crate::lsp) fn diagnostic(&self, source: &Source, finding: &diagnostic::Diagnostic) -> Diagnostic {
        let related = finding.related.iter().take(MAX_RELATED).filter_map(|related| {
            Some(DiagnosticRelatedInformation {
                location: self.location(related.span)?,
                message: related.message.clone(),
            })
        });
        let related: Vec<_> = if self.client.related { related.collect() } else { Vec::new() };
        let page = if self.client.code_description { page(env!("CARGO_PKG_REPOSITORY"), finding.rule) } else { None };
        Diagnostic {
            range: self.range(source, finding.span.range),
            severity: Some(match finding.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Info => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(finding.rule.into())),
            code_description: page.map(|href| CodeDescription { href }),
            source: Some(SOURCE.into()),
            message: words(finding),
            related_information: (!related.is_empty()).then_some(related),
            tags: (finding.unnecessary && self.client.unnecessary).then(|| vec![DiagnosticTag::UNNECESSARY]),
            data: None,
        }
    }
}

/// The name of a list of findings.
fn name(findings: &[Diagnostic]) -> String {
    format!("{:x}", hash(findings))
}

/// Equal lists of findings have equal hashes.
pub(in crate::lsp) fn hash(findings: &[Diagnostic]) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(findings).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

/// A finding's words: what, then each on its own line where it holds, why, and what to do.
fn words(finding: &diagnostic::Diagnostic) -> String {
    let mut lines = vec![finding.message.clone()];
    if !finding.values.is_empty() {
        lines.push(format!("with {}", finding.values.join(", ")));
    }
    if !finding.releases.is_empty() {
        lines.push(format!("in KubeBlocks {}", finding.releases.join(", ")));
    }
    lines.extend(finding.why.iter().map(|why| format!("why: {why}")));
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    lines.join("\n")
}

/// The address of a rule's page; `None` where the project has no address.
pub(in crate::lsp) fn page(repository: &str, rule: &str) -> Option<Uri> {
    if repository.is_empty() || crate::rules::find(rule).is_none() {
        return None;
    }
    format!("{}/blob/main/src/rules/{}.md", repository.trim_end_matches('/'), rule.replace('-', "_")).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    #[test]
    fn pages() {
        let address = |repository, rule| page(repository, rule).map(|uri| uri.as_str().to_owned());
        let expected = Some("https://example.org/x/blob/main/src/rules/unknown_volume.md".to_owned());
        assert_eq!(address("https://example.org/x/", "unknown-volume"), expected);
        assert_eq!(address("https://example.org/x", "no-such-rule"), None);
        assert_eq!(address("", "unknown-volume"), None);
    }

    #[test]
    fn all_words_of_a_finding() {
        let mut finding = diagnostic::Diagnostic::new(
            "a-rule",
            Severity::Info,
            "what".into(),
            Span::new(crate::text::FileId(0), 0, 0),
        );
        assert_eq!(words(&finding), "what");
        finding.help = Some("do".into());
        finding.why = Some("because".into());
        finding.releases = vec!["0.8".into(), "0.9".into()];
        assert_eq!(words(&finding), "what\nin KubeBlocks 0.8, 0.9\nwhy: because\nhelp: do");
    }
}
