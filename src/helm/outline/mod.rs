//! The raw file with its actions masked: paths in YAML without rendering.
//!
//! It is read line by line, by indentation alone, so it has an answer in the middle of a word, in branches that no
//! values reach, and in files that are no YAML. What it says is true of what was typed, not of what is rendered:
//! editors complete by it, and no finding rests on it.

mod read;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use read::{Reader, mask, mask_ranges};

use crate::template::Syntax;
use crate::template::ast::ActionKind;
use crate::text::TextRange;
use crate::yaml::path::{Path, Step};

/// Stands for text that an action prints. It is a control character, so no text has it.
const HOLE: u8 = 1;

/// Names an entry of one outline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntryId(u32);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// A key.
    Key,
    /// A dash, or an item between brackets.
    Item,
    /// Text that is neither, such as half of a key.
    Word,
}

/// A scalar as it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scalar {
    /// Without its quotes; of a block scalar its lines.
    pub range: TextRange,
    /// `'` or `"`, or `|` and `>` of a block.
    pub quote: Option<char>,
    /// An action prints a part of it.
    pub computed: bool,
}

/// A key, an item or a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    pub kind: EntryKind,
    /// What holds it; `None` at the root of a document.
    pub parent: Option<EntryId>,
    /// Bytes before it on its line.
    pub column: u32,
    /// The key without quotes, the dash, the word; an item between brackets has an empty range.
    pub range: TextRange,
    /// A scalar that stands behind it.
    pub value: Option<Scalar>,
    /// Behind its colon or dash: what is typed from here on is its value.
    pub after: u32,
    /// `&name`, without the `&`.
    pub anchor: Option<TextRange>,
    /// Between brackets.
    pub flow: bool,
    document: u32,
}

/// A run of lines that is read by itself: the file, or the body of a `define`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Region {
    range: TextRange,
    /// Index into [`Syntax::defines`].
    define: Option<usize>,
}

/// Brackets, and the entry whose value they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Flow {
    range: TextRange,
    owner: Option<EntryId>,
    mapping: bool,
}

/// What the outline knows of one file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outline {
    /// The text, byte for byte, with its actions masked.
    masked: String,
    entries: Vec<Entry>,
    regions: Vec<Region>,
    /// First byte and region of each document; those in Lists come behind the others.
    documents: Vec<(u32, usize)>,
    flows: Vec<Flow>,
    /// By key, the keys that are written below it, and how often.
    habits: HashMap<String, HashMap<String, u32>>,
}

/// What may be typed at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    pub kind: SlotKind,
    /// What holds it: for a value its own key or item.
    pub parent: Option<EntryId>,
    /// What stands there now.
    pub range: TextRange,
    pub column: u32,
    /// Quotes around it.
    pub quote: Option<char>,
    /// Between brackets.
    pub flow: bool,
    /// A blank is missing between the colon and it.
    pub glued: bool,
    document: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlotKind {
    /// A key, or the beginning of one.
    Key,
    /// A key, or a scalar: right behind a dash, or the first word of what an item or a key holds.
    Either,
    /// A scalar behind a colon.
    Value,
    /// Inside of a block scalar.
    Block,
}

impl Outline {
    /// Reads the file.
    pub fn of(text: &str, syntax: &Syntax) -> Self {
        let mut outline = Self { masked: mask(text, &syntax.actions), ..Self::default() };
        let mut bodies: Vec<(usize, Range<usize>)> = Vec::new();
        for (at, define) in syntax.defines.iter().enumerate() {
            let end = syntax.actions.iter().rev().find(|site| site.range.end <= define.range.end);
            let end = end.filter(|site| site.kind == ActionKind::End && site.range.end == define.range.end);
            let end = end.map_or(define.range.end, |site| site.range.start);
            bodies.push((at, define.head.end as usize..end as usize));
        }
        // Blocks stand where they are written, and hold others.
        let own = mask_ranges(&outline.masked, bodies.iter().map(|(_, body)| body.clone()));
        outline.regions.push(Region { range: TextRange::new(0, text.len()), define: None });
        Reader::of(&own, &mut outline, 0).read(0..own.len());
        for (at, body) in bodies {
            outline.regions.push(Region { range: TextRange::new(body.start, body.end), define: Some(at) });
            let region = outline.regions.len() - 1;
            let masked = outline.masked.clone();
            Reader::of(&masked, &mut outline, region).read(body);
        }
        outline.unfold();
        outline.habits = outline.count();
        outline
    }

