//! `--changed-since`: what git says was changed.

use std::collections::BTreeSet;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::text::FileId;
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

fn git(folder: &Utf8Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new("git").current_dir(folder).args(args).output();
    let output = output.map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(words.lines().next().unwrap_or("git failed").to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
