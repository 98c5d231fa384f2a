//! YAML with places.

mod brackets;
mod build;
mod fault;
pub mod parser;
pub mod path;
mod recovery;
pub mod reparse;
mod scalar;
mod scratch;
mod tabs;
pub mod tree;
pub mod typing;
