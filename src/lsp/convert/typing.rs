//! What helps while typing: completions and signatures.

use tower_lsp::ls_types::*;

use super::Snapshot;
use crate::ide::completion::{Completion, Kind};
use crate::ide::hover::Block;
use crate::ide::signature::Signature;
use crate::ide::{self, Cursor};
use crate::text::TextRange;

impl Snapshot {
    pub(in crate::lsp) fn completion(
        &self,
        cursor: Cursor,
        found: Completion,
        place: &TextDocumentPositionParams,
    ) -> CompletionResponse {
        let range = self.world.source(cursor.file).map(|source| self.range(source, found.range)).unwrap_or_default();
        let data = serde_json::to_value(place).ok();
        let items = found.items.into_iter().enumerate().map(|(at, item)| {
            let words = (!self.client.resolves_documentation)
                .then(|| ide::completion::describe_item(&self.world, &item))
                .filter(|blocks| !blocks.is_empty());
            let source = self.world.source(cursor.file);
            let also = item.also.zip(source).map(|((at, text), source)| {
                let at = self.position(source, at);
                vec![TextEdit { range: Range { start: at, end: at }, new_text: text.into() }]
            });
            let (new_text, snippet) = match item.snippet {
                Some(snippet) if self.client.snippets => (snippet, true),
                _ => (item.insert, false),
            };
            CompletionItem {
                label: item.label,
                kind: Some(completion_kind(item.kind)),
                detail: (!item.detail.is_empty()).then_some(item.detail),
                documentation: words.map(|blocks| self.documentation(&blocks)),
                sort_text: Some(format!("{at:04}")),
                insert_text_format: snippet.then_some(InsertTextFormat::SNIPPET),
                text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
                additional_text_edits: also,
                data: data.clone(),
                ..CompletionItem::default()
            }
        });
        CompletionResponse::List(CompletionList { is_incomplete: found.incomplete, items: items.collect() })
    }

    pub(in crate::lsp) fn completion_words(&self, item: CompletionItem, blocks: &[Block]) -> CompletionItem {
        if blocks.is_empty() {
            return item;
        }
        CompletionItem { documentation: Some(self.documentation(blocks)), ..item }
    }

    fn documentation(&self, blocks: &[Block]) -> Documentation {
        let words = self.markup(blocks, self.client.completion_markdown);
        // A string is plain text too, also to clients that know no other form.
        if self.client.completion_markdown {
            Documentation::MarkupContent(words)
        } else {
            Documentation::String(words.value)
        }
    }

    pub(in crate::lsp) fn signature(&self, found: &Signature) -> SignatureHelp {
        let parameter = |range: &TextRange| {
            let units = |end: u32| found.label[..end as usize].encode_utf16().count() as u32;
            let label = if self.client.label_offsets {
                ParameterLabel::LabelOffsets([units(range.start), units(range.end)])
            } else {
                ParameterLabel::Simple(range.of(&found.label).to_owned())
            };
            ParameterInformation { label, documentation: None }
        };
        // What is past the last parameter highlights none.
        let active = Some(found.active.unwrap_or(found.parameters.len()) as u32);
        let signature = SignatureInformation {
            label: found.label.clone(),
            documentation: Some(self.documentation(std::slice::from_ref(&found.words))),
            parameters: Some(found.parameters.iter().map(parameter).collect()),
            active_parameter: active,
        };
        SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter: active }
    }
}

fn completion_kind(kind: Kind) -> CompletionItemKind {
    match kind {
        Kind::Field => CompletionItemKind::FIELD,
        Kind::Value => CompletionItemKind::ENUM_MEMBER,
        Kind::Keyword => CompletionItemKind::KEYWORD,
        Kind::Function => CompletionItemKind::FUNCTION,
        Kind::Variable => CompletionItemKind::VARIABLE,
        Kind::Helper => CompletionItemKind::METHOD,
        Kind::File => CompletionItemKind::FILE,
        Kind::Member => CompletionItemKind::PROPERTY,
        Kind::Name => CompletionItemKind::REFERENCE,
        Kind::Object => CompletionItemKind::CLASS,
    }
}
