//! Faults of containers, volumes, ports, roles and actions.

use super::*;

const CONTAINER_FIELD: &str = "spec.runtime.containers[].env[].valueFrom.resourceFieldRef.containerName";
const RELOAD: &str = "spec.reloadAction.shellTrigger.command[]";

pub(super) static PLANTERS: &[Planter] = &[
    newer("unknown-volume", CMPD, MOUNT, Among(of_sister)).told(File),
    newer("unknown-volume", BPT, "spec.backupMethods[].targetVolumes.volumes[]", Put("zz")),
    plant("unknown-port", "Deployment", "spec.template.spec.containers[].readinessProbe.httpGet.port", Put("zz")),
    plant("unknown-volume", "Deployment", "spec.template.spec.containers[].volumeMounts[].name", Put("zz")),
    newer("volume-collision", CMPD, "spec.configs[].volumeName", With(first_volume)).told(File),
    newer("missing-script", "ParametersDefinition", RELOAD, Put("zz-*")).when(is_script),
    plant("unknown-port", CD, "spec.componentDefs[].monitor.exporterConfig.scrapePort", Put("zz")),
    newer("foreign-container-field", CMPD, CONTAINER_FIELD, Put("zz")),
    newer("capped-action-timeout", CMPD, "spec.lifecycleActions{}.timeoutSeconds", Put("600")),
    newer("crossed-port", CMPD, "spec.services[].spec.ports[].targetPort", With(another_port)),
    plant("empty-action", CMPD, "spec.lifecycleActions{}.exec", Key("execute")).told(File),
    newer("missing-image", CMPD, "spec.runtime.containers[].name", Put("zz"))
        .told(At::World)
        .when(|node| lacks(node, "image")),
    newer("broken-script", CMPD, "spec.runtime.containers[].command[]", Put("if true; then echo ok")).when(is_inline),
    newer("broken-script", CMPD, "spec.lifecycleActions{}.exec.command[]", Put("echo 'ok")).when(is_inline),
    newer("unexecutable-script", CMPD, "spec.scripts[].defaultMode", Put("0444")).when(is_run),
    newer("missing-script", CMPD, "spec.runtime.containers[].command[]", With(other_script)),
    newer("missing-script", CMPD, "spec.lifecycleActions{}.exec.command[]", With(other_script)),
    newer("missing-script", CMPD, "spec.runtime.containers[].volumeMounts[].subPath", Put("zz.conf")).when(of_template),
    newer("port-conflict", CMPD, "spec.runtime.containers[].ports[].containerPort", With(taken_port))
        .told(At::World)
        .when(has_actions),
    newer("role-case", CMPD, "spec.services[].roleSelector", With(upper)),
    newer("unknown-action-container", CMPD, "spec.lifecycleActions{}.exec.container", Put("zz")),
    newer("unknown-action-container", CMPD, "spec.exporter.containerName", Put("zz")),
    newer("unknown-port", CMPD, "spec.services[].spec.ports[].targetPort", Put("zz")),
    newer("unknown-role", CMPD, "spec.services[].roleSelector", Put("zz")),
    older("unmounted-volume-claim", CLUSTER, "spec.componentSpecs[].volumeClaimTemplates[].name", Put("zz")),
    older("unknown-role", CMPD, "spec.services[].roleSelector", Put("zz")),
    newer("unmounted-volume", CMPD, "spec.configs[].volumeName", Put("zz")),
    newer("unmounted-volume", CMPD, "spec.volumes[].name", Put("zz")),
    newer("competing-action-containers", CMPD, "spec.lifecycleActions{}.exec.container", With(other_container))
        .told(File),
    newer("missing-action", CMPD, "spec.lifecycleActions.roleProbe", Key("zzProbe")).told(File).when(asks_for_roles),
    newer("missing-action", CMPD, "spec.lifecycleActions.accountProvision", Key("zzProvision"))
        .told(File)
        .when(makes_accounts),
    newer("missing-statement", CMPD, "spec.systemAccounts[].statement", Key("statements")).told(File).when(is_made),
    newer("unsupported-setting", CMPD, "spec.lifecycleActions{}.exec.targetPodSelector", Put("Any"))
        .told(File)
        .when(|node| !lacks(node, "matchingKey")),
    newer("broken-cel-rule", CMPD, "spec.runtime", Beside("replicasLimit: {minReplicas: 3, maxReplicas: 1}"))
        .when(|node| lacks(node, "replicasLimit")),
    newer("deprecated-field", CMPD, "spec.lifecycleActions{}.exec.command", Beside("targetPodSelector: Any"))
        .when(|node| lacks(node, "targetPodSelector")),
];

/// The command is a script's name and no more.
fn is_script(node: Node<'_>) -> bool {
    let first = node.parent().and_then(|command| command.items().next());
    first == Some(node) && node.text().is_some_and(|text| text.ends_with(".sh") && !text.contains(['/', ' ']))
}

/// What a shell gets behind `-c`.
fn is_inline(node: Node<'_>) -> bool {
    let Some(command) = node.parent() else { return false };
    let words: Vec<&str> = command.items().filter_map(Node::text).collect();
    let shell = words.first().is_some_and(|first| first.ends_with("sh") && !first.ends_with(".sh"));
    shell && command.items().nth(2) == Some(node) && words[1].starts_with('-') && words[1].ends_with('c')
}

