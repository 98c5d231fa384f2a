//! A picture of origins: rendered text, and beside each line where it was written.
//!
//! ```text
//! # Source: a/templates/db.yaml
//! spec:                 | templates/db.yaml:3
//!   replicas: 3         | templates/_helpers.tpl:9  via templates/db.yaml:4  (3 = {{ .Values.n }} ← values.yaml:2)
//! ```

use std::sync::Arc;

use crate::helm::render::Rendered;
use crate::template::traced::{CallId, Made, Origin};
use crate::text::{Span, TextRange};
use crate::vfs::Source;
use crate::world::Chart;

/// Characters of the left column, at most; longer lines push the right one out.
const MAX_WIDTH: usize = 60;

/// The picture of one template's output. `more` are files beside the chart's own: those of `-f`.
pub fn picture(rendered: &Rendered, chart: &Chart, more: &[Arc<Source>]) -> String {
    let pen = Pen { rendered, chart, more };
    let text = rendered.text.as_str();
    let width = text.lines().map(|line| line.chars().count()).filter(|width| *width <= MAX_WIDTH).max().unwrap_or(0);
    let mut out = format!("# Source: {}\n", rendered.name);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let shown = line.trim_end_matches('\n');
        let origin = pen.origin(TextRange::new(start, start + shown.len()));
        start += line.len();
        let padding = " ".repeat(width.saturating_sub(shown.chars().count()));
        out.push_str(format!("{shown}{padding} | {origin}").trim_end());
        out.push('\n');
    }
    out
}

/// What one action printed side by side: the action, the calls that led to it, the parts.
type Printed<'t> = (Option<Span>, CallId, Vec<(&'t str, Made)>);

struct Pen<'r> {
    rendered: &'r Rendered,
    chart: &'r Chart,
    more: &'r [Arc<Source>],
}

impl Pen<'_> {
    /// Where a line was written, and what of it was computed.
    fn origin(&self, line: TextRange) -> String {
        let mut main: Option<(Span, CallId)> = None;
        // By the action that printed them: one beside the next.
        let mut computed: Vec<Printed<'_>> = Vec::new();
        for (range, piece) in self.rendered.text.pieces() {
            let range = TextRange { start: range.start.max(line.start), end: range.end.min(line.end) };
            if range.start >= range.end {
                continue;
            }
            let text = range.of(self.rendered.text.as_str());
            let (site, made) = match piece.origin {
                Origin::Verbatim(span) => (Some(span), None),
                Origin::Computed { action, made } => (Some(action), Some((Some(action), made))),
                Origin::Made(made) => (None, Some((None, made))),
                Origin::Padding => (None, None),
            };
            if let Some((action, made)) = made.filter(|_| !text.trim().is_empty()) {
                match computed.last_mut().filter(|(last, calls, _)| *last == action && *calls == piece.calls) {
                    Some((_, _, parts)) => parts.push((text.trim(), made)),
                    None => computed.push((action, piece.calls, vec![(text.trim(), made)])),
                }
            }
            if main.is_none() && !text.trim().is_empty() {
                main = site.map(|span| (self.at(piece.origin, span, range), piece.calls));
            }
        }
        let place = main.map(|(span, calls)| format!("{}{}", self.place(span), self.via(calls)));
        let computed = computed.iter().map(|(action, calls, parts)| {
            let words = action.map_or_else(|| "?".to_owned(), |action| self.words(action));
            let via = main.filter(|(_, main)| main != calls).map(|_| self.via(*calls)).unwrap_or_default();
            match &parts[..] {
                [(text, made)] => format!("({text} = {words}{}{via})", self.made(*made)),
                parts => {
                    let parts: Vec<_> =
                        parts.iter().map(|(text, made)| format!("{text}{}", self.made(*made))).collect();
                    format!("({} = {words}{via})", parts.join("  "))
                }
            }
        });
        place.into_iter().chain(computed).collect::<Vec<_>>().join("  ")
    }

    /// The start of the part of verbatim text that stands in the line.
    fn at(&self, origin: Origin, span: Span, range: TextRange) -> Span {
        let pieces = self.rendered.text.pieces();
        let start = pieces.filter(|(at, _)| at.start <= range.start).last().map_or(range.start, |(at, _)| at.start);
        match origin {
            Origin::Verbatim(_) => {
                let start = (span.range.start + (range.start - start)) as usize;
                Span::new(span.file, start, start)
            }
            _ => span,
        }
    }

    fn made(&self, made: Made) -> String {
        let value = made.value.map(|value| format!(" ← {}", self.place(value))).unwrap_or_default();
        let known = if made.known { "" } else { ", differs from run to run" };
        format!("{value}{known}")
    }

    fn via(&self, calls: CallId) -> String {
        let chain = self.rendered.calls.chain(calls);
        let places: Vec<_> = chain.iter().map(|call| self.place(call.span)).collect();
        if places.is_empty() { String::new() } else { format!("  via {}", places.join(", ")) }
    }

    fn source(&self, span: Span) -> Option<&Source> {
        let own = self.chart.files.get(&span.file).map(|file| &file.source);
        own.or_else(|| self.more.iter().find(|source| source.id == span.file)).map(|source| &**source)
    }

    /// The words of an action, on one line.
    fn words(&self, span: Span) -> String {
        let text = self.source(span).map_or("", |source| span.range.of(&source.text));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// `templates/x.yaml:7`; lines count from 1, paths from the chart's folder or, outside of it, from the one around.
    fn place(&self, span: Span) -> String {
        let Some(source) = self.source(span) else { return "?".into() };
        let around = self.chart.root.parent().unwrap_or(&self.chart.root);
        let path = source.path.strip_prefix(&self.chart.root).or_else(|_| source.path.strip_prefix(around));
        let line = source.text.get(..span.range.start as usize).unwrap_or_default().matches('\n').count() + 1;
        format!("{}:{line}", path.unwrap_or(&source.path))
    }
}
