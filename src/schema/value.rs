//! YAML of schema files and CRDs as plain values, places forgotten.

use serde_json::{Map, Number, Value};

use crate::yaml::parser;
use crate::yaml::tree::{Kind, NodeId, ProblemKind, Style, Tree};
use crate::yaml::typing::{self, Meaning};

/// Every document of a text; empty ones are left out.
///
/// # Errors
/// The text is no YAML.
pub(super) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    for range in parser::documents(text) {
        let tree = parser::parse(text, range);
        if let Some(problem) = tree.problems().first() {
            let line = text[..problem.range.start as usize].matches('\n').count() + 1;
            return Err(match &problem.kind {
                ProblemKind::Syntax(words) | ProblemKind::Bound(words) => format!("line {line}: {words}"),
                kind => format!("line {line}: {kind:?}"),
            });
        }
        values.extend(tree.root().map(|root| value(&tree, root)));
    }
    Ok(values)
}

/// The only document of a text; `null` where there is none.
///
/// # Errors
/// As [`documents`]; or there are several.
pub(super) fn document(text: &str) -> Result<Value, String> {
    let mut values = documents(text)?;
    let first = values.pop().unwrap_or_default();
    if values.is_empty() { Ok(first) } else { Err("more than one document".into()) }
}

/// The tree's depth is bounded by its parser.
fn value(tree: &Tree, id: NodeId) -> Value {
    match tree.node(tree.resolve(id)).kind {
        Kind::Scalar { text, style: Style::Plain } => match typing::plain(text) {
            Meaning::Null => Value::Null,
            Meaning::Bool(value) => value.into(),
            Meaning::Int(value) => value.into(),
            Meaning::Uint(value) => value.into(),
            Meaning::Float(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
            Meaning::Str => text.into(),
        },
        Kind::Scalar { text, .. } => text.into(),
        Kind::Sequence(items) => items.iter().map(|item| value(tree, *item)).collect(),
        Kind::Mapping(entries) => {
            let entry =
                |(key, item): &(NodeId, NodeId)| tree.scalar(*key).map(|key| (key.to_owned(), value(tree, *item)));
            Value::Object(entries.iter().filter_map(entry).collect::<Map<_, _>>())
        }
        Kind::Alias { .. } => Value::Null,
    }
}
