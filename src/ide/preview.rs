//! What a file renders to, with a map of places that leads both ways.

use super::{Cursor, locate};
use crate::helm::render::{Render, Rendered};
use crate::template::traced::Origin;
use crate::text::{FileId, Span, TextRange};
use crate::world::{Chart, World};

/// The rendered text of a file under one set of values.
pub struct Preview<'w> {
    pub text: String,
    /// The name of the value set.
    pub values: &'w str,
    /// The names of all value sets of the chart.
    pub sets: Vec<&'w str>,
    /// Lines of `text` that say that something is missing there.
    pub poisoned: Vec<TextRange>,
    pieces: Vec<Piece<'w>>,
}

/// A run of `text` that is text of some rendering.
struct Piece<'w> {
    rendered: &'w Rendered,
    /// Its first byte in `text`.
    at: u32,
    /// Its bytes in the rendering.
    range: TextRange,
}

/// What a template renders to; for a helper all templates that include it, for other files of a chart all its
/// templates. `values` is the name of a value set, the defaults otherwise. `None` for what belongs to no chart that
/// renders anything.
pub fn preview<'w>(world: &'w World, file: FileId, values: Option<&str>) -> Option<Preview<'w>> {
    let charts = world.charts_of(file);
    let chart = charts.iter().find(|chart| chart.rendering().is_some() && chart.package().is_some())?;
    let view = chart.views().find(|view| Some(view.values.name.as_str()) == values).unwrap_or(chart);
    let render = view.rendering()?;
    let sets = chart.views().map(|view| view.values.name.as_str()).collect();
    let mut preview =
        Preview { text: String::new(), values: &view.values.name, sets, poisoned: Vec::new(), pieces: Vec::new() };
    preview.head(render);
    for rendered in chosen(view, render, file) {
        preview.part(rendered);
    }
    // What cannot be read at all renders to nothing.
    if preview.pieces.is_empty() {
        let unread = render.faults.iter().filter(|fault| fault.template.id == file);
        unread.for_each(|fault| preview.missing(&fault.fault.message));
    }
    Some(preview)
}

fn chosen<'w>(chart: &'w Chart, render: &'w Render, file: FileId) -> Vec<&'w Rendered> {
    let all = || render.files.iter().map(|rendered| &**rendered);
    let own: Vec<_> = all().filter(|rendered| rendered.source.id == file).collect();
    if !own.is_empty() {
        return own;
    }
    let source = chart.files.get(&file).map(|file| &file.source.path);
    if source.is_some_and(|path| path.iter().any(|part| part == "templates")) {
        let from = |rendered: &Rendered| {
            rendered.text.pieces().any(|(_, piece)| match piece.origin {
                Origin::Verbatim(span) => span.file == file,
                Origin::Computed { action, .. } => action.file == file,
                Origin::Made(_) | Origin::Padding => false,
            })
        };
        return all().filter(|rendered| from(rendered)).collect();
    }
    all().filter(|rendered| !rendered.text.as_str().trim().is_empty()).collect()
}

impl<'w> Preview<'w> {
    /// Why something is missing.
    fn head(&mut self, render: &Render) {
        self.text.push_str(&format!("# with {}\n", self.values));
        if let Some(refused) = &render.refused {
            self.comment(&format!("Helm refuses the chart: {}", refused.message));
        }
    }

