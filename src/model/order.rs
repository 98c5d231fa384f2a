//! Who starts before whom, and why (legacy spec §4).
//!
//! The operator creates all components of a Cluster at once; an order exists only where init containers wait.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use super::hosts::{Name, Scope, Target};
use super::legacy::{ClusterDefinition, ComponentDef, cluster_definitions, commands, objects, starting_texts};
use super::object::{Node, Part};
use super::scripts::{Files, with_arguments};
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
    /// The variable that names the other one.
    pub variable: &'w str,
    pub kind: EdgeKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EdgeKind {
    /// A main container is told about the other component.
    Use,
    /// Less than that: a script or configuration from a ConfigMap uses a variable that leads there, or a main container
    /// knows some field of the other one.
    Hint,
    /// An init container does not end before the other component is there.
    Wait,
    /// An init container waits in a way that we cannot read, or gives up in the end.
    Assumed,
}

impl<'w> Edge<'w> {
    /// The evidence as it is written.
    pub fn text(&self) -> &'w str {
        self.evidence.range.of(self.evidence.node.text().unwrap_or_default())
    }
}

/// A host in the condition of an init container's wait.
#[derive(Clone)]
pub struct Waiting<'w> {
    /// Index of the component that waits.
    pub from: usize,
    /// The scalar with the script.
    pub script: Node<'w>,
    pub wait: Wait<'w>,
    /// As it is written: a range of the condition.
    pub host: Host<'w>,
    pub target: Target,
}

impl<'w> Waiting<'w> {
    /// Bytes of the condition, as a part of the script.
    pub fn part(&self, range: TextRange) -> Part<'w> {
        self.script.part(range.shift(self.wait.range.start))
    }
}

/// The start order of one ClusterDefinition.
pub struct Order<'w> {
    pub definition: ClusterDefinition<'w>,
    pub components: Vec<ComponentDef<'w>>,
    /// First uses of other components in main containers; at most one for each pair.
    pub uses: Vec<Edge<'w>>,
    /// Waits that hold a component back until another one is there.
    pub waits: Vec<Edge<'w>>,
    /// All hosts that init containers wait for by variables.
    pub waiting: Vec<Waiting<'w>>,
    /// Pairs about which nothing may be said: something waits, in a way that does not hold the pod back or that we
    /// cannot read.
    pub excused: BTreeSet<(usize, usize)>,
}

/// The start orders of a chart's ClusterDefinitions.
pub fn of_chart(chart: &Chart) -> Vec<Order<'_>> {
    cluster_definitions(chart).map(|definition| Order::of(definition, chart)).collect()
}

