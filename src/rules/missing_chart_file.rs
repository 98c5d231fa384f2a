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
    /// Paths that are put together by `printf`, by their formats.
    made: Vec<(&'s str, &'s Expr)>,
    /// Paths, and formats of paths, that some condition asks for first.
    asked: BTreeSet<&'s str>,
}

impl<'s> Visitor<'s> for Reads<'s> {
    fn node(&mut self, node: &'s Part) {
        match node {
            Part::Branch(branch) if branch.kind != BranchKind::Range => {
                let commands = branch.arms.iter().flat_map(|arm| &arm.pipeline.commands);
                let paths = commands.filter_map(|command| Some(read(command)?.1));
                self.asked.extend(paths.filter_map(|path| path.as_string().or_else(|| format(path)?.as_string())));
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
        let Some((method, path)) = read(command) else { return };
        match format(path) {
            Some(format) => self.made.push((method, format)),
            None if path.as_string().is_some() => self.found.push((method, path)),
            None => {}
        }
    }
}

/// The format in `(printf "…" …)`.
fn format(path: &Expr) -> Option<&Expr> {
    let ExprKind::Paren(pipeline) = &path.kind else { return None };
    let [command] = &*pipeline.commands else { return None };
    let [called, format, ..] = &*command.operands else { return None };
    let is_printf = matches!(&called.kind, ExprKind::Function(name) if name == "printf");
    (is_printf && format.as_string().is_some()).then_some(format)
}

/// The format can have made the path: what stands between its verbs is there, in order.
fn can_make(format: &str, path: &str) -> bool {
    let mut pieces = format.split('%');
    let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut pieces = pieces.peekable();
    let any = pieces.peek().is_some();
    while let Some(piece) = pieces.next() {
        // A verb is one letter here.
        let Some(literal) = piece.strip_prefix(['s', 'd', 'v']) else { return false };
        let found = if pieces.peek().is_none() { rest.rfind(literal) } else { rest.find(literal) };
        match found {
            Some(at) if !literal.is_empty() => rest = &rest[at + literal.len()..],
            Some(_) if pieces.peek().is_none() => rest = "",
            _ => return false,
        }
    }
    any && rest.is_empty()
}

/// The method and the path, however that is written.
fn read(command: &Command) -> Option<(&str, &Expr)> {
    let [called, path] = &*command.operands else { return None };
    let segments = match &called.kind {
        ExprKind::Field(segments) => segments,
        ExprKind::Variable(name, segments) if name == "$" => segments,
        _ => return None,
    };
    let [files, method] = &**segments else { return None };
    let known = files.name == "Files" && matches!(&*method.name, "Get" | "GetBytes" | "Lines" | "Glob");
    known.then_some((&method.name, path))
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
    sink.each(chart.documents(), |document, sink| check_made(chart, document, &paths, sink));
}

/// A path that is put together: with the values at hand, nothing is there.
fn check_made(chart: &Chart, document: &Document, paths: &[&str], sink: &mut Sink) {
    let rendered = document.rendered();
    let missing: Vec<&str> = rendered.asked_for().filter(|path| !paths.contains(path)).collect();
    let Some(file) = chart.own_templates().find(|file| file.source.id == rendered.source.id) else { return };
    if missing.is_empty() {
        return;
    }
    let mut reads = Reads::default();
    file.syntax().visit(&mut reads);
    for path in missing.into_iter().filter(|path| !reads.asked.contains(path)) {
        if reads.found.iter().any(|(_, other)| other.as_string() == Some(path)) {
            continue;
        }
        let fits = |(_, format): &&(&str, &Expr)| format.as_string().is_some_and(|format| can_make(format, path));
        // The one that says most of the path.
        let said = reads.made.iter().filter(fits).max_by_key(|(_, format)| format.as_string().map_or(0, str::len));
        let Some((method, format)) = said else { continue };
        if format.as_string().is_some_and(|format| reads.asked.contains(format)) {
            continue;
        }
        let (start, end) = (format.range.start as usize + 1, (format.range.end as usize).saturating_sub(1));
        let report = sink
            .report(&Span::new(file.source.id, start, end), format!("this chart has no file `{path}`"))
            .why(format!("`{method}` gives nothing for it, and Helm does not say so."));
        match crate::diagnostic::nearest(path, paths.iter().copied()) {
            Some(near) => report.help(format!("There is `{near}`.")),
            None => report.help("`printf` makes this path with the values at hand."),
        };
    }
}
