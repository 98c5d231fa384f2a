//! Faults of Clusters and of the order in which they start.

use kubeblocks_ls::model::cluster::units;

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    newer("order-mismatch", CD, "spec.topologies[].orders.provision[]", Put("zz")),
    newer("unknown-component", CLUSTER, "spec.componentSpecs[].name", Put("zz"))
        .when(|node| node.document.root().is_some_and(|root| root.at("spec.topology").is_some())),
    newer("unknown-topology", CLUSTER, "spec.topology", Put("zz")),
    plant("unsupported-tls", CLUSTER, "spec.componentSpecs[].replicas", Beside("tls: true"))
        .when(|node| lacks_all(node, &["tls", "issuer"])),
    newer("omitted-component", CLUSTER, "spec.componentSpecs[].name", Among(left_out)).told(At::World),
    newer("disabled-init-account", CLUSTER, "spec.componentSpecs[].replicas", Among(init_account)),
    newer("out-of-limit", CMPD, "spec.runtime", Among(many_only)).told(At::World),
    edit("unsupported-service-version", "/values.yaml", |text| other_value(text, "version", "99.9.9"))
        .told(At::World)
        .of(VERSIONED),
    newer("missing-volume-claim", CLUSTER, "spec.componentSpecs[].volumeClaimTemplates[].name", Among(other_claim))
        .told(File),
    newer("cross-namespace-credential", CLUSTER, "spec.componentSpecs[].replicas", Among(foreign_credential)),
];

/// Charts whose Clusters ask for the version of their values.
const VERSIONED: &[&str] = &[
    "addons-1.0/apecloud-mysql",
    "addons-1.0/clickhouse",
    "addons-1.0/etcd",
    "addons-1.0/kafka",
    "addons-1.0/mysql",
    "addons-1.0/neo4j",
    "addons-1.0/rabbitmq",
    "addons-1.0/redis",
    "addons-1.0/starrocks-ce",
    "addons-1.0/zookeeper",
];

/// An account that the database makes is to be off.
fn init_account<'w>(world: &'w World, node: Node<'w>) -> Option<Changes<'w>> {
    let definition = Uses::new(world).of_unit(unit(node)?).filter(|_| lacks(node, "systemAccounts"))?;
    let mut accounts = definition.spec.list("systemAccounts");
    let name = accounts.find(|account| account.text_at("initAccount") == Some("true"))?.text_at("name")?;
    beside(node, format!("systemAccounts: [{{name: {name}, disabled: true}}]"))
}

/// More replicas than a Cluster has.
fn many_only<'w>(world: &'w World, runtime: Node<'w>) -> Option<Changes<'w>> {
    let own = owner(runtime).filter(|_| lacks(runtime, "replicasLimit"))?;
    let units = world.charts.values().flat_map(|chart| units(chart));
    let mut replicas =
        units.filter(|unit| Uses::new(world).of_unit(*unit).is_some_and(|used| used.name() == own.name()));
    replicas
        .find(|unit| unit.template().and_then(|it| it.get("replicas")?.integer()).is_some_and(|count| count < 100))?;
    beside(runtime, "replicasLimit: {minReplicas: 100, maxReplicas: 200}")
}

/// A component that the topology has gets another name.
fn left_out<'w>(world: &'w World, name: Node<'w>) -> Option<Changes<'w>> {
    let topology = Uses::new(world).topology_of(unit(name)?.cluster)?;
    let entity = topology.entity(name.text()?, false).filter(|entity| !entity.is_template())?;
    Uses::new(world).of_entity(entity)?;
    Some(vec![(name, Change::Put("zz".to_owned()))])
}

/// The Cluster gets a namespace, and a credential out of another one.
fn foreign_credential<'w>(_: &'w World, node: Node<'w>) -> Option<Changes<'w>> {
    let metadata = node.document.root()?.get("metadata").filter(|_| lacks(node, "serviceRefs"))?;
    let selector = "{cluster: zz, credential: {component: zz, name: zz}}";
    let mut changes =
        beside(node, format!("serviceRefs: [{{name: zz, namespace: there, clusterServiceSelector: {selector}}}]"))?;
    changes.extend(beside(metadata.get("name")?, "namespace: here")?);
    changes.extend(metadata.get("namespace").map(|namespace| (namespace, Change::Key("zz"))));
    Some(changes)
}

/// A value at the top of the file.
fn other_value(text: &str, key: &str, new: &str) -> Edits {
    let mark = format!("\n{key}: ");
    let found = text.match_indices(&mark).filter_map(|(at, _)| {
        let start = at + mark.len();
        let plain = text[start..].starts_with(|c: char| c.is_ascii_digit());
        plain.then_some(())?;
        Some((start..start + text[start..].find('\n')?, new.to_owned()))
    });
    found.collect()
}

/// The disk of a volume that is to be kept gets another name.
fn other_claim<'w>(world: &'w World, name: Node<'w>) -> Option<Changes<'w>> {
    let component = name.parent()?.parent()?.parent()?;
    let volumes = candidates(world, component.get("name")?)?;
    let mut volumes = volumes.iter().flat_map(|definition| definition.spec.list("volumes"));
    volumes.find(|volume| volume.text_at("name") == name.text() && volume.text_at("needSnapshot") == Some("true"))?;
    Some(vec![(name, Change::Put("zz".to_owned()))])
}
