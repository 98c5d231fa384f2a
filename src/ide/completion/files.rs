//! Paths of the chart's files, in `.Files.Get` and its like.

use std::cmp::Reverse;
use std::collections::HashSet;

use camino::Utf8Path;

use super::guess::{Near, key_before};
use super::{About, Item, Kind, Question};
use crate::ide::template;
use crate::ide::typed::Typed;
use crate::world::File;

/// The files that `.Files` shows; for a pattern their folders too.
pub(super) fn items(question: &Question<'_>, typed: &Typed<'_>) -> Vec<Item> {
    let method = typed.calls.first().filter(|call| call.words.len() == 1).map(|call| call.words[0]);
    let Some((_, method)) = method.and_then(|word| word.rsplit_once(".Files.")) else { return Vec::new() };
    if !matches!(method, "Get" | "GetBytes" | "Lines" | "Glob") {
        return Vec::new();
    }
    let near = Near::of(question, typed.range.start);
    let key = key_before(question.text(), typed.range.start);
    let read = read(question);
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
    let own: HashSet<String> = paths(question.file).collect();
    let here: HashSet<String> = own.iter().cloned().filter_map(folder).collect();
    // The key of a ConfigMap is called as the file; what nobody reads yet may be what is missing.
    items.sort_by_cached_key(|item| {
        let named = item.label.rsplit('/').next() == Some(key.trim_matches(['"', '\'']));
        let unread = !read.contains(&item.label);
        let beside = folder(item.label.clone()).is_some_and(|folder| here.contains(&folder));
        let likely = 100 * usize::from(named) + 25 * usize::from(unread) + 30 * usize::from(beside);
        let again = 20 * usize::from(own.contains(&item.label));
        (item.label.starts_with('.'), Reverse(likely + again + 30 * near.alike(&item.label)))
    });
    items
}

/// The paths that templates of the chart read.
fn read(question: &Question<'_>) -> HashSet<String> {
    question.charts.iter().flat_map(|chart| chart.files.values()).flat_map(|file| paths(file)).collect()
}

/// The paths that a template reads.
fn paths(file: &File) -> impl Iterator<Item = String> {
    template::symbols(file).into_iter().filter_map(|symbol| match symbol.meaning {
        template::Meaning::File(path) => Some(path),
        _ => None,
    })
}

fn folder(path: String) -> Option<String> {
    path.rsplit_once('/').map(|(folder, _)| folder.to_owned())
}
