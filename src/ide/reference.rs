//! Names in YAML that refer to something, and what they refer to (navigation of both API generations).

use super::locate::{Spot, ancestors, content, item_of, key_of, list_of};
use super::{environment, field_path, parameters, paths};
use crate::model::index::Object;
use crate::model::kubernetes;
use crate::model::legacy::{APPS, ClusterDefinition, Reference as DefinitionRef};
use crate::model::object::{Document, Node};
use crate::model::owners::Name;
use crate::model::parts::{Part, What};
use crate::model::pattern::{Mode, Pattern};
use crate::model::resolve::{self, Resolution};
use crate::model::uses::Uses;
use crate::model::volumes::{Component, components_around};
use crate::text::{TextRange, parts_between};
use crate::world::{Chart, World};
use crate::yaml::parser;
use crate::yaml::path::Path;
use crate::yaml::tree::Kind as Shape;

/// What kind of thing a name stands for.
#[derive(Clone, Copy)]
pub(super) enum Kind<'w> {
    /// An item of `componentDefs`.
    Component(ClusterDefinition<'w>),
    /// A whole document.
    Object,
    Anchor,
    /// An item of `componentRefEnv`, with the reference that yields it.
    Variable(DefinitionRef<'w>),
    /// An item of a container's `env`.
    Env,
    /// What makes a volume.
    Volume,
    /// An item of `volumeMounts`.
    Mount,
    /// An item of a container's or a service's `ports`.
    Port,
    Container,
    /// An item of `scriptSpecs`.
    Script,
    /// A part of an object of the v1 API.
    Part(What),
}

/// Something with a name.
#[derive(Clone, Copy)]
pub(super) struct Thing<'w> {
    pub(super) kind: Kind<'w>,
    /// The chart in whose documents it stands.
    pub(super) chart: &'w Chart,
    /// The whole of it.
    pub(super) item: Node<'w>,
    /// Its name: bytes of the rendered text.
    pub(super) name: TextRange,
}

/// A name and what it stands for.
pub(super) struct Reference<'w> {
    /// The name alone: bytes of the rendered text.
    pub(super) origin: TextRange,
    /// Nearest first; never empty.
    pub(super) things: Vec<Thing<'w>>,
}

/// What one question needs to know again and again.
pub(super) struct Lookup<'w> {
    pub(super) world: &'w World,
    /// The document that was asked about last, and the component definitions in which it has a part.
    components: Option<(&'w Document, Vec<Component<'w>>)>,
    uses: Option<Uses<'w>>,
}

impl<'w> Lookup<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self { world, components: None, uses: None }
    }

    pub(super) fn uses(&mut self) -> &Uses<'w> {
        self.uses.get_or_insert_with(|| Uses::new(self.world))
    }

    /// The component definition inside which, or inside what others add to which, the node stands.
    pub(super) fn component_of(&mut self, node: Node<'w>) -> Option<&Component<'w>> {
        let is_known = self.components.as_ref().is_some_and(|(document, _)| std::ptr::eq(*document, node.document));
        if !is_known {
            self.components = Some((node.document, components_around(self.world.index(), node.document)));
        }
        let inside = |item: &Node<'w>| ancestors(node).any(|above| above == *item);
        self.components.iter().flat_map(|(_, components)| components).find(|component| {
            inside(&component.node)
                || component.versions.iter().any(inside)
                || component.uses.iter().any(|(_, item)| inside(item))
        })
    }
}

/// What the name under the cursor refers to; `None` where nothing is known of it.
pub(super) fn reference<'w>(lookup: &mut Lookup<'w>, spot: Spot<'w>) -> Option<Reference<'w>> {
    let node = spot.node;
    let whole = content(node);
    let (origin, things) = if let Some(anchor) = anchor(spot) {
        (whole, vec![anchor])
    } else if let Some(found) = field_path::step_at(spot) {
        found
    } else if let Some((origin, name)) = environment::variable_at(spot) {
        (origin, environment::variables(lookup, spot, name))
    } else if let Some(found) = named(lookup, spot).filter(|found| !found.is_empty()) {
        (whole, found)
    } else if let Some(found) = part(lookup, spot) {
        found
    } else if let Some(found) = parameters::initial_at(lookup, spot).filter(|(_, things)| !things.is_empty()) {
        found
    } else if let Some(found) = parameters::parameter_at(lookup, spot).filter(|(_, things)| !things.is_empty()) {
        found
    } else {
        paths::path_at(lookup, spot)?
    };
    let touched = origin.contains(spot.range) || spot.range.contains(origin);
    (touched && !things.is_empty()).then_some(Reference { origin, things })
}

