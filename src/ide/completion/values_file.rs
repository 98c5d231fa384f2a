//! Keys of values.yaml: those that templates read and the file lacks, and those of values.schema.json.

use std::collections::BTreeMap;

use super::{Item, Kind, Question, json_schema, place, scalars};
use crate::helm::outline::{EntryId, EntryKind, Slot, SlotKind};
use crate::ide::shapes::{self, ITEM};
use crate::model::choices::values_schema;
use crate::model::parameter_schema::TYPES;
use crate::template::ast::{Command, Expr, ExprKind, Visitor};
use crate::text::TextRange;
use crate::world::Chart;

/// The keys that fit, with the number of their uses.
pub(super) fn items(question: &Question<'_>, slot: &Slot) -> Vec<Item> {
    let outline = question.file.outline();
    let path = outline.path(slot.parent);
    let keys: Vec<&str> = path.steps.iter().map(|step| step.key().unwrap_or(ITEM)).collect();
    let Some(chart) = question.charts.first() else { return Vec::new() };
    let schema = chart.package().and_then(values_schema).unwrap_or_default();
    let by_schema = || json_schema::items(question, slot, &schema, &path.steps);
    if matches!(slot.kind, SlotKind::Value | SlotKind::Block) {
        let mut items = by_schema();
        if slot.kind == SlotKind::Value {
            items.extend(used(chart, &keys, slot.quote.is_none()));
        }
        return items;
    }
    // The other items of a list have their keys in some order.
    let item = slot.parent.filter(|id| outline.entry(*id).kind == EntryKind::Item);
    let list = item.and_then(|id| outline.entry(id).parent);
    let others = list.into_iter().flat_map(|list| outline.children(Some(list), slot.document()));
    let usual: Vec<&str> = others
        .filter(|other| Some(*other) != item)
        .flat_map(|other| outline.children(Some(other), slot.document()))
        .filter_map(|id| outline.key(id))
        .collect();
    let mut items: Vec<Item> = Vec::new();
    let present: Vec<&str> = outline
        .siblings(slot)
        .filter(|id| outline.entry(*id).range != slot.range)
        .filter_map(|id| outline.key(id))
        .collect();
    for (name, (count, map)) in read(question, &keys, &present) {
        let insert = if map { format!("{name}:") } else { format!("{name}: ") };
        items.push(Item::new(name, Kind::Member).detail(times(count)).insert(insert));
    }
    items.sort_by_key(|item| usual.iter().position(|key| *key == item.label).unwrap_or(usual.len()));
    items.extend(by_schema());
    items
}

/// Places where templates read a value that are looked at.
const MAX_READS: usize = 12;

/// What a value is chosen from where templates write it into a field as it is, and what they hold it against.
fn used(chart: &Chart, keys: &[&str], bare: bool) -> Vec<Item> {
    let is_own = |path: &[String]| path.split_first().is_some_and(|(root, rest)| root == "Values" && rest == keys);
    let reads = shapes::of(chart).reads.into_iter().filter(|read| is_own(&read.path)).take(MAX_READS);
    let mut items: Vec<Item> = Vec::new();
    for read in reads {
        let Some(file) = chart.files.get(&read.key.file) else { continue };
        let outline = file.outline();
        let entry = outline.printed(read.key.range.start);
        let whole = |id: &EntryId| {
            let text = outline.entry(*id).value.map_or("", |value| value.range.of(&file.source.text)).trim();
            text.starts_with("{{") && text.ends_with("}}") && text.matches("{{").count() == 1
        };
        let contexts = entry.filter(whole).map(|id| place::behind(chart, file, id)).unwrap_or_default();
        items.extend(contexts.iter().flat_map(|context| scalars::choices(context, bare)));
        let mut compared = Compared { key: read.key.range, texts: Vec::new() };
        file.syntax().visit(&mut compared);
        items.extend(compared.texts.into_iter().map(|text| {
            let insert = if bare { scalars::quoted(&text) } else { text.clone() };
            Item::new(text, Kind::Value).insert(insert).detail("asked for")
        }));
    }
    items
}

/// Texts that a condition holds a value against.
struct Compared {
    key: TextRange,
    texts: Vec<String>,
}

impl<'s> Visitor<'s> for Compared {
    fn command(&mut self, command: &'s Command) {
        let Some((head, rest)) = command.operands.split_first() else { return };
        let compares = matches!(&head.kind, ExprKind::Function(name) if name == "eq" || name == "ne");
        if compares && rest.iter().any(|operand| operand.range.contains(self.key)) {
            self.texts.extend(rest.iter().filter_map(Expr::as_string).map(str::to_owned));
        }
    }
}

fn times(count: usize) -> String {
    if count == 1 { "read once".to_owned() } else { format!("read {count} times") }
}

