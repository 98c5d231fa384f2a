//! What a document remembers, and takes along into later states of its chart.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::diagnostic::Diagnostic;
use crate::model::admission::Dated;
use crate::model::admit::Fault;
use crate::model::kept::Shift;
use crate::model::object::Head;
use crate::model::sites::Asking;
use crate::schema::release::ReleaseSet;

/// What a document remembers of what reads nothing else.
#[derive(Default)]
pub struct Memory {
    head: OnceLock<Head>,
    sites: OnceLock<Arc<[Asking]>>,
    faults: OnceLock<(ReleaseSet, Vec<Fault>)>,
    findings: OnceLock<(Option<ReleaseSet>, Dated, Vec<Diagnostic>)>,
}

impl Memory {
    /// What still holds where the document stands somewhere else.
    pub fn moved(&self, shift: &Shift) -> Self {
        let moved = Self {
            head: self.head.clone(),
            sites: self.sites.clone(),
            faults: self.faults.clone(),
            findings: OnceLock::new(),
        };
        // Words of findings may count the lines.
        if let Some((promised, dated, findings)) = self.findings.get()
            && (!shift.lines || findings.is_empty())
        {
            let findings =
                findings.iter().filter_map(|finding| finding.moved(|span| Some(shift.apply(span)))).collect();
            moved.findings.get_or_init(|| (*promised, *dated, findings));
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

    /// What the API servers of some releases find wrong with the document. The releases that are asked for first are
    /// those of its chart.
    pub fn faults(&self, releases: ReleaseSet, admit: impl Fn() -> Vec<Fault>) -> Vec<Fault> {
        let (known, faults) = self.faults.get_or_init(|| (releases, admit()));
        if *known == releases { faults.clone() } else { admit() }
    }

    /// The findings of the rules that read no more than a document of a chart that promises these releases, or tells
    /// that much of its own.
    pub fn findings(
        &self,
        promised: Option<ReleaseSet>,
        dated: Dated,
        check: impl Fn() -> Vec<Diagnostic>,
    ) -> Cow<'_, [Diagnostic]> {
        let (as_promised, as_dated, findings) = self.findings.get_or_init(|| (promised, dated, check()));
        if (*as_promised, *as_dated) == (promised, dated) { Cow::Borrowed(findings) } else { Cow::Owned(check()) }
    }
}
