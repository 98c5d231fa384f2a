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

/// One rule's run.
#[derive(Default)]
pub struct Run {
    pub findings: Vec<Diagnostic>,
    /// What was read beside the parts.
    pub beside: Reads,
    pub parts: HashMap<Key, Part>,
}

/// What a rule said of one of the things that it judges each by itself.
pub struct Part {
    pub findings: Vec<Diagnostic>,
    pub reads: Reads,
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
    fn moved(&self, findings: &[Diagnostic]) -> Option<Vec<Diagnostic>> {
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
        let reads = Reads::together(runs.values().flat_map(|run| run.all_reads()));
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
        self.findings.is_empty() && self.parts.is_empty()
    }

    fn all_reads(&self) -> impl Iterator<Item = &Reads> {
        self.parts.values().map(|part| &part.reads).chain([&self.beside])
    }

    /// The run as it would be now; `None` where that is not known.
    pub fn taken_over(self: &Arc<Self>, changes: &Changes) -> Option<Arc<Self>> {
        if !self.all_reads().all(|reads| reads.is_free_of(&changes.gone)) {
            return None;
        }
        if !changes.touch(&self.findings) {
            return Some(self.clone());
        }
        let parts = self.parts.iter().map(|(key, part)| Some((*key, part.taken_over(changes)?)));
        let (findings, beside) = (changes.moved(&self.findings)?, self.beside.clone());
        Some(Arc::new(Self { findings, beside, parts: parts.collect::<Option<_>>()? }))
    }

    /// What was said of a part, as it would be now; `None` where that is not known.
    pub fn part(&self, key: Key, changes: &Changes) -> Option<Part> {
        let part = self.parts.get(&key).filter(|part| part.reads.is_free_of(&changes.gone))?;
        part.taken_over(changes)
    }
}

impl Part {
    fn taken_over(&self, changes: &Changes) -> Option<Self> {
        Some(Self { findings: changes.moved(&self.findings)?, reads: self.reads.clone() })
    }
}
