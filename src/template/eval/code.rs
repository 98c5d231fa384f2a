//! A template body as a list of steps for the machine.
//!
//! Templates include each other a thousand levels deep, from the middle of an expression. Steps in a list need no
//! recursion for that, whatever the stack of the thread.

use std::collections::HashMap;
use std::sync::Arc;

use crate::template::ast::*;
use crate::template::fmt;
use crate::template::lexer::{TokenKind, lex_inside};
use crate::template::literal::{self, Number};
use crate::text::TextRange;

/// The steps of a file's own text and of its defines.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(super) bodies: Vec<Body>,
    pub(super) constants: Vec<Constant>,
    /// Variables, fields, functions and templates; the first one is `$`.
    pub(super) names: Vec<Arc<str>>,
    /// Runs of field names, as indexes into `names`.
    pub(super) fields: Vec<u32>,
    pub(super) ranges: Vec<RangeHead>,
    pub(super) messages: Vec<String>,
    pub(super) recoveries: Vec<Recovery>,
    /// What actions do beside printing, in the order of the text.
    pub(super) effects: Vec<Effect>,
}

/// One template.
#[derive(Debug)]
pub(super) struct Body {
    /// The define's name; the file's own body has none.
    pub(super) name: Option<Arc<str>>,
    pub(super) steps: Arc<[Step]>,
    /// Nothing but blanks: such a body never replaces another one.
    pub(super) empty: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Constant {
    Bool(bool),
    Number(Number),
    String(Arc<str>),
}

/// How to go on after an action that failed, as if it had been skipped.
#[derive(Clone, Debug, Default)]
pub(super) struct Recovery {
    /// The step behind the action; for `if`, `with` and `range` that behind the whole construct.
    pub(super) resume: u32,
    /// Whether something would have been printed.
    pub(super) prints: bool,
    /// Variables that would have been declared.
    pub(super) declares: Vec<u32>,
    /// The effects of what is skipped: indexes into [`Code::effects`].
    pub(super) effects: (u32, u32),
}

/// What an action does beside printing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// Gives a variable that is there already another value.
    Assigns(u32),
    /// Changes a map that others may hold.
    Mutates,
    /// Executes a template, which may change maps.
    Calls,
    /// `break` or `continue`.
    Leaves,
}

/// The functions that change the map they are given.
pub(super) const CHANGERS: [&str; 6] = ["set", "unset", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"];

/// The effect of a call; a map that was made in the same call is nobody else's.
fn effect(function: &str, arguments: &[Expr]) -> Option<Effect> {
    match function {
        "include" | "tpl" => Some(Effect::Calls),
        _ if CHANGERS.contains(&function) => {
            let fresh = match arguments.first().map(|argument| &argument.kind) {
                Some(ExprKind::Paren(pipeline)) => pipeline.commands.last().is_some_and(|command| {
                    let made = command.operands.first().map(|operand| &operand.kind);
                    matches!(made, Some(ExprKind::Function(name)) if matches!(&**name, "dict" | "deepCopy" | "mustDeepCopy"))
                }),
                _ => false,
            };
            (!fresh).then_some(Effect::Mutates)
        }
        _ => None,
    }
}

/// The variables of `range $a, $b := …`.
#[derive(Clone, Debug, Default)]
pub(super) struct RangeHead {
    pub(super) names: Vec<u32>,
    pub(super) assigns: bool,
}

/// The node at which Go would report an error now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct At {
    pub(super) range: TextRange,
    /// Where Go counts line and column.
    pub(super) position: u32,
    /// A `template` action, of which `range` is the name and the argument.
    pub(super) template: bool,
}

/// A call that is about to evaluate its arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallSite {
    /// Of the function or the method.
    pub(super) name: u32,
    /// The command, or the chain that ends with the method: where an error that the call returns is reported.
    pub(super) node: At,
    /// Arguments written after the name.
    pub(super) arguments: u16,
    /// The value of the stage before is the last argument.
    pub(super) piped: bool,
}

