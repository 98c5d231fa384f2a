//! Pictures of charts: topologies with their components and stages, start orders, and who refers to whom; as Mermaid,
//! DOT and SVG.

mod svg;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::{ClusterDefinition, Topology};
use crate::model::object::Document;
use crate::model::order::{self, EdgeKind};
use crate::world::{Chart, World};

/// What a node stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Shape {
    /// An object of a chart.
    Object,
    /// A component, or a sharding, of a definition.
    Component,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Node {
    /// Lines.
    label: Vec<String>,
    shape: Shape,
    /// Index of the frame around it.
    group: Option<usize>,
}

/// An arrow, drawn dashed where the order does not depend on it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Edge {
    from: usize,
    to: usize,
    label: String,
    dashed: bool,
}

/// Nodes, frames around some of them, and arrows.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    groups: Vec<String>,
    edges: Vec<Edge>,
}

impl Graph {
    /// The graph of some charts of a world.
    pub fn of<'w>(world: &'w World, charts: impl Iterator<Item = &'w Chart>) -> Self {
        let mut graph = Self::default();
        let mut objects: BTreeMap<(String, String), usize> = BTreeMap::new();
        for chart in charts {
            for topology in chart
                .documents()
                .iter()
                .filter_map(ClusterDefinition::of)
                .flat_map(|definition| definition.topologies().map(move |topology| (definition, topology)))
            {
                graph.topology(topology.0, topology.1);
            }
            for order in order::of_chart(chart) {
                graph.order(&order);
            }
            graph.references(world, chart, &mut objects);
        }
        graph.edges.sort();
        graph.edges.dedup();
        graph
    }

    /// True where there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn node(&mut self, label: Vec<String>, shape: Shape, group: Option<usize>) -> usize {
        self.nodes.push(Node { label, shape, group });
        self.nodes.len() - 1
    }

    /// The entities of a topology; each stage of `provision` waits for the one before it.
    fn topology(&mut self, definition: ClusterDefinition<'_>, topology: Topology<'_>) {
        let of = definition.document.name().and_then(|name| name.text()).unwrap_or_default();
        self.groups.push(format!("{of}: topology {}", topology.name()));
        let group = Some(self.groups.len() - 1);
        let mut places = BTreeMap::new();
        for entity in topology.entities() {
            let mut label = vec![entity.name().to_owned()];
            label.extend(entity.definition().and_then(|name| name.text()).map(|name| format!("({name})")));
            places.insert(entity.name(), self.node(label, Shape::Component, group));
        }
        let stages: Vec<Vec<usize>> = topology
            .stages("provision")
            .into_iter()
            .map(|(_, names)| names.iter().filter_map(|name| places.get(name).copied()).collect())
            .collect();
        for (number, pair) in stages.windows(2).enumerate() {
            for (from, to) in pair[0].iter().flat_map(|from| pair[1].iter().map(move |to| (*from, *to))) {
                let label = if number == 0 { "then".to_owned() } else { String::new() };
                self.edges.push(Edge { from, to, label, dashed: false });
            }
        }
    }

    /// The components of an older definition; who waits points at whom it waits for.
    fn order(&mut self, order: &order::Order<'_>) {
        let of = order.definition.name().and_then(|name| name.text()).unwrap_or_default();
        if order.components.is_empty() {
            return;
        }
        self.groups.push(of.to_owned());
        let group = Some(self.groups.len() - 1);
        let places: Vec<usize> = order
            .components
            .iter()
            .map(|component| {
                let ports: Vec<&str> = component.service_ports().filter_map(|port| port.text_at("port")).collect();
                let mut label = vec![component.name().to_owned()];
                label.extend((!ports.is_empty()).then(|| format!("service {}", ports.join(", "))));
                self.node(label, Shape::Component, group)
            })
            .collect();
        for edge in order.waits.iter().chain(&order.uses) {
            let (label, dashed) = match edge.kind {
                EdgeKind::Wait => ("waits for", false),
                EdgeKind::Assumed => ("may wait for", false),
                EdgeKind::Use | EdgeKind::Hint => ("uses", true),
            };
            let (from, to) = (places[edge.from], places[edge.to]);
            self.edges.push(Edge { from, to, label: label.into(), dashed });
        }
    }

    /// Which objects of a chart refer to which, also in other charts.
    fn references(&mut self, world: &World, chart: &Chart, objects: &mut BTreeMap<(String, String), usize>) {
        let index = world.index();
        let name = |document: &Document| Some((document.kind()?.to_owned(), document.name_text()?.to_owned()));
        let mut pairs: BTreeSet<((String, String), (String, String))> = BTreeSet::new();
        for (document, node, _) in &chart.facts().sites {
            let document = &chart.documents()[*document];
            let Some(site) = index.site_at(document.node(*node)).filter(|site| site.is_known()) else { continue };
            let Some(from) = name(document) else { continue };
            let to = index.matches(&site).into_iter().filter_map(|object| name(object.document));
            pairs.extend(to.filter(|to| *to != from).map(|to| (from.clone(), to)));
        }
        for (from, to) in pairs {
            let mut place = |object: (String, String)| {
                let label = vec![object.0.clone(), object.1.clone()];
                *objects.entry(object).or_insert_with(|| {
                    self.nodes.push(Node { label, shape: Shape::Object, group: None });
                    self.nodes.len() - 1
                })
            };
            let (from, to) = (place(from), place(to));
            self.edges.push(Edge { from, to, label: String::new(), dashed: true });
        }
    }

    /// For Mermaid.
    pub fn mermaid(&self) -> String {
        let text = |label: &str| label.replace('"', "#quot;");
        let mut out = String::from("flowchart TD\n");
        let node = |(at, node): (usize, &Node)| {
            let label = text(&node.label.join("\n")).replace('\n', "<br/>");
            match node.shape {
                Shape::Object => format!("n{at}[\"{label}\"]\n"),
                Shape::Component => format!("n{at}([\"{label}\"])\n"),
            }
        };
        for (number, group) in self.groups.iter().enumerate() {
            out.push_str(&format!("  subgraph g{number}[\"{}\"]\n", text(group)));
            for item in self.nodes.iter().enumerate().filter(|(_, node)| node.group == Some(number)) {
                out.push_str(&format!("    {}", node(item)));
            }
            out.push_str("  end\n");
        }
        for item in self.nodes.iter().enumerate().filter(|(_, node)| node.group.is_none()) {
            out.push_str(&format!("  {}", node(item)));
        }
        for edge in &self.edges {
            let arrow = if edge.dashed { "-.->" } else { "-->" };
            let label = if edge.label.is_empty() { String::new() } else { format!("|{}|", text(&edge.label)) };
            out.push_str(&format!("  n{} {arrow}{label} n{}\n", edge.from, edge.to));
        }
        out
    }

    /// For Graphviz.
    pub fn dot(&self) -> String {
        let text = |label: &str| label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let mut out = String::from("digraph charts {\n  node [shape=box];\n");
        let node = |(at, node): (usize, &Node)| {
            let style = if node.shape == Shape::Component { ", style=rounded" } else { "" };
            format!("n{at} [label=\"{}\"{style}];\n", text(&node.label.join("\n")))
        };
        for (number, group) in self.groups.iter().enumerate() {
            out.push_str(&format!("  subgraph cluster_{number} {{\n    label=\"{}\";\n", text(group)));
            for item in self.nodes.iter().enumerate().filter(|(_, node)| node.group == Some(number)) {
                out.push_str(&format!("    {}", node(item)));
            }
            out.push_str("  }\n");
        }
        for item in self.nodes.iter().enumerate().filter(|(_, node)| node.group.is_none()) {
            out.push_str(&format!("  {}", node(item)));
        }
        for edge in &self.edges {
            let style = if edge.dashed { ", style=dashed" } else { "" };
            out.push_str(&format!("  n{} -> n{} [label=\"{}\"{style}];\n", edge.from, edge.to, text(&edge.label)));
        }
        out.push_str("}\n");
        out
    }

    /// A picture.
    pub fn svg(&self) -> String {
        svg::draw(self)
    }
}
