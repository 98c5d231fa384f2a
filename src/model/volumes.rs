//! Component definitions of both generations as their pods see them: containers, mounts, and what makes volumes
//! (legacy spec §7.7).

use std::sync::Arc;

use super::index::{Index, Object};
use super::legacy::APPS;
use super::object::{Document, Node};
use super::pods;
use super::resolve::{CLUSTER, CLUSTER_DEFINITION, CLUSTER_VERSION, COMPONENT_DEFINITION, GroupKind};
use super::uses::Uses;
use crate::reads::{Mark, Marked};
use crate::world::Chart;

/// An item of a ClusterDefinition's `componentDefs`, or a ComponentDefinition, with what other objects add to it.
pub struct Component<'w> {
    pub chart: &'w Chart,
    pub document: &'w Document,
    /// The item of `componentDefs`, or the ComponentDefinition's `spec`.
    pub node: Node<'w>,
    pub name: &'w str,
    /// True for an item of `componentDefs`.
    pub legacy: bool,
    /// Items of ClusterVersions' `componentVersions` that name this one.
    pub versions: Vec<Node<'w>>,
    /// Items of Clusters' `componentSpecs` that name this one, each with its Cluster.
    pub uses: Vec<(&'w Document, Node<'w>)>,
}

/// A config or script template of a component.
#[derive(Clone, Copy)]
pub struct Template<'w> {
    pub node: Node<'w>,
    /// Of `scriptSpecs` or `scripts`.
    pub script: bool,
}

