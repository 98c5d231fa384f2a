//! YAML with places.

mod build;
pub mod parser;
mod recovery;
mod scalar;
mod scratch;
pub mod tree;
pub mod typing;
