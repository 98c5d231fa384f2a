//! Values that templates read and no values file has, where one of nearly the same name stands at the same place, or where
//! Helm would stop. It is asked of the text, so branches that are not taken count too.

use std::collections::HashSet;

use super::object::{Document, Node};
use super::value_reads::{Reads, Taken};
use crate::diagnostic::nearest;
use crate::template::Syntax;
use crate::template::ast::{
    Branch, BranchKind, Expr, ExprKind, Node as Part, Pipeline, Segment, Visitor, visit_pipeline,
};
use crate::template::dots::Dot;
use crate::text::{Span, TextRange};
use crate::world::{Chart, File};

/// A path of values that leads nowhere.
pub struct Misspelt {
    /// The name that is not there.
    pub at: Span,
    /// `a.b`, up to that name.
    pub path: String,
    pub near: String,
}

/// Every such path in one of the chart's own templates.
pub fn misspelt(chart: &Chart, file: &File) -> Vec<Misspelt> {
    let Some(roots) = roots(chart).filter(|_| file.syntax().faults.is_empty()) else { return Vec::new() };
    let mut found = Vec::new();
    for (_, path) in file.syntax().value_paths() {
        let Some((depth, maps)) = missing(chart, &roots, path.iter().map(|segment| segment.name.as_str())) else {
            continue;
        };
        if let Some(near) = near(&maps, &path[depth].name) {
            found.push(Misspelt { at: at(file, &path[depth]), path: words(&path[..=depth]), near: near.to_owned() });
        }
    }
    found
}

/// A path that leads nowhere in a text that no values reach.
pub enum Astray {
    /// Nothing reads the one of a name that is alike.
    Twin(Misspelt),
    /// Something is read below what is not there: the name that is not, and the path to it.
    Nothing(Span, String),
}

/// As [`misspelt`], where that says nothing, in all of the chart's own templates.
pub fn astray(chart: &Chart) -> Vec<Astray> {
    let mut found = Vec::new();
    let Some((roots, reads)) = roots(chart).and_then(|roots| Some((roots, Reads::of(chart)?))) else { return found };
    for file in chart.own_templates() {
        let is_lost = |path: &[Box<str>]| missing(chart, &roots, path.iter().map(|name| &**name)).is_some();
        if !file.value_reads().paths.iter().any(|path| is_lost(path)) {
            continue;
        }
        let syntax = file.syntax();
        let mut asking = Asking::default();
        syntax.visit(&mut asking);
        for (range, path) in syntax.value_paths() {
            let names = || path.iter().map(|segment| segment.name.as_str());
            let Some((depth, maps)) = missing(chart, &roots, names()) else { continue };
            let name = path[depth].name.as_str();
            if near(&maps, name).is_some() {
                continue;
            }
            let around = names().take(depth).try_fold(&reads.taken, |taken, name| taken.parts.get(name));
            let Some(around) = around.filter(|around| !around.whole) else { continue };
            let (at, path) = (at(file, &path[depth]), || words(&path[..=depth]));
            if let Some(twin) = twin(&maps, name, &reads, around).filter(|_| !asking.guarded.contains(&range)) {
                found.push(Astray::Twin(Misspelt { at, path: path(), near: twin.to_owned() }));
            } else if depth > 0
                && names().count() > depth + 1
                && is_unguarded(syntax, range, name, around, &asking)
                && !is_switched(&syntax.nodes, range.start, &roots)
            {
                found.push(Astray::Nothing(at, path()));
            }
        }
    }
    found
}

/// Nobody asks first whether it is there. (Who calls a helper may have asked.)
fn is_unguarded(syntax: &Syntax, range: TextRange, name: &str, around: &Taken<'_>, asking: &Asking<'_>) -> bool {
    let (_, given) = syntax.dot_at(range.start);
    let asked = around.parts.get(name).is_some_and(|taken| taken.whole) || asking.texts.contains(name);
    matches!(given, Dot::Root) && !asked
}

/// Some condition around compares, or asks for a value that is off as it is: whoever sets that is told to give the rest.
fn is_switched(nodes: &[Part], at: u32, roots: &[Node<'_>]) -> bool {
    struct Switches<'r, 'w>(&'r [Node<'w>], bool);
    impl<'s> Visitor<'s> for Switches<'_, '_> {
        fn expr(&mut self, expr: &'s Expr) {
            self.1 |= match &expr.kind {
                ExprKind::Function(name) => !["not", "and"].contains(&name.as_str()),
                _ => expr.value_path().is_some_and(|path| {
                    let value = |root: &Node| root.at(&words(path)).is_some_and(|value| !is_off(value));
                    !self.0.iter().any(value)
                }),
            };
        }
    }
    let around = nodes.iter().find_map(|node| match node {
        Part::Branch(branch) if branch.range.start <= at && at < branch.range.end => Some(branch),
        _ => None,
    });
    around.is_some_and(|branch| {
        let heads = || branch.arms.iter().take_while(|arm| arm.head.end <= at);
        let mut switches = Switches(roots, false);
        let asks = branch.kind != BranchKind::Range;
        heads().filter(|_| asks).for_each(|arm| visit_pipeline(&arm.pipeline, &mut switches));
        let bodies = branch.arms.iter().map(|arm| &arm.body).chain(branch.otherwise.iter().map(|it| &it.body));
        switches.1 || bodies.into_iter().any(|body| is_switched(body, at, roots))
    })
}

/// A scalar that counts as no.
fn is_off(value: Node<'_>) -> bool {
    value.text().is_some_and(|text| matches!(text, "" | "false" | "0"))
}

/// Who asks whether there is something.
#[derive(Default)]
struct Asking<'s> {
    /// The expressions that may well be nothing.
    guarded: HashSet<TextRange>,
    texts: HashSet<&'s str>,
}