/// The component definitions in which a document has a part: its own, and those that it adds to.
pub fn components_around<'i>(index: &'i Index, document: &'i Document) -> Vec<Component<'i>> {
    let Some(chart) = index.chart_of(document).filter(|_| document.group() == Some(APPS)) else { return Vec::new() };
    let object = Object { chart, document };
    match document.kind().unwrap_or_default() {
        "ComponentDefinition" => of_definition(object).into_iter().collect(),
        "ClusterDefinition" => of_cluster_definition(index, object),
        "ClusterVersion" | "Cluster" => {
            object.cluster_definition().map(|name| components_named(index, name)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The component definitions of the ClusterDefinitions of a name.
pub fn components_named<'i>(index: &'i Index, definition: &'i str) -> Vec<Component<'i>> {
    let objects = index.named(CLUSTER_DEFINITION, definition);
    objects.flat_map(|object| of_cluster_definition(index, object)).collect()
}

/// The component definitions in which a chart has a part: its own, and those that its ClusterVersions and Clusters add
/// to.
pub fn components_of<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>) -> Vec<Component<'w>> {
    let index = uses.world.index();
    let added = Object::of_chart(chart, CLUSTER_VERSION).chain(Object::of_chart(chart, CLUSTER));
    let mut added: Vec<&str> = added.filter_map(Object::cluster_definition).collect();
    added.sort_unstable();
    added.dedup();
    let foreign = added.into_iter().flat_map(|name| index.named(CLUSTER_DEFINITION, name));
    let foreign = foreign.filter(|object| !std::ptr::eq(&**object.chart, &**chart));
    let legacy = Object::of_chart(chart, CLUSTER_DEFINITION)
        .chain(foreign)
        .flat_map(|object| of_cluster_definition(index, object));
    legacy.chain(Object::of_chart(chart, COMPONENT_DEFINITION).filter_map(of_definition)).collect()
}

/// The items of `componentDefs`.
fn of_cluster_definition<'w>(index: &'w Index, Object { chart, document }: Object<'w>) -> Vec<Component<'w>> {
    let definition = document.name_text();
    let items = document.root().into_iter().flat_map(|root| root.list("spec.componentDefs"));
    let mut found: Vec<Component> = items
        .map(|node| {
            let name = node.text_at("name").unwrap_or_default();
            Component { chart, document, node, name, legacy: true, versions: Vec::new(), uses: Vec::new() }
        })
        .collect();
    let Some(definition) = definition.filter(|_| !found.is_empty()) else { return found };
    let of = |kind| index.users(definition).filter(move |user| user.document.kind() == Some(kind));
    // Where several have the name (a chart in two releases), a version belongs to the one beside it.
    let mut twins = index.named(CLUSTER_DEFINITION, definition);
    let alone = twins.all(|twin| std::ptr::eq(twin.document, document));
    let versions = of("ClusterVersion").filter(|version| alone || Arc::ptr_eq(version.chart, chart));
    let versions: Vec<Node> = versions.filter_map(Object::root).collect();
    let clusters: Vec<Object> = of("Cluster").collect();
    for component in found.iter_mut().filter(|component| !component.name.is_empty()) {
        let named = |item: &Node| item.text_at("componentDefRef") == Some(component.name);
        let versions = versions.iter().flat_map(|version| version.list("spec.componentVersions").filter(named));
        component.versions.extend(versions);
        for cluster in &clusters {
            let items = cluster.root().into_iter().flat_map(|root| root.list("spec.componentSpecs"));
            component.uses.extend(items.filter(named).map(|item| (cluster.document, item)));
        }
    }
    found
}

/// A ComponentDefinition.
pub fn of_definition(Object { chart, document }: Object<'_>) -> Option<Component<'_>> {
    let node = document.root()?.get("spec")?;
    let name = document.name_text().unwrap_or_default();
    Some(Component { chart, document, node, name, legacy: false, versions: Vec::new(), uses: Vec::new() })
}

impl Marked for Component<'_> {
    fn mark(&self) -> Mark {
        self.document.mark()
    }
}

impl<'w> Component<'w> {
    /// The pod's description in the definition itself.
    pub fn pod(&self) -> Option<Node<'w>> {
        self.node.get(if self.legacy { "podSpec" } else { "runtime" })
    }

    /// Containers and init containers of the definition itself.
    pub fn containers(&self) -> impl Iterator<Item = Node<'w>> {
        self.pod().into_iter().flat_map(containers_of)
    }

    /// The `volumeMounts` items of all containers, also of those that a ClusterVersion adds or changes.
    pub fn mounts(&self) -> impl Iterator<Item = Node<'w>> {
        self.all_containers().flat_map(|container| container.list("volumeMounts"))
    }

    /// The containers that ClusterVersions add or change.
    pub fn version_containers(&self) -> impl Iterator<Item = Node<'w>> {
        self.versions.iter().filter_map(|version| version.get("versionsContext")).flat_map(containers_of)
    }

    /// The containers of the definition, and those that ClusterVersions add or change.
    pub fn all_containers(&self) -> impl Iterator<Item = Node<'w>> {
        self.containers().chain(self.version_containers())
    }

    /// Some container has the volume, as a directory or as a device.
    pub fn is_mounted(&self, volume: &str) -> bool {
        self.mounted().any(|name| name.text() == Some(volume))
    }

    /// The names of the volumes that containers have.
    fn mounted(&self) -> impl Iterator<Item = Node<'w>> {
        self.all_containers().flat_map(pods::mounted)
    }

    /// What is mounted is known: there are containers, and no mount's name is open.
    pub fn is_known(&self) -> bool {
        let any = self.containers().next().is_some()
            || self.versions.iter().any(|version| version.list("versionsContext.containers").next().is_some());
        any && !self.chart.failed() && self.mounted().all(Node::known)
    }

    /// The pod's own `volumes`.
    pub fn pod_volumes(&self) -> impl Iterator<Item = Node<'w>> {
        self.pod().into_iter().flat_map(|pod| pod.list("volumes"))
    }

    /// Config and script templates of the definition itself.
    pub fn templates(&self) -> impl Iterator<Item = Template<'w>> {
        let (configs, scripts) = if self.legacy { ("configSpecs", "scriptSpecs") } else { ("configs", "scripts") };
        let of = |path, script| self.node.list(path).map(move |node| Template { node, script });
        of(configs, false).chain(of(scripts, true))
    }

    /// The same, and config templates that ClusterVersions add, or put in the place of one of the same name.
    pub fn all_templates(&self) -> impl Iterator<Item = Template<'w>> {
        let specs = self.versions.iter().flat_map(|version| version.list("configSpecs"));
        self.templates().chain(specs.map(|node| Template { node, script: false }))
    }

    /// The names of `volumeTypes`, or of a ComponentDefinition's `volumes`.
    pub fn declared_volumes(&self) -> impl Iterator<Item = Node<'w>> {
        self.node.list(if self.legacy { "volumeTypes" } else { "volumes" }).filter_map(|volume| volume.get("name"))
    }

    /// The names of the claims that Clusters give to this component, each with its Cluster.
    pub fn claims(&self) -> impl Iterator<Item = (&'w Document, Node<'w>)> {
        self.uses.iter().flat_map(|(cluster, item)| {
            let names = item.list("volumeClaimTemplates").filter_map(|claim| claim.get("name"));
            names.map(move |name| (*cluster, name))
        })
    }

    /// Something makes, or declares, a volume of this name: the pod, a template, a volume type, a Cluster, TLS.
    pub fn provides(&self, volume: &str) -> bool {
        let named = |node: Node| node.text() == Some(volume);
        let volumes = self.uses.iter().flat_map(|(_, item)| item.list("volumes"));
        volume == "tls"
            || self.node.text_at("tls.volumeName") == Some(volume)
            || self.pod_volumes().chain(volumes).any(|made| made.text_at("name") == Some(volume))
            || self.all_templates().filter_map(Template::volume).any(named)
            || self.declared_volumes().any(named)
            || self.claims().any(|(_, claim)| named(claim))
    }

    /// The names of mounts that nothing provides; each once, where it stands first.
    pub fn unprovided_mounts(&self) -> Vec<Node<'w>> {
        let mut found: Vec<Node> = Vec::new();
        for name in self.mounts().filter_map(|mount| mount.get("name")) {
            let Some(text) = name.text() else { continue };
            if !self.provides(text) && !found.iter().any(|other| other.text() == Some(text)) {
                found.push(name);
            }
        }
        found
    }

    /// Selectors of script templates, in actions that run as jobs.
    pub fn script_selectors(&self) -> impl Iterator<Item = Node<'w>> {
        let paths = [
            "postStartSpec",
            "switchoverSpec.withCandidate",
            "switchoverSpec.withoutCandidate",
            "lifecycleActions.switchover",
        ];
        let actions = paths.into_iter().filter_map(|path| self.node.at(path));
        actions.flat_map(|action| action.list("scriptSpecSelectors")).filter_map(|selector| selector.get("name"))
    }

    /// `component definition` or `ComponentDefinition`, for messages.
    pub fn kind(&self) -> &'static str {
        if self.legacy { "component definition" } else { "ComponentDefinition" }
    }
}

