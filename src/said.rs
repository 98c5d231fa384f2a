//! What rules said of a former state, to be taken over where nothing that they read changed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::reads::{Mark, Reads};
use crate::text::Splices;

/// What some rules said of a chart.
#[derive(Default)]
pub struct Said {
    /// All findings of the runs and others, in order.
    pub findings: Vec<Diagnostic>,
    /// By the rule's name.
    runs: BTreeMap<&'static str, Arc<Run>>,
    reads: Reads,
}

/// One rule's run, or the part of it that is about one of the things that the rule judges each by itself.
#[derive(Clone, Default)]
pub struct Run {
    pub findings: Box<[Diagnostic]>,
    /// What was read beside what is within.
    pub beside: Reads,
    /// `None` where there is nothing.
    pub within: Option<Arc<Within>>,
}

/// What a run consists of. There are many of these, so they are kept as small as they can be.
pub struct Within {
    /// In the order of their keys.
    parts: Box<[(Key, Run)]>,
    answers: Box<[(Mark, Answer)]>,
}

/// Whether something holds of a thing, and what was read to know it.
pub type Answer = (bool, Reads);

/// A thing that is judged by itself: what it is a part of, and its number among those of that and of this run.
pub type Key = (Mark, u32);

/// How the present state differs from a former one.
#[derive(Default)]
pub struct Changes {
    /// What is not there any more.
    pub gone: Vec<Mark>,
    pub splices: Splices,
}

impl Changes {
    /// Findings of the former state at their present places; `None` where somebody changed one of these.
    fn moved(&self, findings: &[Diagnostic]) -> Option<Box<[Diagnostic]>> {
        findings.iter().map(|finding| finding.moved(|span| self.splices.moved(span))).collect()
    }

    /// Some of the findings speak of changed files.
    fn touch(&self, findings: &[Diagnostic]) -> bool {
        let mut places = findings.iter().flat_map(Diagnostic::places);
        places.any(|span| self.splices.of(span.file).is_some())
    }
}

impl Said {
    /// `others` are findings that no run made.
    pub fn new(mut runs: BTreeMap<&'static str, Arc<Run>>, others: Vec<Diagnostic>) -> Self {
        // Rules read the same few sections of each document.
        let mut known = HashSet::new();
        runs.values_mut().filter_map(Arc::get_mut).for_each(|run| run.share(&mut known));
        // Most have nothing to say, and many of them for the same reasons.
        let mut silent: HashMap<Reads, Arc<Run>> = HashMap::new();
        for run in runs.values_mut().filter(|run| run.is_silent()) {
            *run = silent.entry(run.beside.clone()).or_insert_with(|| run.clone()).clone();
        }
        let mut findings = others;
        findings.extend(runs.values().flat_map(|run| &run.findings).cloned());
        findings.sort_by(|a, b| a.order().cmp(&b.order()));
        let mut reads = Vec::new();
        runs.values().for_each(|run| run.add_reads(&mut reads));
        let reads = Reads::together(reads);
        Self { findings, runs, reads }
    }

    /// All that the runs said holds as it is.
    pub fn holds(&self, changes: &Changes) -> bool {
        self.reads.is_free_of(&changes.gone) && !changes.touch(&self.findings)
    }

    pub fn run(&self, rule: &str) -> Option<&Arc<Run>> {
        self.runs.get(rule)
    }
}

impl Run {
    /// Lists of what was read that are equal become one.
    fn share(&mut self, known: &mut HashSet<Reads>) {
        self.beside.share(known);
        self.within.as_mut().and_then(Arc::get_mut).into_iter().for_each(|within| within.share(known));
    }

    fn is_silent(&self) -> bool {
        self.findings.is_empty() && self.within.is_none()
    }

    fn add_reads<'r>(&'r self, all: &mut Vec<&'r Reads>) {
        all.push(&self.beside);
        if let Some(within) = &self.within {
            within.parts.iter().for_each(|(_, part)| part.add_reads(all));
            all.extend(within.answers.iter().map(|(_, (_, reads))| reads));
        }
    }

    /// Nothing that was read for it is gone.
    fn holds(&self, changes: &Changes) -> bool {
        self.beside.is_free_of(&changes.gone) && self.within.as_ref().is_none_or(|within| within.holds(changes))
    }

    /// The run as it would be now; `None` where that is not known.
    pub fn taken_over(&self, changes: &Changes) -> Option<Self> {
        if self.holds(changes) { self.moved(changes) } else { None }
    }

    fn moved(&self, changes: &Changes) -> Option<Self> {
        if !changes.touch(&self.findings) {
            return Some(self.clone());
        }
        let within = match &self.within {
            Some(within) => Some(Arc::new(within.moved(changes)?)),
            None => None,
        };
        Some(Self { findings: changes.moved(&self.findings)?, beside: self.beside.clone(), within })
    }

    /// What it consists of, to be held against the present state one by one; `None` where something changed that all of
    /// it hangs on.
    pub fn parted(&self, changes: &Changes) -> Option<&Arc<Within>> {
        self.within.as_ref().filter(|_| self.beside.is_free_of(&changes.gone))
    }
}

impl Within {
    /// `None` of nothing.
    pub fn new(mut parts: Vec<(Key, Run)>, mut answers: Vec<(Mark, Answer)>) -> Option<Arc<Self>> {
        if parts.is_empty() && answers.is_empty() {
            return None;
        }
        parts.sort_by_key(|(key, _)| *key);
        answers.sort_by_key(|(mark, _)| *mark);
        Some(Arc::new(Self { parts: parts.into(), answers: answers.into() }))
    }

    pub fn part(&self, key: Key) -> Option<&Run> {
        let at = self.parts.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(&self.parts[at].1)
    }

    pub fn answer(&self, mark: Mark) -> Option<&Answer> {
        let at = self.answers.binary_search_by_key(&mark, |(mark, _)| *mark).ok()?;
        Some(&self.answers[at].1)
    }

    fn moved(&self, changes: &Changes) -> Option<Self> {
        let parts = self.parts.iter().map(|(key, part)| Some((*key, part.moved(changes)?)));
        Some(Self { parts: parts.collect::<Option<_>>()?, answers: self.answers.clone() })
    }

    fn holds(&self, changes: &Changes) -> bool {
        self.parts.iter().all(|(_, part)| part.holds(changes))
            && self.answers.iter().all(|(_, (_, reads))| reads.is_free_of(&changes.gone))
    }

    fn share(&mut self, known: &mut HashSet<Reads>) {
        for (_, part) in &mut self.parts {
            part.share(known);
        }
        self.answers.iter_mut().for_each(|(_, (_, reads))| reads.share(known));
    }
}
