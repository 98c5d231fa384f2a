//! Values that templates read and no values file has, where one of nearly the same name stands at the same place. It is
//! asked of the text, so branches that are not taken count too.

use super::object::{Document, Node};
use crate::diagnostic::nearest;
use crate::template::ast::Segment;
use crate::text::{Span, TextRange};
use crate::world::{Chart, File};

/// A path of values that leads nowhere.
pub struct Misspelt {
    /// The name that is not there.
    pub at: Span,
    /// `a.b`, up to that name.
    pub path: String,
    pub near: String,
}

/// Every such path in one of the chart's own templates.
pub fn misspelt(chart: &Chart, file: &File) -> Vec<Misspelt> {
    let Some(package) = chart.package().filter(|package| !package.metadata.library) else { return Vec::new() };
    let documents = || chart.views().flat_map(Chart::plain).filter(|document| !is_about(document));
    let roots: Vec<Node> = documents().filter_map(Document::root).collect();
    let unread = documents().any(|document| !document.is_sound());
    if unread || chart.sets_values() || !file.syntax().faults.is_empty() {
        return Vec::new();
    }
    let of_others =
        |name: &str| name == "global" || package.metadata.dependencies.iter().any(|entry| entry.key() == name);
    let mut found = Vec::new();
    for (_, path) in file.syntax().value_paths() {
        if path.first().is_none_or(|first| of_others(&first.name)) {
            continue;
        }
        if let Some((range, depth, near)) = missing(&roots, path) {
            let names: Vec<&str> = path[..=depth].iter().map(|segment| segment.name.as_str()).collect();
            found.push(Misspelt { at: Span { file: file.source.id, range }, path: names.join("."), near });
        }
    }
    found
}

/// What Helm says of a release; all else is nothing.
const OF_RELEASES: [&str; 6] = ["Name", "Namespace", "Service", "IsUpgrade", "IsInstall", "Revision"];

/// Slips in the members of `.Release`, which nobody refuses, since it is a map.
pub fn misspelt_release(file: &File) -> Vec<Misspelt> {
    let named = file.syntax().paths_below("Release").into_iter().filter_map(|(_, path)| path.first());
    let wrong = named.filter(|first| !OF_RELEASES.contains(&first.name.as_str())).filter_map(|first| {
        let name = first.name.as_str();
        let same = OF_RELEASES.into_iter().find(|other| other.eq_ignore_ascii_case(name));
        let near = same.or_else(|| nearest(name, OF_RELEASES))?.to_owned();
        let at = Span { file: file.source.id, range: first.range };
        Some(Misspelt { at, path: name.to_owned(), near })
    });
    wrong.collect()
}

fn is_about(document: &Document) -> bool {
    document.path().file_name() == Some("Chart.yaml")
}

/// Both may well be there side by side: `min` and `max`, `http` and `https`, one and several, the first and the second.
fn are_siblings(one: &str, other: &str) -> bool {
    let plain = |name: &str| {
        let letters: String = name.chars().filter(|c| !c.is_ascii_digit()).collect();
        letters.to_lowercase().replace("min", "max").replace("https", "http").trim_end_matches('s').to_owned()
    };
    // Names that differ in their letters' case alone are no siblings.
    !one.eq_ignore_ascii_case(other) && (one.len().min(other.len()) < 4 || plain(one) == plain(other))
}

/// The first name on the way that nothing has, if something there is called nearly so.
fn missing(roots: &[Node], path: &[Segment]) -> Option<(TextRange, usize, String)> {
    let mut maps: Vec<Node> = roots.to_vec();
    for (depth, segment) in path.iter().enumerate() {
        // Below what is no map, or an empty one, anything may be given.
        maps.retain(|map| map.is_mapping() && map.entries().next().is_some());
        if maps.is_empty() {
            return None;
        }
        let name = segment.name.as_str();
        let keys = || maps.iter().flat_map(|map| map.entries()).filter_map(|(key, _)| key.text());
        if !keys().any(|key| key == name) {
            let merges = keys().any(|key| key == "<<");
            let near = nearest(name, keys()).filter(|near| !merges && !are_siblings(name, near));
            return near.map(|near| (segment.range, depth, near.to_owned()));
        }
        maps = maps.iter().filter_map(|map| map.get(name)).collect();
    }
    None
}
