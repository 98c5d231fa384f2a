//! Keys of objects, by schema.

use std::collections::{BTreeMap, HashSet};

use super::place::Place;
use super::{About, Item, Kind, Question};
use crate::helm::outline::{EntryKind, Slot, SlotKind};
use crate::schema::release::ReleaseSet;
use crate::schema::walk::{Field, Place as Schemas};
use crate::schema::{Schema, Type};
use crate::text::FileId;
use crate::world::File;
use crate::yaml::path::Step;

/// Required keys of required keys are written so deep.
const MAX_DEPTH: usize = 3;

/// What the API server writes into `metadata`.
const OF_SERVER: [&str; 9] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generateName",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The keys that fit and are not there yet: those that must be there first, those that should not be used last.
pub(super) fn items(question: &Question<'_>, place: &Place<'_>) -> Vec<Item> {
    let slot = &place.slot;
    if !matches!(slot.kind, SlotKind::Key | SlotKind::Either) {
        return Vec::new();
    }
    let outline = place.outline;
    let present = outline.siblings(slot).filter(|id| outline.entry(*id).range != slot.range);
    let present: HashSet<&str> = present.filter_map(|id| outline.key(id)).collect();
    let colon = has_colon(question, slot);
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    let mut dashes: Vec<Item> = Vec::new();
    for (context, schemas) in place.schemas() {
        if is_bare_list(place, &schemas) {
            dashes.extend(schemas.schemas().first().and_then(|(schema, _)| item_of(*schema)));
            continue;
        }
        let root = context.path.steps.is_empty() && slot.parent.is_none();
        let of_metadata = context.path.to_string() == "metadata";
        let of_server = |name| of_metadata && OF_SERVER.contains(&name);
        for field in schemas.fields() {
            if present.contains(field.name) || root && field.name == "status" || of_server(field.name) {
                continue;
            }
            let known = found.entry(field.name).or_insert_with(|| Found::of(&field));
            known.required |= !field.required.is_empty()
                || root && matches!(field.name, "spec" | "metadata")
                || of_metadata && field.name == "name";
            known.releases = known.releases.or(field.place.releases());
            if known.path.is_none() {
                let mut path = context.path.clone();
                path.steps.push(Step::Key(field.name.to_owned()));
                known.path = Some((context.api_version.clone(), context.kind.clone(), path));
            }
        }
    }
    let above =
        outline.above(slot.parent).or_else(|| place.contexts.first()?.path.steps.iter().rev().find_map(Step::key));
    let habit = habits(question, above.unwrap_or_default());
    let mut found: Vec<(&str, Found)> = found.into_iter().collect();
    found.sort_by_cached_key(|(name, found)| {
        (!found.required, found.deprecated, std::cmp::Reverse(habit(name)), name.to_owned())
    });
    let extra = shift(question, slot);
    let promised: ReleaseSet = place.contexts.iter().fold(ReleaseSet::NONE, |set, context| set.or(context.releases));
    dashes.truncate(1);
    let fields = found.into_iter().map(|(name, field)| field.item(name, colon, slot.flow, extra, promised));
    dashes.into_iter().chain(fields).collect()
}

/// One more item of a list, on a line of its own.
fn item_of(list: Schema<'_>) -> Option<Item> {
    let Body::Lines(lines) = body(list, 0) else { return None };
    let item = list.item();
    let needs: Vec<&str> = item.iter().flat_map(|item| item.required.iter().map(AsRef::as_ref)).collect();
    let detail = if needs.is_empty() { "an item".to_owned() } else { format!("an item: {}", needs.join(", ")) };
    let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    Some(Item::new("-", Kind::Field).detail(detail).insert("- ").snippet(numbered(&lines.join("\n"))))
}

/// Charts whose templates tell how people write.
const NEAR: usize = 8;

/// How often people write a key below another, in the templates of the charts that hold the file.
fn habits<'q>(question: &Question<'q>, above: &str) -> impl Fn(&str) -> u32 + use<'q> {
    let is_template = |file: &&std::sync::Arc<File>| file.source.path.iter().any(|part| part == "templates");
    let near = question.charts.iter().take(NEAR).flat_map(|chart| &chart.files);
    let near = near.filter(|(_, file)| is_template(file)).map(|(id, file)| (*id, &**file));
    let files: BTreeMap<FileId, &File> = near.collect();
    let above = above.to_owned();
    move |key| files.values().map(|file| file.outline().habit(&above, key)).sum()
}

/// A list whose dash is not there yet.
fn is_bare_list(place: &Place<'_>, schemas: &Schemas<'_>) -> bool {
    let list = schemas.schemas().iter().all(|(schema, _)| schema.kind == Some(Type::Array));
    let begun = place.slot.parent.is_some_and(|id| place.outline.entry(id).kind == EntryKind::Item);
    list && !begun && !schemas.schemas().is_empty() && place.outline.siblings(&place.slot).next().is_none()
}

