//! The run of the rules. Findings are asked for by file: those of a file come from the charts that hold it, and those of
//! a world are those of its files.
//!
//! ```text
//! chart ── rules ──► remembered by the chart, or by world and chart ┐
//!            … of each chart that holds the file, as `merge` says    ├─► `sets`: with other values
//! file ─── rules ──────────────────────────────────────────────────┘        │
//!                          comments allow some (`allowed`) ◄── `settings` ◄──┘
//! ```

mod allowed;
mod fence;
mod merge;
mod sets;
mod settings;
mod switches;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub(super) use self::switches::is_heard as is_heard_with_switches;
use self::switches::switched;
use super::{Check, RULES, Rule};
use crate::diagnostic::{Diagnostic, Severity, Sink};
use crate::model::admission::{self, Dated};
use crate::model::object::Document;
use crate::model::uses::Uses;
use crate::reads;
use crate::said::{Changes, Run, Said};
use crate::text::FileId;
use crate::threads;
use crate::world::{Chart, Spoken, World};

/// All findings of a world that nobody allowed, in the order of files and places.
pub fn check(world: &World) -> Vec<Diagnostic> {
    let mut found = check_all(world);
    found.retain(|finding| finding.allowed.is_none());
    found
}

/// All findings of a world, those that comments allow among them.
pub fn check_all(world: &World) -> Vec<Diagnostic> {
    let mut files: Vec<FileId> = spoken_of(world).into_iter().collect();
    let path = |file: &FileId| world.source(*file).map(|source| source.path.as_path());
    files.sort_by(|a, b| path(a).cmp(&path(b)));
    files.into_iter().flat_map(|file| check_file(world, file)).collect()
}

/// The files to be told of after a world was looked at as a whole.
pub struct News {
    pub files: BTreeSet<FileId>,
    /// So many steps it took.
    pub steps: usize,
    /// These are all that have something to say, and not only those that may say something else than before.
    pub all: bool,
}

/// What is news in a world to somebody who knows what is `spoken` in a former one; `None` where nobody wants to know any
/// more before all charts were looked at. Who is asked hears how many steps are done, and of how many.
pub fn news_while(
    world: &World,
    spoken: Option<&Spoken>,
    wanted: &(dyn Fn(usize, usize) -> bool + Sync),
) -> Option<News> {
    let charts: Vec<_> = world.charts.values().collect();
    let judged = || std::iter::once(world).chain(world.views());
    let steps = charts.len() + judged().map(|world| world.charts.len()).sum::<usize>();
    let done = AtomicUsize::new(0);
    let left = AtomicBool::new(false);
    let go_on = || {
        let wanted = wanted(done.fetch_add(1, Ordering::Relaxed), steps);
        left.fetch_or(!wanted, Ordering::Relaxed);
        wanted
    };
    // The first question to the index takes them all.
    if spoken.is_none() {
        threads::for_each(&charts, |chart| {
            if go_on() {
                chart.facts();
            }
        });
    }
    for world in judged() {
        judge_charts(world, &go_on);
        if left.load(Ordering::Relaxed) {
            return None;
        }
    }
    Some(match spoken.and_then(|spoken| spoken.news(world)) {
        Some(files) => News { files, steps, all: false },
        None => News { files: spoken_of(world), steps, all: true },
    })
}

/// Judges all charts at once, each as long as somebody wants to know.
fn judge_charts(world: &World, go_on: &(dyn Fn() -> bool + Sync)) {
    let numbers: Vec<usize> = (0..world.charts.len()).collect();
    threads::for_each(&numbers, |number| {
        if go_on() {
            check_own(world, *number);
            check_linked(world, *number);
        }
    });
}

