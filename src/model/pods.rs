//! Pods, wherever their template stands, and Services: what the code of the API server refuses in them, behind the
//! schemas (`k8s.io/kubernetes/pkg/apis/core/validation`).

use super::definition::{Action, Definition};
use super::lists::{List, list, names};
use super::object::{Document, Node};
use super::operator::Refused;
use crate::schema::formats;

pub(super) const PODS: &str = "The API server refuses the pods.";
pub(super) const SERVICE: &str = "The API server refuses the Service.";

/// The PodSpecs of a document.
pub fn pods(document: &Document) -> Vec<Node<'_>> {
    let Some(root) = document.root().filter(|_| document.is_sound()) else { return Vec::new() };
    let path = match (document.group().unwrap_or_default(), document.kind().unwrap_or_default()) {
        ("apps.kubeblocks.io", "ComponentDefinition") => "spec.runtime",
        ("apps.kubeblocks.io", "ClusterDefinition") => "spec.componentDefs[].podSpec",
        ("operations.kubeblocks.io", "OpsDefinition") => "spec.actions[].workload.podSpec",
        _ => return plain(document).map(|plain| plain.spec).into_iter().collect(),
    };
    root.each(path)
}

/// Pods in which KubeBlocks has no part.
#[derive(Clone, Copy)]
pub struct Plain<'w> {
    /// The Pod, or the template of pods.
    node: Node<'w>,
    pub spec: Node<'w>,
}

/// The pods that Kubernetes makes of a document.
pub fn plain(document: &Document) -> Option<Plain<'_>> {
    let root = document.root().filter(|_| document.is_sound())?;
    let node = match (document.group()?, document.kind()?) {
        ("", "Pod") => root,
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => {
            root.at("spec.template")?
        }
        ("batch", "CronJob") => root.at("spec.jobTemplate.spec.template")?,
        _ => return None,
    };
    Some(Plain { node, spec: node.get("spec")? })
}

impl<'w> Plain<'w> {
    pub fn containers(self) -> impl Iterator<Item = Node<'w>> {
        containers(self.spec)
    }

    /// The names of all volumes; `None` where one is open.
    pub fn volumes(self) -> Option<Vec<&'w str>> {
        let claims = self.node.document.root()?.each("spec.volumeClaimTemplates[].metadata.name");
        let names = self.spec.each("volumes[].name").into_iter().chain(claims);
        names.map(|name| name.known_text()).collect()
    }

    /// The labels are those that a Service selects.
    pub fn is_selected_by(self, selector: Node<'_>) -> bool {
        let labels = self.node.at("metadata.labels");
        let has = |(key, value): (Node, Node)| {
            let own = key.text().and_then(|key| labels?.get(key));
            value.known() && own.is_some_and(|own| own.known() && own.text() == value.text())
        };
        selector.entries().next().is_some() && selector.entries().all(has)
    }

    /// The names of the ports of its containers; `None` where one is open.
    pub fn ports(self) -> Option<Vec<&'w str>> {
        let names = self.spec.list("containers").chain(sidecars(self.spec));
        let names = names.flat_map(|container| container.each("ports[].name"));
        names.map(|name| name.known_text()).collect()
    }
}

/// The specs of Services.
pub(super) fn services(document: &Document) -> Vec<Node<'_>> {
    let Some(root) = document.root().filter(|_| document.is_sound()) else { return Vec::new() };
    match (document.group(), document.kind()) {
        (Some(""), Some("Service")) => root.each("spec"),
        (Some("apps.kubeblocks.io"), Some("ComponentDefinition" | "Cluster")) => root.each("spec.services[].spec"),
        (Some("apps.kubeblocks.io"), Some("ClusterDefinition")) => root.each("spec.componentDefs[].service"),
        _ => Vec::new(),
    }
}

/// Containers and init containers of a pod.
pub fn containers(pod: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    pod.list("initContainers").chain(pod.list("containers"))
}

/// Init containers that go on beside the containers, and serve ports as those do (`FindPort` in Kubernetes'
/// `pkg/api/v1/pod/util.go`).
pub fn sidecars(pod: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let stays = |policy: Node| !policy.known() || policy.text() == Some("Always");
    pod.list("initContainers").filter(move |container| container.get("restartPolicy").is_some_and(stays))
}

