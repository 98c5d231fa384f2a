//! The customs house: the protocol's types on one side, ours on the other. Nothing else translates.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tower_lsp::ls_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, DocumentSymbol,
    DocumentSymbolResponse, GotoDefinitionResponse, Hover, HoverContents, Location, LocationLink, MarkupContent,
    MarkupKind, NumberOrString, Position, Range, SymbolInformation, SymbolKind, TextDocumentPositionParams, Uri,
};

use super::capabilities::Client;
use crate::diagnostic::{self, Severity};
use crate::ide::hover::Block;
use crate::ide::symbols::{self, Symbol};
use crate::ide::{self, Cursor, Links};
use crate::text::{LineCol, Span, TextRange};
use crate::vfs::Source;
use crate::world::World;

/// Who speaks, in the editor's list of problems.
const SOURCE: &str = "kubeblocks";
/// More findings of one file than this are counted, not listed.
const MAX_FINDINGS: usize = 200;
/// More places that belong to one finding than this are left out.
const MAX_RELATED: usize = 20;

/// The file's path; `None` for what is no file.
pub(super) fn path(uri: &Uri) -> Option<Utf8PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let path = Utf8PathBuf::from_path_buf(uri.to_file_path()?.into_owned()).ok()?;
    path.is_absolute().then(|| crate::vfs::normalize(&path))
}

/// The file's address; `None` for the member of an archive, which no editor can open.
pub(super) fn uri(path: &Utf8Path) -> Option<Uri> {
    let packed = path.ancestors().skip(1).any(|above| above.extension() == Some("tgz"));
    if packed { None } else { Uri::from_file_path(path) }
}

/// One world, and what must be known of the client to speak of it.
pub(super) struct Snapshot {
    pub(super) world: Arc<World>,
    pub(super) client: Arc<Client>,
    /// The client's own spelling of the files it opened.
    pub(super) uris: Arc<BTreeMap<Utf8PathBuf, Uri>>,
}

impl Snapshot {
    fn uri(&self, path: &Utf8Path) -> Option<Uri> {
        self.uris.get(path).cloned().or_else(|| uri(path))
    }

    /// The text of a file that some chart holds.
    pub(super) fn source(&self, uri: &Uri) -> Option<&Arc<Source>> {
        Some(&self.world.file(&path(uri)?)?.source)
    }

    pub(super) fn cursor(&self, at: &TextDocumentPositionParams) -> Option<Cursor> {
        let source = self.source(&at.text_document.uri)?;
        Some(Cursor { file: source.id, offset: offset(source, at.position, &self.client) })
    }

    fn range(&self, source: &Source, range: TextRange) -> Range {
        Range { start: self.position(source, range.start), end: self.position(source, range.end) }
    }

    fn position(&self, source: &Source, offset: u32) -> Position {
        let at = source.lines.line_col(offset, self.client.columns());
        Position { line: at.line, character: at.col }
    }

    fn location(&self, span: Span) -> Option<Location> {
        let source = self.world.source(span.file)?;
        Some(Location { uri: self.uri(&source.path)?, range: self.range(source, span.range) })
    }

    /// Findings by file.
    pub(super) fn diagnostics(&self, findings: &[diagnostic::Diagnostic]) -> BTreeMap<Utf8PathBuf, Vec<Diagnostic>> {
        let mut files: BTreeMap<Utf8PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        let mut left_out: BTreeMap<&Utf8Path, usize> = BTreeMap::new();
        for finding in findings {
            let Some(source) = self.world.source(finding.span.file) else { continue };
            let list = files.entry(source.path.clone()).or_default();
            if list.len() < MAX_FINDINGS {
                list.push(self.diagnostic(source, finding));
            } else {
                *left_out.entry(&source.path).or_default() += 1;
            }
        }
        for (path, count) in left_out {
            if let Some(list) = files.get_mut(path) {
                list.push(Diagnostic {
                    severity: Some(DiagnosticSeverity::INFORMATION),
                    source: Some(SOURCE.into()),
                    message: format!("{count} more findings in this file are not shown"),
                    ..Diagnostic::default()
                });
            }
        }
        files
    }

