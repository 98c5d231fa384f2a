//! Calls: functions, methods, and the templates that `include` and `tpl` execute.

use std::rc::Rc;
use std::sync::Arc;

use super::{Done, Machine, Stop, Written, bound, too_many_bytes, too_many_steps};
use crate::template::HelmVersion;
use crate::template::eval::builtins::Builtin;
use crate::template::eval::code::{At, CHANGERS, CallSite};
use crate::template::eval::convert::{self, Want};
use crate::template::eval::fields::{self, Method};
use crate::template::eval::operand::Operand;
use crate::template::eval::words::{self, Entered};
use crate::template::eval::{Bounds, Callee, FaultKind, Home, Namespace, Template};
use crate::template::fmt;
use crate::template::funcs::{CallError, Context, Param};
use crate::template::traced::Call;
use crate::template::value::{Data, Value};
use crate::text::FileId;

/// Helm's bound on an `include` of one name inside of itself.
const MAX_NESTED_INCLUDES: usize = 1000;

/// Texts of `tpl` inside of each other; each one is parsed anew. Helm goes on until its stack ends.
const MAX_NESTED_TPL: usize = 1000;

/// Functions of the library that look at no more than the surface of lists and maps.
const SHALLOW: [&str; 30] = [
    "append", "coalesce", "concat", "default", "dict", "dig", "empty", "first", "get", "hasKey", "initial", "keys",
    "kindIs", "kindOf", "last", "list", "omit", "pick", "pluck", "prepend", "push", "required", "rest", "reverse",
    "set", "ternary", "tuple", "typeIs", "unset", "values",
];

/// A call whose arguments are being evaluated.
pub(super) struct Pending {
    called: Called,
    site: CallSite,
    /// Where its arguments begin on the stack; the piped one comes first there.
    pub(super) base: usize,
}

#[derive(Debug)]
enum Called {
    Function(Callee),
    Method(Method),
}

impl Called {
    /// The parameters that must be given, and whether more may follow; `None` where any number will do.
    fn arity(&self, name: &str) -> Option<(usize, bool)> {
        match self {
            Self::Function(Callee::Library(function)) => Some((function.params.len(), function.variadic.is_some())),
            Self::Function(Callee::Builtin(builtin)) => Some(builtin.arity()),
            Self::Function(Callee::Include | Callee::Tpl) => Some((2, false)),
            Self::Method(method) => method.params(name).map(|params| (params.len(), false)),
        }
    }

    pub(super) fn want(&self, name: &str, parameter: usize) -> Want {
        let param = match self {
            Self::Function(Callee::Builtin(_)) => return Want::Operand,
            Self::Function(Callee::Library(function)) => function.params.get(parameter).copied().or(function.variadic),
            Self::Function(Callee::Include | Callee::Tpl) if parameter == 0 => Some(Param::Str),
            Self::Function(Callee::Include | Callee::Tpl) => None,
            Self::Method(method) => method.params(name).and_then(|params| params.get(parameter).copied()),
        };
        Want::Type(param.unwrap_or(Param::Any))
    }
}

/// The counters that functions may draw on.
struct Purse {
    version: HelmVersion,
    spent: u64,
    limit: u64,
    bounds: Bounds,
}

impl Context for Purse {
    fn version(&self) -> HelmVersion {
        self.version
    }

    fn spend(&mut self, steps: usize) -> Result<(), CallError> {
        self.spent = self.spent.saturating_add(steps as u64);
        if self.spent > self.limit { Err(CallError::Bound(too_many_steps(self.bounds))) } else { Ok(()) }
    }

    fn at_most(&mut self, bytes: usize) -> Result<(), CallError> {
        let limit = self.bounds.bytes;
        if bytes > limit { Err(CallError::Bound(too_many_bytes(limit))) } else { Ok(()) }
    }

    fn values(&mut self, count: usize) -> Result<(), CallError> {
        let limit = self.bounds.values;
        if count > limit {
            return Err(CallError::Bound(format!("a list of more than {limit} values")));
        }
        self.spend(count)
    }
}

