//! Whose parts a name may mean: from a row of [`super::parts`] to the places where such names are given.

use super::cluster::{Cluster, Unit};
use super::cue;
use super::definition::Definition;
use super::index::Object;
use super::legacy::{APPS, ClusterDefinition};
use super::object::{Document, Node};
use super::parts::{Owner, Part, each, fits, pod_prefix};
use super::resolve::{
    ACTION_SET, CLUSTER_DEFINITION, COMPONENT_DEFINITION, CONFIG_MAP, GroupKind, OPS_DEFINITION, PARAM_CONFIG_RENDERER,
    PARAMETERS_DEFINITION,
};
use super::uses::Uses;
use super::vars::{Source, Var};
use crate::text::TextRange;
use crate::yaml::path::Path;

/// A place where a name is given.
#[derive(Clone, Copy)]
pub struct Name<'w> {
    pub object: Object<'w>,
    /// The scalar that holds it.
    pub node: Node<'w>,
    /// Bytes of the scalar's text: all of it, or one of the names that stand in it.
    pub range: TextRange,
}

impl<'w> Name<'w> {
    /// All of a scalar; `None` for what has no text.
    pub fn whole(object: Object<'w>, node: Node<'w>) -> Option<Self> {
        let node = node.resolved();
        Some(Self { object, node, range: TextRange::new(0, node.text()?.len()) })
    }

    pub fn text(&self) -> &'w str {
        self.node.text().map_or("", |text| self.range.of(text))
    }
}

impl Part {
    /// Every name of such a part that may be meant at `node`.
    pub fn names<'w>(&self, uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<Name<'w>> {
        let mut found = Vec::new();
        for (object, root) in self.roots(uses, object, node) {
            for path in self.names {
                match path.strip_suffix("{cue}") {
                    Some(path) => found.extend(root.at(path).into_iter().flat_map(|text| properties(object, text))),
                    None => found.extend(each(root, path).into_iter().filter_map(|name| Name::whole(object, name))),
                }
            }
        }
        found
    }

    /// The objects, or the parts of them, that give the names.
    fn roots<'w>(&self, uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<(Object<'w>, Node<'w>)> {
        let Some(root) = object.root() else { return Vec::new() };
        let whole = |object: Object<'w>| Some((object, object.root()?));
        match self.owner {
            Owner::Own => vec![(object, root)],
            Owner::Item => {
                let items = root.each(self.list()).into_iter();
                items.filter(|item| is_above(*item, node)).map(|item| (object, item)).collect()
            }
            Owner::Pod => {
                let Some(prefix) = pod_prefix(object.document.kind().unwrap_or_default()) else { return Vec::new() };
                let is_pod = |above: &Node<'w>| fits(prefix, &Path::of(above.document.tree(), above.id).steps, false);
                above(node).find(is_pod).map(|pod| (object, pod)).into_iter().collect()
            }
            Owner::Definitions => definitions(uses, object, node),
            Owner::Versions => {
                let definitions = definitions(uses, object, node);
                let versions =
                    definitions.iter().flat_map(|(definition, _)| users(uses, *definition, "ComponentVersion"));
                let mut versions: Vec<_> = versions.filter_map(whole).collect();
                versions.extend(definitions);
                distinct(versions)
            }
            Owner::Policies | Owner::Parameters => {
                let kind =
                    if self.owner == Owner::Policies { "BackupPolicyTemplate" } else { PARAMETERS_DEFINITION.kind };
                let definitions = definitions(uses, object, node).into_iter();
                let found = definitions.flat_map(|(definition, _)| {
                    let renderers = users(uses, definition, PARAM_CONFIG_RENDERER.kind).filter_map(Object::root);
                    let names = renderers.flat_map(|renderer| renderer.each("spec.parametersDefs[]"));
                    let rendered =
                        names.flat_map(|name| named(uses, name)).filter(|_| kind == PARAMETERS_DEFINITION.kind);
                    users(uses, definition, kind).chain(rendered)
                });
                distinct(found.filter_map(whole).collect())
            }
            Owner::ClusterDefinition => {
                let text = |path| root.text_at(path);
                let name = text("spec.clusterDef").or_else(|| text("spec.clusterDefinitionRef")).unwrap_or_default();
                let found = uses.world.index().named(CLUSTER_DEFINITION, name);
                found.filter_map(whole).collect()
            }
            Owner::ClusterTopology => {
                let topology = Cluster::of(object.document).and_then(|cluster| uses.topology_of(cluster));
                topology
                    .and_then(|topology| Some((located(uses, topology.node.document)?.0, topology.node)))
                    .into_iter()
                    .collect()
            }
            Owner::Cluster => {
                let paths = ["spec.clusterName", "spec.clusterRef", "spec.targetClusterName"];
                let clusters = paths.into_iter().flat_map(|path| root.each(path)).flat_map(|name| named(uses, name));
                clusters.filter_map(whole).collect()
            }
            Owner::Named(path) => {
                let nodes = root.each(path);
                let beside = |name: &&Node<'w>| item_of(**name).is_some_and(|item| is_above(item, node));
                let nodes = match nodes.iter().find(beside) {
                    Some(one) => vec![*one],
                    None => nodes,
                };
                distinct(nodes.into_iter().flat_map(|name| named(uses, name)).filter_map(whole).collect())
            }
            Owner::ActionSet => {
                let sets = methods(uses, object, node).into_iter().filter_map(|method| method.get("actionSetName"));
                let sets =
                    sets.flat_map(|name| named(uses, name)).filter(|set| set.document.kind() == Some(ACTION_SET.kind));
                distinct(sets.filter_map(whole).collect())
            }
            Owner::ConfigMap => {
                let maps = templates(uses, object, node).into_iter().flat_map(|name| named(uses, name));
                distinct(maps.filter(|map| map.document.kind() == Some(CONFIG_MAP.kind)).filter_map(whole).collect())
            }
        }
    }
}

