//! Addons: the paths into the values of the chart that they install.

use std::sync::Arc;

use camino::Utf8Path;

use super::locate::{Spot, key_of};
use super::template::first_document;
use crate::model::index::Object;
use crate::model::object::{Document, Node};
use crate::model::resolve::{GroupKind, own_side};
use crate::text::{TextRange, parts_between};
use crate::world::{Chart, World};
use crate::yaml::parser;
use crate::yaml::path::{Path, Step};
use crate::yaml::tree::{Kind, NodeId, Tree};

const GROUP: &str = "extensions.kubeblocks.io";
const ADDON: &str = "Addon";
/// The field that holds the paths.
const MAPPING: [&str; 3] = ["spec", "helm", "valuesMapping"];
/// Values are completed so deep.
const MAX_DEPTH: usize = 6;

/// A path that an Addon names, up to the segment that is meant.
pub(super) struct ValuePath<'w> {
    /// The segment: bytes of the rendered text.
    pub(super) origin: TextRange,
    pub(super) chart: &'w Arc<Chart>,
    pub(super) keys: Vec<String>,
}

/// A field of an Addon holds a path of values.
pub(super) fn is_path(kind: &str, path: &Path) -> bool {
    let mut steps = path.steps.iter();
    kind == ADDON
        && MAPPING.iter().all(|key| steps.next().and_then(Step::key) == Some(key))
        && path.steps.len() > MAPPING.len()
        && path.steps.last().and_then(Step::key) != Some("name")
}

/// The path under the cursor.
pub(super) fn path_at<'w>(world: &'w World, spot: Spot<'w>) -> Option<ValuePath<'w>> {
    let document = spot.node.document;
    key_of(spot.node).filter(|_| document.kind() == Some(ADDON))?;
    let chart = installed(world, Object { chart: spot.chart, document })?;
    segments(spot.node).into_iter().find(|(origin, _)| origin.contains(spot.range)).map(|(origin, keys)| ValuePath {
        origin,
        chart,
        keys,
    })
}

/// The segments of a path, each with all up to it.
fn segments(node: Node<'_>) -> Vec<(TextRange, Vec<String>)> {
    let document = node.document;
    let is_path = is_path(document.kind().unwrap_or_default(), &Path::of(document.tree(), node.id));
    let Some(text) = node.text().filter(|text| is_path && !text.is_empty()) else { return Vec::new() };
    let rendered = document.rendered().text.as_str();
    let mut keys = Vec::new();
    let segments = parts_between(text, '.').map(|(range, word)| {
        keys.push(word.to_owned());
        (parser::part(rendered, document.tree(), node.id, range), keys.clone())
    });
    segments.collect()
}

/// The chart that an Addon installs, if it is in view: that of its address, or of its own name.
pub(super) fn installed<'w>(world: &'w World, addon: Object<'w>) -> Option<&'w Arc<Chart>> {
    let root = addon.root()?;
    let address = root.text_at("spec.helm.chartLocationURL").and_then(|address| address.rsplit('/').next());
    let file = address.map(|file| file.trim_end_matches(".tgz"));
    let name = addon.name().unwrap_or_default();
    let fits = |chart: &&Arc<Chart>| {
        let own = chart.name();
        let version = file.and_then(|file| file.strip_prefix(own));
        let of_file = version.is_some_and(|version| {
            version
                .strip_prefix('-')
                .map_or(version.is_empty(), |version| version.starts_with(|c: char| c.is_ascii_digit()))
        });
        chart.package().is_some() && !own.is_empty() && (of_file || own == name)
    };
    let mut charts: Vec<&Arc<Chart>> = world.charts.values().filter(fits).collect();
    charts.sort_by_key(|chart| !own_side(chart, addon.chart));
    charts.first().copied()
}

/// The places where Addons name a path of a chart's values: documents, and bytes of their rendered text.
pub(super) fn uses<'w>(world: &'w World, chart: &Chart, path: &[String]) -> Vec<(&'w Document, TextRange)> {
    let addons = world.index().objects(GroupKind { group: GROUP, kind: ADDON });
    let addons = addons.filter(|addon| installed(world, *addon).is_some_and(|own| own.root == chart.root));
    let mut found = Vec::new();
    for addon in addons {
        let tree = addon.document.tree();
        let nodes = tree.ids().map(|id| addon.document.node(id)).filter(|node| key_of(*node).is_some());
        let same = nodes.flat_map(segments).filter(|(_, keys)| keys == path);
        found.extend(same.map(|(range, _)| (addon.document, range)));
    }
    found
}

