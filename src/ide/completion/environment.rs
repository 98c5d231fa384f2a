//! Names of environment variables: `$(X)` in values, commands and arguments, `$X` and `${X}` in shell text.

use super::{Item, Kind, Question};
use crate::helm::outline::{EntryId, Outline, Slot, SlotKind};
use crate::model::builtins;
use crate::text::TextRange;

/// The variables that a container has, where the cursor is behind `$`; `None` where it is not.
pub(super) fn items(question: &Question<'_>, slot: &Slot) -> Option<(TextRange, Vec<Item>)> {
    if !matches!(slot.kind, SlotKind::Value | SlotKind::Either | SlotKind::Block) {
        return None;
    }
    let (text, offset) = (question.text(), question.at.offset as usize);
    let before = &text[slot.range.start as usize..offset.max(slot.range.start as usize)];
    let name = before.len() - before.trim_end_matches(|c: char| c == '_' || c.is_ascii_alphanumeric()).len();
    let (opener, name) = (&before[..before.len() - name], &before[before.len() - name..]);
    let outline = question.file.outline();
    let close = if opener.ends_with("$(") && !opener.ends_with("$$(") {
        ")"
    } else if in_shell(outline, slot) && opener.ends_with("${") {
        "}"
    } else if in_shell(outline, slot) && opener.ends_with('$') && !opener.ends_with("$$") {
        ""
    } else {
        return None;
    };
    let rest = text[offset..].chars().take_while(|c| *c == '_' || c.is_ascii_alphanumeric()).count();
    let range = TextRange::new(offset - name.len(), offset + rest);
    let closed = close.is_empty() || text[offset + rest..].starts_with(close);
    let mut items: Vec<Item> = Vec::new();
    let mut add = |name: &str, detail: &str| {
        if !name.is_empty() && !items.iter().any(|item| item.label == name) {
            let insert = if closed { name.to_owned() } else { format!("{name}{close}") };
            items.push(Item::new(name, Kind::Variable).detail(detail).insert(insert));
        }
    };
    for (name, detail) in typed_here(outline, slot) {
        add(name, detail);
    }
    for (name, detail) in rendered(question) {
        add(&name, detail);
    }
    for name in builtins_here(outline, slot) {
        add(name, "KubeBlocks");
    }
    Some((range, items))
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

/// What KubeBlocks gives by itself: of the old API only.
fn builtins_here(outline: &Outline, slot: &Slot) -> impl Iterator<Item = &'static str> {
    let version = outline.at_root(slot.document(), "apiVersion").and_then(|id| outline.value(id));
    let old = version.is_none_or(|version| version.contains("v1alpha1"));
    builtins::names().filter(move |_| old)
}
