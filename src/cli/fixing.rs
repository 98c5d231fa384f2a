//! `--fix` and `--diff`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use similar::TextDiff;

use crate::diagnostic::{Diagnostic, Fix};
use crate::fix;
use crate::host::{Change, Host};
use crate::report::relative;
use crate::rules;
use crate::vfs::Source;
use crate::world::World;

/// Some fixes make room for others; more often than this the findings are not asked again.
const MAX_ROUNDS: usize = 8;

/// What the fixes make of files: the text before and after.
#[derive(Default)]
pub(super) struct Fixed {
    files: BTreeMap<Utf8PathBuf, (std::sync::Arc<Source>, String)>,
    pub(super) count: usize,
}

/// Carries out fixes in the host's world until there are none left; nothing is written.
pub(super) fn run(host: &mut Host, guesses: bool, wanted: &dyn Fn(&World, &mut Vec<Diagnostic>)) -> Fixed {
    let mut fixed = Fixed::default();
    for _ in 0..MAX_ROUNDS {
        let world = host.world();
        let mut found = rules::check(&world);
        wanted(&world, &mut found);
        let mut fixes = fix::choose(&found, guesses);
        fixes.retain(|fix| ours(&world, fix));
        let changed = fix::apply(&fixes, |file| world.source(file).map(|source| &**source));
        if changed.is_empty() {
            break;
        }
        fixed.count += fixes.len();
        let mut changes = Vec::new();
        for (file, text) in changed {
            let Some(source) = world.source(file) else { continue };
            changes.push(Change::Open(source.path.clone(), text.as_str().into()));
            let entry = fixed.files.entry(source.path.clone()).or_insert_with(|| (source.clone(), String::new()));
            entry.1 = text;
        }
        if !host.apply(changes) {
            break;
        }
    }
    fixed
}

/// Every file it changes lies in what was asked for; members of archives are no files.
fn ours(world: &World, fix: &Fix) -> bool {
    fix.edits.iter().all(|edit| {
        let Some(path) = world.source(edit.span.file).map(|source| &source.path) else { return false };
        let packed = path.ancestors().skip(1).any(|above| above.extension() == Some("tgz"));
        let inside = world.roots.iter().chain(world.charts.keys()).any(|root| path.starts_with(root));
        inside && !packed || world.config.files.values().any(|file| file.source.path == *path)
    })
}

impl Fixed {
    /// # Errors
    /// The file that cannot be written, and why.
    pub(super) fn write(&self) -> Result<(), String> {
        for (path, (source, text)) in &self.files {
            let mark = if source.bom { "\u{feff}" } else { "" };
            std::fs::write(path, format!("{mark}{text}")).map_err(|error| format!("cannot write `{path}`: {error}"))?;
        }
        Ok(())
    }

    /// The changes as `diff -u` shows them.
    pub(super) fn diff(&self, folder: &Utf8Path) -> String {
        let files = self.files.iter().map(|(path, (source, text))| {
            let name = relative(folder, path);
            let diff = TextDiff::from_lines(&*source.text, text);
            diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string()
        });
        files.collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Of how many files.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }
}
