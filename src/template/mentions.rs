//! What in a template may be the name of another one.

use std::collections::BTreeSet;

use super::Syntax;
use super::ast::{Command, Expr, ExprKind, Node, Visitor};

/// Everything in a text that can be the name of a template, or a part of one.
#[derive(Default)]
pub struct Mentions {
    whole: BTreeSet<Box<str>>,
    /// Texts that names are put together from: formats, and arguments of computed includes.
    parts: BTreeSet<Box<str>>,
}

/// Functions that put texts together.
const BUILDERS: [&str; 5] = ["printf", "print", "cat", "join", "replace"];

#[derive(Default)]
struct Texts<'s> {
    whole: BTreeSet<&'s str>,
    parts: BTreeSet<&'s str>,
}

impl<'s> Visitor<'s> for Texts<'s> {
    fn node(&mut self, node: &'s Node) {
        if let Node::Template(call) = node {
            self.whole.insert(&call.name.text);
        }
    }

    fn command(&mut self, command: &'s Command) {
        let [called, rest @ ..] = command.operands.as_slice() else { return };
        if matches!(&called.kind, ExprKind::Function(name) if BUILDERS.contains(&name.as_str())) {
            self.parts.extend(rest.iter().filter_map(Expr::as_string));
        }
    }

    fn expr(&mut self, expr: &'s Expr) {
        self.whole.extend(expr.as_string());
    }
}

impl Mentions {
    pub fn of(syntax: &Syntax) -> Self {
        let mut texts = Texts::default();
        syntax.visit(&mut texts);
        let words = |text: &str| -> Vec<Box<str>> {
            let words = text.split('%').map(|word| word.trim_start_matches(['s', 'v', 'd', 'q']));
            words.filter(|word| word.len() > 2).map(Box::from).collect()
        };
        Self {
            whole: texts.whole.into_iter().map(Box::from).collect(),
            parts: texts.parts.into_iter().flat_map(words).collect(),
        }
    }

    /// What several texts mention.
    pub fn together<'m>(all: impl Iterator<Item = &'m Self>) -> Self {
        let mut together = Self::default();
        for mentions in all {
            together.whole.extend(mentions.whole.iter().cloned());
            together.parts.extend(mentions.parts.iter().cloned());
        }
        together
    }

    /// The text may mean the template of this name.
    pub fn may_mean(&self, name: &str) -> bool {
        self.whole.contains(name) || self.parts.iter().any(|part| name.contains(&**part))
    }
}
