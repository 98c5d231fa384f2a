//! What a document remembers, and takes along into later states of its chart.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::diagnostic::Diagnostic;
use crate::model::admission::Dated;
use crate::model::admit::Fault;
use crate::model::kept::Shift;
use crate::model::object::Head;
use crate::model::sites::Asking;

/// What a document remembers of what reads nothing else.
#[derive(Default)]
pub struct Memory {
    head: OnceLock<Head>,
    sites: OnceLock<Arc<[Asking]>>,
    faults: OnceLock<Arc<[Fault]>>,
    findings: OnceLock<(Dated, Vec<Diagnostic>)>,
}

impl Memory {
    /// What still holds where the document stands somewhere else.
    pub fn moved(&self, shift: &Shift<'_>) -> Self {
        let moved = Self {
            head: self.head.clone(),
            sites: self.sites.clone(),
            faults: self.faults.clone(),
            findings: OnceLock::new(),
        };
        // Words of findings may count the lines.
        if let Some((dated, findings)) = self.findings.get()
            && (!shift.lines || findings.is_empty())
        {
            let findings: Option<_> = findings.iter().map(|finding| finding.moved(|span| shift.apply(span))).collect();
            findings.into_iter().for_each(|findings| _ = moved.findings.set((*dated, findings)));
        }
        moved
    }

    /// What everybody asks of the document.
    pub fn head(&self, read: impl FnOnce() -> Head) -> &Head {
        self.head.get_or_init(read)
    }

    /// Its fields that name other objects.
    pub fn sites(&self, find: impl FnOnce() -> Vec<Asking>) -> &[Asking] {
        self.sites.get_or_init(|| find().into())
    }

    /// What the API servers of the releases that the chart is for find wrong with the document.
    pub fn faults(&self, admit: impl FnOnce() -> Vec<Fault>) -> &[Fault] {
        self.faults.get_or_init(|| admit().into())
    }

    /// The findings of the rules that read no more than a document of a chart that tells that much of its release.
    pub fn findings(&self, dated: Dated, check: impl Fn() -> Vec<Diagnostic>) -> Cow<'_, [Diagnostic]> {
        let (as_dated, findings) = self.findings.get_or_init(|| (dated, check()));
        if *as_dated == dated { Cow::Borrowed(findings) } else { Cow::Owned(check()) }
    }
}
