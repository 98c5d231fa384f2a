//! `--watch`: waits until something changes on the disk.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::world::World;

/// Changes closer to each other than this are taken together.
const PAUSE: Duration = Duration::from_millis(100);

/// Tells of changes below the folders that charts are read from.
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<notify::Event>>,
    watched: BTreeSet<Utf8PathBuf>,
}

impl Watch {
    /// # Errors
    /// The system's words where it cannot watch.
    pub(super) fn new() -> Result<Self, String> {
        let (sender, events) = channel();
        let watcher = notify::recommended_watcher(sender).map_err(|error| error.to_string())?;
        Ok(Self { watcher, events, watched: BTreeSet::new() })
    }

    /// Watches what this world was read from.
    ///
    /// # Errors
    /// As for [`Watch::new`].
    pub(super) fn follow(&mut self, world: &World) -> Result<(), String> {
        for root in &world.roots {
            let folder = if root.is_dir() { root } else { root.parent().unwrap_or(root) };
            self.add(folder, RecursiveMode::Recursive)?;
        }
        // Neighbours by `file://`, and settings above.
        let reads = world.charts.values().flat_map(|chart| &chart.reads);
        let folders = reads.filter_map(|path| path.parent()).chain(world.config.files.keys().map(|folder| &**folder));
        for folder in folders.filter(|folder| folder.is_dir()).collect::<BTreeSet<_>>() {
            if !world.roots.iter().any(|root| folder.starts_with(root)) {
                self.add(folder, RecursiveMode::NonRecursive)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, folder: &Utf8Path, mode: RecursiveMode) -> Result<(), String> {
        if self.watched.insert(folder.to_owned()) {
            self.watcher.watch(folder.as_std_path(), mode).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Waits for changes; `None` when there can be none any more.
    pub(super) fn wait(&self) -> Option<BTreeSet<Utf8PathBuf>> {
        let mut changed = BTreeSet::new();
        while changed.is_empty() {
            take(&mut changed, self.events.recv().ok()?);
            while let Ok(event) = self.events.recv_timeout(PAUSE) {
                take(&mut changed, event);
            }
        }
        Some(changed)
    }
}

/// Whoever reads a file changes nothing.
fn take(changed: &mut BTreeSet<Utf8PathBuf>, event: notify::Result<notify::Event>) {
    let Ok(event) = event else { return };
    if !event.kind.is_access() {
        changed.extend(event.paths.into_iter().filter_map(|path| Utf8PathBuf::from_path_buf(path).ok()));
    }
}
