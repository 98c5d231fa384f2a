//! The machine that takes the steps of templates: no recursion, every level on its own stacks.

mod calls;
mod loops;
mod recovery;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::code::{At, Code, Constant, Step};
use super::convert;
use super::fields;
use super::holes::{self, NO_VALUE, Sighting};
use super::operand::{Operand, untyped};
use super::words::{self, Entered};
use super::{Bounds, Environment, Fault, FaultKind, Home, Namespace, Output, Template};
use crate::template::fmt;
use crate::template::traced::{CallId, Calls, Made, Origin, Traced};
use crate::template::value::{Data, Map, Value};
use crate::text::{FileId, Span, TextRange};
use calls::Pending;
use loops::Loop;

pub(super) struct Machine<'e> {
    environment: &'e mut Environment,
    frames: Vec<Frame>,
    stack: Vec<Operand>,
    /// Variables by name; `None` is the value of one that hangs on a failed action.
    vars: Vec<(u32, Option<Operand>)>,
    dots: Vec<Operand>,
    marks: Vec<usize>,
    loops: Vec<Loop>,
    calls: Vec<Pending>,
    /// The texts being written: the file's, and one for each `include` or `tpl` under way.
    outputs: Vec<Written>,
    faults: Vec<Fault>,
    made: Calls,
    called: BTreeSet<Rc<str>>,
    /// As in [`Output::changes`].
    changes: bool,
    included: HashMap<Rc<str>, usize>,
    nested_tpl: usize,
    sightings: Vec<Sighting>,
    /// The map that had no value for the last field that was read, and the field.
    missing: Option<(Map, String)>,
}

/// A template being executed.
struct Frame {
    template: Rc<Template>,
    steps: Arc<[Step]>,
    next: usize,
    dot: Operand,
    at: At,
    action: TextRange,
    /// That of the action, and how high the stacks were when it began.
    recovery: Option<(u32, Heights)>,
    /// The chain of calls whose last one is this.
    id: CallId,
    entered: Entered,
    namespace: Rc<Namespace>,
    /// What the caller's [`Frame::at`] becomes again.
    return_to: At,
    heights: Heights,
}

/// A text being written.
#[derive(Default)]
struct Written {
    text: Traced,
    /// Offsets at which a failed action would have printed something.
    poisoned: Vec<u32>,
}

/// How high the stacks were.
#[derive(Clone, Copy)]
struct Heights {
    stack: usize,
    vars: usize,
    dots: usize,
    marks: usize,
    loops: usize,
    calls: usize,
}

/// Why the machine stops.
enum Stop {
    Failed(FaultKind, String),
    /// The same, with Helm's text for what stands behind the last level.
    Worded(FaultKind, String, String),
    /// The action needs what a failed one would have given.
    Poisoned,
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Self::Failed(FaultKind::Execution, message)
    }
}

type Done = Result<(), Stop>;

fn too_many_steps(bounds: Bounds) -> String {
    format!("more than {} steps of work", bounds.steps / 2)
}

fn too_many_bytes(limit: usize) -> String {
    format!("a text of more than {limit} bytes")
}

fn bound(message: String) -> Stop {
    Stop::Failed(FaultKind::Bound, message)
}

impl<'e> Machine<'e> {
    pub(super) fn new(environment: &'e mut Environment) -> Self {
        Self {
            environment,
            frames: Vec::new(),
            stack: Vec::new(),
            vars: Vec::new(),
            dots: Vec::new(),
            marks: Vec::new(),
            loops: Vec::new(),
            calls: Vec::new(),
            outputs: Vec::new(),
            faults: Vec::new(),
            made: Calls::default(),
            called: BTreeSet::new(),
            changes: false,
            included: HashMap::new(),
            nested_tpl: 0,
            sightings: Vec::new(),
            missing: None,
        }
    }

