//! `--format text`: source frames for people.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use super::{Report, relative};
use crate::diagnostic::{Diagnostic, Related, Severity};
use crate::text::{Encoding, Span, TextRange, floor_char_boundary};
use crate::vfs::Source;

/// Related places shown with their source; the rest is counted.
const MAX_FRAMES: usize = 4;

/// A line longer than this (bytes) is shown from near the finding on.
const MAX_LINE_BYTES: usize = 400;

type Mark<'a> = (Span, AnnotationKind, &'a str);

/// All findings and the summary line, with ANSI colours (the printer strips them where they are not wanted).
pub fn render(report: &Report<'_>) -> String {
    let mut out = frames(report);
    for found in report.orders() {
        out.push_str(&format!("Start order of `{}`: {}\n", found.definition, found.order));
    }
    out.push_str(&summary(report));
    out.push('\n');
    out
}

/// The findings alone.
pub fn frames(report: &Report<'_>) -> String {
    let renderer = Renderer::styled();
    let mut out = String::new();
    for finding in report.findings {
        if let Some(group) = group(report, finding) {
            out.push_str(&renderer.render(&[group]));
            out.push_str("\n\n");
        }
    }
    out
}

fn group<'a>(report: &'a Report<'_>, finding: &'a Diagnostic) -> Option<Group<'a>> {
    let source = report.world.source(finding.span.file)?;
    let title = level(finding.severity).primary_title(finding.message.as_str()).id(finding.rule);
    let (here, elsewhere): (Vec<&Related>, Vec<&Related>) =
        finding.related.iter().partition(|related| related.span.file == finding.span.file);
    let mut marks: Vec<Mark<'a>> = vec![(finding.span, AnnotationKind::Primary, "")];
    marks.extend(here.iter().take(MAX_FRAMES).map(|r| (r.span, AnnotationKind::Context, r.message.as_str())));
    let mut group = title.element(snippet(report, source, &marks));
    for related in elsewhere.iter().take(MAX_FRAMES) {
        if let Some(source) = report.world.source(related.span.file) {
            let mark = (related.span, AnnotationKind::Context, related.message.as_str());
            group = group.element(snippet(report, source, &[mark]));
        }
    }
    let hidden = here.len().saturating_sub(MAX_FRAMES) + elsewhere.len().saturating_sub(MAX_FRAMES);
    if hidden > 0 {
        group = group.element(Level::NOTE.message(format!("and {}", plural(hidden, "more place"))));
    }
    if !finding.values.is_empty() {
        group = group.element(Level::NOTE.message(format!("with {}", finding.values.join(", "))));
    }
    if !finding.releases.is_empty() {
        group = group.element(Level::NOTE.message(format!("in KubeBlocks {}", finding.releases.join(", "))));
    }
    if let Some(reason) = &finding.allowed {
        group = group.element(Level::NOTE.with_name("allowed").message(reason.as_str()));
    }
    if let Some(why) = &finding.why {
        group = group.element(Level::NOTE.with_name("why").message(why.as_str()));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Some(group)
}

fn snippet<'a>(report: &Report<'_>, source: &'a Source, marks: &[Mark<'a>]) -> Element<'a> {
    let line_of = |offset| source.lines.line_col(offset, Encoding::Utf8).line;
    let drawn: Vec<TextRange> = marks.iter().map(|(span, ..)| first_line(source, span.range)).collect();
    let covered = drawn.iter().copied().reduce(TextRange::cover).unwrap_or_default();
    let (first, last) = (line_of(covered.start), line_of(covered.end));
    let mut window = source.lines.line_range(first).cover(source.lines.line_range(last));
    if first == last && window.len() > MAX_LINE_BYTES {
        let from = (covered.start as usize).saturating_sub(MAX_LINE_BYTES / 4).max(window.start as usize);
        let to = (covered.end as usize + MAX_LINE_BYTES / 4).min(window.end as usize);
        window = TextRange::new(floor_char_boundary(&source.text, from), floor_char_boundary(&source.text, to));
    }
    let mut snippet = Snippet::source(window.of(&source.text))
        .line_start(first as usize + 1)
        .path(relative(report.folder, &source.path));
    for ((_, kind, label), range) in marks.iter().zip(drawn) {
        let at = |offset: u32| (offset.clamp(window.start, window.end) - window.start) as usize;
        let annotation = kind.span(at(range.start)..at(range.end));
        snippet = snippet.annotation(if label.is_empty() { annotation } else { annotation.label(*label) });
    }
    Element::from(snippet)
}

/// A range over many lines is drawn under its first.
fn first_line(source: &Source, range: TextRange) -> TextRange {
    let line = source.lines.line_col(range.start, Encoding::Utf8).line;
    let end = source.lines.line_range(line).end;
    TextRange { start: range.start, end: range.end.min(end.max(range.start)) }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

/// `3 errors, 1 warning in 2 charts.`
fn summary(report: &Report<'_>) -> String {
    let counted = [
        (report.count(Severity::Error), "error"),
        (report.count(Severity::Warning), "warning"),
        (report.count(Severity::Info), "hint"),
    ];
    let found = listed(&counted, ", ").unwrap_or_else(|| "No mistakes found".to_owned());
    let seen = [(report.totals.charts, "chart"), (report.totals.manifests, "manifest")];
    format!("{found} in {}.", listed(&seen, " and ").unwrap_or_else(|| "no chart".to_owned()))
}

/// The counts that are not 0, as words; `None` if all are.
fn listed(counted: &[(usize, &str)], between: &str) -> Option<String> {
    let words: Vec<String> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, word)| plural(*n, word)).collect();
    (!words.is_empty()).then(|| words.join(between))
}

fn plural(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
