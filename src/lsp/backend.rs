//! The front's trait: one line per method.
//!
//! What stands before the first `await` of a handler runs in the order in which messages arrive; what stands behind it
//! does not. So each method sends its event first, and [`super::server`] does the work.

use std::sync::Arc;

use camino::Utf8PathBuf;
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{oneshot, watch};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::notification::{Notification, Progress};
use tower_lsp::ls_types::*;
use tower_lsp::{Client, LanguageServer};

use super::capabilities;
use super::convert::overlay::Colours;
use super::convert::preview::{Content, ContentParams, GraphParams, Pictures, PlaceParams, Rendered, RenderedParams};
use super::convert::status::{Status, StatusParams};
use super::convert::{self, Snapshot};
use super::server::{Event, Start};
use super::{fence, handlers};

/// Things in one part of an answer that comes in parts.
const PART: usize = 100;

/// A part of an answer; the protocol's own type knows progress of work only.
enum Part {}

impl Notification for Part {
    type Params = serde_json::Value;
    const METHOD: &'static str = Progress::METHOD;
}

pub(super) struct Backend {
    events: UnboundedSender<Event>,
    front: Client,
    /// Changes when all that was sent is written.
    quiet: watch::Receiver<()>,
}

impl Backend {
    pub(super) fn new(front: Client, events: UnboundedSender<Event>, quiet: watch::Receiver<()>) -> Self {
        Self { events, front, quiet }
    }

    /// The answer to what was no message at all.
    pub(super) async fn malformed(&self) -> Result<()> {
        Err(Error::parse_error())
    }

    pub(super) async fn stopped(&self, params: WorkDoneProgressCancelParams) {
        self.send(Event::Stopped(params.token));
    }

    pub(super) async fn rendered(&self, params: RenderedParams) -> Result<Option<Rendered>> {
        self.ask(params, handlers::rendered).await
    }

    pub(super) async fn content(&self, params: ContentParams) -> Result<Content> {
        self.send(Event::Previewed(params.uri.clone()));
        self.ask(params, handlers::content).await
    }

    pub(super) async fn to_preview(&self, params: PlaceParams) -> Result<Option<Location>> {
        self.ask(params, handlers::to_preview).await
    }

    pub(super) async fn to_source(&self, params: PlaceParams) -> Result<Option<Location>> {
        self.ask(params, handlers::to_source).await
    }

    pub(super) async fn graph(&self, params: GraphParams) -> Result<Option<Pictures>> {
        self.ask(params, handlers::graph).await
    }

    pub(super) async fn status(&self, params: StatusParams) -> Result<Status> {
        self.ask(params, handlers::status).await
    }

    /// Where the client named a token for parts of an answer, it is told of `items` under that, each part as `wrapped`,
    /// and nothing is left for the answer itself.
    async fn in_parts<T: Clone>(
        &self,
        token: Option<ProgressToken>,
        items: Vec<T>,
        wrapped: fn(Vec<T>) -> serde_json::Value,
    ) -> Vec<T> {
        let Some(token) = token else { return items };
        let mut quiet = self.quiet.clone();
        for part in items.chunks(PART) {
            quiet.mark_unchanged();
            let value = wrapped(part.to_vec());
            self.front.send_notification::<Part>(json!({"token": token, "value": value})).await;
            // The transport may let an answer pass what was sent before it.
            let _ = quiet.changed().await;
        }
        Vec::new()
    }