impl<'s> Visitor<'s> for Asking<'s> {
    fn node(&mut self, node: &'s Part) {
        if let Part::Branch(Branch { kind: BranchKind::With, arms, .. }) = node {
            arms.iter().for_each(|arm| self.guard(&arm.pipeline));
        }
    }

    fn pipeline(&mut self, pipeline: &'s Pipeline) {
        const ASKING: [&str; 7] = ["default", "coalesce", "or", "hasKey", "empty", "ternary", "dig"];
        let asks = |operand: &Expr| matches!(&operand.kind, ExprKind::Function(name) if ASKING.contains(&&**name));
        if pipeline.commands.iter().any(|command| asks(&command.operands[0])) {
            self.guard(pipeline);
        }
    }

    fn expr(&mut self, expr: &'s Expr) {
        self.texts.extend(expr.as_string());
    }
}

impl Asking<'_> {
    fn guard(&mut self, pipeline: &Pipeline) {
        struct Ranges<'r>(&'r mut HashSet<TextRange>);
        impl<'s> Visitor<'s> for Ranges<'_> {
            fn expr(&mut self, expr: &'s Expr) {
                self.0.insert(expr.range);
            }
        }
        visit_pipeline(pipeline, &mut Ranges(&mut self.guarded));
    }
}

fn at(file: &File, segment: &Segment) -> Span {
    Span { file: file.source.id, range: segment.range }
}

fn words(path: &[Segment]) -> String {
    path.iter().map(|segment| segment.name.as_str()).collect::<Vec<_>>().join(".")
}

/// All values that the chart may be seen with; `None` where they are not known.
fn roots(chart: &Chart) -> Option<Vec<Node<'_>>> {
    chart.package().filter(|package| !package.metadata.library)?;
    let documents = || chart.views().flat_map(Chart::plain).filter(|document| !is_about(document));
    let unread = documents().any(|document| !document.is_sound());
    (!unread && !chart.sets_values()).then(|| documents().filter_map(Document::root).collect())
}

/// What Helm says of a release; all else is nothing.
const OF_RELEASES: [&str; 6] = ["Name", "Namespace", "Service", "IsUpgrade", "IsInstall", "Revision"];

/// Slips in the members of `.Release`, which nobody refuses, since it is a map.
pub fn misspelt_release(file: &File) -> Vec<Misspelt> {
    let named = file.syntax().paths_below("Release").into_iter().filter_map(|(_, path)| path.first());
    let wrong = named.filter(|first| !OF_RELEASES.contains(&first.name.as_str())).filter_map(|first| {
        let name = first.name.as_str();
        let same = OF_RELEASES.into_iter().find(|other| other.eq_ignore_ascii_case(name));
        let near = same.or_else(|| nearest(name, OF_RELEASES))?.to_owned();
        let at = Span { file: file.source.id, range: first.range };
        Some(Misspelt { at, path: name.to_owned(), near })
    });
    wrong.collect()
}

fn is_about(document: &Document) -> bool {
    document.path().file_name() == Some("Chart.yaml")
}

/// Both may well be there side by side: `min` and `max`, `http` and `https`, one and several, the first and the second.
fn are_siblings(one: &str, other: &str) -> bool {
    let plain = |name: &str| {
        let letters: String = name.chars().filter(|c| !c.is_ascii_digit()).collect();
        letters.to_lowercase().replace("min", "max").replace("https", "http").trim_end_matches('s').to_owned()
    };
    // Names that differ in their letters' case alone are no siblings.
    !one.eq_ignore_ascii_case(other) && (one.len().min(other.len()) < 4 || plain(one) == plain(other))
}

/// One of nearly this name.
fn near<'w>(maps: &[Node<'w>], name: &str) -> Option<&'w str> {
    nearest(name, keys(maps)).filter(|near| !are_siblings(name, near))
}

/// One that nothing reads, of a name that says less or more, or nearly the same.
fn twin<'w>(maps: &[Node<'w>], name: &str, reads: &Reads<'_>, around: &Taken<'_>) -> Option<&'w str> {
    let longer = |long: &str, short: &str| {
        let rest = long.strip_prefix(short).filter(|_| short.len() > 3);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase() || "-_".contains(c)))
    };
    let unread = || keys(maps).into_iter().filter(|key| !reads.takes(around, key));
    let part = unread().find(|key| longer(key, name) || longer(name, key));
    part.or_else(|| nearest(name, unread()))
}

fn keys<'w>(maps: &[Node<'w>]) -> Vec<&'w str> {
    maps.iter().flat_map(|map| map.entries()).filter_map(|(key, _)| key.text()).collect()
}

/// The first name on the way that nothing has, and what is there in its place.
fn missing<'w, 'p>(
    chart: &Chart,
    roots: &[Node<'w>],
    path: impl Iterator<Item = &'p str>,
) -> Option<(usize, Vec<Node<'w>>)> {
    let mut maps: Vec<Node> = roots.to_vec();
    for (depth, name) in path.enumerate() {
        if depth == 0 && is_of_others(chart, name) {
            return None;
        }
        // Below what is no map, or an empty one, anything may be given.
        maps.retain(|map| map.is_mapping() && map.entries().next().is_some());
        if maps.is_empty() {
            return None;
        }
        let keys = keys(&maps);
        if !keys.contains(&name) {
            return (!keys.contains(&"<<")).then_some((depth, maps));
        }
        maps = maps.iter().filter_map(|map| map.get(name)).collect();
    }
    None
}

/// What other charts take, or give.
fn is_of_others(chart: &Chart, name: &str) -> bool {
    let dependencies = chart.package().into_iter().flat_map(|package| &package.metadata.dependencies);
    name == "global" || dependencies.into_iter().any(|entry| entry.key() == name)
}
