//! Whole lines of source that an entry of a mapping takes: what fixes take away, move, or put in.

use crate::diagnostic::{Edit, Located, Place, Safety};
use crate::model::object::Node;
use crate::template::ast::ActionKind;
use crate::text::{Span, TextRange};
use crate::world::Chart;

/// The lines of one entry of a mapping in block style. They stand in the source as they are rendered.
pub struct Lines<'w> {
    chart: &'w Chart,
    key: Node<'w>,
    /// Bytes of the rendered text, with the last line break.
    rendered: TextRange,
    span: Span,
    text: &'w str,
    indent: usize,
}

impl<'w> Lines<'w> {
    /// `None` where a template has a part in the lines, or where something else stands on them.
    pub fn of(chart: &'w Chart, key: Node<'w>) -> Option<Self> {
        let rendered = extent(key)?;
        let indent = column(key);
        let lead = rendered.of(text(key)).get(..indent)?;
        let span = verbatim(chart, key, rendered)?;
        let text = chart.words(span);
        lead.bytes().all(|byte| byte == b' ').then_some(Self { chart, key, rendered, span, text, indent })
    }

    /// Takes the entry away; `None` where nothing would be left of its mapping.
    pub fn removed(&self) -> Option<Edit> {
        let others = self.key.parent()?.entries().any(|(key, _)| key != self.key);
        others.then(|| Edit { span: self.span, text: String::new() })
    }

    /// Takes the entry away with the comment right above it, unless that is the head of the file.
    pub fn removed_with_comment(&self) -> Option<Edit> {
        let edit = self.removed()?;
        let source = self.chart.files.get(&self.span.file)?.text();
        let mut start = self.span.range.start as usize;
        while start > 0 {
            let above = source[..start - 1].rfind('\n').map_or(0, |line_break| line_break + 1);
            let line = &source[above..start];
            let own = line.len() - line.trim_start().len() == self.indent;
            if !line.trim_start().starts_with('#') || !own {
                break;
            }
            start = above;
        }
        let start = if start == 0 { self.span.range.start as usize } else { start };
        Some(Edit { span: Span::new(self.span.file, start, self.span.range.end as usize), ..edit })
    }

    /// The same once more behind it, under another key; by its alias, where it has an anchor.
    pub fn copied(&self, name: &str) -> Option<Edit> {
        let rest = self.text.get(self.indent..)?.strip_prefix(self.key.text()?)?;
        let end = self.span.range.end as usize;
        let value = self.value();
        let anchor = value.and_then(|value| value.document.tree().anchor(value.id));
        let rest = match (anchor, value) {
            (Some(anchor), _) => format!(": *{}\n", anchor.name),
            (None, Some(value)) if value.has_anchors() => return None,
            _ => rest.to_owned(),
        };
        let text = format!("{}{name}{rest}", " ".repeat(self.indent));
        Some(Edit { span: Span::new(self.span.file, end, end), text })
    }

    /// Takes the entry away that stands there once more before it; see [`Lines::removed`].
    pub fn removed_again(&self, first: Node<'w>) -> Option<Edit> {
        let start = self.key.document.place(range(first))?.span;
        let safe = start.file == self.span.file && self.in_one_branch(start.range.cover(self.span.range));
        self.removed().filter(|_| safe)
    }

    /// Moves all that is below the entry to the end of what is below another one beside it: items of a list, or entries
    /// of a mapping that have other keys.
    pub fn merged_into(&self, other: &Self) -> Option<Vec<Edit>> {
        let (own, before) = (self.value()?, other.value()?);
        let names =
            |node: Node<'w>| node.entries().map(|(key, _)| key).chain(node.items().filter_map(|item| item.get("name")));
        let again = names(own).any(|name| names(before).any(|other| name.text() == other.text()));
        let alike = own.is_sequence() && before.is_sequence() || own.is_mapping() && before.is_mapping();
        if !alike || again || own.has_anchors() || before.has_anchors() {
            return None;
        }
        let (head, below) = self.text.split_once('\n')?;
        let (other_head, other_below) = other.text.split_once('\n')?;
        let opens = |line: &str| line.trim_end().ends_with(':');
        let (from, to) = (
            blanks(below.lines().find(|line| !is_blank(line))?),
            blanks(other_below.lines().find(|line| !is_blank(line))?),
        );
        if !opens(head) || !opens(other_head) || !self.in_one_branch(other.span.range.cover(self.span.range)) {
            return None;
        }
        let end = other.span.range.end as usize;
        let put = Edit { span: Span::new(other.span.file, end, end), text: shifted(below, from, to)? };
        (other.span.file == self.span.file).then_some(vec![Edit { span: self.span, text: String::new() }, put])
    }

