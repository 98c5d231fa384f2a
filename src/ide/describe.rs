//! Things in words: what a name stands for, for people.

use super::hover::{Block, dedent};
use super::locate::{self, ancestors, list_of};
use super::parameters;
use super::reference::{Kind, Thing};
use crate::model::cluster::Topology;
use crate::model::legacy::{ClusterDefinition, ComponentDef, Reference};
use crate::model::object::Node;
use crate::model::order;
use crate::model::parts::What;
use crate::world::Chart;

/// What is to be said of a thing; `own` where the cursor is on its own name.
pub(super) fn describe(thing: &Thing<'_>, own: bool) -> Vec<Block> {
    let item = thing.item;
    let name = thing.name.of(item.document.rendered().text.as_str());
    let mut blocks = match thing.kind {
        Kind::Component(definition) => component(thing.chart, definition, item),
        Kind::Object => object(item, name),
        Kind::Anchor => {
            let text = dedent(item.document.rendered().text.as_str(), item.document.tree().node(item.id).range);
            vec![Block::text(format!("Anchor `&{name}`")), Block::yaml(&text)]
        }
        Kind::Variable(reference) => variable(reference, item, name),
        Kind::Env => env(item, name),
        Kind::Volume => vec![Block::text(volume(item, name))],
        Kind::Mount => {
            let path = item.text_at("mountPath").unwrap_or("?");
            vec![Block::text(format!("Volume `{name}` is mounted at `{path}`{}", in_container(item)))]
        }
        Kind::Port => vec![Block::text(port(item))],
        Kind::Container => {
            let image = item.text_at("image").map(|image| format!(", image `{image}`")).unwrap_or_default();
            vec![Block::text(format!("Container `{name}`{image}"))]
        }
        Kind::Part(What::Key) => key(item, name),
        Kind::Part(What::Property) if !item.is_mapping() => property(item, name, thing.name.start),
        Kind::Part(what) => {
            let document = item.document;
            let owner = document.name().and_then(Node::text).unwrap_or_default();
            let mut blocks = vec![Block::text(format!(
                "The {} `{name}` of {} `{owner}`",
                what.words(),
                document.kind().unwrap_or("object")
            ))];
            if what == What::Component {
                blocks.extend(stage(item, name));
            }
            if item.is_mapping() {
                blocks
                    .push(Block::yaml(&dedent(document.rendered().text.as_str(), document.tree().node(item.id).range)));
            }
            blocks
        }
        Kind::Script => vec![Block::text(format!("Script template `{name}`{}", config_map(item)))],
    };
    blocks.extend(parameters::change(thing, name));
    if !own {
        let target = locate::targets(item.document, thing.name, thing.name).into_iter().next();
        blocks.extend(target.map(|target| Block::Link { text: "Defined in".into(), to: target.name }));
    }
    blocks
}

/// `a`, `b` and `c`, in backticks.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

fn component(chart: &Chart, definition: ClusterDefinition<'_>, item: Node<'_>) -> Vec<Block> {
    let component = ComponentDef { node: item };
    let owner = definition.name().and_then(Node::text).unwrap_or_default();
    let workload = component.workload_type().map(|workload| format!(", {workload}")).unwrap_or_default();
    let mut blocks = vec![Block::text(format!(
        "Component definition `{}` of ClusterDefinition `{owner}`{workload}",
        component.name()
    ))];
    let ports: Vec<String> = component.service_ports().map(numbered).collect();
    if !ports.is_empty() {
        blocks.push(Block::text(format!("Service ports: {}", ports.join(", "))));
    }
    let orders = order::of_chart(chart);
    let Some(order) = orders.iter().find(|order| order.definition.root == definition.root) else { return blocks };
    let Some(own) = order.components.iter().position(|other| other.node == item) else { return blocks };
    let name = |index: &usize| order.components[*index].name();
    let unique = |edges: Vec<usize>| {
        let mut edges = edges;
        edges.sort_unstable();
        edges.dedup();
        edges
    };
    let waits = unique(order.waits.iter().filter(|edge| edge.from == own).map(|edge| edge.to).collect());
    let uses = unique(
        order.uses.iter().filter(|edge| edge.from == own && !waits.contains(&edge.to)).map(|edge| edge.to).collect(),
    );
    let awaited = unique(order.waits.iter().filter(|edge| edge.to == own).map(|edge| edge.from).collect());
    let mut sentences = Vec::new();
    if !waits.is_empty() {
        sentences.push(format!("Waits for {}.", list(waits.iter().map(name))));
    }
    if !uses.is_empty() {
        sentences.push(format!("Uses {}.", list(uses.iter().map(name))));
    }
    match awaited.as_slice() {
        [] => {}
        [one] => sentences.push(format!("`{}` waits for it.", name(one))),
        many => sentences.push(format!("{} wait for it.", list(many.iter().map(name)))),
    }
    if !sentences.is_empty() {
        blocks.push(Block::Text(sentences.join(" ")));
    }
    let whole = order.to_string();
    if !whole.is_empty() {
        blocks.push(Block::text(format!("Start order: {whole}")));
    }
    blocks
}

