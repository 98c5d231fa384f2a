//! Rendered text as documents of its own, and its places.
//!
//! A preview's address is `kubeblocks-rendered:/<chart>/<name>.yaml?<address of the file>#<name of the value set>`.

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::{Location, Position, Range, TextDocumentIdentifier, Uri};

use super::{Snapshot, path};
use crate::ide::Cursor;
use crate::ide::preview::{Preview, preview};
use crate::report::graph::Graph;
use crate::text::{LineCol, LineIndex, TextRange};

/// The scheme of previews.
pub(in crate::lsp) const SCHEME: &str = "kubeblocks-rendered";

/// `kubeblocks/rendered`: a file, or a preview of it, and the name of a value set.
#[derive(Deserialize)]
pub(in crate::lsp) struct RenderedParams {
    uri: Uri,
    values: Option<String>,
}

/// The answer to it.
#[derive(Serialize)]
pub(in crate::lsp) struct Rendered {
    /// The preview's own address.
    uri: Uri,
    text: String,
    /// The value set that is shown, and all that there are.
    values: String,
    sets: Vec<String>,
    /// Where something is missing.
    poisoned: Vec<Range>,
}

/// `workspace/textDocumentContent`
#[derive(Deserialize)]
pub(in crate::lsp) struct ContentParams {
    pub(in crate::lsp) uri: Uri,
}

/// The answer to it.
#[derive(Serialize)]
pub(in crate::lsp) struct Content {
    text: String,
}

/// `kubeblocks/renderedPosition`, from a file to its preview; `kubeblocks/sourcePosition` back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lsp) struct PlaceParams {
    text_document: TextDocumentIdentifier,
    position: Position,
    values: Option<String>,
}

/// `kubeblocks/graph`: of the chart that holds the file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lsp) struct GraphParams {
    text_document: TextDocumentIdentifier,
}

/// The answer to it: the same graph three times.
#[derive(Serialize)]
pub(in crate::lsp) struct Pictures {
    mermaid: String,
    dot: String,
    svg: String,
}

/// The file and the value set that an address means.
fn meant(uri: &Uri, values: Option<String>) -> Option<(Uri, Option<String>)> {
    if uri.scheme().as_str() != SCHEME {
        return Some((uri.clone(), values));
    }
    let source = uri.query()?.decode().to_string_lossy().into_owned();
    let set = uri.fragment().map(|set| set.decode().to_string_lossy().into_owned());
    Some((source.parse().ok()?, values.or(set).filter(|set| !set.is_empty())))
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Snapshot {
    /// A preview, the address of its file and its own.
    fn preview(&self, uri: &Uri, values: Option<String>) -> Option<(Preview<'_>, Uri, Uri)> {
        let (source, values) = meant(uri, values)?;
        let file = self.file(&source)?;
        let preview = preview(&self.world, file.source.id, values.as_deref())?;
        let chart = self.world.charts_of(file.source.id).first()?.name().to_owned();
        let name = file.source.path.file_stem().unwrap_or_default();
        let (chart, name, query) = (encoded(&chart), encoded(name), encoded(source.as_str()));
        let own = format!("{SCHEME}:/{chart}/{name}.yaml?{query}#{}", encoded(preview.values));
        Some((preview, source, own.parse().ok()?))
    }

    pub(in crate::lsp) fn rendered(&self, params: RenderedParams) -> Option<Rendered> {
        let (preview, _, uri) = self.preview(&params.uri, params.values)?;
        let lines = LineIndex::new(preview.text.as_str());
        Some(Rendered {
            uri,
            values: preview.values.to_owned(),
            sets: preview.sets.iter().map(|set| (*set).to_owned()).collect(),
            poisoned: preview.poisoned.iter().map(|range| self.range_in(&lines, *range)).collect(),
            text: preview.text,
        })
    }

    /// A preview always has text, so that an editor has something to show.
    pub(in crate::lsp) fn content(&self, uri: &Uri) -> Content {
        let text = match self.preview(uri, None) {
            Some((preview, ..)) => preview.text,
            None => "# Nothing is rendered: the file belongs to no chart in view.\n".to_owned(),
        };
        Content { text }
    }

    pub(in crate::lsp) fn to_preview(&self, params: PlaceParams) -> Option<Location> {
        let (preview, source, uri) = self.preview(&params.text_document.uri, params.values)?;
        let file = self.file(&source)?;
        let at = Cursor { file: file.source.id, offset: self.offset(&file.source, params.position) };
        let range = preview.rendered(at).into_iter().next()?;
        Some(Location { uri, range: self.range_in(&LineIndex::new(preview.text.as_str()), range) })
    }

    pub(in crate::lsp) fn to_source(&self, params: PlaceParams) -> Option<Location> {
        let (preview, ..) = self.preview(&params.text_document.uri, params.values)?;
        let at = LineCol { line: params.position.line, col: params.position.character };
        let offset = LineIndex::new(preview.text.as_str()).offset(at, self.client.columns());
        self.location(preview.source(offset)?)
    }

    fn range_in(&self, lines: &LineIndex, range: TextRange) -> Range {
        let at = |offset| {
            let at = lines.line_col(offset, self.client.columns());
            Position { line: at.line, character: at.col }
        };
        Range { start: at(range.start), end: at(range.end) }
    }

    pub(in crate::lsp) fn graph(&self, params: GraphParams) -> Option<Pictures> {
        let file = self.world.file(&path(&params.text_document.uri)?)?.source.id;
        let charts = self.world.charts_of(file);
        let graph = Graph::of(&self.world, charts.first().into_iter().map(|chart| &***chart));
        Some(Pictures { mermaid: graph.mermaid(), dot: graph.dot(), svg: graph.svg() })
    }
}
