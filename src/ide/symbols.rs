//! The outline of a file.

use crate::text::{FileId, TextRange};
use crate::world::World;

/// What a symbol stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SymbolKind {
    /// A Kubernetes object.
    Object,
    /// A component of a definition.
    Component,
    /// A `define`.
    Helper,
    /// A key of a values file.
    Key,
}

/// One symbol and those inside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    pub name: String,
    pub detail: String,
    pub kind: SymbolKind,
    /// The whole thing.
    pub full: TextRange,
    /// Its name; inside `full`.
    pub name_range: TextRange,
    pub children: Vec<Symbol>,
}

/// The symbols of a file, in order.
pub fn symbols(world: &World, file: FileId) -> Vec<Symbol> {
    let _ = (world, file);
    Vec::new()
}
