//! What in a template may be the name of another one.

use std::collections::{BTreeSet, HashMap};

use super::Syntax;
use super::ast::{Command, Expr, ExprKind, Node, Visitor};

/// Everything in a text that can be the name of a template, or a part of one.
#[derive(Default, PartialEq)]
pub struct Mentions {
    pub whole: BTreeSet<Box<str>>,
    /// Texts that names are put together from: formats, and arguments of computed includes.
    pub parts: BTreeSet<Box<str>>,
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
        let [called, rest @ ..] = &*command.operands else { return };
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

    /// The text may mean the template of this name.
    pub fn may_mean(&self, name: &str) -> bool {
        self.whole.contains(name) || self.parts.iter().any(|part| name.contains(&**part))
    }
}

/// How many have each text.
#[derive(Default)]
pub struct Counts {
    counts: HashMap<Box<str>, u32>,
    /// Bytes of the longest.
    longest: usize,
}

impl Counts {
    /// Each of those who have a text brings it once.
    pub fn of<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> Self {
        let mut all = Self::default();
        for text in texts {
            let text = text.as_ref();
            all.longest = all.longest.max(text.len());
            match all.counts.get_mut(text) {
                Some(count) => *count += 1,
                None => _ = all.counts.insert(text.into(), 1),
            }
        }
        all
    }

    pub fn count(&self, text: &str) -> usize {
        self.counts.get(text).map_or(0, |count| *count as usize)
    }

    /// A text that somebody has and that stands in `name` is one that is wanted.
    pub fn any_within(&self, name: &str, is_wanted: impl Fn(&str, usize) -> bool) -> bool {
        let ends = |start: usize| (start + 1)..=name.len().min(start + self.longest);
        let mut parts = (0..name.len()).flat_map(|start| ends(start).filter_map(move |end| name.get(start..end)));
        parts.any(|part| self.counts.get(part).is_some_and(|count| is_wanted(part, *count as usize)))
    }
}
