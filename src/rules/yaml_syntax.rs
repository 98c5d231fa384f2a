//! See `yaml_syntax.md`.

use super::prelude::*;
use crate::model::joins::joins;
use crate::text::TextRange;
use crate::yaml::parser;
use crate::yaml::tree::{Problem, ProblemKind};

pub(super) static RULE: Rule = Rule {
    name: "yaml-syntax",
    summary: "text that is not YAML",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("yaml_syntax.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    for document in chart.documents().iter().chain(chart.plain()) {
        // `joined-lines` has said why these are no YAML.
        let broken = !document.is_sound();
        let joined = if broken { joins(chart, document) } else { Vec::new() };
        let mut last = usize::MAX;
        for problem in document.tree().problems() {
            let line = document.line(problem.range).0;
            // What comes right after a line that could not be read is mostly its consequence.
            if line != last.wrapping_add(1) && !super::undefined_value::breaks_line(document, line)
                && !joined.iter().any(|join| join.line.0 == line)
            {
                report(document, problem, sink);
            }
            last = line;
        }
    }
}

/// A part of the rendered text can be read by itself.
fn is_yaml(document: &Document, range: TextRange) -> bool {
    parser::parse(document.rendered().text.as_str(), range).problems().is_empty()
}

fn report(document: &Document, problem: &Problem, sink: &mut Sink) {
    let Some(place) = document.place(problem.range) else { return };
    let words = match &problem.kind {
        ProblemKind::Syntax(words) => words,
        ProblemKind::Bound(words) => {
            sink.report(&place, format!("this YAML is too large to be checked: {words}"))
                .severity(Severity::Warning)
                .why("Files are read up to a limit, so that one file cannot stop the check of all others.");
            return;
        }
        ProblemKind::Tab | ProblemKind::UndefinedAlias(_) => return,
    };
    let message = format!("not valid YAML: {words}");
    // A helper that is good YAML by itself is put into the wrong place.
    let misplaced = document.called(problem.range).filter(|(_, text)| is_yaml(document, *text));
    if let Some((call, _)) = misplaced {
        let (number, line) = document.line(problem.range);
        sink.report(&call, message)
            .why(format!(
                "What is included here is YAML by itself, but not at this place. Rendered, line {number} is: `{}`",
                line.trim()
            ))
            .help("Look at the key above, and at the number of blanks that `indent` or `nindent` puts before each line.")
            .related(&place, "this text is included");
        return;
    }
    let report = sink.report(&place, message);
    if document.is_rendered() {
        let (number, line) = document.line(problem.range);
        report
            .why(format!(
                "Helm reads the rendered text, and refuses the whole chart if one file is not YAML. Rendered, this is \
                 line {number}: `{}`",
                line.trim()
            ))
            .help("The rendered text is what counts: `--render FILE` shows it.");
    } else {
        report.why("A file that cannot be read is refused as a whole.");
    }
}
