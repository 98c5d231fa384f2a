//! How a file is built: what can be folded, and what a selection grows to. Lines of YAML and blocks of templates are
//! interleaved, so both are read from the text as it stands, also where it does not render.

use crate::template::Syntax;
use crate::template::ast::{ActionKind, Branch, Command, Define, Expr, Node, Pipeline, Visitor};
use crate::text::TextRange;
use crate::world::File;

/// Something that can be folded: from its first line, which stays, to the end of its last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fold {
    pub range: TextRange,
    pub comment: bool,
}

/// Everything of more than one line that can be folded, in order.
pub fn folds(file: &File) -> Vec<Fold> {
    let text = &*file.source.text;
    let mut ranges = template_blocks(text, file.syntax());
    let lines = lines(text, file.syntax());
    ranges.extend(blocks(&lines).into_iter().map(|(first, last)| lines[first].range.cover(lines[last].range)));
    ranges.extend(documents(&lines));
    let mut folds: Vec<Fold> = ranges.into_iter().map(|range| Fold { range, comment: false }).collect();
    folds.extend(comments(text, file.syntax()).into_iter().map(|range| Fold { range, comment: true }));
    for fold in &mut folds {
        let whole = fold.range.of(text).trim_end();
        fold.range.end = fold.range.start + whole.len() as u32;
    }
    folds.retain(|fold| fold.range.of(text).contains('\n'));
    folds.sort();
    // Of two that begin on one line an editor shows one: the longer.
    let on_one_line = |above: &Fold, fold: &Fold| {
        !TextRange { start: above.range.start, end: fold.range.start }.of(text).contains('\n')
    };
    let mut kept: Vec<Fold> = Vec::new();
    for fold in folds {
        match kept.last_mut().filter(|last| on_one_line(last, &fold)) {
            Some(last) if last.range.end >= fold.range.end => {}
            Some(last) => *last = fold,
            None => kept.push(fold),
        }
    }
    kept
}

/// What holds `offset`, inside out: a word, a value, a line, a block, …, the file. Each holds the one before it.
pub fn selection(file: &File, offset: u32) -> Vec<TextRange> {
    let text = &*file.source.text;
    let mut ranges = vec![TextRange::new(0, text.len()), word(text, offset)];
    let syntax = file.syntax();
    let lines = lines(text, syntax);
    if let Some(at) = lines.iter().position(|line| line.range.touches(offset)) {
        ranges.extend(parts(text, &lines[at]));
    }
    ranges.extend(blocks(&lines).into_iter().map(|(first, last)| {
        let start = lines[first].range.start + lines[first].indent as u32;
        TextRange { start, end: lines[last].range.end }
    }));
    ranges.extend(bodies(&lines));
    ranges.extend(documents(&lines));
    ranges.extend(syntax.actions.iter().map(|action| action.range));
    let mut inside = Inside::default();
    syntax.visit(&mut inside);
    ranges.extend(inside.0);
    ranges.retain(|range| range.touches(offset) && !range.is_empty());
    ranges.sort_by_key(|range| (range.len(), range.start));
    let mut chain: Vec<TextRange> = Vec::new();
    for range in ranges {
        if chain.last().is_none_or(|last| range.contains(*last) && range != *last) {
            chain.push(range);
        }
    }
    chain
}

/// All parts of a template that can be selected.
#[derive(Default)]
struct Inside(Vec<TextRange>);

impl<'s> Visitor<'s> for Inside {
    fn node(&mut self, node: &'s Node) {
        match node {
            Node::Branch(branch) => {
                self.0.push(branch.range);
                self.0.extend(arms(branch).into_iter().map(|(_, body)| body));
            }
            Node::Template(call) => self.0.push(call.name.range),
            _ => {}
        }
    }

    fn define(&mut self, define: &'s Define) {
        self.0.extend([define.range, define.name.range]);
    }

    fn pipeline(&mut self, pipeline: &'s Pipeline) {
        self.0.push(pipeline.range);
    }

    fn command(&mut self, command: &'s Command) {
        self.0.push(command.range);
    }

    fn expr(&mut self, expr: &'s Expr) {
        self.0.push(expr.range);
        if expr.as_string().is_some() && expr.range.len() >= 2 {
            self.0.push(TextRange { start: expr.range.start + 1, end: expr.range.end - 1 });
        }
    }
}

/// The heads of a branch and what each guards.
fn arms(branch: &Branch) -> Vec<(TextRange, TextRange)> {
    let heads = branch.arms.iter().map(|arm| arm.head).chain(branch.otherwise.iter().map(|otherwise| otherwise.head));
    let heads: Vec<TextRange> = heads.collect();
    let next = heads.iter().skip(1).map(|head| head.start).chain([branch.range.end]);
    heads.iter().zip(next).map(|(head, end)| (*head, TextRange { start: head.end, end: end.max(head.end) })).collect()
}

