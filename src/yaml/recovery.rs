//! After an error: which line is to blame, what is said of it, and how the rest is read all the same.

use super::brackets::{enclosing_flow, unclosed_flow};
use super::fault::{Cause, Fault, below_with_tab, refusal};
use super::scalar;
use super::scratch::{Loss, Scratch};
use super::tabs;
use super::tree::{Kind, NodeId, Problem, ProblemKind, Style, Tree};
use crate::text::TextRange;

/// Lines given up before the rest of the document is.
const MAX_LOSSES: usize = 40;

/// Characters read again, as a multiple of the document's length and on top of [`MIN_WORK`].
const MAX_PASSES: usize = 50;
const MIN_WORK: usize = 2_000_000;

/// Nodes that a document may have once its aliases are expanded; go-yaml refuses more as "excessive aliasing".
const MAX_EXPANDED: u64 = 4_000_000;

/// A change of one line: to another indentation, or away.
#[derive(Clone, Copy)]
struct Repair {
    line: usize,
    column: Option<usize>,
}

impl Repair {
    fn apply(self, scratch: &mut Scratch) {
        match self.column {
            Some(column) => scratch.reindent(self.line, column),
            None => scratch.give_up(self.line, None),
        }
    }
}

pub(super) struct Recovery {
    problems: Vec<Problem>,
    /// go-yaml's first error and its place.
    refusal: Option<(usize, String)>,
    losses: usize,
    work: usize,
}

impl Recovery {
    /// Takes out of the text what go-yaml refuses before it even looks at the grammar.
    pub(super) fn new(scratch: &mut Scratch) -> Self {
        let mut recovery = Self { problems: Vec::new(), refusal: None, losses: 0, work: 0 };
        let bad = |c: char| {
            let control = c < ' ' && !matches!(c, '\t' | '\n' | '\r');
            control || matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
        };
        let plain = scratch.view().bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r'));
        let found: Vec<(usize, char)> = match plain {
            true => Vec::new(),
            false => scratch.view().char_indices().filter(|(_, c)| bad(*c)).collect(),
        };
        for (at, c) in found {
            scratch.erase(at, at + c.len_utf8());
            recovery.refuse(at, "control characters are not allowed".to_owned());
            if recovery.problems.len() < MAX_LOSSES {
                let words = format!("control characters are not allowed; here is U+{:04X}", u32::from(c));
                let range = TextRange::new(at, at + c.len_utf8());
                recovery.problems.push(Problem { range, kind: ProblemKind::Syntax(words) });
            }
        }
        recovery
    }

    fn refuse(&mut self, at: usize, words: String) {
        if self.refusal.as_ref().is_none_or(|(first, _)| at < *first) {
            self.refusal = Some((at, words));
        }
    }

    /// Changes the text so that it can be read past the fault, and remembers what the author should hear. False when
    /// there is nothing left to try. `reach` is how far a text can be read, in bytes.
    pub(super) fn learn(&mut self, scratch: &mut Scratch, fault: Fault, reach: &dyn Fn(&Scratch) -> usize) -> bool {
        self.work += scratch.view().len();
        let spent = self.work > scratch.view().len().saturating_mul(MAX_PASSES).saturating_add(MIN_WORK);
        if !spent && tolerate(scratch, &fault) {
            return true;
        }
        if fault.cause == Cause::Ended {
            // go-yaml does not read on.
            self.report(scratch, scratch.line_of(fault.at), &fault);
            scratch.erase(fault.at, scratch.view().len());
            return true;
        }
        if self.losses == 0
            && let Some(words) = refusal(scratch, &fault)
        {
            self.refuse(fault.at, words);
        }
        let Some(line) = blamed(scratch, &fault) else { return false };
        self.losses += 1;
        if spent || self.losses > MAX_LOSSES {
            let end = scratch.view().len();
            // Twice past the bound, even what stands before the fault cannot be read.
            let from = if self.losses > MAX_LOSSES + 4 { 0 } else { line };
            let at = scratch.line_start(from);
            if self.losses > MAX_LOSSES + 5 {
                return false;
            }
            if self.losses == MAX_LOSSES + 1 || spent {
                let words = "too many errors: the rest of the document is not read".to_owned();
                self.problems.push(Problem { range: content(scratch, line), kind: ProblemKind::Bound(words) });
                self.losses = self.losses.max(MAX_LOSSES + 1);
            }
            for line in from..scratch.line_count() {
                scratch.give_up(line, None);
            }
            scratch.erase(at, end);
            return true;
        }
        if let Some(repair) = self.misplaced(scratch, &fault, line, reach) {
            let cause = if repair.line == line { fault.cause } else { Cause::Indent };
            self.report(scratch, repair.line, &Fault { cause, ..fault });
            repair.apply(scratch);
            return true;
        }
        if !follows_from_loss(scratch, line) {
            self.report(scratch, line, &fault);
        }
        let rest = if scratch.loss(line) == Loss::Nothing { value_start(scratch, line, fault.at) } else { None };
        scratch.give_up(line, rest);
        true
    }

