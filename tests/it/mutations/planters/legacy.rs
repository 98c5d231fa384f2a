//! Faults of definitions up to 0.9: references between components, and waits.

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    plant("unused-variable", CD, POD, Among(not_used)),
    plant("reference-without-service", CD, POD, Among(|_, pod| told(pod, without_service(pod)?))),
    plant("invalid-component-ref-env", CD, POD, Among(nothing_told)),
    plant("missing-wait", CD, "spec.componentDefs[].podSpec.initContainers", Key("zz")).told(File).when(waits),
    plant(
        "never-waits",
        CD,
        POD,
        Among(|_, pod| waiting(pod, with_service(pod)?, "nslookup ${ZZ_HOST}.${KB_NAMESPACE}.svc")),
    ),
    plant(
        "wrong-wait-target",
        CD,
        POD,
        Among(|_, pod| waiting(pod, with_service(pod)?, "nslookup ${ZZ_HOST}-NAME-headless.${KB_NAMESPACE}.svc")),
    ),
    plant("wrong-wait-target", CD, POD, Among(|_, pod| waiting(pod, with_service(pod)?, "nc -z ${ZZ_HOST} 64999"))),
    plant("order-cycle", CD, POD, Among(circle)).told(File),
    plant(
        "workload-type-mismatch",
        CD,
        "spec.componentDefs[].workloadType",
        Beside("statelessSpec: {updateStrategy: {type: Recreate}}"),
    )
    .when(|node| node.text() != Some("Stateless") && lacks(node, "statelessSpec")),
    plant("workload-type-mismatch", CD, "spec.componentDefs[].workloadType", Put("Stateful"))
        .told(File)
        .when(|node| !lacks(node, "switchoverSpec")),
    plant("direct-configmap-volume", CD, "spec.componentDefs[].podSpec.containers", Among(mounted_map)),
    plant("chart-namespace-object", CD, "spec.componentDefs[].podSpec.containers[].env", Among(taken_map)),
    newer("chart-namespace-object", CMPD, "spec.runtime.containers[].env", Among(taken_map)),
];

const POD: &str = "spec.componentDefs[].podSpec";

/// The other components of the definition around a `podSpec`.
fn others(pod: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let own = pod.parent();
    let list = own.and_then(Node::parent);
    list.into_iter().flat_map(Node::items).filter(move |other| Some(*other) != own)
}

fn with_service(pod: Node<'_>) -> Option<Node<'_>> {
    others(pod).find(|other| other.at("service.ports").is_some())
}

fn without_service(pod: Node<'_>) -> Option<Node<'_>> {
    others(pod).find(|other| other.get("service").is_none())
}

/// The component of a `podSpec` refers to another one.
fn told<'w>(pod: Node<'w>, other: Node<'_>) -> Option<Changes<'w>> {
    let name = other.text_at("name").filter(|_| lacks(pod, "componentDefRef"))?;
    let env = "[{name: ZZ_HOST, valueFrom: {type: ServiceRef}}]";
    beside(pod, format!("componentDefRef: [{{componentDefName: {name}, componentRefEnv: {env}}}]"))
}

fn nothing_told<'w>(_: &'w World, pod: Node<'w>) -> Option<Changes<'w>> {
    let name = with_service(pod)?.text_at("name").filter(|_| lacks(pod, "componentDefRef"))?;
    beside(pod, format!("componentDefRef: [{{componentDefName: {name}, componentRefEnv: [{{name: ZZ_HOST}}]}}]"))
}

/// Of two variables a container is told about one.
fn not_used<'w>(_: &'w World, pod: Node<'w>) -> Option<Changes<'w>> {
    let name = with_service(pod)?.text_at("name").filter(|_| lacks(pod, "componentDefRef"))?;
    let variable = pod.list("containers").next()?.list("env").next().filter(|_| has_no_files(pod))?;
    let source = "valueFrom: {type: ServiceRef}";
    let env = format!("[{{name: ZZ_HOST, {source}}}, {{name: ZZ_NEVER, {source}}}]");
    let mut changes = beside(pod, format!("componentDefRef: [{{componentDefName: {name}, componentRefEnv: {env}}}]"))?;
    changes.extend(beside(variable, "- {name: ZZ_OTHER, value: $(ZZ_HOST)}")?);
    Some(changes)
}

/// An init container of the component waits for another one.
fn waiting<'w>(pod: Node<'w>, other: Node<'_>, condition: &str) -> Option<Changes<'w>> {
    let containers = pod.get("containers").filter(|_| pod.get("initContainers").is_none())?;
    let condition = condition.replace("NAME", other.text_at("name")?);
    let script = format!("'until {condition}; do sleep 1; done'");
    let lines = format!("initContainers: [{{name: zz, image: zz, command: [sh, -c, {script}]}}]");
    let mut changes = beside(containers, lines)?;
    changes.extend(told(pod, other)?);
    Some(changes)
}

/// Two components wait for each other.
fn circle<'w>(_: &'w World, pod: Node<'w>) -> Option<Changes<'w>> {
    const THERE: &str = "nslookup ${ZZ_HOST}-headless.${KB_NAMESPACE}.svc";
    let other = with_service(pod).filter(|_| pod.parent().is_some_and(|own| own.at("service.ports").is_some()))?;
    let mut changes = waiting(pod, other, THERE)?;
    changes.extend(waiting(other.get("podSpec")?, pod.parent()?, THERE)?);
    Some(changes)
}

/// A volume that a container mounts becomes a ConfigMap of the chart.
fn mounted_map<'w>(world: &'w World, containers: Node<'w>) -> Option<Changes<'w>> {
    let map = config_map(world, containers).filter(|_| lacks(containers, "volumes"))?;
    let pod = containers.parent()?;
    let component = pod.parent()?;
    let mounts = pod.each("containers[].volumeMounts[].name");
    let mut templates = component.each("configSpecs[].volumeName");
    templates.extend(component.each("scriptSpecs[].volumeName"));
    let own = |name: &&Node<'w>| templates.iter().all(|other| other.text() != name.text());
    let volume = mounts.iter().find(own)?.text()?;
    beside(containers, format!("volumes: [{{name: {volume}, configMap: {{name: {map}}}}}]"))
}

/// A container takes variables from a ConfigMap of the chart.
fn taken_map<'w>(world: &'w World, env: Node<'w>) -> Option<Changes<'w>> {
    let map = config_map(world, env).filter(|_| lacks(env, "envFrom"))?;
    beside(env, format!("envFrom: [{{configMapRef: {{name: {map}}}}}]"))
}

/// Nobody can say what is done in scripts and configurations.
fn has_no_files(pod: Node<'_>) -> bool {
    lacks_all(pod, &["configSpecs", "scriptSpecs"])
}

/// The first container waits, for what a reference tells of.
fn waits(list: Node<'_>) -> bool {
    let first = list.items().next().and_then(|container| container.text_at("name"));
    first.is_some_and(|name| name.starts_with("wait"))
        && list.parent().is_some_and(|pod| !lacks(pod, "componentDefRef"))
}