/// The names of the volumes that a container has as directories or as devices.
pub fn mounted(container: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    ["volumeMounts", "volumeDevices"]
        .into_iter()
        .flat_map(move |list| container.list(list))
        .filter_map(|of| of.get("name"))
}

/// Lists whose entries may not have the same name.
pub(super) fn lists(document: &Document) -> Vec<List<'_>> {
    let mut found = Vec::new();
    for pod in pods(document) {
        found.push(list("containers", [names(pod, "initContainers"), names(pod, "containers")].concat(), PODS));
        found.push(list("volumes", names(pod, "volumes"), PODS));
        for container in containers(pod) {
            let paths = container.list("volumeMounts").filter_map(|mount| mount.get("mountPath"));
            found.push(list("mount paths", paths.collect(), PODS));
            found.push(list("ports", names(container, "ports"), PODS));
            let later = "Both are there, and the later one wins.";
            found.push(List { mild: true, ..list("variables", names(container, "env"), later) });
        }
    }
    if document.group() == Some("") {
        found.extend(services(document).into_iter().map(|service| list("ports", names(service, "ports"), SERVICE)));
    }
    found
}

/// Values that no schema restricts.
pub(super) fn refused<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    for pod in pods(document) {
        for volume in pod.list("volumes") {
            text(volume.get("name"), formats::dns_label, PODS, found);
            text(volume.at("emptyDir.sizeLimit"), formats::quantity, PODS, found);
            text(volume.at("emptyDir.medium"), medium, "The kubelet does not know it: the pods never start.", found);
            for path in
                ["downwardAPI.items[].fieldRef.fieldPath", "projected.sources[].downwardAPI.items[].fieldRef.fieldPath"]
            {
                volume.each(path).into_iter().for_each(|field| text(Some(field), file_field, PODS, found));
            }
        }
        containers(pod).for_each(|container| of_container(container, found));
    }
    // What becomes of it is known at run time, or a value that does not exist is the fault.
    let open = |image: &Node| image.text().unwrap_or_default().contains(['$', '{']) || has_gap(*image);
    for image in images(document).into_iter().filter(|image| !open(image)) {
        text(Some(image), formats::image, "Nobody can pull it: the pods fail with `InvalidImageName`.", found);
    }
    if let Some(definition) = Definition::of(document) {
        let env = definition.actions().filter_map(Action::exec).flat_map(|exec| exec.list("env"));
        env.for_each(|entry| of_variable(entry, found));
    }
    selector(document, found);
    restarts(document, found);
    for service in services(document) {
        for entry in service.list("ports") {
            port(entry.get("port"), SERVICE, found);
            port_or_name(entry.get("targetPort"), SERVICE, found);
        }
        text(service.get("clusterIP"), cluster_ip, SERVICE, found);
    }
    if (document.group(), document.kind()) == (Some("batch"), Some("CronJob")) {
        let why = "The API server refuses the CronJob.";
        text(document.root().and_then(|root| root.at("spec.schedule")), formats::cron, why, found);
        let short = |name: &str| {
            (name.len() > 52).then(|| format!("it has {} characters, and its jobs have room for 52", name.len()))
        };
        text(document.name(), short, why, found);
    }
}

/// A job ends.
fn restarts<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let jobs: Vec<Node> = match (document.group(), document.kind()) {
        (Some("batch"), Some("Job" | "CronJob")) => plain(document).map(|made| made.spec).into_iter().collect(),
        (Some("operations.kubeblocks.io"), Some("OpsDefinition")) => {
            let workloads = document.root().into_iter().flat_map(|root| root.each("spec.actions[].workload"));
            let jobs = workloads.filter(|workload| workload.text_at("type") == Some("Job"));
            jobs.filter_map(|job| job.get("podSpec")).collect()
        }
        _ => return,
    };
    for node in jobs.into_iter().filter_map(|pod| pod.get("restartPolicy")) {
        if node.text() == Some("Always") {
            let reason = "the pods of a Job have `Never` or `OnFailure`".to_owned();
            found.push(Refused::new(node, reason, "The API server refuses the Job."));
        }
    }
}