/// What surrounds the containers of one component.
struct Surroundings<'w> {
    /// Index of the component.
    from: usize,
    /// The items that ClusterVersions of the chart have for it.
    versions: Vec<Node<'w>>,
    files: Files<'w>,
}

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
            let around = order.surroundings(from, chart);
            order.read_uses(from);
            order.read_init_containers(&around);
            order.read_main_containers(&around);
            order.read_files(&around);
        }
        order
    }

    fn surroundings(&self, from: usize, chart: &'w Chart) -> Surroundings<'w> {
        let component = self.components[from];
        let name = self.definition.name().and_then(Node::text);
        let versions = objects(chart, "ClusterVersion").filter_map(|document| document.root());
        let versions = versions.filter(|root| root.at("spec.clusterDefinitionRef").and_then(Node::text) == name);
        let versions = versions.flat_map(|root| root.list("spec.componentVersions"));
        let versions: Vec<Node> =
            versions.filter(|item| item.text_at("componentDefRef") == Some(component.name())).collect();
        let files = Files::new(component, &versions, chart);
        Surroundings { from, versions, files }
    }

    fn read_uses(&mut self, from: usize) {
        let component = self.components[from];
        let mut found: Vec<(u32, Edge<'w>)> = Vec::new();
        for container in component.containers() {
            let scope = Scope::new(&self.components, from, container);
            let above = |node: Node| {
                let mut env = container.list("env");
                env.position(|env| env.get("value") == Some(node)).unwrap_or(usize::MAX)
            };
            for node in starting_texts(container) {
                let Some(text) = node.text() else { continue };
                for used in shell::uses(text) {
                    let Some(to) = scope.declared(&used, above(node)).filter(|to| *to != from) else { continue };
                    let evidence = node.part(used.range);
                    let edge = Edge { from, to, evidence, variable: used.name, kind: EdgeKind::Use };
                    found.push((node.start(), edge));
                }
            }
        }
        // The first in the file, not in the order of the fields.
        found.sort_by_key(|(start, edge)| (*start, edge.evidence.range));
        let fields: Vec<&str> = component.variables().filter(|(_, v)| v.is_field()).map(|(_, v)| v.name()).collect();
        let told: BTreeSet<usize> =
            found.iter().filter(|(_, edge)| !fields.contains(&edge.variable)).map(|(_, edge)| edge.to).collect();
        for (_, edge) in found {
            if !self.uses.iter().any(|known| (known.from, known.to) == (from, edge.to)) {
                // Who knows a port, or the number of replicas, need not talk to anybody.
                let kind = if told.contains(&edge.to) { EdgeKind::Use } else { EdgeKind::Hint };
                self.uses.push(Edge { kind, ..edge });
            }
        }
    }

    fn read_init_containers(&mut self, around: &Surroundings<'w>) {
        let from = around.from;
        for container in self.components[from].init_containers() {
            let mut waits = self.read_scripts(from, container);
            waits |= self.read_program(from, container);
            waits |= self.read_called_files(around, container);
            let scope = Scope::new(&self.components, from, container);
            let mut mentioned = BTreeSet::new();
            let mut assumed = Vec::new();
            for node in starting_texts(container) {
                let Some(text) = node.text() else { continue };
                mentioned.extend(scope.mentions(text));
                let found = shell::hosts(text).into_iter().filter_map(|host| {
                    let Target::Component { index: to, .. } = scope.target(&host) else { return None };
                    let evidence = node.part(host.variable.range);
                    Some(Edge { from, to, evidence, variable: host.variable.name, kind: EdgeKind::Assumed })
                });
                assumed.extend(found.filter(|edge| edge.to != from));
            }
            // A script of the image's own, or of a ConfigMap: it waits for what it is told about.
            if !waits {
                self.waits.extend(assumed);
            }
            self.excuse(from, mentioned);
            let unread = commands(container).any(|node| !node.known());
            if unread || around.files.opaque(container) {
                // It sees all variables of the component.
                self.excuse_all(from);
            }
        }
        for container in around.versions.iter().flat_map(|version| version.list("versionsContext.initContainers")) {
            let scope = Scope::new(&self.components, from, container);
            let texts = starting_texts(container).into_iter().filter_map(Node::text);
            let mentioned: BTreeSet<usize> = texts.flat_map(|text| scope.mentions(text)).collect();
            self.excuse(from, mentioned);
            if around.files.opaque(container) {
                self.excuse_all(from);
            }
        }
    }

    /// The shell texts of an init container; true where one of them waits.
    fn read_scripts(&mut self, from: usize, container: Node<'w>) -> bool {
        let mut waits = false;
        for script in commands(container) {
            let Some(text) = script.known_text() else { continue };
            for wait in shell::waits(text) {
                waits = true;
                let scope = Scope::new(&self.components, from, container);
                let scope = scope.script(text);
                let hosts = shell::hosts(wait.condition).into_iter();
                let found: Vec<(Host, Target)> = hosts.map(|host| (host, scope.target(&host))).collect();
                if !found.iter().any(|(_, target)| component_of(target).is_some()) && asks_others(&wait, &found) {
                    // Whatever it waits for may be any of them.
                    self.excuse_all(from);
                }
                for (host, target) in found {
                    let waiting = Waiting { from, script, wait, host, target };
                    self.waits.extend(waiting.edge());
                    self.waiting.push(waiting);
                }
            }
        }
        waits
    }

    /// `command: [nslookup, $(X)-headless]`; true where the program is one that waits.
    fn read_program(&mut self, from: usize, container: Node<'w>) -> bool {
        let mut words = commands(container);
        let program = words.next().and_then(Node::text).and_then(shell::probe_of);
        let Some(probe) = program else { return false };
        let scope = Scope::new(&self.components, from, container);
        let mut found = Vec::new();
        for (word, host) in
            words.flat_map(|word| shell::hosts(word.text().unwrap_or_default()).into_iter().map(move |h| (word, h)))
        {
            let Target::Component { index: to, name, .. } = scope.target(&host) else { continue };
            if to != from && (probe, name) != (Probe::Name, Name::Service) {
                let evidence = word.part(host.range);
                found.push(Edge { from, to, evidence, variable: host.variable.name, kind: EdgeKind::Wait });
            }
        }
        self.waits.extend(found);
        true
    }

    /// Script files from ConfigMaps, with the arguments they are called with; true where one of them waits.
    fn read_called_files(&mut self, around: &Surroundings<'w>, container: Node<'w>) -> bool {
        let words: Vec<Node<'w>> = commands(container).collect();
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let path = word.text().unwrap_or_default();
            let Some(file) = around.files.find(container, path) else { continue };
            let arguments: Vec<&str> = words[at + 1..].iter().filter_map(|word| word.text()).collect();
            let text = with_arguments(file, &arguments);
            let scope = Scope::new(&self.components, around.from, container);
            let scope = scope.script(&text);
            for wait in shell::waits(&text) {
                for host in shell::hosts(wait.condition) {
                    let Target::Component { index: to, name, .. } = scope.target(&host) else { continue };
                    let at_once = wait.probe == Probe::Name && name == Name::Service;
                    if to != around.from && !wait.idle && !at_once {
                        let evidence = word.part(TextRange::new(0, path.len()));
                        found.push(Edge { from: around.from, to, evidence, variable: "", kind: EdgeKind::Assumed });
                    }
                }
            }
        }
        let waits = around.files.run_by(container).iter().any(|text| !shell::waits(text).is_empty());
        if waits && found.is_empty() {
            self.excuse_all(around.from);
        }
        self.waits.extend(found);
        waits
    }

    /// A main container may wait in its own start script. That does not hold the pod back, but it is no mistake.
    fn read_main_containers(&mut self, around: &Surroundings<'w>) {
        let from = around.from;
        let of_versions = around.versions.iter().flat_map(|version| version.list("versionsContext.containers"));
        for container in self.components[from].containers().chain(of_versions) {
            let scope = Scope::new(&self.components, from, container);
            let mut excused = BTreeSet::new();
            let texts: Vec<&str> = starting_texts(container).into_iter().filter_map(Node::text).collect();
            for text in &texts {
                let scope = scope.script(text);
                for wait in shell::waits(text).iter().filter(|wait| wait.repeats) {
                    let targets = shell::hosts(wait.condition).into_iter().map(|host| scope.target(&host));
                    let told: Vec<usize> = targets.filter_map(|target| component_of(&target)).collect();
                    if told.is_empty() && !asks_itself(wait.condition) {
                        excused.extend(scope.mentions(text));
                    }
                    excused.extend(told);
                }
            }
            // A script file may wait for whatever it is told about.
            let waits = around.files.run_by(container).iter().any(|text| !shell::waits(text).is_empty());
            if waits || around.files.opaque(container) {
                excused.extend(texts.iter().flat_map(|text| scope.mentions(text)));
            }
            self.excuse(from, excused);
        }
    }

    /// Scripts and configurations from ConfigMaps may wait too, and what they use is needed.
    fn read_files(&mut self, around: &Surroundings<'w>) {
        let from = around.from;
        for value in around.files.texts() {
            let Some(text) = value.text() else { continue };
            let waits = !shell::waits(text).is_empty();
            for (reference, variable) in self.components[from].variables() {
                let name = variable.name();
                let to = self.components.iter().position(|component| component.name() == reference.target_name());
                let Some(to) = to.filter(|to| *to != from && !name.is_empty() && shell::mentions(text, name)) else {
                    continue;
                };
                if waits {
                    self.excused.insert((from, to));
                }
                let known = self.uses.iter().any(|edge| (edge.from, edge.to) == (from, to));
                if let Some(used) = shell::uses(text).iter().find(|used| used.name == name).filter(|_| !known) {
                    let evidence = value.part(used.range);
                    self.uses.push(Edge { from, to, evidence, variable: name, kind: EdgeKind::Hint });
                }
            }
        }
    }

    fn excuse(&mut self, from: usize, to: BTreeSet<usize>) {
        self.excused.extend(to.into_iter().filter(|to| *to != from).map(|to| (from, to)));
    }

    fn excuse_all(&mut self, from: usize) {
        let names = self.components[from].references().map(|reference| reference.target_name());
        let all = names.filter_map(|name| self.components.iter().position(|component| component.name() == name));
        self.excuse(from, all.collect());
    }

    /// Uses that nothing waits for. A wait that is no good counts here: mended, it is all that is needed.
    pub fn missing(&self) -> impl Iterator<Item = &Edge<'w>> {
        let waits = self.waits.iter().map(|edge| (edge.from, edge.to));
        let waits = Reach::new(self.components.len(), waits.chain(self.excused.iter().copied()));
        let uses = Reach::new(self.components.len(), self.uses.iter().map(|edge| (edge.from, edge.to)));
        self.uses.iter().filter(move |edge| {
            let (from, to) = (edge.from, edge.to);
            let waited_for = waits.leads(from, to) || waits.leads(to, from);
            // Components that need each other cannot both wait.
            edge.kind == EdgeKind::Use && !waited_for && !uses.leads(to, from)
        })
    }

    /// Waits that lead in a circle, each circle once, from its first wait in the document on.
    pub fn cycles(&self) -> Vec<Vec<&Edge<'w>>> {
        let mut found: Vec<Vec<&Edge<'w>>> = Vec::new();
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for edge in self.waits.iter().filter(|edge| edge.kind == EdgeKind::Wait) {
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
        let mut queue = VecDeque::from([from]);
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
            for edge in self.waits.iter().filter(|edge| edge.from == at && edge.kind == EdgeKind::Wait) {
                if seen.insert(edge.to) {
                    came[edge.to] = Some(edge);
                    queue.push_back(edge.to);
                }
            }
        }
        None
    }

    /// Components by how long the longest chain of others below them is; those that have nothing to do with any other
    /// are left out. `None` where waits lead in a circle. Where uses do, only the waits say who comes first.
    pub fn layers(&self) -> Option<Vec<Vec<usize>>> {
        if !self.cycles().is_empty() {
            return None;
        }
        let all = || self.uses.iter().chain(&self.waits);
        let reach = Reach::new(self.components.len(), all().map(|edge| (edge.from, edge.to)));
        let firm = all().filter(|edge| edge.kind == EdgeKind::Wait || !reach.leads(edge.to, edge.from));
        let edges: Vec<(usize, usize)> = firm.map(|edge| (edge.from, edge.to)).collect();
        let mut depth = vec![0usize; self.components.len()];
        // Without circles no chain is longer than the number of components.
        for _ in 0..self.components.len() {
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
        }
        let mut layers: Vec<Vec<usize>> = Vec::new();
        for (index, depth) in depth.iter().enumerate() {
            if all().any(|edge| edge.from == index || edge.to == index) {
                layers.resize(layers.len().max(depth + 1), Vec::new());
                layers[*depth].push(index);
            }
        }
        Some(layers)
    }
}

