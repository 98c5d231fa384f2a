//! Value sets: the values a chart is seen with, each with a name.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::chart::Reader;
use crate::vfs::{Source, normalize};

/// `ci/` files that are looked at: each one renders the chart again.
const MAX_CI_FILES: usize = 12;

/// A set of values a chart is rendered under.
#[derive(Clone, Debug)]
pub struct ValueSet {
    /// `defaults`, the path of the file that gives the values, or what the configuration calls them.
    pub name: String,
    /// `-f` files over values.yaml, in order.
    pub files: Vec<Arc<Source>>,
}

impl Default for ValueSet {
    fn default() -> Self {
        Self { name: "defaults".into(), files: Vec::new() }
    }
}

impl ValueSet {
    /// The set that `files` give over values.yaml; `None` where one of them cannot be read.
    pub fn read(name: impl Into<String>, files: &[Utf8PathBuf], reader: &mut dyn Reader) -> Option<Self> {
        let files = files.iter().map(|path| reader.source(path)).collect::<Option<_>>()?;
        Some(Self { name: name.into(), files })
    }

    /// Whether both are made of the same texts.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.files.len() == other.files.len()
            && self.files.iter().zip(&other.files).all(|(one, other)| Arc::ptr_eq(one, other))
    }
}

/// The sets that the settings give for a chart, by their names: those of which it has all files.
pub fn of_settings(root: &Utf8Path, named: &BTreeMap<String, Vec<String>>, reader: &mut dyn Reader) -> Vec<ValueSet> {
    let sets = named.iter().filter_map(|(name, files)| {
        let paths: Vec<_> = files.iter().map(|file| normalize(&root.join(file))).collect();
        let allowed = !paths.is_empty() && paths.iter().all(|path| reader.allowed(path));
        allowed.then(|| ValueSet::read(name.clone(), &paths, reader)).flatten()
    });
    sets.collect()
}

/// The sets that a chart's folder itself gives: its defaults, then the files that chart testing installs it with. They
/// are no part of the chart, so `.helmignore` does not matter.
pub fn of_folder(root: &Utf8Path, reader: &mut dyn Reader) -> Vec<ValueSet> {
    let mut sets = vec![ValueSet::default()];
    let names =
        reader.list(&root.join("ci")).into_iter().filter(|entry| !entry.folder && entry.name.ends_with("-values.yaml"));
    for name in names.map(|entry| format!("ci/{}", entry.name)).take(MAX_CI_FILES) {
        let path = root.join(&name);
        sets.extend(ValueSet::read(name, &[path], reader));
    }
    sets
}
