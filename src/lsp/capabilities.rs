//! What the client can do, and what we offer it.

use camino::Utf8PathBuf;
use tower_lsp::ls_types::*;

use super::convert;
use super::convert::actions::{FIX_ALL, SHOW_RULE};
use super::convert::diagnostics::SOURCE;
use super::convert::overlay::legend;
use super::wire::CONTENT;
use crate::text::Encoding;

/// What the client can do, as far as it matters to us.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Client {
    /// The unit of columns; `None` where the client offered no choice, which means UTF-16.
    pub(super) encoding: Option<Encoding>,
    /// Files can be watched by registration.
    pub(super) watch: bool,
    /// Watchers may name a folder and a pattern below it.
    pub(super) relative_patterns: bool,
    /// `workspace/configuration` is answered.
    pub(super) configuration: bool,
    pub(super) related: bool,
    pub(super) code_description: bool,
    /// The tag for text that can go.
    pub(super) unnecessary: bool,
    pub(super) definition_links: bool,
    pub(super) nested_symbols: bool,
    pub(super) markdown: bool,
    /// It asks for the findings of open documents, so it is not told of them.
    pub(super) pull: bool,
    /// It wants to be told of findings, at least those in other files.
    pub(super) push: bool,
    /// A report may hold those of other documents.
    pub(super) related_documents: bool,
    /// Edits may name versions of documents.
    pub(super) document_changes: bool,
    /// Symbols of the workspace in the newer form.
    pub(super) workspace_symbols: bool,
    /// Parts of hints may lead somewhere.
    pub(super) hint_parts: bool,
    /// It shows how far work has come.
    pub(super) progress: bool,
    /// It shows documents that only the server has, once they are registered.
    pub(super) content: bool,
    /// It has a command that shows places.
    pub(super) shows_references: bool,
    /// It shows how the server is.
    pub(super) shows_status: bool,
    pub(super) refreshes_hints: bool,
    pub(super) refreshes_lenses: bool,
    pub(super) refreshes_tokens: bool,
    /// It opens a document or a page when asked.
    pub(super) show_document: bool,
    /// Completion may write texts with places to fill in.
    pub(super) snippets: bool,
    /// Words on an item of a completion may come later.
    pub(super) resolves_documentation: bool,
    /// Words on completions and signatures may be Markdown.
    pub(super) completion_markdown: bool,
    /// Parameters may be told by their offsets in a label.
    pub(super) label_offsets: bool,
}

impl Client {
    pub(super) fn of(client: &ClientCapabilities) -> Self {
        let workspace = client.workspace.clone().unwrap_or_default();
        let text = client.text_document.clone().unwrap_or_default();
        let push = text.publish_diagnostics.is_some();
        let published = text.publish_diagnostics.unwrap_or_default();
        // Who cannot be told to ask again would keep what is old.
        let refresh = workspace.diagnostics.and_then(|diagnostics| diagnostics.refresh_support).unwrap_or(false);
        let pull = text.diagnostic.is_some() && (refresh || !push);
        let pulled = text.diagnostic.unwrap_or_default();
        let experimental = |key: &str| client.experimental.as_ref().is_some_and(|all| all[key] == true);
        let edit = workspace.workspace_edit.unwrap_or_default();
        let window = client.window.clone().unwrap_or_default();
        let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let tags = published.tag_support.map(|tags| tags.value_set).unwrap_or_default();
        let watch = workspace.did_change_watched_files.unwrap_or_default();
        let formats = text.hover.and_then(|hover| hover.content_format).unwrap_or_default();
        let item = text.completion.and_then(|completion| completion.completion_item).unwrap_or_default();
        let resolved = item.resolve_support.map(|support| support.properties).unwrap_or_default();
        let parameters = text.signature_help.and_then(|help| help.signature_information);
        let parameters = parameters.and_then(|information| information.parameter_information).unwrap_or_default();
        Self {
            encoding: offered.map(choose),
            watch: watch.dynamic_registration.unwrap_or(false),
            relative_patterns: watch.relative_pattern_support.unwrap_or(false),
            configuration: workspace.configuration.unwrap_or(false),
            related: published.related_information.or(pulled.related_information).unwrap_or(false),
            code_description: published.code_description_support.or(pulled.code_description_support).unwrap_or(false),
            unnecessary: tags.contains(&DiagnosticTag::UNNECESSARY),
            definition_links: text.definition.and_then(|definition| definition.link_support).unwrap_or(false),
            nested_symbols: text
                .document_symbol
                .and_then(|symbols| symbols.hierarchical_document_symbol_support)
                .unwrap_or(false),
            markdown: formats.first() == Some(&MarkupKind::Markdown),
            pull,
            push: push || !pull,
            related_documents: pulled.related_document_support.unwrap_or(false),
            document_changes: edit.document_changes.unwrap_or(false),
            workspace_symbols: workspace.symbol.is_some_and(|symbol| symbol.resolve_support.is_some()),
            hint_parts: text.inlay_hint.and_then(|hint| hint.resolve_support).is_some(),
            progress: window.work_done_progress.unwrap_or(false),
            content: client.experimental.as_ref().is_some_and(|all| all[CONTENT]["dynamicRegistration"] == true),
            shows_references: experimental("kubeblocksShowReferences"),
            shows_status: experimental("serverStatusNotification"),
            refreshes_hints: workspace.inlay_hint.and_then(|hint| hint.refresh_support).unwrap_or(false),
            refreshes_lenses: workspace.code_lens.and_then(|lens| lens.refresh_support).unwrap_or(false),
            refreshes_tokens: workspace.semantic_tokens.and_then(|tokens| tokens.refresh_support).unwrap_or(false),
            show_document: window.show_document.is_some_and(|show| show.support),
            snippets: item.snippet_support.unwrap_or(false),
            resolves_documentation: resolved.iter().any(|property| property == "documentation"),
            completion_markdown: item.documentation_format.unwrap_or_default().first() == Some(&MarkupKind::Markdown),
            label_offsets: parameters.label_offset_support.unwrap_or(false),
        }
    }

