//! Findings: what a rule says and where, and the sink that turns a rule's nodes into places.

use std::collections::HashMap;
use std::sync::Arc;

use crate::reads::{self, Mark, Marked, Reads};
use crate::said::{Answer, Changes, Key, Run, Within};
use crate::text::Span;

/// How bad a fault is. The order is that of `--fail-on`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, but by luck, or wrongly in some case.
    Warning,
    /// The API server or an operator refuses it, or the cluster never runs right.
    Error,
}

impl Severity {
    /// One step down; `None` below the lowest.
    pub fn lowered(self) -> Option<Self> {
        match self {
            Self::Error => Some(Self::Warning),
            Self::Warning => Some(Self::Info),
            Self::Info => None,
        }
    }

    /// One step down where the fault is there in some cases only; `None` where nothing is left to say.
    pub fn lowered_if(self, partly: bool) -> Option<Self> {
        if partly { self.lowered() } else { Some(self) }
    }
}

/// Another place that belongs to a finding.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Related {
    pub span: Span,
    pub message: String,
}

/// Whether a fix may be applied without a look.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Safety {
    /// Only the broken place is repaired, in the one possible way.
    Safe,
    /// A guess, or a change of meaning.
    Unsafe,
}

/// A change of source text.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// A remedy that can be carried out.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fix {
    pub title: String,
    pub safety: Safety,
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Kebab-case name of the rule.
    pub rule: &'static str,
    pub severity: Severity,
    /// What is wrong, in one line; names in backticks.
    pub message: String,
    /// Where the author wrote it.
    pub span: Span,
    /// Why it is wrong.
    pub why: Option<String>,
    /// What to do.
    pub help: Option<String>,
    pub related: Vec<Related>,
    pub fixes: Vec<Fix>,
    /// KubeBlocks releases (`0.7`) the finding holds for; empty: all the chart allows.
    pub releases: Vec<String>,
    /// Value sets the finding holds for; empty: all.
    pub values: Vec<String>,
    /// Shown faded: text that can go.
    pub unnecessary: bool,
    /// The includes through which the place was reached, innermost first; one list is empty where nothing included it.
    pub ways: Vec<Vec<Span>>,
    /// The reason that a comment gives for allowing it.
    pub allowed: Option<String>,
    /// Told in editors, and on the command line only to who asks for it.
    pub quiet: bool,
}

/// A place in source text that stands for a node of rendered text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    pub span: Span,
    /// The node's text stands in the source as it is: only then may a fix edit it.
    pub verbatim: bool,
    /// Where a values file gives the text, if it does.
    pub value: Option<Span>,
    /// The calls through which the text came, outermost last, each with its name.
    pub calls: Vec<(Span, String)>,
}

/// Whatever a finding can be reported at.
pub trait Located {
    /// Where the author wrote it; `None` where nobody did (no finding is made there).
    fn place(&self) -> Option<Place>;
}

impl Located for Span {
    fn place(&self) -> Option<Place> {
        Some(Place { span: *self, verbatim: true, value: None, calls: Vec::new() })
    }
}

impl Located for Place {
    fn place(&self) -> Option<Place> {
        Some(self.clone())
    }
}

impl<T: Located> Located for Option<T> {
    fn place(&self) -> Option<Place> {
        self.as_ref()?.place()
    }
}

impl<T: Located> Located for &T {
    fn place(&self) -> Option<Place> {
        (*self).place()
    }
}

