//! Fields of Kubernetes that name objects or parts of them, wherever pods and their kin stand. Their absence means
//! nothing, since others may have made what they name: for navigation and completion only.

use std::sync::Arc;

use super::index::Object;
use super::object::Node;
use super::owners::{Name, above};
use super::parts::{What, each};
use super::pods::{Plain, plain};
use super::resolve::{CLUSTER_DEFINITION, CLUSTER_VERSION, CONFIG_MAP, GroupKind, own_side};
use crate::world::{Chart, World};
use crate::yaml::path::{Path, Step};

const SECRET: GroupKind = GroupKind { group: "", kind: "Secret" };
const ACCOUNT: GroupKind = GroupKind { group: "", kind: "ServiceAccount" };
const CLAIM: GroupKind = GroupKind { group: "", kind: "PersistentVolumeClaim" };
const SERVICE: GroupKind = GroupKind { group: "", kind: "Service" };
const STORAGE_CLASS: GroupKind = GroupKind { group: "storage.k8s.io", kind: "StorageClass" };
const PRIORITY_CLASS: GroupKind = GroupKind { group: "scheduling.k8s.io", kind: "PriorityClass" };

/// What a reference with a `kind` beside the name can mean.
const BY_KIND: [GroupKind; 5] = [
    ACCOUNT,
    GroupKind { group: "rbac.authorization.k8s.io", kind: "Role" },
    GroupKind { group: "rbac.authorization.k8s.io", kind: "ClusterRole" },
    GroupKind { group: "apps", kind: "Deployment" },
    GroupKind { group: "apps", kind: "StatefulSet" },
];

/// The kind of object that a field names; `kind` is what stands behind `kind` beside it.
pub fn target(steps: &[Step], kind: Option<&str>) -> Option<GroupKind<'static>> {
    let mut keys = steps.iter().rev();
    let last = keys.next()?.key()?;
    let mut listed = false;
    let above = keys.find_map(|step| {
        listed |= step.key().is_none();
        step.key()
    });
    match (last, above.unwrap_or_default()) {
        ("secretName", _) => Some(SECRET),
        ("serviceAccountName", _) => Some(ACCOUNT),
        ("claimName", _) => Some(CLAIM),
        ("storageClassName", _) => Some(STORAGE_CLASS),
        ("priorityClassName", _) => Some(PRIORITY_CLASS),
        ("clusterdefinition.kubeblocks.io/name", "labels" | "matchLabels") => Some(CLUSTER_DEFINITION),
        ("clusterversion.kubeblocks.io/name", "labels" | "matchLabels") => Some(CLUSTER_VERSION),
        ("name", "configMap" | "configMapRef" | "configMapKeyRef") if !listed => Some(CONFIG_MAP),
        ("name", "secret" | "secretRef" | "credential") if !listed => Some(SECRET),
        ("name", above) if !listed && above.to_ascii_lowercase().ends_with("secretkeyref") => Some(SECRET),
        ("name", "imagePullSecrets" | "secrets") if listed => Some(SECRET),
        ("name", "roleRef" | "scaleTargetRef" | "subjects") => {
            BY_KIND.into_iter().find(|target| Some(target.kind) == kind)
        }
        ("name", "service") if !listed && keys.next().and_then(Step::key) == Some("backend") => Some(SERVICE),
        _ => None,
    }
}

/// The same for a node of a document.
pub fn target_at(node: Node<'_>) -> Option<GroupKind<'static>> {
    let item = node.parent().filter(|item| item.is_mapping())?;
    target(&Path::of(node.document.tree(), node.id).steps, item.text_at("kind"))
}

/// What is looked for in the namespace: an object of a stranger's chart is another one. The chart's own come first.
pub fn objects<'w>(world: &'w World, chart: &Chart, target: GroupKind, name: &str) -> Vec<Object<'w>> {
    let found = world.index().named(target, name);
    let mut found: Vec<Object> = found.filter(|object| own_side(object.chart, chart)).collect();
    found.sort_by_key(|object| !std::ptr::eq(&**object.chart, chart));
    found
}

