//! Which components of a topology need which, and in what stages they are made (v1 spec §4).
//!
//! KubeBlocks makes the components of a stage when those of the stage before are running. A variable that asks a
//! component which is not there yet holds its own component back, so an order can wait for itself.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::Entity;
use super::definition::Definition;
use super::object::Node;
use super::pattern::{Mode, Pattern, family};
use super::uses::{Places, Uses};
use super::vars::{Source, Var, vars};

/// What a variable of a component asks of other components of its topology.
#[derive(Clone)]
pub struct Need<'w> {
    /// Index of the component whose variable it is, and the definition that has it.
    pub from: usize,
    pub owner: Definition<'w>,
    /// Indexes of the components that can answer; all that may be asked of.
    pub to: Vec<usize>,
    pub var: Var<'w>,
    pub source: Source<'w>,
    /// Each of `to` answers, whichever of its definitions it uses.
    pub certain: bool,
}

/// The components of a topology with their stages and needs.
#[derive(Clone)]
pub struct Plan<'w> {
    /// Each with the definitions that it can use; none where they are not in view.
    pub entities: Vec<(Entity<'w>, Vec<Definition<'w>>)>,
    /// The stage of each component; `None` without an order.
    pub stages: Option<Vec<usize>>,
    pub needs: Vec<Need<'w>>,
}

impl<'w> Plan<'w> {
    /// `None` where an order does not name each component.
    pub fn of(uses: &Uses<'w>, places: &Places<'w>) -> Option<Self> {
        // How releases before 1.0 go through the stages is another matter.
        places.topology.node.document.api_version().filter(|version| *version == "apps.kubeblocks.io/v1")?;
        let entities = places.entities.iter().map(|(entity, found)| (*entity, found.clone().unwrap_or_default()));
        let mut plan = Self { entities: entities.collect(), stages: None, needs: Vec::new() };
        let order = places.topology.stages("provision");
        if !order.is_empty() {
            let stage = |entity: &Entity| order.iter().position(|(_, names)| names.contains(&entity.name()));
            plan.stages = Some(plan.entities.iter().map(|(entity, _)| stage(entity)).collect::<Option<_>>()?);
        }
        for from in 0..plan.entities.len() {
            for owner in plan.entities[from].1.clone() {
                let needs: Vec<Need> =
                    vars(owner.document).filter_map(|var| plan.need(uses, from, owner, var)).collect();
                plan.needs.extend(needs);
            }
        }
        Some(plan)
    }

    fn need(&self, uses: &Uses<'w>, from: usize, owner: Definition<'w>, var: Var<'w>) -> Option<Need<'w>> {
        let source = var.source().filter(|source| asks_components(*source))?;
        let itself = Need { from, owner, to: vec![from], var, source, certain: true };
        let Some(node) = source.definition() else { return Some(itself) };
        // What nothing here answers to is another fault.
        uses.of_node(node)?;
        let pattern = Pattern::new(Mode::PrefixOrRegex, node.text()?);
        if !source.takes_many() && pattern.matches(owner.name()) {
            return Some(itself);
        }
        let takes = |definition: &Definition| pattern.matches(definition.name());
        // A component that is not in view may be the one that is asked.
        let hidden = |(entity, definitions): &(Entity, Vec<Definition>)| {
            definitions.is_empty() && may_meet(entity.definition().and_then(Node::text), node.text())
        };
        if self.entities.iter().any(hidden) {
            return None;
        }
        let others = self.entities.iter().enumerate().filter(|(at, _)| *at != from);
        let answering: Vec<(usize, bool)> = others
            .filter(|(_, (_, definitions))| definitions.iter().any(takes))
            .map(|(at, (entity, definitions))| (at, definitions.iter().all(takes) && !entity.is_template()))
            .collect();
        let certain = answering.iter().all(|(_, certain)| *certain);
        let to: Vec<usize> = answering.into_iter().map(|(at, _)| at).collect();
        (!to.is_empty()).then_some(Need { certain, to, ..itself })
    }

    pub fn name(&self, at: usize) -> &'w str {
        self.entities[at].0.name()
    }

