//! What can be written at the cursor: one file for each family of things.
//!
//! The present text answers, through its outline, so half-typed files and dead branches are no worse than others;
//! what other places define comes from what is rendered.

mod anchors;
mod environment;
mod fields;
mod files;
mod functions;
mod guess;
mod helpers;
mod json_schema;
mod members;
mod names;
mod objects;
mod place;
mod scalars;
mod shown;
mod values;
mod values_file;
mod variables;

pub(super) use functions::words as function_words;
pub(super) use members::{chart_key, words as member_words};
pub(super) use objects::chart_words;

use super::hover::{self, Block};
use super::{Cursor, Target, field, settings, typed};
use crate::text::{FileId, TextRange};
use crate::vfs::Source;
use crate::world::{Chart, File, World};
use crate::yaml::path::Path;
use std::sync::Arc;

/// More things than this are cut, and the editor asks again when more is typed.
const MAX_ITEMS: usize = 400;

/// Charts that are looked into for a file that many hold.
const MAX_CHARTS: usize = 12;

/// What a thing is, for the picture beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Field,
    /// A value to choose.
    Value,
    Keyword,
    Function,
    Variable,
    /// A `define`.
    Helper,
    File,
    /// A key of the values, or a member of an object of templates.
    Member,
    /// An anchor, or the name of something.
    Name,
    /// A whole object.
    Object,
}

/// One thing that can be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Differs from all others.
    pub label: String,
    pub kind: Kind,
    /// A few words beside the label; may be empty.
    pub detail: String,
    /// What is written.
    pub insert: String,
    /// The same with places to fill in, in the syntax of snippets. Further lines begin as far in as the first.
    pub snippet: Option<String>,
    /// What is put elsewhere at the same time, and before which byte: outside of what is replaced.
    pub also: Option<(u32, &'static str)>,
    about: About,
}

/// Where words on an item come from. They are worked out for one item at a time.
#[derive(Clone, PartialEq, Eq, Debug)]
enum About {
    Nothing,
    Text(String),
    Field {
        api_version: String,
        kind: String,
        path: Path,
    },
    Function(&'static str),
    /// A key with the comment above it.
    Key(Target),
    Helper(Target),
    File(FileId),
    /// The name of something, where it is given.
    Given(Cursor),
}

/// All that can be written, best first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// What is replaced. It is on the cursor's line, and touches the cursor.
    pub range: TextRange,
    pub items: Vec<Item>,
    /// With more typed there would be others.
    pub incomplete: bool,
}

impl Item {
    fn new(label: impl Into<String>, kind: Kind) -> Self {
        let label = label.into();
        Self {
            insert: label.clone(),
            label,
            kind,
            detail: String::new(),
            snippet: None,
            also: None,
            about: About::Nothing,
        }
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    fn insert(mut self, text: impl Into<String>) -> Self {
        self.insert = text.into();
        self
    }

    fn snippet(mut self, text: impl Into<String>) -> Self {
        self.snippet = Some(text.into());
        self
    }

    fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }
}

/// What one question needs to know.
struct Question<'w> {
    world: &'w World,
    at: Cursor,
    file: &'w File,
    /// The charts that hold the file, its own first.
    charts: Vec<&'w Arc<Chart>>,
}

impl<'w> Question<'w> {
    fn text(&self) -> &'w str {
        &self.file.source.text
    }

    fn source(&self) -> &'w Source {
        &self.file.source
    }
}

/// What can be written at the cursor; `None` where nothing is known.
pub fn completion(world: &World, at: Cursor) -> Option<Completion> {
    let file = world.files.get(&at.file)?;
    let offset = crate::text::floor_char_boundary(&file.source.text, at.offset as usize) as u32;
    let at = Cursor { offset, ..at };
    let mut charts = world.charts_of(at.file);
    // With other values it is the same text.
    charts.dedup_by_key(|chart| &chart.root);
    charts.truncate(MAX_CHARTS);
    let question = Question { world, at, file, charts };
    let known = shown::text(&question).and_then(|within| shown::items(&question, within));
    let (range, items) = if let Some(known) = known {
        known
    } else if is_template(&question)
        && let Some(typed) = typed::typed(question.text(), file.syntax(), offset)
    {
        (typed.range, in_action(&question, &typed))
    } else {
        in_yaml(&question)?
    };
    finish(&question, range, items)
}

/// What is known of one item of [`completion`] at the same place.
pub fn describe(world: &World, at: Cursor, label: &str) -> Vec<Block> {
    let item = completion(world, at).into_iter().flat_map(|found| found.items).find(|item| item.label == label);
    item.map(|item| describe_item(world, &item)).unwrap_or_default()
}

