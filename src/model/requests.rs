//! OpsRequests: what the operator finds wrong with one by itself (v1 spec §3.15).

use super::cluster::{Cluster, Unit};
use super::definition::Definition;
use super::legacy::ComponentDef;
use super::object::{Document, Node};
use super::resolve::{Resolution, resolve};
use super::uses::Uses;
use crate::schema::formats;
use crate::world::World;

/// Something that KubeBlocks will not carry out.
pub struct Fault<'w> {
    pub node: Node<'w>,
    pub message: String,
    /// What the operator says.
    pub words: &'static str,
    /// What it does not go with.
    pub against: Option<Node<'w>>,
}

/// An OpsRequest of `operations.kubeblocks.io`, or of the group it was in before 1.0.
#[derive(Clone, Copy)]
pub struct Request<'w> {
    pub document: &'w Document,
    pub spec: Node<'w>,
}

/// Lists of a request with, for each item's component, names of its pods.
const POD_NAMES: [(&str, &[&str]); 3] = [
    ("switchover", &["instanceName", "candidateName"]),
    ("horizontalScaling", &["scaleIn.onlineInstancesToOffline[]", "scaleOut.offlineInstancesToOnline[]"]),
    ("rebuildFrom", &["instances[].name"]),
];

/// The Clusters that `spec.clusterName` of a document may mean (`clusterRef`, of old), in its namespace; `None` where that is
/// open.
pub fn clusters_of<'w>(world: &'w World, document: &'w Document) -> Option<Vec<Cluster<'w>>> {
    let spec = document.root()?.get("spec")?;
    let name = spec.get("clusterName").or_else(|| spec.get("clusterRef"))?;
    let Resolution::Found(found) = resolve(world, &world.index().site_at(name)?) else { return None };
    let near = found.iter().filter(|object| !are_apart(document, object.document));
    near.map(|object| Cluster::of(object.document)).collect::<Option<Vec<_>>>().filter(|found| !found.is_empty())
}

/// Both objects say in which namespace they are, and it is not the same one.
fn are_apart(one: &Document, other: &Document) -> bool {
    let [one, other] = [one, other].map(|document| document.namespace()?.known_text());
    one.zip(other).is_some_and(|(one, other)| one != other)
}

impl<'w> Request<'w> {
    /// The components that an item of one of its lists is for, one in each Cluster that it may mean; `None` where one
    /// has no such component.
    pub fn units(self, world: &'w World, item: Node<'w>) -> Option<Vec<Unit<'w>>> {
        let name = item.get("componentName")?.known_text()?;
        let named = |cluster: Cluster<'w>| cluster.units().find(|unit| unit.name().and_then(Node::text) == Some(name));
        clusters_of(world, self.document)?.into_iter().map(named).collect()
    }

    /// As [`Request::units`], the definitions of those components; never empty. `None` where one is of the older version
    /// of the API.
    pub fn definitions(self, uses: &Uses<'w>, item: Node<'w>) -> Option<Vec<Definition<'w>>> {
        let units = self.units(uses.world, item)?.into_iter();
        let found: Option<Vec<_>> =
            units.map(|unit| uses.of_unit(unit).filter(|_| unit.cluster.is_current())).collect();
        found.filter(|found| !found.is_empty())
    }

    /// As [`Request::definitions`], for those that items of `componentDefs` define; `None` where one is defined in
    /// another way.
    pub fn older_definitions(self, uses: &Uses<'w>, item: Node<'w>) -> Option<Vec<ComponentDef<'w>>> {
        let found = self.units(uses.world, item)?.into_iter().map(|unit| uses.older_of_unit(unit));
        found.collect::<Option<Vec<_>>>().filter(|found| !found.is_empty())
    }

    /// `None` for other documents, and for those of which a part cannot be read.
    pub fn of(document: &'w Document) -> Option<Self> {
        let of_ours = matches!(document.group(), Some("operations.kubeblocks.io" | "apps.kubeblocks.io"));
        let fits = of_ours && document.kind() == Some("OpsRequest") && document.is_sound();
        let spec = fits.then(|| document.root()?.get("spec")).flatten()?;
        Some(Self { document, spec })
    }

    /// What of the blocks is wrong, in the newer group.
    pub fn faults(self) -> Vec<Fault<'w>> {
        let mut found = Vec::new();
        if self.document.group() == Some("operations.kubeblocks.io") {
            self.spec.list("verticalScaling").for_each(|item| vertical(item, &mut found));
            self.spec.list("horizontalScaling").for_each(|item| horizontal(item, &mut found));
            self.expose(&mut found);
            self.spec.list("reconfigures").for_each(|item| reconfigure(item, &mut found));
        }
        self.pods(&mut found);
        found.retain(|fault| fault.node.known() && fault.against.is_none_or(Node::known));
        found
    }

    /// Pods are called after their Cluster and component (v1 spec R229 to R231).
    fn pods(self, found: &mut Vec<Fault<'w>>) {
        let sure = |node: &Node| node.known() && !node.names_release();
        let cluster = self.spec.get("clusterName").or_else(|| self.spec.get("clusterRef")).filter(sure);
        let Some(cluster) = cluster.and_then(Node::text) else { return };
        for (list, paths) in POD_NAMES {
            for item in self.spec.list(list) {
                let component = item.get("componentName").filter(sure).and_then(Node::text);
                let Some(component) = component.filter(|name| !name.is_empty()) else { continue };
                let start = format!("{cluster}-{component}-");
                for node in paths.iter().flat_map(|path| item.each(path)).filter(sure) {
                    let text = node.text().unwrap_or_default();
                    if !text.is_empty() && text != "*" && !text.starts_with(&start) {
                        found.push(Fault {
                            node,
                            message: format!(
                                "`{text}` is no pod of component `{component}`: those begin with `{start}`"
                            ),
                            words: "instance \"…\" not found",
                            against: None,
                        });
                    }
                }
            }
        }
    }

    fn expose(self, found: &mut Vec<Fault<'w>>) {
        let nameless = |item: &Node| item.get("componentName").is_none_or(|name| name.text() == Some(""));
        let items: Vec<Node> = self.spec.list("expose").collect();
        let mut of_cluster = items.iter().copied().filter(nameless);
        if let Some((first, second)) = of_cluster.next().zip(of_cluster.next()) {
            found.push(Fault {
                node: second.heading(),
                message: "two items of `expose` have no `componentName`".to_owned(),
                words: "at most one spec.expose.componentName can be empty",
                against: Some(first.heading()),
            });
        }
        for (item, service) in items.iter().flat_map(|item| item.list("services").map(move |service| (item, service))) {
            let ports = service.get("ports").is_some_and(|ports| ports.items().next().is_some());
            if nameless(item) && !ports {
                found.push(Fault {
                    node: service.heading(),
                    message: "a service of the whole Cluster needs `ports`".to_owned(),
                    words: "spec.expose.services.ports must be specified when componentName is empty",
                    against: None,
                });
            }
            let kind = service.get("serviceType");
            let fits = kind.is_some_and(|kind| matches!(kind.text(), Some("NodePort" | "LoadBalancer")));
            let policy = service.get("externalTrafficPolicy").filter(|policy| policy.text() != Some("") && !fits);
            if let Some(node) = policy.filter(|_| kind.is_some() || service.key("serviceType").is_none()) {
                found.push(Fault {
                    node,
                    message: "`externalTrafficPolicy` is for Services of type `NodePort` or `LoadBalancer`".to_owned(),
                    words: "externalTrafficPolicy can only be set for NodePort or LoadBalancer service types",
                    against: kind,
                });
            }
        }
    }
}