    /// The lines without their indentation.
    pub fn flush(&self) -> Option<String> {
        shifted(self.text, self.indent, 0)
    }

    fn value(&self) -> Option<Node<'w>> {
        let (_, value) = self.key.parent()?.entries().find(|(key, _)| *key == self.key)?;
        (!value.is_alias()).then_some(value)
    }

    /// Moves the entry to the end of another mapping around it, or below an entry beside it. Safe where the lines stay
    /// in their place, and only their indentation was wrong.
    pub fn moved(&self, to: Node<'w>) -> Option<(Vec<Edit>, Safety)> {
        let to = to.resolved();
        let (first, _) = to.entries().next()?;
        let around = to.entries().find(|(_, value)| range(*value).contains(range(self.key)));
        let (last, _) = around.or_else(|| to.entries().last())?;
        let end = extent(last)?.end;
        let removed = self.removed()?;
        let text = shifted(self.text, self.indent, column(first))?;
        let between = match end <= self.rendered.start {
            true => TextRange { start: end, end: self.rendered.start },
            false => TextRange { start: self.rendered.end, end: end.max(self.rendered.end) },
        };
        let gap = between.of(self::text(self.key)).lines();
        let stays = around.is_some() || end <= self.rendered.start;
        if stays && gap.into_iter().all(is_blank) {
            let start = self.key.document.place(range(first))?.span;
            let safe = start.file == self.span.file && self.in_one_branch(start.range.cover(self.span.range));
            let edit = Edit { span: self.span, text };
            return Some((vec![edit], if safe { Safety::Safe } else { Safety::Unsafe }));
        }
        let start = line_start(self::text(self.key), end.checked_sub(1)?);
        let line = verbatim(self.chart, last, TextRange { start, end })?;
        let way = line.range.cover(self.span.range);
        let at = line.range.end as usize;
        let put = Edit { span: Span::new(line.file, at, at), text };
        (line.file == self.span.file && self.in_one_branch(way)).then(|| (vec![removed, put], Safety::Unsafe))
    }

    /// No `if`, loop or helper begins or ends inside of the range of the source.
    fn in_one_branch(&self, range: TextRange) -> bool {
        use ActionKind::{Comment, Print, Set, Template};
        let Some(file) = self.chart.files.get(&self.span.file) else { return false };
        let inside = file.syntax().actions.iter().filter(|site| range.contains(site.range));
        inside.into_iter().all(|site| matches!(site.kind, Comment | Print | Set | Template))
    }
}

/// Puts entries in front of the first one of a mapping, where that one stands on a line of its own, right below the
/// mapping's key, which is as it is in the source. The text has a line for each, without indentation.
pub fn put_first(chart: &Chart, key: Node<'_>, text: &str) -> Option<Edit> {
    let (_, mapping) = key.parent()?.entries().find(|(own, _)| *own == key)?;
    let (first, _) = mapping.entries().next()?;
    let rendered = self::text(key);
    let start = line_start(rendered, range(key).start);
    let end = line_start(rendered, range(first).start);
    // Between the two stands nothing but the line break, whoever has written the entry.
    let own = TextRange { start, end };
    let line = verbatim(chart, key, own).filter(|_| own.of(rendered).trim_end().ends_with(':'))?;
    Some(put(line, column(first), text))
}

/// Puts entries in front of one that begins a line of the source. The text is as in [`put_behind`].
pub fn put_before(chart: &Chart, key: Node<'_>, text: &str) -> Option<Edit> {
    let (lead, before) = line_of(chart, key)?;
    lead.trim().is_empty().then(|| put(before, lead.len(), text))
}