    /// The need holds with every definition that the component can use.
    pub fn always(&self, need: &Need<'w>) -> bool {
        let same = |other: &&Need<'w>| other.from == need.from && other.to == need.to;
        let with = |definition: &Definition<'w>| {
            self.needs.iter().filter(same).any(|other| other.owner.name() == definition.name())
        };
        need.certain && self.entities[need.from].1.iter().all(with)
    }

    /// All that can answer are made after the one that asks, which is therefore never made in full.
    pub fn is_misordered(&self, need: &Need<'w>) -> bool {
        let late = |stages: &Vec<usize>| need.to.iter().all(|to| stages[*to] > stages[need.from]);
        !need.source.is_optional() && !need.to.contains(&need.from) && self.stages.as_ref().is_some_and(late)
    }

    /// Components that wait for each other, as needs in a circle: by Services that are there only once their pods are to
    /// be made, or against the order of stages.
    pub fn cycles(&self) -> Vec<Vec<&Need<'w>>> {
        let firm = self.firm();
        let late: Vec<&Need> = firm.iter().copied().filter(|need| is_headless(need.source)).collect();
        let mut found = circles(self.entities.len(), &late);
        if self.stages.is_some() {
            let all = circles(self.entities.len(), &firm);
            let backward = |circle: &Vec<&Need<'w>>| circle.iter().any(|need| self.is_misordered(need));
            found.extend(all.into_iter().filter(backward));
        }
        found
    }

    /// The needs without which a component gets no pods before the one it needs is there, in any case.
    fn firm(&self) -> Vec<&Need<'w>> {
        let mut owners: BTreeMap<(usize, usize), BTreeSet<&str>> = BTreeMap::new();
        let single = || self.needs.iter().filter_map(|need| Some((need, (need.from, *need.to.first()?))));
        let single = || single().filter(|(need, _)| need.to.len() == 1);
        for (need, pair) in single() {
            owners.entry(pair).or_default().insert(need.owner.name());
        }
        // With every definition that the component can use.
        let always = |(pair, owners): (&(usize, usize), &BTreeSet<&str>)| {
            let all = self.entities[pair.0].1.iter().all(|definition| owners.contains(definition.name()));
            all.then_some(*pair)
        };
        let always: BTreeSet<(usize, usize)> = owners.iter().filter_map(always).collect();
        let firm = single().filter(|(need, pair)| need.certain && always.contains(pair) && !need.source.is_optional());
        firm.map(|(need, _)| need).collect()
    }
}

/// Two patterns may take the same name, as far as their families tell.
fn may_meet(one: Option<&str>, other: Option<&str>) -> bool {
    let (one, other) = (family(one.unwrap_or_default()), family(other.unwrap_or_default()));
    one.starts_with(&other) || other.starts_with(&one)
}

/// The first circle through each component that is in one.
fn circles<'n, 'w>(count: usize, needs: &[&'n Need<'w>]) -> Vec<Vec<&'n Need<'w>>> {
    let mut found: Vec<Vec<&Need>> = Vec::new();
    for start in 0..count {
        if found.iter().flatten().any(|need| need.from == start) {
            continue;
        }
        // Breadth first, so that the shortest way back is the one that is told.
        let mut reached: Vec<Option<&Need>> = vec![None; count];
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for need in needs.iter().copied().filter(|need| need.from == at) {
                let to = need.to[0];
                if reached[to].is_none() {
                    reached[to] = Some(need);
                    queue.push_back(to);
                }
            }
        }
        let mut circle = Vec::new();
        let mut at = start;
        while let Some(need) = reached[at] {
            circle.insert(0, need);
            at = need.from;
            if at == start {
                found.push(circle);
                break;
            }
        }
    }
    found
}

/// The variable asks components of the same Cluster.
fn asks_components(source: Source<'_>) -> bool {
    let kinds =
        ["serviceVarRef", "credentialVarRef", "componentVarRef", "resourceVarRef", "hostNetworkVarRef", "tlsVarRef"];
    kinds.contains(&source.kind())
}

/// The Service of all pods, which is made with the pods: after the variables of its own component are resolved.
pub fn is_headless(source: Source<'_>) -> bool {
    source.kind() == "serviceVarRef" && source.name().is_some_and(|name| name.text() == Some("headless"))
}

/// The pods that have a role, which they get only while they run.
pub fn of_role<'w>(source: Source<'w>) -> Option<Node<'w>> {
    let options = ["podNamesForRole", "podFQDNsForRole"];
    options.into_iter().find_map(|option| source.node.get(option)).filter(|_| source.kind() == "componentVarRef")
}