/// What is known of an item.
pub fn describe_item(world: &World, item: &Item) -> Vec<Block> {
    match &item.about {
        About::Nothing => Vec::new(),
        About::Text(text) => vec![Block::text(text.as_str())],
        About::Field { api_version, kind, path } => field::words(api_version, kind, path),
        About::Function(name) => functions::words(name),
        About::Key(target) => hover::key(world, *target),
        About::Helper(target) => hover::helper(world, *target).into_iter().collect(),
        About::File(id) => hover::file(world, *id).into_iter().collect(),
        About::Given(at) => hover::hover(world, *at).map(|hover| hover.blocks).unwrap_or_default(),
    }
}

/// Actions mean something there.
fn is_template(question: &Question<'_>) -> bool {
    let path = &question.source().path;
    let plain = matches!(path.file_name(), Some("Chart.yaml" | "values.yaml"));
    !plain
        && !question.world.config.holds(question.file)
        && question.charts.iter().any(|chart| chart.package().is_some())
}

fn in_action(question: &Question<'_>, typed: &typed::Typed<'_>) -> Vec<Item> {
    use typed::What;
    match &typed.what {
        What::Word { first } => {
            // A text is missing, with its quotes.
            let quoted = |item: Item| Item { insert: format!("\"{}\"", item.label), ..item };
            let mut found = helpers::items(question, typed);
            found.extend(files::items(question, typed).into_iter().map(quoted));
            found.extend(functions::items(question, typed, *first));
            found
        }
        What::Variable => variables::items(question),
        What::Field { root, path } => members::items(question, typed, *root, path),
        What::Text => {
            let found = helpers::items(question, typed);
            let found = if found.is_empty() { files::items(question, typed) } else { found };
            if found.is_empty() { values::keys_in_text(question, typed) } else { found }
        }
    }
}

fn in_yaml(question: &Question<'_>) -> Option<(TextRange, Vec<Item>)> {
    let name = question.source().path.file_name();
    let yaml = name.is_none_or(|name| {
        name.starts_with("values") || ["yaml", "yml", "tpl", "txt"].iter().any(|ending| name.ends_with(ending))
    });
    if !yaml
        && !question.world.config.holds(question.file)
        && question.charts.iter().any(|chart| chart.package().is_some())
    {
        return None;
    }
    if name == Some("values.schema.json") {
        return values_file::schema(question);
    }
    let outline = question.file.outline();
    let slot = outline.slot(question.at.offset)?;
    if let Some(found) = environment::items(question, &slot) {
        return Some(found);
    }
    if let Some(found) = anchors::items(question, &slot) {
        return Some(found);
    }
    let mut items = match question.source().path.file_name() {
        _ if question.world.config.holds(question.file) => {
            let schema = settings::schema();
            json_schema::items(question, &slot, &schema, &outline.path(slot.parent).steps)
        }
        Some(name) if name.starts_with("values") && question.charts.iter().any(|chart| chart.package().is_some()) => {
            values_file::items(question, &slot)
        }
        Some("Chart.yaml") => objects::chart_file(question, &slot),
        _ => {
            let place = place::Place::of(question, slot);
            let mut items = names::items(question, &place);
            items.extend(scalars::items(&place));
            items.extend(objects::items(&place));
            items.extend(fields::items(question, &place));
            items
        }
    };
    if slot.glued {
        for item in &mut items {
            item.insert.insert(0, ' ');
            if let Some(snippet) = &mut item.snippet {
                snippet.insert(0, ' ');
            }
        }
    }
    Some((slot.range, items))
}

fn finish(question: &Question<'_>, range: TextRange, items: Vec<Item>) -> Option<Completion> {
    let typed = TextRange { end: question.at.offset.clamp(range.start, range.end), ..range };
    let typed = typed.of(question.text()).to_lowercase();
    let mut kept: Vec<Item> = Vec::new();
    let mut labels = std::collections::HashSet::new();
    let mut incomplete = false;
    for item in items {
        if !labels.insert(item.label.clone()) {
            continue;
        }
        if kept.len() >= MAX_ITEMS {
            incomplete = true;
            break;
        }
        kept.push(item);
    }
    // What begins as it was typed comes first; the editor sifts the rest.
    if !typed.is_empty() {
        kept.sort_by_key(|item| !item.label.to_lowercase().starts_with(&typed));
    }
    let one_line = !range.of(question.text()).contains('\n') && range.touches(question.at.offset);
    (one_line && !kept.is_empty()).then_some(Completion { range, items: kept, incomplete })
}

#[cfg(test)]
mod tests;