/// Puts entries behind one that takes a single line of the source. The text has a line for each, without indentation.
pub fn put_behind(chart: &Chart, key: Node<'_>, text: &str) -> Option<Edit> {
    let line = verbatim(chart, key, extent(key)?)?;
    (chart.words(line).lines().count() == 1).then(|| put(line, column(key), text))
}

/// Puts items of a list in front of its first one, which stands on lines of its own. The text is as in [`put_behind`].
pub fn put_item(chart: &Chart, list: Node<'_>, text: &str) -> Option<Edit> {
    let (lead, before) = line_of(chart, list.items().next()?)?;
    let dash = lead.strip_suffix("- ")?;
    dash.bytes().all(|byte| byte == b' ').then(|| put(before, dash.len(), text))
}

/// What stands before a node on its line, and the place of the source in front of that line.
fn line_of<'w>(chart: &Chart, node: Node<'w>) -> Option<(&'w str, Span)> {
    let rendered = text(node);
    let start = line_start(rendered, range(node).start);
    let end = start + rendered.get(start as usize..)?.find('\n')? as u32 + 1;
    let line = verbatim(chart, node, TextRange { start, end })?;
    let before = Span::new(line.file, line.range.start as usize, line.range.start as usize);
    Some((rendered.get(start as usize..range(node).start as usize)?, before))
}

/// Puts items of a list behind its last one, which is a scalar on a line of its own. The text is as in [`put_behind`].
pub fn append_item(chart: &Chart, list: Node<'_>, text: &str) -> Option<Edit> {
    let last = list.items().last().filter(|last| last.text().is_some())?;
    let rendered = self::text(last);
    let start = line_start(rendered, range(last).start);
    let dash = rendered.get(start as usize..range(last).start as usize)?.strip_suffix("- ")?;
    let end = range(last).end + rendered.get(range(last).end as usize..)?.find('\n')? as u32 + 1;
    let line = verbatim(chart, last, TextRange { start, end })?;
    dash.bytes().all(|byte| byte == b' ').then(|| put(line, dash.len(), text))
}

/// Another text in the place of one that stands in the source as it is.
pub fn written(at: &dyn Located, text: &str) -> Option<Edit> {
    let place = at.place().filter(|place| place.verbatim)?;
    Some(Edit { span: place.span, text: text.to_owned() })
}

/// Takes a word out of its line, and a blank with it.
pub fn removed_word(chart: &Chart, place: &Place) -> Option<Edit> {
    let source = chart.files.get(&place.span.file).filter(|_| place.verbatim)?.text();
    let (start, end) = (place.span.range.start as usize, place.span.range.end as usize);
    let (start, end) = match source[end..].strip_prefix(' ') {
        Some(_) => (start, end + 1),
        None => (source[..start].trim_end_matches(' ').len(), end),
    };
    Some(Edit { span: Span::new(place.span.file, start, end), text: String::new() })
}

