//! Variables of the environment: where they are used, and what gives them their values.

use super::hover::Block;
use super::locate::{Spot, ancestors, item_of, key_of};
use super::reference::{Kind, Lookup, Thing, definition_of, holder, thing, things};
use crate::model::backup;
use crate::model::builtins;
use crate::model::config_template::Template;
use crate::model::index::Object;
use crate::model::kubernetes;
use crate::model::legacy::{ComponentDef, Reference};
use crate::model::object::{Document, Node};
use crate::model::parts::{What, each};
use crate::model::resolve::CONFIG_MAP;
use crate::model::shell;
use crate::model::vars;
use crate::schema::release::ReleaseSet;
use crate::text::TextRange;
use crate::world::World;
use crate::yaml::parser;

/// The uses of variables in a scalar: `$X`, and in what KubeBlocks itself renders `{{ .X }}`. Bytes of its text.
pub(super) fn uses(node: Node<'_>) -> Vec<(TextRange, &str)> {
    let Some(text) = node.text() else { return Vec::new() };
    let mut found: Vec<_> = shell::uses(text).into_iter().map(|used| (used.name_range, used.name)).collect();
    if node.document.kind() == Some("ConfigMap") && text.contains("{{") {
        let template = Template::new(text);
        let named = template.names().into_iter().map(|read| TextRange { start: read.range.start + 1, ..read.range });
        found.extend(named.map(|range| (range, range.of(text))));
    }
    found
}

/// The variable that is used under the cursor: its name's bytes in the rendered text, and the name.
pub(super) fn variable_at(spot: Spot<'_>) -> Option<(TextRange, &str)> {
    let node = spot.node;
    node.text().filter(|text| !node.is_alias() && text.contains(['$', '{']))?;
    let rendered = node.document.rendered().text.as_str();
    let place = |range| parser::part(rendered, node.document.tree(), node.id, range);
    // Places are dear: of a whole word only the same ones are looked at.
    let whole = spot.range.of(rendered);
    let same = |name: &str| whole.is_empty() || name.contains(whole) || whole.contains(name);
    let uses = uses(node).into_iter().filter(|(_, name)| same(name));
    let mut uses = uses.map(|(range, name)| (place(range), name));
    uses.find(|(range, _)| range.contains(spot.range) || (spot.range.contains(*range) && !range.is_empty()))
}

/// A variable that nobody defines and KubeBlocks gives: the bytes of its name, and what it is.
pub(super) fn given_by_kubeblocks(spot: Spot<'_>) -> Option<(TextRange, Block)> {
    let (range, name) = variable_at(spot)?;
    let document = spot.node.document;
    let keys = ancestors(spot.node).filter_map(key_of).filter_map(|key| key.text());
    let api_version = document.api_version().unwrap_or_default();
    let given = builtins::given(api_version, document.kind().unwrap_or_default(), keys);
    let old = builtins::find(name).filter(|_| api_version == "apps.kubeblocks.io/v1alpha1");
    let releases = match old {
        Some(old) => {
            let releases = ReleaseSet::ALL.iter().filter(|release| (old.since..=old.until).contains(release));
            format!(", in KubeBlocks {}", releases.collect::<ReleaseSet>())
        }
        None if given.contains(&name) => String::new(),
        None => return None,
    };
    Some((range, Block::text(format!("Variable `{name}`, which KubeBlocks gives{releases}"))))
}

/// What defines a variable at this place: the container's own `env` first, then the references of its component.
pub(super) fn variables<'w>(lookup: &mut Lookup<'w>, spot: Spot<'w>, name: &str) -> Vec<Thing<'w>> {
    let found = given_to(lookup, spot, name);
    if found.is_empty() { assigned(spot, name).into_iter().collect() } else { found }
}

/// Where the script itself sets a variable first.
fn assigned<'w>(spot: Spot<'w>, name: &str) -> Option<Thing<'w>> {
    let node = spot.node;
    let text = node.text().filter(|text| text.contains('\n') || text.contains('='))?;
    let (own, _) = shell::assignments(text).into_iter().find(|(own, _)| *own == name)?;
    let start = own.as_ptr() as usize - text.as_ptr() as usize;
    let document = node.document;
    let range = TextRange::new(start, start + own.len());
    let name = parser::part(document.rendered().text.as_str(), document.tree(), node.id, range);
    Some(Thing { kind: Kind::Part(What::Assignment), chart: spot.chart, item: node, name })
}

