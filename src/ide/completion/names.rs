//! Names where something is referred to: definitions by kind, and parts of objects.

use std::cmp::Reverse;

use super::guess::Near;
use super::place::{Context, Place};
use super::scalars::quoted;
use super::{About, Item, Kind, Question};
use crate::helm::outline::{EntryKind, SlotKind};
use crate::ide::locate::content;
use crate::ide::{Cursor, addons};
use crate::model::cluster::Cluster;
use crate::model::index::Object;
use crate::model::kubernetes;
use crate::model::object::{Document, Node};
use crate::model::parts::{Owner, Part, What, fits, pod_prefix};
use crate::model::pattern::{Mode, family};
use crate::model::resolve::{COMPONENT_VERSION, own_side};
use crate::model::sites::FIELDS;
use crate::model::uses::Uses;
use crate::text::Span;
use crate::world::Chart;
use crate::yaml::path::{Path, Step, node_at};

/// The names that fit, the nearest first.
pub(super) fn items(question: &Question<'_>, place: &Place<'_>) -> Vec<Item> {
    let of_key = matches!(place.slot.kind, SlotKind::Key | SlotKind::Either)
        && place.slot.parent.is_none_or(|id| place.outline.entry(id).kind == EntryKind::Key);
    let mut items = Vec::new();
    for context in &place.contexts {
        if of_key {
            let mut steps = context.path.clone();
            steps.steps.push(Step::Key(String::new()));
            if let Some(part) = Part::find(&context.kind, &steps, true) {
                let present: Vec<&str> =
                    place.outline.siblings(&place.slot).filter_map(|id| place.outline.key(id)).collect();
                let found = parts(question, place, context, part).into_iter();
                let missing = found.filter(|item| !present.contains(&item.label.as_str()));
                items.extend(missing.map(|item| Item { insert: format!("{}: ", item.label), ..item }));
            }
        }
        if !matches!(place.slot.kind, SlotKind::Value | SlotKind::Either)
            || place.slot.range.of(place.text).starts_with('*')
        {
            continue;
        }
        items.extend(objects(question, context));
        match Part::find(&context.kind, &context.path, false) {
            Some(part) => items.extend(parts(question, place, context, part)),
            None => items.extend(of_kubernetes(question, place, context)),
        }
        items.extend(versions(question, place, context));
        items.extend(images(question, context));
        items.extend(value_paths(question, place, context));
    }
    if place.slot.quote.is_none() {
        for item in items.iter_mut().filter(|item| item.insert == item.label) {
            item.insert = quoted(&item.label);
        }
    }
    items
}

/// What is to be said of a name: whatever is said where it is given.
pub(super) fn about(document: &Document, name: Node<'_>) -> About {
    let site = document.rendered().text.site(content(name));
    site.map_or(About::Nothing, |site| About::Given(Cursor { file: site.span.file, offset: site.span.range.start }))
}

/// How far a chart is: itself, its own side, others.
fn distance(other: &Chart, chart: &Chart) -> u8 {
    match () {
        () if other.root == chart.root => 0,
        () if own_side(other, chart) => 1,
        () => 2,
    }
}

/// The objects of the kind that the field names.
fn objects(question: &Question<'_>, context: &Context) -> Vec<Item> {
    let group = context.api_version.split_once('/').map_or("", |(group, _)| group);
    let field = FIELDS.iter().find(|field| {
        field.kind == context.kind
            && (field.group == group || group.is_empty())
            && fits(field.path, &context.path.steps, false)
    });
    let (Some(field), Some(chart)) = (field, question.charts.first()) else { return Vec::new() };
    let found = question.world.index().candidates(chart, field.target);
    let mut found: Vec<Object> = found.collect();
    let near = Near::of(question, question.at.offset);
    found.sort_by_cached_key(|object| {
        (distance(object.chart, chart), Reverse(near.alike(object.name().unwrap_or_default())))
    });
    let mut items: Vec<Item> = Vec::new();
    let mut families: Vec<Item> = Vec::new();
    for object in found {
        let Some(name) = object.name().filter(|name| !name.is_empty()) else { continue };
        let detail = format!("{} of {}", field.target.kind, object.chart.name());
        let about = object.document.name().map_or(About::Nothing, |name| about(object.document, name));
        items.push(Item::new(name, Kind::Name).detail(detail).about(about));
        let family = family(name);
        if field.mode != Mode::Exact && !family.is_empty() && family != name {
            let pattern = format!("^{family}-");
            if !families.iter().any(|known| known.label == pattern) {
                families.push(Item::new(pattern, Kind::Name).detail("all whose names begin so"));
            }
        }
    }
    items.extend(families);
    items
}