    /// Comment lines.
    fn comment(&mut self, words: &str) {
        for line in words.lines() {
            self.text.push_str("# ");
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// A place where something is missing, and why.
    fn missing(&mut self, why: &str) {
        let from = self.text.len();
        self.comment(&format!("MISSING: {why}"));
        self.poisoned.push(TextRange::new(from, self.text.len().saturating_sub(1)));
    }

    /// One rendered template, cut where something is missing.
    fn part(&mut self, rendered: &'w Rendered) {
        self.comment(&format!("Source: {}", rendered.name));
        let text = rendered.text.as_str();
        let mut poisoned = rendered.poisoned.clone();
        poisoned.sort_unstable();
        poisoned.dedup();
        let mut start = 0;
        for (number, at) in poisoned.iter().enumerate() {
            let line = crate::text::floor_char_boundary(text, *at as usize);
            let line = text[..line].rfind('\n').map_or(0, |line_break| line_break + 1).max(start);
            self.piece(rendered, start, line);
            start = line;
            self.missing(rendered.faults.get(number).map_or("an action failed", |fault| fault.message.as_str()));
        }
        self.piece(rendered, start, text.len());
        // What failed before anything was printed has no place in the text.
        for fault in rendered.faults.iter().skip(poisoned.len()) {
            self.comment(&format!("MISSING: {}", fault.message));
        }
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn piece(&mut self, rendered: &'w Rendered, start: usize, end: usize) {
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.pieces.push(Piece { rendered, at: self.text.len() as u32, range: TextRange::new(start, end) });
        self.text.push_str(&rendered.text.as_str()[start..end]);
    }

    /// Where the author wrote what stands at `offset` of the text: through calls, the place in the helper.
    pub fn source(&self, offset: u32) -> Option<Span> {
        let held = |piece: &&Piece| piece.at <= offset && offset - piece.at <= piece.range.len() as u32;
        let piece = self.pieces.iter().rev().find(held)?;
        let at = piece.range.start + (offset - piece.at);
        let text = &piece.rendered.text;
        // A cursor before a character means that character.
        let end = text.as_str()[at as usize..].chars().next().map_or(at, |c| at + c.len_utf8() as u32);
        text.site(TextRange { start: at, end }).map(|site| site.span)
    }

    /// What the text under the cursor became.
    pub fn rendered(&self, at: Cursor) -> Vec<TextRange> {
        let cursor = Span { file: at.file, range: TextRange::empty(at.offset as usize) };
        let mut found = Vec::new();
        let mut last: Option<(&Rendered, Vec<TextRange>)> = None;
        for piece in &self.pieces {
            if !last.as_ref().is_some_and(|(rendered, _)| std::ptr::eq(*rendered, piece.rendered)) {
                let mut ranges = piece.rendered.text.places(cursor);
                ranges.extend(locate::printed_by_calls(piece.rendered, cursor));
                last = Some((piece.rendered, ranges));
            }
            for range in last.iter().flat_map(|(_, ranges)| ranges) {
                if piece.range.start <= range.start && range.start <= piece.range.end {
                    let end = range.end.min(piece.range.end);
                    let place = TextRange { start: range.start, end };
                    found.push(TextRange {
                        start: piece.at + place.start - piece.range.start,
                        end: piece.at + place.end - piece.range.start,
                    });
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn what_cannot_be_read_says_why() {
        let fixture = Fixture::of("#- templates/a.yaml\na: {{ 1 | nope<|> }}\n");
        let (source, _) = fixture.cursor();
        let preview = preview(&fixture.world, source.id, None).unwrap();
        assert_eq!(preview.text, "# with defaults\n# MISSING: function \"nope\" not defined\n");
        assert_eq!(preview.poisoned.len(), 1);
    }

    #[test]
    fn both_ways_around_what_is_missing() {
        let fixture = Fixture::of(
            "#- templates/a.yaml\na: {{ .Values.a }}\nb: {{ index (list) 3 }}\nc: {{ include \"h\" . }}<|>\n#- templates/_h.tpl\n\
             {{ define \"h\" }}xyz{{ end }}\n#- values.yaml\na: one\n",
        );
        let (source, cursor) = fixture.cursor();
        let world = &fixture.world;
        let preview = preview(world, source.id, None).unwrap();
        let text = &preview.text;
        assert!(text.starts_with("# with defaults\n# Source: c/templates/a.yaml\na: one\n# MISSING: "), "{text}");
        assert!(text.ends_with("\nb: \nc: xyz\n"), "{text}");
        assert_eq!(preview.poisoned.len(), 1);
        assert!(preview.poisoned[0].of(text).starts_with("# MISSING: "));
        let at = |word: &str| text.find(word).unwrap() as u32;
        let words = |offset| {
            let span = preview.source(offset).unwrap();
            span.range.of(&world.source(span.file).unwrap().text).to_owned()
        };
        assert_eq!(words(at("one") + 1), "{{ .Values.a }}");
        assert_eq!(words(at("c: ")), "c");
        assert_eq!(words(at("xyz")), "x");
        let became = |offset: u32| {
            let found = preview.rendered(Cursor { offset, ..cursor });
            found.into_iter().map(|range| range.of(text)).collect::<Vec<_>>()
        };
        assert_eq!(became(5), ["one"]);
        assert_eq!(became(cursor.offset - 4), ["xyz"]);
        // A helper is seen in what includes it, a values file in everything.
        for path in ["/w/c/templates/_h.tpl", "/w/c/values.yaml"] {
            let file = world.file(path.into()).unwrap().source.id;
            assert!(super::preview(world, file, Some("nothing")).unwrap().text.contains("c: xyz"));
        }
    }
}
