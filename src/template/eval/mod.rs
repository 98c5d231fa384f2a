//! Executing templates: syntax × data → [`Traced`].

mod builtins;
pub(super) mod code;
mod convert;
mod fields;
mod holes;
mod machine;
mod operand;
#[cfg(test)]
mod tests;
mod words;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::funcs::Function;
use super::traced::{CallId, Calls, Traced};
use super::value::Value;
use super::{HelmVersion, Syntax};
use crate::text::{FileId, Span};
use builtins::Builtin;
use code::Code;
use machine::Machine;
pub(super) use words::parse_error;

/// What stopped a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The action, or the part of it, that failed.
    pub span: Span,
    /// What is wrong, in Helm's words, without Helm's position and `executing … at …` frame.
    pub message: String,
    pub kind: FaultKind,
    /// The includes that led to the failing action.
    pub calls: CallId,
    /// Helm's whole error text, as `helm template` prints it after `Error: `.
    pub helm: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// The text is no template.
    Syntax,
    /// Execution stopped.
    Execution,
    /// The chart itself said stop: `fail`, or `required` without a value.
    Refused,
    /// `include` or `template` of a name that nothing defines; the name is [`Fault::message`]'s last quoted word.
    UndefinedTemplate,
    /// Templates call each other without an end, so that Helm stops.
    Endless,
    /// A bound of the engine was reached.
    Bound,
}

/// How much one environment may spend.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Steps of the machine, and work that functions count. Each template may take half of what is left.
    pub steps: u64,
    /// Bytes of one text: a file's output, or a string on the way to it.
    pub bytes: usize,
    /// Calls inside of calls; Go's own limit for `template`.
    pub depth: usize,
    /// Parts of one value that is printed or copied.
    pub values: usize,
    /// Lists and maps inside of each other in such a value.
    pub value_depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { steps: 10_000_000, bytes: 16 << 20, depth: 100_000, values: 200_000, value_depth: 200 }
    }
}

/// What one template printed.
#[derive(Debug)]
pub struct Output {
    /// Without what failed actions would have printed.
    pub text: Traced,
    /// Byte offsets in the text at which something is missing because an action failed, or hangs on one that did.
    pub poisoned: Vec<u32>,
    /// What failed, in the order of execution; Helm stops at the first.
    pub faults: Vec<Fault>,
    /// Nothing below the last fault was executed.
    pub stopped: bool,
    /// Values that were printed though there is nothing, in the order of execution.
    pub holes: Vec<Hole>,
    /// Who included whom.
    pub calls: Calls,
    /// The names of all templates that were asked for, there or not.
    pub called: BTreeSet<Rc<str>>,
    /// A function was called that changes a map, which may be one that other templates see.
    pub changes: bool,
}

/// An action that printed nothing because what it names has no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hole {
    /// The field chain, `.Values.a.b`.
    pub span: Span,
    /// `a.b`, from the root of `.Values`; items of lists are written `a[0]`.
    pub path: String,
    pub calls: CallId,
    /// Byte offset in the output at which nothing stands; `None` where the text did not come to the output as it was.
    pub at: Option<u32>,
}

/// All templates of one rendering, by name, and what they may call.
pub struct Environment {
    templates: Rc<Namespace>,
    functions: HashMap<&'static str, Callee>,
    bounds: Bounds,
    version: HelmVersion,
    spent: u64,
    /// What may be spent before the present template ends.
    limit: u64,
    exhausted: bool,
    /// Some template changes maps that others may hold.
    mutates: bool,
}

/// What a function's name stands for.
#[derive(Clone, Copy)]
enum Callee {
    Library(&'static Function),
    Builtin(Builtin),
    Include,
    Tpl,
}

impl std::fmt::Debug for Callee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Library(function) => f.write_str(function.name),
            Self::Builtin(builtin) => builtin.fmt(f),
            Self::Include => f.write_str("include"),
            Self::Tpl => f.write_str("tpl"),
        }
    }
}

/// One named template.
#[derive(Debug)]
struct Template {
    name: Rc<str>,
    /// The file in which it stands, by Helm's name; `gotpl` for the text of a `tpl`.
    file: Rc<str>,
    text: Arc<str>,
    home: Home,
    code: Rc<Code>,
    body: usize,
}