    /// Executes the template `name`.
    pub(super) fn run(mut self, name: &str, root: Value) -> Output {
        let namespace = self.environment.templates.clone();
        let Some(template) = namespace.get(name) else {
            let message = format!("template {} not defined", fmt::quote(name));
            let span = Span::new(FileId(u32::MAX), 0, 0);
            let (kind, calls) = (FaultKind::UndefinedTemplate, CallId(0));
            let fault = Fault { span, helm: format!("template: {message}"), message, kind, calls };
            let (text, faults) = (Traced::new(), vec![fault]);
            let (calls, called, changes) = (Calls::default(), BTreeSet::from([name.into()]), false);
            return Output {
                text,
                poisoned: vec![0],
                faults,
                stopped: true,
                holes: Vec::new(),
                calls,
                called,
                changes,
            };
        };
        // Half of what is left, so that there is always something for the next one.
        let left = self.environment.bounds.steps.saturating_sub(self.environment.spent);
        self.environment.limit = self.environment.spent + left / 2;
        self.outputs.push(Written::default());
        self.enter(template, Operand::new(root.clone()), CallId(0), Entered::Plain, namespace);
        let mut stopped = false;
        while !self.frames.is_empty() {
            if let Err(stop) = self.step()
                && !self.recover(stop)
            {
                stopped = true;
                break;
            }
        }
        // From the top, because what is inside holds what is around it.
        while self.frames.pop().is_some() {}
        self.outputs.truncate(1);
        let Written { text, mut poisoned } = self.outputs.pop().unwrap_or_default();
        if stopped {
            poisoned.push(text.len() as u32);
        }
        let sightings = std::mem::take(&mut self.sightings);
        let holes = holes::locate(&text, sightings, &root);
        let poisoned = holes::moved(&text, poisoned);
        let text = holes::without(&text);
        let Self { faults, made: calls, called, changes, .. } = self;
        Output { text, poisoned, faults, stopped, holes, calls, called, changes }
    }

    fn heights(&self) -> Heights {
        Heights {
            stack: self.stack.len(),
            vars: self.vars.len(),
            dots: self.dots.len(),
            marks: self.marks.len(),
            loops: self.loops.len(),
            calls: self.calls.len(),
        }
    }

    fn unwind(&mut self, heights: Heights) {
        self.stack.truncate(heights.stack);
        self.vars.truncate(heights.vars);
        self.dots.truncate(heights.dots);
        self.marks.truncate(heights.marks);
        self.loops.truncate(heights.loops);
        self.calls.truncate(heights.calls);
    }

    fn enter(&mut self, template: Rc<Template>, dot: Operand, id: CallId, entered: Entered, namespace: Rc<Namespace>) {
        let steps = template.code.bodies.get(template.body).map_or_else(|| Arc::from([]), |body| body.steps.clone());
        let return_to = self.frames.last().map(|frame| frame.at).unwrap_or_default();
        let heights = self.heights();
        // Name 0 is `$`.
        self.vars.push((0, Some(dot.clone())));
        self.frames.push(Frame {
            template,
            steps,
            next: 0,
            dot,
            at: At::default(),
            action: TextRange::default(),
            recovery: None,
            id,
            entered,
            namespace,
            return_to,
            heights,
        });
    }

    fn spend(&mut self, steps: u64) -> Done {
        self.environment.spent = self.environment.spent.saturating_add(steps);
        let limit = self.environment.limit;
        if self.environment.spent <= limit {
            return Ok(());
        }
        self.environment.exhausted = true;
        Err(bound(too_many_steps(self.environment.bounds)))
    }

    fn check_bytes(&self, bytes: usize) -> Done {
        let limit = self.environment.bounds.bytes;
        if bytes > limit { Err(bound(too_many_bytes(limit))) } else { Ok(()) }
    }

    fn pop(&mut self) -> Operand {
        self.stack.pop().unwrap_or(Operand::NOTHING)
    }

    fn code(&self) -> Option<&Code> {
        self.frames.last().map(|frame| &*frame.template.code)
    }

    fn name(&self, index: u32) -> Arc<str> {
        let name = self.code().and_then(|code| code.names.get(index as usize));
        name.cloned().unwrap_or_else(|| Arc::from(""))
    }

    fn constant(&self, index: u32) -> Constant {
        let constant = self.code().and_then(|code| code.constants.get(index as usize));
        constant.cloned().unwrap_or(Constant::Bool(false))
    }

    fn jump(&mut self, target: u32) {
        if let Some(frame) = self.frames.last_mut() {
            frame.next = target as usize;
        }
    }

    fn set_at(&mut self, at: At) {
        if let Some(frame) = self.frames.last_mut() {
            frame.at = at;
        }
    }

    /// The source text of the present node.
    fn node(&self) -> String {
        self.frames.last().map(|frame| frame.at.range.of(&frame.template.text).to_owned()).unwrap_or_default()
    }

