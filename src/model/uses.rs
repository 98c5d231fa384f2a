//! Which ComponentDefinitions a component uses: T of rules spec §2.5, and the versions that they offer.
//!
//! Every answer is `None` where it cannot be sure: a name is open, or the answer may stand in a chart that is not in
//! view or does not render. Where there is one, it is not empty.

use std::collections::BTreeSet;
use std::sync::Arc;

use semver::Version;

use super::cluster::{Cluster, ClusterDefinition, Entity, Topology, Unit};
use super::definition::Definition;
use super::index::{At, Index, Object};
use super::legacy::{self, ComponentDef};
use super::object::Node;
use super::pattern::{self, Mode, Pattern};
use super::resolve::{
    CLUSTER, CLUSTER_DEFINITION, COMPONENT_DEFINITION, COMPONENT_VERSION, Resolution, SHARDING_DEFINITION,
    SIDECAR_DEFINITION, resolve,
};
use super::sites::Site;
use super::vars::Source;
use super::versions::Versions;
use crate::reads::{Mark, Marked};
use crate::world::{Chart, World};

/// The ways from components to definitions.
#[derive(Clone, Copy)]
pub struct Uses<'w> {
    pub world: &'w World,
}

/// A topology, and for each of its entities the definitions it can use; `None` where that is open.
pub struct Places<'w> {
    pub object: Object<'w>,
    pub topology: Topology<'w>,
    pub entities: Vec<(Entity<'w>, Option<Vec<Definition<'w>>>)>,
}

impl Marked for Places<'_> {
    fn mark(&self) -> Mark {
        self.object.document.mark()
    }
}

/// [`Places`] as the index remembers them: the number of the document in its chart, that of the topology in the
/// document, and for each entity the documents of its definitions.
pub struct Found {
    document: usize,
    topology: usize,
    entities: Vec<Option<Vec<At>>>,
}

/// A version that a Cluster can ask of a definition.
#[derive(Clone, Copy)]
pub struct Offer<'w> {
    /// `serviceVersion` of the definition or of the release.
    pub version: Node<'w>,
    /// The item of a ComponentVersion's `releases`; `None` for the definition's own version.
    pub release: Option<Node<'w>>,
}

/// The one ClusterDefinition in view that an object up to 0.9 names, and its chart.
pub fn older_definition<'w>(world: &'w World, root: Node<'w>) -> Option<(&'w Chart, legacy::ClusterDefinition<'w>)> {
    let name = root.at("spec.clusterDefinitionRef")?.known_text()?;
    let objects = world.index().named(CLUSTER_DEFINITION, name);
    let mut named =
        objects.filter_map(|object| Some((&**object.chart, legacy::ClusterDefinition::of(object.document)?)));
    let first = named.next()?;
    // Two of one name: nobody can say which is meant.
    if named.next().is_some() { None } else { Some(first) }
}

impl<'w> Uses<'w> {
    pub fn new(world: &'w World) -> Self {
        Self { world }
    }

