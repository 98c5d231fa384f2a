//! What the tests share: worlds in memory, carets, goldens.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::diagnostic::{Diagnostic, Severity};
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::text::Encoding;
use kubeblocks_ls::vfs::{MemoryDisk, OsDisk};
use kubeblocks_ls::world::World;

/// A host that has seen the whole of a disk in memory, with one root, `/w`.
pub(crate) fn memory_host(files: &BTreeMap<Utf8PathBuf, String>) -> Host {
    let files = files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
    let mut host = Host::new(Arc::new(MemoryDisk { files }));
    host.apply(vec![Change::Roots(vec!["/w".into()])]);
    host
}

/// The world of real folders.
pub(crate) fn disk_world(roots: &[PathBuf]) -> Arc<World> {
    let mut host = Host::new(Arc::new(OsDisk));
    let roots = roots.iter().map(|root| Utf8PathBuf::from_path_buf(root.clone()).unwrap()).collect();
    host.apply(vec![Change::Roots(roots)]);
    host.world()
}

/// A folder of the data that is not part of this project; `None`, with a word on stderr, where it is not there.
///
/// # Panics
/// On CI, where the data must be there.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("KUBEBLOCKS_LS_CORPUS").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let path = root.join(folder);
    if let Ok(path) = path.canonicalize() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "the corpus is not at {}", path.display());
    eprintln!("skipped: no corpus at {}", path.display());
    None
}

/// True when goldens are to be written anew.
pub(crate) fn update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// Compares with a file of the project (path from its root), or writes that file.
pub(crate) fn golden(path: &str, actual: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if update() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(expected == actual, "{path} differs; UPDATE=1 cargo test writes it anew\n{}", diff(&expected, actual));
}

/// The lines that differ, with their numbers.
pub(crate) fn diff(expected: &str, actual: &str) -> String {
    let (expected, actual): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    let same_head = expected.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let tail = expected[same_head..].iter().rev().zip(actual[same_head..].iter().rev());
    let same_tail = tail.take_while(|(a, b)| a == b).count();
    let mut out = String::new();
    for line in &expected[same_head..expected.len() - same_tail] {
        out.push_str(&format!("- {line}\n"));
    }
    for line in &actual[same_head..actual.len() - same_tail] {
        out.push_str(&format!("+ {line}\n"));
    }
    format!("from line {}:\n{out}", same_head + 1)
}

/// Maps over items on all cores; the answers come in order.
pub(crate) fn in_parallel<T: Sync, A: Send>(items: &[T], work: impl Fn(&T) -> A + Sync) -> Vec<A> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let size = items.len().div_ceil(threads * 4).max(1);
    let chunks: Vec<_> = items.chunks(size).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut answers: Vec<(usize, Vec<A>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some(chunk) = chunks.get(at) else { return done };
                        done.push((at, chunk.iter().map(&work).collect()));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().flat_map(|(_, answers)| answers).collect()
}

/// A finding as one line of a list: `path:line:column severity rule: message` (from 1, Unicode scalar values).
pub(crate) fn line_of(world: &World, root: &Utf8Path, finding: &Diagnostic) -> String {
    let source = world.source(finding.span.file).unwrap();
    let at = source.lines.line_col(finding.span.range.start, Encoding::Utf32);
    let path = source.path.strip_prefix(root).unwrap_or(&source.path);
    let severity = word(finding.severity);
    format!("{path}:{}:{} {severity} {}: {}", at.line + 1, at.col + 1, finding.rule, finding.message)
}

pub(crate) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// What carets said of one line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Mark {
    pub(crate) path: Utf8PathBuf,
    /// From 0.
    pub(crate) line: u32,
    /// Unicode scalar values from 0: the first marked and the first no longer marked.
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) text: String,
}

/// Takes lines of the form `# ^^^^ text` out of `text`; each marks the line above it that is no such line.
pub(crate) fn take_carets(path: &Utf8Path, text: &str) -> (String, Vec<Mark>) {
    let mut kept = String::new();
    let mut line = 0u32;
    let mut marks = Vec::new();
    for row in text.split_inclusive('\n') {
        let body = row.trim_start();
        let comment = ["# ", "#", "// ", "{{/* "].iter().find_map(|open| body.strip_prefix(open)).map(str::trim_start);
        match comment.filter(|comment| comment.starts_with('^')) {
            Some(comment) if line > 0 => {
                let carets = comment.chars().take_while(|c| *c == '^').count() as u32;
                let from = row.chars().take_while(|c| *c != '^').count() as u32;
                let text = comment.trim_start_matches('^').trim().trim_end_matches("*/}}").trim().to_owned();
                marks.push(Mark { path: path.to_owned(), line: line - 1, from, to: from + carets, text });
            }
            _ => {
                kept.push_str(row);
                line += 1;
            }
        }
    }
    (kept, marks)
}

/// The mark that carets would have to make for a finding: over several lines, to the end of the first.
pub(crate) fn mark_of(world: &World, root: &Utf8Path, finding: &Diagnostic) -> Mark {
    let source = world.source(finding.span.file).unwrap();
    let start = source.lines.line_col(finding.span.range.start, Encoding::Utf32);
    let end = source.lines.line_col(finding.span.range.end, Encoding::Utf32);
    let to = if end.line == start.line {
        end.col
    } else {
        source.lines.line_col(source.lines.line_range(start.line).end, Encoding::Utf32).col
    };
    Mark {
        path: source.path.strip_prefix(root).unwrap_or(&source.path).to_owned(),
        line: start.line,
        from: start.col,
        to: to.max(start.col + 1),
        text: format!("{}: {}", finding.rule, finding.message),
    }
}

/// A small generator of numbers that are the same in every run (xorshift).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }

    /// One of these.
    pub(crate) fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }
}
