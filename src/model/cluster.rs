//! Clusters of the v1 API and the topologies of ClusterDefinitions that they follow (v1 spec §2.1, §2.5).

use super::object::{Document, Node};
use crate::world::Chart;

const V1: &str = "apps.kubeblocks.io/v1";

/// The `spec` of a document of this kind in `apps.kubeblocks.io/v1`; `None` where a part of it cannot be read.
fn spec_of<'w>(document: &'w Document, kind: &str) -> Option<Node<'w>> {
    let fits =
        document.kind() == Some(kind) && document.api_version() == Some(V1) && document.tree.problems().is_empty();
    document.spec().filter(|_| fits)
}

/// A Cluster.
#[derive(Clone, Copy)]
pub struct Cluster<'w> {
    pub document: &'w Document,
    pub spec: Node<'w>,
}

/// An item of a Cluster's `componentSpecs` or `shardings`.
#[derive(Clone, Copy)]
pub struct Unit<'w> {
    pub cluster: Cluster<'w>,
    pub node: Node<'w>,
    /// Of `shardings`.
    pub sharding: bool,
}

/// The components and shardings of all Clusters that a chart renders.
pub fn units(chart: &Chart) -> impl Iterator<Item = Unit<'_>> {
    chart.documents().iter().filter_map(Cluster::of).flat_map(Cluster::units)
}

impl<'w> Cluster<'w> {
    pub fn of(document: &'w Document) -> Option<Self> {
        Some(Self { document, spec: spec_of(document, "Cluster")? })
    }

    /// Components, then shardings.
    pub fn units(self) -> impl Iterator<Item = Unit<'w>> {
        let of = move |path, sharding| self.spec.list(path).map(move |node| Unit { cluster: self, node, sharding });
        of("componentSpecs", false).chain(of("shardings", true))
    }
}

impl<'w> Unit<'w> {
    pub fn name(self) -> Option<Node<'w>> {
        self.node.get("name")
    }

    /// What says how its pods are: the item itself, or the `template` of a sharding.
    pub fn template(self) -> Option<Node<'w>> {
        if self.sharding { self.node.get("template") } else { Some(self.node) }
    }

    /// `componentDef`.
    pub fn definition(self) -> Option<Node<'w>> {
        self.template()?.get("componentDef").filter(|node| node.text() != Some(""))
    }
}

/// A ClusterDefinition with topologies.
#[derive(Clone, Copy)]
pub struct ClusterDefinition<'w> {
    pub document: &'w Document,
    pub spec: Node<'w>,
}

/// An item of `topologies`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Topology<'w> {
    pub node: Node<'w>,
}

/// An item of a topology's `components` or `shardings`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Entity<'w> {
    pub node: Node<'w>,
    /// Of `shardings`.
    pub sharding: bool,
}

impl<'w> ClusterDefinition<'w> {
    pub fn of(document: &'w Document) -> Option<Self> {
        Some(Self { document, spec: spec_of(document, "ClusterDefinition")? })
    }

    pub fn topologies(self) -> impl Iterator<Item = Topology<'w>> {
        self.spec.list("topologies").map(|node| Topology { node })
    }

    /// The topology of this name, or the default one where a Cluster names none.
    pub fn topology(self, name: Option<&str>) -> Option<Topology<'w>> {
        match name.filter(|name| !name.is_empty()) {
            Some(name) => self.topologies().find(|topology| topology.name() == name),
            None => self.topologies().find(|topology| topology.is_default()),
        }
    }
}

impl<'w> Topology<'w> {
    /// Empty where there is none.
    pub fn name(self) -> &'w str {
        self.node.text_at("name").unwrap_or_default()
    }

    pub fn is_default(self) -> bool {
        self.node.text_at("default") == Some("true")
    }

    /// Components, then shardings.
    pub fn entities(self) -> impl Iterator<Item = Entity<'w>> {
        let of = move |path, sharding| self.node.list(path).map(move |node| Entity { node, sharding });
        of("components", false).chain(of("shardings", true))
    }

    /// The entity that becomes the component of this name: the one that has the name, or a template with the longest
    /// name that the component's begins with.
    pub fn entity(self, name: &str, sharding: bool) -> Option<Entity<'w>> {
        let of_kind = || self.entities().filter(move |entity| entity.sharding == sharding);
        let prefix = of_kind().filter(|entity| entity.is_template() && name.starts_with(entity.name()));
        of_kind().find(|entity| entity.name() == name).or_else(|| prefix.max_by_key(|entity| entity.name().len()))
    }

    /// The stages of `orders.provision` (or `terminate`, `update`): each an item of the list, with what it names between
    /// commas. Nothing is trimmed, because KubeBlocks does not.
    pub fn stages(self, order: &str) -> Vec<(Node<'w>, Vec<&'w str>)> {
        let stages = self.node.get("orders").into_iter().flat_map(move |orders| orders.list(order).collect::<Vec<_>>());
        stages.filter_map(|stage| Some((stage, stage.text()?.split(',').collect()))).collect()
    }

    /// The names of all entities; `None` where one is open.
    pub fn names(self) -> Option<Vec<&'w str>> {
        self.entities().map(|entity| entity.node.get("name").filter(|name| name.known())?.text()).collect()
    }
}

impl<'w> Entity<'w> {
    /// Empty where there is none.
    pub fn name(self) -> &'w str {
        self.node.text_at("name").unwrap_or_default()
    }

    /// Its name is only the beginning of the components' names.
    pub fn is_template(self) -> bool {
        self.node.text_at("template") == Some("true")
    }

    /// `compDef` or `shardingDef`.
    pub fn definition(self) -> Option<Node<'w>> {
        self.node.get(if self.sharding { "shardingDef" } else { "compDef" })
    }
}