/// Blocks of the template: each arm to the line before the next one, so that `else` and `end` stay in sight.
fn template_blocks(text: &str, syntax: &Syntax) -> Vec<TextRange> {
    struct Blocks(Vec<(TextRange, u32)>);
    impl<'s> Visitor<'s> for Blocks {
        fn node(&mut self, node: &'s Node) {
            if let Node::Branch(branch) = node {
                self.0.extend(arms(branch).into_iter().map(|(head, body)| (head, body.end)));
            }
        }

        fn define(&mut self, define: &'s Define) {
            self.0.push((define.head, define.range.end));
        }
    }
    let mut blocks = Blocks(Vec::new());
    syntax.visit(&mut blocks);
    let range = |(head, end): (TextRange, u32)| {
        // The last action on the way is the `end`, or it is missing.
        let last =
            syntax.actions.iter().rev().find(|action| action.range.start > head.start && action.range.end <= end);
        let closes = last.filter(|last| last.range.end == end && last.kind == ActionKind::End);
        let end = closes.map_or(end, |last| last.range.start);
        let before = text.get(..end as usize).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |line_break| line_break as u32);
        TextRange { start: head.start, end: line.max(head.start) }
    };
    blocks.0.into_iter().map(range).collect()
}

/// Comments of templates, and runs of comment lines.
fn comments(text: &str, syntax: &Syntax) -> Vec<TextRange> {
    let actions = syntax.actions.iter().filter(|action| action.kind == ActionKind::Comment);
    let mut found: Vec<TextRange> = actions.map(|action| action.range).collect();
    let mut run: Option<TextRange> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = TextRange::new(at, at + line.trim_end().len());
        at += line.len();
        match line.trim_start().starts_with('#') {
            true => run = Some(run.map_or(range, |run| run.cover(range))),
            false => found.extend(run.take()),
        }
    }
    found.extend(run);
    found
}

/// A line that says something of its own.
struct Line {
    /// Without its line break.
    range: TextRange,
    indent: usize,
    /// It begins with a dash: its item is deeper than it looks.
    dash: bool,
    /// `---`
    separator: bool,
}

/// The lines that hold YAML: not those that are blank, a comment, or only actions that print nothing.
fn lines(text: &str, syntax: &Syntax) -> Vec<Line> {
    let silent = |action: &&crate::template::ast::ActionSite| {
        !matches!(action.kind, ActionKind::Print | ActionKind::Template | ActionKind::Broken)
    };
    let silent: Vec<TextRange> = syntax.actions.iter().filter(silent).map(|action| action.range).collect();
    let mut found = Vec::new();
    let mut at = 0;
    let mut next = 0;
    for line in text.split_inclusive('\n') {
        let range = TextRange::new(at, at + line.trim_end_matches(['\n', '\r']).len());
        at += line.len();
        let words = line.trim();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        while silent.get(next).is_some_and(|action| action.end <= range.start) {
            next += 1;
        }
        let mut rest = range.start + (line.len() - line.trim_start().len()) as u32;
        let end = range.start + line.trim_end().len() as u32;
        for action in silent[next..].iter().take_while(|action| action.start < end) {
            let gap = TextRange { start: rest.min(action.start), end: action.start };
            if !gap.of(text).trim().is_empty() {
                break;
            }
            rest = rest.max(action.end);
        }
        if rest >= end || TextRange::new(rest as usize, end as usize).of(text).trim().is_empty() {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let dash = words == "-" || words.starts_with("- ");
        found.push(Line { range, indent, dash, separator: words.starts_with("---") && indent == 0 });
    }
    found
}

/// Lines with what is further in below them, as their first and last line.
fn blocks(lines: &[Line]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let inside = |outer: &Line, line: &Line| {
        !line.separator && (line.indent > outer.indent || line.indent == outer.indent && line.dash && !outer.dash)
    };
    for (at, line) in lines.iter().enumerate() {
        while let Some(first) = open.pop_if(|first| !inside(&lines[*first], line)) {
            found.push((first, at - 1));
        }
        if !line.separator {
            open.push(at);
        }
    }
    found.extend(open.into_iter().map(|first| (first, lines.len() - 1)));
    found
}

/// What stands below a line, without the line.
fn bodies(lines: &[Line]) -> Vec<TextRange> {
    let many = blocks(lines).into_iter().filter(|(first, last)| first < last);
    let body = |(first, last): (usize, usize)| {
        let below = &lines[first + 1];
        TextRange { start: below.range.start + below.indent as u32, end: lines[last].range.end }
    };
    many.map(body).collect()
}

/// Documents of files that have more than one, from their `---`.
fn documents(lines: &[Line]) -> Vec<TextRange> {
    let starts: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].separator).collect();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain(lines.len().checked_sub(1));
    starts.iter().zip(ends).map(|(first, last)| lines[*first].range.cover(lines[last].range)).collect()
}

