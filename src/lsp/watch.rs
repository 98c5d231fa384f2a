//! Which files the client is asked to watch: exactly the folders that charts were read from.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use tower_lsp::ls_types::notification::{DidChangeWatchedFiles, Notification};
use tower_lsp::ls_types::{
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, OneOf, RelativePattern, Unregistration,
};

use super::convert;
use crate::helm::chart::Package;
use crate::vfs::is_unsaved;
use crate::world::{Contents, World};

/// Charts and settings that come anew, wherever they are.
const NEW: &str = "**/{Chart.yaml,.kubeblocks-ls.yaml}";

/// What the client watches now.
#[derive(Default)]
pub(super) struct Watched {
    folders: Option<BTreeSet<Watch>>,
    /// Counts the registrations.
    count: u64,
}

/// A folder, and which of its files.
type Watch = (Utf8PathBuf, &'static str);

/// A new registration and the one whose place it takes.
pub(super) struct Change {
    pub(super) id: String,
    pub(super) options: DidChangeWatchedFilesRegistrationOptions,
    pub(super) old: Option<Unregistration>,
}

impl Watched {
    /// What to register for this world; `None` where the client watches that already.
    pub(super) fn update(&mut self, world: &World, relative: bool) -> Option<Change> {
        let folders = folders(world);
        if self.folders.as_ref() == Some(&folders) {
            return None;
        }
        let old = self
            .folders
            .is_some()
            .then(|| Unregistration { id: self.id(), method: DidChangeWatchedFiles::METHOD.into() });
        let globs = folders.iter().filter_map(|(folder, files)| glob(folder, files, relative));
        let globs = std::iter::once(GlobPattern::String(NEW.into())).chain(globs);
        let watchers = globs.map(|glob_pattern| FileSystemWatcher { glob_pattern, kind: None }).collect();
        self.folders = Some(folders);
        self.count += 1;
        Some(Change { id: self.id(), options: DidChangeWatchedFilesRegistrationOptions { watchers }, old })
    }

    fn id(&self) -> String {
        format!("charts-{}", self.count)
    }
}

fn folders(world: &World) -> BTreeSet<Watch> {
    let mut found = BTreeSet::new();
    for chart in world.charts.values().filter(|chart| !is_unsaved(&chart.root)) {
        match &chart.contents {
            Contents::Manifest(_) => {
                found.extend(chart.root.parent().map(|folder| (folder.to_owned(), "*.{yaml,yml}")));
            }
            Contents::Package(package) => package_folders(package, &mut found),
        }
    }
    found
}

fn package_folders(package: &Package, found: &mut BTreeSet<Watch>) {
    // What lies inside a chart is watched with it; the members of an archive are no files.
    let inside = package.root.ancestors().skip(1).any(|above| found.contains(&(above.to_owned(), "**/*")));
    if !inside && found.insert((package.root.clone(), "**/*")) {
        for dependency in &package.dependencies {
            package_folders(&dependency.package, found);
        }
    }
}

fn glob(folder: &Utf8Path, files: &str, relative: bool) -> Option<GlobPattern> {
    Some(if relative {
        RelativePattern { base_uri: OneOf::Right(convert::uri(folder)?), pattern: files.into() }.into()
    } else {
        GlobPattern::String(format!("{folder}/{files}"))
    })
}
