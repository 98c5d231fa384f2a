//! Paths of the chart's files, in `.Files.Get` and its like.

use camino::Utf8Path;

use super::{About, Item, Kind, Question};
use crate::ide::typed::Typed;

/// The files that `.Files` shows; for a pattern their folders too.
pub(super) fn items(question: &Question<'_>, typed: &Typed<'_>) -> Vec<Item> {
    let method = typed.calls.first().filter(|call| call.words.len() == 1).map(|call| call.words[0]);
    let Some((_, method)) = method.and_then(|word| word.rsplit_once(".Files.")) else { return Vec::new() };
    if !matches!(method, "Get" | "GetBytes" | "Lines" | "Glob") {
        return Vec::new();
    }
    let mut items: Vec<Item> = Vec::new();
    for package in question.charts.iter().filter_map(|chart| chart.package()) {
        for path in crate::helm::files::paths(package) {
            let about = package.files.get(Utf8Path::new(path)).map_or(About::Nothing, |source| About::File(source.id));
            items.push(Item::new(path, Kind::File).about(about));
            if let Some((folder, _)) = path.rsplit_once('/').filter(|_| method == "Glob") {
                items.push(Item::new(format!("{folder}/*"), Kind::File));
            }
        }
    }
    items
}
