//! Names of `define`s, in `include` and `template`.

use super::{About, Item, Kind, Question};
use crate::ide::Target;
use crate::ide::typed::Typed;
use crate::text::Span;

/// The helpers that can be included here: those of the chart first.
pub(super) fn items(question: &Question<'_>, typed: &Typed<'_>) -> Vec<Item> {
    if !typed.calls.first().is_some_and(|call| matches!(call.words[..], ["include" | "template"])) {
        return Vec::new();
    }
    // With a name alone, what the helper gets is written too.
    let rest = &question.text()[typed.range.end as usize..];
    let bare = rest.is_empty()
        || rest.starts_with(['\n', '\r', ' ', '}'])
        || rest.starts_with("\"}}")
        || rest.starts_with("\" }}");
    let closed = rest.starts_with(['"', '`']);
    let dot = if in_other_scope(question) { "$" } else { "." };
    let mut items: Vec<Item> = Vec::new();
    for chart in &question.charts {
        let (own, others): (Vec<_>, Vec<_>) =
            chart.files.values().partition(|file| file.source.path.starts_with(&chart.root));
        for file in own.into_iter().chain(others) {
            for define in file.syntax().defines.iter().filter(|define| !define.name.text.is_empty()) {
                let span = |range| Span { file: file.source.id, range };
                let target = Target { full: span(define.range), name: span(define.name.range) };
                let mut item = Item::new(define.name.text.as_str(), Kind::Helper).about(About::Helper(target));
                item.detail = file.source.path.file_name().unwrap_or_default().to_owned();
                if bare && !closed {
                    item.insert = format!("{}\" {dot}", define.name.text);
                }
                items.push(item);
            }
        }
    }
    items
}

/// `.` is not the chart's root where the cursor stands.
fn in_other_scope(question: &Question<'_>) -> bool {
    use crate::ide::shapes::{self, Shape};
    let Some(chart) = question.charts.first() else { return false };
    let scopes = shapes::scopes(&shapes::of(chart), question.file, question.at.offset);
    let is_root = |shape: &Shape| matches!(shape, Shape::Path(path) if path.is_empty());
    scopes.iter().any(|scope| !is_root(&scope.dot) && scope.variable("$").is_some_and(|root| is_root(&root.shape)))
}
