//! Who starts before whom, and why (legacy spec §4).
//!
//! The operator creates all components of a Cluster at once; an order exists only where init containers wait.

use std::collections::BTreeSet;
use std::fmt;

use super::legacy::{ClusterDefinition, ComponentDef, Reference, cluster_definitions, commands, texts};
use super::object::{Node, Part};
use super::shell::{self, Host, Probe, Wait};
use crate::text::TextRange;
use crate::world::Chart;

/// What one component needs of another, or waits for.
#[derive(Clone, Copy)]
pub struct Edge<'w> {
    /// Index of the component that needs or waits.
    pub from: usize,
    /// Index of the component that is needed.
    pub to: usize,
    /// Where it says so.
    pub evidence: Part<'w>,
    /// The reference variable that names the other one; empty for `$(KB_CLUSTER_NAME)-name`.
    pub variable: &'w str,
}

/// A wait of an init container and what it is good for.
#[derive(Clone, Copy)]
pub struct Waiting<'w> {
    /// Index of the component that waits.
    pub from: usize,
    /// The scalar with the script.
    pub script: Node<'w>,
    pub wait: Wait<'w>,
    /// The host in the condition: a range of the script's text.
    pub host: Host<'w>,
    pub target: Target<'w>,
}

/// What a wait's host stands for.
#[derive(Clone, Copy)]
pub enum Target<'w> {
    /// A component of the definition, by a reference's variable or by `$(KB_CLUSTER_NAME)-name`.
    Component { index: usize, reference: Option<Reference<'w>>, headless: bool },
    /// `$(KB_CLUSTER_NAME)-name`, where no component definition has that name.
    Unknown(&'w str),
    /// Nothing that can be said.
    Open,
}

/// The start order of one ClusterDefinition.
pub struct Order<'w> {
    pub definition: ClusterDefinition<'w>,
    pub components: Vec<ComponentDef<'w>>,
    /// First uses of other components in main containers; at most one for each pair.
    pub uses: Vec<Edge<'w>>,
    /// Waits that hold a component back until another one is there.
    pub waits: Vec<Edge<'w>>,
    /// All waits of init containers on hosts that are named by variables.
    pub waiting: Vec<Waiting<'w>>,
    /// Pairs about which nothing may be said: something waits, in a way that does not hold the pod back or that we
    /// cannot read.
    pub excused: BTreeSet<(usize, usize)>,
}

/// The container runs a script file, in its image or from a ConfigMap.
fn runs_file(container: Node<'_>) -> bool {
    let mut words = commands(container).filter_map(Node::text);
    words.any(|word| !word.contains(char::is_whitespace) && word.ends_with(".sh"))
}

/// The start orders of a chart's ClusterDefinitions.
pub fn of_chart(chart: &Chart) -> Vec<Order<'_>> {
    cluster_definitions(chart).map(|definition| Order::of(definition, chart)).collect()
}

/// How a script host that starts with the Cluster's name is written.
const CLUSTER_NAME: &str = "KB_CLUSTER_NAME";

impl<'w> Order<'w> {
    pub fn of(definition: ClusterDefinition<'w>, chart: &'w Chart) -> Self {
        let components: Vec<ComponentDef<'w>> = definition.components().collect();
        let mut order = Self {
            definition,
            components,
            uses: Vec::new(),
            waits: Vec::new(),
            waiting: Vec::new(),
            excused: BTreeSet::new(),
        };
        for from in 0..order.components.len() {
            order.read_uses(from);
            order.read_waits(from);
            order.read_scripts(from, chart);
        }
        order
    }

    fn index(&self, name: &str) -> Option<usize> {
        (!name.is_empty()).then(|| self.components.iter().position(|component| component.name() == name)).flatten()
    }

    /// The component that a variable of `from` leads to.
    fn target_of(&self, from: usize, variable: &str) -> Option<(usize, Reference<'w>)> {
        let found = self.components[from].variables().filter(|(_, v)| v.name() == variable).last();
        let (reference, _) = found?;
        Some((self.index(reference.target_name())?, reference))
    }

    fn read_uses(&mut self, from: usize) {
        let component = self.components[from];
        for node in component.containers().flat_map(texts) {
            let Some(text) = node.text() else { continue };
            for used in shell::uses(text) {
                let Some((to, _)) = self.target_of(from, used.name) else { continue };
                if to != from && !self.uses.iter().any(|edge| (edge.from, edge.to) == (from, to)) {
                    self.uses.push(Edge { from, to, evidence: node.part(used.range), variable: used.name });
                }
            }
        }
    }