/// Who makes pods selects them by labels that they have.
fn selector<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let Some(made) = plain(document).filter(|_| document.group() == Some("apps")) else { return };
    let selector =
        document.spec().and_then(|spec| spec.at("selector.matchLabels")).filter(|labels| labels.is_mapping());
    let Some((selector, labels)) = selector.zip(made.node.at("metadata.labels")) else { return };
    if labels.entries().any(|(key, value)| !key.known() || !value.known()) {
        return;
    }
    for (key, node) in selector.entries() {
        let (Some(name), Some(text)) = (key.known_text(), node.text()) else { continue };
        let own = labels.get(name).and_then(Node::text);
        if own != Some(text) && name != "<<" {
            let reason = match own {
                Some(own) => format!("the pods have `{own}`"),
                None => "the pods have no such label".to_owned(),
            };
            found.push(Refused::new(node, reason, "The API server refuses the object."));
        }
    }
}

/// An action printed nothing in the text, since its value does not exist.
fn has_gap(node: Node<'_>) -> bool {
    let range = node.document.tree().node(node.id).range;
    node.document.rendered().holes.iter().filter_map(|hole| hole.at).any(|at| range.touches(at))
}

/// Whatever is the name of an image.
fn images(document: &Document) -> Vec<Node<'_>> {
    let Some(root) = document.root().filter(|_| document.is_sound()) else { return Vec::new() };
    let containers = pods(document).into_iter().flat_map(containers).filter_map(|container| container.get("image"));
    let paths: &[&str] = match (document.group().unwrap_or_default(), document.kind().unwrap_or_default()) {
        ("apps.kubeblocks.io", "ComponentDefinition") => {
            &["spec.lifecycleActions{}.exec.image", "spec.lifecycleActions{}.customHandler.image"]
        }
        ("apps.kubeblocks.io", "ComponentVersion") => &["spec.releases[].images{}"],
        ("apps.kubeblocks.io", "ClusterVersion") => &[
            "spec.componentVersions[].versionsContext.containers[].image",
            "spec.componentVersions[].versionsContext.initContainers[].image",
        ],
        ("apps.kubeblocks.io", "SidecarDefinition") => &["spec.containers[].image"],
        ("dataprotection.kubeblocks.io", "ActionSet") => &[
            "spec.backup.backupData.image",
            "spec.backup.preBackup[].job.image",
            "spec.backup.postBackup[].job.image",
            "spec.restore.prepareData.image",
            "spec.restore.postReady[].job.image",
        ],
        ("parameters.kubeblocks.io", "ParametersDefinition") => {
            &["spec.reloadAction.shellTrigger.toolsSetup.toolConfigs[].image"]
        }
        _ => &[],
    };
    containers.chain(paths.iter().flat_map(|path| root.each(path))).collect()
}

fn of_container<'w>(container: Node<'w>, found: &mut Vec<Refused<'w>>) {
    text(container.get("name"), formats::dns_label, PODS, found);
    for entry in container.list("ports") {
        text(entry.get("name"), formats::port_name, PODS, found);
        port(entry.get("containerPort"), PODS, found);
        port(entry.get("hostPort"), PODS, found);
    }
    container.list("env").for_each(|entry| of_variable(entry, found));
    for mount in container.list("volumeMounts") {
        text(mount.get("subPath"), inner_path, PODS, found);
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        for how in ["httpGet", "tcpSocket"] {
            let probed = container.get(probe).and_then(|probe| probe.get(how)).and_then(|how| how.get("port"));
            port_or_name(probed, PODS, found);
        }
    }
    for probe in ["livenessProbe", "startupProbe"] {
        let threshold = container.get(probe).and_then(|probe| probe.get("successThreshold"));
        if let Some(node) = threshold.filter(|node| node.integer().is_some_and(|times| times > 1)) {
            let reason = format!("a `{probe}` has succeeded when it succeeds once");
            found.push(Refused::new(node, reason, PODS));
        }
    }
    for path in ["resources.requests{}", "resources.limits{}"] {
        for amount in container.each(path) {
            text(Some(amount), formats::quantity, PODS, found);
        }
    }
}

