//! What clients ask, as pure functions of a snapshot: parameters → `ide` → answer.

use camino::Utf8Path;
use std::sync::Arc;

use camino::Utf8PathBuf;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::*;

use super::convert::actions::SHOW_RULE;
use super::convert::diagnostics::page;
use super::convert::overlay::Colours;
use super::convert::preview::{Content, ContentParams, GraphParams, Pictures, PlaceParams, Rendered, RenderedParams};
use super::convert::status::{Status, StatusParams};
use super::convert::{self, Snapshot};
use crate::{ide, rules};

/// The protocol's code for what was understood but cannot be done.
const REQUEST_FAILED: i64 = -32803;

pub(super) fn hover(snapshot: &Snapshot, params: HoverParams) -> Option<Hover> {
    let cursor = snapshot.cursor(&params.text_document_position_params)?;
    snapshot.hover(ide::hover::hover(&snapshot.world, cursor)?)
}

pub(super) fn definition(snapshot: &Snapshot, params: GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let cursor = snapshot.cursor(&params.text_document_position_params)?;
    snapshot.definition(ide::definition::definition(&snapshot.world, cursor)?)
}

pub(super) fn completion(snapshot: &Snapshot, params: CompletionParams) -> Option<CompletionResponse> {
    let place = params.text_document_position;
    let cursor = snapshot.cursor(&place)?;
    Some(snapshot.completion(cursor, ide::completion::completion(&snapshot.world, cursor)?, &place))
}

/// The item with its words.
pub(super) fn completion_resolve(snapshot: &Snapshot, item: CompletionItem) -> CompletionItem {
    let place = item.data.clone().and_then(|data| serde_json::from_value(data).ok());
    let Some(cursor) = place.and_then(|place: TextDocumentPositionParams| snapshot.cursor(&place)) else { return item };
    let blocks = ide::completion::describe(&snapshot.world, cursor, &item.label);
    snapshot.completion_words(item, &blocks)
}

pub(super) fn references(snapshot: &Snapshot, params: ReferenceParams) -> Option<Vec<Location>> {
    let cursor = snapshot.cursor(&params.text_document_position)?;
    let found = ide::references::references(&snapshot.world, cursor)?;
    Some(snapshot.references(&found, params.context.include_declaration))
}

pub(super) fn prepare_rename(
    snapshot: &Snapshot,
    place: TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>> {
    let Some(cursor) = snapshot.cursor(&place) else { return Ok(None) };
    let name = ide::rename::prepare(&snapshot.world, cursor).map_err(refusal)?;
    Ok(snapshot.span_range(name).map(PrepareRenameResponse::Range))
}

pub(super) fn rename(snapshot: &Snapshot, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
    let Some(cursor) = snapshot.cursor(&params.text_document_position) else { return Ok(None) };
    let edits = ide::rename::rename(&snapshot.world, cursor, &params.new_name).map_err(refusal)?;
    Ok(snapshot.workspace_edit(&edits))
}

/// Editors show the words.
fn refusal(reason: String) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: reason.into(), data: None }
}

pub(super) fn signature_help(snapshot: &Snapshot, params: SignatureHelpParams) -> Option<SignatureHelp> {
    let cursor = snapshot.cursor(&params.text_document_position_params)?;
    Some(snapshot.signature(&ide::signature::signature(&snapshot.world, cursor)?))
}

pub(super) fn symbols(snapshot: &Snapshot, params: DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let source = snapshot.source(&params.text_document.uri)?;
    Some(snapshot.symbols(source, ide::symbols::symbols(&snapshot.world, source.id), &params.text_document.uri))
}

pub(super) fn folds(snapshot: &Snapshot, params: FoldingRangeParams) -> Option<Vec<FoldingRange>> {
    // Of scripts and the like editors know more by themselves.
    let is_ours = |path: &Utf8Path| matches!(path.extension(), None | Some("yaml" | "yml" | "tpl" | "txt" | "json"));
    let file = snapshot.file(&params.text_document.uri).filter(|file| is_ours(&file.source.path))?;
    let folds = ide::structure::folds(file).into_iter();
    Some(folds.map(|fold| snapshot.fold(&file.source, fold)).collect())
}

