//! Clusters and the topologies of ClusterDefinitions that they follow (v1 spec §2.1, §2.5). Topologies came with 0.9, in the
//! older version of the API.

use super::object::{Document, Node};
use crate::world::Chart;

/// The `spec` of a document of this kind; `None` where a part of it cannot be read.
fn spec_of<'w>(document: &'w Document, kind: &str) -> Option<Node<'w>> {
    let versions = ["apps.kubeblocks.io/v1", "apps.kubeblocks.io/v1alpha1"];
    let fits = document.kind() == Some(kind)
        && document.api_version().is_some_and(|version| versions.contains(&version))
        && document.is_sound();
    document.spec().filter(|_| fits)
}

fn is_current(document: &Document) -> bool {
    document.api_version() == Some("apps.kubeblocks.io/v1")
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

/// The components and shardings of all Clusters that a chart renders, in the API since 1.0.
pub fn units(chart: &Chart) -> impl Iterator<Item = Unit<'_>> {
    chart.documents().iter().filter_map(Cluster::current).flat_map(Cluster::units)
}

impl<'w> Cluster<'w> {
    pub fn of(document: &'w Document) -> Option<Self> {
        Some(Self { document, spec: spec_of(document, "Cluster")? })
    }

    /// As [`Cluster::of`], for the API since 1.0 alone.
    pub fn current(document: &'w Document) -> Option<Self> {
        Self::of(document).filter(|cluster| cluster.is_current())
    }

    /// It is of the API since 1.0.
    pub fn is_current(self) -> bool {
        is_current(self.document)
    }

    /// The ClusterDefinition by whose topology it is made. Before 1.0 a Cluster without `topology` follows none.
    pub fn definition(self) -> Option<Node<'w>> {
        let topology = self.spec.text_at("topology").is_some_and(|topology| !topology.is_empty());
        match self.is_current() {
            true => self.spec.get("clusterDef"),
            false => self.spec.get("clusterDefinitionRef").filter(|_| topology),
        }
    }

    /// Components, then shardings.
    pub fn units(self) -> impl Iterator<Item = Unit<'w>> {
        let of = move |path, sharding| self.spec.list(path).map(move |node| Unit { cluster: self, node, sharding });
        let shardings = if self.is_current() { "shardings" } else { "shardingSpecs" };
        of("componentSpecs", false).chain(of(shardings, true))
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

    /// As [`ClusterDefinition::of`], for the API since 1.0 alone.
    pub fn current(document: &'w Document) -> Option<Self> {
        Self::of(document).filter(|definition| is_current(definition.document))
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
        self.entities().map(|entity| entity.node.get("name")?.known_text()).collect()
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