/// What the machine does next. Values lie on its stack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Prints template text.
    Text(TextRange),
    /// An action begins; `recovery` says where to go on if it fails.
    Action {
        range: TextRange,
        recovery: u32,
    },
    At(At),
    /// Pushes an untyped constant.
    Constant(u32),
    Dot,
    /// Pushes Go's invalid value.
    Nothing,
    Variable(u32),
    /// Reads a run of `fields` from the value on top.
    Fields {
        first: u32,
        count: u32,
    },
    /// Looks the function up and checks the number of its arguments.
    Function(CallSite),
    /// The same for a method of the value on top, which must be one, since it has arguments.
    Method(CallSite),
    /// Converts the value on top to the type of the parameter.
    Argument(u16),
    /// Pushes a literal as the parameter's type has it.
    Literal {
        constant: u32,
        parameter: u16,
    },
    /// Pushes `nil` where the parameter can be nil.
    NilArgument(u16),
    /// Of `and` and `or`: ends the call, at `end`, if the value on top decides; else drops it.
    Decide {
        or: bool,
        end: u32,
    },
    Call,
    /// The value of a stage: what an interface holds, not the interface.
    Unbox,
    Declare(u32),
    Assign(u32),
    Drop,
    /// Prints the value; the chain is that of the action, where it is nothing but a chain.
    Print {
        action: TextRange,
        chain: Option<TextRange>,
    },
    Jump(u32),
    JumpIfFalse(u32),
    /// If the value is true it becomes the dot, until `PopDot`.
    With(u32),
    PopDot,
    Mark,
    Unmark,
    /// Begins a loop over the value, or jumps to the else part.
    Range {
        head: u32,
        otherwise: u32,
    },
    /// The next item of the loop, or its end.
    Next(u32),
    Break(u32),
    Continue(u32),
    /// `template`: checks that there is one.
    Lookup(u32),
    /// `template`: executes it with the value as its dot.
    Template(u32),
    /// Stops with one of `messages`.
    Refuse(u32),
}

/// Lowers the nodes of a file and its defines.
pub(crate) fn lower(text: &str, nodes: &[Node], defines: &[Define]) -> Code {
    let mut lower =
        Lower { text, code: Code::default(), interned: HashMap::new(), steps: Vec::new(), loops: Vec::new() };
    lower.name("$");
    lower.body(None, nodes);
    for define in defines {
        lower.body(Some(&define.name.text), &define.body);
    }
    lower.code
}

struct Lower<'t> {
    text: &'t str,
    code: Code,
    interned: HashMap<String, u32>,
    steps: Vec<Step>,
    loops: Vec<OpenLoop>,
}

/// The loop whose body is being lowered.
struct OpenLoop {
    head: u32,
    breaks: Vec<usize>,
}