    /// The topologies in which a chart has a part: its own, and those that can use its definitions.
    pub fn topologies_of(&self, chart: &'w Arc<Chart>) -> Vec<Places<'w>> {
        let definitions = chart.documents().iter().filter_map(Definition::of);
        let names: Vec<&str> = definitions.map(Definition::name).collect();
        let own = |other: &Arc<Chart>| Arc::ptr_eq(other, chart);
        let index = self.world.index();
        let found = self
            .topologies(Some(chart), &names)
            .filter(|(other, found)| own(other) || names.iter().any(|name| found.has(index, name)));
        found.filter_map(|(other, found)| Places::of(index, other, found)).collect()
    }

    /// The topologies that can use a definition.
    pub fn topologies_with(&self, definition: Definition<'w>) -> Vec<Places<'w>> {
        let (index, name) = (self.world.index(), definition.name());
        let found = self.topologies(None, &[name]).filter(|(_, found)| found.has(index, name));
        found.filter_map(|(chart, found)| Places::of(index, chart, found)).collect()
    }

    /// The topologies of a chart, and those of charts that may use a definition of one of these names.
    fn topologies(
        &self,
        own: Option<&Chart>,
        names: &[&str],
    ) -> impl Iterator<Item = (&'w Arc<Chart>, &'w Found)> + use<'w> {
        let (world, index) = (self.world, self.world.index());
        let mut charts: BTreeSet<usize> = own.and_then(|own| index.number(own)).into_iter().collect();
        charts.extend(names.iter().flat_map(|name| index.numbers_asking(COMPONENT_DEFINITION, name)));
        // What uses them by way of ShardingDefinitions.
        let asking = names.iter().flat_map(|name| index.sites_asking(COMPONENT_DEFINITION, name));
        let shardings = asking.filter(|site| site.field.kind == SHARDING_DEFINITION.kind);
        let shardings = shardings.filter_map(|site| site.node.document.name_text());
        charts.extend(shardings.flat_map(|name| index.numbers_asking(SHARDING_DEFINITION, name)));
        charts.into_iter().flat_map(move |at| {
            let chart = index.chart(at);
            index.topologies(world, at).iter().map(move |found| (chart, found))
        })
    }

    /// All definitions that a site takes: of a BackupPolicyTemplate, an OpsDefinition, a ComponentVersion …
    pub fn of_site(&self, site: &Site<'w>) -> Option<Vec<Definition<'w>>> {
        let index = self.world.index();
        let find = || {
            let Resolution::Found(found) = resolve(self.world, site) else { return None };
            readable(found)?.iter().map(|definition| index.at(definition.document)).collect()
        };
        let found = index.definitions(site, find)?.iter();
        found.map(|at| Definition::of(index.object(*at).document)).collect()
    }

    /// As [`Uses::of_site`], for the node of a site.
    pub fn of_node(&self, node: Node<'w>) -> Option<Vec<Definition<'w>>> {
        self.of_site(&self.world.index().site_at(node)?)
    }

    /// As [`Uses::of_node`], for an entry of a list: one that nothing matches, though its owner is in view, adds nothing.
    pub fn of_entry(&self, node: Node<'w>) -> Option<Vec<Definition<'w>>> {
        let site = self.world.index().site_at(node)?;
        match resolve(self.world, &site) {
            Resolution::Missing(_) => Some(Vec::new()),
            _ => self.of_site(&site),
        }
    }

    /// What the entries of a list take together, as [`Uses::of_entry`].
    pub fn of_entries(&self, nodes: &[Node<'w>]) -> Option<Vec<Definition<'w>>> {
        let found: Option<Vec<_>> = nodes.iter().map(|node| self.of_entry(*node)).collect();
        Some(unique(found?.concat())).filter(|all| !all.is_empty())
    }

    /// The ActionSets of a backup method.
    pub fn action_sets(&self, method: Node<'w>) -> Vec<Object<'w>> {
        let site = method.get("actionSetName").and_then(|name| self.world.index().site_at(name));
        match site.map(|site| resolve(self.world, &site)) {
            Some(Resolution::Found(sets)) => sets,
            _ => Vec::new(),
        }
    }

    /// `spec` of each SidecarDefinition that adds to the pods of a definition.
    pub fn sidecars(&self, definition: Definition<'w>) -> impl Iterator<Item = Node<'w>> {
        let objects = self.world.index().objects(SIDECAR_DEFINITION);
        let specs = objects.filter_map(|object| object.root()?.get("spec"));
        specs.filter(move |spec| {
            let mut selectors = spec.list("selectors").filter_map(Node::text);
            selectors.any(|selector| Pattern::new(Mode::ExactOrRegex, selector).matches(definition.name()))
        })
    }

    /// The definitions that an item of a topology can use.
    pub fn of_entity(&self, entity: Entity<'w>) -> Option<Vec<Definition<'w>>> {
        let node = entity.definition()?;
        if entity.sharding { self.of_sharding(node) } else { self.of_node(node) }
    }

    /// The definitions of the ShardingDefinitions that a site takes.
    fn of_sharding(&self, node: Node<'w>) -> Option<Vec<Definition<'w>>> {
        let mut all = Vec::new();
        for object in self.found(node)? {
            let definition = object.root()?.at("spec.template.compDef").filter(|_| !object.chart.failed())?;
            all.extend(self.of_node(definition)?);
        }
        Some(unique(all))
    }

    fn found(&self, node: Node<'w>) -> Option<Vec<Object<'w>>> {
        match resolve(self.world, &self.world.index().site_at(node)?) {
            Resolution::Found(found) => Some(found),
            _ => None,
        }
    }

    /// The ClusterDefinition that a Cluster names.
    pub fn definition_of(&self, cluster: Cluster<'w>) -> Option<ClusterDefinition<'w>> {
        let found = self.found(cluster.definition()?)?;
        let first = found.first().filter(|object| !object.chart.failed())?;
        // It may differ with the values of its chart.
        let same = found.iter().all(|object| object.document.text() == first.document.text());
        ClusterDefinition::of(first.document).filter(|_| same)
    }

    /// The topology that a Cluster follows: the one it names, or the default one.
    pub fn topology_of(&self, cluster: Cluster<'w>) -> Option<Topology<'w>> {
        let name = cluster.spec.get("topology");
        if name.is_some_and(|name| !name.known()) {
            return None;
        }
        self.definition_of(cluster)?.topology(name.and_then(Node::text))
    }

    /// What a component or a sharding of a Cluster may use: all that its name or its topology allows.
    pub fn candidates(&self, unit: Unit<'w>) -> Option<Vec<Definition<'w>>> {
        if let Some(node) = unit.definition() {
            return self.of_node(node);
        }
        if let Some(node) = unit.node.get("shardingDef").filter(|_| unit.sharding) {
            return self.of_sharding(node);
        }
        let name = unit.name()?.known_text()?;
        self.of_entity(self.topology_of(unit.cluster)?.entity(name, unit.sharding)?)
    }

    /// Some Cluster in view may use this definition.
    pub fn in_clusters(&self, definition: Definition<'w>) -> bool {
        let clusters = self.world.index().objects(CLUSTER);
        let mut units = clusters.filter_map(|object| Cluster::of(object.document)).flat_map(Cluster::units);
        let same = |other: Definition| other.spec == definition.spec;
        units.any(|unit| self.candidates(unit).is_some_and(|found| found.into_iter().any(same)))
    }

    /// The one definition that KubeBlocks takes for a component or a sharding of a Cluster: of the finalists the last
    /// by name.
    pub fn of_unit(&self, unit: Unit<'w>) -> Option<Definition<'w>> {
        let mut found = self.finalists(unit)?;
        let last = found.iter().map(|definition| definition.name()).max()?;
        found.retain(|definition| definition.name() == last);
        // Nobody can say with which values the other chart is installed.
        if found.len() == 1 { found.pop() } else { None }
    }

    /// As [`Uses::of_unit`], for a component that an item of `componentDefs` defines.
    pub fn older_of_unit(&self, unit: Unit<'w>) -> Option<ComponentDef<'w>> {
        let named = unit.node.get("componentDefRef")?.known_text()?;
        let (chart, definition) = older_definition(self.world, unit.cluster.document.root()?)?;
        definition.component(named).filter(|_| !chart.failed() && definition.document.is_sound())
    }

    /// The definitions between which only their names decide: those that offer the wanted service version, or else the
    /// highest.
    pub fn finalists(&self, unit: Unit<'w>) -> Option<Vec<Definition<'w>>> {
        let mut found = self.candidates(unit)?;
        let wanted = unit.template().and_then(|template| template.get("serviceVersion"));
        let wanted = wanted.filter(|version| version.text() != Some(""));
        if found.len() > 1 {
            if let Some(wanted) = wanted {
                let wanted = wanted.known_text()?;
                let offers: Option<Vec<_>> = found.iter().map(|definition| self.offers(*definition)).collect();
                let offered = |offers: &Vec<Offer>| {
                    offers.iter().any(|offer| offer.version.text().is_some_and(|v| pattern::same_version(wanted, v)))
                };
                let mut fits = offers?.into_iter().map(|offers| offered(&offers));
                found.retain(|_| fits.next() == Some(true));
            } else {
                found = self.with_newest(found)?;
            }
        }
        Some(found)
    }

    /// Of some definitions those that offer the highest service version.
    pub fn with_newest(&self, mut found: Vec<Definition<'w>>) -> Option<Vec<Definition<'w>>> {
        let newest: Option<Vec<Option<Version>>> = found.iter().map(|d| self.newest(*d)).collect();
        let newest = newest?;
        let best = newest.iter().max().cloned().flatten();
        let mut each = newest.into_iter();
        found.retain(|_| each.next() == Some(best.clone()));
        Some(found)
    }

    fn newest(&self, definition: Definition<'w>) -> Option<Option<Version>> {
        Some(self.offers(definition)?.iter().filter_map(|offer| pattern::version(offer.version.text()?)).max())
    }

    /// The versions that Clusters can ask of a definition: its own, and those of the ComponentVersions that cover it.
    pub fn offers(&self, definition: Definition<'w>) -> Option<Vec<Offer<'w>>> {
        let own = definition.spec.get("serviceVersion").filter(|version| version.text() != Some(""));
        let mut found: Vec<Offer> = own.into_iter().map(|version| Offer { version, release: None }).collect();
        for (versions, rule) in self.rules_for(definition)? {
            let named: Vec<&str> = rule.list("releases").filter_map(Node::text).collect();
            let releases = versions.spec.list("releases");
            for release in releases.filter(|release| release.text_at("name").is_some_and(|name| named.contains(&name)))
            {
                let version = release.get("serviceVersion");
                found.extend(version.map(|version| Offer { version, release: Some(release) }));
            }
        }
        found.iter().all(|offer| offer.version.known()).then_some(found)
    }

    /// Some ComponentVersion in view is for this definition; `None` where one of them cannot be read.
    pub fn is_covered(&self, definition: Definition<'w>) -> Option<bool> {
        Some(!self.rules_for(definition)?.is_empty())
    }

    /// The rules of ComponentVersions that are for a definition; `None` where one of them cannot be read.
    fn rules_for(&self, definition: Definition<'w>) -> Option<Vec<(Versions<'w>, Node<'w>)>> {
        let (name, index) = (definition.name(), self.world.index());
        if index.hides_versions() {
            return None;
        }
        let takes = |text: &str| Pattern::new(Mode::PrefixOrRegex, text).matches(name);
        let mut found = Vec::new();
        for chart in index.charts_asking(COMPONENT_DEFINITION, name) {
            for object in Object::of_chart(chart, COMPONENT_VERSION) {
                let versions = Versions::of(object.document)?;
                let rules = versions.spec.list("compatibilityRules");
                let rules = rules.filter(|rule| rule.list("compDefs").filter_map(Node::text).any(takes));
                found.extend(rules.map(|rule| (versions, rule)));
            }
        }
        Some(found)
    }

    /// The definitions that a variable of a ComponentDefinition asks: the own one where its text takes it and not many
    /// are asked for; else those that share a topology with it, if there are any.
    pub fn of_var(&self, owner: Definition<'w>, source: Source<'w>) -> Option<Vec<Definition<'w>>> {
        let Some(node) = source.definition() else { return Some(vec![owner]) };
        let mut found = self.of_node(node)?;
        if !source.takes_many() && found.iter().any(|definition| definition.name() == owner.name()) {
            return Some(vec![owner]);
        }
        let beside = self.beside(owner);
        let is_beside = |definition: &Definition| beside.is_some_and(|names| names.contains(definition.name()));
        if found.iter().any(is_beside) {
            found.retain(is_beside);
        }
        Some(found)
    }

    /// Some topology has both.
    pub fn share_topology(&self, one: Definition<'w>, other: Definition<'w>) -> bool {
        self.beside(one).is_some_and(|names| names.contains(other.name()))
    }

    /// The names of the definitions that occur in a topology together with this one, which is among them.
    fn beside(&self, owner: Definition<'w>) -> Option<&'w BTreeSet<Box<str>>> {
        let index = self.world.index();
        let of_document = |chart: &Arc<Chart>, at: usize| {
            let name = Definition::of(&chart.documents()[at]).map(Definition::name);
            let found = name.map(|name| self.topologies(None, &[name]).map(move |(_, it)| (name, it)));
            let found = found.into_iter().flatten().filter(|(name, found)| found.has(index, name));
            found.flat_map(|(_, found)| found.names(index)).map(Box::from).collect()
        };
        let find = |chart: &Arc<Chart>| (0..chart.documents().len()).map(|at| of_document(chart, at)).collect();
        index.beside(owner.document, find)
    }
}

impl Found {
    /// The names of all definitions.
    fn names<'i>(&'i self, index: &'i Index) -> impl Iterator<Item = &'i str> {
        self.entities.iter().flatten().flatten().filter_map(|at| index.name(*at))
    }

    fn has(&self, index: &Index, name: &str) -> bool {
        self.names(index).any(|other| other == name)
    }
}

/// What the topologies of a chart's ClusterDefinitions use.
pub(super) fn topologies(uses: Uses<'_>, chart: &Arc<Chart>) -> Vec<Found> {
    let index = uses.world.index();
    let mut all = Vec::new();
    for document in chart.facts().objects(CLUSTER_DEFINITION) {
        let Some(definition) = ClusterDefinition::of(&chart.documents()[document]) else { continue };
        for (at, topology) in definition.topologies().enumerate() {
            let places = |found: Vec<Definition>| found.iter().filter_map(|found| index.at(found.document)).collect();
            let entities = topology.entities().map(|entity| uses.of_entity(entity).map(places)).collect();
            all.push(Found { document, topology: at, entities });
        }
    }
    all
}

/// A ComponentVersion that cannot be read may be for any definition.
pub fn hides_versions(chart: &Chart) -> bool {
    let mut versions = chart.facts().objects(COMPONENT_VERSION);
    versions.any(|at| {
        let versions = Versions::of(&chart.documents()[at]).filter(|versions| versions.is_known());
        let is_open = |versions: Versions| {
            let mut entries = versions.spec.each("compatibilityRules[].compDefs[]").into_iter();
            entries.any(|entry| entry.text().is_none() || !entry.known())
        };
        versions.is_none_or(is_open)
    })
}

impl<'w> Places<'w> {
    fn of(index: &'w Index, chart: &'w Arc<Chart>, found: &Found) -> Option<Self> {
        let object = Object { chart, document: &chart.documents()[found.document] };
        let topology = ClusterDefinition::of(object.document)?.topologies().nth(found.topology)?;
        let definition = |at: &At| Definition::of(index.object(*at).document);
        let definitions = found.entities.iter().map(|found| {
            let found = found.as_ref();
            found.map(|found| found.iter().filter_map(definition).collect())
        });
        Some(Self { object, topology, entities: topology.entities().zip(definitions).collect() })
    }
}

/// All objects as definitions; `None` where one of them cannot be read.
fn readable(found: Vec<Object<'_>>) -> Option<Vec<Definition<'_>>> {
    if found.iter().any(|object| object.chart.failed()) {
        return None;
    }
    found.into_iter().map(|object| Definition::of(object.document)).collect::<Option<_>>().map(unique)
}

/// Each definition once; one that differs with the values of its chart stands there in each form.
fn unique(all: Vec<Definition<'_>>) -> Vec<Definition<'_>> {
    let mut found: Vec<Definition> = Vec::new();
    for definition in all {
        let is_twin = |other: &Definition| {
            other.name() == definition.name() && other.document.text() == definition.document.text()
        };
        if !found.iter().any(is_twin) {
            found.push(definition);
        }
    }
    found
}
