#![doc = include_str!("ARCHITECTURE.md")]

pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod helm;
pub mod host;
pub mod ide;
pub mod lsp;
pub mod model;
pub mod report;
pub mod rules;
pub mod schema;
pub mod template;
pub mod text;
pub mod vfs;
pub mod world;
pub mod yaml;
