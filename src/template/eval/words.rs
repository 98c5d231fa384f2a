//! Helm's error texts, and where they say that something failed (spec §13).

use super::code::{At, reprint, reprint_template};
use super::{FaultKind, Home, Template};
use crate::template::{HelmVersion, fmt};
use crate::text::{Span, TextRange};

/// What Helm makes of Go's parse error: the place, and the last part of the message (`cleanupParseError`).
pub(crate) fn parse_error(go: &str) -> String {
    let place = go.split(": ").nth(1).unwrap_or_default();
    let message = go.rsplit(": ").next().unwrap_or_default();
    format!("parse error at ({place}): {message}")
}

/// One template that is being executed, as error texts see it; the outermost comes first.
pub(super) struct Level<'m> {
    pub(super) template: &'m Template,
    pub(super) at: At,
    pub(super) entered: Entered,
}

/// How a template came to be executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Entered {
    /// It is the file, or a `template` action called it: errors pass through.
    Plain,
    Include,
    Tpl,
}

/// `FILE:LINE:COLUMN`: lines from 1, columns in bytes from 0.
fn place(level: &Level<'_>) -> String {
    let text = &level.template.text;
    let before = text.get(..level.at.position as usize).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
    format!("{}:{line}:{column}", level.template.file)
}

/// Helm's text for a fault of the last level.
pub(super) fn execution_error(levels: &[Level<'_>], kind: FaultKind, message: &str, version: HelmVersion) -> String {
    let plain = one_line(levels, kind, message);
    if version == HelmVersion::V3 || kind == FaultKind::Refused {
        return plain;
    }
    // Helm 4 lays the text out where it knows every error in the chain (`reformatExecErrorMsg`): errors that functions
    // return, and those of `tpl`, it does not.
    let (last, unknown) = match message.split_once(": template: no template ") {
        Some(("error calling include", rest)) => {
            (format!("error calling include:\ntemplate: no template {rest}"), false)
        }
        _ => (message.to_owned(), message.starts_with("error calling ")),
    };
    if unknown || levels.iter().any(|level| level.entered == Entered::Tpl) {
        return plain;
    }
    let mut out = String::new();
    for (i, level) in levels.iter().enumerate() {
        let next = levels.get(i + 1).map(|next| next.entered);
        if next == Some(Entered::Plain) {
            continue;
        }
        let end = if next.is_some() { "error calling include:\n" } else { &last };
        let name = fmt::quote(&level.template.name);
        out.push_str(&format!("{}\n  executing {name} at <{}>:\n    {end}", place(level), node(level)));
    }
    out.truncate(out.trim_end().len());
    out
}

fn node(level: &Level<'_>) -> String {
    let source = level.at.range.of(&level.template.text);
    if level.at.template { reprint_template(source) } else { reprint(source) }
}

/// Helm 3's text: from the outside in, each call says where it stands, the last level says what is wrong.
fn one_line(levels: &[Level<'_>], kind: FaultKind, message: &str) -> String {
    let entered_at = levels.iter().position(|level| level.entered != Entered::Plain);
    if kind == FaultKind::Refused {
        // The outermost error has the place: that of the call where there is one.
        let outer = entered_at.map_or(levels.len(), |at| at.max(1));
        return match levels.get(outer.saturating_sub(1)) {
            Some(level) => format!("execution error at ({}): {message}", place(level)),
            None => message.to_owned(),
        };
    }
    let mut out = String::new();
    for (i, level) in levels.iter().enumerate() {
        let next = levels.get(i + 1).map(|next| next.entered);
        if next == Some(Entered::Plain) {
            continue;
        }
        let node = node(level);
        let name = fmt::quote(&level.template.name);
        out.push_str(&format!("template: {}: executing {name} at <{node}>: ", place(level)));
        match next {
            Some(Entered::Include) => out.push_str("error calling include: "),
            Some(Entered::Tpl) => {
                let text = levels.get(i + 1).map_or("", |next| &next.template.text);
                let text = fmt::quote(text);
                out.push_str(&format!("error calling tpl: error during tpl function execution for {text}: "));
            }
            _ => {}
        }
    }
    out + message
}

/// Where a range of a template's text is written; `None` for made-up text.
pub(super) fn source(template: &Template, range: TextRange) -> Option<Span> {
    match &template.home {
        Home::File(file) => Some(Span { file: *file, range }),
        Home::Made(text) => text.site(range).filter(|site| site.verbatim).map(|site| site.span),
    }
}