/// Takes the findings of one rule after the other.
///
/// Findings with the same rule, span and words are one: a helper included eight times shouts once, and the call
/// sites become related places.
pub struct Sink {
    rule: &'static str,
    severity: Severity,
    found: Vec<Diagnostic>,
    seen: HashMap<(&'static str, Span, String), usize>,
    lost: Diagnostic,
    /// What the rule consisted of in a former state, and what changed since.
    former: Option<(Arc<Within>, Arc<Changes>)>,
    parts: Vec<(Key, Run)>,
    answers: Vec<(Mark, Answer)>,
    /// How many parts each thing has.
    counts: HashMap<Mark, u32>,
}

/// More related places than this are counted, not listed.
const MAX_CALLERS: usize = 8;

/// Where more ways than this lead to a finding, comments at them do not allow it.
const MAX_WAYS: usize = 64;

impl Default for Sink {
    fn default() -> Self {
        let nowhere = Span::new(crate::text::FileId(u32::MAX), 0, 0);
        Self {
            rule: "",
            severity: Severity::Info,
            found: Vec::new(),
            seen: HashMap::new(),
            lost: Diagnostic::new("", Severity::Info, String::new(), nowhere),
            former: None,
            parts: Vec::new(),
            answers: Vec::new(),
            counts: HashMap::new(),
        }
    }
}

impl Sink {
    /// A sink of one rule that said something of a former state.
    pub fn after(former: Option<(&Run, &Arc<Changes>)>) -> Self {
        let former = former.and_then(|(run, changes)| Some((run.parted(changes)?.clone(), changes.clone())));
        Self { former, ..Self::default() }
    }

    /// Judges each of some things by itself: what was said of one holds as long as nothing changes that was read for it,
    /// or beside all of them. What `judge` knows from outside has to be read by the rule itself, not by the judgement of
    /// another thing.
    pub fn each<T: Marked>(&mut self, things: impl IntoIterator<Item = T>, mut judge: impl FnMut(T, &mut Self)) {
        for thing in things {
            let mark = thing.mark();
            let count = self.counts.entry(mark).or_default();
            let key = (mark, *count);
            *count += 1;
            let former = self.former.as_ref().and_then(|(within, changes)| Some((within.part(key)?, changes)));
            let part = former.and_then(|(run, changes)| run.taken_over(changes)).unwrap_or_else(|| {
                let mut sink = Self { rule: self.rule, severity: self.severity, ..Self::after(former) };
                let ((), beside) = reads::heard(|| judge(thing, &mut sink));
                sink.into_run(beside)
            });
            part.findings.iter().for_each(|finding| self.take(finding));
            self.parts.push((key, part));
        }
    }

    /// Something holds of one of these things, of which each is one of its kind. An answer stays what it is as
    /// [`Sink::each`]'s findings do. Who judges may ask this once.
    pub fn any<T: Marked>(&mut self, things: impl IntoIterator<Item = T>, mut holds: impl FnMut(T) -> bool) -> bool {
        debug_assert!(self.answers.is_empty(), "a second question");
        things.into_iter().any(|thing| {
            let mark = thing.mark();
            let former = self.former.as_ref().and_then(|(within, changes)| Some((within.answer(mark)?, changes)));
            let known = former.filter(|((_, reads), changes)| reads.is_free_of(&changes.gone));
            let answer = known.map_or_else(|| reads::heard(|| holds(thing)), |(answer, _)| answer.clone());
            let holds = answer.0;
            self.answers.push((mark, answer));
            holds
        })
    }

    /// As [`Sink::each`], for what is judged once.
    pub fn apart(&mut self, judge: impl FnOnce(&mut Self)) {
        let mut judge = Some(judge);
        self.each([Mark::ONE], |_, sink| judge.take().into_iter().for_each(|judge| judge(sink)));
    }

    /// All that was said, and for what it was said; `beside` is what was read beside the parts.
    pub fn into_run(mut self, beside: Reads) -> Run {
        let within = Within::new(std::mem::take(&mut self.parts), std::mem::take(&mut self.answers));
        Run { findings: self.into_findings().into(), beside, within }
    }

    /// From now on `rule` speaks.
    pub fn enter(&mut self, rule: &'static str, severity: Severity) {
        self.rule = rule;
        self.severity = severity;
    }

