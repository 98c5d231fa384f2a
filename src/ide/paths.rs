//! Paths of files that ConfigMaps bring into containers: `/scripts/start.sh` in a command is a key of a ConfigMap.

use super::locate::{Spot, content, item_of, key_of};
use super::reference::{Kind, Lookup, Thing, thing};
use crate::model::index::Object;
use crate::model::kubernetes;
use crate::model::object::Node;
use crate::model::parts::What;
use crate::model::resolve::CONFIG_MAP;
use crate::model::volumes::{Component, of_definition};
use crate::text::TextRange;
use crate::yaml::parser;

/// What the path under the cursor leads to, and the bytes of it that do: the folder to the ConfigMap, the file to the
/// key.
pub(super) fn path_at<'w>(lookup: &mut Lookup<'w>, spot: Spot<'w>) -> Option<(TextRange, Vec<Thing<'w>>)> {
    let node = spot.node;
    let text = node.text().filter(|text| text.contains('/') && !node.is_alias())?;
    let world = lookup.world;
    let own;
    let component = match node.document.kind()? {
        // All others need not be looked at.
        "ComponentDefinition" => {
            own = of_definition(Object { chart: spot.chart, document: node.document })?;
            &own
        }
        "ClusterDefinition" => lookup.component_of(node)?,
        _ => return None,
    };
    let maps = |mount: Node<'w>| {
        maps(component, mount).flat_map(|name| kubernetes::objects(world, component.chart, CONFIG_MAP, name))
    };
    let whole = |map: Object<'w>| thing(map.chart, Kind::Object, map.root()?, map.document.name());
    if key_of(node).and_then(Node::text) == Some("mountPath") {
        return Some((content(node), maps(node.parent()?).filter_map(whole).collect()));
    }
    let rendered = node.document.rendered().text.as_str();
    let place = |range| parser::part(rendered, node.document.tree(), node.id, range);
    let own = ["containers", "initContainers"].into_iter().find_map(|list| item_of(node, list));
    let mounts = component.mounts().filter(|mount| {
        own.is_none_or(|own| item_of(*mount, "containers").or(item_of(*mount, "initContainers")) == Some(own))
    });
    for mount in mounts {
        let folder = mount.text_at("mountPath").unwrap_or_default().trim_end_matches('/');
        if folder.is_empty() || mount.get("subPath").is_some() {
            continue;
        }
        for (at, _) in text.match_indices(folder) {
            let (before, behind) = (&text[..at], &text[at + folder.len()..]);
            let Some(file) = behind.strip_prefix('/').filter(|_| !before.ends_with(is_of_path)) else { continue };
            let file = &file[..file.find(|c| !is_of_path(c) || c == '/').unwrap_or(file.len())];
            let start = at + folder.len() + 1;
            let name = place(TextRange::new(start, start + file.len()));
            if name.contains(spot.range) || spot.range.contains(name) {
                let key = |map: Object<'w>| {
                    let (key, text) = map.root()?.get("data")?.entries().find(|(key, _)| key.text() == Some(file))?;
                    Some(Thing { kind: Kind::Part(What::Key), chart: map.chart, item: text, name: content(key) })
                };
                return Some((name, maps(mount).filter_map(key).collect()));
            }
            let folder = place(TextRange::new(at, at + folder.len()));
            if folder.contains(spot.range) {
                return Some((folder, maps(mount).filter_map(whole).collect()));
            }
        }
    }
    None
}

fn is_of_path(c: char) -> bool {
    c.is_alphanumeric() || "/-_.".contains(c)
}

/// The names of the ConfigMaps that a mount shows.
fn maps<'w>(component: &Component<'w>, mount: Node<'w>) -> impl Iterator<Item = &'w str> {
    let volume = mount.text_at("name").unwrap_or_default();
    let templates = component.all_templates();
    let templates = templates.filter(move |template| template.volume().and_then(Node::text) == Some(volume));
    let templates = templates.filter_map(|template| template.config_map()?.text());
    let volumes = component.pod_volumes().filter(move |own| own.text_at("name") == Some(volume));
    templates.chain(volumes.filter_map(|own| own.text_at("configMap.name")))
}
