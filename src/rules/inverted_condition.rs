//! See `inverted_condition.md`.

use super::prelude::*;
use crate::model::values;
use crate::template::Syntax;
use crate::template::ast::{Branch, BranchKind, Expr, ExprKind, Node as Part, Pipeline, Segment, Visitor};
use crate::text::Span;
use crate::yaml::typing::{Meaning, plain};

pub(super) static RULE: Rule = Rule {
    name: "inverted-condition",
    summary: "a value that is printed where it is known to be empty",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("inverted_condition.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    sink.each(chart.own_templates(), |file, sink| {
        let syntax = file.syntax();
        if !syntax.faults.is_empty() {
            return;
        }
        let mut branches = Branches::default();
        syntax.visit(&mut branches);
        for branch in branches.0 {
            for (at, arm) in branch.arms.iter().enumerate() {
                let Some((asked, holds)) = question(&arm.pipeline) else { continue };
                let behind = branch.arms[at + 1..].iter().map(|arm| &arm.body);
                let without: Vec<&[Part]> = match holds {
                    true => behind.chain(branch.otherwise.iter().map(|it| &it.body)).map(|body| &**body).collect(),
                    false => vec![&arm.body],
                };
                let printed = without.into_iter().flatten().filter_map(|part| printed(part, asked, file.text()));
                for value in printed.filter(|_| is_text(chart, syntax, asked)) {
                    let words = chart.words(Span { file: syntax.file, range: value.range });
                    sink.report(
                        &Span { file: syntax.file, range: value.range },
                        format!("`{words}` is empty wherever this is printed"),
                    )
                    .why("This branch is taken only if it is.")
                    .help("Turn the condition round, or print something else.")
                    .related(&Span { file: syntax.file, range: arm.head }, "it is asked for here");
                }
            }
        }
    });
}

#[derive(Default)]
struct Branches<'s>(Vec<&'s Branch>);

impl<'s> Visitor<'s> for Branches<'s> {
    fn node(&mut self, node: &'s Part) {
        if let Part::Branch(branch) = node
            && branch.kind == BranchKind::If
        {
            self.0.push(branch);
        }
    }
}

/// The value that a condition asks for, and whether it wants it to be there.
fn question(pipeline: &Pipeline) -> Option<(&Expr, bool)> {
    let [command] = &*pipeline.commands else { return None };
    let (value, holds) = match &*command.operands {
        [value] => (value, true),
        [function, value] if matches!(&function.kind, ExprKind::Function(name) if name == "not") => (value, false),
        _ => return None,
    };
    value.value_path().filter(|path| !path.is_empty())?;
    Some((value, holds))
}

/// The value where an action prints it into the middle of a text. (Elsewhere nothing may be what is meant.)
fn printed<'s>(part: &'s Part, asked: &Expr, text: &str) -> Option<&'s Expr> {
    let Part::Action(action) = part else { return None };
    let [command] = &*action.pipeline.commands else { return None };
    let is_asked = |expr: &&Expr| expr.value_path().map(words) == asked.value_path().map(words);
    let (value, joined) = match &*command.operands {
        [value] if action.pipeline.declared.is_empty() => (value, false),
        [function, format, values @ ..] if action.pipeline.declared.is_empty() => {
            let ExprKind::Function(name) = &function.kind else { return None };
            let format = format.as_string().filter(|_| name == "printf")?;
            (values.iter().find(is_asked)?, format.trim() != "%s")
        }
        _ => return None,
    };
    let joins = |c: char| !c.is_whitespace() && !"\"'".contains(c);
    let before = text[..action.range.start as usize].chars().next_back().is_some_and(joins);
    let after = text[action.range.end as usize..].chars().next().is_some_and(joins);
    is_asked(&value).then_some(value).filter(|_| joined || before || after)
}

fn words(path: &[Segment]) -> Vec<&str> {
    path.iter().map(|segment| segment.name.as_str()).collect()
}

/// What values.yaml has there is a text: a number or a truth value says something where it is empty, too.
fn is_text(chart: &Chart, syntax: &Syntax, value: &Expr) -> bool {
    let text = |node: Node| node.text().is_some_and(|text| node.is_quoted() || plain(text) == Meaning::Str);
    values::read_by(chart, syntax, value).is_some_and(text)
}
