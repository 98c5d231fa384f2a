//! Whole objects: `apiVersion`, `kind`, what an object begins with; and the keys of Chart.yaml.

use camino::Utf8Path;

use super::fields::{numbered, required};
use super::place::Place;
use super::{About, Item, Kind, Question};
use crate::helm::chart::Package;
use crate::helm::outline::{EntryKind, Slot, SlotKind};
use crate::model::admission::RANGE;
use crate::schema::Type;
use crate::schema::release::ReleaseSet;
use crate::world::{docs, schemas};
use crate::yaml::path::Path;

/// A kind that can be written, and the version of it.
struct Known {
    api_version: String,
    kind: &'static str,
    ours: bool,
}

/// Versions and kinds, the newest releases' first.
fn known(releases: ReleaseSet) -> Vec<Known> {
    let mut found: Vec<Known> = Vec::new();
    let all = schemas();
    for release in releases.iter().rev() {
        for kind in all.kinds(release) {
            for version in kind.versions.iter().filter(|version| version.schema.is_some()) {
                let api_version = kind.api_version(version);
                if !found.iter().any(|known| known.api_version == api_version && *known.kind == *kind.kind) {
                    found.push(Known { api_version, kind: &kind.kind, ours: true });
                }
            }
        }
    }
    for kind in all.kubernetes() {
        for version in kind.versions.iter().filter(|version| version.schema.is_some()) {
            found.push(Known { api_version: kind.api_version(version), kind: &kind.kind, ours: false });
        }
    }
    found
}

/// What an object begins with, at the root of a document.
pub(super) fn items(place: &Place<'_>) -> Vec<Item> {
    let (slot, outline) = (&place.slot, place.outline);
    let Some(releases) = place.contexts.iter().map(|context| context.releases).reduce(ReleaseSet::or) else {
        return Vec::new();
    };
    let releases = if releases.is_empty() { ReleaseSet::ALL } else { releases };
    let document = slot.document();
    // What a helper prints is an object only if it says so.
    if outline.define(document).is_some()
        && !["apiVersion", "kind"].iter().any(|key| outline.at_root(document, key).is_some())
    {
        return Vec::new();
    }
    let parent =
        slot.parent.filter(|id| outline.entry(*id).kind == EntryKind::Key && outline.entry(*id).parent.is_none());
    let key = parent.and_then(|id| outline.key(id));
    let text = |key| outline.at_root(document, key).and_then(|id| outline.value(id)).unwrap_or_default();
    match (slot.kind, key) {
        (SlotKind::Value, Some("apiVersion")) => {
            let kind = text("kind");
            let mut items: Vec<Item> = Vec::new();
            for known in known(ReleaseSet::ALL).iter().filter(|known| kind.is_empty() || known.kind == kind) {
                let serving = schemas().serving(&known.api_version, known.kind);
                let detail = if known.ours { format!("KubeBlocks {serving}") } else { String::new() };
                if !items.iter().any(|item| item.label == known.api_version) {
                    items.push(Item::new(known.api_version.as_str(), Kind::Value).detail(detail));
                }
            }
            items
        }
        (SlotKind::Value, Some("kind")) => {
            let api_version = text("apiVersion");
            let bare = outline.at_root(document, "metadata").is_none() && outline.at_root(document, "spec").is_none();
            let known = known(ReleaseSet::ALL);
            let fitting = known.iter().filter(|known| api_version.is_empty() || known.api_version == api_version);
            let item = |known: &Known| {
                let item = item(known);
                if bare { item.snippet(numbered(&format!("{}\n{}", known.kind, skeleton(known)))) } else { item }
            };
            fitting.map(item).collect()
        }
        (SlotKind::Key | SlotKind::Either, None) if slot.parent.is_none() && slot.column == 0 && !slot.flow => {
            let has = |key| outline.at_root(document, key).is_some();
            if has("kind") && has("apiVersion") {
                return Vec::new();
            }
            let keys = ["apiVersion", "kind", "metadata", "spec"].into_iter().filter(|key| !has(key));
            let keys = keys.map(|key| {
                let scalar = matches!(key, "apiVersion" | "kind");
                Item::new(key, Kind::Field).insert(if scalar { format!("{key}: ") } else { format!("{key}:") })
            });
            let whole = known(releases).into_iter().filter(|known| !has("kind") && !has("apiVersion") && known.ours);
            let whole = whole.map(|known| {
                let head = format!("apiVersion: {}\nkind: {}\n", known.api_version, known.kind);
                let label = format!("{} ({})", known.kind, known.api_version);
                let snippet = numbered(&(head.clone() + &skeleton(&known)));
                let about = item(&known).about;
                Item { about, ..Item::new(label, Kind::Object).insert(head).snippet(snippet).detail("new object") }
            });
            keys.chain(whole).collect()
        }
        _ => Vec::new(),
    }
}

fn item(known: &Known) -> Item {
    let path = Path { steps: vec![crate::yaml::path::Step::Key("kind".into())] };
    let item = Item::new(known.kind, Kind::Object).detail(known.api_version.as_str());
    match docs().describe(&known.api_version, known.kind, &path) {
        Some(words) => item.about(About::Text(words.replace('\n', " "))),
        None => item,
    }
}

