//! What follows when files get other names.

use camino::{Utf8Path, Utf8PathBuf};

use super::template::{self, Meaning};
use crate::diagnostic::Edit;
use crate::text::Span;
use crate::world::World;

/// The edits after which templates read the same files as before, once each `(old, new)` has its new name. Folders may
/// be renamed too. A file that leaves its chart is not followed.
pub fn renamed(world: &World, renames: &[(Utf8PathBuf, Utf8PathBuf)]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for chart in world.charts.values() {
        let Some(package) = chart.package() else { continue };
        for file in chart.files.values().filter(|file| file.source.path.starts_with(package.root.join("templates"))) {
            for symbol in template::symbols(file) {
                let Meaning::File(read) = &symbol.meaning else { continue };
                let Some(new) = moved(&package.root, read, renames) else { continue };
                let span = Span { file: file.source.id, range: symbol.origin };
                // What is written in another way than it reads is left alone.
                if span.range.of(&file.source.text) == read && !edits.iter().any(|edit| edit.span == span) {
                    edits.push(Edit { span, text: new });
                }
            }
        }
    }
    edits
}

/// The new path of a file that is read as `read` below `root`.
fn moved(root: &Utf8Path, read: &str, renames: &[(Utf8PathBuf, Utf8PathBuf)]) -> Option<String> {
    let path = crate::vfs::normalize(&root.join(read));
    renames.iter().find_map(|(old, new)| {
        let rest = path.strip_prefix(old).ok()?;
        let new = if rest.as_str().is_empty() { new.clone() } else { new.join(rest) };
        let new = new.strip_prefix(root).ok()?;
        Some(new.as_str().replace('\\', "/"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn files_and_folders() {
        let fixture = Fixture::of(
            "#- templates/a.yaml\n<|>a: {{ .Files.Get \"s/a.sh\" }}{{ .Files.Get \"s/b.sh\" }}{{ .Files.Get (printf \"s/%s\" \"a.sh\") }}\n\
             #- s/a.sh\n#- s/b.sh\n",
        );
        let (source, _) = fixture.cursor();
        let edits = |old: &str, new: &str| -> Vec<String> {
            let found = renamed(&fixture.world, &[(old.into(), new.into())]);
            found.iter().map(|edit| format!("{} {}", edit.span.range.of(&source.text), edit.text)).collect()
        };
        assert_eq!(edits("/w/c/s/a.sh", "/w/c/t/c.sh"), ["s/a.sh t/c.sh"]);
        assert_eq!(edits("/w/c/s", "/w/c/t/u"), ["s/a.sh t/u/a.sh", "s/b.sh t/u/b.sh"]);
        assert_eq!(edits("/w/c/s/a.sh", "/w/d/a.sh"), [""; 0]);
        assert_eq!(edits("/w/c/x", "/w/c/y"), [""; 0]);
    }
}