    /// What to do about a line that is only indented wrongly, it or the one above it: what leads farthest.
    fn misplaced(
        &mut self,
        scratch: &Scratch,
        fault: &Fault,
        line: usize,
        reach: &dyn Fn(&Scratch) -> usize,
    ) -> Option<Repair> {
        let begins = fault.at <= scratch.line_start(line) + scratch.line(line).find(':')?;
        let about_indent = matches!(
            fault.cause,
            Cause::SecondColon | Cause::Indent | Cause::NoKey | Cause::NoItem | Cause::Tab | Cause::TabBelow
        );
        if !begins || !about_indent || follows_from_loss(scratch, line) {
            return None;
        }
        let above = (0..line).rev().find(|above| has_content(scratch, *above))?;
        let (own, before) = (scratch.indent(line), scratch.indent(above));
        // Of equals the first is taken, and the second only for more than the first.
        let repairs = [
            Repair { line, column: Some(before) },
            Repair { line, column: Some(before + 2) },
            Repair { line, column: None },
            Repair { line: above, column: Some(own) },
            Repair { line: above, column: None },
        ];
        self.work += scratch.view().len() * repairs.len();
        let mut best = None;
        for repair in repairs {
            let mut trial = scratch.clone();
            repair.apply(&mut trial);
            let reached = reach(&trial);
            if reached > best.map_or(fault.at, |(_, reached)| reached) {
                best = Some((repair, reached));
            }
        }
        best.map(|(repair, _)| repair).filter(|repair| repair.column.is_some() || repair.line == above)
    }

    fn report(&mut self, scratch: &Scratch, line: usize, fault: &Fault) {
        let whole = content(scratch, line);
        let at = fault.at as u32;
        // A bracket is told of, not what shows that it is open.
        let open_bracket = scratch.line_of(fault.at) > line && unclosed_flow(scratch, line + 1) == Some(line);
        let range = if whole.start <= at && at < whole.end { TextRange { start: at, end: whole.end } } else { whole };
        let kind = match fault.cause {
            Cause::Tab | Cause::TabBelow => ProblemKind::Tab,
            Cause::Depth => ProblemKind::Bound(fault.cause.words()),
            _ if open_bracket => ProblemKind::Syntax(Cause::ShallowFlow.words()),
            cause => ProblemKind::Syntax(cause.words()),
        };
        let range = if kind == ProblemKind::Tab { tab(scratch, line).unwrap_or(range) } else { range };
        self.problems.push(Problem { range, kind });
    }

    /// Adds what is known only now to the tree of the text that could be read.
    pub(super) fn finish(mut self, scratch: &Scratch, tree: &mut Tree) {
        let found = tabs::find(scratch, tree);
        if let Some((range, words)) = found.first() {
            let line = scratch.line_of(range.start as usize);
            let place = if line == 0 { String::new() } else { format!("line {}: ", line + 1) };
            self.refuse(range.start as usize, format!("{place}{words}"));
        }
        self.problems.extend(found.into_iter().map(|(range, _)| Problem { range, kind: ProblemKind::Tab }));
        let names = bad_names(tree).into_iter().map(|range| (range, Cause::BadName));
        for (range, cause) in names.chain(questions(scratch, tree)) {
            let at = range.start as usize;
            let fault = Fault { at, line: scratch.line_of(at), cause };
            if let Some(words) = refusal(scratch, &fault) {
                self.refuse(at, words);
            }
            self.problems.push(Problem { range, kind: ProblemKind::Syntax(fault.cause.words()) });
        }
        let unknown = tree.problems.iter().find_map(|problem| match &problem.kind {
            ProblemKind::UndefinedAlias(name) => Some((problem.range.start as usize, name.clone())),
            _ => None,
        });
        if let Some((at, name)) = unknown {
            self.refuse(at, format!("unknown anchor '{name}' referenced"));
        }
        if let Some(range) = bomb(tree) {
            self.refuse(scratch.view().len(), "document contains excessive aliasing".to_owned());
            let words = format!("the aliases expand to more than {MAX_EXPANDED} nodes");
            self.problems.push(Problem { range, kind: ProblemKind::Bound(words) });
        }
        tree.refusal = self.refusal.map(|(_, words)| words);
        tree.problems.append(&mut self.problems);
        tree.problems.sort_by_key(|problem| problem.range);
        tree.problems.dedup();
    }
}

