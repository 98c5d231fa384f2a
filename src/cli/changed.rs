//! `--changed-since` and `--installed`: what git says was changed, and how it was before.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::text::FileId;
use crate::vfs::{Disk, Entry, OsDisk};
use crate::world::World;

/// The paths that differ from a revision, those that git does not know among them.
///
/// # Errors
/// Git's words.
pub(super) fn paths(folder: &Utf8Path, revision: &str) -> Result<BTreeSet<Utf8PathBuf>, String> {
    let top = git(folder, &["rev-parse", "--show-toplevel"])?;
    let top = Utf8PathBuf::from(top.trim_end());
    let top = top.canonicalize_utf8().unwrap_or(top);
    if revision.starts_with('-') {
        return Err(format!("`{revision}` is no revision"));
    }
    let changed = git(&top, &["diff", "--name-only", "--no-renames", "-z", revision, "--"])?;
    let new = git(&top, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let names = changed.split('\0').chain(new.split('\0')).filter(|name| !name.is_empty());
    Ok(names.map(|name| top.join(name)).collect())
}

/// The disk as it was at a revision: what git knows of it, and the rest as it is.
///
/// # Errors
/// Git's words.
pub(super) fn disk(folder: &Utf8Path, revision: &str) -> Result<Before, String> {
    let top = git(folder, &["rev-parse", "--show-toplevel"])?;
    let top = Utf8PathBuf::from(top.trim_end());
    let top = top.canonicalize_utf8().unwrap_or(top);
    let differ = paths(folder, revision)?;
    let known = git(&top, &["ls-tree", "-r", "-z", "--name-only", "--full-tree", revision])?;
    let known: BTreeSet<&str> = known.split('\0').collect();
    let mut files = BTreeMap::new();
    for path in differ {
        let Ok(name) = path.strip_prefix(&top) else { continue };
        let there = known.contains(name.as_str());
        let bytes = there.then(|| git_bytes(&top, &["cat-file", "blob", &format!("{revision}:{name}")])).transpose()?;
        files.insert(path, bytes);
    }
    Ok(Before { files })
}

/// See [`disk`].
pub(super) struct Before {
    /// What differs from now: its bytes; `None` for what was not there.
    files: BTreeMap<Utf8PathBuf, Option<Vec<u8>>>,
}

impl Disk for Before {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        match self.files.get(path) {
            Some(bytes) => bytes.clone().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)),
            None => OsDisk.read(path),
        }
    }

    fn list(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
        let mut found: BTreeMap<String, Entry> = match OsDisk.list(folder) {
            Ok(entries) => entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect(),
            Err(error) if !self.has(folder) => return Err(error),
            Err(_) => BTreeMap::new(),
        };
        for (path, bytes) in &self.files {
            let Ok(rest) = path.strip_prefix(folder) else { continue };
            let mut parts = rest.components();
            let Some(name) = parts.next().map(|part| part.as_str().to_owned()) else { continue };
            let inside = parts.next().is_some();
            if bytes.is_some() {
                found.entry(name.clone()).or_insert(Entry { name, folder: inside, link: None });
            } else if !inside {
                found.remove(&name);
            }
        }
        Ok(found.into_values().collect())
    }

    fn has(&self, path: &Utf8Path) -> bool {
        let below = || self.files.iter().any(|(file, bytes)| bytes.is_some() && file.starts_with(path));
        self.files.get(path).map_or_else(|| OsDisk.has(path) || below(), Option::is_some)
    }

    fn real(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        OsDisk.real(path).or_else(|| self.has(path).then(|| path.to_owned()))
    }

    fn is_link(&self, path: &Utf8Path) -> bool {
        OsDisk.is_link(path)
    }
}

fn git(folder: &Utf8Path, args: &[&str]) -> Result<String, String> {
    git_bytes(folder, args).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn git_bytes(folder: &Utf8Path, args: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git").current_dir(folder).args(args).output();
    let output = output.map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(words.lines().next().unwrap_or("git failed").to_owned());
    }
    Ok(output.stdout)
}

/// Leaves the findings in files of charts that read something changed; all where settings changed.
pub(super) fn narrow(world: &World, changed: &BTreeSet<Utf8PathBuf>, findings: &mut Vec<Diagnostic>) {
    if world.config.files.values().any(|file| changed.contains(&file.source.path)) {
        return;
    }
    let touched = world.charts.values().filter(|chart| {
        let own = |path: &Utf8PathBuf| path.starts_with(&chart.root) || chart.reads.contains(path);
        changed.iter().any(own)
    });
    let files: BTreeSet<FileId> = touched.flat_map(|chart| chart.files.keys().copied()).collect();
    findings.retain(|finding| {
        let places = std::iter::once(finding.span).chain(finding.related.iter().map(|related| related.span));
        places.into_iter().any(|place| files.contains(&place.file))
    });
}