/// A container begins with a file of the volume around.
fn is_run(node: Node<'_>) -> bool {
    let volume = node.parent().and_then(|template| template.text_at("volumeName"));
    let containers = node.document.root().map(|root| root.each("spec.runtime.containers[]")).unwrap_or_default();
    containers.into_iter().any(|container| {
        let program = container.list("command").next().and_then(Node::text);
        let folder = program.and_then(|program| program.rsplit_once('/')).map(|(folder, _)| folder);
        let mounts = container.list("volumeMounts");
        mounts.into_iter().any(|mount| mount.text_at("name") == volume && mount.text_at("mountPath") == folder)
    })
}

/// The mount around shows a configuration or scripts.
fn of_template(node: Node<'_>) -> bool {
    let volume = node.parent().and_then(|mount| mount.text_at("name"));
    let root = node.document.root();
    let paths = ["spec.configs[].volumeName", "spec.scripts[].volumeName"];
    paths.iter().any(|path| root.is_some_and(|root| root.each(path).iter().any(|name| name.text() == volume)))
}

fn has_actions(node: Node<'_>) -> bool {
    node.document.root().is_some_and(|root| !root.each("spec.lifecycleActions{}").is_empty())
}

fn upper(node: Node<'_>) -> Option<String> {
    node.text().map(str::to_uppercase)
}

/// The volume of the first configuration, for another one.
fn first_volume(node: Node<'_>) -> Option<String> {
    let first = node.document.root()?.each("spec.configs[].volumeName").into_iter().next()?;
    (first.text() != node.text()).then(|| first.text().map(str::to_owned)).flatten()
}

/// The number of a port of another container.
fn taken_port(node: Node<'_>) -> Option<String> {
    let mut own = node;
    while own.get("ports").is_none() {
        own = own.parent()?;
    }
    let containers = node.document.root()?.each("spec.runtime.containers[]");
    let other = containers.into_iter().find(|container| *container != own)?;
    other.list("ports").next()?.text_at("containerPort").map(str::to_owned)
}

/// A script of another name in the folder of scripts.
fn other_script(node: Node<'_>) -> Option<String> {
    let path = node.text()?;
    let mounts = node.document.root()?.each("spec.runtime.containers[].volumeMounts[].mountPath");
    let script = path.ends_with(".sh") && !path.contains(' ');
    let mounted = mounts.iter().any(|mount| path.rsplit_once('/').map(|(folder, _)| folder) == mount.text());
    (script && mounted).then(|| path.replace(".sh", "-zz.sh"))
}

/// Another container port, by name.
fn another_port(node: Node<'_>) -> Option<String> {
    let ports = node.document.root()?.each("spec.runtime.containers[].ports[].name");
    let other = ports.into_iter().find(|port| port.text() != node.text())?;
    other.text().map(str::to_owned)
}

/// Another container than other actions name.
fn other_container(node: Node<'_>) -> Option<String> {
    let root = node.document.root()?;
    let actions = root.each("spec.lifecycleActions{}.exec.container");
    let containers = root.each("spec.runtime.containers[].name");
    let other = containers.into_iter().find(|name| name.text() != node.text())?.text()?;
    (actions.len() > 1 && actions.iter().all(|name| name.text() == node.text())).then(|| other.to_owned())
}

fn makes_accounts(node: Node<'_>) -> bool {
    let accounts = node.document.root().map(|root| root.each("spec.systemAccounts[]"));
    accounts.is_some_and(|accounts| accounts.iter().any(|account| account.text_at("initAccount") != Some("true")))
}

fn asks_for_roles(node: Node<'_>) -> bool {
    node.document.root().is_some_and(|root| !root.each("spec.services[].roleSelector").is_empty())
}

/// The account around is not there from the start.
fn is_made(node: Node<'_>) -> bool {
    node.parent().is_some_and(|account| account.text_at("initAccount") != Some("true"))
}

const MOUNT: &str = "spec.runtime.containers[].volumeMounts[].name";

/// The volume of another definition of the chart, which no Cluster gives.
fn of_sister<'w>(world: &'w World, mount: Node<'w>) -> Option<Changes<'w>> {
    let own = owner(mount)?;
    let documents = || world.charts.values().flat_map(|chart| chart.documents());
    let folder = |document: &'w kubeblocks_ls::model::object::Document| document.path().parent();
    let has = |of: Definition<'w>, name: &str| {
        let paths = ["configs[].volumeName", "scripts[].volumeName", "volumes[].name", "runtime.volumes[].name"];
        let mounts = of.all_containers().flat_map(|container| container.each("volumeMounts[].name"));
        paths.into_iter().flat_map(|path| of.spec.each(path)).chain(mounts).any(|node| node.text() == Some(name))
    };
    let sisters = documents().filter(|other| folder(other) == folder(mount.document)).filter_map(Definition::of);
    let word = |of: Definition<'w>, word: &str| of.name().split('-').any(|part| part == word);
    let after = |sister: Definition<'w>, name: &str| {
        name.split('-').any(|part| part.len() > 3 && word(sister, part) && !word(own, part))
    };
    let volumes = sisters.flat_map(|sister| {
        let names = sister.spec.each("configs[].volumeName");
        names.into_iter().filter(|node| node.text().is_some_and(|name| after(sister, name))).collect::<Vec<_>>()
    });
    let is_given = |name: &str| {
        documents().filter(|document| document.kind() == Some(CLUSTER)).filter_map(|cluster| cluster.root()).any(
            |root| {
                root.each("spec.componentSpecs[].volumeClaimTemplates[].name")
                    .iter()
                    .any(|claim| claim.text() == Some(name))
            },
        )
    };
    let name = volumes.filter_map(Node::text).find(|name| name.len() > 6 && !has(own, name) && !is_given(name))?;
    Some(vec![(mount, Change::Put(name.to_owned()))])
}