/// One answer for each position, as the protocol wants it.
pub(super) fn selections(snapshot: &Snapshot, params: SelectionRangeParams) -> Option<Vec<SelectionRange>> {
    let file = snapshot.file(&params.text_document.uri)?;
    let grow = |at: &Position| {
        let chain = ide::structure::selection(file, snapshot.offset(&file.source, *at));
        let nothing = || SelectionRange { range: Range { start: *at, end: *at }, parent: None };
        snapshot.selection(&file.source, &chain).unwrap_or_else(nothing)
    };
    Some(params.positions.iter().map(grow).collect())
}

pub(super) fn links(snapshot: &Snapshot, params: DocumentLinkParams) -> Option<Vec<DocumentLink>> {
    let source = snapshot.source(&params.text_document.uri)?;
    let links = ide::links::links(&snapshot.world, source.id).into_iter();
    Some(links.filter_map(|link| snapshot.link(source, link)).collect())
}

pub(super) fn highlights(snapshot: &Snapshot, params: DocumentHighlightParams) -> Option<Vec<DocumentHighlight>> {
    let at = &params.text_document_position_params;
    let source = snapshot.source(&at.text_document.uri)?;
    let found = ide::highlight::highlights(&snapshot.world, snapshot.cursor(at)?).into_iter();
    Some(found.map(|place| snapshot.highlight(source, place)).collect())
}

pub(super) fn together(snapshot: &Snapshot, params: LinkedEditingRangeParams) -> Option<LinkedEditingRanges> {
    let at = &params.text_document_position_params;
    let source = snapshot.source(&at.text_document.uri)?;
    let ranges = ide::links::together(&snapshot.world, snapshot.cursor(at)?)?;
    Some(snapshot.together(source, &ranges))
}

pub(super) fn callees(snapshot: &Snapshot, params: CallHierarchyPrepareParams) -> Option<Vec<CallHierarchyItem>> {
    let at = snapshot.cursor(&params.text_document_position_params)?;
    let found: Vec<_> =
        ide::calls::prepare(&snapshot.world, at).iter().filter_map(|callee| snapshot.callee(callee)).collect();
    (!found.is_empty()).then_some(found)
}

pub(super) fn incoming(
    snapshot: &Snapshot,
    params: CallHierarchyIncomingCallsParams,
) -> Option<Vec<CallHierarchyIncomingCall>> {
    let at = snapshot.cursor_at(&params.item.uri, params.item.selection_range.start)?;
    let callee = ide::calls::again(&snapshot.world, at)?;
    let calls = ide::calls::incoming(&snapshot.world, &callee);
    Some(calls.iter().filter_map(|calls| snapshot.incoming(calls)).collect())
}

pub(super) fn outgoing(
    snapshot: &Snapshot,
    params: CallHierarchyOutgoingCallsParams,
) -> Option<Vec<CallHierarchyOutgoingCall>> {
    let source = snapshot.source(&params.item.uri)?;
    let at = snapshot.cursor_at(&params.item.uri, params.item.selection_range.start)?;
    let caller = ide::calls::again(&snapshot.world, at)?;
    let calls = ide::calls::outgoing(&snapshot.world, &caller);
    Some(calls.iter().filter_map(|calls| snapshot.outgoing(source, calls)).collect())
}

pub(super) fn search(snapshot: &Snapshot, params: WorkspaceSymbolParams) -> Option<WorkspaceSymbolResponse> {
    Some(snapshot.found(ide::search::search(&snapshot.world, &params.query)))
}

/// An answer, and the colours that the client has once it has that.
pub(super) type Painted<T> = Option<(T, (Utf8PathBuf, Arc<Colours>))>;

fn colours(snapshot: &Snapshot, document: &Uri) -> Option<(Utf8PathBuf, Arc<Colours>)> {
    let source = snapshot.source(document)?;
    let tokens = ide::tokens::tokens(&snapshot.world, source.id);
    Some((source.path.clone(), Arc::new(snapshot.colours(source, &tokens))))
}

pub(super) fn tokens(snapshot: &Snapshot, params: SemanticTokensParams) -> Painted<SemanticTokensResult> {
    let painted = colours(snapshot, &params.text_document.uri)?;
    Some((painted.1.whole().into(), painted))
}

pub(super) fn token_delta(
    snapshot: &Snapshot,
    params: SemanticTokensDeltaParams,
) -> Painted<SemanticTokensFullDeltaResult> {
    let painted = colours(snapshot, &params.text_document.uri)?;
    let answer = painted.1.since(snapshot.coloured.get(&painted.0), &params.previous_result_id);
    Some((answer, painted))
}

