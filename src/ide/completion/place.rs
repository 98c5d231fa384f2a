//! Where the cursor stands in objects: for each object, and for a helper each place that includes it.

use super::Question;
use crate::helm::outline::{EntryId, Outline, Slot};
use crate::model::admission;
use crate::schema::release::ReleaseSet;
use crate::schema::walk;
use crate::template::Syntax;
use crate::template::ast::{Command, ExprKind, Node, Visitor};
use crate::text::{Span, TextRange};
use crate::world::{Chart, File, schemas};
use crate::yaml::path::{Path, node_at};

/// Helpers that include helpers are followed so far.
const MAX_DEPTH: u32 = 5;
/// Different places of one helper.
const MAX_CONTEXTS: usize = 24;

/// A place in an object of some kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Context {
    /// Empty where nobody wrote it.
    pub(super) api_version: String,
    pub(super) kind: String,
    /// To what holds the slot; for a value to the value itself.
    pub(super) path: Path,
    /// The releases that the object must work on.
    pub(super) releases: ReleaseSet,
}

/// The cursor's slot and what it is a part of.
pub(super) struct Place<'w> {
    pub(super) outline: &'w Outline,
    pub(super) slot: Slot,
    pub(super) text: &'w str,
    pub(super) contexts: Vec<Context>,
}

impl<'w> Place<'w> {
    pub(super) fn of(question: &Question<'w>, slot: Slot) -> Self {
        let outline = question.file.outline();
        let mut contexts = Vec::new();
        for chart in &question.charts {
            let found = at(chart, question.file, slot.parent, slot.document(), 0);
            contexts.extend(found.into_iter().filter(|context| !contexts.contains(context)).collect::<Vec<_>>());
            contexts.truncate(MAX_CONTEXTS);
        }
        // Where a helper prints the beginning of the object, what is rendered knows more.
        if contexts.iter().all(|context| context.kind.is_empty()) {
            contexts.extend(rendered(question, outline, &slot));
        }
        Self { outline, slot, text: question.text(), contexts }
    }

    /// The schema of the place in every context.
    pub(super) fn schemas(&self) -> impl Iterator<Item = (&Context, walk::Place<'static>)> {
        self.contexts.iter().map(|context| (context, context.schema()))
    }
}

impl Context {
    /// What may stand at the place.
    pub(super) fn schema(&self) -> walk::Place<'static> {
        walk::Place::at(schemas(), &self.api_version, &self.kind, self.releases, &self.path)
    }
}

/// The places in objects of what stands behind an entry.
pub(super) fn behind(chart: &Chart, file: &File, entry: EntryId) -> Vec<Context> {
    at(chart, file, Some(entry), file.outline().document_of(entry), 0)
}

/// The objects in which an entry of a file stands.
fn at(chart: &Chart, file: &File, parent: Option<EntryId>, document: u32, depth: u32) -> Vec<Context> {
    let outline = file.outline();
    let path = outline.path(parent);
    let has_kind = outline.at_root(document, "kind").is_some();
    let Some(define) = outline.define(document).filter(|_| !has_kind) else {
        let begun = if has_kind { Vec::new() } else { begun(chart, file, document) };
        let whole = || objects(chart, outline, document);
        return (if begun.is_empty() { whole() } else { begun })
            .into_iter()
            .map(|mut context| {
                context.path.steps.extend(path.steps.iter().cloned());
                context
            })
            .collect();
    };
    if depth == MAX_DEPTH {
        return Vec::new();
    }
    let name = &file.syntax().defines[define].name.text;
    let margin = outline.margin(document);
    let mut found: Vec<Context> = Vec::new();
    for other in chart.files.values().filter(|other| other.source.text.contains(name.as_str())) {
        for site in includes(other.syntax(), name) {
            let Some((parent, document)) = below(other.outline(), &site, margin) else { continue };
            for mut context in at(chart, other, parent, document, depth + 1) {
                context.path.steps.extend(path.steps.iter().cloned());
                if !found.contains(&context) {
                    found.push(context);
                }
            }
            if found.len() >= MAX_CONTEXTS {
                return found;
            }
        }
    }
    found
}

/// The objects that helpers begin which the document includes, with the paths to where its own keys go on.
fn begun(chart: &Chart, file: &File, document: u32) -> Vec<Context> {
    let outline = file.outline();
    let margin = outline.margin(document);
    let mut found: Vec<Context> = Vec::new();
    let calls = file.syntax().named_calls().into_iter();
    for call in calls.filter(|call| outline.document_at(call.range.start) == document) {
        let Some((other, define)) = chart.define(call.name) else { continue };
        let helper = other.outline();
        let Some(body) = helper.body(define.range).filter(|body| helper.at_root(*body, "kind").is_some()) else {
            continue;
        };
        let above = helper.last_above(body, margin);
        for context in objects(chart, helper, body) {
            let context = Context { path: helper.path(above), ..context };
            if !found.contains(&context) && found.len() < MAX_CONTEXTS {
                found.push(context);
            }
        }
    }
    found
}

