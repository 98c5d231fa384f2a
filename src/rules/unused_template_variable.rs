//! See `unused_template_variable.md`.

use super::prelude::*;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::template::ast::{Expr, ExprKind, Pipeline, Visitor, visit_pipeline};
use crate::template::variables::{Declared, reads};
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "unused-template-variable",
    summary: "a template variable that nothing reads",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unused_template_variable.md"),
    check: Check::Chart(check),
};

/// Functions that do more than to give a value, or may.
const DEEDS: [&str; 11] = [
    "set",
    "unset",
    "merge",
    "mergeOverwrite",
    "mustMerge",
    "mustMergeOverwrite",
    "fail",
    "required",
    "include",
    "tpl",
    "lookup",
];

fn check(chart: &Chart, sink: &mut Sink) {
    sink.each(chart.own_templates(), |file, sink| {
        let syntax = file.syntax();
        // What is declared in a text that cannot be read to its end may be read in the rest.
        if !syntax.faults.is_empty() {
            return;
        }
        let variables = syntax.variables();
        for declared in variables.iter().filter(|declared| !declared.reads.is_empty()) {
            let name = &declared.variable.name;
            for lost in declared.lost().filter(|lost| !name.starts_with("$_") && !mutates(lost.pipeline)) {
                let report = sink
                    .report(
                        &Span { file: syntax.file, range: lost.range },
                        format!("nothing reads `{name}` after this"),
                    )
                    .help("Set it where it is read afterwards, or leave this out.");
                // Who counts means to have the number.
                if reads(lost.pipeline).iter().any(|(read, _)| read == name) {
                    report.severity(Severity::Warning).why("Behind its loop a counter counts nothing.");
                }
            }
        }
        let unread = variables.iter().filter(|declared| declared.reads.is_empty() && declared.assigned.is_empty());
        for declared in unread.filter(|declared| is_judged(declared, &variables)) {
            let name = &declared.variable.name;
            let span = |range| Span { file: syntax.file, range };
            let place = span(declared.variable.range);
            if let Some(colon) = again(chart, place, declared) {
                let edits = vec![Edit { span: colon, text: "=".into() }];
                sink.report(&place, format!("`{name}` is declared anew here, so the one outside keeps its value"))
                    .severity(Severity::Warning)
                    .why("`:=` makes a variable that lives to the end of this block; `=` changes the one there is.")
                    .help("Write `=`.")
                    .fix(Fix { title: "Replace `:=` by `=`".into(), safety: Safety::Unsafe, edits });
                continue;
            }
            if let Some((source, read)) = mixed_up(declared, &variables) {
                sink.report(&place, format!("`{name}` is worked out but never used; `{source}` is printed instead"))
                    .severity(Severity::Warning)
                    .why(format!("`{name}` is made from `{source}` and nothing else, and then forgotten."))
                    .help(format!("Print `{name}` where it is meant, or remove it."))
                    .related(&span(read), format!("`{source}` is printed here"));
                continue;
            }
            let help = "Remove it; a variable that has to be there is called `$_`.";
            let report = sink.report(&place, format!("`{name}` is never used")).help(help).unnecessary();
            let line = declared.action.and_then(|action| chart.line_of(span(action)));
            if let Some(line) = line.filter(|_| declared.pipeline.declared.len() == 1 && !acts(declared.pipeline)) {
                let edits = vec![Edit { span: line, text: String::new() }];
                report.fix(Fix { title: format!("Remove `{name}`"), safety: Safety::Safe, edits });
            }
        }
    });
}

/// The `:=` of a variable that is made of another one of the same name.
fn again(chart: &Chart, place: Span, declared: &Declared<'_>) -> Option<Span> {
    let name = &declared.variable.name;
    let same = declared.action.is_some() && reads(declared.pipeline).iter().any(|(read, _)| read == name);
    let pipeline = Span { range: declared.pipeline.range, ..place };
    same.then(|| chart.within(pipeline, ":=")).flatten()
}

/// Names with an underscore are there because something has to be; the key of a loop comes with its value.
fn is_judged(declared: &Declared<'_>, all: &[Declared<'_>]) -> bool {
    let pair = &declared.pipeline.declared;
    let value = pair.last().is_none_or(|last| last == declared.variable);
    let key_read =
        pair.len() > 1 && all.iter().any(|other| std::ptr::eq(other.variable, &pair[0]) && !other.reads.is_empty());
    !declared.variable.name.starts_with("$_") && value && !key_read && !mutates(declared.pipeline)
}

/// The functions that a pipeline calls.
fn calls(pipeline: &Pipeline) -> Vec<&str> {
    struct Calls<'s>(Vec<&'s str>);
    impl<'s> Visitor<'s> for Calls<'s> {
        fn expr(&mut self, expr: &'s Expr) {
            if let ExprKind::Function(name) = &expr.kind {
                self.0.push(name);
            }
        }
    }
    let mut calls = Calls(Vec::new());
    visit_pipeline(pipeline, &mut calls);
    calls.0
}

/// The pipeline is there for what it does, not for its value.
fn mutates(pipeline: &Pipeline) -> bool {
    calls(pipeline).iter().any(|name| DEEDS[..8].contains(name))
}

fn acts(pipeline: &Pipeline) -> bool {
    calls(pipeline).iter().any(|name| DEEDS.contains(name))
}

/// The one variable that the value is made of, printed as it is in the same scope further down.
fn mixed_up<'s>(declared: &Declared<'s>, all: &[Declared<'s>]) -> Option<(&'s str, crate::text::TextRange)> {
    let read = reads(declared.pipeline);
    let [(source, at)] = read.as_slice() else { return None };
    let [command, ..] = &*declared.pipeline.commands else { return None };
    // A part of something, or a thing of another kind, is no other form of it.
    let whole = command.operands.iter().all(|operand| match &operand.kind {
        ExprKind::Variable(_, fields) => fields.is_empty(),
        ExprKind::Function(_) | ExprKind::String(_) | ExprKind::Number(_) => true,
        _ => false,
    });
    let made = ["printf", "print", "lower", "upper", "trim", "trimSuffix", "trimPrefix", "trunc", "replace", "quote"];
    let formed = whole && calls(declared.pipeline).iter().any(|name| made.contains(name));
    declared.action.filter(|_| formed && *source != "$")?;
    let source_reads = all.iter().find(|other| other.reads.iter().any(|read| read.range == *at)).map(|o| &o.reads)?;
    let printed = source_reads.iter().find(|read| read.prints && read.range.start > declared.variable.range.start)?;
    Some((source, printed.range))
}
