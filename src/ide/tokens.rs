//! What words of a file are: the template inside the YAML, and names in the YAML that refer to something.

use crate::diagnostic::Located;
use crate::model::parts::{PARTS, each};
use crate::template::ast::{ActionKind, Command, Expr, ExprKind, Node, Pipeline, Segment, Visitor};
use crate::text::{FileId, TextRange};
use crate::world::{File, World};

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Word {
    Comment,
    Keyword,
    /// A function of the template language.
    Function,
    /// The name of a helper.
    Helper,
    Variable,
    /// A key of a value, or of another object.
    Property,
    String,
    Number,
    /// The name of an object that is referred to.
    Reference,
    /// `&x` and `*x`.
    Anchor,
}

/// A word and what it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Token {
    pub range: TextRange,
    pub word: Word,
    /// Here it gets its meaning.
    pub definition: bool,
}

/// The words of a file, in order; no two overlap.
pub fn tokens(world: &World, file: FileId) -> Vec<Token> {
    let Some(held) = world.files.get(&file) else { return Vec::new() };
    let mut found = of_template(held);
    found.extend(of_yaml(world, file));
    found.sort();
    let mut end = 0;
    found.retain(|token| {
        let free = token.range.start >= end && !token.range.is_empty();
        if free {
            end = token.range.end;
        }
        free
    });
    found
}

#[derive(Default)]
struct Words(Vec<Token>);

impl Words {
    fn push(&mut self, range: TextRange, word: Word) {
        self.0.push(Token { range, word, definition: false });
    }

    fn define(&mut self, range: TextRange, word: Word) {
        self.0.push(Token { range, word, definition: true });
    }

    fn keys(&mut self, segments: &[Segment]) {
        for segment in segments {
            self.push(segment.range, Word::Property);
        }
    }
}

impl<'s> Visitor<'s> for Words {
    fn node(&mut self, node: &'s Node) {
        if let Node::Template(call) = node {
            self.push(call.name.range, Word::Helper);
        }
    }

    fn pipeline(&mut self, pipeline: &'s Pipeline) {
        for variable in &pipeline.declared {
            self.0.push(Token { range: variable.range, word: Word::Variable, definition: !pipeline.assigns });
        }
    }

    fn command(&mut self, command: &'s Command) {
        let [function, name, ..] = &*command.operands else { return };
        let includes = matches!(&function.kind, ExprKind::Function(function) if function == "include");
        if includes && name.as_string().is_some() && name.range.len() > 2 {
            // The quotes stay as they are, so that the name alone is one word.
            let TextRange { start, end } = name.range;
            self.push(TextRange { start: start + 1, end: end - 1 }, Word::Helper);
        }
    }

    fn expr(&mut self, expr: &'s Expr) {
        match &expr.kind {
            ExprKind::Nil | ExprKind::Bool(_) => self.push(expr.range, Word::Keyword),
            ExprKind::Number(_) => self.push(expr.range, Word::Number),
            ExprKind::String(_) => self.push(expr.range, Word::String),
            ExprKind::Function(_) => self.push(expr.range, Word::Function),
            ExprKind::Field(segments) | ExprKind::Chain(_, segments) => self.keys(segments),
            ExprKind::Variable(name, segments) => {
                let end = expr.range.start + name.len() as u32;
                self.push(TextRange { start: expr.range.start, end }, Word::Variable);
                self.keys(segments);
            }
            ExprKind::Dot | ExprKind::Paren(_) => {}
        }
    }
}

fn of_template(file: &File) -> Vec<Token> {
    let text = &*file.source.text;
    let syntax = file.syntax();
    let mut words = Words::default();
    syntax.visit(&mut words);
    for define in &syntax.defines {
        words.define(define.name.range, Word::Helper);
    }
    for action in &syntax.actions {
        match action.kind {
            ActionKind::Comment => words.push(action.range, Word::Comment),
            ActionKind::Print | ActionKind::Set | ActionKind::Broken => {}
            _ => {
                // `if`, or `else if`.
                let inside = action.range.of(text).trim_start_matches(['{', '-']);
                let mut at = action.range.end as usize - inside.len();
                for word in inside.split_inclusive(|c: char| !c.is_ascii_lowercase()).take(3) {
                    let name = word.trim_end_matches(|c: char| !c.is_ascii_lowercase());
                    if KEYWORDS.contains(&name) {
                        words.push(TextRange::new(at, at + name.len()), Word::Keyword);
                    } else if !name.is_empty() {
                        break;
                    }
                    at += word.len();
                }
            }
        }
    }
    // Of two that begin at one place the name of a helper says more than the string that holds it.
    let helpers: Vec<TextRange> =
        words.0.iter().filter(|token| token.word == Word::Helper).map(|token| token.range).collect();
    let held = |token: &Token| {
        let inside = |helper: &TextRange| token.range.contains(*helper) && token.range != *helper;
        token.word == Word::String && helpers.iter().any(inside)
    };
    words.0.retain(|token| !held(token));
    words.0
}

