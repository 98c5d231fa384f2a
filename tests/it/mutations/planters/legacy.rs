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
    plant("bad-value", CD, "spec.componentDefs[].customLabelSpecs[].resources[].gvk", Put("Pod")),
    plant("bad-value", CD, "spec.componentDefs[].customLabelSpecs[].value", Put("$(KB_NONE)")),
    plant("bad-value", CD, ACCOUNT_SCOPE, Put("AllPod")),
    plant(
        "bad-value",
        CD,
        FIELD_PATH,
        With(|node| Some(node.text()?.replace("service.", "services.")).filter(|_| is_port(node))),
    ),
    plant("unknown-port", CD, FIELD_PATH, With(|node| Some(node.text()?.replace("@.name == \"", "@.name == \"zz"))))
        .when(is_port),
    plant(
        "invalid-component-ref-env",
        CD,
        "spec.componentDefs[].componentDefRef[].componentRefEnv[].valueFrom.format",
        With(|node| Some(node.text()?.replace("$(POD", "$(PODS"))),
    ),
    plant(
        "undefined-variable",
        CD,
        STATEMENT,
        With(|node| Some(format!("{:?}", node.text()?.replace("(PASSWD", "(PASS")))),
    )
    .when(|node| node.text().is_some_and(|text| text.contains("$(PASSWD)") && !text.contains('\n'))),
    plant(
        "undefined-variable",
        CD,
        "spec.componentDefs[].systemAccounts.cmdExecutorConfig.args[]",
        With(|node| Some(format!("{:?}", node.text()?.replace("KB_ACCOUNT_S", "KB_ACCOUNT_")))),
    )
    .when(|node| node.text().is_some_and(|text| text.contains("$(KB_ACCOUNT_S"))),
    plant(
        "missing-script",
        CD,
        "spec.componentDefs[].switchoverSpec.withoutCandidate.cmdExecutorConfig.command[]",
        With(|node| Some(node.text()?.replace(".sh", "-zz.sh"))),
    )
    .when(|node| node.text().is_some_and(|text| text.starts_with("/scripts/") && text.ends_with(".sh"))),
    plant("missing-script", CD, "spec.componentDefs[].podSpec.containers[].volumeMounts[].subPath", Gone)
        .told(File)
        .when(is_one_file),
    plant("unknown-volume", CD, "spec.componentDefs[].horizontalScalePolicy.type", Beside("volumeMountsName: zz"))
        .when(|node| lacks(node, "volumeMountsName")),
    plant("duplicate-name", CD, "spec.componentDefs[].rsmSpec.roles[].name", With(first_role)).told(File),
    plant("unsupported-setting", CD, "spec.componentDefs[].configSpecs[].constraintRef", Key("zz"))
        .told(File)
        .when(|node| !lacks(node, "asEnvFrom")),
    plant("undefined-variable", CD, "spec.componentDefs[].podSpec.containers[].env[].value", With(own_slip)),
    plant("undefined-variable", OLD_BPT, TARGET_ROLE, Beside("connectionCredentialKey: {passwordKey: zz}"))
        .when(|node| lacks_all(node, &["account", "connectionCredentialKey"]) && !is_newer(node)),
    plant(
        "bad-value",
        CD,
        "spec.componentDefs[].characterType",
        With(|node| {
            Some(node.text()?.replace("redis", "reids").replace("postgresql", "postgrsql")).filter(|_| asks_roles(node))
        }),
    )
    .when(|node| node.text().is_some_and(|text| ["redis", "postgresql"].contains(&text))),
    plant("dangling-reference", CD, "spec.componentDefs[].configSpecs[].volumeName", Among(second_template)),
    older("unknown-account", "OpsDefinition", "spec.componentDefinitionRefs[].accountName", Put("zz")),
    older("invalid-pattern", "ComponentDefinition|ClusterDefinition", WANTED_VERSION, Put("'^1[.2'")),
    plant("invalid-pattern", CD, OLD_WANTED_VERSION, Put("'^1[.2'")),
    plant("missing-volume-claim", CLUSTER, "spec.componentSpecs[].volumeClaimTemplates[].name", Among(other_claim))
        .told(At::World),
    plant(
        "unknown-pod-host",
        CD,
        "spec.componentDefs[].podSpec.containers[].env[].value",
        Put("$(KB_POD_NAME).$(KB_CLUSTER_COMP_NAME).svc"),
    )
    .when(|node| node.text().is_some_and(|text| text.len() > 1 && !text.contains('\n'))),
    plant("unsupported-setting", CD, "spec.componentDefs[].monitor.builtIn", Put("true"))
        .told(File)
        .when(|node| !lacks(node, "exporterConfig")),
    plant("unknown-parameter", "ConfigConstraint", "spec.staticParameters[]", Put("zz_none")).when(has_own_schema),
    older("duplicate-name", CMPD, "spec.roles[].name", With(first_role)).told(File),
    older("missing-statement", CMPD, "spec.systemAccounts[].statement", Gone).told(File).when(is_own_account),
    older("missing-action", CMPD, "spec.lifecycleActions.accountProvision", Key("zz")).told(File).when(has_own_account),
    older("missing-action", CMPD, "spec.lifecycleActions.roleProbe", Key("zz")).told(File).when(has_role_service),
    older("unknown-service-ref", CMPD, "spec.vars[].valueFrom.serviceRefVarRef.name", Put("zz")),
    older("unknown-port", CMPD, "spec.vars[].valueFrom.serviceVarRef.nodePort.name", Put("zz")),
    plant("direct-configmap-volume", CD, "spec.componentDefs[].podSpec.containers", Among(mounted_map)),
    plant("chart-namespace-object", CD, "spec.componentDefs[].podSpec.containers[].env", Among(taken_map)),
    newer("chart-namespace-object", CMPD, "spec.runtime.containers[].env", Among(taken_map)),
];