    fn step(&mut self) -> Done {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let Some(&step) = frame.steps.get(frame.next) else {
            return self.leave();
        };
        frame.next += 1;
        self.spend(1)?;
        match step {
            Step::Text(range) => return self.text(range),
            Step::Action { range, recovery } => {
                let heights = self.heights();
                if let Some(frame) = self.frames.last_mut() {
                    frame.action = range;
                    frame.recovery = Some((recovery, heights));
                }
                self.missing = None;
            }
            Step::At(at) => self.set_at(at),
            Step::Constant(constant) => {
                let value = untyped(&self.constant(constant), &self.node())?;
                self.stack.push(Operand::new(value));
            }
            Step::Dot => {
                let dot = self.frames.last().map_or(Operand::NOTHING, |frame| frame.dot.clone());
                self.stack.push(dot);
            }
            Step::Nothing => self.stack.push(Operand::NOTHING),
            Step::Variable(name) => match self.variable(name) {
                Some(Some(value)) => self.stack.push(value),
                Some(None) => return Err(Stop::Poisoned),
                None => return Err(format!("undefined variable: {}", self.name(name)).into()),
            },
            Step::Fields { first, count } => return self.fields(first as usize, count as usize),
            Step::Function(site) => return self.function(site),
            Step::Method(site) => return self.method(site),
            Step::Argument(parameter) => {
                let operand = self.pop();
                let operand = convert::argument(operand, self.want(parameter))?;
                self.stack.push(operand);
            }
            Step::Literal { constant, parameter } => {
                let (constant, want) = (self.constant(constant), self.want(parameter));
                self.stack.push(convert::literal(&constant, want, &self.node())?);
            }
            Step::NilArgument(parameter) => {
                let operand = convert::nil(self.want(parameter))?;
                self.stack.push(operand);
            }
            Step::Decide { or, end } => {
                let value = self.pop();
                if value.truth() == or {
                    if let Some(pending) = self.calls.pop() {
                        self.stack.truncate(pending.base);
                    }
                    self.stack.push(value);
                    self.jump(end);
                }
            }
            Step::Call => return self.call(),
            Step::Unbox => {
                let value = self.pop();
                self.stack.push(value.unboxed());
            }
            Step::Declare(name) => {
                let value = self.stack.last().cloned().unwrap_or(Operand::NOTHING);
                self.vars.push((name, Some(value)));
            }
            Step::Assign(name) => {
                let value = self.stack.last().cloned().unwrap_or(Operand::NOTHING);
                self.assign(name, Some(value))?;
            }
            Step::Drop => {
                self.pop();
            }
            Step::Print { action, chain } => return self.print(action, chain),
            Step::Jump(target) => self.jump(target),
            Step::JumpIfFalse(target) => {
                if !self.pop().truth() {
                    self.jump(target);
                }
            }
            Step::With(target) => {
                let value = self.pop();
                if !value.truth() {
                    self.jump(target);
                } else if let Some(frame) = self.frames.last_mut() {
                    self.dots.push(std::mem::replace(&mut frame.dot, value));
                }
            }
            Step::PopDot => {
                if let (Some(frame), Some(dot)) = (self.frames.last_mut(), self.dots.pop()) {
                    frame.dot = dot;
                }
            }
            Step::Mark => self.marks.push(self.vars.len()),
            Step::Unmark => {
                if let Some(mark) = self.marks.pop() {
                    self.vars.truncate(mark);
                }
            }
            Step::Range { head, otherwise } => return self.range(head, otherwise),
            Step::Next(end) => return self.next(end),
            Step::Break(end) => {
                if let Some(done) = self.loops.pop() {
                    self.end_loop(done);
                }
                self.jump(end);
            }
            Step::Continue(head) => self.jump(head),
            Step::Lookup(name) => {
                let name = self.name(name);
                if self.lookup(&name).is_none() {
                    let message = format!("template {} not defined", fmt::quote(&name));
                    return Err(Stop::Failed(FaultKind::UndefinedTemplate, message));
                }
                let limit = self.environment.bounds.depth;
                if self.frames.len() > limit {
                    let message = format!("exceeded maximum template depth ({limit})");
                    return Err(Stop::Failed(FaultKind::Endless, message));
                }
            }
            Step::Template(name) => {
                let dot = self.pop();
                let name = self.name(name);
                if let Some(template) = self.lookup(&name) {
                    self.enter_call(template, dot, Entered::Plain, None);
                }
            }
            Step::Refuse(message) => {
                let message = self.code().and_then(|code| code.messages.get(message as usize)).cloned();
                return Err(message.unwrap_or_default().into());
            }
        }
        Ok(())
    }

