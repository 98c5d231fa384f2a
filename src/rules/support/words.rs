//! What rules call the fields and values they speak of.

use crate::model::object::Node;

/// A value by its key; an item by the list's key.
pub(in crate::rules) fn field(node: Node) -> String {
    let heading = node.heading();
    match node.parent() {
        Some(parent) if parent.is_sequence() => match parent.heading().text() {
            Some(list) => format!("an item of `{list}`"),
            None => "an item of this list".to_owned(),
        },
        _ => format!("`{}`", heading.text().unwrap_or_default()),
    }
}

/// The first line, and not too much of it.
pub(in crate::rules) fn shown(text: &str) -> String {
    const LIMIT: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(LIMIT).collect();
    if short.len() < text.trim_end().len() { format!("{short}…") } else { short }
}

/// A mapping by its path; the object itself by its kind.
pub(in crate::rules) fn called(mapping: Node) -> String {
    let path = mapping.path();
    if path.is_empty() {
        format!("the {} itself", mapping.text_at("kind").unwrap_or("object"))
    } else {
        format!("`{path}`")
    }
}
