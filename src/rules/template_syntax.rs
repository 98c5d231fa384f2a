//! See `template_syntax.md`.

use super::prelude::*;
use crate::template::Syntax;
use crate::template::ast::ActionKind;
use crate::template::eval::{Fault, FaultKind};
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "template-syntax",
    summary: "text that is no Go template",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("template_syntax.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    for (name, file) in chart.templates() {
        let syntax = file.syntax();
        let helm = syntax.refusal(&name).map(|fault| fault.helm).unwrap_or_default();
        for (index, fault) in syntax.faults.iter().enumerate() {
            report(fault, syntax, if index == 0 { &helm } else { "" }, sink);
        }
    }
    // Which functions there are is known where the chart's templates are put together.
    let faults = chart.rendering().into_iter().flat_map(|render| &render.faults);
    for fault in faults.map(|fault| &fault.fault).filter(|fault| fault.kind == FaultKind::Syntax) {
        if fault.message.starts_with("function \"")
            && let Some(file) = chart.files.get(&fault.span.file)
        {
            report(fault, file.syntax(), &fault.helm, sink);
        }
    }
}

/// The last `if`, `range`, … that has no end.
fn still_open(syntax: &Syntax) -> Option<Span> {
    let mut open = Vec::new();
    for action in &syntax.actions {
        match action.kind {
            ActionKind::If | ActionKind::With | ActionKind::Range | ActionKind::Define | ActionKind::Block => {
                open.push(action.range);
            }
            ActionKind::End => drop(open.pop()),
            _ => {}
        }
    }
    open.pop().map(|range| Span { file: syntax.file, range })
}

fn report(fault: &Fault, syntax: &Syntax, helm: &str, sink: &mut Sink) {
    if fault.kind == FaultKind::Bound {
        sink.report(&fault.span, format!("this template is too large to be checked: {}", fault.message))
            .severity(Severity::Warning)
            .why("Templates are read up to a limit, so that one file cannot stop the check of all others.");
        return;
    }
    let (message, help) = explain(&fault.message);
    let says = helm.lines().next().filter(|line| !line.is_empty());
    let says = says.map(|line| format!(" Helm says: {line}")).unwrap_or_default();
    let at = if fault.message == "unexpected EOF" { still_open(syntax) } else { None };
    let mut report = sink.report(&at.unwrap_or(fault.span), message).why(format!(
        "Helm reads all templates of a chart before it renders any, and stops at the first such mistake.{says}"
    ));
    if let Some(help) = help {
        report = report.help(help);
    }
    if let Some(name) = quoted_between(&fault.message, "function \"", "\" not defined") {
        let library = crate::template::funcs::library().map(|function| function.name);
        report.nearest(name, library.chain(crate::template::funcs::BUILTINS));
    }
}

fn quoted_between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(name, _)| name)
}

/// Go's words in ours, and what to do.
fn explain(go: &str) -> (String, Option<&'static str>) {
    if let Some(name) = quoted_between(go, "function \"", "\" not defined") {
        return (format!("no template function is named `{name}`"), None);
    }
    if let Some(name) = quoted_between(go, "undefined variable \"", "\"") {
        return (
            format!("variable `{name}` is not declared here"),
            Some("A variable lives from its `:=` to the end of the block around it."),
        );
    }
    let (message, help) = match go {
        "unexpected EOF" => (
            "this block is still open at the end of the file",
            Some("Each `if`, `range`, `with`, `define` and `block` needs its own `{{ end }}`."),
        ),
        "unexpected {{end}}" => {
            ("there is nothing that this `end` could close", Some("Remove it, or look for one `end` too many above."))
        }
        "unexpected {{else}}" => ("this `else` belongs to no `if`, `range` or `with`", None),
        "unclosed action" => ("this action is not closed", Some("An action ends with `}}` on the line it begins on.")),
        "unclosed comment" => ("this comment is not closed", Some("A comment is written `{{/* … */}}`.")),
        "unterminated quoted string" => ("this text has no closing quote", None),
        "unterminated raw quoted string" => ("this text has no closing backquote", None),
        _ if go.starts_with("unclosed action started at") => {
            ("this action is not closed", Some("An action ends with `}}`."))
        }
        _ if go.starts_with("missing value for ") => {
            return (
                format!("{} is incomplete: nothing follows it", backticked(&go["missing value for ".len()..])),
                None,
            );
        }
        _ => return (format!("this is no template: {}", go.split_whitespace().collect::<Vec<_>>().join(" ")), None),
    };
    (message.to_owned(), help)
}

fn backticked(word: &str) -> String {
    format!("`{word}`")
}
