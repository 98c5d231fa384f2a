//! What is told of the text under the cursor.

use super::Cursor;
use crate::text::Span;
use crate::world::World;

/// One part of what is told. Each reads well as Markdown and as plain text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    /// A paragraph; names in backticks.
    Text(String),
    /// Text as it is, in this language.
    Code { language: &'static str, text: String },
    /// A line that leads to a place.
    Link { text: String, to: Span },
}

/// What is told, and of which text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    pub origin: Span,
    pub blocks: Vec<Block>,
}

/// What is known of the text under the cursor.
pub fn hover(world: &World, at: Cursor) -> Option<Hover> {
    let _ = (world, at);
    None
}
