//! YAML with places.

pub mod parser;
pub mod tree;