    /// Makes documents of the objects that Lists hold, like those between separators.
    fn unfold(&mut self) {
        let is_list = |id: &EntryId| {
            let root = self.entry(*id).parent.is_none();
            root && self.key(*id) == Some("kind") && self.value(*id) == Some("List")
        };
        let lists: HashSet<u32> = self.ids().filter(is_list).map(|id| self.entry(id).document).collect();
        if lists.is_empty() {
            return;
        }
        // What is in an object, and the object's document.
        let mut own: HashMap<EntryId, u32> = HashMap::new();
        for id in self.ids() {
            let Entry { parent: Some(parent), range, document, .. } = *self.entry(id) else { continue };
            let is_items = |above: EntryId| {
                let root = self.entry(above).parent.is_none() && !own.contains_key(&above);
                root && self.key(above) == Some("items")
            };
            let is_at_root = lists.contains(&document) && self.entry(parent).parent.is_some_and(is_items);
            if is_at_root && !own.contains_key(&parent) {
                own.insert(parent, self.documents.len() as u32);
                self.documents.push((range.start, self.documents[document as usize].1));
            }
            if let Some(number) = own.get(&parent).copied() {
                own.insert(id, number);
                let entry = &mut self.entries[id.0 as usize];
                entry.document = number;
                entry.parent = entry.parent.filter(|_| !is_at_root);
            }
        }
    }

    fn count(&self) -> HashMap<String, HashMap<String, u32>> {
        let mut habits: HashMap<String, HashMap<String, u32>> = HashMap::new();
        for id in self.ids() {
            if let Some(key) = self.key(id).filter(|key| !key.is_empty()) {
                let above = self.above(self.entry(id).parent).unwrap_or_default().to_owned();
                *habits.entry(above).or_default().entry(key.to_owned()).or_default() += 1;
            }
        }
        habits
    }

    /// The nearest key that holds something, itself counted in.
    pub fn above(&self, from: Option<EntryId>) -> Option<&str> {
        self.ancestors(from).find_map(|id| self.key(id))
    }

    /// How often the file has a key below another; empty stands for the root.
    pub fn habit(&self, above: &str, key: &str) -> u32 {
        self.habits.get(above).and_then(|keys| keys.get(key)).copied().unwrap_or_default()
    }

    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    pub fn ids(&self) -> impl DoubleEndedIterator<Item = EntryId> + use<> {
        (0..self.entries.len() as u32).map(EntryId)
    }

    /// The text of a range, where no action has a part in it.
    pub fn text(&self, range: TextRange) -> Option<&str> {
        Some(range.of(&self.masked)).filter(|text| !text.as_bytes().contains(&HOLE))
    }

    /// A key's name.
    pub fn key(&self, id: EntryId) -> Option<&str> {
        let entry = self.entry(id);
        (entry.kind == EntryKind::Key).then(|| self.text(entry.range)).flatten()
    }

    /// The scalar behind a key or dash, quotes and all that is in them as written.
    pub fn value(&self, id: EntryId) -> Option<&str> {
        self.text(self.entry(id).value?.range)
    }

    /// What an entry holds, in order; of `None` what stands at the root of the document of `slot`.
    pub fn children(&self, parent: Option<EntryId>, document: u32) -> impl Iterator<Item = EntryId> {
        self.ids().filter(move |id| {
            let entry = self.entry(*id);
            entry.parent == parent && entry.document == document
        })
    }

    /// The keys beside the slot.
    pub fn siblings(&self, slot: &Slot) -> impl Iterator<Item = EntryId> {
        let parent = slot.parent;
        self.children(parent, slot.document).filter(|id| self.entry(*id).kind == EntryKind::Key)
    }

    /// The value of a key at the root of a document.
    pub fn at_root(&self, document: u32, key: &str) -> Option<EntryId> {
        self.children(None, document).find(|id| self.key(*id) == Some(key))
    }

