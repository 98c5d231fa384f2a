//! YAML with places.

pub mod parser;
mod scalar;
pub mod tree;
