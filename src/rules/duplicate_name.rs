//! See `duplicate_name.md`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::prelude::*;
use super::support::words::shown;
use crate::diagnostic::Safety;
use crate::model::admission::verdicts;
use crate::model::admit::What;
use crate::model::admit::same;
use crate::model::lines;
use crate::model::lists::{List, lists};
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-name",
    summary: "two entries of one list with the same name",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("duplicate_name.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    let mut told: Vec<Node> = Vec::new();
    lists(document).into_iter().for_each(|list| check_list(chart, &list, &mut told, sink));
    for verdict in verdicts(chart, document, |what| matches!(what, What::Duplicate { .. })) {
        let What::Duplicate { first, list } = verdict.what else { continue };
        // Some releases leave to KubeBlocks what the API server sees to in others.
        if told.contains(&verdict.at) {
            continue;
        }
        let (at, first) = (verdict.at, verdict.at.document.node(*first));
        let keys: Vec<&str> = world::schemas().at(*list).node().list_map_keys.iter().map(|key| &**key).collect();
        let item = if keys.is_empty() { at } else { at.parent().unwrap_or(at) };
        let list = item.parent().and_then(|list| list.heading().text()).unwrap_or("the list");
        let shared = match keys.as_slice() {
            [] | [_] => format!("`{}`", shown(at.text().unwrap_or_default())),
            keys => {
                let pairs = keys.iter().filter_map(|key| Some(format!("`{key}: {}`", item.text_at(key)?)));
                pairs.collect::<Vec<_>>().join(" and ")
            }
        };
        let message = match keys.as_slice() {
            [] => format!("{shared} stands twice in `{list}`"),
            [key] => format!("`{list}` has two entries with {key} {shared}"),
            _ => format!("`{list}` has two entries with {shared}"),
        };
        let place = keys.first().and_then(|key| first.get(key)).unwrap_or(first);
        let report = sink
            .report(&at, format!("{message}{}", verdict.suffix()))
            .severity(verdict.severity(Severity::Error))
            .why("The API server refuses the object.")
            .releases(verdict.names())
            .related(&place, "the first one");
        let other = first.parent().filter(|other| item.is_mapping() && other.is_mapping() && same(item, *other));
        report.offer("Remove the second", Safety::Unsafe, other.and_then(|_| lines::removed_item(chart, item)));
    }
}

/// Entries that only KubeBlocks tells apart by their names.
fn check_list<'w>(chart: &Chart, list: &List<'w>, told: &mut Vec<Node<'w>>, sink: &mut Sink) {
    let mut firsts = HashMap::new();
    for entry in &list.entries {
        // An entry without a name is like others without one.
        let text = if entry.is_mapping() { Some("") } else { entry.known_text() };
        let Some(text) = text else { continue };
        let name = if list.ignore_case { Cow::from(text.to_lowercase()) } else { Cow::from(text) };
        let first = match firsts.entry(name) {
            Entry::Vacant(place) => {
                place.insert(entry);
                continue;
            }
            Entry::Occupied(first) => *first.get(),
        };
        told.push(*entry);
        let (what, place) = (list.name, entry.heading());
        let report = if text.is_empty() {
            sink.report(&place, format!("two {what} have no name of their own"))
        } else {
            sink.report(entry, format!("two {what} are named `{text}`"))
        };
        let report = report.why(list.why).related(first, "the first one");
        let report = if list.mild { report.severity(Severity::Warning) } else { report };
        // The second says what the first does.
        let (item, other) = (entry.parent(), first.parent());
        let same = item.zip(other).filter(|(item, other)| item.is_mapping() && same(*item, *other));
        report.offer("Remove the second", Safety::Unsafe, same.and_then(|(item, _)| lines::removed_item(chart, item)));
    }
}