/// Of some files those whose findings may be others than in a former world, of which this was `spoken`. No more charts
/// are judged than it takes.
pub fn news_among(world: &World, spoken: &Spoken, files: impl Iterator<Item = FileId>) -> BTreeSet<FileId> {
    let files: Vec<FileId> = files.collect();
    for world in std::iter::once(world).chain(world.views()) {
        let charts: BTreeSet<usize> = files.iter().flat_map(|file| world.charts.numbers_holding(*file)).collect();
        charts.into_iter().for_each(|number| drop(said(world, number)));
    }
    let present = world.spoken();
    files.into_iter().filter(|file| !spoken.agrees(&present, *file)).collect()
}

/// The findings in one file that nobody allowed, in order. No more charts are judged than it takes.
pub fn findings_in(world: &World, file: FileId) -> Vec<Diagnostic> {
    let mut found = check_file(world, file);
    found.retain(|finding| finding.allowed.is_none());
    found
}

/// The findings of the rules that read no more than this chart. Worked out once.
pub fn check_chart(chart: &Chart) -> &[Diagnostic] {
    chart.findings(|| judge_chart(chart, None))
}

/// As [`check_chart`], for a chart of which a former state may be known.
fn check_own(world: &World, number: usize) -> &[Diagnostic] {
    let chart = world.charts.at(number);
    chart.findings(|| judge_chart(chart, world.said_before(number)))
}

fn judge_chart(chart: &Chart, before: Option<(&Said, &Arc<Changes>)>) -> Said {
    let mut sink = Sink::default();
    for document in chart.documents() {
        let dated = admission::dated(chart, document);
        let found = document.memory.findings(dated, || check_document(chart, document, before.is_some()));
        found.iter().for_each(|finding| sink.take(finding));
    }
    for document in chart.plain() {
        let found = document.memory.findings(Dated::KNOWN, || check_plain(chart, document));
        found.iter().for_each(|finding| sink.take(finding));
    }
    let mut runs = BTreeMap::new();
    for rule in RULES {
        if let Check::Chart(check) = rule.check {
            runs.insert(rule.name, run(rule, chart, before, |sink| check(chart, sink)));
        }
    }
    Said::new(runs, sink.into_findings())
}

/// One rule's run on a chart, or what it said before where that holds.
fn run(rule: &Rule, chart: &Chart, before: Option<(&Said, &Arc<Changes>)>, check: impl FnOnce(&mut Sink)) -> Arc<Run> {
    let former = before.and_then(|(said, changes)| Some((said.run(rule.name)?, changes)));
    if let Some(run) = former.and_then(|(run, changes)| run.taken_over(changes)) {
        return Arc::new(run);
    }
    let mut sink = Sink::after(former.map(|(run, changes)| (&**run, changes)));
    let ((), beside) = reads::heard(|| fence::run(rule, chart, &mut sink, check));
    Arc::new(sink.into_run(beside))
}

/// The findings of the rules that read no more than this document of the chart; it is one of `few` to be judged.
fn check_document(chart: &Chart, document: &Document, few: bool) -> Vec<Diagnostic> {
    let judge = |rules: &[&Rule]| {
        let mut sink = Sink::default();
        for rule in rules {
            match rule.check {
                Check::Document(check) | Check::Yaml(check) => {
                    fence::run(rule, chart, &mut sink, |sink| check(document, sink));
                }
                Check::Part(check) => fence::run(rule, chart, &mut sink, |sink| check(chart, document, sink)),
                _ => {}
            }
        }
        sink.into_findings()
    };
    // Where all are judged, others have something to do for the second processor.
    if !few || document.range.len() < LARGE {
        return judge(RULES);
    }
    let (one, other) = RULES.split_at(RULES.len() / 2);
    let (mut found, rest) = threads::both(|| judge(one), || judge(other));
    found.extend(rest);
    found
}

/// Bytes of a document from which on it is worth the while to judge it on two processors.
const LARGE: usize = 8_000;