/// A variable, and the field of the pod or of its containers that it takes.
fn of_variable<'w>(entry: Node<'w>, found: &mut Vec<Refused<'w>>) {
    text(entry.get("name"), formats::env_name, PODS, found);
    let Some(from) = entry.get("valueFrom") else { return };
    let version = |text: &str| (text != "v1").then(|| "fields of pods are those of `v1`".to_owned());
    text(from.at("fieldRef.apiVersion"), version, PODS, found);
    text(from.at("fieldRef.fieldPath"), pod_field, PODS, found);
    text(from.at("resourceFieldRef.resource"), resource_field, PODS, found);
}

/// The fields of a pod that variables can have.
const POD_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Those that a file of a volume can have.
const FILE_FIELDS: [&str; 5] =
    ["metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations"];

fn pod_field(path: &str) -> Option<String> {
    // An older name of `spec.nodeName`.
    if path == "spec.host" { None } else { field_of("variables", &POD_FIELDS, path) }
}

fn file_field(path: &str) -> Option<String> {
    field_of("files", &FILE_FIELDS, path)
}

/// A field of a pod, or a label or an annotation of its.
fn field_of(who: &str, fields: &[&str], path: &str) -> Option<String> {
    let keyed = ["metadata.labels['", "metadata.annotations['"];
    let is_keyed = keyed.iter().any(|start| path.starts_with(start)) && path.ends_with("']");
    let known = fields.iter().copied().chain(["metadata.labels['…']", "metadata.annotations['…']"]);
    (!fields.contains(&path) && !is_keyed).then(|| format!("{who} have {}", crate::diagnostic::listed(known)))
}

/// Where an empty directory lies.
fn medium(medium: &str) -> Option<String> {
    let fits = medium == "Memory" || medium == "HugePages" || medium.starts_with("HugePages-");
    (!fits).then(|| "it is `Memory`, `HugePages` or `HugePages-…`; the disk of the node is meant without it".to_owned())
}

fn cluster_ip(address: &str) -> Option<String> {
    let fits = address == "None" || address.parse::<std::net::IpAddr>().is_ok();
    (!fits).then(|| "it is `None`, or an address".to_owned())
}

fn resource_field(resource: &str) -> Option<String> {
    let (side, what) = resource.split_once('.').unwrap_or((resource, ""));
    let fits = matches!(side, "limits" | "requests")
        && (matches!(what, "cpu" | "memory" | "ephemeral-storage") || what.starts_with("hugepages-"));
    (!fits).then(|| {
        "it is `limits` or `requests`, a dot, and `cpu`, `memory`, `ephemeral-storage` or `hugepages-…`".to_owned()
    })
}

/// A path inside of a volume.
fn inner_path(path: &str) -> Option<String> {
    let leaves = path.starts_with('/') || path.split('/').any(|part| part == "..");
    leaves.then(|| "it is a path inside of the volume, without `/` at its start and without `..`".to_owned())
}

fn text<'w>(
    node: Option<Node<'w>>,
    check: impl Fn(&str) -> Option<String>,
    why: &'static str,
    found: &mut Vec<Refused<'w>>,
) {
    let fault = node.and_then(|node| Some((node, check(node.text().filter(|text| !text.is_empty())?)?)));
    if let Some((node, reason)) = fault {
        found.push(Refused::new(node, reason, why));
    }
}

/// A number of a port; what is no number has the wrong type.
fn port<'w>(node: Option<Node<'w>>, why: &'static str, found: &mut Vec<Refused<'w>>) {
    let wrong = |node: &Node| node.integer().is_some_and(|port| !(1..=65535).contains(&port));
    if let Some(node) = node.filter(wrong) {
        found.push(Refused::new(node, "ports are 1 to 65535", why));
    }
}

fn port_or_name<'w>(node: Option<Node<'w>>, why: &'static str, found: &mut Vec<Refused<'w>>) {
    if node.is_some_and(|node| node.integer().is_some()) {
        return port(node, why, found);
    }
    text(node, formats::port_name, why, found);
}
