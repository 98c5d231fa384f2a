//! The only integration test binary.
#![expect(clippy::disallowed_methods, reason = "tests read their own data")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "counts are told to the reader of a test run")]

mod admission;
mod asked;
mod bounds;
mod bugs;
mod ci;
mod cli;
mod completion;
mod config;
mod corpus;
mod docs;
mod editors;
mod edits;
mod fixes;
mod formats;
mod fuzz;
mod generated;
mod graph;
mod greptimedb;
mod helm;
mod hostile;
mod ide;
mod lsp;
mod mutations;
mod names;
mod oracle;
mod order;
mod origins;
mod packages;
mod pages;
mod planted;
mod prefixes;
mod resolve;
mod schema;
mod scripts;
mod seeds;
mod sets;
mod support;
mod templates;
mod tidy;
mod worlds;
mod yaml;
