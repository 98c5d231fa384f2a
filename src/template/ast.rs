//! The tree of one template file. Every part knows its bytes; ranges are bytes of the file.

use super::literal::Number;
use crate::text::TextRange;

/// One thing in a list of template nodes.
#[derive(Clone, PartialEq, Debug)]
pub enum Node {
    /// Text outside of actions, after trimming.
    Text(TextRange),
    /// `{{ pipeline }}`
    Action(Action),
    /// `{{ if }}`, `{{ with }}` or `{{ range }}` with all its arms.
    Branch(Branch),
    /// `{{ template "name" pipeline }}`, or what a `{{ block }}` leaves in its place.
    Template(Box<TemplateCall>),
    /// `{{ break }}`
    Break(TextRange),
    /// `{{ continue }}`
    Continue(TextRange),
}

/// An action that prints, or sets variables.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// From `{{` to `}}`.
    pub range: TextRange,
    pub pipeline: Pipeline,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BranchKind {
    If,
    With,
    Range,
}

/// `if … else if … else … end` and its like.
#[derive(Clone, PartialEq, Debug)]
pub struct Branch {
    pub kind: BranchKind,
    /// From the first `{{` to the `}}` of the end, or to the end of the file where that is missing.
    pub range: TextRange,
    /// The first one and every `else if` or `else with`; never empty, exactly one for `range`.
    pub arms: Box<[Arm]>,
    pub otherwise: Option<Otherwise>,
}

/// A condition and what it guards.
#[derive(Clone, PartialEq, Debug)]
pub struct Arm {
    /// `{{ if … }}` or `{{ else if … }}` alone.
    pub head: TextRange,
    pub pipeline: Pipeline,
    pub body: Box<[Node]>,
}

/// `{{ else }}` and what follows.
#[derive(Clone, PartialEq, Debug)]
pub struct Otherwise {
    /// `{{ else }}` alone.
    pub head: TextRange,
    pub body: Box<[Node]>,
}

/// `{{ template "name" pipeline }}`
#[derive(Clone, PartialEq, Debug)]
pub struct TemplateCall {
    /// From `{{` to `}}`; for a block its head alone.
    pub range: TextRange,
    pub name: Name,
    pub argument: Option<Pipeline>,
}

/// A name that is written as a string.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Name {
    /// Without quotes and escapes.
    pub text: String,
    /// Between the quotes.
    pub range: TextRange,
}

impl Name {
    /// The whole string token, quotes and all.
    pub fn quoted(&self) -> TextRange {
        TextRange { start: self.range.start.saturating_sub(1), end: self.range.end + 1 }
    }
}

/// `{{ define "name" }} … {{ end }}`, or a block's.
#[derive(Clone, PartialEq, Debug)]
pub struct Define {
    pub name: Name,
    /// From the first `{{` to the `}}` of the end, or to the end of the file where that is missing.
    pub range: TextRange,
    /// `{{ define "name" }}` alone.
    pub head: TextRange,
    pub body: Box<[Node]>,
    pub block: bool,
}

impl Define {
    /// The define that a name calls, the first time it is called: those of the name are taken out of `uncalled`.
    pub fn first_called<'s>(uncalled: &mut Vec<&'s Self>, name: &str) -> Option<&'s Self> {
        let define = *uncalled.iter().find(|define| define.name.text == name)?;
        uncalled.retain(|define| define.name.text != name);
        Some(define)
    }
}

/// `$a, $b := command | command`
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Pipeline {
    /// From its first token to its last.
    pub range: TextRange,
    pub declared: Box<[Variable]>,
    /// `=` rather than `:=`.
    pub assigns: bool,
    pub commands: Box<[Command]>,
}

impl Pipeline {
    /// The operand that it consists of.
    pub fn lone(&self) -> Option<&Expr> {
        match &*self.commands {
            [command] if command.operands.len() == 1 => command.operands.first(),
            _ => None,
        }
    }
}

/// A variable where it is declared or assigned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// With its `$`.
    pub name: String,
    pub range: TextRange,
}

/// One stage of a pipeline: an operand, or a function with its arguments.
#[derive(Clone, PartialEq, Debug)]
pub struct Command {
    pub range: TextRange,
    /// Never empty; the first is what is called, if it can be called.
    pub operands: Box<[Expr]>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    pub range: TextRange,
    pub kind: ExprKind,
}

#[derive(Clone, PartialEq, Debug)]
pub enum ExprKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    Bool(bool),
    /// A number or a character.
    Number(Box<Number>),
    /// A string, without quotes and escapes.
    String(String),
    /// A function's name.
    Function(String),
    /// `.a.b`; never empty.
    Field(Box<[Segment]>),
    /// `$x`, `$x.a.b`; the name has its `$`.
    Variable(String, Box<[Segment]>),
    /// `( … )`
    Paren(Box<Pipeline>),
    /// `( … ).a.b`, `function.a`; the fields are never empty.
    Chain(Box<Expr>, Box<[Segment]>),
}