impl<'w> Waiting<'w> {
    /// The wait as an edge, if it holds the pod back.
    fn edge(&self) -> Option<Edge<'w>> {
        let Target::Component { index: to, name, .. } = self.target else { return None };
        // `never-waits` speaks of such.
        let at_once = self.wait.idle || (self.wait.probe == Probe::Name && name == Name::Service);
        let sure = (self.wait.plain || !self.wait.repeats) && name != Name::Other;
        (to != self.from && !at_once).then(|| Edge {
            from: self.from,
            to,
            evidence: self.part(self.host.range),
            variable: self.host.variable.name,
            kind: if sure { EdgeKind::Wait } else { EdgeKind::Assumed },
        })
    }
}

/// The component that a host leads to, or was meant to lead to.
fn component_of(target: &Target) -> Option<usize> {
    match target {
        Target::Component { index, .. } | Target::Impossible { index: Some(index), .. } => Some(*index),
        _ => None,
    }
}

/// A condition about the pod itself.
fn asks_itself(condition: &str) -> bool {
    let own = ["127.0.0.1", "localhost", "KB_POD_", "KB_PODIP", "HOSTNAME"];
    own.iter().any(|host| condition.contains(host))
}

/// The condition asks somebody, and does not say whom in words that we understand.
fn asks_others(wait: &Wait<'_>, hosts: &[(Host<'_>, Target)]) -> bool {
    let named = hosts.iter().any(|(host, _)| !host.prefixed && !host.variable.name.starts_with("KB_POD"));
    !asks_itself(wait.condition) && (named || shell::asks(wait.condition))
}

/// Who can be reached over edges.
struct Reach {
    next: Vec<Vec<usize>>,
}

impl Reach {
    fn new(nodes: usize, edges: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut next = vec![Vec::new(); nodes];
        for (from, to) in edges {
            next[from].push(to);
        }
        Self { next }
    }

    /// There is a way of one or more edges.
    fn leads(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.next.len()];
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for next in &self.next[at] {
                if *next == to {
                    return true;
                }
                if !std::mem::replace(&mut seen[*next], true) {
                    open.push(*next);
                }
            }
        }
        false
    }
}

/// `etcd > meta > {datanode, frontend}`: what the others need stands left. Empty where no component needs another.
impl fmt::Display for Order<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(layers) = self.layers() else { return f.write_str("no order: components wait for each other") };
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
