//! Actions and edits in the protocol's words.

use std::collections::{BTreeMap, HashMap};

use camino::Utf8Path;
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Command, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use super::Snapshot;
use crate::diagnostic::{Edit, Safety};
use crate::ide::actions::{Action, Purpose};

/// The kind of the action that applies all safe fixes of a file.
pub(in crate::lsp) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.kubeblocks-ls");
/// The command that shows a rule's page; its argument is the rule's name.
pub(in crate::lsp) const SHOW_RULE: &str = "kubeblocks-ls.showRule";

impl Snapshot {
    /// `None` for what this client cannot do, or what it did not ask for.
    pub(in crate::lsp) fn action(
        &self,
        action: &Action,
        only: Option<&[CodeActionKind]>,
    ) -> Option<CodeActionOrCommand> {
        let kind = match action.purpose {
            Purpose::FixAll => FIX_ALL,
            Purpose::Refactor => CodeActionKind::REFACTOR_EXTRACT,
            Purpose::Fix(_) | Purpose::Allow | Purpose::Page => CodeActionKind::QUICKFIX,
        };
        if !only.is_none_or(|only| only.iter().any(|wanted| within(&kind, wanted))) {
            return None;
        }
        let finding = action.finding.as_ref().and_then(|finding| {
            let source = self.world.source(finding.span.file)?;
            Some(vec![self.diagnostic(source, finding)])
        });
        let title = match action.purpose {
            Purpose::Fix(Safety::Unsafe) => format!("{} (a guess)", action.title),
            _ => action.title.clone(),
        };
        let command = (action.purpose == Purpose::Page).then(|| Command {
            title: title.clone(),
            command: SHOW_RULE.into(),
            arguments: action.finding.as_ref().map(|finding| vec![finding.rule.into()]),
        });
        if command.is_some() && !self.client.show_document {
            return None;
        }
        let edit = if action.edits.is_empty() { None } else { Some(self.workspace_edit(&action.edits)?) };
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title,
            kind: Some(kind),
            diagnostics: finding,
            edit,
            command,
            is_preferred: action.preferred.then_some(true),
            ..CodeAction::default()
        }))
    }

    /// Edits of any files, as changes of documents where the client knows those; `None` where some file cannot be
    /// edited.
    pub(in crate::lsp) fn workspace_edit(&self, edits: &[Edit]) -> Option<WorkspaceEdit> {
        let mut files: BTreeMap<&Utf8Path, Vec<TextEdit>> = BTreeMap::new();
        for edit in edits {
            let source = self.world.source(edit.span.file)?;
            let range = self.range(source, edit.span.range);
            files.entry(&source.path).or_default().push(TextEdit { range, new_text: edit.text.clone() });
        }
        if !self.client.document_changes {
            let changes: Option<HashMap<_, _>> =
                files.into_iter().map(|(path, edits)| Some((self.uri(path)?, edits))).collect();
            return Some(WorkspaceEdit { changes: Some(changes?), ..WorkspaceEdit::default() });
        }
        let changes = files.into_iter().map(|(path, edits)| {
            let version = self.open.get(path).map(|open| open.version);
            let text_document = OptionalVersionedTextDocumentIdentifier { uri: self.uri(path)?, version };
            Some(TextDocumentEdit { text_document, edits: edits.into_iter().map(OneOf::Left).collect() })
        });
        let changes = DocumentChanges::Edits(changes.collect::<Option<_>>()?);
        Some(WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() })
    }
}

/// `quickfix.x` is within `quickfix`.
fn within(kind: &CodeActionKind, wanted: &CodeActionKind) -> bool {
    let rest = kind.as_str().strip_prefix(wanted.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || wanted.as_str().is_empty())
}
