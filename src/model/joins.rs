//! Lines of rendered YAML that a trim marker made of two lines of a template.

use super::object::Document;
use crate::diagnostic::Place;
use crate::template::Syntax;
use crate::template::ast::{Command, Expr, ExprKind, Node as Part, Pipeline};
use crate::template::traced::{Origin, Piece};
use crate::text::{Span, TextRange};
use crate::world::{Chart, File};
use crate::yaml::parser;
use crate::yaml::tree::{Kind, Node, ProblemKind, Style};

/// One such line.
pub struct Join<'w> {
    /// The marker, `{{-` or `-}}`.
    pub marker: Place,
    /// It is `-}}`, and took the line break behind it.
    pub behind: bool,
    /// The rendered line: its number from 1 in the template's output, and its text.
    pub line: (usize, &'w str),
    /// Without the marker the document is YAML.
    pub curable: bool,
}

/// Where trim markers join the end of one entry with the beginning of another, so that the text is no YAML, or means
/// something else.
pub fn joins<'w>(chart: &Chart, document: &'w Document) -> Vec<Join<'w>> {
    let text = document.rendered().text.as_str();
    let mut found: Vec<Join> = Vec::new();
    let pieces: Vec<_> = document.rendered().text.pieces_in(document.range).collect();
    for pair in pieces.windows(2) {
        let [(_, before), (at, after)] = pair else { continue };
        let at = at.start as usize;
        if text[..at].ends_with('\n') || text[at..].starts_with(['\n', '\r']) {
            continue;
        }
        let Some(cut) = cut(chart, before, after) else { continue };
        if !is_broken(document, at) {
            continue;
        }
        let calls = if cut.behind { after.calls } else { before.calls };
        let marker = document.rendered().calls.place(cut.marker, calls);
        if !found.iter().any(|known| known.marker.span == marker.span) {
            let curable = is_cured(chart, document, &pieces, &cut);
            found.push(Join { marker, behind: cut.behind, line: document.line_at(at as u32), curable });
        }
    }
    found
}

/// A line break that a marker took.
struct Cut<'c> {
    marker: Span,
    behind: bool,
    blanks: &'c str,
}

/// The marker between two pieces, if there is one that took a line break.
fn cut<'c>(chart: &'c Chart, before: &Piece, after: &Piece) -> Option<Cut<'c>> {
    let text = |span: Span| chart.files.get(&span.file).map(|file| file.text());
    if let Origin::Verbatim(span) = after.origin {
        let source = &text(span)?[..span.range.start as usize];
        let end = source.trim_end().len();
        if source[..end].ends_with("-}}") && source[end..].contains('\n') {
            let open = source[..end].rfind("{{").unwrap_or(end);
            // The head of a helper stands at no line of who includes it.
            if !source[open..end].contains("define") {
                let marker = Span::new(span.file, end - 3, end);
                return Some(Cut { marker, behind: true, blanks: &source[end..] });
            }
        }
    }
    if let Origin::Verbatim(span) = before.origin {
        let source = text(span)?;
        let rest = source.get(span.range.end as usize..)?;
        let start = rest.len() - rest.trim_start().len();
        let tail = rest[start..].starts_with("{{- end") && before.calls != after.calls;
        if !tail && rest[start..].starts_with("{{-") && rest[..start].contains('\n') {
            let from = span.range.end as usize + start;
            let marker = Span::new(span.file, from, from + 3);
            return Some(Cut { marker, behind: false, blanks: &rest[..start] });
        }
    }
    None
}

/// Two lines of settings in a Go template that become one where what stands between them prints nothing.
pub struct Seam {
    /// The marker that takes the line break behind.
    pub marker: TextRange,
    /// The line as it comes out.
    pub line: String,
}

