//! Views of the legacy API (KubeBlocks 0.5 to 0.9): ClusterDefinition, ClusterVersion, Cluster (legacy spec §1).

use super::object::{Document, Node};
use crate::world::Chart;

/// The API group of definitions and Clusters.
pub const APPS: &str = "apps.kubeblocks.io";

/// A ClusterDefinition with `componentDefs`.
#[derive(Clone, Copy)]
pub struct ClusterDefinition<'w> {
    pub document: &'w Document,
    pub root: Node<'w>,
}

/// An item of `spec.componentDefs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ComponentDef<'w> {
    pub node: Node<'w>,
}

/// An item of `componentDefRef`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference<'w> {
    pub node: Node<'w>,
}

/// An item of `componentRefEnv`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Variable<'w> {
    pub node: Node<'w>,
}

/// The ClusterDefinitions of a chart.
pub fn cluster_definitions(chart: &Chart) -> impl Iterator<Item = ClusterDefinition<'_>> {
    objects(chart, "ClusterDefinition").filter_map(ClusterDefinition::of)
}

/// The chart's objects of a kind of group [`APPS`].
pub fn objects<'w>(chart: &'w Chart, kind: &'static str) -> impl Iterator<Item = &'w Document> {
    chart.documents().iter().filter(move |d| d.kind() == Some(kind) && d.group() == Some(APPS))
}

impl<'w> ClusterDefinition<'w> {
    /// A document of kind ClusterDefinition in this view.
    pub fn of(document: &'w Document) -> Option<Self> {
        let root = document.root()?;
        root.list("spec.componentDefs").next()?;
        Some(ClusterDefinition { document, root })
    }

    pub fn name(self) -> Option<Node<'w>> {
        self.root.at("metadata.name")
    }

    pub fn components(self) -> impl Iterator<Item = ComponentDef<'w>> {
        self.root.list("spec.componentDefs").map(|node| ComponentDef { node })
    }

    pub fn component(self, name: &str) -> Option<ComponentDef<'w>> {
        self.components().find(|component| component.name() == name)
    }

    /// Names that are known; `None` where one is not, so that nobody can say which names there are.
    pub fn names(self) -> Option<Vec<&'w str>> {
        self.components().map(|c| c.node.get("name")?.known_text()).collect()
    }
}

impl<'w> ComponentDef<'w> {
    /// Empty where there is none.
    pub fn name(self) -> &'w str {
        self.node.text_at("name").unwrap_or_default()
    }

    pub fn workload_type(self) -> Option<&'w str> {
        self.node.text_at("workloadType")
    }

    /// `service`, when it is not null.
    pub fn service(self) -> Option<Node<'w>> {
        self.node.get("service")
    }

    pub fn service_ports(self) -> impl Iterator<Item = Node<'w>> {
        self.node.list("service.ports")
    }

    pub fn references(self) -> impl Iterator<Item = Reference<'w>> {
        self.node.list("componentDefRef").map(|node| Reference { node })
    }

    pub fn containers(self) -> impl Iterator<Item = Node<'w>> {
        self.node.list("podSpec.containers")
    }

    pub fn init_containers(self) -> impl Iterator<Item = Node<'w>> {
        self.node.list("podSpec.initContainers")
    }

    /// Init containers, and those behind them.
    pub fn all_containers(self) -> impl Iterator<Item = Node<'w>> {
        self.init_containers().chain(self.containers())
    }

    /// The names of the roles that its pods have (legacy spec §7.4); `None` where one is open, or where there are none.
    pub fn roles(self) -> Option<Vec<&'w str>> {
        let quorum = || {
            let spec = self.node.get("consensusSpec").filter(|spec| spec.is_mapping())?;
            Some(["leader", "learner"].iter().filter_map(|role| spec.get(role)).chain(spec.list("followers")).collect())
        };
        let named: Vec<Node> = match (self.node.get("rsmSpec"), self.workload_type()) {
            (Some(spec), _) if spec.list("roles").next().is_some() => spec.list("roles").collect(),
            (None, Some("Consensus")) => quorum()?,
            (None, Some("Replication")) => return Some(vec!["primary", "secondary"]),
            _ => return None,
        };
        let names = named.into_iter().map(|role| role.get("name")?.known_text());
        names.collect::<Option<Vec<_>>>().filter(|names| !names.is_empty())
    }

    /// Every variable that the references declare, each with its reference.
    pub fn variables(self) -> impl Iterator<Item = (Reference<'w>, Variable<'w>)> {
        self.references().flat_map(|reference| reference.variables().map(move |variable| (reference, variable)))
    }
}

impl<'w> Reference<'w> {
    /// `componentDefName`.
    pub fn target(self) -> Option<Node<'w>> {
        self.node.get("componentDefName")
    }

    pub fn target_name(self) -> &'w str {
        self.target().and_then(Node::text).unwrap_or_default()
    }

    pub fn variables(self) -> impl Iterator<Item = Variable<'w>> {
        self.node.list("componentRefEnv").map(|node| Variable { node })
    }
}

impl<'w> Variable<'w> {
    pub fn name_node(self) -> Option<Node<'w>> {
        self.node.get("name")
    }

    /// Empty where there is none.
    pub fn name(self) -> &'w str {
        self.node.text_at("name").unwrap_or_default()
    }

    /// It is a field of the other component, and no address.
    pub fn is_field(self) -> bool {
        self.source().and_then(Node::text) == Some("FieldRef")
    }

    /// `FieldRef`, `ServiceRef` or `HeadlessServiceRef`.
    pub fn source(self) -> Option<Node<'w>> {
        self.node.at("valueFrom.type")
    }
}

/// The scalars in which a container uses variables: `command`, `args`, `env[].value`, `lifecycle` (in this order).
pub fn texts<'w>(container: Node<'w>) -> Vec<Node<'w>> {
    let mut found = starting_texts(container);
    found.extend(container.list("lifecycle.preStop.exec.command"));
    found
}

/// As [`texts`], without what runs only when the container ends.
pub fn starting_texts<'w>(container: Node<'w>) -> Vec<Node<'w>> {
    let mut found: Vec<Node<'w>> = commands(container).collect();
    found.extend(container.list("env").filter_map(|env| env.get("value")));
    found.extend(container.list("lifecycle.postStart.exec.command"));
    found
}

/// `command` and `args`: what runs.
pub fn commands<'w>(container: Node<'w>) -> impl Iterator<Item = Node<'w>> {
    container.list("command").chain(container.list("args"))
}
