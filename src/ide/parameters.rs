//! Parameters of engines in the texts of ConfigMaps: the lines that set what a schema describes.

use super::hover::Block;
use super::locate::{Spot, key_of};
use super::reference::{Kind, Lookup, Thing};
use crate::model::cluster::Cluster;
use crate::model::index::Object;
use crate::model::knobs::{self, Knob};
use crate::model::object::Node;
use crate::model::owners::Name;
use crate::model::parts::{Owner, PARTS, What};
use crate::model::resolve::CONFIG_MAP;
use crate::text::TextRange;
use crate::world::World;
use crate::yaml::parser;

/// Holds the parameters that a Cluster begins with.
const ANNOTATION: &str = "config.kubeblocks.io/init-parameters";

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
    let known = known(lookup.world, spot);
    if known.is_empty() {
        return None;
    }
    // Places are dear: of a whole name only the same ones are looked at.
    let same = |name: TextRange| spot.range.is_empty() || name.of(text) == spot.range.of(rendered);
    let mut settings = knobs::settings(text).into_iter().filter(|setting| same(setting.name));
    let setting = settings.find(|setting| place(setting.name).contains(spot.range))?;
    let same = described(&known, &setting.names(text)).into_iter();
    let things = same.map(|name| super::reference::given_name(What::Property, name)).collect();
    Some((place(setting.name), things))
}

/// The parameters of the first of these names that any has.
pub(super) fn described<'w>(known: &[Knob<'w>], names: &[String]) -> Vec<Name<'w>> {
    let same = |name: &String| known.iter().filter(|knob| knob.name.text() == name).map(|knob| knob.name).collect();
    names.iter().map(same).find(|same: &Vec<Name>| !same.is_empty()).unwrap_or_default()
}

/// The names of a Cluster's annotation with parameters: `{"component": {"parameter": "value"}}`. Bytes of its text, each
/// with the component around it.
pub(super) fn initial(node: Node<'_>) -> Vec<(TextRange, Option<TextRange>)> {
    let is_it = node.document.kind() == Some("Cluster") && key_of(node).and_then(Node::text) == Some(ANNOTATION);
    let Some(text) = node.text().filter(|_| is_it) else { return Vec::new() };
    let (mut found, mut depth, mut component, mut at) = (Vec::new(), 0, None, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '"' => {
                let Some(length) = text[at + 1..].find('"') else { return found };
                let name = TextRange::new(at + 1, at + 1 + length);
                at += length + 1;
                if text[at + 1..].trim_start().starts_with(':') {
                    match depth {
                        1 => component = Some(name),
                        2 => found.push((name, component)),
                        _ => {}
                    }
                    found.extend((depth == 1).then_some((name, None)));
                }
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    found
}

/// The component, or the parameter of one, that the annotation names under the cursor.
pub(super) fn initial_at<'w>(lookup: &mut Lookup<'w>, spot: Spot<'w>) -> Option<(TextRange, Vec<Thing<'w>>)> {
    let node = spot.node;
    let text = node.text()?;
    let rendered = node.document.rendered().text.as_str();
    let place = |range| parser::part(rendered, node.document.tree(), node.id, range);
    let (name, component) = initial(node).into_iter().find(|(range, _)| place(*range).contains(spot.range))?;
    let units: Vec<_> = Cluster::of(node.document)?.units().collect();
    let of_name = |range: TextRange| units.iter().find(|unit| unit.name().and_then(Node::text) == Some(range.of(text)));
    let object = Object { chart: spot.chart, document: node.document };
    let (what, names) = match component {
        None => (What::Component, Name::whole(object, of_name(name)?.name()?).into_iter().collect()),
        Some(component) => {
            let row = PARTS.iter().find(|part| part.owner == Owner::Parameters)?;
            (What::Property, row.names(lookup.uses(), object, of_name(component)?.node))
        }
    };
    let same = names.into_iter().filter(|given| given.text() == name.of(text));
    Some((place(name), same.map(|given| super::reference::given_name(what, given)).collect()))
}

/// The text is a parameter's name, or one with the names of what that stands in: `log.level` for `level`.
pub(super) fn is_name_of(text: &str, name: &str) -> bool {
    text.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// What the object says of changes of a parameter.
pub(super) fn change(thing: &Thing<'_>, name: &str) -> Option<Block> {
    let Kind::Part(What::Property) = thing.kind else { return None };
    let spec = thing.item.document.spec()?;
    let is_it = |item: Node<'_>| item.text().is_some_and(|text| is_name_of(text, name));
    let lists = |key: &str| spec.list(key).any(is_it);
    LISTS.into_iter().find(|(key, _)| lists(key)).map(|(_, words)| Block::text(words))
}