/// Every such place of a template.
pub fn seams(text: &str, syntax: &Syntax) -> Vec<Seam> {
    let mut found = Vec::new();
    let defines = syntax.defines.iter().map(|define| &*define.body);
    for nodes in std::iter::once(&*syntax.nodes).chain(defines) {
        seams_of(text, syntax, nodes, &mut found);
    }
    found
}

fn seams_of(text: &str, syntax: &Syntax, nodes: &[Part], found: &mut Vec<Seam>) {
    for (at, node) in nodes.iter().enumerate() {
        if let Part::Branch(branch) = node {
            branch.arms.iter().for_each(|arm| seams_of(text, syntax, &arm.body, found));
            branch.otherwise.iter().for_each(|otherwise| seams_of(text, syntax, &otherwise.body, found));
        }
        let Part::Text(left) = node else { continue };
        let between = nodes[at + 1..].iter().take_while(|node| may_be_empty(syntax, node)).count();
        let Some(Part::Text(right)) = nodes.get(at + 1 + between).filter(|_| between > 0) else { continue };
        let (first, last) = (range_of(syntax, &nodes[at + 1]), range_of(syntax, &nodes[at + between]));
        let before = text.get(left.end as usize..first.start as usize).unwrap_or_default();
        let after = text.get(last.end as usize..right.start as usize).unwrap_or_default();
        let line = left.of(text).lines().last().unwrap_or_default();
        let next = right.of(text).lines().next().unwrap_or_default();
        let taken = |blanks: &str| blanks.contains('\n') && blanks.trim().is_empty();
        if taken(before) && taken(after) && !left.of(text).ends_with('\n') && is_setting(line) && is_setting(next) {
            found
                .push(Seam { marker: TextRange { start: last.end - 3, end: last.end }, line: format!("{line}{next}") });
        }
    }
}

/// A node from its first action to its last.
fn range_of(syntax: &Syntax, node: &Part) -> TextRange {
    match node {
        Part::Text(range) | Part::Break(range) | Part::Continue(range) => *range,
        Part::Action(action) => action.range,
        Part::Branch(branch) => branch.range,
        Part::Template(call) => {
            let block = syntax.defines.iter().find(|define| define.block && define.range.start == call.range.start);
            block.map_or(call.range, |block| block.range)
        }
    }
}

/// The node prints nothing in some case.
fn may_be_empty(syntax: &Syntax, node: &Part) -> bool {
    let all = |nodes: &[Part]| nodes.iter().all(|node| may_be_empty(syntax, node));
    match node {
        Part::Text(range) => range.is_empty(),
        Part::Action(action) => !action.pipeline.declared.is_empty(),
        Part::Branch(branch) => branch.otherwise.as_ref().is_none_or(|otherwise| all(&otherwise.body)),
        Part::Template(call) => {
            let mut blocks = syntax.defines.iter().filter(|define| define.block && define.name.text == call.name.text);
            blocks.next().is_some_and(|block| all(&block.body))
        }
        Part::Break(_) | Part::Continue(_) => false,
    }
}

/// `key = value` or `key: value`.
fn is_setting(line: &str) -> bool {
    let Some((key, value)) = line.split_once('=').or_else(|| line.split_once(": ")) else { return false };
    let key = key.trim();
    let word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(word) && !value.trim().is_empty()
}

/// A marker in a branch that no values in view take, and the line that it joins with what stands above.
pub struct Latent<'c> {
    pub marker: Span,
    pub line: &'c str,
}

/// Markers of a template that join lines as soon as their branch is taken.
pub fn latent<'c>(chart: &Chart, file: &'c File) -> Vec<Latent<'c>> {
    let mut found = Vec::new();
    let state = State { nothing: true, ..State::default() };
    walk(Look { chart, file, depth: 0 }, &file.syntax().nodes, state, &mut found);
    found
}

/// What may be the last that was printed before a place.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct State {
    /// A line that goes on.
    line: bool,
    /// A line break, and blanks.
    fresh: bool,
    nothing: bool,
    /// What an include printed.
    open: bool,
}

