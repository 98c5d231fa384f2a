//! What rules said of a former state, to be taken over where nothing that they read changed.

use std::collections::{BTreeMap, HashMap};
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

/// What a run consists of.
#[derive(Default)]
pub struct Within {
    pub parts: HashMap<Key, Run>,
    /// Whether something holds of other things, and what was read to know it.
    pub answers: HashMap<Mark, (bool, Reads)>,
}

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
        let reads = Reads::together(reads.into_iter());
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
    fn is_silent(&self) -> bool {
        self.findings.is_empty() && self.within.is_none()
    }

    fn add_reads<'r>(&'r self, all: &mut Vec<&'r Reads>) {
        all.push(&self.beside);
        if let Some(within) = &self.within {
            within.parts.values().for_each(|part| part.add_reads(all));
            all.extend(within.answers.values().map(|(_, reads)| reads));
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
        let moved = |within: &Arc<Within>| {
            let parts = within.parts.iter().map(|(key, part)| Some((*key, part.moved(changes)?)));
            Some(Arc::new(Within { parts: parts.collect::<Option<_>>()?, answers: within.answers.clone() }))
        };
        let within = match &self.within {
            Some(within) => Some(moved(within)?),
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
    fn holds(&self, changes: &Changes) -> bool {
        self.parts.values().all(|part| part.holds(changes))
            && self.answers.values().all(|(_, reads)| reads.is_free_of(&changes.gone))
    }
}
