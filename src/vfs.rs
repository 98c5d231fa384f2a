//! Files: what is read from the disk, and the editor's text over it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::text::{FileId, LineIndex};

/// A file longer than this (bytes) is not read: it is no chart's template.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// What is said of a link that leads to where nothing may be read.
pub const OUT: &str = "it leads out of the workspace";

/// One file's path and its immutable text.
///
/// The text is what Helm sees: a byte order mark at the start is cut off, and `bom` remembers it.
pub struct Source {
    pub id: FileId,
    pub path: Utf8PathBuf,
    pub text: Arc<str>,
    pub lines: LineIndex,
    /// Three bytes were cut off in front of `text`.
    pub bom: bool,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path)
    }
}

impl Source {
    pub fn new(id: FileId, path: Utf8PathBuf, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let (text, bom) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (Arc::from(rest), true),
            None => (text, false),
        };
        let lines = LineIndex::new(text.clone());
        Self { id, path, text, lines, bom }
    }
}

/// One entry of a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub name: String,
    pub folder: bool,
    /// Where a symbolic link leads.
    pub link: Option<Utf8PathBuf>,
}

/// The world of files outside. All paths are absolute and normal (no `..`).
pub trait Disk: Send + Sync {
    /// The bytes of a regular file of at most [`MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied` and the like; `InvalidInput` for what is no regular file or too long.
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>>;

    /// The entries of a folder in byte order of their names; what has no UTF-8 name is left out.
    ///
    /// # Errors
    /// As for [`Disk::read`].
    fn list(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>>;

    /// Whether there is a file or folder at `path`.
    fn has(&self, path: &Utf8Path) -> bool;

    /// The path with all links followed; `None` where nothing is there.
    fn real(&self, path: &Utf8Path) -> Option<Utf8PathBuf>;

    /// The path itself is a symbolic link.
    fn is_link(&self, path: &Utf8Path) -> bool;
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("it is longer than {MAX_FILE_BYTES} bytes"))
}

/// The real disk.
#[derive(Default)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let meta = std::fs::metadata(path)?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut bytes = Vec::with_capacity(meta.len().min(MAX_FILE_BYTES) as usize);
        // Some files of the system are longer than they say.
        std::fs::File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE_BYTES { Err(too_long()) } else { Ok(bytes) }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that lists folders")]
    fn list(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = Utf8PathBuf::from(format!("{folder}/{name}"));
            let kind = entry.file_type();
            let link = kind.as_ref().is_ok_and(std::fs::FileType::is_symlink).then(|| self.real(&path)).flatten();
            let folder = match kind {
                Ok(kind) if !kind.is_symlink() => kind.is_dir(),
                _ => link.as_ref().is_some_and(|target| target.is_dir()),
            };
            entries.push(Entry { name, folder, link });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn has(&self, path: &Utf8Path) -> bool {
        path.exists()
    }

    fn real(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        path.canonicalize_utf8().ok()
    }

    fn is_link(&self, path: &Utf8Path) -> bool {
        path.is_symlink()
    }
}

/// A disk in memory, for tests.
#[derive(Default, Clone)]
pub struct MemoryDisk {
    pub files: BTreeMap<Utf8PathBuf, Vec<u8>>,
}

impl Disk for MemoryDisk {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let bytes = self.files.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        if bytes.len() as u64 > MAX_FILE_BYTES { Err(too_long()) } else { Ok(bytes) }
    }

    fn list(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
        let mut entries: BTreeMap<String, bool> = BTreeMap::new();
        for path in self.files.keys() {
            let Ok(rest) = path.strip_prefix(folder) else { continue };
            let mut parts = rest.components();
            if let Some(first) = parts.next() {
                let is_folder = parts.next().is_some();
                *entries.entry(first.as_str().to_owned()).or_default() |= is_folder;
            }
        }
        if entries.is_empty() {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        Ok(entries.into_iter().map(|(name, folder)| Entry { name, folder, link: None }).collect())
    }

    fn has(&self, path: &Utf8Path) -> bool {
        self.files.keys().any(|file| file.starts_with(path))
    }

    fn real(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        Some(path.to_owned())
    }

    fn is_link(&self, _: &Utf8Path) -> bool {
        false
    }
}

/// The folder of documents that were never saved; no disk has it.
const UNSAVED: &str = "/untitled:";

/// The path of a document that was never saved and has this name in the editor.
pub fn unsaved(name: &str) -> Option<Utf8PathBuf> {
    let is_plain = !name.is_empty() && !name.contains(['/', '\\']);
    is_plain.then(|| Utf8Path::new(UNSAVED).join(format!("{name}.yaml")))
}

/// The name in the editor of a document that was never saved.
pub fn unsaved_name(path: &Utf8Path) -> Option<&str> {
    path.strip_prefix(UNSAVED).ok()?.as_str().strip_suffix(".yaml")
}

/// No disk has anything there.
pub fn is_unsaved(path: &Utf8Path) -> bool {
    path.starts_with(UNSAVED)
}

/// Gives each path one [`FileId`].
#[derive(Default)]
pub struct Files {
    ids: HashMap<Utf8PathBuf, FileId>,
}

impl Files {
    pub fn id(&mut self, path: &Utf8Path) -> FileId {
        if let Some(&id) = self.ids.get(path) {
            return id;
        }
        let id = FileId(self.ids.len() as u32);
        self.ids.insert(path.to_owned(), id);
        id
    }
}

/// Bytes of memory that this process holds, where the system has a file that tells.
#[expect(clippy::disallowed_methods, reason = "it is no file of the workspace")]
pub fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? << 10)
}

/// `path` without `.` and `..`, resolved by names alone.
pub fn normalize(path: &Utf8Path) -> Utf8PathBuf {
    let mut out = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            camino::Utf8Component::CurDir => {}
            camino::Utf8Component::ParentDir => {
                out.pop();
            }
            part => out.push(part.as_str()),
        }
    }
    out
}