/// What follows `kind`, with `$` for each place to fill in.
fn skeleton(known: &Known) -> String {
    let mut lines = vec!["metadata:".to_owned(), "  name: $".to_owned()];
    let serving = schemas().serving(&known.api_version, known.kind);
    let schema = serving.last().and_then(|release| schemas().get(release, &known.api_version, known.kind));
    if let Some(spec) = schema.and_then(|schema| schema.property("spec")).filter(|spec| spec.kind == Some(Type::Object))
    {
        lines.push("spec:".into());
        let inner = required(spec, 0);
        if inner.is_empty() {
            lines.push("  $".into());
        }
        lines.extend(inner.into_iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

/// Keys of Chart.yaml that Helm reads, whether they must be there, and what they are for.
const CHART: [(&str, &str); 16] = [
    ("apiVersion", "`v2`; charts of Helm 2 have `v1`."),
    ("name", "The chart's name, in small letters."),
    ("version", "The chart's own version, three numbers."),
    ("appVersion", "The version of what the chart installs."),
    ("description", "What the chart is, in one line."),
    ("type", "`application`, or `library` for a chart of helpers."),
    ("kubeVersion", "The versions of Kubernetes that the chart works on."),
    ("dependencies", "Other charts that come with this one."),
    ("annotations", "Words for other programs."),
    ("keywords", "Words to find the chart by."),
    ("home", "The address of the project."),
    ("sources", "Addresses of the sources."),
    ("maintainers", "Who takes care of the chart."),
    ("icon", "The address of a picture."),
    ("deprecated", "The chart should not be used any more."),
    ("condition", "A value that switches the chart on."),
];
const DEPENDENCY: [(&str, &str); 8] = [
    ("name", "The other chart's name."),
    ("version", "A version, or a range of versions."),
    ("repository", "Where it is: an address, or `file://` and a path."),
    ("condition", "A value that switches it on."),
    ("alias", "Another name for its values and templates."),
    ("tags", "Names by which several charts are switched on."),
    ("enabled", "Whether it is used."),
    ("import-values", "Values of the other chart that this one takes over."),
];

const MAINTAINER: [(&str, &str); 3] = [
    ("name", "Who takes care of the chart."),
    ("email", "The address for letters."),
    ("url", "The address of a page."),
];

/// The keys below a path of Chart.yaml.
fn chart_keys(path: &str) -> &'static [(&'static str, &'static str)] {
    match path {
        "" => &CHART,
        "annotations" => &[
            (RANGE, "The releases of KubeBlocks that the chart is for."),
            ("addon.kubeblocks.io/model", "What kind of database it is, such as `RDBMS` or `key-value`."),
            ("addon.kubeblocks.io/provider", "Who provides the addon."),
        ],
        path if path.starts_with("dependencies[") && path.ends_with(']') => &DEPENDENCY,
        path if path.starts_with("maintainers[") && path.ends_with(']') => &MAINTAINER,
        _ => &[],
    }
}

/// What a key of Chart.yaml is for, below a path.
pub(in crate::ide) fn chart_words(path: &str, key: &str) -> Option<&'static str> {
    chart_keys(path).iter().find(|(known, _)| *known == key).map(|(_, words)| *words)
}

/// What an item of dependencies says under a key of the charts in the same folder; libraries come first.
fn charts_beside(question: &Question<'_>, key: &str) -> Vec<Item> {
    let own = question.source().path.parent();
    let beside = question.world.charts.values().filter_map(|chart| chart.package());
    let mut beside: Vec<_> = beside
        .filter(|package| Some(&*package.root) != own && package.root.parent() == own.and_then(Utf8Path::parent))
        .collect();
    beside.sort_by_key(|package| !package.metadata.library);
    let item = |package: &Package| {
        let text = match key {
            "name" => package.name().to_owned(),
            "version" => package.metadata.version.clone(),
            "repository" => format!("file://../{}", package.root.file_name()?),
            _ => return None,
        };
        let detail = if key == "name" { &*package.metadata.version } else { package.name() };
        Some(Item::new(text.as_str(), Kind::Value).insert(super::scalars::quoted(&text)).detail(detail))
    };
    beside.into_iter().filter_map(item).collect()
}

/// Keys and some values of Chart.yaml.
pub(super) fn chart_file(question: &Question<'_>, slot: &Slot) -> Vec<Item> {
    let outline = question.file.outline();
    let path = outline.path(slot.parent).to_string();
    if slot.kind == SlotKind::Value {
        if let Some((_, key)) = path.strip_prefix("dependencies[").and_then(|path| path.split_once("].")) {
            return charts_beside(question, key);
        }
        let values: &[&str] = match path.as_str() {
            "apiVersion" => &["v2", "v1"],
            "type" => &["application", "library"],
            "deprecated" => &["true", "false"],
            "annotations[\"addon.kubeblocks.io/kubeblocks-version\"]" => &[">=1.0.0", ">=1.1.0", ">=1.2.0", ">=0.9.0"],
            _ => &[],
        };
        return values
            .iter()
            .map(|value| Item::new(*value, Kind::Value).insert(super::scalars::quoted(value)))
            .collect();
    }
    let keys = chart_keys(&path);
    let present: Vec<&str> = outline.siblings(slot).filter_map(|id| outline.key(id)).collect();
    let typed = slot.range.of(question.text());
    let missing = keys.iter().filter(|(key, _)| *key == typed || !present.contains(key));
    let item = |(key, words): &(&str, &str)| {
        let list = matches!(*key, "dependencies" | "annotations" | "keywords" | "sources" | "maintainers" | "tags");
        let insert = if list { format!("{key}:") } else { format!("{key}: ") };
        Item::new(*key, Kind::Field).insert(insert).about(About::Text((*words).to_owned()))
    };
    missing.map(item).collect()
}
