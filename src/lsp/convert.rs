//! The customs house: the protocol's types on one side, ours on the other. Nothing else translates.

pub(super) mod actions;
pub(super) mod diagnostics;
pub(super) mod overlay;
pub(super) mod preview;
pub(super) mod status;
mod structure;
mod typing;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tower_lsp::ls_types::{
    DocumentSymbol, DocumentSymbolResponse, GotoDefinitionResponse, Hover, HoverContents, Location, LocationLink,
    MarkupContent, MarkupKind, Position, Range, SymbolInformation, SymbolKind, TextDocumentContentChangeEvent,
    TextDocumentPositionParams, Uri,
};

use overlay::Colours;

use super::capabilities::Client;
use super::display::Display;
use crate::ide::hover::Block;
use crate::ide::references::References;
use crate::ide::symbols::{self, Symbol};
use crate::ide::{self, Cursor, Links};
use crate::text::{Draft, LineCol, Span, TextRange};
use crate::vfs::{self, Source};
use crate::world::{File, World};

/// The scheme of documents that were never saved.
const UNSAVED: &str = "untitled";

/// The file's path, or that of a document that is to become one; `None` for what is neither.
pub(super) fn path(uri: &Uri) -> Option<Utf8PathBuf> {
    let is = |scheme: &str| uri.scheme().as_str().eq_ignore_ascii_case(scheme);
    // Where a new document is to be saved, some editors know.
    if is(UNSAVED) && !uri.path().as_str().starts_with('/') {
        return vfs::unsaved(uri.path().as_str());
    }
    if !is("file") && !is(UNSAVED) {
        return None;
    }
    let path = Utf8PathBuf::from_path_buf(uri.to_file_path()?.into_owned()).ok()?;
    path.is_absolute().then(|| vfs::normalize(&path))
}

/// The folder's path. A document that was never saved lies in none.
pub(super) fn folder(uri: &Uri) -> Option<Utf8PathBuf> {
    path(uri).filter(|path| !vfs::is_unsaved(path))
}

/// The file's address; `None` for the member of an archive, which no editor can open.
pub(super) fn uri(path: &Utf8Path) -> Option<Uri> {
    if let Some(name) = vfs::unsaved_name(path) {
        return format!("{UNSAVED}:{name}").parse().ok();
    }
    let packed = path.ancestors().skip(1).any(|above| above.extension() == Some("tgz"));
    if packed { None } else { Uri::from_file_path(path) }
}

/// One world, and what must be known of the client to speak of it.
pub(super) struct Snapshot {
    pub(super) world: Arc<World>,
    pub(super) client: Arc<Client>,
    pub(super) open: Arc<BTreeMap<Utf8PathBuf, Opened>>,
    pub(super) display: Display,
    /// The colours that the client has.
    pub(super) coloured: Coloured,
}

/// The colours that the client was told last, by file.
pub(super) type Coloured = Arc<BTreeMap<Utf8PathBuf, Arc<Colours>>>;

/// What the client said of a file that it opened.
#[derive(Clone)]
pub(super) struct Opened {
    /// In its own spelling.
    pub(super) uri: Uri,
    pub(super) version: i32,
}

impl Snapshot {
    fn uri(&self, path: &Utf8Path) -> Option<Uri> {
        self.open.get(path).map(|open| open.uri.clone()).or_else(|| uri(path))
    }

    /// A file that some chart holds.
    pub(super) fn file(&self, uri: &Uri) -> Option<&Arc<File>> {
        self.world.file(&path(uri)?)
    }

    pub(super) fn source(&self, uri: &Uri) -> Option<&Arc<Source>> {
        Some(&self.file(uri)?.source)
    }

    pub(super) fn offset(&self, source: &Source, at: Position) -> u32 {
        offset(source, at, &self.client)
    }

    /// The bytes of a range of the client's.
    pub(super) fn span(&self, document: &Uri, range: Range) -> Option<Span> {
        let source = self.source(document)?;
        let at = |position| self.offset(source, position) as usize;
        Some(Span::new(source.id, at(range.start), at(range.end)))
    }

    pub(super) fn cursor(&self, at: &TextDocumentPositionParams) -> Option<Cursor> {
        self.cursor_at(&at.text_document.uri, at.position)
    }