/// Where go-yaml reads on and yaml-rust2 does not, the text is changed without loss.
fn tolerate(scratch: &mut Scratch, fault: &Fault) -> bool {
    match fault.cause {
        Cause::ShallowFlow | Cause::Tab | Cause::TabBelow => match enclosing_flow(scratch.view(), fault.at) {
            Some((start, end)) => {
                let column = start - scratch.line_start(scratch.line_of(start)) + 1;
                scratch.pad(start, end, column)
            }
            None => false,
        },
        Cause::ShallowQuoted => match scalar::quoted_end(scratch.view(), fault.at) {
            Some(end) if ends_well(&scratch.view()[end..]) => {
                let column = fault.at - scratch.line_start(scratch.line_of(fault.at)) + 1;
                scratch.pad(fault.at, end, column)
            }
            _ => false,
        },
        Cause::CloseComment => {
            let rest = &scratch.view()[fault.at..];
            let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
            scratch.erase(fault.at, fault.at + length);
            length > 0
        }
        Cause::UnknownEscape => {
            let escapes = scalar::quoted_end(scratch.view(), fault.at).map(|end| fault.at..end);
            escapes.is_some_and(|quoted| scratch.hide_escaped_quotes(quoted))
        }
        Cause::QuotedTab => {
            let line = scratch.line_of(fault.at);
            let (start, blanks) = (scratch.line_start(line), scratch.indent(line));
            let changed = scratch.line(line)[..blanks].contains('\t');
            scratch.erase(start, start + blanks);
            changed
        }
        Cause::TabAfterColon => {
            let before = &scratch.view()[..fault.at];
            let start = before.trim_end_matches([' ', '\t']).len();
            let changed = before[start..].contains('\t');
            scratch.erase(start, fault.at);
            changed
        }
        _ => false,
    }
}

/// What may follow a closing quote.
fn ends_well(rest: &str) -> bool {
    rest.trim_start_matches([' ', '\t']).chars().next().is_none_or(|c| matches!(c, '\r' | '\n' | ',' | ']' | '}' | ':'))
        || rest.trim_start_matches([' ', '\t']).starts_with('#') && rest.starts_with([' ', '\t'])
}

/// The line to give up.
fn blamed(scratch: &Scratch, fault: &Fault) -> Option<usize> {
    let line = scratch.line_of(fault.at);
    let above = |line: usize| (0..line).rev().find(|line| has_content(scratch, *line));
    let found = match fault.cause {
        // At the end of the text there may be no line after it.
        Cause::NoColon if fault.at == scratch.view().len() && has_content(scratch, line) => None,
        Cause::NoColon => above(line),
        // A line without a colon before this one was taken for the beginning of the same text.
        Cause::SecondColon => above(line).filter(|before| {
            let first_colon = scratch.line(line).find(": ").or_else(|| scratch.line(line).find(':'));
            first_colon.is_some_and(|colon| scratch.line_start(line) + colon == fault.at)
                && is_lone_word(scratch.line(*before))
                && scratch.indent(*before) <= scratch.indent(line)
        }),
        Cause::TabBelow => below_with_tab(scratch, line),
        Cause::ShallowFlow | Cause::FlowColon | Cause::NoSeparator(_) => unclosed_flow(scratch, line),
        _ => None,
    };
    let found = found.unwrap_or(line);
    if has_content(scratch, found) { Some(found) } else { above(found).or_else(|| below(scratch, found)) }
}

fn below(scratch: &Scratch, line: usize) -> Option<usize> {
    (line..scratch.line_count()).find(|line| has_content(scratch, *line))
}

fn has_content(scratch: &Scratch, line: usize) -> bool {
    let text = scratch.line(line).trim();
    !text.is_empty() && !text.starts_with('#')
}

/// `word`, with a dash perhaps: somebody is typing a key.
fn is_lone_word(line: &str) -> bool {
    let word = line.trim().trim_start_matches("- ").trim_start();
    !word.is_empty() && !word.contains(':') && !word.starts_with(['"', '\'', '[', '{', '|', '>', '&', '*', '#', '-'])
}