impl Machine<'_> {
    pub(super) fn want(&self, parameter: u16) -> Want {
        match self.calls.last() {
            Some(pending) => pending.called.want(&self.name(pending.site.name), parameter.into()),
            None => Want::Type(Param::Any),
        }
    }

    pub(super) fn call_method(&mut self, method: &Method, name: &str, args: &[Value]) -> Result<Operand, Stop> {
        if let Method::Values(map) = method {
            self.check_extent(&Data::Map(map.clone()).into())?;
        }
        let to_yaml = self.environment.functions.get("toYaml").copied();
        let mut purse = self.purse();
        let result = method.call(name, args, &mut |value| {
            let text = match to_yaml {
                Some(Callee::Library(function)) => (function.call)(&mut purse, &[value]).ok(),
                _ => None,
            };
            text.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
        });
        self.settle(&purse);
        Ok(Operand::new(result.map_err(|message| self.call_failed(name, CallError::Error(message)))?))
    }

    fn purse(&self) -> Purse {
        Purse {
            version: self.environment.version,
            spent: self.environment.spent,
            limit: self.environment.limit,
            bounds: self.environment.bounds,
        }
    }

    fn settle(&mut self, purse: &Purse) {
        self.environment.spent = purse.spent;
        self.environment.exhausted |= purse.spent > purse.limit;
    }

    /// Refuses a value that would be walked for too long: lists in lists can double with every line of a template.
    pub(super) fn check_extent(&mut self, value: &Value) -> Done {
        if !matches!(value.data, Data::List(_) | Data::Map(_)) {
            return Ok(());
        }
        let (values, depth) = (self.environment.bounds.values, self.environment.bounds.value_depth);
        match value.extent(values, depth) {
            Some(count) => self.spend((count / 16) as u64),
            None => Err(bound(format!("a value of more than {values} parts or {depth} levels"))),
        }
    }

    /// Go's checks of the number of arguments.
    fn check_count(&self, called: &Called, site: CallSite) -> Done {
        let name = self.name(site.name);
        let given = usize::from(site.arguments) + usize::from(site.piped);
        match called.arity(&name) {
            Some((wanted, true)) if given < wanted => {
                let given = site.arguments;
                Err(format!("wrong number of args for {name}: want at least {wanted} got {given}").into())
            }
            Some((wanted, false)) if given != wanted => {
                Err(format!("wrong number of args for {name}: want {wanted} got {given}").into())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn function(&mut self, site: CallSite) -> Done {
        let name = self.name(site.name);
        let Some(&callee) = self.environment.functions.get(&*name) else {
            return Err(format!("{} is not a defined function", fmt::quote(&name)).into());
        };
        let called = Called::Function(callee);
        self.check_count(&called, site)?;
        let base = self.stack.len().saturating_sub(usize::from(site.piped));
        self.calls.push(Pending { called, site, base });
        Ok(())
    }

    pub(super) fn method(&mut self, site: CallSite) -> Done {
        let name = self.name(site.name);
        let receiver = self.pop();
        let called = match fields::method(&receiver, &name) {
            Some(method) => Called::Method(method),
            None => match fields::no_method(&receiver, &name) {
                Some(message) => return Err(message.into()),
                // Reading from an invalid value gives one.
                None => Called::Function(Callee::Builtin(Builtin::Nothing)),
            },
        };
        self.check_count(&called, site)?;
        let base = self.stack.len().saturating_sub(usize::from(site.piped));
        self.calls.push(Pending { called, site, base });
        Ok(())
    }

    pub(super) fn call(&mut self) -> Done {
        let Some(pending) = self.calls.pop() else { return Ok(()) };
        let Pending { called, site, base } = pending;
        let name = self.name(site.name);
        let mut args = self.stack.split_off(base.min(self.stack.len()));
        if site.piped && !args.is_empty() {
            args.rotate_left(1);
            let last = args.len() - 1;
            let piped = std::mem::replace(&mut args[last], Operand::NOTHING);
            // The chosen operand of `and` and `or` stands alone.
            args[last] = convert::argument(piped, called.want(&name, last))?;
        }
        let before = self.frames.last().map(|frame| frame.at).unwrap_or_default();
        self.set_at(site.node);
        let result = match called {
            Called::Function(Callee::Builtin(builtin)) => {
                // What cannot be compared is printed.
                if let Builtin::Eq | Builtin::Ne = builtin {
                    args.iter().try_for_each(|operand| self.check_extent(&operand.value))?;
                }
                builtin
                    .call(&args, self.environment.version)
                    .map_err(|message| self.call_failed(&name, CallError::Error(message)))?
            }
            Called::Function(Callee::Include) => return self.include(args, before),
            Called::Function(Callee::Tpl) => return self.tpl(args, before),
            Called::Function(Callee::Library(function)) => {
                let args: Vec<Value> = args.into_iter().map(|operand| operand.value).collect();
                if !SHALLOW.contains(&function.name) {
                    args.iter().try_for_each(|value| self.check_extent(value))?;
                }
                self.changes |= CHANGERS.contains(&function.name);
                let mut purse = self.purse();
                let result = (function.call)(&mut purse, &args);
                self.settle(&purse);
                Operand::new(result.map_err(|error| self.call_failed(&name, error))?)
            }
            Called::Method(method) => {
                let args: Vec<Value> = args.into_iter().map(|operand| operand.value).collect();
                self.call_method(&method, &name, &args)?
            }
        };
        self.set_at(before);
        let bytes = match &result.value.data {
            Data::Str(text) => text.len(),
            _ => 0,
        };
        self.stack.push(result);
        self.spend((bytes / 64) as u64)?;
        self.check_bytes(bytes)
    }

    fn call_failed(&self, name: &str, error: CallError) -> Stop {
        match error {
            CallError::Error(message) => format!("error calling {name}: {message}").into(),
            CallError::Fail(message) => Stop::Failed(FaultKind::Refused, message),
            CallError::Bound(message) => bound(message),
        }
    }

    /// Enters a template that an action of the present one calls.
    pub(super) fn enter_call(
        &mut self,
        template: Rc<Template>,
        dot: Operand,
        entered: Entered,
        namespace: Option<Rc<Namespace>>,
    ) {
        let Some(frame) = self.frames.last() else { return };
        let namespace = namespace.unwrap_or_else(|| frame.namespace.clone());
        let name = if entered == Entered::Tpl { "tpl".to_owned() } else { template.name.to_string() };
        let parent = frame.id;
        let id = match words::source(&frame.template, frame.action) {
            Some(span) => self.made.push(Call { span, name, parent }),
            // The call stands in the text of a `tpl`, which is no place: that `tpl` is one.
            None => parent,
        };
        self.enter(template, dot, id, entered, namespace);
    }

    fn include(&mut self, args: Vec<Operand>, before: At) -> Done {
        let mut args = args.into_iter();
        let (name, data) = (args.next().unwrap_or(Operand::NOTHING), args.next().unwrap_or(Operand::NOTHING));
        let name: Rc<str> = name.value.as_str().unwrap_or_default().into();
        let nested = self.included.get(&name).copied().unwrap_or_default();
        if nested > MAX_NESTED_INCLUDES {
            let message = format!("rendering template has a nested reference name: {name}: unable to execute template");
            return Err(Stop::Failed(FaultKind::Endless, format!("error calling include: {message}")));
        }
        let Some(template) = self.lookup(&name) else {
            let quoted = fmt::quote(&name);
            let message = format!("template {quoted} not defined");
            let words =
                format!("error calling include: template: no template {quoted} associated with template \"gotpl\"");
            return Err(Stop::Worded(FaultKind::UndefinedTemplate, message, words));
        };
        self.check_depth()?;
        *self.included.entry(name).or_default() += 1;
        self.outputs.push(Written::default());
        self.enter_call(template, data.unboxed(), Entered::Include, None);
        self.returns_to(before);
        Ok(())
    }

    fn check_depth(&self) -> Done {
        let limit = self.environment.bounds.depth;
        if self.frames.len() > limit { Err(bound(format!("more than {limit} calls inside of calls"))) } else { Ok(()) }
    }

    fn returns_to(&mut self, at: At) {
        if let Some(frame) = self.frames.last_mut() {
            frame.return_to = at;
        }
    }

    fn tpl(&mut self, args: Vec<Operand>, before: At) -> Done {
        let mut args = args.into_iter();
        let (text, data) = (args.next().unwrap_or(Operand::NOTHING), args.next().unwrap_or(Operand::NOTHING));
        let source = fmt::text(&text.value);
        self.check_depth()?;
        if self.nested_tpl >= MAX_NESTED_TPL {
            return Err(bound(format!("more than {MAX_NESTED_TPL} texts of `tpl` inside of each other")));
        }
        self.spend((source.len() / 8) as u64)?;
        let text: Arc<str> = source.as_str().into();
        let syntax = crate::template::parse(FileId(u32::MAX), &text);
        let functions = &self.environment.functions;
        if let Some(fault) = syntax.go_refusal("gotpl", &text, &|name| functions.contains_key(name)) {
            let message = format!("cannot parse template {}: {}", fmt::quote(&text), fault.helm);
            return Err(format!("error calling tpl: {message}").into());
        }
        let parent = self.frames.last().map(|frame| frame.namespace.clone());
        let namespace = Rc::new(Namespace { parent, ..Namespace::default() });
        let home = Home::Made(Rc::new(source));
        // The text is executed even where it is too empty to be registered over another one.
        let file: Rc<str> = "gotpl".into();
        let code = Rc::new(syntax.code(&text));
        namespace.add("gotpl", &text, &home, &code);
        let template = Template { name: file.clone(), file, text, home, code, body: 0 };
        self.nested_tpl += 1;
        self.outputs.push(Written::default());
        self.enter_call(Rc::new(template), data.unboxed(), Entered::Tpl, Some(namespace));
        self.returns_to(before);
        Ok(())
    }
}
