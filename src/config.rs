//! Settings.

use serde::{Deserialize, Serialize};

/// What a user can choose. Defaults work.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Config {
    /// Rules that are switched off, by name.
    pub disabled_rules: Vec<String>,
}
