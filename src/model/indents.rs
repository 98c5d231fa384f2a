//! Text that an action puts beside the key or the block scalar that it was meant to stand below.

use super::object::Document;
use crate::diagnostic::Place;
use crate::template::Syntax;
use crate::template::ast::{ActionKind, ActionSite, Command, Expr, ExprKind, Visitor};
use crate::template::traced::Origin;
use crate::text::{Span, TextRange};
use crate::world::Chart;

/// Such an action.
pub struct Slip<'w> {
    /// `{{ … }}`.
    pub action: Place,
    /// What the text was meant to stand below: `labels:`, `- |`.
    pub head: &'w str,
    /// It is a block scalar, which is left empty.
    pub block: bool,
    /// The rendered line on which the text begins.
    pub line: usize,
    /// `indent` or `nindent`, and its number.
    pub call: Option<Indent<'w>>,
    /// The number that puts the text below the head, where only the number is wrong.
    pub wanted: Option<usize>,
}

/// The call that indents.
pub struct Indent<'w> {
    pub function: &'w str,
    pub number: &'w str,
    pub at: Span,
}

/// Every such action of a document.
pub fn slips<'w>(chart: &'w Chart, document: &'w Document) -> Vec<Slip<'w>> {
    let text = document.text();
    let start = document.range.start as usize;
    let mut found: Vec<Slip> = Vec::new();
    let mut above: Vec<(usize, &str)> = Vec::new();
    let mut at = start;
    for line in text.split_inclusive('\n') {
        let offset = at;
        at += line.len();
        let content = line.trim();
        let opened = above.last().is_some_and(|(_, head)| parent_column(head).is_some() && !head.trim().ends_with(':'));
        if content.is_empty() || content.starts_with('#') && !opened {
            continue;
        }
        let column = line.len() - line.trim_start().len();
        if let Some((before, head)) = above.last().copied()
            && let Some(parent) = parent_column(head)
            && is_beside(parent, head, column, content)
            && !is_inside_block(&above)
            && let Some(slip) = slip(chart, document, before, head, offset + column)
        {
            found.push(slip);
        }
        above.push((offset, line));
    }
    found
}

/// The column of what the next line has to stand behind, where a line ends in a key or opens a block scalar.
fn parent_column(line: &str) -> Option<usize> {
    let mut rest = line.trim();
    // Most lines end otherwise, and each is asked about.
    if !rest.ends_with(':') && !rest.rsplit([' ', '\t']).next().is_some_and(opens_block) {
        return None;
    }
    let mut column = line.len() - line.trim_start().len();
    while let Some(item) = rest.strip_prefix("- ") {
        let inner = item.trim_start();
        if opens_block(inner) && !inner.contains(':') {
            return Some(column);
        }
        column += rest.len() - inner.len();
        rest = inner;
    }
    let key = rest.strip_suffix(':').or_else(|| {
        let (key, value) = rest.rsplit_once(": ")?;
        opens_block(value.trim()).then_some(key)
    })?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    is_key.then_some(column)
}

/// `|`, `>-` and their like.
fn opens_block(value: &str) -> bool {
    value.strip_prefix(['|', '>']).is_some_and(|rest| rest.chars().all(|c| matches!(c, '-' | '+' | '0'..='9')))
}

/// Content in this column belongs to what is around the head. (Items of a list may stand below their key's first letter.)
fn is_beside(parent: usize, head: &str, column: usize, content: &str) -> bool {
    let list = head.trim().ends_with(':') && (content.starts_with("- ") || content == "-");
    if list { column < parent } else { column <= parent }
}

/// The last of these lines is text of a block scalar above it.
fn is_inside_block(lines: &[(usize, &str)]) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Some((last, above)) = lines.split_last() else { return false };
    let mut column = indent(last.1);
    for (_, line) in above.iter().rev() {
        if column == 0 {
            return false;
        }
        if indent(line) < column {
            column = indent(line);
            if parent_column(line).is_some() && !line.trim().ends_with(':') {
                return true;
            }
        }
    }
    false
}

