//! What editors ask, in the words of editors but without their protocol: a cursor leads to places, places to answers.

pub mod definition;
pub mod hover;
pub mod symbols;

use crate::text::{FileId, Span};

/// Where the user is: a byte offset in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    pub file: FileId,
    pub offset: u32,
}

/// Where a jump leads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Target {
    /// The whole thing: a document, a list item, a key with what it holds.
    pub full: Span,
    /// Its name.
    pub name: Span,
}

/// What a jump starts from and where it leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Links {
    /// The text that is the link: a name without quotes and blanks.
    pub origin: Span,
    /// Best first; never empty.
    pub targets: Vec<Target>,
}