    /// The value behind a key that stands beside, or below, an entry.
    pub fn child(&self, parent: EntryId, key: &str) -> Option<EntryId> {
        self.children(Some(parent), self.entry(parent).document).find(|id| self.key(*id) == Some(key))
    }

    /// The entry and all that hold it, inside out.
    pub fn ancestors(&self, from: Option<EntryId>) -> impl Iterator<Item = EntryId> {
        std::iter::successors(from, |id| self.entry(*id).parent)
    }

    /// The path to what stands behind an entry.
    pub fn path(&self, to: Option<EntryId>) -> Path {
        let mut steps: Vec<Step> = self.ancestors(to).map(|id| self.step(id)).collect();
        steps.reverse();
        Path { steps }
    }

    fn step(&self, id: EntryId) -> Step {
        let entry = self.entry(id);
        match entry.kind {
            EntryKind::Item => {
                let before = self.children(entry.parent, entry.document).take_while(|other| *other != id);
                Step::Index(before.filter(|other| self.entry(*other).kind == EntryKind::Item).count())
            }
            _ => Step::Key(self.key(id).unwrap_or_default().to_owned()),
        }
    }

    /// The document of an entry.
    pub fn document_of(&self, id: EntryId) -> u32 {
        self.entry(id).document
    }

    /// The `define` whose body is the document's.
    pub fn define(&self, document: u32) -> Option<usize> {
        self.regions.get(self.documents.get(document as usize)?.1)?.define
    }

    /// The least column in which something stands at the root of the document.
    pub fn margin(&self, document: u32) -> u32 {
        self.children(None, document).map(|id| self.entry(id).column).min().unwrap_or_default()
    }

    fn region_at(&self, offset: u32) -> usize {
        // Those of defines come behind the file, and blocks inside of others end first.
        let inside = |region: &Region| region.define.is_some() && region.range.touches(offset);
        self.regions.iter().position(inside).unwrap_or_default()
    }

    /// The document that is the body of the `define` of this range.
    pub fn body(&self, define: TextRange) -> Option<u32> {
        let is_its = |(_, region): &(u32, usize)| {
            self.regions.get(*region).is_some_and(|region| region.define.is_some() && define.contains(region.range))
        };
        self.documents.iter().rposition(is_its).map(|at| at as u32)
    }

    /// What holds a key in `column` that follows a document's last line.
    pub fn last_above(&self, document: u32, column: u32) -> Option<EntryId> {
        let end = self.masked.len() as u32 + 1;
        self.parent_at(end, column, document).flatten()
    }

    /// The document that an offset is in.
    pub fn document_at(&self, offset: u32) -> u32 {
        let region = self.region_at(offset);
        let begun = self.documents.iter().enumerate().filter(|(_, (start, of))| *of == region && *start <= offset);
        begun.max_by_key(|(_, (start, _))| *start).map_or(0, |(at, _)| at as u32)
    }