/// The component definition whose own name the spot is.
pub(super) fn component_itself(spot: Spot<'_>) -> Option<Thing<'_>> {
    let definition = definition_of(spot.node.document)?;
    thing(spot.chart, Kind::Component(definition), spot.node.parent()?, Some(spot.node))
}

/// The anchor that an alias stands for.
fn anchor(spot: Spot<'_>) -> Option<Thing<'_>> {
    let document = spot.node.document;
    let Shape::Alias { target: Some(target), .. } = document.tree().node(spot.node.id).kind else { return None };
    let range = document.tree().anchor(target)?.range;
    let name = TextRange { start: (range.start + 1).min(range.end), ..range };
    Some(Thing { kind: Kind::Anchor, chart: spot.chart, item: document.node(target), name })
}

/// The part of an object that is named under the cursor, and the bytes of its name.
fn part<'w>(lookup: &mut Lookup<'w>, spot: Spot<'w>) -> Option<(TextRange, Vec<Thing<'w>>)> {
    let node = spot.node;
    let text = node.text().filter(|text| !text.is_empty() && !node.is_alias())?;
    let object = Object { chart: spot.chart, document: node.document };
    let mut mode = Mode::Exact;
    let (what, list, names) = match Part::at(node) {
        Some(part) => {
            mode = part.mode();
            (part.what, part.is_list(), part.names(lookup.uses(), object, node))
        }
        None => {
            let steps = Path::of(node.document.tree(), node.id).steps;
            let (what, names) = kubernetes::names(lookup.world, object, &steps, node.parent()?)?;
            (what, false, names)
        }
    };
    let rendered = node.document.rendered().text.as_str();
    let mut parts = parts_between(text, ',')
        .map(|(range, name)| (parser::part(rendered, node.document.tree(), node.id, range), name));
    let (origin, name) = if list {
        parts.find(|(range, _)| range.contains(spot.range) || spot.range.contains(*range))?
    } else {
        (content(node), text)
    };
    let named = |name: &str| -> Vec<Thing<'w>> {
        let pattern = Pattern::new(mode, name);
        let same = names.iter().filter(|given| pattern.matches(given.text()) && given.node != node);
        same.map(|given| given_name(what, *given)).collect()
    };
    let mut things = named(name);
    // A parameter's name may begin with those of what it stands in.
    let mut rest = name;
    while things.is_empty()
        && what == What::Property
        && let Some((_, inner)) = rest.split_once('.')
    {
        rest = inner;
        things = named(rest);
    }
    (!things.is_empty()).then_some((origin, things))
}