/// The objects of Helm at a node of a template: `.` or, inside of loops and `with`, `$`. `None` where the text is
/// no template's own, as in helpers and in files without templates.
pub fn root_at(chart: &Chart, node: Node<'_>) -> Option<&'static str> {
    use ActionKind::{Block, Define, End, If, Range, With};
    let place = node.place().filter(|place| place.verbatim && place.calls.is_empty())?;
    let file = chart.files.get(&place.span.file).filter(|_| chart.package().is_some())?;
    let mut open = Vec::new();
    for site in file.syntax().actions.iter().filter(|site| site.range.end <= place.span.range.start) {
        match site.kind {
            If | With | Range | Define | Block => open.push(site.kind),
            End => drop(open.pop()),
            _ => {}
        }
    }
    let in_helper = open.iter().any(|kind| matches!(kind, Define | Block));
    let inside = open.iter().any(|kind| matches!(kind, With | Range));
    (!in_helper).then_some(if inside { "$" } else { "." })
}

/// Takes an item out of a list in block style; the list's key too, where nothing else is in it.
pub fn removed_item(chart: &Chart, item: Node<'_>) -> Option<Edit> {
    let list = item.parent().filter(|list| list.is_sequence())?;
    if list.items().count() == 1 {
        let (key, _) = list.parent()?.entries().find(|(_, value)| value.id == list.id)?;
        return Lines::of(chart, key)?.removed();
    }
    let own = range(item);
    let rendered = match item.entries().last() {
        Some((last, _)) => TextRange { start: extent(item.entries().next()?.0)?.start, end: extent(last)?.end },
        None => {
            item.text().filter(|text| !text.contains('\n'))?;
            let end = own.end + self::text(item).get(own.end as usize..)?.find('\n')? as u32 + 1;
            TextRange { start: line_start(self::text(item), own.start), end }
        }
    };
    let dash = self::text(item).get(rendered.start as usize..own.start as usize)?.trim_start();
    let span = verbatim(chart, item, rendered).filter(|_| dash.starts_with('-') && dash[1..].trim().is_empty())?;
    Some(Edit { span, text: String::new() })
}

/// Lines behind `place`, indented.
fn put(place: Span, indent: usize, text: &str) -> Edit {
    let at = place.range.end as usize;
    Edit { span: Span::new(place.file, at, at), text: indented(text, indent) }
}

/// Puts entries into a mapping: right below its key, or, in an item of a list, behind the first entry. The text is as in
/// [`put_behind`].
pub fn put_entry(chart: &Chart, mapping: Node<'_>, text: &str) -> Option<Edit> {
    let (first, _) = mapping.entries().next()?;
    match mapping.parent() {
        Some(parent) if parent.is_mapping() => put_first(chart, mapping.heading(), text),
        _ => put_behind(chart, first, text),
    }
}

/// The lines, each with another indentation instead of its own; `None` where one has less.
fn shifted(text: &str, from: usize, to: usize) -> Option<String> {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() {
            out.push_str(line);
        } else {
            let rest = line.get(from..).filter(|_| line[..from].trim().is_empty())?;
            out.push_str(&" ".repeat(to));
            out.push_str(rest);
        }
    }
    Some(out)
}

/// How far to the right a line begins.
fn blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The lines, each so many blanks further to the right.
pub fn indented(text: &str, blanks: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(blanks))).collect()
}

fn text(node: Node<'_>) -> &str {
    node.document.rendered().text.as_str()
}

fn range(node: Node<'_>) -> TextRange {
    node.document.tree().node(node.id).range
}

/// Nothing that counts as YAML.
fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn line_start(text: &str, at: u32) -> u32 {
    text.get(..at as usize).and_then(|before| before.rfind('\n')).map_or(0, |line_break| line_break as u32 + 1)
}

/// How far to the right a node begins.
fn column(node: Node<'_>) -> usize {
    (range(node).start - line_start(text(node), range(node).start)) as usize
}

/// The rendered lines of an entry in block style, with the last line break.
fn extent(key: Node<'_>) -> Option<TextRange> {
    let (_, value) = key.parent()?.entries().find(|(own, _)| *own == key)?;
    let text = text(key);
    let last = range(value).end.max(range(key).end);
    let end = match text.get(..last as usize)?.ends_with('\n') {
        true => last,
        false => {
            let rest = text.get(last as usize..)?;
            let line = rest.find('\n')?;
            is_blank(rest[..line].trim_start_matches(':')).then_some(last + line as u32 + 1)?
        }
    };
    Some(TextRange { start: line_start(text, range(key).start), end })
}

/// Where whole lines of the rendered text stand in the source, as whole lines too.
fn verbatim(chart: &Chart, node: Node<'_>, lines: TextRange) -> Option<Span> {
    let place = node.document.place(lines).filter(|place| place.verbatim && place.calls.is_empty())?;
    let source = chart.files.get(&place.span.file)?.text();
    let (start, end) = (place.span.range.start as usize, place.span.range.end as usize);
    let whole = source[..start].is_empty() || source[..start].ends_with('\n');
    (whole && source[..end].ends_with('\n')).then_some(place.span)
}
