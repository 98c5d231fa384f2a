//! Parameters of engines in the texts of ConfigMaps: the lines that set what a schema describes.

use super::hover::Block;
use super::locate::{Spot, key_of};
use super::reference::{Kind, Lookup, Thing};
use crate::model::index::Object;
use crate::model::knobs::{self, Knob};
use crate::model::object::Node;
use crate::model::parts::What;
use crate::model::resolve::CONFIG_MAP;
use crate::text::TextRange;
use crate::world::World;
use crate::yaml::parser;

/// The lists of an object that tell what becomes of a change.
const LISTS: [(&str, &str); 3] = [
    ("staticParameters", "Static: a change restarts the component."),
    ("dynamicParameters", "Dynamic: a change needs no restart."),
    ("immutableParameters", "Immutable: it cannot be changed."),
];

/// The parameters that the text of a ConfigMap's key may set.
pub(super) fn known<'w>(world: &'w World, spot: Spot<'w>) -> Vec<Knob<'w>> {
    let object = Object { chart: spot.chart, document: spot.node.document };
    let key = key_of(spot.node).filter(|_| object.document.kind() == Some(CONFIG_MAP.kind));
    key.and_then(Node::text).map(|key| knobs::of_file(world, object, key)).unwrap_or_default()
}

/// The parameter whose name is under the cursor: the bytes of it, and where it is described.
pub(super) fn parameter_at<'w>(lookup: &Lookup<'w>, spot: Spot<'w>) -> Option<(TextRange, Vec<Thing<'w>>)> {
    let node = spot.node;
    let text = node.text().filter(|_| node.document.kind() == Some(CONFIG_MAP.kind))?;
    let rendered = node.document.rendered().text.as_str();
    let place = |range| parser::part(rendered, node.document.tree(), node.id, range);
    let (range, _) = knobs::settings(text).find(|(range, _)| place(*range).contains(spot.range))?;
    let same = known(lookup.world, spot).into_iter().filter(|knob| knob.name.text() == range.of(text));
    let things = same.map(|knob| super::reference::given_name(What::Property, knob.name)).collect();
    Some((place(range), things))
}

/// What the object says of changes of a parameter.
pub(super) fn change(thing: &Thing<'_>, name: &str) -> Option<Block> {
    let Kind::Part(What::Property) = thing.kind else { return None };
    let spec = thing.item.document.spec()?;
    let lists = |key: &str| spec.list(key).any(|item| item.text() == Some(name));
    LISTS.into_iter().find(|(key, _)| lists(key)).map(|(_, words)| Block::text(words))
}
