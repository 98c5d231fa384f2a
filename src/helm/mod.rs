//! Charts and their rendering, as Helm does it.

mod archive;
pub mod capabilities;
pub mod chart;
pub mod data;
mod decode;
pub(crate) mod files;
pub mod funcs;
mod glob;
mod ignore;
pub mod json;
mod json_reader;
mod load;
pub mod manifest;
mod metadata;
mod objects;
pub mod outline;
pub mod render;
mod reuse;
mod scalar_style;
mod scope;
pub mod set;
pub mod sets;
pub mod to_yaml;
mod toml;
mod unit;
mod values;
mod values_schema;

/// The release name under which charts are checked; no author writes it, so text that has it names the release.
pub const RELEASE_NAME: &str = "release-name";
/// The namespace under which charts are checked; see [`RELEASE_NAME`]. Short, because some charts refuse long ones.
pub const RELEASE_NAMESPACE: &str = "release-ns";