/// The findings of the rules that read no more than this document of a plain file.
fn check_plain(chart: &Chart, document: &Document) -> Vec<Diagnostic> {
    let mut sink = Sink::default();
    for rule in RULES {
        if let Check::Yaml(check) = rule.check {
            fence::run(rule, chart, &mut sink, |sink| check(document, sink));
        }
    }
    sink.into_findings()
}

/// The findings of the rules that read a chart among the others.
fn check_linked(world: &World, number: usize) -> &[Diagnostic] {
    world.linked(number, |before| {
        let (uses, chart) = (Uses::new(world), world.charts.at(number));
        let mut runs = BTreeMap::new();
        for rule in RULES {
            let Check::Linked(check) = rule.check else { continue };
            runs.insert(rule.name, run(rule, chart, before, |sink| check(&uses, chart, sink)));
        }
        let mut said = Said::new(runs, Vec::new());
        said.findings.retain(|finding| chart.files.contains_key(&finding.span.file));
        said
    })
}

/// What the chart of this number says.
fn said(world: &World, number: usize) -> impl Iterator<Item = &Diagnostic> {
    let (own, linked) = match world.charts.at(number).is_judged() {
        true => (check_own(world, number), check_linked(world, number)),
        false => {
            // Both hang on what changed.
            _ = world.said_before(number);
            threads::both(|| check_own(world, number), || check_linked(world, number))
        }
    };
    own.iter().chain(linked)
}

/// The findings in one file, those that comments allow among them.
fn check_file(world: &World, file: FileId) -> Vec<Diagnostic> {
    let mut found = reported(world, file);
    allowed::mark(world, &mut found);
    found.extend(allowed::unused(world, file));
    found.sort_by(|a, b| a.order().cmp(&b.order()));
    found
}

/// The findings in one file before anybody asks whether they are allowed.
fn reported(world: &World, file: FileId) -> Vec<Diagnostic> {
    let charts = world.charts.numbers_holding(file);
    let mut found = judged(world, file, charts);
    sets::add_other_values(world, file, &mut found);
    if is_packed(world, file) {
        found.retain(|finding| finding.severity == Severity::Error);
    }
    settings::apply(world, file, &mut found);
    found
}

/// The file is in the archive of a dependency: whoever uses it can do nothing about its style.
fn is_packed(world: &World, file: FileId) -> bool {
    let Some(source) = world.source(file) else { return false };
    let archive = source.path.ancestors().skip(1).find(|folder| folder.extension() == Some("tgz"));
    archive.is_some_and(|archive| world.charts.holding(file).all(|chart| !chart.root.starts_with(archive)))
}

/// What some charts of a world, and the file itself, say of a file.
fn judged(world: &World, file: FileId, charts: impl Iterator<Item = usize>) -> Vec<Diagnostic> {
    let mut sink = Sink::default();
    if let Some(own) = world.files.get(&file) {
        for rule in RULES {
            if let Check::File(check) = rule.check {
                fence::run_at(rule, file, &mut sink, |sink| check(world, own, sink));
            }
        }
    }
    let own = sink.into_findings();
    let said = charts.flat_map(|number| said(world, number)).chain(&own);
    merge::merge(said.filter(|finding| finding.span.file == file))
}

/// The files that may have findings.
fn spoken_of(world: &World) -> BTreeSet<FileId> {
    let mut files: BTreeSet<FileId> = world.config.files.values().map(|file| file.source.id).collect();
    files.extend(world.files.values().filter(|file| !file.allows().is_empty()).map(|file| file.source.id));
    for world in std::iter::once(world).chain(world.views()) {
        judge_charts(world, &|| true);
        let found = (0..world.charts.len()).flat_map(|number| said(world, number));
        files.extend(found.map(|finding| finding.span.file));
    }
    let numbers: Vec<usize> = (0..world.charts.len()).collect();
    threads::for_each(&numbers, |number| _ = switched(world, *number));
    let switched = numbers.into_iter().flat_map(|number| switched(world, number));
    files.extend(switched.map(|switched| switched.finding.span.file));
    files
}