impl State {
    const LINE: Self = Self { line: true, fresh: false, nothing: false, open: false };

    fn or(self, other: Self) -> Self {
        Self {
            line: self.line || other.line,
            fresh: self.fresh || other.fresh,
            nothing: self.nothing || other.nothing,
            open: self.open || other.open,
        }
    }
}

/// Where a walk is.
#[derive(Clone, Copy)]
struct Look<'c, 'f> {
    chart: &'c Chart,
    file: &'f File,
    /// Includes that led here.
    depth: u32,
}

/// Includes in includes are followed no further than this.
const MAX_DEPTH: u32 = 8;

fn walk<'f>(look: Look<'_, 'f>, nodes: &[Part], before: State, found: &mut Vec<Latent<'f>>) -> State {
    let Look { chart, file, .. } = look;
    let text = file.text();
    let mut state = before;
    for node in nodes {
        state = match node {
            Part::Text(range) => {
                let printed = range.of(text).trim_end_matches([' ', '\t']);
                match printed {
                    "" => state,
                    _ if printed.ends_with('\n') => State { line: false, fresh: true, ..State::default() },
                    _ => State::LINE,
                }
            }
            Part::Action(action) if !action.pipeline.declared.is_empty() => state,
            // A value behind `key: ` ends no line.
            Part::Action(action) if state == State::LINE && !calls(&action.pipeline) => state,
            Part::Action(action) => included(look, &action.pipeline, state),
            Part::Template(_) => State { open: true, ..State::default() },
            Part::Break(_) | Part::Continue(_) => state,
            Part::Branch(branch) => {
                let mut after = branch.otherwise.as_ref().map_or(state, |_| State::default());
                for arm in &branch.arms {
                    if let Some(Part::Text(first)) = arm.body.first()
                        && state == State::LINE
                        && let Some(line) = joined(text, arm.head.end, *first)
                        && !is_rendered(chart, file, *first)
                    {
                        let marker = TextRange { start: arm.head.end - 3, end: arm.head.end };
                        found.push(Latent { marker: Span { file: file.source.id, range: marker }, line });
                    }
                    after = after.or(walk(look, &arm.body, state, found));
                }
                if let Some(otherwise) = &branch.otherwise {
                    after = after.or(walk(look, &otherwise.body, state, found));
                }
                after
            }
        };
    }
    state
}

/// What stands last after `include "name" … | indent n`.
fn included(look: Look<'_, '_>, pipeline: &Pipeline, before: State) -> State {
    let open = State { open: true, ..State::default() };
    let name = |command: &Command| match &*command.operands {
        [Expr { kind: ExprKind::Function(function), .. }, name, ..] if function == "include" => {
            name.as_string().map(str::to_owned)
        }
        _ => None,
    };
    let function = |command: &Command| match &command.operands.first()?.kind {
        ExprKind::Function(name) => Some(name.clone()),
        _ => None,
    };
    let breaks = match &*pipeline.commands {
        [_] => false,
        [_, indent] => match function(indent).as_deref() {
            Some("indent") => false,
            Some("nindent") => true,
            _ => return open,
        },
        _ => return open,
    };
    let Some(name) = pipeline.commands.first().and_then(name).filter(|_| look.depth < MAX_DEPTH) else { return open };
    let Some((file, define)) = look.chart.define(&name) else { return open };
    let look = Look { file, depth: look.depth + 1, ..look };
    let nothing = State { nothing: true, ..State::default() };
    let after = walk(look, &define.body, nothing, &mut Vec::new());
    match (after.nothing, breaks) {
        (false, _) => after,
        (true, true) => State { nothing: false, fresh: true, ..after },
        (true, false) => State { nothing: false, ..after }.or(before),
    }
}

