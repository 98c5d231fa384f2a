//! What the paths of the command line stand for.

use std::io::{self, Read};

use camino::{Utf8Path, Utf8PathBuf};
use ignore::WalkBuilder;
use ignore::gitignore::GitignoreBuilder;

use super::args::Checking;
use super::{locate, say};
use crate::host::Change;
use crate::vfs::{MAX_FILE_BYTES, normalize};

/// The changes that bring the paths into view, and whether all could be read.
pub(super) fn roots(args: &Checking, folder: &Utf8Path) -> (Vec<Change>, bool) {
    let given = match (args.paths.is_empty(), &args.stdin_filename) {
        (true, Some(_)) => &["-".into()][..],
        (true, None) => &[".".into()][..],
        (false, _) => &args.paths,
    };
    let (mut roots, mut changes, mut good) = (Vec::new(), Vec::new(), true);
    let mut refuse = |path: &Utf8Path, error: &io::Error| {
        say(&format!("cannot read `{path}`: {error}"));
        good = false;
    };
    for path in given {
        if path == "-" {
            let name = args.stdin_filename.clone().unwrap_or_else(|| "stdin.yaml".into());
            match text() {
                Ok(text) => {
                    let path = beside(folder, &name);
                    changes.push(Change::Open(path.clone(), text.into()));
                    roots.push(path);
                }
                Err(error) => refuse("-".into(), &error),
            }
            continue;
        }
        match locate(folder, path) {
            Ok(path) => roots.push(path),
            Err(error) => match matches(folder, path) {
                found if found.is_empty() => refuse(path, &error),
                found => roots.extend(found),
            },
        }
    }
    changes.push(Change::Roots(roots));
    (changes, good)
}

/// All of stdin.
fn text() -> io::Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Where a file would be that need not be there.
fn beside(folder: &Utf8Path, name: &Utf8Path) -> Utf8PathBuf {
    let path = normalize(&folder.join(name));
    let parent = path.parent().and_then(|parent| parent.canonicalize_utf8().ok());
    match (parent, path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path,
    }
}

/// What a pattern stands for, where the shell did not look.
fn matches(folder: &Utf8Path, pattern: &Utf8Path) -> Vec<Utf8PathBuf> {
    let is_pattern = |part: &str| part.contains(['*', '?', '[']);
    let fixed: Utf8PathBuf = pattern.components().take_while(|part| !is_pattern(part.as_str())).collect();
    let Ok(rest) = pattern.strip_prefix(&fixed) else { return Vec::new() };
    let Ok(start) = locate(folder, &fixed) else { return Vec::new() };
    let mut builder = GitignoreBuilder::new(&start);
    let Ok(true) = builder.add_line(None, &format!("/{rest}")).map(|_| !rest.as_str().is_empty()) else {
        return Vec::new();
    };
    let Ok(patterns) = builder.build() else { return Vec::new() };
    let mut found = Vec::new();
    for entry in WalkBuilder::new(&start).sort_by_file_name(Ord::cmp).build().flatten() {
        let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let Ok(path) = Utf8PathBuf::from_path_buf(entry.into_path()) else { continue };
        let known = found.iter().any(|above| path.starts_with(above));
        if !known && path != start && patterns.matched(&path, folder).is_ignore() {
            found.push(path);
        }
    }
    found
}