    pub(super) fn columns(&self) -> Encoding {
        self.encoding.unwrap_or_default()
    }
}

/// Ours is UTF-8; UTF-16 is what every client must know; UTF-32 only where it is all that is offered.
fn choose(offered: &[PositionEncodingKind]) -> Encoding {
    if offered.contains(&PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if offered.contains(&PositionEncodingKind::UTF32) && !offered.contains(&PositionEncodingKind::UTF16) {
        Encoding::Utf32
    } else {
        Encoding::Utf16
    }
}

/// What we offer.
pub(super) fn offer(client: &Client) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: client.encoding.map(|encoding| match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        completion_provider: Some(CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: Some([":", "-", " ", ".", "\"", "$", "(", "{", "/", "*"].map(str::to_owned).into()),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some([" ", "("].map(str::to_owned).into()),
            ..SignatureHelpOptions::default()
        }),
        document_symbol_provider: Some(OneOf::Left(true)),
        declaration_provider: Some(DeclarationCapability::Simple(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        implementation_provider: Some(ImplementationProviderCapability::Simple(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        document_highlight_provider: Some(OneOf::Left(true)),
        linked_editing_range_provider: Some(LinkedEditingRangeServerCapabilities::Simple(true)),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: legend(),
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Delta { delta: Some(true) }),
                ..SemanticTokensOptions::default()
            },
        )),
        inlay_hint_provider: Some(OneOf::Left(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::REFACTOR_EXTRACT, FIX_ALL]),
            ..CodeActionOptions::default()
        })),
        diagnostic_provider: client.pull.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some(SOURCE.into()),
                inter_file_dependencies: true,
                // What is told of need not be asked for.
                workspace_diagnostics: !client.push,
                ..DiagnosticOptions::default()
            })
        }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![SHOW_RULE.into()],
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: Some(file_operations()),
        }),
        ..ServerCapabilities::default()
    }
}

/// We hear of every file and folder that the editor itself creates, renames or deletes.
fn file_operations() -> WorkspaceFileOperationsServerCapabilities {
    let everything = || {
        let pattern = FileOperationPattern { glob: "**/*".into(), matches: None, options: None };
        let filters = vec![FileOperationFilter { scheme: Some("file".into()), pattern }];
        Some(FileOperationRegistrationOptions { filters })
    };
    WorkspaceFileOperationsServerCapabilities {
        did_create: everything(),
        will_rename: everything(),
        did_rename: everything(),
        did_delete: everything(),
        ..WorkspaceFileOperationsServerCapabilities::default()
    }
}

/// The folders that were opened: as `workspaceFolders`, or in the older ways.
pub(super) fn folders(params: &InitializeParams) -> Vec<Utf8PathBuf> {
    if let Some(folders) = &params.workspace_folders {
        return folders.iter().filter_map(|folder| convert::folder(&folder.uri)).collect();
    }
    #[expect(deprecated, reason = "clients without workspace folders have nothing else")]
    let (uri, path) = (&params.root_uri, &params.root_path);
    let path = || path.as_ref().map(Utf8PathBuf::from).filter(|path| path.is_absolute());
    uri.as_ref().and_then(convert::folder).or_else(path).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    #[test]
    fn encodings() {
        for (offered, expected) in [
            (json!(["utf-16"]), Some("utf-16")),
            (json!(["utf-32", "utf-16", "utf-8"]), Some("utf-8")),
            (json!(["utf-32", "utf-16"]), Some("utf-16")),
            (json!(["utf-32"]), Some("utf-32")),
            (json!(["klingon"]), Some("utf-16")),
            (Value::Null, None),
        ] {
            let client = from_value(json!({"general": {"positionEncodings": offered}})).unwrap();
            let answer = offer(&Client::of(&client)).position_encoding;
            assert_eq!(answer.as_ref().map(PositionEncodingKind::as_str), expected);
        }
    }

    #[test]
    fn folders_in_three_ways() {
        for (params, expected) in [
            (
                json!({"rootPath": "/a", "rootUri": "file:///b", "workspaceFolders": [{"uri": "file:///c", "name": "c"}]}),
                "/c",
            ),
            (json!({"rootPath": "/a", "rootUri": "file:///b%20b", "workspaceFolders": null}), "/b b"),
            (json!({"rootPath": "/a", "rootUri": null}), "/a"),
            (json!({"rootUri": "untitled:x"}), ""),
            (json!({}), ""),
        ] {
            let mut params = params;
            params["capabilities"] = json!({});
            let found: Vec<String> =
                folders(&from_value(params).unwrap()).into_iter().map(Utf8PathBuf::into_string).collect();
            assert_eq!(found.join(" "), expected);
        }
    }
}