/// The keys below a path of values that templates read, and that are not there yet: how often, and whether
/// they read something below them.
fn read(question: &Question<'_>, keys: &[&str], present: &[&str]) -> BTreeMap<String, (usize, bool)> {
    let mut read: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for read_at in question.charts.first().map(|chart| shapes::of(chart).reads).into_iter().flatten() {
        let [root, inner @ ..] = read_at.path.as_slice() else { continue };
        let below = inner.get(keys.len()).filter(|_| root == "Values" && inner.iter().zip(keys).all(|(a, b)| a == b));
        if let Some(name) = below.filter(|name| *name != ITEM && !present.contains(&name.as_str())) {
            let (count, map) = read.entry(name.clone()).or_default();
            *count += usize::from(inner.len() == keys.len() + 1 && !read_at.whole);
            *map |= inner.len() > keys.len() + 1;
        }
    }
    read
}

/// What a schema of values says of a value, the most common first.
const KEYWORDS: [&str; 16] = [
    "type",
    "description",
    "properties",
    "required",
    "enum",
    "default",
    "items",
    "additionalProperties",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "anyOf",
    "oneOf",
    "title",
    "$ref",
];

/// The same for values.schema.json: below `properties` the values that templates read, elsewhere keywords.
pub(super) fn schema(question: &Question<'_>) -> Option<(TextRange, Vec<Item>)> {
    let place = Place::of(question.text(), question.at.offset as usize);
    let in_quotes = |text: &str| if place.quoted { text.to_owned() } else { format!("\"{text}\"") };
    let word = |text: &str, kind| Item::new(text, kind).insert(in_quotes(text));
    let keys: Vec<&str> = place.keys.iter().map(String::as_str).collect();
    let items = if place.value {
        let values: &[&str] = if keys.last() == Some(&"type") { &TYPES } else { &[] };
        values.iter().map(|value| word(value, Kind::Value)).collect()
    } else {
        let inside = keys.chunks_exact(2).take_while(|pair| pair[0] == "properties").count() * 2;
        let path: Vec<&str> = keys[..inside].iter().skip(1).step_by(2).copied().collect();
        match keys[inside..] {
            ["properties"] => {
                let known = read(question, &path, &place.beside).into_iter();
                known.map(|(name, (count, _))| word(&name, Kind::Member).detail(times(count))).collect()
            }
            [] => {
                KEYWORDS.iter().filter(|word| !place.beside.contains(*word)).map(|it| word(it, Kind::Keyword)).collect()
            }
            _ => Vec::new(),
        }
    };
    Some((place.range, items))
}

/// Where a cursor stands in JSON, however little of it is there.
struct Place<'t> {
    /// The keys from the root to what holds it; for a value to the value.
    keys: Vec<String>,
    /// The keys of the same mapping that stand before it.
    beside: Vec<&'t str>,
    value: bool,
    quoted: bool,
    /// What stands there now.
    range: TextRange,
}

impl<'t> Place<'t> {
    fn of(text: &'t str, offset: usize) -> Self {
        let mut open: Vec<(Option<&'t str>, Vec<&'t str>)> = Vec::new();
        let (mut last, mut value): (Option<&'t str>, bool) = (None, false);
        let mut at = 0;
        while at < offset {
            let rest = &text[at..];
            let Some(c) = rest.chars().next() else { break };
            let mut length = c.len_utf8();
            match c {
                '"' => {
                    let end = rest[1..].find(['"', '\n']).map_or(rest.len(), |end| end + 1);
                    if at + end >= offset {
                        let closed = rest[end..].starts_with('"');
                        let stop = if closed { at + end } else { offset };
                        return Self::new(&open, last, value, Some(TextRange::new(at + 1, stop)), offset);
                    }
                    last = Some(&rest[1..end]);
                    length = end + 1;
                }
                ':' => value = true,
                '{' | '[' => {
                    open.push((last.filter(|_| value), Vec::new()));
                    (last, value) = (None, c == '[');
                }
                '}' | ']' => {
                    // The one around knows the key of what is closed.
                    (last, value) = (open.pop().and_then(|(key, _)| key), false);
                }
                ',' => {
                    if let Some((_, beside)) = open.last_mut() {
                        beside.extend(last);
                    }
                    (last, value) = (None, false);
                }
                _ => {}
            }
            at += length;
        }
        Self::new(&open, last, value, None, offset)
    }

    fn new(
        open: &[(Option<&str>, Vec<&'t str>)],
        last: Option<&str>,
        value: bool,
        quotes: Option<TextRange>,
        offset: usize,
    ) -> Self {
        let keys = open.iter().filter_map(|(key, _)| *key).chain(last.filter(|_| value));
        Self {
            keys: keys.map(str::to_owned).collect(),
            beside: open.last().map(|(_, beside)| beside.clone()).unwrap_or_default(),
            value,
            quoted: quotes.is_some(),
            range: quotes.unwrap_or(TextRange::new(offset, offset)),
        }
    }
}
