//! See `missing_chart_file.md`.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::helm::files::{matches, paths};
use crate::template::ast::{BranchKind, Command, Expr, ExprKind, Node as Part, Visitor};
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "missing-chart-file",
    summary: "a path given to `.Files` that the chart does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_chart_file.md"),
    check: Check::Chart(check),
};

/// Reads of `.Files` with a path that is written out.
#[derive(Default)]
struct Reads<'s> {
    found: Vec<(&'s str, &'s Expr)>,
    /// Paths that some condition asks for first.
    asked: BTreeSet<&'s str>,
}

impl<'s> Visitor<'s> for Reads<'s> {
    fn node(&mut self, node: &'s Part) {
        match node {
            Part::Branch(branch) if branch.kind != BranchKind::Range => {
                let commands = branch.arms.iter().flat_map(|arm| &arm.pipeline.commands);
                self.asked.extend(commands.filter_map(|command| read(command)?.1.as_string()));
            }
            // Files that are kept in a variable are mostly asked for before they are used.
            Part::Action(action) if !action.pipeline.declared.is_empty() => {
                let found = action.pipeline.commands.iter().filter_map(read);
                self.asked
                    .extend(found.filter(|(method, _)| *method == "Glob").filter_map(|(_, path)| path.as_string()));
            }
            _ => {}
        }
    }

    fn command(&mut self, command: &'s Command) {
        self.found.extend(read(command));
    }
}

/// The method and the path.
fn read(command: &Command) -> Option<(&str, &Expr)> {
    let [called, path] = &*command.operands else { return None };
    let segments = match &called.kind {
        ExprKind::Field(segments) => segments,
        ExprKind::Variable(name, segments) if name == "$" => segments,
        _ => return None,
    };
    let [files, method] = &**segments else { return None };
    let known = files.name == "Files" && matches!(&*method.name, "Get" | "GetBytes" | "Lines" | "Glob");
    (known && path.as_string().is_some()).then_some((&method.name, path))
}

fn check(chart: &Chart, sink: &mut Sink) {
    // The files of a library are those of the chart that includes it.
    let Some(package) = chart.package().filter(|_| !chart.is_library()) else { return };
    let paths: Vec<&str> = paths(package).collect();
    sink.each(chart.own_templates(), |file, sink| {
        let mut reads = Reads::default();
        file.syntax().visit(&mut reads);
        for (method, path) in reads.found {
            let Some(text) = path.as_string().filter(|text| !reads.asked.contains(text)) else { continue };
            let place =
                Span::new(file.source.id, path.range.start as usize + 1, (path.range.end as usize).saturating_sub(1));
            if method == "Glob" {
                if !matches(text, &paths) {
                    sink.report(&place, format!("no file of this chart matches `{text}`"))
                        .severity(Severity::Warning)
                        .why("`Glob` gives nothing for it, and Helm does not say so.")
                        .help("Patterns start at the chart's folder; `**` goes into folders, `*` does not.");
                }
            } else if !paths.contains(&text) {
                let name = text.rsplit('/').next().unwrap_or(text);
                let elsewhere = paths.iter().find(|path| path.rsplit('/').next() == Some(name));
                let report = sink
                    .report(&place, format!("this chart has no file `{text}`"))
                    .why(format!("`{method}` gives nothing for it, and Helm does not say so."));
                match elsewhere {
                    Some(path) => report.help(format!("There is `{path}`.")),
                    None if text.starts_with("templates/") => {
                        report.help("`.Files` does not show what lies in `templates`.")
                    }
                    None => report.nearest(text, paths.iter().copied()),
                };
            }
        }
    });
}