/// What fields of Kubernetes can name: objects of the own side, and parts of them.
fn of_kubernetes(question: &Question<'_>, place: &Place<'_>, context: &Context) -> Vec<Item> {
    let Some(chart) = question.charts.first() else { return Vec::new() };
    let beside = |key: &str| {
        let outline = place.outline;
        let item = outline.entry(place.slot.parent?).parent?;
        outline.value(outline.child(item, key)?)
    };
    let mut items: Vec<Item> = Vec::new();
    let mut add = |name: &str, detail: String, about: About| {
        if !name.is_empty() && !items.iter().any(|item| item.label == name) {
            items.push(Item::new(name, Kind::Name).detail(detail).about(about));
        }
    };
    if let Some(target) = kubernetes::target(&context.path.steps, beside("kind")) {
        let all = question.world.index().objects(target);
        let mut all: Vec<Object> = all.filter(|object| own_side(object.chart, chart)).collect();
        all.sort_by_key(|object| distance(object.chart, chart));
        for object in all {
            let about = object.document.name().map_or(About::Nothing, |name| about(object.document, name));
            add(object.name().unwrap_or_default(), format!("{} of {}", target.kind, object.chart.name()), about);
        }
    // To see what is rendered costs more than all else.
    } else if kubernetes::names_parts(&context.path.steps, &context.kind)
        && let Some((object, node)) = rendered(question, place, context)
        && let depth = Path::of(node.document.tree(), node.id).steps.len()
        // Where nothing is written yet, what holds it is the deepest.
        && let Some(item) = if depth < context.path.steps.len() { Some(node) } else { node.parent() }
        && let Some((what, names)) = kubernetes::names(question.world, object, &context.path.steps, item)
    {
        for name in names {
            let detail = format!("{} of {}", what.words(), name.object.name().unwrap_or_default());
            add(name.text(), detail, about(name.object.document, name.node));
        }
    }
    items
}

/// The parts that the field can name: those that are typed in the same document, and those that are rendered.
fn parts(question: &Question<'_>, place: &Place<'_>, context: &Context, part: &Part) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut add = |name: &str, detail: &str, about: About| {
        if !name.is_empty() && !items.iter().any(|item| item.label == name) {
            items.push(Item::new(name, Kind::Name).detail(detail).about(about));
        }
    };
    for (offset, name) in typed(place, part) {
        add(name, part.what.words(), About::Given(Cursor { offset, ..question.at }));
    }
    if let Some((object, node)) = rendered(question, place, context) {
        let uses = Uses::new(question.world);
        for name in part.names(&uses, object, node).into_iter().filter(|name| name.node != node) {
            // Images are given for actions, too.
            let is_key =
                part.what == What::Container && name.node.parent().and_then(|above| above.get("name")).is_none();
            let what = if is_key { What::Action } else { part.what };
            let detail = format!("{} of {}", what.words(), name.object.name().unwrap_or_default());
            add(name.text(), &detail, about(name.object.document, name.node));
        }
    }
    items
}

/// The names that are given in the same document, as it is typed, and where.
fn typed<'p>(place: &'p Place<'_>, part: &Part) -> Vec<(u32, &'p str)> {
    let (outline, slot) = (place.outline, &place.slot);
    let kind = outline.at_root(slot.document(), "kind").and_then(|id| outline.value(id)).unwrap_or_default();
    let list = match part.owner {
        Owner::Own => None,
        Owner::Item => Some(part.list()),
        Owner::Pod => pod_prefix(kind),
        _ => return Vec::new(),
    };
    let holder = list
        .and_then(|list| outline.ancestors(slot.parent).find(|id| fits(list, &outline.path(Some(*id)).steps, false)));
    let inside = |id| holder.is_none_or(|holder| outline.ancestors(Some(id)).any(|above| above == holder));
    let mut found = Vec::new();
    for id in outline.ids().filter(|id| outline.document_of(*id) == slot.document() && inside(*id)) {
        if slot.parent == Some(id) {
            continue;
        }
        let steps = outline.path(Some(id)).steps;
        for pattern in part.names {
            let pattern = list.map_or_else(|| (*pattern).to_owned(), |list| format!("{list}.{pattern}"));
            if fits(&pattern, &steps, false) {
                let value = outline.entry(id).value.map(|value| value.range.start);
                found.extend(value.zip(outline.value(id)));
            } else if fits(&pattern, &steps, true) {
                found.extend(outline.key(id).map(|name| (outline.entry(id).range.start, name)));
            }
        }
    }
    found
}