    /// Reports a fault at a node. The answer takes the explanation.
    pub fn report(&mut self, at: &dyn Located, message: impl Into<String>) -> Report<'_> {
        let message = message.into();
        let Some(place) = at.place() else {
            self.lost = Diagnostic::new(self.rule, self.severity, message, self.lost.span);
            return Report { diagnostic: &mut self.lost, verbatim: None, repeated: true };
        };
        let key = (self.rule, place.span, message.clone());
        let (index, repeated) = match self.seen.get(&key) {
            Some(&index) => (index, true),
            None => {
                let index = self.found.len();
                self.found.push(Diagnostic::new(self.rule, self.severity, message, place.span));
                self.seen.insert(key, index);
                (index, false)
            }
        };
        let diagnostic = &mut self.found[index];
        diagnostic.add_way(place.calls.iter().map(|(span, _)| *span).collect());
        for (span, name) in &place.calls {
            let related = Related { span: *span, message: format!("included from here (`{name}`)") };
            if !diagnostic.related.contains(&related) && diagnostic.related.len() < MAX_CALLERS {
                diagnostic.related.push(related);
            }
        }
        if let Some(value) = place.value
            && !repeated
        {
            diagnostic.related.push(Related { span: value, message: "the value comes from here".into() });
        }
        Report { diagnostic, verbatim: place.verbatim.then_some(place.span), repeated }
    }

    /// Takes a finding of another sink as if it were reported here.
    pub fn take(&mut self, finding: &Diagnostic) {
        let key = (finding.rule, finding.span, finding.message.clone());
        let Some(&index) = self.seen.get(&key) else {
            self.seen.insert(key, self.found.len());
            self.found.push(finding.clone());
            return;
        };
        let known = &mut self.found[index];
        for way in &finding.ways {
            known.add_way(way.clone());
        }
        let calls = finding.related.iter().filter(|it| finding.ways.iter().flatten().any(|call| *call == it.span));
        for call in calls {
            if !known.related.contains(call) && known.related.len() < MAX_CALLERS {
                known.related.push(call.clone());
            }
        }
    }

    /// All findings, by file, place and rule.
    pub fn into_findings(self) -> Vec<Diagnostic> {
        let mut found = self.found;
        found.sort_by(|a, b| a.order().cmp(&b.order()));
        found
    }
}

impl Diagnostic {
    pub fn new(rule: &'static str, severity: Severity, message: String, span: Span) -> Self {
        Self {
            rule,
            severity,
            message,
            span,
            why: None,
            help: None,
            related: Vec::new(),
            fixes: Vec::new(),
            releases: Vec::new(),
            values: Vec::new(),
            unnecessary: false,
            ways: Vec::new(),
            allowed: None,
            quiet: false,
        }
    }

    /// One more way that leads to the finding.
    pub fn add_way(&mut self, way: Vec<Span>) {
        if self.ways.len() <= MAX_WAYS && !self.ways.contains(&way) {
            self.ways.push(if self.ways.len() == MAX_WAYS { Vec::new() } else { way });
        }
    }

    /// The same finding where its places went; `None` where one of them is nowhere.
    pub fn moved(&self, to: impl Fn(Span) -> Option<Span>) -> Option<Self> {
        self.places().all(|span| to(span).is_some()).then(|| {
            let mut moved = self.clone();
            let related = moved.related.iter_mut().map(|related| &mut related.span);
            let edits = moved.fixes.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.span);
            let all = related.chain(edits).chain(moved.ways.iter_mut().flatten());
            all.chain([&mut moved.span]).for_each(|span| *span = to(*span).unwrap_or(*span));
            moved
        })
    }

    /// Every place that it speaks of.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        let related = self.related.iter().map(|related| related.span);
        let edits = self.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        related.chain(edits).chain(self.ways.iter().flatten().copied()).chain([self.span])
    }

    /// What findings are sorted by: file, place, worst first, rule, words.
    pub fn order(&self) -> (Span, std::cmp::Reverse<Severity>, &'static str, &str) {
        (self.span, std::cmp::Reverse(self.severity), self.rule, &self.message)
    }
}

/// A finding that was just made; what is added to a repeated one is dropped.
pub struct Report<'a> {
    diagnostic: &'a mut Diagnostic,
    verbatim: Option<Span>,
    repeated: bool,
}