    /// To the loop. It fails only when the loop is gone, and then nobody listens any more.
    fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Has the loop look at files or folders again: the editor tells of them before the disk's watchers do.
    fn moved<'u>(&self, uris: impl Iterator<Item = &'u str>) {
        self.send(Event::Watched(uris.filter_map(|uri| convert::path(&uri.parse().ok()?)).collect()));
    }

    /// Has the loop remember what colours the client has now.
    fn painted<T>(&self, (answer, (path, colours)): (T, (Utf8PathBuf, Arc<Colours>))) -> T {
        self.send(Event::Painted(path, colours));
        answer
    }

    /// Has the loop ask `question` of the world as it is after all that came before. When the client cancels, this
    /// future is dropped, and so the question is not asked.
    async fn ask<P, T>(&self, params: P, question: fn(&Snapshot, P) -> T) -> Result<T>
    where
        P: Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Event::Ask(Box::new(move |snapshot| {
            if !reply.is_closed()
                && let Some(answer) = fence("a request", || question(snapshot, params))
            {
                let _ = reply.send(answer);
            }
        })));
        answer.await.map_err(|_| Error::internal_error())
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let client = capabilities::Client::of(&params.capabilities);
        let capabilities = capabilities::offer(&client);
        let folders = capabilities::folders(&params);
        self.send(Event::Start(Start { client, folders, options: params.initialization_options }));
        let server_info =
            ServerInfo { name: env!("CARGO_PKG_NAME").into(), version: Some(env!("CARGO_PKG_VERSION").into()) };
        Ok(InitializeResult { capabilities, server_info: Some(server_info), ..InitializeResult::default() })
    }

    async fn initialized(&self, _: InitializedParams) {
        self.send(Event::Ready);
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.send(Event::Opened(params));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.send(Event::Changed(params));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.send(Event::Saved(params.text_document.uri));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.send(Event::Closed(params.text_document.uri));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.send(Event::ConfigChanged(params.settings));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.send(Event::Watched(params.changes.iter().filter_map(|change| convert::path(&change.uri)).collect()));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.send(Event::Folders(params.event));
    }

    async fn will_rename_files(&self, params: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        self.ask(params, handlers::renaming).await
    }

    async fn did_rename_files(&self, params: RenameFilesParams) {
        self.moved(params.files.iter().flat_map(|file| [file.old_uri.as_str(), file.new_uri.as_str()]));
    }

    async fn did_create_files(&self, params: CreateFilesParams) {
        self.moved(params.files.iter().map(|file| file.uri.as_str()));
    }

    async fn did_delete_files(&self, params: DeleteFilesParams) {
        self.moved(params.files.iter().map(|file| file.uri.as_str()));
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        self.ask(params, handlers::hover).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        self.ask(params, handlers::definition).await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        self.ask(params, handlers::completion).await
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        self.ask(item, handlers::completion_resolve).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let token = params.partial_result_params.partial_result_token.clone();
        let Some(found) = self.ask(params, handlers::references).await? else { return Ok(None) };
        Ok(Some(self.in_parts(token, found, |part| json!(part)).await))
    }

    async fn prepare_rename(&self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        self.ask(params, handlers::prepare_rename).await?
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        self.ask(params, handlers::rename).await?
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        self.ask(params, handlers::signature_help).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        self.ask(params, handlers::symbols).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.ask(params, handlers::folds).await
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        self.ask(params, handlers::selections).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.ask(params, handlers::links).await
    }

    async fn document_highlight(&self, params: DocumentHighlightParams) -> Result<Option<Vec<DocumentHighlight>>> {
        self.ask(params, handlers::highlights).await
    }

    async fn linked_editing_range(&self, params: LinkedEditingRangeParams) -> Result<Option<LinkedEditingRanges>> {
        self.ask(params, handlers::together).await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        self.ask(params, handlers::callees).await
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        self.ask(params, handlers::incoming).await
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        self.ask(params, handlers::outgoing).await
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        let token = params.partial_result_params.partial_result_token.clone();
        Ok(match self.ask(params, handlers::search).await? {
            Some(WorkspaceSymbolResponse::Flat(found)) => {
                Some(self.in_parts(token, found, |part| json!(part)).await.into())
            }
            Some(WorkspaceSymbolResponse::Nested(found)) => {
                Some(self.in_parts(token, found, |part| json!(part)).await.into())
            }
            None => None,
        })
    }

    async fn goto_declaration(
        &self,
        params: request::GotoDeclarationParams,
    ) -> Result<Option<request::GotoDeclarationResponse>> {
        self.ask(params, handlers::definition).await
    }

    async fn goto_type_definition(
        &self,
        params: request::GotoTypeDefinitionParams,
    ) -> Result<Option<request::GotoTypeDefinitionResponse>> {
        self.ask(params, handlers::definition).await
    }

    async fn goto_implementation(
        &self,
        params: request::GotoImplementationParams,
    ) -> Result<Option<request::GotoImplementationResponse>> {
        self.ask(params, handlers::definition).await
    }

    async fn semantic_tokens_full(&self, params: SemanticTokensParams) -> Result<Option<SemanticTokensResult>> {
        Ok(self.ask(params, handlers::tokens).await?.map(|painted| self.painted(painted)))
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        Ok(self.ask(params, handlers::token_delta).await?.map(|painted| self.painted(painted)))
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        self.ask(params, handlers::some_tokens).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.ask(params, handlers::hints).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.ask(params, handlers::lenses).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.ask(params, handlers::actions).await
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        self.ask(params, handlers::diagnostic).await
    }

    async fn workspace_diagnostic(&self, params: WorkspaceDiagnosticParams) -> Result<WorkspaceDiagnosticReportResult> {
        let token = params.partial_result_params.partial_result_token.clone();
        let items = self.ask(params, handlers::workspace_diagnostic).await?;
        let items = self.in_parts(token, items, |part| json!({"items": part})).await;
        Ok(WorkspaceDiagnosticReport { items }.into())
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        let shown = self.ask(params, handlers::command).await??;
        if let Some(uri) = shown.page {
            let show = ShowDocumentParams { uri, external: Some(true), take_focus: None, selection: None };
            let front = self.front.clone();
            // The client may wait for this answer before it gives its own.
            tokio::spawn(async move { front.show_document(show).await });
        }
        Ok(Some(shown.text.into()))
    }
}
