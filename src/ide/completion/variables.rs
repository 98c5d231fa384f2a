//! Variables of templates.

use super::{Item, Kind, Question};
use crate::ide::shapes::{self, ITEM, Shape};

/// The variables in scope, the nearest first.
pub(super) fn items(question: &Question<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for chart in &question.charts {
        for scope in shapes::scopes(&shapes::of(chart), question.file, question.at.offset) {
            for variable in scope.variables.iter().rev() {
                if !items.iter().any(|item| item.label == variable.name) {
                    let detail = shape_words(&variable.shape);
                    items.push(Item::new(variable.name.as_str(), Kind::Variable).detail(detail));
                }
            }
        }
    }
    items
}

/// `.Values.image`, `an item of .Values.list`; empty where nothing is known.
pub(super) fn shape_words(shape: &Shape) -> String {
    match shape {
        Shape::Path(path) if path.is_empty() => "the chart's root".into(),
        Shape::Path(path) => match path.split_last() {
            Some((last, list)) if last == ITEM => format!("an item of .{}", list.join(".")),
            _ => format!(".{}", path.join(".")),
        },
        Shape::Dict(entries) => {
            format!("dict {}", entries.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(" "))
        }
        Shape::Unknown => String::new(),
    }
}