pub(super) fn given_name(what: What, Name { object, node, range }: Name<'_>) -> Thing<'_> {
    let rendered = object.document.rendered().text.as_str();
    let name = parser::part(rendered, object.document.tree(), node.id, range);
    Thing { kind: Kind::Part(what), chart: object.chart, item: holder(node), name }
}

/// The item that has the name.
pub(super) fn holder(name: Node<'_>) -> Node<'_> {
    let Some(parent) = name.parent().filter(|parent| parent.is_mapping()) else { return name };
    let of_key = parent.entries().find(|(key, _)| *key == name).map(|(_, value)| value);
    of_key.unwrap_or(if parent.parent().is_some_and(Node::is_sequence) { parent } else { name })
}

/// What a scalar names, by the key behind which it stands.
fn named<'w>(lookup: &mut Lookup<'w>, spot: Spot<'w>) -> Option<Vec<Thing<'w>>> {
    let Spot { chart, node, .. } = spot;
    let world = lookup.world;
    let name = node.text().filter(|name| !name.is_empty() && !node.is_alias())?;
    if let Some(found) = objects(world, node).filter(|found| !found.is_empty()) {
        return Some(found);
    }
    if let Some(target) = kubernetes::target_at(node) {
        return Some(kubernetes::objects(world, chart, target, name).into_iter().filter_map(whole).collect());
    }
    let key = key_of(node)?.text()?;
    let item = node.parent()?;
    let of_kubeblocks = node.document.group().is_some_and(|group| group.ends_with("kubeblocks.io"));
    match key {
        "name" => match list_of(item) {
            Some("volumeMounts") => Some(volumes(lookup.component_of(node)?, name)),
            Some("volumes" | "volumeTypes" | "volumeClaimTemplates") => Some(mounts(lookup.component_of(node)?, name)),
            Some("containers" | "initContainers") if key_of_parent(item, "versionsContext") => {
                Some(containers(lookup.component_of(node)?, name))
            }
            Some("scriptSpecSelectors") => {
                let component = lookup.component_of(node)?;
                let specs = component.node.list("scriptSpecs").filter(|spec| spec.text_at("name") == Some(name));
                Some(things(component.chart, Kind::Script, specs))
            }
            _ => None,
        },
        "volumeName" => Some(mounts(lookup.component_of(node)?, name)),
        "targetPort" | "port" if node.integer().is_none() => {
            let component = lookup.component_of(node)?;
            let scope = item_of(node, "containers").filter(|_| key == "port");
            let containers: Vec<Node> = scope.map_or_else(|| component.containers().collect(), |own| vec![own]);
            let ports = containers.into_iter().flat_map(|container| container.list("ports"));
            Some(things(component.chart, Kind::Port, ports.filter(|port| port.text_at("name") == Some(name))))
        }
        "targetPort" => {
            let component = lookup.component_of(node)?;
            let ports = component.containers().flat_map(|container| container.list("ports"));
            let same = ports.filter(|port| port.get("containerPort").and_then(Node::integer) == node.integer());
            let named = |port: Node<'w>| thing(component.chart, Kind::Port, port, port.get("containerPort"));
            Some(same.filter_map(named).collect())
        }
        "componentDefName" if list_of(item) == Some("componentDefRef") => {
            Some(component(chart, definition_of(node.document)?, name))
        }
        "componentDefRef" if of_kubeblocks => {
            let definition = node.document.root()?.at("spec.clusterDefinitionRef")?;
            let found = objects(world, definition)?.into_iter();
            let found = found.filter_map(|thing| Some((thing.chart, definition_of(thing.item.document)?)));
            Some(found.flat_map(|(chart, definition)| component(chart, definition, name)).collect())
        }
        _ => None,
    }
}

/// The item's list stands in the value of this key.
fn key_of_parent(item: Node<'_>, key: &str) -> bool {
    let above = item.parent().and_then(|list| list.parent());
    above.and_then(key_of).and_then(Node::text) == Some(key)
}

pub(super) fn definition_of(document: &Document) -> Option<ClusterDefinition<'_>> {
    let ours = document.kind() == Some("ClusterDefinition") && document.group() == Some(APPS);
    document.root().filter(|_| ours).map(|root| ClusterDefinition { document, root })
}

fn component<'w>(chart: &'w Chart, definition: ClusterDefinition<'w>, name: &str) -> Vec<Thing<'w>> {
    let same = definition.components().filter(|component| component.name() == name);
    things(chart, Kind::Component(definition), same.map(|component| component.node))
}

/// The objects that a name refers to, the nearest chart's first.
fn objects<'w>(world: &'w World, node: Node<'w>) -> Option<Vec<Thing<'w>>> {
    let site = world.index().site_at(node)?;
    let Resolution::Found(found) = resolve::resolve(world, &site) else { return Some(Vec::new()) };
    Some(found.into_iter().filter_map(whole).collect())
}

fn whole(object: Object<'_>) -> Option<Thing<'_>> {
    thing(object.chart, Kind::Object, object.document.root()?, object.document.name())
}

/// What makes, or declares, the volume of this name.
fn volumes<'w>(component: &Component<'w>, name: &str) -> Vec<Thing<'w>> {
    let chart = component.chart;
    let made = component.uses.iter().flat_map(|(_, item)| item.list("volumes"));
    let made = component.pod_volumes().chain(made).filter(|volume| volume.text_at("name") == Some(name));
    let mut found = things(chart, Kind::Volume, made);
    for template in component.all_templates() {
        let volume = template.volume().filter(|volume| volume.text() == Some(name));
        found.extend(volume.and_then(|volume| thing(chart, Kind::Volume, template.node, Some(volume))));
    }
    let claims = component.claims().map(|(_, claim)| claim);
    for declared in component.declared_volumes().chain(claims).filter(|declared| declared.text() == Some(name)) {
        found.extend(declared.parent().and_then(|item| thing(chart, Kind::Volume, item, Some(declared))));
    }
    found
}

fn mounts<'w>(component: &Component<'w>, volume: &str) -> Vec<Thing<'w>> {
    things(component.chart, Kind::Mount, component.mounts().filter(|mount| mount.text_at("name") == Some(volume)))
}

fn containers<'w>(component: &Component<'w>, name: &str) -> Vec<Thing<'w>> {
    let same = component.containers().filter(|container| container.text_at("name") == Some(name));
    things(component.chart, Kind::Container, same)
}

/// Items with a `name`.
pub(super) fn things<'w>(chart: &'w Chart, kind: Kind<'w>, items: impl Iterator<Item = Node<'w>>) -> Vec<Thing<'w>> {
    items.filter_map(|item| thing(chart, kind, item, item.get("name"))).collect()
}

pub(super) fn thing<'w>(chart: &'w Chart, kind: Kind<'w>, item: Node<'w>, name: Option<Node<'w>>) -> Option<Thing<'w>> {
    Some(Thing { kind, chart, item: item.resolved(), name: content(name?.resolved()) })
}