/// Where a template's text is written.
#[derive(Clone, Debug)]
enum Home {
    File(FileId),
    /// The argument of a `tpl`, with what is known of its pieces.
    Made(Rc<Traced>),
}

impl Template {
    fn is_empty(&self) -> bool {
        self.code.bodies.get(self.body).is_none_or(|body| body.empty)
    }
}

/// Templates by name, over those of the parent: what a `tpl` defines stays inside of it.
#[derive(Debug, Default)]
struct Namespace {
    parent: Option<Rc<Namespace>>,
    own: RefCell<HashMap<Rc<str>, Rc<Template>>>,
}

impl Namespace {
    fn get(&self, name: &str) -> Option<Rc<Template>> {
        let mut at = self;
        loop {
            if let Some(template) = at.own.borrow().get(name) {
                return Some(template.clone());
            }
            at = at.parent.as_deref()?;
        }
    }

    /// Registers a file's own body and its defines. The last one of a name wins, but an empty one never replaces one
    /// that is not (Go's `parse.Tree.add`, `Template.associate`).
    fn add(&self, file: &str, text: &Arc<str>, home: &Home, code: &Rc<Code>) {
        let file: Rc<str> = file.into();
        for (body, lowered) in code.bodies.iter().enumerate() {
            let name = lowered.name.as_deref().map_or_else(|| file.clone(), Rc::from);
            let replaces = !lowered.empty || self.get(&name).is_none_or(|old| old.is_empty());
            if replaces {
                let (file, text, home, code) = (file.clone(), text.clone(), home.clone(), code.clone());
                let template = Template { name: name.clone(), file, text, home, code, body };
                self.own.borrow_mut().insert(name, Rc::new(template));
            }
        }
    }
}

impl Environment {
    /// An environment without templates; `functions` are those beside text/template's own.
    pub fn new(functions: impl IntoIterator<Item = &'static Function>, bounds: Bounds, version: HelmVersion) -> Self {
        let library = functions.into_iter().map(|function| (function.name, Callee::Library(function)));
        let builtins = builtins::BUILTINS.map(|(name, builtin)| (name, Callee::Builtin(builtin)));
        let own = [("include", Callee::Include), ("tpl", Callee::Tpl)];
        Self {
            templates: Rc::default(),
            functions: library.chain(builtins).chain(own).collect(),
            bounds,
            version,
            spent: 0,
            limit: bounds.steps,
            exhausted: false,
            mutates: false,
        }
    }

    /// Registers the file `name` (Helm's name of it) with its defines. Helm's order of files decides who wins.
    ///
    /// # Errors
    /// What Helm refuses to parse, in its words.
    pub fn add(&mut self, name: &str, syntax: &Syntax, text: &Arc<str>) -> Result<(), Fault> {
        if let Some(fault) = syntax.go_refusal(name, text, &|function| self.functions.contains_key(function)) {
            return Err(Fault { helm: parse_error(&fault.helm), ..fault });
        }
        let code = syntax.code(text);
        self.mutates |= code.effects.contains(&code::Effect::Mutates);
        self.templates.add(name, text, &Home::File(syntax.file), &Rc::new(code));
        Ok(())
    }

    /// Executes a template with `root` as its data. Where an action fails, it goes on behind it as far as the rest
    /// does not hang on it.
    pub fn execute(&mut self, name: &str, root: Value) -> Output {
        Machine::new(self).run(name, root)
    }

    /// Whether some template needed more than its share of [`Bounds::steps`], and left less to the others.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Whether a template that was not executed to its end may have left the values of the others unfinished.
    pub fn mutates(&self) -> bool {
        self.mutates
    }

    /// The text that defines a template.
    pub fn text(&self, name: &str) -> Option<Arc<str>> {
        self.templates.get(name).map(|template| template.text.clone())
    }

    /// The names of all templates: files and defines.
    pub fn names(&self) -> Vec<Rc<str>> {
        let mut names: Vec<_> = self.templates.own.borrow().keys().cloned().collect();
        names.sort();
        names
    }
}