/// The names of the properties that a CUE text describes.
fn properties<'w>(object: Object<'w>, node: Node<'w>) -> impl Iterator<Item = Name<'w>> {
    let text = node.text().unwrap_or_default();
    cue::labels(text).into_iter().map(move |range| Name { object, node, range })
}

pub(super) fn above(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(Some(node), |node| node.parent())
}

fn is_above<'w>(item: Node<'w>, node: Node<'w>) -> bool {
    above(node).any(|above| above == item)
}

/// The item of a list in which a node stands.
fn item_of(node: Node<'_>) -> Option<Node<'_>> {
    above(node).find(|above| above.parent().is_some_and(Node::is_sequence))
}

fn distinct<'w>(found: Vec<(Object<'w>, Node<'w>)>) -> Vec<(Object<'w>, Node<'w>)> {
    let mut kept: Vec<(Object, Node)> = Vec::new();
    for (object, root) in found {
        if !kept.iter().any(|(_, known)| *known == root) {
            kept.push((object, root));
        }
    }
    kept
}

/// The objects that a field names.
pub(super) fn named<'w>(uses: &Uses<'w>, name: Node<'w>) -> Vec<Object<'w>> {
    uses.world.index().named_by(name)
}

/// The objects of a kind that name a definition.
fn users<'w>(uses: &Uses<'w>, definition: Object<'w>, kind: &'static str) -> impl Iterator<Item = Object<'w>> {
    let sites = uses.world.index().matched_by(definition).filter(move |site| site.field.kind == kind);
    sites.map(|site| Object { chart: site.chart, document: site.node.document })
}

/// The backup methods that are meant beside a node: of the object, or of the policy that it names.
fn methods<'w>(uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<Node<'w>> {
    let Some(root) = object.root() else { return Vec::new() };
    let name = above(node).find_map(|above| above.text_at("backupMethod"));
    let policies = root.at("spec.backupPolicyName").into_iter().flat_map(|name| named(uses, name));
    let roots = std::iter::once(root).chain(policies.filter_map(Object::root));
    let all = roots.flat_map(|root| root.each("spec.backupMethods[]"));
    all.filter(|method| name.is_none_or(|name| method.text_at("name") == Some(name))).collect()
}