/// The line's content as it is now.
fn content(scratch: &Scratch, line: usize) -> TextRange {
    let text = scratch.line(line);
    let start = scratch.line_start(line) + text.len() - text.trim_start().len();
    TextRange::new(start, start + text.trim().len())
}

/// The line stands below a line that was given up, and may be wrong only because of that.
fn follows_from_loss(scratch: &Scratch, line: usize) -> bool {
    if scratch.loss(line) != Loss::Nothing {
        return true;
    }
    let own = scratch.indent(line);
    for above in (0..line).rev() {
        if scratch.loss(above) != Loss::Nothing {
            return true;
        }
        if has_content(scratch, above) && scratch.indent(above) < own {
            return false;
        }
    }
    false
}

/// The byte after the first `key:` of a line, where the fault is behind it: the key itself can stay.
fn value_start(scratch: &Scratch, line: usize, fault: usize) -> Option<usize> {
    let text = scratch.line(line);
    let start = scratch.line_start(line);
    let colon = text.find(": ")?;
    let key = text[..colon].trim_start().trim_start_matches("- ");
    let plain = !key.is_empty() && !key.contains(['"', '\'', '[', '{', '#', '&', '*', '\t']);
    (plain && start + colon < fault).then_some(start + colon + 1)
}

/// The tab in a line's indentation, or its first tab.
fn tab(scratch: &Scratch, line: usize) -> Option<TextRange> {
    let at = scratch.line_start(line) + scratch.line(line).find('\t')?;
    Some(TextRange::new(at, at + 1))
}

/// Each `?` in plain text inside brackets, where it ends the text for go-yaml.
fn questions(scratch: &Scratch, tree: &Tree) -> Vec<(TextRange, Cause)> {
    let mut found = Vec::new();
    if !scratch.view().contains('?') {
        return found;
    }
    for node in tree.nodes() {
        let (Kind::Scalar { style: Style::Plain, .. }, Some(parent)) = (node.kind, node.parent) else { continue };
        let close = match tree.node(parent).range.of(scratch.view()).as_bytes().first() {
            Some(b'[') => ']',
            Some(b'{') => '}',
            _ => continue,
        };
        if let Some(at) = node.range.of(scratch.view()).find('?').filter(|at| *at > 0) {
            let at = node.range.start as usize + at;
            found.push((TextRange::new(at, at + 1), Cause::FlowQuestion(close)));
        }
    }
    found
}

/// Anchors and aliases whose names go-yaml refuses.
fn bad_names(tree: &Tree) -> Vec<TextRange> {
    // At these go-yaml ends the name and reads on.
    let bad = |name: &str| {
        let other = name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
        other.is_some_and(|c| !matches!(c, '?' | ':' | '%' | '@' | '`'))
    };
    let anchors = tree.anchors.iter().filter(|anchor| bad(&anchor.name)).map(|anchor| anchor.range);
    let aliases = tree.nodes().filter_map(|node| match node.kind {
        Kind::Alias { name, .. } if bad(name) => Some(node.range),
        _ => None,
    });
    anchors.chain(aliases).collect()
}

/// The place of the first alias whose expansion goes past the bound.
fn bomb(tree: &Tree) -> Option<TextRange> {
    if !tree.nodes().any(|node| matches!(node.kind, Kind::Alias { .. })) {
        return None;
    }
    // An anchor's node ends before any alias to it, so the alias has the greater id, but a parent has the smaller one:
    // sizes are summed up from the children, in the order in which nodes end.
    let mut order: Vec<NodeId> = tree.ids().collect();
    let mut sizes = vec![1u64; order.len()];
    order.sort_by_key(|id| (tree.node(*id).range.end, std::cmp::Reverse(*id)));
    for id in order {
        let node = tree.node(id);
        let sum = match node.kind {
            Kind::Scalar { .. } | Kind::Alias { target: None, .. } => 1,
            Kind::Alias { target: Some(target), .. } => sizes[target.0 as usize],
            Kind::Sequence(items) => items.iter().fold(1u64, |sum, id| sum.saturating_add(sizes[id.0 as usize])),
            Kind::Mapping(entries) => entries.iter().fold(1u64, |sum, (key, value)| {
                sum.saturating_add(sizes[key.0 as usize]).saturating_add(sizes[value.0 as usize])
            }),
        };
        sizes[id.0 as usize] = sum;
        if sum > MAX_EXPANDED && matches!(node.kind, Kind::Alias { .. }) {
            return Some(node.range);
        }
    }
    None
}