/// What the key of the slot became, wherever conditions and loops put it.
fn by_key<'w>(question: &Question<'w>, place: &Place<'_>, context: &Context) -> Option<(Object<'w>, Node<'w>)> {
    let key = place.slot.parent.filter(|id| place.outline.key(*id).is_some())?;
    let span = Span { file: question.at.file, range: place.outline.entry(key).range };
    let depth = context.path.steps.len();
    for chart in &question.charts {
        for document in chart.documents().iter().filter(|document| document.kind() == Some(&context.kind)) {
            for at in document.rendered().text.places(span).into_iter().filter(|at| document.range.contains(*at)) {
                let Some(id) = node_at(document.tree(), at.start) else { continue };
                let node = document.node(id);
                if Path::of(document.tree(), id).steps.len() == depth {
                    let item = node.parent()?;
                    let value = node.text().and_then(|key| item.get(key)).unwrap_or(item);
                    return Some((Object { chart, document }, value));
                }
            }
        }
    }
    None
}

/// The rendered document that the cursor stands in, and the deepest node on the way to the cursor.
fn rendered<'w>(question: &Question<'w>, place: &Place<'_>, context: &Context) -> Option<(Object<'w>, Node<'w>)> {
    if let Some(found) = by_key(question, place, context) {
        return Some(found);
    }
    let of = question.charts.iter().flat_map(|chart| chart.documents().iter().map(move |document| (*chart, document)));
    let mut of =
        of.filter(|(_, document)| document.kind() == Some(&context.kind) && document.file() == question.at.file);
    let outline = place.outline;
    let name = outline.at_root(place.slot.document(), "metadata").and_then(|id| outline.child(id, "name"));
    let name = name.and_then(|id| outline.value(id));
    // Of several in one file the one of this name, if it is written.
    let first = of.next()?;
    let same = |document: &Document| document.name_text() == name;
    let (chart, document) =
        if same(first.1) { first } else { of.find(|(_, document)| same(document)).unwrap_or(first) };
    let mut node = document.root()?;
    for step in &context.path.steps {
        let below = match step {
            Step::Key(key) => node.get(key),
            Step::Index(at) => node.items().nth(*at),
        };
        let Some(below) = below else { break };
        node = below;
    }
    Some((Object { chart, document }, node))
}

/// The paths of values of the chart that an Addon installs.
fn value_paths(question: &Question<'_>, place: &Place<'_>, context: &Context) -> Vec<Item> {
    if !addons::is_path(&context.kind, &context.path) {
        return Vec::new();
    }
    let chart = rendered(question, place, context).and_then(|(addon, _)| addons::installed(question.world, addon));
    let paths = chart.map(|chart| addons::paths(chart)).unwrap_or_default().into_iter();
    paths.map(|path| Item::new(path, Kind::Member).detail("value")).collect()
}

/// The images that ComponentVersions of the chart have for a key, where one more is to be given; elsewhere those of all.
fn images(question: &Question<'_>, context: &Context) -> Vec<Item> {
    let key = context.path.steps.last().and_then(Step::key).unwrap_or_default();
    let of_key = context.kind == "ComponentVersion" && fits("spec.releases[].images{}", &context.path.steps, false);
    if !(of_key || context.kind == "ComponentDefinition" && key == "image") {
        return Vec::new();
    }
    let mut items: Vec<Item> = Vec::new();
    for chart in &question.charts {
        for versions in Object::of_chart(chart, COMPONENT_VERSION) {
            let maps = versions.root().into_iter().flat_map(|root| root.each("spec.releases[].images"));
            let found = maps.flat_map(Node::entries).filter(|(name, _)| !of_key || name.text() == Some(key));
            for (name, image) in found {
                let text =
                    image.text().filter(|text| !text.is_empty() && !items.iter().any(|item| item.label == *text));
                let detail = format!("image of {}", name.text().unwrap_or_default());
                items.extend(text.map(|text| Item::new(text, Kind::Value).detail(detail).insert(text)));
            }
        }
    }
    items
}

/// The service versions that a component of a Cluster can ask for, the newest first.
fn versions(question: &Question<'_>, place: &Place<'_>, context: &Context) -> Vec<Item> {
    let asks = ["spec.componentSpecs[].serviceVersion", "spec.shardings[].template.serviceVersion"];
    if context.kind != "Cluster" || !asks.iter().any(|path| fits(path, &context.path.steps, false)) {
        return Vec::new();
    }
    let Some((object, node)) = rendered(question, place, context) else { return Vec::new() };
    let above = |item: Node<'_>| std::iter::successors(Some(node), |node| node.parent()).any(|above| above == item);
    let uses = Uses::new(question.world);
    let units = Cluster::of(object.document).into_iter().flat_map(Cluster::units);
    let unit = units.into_iter().find(|unit| above(unit.node));
    let definitions = unit.and_then(|unit| uses.candidates(unit)).unwrap_or_default();
    let mut versions: Vec<&str> = definitions
        .into_iter()
        .flat_map(|definition| uses.offers(definition).unwrap_or_default())
        .filter_map(|offer| offer.version.text())
        .collect();
    versions.sort_by_key(|text| std::cmp::Reverse(crate::model::pattern::version(text)));
    versions.into_iter().map(|version| Item::new(version, Kind::Value).detail("service version")).collect()
}