/// One `.name` of a chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    pub name: String,
    /// The name alone, without the dot before it.
    pub range: TextRange,
}

impl Segment {
    /// The dot and the name.
    pub fn dotted(&self) -> TextRange {
        TextRange { start: self.range.start.saturating_sub(1), end: self.range.end }
    }
}

impl Expr {
    /// Where Go says that the node is, in bytes of the file: for a chain that is its second element's dot.
    pub(crate) fn position(&self) -> u32 {
        match &self.kind {
            ExprKind::Field(segments) => segments.get(1).map_or(self.range.start, |segment| segment.dotted().start),
            ExprKind::Variable(_, segments) | ExprKind::Chain(_, segments) => {
                segments.first().map_or(self.range.start, |segment| segment.dotted().start)
            }
            ExprKind::Paren(pipeline) => pipeline.range.start,
            _ => self.range.start,
        }
    }

    /// The text of a string literal.
    pub fn as_string(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The segments after `.Values` or `$.Values`; `None` for anything else.
    pub fn value_path(&self) -> Option<&[Segment]> {
        self.path_below("Values")
    }

    /// The segments after a member of the root object; `None` for anything else.
    pub fn path_below(&self, member: &str) -> Option<&[Segment]> {
        let segments = match &self.kind {
            ExprKind::Field(segments) => segments,
            ExprKind::Variable(name, segments) if name == "$" => segments,
            _ => return None,
        };
        let (first, rest) = segments.split_first()?;
        (first.name == member).then_some(rest)
    }
}

/// What an action is, for those who look at a file without executing it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActionKind {
    Comment,
    /// Prints the value of a pipeline.
    Print,
    /// Declares or assigns a variable, and prints nothing.
    Set,
    If,
    With,
    Range,
    Else,
    End,
    Define,
    Block,
    Template,
    Break,
    Continue,
    /// Could not be parsed.
    Broken,
}

/// The place of one `{{ … }}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ActionSite {
    /// From `{{` to `}}`, or to where the text was cut because `}}` is missing.
    pub range: TextRange,
    pub kind: ActionKind,
    /// `{{-` takes the blanks before it.
    pub trims_left: bool,
    /// `-}}` takes the blanks after it.
    pub trims_right: bool,
}

/// An `include` or `template` of a literal name.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NamedCall<'s> {
    pub name: &'s str,
    /// Between the quotes.
    pub name_range: TextRange,
    /// The command, or the whole `template` action.
    pub range: TextRange,
    /// `template`, not `include`.
    pub template: bool,
    /// What the define gets as its dot, where it is written there.
    pub data: Option<&'s Expr>,
}

/// A visitor of [`super::Syntax::visit`]; all methods do nothing unless given.
pub trait Visitor<'s> {
    fn node(&mut self, _node: &'s Node) {}
    fn define(&mut self, _define: &'s Define) {}
    fn pipeline(&mut self, _pipeline: &'s Pipeline) {}
    fn command(&mut self, _command: &'s Command) {}
    fn expr(&mut self, _expr: &'s Expr) {}
}

/// Go's `parse.IsEmptyTree`: nothing but blanks.
pub(crate) fn is_empty(text: &str, nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::Text(range) if range.of(text).trim().is_empty()))
}

pub(crate) fn visit_nodes<'s>(nodes: &'s [Node], visitor: &mut dyn Visitor<'s>) {
    for node in nodes {
        visitor.node(node);
        match node {
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
            Node::Action(action) => visit_pipeline(&action.pipeline, visitor),
            Node::Branch(branch) => {
                for arm in &branch.arms {
                    visit_pipeline(&arm.pipeline, visitor);
                    visit_nodes(&arm.body, visitor);
                }
                if let Some(otherwise) = &branch.otherwise {
                    visit_nodes(&otherwise.body, visitor);
                }
            }
            Node::Template(call) => {
                if let Some(argument) = &call.argument {
                    visit_pipeline(argument, visitor);
                }
            }
        }
    }
}

pub(crate) fn visit_pipeline<'s>(pipeline: &'s Pipeline, visitor: &mut dyn Visitor<'s>) {
    visitor.pipeline(pipeline);
    for command in &pipeline.commands {
        visitor.command(command);
        for operand in &command.operands {
            visit_expr(operand, visitor);
        }
    }
}

fn visit_expr<'s>(expr: &'s Expr, visitor: &mut dyn Visitor<'s>) {
    visitor.expr(expr);
    match &expr.kind {
        ExprKind::Paren(pipeline) => visit_pipeline(pipeline, visitor),
        ExprKind::Chain(inner, _) => visit_expr(inner, visitor),
        _ => {}
    }
}