/// The first line of a text, where it begins an entry and lost the line break before it.
fn joined(text: &str, from: u32, first: TextRange) -> Option<&str> {
    let blanks = text.get(from as usize..first.start as usize)?;
    let line = first.of(text).lines().next()?;
    let entry = begins_entry(line) && line.contains(':') && !line.contains("{{");
    (blanks.contains('\n') && blanks.trim().is_empty() && entry).then_some(line)
}

/// Some helper has a part in what is printed.
fn calls(pipeline: &Pipeline) -> bool {
    let operands = pipeline.commands.iter().flat_map(|command| &command.operands);
    operands.into_iter().any(|operand| match &operand.kind {
        ExprKind::Function(name) => matches!(name.as_str(), "include" | "tpl" | "indent" | "nindent"),
        ExprKind::Paren(inner) => calls(inner),
        _ => false,
    })
}

/// The chart renders the text with its values.
fn is_rendered(chart: &Chart, file: &File, range: TextRange) -> bool {
    let span = Span { file: file.source.id, range };
    let files = chart.rendering().into_iter().flat_map(|render| &render.files);
    files.into_iter().any(|rendered| !rendered.text.places(span).is_empty())
}

/// At byte `at` one entry ends and another begins, which no YAML line can hold.
fn is_broken(document: &Document, at: usize) -> bool {
    let text = document.rendered().text.as_str();
    let start = text[..at].rfind('\n').map_or(0, |line_break| line_break + 1);
    let (left, right) = (&text[start..at], text[at..].lines().next().unwrap_or_default());
    if !ends_entry(left) || !begins_entry(right) {
        return false;
    }
    let at = at as u32;
    let around = |node: &Node<'_>| node.range.start < at && at < node.range.end;
    let nodes: Vec<_> = document.tree().nodes().filter(around).collect();
    // Text of a script, of a list in brackets, in quotes: there lines may be as they like.
    let free = |node: &Node<'_>| match node.kind {
        Kind::Scalar { style, .. } => style != Style::Plain,
        _ => text[node.range.start as usize..].starts_with(['{', '[']),
    };
    if nodes.iter().any(free) {
        return false;
    }
    let line = document.line_at(at).0;
    let syntax = document.tree().problems().iter().filter(|problem| matches!(problem.kind, ProblemKind::Syntax(_)));
    let refused = syntax.into_iter().any(|problem| document.line(problem.range).0 == line);
    let scalar = nodes.iter().any(|node| matches!(node.kind, Kind::Scalar { .. }));
    refused || scalar && (right.trim_start().starts_with("- ") || left.trim_end().ends_with(':'))
}

/// `key: value`, `key:`, `- item`.
fn ends_entry(left: &str) -> bool {
    let left = left.trim();
    !left.starts_with('#') && (left.ends_with(':') || left.contains(": ") || left.starts_with("- "))
}

/// `key:` or `- `.
fn begins_entry(right: &str) -> bool {
    let right = right.trim_start();
    let key = |key: &str| {
        let word = |c: char| c.is_alphanumeric() || "-_./".contains(c);
        key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(word)
    };
    let keyed =
        right.split_once(':').is_some_and(|(head, rest)| key(head) && (rest.is_empty() || rest.starts_with(' ')));
    keyed || right.starts_with("- ")
}

/// With the line breaks back, wherever the marker took them, the document is YAML.
fn is_cured(chart: &Chart, document: &Document, pieces: &[(TextRange, Piece)], of: &Cut<'_>) -> bool {
    let text = document.rendered().text.as_str();
    let mut mended = String::new();
    let mut from = document.range.start as usize;
    for pair in pieces.windows(2) {
        let [(_, before), (at, after)] = pair else { continue };
        let at = at.start as usize;
        let same = cut(chart, before, after).is_some_and(|cut| cut.marker == of.marker);
        if same {
            mended.push_str(&text[from..at]);
            mended.push_str(of.blanks);
            from = at;
        }
    }
    mended.push_str(&text[from..document.range.end as usize]);
    parser::parse(&mended, TextRange::new(0, mended.len())).problems().is_empty()
}