/// The same by what is rendered: where the keys beside the slot, or that which holds it, came to stand.
fn rendered(question: &Question<'_>, outline: &Outline, slot: &Slot) -> Vec<Context> {
    let span = |id| Span { file: question.at.file, range: outline.entry(id).range };
    let beside = outline.siblings(slot).filter(|id| outline.entry(*id).range != slot.range).map(|id| (span(id), true));
    let above = slot.parent.filter(|id| outline.key(*id).is_some()).map(|id| (span(id), false));
    let known: Vec<(Span, bool)> = above.into_iter().chain(beside.take(3)).collect();
    let mut found: Vec<Context> = Vec::new();
    for chart in &question.charts {
        let promised = chart.promised();
        for document in chart.documents() {
            let Some(targets) = admission::targets(schemas(), promised, document) else { continue };
            for (span, beside) in &known {
                let places = document.rendered().text.places(*span).into_iter();
                for place in places.filter(|place| document.range.contains(*place) && !place.is_empty()) {
                    let Some(node) = node_at(document.tree(), place.start) else { continue };
                    let mut path = Path::of(document.tree(), node);
                    if *beside {
                        path.steps.pop();
                    }
                    let (api_version, kind) = (document.api_version(), document.kind());
                    let (api_version, kind) = (api_version.unwrap_or_default().into(), kind.unwrap_or_default().into());
                    let context = Context { api_version, kind, path, releases: targets.releases };
                    if !found.contains(&context) && found.len() < MAX_CONTEXTS {
                        found.push(context);
                    }
                }
            }
        }
    }
    found
}

/// The kinds of the document, with an empty path: several where its version is not written.
fn objects(chart: &Chart, outline: &Outline, document: u32) -> Vec<Context> {
    let text = |key| outline.at_root(document, key).and_then(|id| outline.value(id)).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let promised = chart.promised();
    let target = |api_version: String| {
        let serving = schemas().serving(&api_version, &kind);
        let common = promised.map(|promised| promised.and(serving)).filter(|common| !common.is_empty());
        let releases = common.unwrap_or(serving);
        Context { api_version, kind: kind.clone(), path: Path::default(), releases }
    };
    if !api_version.is_empty() || kind.is_empty() {
        return vec![target(api_version)];
    }
    let mut versions: Vec<String> = Vec::new();
    for release in promised.unwrap_or(ReleaseSet::ALL).iter().rev() {
        for found in schemas().kinds(release).iter().chain(schemas().kubernetes()).filter(|found| *found.kind == *kind)
        {
            versions
                .extend(found.versions.iter().filter(|version| version.schema.is_some()).map(|v| found.api_version(v)));
        }
    }
    versions.sort();
    versions.dedup();
    if versions.is_empty() { vec![target(api_version)] } else { versions.into_iter().map(target).collect() }
}

/// An `include` of some helper.
struct Include {
    range: TextRange,
    /// What `indent` or `nindent` asks for.
    indent: Option<u32>,
    /// The text begins on a line of its own.
    breaks: bool,
}

fn includes(syntax: &Syntax, name: &str) -> Vec<Include> {
    struct Includes<'n> {
        name: &'n str,
        found: Vec<Include>,
    }
    impl<'s> Visitor<'s> for Includes<'_> {
        fn node(&mut self, node: &'s Node) {
            let include = |range| Include { range, indent: None, breaks: false };
            match node {
                Node::Template(call) if call.name.text == self.name => self.found.push(include(call.range)),
                Node::Action(action) => {
                    let commands = &action.pipeline.commands;
                    let calls = |command: &Command| calls(command, self.name);
                    let Some(at) = commands.iter().position(calls) else { return };
                    let mut found = include(action.range);
                    for command in &commands[at..] {
                        let [head, width, ..] = &*command.operands else { continue };
                        let ExprKind::Function(function) = &head.kind else { continue };
                        if matches!(function.as_str(), "indent" | "nindent")
                            && let ExprKind::Number(width) = &width.kind
                        {
                            found.indent = width.int.and_then(|width| u32::try_from(width).ok());
                            found.breaks = function == "nindent";
                        }
                    }
                    self.found.push(found);
                }
                _ => {}
            }
        }
    }
    let mut includes = Includes { name, found: Vec::new() };
    syntax.visit(&mut includes);
    includes.found
}

/// The command, or what it has in parentheses, includes the helper.
fn calls(command: &Command, name: &str) -> bool {
    let named = matches!(&*command.operands, [head, text, ..]
        if matches!(&head.kind, ExprKind::Function(function) if function == "include") && text.as_string() == Some(name));
    named
        || command.operands.iter().any(|operand| match &operand.kind {
            ExprKind::Paren(inner) => inner.commands.iter().any(|command| calls(command, name)),
            _ => false,
        })
}

/// What holds the lines that an include prints; `margin` is how far in they are already.
fn below(outline: &Outline, include: &Include, margin: u32) -> Option<(Option<EntryId>, u32)> {
    let at = include.range.start;
    if let Some(printed) = outline.printed(at)
        && !include.breaks
    {
        return Some((Some(printed), outline.document_of(printed)));
    }
    let start = at + 1;
    let own = if outline.leads(at) { outline.column(at) } else { 0 };
    outline.below(start, include.indent.map_or(own, |indent| indent + if include.breaks { 0 } else { own }) + margin)
}