    /// What may be typed at `offset`; `None` in comments, and where nothing is known.
    pub fn slot(&self, offset: u32) -> Option<Slot> {
        let document = self.document_at(offset);
        let at = crate::text::floor_char_boundary(&self.masked, offset as usize);
        let start = line_start(&self.masked, at);
        let column = (at - start) as u32;
        let region = self.regions.get(self.region_at(offset))?;
        let mine = |id: &EntryId| {
            let entry = self.entry(*id);
            entry.document == document && region.range.touches(entry.range.start)
        };
        for id in self.ids().filter(mine) {
            if let Some(value) = self.entry(id).value
                && matches!(value.quote, Some('|' | '>'))
                && value.range.touches(offset)
                && value.range.start <= start as u32
            {
                return Some(Slot { kind: SlotKind::Block, ..self.value_slot(id, value.range, value.quote) });
            }
        }
        if in_comment(&self.masked[start..at]) {
            return None;
        }
        if let Some(flow) = self.flows.iter().rfind(|flow| flow.range.start < offset && offset < flow.range.end) {
            return self.flow_slot(*flow, offset, document, column);
        }
        let on_line = |id: &EntryId| {
            let range = self.entry(*id).range;
            range.start as usize >= start && range.start <= offset && !self.entry(*id).flow
        };
        let Some(id) = self.ids().filter(mine).rfind(on_line) else {
            let blank = self.masked[start..at].bytes().all(|byte| byte == b' ');
            return blank.then(|| self.blank_slot(offset, column, document))?;
        };
        let entry = *self.entry(id);
        match entry.kind {
            EntryKind::Key if entry.range.touches(offset) => Some(self.key_slot(id, entry.range)),
            EntryKind::Word if entry.range.touches(offset) => {
                Some(Slot { kind: SlotKind::Either, ..self.key_slot(id, entry.range) })
            }
            EntryKind::Word => None,
            EntryKind::Key | EntryKind::Item => {
                if offset < entry.after {
                    return None;
                }
                let kind = if entry.kind == EntryKind::Item { SlotKind::Either } else { SlotKind::Value };
                match entry.value {
                    Some(value) if value.range.touches(offset) => {
                        Some(Slot { kind, ..self.value_slot(id, value.range, value.quote) })
                    }
                    Some(_) => None,
                    // What stands between the dash and the cursor is an anchor or a tag, or it is nothing.
                    None => {
                        let between = &self.masked[entry.after as usize..at];
                        let rest = self.masked[at..].lines().next().unwrap_or_default().trim();
                        let free = rest.is_empty() || rest.starts_with('#');
                        let begun = between.trim_start();
                        let fits = begun.is_empty() || begun.starts_with(['*', '!', '&']);
                        let range = TextRange::new(at - begun.len(), at);
                        let glued = entry.kind == EntryKind::Key && offset == entry.after;
                        (free && fits).then(|| Slot { kind, glued, ..self.value_slot(id, range, None) })
                    }
                }
            }
        }
    }

    fn key_slot(&self, id: EntryId, range: TextRange) -> Slot {
        let entry = self.entry(id);
        Slot {
            kind: SlotKind::Key,
            parent: entry.parent,
            range,
            column: entry.column,
            quote: None,
            flow: entry.flow,
            glued: false,
            document: entry.document,
        }
    }

    fn value_slot(&self, id: EntryId, range: TextRange, quote: Option<char>) -> Slot {
        let entry = self.entry(id);
        let column = range.start - line_start(&self.masked, range.start as usize) as u32;
        let (flow, document) = (entry.flow, entry.document);
        Slot { kind: SlotKind::Value, parent: Some(id), range, column, quote, flow, glued: false, document }
    }

    fn blank_slot(&self, offset: u32, column: u32, document: u32) -> Option<Slot> {
        let parent = self.parent_at(offset, column, document)?;
        let range = TextRange::empty(offset as usize);
        // Directly below a key there may be a scalar too, and the first dash.
        let kind = match parent.map(|id| self.entry(id).kind) {
            Some(EntryKind::Key) if self.children(parent, document).next().is_none() => SlotKind::Either,
            _ => SlotKind::Key,
        };
        Some(Slot { kind, parent, range, column, quote: None, flow: false, glued: false, document })
    }

    /// What would hold a key in `column` of a line that follows `offset`; the outer `None` where none can stand there.
    fn parent_at(&self, offset: u32, column: u32, document: u32) -> Option<Option<EntryId>> {
        let last = |id: &EntryId| {
            let entry = self.entry(*id);
            entry.document == document && !entry.flow && entry.range.start < offset
        };
        let mut at = self.ids().rfind(last);
        while let Some(id) = at {
            let entry = self.entry(id);
            if entry.column < column {
                let open = entry.kind != EntryKind::Word && entry.value.is_none_or(|value| value.computed);
                return open.then_some(Some(id));
            }
            at = entry.parent;
        }
        Some(None)
    }

    /// Where the lines stand that an action at `offset` prints with an indentation of `column`: below what.
    pub fn below(&self, offset: u32, column: u32) -> Option<(Option<EntryId>, u32)> {
        let document = self.document_at(offset);
        Some((self.parent_at(offset, column, document)?, document))
    }

    /// The entry whose scalar an action at `offset` has a part in.
    pub fn printed(&self, offset: u32) -> Option<EntryId> {
        self.ids().find(|id| self.entry(*id).value.is_some_and(|value| value.computed && value.range.touches(offset)))
    }

