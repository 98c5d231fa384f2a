//! YAML with places.

pub mod parser;
mod scalar;
mod tabs;
pub mod tree;
pub mod typing;