fn given_to<'w>(lookup: &mut Lookup<'w>, spot: Spot<'w>, name: &str) -> Vec<Thing<'w>> {
    if let Some(port) = name.strip_prefix("SVC_PORT_")
        && ancestors(spot.node).filter_map(key_of).any(|key| key.text() == Some("connectionCredential"))
    {
        // The credential is that of the first component definition with a service (legacy spec §3.6).
        let owner = definition_of(spot.node.document);
        let owner = owner.and_then(|definition| definition.components().find(|c| c.service().is_some()));
        let ports = owner.into_iter().flat_map(ComponentDef::service_ports);
        return things(spot.chart, Kind::Port, ports.filter(|item| item.text_at("name") == Some(port)));
    }
    let object = Object { chart: spot.chart, document: spot.node.document };
    if let Some(given) = given(lookup.world, object) {
        let mut found: Vec<Thing> = Vec::new();
        for Given { object, name: node, reference } in given.into_iter().filter(|given| given.name.text() == Some(name))
        {
            let kind = reference.map_or(Kind::Env, Kind::Variable);
            let same = thing(object.chart, kind, holder(node), Some(node));
            found.extend(same.filter(|thing| !found.iter().any(|known| known.item == thing.item)));
        }
        return found;
    }
    // A container has its own, and so has an action that KubeBlocks calls.
    let around = ["containers", "initContainers"].into_iter().find_map(|list| item_of(spot.node, list));
    let around =
        around.or_else(|| ancestors(spot.node).find(|above| key_of(*above).and_then(Node::text) == Some("exec")));
    let own = around.into_iter().flat_map(|around| around.list("env"));
    let mut found = things(spot.chart, Kind::Env, own.filter(|item| item.text_at("name") == Some(name)));
    let maps = around.into_iter().flat_map(|around| around.each("envFrom[].configMapRef.name"));
    for map in
        maps.flat_map(|map| kubernetes::objects(lookup.world, spot.chart, CONFIG_MAP, map.text().unwrap_or_default()))
    {
        let keys = map.root().map(|root| each(root, "data{key}")).unwrap_or_default();
        let same = keys.into_iter().filter(|key| key.text() == Some(name));
        found.extend(same.filter_map(|key| thing(map.chart, Kind::Env, holder(key), Some(key))));
    }
    let vars = vars::vars(spot.node.document).map(|var| var.node).filter(|var| var.text_at("name") == Some(name));
    found.extend(things(spot.chart, Kind::Env, vars));
    let Some(component) = lookup.component_of(spot.node) else { return found };
    let definition = ComponentDef { node: component.node };
    for (reference, variable) in definition.variables().filter(|(_, variable)| variable.name() == name) {
        found.extend(thing(component.chart, Kind::Variable(reference), variable.node, variable.name_node()));
    }
    found
}

/// A variable that an object's texts can use.
#[derive(Clone, Copy)]
pub(super) struct Given<'w> {
    pub(super) object: Object<'w>,
    /// Its name, where it is defined.
    pub(super) name: Node<'w>,
    /// The reference that yields it.
    reference: Option<Reference<'w>>,
}

/// The variables that texts of an object can use, where these are not its own alone: those of a ConfigMap are read in
/// the containers, and by the templates, of others, those of an ActionSet by jobs that backup methods make.
pub(super) fn given<'w>(world: &'w World, object: Object<'w>) -> Option<Vec<Given<'w>>> {
    let plain = |object, name| Given { object, name, reference: None };
    let users = || {
        let sites = world.index().matched_by(object);
        sites.map(|site| (Object { chart: site.chart, document: site.node.document }, site.node))
    };
    let mut found: Vec<Given> = Vec::new();
    match object.document.kind()? {
        "ConfigMap" => {
            for (user, site) in users() {
                found.extend(of_user(user.document, site).into_iter().map(|name| plain(user, name)));
                let component = item_of(site, "componentDefs").map(|node| ComponentDef { node });
                for (reference, variable) in component.into_iter().flat_map(ComponentDef::variables) {
                    let given =
                        variable.name_node().map(|name| Given { object: user, name, reference: Some(reference) });
                    found.extend(given);
                }
            }
        }
        "ActionSet" => {
            let own = object.document.spec().map(backup::given).unwrap_or_default();
            found.extend(own.into_iter().map(|name| plain(object, name)));
            for (user, site) in users() {
                let method = site.parent().map(backup::given).unwrap_or_default();
                found.extend(method.into_iter().map(|name| plain(user, name)));
            }
        }
        "OpsDefinition" => {
            let paths =
                ["spec.podInfoExtractors[].env[].name", "spec.parametersSchema.openAPIV3Schema.properties{key}"];
            let names =
                object.root().into_iter().flat_map(|root| paths.into_iter().flat_map(move |path| each(root, path)));
            found.extend(names.map(|name| plain(object, name)));
        }
        _ => return None,
    }
    Some(found)
}

/// The same for the text of a node in any object.
pub(super) fn given_at<'w>(world: &'w World, object: Object<'w>, node: Node<'w>) -> Vec<Given<'w>> {
    let own =
        || of_user(object.document, node).into_iter().map(|name| Given { object, name, reference: None }).collect();
    given(world, object).unwrap_or_else(own)
}

/// The variables of those who see the text of a ConfigMap: of the definition, or the component definition, around the
/// field that names it.
fn of_user<'w>(document: &'w Document, site: Node<'w>) -> Vec<Node<'w>> {
    if let Some(component) = item_of(site, "componentDefs") {
        let paths = ["podSpec.containers[].env[].name", "podSpec.initContainers[].env[].name"];
        return paths.into_iter().flat_map(|path| component.each(path)).collect();
    }
    let vars = vars::vars(document).filter_map(|var| var.node.get("name"));
    let paths = ["spec.runtime.containers[].env[].name", "spec.runtime.initContainers[].env[].name"];
    let root = document.root().into_iter();
    vars.chain(root.flat_map(|root| paths.into_iter().flat_map(move |path| root.each(path)))).collect()
}
