//! What may not change in an object as long as it keeps its name: definitions (v1 spec CMPD-14, SDD-08, SCD-04), and up
//! to 0.9 the disks of a Cluster (legacy spec LC-138).

use serde_json::Value;

use super::cluster::{Cluster, Unit};
use super::object::{Document, Node};
use crate::schema::release::ReleaseSet;
use crate::schema::walk::Place;
use crate::world;

/// A thing in a definition that is not as it was.
pub struct Change<'w> {
    pub node: Node<'w>,
    /// `` `spec.x` is not as it was ``
    pub words: String,
    /// The key of `spec` at or below which that is; empty for `spec` itself.
    pub section: String,
}

impl<'w> Change<'w> {
    /// `told` is where it is told, `changed` what has changed.
    fn new(told: Node<'w>, changed: Node<'w>, words: String) -> Self {
        let path = changed.path();
        let section = path.split(['.', '[']).nth(1).unwrap_or_default().to_owned();
        Self { node: told, words, section }
    }
}

/// Kinds whose `spec` stays, and what of it may change in some release.
const KINDS: [(&str, &[&str]); 3] = [
    (
        "ComponentDefinition",
        &[
            "provider",
            "description",
            "exporter",
            "podManagementPolicy",
            "minReadySeconds",
            "podUpdatePolicy",
            "podUpgradePolicy",
        ],
    ),
    ("ShardingDefinition", &["description"]),
    ("SidecarDefinition", &["description"]),
];

/// The parts of `spec` that may not change as long as the document keeps its name; none for kinds that may change.
pub fn fixed(document: &Document) -> impl Iterator<Item = Node<'_>> {
    let kind = KINDS.into_iter().find(|(kind, _)| document.kind() == Some(*kind));
    let kind = kind.filter(|_| document.api_version() == Some("apps.kubeblocks.io/v1"));
    let entries = kind.and(document.spec()).into_iter().flat_map(Node::entries);
    let stays =
        move |key: &Node<'_>| kind.is_some_and(|(_, loose)| key.text().is_some_and(|key| !loose.contains(&key)));
    entries.filter(move |(key, _)| stays(key)).map(|(_, value)| value)
}

/// What has changed from one document to another of the same kind and name; nothing for kinds that may change, and
/// where nothing is certain.
pub fn changes<'w>(before: &Document, now: &'w Document) -> Vec<Change<'w>> {
    let mut found = Vec::new();
    let kind = KINDS.into_iter().find(|(kind, _)| now.kind() == Some(*kind));
    let version = now.api_version().filter(|version| *version == "apps.kubeblocks.io/v1");
    let specs = before.spec().zip(now.spec()).filter(|_| before.is_sound() && now.is_sound());
    if let (Some((kind, loose)), Some(version), Some((old, new))) = (kind, version, specs) {
        let place = Place::root(world::schemas(), version, kind, ReleaseSet::ALL).key("spec");
        of_mapping(old, new, &place, loose, &mut found);
    }
    found
}

const CLAIMS: &str = "volumeClaimTemplates";

/// As [`changes`], for the disks of a Cluster's components in the older version of the API. Only their size may change.
pub fn changes_of_claims<'w>(before: &Document, now: &'w Document) -> Vec<Change<'w>> {
    let mut found = Vec::new();
    let older = |cluster: &Cluster| !cluster.is_current();
    let (Some(old), Some(new)) = (Cluster::of(before).filter(older), Cluster::of(now).filter(older)) else {
        return found;
    };
    let version = now.api_version().unwrap_or_default();
    let place = Place::root(world::schemas(), version, "Cluster", ReleaseSet::ALL).key("spec");
    let place = place.key("componentSpecs").item();
    for unit in new.units().filter(|unit| !unit.sharding) {
        let Some(name) = unit.name().and_then(Node::known_text) else { continue };
        let same = |old: &Unit| !old.sharding && old.name().and_then(Node::text) == Some(name);
        if let Some(old) = old.units().find(same) {
            of_entry(old.node, unit.node, CLAIMS, &place, &["spec.resources.requests.storage"], &mut found);
        }
    }
    found
}