    /// Bytes before `offset` on its line.
    pub fn column(&self, offset: u32) -> u32 {
        offset - line_start(&self.masked, offset as usize) as u32
    }

    /// Nothing but blanks stands before `offset` on its line.
    pub fn leads(&self, offset: u32) -> bool {
        let start = line_start(&self.masked, offset as usize);
        self.masked[start..offset as usize].bytes().all(|byte| byte == b' ')
    }

    fn flow_slot(&self, flow: Flow, offset: u32, document: u32, column: u32) -> Option<Slot> {
        let inside = |id: &EntryId| {
            let entry = self.entry(*id);
            entry.flow && entry.parent == flow.owner && flow.range.contains(entry.range)
        };
        for id in self.ids().filter(inside) {
            let entry = self.entry(id);
            if entry.kind == EntryKind::Key && entry.range.touches(offset) {
                return Some(self.key_slot(id, entry.range));
            }
            if let Some(value) = entry.value.filter(|value| value.range.touches(offset)) {
                return Some(self.value_slot(id, value.range, value.quote));
            }
        }
        let before = self.masked[flow.range.start as usize + 1..offset as usize].trim_end_matches([' ', '\n']);
        let range = TextRange::empty(offset as usize);
        if flow.mapping && before.ends_with(':') {
            let id = self.ids().filter(inside).rfind(|id| self.entry(*id).range.end <= offset)?;
            return Some(self.value_slot(id, range, None));
        }
        if !before.is_empty() && !before.ends_with([',', '[', '{']) {
            return None;
        }
        let kind = if flow.mapping { SlotKind::Key } else { SlotKind::Value };
        // An item that is not there yet is like the others.
        let item = if flow.mapping { None } else { self.ids().rfind(inside) };
        let parent = item.or(flow.owner);
        Some(Slot { kind, parent, range, column, quote: None, flow: true, glued: false, document })
    }
}

impl Slot {
    /// The document it stands in.
    pub fn document(&self) -> u32 {
        self.document
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |line_break| line_break + 1)
}