fn containers_of(pod: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    pod.list("containers").chain(pod.list("initContainers"))
}

impl<'w> Template<'w> {
    /// `volumeName`.
    pub fn volume(self) -> Option<Node<'w>> {
        self.node.get("volumeName")
    }

    /// The ConfigMap's name: `templateRef`, or `template` since 1.0.
    pub fn config_map(self) -> Option<Node<'w>> {
        self.node.get("templateRef").or_else(|| self.node.get("template"))
    }

    pub fn name(self) -> &'w str {
        self.node.text_at("name").unwrap_or_default()
    }

    /// The template goes into environment variables, so it needs no mount.
    pub fn is_environment(self) -> bool {
        self.node.list("asEnvFrom").next().is_some() || self.node.list("injectEnvTo").next().is_some()
    }

    /// A change of what the template becomes makes new pods, whether they see the files or not.
    pub fn restarts(self) -> bool {
        self.node.text_at("restartOnFileChange") == Some("true")
    }
}

/// The objects of this kind and name, those of `chart` first.
pub fn objects<'i>(index: &'i Index, chart: &Chart, of: GroupKind, name: &str) -> Vec<Object<'i>> {
    let mut found: Vec<Object> = index.named(of, name).collect();
    found.sort_by_key(|object| !std::ptr::eq(&**object.chart, chart));
    found
}