/// A colon is there already where an old key is changed.
pub(super) fn has_colon(question: &Question<'_>, slot: &Slot) -> bool {
    question.text()[slot.range.end as usize..].trim_start_matches(['"', '\'']).starts_with(':')
}

/// How much farther in the key stands than its line.
pub(super) fn shift(question: &Question<'_>, slot: &Slot) -> usize {
    let start = slot.range.start as usize;
    let before = &question.text()[..start];
    let line = before.rfind('\n').map_or(before, |line_break| &before[line_break + 1..]);
    line.trim_start_matches(' ').len()
}

struct Found {
    required: bool,
    deprecated: bool,
    releases: ReleaseSet,
    form: String,
    body: Body,
    path: Option<(String, String, crate::yaml::path::Path)>,
}

/// What follows the key.
enum Body {
    Scalar(Vec<String>),
    /// Lines below the key, farther in.
    Lines(Vec<String>),
}

impl Found {
    fn of(field: &Field<'_>) -> Self {
        let schema = field.place.schemas().first().map(|(schema, _)| *schema);
        Self {
            required: false,
            deprecated: !field.place.deprecated().is_empty(),
            releases: ReleaseSet::NONE,
            form: field.place.forms().into_iter().next().map(|(form, _)| form).unwrap_or_default(),
            body: schema.map_or(Body::Scalar(Vec::new()), |schema| body(schema, 0)),
            path: None,
        }
    }

    fn item(self, name: &str, colon: bool, flow: bool, extra: usize, promised: ReleaseSet) -> Item {
        let mut detail = self.form;
        if self.required {
            detail.push_str(", required");
        }
        if self.deprecated {
            detail.push_str(", deprecated");
        }
        if self.releases != promised {
            detail.push_str(&format!(", KubeBlocks {}", self.releases));
        }
        let mut item = Item::new(name, Kind::Field).detail(detail);
        if let Some((api_version, kind, path)) = self.path {
            item = item.about(About::Field { api_version, kind, path });
        }
        if colon {
            return item;
        }
        match self.body {
            Body::Scalar(values) if values.is_empty() => item.insert(format!("{name}: ")),
            Body::Scalar(values) => {
                item.insert(format!("{name}: ")).snippet(format!("{name}: ${{1|{}|}}", values.join(",")))
            }
            Body::Lines(_) if flow => item.insert(format!("{name}: ")),
            Body::Lines(lines) => {
                let pad = " ".repeat(extra);
                let lines: Vec<_> = lines.iter().map(|line| format!("{pad}{line}")).collect();
                item.insert(format!("{name}:")).snippet(numbered(&format!("{name}:\n{}", lines.join("\n"))))
            }
        }
    }
}

/// What is written behind a key of this schema, with `$` for each place to fill in.
fn body(schema: Schema<'_>, depth: usize) -> Body {
    match schema.kind {
        Some(Type::Array) => {
            let lines = match schema.item().map(|item| (item, required(item, depth))) {
                Some((_, lines)) if !lines.is_empty() => lines,
                _ => vec!["$".into()],
            };
            let dash = |(at, line): (usize, String)| format!("  {} {line}", if at == 0 { "-" } else { " " });
            Body::Lines(lines.into_iter().enumerate().map(dash).collect())
        }
        Some(Type::Object) => {
            let lines = required(schema, depth);
            let lines = if lines.is_empty() { vec!["$".into()] } else { lines };
            Body::Lines(lines.into_iter().map(|line| format!("  {line}")).collect())
        }
        Some(Type::Boolean) => Body::Scalar(vec!["true".into(), "false".into()]),
        _ => {
            let plain = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            let values: Vec<String> = schema.allowed.iter().filter_map(plain).collect();
            let odd = |text: &String| text.is_empty() || text.contains([',', '|', '$', '}', '\\', ':', '#']);
            Body::Scalar(if values.iter().any(odd) { Vec::new() } else { values })
        }
    }
}

/// The lines of all keys that must be there.
pub(super) fn required(schema: Schema<'_>, depth: usize) -> Vec<String> {
    if depth >= MAX_DEPTH {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for name in &schema.required {
        let Some(value) = schema.property(name).filter(|value| value.default.is_none()) else { continue };
        match body(value, depth + 1) {
            Body::Scalar(_) => lines.push(format!("{name}: $")),
            Body::Lines(inner) => {
                lines.push(format!("{name}:"));
                lines.extend(inner);
            }
        }
    }
    lines
}

/// `$` as `$1`, `$2` and so on.
pub(super) fn numbered(text: &str) -> String {
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        out.push_str(&format!("${}{part}", at + 1));
    }
    out
}