impl Report<'_> {
    fn edit(self, change: impl FnOnce(&mut Diagnostic)) -> Self {
        if !self.repeated {
            change(self.diagnostic);
        }
        self
    }

    pub fn severity(self, severity: Severity) -> Self {
        self.edit(|d| d.severity = severity)
    }

    /// Why this is a fault.
    pub fn why(self, text: impl Into<String>) -> Self {
        self.edit(|d| d.why = Some(text.into()))
    }

    /// What to do.
    pub fn help(self, text: impl Into<String>) -> Self {
        self.edit(|d| d.help = Some(text.into()))
    }

    /// Another place that belongs to the finding, where there is one.
    pub fn related(self, at: &dyn Located, message: impl Into<String>) -> Self {
        self.edit(|d| {
            if let Some(place) = at.place() {
                d.related.push(Related { span: place.span, message: message.into() });
            }
        })
    }

    /// Shown faded.
    pub fn unnecessary(self) -> Self {
        self.edit(|d| d.unnecessary = true)
    }

    /// Told in editors, and on the command line only to who asks for it.
    pub fn quiet(self) -> Self {
        self.edit(|d| d.quiet = true)
    }

    /// KubeBlocks releases the finding holds for.
    pub fn releases(self, releases: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.edit(|d| d.releases = releases.into_iter().map(Into::into).collect())
    }

    /// Names the nearest of `candidates`, as help and as an unsafe fix that replaces the reported text (only where
    /// that text stands in the source as it is).
    pub fn nearest<'s>(self, wrong: &str, candidates: impl IntoIterator<Item = &'s str>) -> Self {
        let verbatim = self.verbatim;
        let near = nearest(wrong, candidates).map(str::to_owned);
        self.edit(|d| {
            let Some(near) = near else { return };
            let hint = format!("did you mean `{near}`?");
            d.help = Some(match d.help.take() {
                Some(help) => format!("{hint} {help}"),
                None => hint,
            });
            if let Some(span) = verbatim {
                let title = format!("Replace by `{near}`");
                d.fixes.push(Fix { title, safety: Safety::Unsafe, edits: vec![Edit { span, text: near }] });
            }
        })
    }

    /// Offers to put `text` in the place of the reported text, where that stands in the source as it is.
    pub fn replace(self, title: impl Into<String>, safety: Safety, text: impl Into<String>) -> Self {
        let verbatim = self.verbatim;
        self.edit(|d| {
            if let Some(span) = verbatim {
                d.fixes.push(Fix { title: title.into(), safety, edits: vec![Edit { span, text: text.into() }] });
            }
        })
    }

    /// A remedy of one edit, where there is one; see [`Report::fix`].
    pub fn offer(self, title: impl Into<String>, safety: Safety, edit: Option<Edit>) -> Self {
        self.fix(edit.map(|edit| Fix { title: title.into(), safety, edits: vec![edit] }))
    }

    /// A remedy, where there is one. Fixes whose edits touch text that is not verbatim must not be offered: describe them in
    /// `help`.
    pub fn fix(self, fix: impl Into<Option<Fix>>) -> Self {
        self.edit(|d| d.fixes.extend(fix.into()))
    }
}

/// `` `a`, `b` `` for help texts; more than eight are counted.
pub fn listed(names: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.get(..8) {
        Some(first) if names.len() > 8 => format!("{} and {} more", first.join(", "), names.len() - 8),
        _ => names.join(", "),
    }
}

/// The candidate at the smallest edit distance (at most 2; at most 1 for names shorter than 5), ties by name.
pub fn nearest<'s>(wrong: &str, candidates: impl IntoIterator<Item = &'s str>) -> Option<&'s str> {
    let limit = if wrong.chars().count() < 5 { 1 } else { 2 };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != wrong)
        .filter_map(|candidate| Some((edit_distance(wrong, candidate, limit)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Damerau-Levenshtein distance (adjacent swaps count once), in characters; `None` where it is more than `most`.
pub fn edit_distance(a: &str, b: &str, most: usize) -> Option<usize> {
    // Most names that are compared have lengths too different to be near.
    let may_be_near = a.chars().count().abs_diff(b.chars().count()) <= most;
    may_be_near.then(|| strsim::osa_distance(a, b)).filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names() {
        let names = ["meta", "datanode", "frontend", "etcd"];
        assert_eq!(nearest("metasrv", names), None);
        assert_eq!(nearest("mata", names), Some("meta"));
        assert_eq!(nearest("datanoed", names), Some("datanode"));
        assert_eq!(nearest("etc", names), Some("etcd"));
        assert_eq!(nearest("et", names), None);
    }
}
