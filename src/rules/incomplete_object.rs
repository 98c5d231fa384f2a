//! See `incomplete_object.md`.

use super::prelude::*;
use crate::diagnostic::{Edit, Safety, nearest};
use crate::model::backup::{given, policies};
use crate::model::cluster::Cluster;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::lines::{self, Lines};
use crate::model::requests::Request;
use crate::model::resolve::ACTION_SET;
use crate::model::shell;
use crate::model::volumes::{Component, components_of};
use crate::schema::release::Release;

pub(super) static RULE: Rule = Rule {
    name: "incomplete-object",
    summary: "an object that lacks what its other fields ask for",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("incomplete_object.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    chart.documents().iter().for_each(|document| check_document(chart, document, sink));
    for component in components_of(uses, chart).iter().filter(|component| component.legacy && !component.chart.failed())
    {
        check_data_volume(component, sink);
    }
    for policy in chart.documents().iter().flat_map(policies) {
        let target = policy.node.get("target");
        for method in policy.methods() {
            target.into_iter().for_each(|target| check_target(uses.world, chart, target, method, sink));
            check_account(uses.world, method.get("target").or(target), method, sink);
        }
    }
}

/// Up to 0.9 backups take the first disk where nothing says which one holds the data (legacy spec LC-082).
fn check_data_volume(component: &Component, sink: &mut Sink) {
    let marked = |volume: Node| volume.get("type").is_none_or(|of| !of.known() || of.text() == Some("data"));
    if component.node.list("volumeTypes").any(marked) {
        return;
    }
    let mut uses = component.uses.iter().map(|(_, item)| item.each("volumeClaimTemplates[].name"));
    let Some(claims) = uses.find(|claims| claims.len() > 1 && claims.iter().all(|claim| claim.known())) else {
        return;
    };
    let Some(name) = component.node.get("name") else { return };
    let report = sink
        .report(&name, format!("nothing says which volume of `{}` holds the data", component.name))
        .severity(Severity::Info)
        .why(format!("Its Clusters have {} disks, and a backup takes the first one.", claims.len()))
        .help("Add the volume to `volumeTypes`, with `type: data`.")
        .related(&claims[0], "the first disk");
    let data = claims.iter().find(|claim| claim.text() == Some("data"));
    let edit = data.and_then(|_| {
        let item = "- name: data\n  type: data";
        match component.node.get("volumeTypes") {
            Some(list) => lines::put_item(component.chart, list, item),
            None => lines::put_entry(
                component.chart,
                component.node,
                &format!("volumeTypes:\n{}", lines::indented(item, 2)),
            ),
        }
    });
    report.offer("Say that `data` holds it", Safety::Unsafe, edit);
}

/// The block that each type of OpsRequest is about; the second name is that of older releases (v1 spec OPS-01).
const BLOCKS: [(&str, [&str; 2]); 10] = [
    ("Upgrade", ["upgrade", "upgrade"]),
    ("VerticalScaling", ["verticalScaling", "verticalScaling"]),
    ("HorizontalScaling", ["horizontalScaling", "horizontalScaling"]),
    ("VolumeExpansion", ["volumeExpansion", "volumeExpansion"]),
    ("Restart", ["restart", "restart"]),
    ("Reconfiguring", ["reconfigures", "reconfigure"]),
    ("Switchover", ["switchover", "switchover"]),
    ("Expose", ["expose", "expose"]),
    ("RebuildInstance", ["rebuildFrom", "rebuildFrom"]),
    ("Custom", ["custom", "customSpec"]),
];

fn check_document(chart: &Chart, document: &Document, sink: &mut Sink) {
    if let Some(request) = Request::of(document) {
        check_request(request, sink);
        for fault in request.faults() {
            let report = sink
                .report(&fault.node, fault.message)
                .why(format!("KubeBlocks lets the OpsRequest fail: `{}`.", fault.words));
            if let Some(against) = fault.against {
                report.related(&against, "against this");
            }
        }
    }
    if let Some(cluster) = Cluster::current(document) {
        check_cluster(cluster, sink);
    }
    if let Some(definition) = Definition::of(document) {
        check_services(chart, definition, sink);
    }
    if document.kind() == Some("ClusterRoleBinding") && document.is_sound() {
        let subjects = document.root().into_iter().flat_map(|root| root.list("subjects"));
        let accounts = subjects.filter(|subject| subject.text_at("kind") == Some("ServiceAccount"));
        for account in accounts.filter(|subject| subject.get("namespace").is_none_or(|name| name.text() == Some(""))) {
            sink.report(&account.get("name").unwrap_or(account), "the account of this binding has no `namespace`")
                .why("The API server refuses the binding: `subjects[0].namespace: Required value`.")
                .help("Add `namespace: {{ .Release.Namespace }}`.");
        }
    }
    let spec = document.root().and_then(|root| root.get("spec")).filter(|_| document.is_sound());
    match (document.group(), document.kind(), spec) {
        (Some("parameters.kubeblocks.io"), Some("ParametersDefinition"), Some(spec)) => check_parameters(spec, sink),
        (Some("apps.kubeblocks.io"), Some("Rollout"), Some(spec)) => check_rollout(spec, sink),
        (Some("apps.kubeblocks.io"), Some("ServiceDescriptor"), Some(spec)) => check_descriptor(spec, sink),
        (Some("apps.kubeblocks.io"), Some("ConfigConstraint"), Some(spec)) => check_reload(spec, sink),
        (Some("apps.kubeblocks.io"), Some("ClusterDefinition"), Some(spec)) => {
            spec.list("componentDefs")
                .filter_map(|component| component.get("service"))
                .for_each(|it| check_ports(chart, it, sink));
            check_credential(chart, spec, sink);
            spec.list("componentDefs")
                .filter_map(|component| component.get("systemAccounts"))
                .for_each(|it| check_accounts(it, sink));
        }
        (Some("apps.kubeblocks.io"), Some("Cluster"), Some(spec))
            if document.api_version() == Some("apps.kubeblocks.io/v1alpha1") =>
        {
            check_legacy_cluster(chart, spec, sink);
            check_definitions(spec, sink);
        }
        (Some("apps.kubeblocks.io"), Some("BackupPolicyTemplate"), Some(_)) => check_labels(chart, document, sink),
        _ => {}
    }
}

/// The field has no text and no content, and nobody meant to write some.
fn lacks(node: Node, field: &str) -> bool {
    match node.get(field) {
        Some(value) => value.known() && value.text() == Some(""),
        None => node.key(field).is_none(),
    }
}

/// Without a ClusterDefinition each component says itself what it is (v1 spec CLU-01).
fn check_cluster(cluster: Cluster, sink: &mut Sink) {
    if !lacks(cluster.spec, "clusterDef") {
        return;
    }
    let why = "KubeBlocks refuses the Cluster: `cluster API validate error`.";
    let mut units = cluster.units().peekable();
    if units.peek().is_none() {
        // A misspelt key is another matter.
        let fields = ["clusterDef", "componentSpecs", "shardings"];
        let meant = |key: &str| fields.contains(&key) || nearest(key, fields).is_some();
        let written = cluster.spec.entries().any(|(key, _)| key.text().is_some_and(meant));
        if let Some(kind) = cluster.document.root().and_then(|root| root.get("kind")).filter(|_| !written) {
            sink.report(&kind, "a Cluster needs a `clusterDef`, or components of its own").why(why);
        }
        return;
    }
    for unit in units {
        let template = unit.template();
        let none = template.is_none_or(|template| lacks(template, "componentDef"))
            && (!unit.sharding || lacks(unit.node, "shardingDef"));
        let Some(name) = unit.name().filter(|_| none) else { continue };
        let wanted = if unit.sharding { "`shardingDef`" } else { "`componentDef`" };
        sink.report(
            &name,
            format!("`{}` has no {wanted}, and the Cluster no `clusterDef`", name.text().unwrap_or_default()),
        )
        .why(why)
        .help(format!("Add {wanted}, or name a ClusterDefinition that has this component."));
    }
}

/// A service is for at least one port (v1 spec CMPD-11).
fn check_services(chart: &Chart, definition: Definition, sink: &mut Sink) {
    for service in definition.spec.list("services") {
        if let Some(spec) = service.get("spec") {
            check_ports(chart, spec, sink);
        }
        let none = match service.get("spec") {
            Some(spec) => match spec.get("ports") {
                Some(ports) => ports.is_sequence() && ports.items().next().is_none(),
                None => spec.is_mapping() && spec.key("ports").is_none(),
            },
            None => service.key("spec").is_none(),
        };
        let Some(name) = service.get("name").filter(|name| none && name.known()) else { continue };
        sink.report(&name, format!("service `{}` has no port", name.text().unwrap_or_default()))
            .why("KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.")
            .help("Add `spec: {ports: [{name: …, port: …, targetPort: …}]}`.");
    }
}

/// Of several ports each has a name (legacy spec LC-073).
fn check_ports(chart: &Chart, service: Node, sink: &mut Sink) {
    let ports: Vec<Node> = service.list("ports").collect();
    let taken = |name: &str| ports.iter().any(|port| port.text_at("name") == Some(name));
    for port in ports.iter().filter(|port| ports.len() > 1 && port.is_mapping() && port.key("name").is_none()) {
        let report = sink
            .report(&port.heading(), "a service with several ports needs a name for each")
            .why("The API server refuses the Service.");
        // A target that is a name is a good name.
        let target = port.get("targetPort").filter(|target| target.known() && target.integer().is_none());
        let name = target.and_then(Node::text).filter(|name| !taken(name));
        if let Some(name) = name {
            report.offer(
                format!("Name it `{name}`"),
                Safety::Unsafe,
                lines::put_entry(chart, *port, &format!("name: {name}")),
            );
        }
    }
}

/// What a service outside is (v1 spec SD-01, SD-02).
fn check_descriptor(spec: Node, sink: &mut Sink) {
    for field in ["serviceKind", "serviceVersion"] {
        let Some(value) = spec.get(field).filter(|value| value.text() == Some("") && value.known()) else { continue };
        sink.report(&value.heading(), format!("a ServiceDescriptor needs a `{field}`"))
            .why("KubeBlocks refuses it: it becomes Unavailable, and no message says why.");
    }
}

/// A way to reload is one of four (legacy spec LC-064).
fn check_reload(spec: Node, sink: &mut Sink) {
    let Some(options) = spec.get("reloadOptions").filter(|options| options.is_mapping()) else { return };
    let ways = ["unixSignalTrigger", "shellTrigger", "tplScriptTrigger", "autoTrigger"];
    // What else stands there may be one of them, misspelt.
    if let Some(key) = spec.key("reloadOptions").filter(|_| options.entries().next().is_none()) {
        sink.report(&key, "`reloadOptions` does not say how to reload")
            .why("KubeBlocks refuses the ConfigConstraint: `require special reload type!`.")
            .help(format!("Add one of {}.", listed(ways)));
    }
    if let Some(command) = options.at("shellTrigger.command")
        && command.is_sequence()
        && command.known()
        && command.items().next().is_none()
    {
        sink.report(&command.heading(), "a `shellTrigger` needs a command")
            .why("KubeBlocks refuses the ConfigConstraint: `required shell trigger`.");
    }
}

/// Clusters up to 0.9 (legacy spec LC-083, LC-133).
fn check_legacy_cluster(chart: &Chart, spec: Node, sink: &mut Sink) {
    for component in spec.list("componentSpecs") {
        let Some(name) = component.get("name") else { continue };
        if lacks(spec, "clusterDefinitionRef") && lacks(component, "componentDef") && spec.key("clusterDef").is_none() {
            sink.report(&name, format!("nothing defines `{}`", name.text().unwrap_or_default()))
                .why("KubeBlocks refuses the Cluster: `either cluster definition or component definition should be provided`.")
                .help("Add `clusterDefinitionRef` to the Cluster, or `componentDef` here.");
        }
        for claim in component.list("volumeClaimTemplates") {
            let (Some(name), Some(spec)) = (claim.get("name"), claim.get("spec").filter(|spec| spec.is_mapping()))
            else {
                continue;
            };
            let put = |text: &str| lines::put_first(chart, claim.key("spec")?, text);
            let resources = spec.get("resources").filter(|resources| resources.is_mapping());
            let requests = resources.and_then(|resources| resources.get("requests")).filter(|it| it.is_mapping());
            let storage = match (resources, requests) {
                (None, _) => spec.key("resources").is_some(),
                (Some(resources), None) => resources.key("requests").is_some(),
                (_, Some(requests)) => requests.key("storage").is_some(),
            };
            let without = |field: &str, sink: &mut Sink, edit: Option<Edit>| {
                let report = sink
                    .report(&name, format!("the claim `{}` needs `{field}`", name.text().unwrap_or_default()))
                    .why("The API server refuses the disk.");
                report.offer(format!("Add `{field}`"), Safety::Unsafe, edit);
            };
            if !storage {
                let whole = spec.key("resources").is_none().then_some("resources:\n  requests:\n    storage: 20Gi");
                without("resources.requests.storage", sink, whole.and_then(put));
            }
            if spec.key("accessModes").is_none() {
                without("accessModes", sink, put("accessModes:\n  - ReadWriteOnce"));
            }
        }
    }
}

/// All components of a Cluster are defined in one way (legacy spec LC-132).
fn check_definitions(spec: Node, sink: &mut Sink) {
    let of = |key: &'static str| spec.list("componentSpecs").filter_map(move |component| component.get(key));
    let new = of("componentDef").find(|name| name.text() != Some(""));
    let old = of("componentDefRef").find(|name| name.text() != Some("") && name.parent() != new.and_then(Node::parent));
    let both =
        spec.list("componentSpecs").any(|it| it.get("componentDef").is_some() && it.get("componentDefRef").is_some());
    let Some((new, old)) = new.zip(old).filter(|(new, old)| !both && new.known() && old.known()) else { return };
    sink.report(&new.heading(), "one component has a `componentDef`, another a `componentDefRef`")
        .why("KubeBlocks refuses the Cluster: `two kinds of definition API can not be used simultaneously`.")
        .help("Define all components in the same way.")
        .related(&old, "the other way");
}

/// Those who ask pods for their roles log in with the credential (legacy spec LC-044).
fn check_credential(chart: &Chart, spec: Node, sink: &mut Sink) {
    let Some(credential) = spec.get("connectionCredential").filter(|credential| credential.is_mapping()) else {
        return;
    };
    let probe = spec.list("componentDefs").find_map(|component| {
        let probes = component.get("probes").filter(|probes| probes.entries().next().is_some());
        probes.or_else(|| component.at("rsmSpec.roleProbe"))
    });
    let Some(probe) = probe else { return };
    let missing: Vec<&str> = ["username", "password"].into_iter().filter(|key| credential.key(key).is_none()).collect();
    if let Some(key) = spec.key("connectionCredential").filter(|_| !missing.is_empty() && credential.known()) {
        let report = sink
            .report(&key, format!("the credential has no {}", listed(&missing)))
            .severity(Severity::Warning)
            .why("The container that asks the pods for their roles takes its login from these keys: without them it does not start.")
            .related(&probe.heading(), "what asks");
        if missing == ["password"] {
            report.offer(
                "Let KubeBlocks make a password",
                Safety::Unsafe,
                lines::put_first(chart, key, "password: \"$(RANDOM_PASSWD)\""),
            );
        }
    }
}

/// Accounts come from statements, or from a Secret (legacy spec LC-098).
fn check_accounts(accounts: Node, sink: &mut Sink) {
    for account in accounts.list("accounts") {
        let Some(policy) = account.get("provisionPolicy") else { continue };
        let Some(kind) = policy.get("type").filter(|kind| kind.known()) else { continue };
        let field = match kind.text() {
            Some("CreateByStmt") => "statements",
            Some("ReferToExisting") => "secretRef",
            _ => continue,
        };
        if policy.key(field).is_none() {
            sink.report(&kind, format!("an account of type `{}` needs `{field}`", kind.text().unwrap_or_default()))
                .severity(Severity::Warning)
                .why("Nothing says how to make it: the account is never there.");
        }
        let changes = ["update", "deletion"];
        if let Some(key) = policy.key("statements")
            && let Some(all) = policy.get("statements").filter(|all| all.is_mapping() && field == "statements")
            && changes.iter().all(|change| all.key(change).is_none())
        {
            sink.report(&key, format!("statements need one of {}", listed(changes)))
                .severity(Severity::Info)
                .why("The admission webhook, where it is switched on, refuses the definition.");
        }
    }
}

/// A template without labels is lost in all releases up to 0.9 (legacy spec LC-141).
fn check_labels(chart: &Chart, document: &Document, sink: &mut Sink) {
    let Some(metadata) = document.root().and_then(|root| root.get("metadata")).filter(|metadata| metadata.is_mapping())
    else {
        return;
    };
    let Some(name) = metadata.key("name") else { return };
    let label = "clusterdefinition.kubeblocks.io/name";
    let definition = document.spec().and_then(|spec| spec.get("clusterDefinitionRef")).filter(|node| node.known());
    let entry = definition.and_then(Node::text).filter(|text| !text.is_empty()).map(|text| format!("{label}: {text}"));
    if metadata.key("labels").is_none() {
        let report = sink
            .report(&name, "a BackupPolicyTemplate needs labels")
            .why("Up to 0.6 it is found by one; from 0.7 to 0.9 the controller writes one, and crashes where there are none.")
            .help(format!("Add the label `{label}` with the name of the ClusterDefinition."));
        let edit = entry.and_then(|entry| lines::put_entry(chart, metadata, &format!("labels:\n  {entry}")));
        report.offer("Add the label", Safety::Unsafe, edit);
    } else if let Some(labels) =
        metadata.get("labels").filter(|labels| labels.is_mapping() && labels.key(label).is_none())
        && chart.promised().is_some_and(|all| all.last().is_some_and(|last| last < Release::V0_7))
        && labels.entries().all(|(key, _)| key.known())
    {
        let report = sink
            .report(&name, format!("a BackupPolicyTemplate needs the label `{label}`"))
            .severity(Severity::Warning)
            .why("Up to 0.6 it is found by this label alone: no Cluster gets its backup policies.");
        report.offer("Add the label", Safety::Unsafe, entry.and_then(|entry| lines::put_entry(chart, labels, &entry)));
    }
}

/// Since 1.2 a ParametersDefinition says by itself which file of which definition it is about (v1 spec PAR-05 to PAR-07).
fn check_parameters(spec: Node, sink: &mut Sink) {
    let Some(definition) = spec.get("componentDef").filter(|node| node.known() && node.text() != Some("")) else {
        return;
    };
    let missing = ["templateName", "fileName", "fileFormatConfig"].into_iter().filter(|field| lacks(spec, field));
    let missing: Vec<&str> = missing.collect();
    if !missing.is_empty() {
        sink.report(
            &definition.heading(),
            format!("a ParametersDefinition with a `componentDef` also needs {}", listed(missing)),
        )
        .why("KubeBlocks does not apply the parameters: `parametersdefinition misses …`.");
    }
}

/// An upgrade is to something (v1 spec ROL-02, ROL-04).
fn check_rollout(spec: Node, sink: &mut Sink) {
    let lists: [(&str, &[&str]); 2] =
        [("components", &["serviceVersion", "compDef"]), ("shardings", &["shardingDef", "serviceVersion", "compDef"])];
    for (list, fields) in lists {
        for item in spec.list(list).filter(|item| fields.iter().all(|field| lacks(*item, field))) {
            let Some(name) = item.get("name").filter(|name| name.known()) else { continue };
            sink.report(&name, format!("nothing says what `{}` is rolled out to", name.text().unwrap_or_default()))
                .why("The Rollout fails before it has begun.")
                .help(format!("Add one of {}.", listed(fields)));
        }
    }
}

fn check_request(request: Request, sink: &mut Sink) {
    let (document, spec) = (request.document, request.spec);
    let Some(kind) = spec.get("type").filter(|kind| kind.known()) else { return };
    let Some((text, names)) = BLOCKS.iter().find(|(name, _)| kind.text() == Some(name)) else { return };
    let empty = |name: &&str| match spec.get(name) {
        Some(block) => block.is_sequence() && block.items().next().is_none(),
        // What a template leaves empty may be filled with other values.
        None => spec.key(name).is_none() || !document.is_rendered(),
    };
    if !names.iter().all(empty) {
        return;
    }
    let written = names.iter().find_map(|name| spec.key(name));
    let name = names[0];
    let report = sink
        .report(&written.unwrap_or(kind), format!("an OpsRequest of type `{text}` needs something in `{name}`"))
        .why(format!("KubeBlocks lets it fail: `\"spec.{name}\" can not be empty`."));
    if written.is_some() {
        report.related(&kind, "the type");
    }
}

/// Fields of a target, and what jobs read because of them.
const FOR_JOBS: [(&str, [&str; 2]); 2] =
    [("account", ["DP_DB_USER", "DP_DB_PASSWORD"]), ("containerPort", ["DP_DB_PORT", "DP_DB_PORT"])];

/// A method's `target` takes the place of the policy's as a whole.
fn check_target(world: &World, chart: &Chart, whole: Node, method: Node, sink: &mut Sink) {
    let Some(action_set) = method.text_at("actionSetName") else { return };
    let (Some(key), Some(own)) = (method.key("target"), method.get("target")) else { return };
    // A snapshot, and a job for each pod, work on volumes: they need no account.
    if method.text_at("snapshotVolumes") == Some("true") || own.text_at("strategy") == Some("All") {
        return;
    }
    for (field, variables) in FOR_JOBS {
        if own.key(field).is_some() || whole.get(field).is_none_or(|value| value.text() == Some("")) {
            continue;
        }
        let Some(lost) = whole.key(field) else { continue };
        if !may_read(world, action_set, &variables) {
            continue;
        }
        let name = method.text_at("name").unwrap_or_default();
        let report = sink
            .report(&key, format!("the `target` of `{name}` has no `{field}`, and that of the policy does not count"))
            .severity(Severity::Warning)
            .why("A method's `target` takes the place of the policy's as a whole, so its jobs go without.")
            .help(format!("Write `{field}` here too."))
            .related(&lost, "only here");
        let text = Lines::of(chart, lost).and_then(|lines| lines.flush());
        report.offer(
            format!("Write `{field}` here too"),
            Safety::Unsafe,
            text.and_then(|text| lines::put_first(chart, key, &text)),
        );
    }
}

/// Since 1.0 jobs have a user and a password only where the target names an account
/// (`buildBackupTarget` in `controllers/apps/cluster`).
fn check_account(world: &World, target: Option<Node>, method: Node, sink: &mut Sink) {
    let Some(at) = method.get("actionSetName").filter(|name| name.known()) else { return };
    let older = method.document.group() != Some("dataprotection.kubeblocks.io")
        || method.document.kind() != Some("BackupPolicyTemplate");
    if older
        || target.is_some_and(|target| target.key("account").is_some() || target.key("connectionCredential").is_some())
    {
        return;
    }
    let Some(name) = at.text() else { return };
    let mut sets = world.index().named(ACTION_SET, name);
    let (Some(set), None) = (sets.next(), sets.next()) else { return };
    let spec = set.root().filter(|_| set.document.is_sound() && !set.chart.failed()).and_then(|root| root.get("spec"));
    let Some((spec, backup)) = spec.and_then(|spec| Some((spec, spec.get("backup")?))) else { return };
    let given: Vec<&str> = given(spec).into_iter().chain(given(method)).filter_map(Node::text).collect();
    for variable in ["DP_DB_USER", "DP_DB_PASSWORD"] {
        let reads = |text: &str| {
            let uses = shell::uses(text);
            let read = uses.iter().any(|used| used.name == variable && used.modifier.is_empty());
            read && !shell::assigned(text).contains(&variable)
        };
        let read = backup.scalars().into_iter().find(|node| node.known() && node.text().is_some_and(reads));
        let Some(read) = read.filter(|_| !given.contains(&variable)) else { continue };
        let report = sink
            .report(&at, format!("the jobs of `{name}` read `{variable}`, and no `account` is named here"))
            .severity(Severity::Warning)
            .why("The user and the password come from the account that the `target` names: without it both are empty.")
            .help("Write `account` below `target`, with the name of one of the definition's `systemAccounts`.");
        report.related(&read.document.name(), "the ActionSet");
        return;
    }
}

/// A job of the ActionSet names one of the variables, or cannot be read.
fn may_read(world: &World, action_set: &str, variables: &[&str]) -> bool {
    let mut found = world.index().named(ACTION_SET, action_set).peekable();
    if found.peek().is_none() {
        return true;
    }
    found.filter_map(Object::root).any(|root| {
        let spec = root.get("spec");
        let actions = ["backup.backupData", "backup.syncProgress", "restore.prepareData"];
        let actions = actions.into_iter().filter_map(|path| spec?.at(path));
        let lists = ["backup.preBackup", "backup.postBackup", "restore.postReady"];
        let listed = spec.into_iter().flat_map(|spec| lists.into_iter().flat_map(move |path| spec.list(path)));
        let listed = listed.flat_map(|action| [action.get("exec"), action.get("job")]).flatten();
        actions.chain(listed).flat_map(|action| action.list("command").chain(action.list("args"))).any(|word| {
            let Some(text) = word.known_text() else { return true };
            variables.iter().any(|variable| text.contains(variable)) || !is_read(text)
        })
    })
}

/// A script is more than comments, and runs no file that we do not see.
fn is_read(text: &str) -> bool {
    let said = |line: &str| !line.is_empty() && !line.starts_with('#');
    text.lines().map(str::trim).any(said) && !text.contains(".sh") && !text.contains(".py")
}