/// When a component of a topology starts.
fn stage(item: Node<'_>, name: &str) -> Option<Block> {
    let topology = ancestors(item).find(|above| list_of(*above) == Some("topologies"))?;
    let stages = Topology { node: topology }.stages("provision");
    let own = stages.iter().position(|(_, names)| names.contains(&name))?;
    let before = list(stages[..own].iter().flat_map(|(_, names)| names.iter().copied()));
    let behind = if before.is_empty() { String::new() } else { format!(", behind {before}") };
    Some(Block::text(format!("Starts in stage {} of {}{behind}", own + 1, stages.len())))
}

/// A key of a ConfigMap, with the first lines of its text; of a Secret without.
fn key(item: Node<'_>, name: &str) -> Vec<Block> {
    let kind = item.document.kind().unwrap_or_default();
    let mut blocks =
        vec![Block::text(format!("Key `{name}` of {kind} `{}`", item.document.name_text().unwrap_or_default()))];
    if kind == "ConfigMap" {
        blocks.extend(item.text().filter(|text| !text.trim().is_empty()).map(|text| Block::lines("text", text)));
    }
    blocks
}

/// A parameter that a text in CUE describes: its line, and the comments above it.
fn property(item: Node<'_>, name: &str, at: u32) -> Vec<Block> {
    let text = item.document.rendered().text.as_str();
    let start = text[..at as usize].rfind('\n').map_or(0, |end| end + 1);
    let mut lines: Vec<&str> = text[start..].lines().take(1).collect();
    lines.extend(text[..start].lines().rev().take_while(|line| line.trim_start().starts_with("//")).take(5));
    let lines: Vec<&str> = lines.into_iter().rev().map(str::trim).collect();
    vec![Block::text(format!("Parameter `{name}`")), Block::lines("cue", &lines.join("\n"))]
}

fn object(item: Node<'_>, name: &str) -> Vec<Block> {
    let kind = item.text_at("kind").unwrap_or("Object");
    let mut blocks = vec![Block::text(format!("{kind} `{name}`"))];
    let names =
        |path: &str, key: &'static str| -> String { list(item.list(path).filter_map(move |item| item.text_at(key))) };
    if kind == "ConfigMap" {
        let keys = ["data", "binaryData"].into_iter().filter_map(|data| item.get(data));
        let keys = list(keys.flat_map(Node::entries).filter_map(|(key, _)| key.text()));
        blocks.extend((!keys.is_empty()).then(|| Block::text(format!("Keys: {keys}"))));
    }
    for (of, words, path, key) in PARTS {
        let names = if of != kind {
            String::new()
        } else if key.is_empty() {
            item.text_at(path).map(|text| format!("`{text}`")).unwrap_or_default()
        } else {
            names(path, key)
        };
        if !names.is_empty() {
            blocks.push(Block::text(format!("{words}: {names}")));
        }
    }
    blocks
}

/// What is told of objects: the kind, words, the path of a list with the key of names, or of a scalar.
const PARTS: [(&str, &str, &str, &str); 16] = [
    ("ClusterDefinition", "Component definitions", "spec.componentDefs", "name"),
    ("ClusterDefinition", "Topologies", "spec.topologies", "name"),
    ("ClusterVersion", "Components", "spec.componentVersions", "componentDefRef"),
    ("ComponentDefinition", "Service version", "spec.serviceVersion", ""),
    ("ComponentDefinition", "Containers", "spec.runtime.containers", "name"),
    ("ComponentDefinition", "Services", "spec.services", "name"),
    ("ComponentDefinition", "Roles", "spec.roles", "name"),
    ("ComponentDefinition", "Accounts", "spec.systemAccounts", "name"),
    ("ComponentVersion", "Releases", "spec.releases", "name"),
    ("ShardingDefinition", "Component definition", "spec.template.compDef", ""),
    ("Cluster", "Components", "spec.componentSpecs", "name"),
    ("ActionSet", "Type", "spec.backupType", ""),
    ("BackupPolicy", "Methods", "spec.backupMethods", "name"),
    ("BackupPolicyTemplate", "Methods", "spec.backupMethods", "name"),
    ("ParametersDefinition", "File", "spec.fileName", ""),
    ("OpsDefinition", "Actions", "spec.actions", "name"),
];

