//! Settings that only an editor has: what is laid over the text.

use serde::Deserialize;
use serde_json::Value;

use crate::ide::{hints, lenses};

/// What is shown. Everything is, unless somebody says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Display {
    hints: Hints,
    lenses: Lenses,
}

/// The keys of these settings, in our section.
const KEYS: [&str; 2] = ["hints", "lenses"];

/// `hints.values`, `hints.references`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(default)]
struct Hints {
    values: bool,
    references: bool,
}

/// `lenses.references`, `lenses.includes`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(default)]
struct Lenses {
    references: bool,
    includes: bool,
}

impl Default for Hints {
    fn default() -> Self {
        Self { values: true, references: true }
    }
}

impl Default for Lenses {
    fn default() -> Self {
        Self { references: true, includes: true }
    }
}

impl Display {
    /// Takes what is ours out of the settings.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn take(settings: &mut serde_json::Map<String, Value>) -> Result<Self, serde_json::Error> {
        let [hints, lenses] = KEYS.map(|key| settings.remove(key).filter(|value| !value.is_null()));
        Ok(Self {
            hints: hints.map(serde_json::from_value).transpose()?.unwrap_or_default(),
            lenses: lenses.map(serde_json::from_value).transpose()?.unwrap_or_default(),
        })
    }

    pub(super) fn hints(self) -> hints::Wanted {
        hints::Wanted { values: self.hints.values, references: self.hints.references }
    }

    pub(super) fn lenses(self) -> lenses::Wanted {
        lenses::Wanted { references: self.lenses.references, includes: self.lenses.includes }
    }
}
