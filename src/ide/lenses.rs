//! Words above the text: who takes an object, and who includes a helper.

use std::collections::{BTreeMap, BTreeSet};

use super::locate::content;
use crate::diagnostic::{Located, Place};
use crate::model::index::Object;
use crate::text::{FileId, Span, TextRange};
use crate::world::World;

/// Which lenses are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// On objects: who refers to them.
    pub references: bool,
    /// On helpers: who includes them.
    pub includes: bool,
}

/// A line above a name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lens {
    /// The name: bytes of the file.
    pub at: TextRange,
    pub title: String,
    /// The places that are counted.
    pub places: Vec<Span>,
}

/// The lenses of a file, in order.
pub fn lenses(world: &World, file: FileId, wanted: Wanted) -> Vec<Lens> {
    let mut found = BTreeSet::new();
    if wanted.references {
        found.extend(objects(world, file));
    }
    if wanted.includes {
        found.extend(helpers(world, file));
    }
    found.into_iter().collect()
}

fn helpers(world: &World, file: FileId) -> Vec<Lens> {
    let Some(held) = world.files.get(&file) else { return Vec::new() };
    let defines = &held.syntax().defines;
    let mut calls: BTreeMap<&str, BTreeSet<Span>> =
        defines.iter().map(|define| (define.name.text.as_str(), BTreeSet::new())).collect();
    if calls.is_empty() {
        return Vec::new();
    }
    for chart in world.charts_of(file) {
        for (id, other) in &chart.files {
            for call in other.syntax().named_calls() {
                if let Some(places) = calls.get_mut(call.name) {
                    places.insert(Span { file: *id, range: call.name_range });
                }
            }
        }
    }
    let lens = |define: &crate::template::ast::Define| {
        let places: Vec<Span> = calls.get(define.name.text.as_str()).into_iter().flatten().copied().collect();
        let title = format!("rendered by {} {}", places.len(), if places.len() == 1 { "include" } else { "includes" });
        Lens { at: define.name.range, title, places }
    };
    defines.iter().filter(|define| !define.name.text.is_empty()).map(lens).collect()
}

fn objects(world: &World, file: FileId) -> Vec<Lens> {
    let index = world.index();
    let mut found: BTreeMap<TextRange, BTreeSet<(&str, Span)>> = BTreeMap::new();
    let charts = world.charts_of(file);
    let of_file = charts.first().into_iter().flat_map(|chart| chart.documents().iter().map(move |doc| (*chart, doc)));
    for (chart, document) in of_file.filter(|(_, document)| document.file() == file) {
        let ours = document.group().is_some_and(|group| group.ends_with("kubeblocks.io"));
        let named = document.kind() == Some("ConfigMap") || ours;
        let Some(name) = document.name().filter(|_| named) else { continue };
        // Where a helper prints the name, it stands at the action that includes it.
        let called = || document.called(content(name)).map(|(place, _)| place);
        let here = |place: &Place| place.span.file == file;
        let Some(at) = name.place().filter(here).or_else(|| called().filter(here)) else { continue };
        let at = at.span.range;
        let sites = index.matched_by(Object { chart, document });
        let sites = sites.filter_map(|site| Some((site.field.kind, site.node.place()?.span)));
        found.entry(at).or_default().extend(sites);
    }
    let lens = |(at, sites): (TextRange, BTreeSet<(&str, Span)>)| {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, _) in &sites {
            *kinds.entry(kind).or_default() += 1;
        }
        let counted: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} in {kind}")).collect();
        let title = format!(
            "{} {}: {}",
            sites.len(),
            if sites.len() == 1 { "reference" } else { "references" },
            counted.join(", ")
        );
        Lens { at, title, places: sites.into_iter().map(|(_, span)| span).collect() }
    };
    found.into_iter().filter(|(_, sites)| !sites.is_empty()).map(lens).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn counts() {
        let fixture = Fixture::of(
            "#- templates/a.yaml\n<|>{{ define \"h\" }}x{{ end }}{{ include \"h\" . }}: 1\n---\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\n\
             metadata: {name: demo}\nspec: {}\n---\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentVersion\nmetadata: {name: v}\nspec:\n  \
             compatibilityRules:\n    - compDefs: [demo, ^de]\n",
        );
        let (source, _) = fixture.cursor();
        let show = |wanted| -> Vec<String> {
            let found = lenses(&fixture.world, source.id, wanted);
            found
                .iter()
                .map(|lens| format!("{} {} {}", lens.at.of(&source.text), lens.title, lens.places.len()))
                .collect()
        };
        assert_eq!(
            show(Wanted { references: true, includes: true }),
            ["h rendered by 1 include 1", "demo 2 references: 2 in ComponentVersion 2"]
        );
        let computed = Fixture::of(
            "#- templates/a.yaml\n<|>apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: {{ include \"n\" . }}\nspec: {}\n---\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentVersion\nmetadata: {name: v}\nspec:\n  \
             compatibilityRules:\n    - compDefs: [demo]\n#- templates/_h.tpl\n{{ define \"n\" }}demo{{ end }}\n",
        );
        let (source, _) = computed.cursor();
        let found = lenses(&computed.world, source.id, Wanted { references: true, includes: true });
        let found: Vec<&str> = found.iter().map(|lens| lens.at.of(&source.text)).collect();
        assert_eq!(found, ["{{ include \"n\" . }}"]);
        assert_eq!(show(Wanted { references: false, includes: true }).len(), 1);
        assert_eq!(show(Wanted { references: false, includes: false }).len(), 0);
    }
}
