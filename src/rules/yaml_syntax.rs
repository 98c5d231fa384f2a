//! See `yaml_syntax.md`.

use super::prelude::*;
use super::support::failures::breaks_line;
use crate::diagnostic::{Edit, Safety};
use crate::model::joins::joins;
use crate::model::lines::written;
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

/// Where more is wrong with a document, one blank does not mend it.
const MAX_PROBLEMS: usize = 4;

fn check(chart: &Chart, sink: &mut Sink) {
    for document in chart.documents().iter().chain(chart.plain()) {
        // `joined-lines` has said why these are no YAML.
        let broken = !document.is_sound();
        let joined = if broken { joins(chart, document) } else { Vec::new() };
        let mut last = usize::MAX;
        for problem in document.tree().problems() {
            let line = document.line(problem.range).0;
            // What comes right after a line that could not be read is mostly its consequence.
            if line != last.wrapping_add(1)
                && !breaks_line(document, line)
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

/// A blank behind the key of this line, or of one right above, where that alone makes YAML of the document: `key:value`.
fn spaced(document: &Document, range: TextRange) -> Option<Edit> {
    if document.tree().problems().len() > MAX_PROBLEMS {
        return None;
    }
    let text = document.rendered().text.as_str();
    let mut end = text[range.start as usize..].find('\n').map_or(text.len(), |at| range.start as usize + at);
    let mut found = None;
    for _ in 0..3 {
        let start = text[..end].rfind('\n').map_or(0, |line_break| line_break + 1);
        if start < document.range.start as usize {
            break;
        }
        if let Some(colon) = tight_colon(&text[start..end]) {
            let behind = start + colon + 1;
            let mut spaced = document.text().to_owned();
            spaced.insert(behind - document.range.start as usize, ' ');
            if parser::parse(&spaced, TextRange::new(0, spaced.len())).problems().is_empty() {
                // Of two ways to read it nobody knows the right one.
                if found.replace(TextRange::new(behind - 1, behind)).is_some() {
                    return None;
                }
            }
        }
        let Some(above) = start.checked_sub(1) else { break };
        end = above;
    }
    written(&document.place(found?)?, ": ")
}

/// Where the colon of a line's key is, if the value follows without a blank.
fn tight_colon(line: &str) -> Option<usize> {
    let entry = line.trim_start().trim_start_matches("- ");
    let colon = entry.find(':')?;
    let (key, value) = (&entry[..colon], &entry[colon + 1..]);
    let is_key =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    let tight = value.starts_with(|c: char| !c.is_whitespace() && c != '/' && c != ':');
    (is_key && tight && !value.contains(": ") && !value.ends_with(':')).then_some(line.len() - entry.len() + colon)
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
            .help(
                "Look at the key above, and at the number of blanks that `indent` or `nindent` puts before each line.",
            )
            .related(&place, "this text is included");
        return;
    }
    let mut report = sink.report(&place, message);
    report = report.offer("Put a blank behind the colon", Safety::Safe, spaced(document, problem.range));
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