fn vertical<'w>(item: Node<'w>, found: &mut Vec<Fault<'w>>) {
    for place in std::iter::once(item).chain(item.list("instances")) {
        let limits = place.get("limits");
        for list in [place.get("requests"), limits].into_iter().flatten() {
            for (key, _) in list.entries() {
                let fits = |name: &str| matches!(name, "cpu" | "memory") || name.starts_with("hugepages-");
                let Some(name) = key.text().filter(|name| !fits(name)) else { continue };
                found.push(Fault {
                    node: key,
                    message: format!("`{name}` cannot be scaled: only `cpu`, `memory` and `hugepages-…` can"),
                    words: "resource key is not cpu or memory or hugepages-",
                    against: None,
                });
            }
        }
        for (key, request) in place.get("requests").into_iter().flat_map(Node::entries) {
            let limit = key.text().and_then(|name| limits?.get(name));
            let values =
                request.text().and_then(formats::amount).zip(limit.and_then(Node::text).and_then(formats::amount));
            if !values.is_some_and(|(wanted, most)| wanted - most > most.abs() * 1e-9) {
                continue;
            };
            found.push(Fault {
                node: request,
                message: format!(
                    "the request `{}` is more than the limit `{}`",
                    request.text().unwrap_or_default(),
                    limit.and_then(Node::text).unwrap_or_default()
                ),
                words: "must be less than or equal to … limit",
                against: limit,
            });
        }
    }
}

fn horizontal<'w>(item: Node<'w>, found: &mut Vec<Fault<'w>>) {
    for (way, names) in [("scaleIn", "onlineInstancesToOffline"), ("scaleOut", "offlineInstancesToOnline")] {
        let Some(block) = item.get(way) else { continue };
        let Some(changes) = block.get("replicaChanges") else { continue };
        let Some(count) = changes.integer().filter(|_| changes.known()) else { continue };
        let listed = block.list(names).count();
        if let Some(node) = block.key(names).filter(|_| i64::try_from(listed).is_ok_and(|listed| listed > count)) {
            found.push(Fault {
                node,
                message: format!("{listed} instances are named, and `replicaChanges` is {count}"),
                words: "the length of … can't be greater than the \"replicaChanges\" for the component",
                against: Some(changes),
            });
        }
        let parts = block.list("instances").map(|instance| instance.get("replicaChanges").and_then(Node::integer));
        let sum = parts.sum::<Option<i64>>();
        if let Some(sum) = sum.filter(|sum| *sum > count) {
            found.push(Fault {
                node: changes,
                message: format!("`replicaChanges` is {count}, and the instance templates together change {sum}"),
                words: "\"replicaChanges\" can't be less than the sum of \"replicaChanges\" for specified instance templates",
                against: block.key("instances"),
            });
        }
    }
    let stopped: Vec<Node> = item.list("scaleIn.onlineInstancesToOffline").collect();
    for node in item.list("scaleOut.offlineInstancesToOnline") {
        if let Some(other) = stopped.iter().find(|other| other.text().is_some() && other.text() == node.text()) {
            found.push(Fault {
                node,
                message: format!("`{}` is to be stopped and to be started", node.text().unwrap_or_default()),
                words: "cannot be both in \"OfflineInstancesToOnline\" and \"OnlineInstancesToOffline\"",
                against: Some(*other),
            });
        }
    }
}

fn reconfigure<'w>(item: Node<'w>, found: &mut Vec<Fault<'w>>) {
    let none = match item.get("parameters") {
        Some(list) => list.is_sequence() && list.items().next().is_none(),
        None => item.key("parameters").is_none(),
    };
    if none && let Some(node) = item.get("componentName") {
        found.push(Fault {
            node,
            message: "nothing is to be reconfigured here: there are no `parameters`".to_owned(),
            words: "invalid reconfigure request: no parameters",
            against: None,
        });
    }
}