    pub(super) fn cursor_at(&self, document: &Uri, at: Position) -> Option<Cursor> {
        let source = self.source(document)?;
        Some(Cursor { file: source.id, offset: self.offset(source, at) })
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

    pub(super) fn span_range(&self, span: Span) -> Option<Range> {
        Some(self.range(self.world.source(span.file)?, span.range))
    }

    /// The definitions come first, if they are wanted.
    pub(super) fn references(&self, found: &References, definitions: bool) -> Vec<Location> {
        let definitions = found.definitions.iter().filter(|_| definitions).map(|target| target.name);
        definitions.chain(found.uses.iter().map(|used| used.span)).filter_map(|span| self.location(span)).collect()
    }

    pub(super) fn hover(&self, hover: ide::hover::Hover) -> Option<Hover> {
        let source = self.world.source(hover.origin.file)?;
        Some(Hover {
            contents: HoverContents::Markup(self.markup(&hover.blocks, self.client.markdown)),
            range: Some(self.range(source, hover.origin.range)),
        })
    }

    fn markup(&self, blocks: &[Block], markdown: bool) -> MarkupContent {
        let blocks = blocks.iter().filter_map(|block| self.block(block, markdown));
        let value = blocks.collect::<Vec<_>>().join("\n\n");
        MarkupContent { kind: if markdown { MarkupKind::Markdown } else { MarkupKind::PlainText }, value }
    }

    fn block(&self, block: &Block, markdown: bool) -> Option<String> {
        Some(match block {
            Block::Text(text) if markdown => text.clone(),
            Block::Text(text) => text.replace('`', "'"),
            Block::Code { language, text } if markdown => {
                let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
                format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
            }
            Block::Code { text, .. } => text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"),
            Block::Link { text, to } => {
                let Location { uri, range } = self.location(*to)?;
                let line = range.start.line + 1;
                let name = self.world.source(to.file).and_then(|source| self.short(&source.path))?;
                if markdown {
                    format!("{text} [{name}:{line}]({}#L{line})", uri.as_str())
                } else {
                    format!("{} {name}:{line}", text.replace('`', "'"))
                }
            }
        })
    }

    /// The path from the folder that holds the chart's folder, or the file's name.
    fn short<'p>(&self, path: &'p Utf8Path) -> Option<&'p str> {
        let chart = self.world.charts.around(path);
        let short = chart.and_then(|chart| path.strip_prefix(chart.root.parent()?).ok());
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

/// The text after some edits of the client's.
pub(super) fn edited(text: &str, edits: Vec<TextDocumentContentChangeEvent>, client: &Client) -> Arc<str> {
    let place = |at: Position| LineCol { line: at.line, col: at.character };
    let mut draft = Draft::new(text);
    for edit in edits {
        match edit.range {
            Some(range) => draft.replace(place(range.start), place(range.end), client.columns(), &edit.text),
            None => draft = Draft::new(&edit.text),
        }
    }
    draft.text()
}

fn symbol_kind(kind: symbols::SymbolKind) -> SymbolKind {
    match kind {
        symbols::SymbolKind::Object => SymbolKind::CLASS,
        symbols::SymbolKind::Component => SymbolKind::STRUCT,
        symbols::SymbolKind::Container => SymbolKind::MODULE,
        symbols::SymbolKind::Variable => SymbolKind::VARIABLE,
        symbols::SymbolKind::Service => SymbolKind::INTERFACE,
        symbols::SymbolKind::Role => SymbolKind::ENUM_MEMBER,
        symbols::SymbolKind::Account => SymbolKind::CONSTANT,
        symbols::SymbolKind::Template => SymbolKind::FILE,
        symbols::SymbolKind::Action => SymbolKind::METHOD,
        symbols::SymbolKind::Choice => SymbolKind::ENUM,
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
            ("untitled:Untitled-1", Some("/untitled:/Untitled-1.yaml")),
            ("untitled:/a/new.yaml", Some("/a/new.yaml")),
            ("untitled:", None),
            ("untitled:../a", None),
            ("git:/a/b.yaml?ref", None),
            ("file:a", None),
        ] {
            let uri: Uri = address.parse().unwrap();
            assert_eq!(path(&uri).as_deref().map(Utf8Path::as_str), expected, "{address}");
        }
        assert_eq!(uri("/a/b c/漢.yaml".into()).unwrap().as_str(), "file:///a/b%20c/%E6%BC%A2.yaml");
        assert_eq!(uri("/untitled:/Untitled-1.yaml".into()).unwrap().as_str(), "untitled:Untitled-1");
        assert_eq!(uri("/a/charts/x-0.1.0.tgz/templates/a.yaml".into()), None);
    }
}