    fn read_waits(&mut self, from: usize) {
        let component = self.components[from];
        for container in component.init_containers() {
            let mut looped = false;
            for script in commands(container) {
                let Some(text) = script.text() else { continue };
                for wait in shell::waits(text) {
                    looped = true;
                    self.read_wait(from, script, wait);
                }
            }
            if !looped {
                // A script of the image's own, or of a ConfigMap: it waits for what it is told about.
                for node in texts(container) {
                    let Some(text) = node.text() else { continue };
                    for used in shell::uses(text) {
                        if let Some((to, _)) = self.target_of(from, used.name).filter(|(to, _)| *to != from) {
                            let evidence = node.part(used.range);
                            self.waits.push(Edge { from, to, evidence, variable: used.name });
                        }
                    }
                }
            }
        }
        // A main container may wait in its own start script. That does not hold the pod back, but it is no mistake.
        for node in component.containers().flat_map(commands) {
            let Some(text) = node.text() else { continue };
            for wait in shell::waits(text).iter().filter(|wait| wait.repeats) {
                for host in shell::hosts(wait.condition) {
                    if let Target::Component { index, .. } = self.target(from, host) {
                        self.excused.insert((from, index));
                    }
                }
            }
        }
        // A script file may wait for whatever the component's variables name.
        let init = component.init_containers().any(runs_file);
        for container in component.containers() {
            if init || runs_file(container) {
                let names = texts(container).into_iter().filter_map(Node::text).flat_map(shell::uses);
                let targets: Vec<usize> = names.filter_map(|used| Some(self.target_of(from, used.name)?.0)).collect();
                self.excused.extend(targets.into_iter().map(|to| (from, to)));
            }
        }
    }

    fn read_wait(&mut self, from: usize, script: Node<'w>, wait: Wait<'w>) {
        for host in shell::hosts(wait.condition) {
            let target = self.target(from, host);
            self.waiting.push(Waiting { from, script, wait, host, target });
            let Target::Component { index: to, reference, headless } = target else { continue };
            if to == from {
                continue;
            }
            let resolves_at_once = wait.probe == Probe::Name && !headless && !host.prefixed;
            let list = reference.is_some_and(|r| {
                let named = r.variables().find(|v| v.name() == host.variable.name);
                named.and_then(|v| v.source()).and_then(Node::text) != Some("ServiceRef")
            });
            if wait.idle || (resolves_at_once && !list) {
                // `never-waits` speaks of it.
                self.excused.insert((from, to));
                continue;
            }
            let evidence = script.part(TextRange::new(
                (wait.range.start + host.range.start) as usize,
                (wait.range.start + host.range.end) as usize,
            ));
            self.waits.push(Edge { from, to, evidence, variable: host.variable.name });
        }
    }

    /// What a host in a command of `from` stands for.
    fn target(&self, from: usize, host: Host<'w>) -> Target<'w> {
        let headless = host.suffix.ends_with("-headless") || host.suffix == "-headless";
        if host.variable.name == CLUSTER_NAME && !host.prefixed {
            let name = host.suffix.strip_prefix('-').unwrap_or_default();
            let name = name.strip_suffix("-headless").unwrap_or(name);
            if name.is_empty() || name == "headless" {
                return Target::Open;
            }
            // Pods are named `<cluster>-<component>-<ordinal>`.
            let component = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
            return match self.index(name).or_else(|| self.index(component)) {
                Some(index) => Target::Component { index, reference: None, headless },
                None => Target::Unknown(name),
            };
        }
        match self.target_of(from, host.variable.name) {
            Some((index, reference)) => Target::Component { index, reference: Some(reference), headless },
            None => Target::Open,
        }
    }

    /// Scripts and configurations that come from ConfigMaps of the chart may wait too.
    fn read_scripts(&mut self, from: usize, chart: &'w Chart) {
        let component = self.components[from];
        let names: Vec<&str> = component.templates().collect();
        let maps = chart.documents().iter().filter(|document| {
            document.kind() == Some("ConfigMap")
                && document.name().and_then(Node::text).is_some_and(|name| names.contains(&name))
        });
        for data in maps.filter_map(|document| document.root()?.get("data")) {
            for (_, value) in data.entries() {
                let Some(text) = value.text() else { continue };
                for (_, variable) in component.variables() {
                    let name = variable.name();
                    if !name.is_empty()
                        && shell::mentions(text, name)
                        && !shell::waits(text).is_empty()
                        && let Some((to, _)) = self.target_of(from, name)
                    {
                        self.excused.insert((from, to));
                    }
                }
            }
        }
    }

    /// Uses that nothing waits for. A wait that is no good counts here: mended, it is all that is needed.
    pub fn missing(&self) -> impl Iterator<Item = &Edge<'w>> {
        let meant = |from: usize| {
            let waits = self.waits.iter().map(|edge| (edge.from, edge.to));
            reach(from, waits.chain(self.excused.iter().copied()).collect::<Vec<_>>())
        };
        self.uses.iter().filter(move |edge| {
            let uses: Vec<_> = self.uses.iter().map(|edge| (edge.from, edge.to)).collect();
            let mutual = reach(edge.to, uses).contains(&edge.from);
            !mutual && !meant(edge.from).contains(&edge.to) && !meant(edge.to).contains(&edge.from)
        })
    }

