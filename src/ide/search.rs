//! Symbols of the whole workspace, by a few letters of their names.

use super::symbols::SymbolKind;
use super::{Target, locate};
use crate::text::Span;
use crate::world::{Chart, World};

/// Keys of values below this many others are not looked at.
const MAX_VALUE_DEPTH: usize = 2;
/// More than this many are left out; the best stay.
const MAX_FOUND: usize = 256;

/// A symbol, and how well it answers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Found {
    /// Less is better.
    cost: u32,
    pub name: String,
    /// What holds it: the chart.
    pub container: String,
    pub place: Target,
    pub kind: SymbolKind,
}

/// Objects by their rendered names, helpers and keys of values whose names have the letters of `query` in their order.
pub fn search(world: &World, query: &str) -> Vec<Found> {
    let query: Vec<char> = query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let mut found: Vec<Found> = Vec::new();
    for chart in world.charts.values() {
        objects(chart, &query, &mut found);
        helpers(chart, &query, &mut found);
        values(chart, &query, &mut found);
    }
    found.sort();
    // A library's helpers are in every chart that has it, an object in a loop is many at one place.
    found.dedup_by(|a, b| a.place == b.place && a.name == b.name);
    found.truncate(MAX_FOUND);
    found
}

fn objects(chart: &Chart, query: &[char], found: &mut Vec<Found>) {
    for document in chart.documents() {
        let named = document.kind().zip(document.name()).and_then(|(kind, name)| Some((kind, name, name.text()?)));
        let Some((kind, node, text)) = named else { continue };
        let name = format!("{kind} {text}");
        // Letters of the name count more than those of the kind.
        let Some(cost) = cost(text, query).or_else(|| Some(50 + cost(&name, query)?)) else { continue };
        let Some(root) = document.root() else { continue };
        let whole = document.tree().node(root.id).range;
        // The last is where the author wrote it, though a helper may have made the text.
        if let Some(place) = locate::targets(document, whole, locate::content(node)).into_iter().next() {
            found.push(Found { cost, name, container: chart.name().into(), place, kind: SymbolKind::Object });
        }
    }
}

fn helpers(chart: &Chart, query: &[char], found: &mut Vec<Found>) {
    for (id, file) in chart.files.iter().filter(|(_, file)| file.source.path.starts_with(&chart.root)) {
        for define in &file.syntax().defines {
            let name = define.name.text.clone();
            if let Some(cost) = cost(&name, query).filter(|_| !name.is_empty()) {
                let span = |range| Span { file: *id, range };
                let place = Target { full: span(define.range), name: span(define.name.range) };
                found.push(Found { cost, name, container: chart.name().into(), place, kind: SymbolKind::Helper });
            }
        }
    }
}

fn values(chart: &Chart, query: &[char], found: &mut Vec<Found>) {
    for document in chart.plain().iter().filter(|document| document.path().ends_with("values.yaml")) {
        let mut open: Vec<(String, crate::model::object::Node, usize)> =
            document.root().map(|root| (String::new(), root, 1)).into_iter().collect();
        while let Some((above, node, depth)) = open.pop() {
            for (key, value) in node.entries() {
                let Some(text) = key.text().filter(|text| !text.is_empty()) else { continue };
                let path = if above.is_empty() { text.to_owned() } else { format!("{above}.{text}") };
                let range = document.tree().node(key.id).range;
                let whole = document.tree().node(value.id).range;
                let span = |range| Span { file: document.file(), range };
                let full = span(if whole.start >= range.end { range.cover(whole) } else { range });
                if let Some(cost) = cost(&path, query) {
                    let (name, container) = (path.clone(), chart.name().into());
                    let place = Target { full, name: span(range) };
                    found.push(Found { cost, name, container, place, kind: SymbolKind::Key });
                }
                if depth < MAX_VALUE_DEPTH && !value.is_alias() {
                    open.push((path, value, depth + 1));
                }
            }
        }
    }
}

/// How far `name` is from having the letters of `query` (lower case) together at its beginning; `None` where it has
/// not all of them in this order.
fn cost(name: &str, query: &[char]) -> Option<u32> {
    let mut rest = query;
    let mut cost = name.len() as u32 / 8;
    let mut before = '-';
    let mut gap = 0;
    for c in name.chars() {
        match rest {
            [] => break,
            [first, more @ ..] if c.to_lowercase().eq([*first]) => {
                let begins = !before.is_alphanumeric() || before.is_lowercase() && c.is_uppercase();
                // Letters that were passed over weigh less before a word's beginning.
                cost += if begins { u32::from(gap > 0) * 2 } else { gap * 2 };
                (rest, gap) = (more, 0);
            }
            _ => gap += 1,
        }
        before = c;
    }
    rest.is_empty().then_some(cost)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn letters_in_order() {
        let best = |query: &str| {
            let query: Vec<char> = query.chars().collect();
            let names = ["tidedb-meta", "tidedb.metaScript", "metrics", "storage"];
            let mut found: Vec<_> = names.iter().filter_map(|name| Some((cost(name, &query)?, *name))).collect();
            found.sort();
            found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(best("met"), ["metrics", "tidedb-meta", "tidedb.metaScript"]);
        assert_eq!(best("tms"), ["tidedb.metaScript"]);
        assert_eq!(best("xyz"), [""; 0]);
        assert_eq!(best("").len(), 4);
    }

    #[test]
    fn objects_helpers_and_values() {
        let fixture = Fixture::of(
            r#"#- templates/a.yaml
{{ range list "x" "y" }}
---
kind: ConfigMap
metadata: {name: demo-{{ . }}}
{{ end }}
#- templates/_h.tpl
{{ define "demo.helper" }}{{ end }}
#- values.yaml
demo: {one: {two: 1}}
"#,
        );
        let show = |found: &Found| fixture.mark(found.place.name, &format!("{} in {}", found.name, found.container));
        let found = |query: &str| -> Vec<String> { search(&fixture.world, query).iter().map(show).collect() };
        assert_eq!(
            found("demo"),
            [
                "c/templates/a.yaml:4:17-29 ConfigMap demo-x in c",
                "c/templates/a.yaml:4:17-29 ConfigMap demo-y in c",
                "c/values.yaml:1:0-4 demo in c",
                "c/templates/_h.tpl:1:11-22 demo.helper in c",
                "c/values.yaml:1:7-10 demo.one in c",
            ]
        );
        assert_eq!(found("cmdemo y"), ["c/templates/a.yaml:4:17-29 ConfigMap demo-y in c"]);
        assert_eq!(found("two"), [""; 0]);
    }
}