    fn lookup(&mut self, name: &str) -> Option<Rc<Template>> {
        if !self.called.contains(name) {
            self.called.insert(name.into());
        }
        self.frames.last().and_then(|frame| frame.namespace.get(name))
    }

    fn variable(&self, name: u32) -> Option<Option<Operand>> {
        let base = self.frames.last().map_or(0, |frame| frame.heights.vars);
        let vars = self.vars.get(base..).unwrap_or_default();
        vars.iter().rev().find(|(var, _)| *var == name).map(|(_, value)| value.clone())
    }

    fn assign(&mut self, name: u32, value: Option<Operand>) -> Done {
        let base = self.frames.last().map_or(0, |frame| frame.heights.vars);
        let vars = self.vars.get_mut(base..).unwrap_or_default();
        match vars.iter_mut().rev().find(|(var, _)| *var == name) {
            Some(var) => var.1 = value,
            None => return Err(format!("undefined variable: {}", self.name(name)).into()),
        }
        Ok(())
    }

    /// Prints template text.
    fn text(&mut self, range: TextRange) -> Done {
        let (Some(frame), Some(output)) = (self.frames.last(), self.outputs.last_mut()) else { return Ok(()) };
        match &frame.template.home {
            Home::File(file) => {
                let origin = Origin::Verbatim(Span { file: *file, range });
                output.text.push(range.of(&frame.template.text), origin, frame.id);
            }
            Home::Made(text) => output.text.append(&text.slice(range.as_usize())),
        }
        let bytes = output.text.len();
        self.spend((range.len() / 64) as u64)?;
        self.check_bytes(bytes)
    }

    fn print(&mut self, action: TextRange, chain: Option<TextRange>) -> Done {
        let value = self.pop();
        self.check_extent(&value.value)?;
        let missing = self.missing.take();
        let (Some(frame), Some(output)) = (self.frames.last(), self.outputs.last_mut()) else { return Ok(()) };
        let text = match &value.value.data {
            Data::Nil => Traced::made(NO_VALUE, Made::default()),
            _ => fmt::text(&value.value),
        };
        let source = words::source(&frame.template, action);
        match source {
            Some(action) => output.text.append(&text.printed_by(action, frame.id)),
            // In the text of a `tpl`: whoever prints its result is the action.
            None => output.text.append(&text),
        }
        if let (Data::Nil, Some(action), Some(chain), Some(missing)) = (&value.value.data, source, chain, missing) {
            let span = Span { file: action.file, range: chain };
            let span = words::source(&frame.template, chain).unwrap_or(span);
            self.sightings.push(Sighting { action, span, calls: frame.id, missing });
        }
        let bytes = output.text.len();
        self.spend((text.len() / 64) as u64)?;
        self.check_bytes(bytes)
    }

    fn fields(&mut self, first: usize, count: usize) -> Done {
        for i in first..first + count {
            let name = self.code().and_then(|code| code.fields.get(i)).copied().unwrap_or_default();
            let name = self.name(name);
            let receiver = self.pop();
            let value = match fields::method(&receiver, &name) {
                Some(method) => {
                    if let Some(wanted) = method.params(&name).map(<[_]>::len).filter(|wanted| *wanted > 0) {
                        return Err(format!("wrong number of args for {name}: want {wanted} got 0").into());
                    }
                    self.call_method(&method, &name, &[])?
                }
                None => fields::read(&receiver, &name)?,
            };
            self.missing = match (&value.value.data, receiver.value.data) {
                (Data::Nil, Data::Map(map)) => Some((map, name.to_string())),
                _ => None,
            };
            self.stack.push(value);
        }
        Ok(())
    }

    /// The template on top is at its end.
    fn leave(&mut self) -> Done {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        self.unwind(frame.heights);
        if frame.entered == Entered::Plain {
            return Ok(());
        }
        let Written { mut text, poisoned } = self.outputs.pop().unwrap_or_default();
        if frame.entered == Entered::Tpl {
            self.nested_tpl -= 1;
            text = holes::without(&text);
        } else if let Some(count) = self.included.get_mut(&frame.template.name) {
            *count -= 1;
        }
        self.set_at(frame.return_to);
        if !poisoned.is_empty() {
            return Err(Stop::Poisoned);
        }
        self.stack.push(Operand::new(Value::traced(text)));
        Ok(())
    }
}