const KEYWORDS: [&str; 10] = ["if", "else", "end", "with", "range", "define", "block", "template", "break", "continue"];

fn of_yaml(world: &World, file: FileId) -> Vec<Token> {
    let mut found = Vec::new();
    let mut add = |at: &dyn Located, word: Word, definition: bool| {
        let place = at.place().filter(|place| place.verbatim && place.span.file == file);
        found.extend(place.map(|place| Token { range: place.span.range, word, definition }));
    };
    // What a helper writes is the same in every chart.
    let Some(chart) = world.charts_of(file).into_iter().next() else { return found };
    for (document, node, _) in &chart.facts().sites {
        let node = chart.documents()[*document].node(*node);
        if !node.is_alias() {
            add(&node, Word::Reference, false);
        }
    }
    for document in chart.documents().iter().filter(|document| document.file() == file) {
        let rows = PARTS.iter().filter(|part| document.kind() == Some(part.kind) && !part.path.ends_with("{key}"));
        let Some(root) = document.root() else { continue };
        let parts = rows.flat_map(|part| each(root, part.path));
        for node in parts.filter(|node| node.text().is_some_and(|name| !name.is_empty()) && !node.is_alias()) {
            add(&node, Word::Reference, false);
        }
    }
    for document in chart.documents().iter().chain(chart.plain()) {
        for anchor in document.tree().anchors() {
            if let Some(place) = document.place(anchor.range) {
                add(&place, Word::Anchor, true);
            }
        }
        for id in document.tree().ids().filter(|id| document.node(*id).is_alias()) {
            add(&document.node(id), Word::Anchor, false);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn check(fixture: &str, expected: &str) {
        let fixture = Fixture::of(fixture);
        let (source, _) = fixture.cursor();
        let show = |token: &Token| {
            let own = if token.definition { "!" } else { "" };
            format!("{} {:?}{own}", token.range.of(&source.text), token.word)
        };
        let found: Vec<_> = tokens(&fixture.world, source.id).iter().map(show).collect();
        assert_eq!(found.join(", "), expected);
    }

    #[test]
    fn templates() {
        check(
            "#- templates/a.yaml\n<|>{{- /* é */ -}}\n{{- if eq .Values.a.b 1 }}\na: {{ $x := \"s\" }}{{ $x.y | quote }}\n{{ else if true }}{{ end }}\n",
            "{{- /* é */ -}} Comment, if Keyword, eq Function, Values Property, a Property, b Property, 1 Number, \
             $x Variable!, \"s\" String, $x Variable, y Property, quote Function, else Keyword, if Keyword, true Keyword, end Keyword",
        );
        check(
            "#- templates/_h.tpl\n<|>{{ define \"h\" }}{{ include \"h\" . }}{{ template \"h\" (dict \"k\" nil) }}{{ end }}\n",
            "define Keyword, h Helper!, include Function, h Helper, template Keyword, h Helper, dict Function, \"k\" String, nil Keyword, end Keyword",
        );
    }

    #[test]
    fn names_and_anchors() {
        check(
            "#- templates/a.yaml\n<|>apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {name: x}\nspec:\n  clusterDef: demo\n  a: &a 1\n  b: *a\n",
            "demo Reference, &a Anchor!, *a Anchor",
        );
        check(
            "#- templates/a.yaml\n<|>apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata: {name: x}\nspec:\n  tls: {volumeName: data}\n  exporter: {scrapePort: sql}\n",
            "data Reference, sql Reference",
        );
    }
}