/// The fields that name the ConfigMaps whose keys are meant at a node.
fn templates<'w>(uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<Node<'w>> {
    let fields = |item: Node<'w>| ["template", "templateRef"].into_iter().filter_map(move |key| item.get(key));
    if let Some(item) = above(node).find(|item| fields(*item).next().is_some()) {
        return fields(item).collect();
    }
    let config =
        above(node).find_map(|above| above.text_at("templateName").or_else(|| above.text_at("spec.templateName")));
    let definitions = definitions(uses, object, node);
    let items = definitions.into_iter().flat_map(|(_, root)| root.each("spec.configs[]"));
    let items = items.filter(|item| config.is_none_or(|config| item.text_at("name") == Some(config)));
    items.flat_map(fields).collect()
}

/// The object of a document.
fn located<'w>(uses: &Uses<'w>, document: &'w Document) -> Option<(Object<'w>, Node<'w>)> {
    let mut objects = uses.world.index().objects(GroupKind::of(document)?);
    let object = objects.find(|object| std::ptr::eq(object.document, document))?;
    Some((object, document.root()?))
}

/// The definitions that are meant at a place, of both generations: ComponentDefinitions and items of `componentDefs`.
pub(super) fn definitions<'w>(uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<(Object<'w>, Node<'w>)> {
    let current = current(uses, object, node).into_iter();
    let mut found: Vec<_> = current.filter_map(|definition| located(uses, definition.document)).collect();
    found.extend(legacy(uses, object, node));
    distinct(found)
}

/// The items of `componentDefs` that the nearest `componentDefRef` names.
fn legacy<'w>(uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<(Object<'w>, Node<'w>)> {
    let of = |name: &str, owners: Vec<Object<'w>>| {
        let mut found = Vec::new();
        for owner in owners {
            let definition = ClusterDefinition::of(owner.document);
            let components = definition.into_iter().flat_map(ClusterDefinition::components);
            found.extend(
                components.filter(|component| component.name() == name).map(|component| (owner, component.node)),
            );
        }
        found
    };
    let definitions =
        |root: Node<'w>| root.at("spec.clusterDefinitionRef").map(|name| named(uses, name)).unwrap_or_default();
    if let Some((name, root)) = above(node).find_map(|above| above.text_at("componentDefRef")).zip(object.root()) {
        return of(name, definitions(root));
    }
    let units = units(uses, object, node).into_iter();
    let units = units.filter_map(|unit| Some((unit.node.text_at("componentDefRef")?, unit.cluster.document.root()?)));
    units.flat_map(|(name, root)| of(name, definitions(root))).collect()
}

/// The components of Clusters that are meant where a node names one beside it.
fn units<'w>(uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<Unit<'w>> {
    let Some(root) = object.root() else { return Vec::new() };
    let all = |cluster: &'w Document| Cluster::of(cluster).into_iter().flat_map(Cluster::units);
    let of_name = |cluster: &'w Document, name: &str| {
        all(cluster).filter(|unit| unit.name().and_then(Node::text) == Some(name)).collect::<Vec<_>>()
    };
    if object.document.kind() != Some("Cluster") {
        let name =
            ["componentName", "name"].into_iter().find_map(|key| above(node).find_map(|above| above.text_at(key)));
        let name = name.unwrap_or_default();
        let paths = ["spec.clusterName", "spec.clusterRef"];
        let clusters = paths.into_iter().filter_map(|path| root.at(path)).flat_map(|name| named(uses, name));
        return clusters.flat_map(|cluster| of_name(cluster.document, name)).collect();
    }
    if let Some(selector) = above(node).find_map(|above| above.get("clusterServiceSelector")) {
        let part = ["service", "credential"].into_iter().filter_map(|key| selector.get(key));
        let part = part.into_iter().find(|part| is_above(*part, node));
        if let Some(part) = part {
            let name = part.text_at("component").unwrap_or_default();
            let clusters = selector.get("cluster").map(|name| named(uses, name)).unwrap_or_default();
            return clusters.into_iter().flat_map(|cluster| of_name(cluster.document, name)).collect();
        }
    }
    if let Some(service) = root.each("spec.services[]").into_iter().find(|service| is_above(*service, node)) {
        return of_name(object.document, service.text_at("componentSelector").unwrap_or_default());
    }
    let around: Vec<_> = all(object.document).filter(|unit| is_above(unit.node, node)).collect();
    if around.is_empty() { all(object.document).collect() } else { around }
}