/// The paths of a chart's values.
pub(super) fn paths(chart: &Chart) -> Vec<String> {
    let values = chart.package().and_then(|package| package.files.get(Utf8Path::new("values.yaml")));
    let tree = values.and_then(|source| first_document(source));
    let mut found = Vec::new();
    if let Some((tree, root)) = tree.as_ref().and_then(|tree| Some((tree, tree.root()?))) {
        below(tree, root, "", 0, &mut found);
    }
    found
}

fn below(tree: &Tree, at: NodeId, path: &str, depth: usize, found: &mut Vec<String>) {
    let Kind::Mapping(entries) = tree.node(tree.resolve(at)).kind else { return };
    for (key, value) in entries.iter().filter(|_| depth < MAX_DEPTH) {
        // A dot in a key would be two.
        let Some(key) = tree.scalar(*key).filter(|key| !key.contains('.')) else { continue };
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        found.push(path.clone());
        below(tree, *value, &path, depth + 1, found);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::super::{completion, definition, hover, references};
    use crate::ide::hover::Block;

    const ADDON: &str = "#- templates/addon.yaml\napiVersion: extensions.kubeblocks.io/v1alpha1\nkind: Addon\nmetadata: {name: ADDON}\nspec:\n  type: Helm\n  helm:\n    chartLocationURL: ADDRESS\n    valuesMapping:\n      valueMap:\n        replicaCount: REPLICAS\n      resources:\n        cpu:\n          limits: resources.limits.cpu\n";
    const TOOL: &str = "#- /w/tool/values.yaml\nserver:\n  replicas: 2\nresources: {limits: {cpu: 1}}\n#- /w/tool/templates/a.yaml\na: {{ .Values.server.replicas }}\n";

    fn fixture(address: &str, addon: &str, path: &str) -> Fixture {
        let addon = ADDON.replace("ADDRESS", address).replace("ADDON", addon).replace("REPLICAS", path);
        Fixture::of(&format!("{addon}{TOOL}"))
    }

    #[test]
    fn paths_lead_into_the_chart_that_is_installed() {
        let found = |address: &str, addon: &str| {
            let fixture = fixture(address, addon, "server.repl<|>icas");
            let (_, cursor) = fixture.cursor();
            let links = definition::definition(&fixture.world, cursor)?;
            Some((fixture.mark(links.origin, ""), fixture.mark(links.targets[0].name, "")))
        };
        let expected = Some(("c/templates/addon.yaml:10:29-37 ".into(), "tool/values.yaml:2:2-10 ".into()));
        assert_eq!(found("https://example.com/tool-0.1.0.tgz", "x"), expected);
        assert_eq!(found("oci://example.com/tool", "x"), expected);
        assert_eq!(found("file:///none.tgz", "tool"), expected);
        assert_eq!(found("https://example.com/tool-x-0.1.0.tgz", "x"), None);
    }

    #[test]
    fn values_know_who_sets_them() {
        let fixture = fixture("file:///tool.tgz", "x", "ser<|>ver.replicas");
        let (_, cursor) = fixture.cursor();
        let links = definition::definition(&fixture.world, cursor).unwrap();
        assert_eq!(fixture.mark(links.targets[0].name, ""), "tool/values.yaml:1:0-6 ");
        let fixture = self::fixture("file:///tool.tgz", "x", "server.re<|>plicas");
        let (_, cursor) = fixture.cursor();
        let found = references::references(&fixture.world, cursor).unwrap();
        let uses: Vec<String> = found.uses.iter().map(|used| fixture.mark(used.span, "")).collect();
        assert_eq!(uses, ["c/templates/addon.yaml:10:29-37 ", "tool/templates/a.yaml:1:21-29 "]);
        let told = hover::hover(&fixture.world, cursor).unwrap().blocks;
        assert_eq!(told[0], Block::text("Value `server.replicas` of chart `tool`"));
    }

    #[test]
    fn paths_are_completed() {
        let fixture = fixture("file:///tool.tgz", "x", "<|>");
        let (_, cursor) = fixture.cursor();
        let found = completion::completion(&fixture.world, cursor).unwrap();
        let labels: Vec<&str> = found.items.iter().map(|item| item.label.as_str()).collect();
        assert_eq!(labels, ["server", "server.replicas", "resources", "resources.limits", "resources.limits.cpu"]);
    }
}
