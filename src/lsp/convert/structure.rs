//! How files are built and hang together, in the protocol's words.

use tower_lsp::ls_types::{
    CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, DocumentHighlight, DocumentHighlightKind,
    DocumentLink, FoldingRange, FoldingRangeKind, LinkedEditingRanges, Location, OneOf, Range, SelectionRange,
    SymbolInformation, SymbolKind, WorkspaceSymbol, WorkspaceSymbolResponse,
};

use super::diagnostics::page;
use super::{Snapshot, symbol_kind};
use crate::ide::calls::{Callee, Calls};
use crate::ide::links::{Goal, Link};
use crate::ide::search::Found;
use crate::ide::structure::Fold;
use crate::text::TextRange;
use crate::vfs::Source;

/// What the name of a helper may be made of.
const HELPER_NAME: &str = r"[\w.\-/]+";

impl Snapshot {
    pub(in crate::lsp) fn fold(&self, source: &Source, fold: Fold) -> FoldingRange {
        let range = self.range(source, fold.range);
        FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character),
            end_line: range.end.line,
            end_character: Some(range.end.character),
            kind: fold.comment.then_some(FoldingRangeKind::Comment),
            collapsed_text: None,
        }
    }

    /// `chain` is inside out.
    pub(in crate::lsp) fn selection(&self, source: &Source, chain: &[TextRange]) -> Option<SelectionRange> {
        chain.iter().rev().fold(None, |parent, range| {
            Some(SelectionRange { range: self.range(source, *range), parent: parent.map(Box::new) })
        })
    }

    pub(in crate::lsp) fn link(&self, source: &Source, link: Link) -> Option<DocumentLink> {
        let (target, tooltip) = match &link.goal {
            Goal::File(path) => (self.uri(path), None),
            Goal::Page(rule) => (page(env!("CARGO_PKG_REPOSITORY"), rule), crate::rules::find(rule).map(|r| r.summary)),
            Goal::Address(address) => (address.parse().ok(), None),
        };
        let range = self.range(source, link.origin);
        Some(DocumentLink { range, target: Some(target?), tooltip: tooltip.map(str::to_owned), data: None })
    }

    pub(in crate::lsp) fn highlight(&self, source: &Source, (range, own): (TextRange, bool)) -> DocumentHighlight {
        let kind = if own { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ };
        DocumentHighlight { range: self.range(source, range), kind: Some(kind) }
    }

    pub(in crate::lsp) fn together(&self, source: &Source, ranges: &[TextRange]) -> LinkedEditingRanges {
        let ranges = ranges.iter().map(|range| self.range(source, *range)).collect();
        LinkedEditingRanges { ranges, word_pattern: Some(HELPER_NAME.into()) }
    }

    pub(in crate::lsp) fn callee(&self, callee: &Callee) -> Option<CallHierarchyItem> {
        let source = self.world.source(callee.place.full.file)?;
        Some(CallHierarchyItem {
            name: callee.name.clone(),
            kind: if callee.helper { SymbolKind::FUNCTION } else { SymbolKind::FILE },
            tags: None,
            detail: self.short(&source.path).map(str::to_owned),
            uri: self.uri(&source.path)?,
            range: self.range(source, callee.place.full.range),
            selection_range: self.range(source, callee.place.name.range),
            data: None,
        })
    }

    pub(in crate::lsp) fn incoming(&self, calls: &Calls) -> Option<CallHierarchyIncomingCall> {
        let source = self.world.source(calls.other.place.full.file)?;
        Some(CallHierarchyIncomingCall {
            from: self.callee(&calls.other)?,
            from_ranges: self.ranges(source, &calls.names),
        })
    }

    /// `caller` is the file that calls.
    pub(in crate::lsp) fn outgoing(&self, caller: &Source, calls: &Calls) -> Option<CallHierarchyOutgoingCall> {
        Some(CallHierarchyOutgoingCall {
            to: self.callee(&calls.other)?,
            from_ranges: self.ranges(caller, &calls.names),
        })
    }

    fn ranges(&self, source: &Source, ranges: &[TextRange]) -> Vec<Range> {
        ranges.iter().map(|range| self.range(source, *range)).collect()
    }

    pub(in crate::lsp) fn found(&self, found: Vec<Found>) -> WorkspaceSymbolResponse {
        let place = |found: &Found| self.location(found.place.name);
        if self.client.workspace_symbols {
            let symbol = |found: Found| {
                let location: OneOf<Location, _> = OneOf::Left(place(&found)?);
                let (name, kind) = (found.name, symbol_kind(found.kind));
                let container_name = Some(found.container);
                Some(WorkspaceSymbol { name, kind, tags: None, container_name, location, data: None })
            };
            return WorkspaceSymbolResponse::Nested(found.into_iter().filter_map(symbol).collect());
        }
        #[expect(deprecated, reason = "the protocol's type has the field")]
        let symbol = |found: Found| {
            let location = place(&found)?;
            let (name, kind) = (found.name, symbol_kind(found.kind));
            let container_name = Some(found.container);
            Some(SymbolInformation { name, kind, tags: None, deprecated: None, location, container_name })
        };
        WorkspaceSymbolResponse::Flat(found.into_iter().filter_map(symbol).collect())
    }
}
