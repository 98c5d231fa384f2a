//! See `wrong_indent.md`.

use super::prelude::*;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::indents::{Slip, slips};

pub(super) static RULE: Rule = Rule {
    name: "wrong-indent",
    summary: "text of an action that stands beside its key, not below it",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("wrong_indent.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    for slip in slips(chart, document) {
        report(document, slip, sink);
    }
}

fn report(document: &Document, slip: Slip<'_>, sink: &mut Sink) {
    let who = match &slip.call {
        Some(call) => format!("`{} {}`", call.function, call.number),
        None => "this action".to_owned(),
    };
    let (head, line) = (slip.head, slip.line);
    let (message, why) = match slip.block {
        true => (
            format!("{who} puts this text beside `{head}`, not into it"),
            "A block scalar ends at the first line that stands no further right than what it belongs to. It is empty \
             here, and its text is read as YAML",
        ),
        false => (
            format!("{who} puts these lines beside `{head}`, not below it"),
            "What stands no further right than a key does not belong to it. The key has no value, and the lines belong \
             to what is around it",
        ),
    };
    let rendered = document.rendered().text.as_str().lines().nth(line - 1).unwrap_or_default().trim();
    let report = sink.report(&slip.action, message).why(format!("{why}. Rendered, line {line} is: `{rendered}`"));
    let (Some(call), Some(wanted)) = (slip.call, slip.wanted) else { return };
    let text = format!("{} {wanted}", call.function);
    let edits = vec![Edit { span: call.at, text: wanted.to_string() }];
    report.help(format!("`{text}` puts them there.")).fix(Fix {
        title: format!("Write `{text}`"),
        safety: Safety::Safe,
        edits,
    });
}