impl Lower<'_> {
    fn name(&mut self, name: &str) -> u32 {
        if let Some(&index) = self.interned.get(name) {
            return index;
        }
        let index = self.code.names.len() as u32;
        self.code.names.push(name.into());
        self.interned.insert(name.to_owned(), index);
        index
    }

    fn constant(&mut self, constant: Constant) -> u32 {
        self.code.constants.push(constant);
        self.code.constants.len() as u32 - 1
    }

    fn refuse(&mut self, message: String) {
        self.code.messages.push(message);
        self.steps.push(Step::Refuse(self.code.messages.len() as u32 - 1));
    }

    fn here(&self) -> u32 {
        self.steps.len() as u32
    }

    /// Lets the jump at `step` go to the next step.
    fn land(&mut self, step: usize) {
        let here = self.here();
        if let Some(
            Step::Jump(target)
            | Step::JumpIfFalse(target)
            | Step::With(target)
            | Step::Next(target)
            | Step::Break(target)
            | Step::Range { otherwise: target, .. }
            | Step::Decide { end: target, .. },
        ) = self.steps.get_mut(step)
        {
            *target = here;
        }
    }

    fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn body(&mut self, name: Option<&str>, nodes: &[Node]) {
        self.nodes(nodes);
        let steps = std::mem::take(&mut self.steps);
        let empty = is_empty(self.text, nodes);
        self.code.bodies.push(Body { name: name.map(Arc::from), steps: steps.into(), empty });
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Text(range) => {
                    self.push(Step::Text(*range));
                }
                Node::Action(action) => {
                    let skipped = self.begin();
                    let recovery = self.action(action.range);
                    self.pipeline(&action.pipeline);
                    if action.pipeline.declared.is_empty() {
                        let chain = lone_chain(&action.pipeline);
                        self.push(Step::Print { action: action.range, chain });
                    } else {
                        self.push(Step::Drop);
                    }
                    self.resume(&[recovery], skipped);
                    let declared = (!action.pipeline.assigns).then_some(&action.pipeline.declared);
                    let declares = declared.into_iter().flatten().map(|variable| self.name(&variable.name)).collect();
                    if let Some(recovery) = self.code.recoveries.last_mut() {
                        recovery.prints = action.pipeline.declared.is_empty();
                        recovery.declares = declares;
                    }
                }
                Node::Branch(branch) if branch.kind == BranchKind::Range => self.range(branch),
                Node::Branch(branch) => self.branch(branch),
                Node::Template(call) => self.template(call),
                Node::Break(_) => {
                    self.code.effects.push(Effect::Leaves);
                    let step = self.push(Step::Break(0));
                    if let Some(open) = self.loops.last_mut() {
                        open.breaks.push(step);
                    }
                }
                Node::Continue(_) => {
                    self.code.effects.push(Effect::Leaves);
                    let head = self.loops.last().map_or(0, |open| open.head);
                    self.push(Step::Continue(head));
                }
            }
        }
    }

    fn branch(&mut self, branch: &Branch) {
        self.push(Step::Mark);
        let (skipped, mut heads) = (self.begin(), Vec::new());
        let mut ends = Vec::new();
        for arm in &branch.arms {
            heads.push(self.action(arm.head));
            self.pipeline(&arm.pipeline);
            let with = branch.kind == BranchKind::With;
            let test = self.push(if with { Step::With(0) } else { Step::JumpIfFalse(0) });
            self.nodes(&arm.body);
            if with {
                self.push(Step::PopDot);
            }
            ends.push(self.push(Step::Jump(0)));
            self.land(test);
        }
        if let Some(otherwise) = &branch.otherwise {
            self.nodes(&otherwise.body);
        }
        for end in ends {
            self.land(end);
        }
        self.resume(&heads, skipped);
        self.push(Step::Unmark);
    }

    fn range(&mut self, branch: &Branch) {
        self.push(Step::Mark);
        let (skipped, mut heads) = (self.begin(), Vec::new());
        let mut end = None;
        for arm in &branch.arms {
            heads.push(self.action(arm.head));
            self.pipeline(&arm.pipeline);
            let names = arm.pipeline.declared.iter().map(|variable| self.name(&variable.name)).collect();
            self.code.ranges.push(RangeHead { names, assigns: arm.pipeline.assigns });
            let head = self.code.ranges.len() as u32 - 1;
            let begin = self.push(Step::Range { head, otherwise: 0 });
            let next = self.push(Step::Next(0));
            self.loops.push(OpenLoop { head: next as u32, breaks: Vec::new() });
            self.nodes(&arm.body);
            self.push(Step::Jump(next as u32));
            let open = self.loops.pop();
            // Who leaves the loop passes over the else part.
            if branch.otherwise.is_some() {
                self.land(next);
                for step in open.into_iter().flat_map(|open| open.breaks) {
                    self.land(step);
                }
                end = Some(self.push(Step::Jump(0)));
                self.land(begin);
            } else {
                self.land(begin);
                self.land(next);
                for step in open.into_iter().flat_map(|open| open.breaks) {
                    self.land(step);
                }
            }
        }
        if let Some(otherwise) = &branch.otherwise {
            self.nodes(&otherwise.body);
        }
        if let Some(end) = end {
            self.land(end);
        }
        self.resume(&heads, skipped);
        self.push(Step::Unmark);
    }

    fn template(&mut self, call: &TemplateCall) {
        let skipped = self.begin();
        let recovery = self.action(call.range);
        self.code.effects.push(Effect::Calls);
        let quoted = call.name.quoted();
        let range = call.argument.as_ref().map_or(quoted, |argument| quoted.cover(argument.range));
        self.push(Step::At(At { range, position: quoted.start, template: true }));
        let name = self.name(&call.name.text);
        self.push(Step::Lookup(name));
        match &call.argument {
            Some(argument) => self.pipeline(argument),
            None => {
                self.push(Step::Nothing);
            }
        }
        self.push(Step::Template(name));
        self.resume(&[recovery], skipped);
    }

    /// Begins an action that, if it fails, is skipped up to the place that [`Self::resume`] sets.
    fn action(&mut self, range: TextRange) -> u32 {
        let recovery = self.code.recoveries.len() as u32;
        self.code.recoveries.push(Recovery { prints: true, ..Recovery::default() });
        self.push(Step::Action { range, recovery });
        recovery
    }

    /// Where in [`Code::effects`] those of a construct begin.
    fn begin(&self) -> u32 {
        self.code.effects.len() as u32
    }

    fn resume(&mut self, recoveries: &[u32], effects: u32) {
        let (resume, end) = (self.here(), self.begin());
        for &recovery in recoveries {
            if let Some(recovery) = self.code.recoveries.get_mut(recovery as usize) {
                recovery.resume = resume;
                recovery.effects = (effects, end);
            }
        }
    }

    fn at(&mut self, expr: &Expr) {
        self.push(Step::At(node(expr)));
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        let range = pipeline.range;
        self.push(Step::At(At { range, position: range.start, template: false }));
        for (i, command) in pipeline.commands.iter().enumerate() {
            self.command(command, i > 0);
            self.push(Step::Unbox);
        }
        for variable in &pipeline.declared {
            let name = self.name(&variable.name);
            if pipeline.assigns {
                self.code.effects.push(Effect::Assigns(name));
            }
            self.push(if pipeline.assigns { Step::Assign(name) } else { Step::Declare(name) });
        }
    }

    fn command(&mut self, command: &Command, piped: bool) {
        let Some((first, arguments)) = command.operands.split_first() else { return };
        let called = piped || !arguments.is_empty();
        match &first.kind {
            ExprKind::Function(name) => {
                let whole = At { range: command.range, position: command.range.start, template: false };
                self.at(first);
                self.function(name, whole, arguments, piped);
            }
            ExprKind::Field(segments) => {
                self.at(first);
                self.push(Step::Dot);
                self.chain(first, segments, arguments, piped);
            }
            ExprKind::Variable(name, segments) => {
                self.at(first);
                let name = self.name(name);
                self.push(Step::Variable(name));
                if segments.is_empty() && called {
                    self.not_a_function(first);
                }
                self.chain(first, segments, arguments, piped);
            }
            ExprKind::Chain(inner, segments) => {
                self.at(first);
                self.inner(inner);
                self.chain(first, segments, arguments, piped);
            }
            ExprKind::Paren(pipeline) => {
                if called {
                    self.not_a_function(first);
                }
                self.pipeline(pipeline);
            }
            ExprKind::Nil | ExprKind::Dot | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => {
                self.at(first);
                if called {
                    self.not_a_function(first);
                }
                match literal(&first.kind) {
                    Some(constant) => {
                        let constant = self.constant(constant);
                        self.push(Step::Constant(constant));
                    }
                    None if first.kind == ExprKind::Dot => {
                        self.push(Step::Dot);
                    }
                    None => self.refuse("nil is not a command".into()),
                }
            }
        }
    }

    fn not_a_function(&mut self, first: &Expr) {
        self.refuse(format!("can't give argument to non-function {}", reprint(first.range.of(self.text))));
    }

    /// The operand before the fields of a chain.
    fn inner(&mut self, inner: &Expr) {
        self.at(inner);
        match &inner.kind {
            ExprKind::Paren(pipeline) => self.pipeline(pipeline),
            ExprKind::Function(name) => self.function(name, node(inner), &[], false),
            _ => {
                self.push(Step::Nothing);
            }
        }
    }

    /// Reads `segments` from the value on top; with arguments the last of them must be a method.
    fn chain(&mut self, whole: &Expr, segments: &[Segment], arguments: &[Expr], piped: bool) {
        let called = piped || !arguments.is_empty();
        let (plain, method) = match segments.split_last() {
            Some((last, rest)) if called => (rest, Some(last)),
            _ => (segments, None),
        };
        if !plain.is_empty() {
            let first = self.code.fields.len() as u32;
            for segment in plain {
                let name = self.name(&segment.name);
                self.code.fields.push(name);
            }
            self.push(Step::Fields { first, count: plain.len() as u32 });
        }
        if let Some(method) = method {
            let name = self.name(&method.name);
            let site = CallSite { name, node: node(whole), arguments: arguments.len() as u16, piped };
            self.push(Step::Method(site));
            self.arguments(arguments);
            self.push(Step::Call);
        }
    }

    fn function(&mut self, function: &str, node: At, arguments: &[Expr], piped: bool) {
        let name = self.name(function);
        self.code.effects.extend(effect(function, arguments));
        self.push(Step::Function(CallSite { name, node, arguments: arguments.len() as u16, piped }));
        if let "and" | "or" = function {
            let mut decisions = Vec::new();
            for (i, argument) in arguments.iter().enumerate() {
                self.argument(argument, i as u16);
                if piped || i + 1 < arguments.len() {
                    decisions.push(self.push(Step::Decide { or: function == "or", end: 0 }));
                }
            }
            self.push(Step::Call);
            for decision in decisions {
                self.land(decision);
            }
        } else {
            self.arguments(arguments);
            self.push(Step::Call);
        }
    }

    fn arguments(&mut self, arguments: &[Expr]) {
        for (i, argument) in arguments.iter().enumerate() {
            self.argument(argument, i as u16);
        }
    }

    fn argument(&mut self, argument: &Expr, parameter: u16) {
        self.at(argument);
        match &argument.kind {
            ExprKind::Nil => {
                self.push(Step::NilArgument(parameter));
                return;
            }
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => {
                if let Some(constant) = literal(&argument.kind) {
                    let constant = self.constant(constant);
                    self.push(Step::Literal { constant, parameter });
                }
                return;
            }
            ExprKind::Dot => {
                self.push(Step::Dot);
            }
            ExprKind::Field(segments) => {
                self.push(Step::Dot);
                self.chain(argument, segments, &[], false);
            }
            ExprKind::Variable(name, segments) => {
                let name = self.name(name);
                self.push(Step::Variable(name));
                self.chain(argument, segments, &[], false);
            }
            ExprKind::Paren(pipeline) => self.pipeline(pipeline),
            ExprKind::Function(name) => self.function(name, node(argument), &[], false),
            ExprKind::Chain(inner, segments) => {
                self.inner(inner);
                self.chain(argument, segments, &[], false);
            }
        }
        self.push(Step::Argument(parameter));
    }
}

