//! What editors ask, in the words of editors but without their protocol: a cursor leads to places, places to answers.

pub mod actions;
mod addons;
pub mod calls;
mod candidates;
pub mod completion;
pub mod definition;
mod describe;
mod environment;
mod field;
mod field_path;
pub mod files;
pub mod highlight;
pub mod hints;
pub mod hover;
pub mod lenses;
pub mod links;
mod locate;
mod manifest;
mod parameters;
mod paths;
pub mod preview;
mod refactor;
mod reference;
pub mod references;
pub mod rename;
#[cfg(test)]
mod rows;
pub mod search;
pub mod settings;
mod shapes;
pub mod signature;
pub mod structure;
pub mod symbols;
mod template;
pub mod tokens;
mod typed;

use crate::text::{FileId, Span};

/// Where the user is: a byte offset in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    pub file: FileId,
    pub offset: u32,
}

/// Where a jump leads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Target {
    /// The whole thing: a document, a list item, a key with what it holds.
    pub full: Span,
    /// Its name.
    pub name: Span,
}

/// What a jump starts from and where it leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Links {
    /// The text that is the link: a name without quotes and blanks.
    pub origin: Span,
    /// Best first; never empty.
    pub targets: Vec<Target>,
}

#[cfg(test)]
mod fixture {
    //! Small charts with a cursor.
    //!
    //! `#- path` starts a file, `<|>` is the cursor, and a line `# ^^^ text` says something of the text above the carets
    //! (the cursor's mark does not count). A line `#= file:line:from-to text` says it where there is no text.

    use std::sync::Arc;

    use camino::{Utf8Path, Utf8PathBuf};

    use super::Cursor;
    use crate::host::{Change, Host};
    use crate::text::{LineCol, Span, TextRange};
    use crate::vfs::{MemoryDisk, Source};
    use crate::world::World;

    pub(super) struct Fixture {
        pub(super) world: Arc<World>,
        cursor: Option<(Utf8PathBuf, usize)>,
        /// What carets say, in order.
        pub(super) marks: Vec<String>,
    }

    impl Fixture {
        /// Files lie in the chart `c`, unless their path begins with `/`. A Chart.yaml is made where none is given.
        pub(super) fn of(text: &str) -> Self {
            let mut disk = MemoryDisk::default();
            let mut cursor = None;
            let mut marks = Vec::new();
            for part in text.split("#- ").skip(1) {
                let (path, text) = part.split_once('\n').unwrap();
                let path = Utf8Path::new("/w/c").join(path.trim());
                let mut kept = String::new();
                let mut line = 0;
                for row in text.split_inclusive('\n') {
                    if let Some(mark) = row.strip_prefix("#= ") {
                        marks.push(mark.trim().to_owned());
                        continue;
                    }
                    let comment = row.trim_start().strip_prefix('#').map(str::trim_start);
                    match comment.filter(|comment| comment.starts_with('^')) {
                        Some(rest) => {
                            let from = row.find('^').unwrap();
                            let to = row.rfind('^').unwrap() + 1;
                            let label = rest.trim_start_matches('^').trim();
                            marks.push(format!("{}:{line}:{from}-{to} {label}", short(&path)));
                        }
                        None => {
                            kept.push_str(row);
                            line += 1;
                        }
                    }
                }
                if let Some(at) = kept.find("<|>") {
                    kept.replace_range(at..at + 3, "");
                    cursor = Some((path.clone(), at));
                }
                disk.files.insert(path, kept.into_bytes());
            }
            let charts: Vec<_> = disk
                .files
                .keys()
                .filter_map(|path| path.strip_prefix("/w").ok()?.iter().next().map(str::to_owned))
                .collect();
            for chart in charts {
                let manifest = format!("apiVersion: v2\nname: {chart}\nversion: 0.1.0\n");
                disk.files.entry(Utf8Path::new("/w").join(chart).join("Chart.yaml")).or_insert(manifest.into_bytes());
            }
            let mut host = Host::new(Arc::new(disk));
            host.apply(vec![Change::Roots(vec!["/w".into()])]);
            Self { world: host.world(), cursor, marks }
        }

        pub(super) fn cursor(&self) -> (Arc<Source>, Cursor) {
            let (path, offset) = self.cursor.as_ref().unwrap();
            let source = self.world.file(path).unwrap().source.clone();
            let cursor = Cursor { file: source.id, offset: *offset as u32 };
            (source, cursor)
        }

        /// What carets would have to say of a span.
        pub(super) fn mark(&self, span: Span, label: &str) -> String {
            let source = self.world.source(span.file).unwrap();
            let at = |offset| source.lines.line_col(offset, crate::text::Encoding::Utf8);
            let (start, end) = (at(span.range.start), at(span.range.end));
            let end = if end.line == start.line { end.col } else { self.width(source, start) };
            format!("{}:{}:{}-{end} {label}", short(&source.path), start.line + 1, start.col)
        }

        fn width(&self, source: &Source, at: LineCol) -> u32 {
            source.lines.line_range(at.line).len() as u32
        }

        /// Number of lines that a span touches.
        pub(super) fn lines(&self, span: Span) -> usize {
            let text = &self.world.source(span.file).unwrap().text;
            let TextRange { start, end } = span.range;
            text[start as usize..end as usize].trim_end().matches('\n').count() + 1
        }
    }

    fn short(path: &Utf8Path) -> &str {
        path.strip_prefix("/w").unwrap().as_str()
    }
}