/// The action that stands right behind the head in the template, and printed what begins at byte `at`.
fn slip<'w>(chart: &'w Chart, document: &'w Document, line: usize, head: &'w str, at: usize) -> Option<Slip<'w>> {
    let pieces: Vec<_> = document.rendered().text.pieces().collect();
    let piece_at = |offset: usize| pieces.iter().find(|(range, _)| range.end as usize > offset);
    let end = line + head.trim_end().len() - 1;
    let (range, piece) = piece_at(end)?;
    let Origin::Verbatim(span) = piece.origin else { return None };
    let source = span.range.start as usize + (end - range.start as usize) + 1;
    let file = chart.files.get(&span.file)?;
    let action = action_behind(file.syntax(), file.text(), source)?;
    let text = file.text();
    let action_span = Span { file: span.file, range: action.range };
    let (_, first) = piece_at(at)?;
    let printed = match first.origin {
        Origin::Computed { action, .. } if first.calls == piece.calls => action == action_span,
        // A file's own text.
        Origin::Verbatim(other) if first.calls == piece.calls => other.file != span.file,
        _ => document.rendered().calls.chain(first.calls).iter().any(|call| call.span == action_span),
    };
    if !printed || !text[source..action.range.start as usize].contains('\n') {
        return None;
    }
    let begin = text[..action.range.start as usize].rfind('\n').map_or(0, |line_break| line_break + 1);
    let blanks = &text[begin..action.range.start as usize];
    let parent = parent_column(head)?;
    let stands = if blanks.trim().is_empty() && blanks.len() > parent { blanks.len() } else { parent + 2 };
    let call = indent_of(file.syntax(), action.range).map(|(function, number)| Indent {
        function,
        number: number.of(text),
        at: Span { file: span.file, range: number },
    });
    // `indent` adds to the blanks before the action.
    let wanted = match &call {
        Some(call) if call.function == "nindent" => Some(stands),
        Some(_) if action.trims_left || !blanks.trim().is_empty() => None,
        Some(_) => stands.checked_sub(blanks.len()).filter(|wanted| *wanted > 0 || blanks.is_empty()),
        None => None,
    };
    Some(Slip {
        action: document.rendered().calls.place(action_span, piece.calls),
        head: head.trim(),
        block: !head.trim().ends_with(':'),
        line: document.line_at(at as u32).0,
        call,
        wanted,
    })
}

/// The first action behind byte `from` that prints, with nothing but blanks and other actions before it.
fn action_behind<'s>(syntax: &'s Syntax, text: &str, from: usize) -> Option<&'s ActionSite> {
    let mut at = from;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if !text[at..].starts_with("{{") {
            return None;
        }
        let action = syntax.action_at(at as u32 + 1)?;
        match action.kind {
            ActionKind::Print => return Some(action),
            ActionKind::Comment | ActionKind::Set | ActionKind::If | ActionKind::With => at = action.range.end as usize,
            _ => return None,
        }
    }
}

/// The last command of the action, where it is `indent` or `nindent` with a number.
fn indent_of(syntax: &Syntax, action: TextRange) -> Option<(&str, TextRange)> {
    struct Last<'s>(TextRange, Option<&'s Command>);
    impl<'s> Visitor<'s> for Last<'s> {
        fn command(&mut self, command: &'s Command) {
            let inside = self.0.start <= command.range.start && command.range.end <= self.0.end;
            if inside && self.1.is_none_or(|last| last.range.start < command.range.start) {
                self.1 = Some(command);
            }
        }
    }
    let mut last = Last(action, None);
    syntax.visit(&mut last);
    let [Expr { kind: ExprKind::Function(function), .. }, number, ..] = &*last.1?.operands else {
        return None;
    };
    let indents = matches!(function.as_str(), "indent" | "nindent") && matches!(number.kind, ExprKind::Number(_));
    indents.then_some((function, number.range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_heads() {
        for (line, column) in [
            ("  labels:", Some(2)),
            ("  - name: |", Some(4)),
            ("    - |-", Some(4)),
            ("  - - |", Some(4)),
            ("  a: b", None),
            ("  data.x: >+", Some(2)),
            ("  echo {a} |", None),
            ("  a: b:", None),
        ] {
            assert_eq!(parent_column(line), column, "{line}");
        }
    }
}