/// The word at `offset`, empty where there is none.
fn word(text: &str, offset: u32) -> TextRange {
    let at = crate::text::floor_char_boundary(text, offset as usize);
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let start = text[..at].trim_end_matches(is_word).len();
    let rest = &text[at..];
    TextRange::new(start, at + (rest.len() - rest.trim_start_matches(is_word).len()))
}

/// The key, the value with and without its quotes, and the whole line without blanks.
fn parts(text: &str, line: &Line) -> Vec<TextRange> {
    let whole = TextRange { start: line.range.start + line.indent as u32, ..line.range };
    let start = whole.start as usize;
    let words = whole.of(text).trim_end();
    let item = words.len() - words.trim_start_matches("- ").trim_start().len();
    let range = |from: usize, to: usize| TextRange::new(start + from, start + to);
    let mut parts = vec![range(0, words.len()), range(item, words.len())];
    let colon = words[item..].find(": ").or(words.ends_with(':').then(|| words.len() - item - 1));
    let value = match colon {
        Some(colon) => {
            parts.push(range(item, item + colon));
            let rest = &words[(item + colon + 1).min(words.len())..];
            words.len() - rest.trim_start().len()
        }
        None => item,
    };
    parts.push(range(value, words.len()));
    let scalar = &words[value..];
    if scalar.len() >= 2 && ['"', '\''].iter().any(|quote| scalar.starts_with(*quote) && scalar.ends_with(*quote)) {
        parts.push(range(value + 1, words.len() - 1));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// Each fold as its first and last line, from 1.
    fn check(fixture: &str, expected: &[&str]) {
        let fixture = Fixture::of(fixture);
        let (source, _) = fixture.cursor();
        let line = |offset| source.lines.line_col(offset, Default::default()).line + 1;
        let show = |fold: &Fold| {
            let comment = if fold.comment { " comment" } else { "" };
            format!("{}-{}{comment}", line(fold.range.start), line(fold.range.end))
        };
        let found: Vec<_> = folds(&fixture.world.files[&source.id]).iter().map(show).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn yaml_and_templates_interleaved() {
        check(
            r#"#- templates/a.yaml
<|>a: 1
spec:
  {{- if .Values.x }}
  b:
    c: 1
  {{- else if .Values.y }}
  b:
  - x: 1
    y: 2
  - z
  {{- else }}
  d: |
    text
      more
  {{- end }}
# one
# two
---
e:
  f: 1
---
{{/*
long
*/}}
"#,
            &[
                "2-14",
                "3-5",
                "4-5",
                "6-10",
                "7-10",
                "8-9",
                "11-14",
                "12-14",
                "13-14",
                "16-17 comment",
                "18-20",
                "19-20",
                "22-24 comment",
            ],
        );
    }

    #[test]
    fn defines_and_what_is_broken() {
        check(
            "#- templates/_h.tpl\n<|>{{- define \"a\" -}}\nx: 1\ny:\n  z: 1\n{{- end }}\n{{ if x }}\na: {{ .b\n",
            &["1-4", "3-4", "6-7"],
        );
        check("#- templates/a.yaml\n<|>a: 1\nb: 2\n", &[]);
    }

    fn select(fixture: &str, expected: &[&str]) {
        let fixture = Fixture::of(fixture);
        let (source, cursor) = fixture.cursor();
        let chain = selection(&fixture.world.files[&source.id], cursor.offset);
        let found: Vec<_> = chain.iter().map(|range| range.of(&source.text)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn selections_grow() {
        let text = "a:\n  - b: \"one two\"\n    c: 1\n  - d\n";
        select(
            &format!("#- templates/a.yaml\n{}", text.replace("one", "o<|>ne")),
            &[
                "one",
                "one two",
                "\"one two\"",
                "b: \"one two\"",
                "- b: \"one two\"",
                "- b: \"one two\"\n    c: 1",
                "- b: \"one two\"\n    c: 1\n  - d",
                "a:\n  - b: \"one two\"\n    c: 1\n  - d",
                text,
            ],
        );
        select(
            "#- templates/a.yaml\na: {{ index .Values.b \"k<|>ey\" | quote }}\n",
            &[
                "key",
                "\"key\"",
                "index .Values.b \"key\"",
                "index .Values.b \"key\" | quote",
                "{{ index .Values.b \"key\" | quote }}",
                "a: {{ index .Values.b \"key\" | quote }}",
                "a: {{ index .Values.b \"key\" | quote }}\n",
            ],
        );
        select("#- values.yaml\n<|>\n", &["\n"]);
    }
}