/// What a reference yields (legacy spec §3.4).
fn variable(reference: Reference<'_>, item: Node<'_>, name: &str) -> Vec<Block> {
    let target = reference.target_name();
    let mut blocks = vec![Block::text(format!("Variable `{name}`, from the reference to `{target}`"))];
    let text = |path: &str| item.text_at(path).unwrap_or_default();
    let words = match text("valueFrom.type") {
        "ServiceRef" => format!(
            "The name of the Service of `{target}`: `<cluster>-<component>`, without namespace, domain and port"
        ),
        "HeadlessServiceRef" => {
            let join = item.text_at("valueFrom.joinWith").unwrap_or(",");
            match text("valueFrom.format") {
                "" => format!("One entry for each pod of `{target}`, but no `format` says which"),
                format => format!("`{format}` for each pod of `{target}`, joined with `{join}`"),
            }
        }
        "FieldRef" => format!("The field `{}`, read from `{target}`", text("valueFrom.fieldPath")),
        _ => return blocks,
    };
    blocks.push(Block::Text(words));
    blocks
}

fn env(item: Node<'_>, name: &str) -> Vec<Block> {
    let mut blocks = vec![Block::text(format!("Environment variable `{name}`{}", in_container(item)))];
    if let Some(value) = item.text_at("value") {
        let plain = !value.contains(['`', '\n']) && !value.is_empty();
        blocks.push(if plain { Block::text(format!("Value `{value}`")) } else { Block::yaml(value) });
    }
    let sources = ["fieldRef.fieldPath", "secretKeyRef.key", "configMapKeyRef.key", "resourceFieldRef.resource"];
    let source = sources.into_iter().find_map(|path| Some((path, item.text_at(&format!("valueFrom.{path}"))?)));
    if let Some((path, source)) = source {
        blocks.push(Block::text(format!("From `{}`: `{source}`", path.split('.').next().unwrap_or_default())));
    } else if let Some(from) = item.get("valueFrom") {
        let text = item.document.rendered().text.as_str();
        blocks.push(Block::yaml(&dedent(text, item.document.tree().node(from.id).range)));
    }
    blocks
}

fn volume(item: Node<'_>, name: &str) -> String {
    match list_of(item) {
        Some(list @ ("configSpecs" | "scriptSpecs" | "configs" | "scripts")) => {
            format!("Volume `{name}` of `{list}`{}", config_map(item))
        }
        Some("volumeTypes") => format!("Volume `{name}` of `volumeTypes`: Clusters claim it"),
        Some("volumeClaimTemplates") => {
            let cluster = item.document.name().and_then(Node::text).unwrap_or_default();
            format!("Volume `{name}`, claimed by Cluster `{cluster}`")
        }
        _ => {
            let source = item.entries().filter_map(|(key, _)| key.text()).find(|key| *key != "name");
            format!("Volume `{name}` of the pod{}", source.map(|source| format!(": `{source}`")).unwrap_or_default())
        }
    }
}

/// `, ConfigMap x`, where a template is made of one.
fn config_map(item: Node<'_>) -> String {
    let name = item.text_at("templateRef").or_else(|| item.text_at("template"));
    name.map(|name| format!(", ConfigMap `{name}`")).unwrap_or_default()
}

fn in_container(item: Node<'_>) -> String {
    let container = ancestors(item).find(|above| matches!(list_of(*above), Some("containers" | "initContainers")));
    let name = container.and_then(|container| container.text_at("name"));
    name.map(|name| format!(" in container `{name}`")).unwrap_or_default()
}

fn port(item: Node<'_>) -> String {
    format!("Port {}{}", numbered(item), in_container(item))
}

/// A port's name and number.
fn numbered(port: Node<'_>) -> String {
    let number = port.text_at("containerPort").or_else(|| port.text_at("port")).unwrap_or_default();
    match port.text_at("name") {
        Some(name) => format!("`{name}` {number}"),
        None => number.to_owned(),
    }
}
