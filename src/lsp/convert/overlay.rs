//! What is laid over the text: colours, hints and lenses in the protocol's words.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tower_lsp::ls_types::{
    CodeLens, Command, InlayHint, InlayHintLabel, InlayHintLabelPart, InlayHintTooltip, SemanticToken,
    SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensDelta, SemanticTokensEdit,
    SemanticTokensFullDeltaResult, SemanticTokensLegend,
};

use super::Snapshot;
use crate::ide::hints::Hint;
use crate::ide::lenses::Lens;
use crate::ide::tokens::{Token, Word};
use crate::text::TextRange;
use crate::vfs::Source;

/// What the numbers in tokens mean. All are of the standard, so that every theme has colours for them.
pub(in crate::lsp) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: vec![
            SemanticTokenType::COMMENT,
            SemanticTokenType::KEYWORD,
            SemanticTokenType::FUNCTION,
            SemanticTokenType::VARIABLE,
            SemanticTokenType::PROPERTY,
            SemanticTokenType::STRING,
            SemanticTokenType::NUMBER,
            SemanticTokenType::TYPE,
        ],
        token_modifiers: vec![SemanticTokenModifier::DEFINITION, SemanticTokenModifier::DEFAULT_LIBRARY],
    }
}

const DEFINITION: u32 = 1;
const DEFAULT_LIBRARY: u32 = 2;

/// Index into the legend, and modifiers.
fn code(token: &Token) -> (u32, u32) {
    let (kind, library) = match token.word {
        Word::Comment => (0, 0),
        Word::Keyword => (1, 0),
        Word::Function => (2, DEFAULT_LIBRARY),
        Word::Helper => (2, 0),
        Word::Variable | Word::Anchor => (3, 0),
        Word::Property => (4, 0),
        Word::String => (5, 0),
        Word::Number => (6, 0),
        Word::Reference => (7, 0),
    };
    (kind, library | if token.definition { DEFINITION } else { 0 })
}

/// The tokens that a client was told of a document.
pub(in crate::lsp) struct Colours {
    id: String,
    data: Vec<SemanticToken>,
}

impl Snapshot {
    /// Each token is told by its distance from the one before it; none is longer than a line.
    pub(in crate::lsp) fn colours(&self, source: &Source, tokens: &[Token]) -> Colours {
        let mut data = Vec::new();
        let (mut line, mut start) = (0, 0);
        for token in tokens {
            let (token_type, token_modifiers_bitset) = code(token);
            let mut at = token.range.start;
            for part in token.range.of(&source.text).split_inclusive('\n') {
                let part_end = at + part.trim_end_matches(['\r', '\n']).len() as u32;
                let range = self.range(source, TextRange { start: at, end: part_end });
                at += part.len() as u32;
                if range.start == range.end {
                    continue;
                }
                let delta_line = range.start.line - line;
                let delta_start = if delta_line == 0 { range.start.character - start } else { range.start.character };
                (line, start) = (range.start.line, range.start.character);
                let length = range.end.character - range.start.character;
                data.push(SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset });
            }
        }
        let mut hasher = DefaultHasher::new();
        for token in &data {
            let SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset } = *token;
            [delta_line, delta_start, length, token_type, token_modifiers_bitset].hash(&mut hasher);
        }
        Colours { id: format!("{:x}", hasher.finish()), data }
    }

    pub(in crate::lsp) fn hint(&self, source: &Source, hint: Hint) -> InlayHint {
        let at = self.range(source, TextRange::empty(hint.at as usize)).start;
        let location = hint.place.filter(|_| self.client.hint_parts).and_then(|place| self.location(place));
        let tooltip = (!hint.more.is_empty()).then_some(hint.more);
        InlayHint {
            position: at,
            label: match location {
                Some(location) => InlayHintLabel::LabelParts(vec![InlayHintLabelPart {
                    value: hint.label,
                    location: Some(location),
                    ..InlayHintLabelPart::default()
                }]),
                None => InlayHintLabel::String(hint.label),
            },
            kind: None,
            text_edits: None,
            tooltip: tooltip.map(InlayHintTooltip::String),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        }
    }

    /// The command's name is empty where the client cannot show places: then the words are all.
    pub(in crate::lsp) fn lens(&self, source: &Source, lens: Lens) -> CodeLens {
        let range = self.range(source, lens.at);
        let places: Vec<_> = lens.places.iter().filter_map(|place| self.location(*place)).collect();
        let own = self.uri(&source.path).filter(|_| self.client.shows_references && !places.is_empty());
        let command = match own {
            Some(uri) => {
                let arguments = serde_json::json!([uri, range.start, places]).as_array().cloned();
                Command { title: lens.title, command: "kubeblocks.showReferences".into(), arguments }
            }
            None => Command { title: lens.title, command: String::new(), arguments: None },
        };
        CodeLens { range, command: Some(command), data: None }
    }
}

impl Colours {
    pub(in crate::lsp) fn whole(&self) -> SemanticTokens {
        SemanticTokens { result_id: Some(self.id.clone()), data: self.data.clone() }
    }

    /// What is different from those that the client has, if it has those named `previous`.
    pub(in crate::lsp) fn since(&self, old: Option<&Arc<Self>>, previous: &str) -> SemanticTokensFullDeltaResult {
        let Some(old) = old.filter(|old| old.id == previous) else { return self.whole().into() };
        let same = |a: &SemanticToken, b: &SemanticToken| a == b;
        let head = old.data.iter().zip(&self.data).take_while(|(a, b)| same(a, b)).count();
        let (old, new) = (&old.data[head..], &self.data[head..]);
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| same(a, b)).count();
        let (gone, new) = (old.len() - tail, &new[..new.len() - tail]);
        let edit = SemanticTokensEdit {
            // Counted in numbers, of which a token has five.
            start: head as u32 * 5,
            delete_count: gone as u32 * 5,
            data: Some(new.to_vec()),
        };
        let edits = if gone == 0 && new.is_empty() { Vec::new() } else { vec![edit] };
        SemanticTokensDelta { result_id: Some(self.id.clone()), edits }.into()
    }
}