fn node(expr: &Expr) -> At {
    // Go's node of `( … )` is the pipeline inside.
    let range = match &expr.kind {
        ExprKind::Paren(pipeline) => pipeline.range,
        _ => expr.range,
    };
    At { range, position: expr.position(), template: false }
}

fn literal(kind: &ExprKind) -> Option<Constant> {
    Some(match kind {
        ExprKind::Bool(value) => Constant::Bool(*value),
        ExprKind::Number(number) => Constant::Number(**number),
        ExprKind::String(text) => Constant::String(text.as_str().into()),
        _ => return None,
    })
}

/// The chain that the pipeline consists of.
fn lone_chain(pipeline: &Pipeline) -> Option<TextRange> {
    let [command] = &*pipeline.commands else { return None };
    let [expr] = &*command.operands else { return None };
    matches!(expr.kind, ExprKind::Field(_) | ExprKind::Variable(_, _) | ExprKind::Chain(_, _)).then_some(expr.range)
}

/// A node as Go prints it: the source with single blanks.
pub(super) fn reprint(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut space = false;
    for token in lex_inside(source) {
        let text = token.range.of(source);
        let joined = match token.kind {
            TokenKind::Space => {
                space = true;
                continue;
            }
            TokenKind::Pipe => " | ",
            TokenKind::Declare => " := ",
            TokenKind::Assign => " = ",
            TokenKind::Char if text == "," => ", ",
            _ => "",
        };
        if !joined.is_empty() {
            out.push_str(joined);
        } else {
            if space && token.kind != TokenKind::RightParen && !out.is_empty() && !out.ends_with([' ', '(']) {
                out.push(' ');
            }
            out.push_str(text);
        }
        space = false;
    }
    out
}

/// A `template` action as Go prints it; `source` is its name and argument.
pub(super) fn reprint_template(source: &str) -> String {
    let name = lex_inside(source).into_iter().next().map_or("", |token| token.range.of(source));
    let quoted = fmt::quote(&literal::unquote(name).unwrap_or_default());
    let argument = reprint(source.get(name.len()..).unwrap_or_default());
    let blank = if argument.is_empty() { "" } else { " " };
    format!("{{{{template {quoted}{blank}{argument}}}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_printed_with_single_blanks() {
        for (source, want) in [
            ("index  .Values.l\n  5", "index .Values.l 5"),
            ("include \"a  b\" ( dict  \"x\" 1|toJson )", "include \"a  b\" (dict \"x\" 1 | toJson)"),
            ("$x:=( .a ).b", "$x := (.a).b"),
            ("list (list) (dict)", "list (list) (dict)"),
            ("", ""),
        ] {
            assert_eq!(reprint(source), want);
        }
        assert_eq!(reprint_template("`n`   .  "), "{{template \"n\" .}}");
        assert_eq!(reprint_template("\"n\""), "{{template \"n\"}}");
    }
}
