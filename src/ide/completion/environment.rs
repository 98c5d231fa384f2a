//! Names of environment variables: `$(X)` in values, commands and arguments, `$X` and `${X}` in shell text.

use super::{Item, Kind, Question};
use crate::helm::outline::{EntryId, Outline, Slot, SlotKind};
use crate::ide::environment::{Given, given};
use crate::model::builtins;
use crate::model::index::Object;
use crate::text::{Span, TextRange};

/// The variables that a container has, where the cursor is behind `$`; `None` where it is not.
pub(super) fn items(question: &Question<'_>, slot: &Slot) -> Option<(TextRange, Vec<Item>)> {
    if !matches!(slot.kind, SlotKind::Value | SlotKind::Either | SlotKind::Block) {
        return None;
    }
    let outline = question.file.outline();
    let open = Open::at(question, slot.range.start, in_shell(outline, slot))?;
    let mut names: Vec<(String, &str)> = Vec::new();
    names.extend(typed_here(outline, slot).into_iter().map(|(name, detail)| (name.to_owned(), detail)));
    names.extend(rendered(question));
    names.extend(
        shown(question).into_iter().map(|given| (given.name.text().unwrap_or_default().to_owned(), "variable")),
    );
    let text = |key| outline.at_root(slot.document(), key).and_then(|id| outline.value(id)).unwrap_or_default();
    let builtins = builtins::given(text("apiVersion"), text("kind"), keys(outline, slot));
    names.extend(builtins.into_iter().map(|name| (name.to_owned(), "KubeBlocks")));
    Some((open.range, open.items(names)))
}

/// A `$` with what is typed of a name behind it.
pub(super) struct Open {
    pub(super) range: TextRange,
    /// What is missing behind the name.
    close: &'static str,
}

impl Open {
    /// Before the cursor, and not before `start`; `shell`: other forms than `$(X)` mean something.
    pub(super) fn at(question: &Question<'_>, start: u32, shell: bool) -> Option<Self> {
        let (text, offset) = (question.text(), question.at.offset as usize);
        let before = &text[start as usize..offset.max(start as usize)];
        let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric();
        let name = before.len() - before.trim_end_matches(is_word).len();
        let opener = &before[..before.len() - name];
        let close = if opener.ends_with("$(") && !opener.ends_with("$$(") {
            ")"
        } else if shell && opener.ends_with("${") {
            "}"
        } else if shell && opener.ends_with('$') && !opener.ends_with("$$") {
            ""
        } else {
            return None;
        };
        let rest = text[offset..].chars().take_while(|c| is_word(*c)).count();
        let closed = text[offset + rest..].starts_with(close);
        Some(Self { range: TextRange::new(offset - name, offset + rest), close: if closed { "" } else { close } })
    }

    /// Each name once.
    pub(super) fn items(&self, names: Vec<(String, &str)>) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        for (name, detail) in names {
            if !name.is_empty() && !items.iter().any(|item| item.label == name) {
                let insert = format!("{name}{}", self.close);
                items.push(Item::new(name, Kind::Variable).detail(detail).insert(insert));
            }
        }
        items
    }
}

/// The variables that can be used in the text at the cursor because of what it is shown as: a key of a ConfigMap, a part
/// of an ActionSet or of an OpsDefinition.
pub(super) fn shown<'w>(question: &Question<'w>) -> Vec<Given<'w>> {
    let cursor = Span { file: question.at.file, range: TextRange::empty(question.at.offset as usize) };
    let mut found = Vec::new();
    for chart in &question.charts {
        for document in chart.documents() {
            let kinds = ["ConfigMap", "ActionSet", "OpsDefinition"];
            if !document.kind().is_some_and(|kind| kinds.contains(&kind)) {
                continue;
            }
            let places = document.rendered().text.places(cursor);
            if places.into_iter().any(|place| document.range.contains(place)) {
                found.extend(given(question.world, Object { chart, document }).unwrap_or_default());
            }
        }
    }
    found
}

fn keys<'o>(outline: &'o Outline, slot: &Slot) -> impl Iterator<Item = &'o str> {
    outline.ancestors(slot.parent).filter_map(|id| outline.key(id))
}

fn in_shell(outline: &Outline, slot: &Slot) -> bool {
    slot.kind == SlotKind::Block || keys(outline, slot).any(|key| matches!(key, "command" | "args"))
}

/// The variables of the container that holds the slot, then those of the definition, as they are typed.
fn typed_here<'o>(outline: &'o Outline, slot: &Slot) -> Vec<(&'o str, &'static str)> {
    let names = |list: EntryId, detail| {
        let items = outline.children(Some(list), outline.document_of(list));
        let items: Vec<EntryId> = items.collect();
        items.into_iter().filter_map(move |item| Some((outline.value(outline.child(item, "name")?)?, detail)))
    };
    let mut found: Vec<(&str, &str)> = Vec::new();
    for id in outline.ancestors(slot.parent) {
        for (list, detail) in [("env", "env"), ("vars", "vars"), ("componentRefEnv", "componentRefEnv")] {
            found.extend(outline.child(id, list).into_iter().flat_map(|list| names(list, detail)));
        }
        let references: Vec<EntryId> = outline
            .child(id, "componentDefRef")
            .map_or_else(Vec::new, |list| outline.children(Some(list), outline.document_of(list)).collect());
        for list in references.into_iter().filter_map(|item| outline.child(item, "componentRefEnv")) {
            found.extend(names(list, "componentRefEnv"));
        }
    }
    found
}

/// The variables of the definitions that the file renders.
fn rendered(question: &Question<'_>) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let documents = question.charts.iter().flat_map(|chart| chart.documents());
    for document in documents.filter(|document| document.file() == question.at.file) {
        let Some(root) = document.root() else { continue };
        let vars = root.list("spec.vars").map(|item| (item, "vars"));
        let containers = ["spec.runtime.containers", "spec.runtime.initContainers"];
        let env = containers.into_iter().flat_map(|path| root.list(path)).flat_map(|c| c.list("env"));
        for (item, detail) in vars.chain(env.map(|item| (item, "env"))) {
            found.extend(item.text_at("name").map(|name| (name.to_owned(), detail)));
        }
    }
    found
}