/// The ComponentDefinitions that are meant at a place; where nobody can be sure, those that the text takes.
fn current<'w>(uses: &Uses<'w>, object: Object<'w>, node: Node<'w>) -> Vec<Definition<'w>> {
    let Some(root) = object.root() else { return Vec::new() };
    let of = |node: Node<'w>| {
        uses.of_node(node).unwrap_or_else(|| {
            let site = uses.world.index().site_at(node).filter(|site| site.field.target == COMPONENT_DEFINITION);
            let found = site.into_iter().flat_map(|site| uses.world.index().matches(&site));
            found.filter_map(|object| Definition::of(object.document)).collect()
        })
    };
    let of_unit =
        |unit: Unit<'w>| uses.candidates(unit).unwrap_or_else(|| unit.definition().map(of).unwrap_or_default());
    let item = |list: &str| root.each(list).into_iter().find(|item| is_above(*item, node));
    match object.document.kind().unwrap_or_default() {
        kind @ ("ComponentDefinition" | "SidecarDefinition") => {
            let own = Definition::of(object.document);
            let var = item("spec.vars[]").map(|node| Var { node });
            match (var.and_then(Var::source), own) {
                (Some(source), Some(own)) => of_source(uses, own, source, &of),
                (Some(source), None) => source.definition().map(of).unwrap_or_default(),
                (None, own) if kind == "ComponentDefinition" => own.into_iter().collect(),
                (None, _) => root.each("spec.owner").into_iter().flat_map(of).collect(),
            }
        }
        "Cluster" => {
            // What an item says of itself goes before what its component says.
            let own = above(node).find_map(|above| above.get("compDef")).map(of).filter(|found| !found.is_empty());
            own.unwrap_or_else(|| units(uses, object, node).into_iter().flat_map(of_unit).collect())
        }
        "OpsRequest" | "Parameter" | "Rollout" => {
            let own = ["componentDefinitionName", "compDef"]
                .into_iter()
                .find_map(|key| above(node).find_map(|above| above.get(key)));
            let own = own.map(of).filter(|found| !found.is_empty());
            own.unwrap_or_else(|| units(uses, object, node).into_iter().flat_map(of_unit).collect())
        }
        kind => {
            let paths: &[&str] = match kind {
                "ComponentVersion" => &["spec.compatibilityRules[].compDefs[]"],
                "ShardingDefinition" => &["spec.template.compDef"],
                "BackupPolicyTemplate" if object.document.group() == Some(APPS) => {
                    &["spec.backupPolicies[].componentDefs[]"]
                }
                "BackupPolicyTemplate" => &["spec.compDefs[]"],
                "ParametersDefinition" | "ParamConfigRenderer" => &["spec.componentDef"],
                "OpsDefinition" => {
                    &["spec.componentInfos[].componentDefinitionName", "spec.componentDefinitionRefs[].name"]
                }
                _ => &[],
            };
            // Before 1.2 a renderer says for whom a ParametersDefinition is.
            let renderers = users(uses, object, PARAM_CONFIG_RENDERER.kind).filter_map(Object::root);
            let renderers = renderers.filter(|_| kind == PARAMETERS_DEFINITION.kind);
            let nodes = paths.iter().flat_map(|path| root.each(path));
            let nodes = nodes.chain(renderers.flat_map(|renderer| renderer.each("spec.componentDef")));
            let mut found: Vec<Definition<'w>> = Vec::new();
            // An operation that names no definitions is for whatever component is asked to do it.
            let open = kind == OPS_DEFINITION.kind && paths.iter().all(|path| root.each(path).is_empty());
            let all = Object::of_chart(object.chart, COMPONENT_DEFINITION).filter(|_| open);
            let all = all.filter_map(|object| Definition::of(object.document));
            for definition in nodes.flat_map(of).chain(all) {
                if !found.iter().any(|known| std::ptr::eq(known.document, definition.document)) {
                    found.push(definition);
                }
            }
            found
        }
    }
}

fn of_source<'w>(
    uses: &Uses<'w>,
    own: Definition<'w>,
    source: Source<'w>,
    of: &dyn Fn(Node<'w>) -> Vec<Definition<'w>>,
) -> Vec<Definition<'w>> {
    let Some(node) = source.definition() else { return vec![own] };
    uses.of_var(own, source).unwrap_or_else(|| of(node))
}