/// `loose` are the paths of what may change, without lists.
fn of_node<'w>(old: Node<'_>, new: Node<'w>, place: &Place<'_>, loose: &[&str], found: &mut Vec<Change<'w>>) {
    if !old.known() || !new.known() {
        return;
    }
    if new.is_mapping() && old.is_mapping() {
        return of_mapping(old, new, place, loose, found);
    }
    if new.is_sequence() && old.is_sequence() {
        let (before, now) = (old.items().count(), new.items().count());
        if before != now {
            let words = format!("{} has {now} items instead of {before}", path(new));
            found.push(Change::new(new.heading(), new, words));
        } else {
            old.items().zip(new.items()).for_each(|(old, new)| of_node(old, new, &place.item(), loose, found));
        }
        return;
    }
    if old.text().is_some() && old.text() == new.text() || is_nothing(old, place) && is_nothing(new, place) {
        return;
    }
    let node = if new.text().is_some() { new } else { new.heading() };
    found.push(Change::new(node, new, format!("{} is not as it was", path(new))));
}

fn of_mapping<'w>(old: Node<'_>, new: Node<'w>, place: &Place<'_>, loose: &[&str], found: &mut Vec<Change<'w>>) {
    let merges = |node: Node<'_>| node.entries().any(|(key, _)| key.text().is_none_or(|key| key == "<<"));
    if merges(old) || merges(new) {
        return;
    }
    let counts = |name: &&str| !loose.contains(name);
    // Of a key that is there twice the later one counts.
    let last = |key: Node<'w>| key.text().filter(counts).filter(|name| new.key(name).is_some_and(|last| last == key));
    let below = |name: &str| -> Vec<&str> {
        loose.iter().filter_map(|path| path.strip_prefix(name)?.strip_prefix('.')).collect()
    };
    for name in new.entries().filter_map(|(key, _)| last(key)) {
        of_entry(old, new, name, place, &below(name), found);
    }
    let mut gone: Vec<&str> = old.entries().filter_map(|(key, _)| key.text().filter(counts)).collect();
    gone.retain(|name| new.key(name).is_none());
    gone.dedup();
    gone.into_iter().for_each(|name| of_entry(old, new, name, place, &[], found));
}

/// What is under one key of both; `place` is that of the mappings.
fn of_entry<'w>(
    old: Node<'_>,
    new: Node<'w>,
    name: &str,
    place: &Place<'_>,
    loose: &[&str],
    found: &mut Vec<Change<'w>>,
) {
    let place = place.key(name);
    let tells = |value: &Node| value.known() && !is_nothing(*value, &place);
    match (old.get(name), new.get(name)) {
        (Some(before), Some(value)) => of_node(before, value, &place, loose, found),
        (None, Some(value)) => {
            if tells(&value) {
                let node = new.key(name).unwrap_or(value);
                found.push(Change::new(node, value, format!("{} is new", path(value))));
            }
        }
        (before, None) => {
            if new.key(name).is_none() && before.is_some_and(|before| tells(&before)) {
                found.push(Change::new(new.heading(), new, format!("`{name}` is gone from {}", path(new))));
            }
        }
    }
}

/// The value may be left out without a change.
fn is_nothing(node: Node<'_>, place: &Place<'_>) -> bool {
    let empty = (node.is_mapping() && node.entries().next().is_none())
        || (node.is_sequence() && node.items().next().is_none())
        || node.is_null()
        || matches!(node.text(), Some("" | "false" | "0"));
    let usual = |text: &str| {
        let as_text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        place.defaults().iter().any(|(value, _)| as_text(value) == text)
    };
    empty || node.text().is_some_and(usual)
}

fn path(node: Node<'_>) -> String {
    format!("`{}`", node.path())
}
