//! See `template_syntax.md`.

use super::prelude::*;
use crate::template::eval::{Fault, FaultKind};

pub(super) static RULE: Rule = Rule {
    name: "template-syntax",
    summary: "text that is no Go template",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("template_syntax.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    for render in chart.renders() {
        for fault in render.faults.iter().map(|fault| &fault.fault).filter(|fault| fault.kind == FaultKind::Syntax) {
            report(fault, &render.calls.place(fault.span, fault.calls), sink);
        }
    }
    // A library is not rendered by itself.
    if let Some(package) = chart.package().filter(|_| chart.is_library()) {
        let templates = package.files.iter().filter(|(path, _)| path.starts_with("templates"));
        for file in templates.filter_map(|(_, source)| chart.files.get(&source.id)) {
            file.syntax().faults.iter().for_each(|fault| report(fault, &fault.span, sink));
        }
    }
}

fn report(fault: &Fault, at: &dyn Located, sink: &mut Sink) {
    let (message, help) = explain(&fault.message);
    let helm = fault.helm.lines().next().unwrap_or_default();
    let report = sink
        .report(at, message)
        .why(format!("Helm reads all templates of a chart before it renders any, and stops at the first such mistake. Helm says: {helm}"));
    if let Some(help) = help {
        report.help(help);
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
            "the file ends inside an `if`, `range`, `with`, `define` or `block`",
            Some("Each of them needs its own `{{ end }}`."),
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
            return (format!("{} is incomplete: nothing follows it", backticked(&go["missing value for ".len()..])), None);
        }
        _ => return (format!("this is no template: {}", go.split_whitespace().collect::<Vec<_>>().join(" ")), None),
    };
    (message.to_owned(), help)
}

fn backticked(word: &str) -> String {
    format!("`{word}`")
}
