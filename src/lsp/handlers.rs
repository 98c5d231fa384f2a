//! What clients ask, as pure functions of a snapshot: parameters → `ide` → answer.

use tower_lsp::ls_types::{
    DocumentSymbolParams, DocumentSymbolResponse, GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverParams,
};

use super::convert::Snapshot;
use crate::ide;

pub(super) fn hover(snapshot: &Snapshot, params: HoverParams) -> Option<Hover> {
    let cursor = snapshot.cursor(&params.text_document_position_params)?;
    snapshot.hover(ide::hover::hover(&snapshot.world, cursor)?)
}

pub(super) fn definition(snapshot: &Snapshot, params: GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let cursor = snapshot.cursor(&params.text_document_position_params)?;
    snapshot.definition(ide::definition::definition(&snapshot.world, cursor)?)
}

pub(super) fn symbols(snapshot: &Snapshot, params: DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let source = snapshot.source(&params.text_document.uri)?;
    Some(snapshot.symbols(source, ide::symbols::symbols(&snapshot.world, source.id), &params.text_document.uri))
}
