//! What comments allow, and the comments that allow nothing.
//!
//! A finding is allowed by comments of its file, or of files on the ways that lead there, so nobody needs more charts for
//! it than for the finding. A comment of a file may hide what stands in others: in those that its charts speak of, and
//! whose findings come by a way through the file.

use std::collections::BTreeSet;

use super::{fence, reported, said, settings};
use crate::allow;
use crate::diagnostic::{Diagnostic, Sink};
use crate::rules::{Check, RULES, Unused};
use crate::text::FileId;
use crate::world::World;

/// Marks the findings that are allowed. The answer has the names in comments that did it.
pub(super) fn mark(world: &World, found: &mut [Diagnostic]) -> BTreeSet<allow::Hit> {
    let allows = |file: FileId| world.files.get(&file).map_or(&[][..], |file| file.allows());
    found.iter_mut().flat_map(|finding| allow::mark(finding, allows)).collect()
}

/// The findings of the comments of a file.
pub(super) fn unused(world: &World, file: FileId) -> Vec<Diagnostic> {
    let allows = world.files.get(&file).map_or(&[][..], |file| file.allows());
    if allows.is_empty() {
        return Vec::new();
    }
    let mut used = BTreeSet::new();
    for reached in reached(world, file) {
        used.extend(mark(world, &mut reported(world, reached)));
    }
    let names =
        allows.iter().enumerate().flat_map(|(at, allow)| (0..allow.rules.len().max(1)).map(move |name| (at, name)));
    let unused = names.filter(|(allow, name)| !used.contains(&allow::Hit { file, allow: *allow, name: *name }));
    let unused: Vec<Unused> = unused.map(|(at, name)| Unused { allow: &allows[at], name }).collect();
    let mut sink = Sink::default();
    for rule in RULES {
        if let Check::Unused(check) = rule.check {
            fence::run_at(rule, file, &mut sink, |sink| check(world, &unused, sink));
        }
    }
    let mut found = sink.into_findings();
    settings::apply(world, file, &mut found);
    found
}

/// The files whose findings comments of `file` may hide.
fn reached(world: &World, file: FileId) -> BTreeSet<FileId> {
    let mut files = BTreeSet::from([file]);
    for world in std::iter::once(world).chain(world.views()) {
        let charts = world.charts.numbers_holding(file);
        let found = charts.flat_map(|number| said(world, number));
        let found = found.filter(|finding| finding.ways.iter().flatten().any(|way| way.file == file));
        files.extend(found.map(|finding| finding.span.file));
    }
    files
}
