//! Executing templates: syntax × data → [`super::traced::Traced`].

use super::traced::CallId;
use crate::text::Span;

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
    /// Helm 3's whole error text, as `helm template` prints it after `Error: `.
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
    /// A bound of the engine was reached.
    Bound,
}

/// Whether templates may call `name`: Go's parser refuses what it does not know.
pub fn is_function(name: &str) -> bool {
    let _ = name;
    true
}