/// A field that names a part of another object.
#[derive(Clone, Copy)]
enum Field {
    /// A key of a ConfigMap or a Secret that is named beside it.
    Key,
    /// The same, below `items` of a volume.
    ItemKey,
    /// The port of a Service that an Ingress leads to.
    IngressPort,
    /// A port of the pods that a Service selects.
    TargetPort,
    /// A label of those pods.
    Label,
}

impl Field {
    /// The field at a path in an object of this kind.
    fn at(path: &[Step], kind: &str) -> Option<Self> {
        let keys: Vec<&str> = path.iter().rev().map(|step| step.key().unwrap_or("[]")).collect();
        match (keys.as_slice(), kind) {
            (["key", above, ..], _) if above.ends_with("KeyRef") => Some(Self::Key),
            (["key", "[]", "items", "configMap" | "secret", ..], _) => Some(Self::ItemKey),
            (["name", "port", "service", "backend", ..], "Ingress") => Some(Self::IngressPort),
            (["targetPort", "[]", "ports", "spec"], "Service") => Some(Self::TargetPort),
            ([_, "selector", "spec"], "Service") => Some(Self::Label),
            _ => None,
        }
    }
}

/// Whether [`names`] knows fields of such a path in objects of this kind.
pub fn names_parts(path: &[Step], kind: &str) -> bool {
    Field::at(path, kind).is_some()
}

/// The names that a part may have that the field at a path names, and what kind of part that is; `item` is what holds
/// the field.
pub fn names<'w>(world: &'w World, object: Object<'w>, path: &[Step], item: Node<'w>) -> Option<(What, Vec<Name<'w>>)> {
    let of = |what, (owner, root): (Object<'w>, Node<'w>), paths: &[&str]| {
        let names = paths.iter().flat_map(|path| each(root, path)).filter_map(|name| Name::whole(owner, name));
        (what, names.collect::<Vec<_>>())
    };
    let objects = |name: Node<'w>| {
        let target = target_at(name)?;
        let object = *objects(world, object.chart, target, name.text()?).first()?;
        Some((object, object.root()?))
    };
    Some(match Field::at(path, object.document.kind()?)? {
        Field::Key => of(What::Key, objects(item.get("name")?)?, &["data{key}", "stringData{key}"]),
        Field::ItemKey => {
            let source = above(item).find(|above| above.get("items").is_some())?;
            let name = source.get("name").or_else(|| source.get("secretName"))?;
            of(What::Key, objects(name)?, &["data{key}", "stringData{key}"])
        }
        Field::IngressPort => {
            let service = above(item).find(|above| above.get("port").is_some())?;
            of(What::Port, objects(service.get("name")?)?, &["spec.ports[].name"])
        }
        Field::TargetPort => {
            let pods = selected(object.chart, object.root()?.at("spec.selector")?);
            let names = pods.flat_map(|pods| of(What::Port, pods, &["containers[].ports[].name"]).1);
            (What::Port, names.collect())
        }
        Field::Label => {
            let label = path.last()?.key()?;
            let value = |(pods, spec): (Object<'w>, Node<'w>)| {
                Name::whole(pods, spec.parent()?.at("metadata.labels")?.get(label)?)
            };
            let mut names: Vec<Name> = selected(object.chart, item).filter_map(value).collect();
            if names.is_empty() {
                names.extend(pods(object.chart).filter_map(|(pods, plain)| value((pods, plain.spec))));
            }
            (What::Label, names)
        }
    })
}

/// The objects of a chart of which Kubernetes makes pods.
fn pods(chart: &Arc<Chart>) -> impl Iterator<Item = (Object<'_>, Plain<'_>)> {
    chart.documents().iter().filter_map(move |document| Some((Object { chart, document }, plain(document)?)))
}

/// The pods of a chart that a Service selects: their PodSpecs.
fn selected<'w>(chart: &'w Arc<Chart>, selector: Node<'w>) -> impl Iterator<Item = (Object<'w>, Node<'w>)> {
    pods(chart).filter(move |(_, pods)| pods.is_selected_by(selector)).map(|(object, pods)| (object, pods.spec))
}