const OLD_BPT: &str = "BackupPolicyTemplate";
const TARGET_ROLE: &str = "spec.backupPolicies[].target.role";
const WANTED_VERSION: &str = "spec.serviceRefDeclarations[].serviceRefDeclarationSpecs[].serviceVersion";
const OLD_WANTED_VERSION: &str =
    "spec.componentDefs[].serviceRefDeclarations[].serviceRefDeclarationSpecs[].serviceVersion";
const ACCOUNT_SCOPE: &str = "spec.componentDefs[].systemAccounts.accounts[].provisionPolicy.scope";
const STATEMENT: &str = "spec.componentDefs[].systemAccounts.accounts[].provisionPolicy.statements.creation";
const FIELD_PATH: &str = "spec.componentDefs[].componentDefRef[].componentRefEnv[].valueFrom.fieldPath";
const POD: &str = "spec.componentDefs[].podSpec";

/// A file of a template, at a path that ends in its name and that no other text goes on from.
fn is_one_file(part: Node<'_>) -> bool {
    let Some((mount, file)) = part.parent().zip(part.text()) else { return false };
    let Some(path) =
        mount.text_at("mountPath").filter(|path| path.ends_with(&format!("/{file}")) && file.contains('.'))
    else {
        return false;
    };
    let Some(pod) = mount.parent().and_then(Node::parent).and_then(Node::parent).and_then(Node::parent) else {
        return false;
    };
    let Some(component) = pod.parent() else { return false };
    let templates = [component.each("configSpecs[].volumeName"), component.each("scriptSpecs[].volumeName")].concat();
    let inside = format!("{path}/");
    templates.iter().any(|volume| volume.text() == mount.text_at("name"))
        && !component.scalars().into_iter().filter_map(Node::text).any(|text| text.contains(&inside))
}

/// A slip in a name that KubeBlocks gives.
fn own_slip(node: Node<'_>) -> Option<String> {
    let text = node.text().filter(|text| text.contains("$(KB_POD_NAME)"))?;
    Some(format!("{:?}", text.replace("KB_POD_NAME", "KB_POD_NAM")))
}

fn is_newer(node: Node<'_>) -> bool {
    node.document.group() != Some("apps.kubeblocks.io")
        || node.document.spec().is_none_or(|spec| spec.get("clusterDefinitionRef").is_none())
}

/// Roles are asked for, and by nobody else.
fn asks_roles(node: Node<'_>) -> bool {
    node.parent()
        .is_some_and(|component| component.at("probes.roleProbe").is_some() && component.key("rsmSpec").is_none())
}

/// A second template, which is not there.
fn second_template<'w>(world: &'w World, volume: Node<'w>) -> Option<Changes<'w>> {
    config_map(world, volume)?;
    let template = volume.parent()?.get("templateRef").filter(|_| lacks(volume, "legacyRenderedConfigSpec"))?.text()?;
    beside(volume, format!("legacyRenderedConfigSpec: {{templateRef: {template}-zz, namespace: default}}"))
}

/// A schema of its own, which lists all there is.
fn has_own_schema(node: Node<'_>) -> bool {
    node.document.spec().is_some_and(|spec| kubeblocks_ls::model::parameters::schema_of(spec).is_some())
}

/// The path is that of a named port of a service.
fn is_port(node: Node<'_>) -> bool {
    node.text().is_some_and(|text| text.contains("service.ports[?(@.name == \""))
}

/// The name of the first role of the list.
fn first_role(name: Node<'_>) -> Option<String> {
    let first = name.parent()?.parent()?.items().next()?.get("name")?;
    (first != name).then(|| first.text().map(str::to_owned)).flatten()
}

/// The database does not make the account itself.
fn is_own_account(statement: Node<'_>) -> bool {
    lacks_all(statement, &["initAccount", "secretRef"])
}

fn has_own_account(action: Node<'_>) -> bool {
    let accounts = owner(action).into_iter().flat_map(|definition| definition.spec.list("systemAccounts"));
    accounts.into_iter().any(|account| account.get("initAccount").is_none() && account.get("secretRef").is_none())
}

fn has_role_service(action: Node<'_>) -> bool {
    owner(action)
        .is_some_and(|definition| definition.spec.list("services").any(|service| service.get("roleSelector").is_some()))
}

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

/// A disk for another volume than the one that is to be kept.
fn other_claim<'w>(world: &'w World, claim: Node<'w>) -> Option<Changes<'w>> {
    let item = claim.parent()?.parent()?.parent()?;
    let cluster = kubeblocks_ls::model::cluster::Cluster::of(claim.document).filter(|cluster| !cluster.is_current())?;
    let unit = cluster.units().find(|unit| unit.node == item && unit.definition().is_none())?;
    let component = Uses::new(world).older_of_unit(unit)?;
    let name = claim.text()?;
    let kept = component
        .node
        .list("volumeTypes")
        .any(|of| of.text_at("name") == Some(name) && of.text_at("type") == Some("data"));
    let mounts = component.containers().flat_map(|container| container.each("volumeMounts[].name"));
    let is_mounted = mounts.into_iter().any(|mount| mount.text() == Some(name));
    (kept && is_mounted).then(|| vec![(claim, Change::Put("zz-other".to_owned()))])
}