/// A comment begins on the line before its end.
fn in_comment(line: &str) -> bool {
    let mut quote = None;
    let mut before = ' ';
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '#' && before == ' ' => return true,
            None if matches!(c, '"' | '\'') && matches!(before, ' ' | '[' | '{' | ',' | ':') => quote = Some(c),
            None => {}
        }
        before = c;
    }
    false
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;
    use crate::text::FileId;

    /// The slot at `<|>`: its kind, the path of what holds it, and what stands there.
    fn slot(text: &str) -> String {
        let at = text.find("<|>").unwrap();
        let text = text.replace("<|>", "");
        let syntax = template::parse(FileId(0), &text);
        let outline = Outline::of(&text, &syntax);
        match outline.slot(at as u32) {
            Some(slot) => {
                let flow = if slot.flow { " in brackets" } else { "" };
                format!("{:?} {} `{}`{flow}", slot.kind, outline.path(slot.parent), slot.range.of(&text))
            }
            None => "nothing".into(),
        }
    }

    #[test]
    fn slots() {
        for (text, expected) in [
            ("a:\n  b: 1\n  <|>\n", "Key a ``"),
            ("a:\n  b: 1\n<|>\n", "Key  ``"),
            ("a:\n  b: 1\n  c<|>\n", "Either a `c`"),
            ("a:\n  b: 1\n  c<|>d: 2\n", "Key a `cd`"),
            ("a:\n  <|>\n", "Either a ``"),
            ("a:\n  <|>\nb: 1\n", "Either a ``"),
            ("a: <|>\n", "Value a ``"),
            ("a: b<|>c # d\n", "Value a `bc`"),
            ("a: \"b<|>\"\n", "Value a `b`"),
            ("a: *<|>\n", "Value a `*`"),
            ("a:<|>\n", "Value a ``"),
            ("a: b\n   <|>\n", "nothing"),
            ("# <|>\n", "nothing"),
            ("a: b # <|>\n", "nothing"),
            ("a:\n- <|>\n", "Either a[0] ``"),
            ("a:\n  - x: 1\n    y: 2\n  - <|>\n", "Either a[1] ``"),
            ("a:\n  - x: 1\n    <|>\n", "Key a[0] ``"),
            ("a:\n  - x: 1\n    y<|>\n", "Either a[0] `y`"),
            ("a:\n  - x<|>\n", "Either a[0] `x`"),
            ("a:\n- b:\n  - c: <|>\n", "Value a[0].b[0].c ``"),
            ("a:\n  - &x\n    b: <|>\n", "Value a[0].b ``"),
            ("a:\n  - &x b: <|>\n", "Value a[0].b ``"),
            ("a: |\n  b: <|>\nc: 1\n", "Block a `  b: `"),
            ("a:\n  - <|>: 1\n    b: 2\n", "Key a[0] ``"),
            ("a: [<|>]\n", "Value a[0] `` in brackets"),
            ("a: [b, <|>]\n", "Value a[0] `` in brackets"),
            ("a: {b: 1, <|>}\n", "Key a `` in brackets"),
            ("a: {b: <|>}\n", "Value a.b `` in brackets"),
            ("a: [{b: c<|>}, d]\n", "Value a[0].b `c` in brackets"),
            ("a: [x, \"y<|>\"]\n", "Value a[1] `y` in brackets"),
            ("a: {b: 1, c<|>\nd: 1\n", "Key a `c` in brackets"),
            ("a: 1\n---\nb:\n  <|>\n", "Either b ``"),
            ("kind: List\nitems:\n- a:\n    b: <|>\n- c: 1\n", "Value a.b ``"),
            ("kind: List\nitems:\n- a: 1\n- b: 1\n  <|>\n---\nc: 1\n", "Key  ``"),
            ("kind: List\nitems:\n- a: 1\n---\nc:\n  <|>\n", "Either c ``"),
            ("kind: List\nitems:\n- a: 1\n- <|>\n", "nothing"),
            ("kind: List\nitems:\n- items:\n  - a: 1\n    b: <|>\n", "Value items[0].b ``"),
        ] {
            assert_eq!(slot(text), expected, "{text}");
        }
    }

    #[test]
    fn actions_are_not_there() {
        for (text, expected) in [
            ("a:\n  {{- if .x }}\n  b: 1\n  {{- end }}\n  <|>\n", "Key a ``"),
            ("a:\n  {{- include \"x\" . | nindent 2 }}\n  b: <|>\n", "Value a.b ``"),
            ("a: {{ .x }}\nb:\n  - {{ .y }}-z\n  - c: <|>\n", "Value b[1].c ``"),
            ("{{- if .a }}\na:\n  <|>\n", "Either a ``"),
            ("{{ .x }}: 1\n{{ .y }}:\n  b: <|>\n", "Value [\"\"].b ``"),
            ("{{- define \"x\" -}}\na:\n  b: <|>\n{{- end }}\nc: 1\n", "Value a.b ``"),
            ("c:\n{{- define \"x\" }}\na: 1\n{{ end }}\n  d: <|>\n", "Value c.d ``"),
            ("a: {{ .Values.\nb:\n  c: <|>\n", "Value b.c ``"),
            ("a: {{ include \"x\" (dict\n  \"b\" 1) }}\nb: <|>\n", "Value b ``"),
        ] {
            assert_eq!(slot(text), expected, "{text}");
        }
    }

    #[test]
    fn no_text_is_too_much() {
        let texts = [
            "a: [",
            "a: {",
            "- - -",
            "é: [漢, \"",
            "a: |",
            "a: >\n\n\n",
            "\"",
            "? x\n: y",
            "a: 'b''c'\n",
            "{",
            "]",
            "a:\r\n  b: 1\r\n",
            "-",
            "a: \"x\\",
            "[[[[",
            "{{",
            "a: {{ \"\n\" }}: é",
        ];
        for text in texts.iter().flat_map(|a| texts.iter().map(move |b| format!("{a}\n  {b}"))) {
            let syntax = template::parse(FileId(0), &text);
            let outline = Outline::of(&text, &syntax);
            for at in 0..=text.len() {
                if let Some(slot) = outline.slot(at as u32) {
                    assert!(slot.range.end as usize <= text.len(), "{text:?}");
                    outline.path(slot.parent);
                }
            }
        }
    }
}