    fn diagnostic(&self, source: &Source, finding: &diagnostic::Diagnostic) -> Diagnostic {
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

    pub(super) fn definition(&self, links: Links) -> Option<GotoDefinitionResponse> {
        let source = self.world.source(links.origin.file)?;
        let origin = self.range(source, links.origin.range);
        if !self.client.definition_links {
            let places: Vec<_> = links.targets.iter().filter_map(|target| self.location(target.name)).collect();
            return (!places.is_empty()).then_some(GotoDefinitionResponse::Array(places));
        }
        let targets = links.targets.iter().filter_map(|target| {
            let full = self.location(target.full)?;
            let name = self.location(target.name)?;
            Some(LocationLink {
                origin_selection_range: Some(origin),
                target_uri: full.uri,
                target_range: full.range,
                target_selection_range: name.range,
            })
        });
        let targets: Vec<_> = targets.collect();
        (!targets.is_empty()).then_some(GotoDefinitionResponse::Link(targets))
    }

    pub(super) fn hover(&self, hover: ide::hover::Hover) -> Option<Hover> {
        let source = self.world.source(hover.origin.file)?;
        let blocks = hover.blocks.iter().filter_map(|block| self.block(block));
        let value = blocks.collect::<Vec<_>>().join("\n\n");
        let kind = if self.client.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
        Some(Hover {
            contents: HoverContents::Markup(MarkupContent { kind, value }),
            range: Some(self.range(source, hover.origin.range)),
        })
    }

    fn block(&self, block: &Block) -> Option<String> {
        Some(match block {
            Block::Text(text) if self.client.markdown => text.clone(),
            Block::Text(text) => text.replace('`', "'"),
            Block::Code { language, text } if self.client.markdown => {
                let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
                format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
            }
            Block::Code { text, .. } => text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"),
            Block::Link { text, to } => {
                let Location { uri, range } = self.location(*to)?;
                let line = range.start.line + 1;
                let name = self.world.source(to.file).and_then(|source| self.short(&source.path))?;
                if self.client.markdown {
                    format!("{text} [{name}:{line}]({}#L{line})", uri.as_str())
                } else {
                    format!("{} {name}:{line}", text.replace('`', "'"))
                }
            }
        })
    }

    /// The path from the folder that holds the chart's folder, or the file's name.
    fn short<'p>(&self, path: &'p Utf8Path) -> Option<&'p str> {
        let chart =
            self.world.charts.keys().filter(|root| path.starts_with(root)).max_by_key(|root| root.as_str().len());
        let short = chart.and_then(|root| path.strip_prefix(root.parent()?).ok());
        short.map(Utf8Path::as_str).or(path.file_name())
    }

    pub(super) fn symbols(&self, source: &Source, symbols: Vec<Symbol>, uri: &Uri) -> DocumentSymbolResponse {
        if self.client.nested_symbols {
            return DocumentSymbolResponse::Nested(symbols.into_iter().map(|s| self.symbol(source, s)).collect());
        }
        let mut flat = Vec::new();
        self.flatten(source, symbols, uri, None, &mut flat);
        DocumentSymbolResponse::Flat(flat)
    }

    #[expect(deprecated, reason = "the protocol's type has the field")]
    fn symbol(&self, source: &Source, symbol: Symbol) -> DocumentSymbol {
        let children: Vec<_> = symbol.children.into_iter().map(|child| self.symbol(source, child)).collect();
        DocumentSymbol {
            name: symbol.name,
            detail: (!symbol.detail.is_empty()).then_some(symbol.detail),
            kind: symbol_kind(symbol.kind),
            tags: None,
            deprecated: None,
            range: self.range(source, symbol.full),
            selection_range: self.range(source, symbol.name_range),
            children: (!children.is_empty()).then_some(children),
        }
    }

    #[expect(deprecated, reason = "the protocol's type has the field")]
    fn flatten(
        &self,
        source: &Source,
        symbols: Vec<Symbol>,
        uri: &Uri,
        container: Option<&str>,
        flat: &mut Vec<SymbolInformation>,
    ) {
        for symbol in symbols {
            flat.push(SymbolInformation {
                name: symbol.name.clone(),
                kind: symbol_kind(symbol.kind),
                tags: None,
                deprecated: None,
                location: Location { uri: uri.clone(), range: self.range(source, symbol.full) },
                container_name: container.map(str::to_owned),
            });
            self.flatten(source, symbol.children, uri, Some(&symbol.name), flat);
        }
    }
}

/// The byte offset of a position of the client's.
fn offset(source: &Source, at: Position, client: &Client) -> u32 {
    source.lines.offset(LineCol { line: at.line, col: at.character }, client.columns())
}

/// The bytes of a range of the client's in a text that is no source yet.
pub(super) fn text_range(text: &str, range: Range, client: &Client) -> TextRange {
    let lines = crate::text::LineIndex::new(text);
    let offset = |at: Position| lines.offset(LineCol { line: at.line, col: at.character }, client.columns());
    let (start, end) = (offset(range.start), offset(range.end));
    TextRange::new(start as usize, end as usize)
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
fn page(repository: &str, rule: &str) -> Option<Uri> {
    if repository.is_empty() || crate::rules::find(rule).is_none() {
        return None;
    }
    format!("{}/blob/main/src/rules/{}.md", repository.trim_end_matches('/'), rule.replace('-', "_")).parse().ok()
}

fn symbol_kind(kind: symbols::SymbolKind) -> SymbolKind {
    match kind {
        symbols::SymbolKind::Object => SymbolKind::CLASS,
        symbols::SymbolKind::Component => SymbolKind::STRUCT,
        symbols::SymbolKind::Helper => SymbolKind::FUNCTION,
        symbols::SymbolKind::Key => SymbolKind::KEY,
    }
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_uris() {
        for (address, expected) in [
            ("file:///a/b%20c/%E6%BC%A2.yaml", Some("/a/b c/漢.yaml")),
            ("file:///a/../b/./c", Some("/b/c")),
            ("FILE:///a", Some("/a")),
            ("untitled:Untitled-1", None),
            ("git:/a/b.yaml?ref", None),
            ("file:a", None),
        ] {
            let uri: Uri = address.parse().unwrap();
            assert_eq!(path(&uri).as_deref().map(Utf8Path::as_str), expected, "{address}");
        }
        assert_eq!(uri("/a/b c/漢.yaml".into()).unwrap().as_str(), "file:///a/b%20c/%E6%BC%A2.yaml");
        assert_eq!(uri("/a/charts/x-0.1.0.tgz/templates/a.yaml".into()), None);
    }

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