pub(super) fn some_tokens(snapshot: &Snapshot, params: SemanticTokensRangeParams) -> Option<SemanticTokensRangeResult> {
    let source = snapshot.source(&params.text_document.uri)?;
    let at = snapshot.span(&params.text_document.uri, params.range)?.range;
    let tokens = ide::tokens::tokens(&snapshot.world, source.id).into_iter();
    let inside: Vec<_> = tokens.filter(|token| token.range.start < at.end && at.start < token.range.end).collect();
    Some(snapshot.colours(source, &inside).whole().into())
}

pub(super) fn hints(snapshot: &Snapshot, params: InlayHintParams) -> Option<Vec<InlayHint>> {
    let source = snapshot.source(&params.text_document.uri)?;
    let at = snapshot.span(&params.text_document.uri, params.range)?;
    let hints = ide::hints::hints(&snapshot.world, at, snapshot.display.hints()).into_iter();
    Some(hints.map(|hint| snapshot.hint(source, hint)).collect())
}

pub(super) fn lenses(snapshot: &Snapshot, params: CodeLensParams) -> Option<Vec<CodeLens>> {
    let source = snapshot.source(&params.text_document.uri)?;
    let lenses = ide::lenses::lenses(&snapshot.world, source.id, snapshot.display.lenses()).into_iter();
    Some(lenses.map(|lens| snapshot.lens(source, lens)).collect())
}

pub(super) fn renaming(snapshot: &Snapshot, params: RenameFilesParams) -> Option<WorkspaceEdit> {
    let path = |uri: &str| convert::path(&uri.parse().ok()?);
    let renames = params.files.iter().filter_map(|file| Some((path(&file.old_uri)?, path(&file.new_uri)?)));
    let edits = ide::files::renamed(&snapshot.world, &renames.collect::<Vec<_>>());
    if edits.is_empty() { None } else { snapshot.workspace_edit(&edits) }
}

pub(super) fn rendered(snapshot: &Snapshot, params: RenderedParams) -> Option<Rendered> {
    snapshot.rendered(params)
}

pub(super) fn content(snapshot: &Snapshot, params: ContentParams) -> Content {
    snapshot.content(&params.uri)
}

pub(super) fn to_preview(snapshot: &Snapshot, params: PlaceParams) -> Option<Location> {
    snapshot.to_preview(params)
}

pub(super) fn to_source(snapshot: &Snapshot, params: PlaceParams) -> Option<Location> {
    snapshot.to_source(params)
}

pub(super) fn graph(snapshot: &Snapshot, params: GraphParams) -> Option<Pictures> {
    snapshot.graph(params)
}

pub(super) fn actions(snapshot: &Snapshot, params: CodeActionParams) -> Option<CodeActionResponse> {
    let at = snapshot.span(&params.text_document.uri, params.range)?;
    let only = params.context.only.as_deref();
    let actions = ide::actions::actions(&snapshot.world, at);
    Some(actions.iter().filter_map(|action| snapshot.action(action, only)).collect())
}

pub(super) fn diagnostic(snapshot: &Snapshot, params: DocumentDiagnosticParams) -> DocumentDiagnosticReportResult {
    snapshot.report(&params.text_document.uri, params.previous_result_id.as_deref()).into()
}

pub(super) fn workspace_diagnostic(
    snapshot: &Snapshot,
    params: WorkspaceDiagnosticParams,
) -> Vec<WorkspaceDocumentDiagnosticReport> {
    snapshot.reports(&params.previous_result_ids)
}

pub(super) fn status(snapshot: &Snapshot, _: StatusParams) -> Status {
    snapshot.status()
}

/// What a command answers, and what it has the client show.
pub(super) fn command(_: &Snapshot, params: ExecuteCommandParams) -> Result<Shown> {
    let rule = params.arguments.first().and_then(|argument| rules::find(argument.as_str()?));
    match (params.command.as_str(), rule) {
        (SHOW_RULE, Some(rule)) => Ok(Shown { page: page(env!("CARGO_PKG_REPOSITORY"), rule.name), text: rule.page }),
        (SHOW_RULE, None) => Err(Error::invalid_params("the name of a rule is wanted")),
        (other, _) => Err(Error::invalid_params(format!("there is no command {other}"))),
    }
}

/// A page, and its text for clients that show it themselves.
pub(super) struct Shown {
    pub(super) page: Option<Uri>,
    pub(super) text: &'static str,
}