    /// Waits that lead in a circle, each circle once, from its first wait in the document on.
    pub fn cycles(&self) -> Vec<Vec<&Edge<'w>>> {
        let mut found: Vec<Vec<&Edge<'w>>> = Vec::new();
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for edge in &self.waits {
            if used.contains(&edge.from) {
                continue;
            }
            if let Some(path) = self.path(edge.to, edge.from) {
                let mut cycle = vec![edge];
                cycle.extend(path);
                used.extend(cycle.iter().map(|edge| edge.from));
                found.push(cycle);
            }
        }
        found
    }

    /// The shortest way from one component to another over waits.
    fn path(&self, from: usize, to: usize) -> Option<Vec<&Edge<'w>>> {
        let mut came: Vec<Option<&Edge<'w>>> = vec![None; self.components.len()];
        let mut queue = std::collections::VecDeque::from([from]);
        let mut seen = BTreeSet::from([from]);
        while let Some(at) = queue.pop_front() {
            if at == to {
                let mut path = Vec::new();
                let mut at = to;
                while at != from {
                    let edge = came[at]?;
                    path.push(edge);
                    at = edge.from;
                }
                path.reverse();
                return Some(path);
            }
            for edge in self.waits.iter().filter(|edge| edge.from == at) {
                if seen.insert(edge.to) {
                    came[edge.to] = Some(edge);
                    queue.push_back(edge.to);
                }
            }
        }
        None
    }

    /// Components by how long the longest chain of others below them is; those that have nothing to do with any other
    /// are left out. `None` for components in a circle.
    pub fn layers(&self) -> Option<Vec<Vec<usize>>> {
        let edges: Vec<(usize, usize)> = self.uses.iter().chain(&self.waits).map(|edge| (edge.from, edge.to)).collect();
        let mut depth = vec![0usize; self.components.len()];
        for round in 0..=self.components.len() {
            let mut changed = false;
            for (from, to) in &edges {
                if depth[*from] <= depth[*to] {
                    depth[*from] = depth[*to] + 1;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
            if round == self.components.len() {
                return None;
            }
        }
        let mut layers: Vec<Vec<usize>> = Vec::new();
        for (index, depth) in depth.iter().enumerate() {
            if edges.iter().any(|(from, to)| *from == index || *to == index) {
                layers.resize(layers.len().max(depth + 1), Vec::new());
                layers[*depth].push(index);
            }
        }
        Some(layers)
    }
}

/// What can be reached from `from` over edges, without `from` itself unless a circle leads back.
fn reach(from: usize, edges: Vec<(usize, usize)>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for (_, to) in edges.iter().filter(|(from, _)| *from == at) {
            if found.insert(*to) {
                open.push(*to);
            }
        }
    }
    found
}

/// `etcd > meta > {datanode, frontend}`; empty where nothing depends on anything.
impl fmt::Display for Order<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(layers) = self.layers() else { return f.write_str("no order: they wait for each other") };
        for (i, layer) in layers.iter().enumerate() {
            if i > 0 {
                f.write_str(" > ")?;
            }
            let mut names: Vec<&str> = layer.iter().map(|index| self.components[*index].name()).collect();
            names.sort_unstable();
            match names[..] {
                [name] => f.write_str(name)?,
                _ => write!(f, "{{{}}}", names.join(", "))?,
            }
        }
        Ok(())
    }
}
