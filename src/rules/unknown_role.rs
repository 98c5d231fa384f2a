//! See `unknown_role.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::backup::policies;
use crate::model::cluster::Cluster;
use crate::model::definition::{Definition, role_uses};
use crate::model::index::Object;
use crate::model::legacy::{APPS, ComponentDef};
use crate::model::parameters::{Manager, managers};
use crate::model::resolve::PARAMETERS_DEFINITION;
use crate::model::uses::older_definition;
use crate::model::wanted::{Member, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unknown-role",
    summary: "a role that the component does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_role.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| check_document(uses, document, sink));
    sink.apart(|sink| check_reloading(uses, chart, sink));
}

/// The pods that a ParametersDefinition reloads, chosen by the label of a role (v1 spec R148).
fn check_reloading<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let roles = Object::of_chart(chart, PARAMETERS_DEFINITION).filter_map(|object| {
        let spec = object.root()?.get("spec").filter(|_| object.document.is_sound())?;
        spec.at("reloadAction.targetPodSelector.matchLabels")?.get("kubeblocks.io/role").filter(|role| role.known())
    });
    let roles: Vec<Node> = roles.collect();
    let Some(managers) = (!roles.is_empty()).then(|| managers(uses.world, chart)).flatten() else { return };
    for role in roles {
        let Some(name) = role.text().filter(|name| !name.is_empty()) else { continue };
        let same = |manager: &&Manager| std::ptr::eq(manager.object.document, role.document);
        let Some(owners) = managers.iter().find(same).and_then(|manager| manager.definitions(uses, &managers)) else {
            continue;
        };
        let names: Vec<Node> = owners.iter().flat_map(|owner| owner.roles()).collect();
        let is = |other: &Node| !other.known() || other.text().is_some_and(|other| other.eq_ignore_ascii_case(name));
        let Some(owner) = owners.first().filter(|_| !names.iter().any(is)) else { continue };
        let names: Vec<&str> = names.iter().filter_map(|name| name.text()).collect();
        let report = sink
            .report(&role, format!("`{}` has no role named `{name}`", owner.name()))
            .why("No pod has such a label, so a change of a parameter reaches none.")
            .related(&owner.document.name(), "the definition");
        report.nearest(name, names);
    }
}

fn check_document<'w>(uses: &Uses<'w>, document: &'w Document, sink: &mut Sink) {
    if let Some(definition) = Definition::of(document) {
        check_own(definition, sink);
    }
    if document.group() == Some(APPS) && document.kind() == Some("BackupPolicyTemplate") {
        check_policies(uses.world, document, sink);
    }
    if let Some(cluster) = Cluster::of(document).filter(|cluster| !cluster.is_current()) {
        check_services(uses, cluster, sink);
    }
    for part in wanted(uses, document, Member::Role) {
        let roleless = |owner: &&Definition| owner.roles().next().is_none();
        // The one pod of such a component needs no role to be found.
        let single = |owner: &Definition| owner.spec.text_at("replicasLimit.maxReplicas") == Some("1");
        if part.node.document.kind() == Some("BackupPolicyTemplate")
            && part.owners.iter().find(roleless).is_some_and(single)
        {
            continue;
        }
        judge(uses, &part, "role", Severity::Error, sink);
    }
}

/// Services of a Cluster up to 0.9 select pods by the roles of the component that they name (legacy spec R38).
fn check_services<'w>(uses: &Uses<'w>, cluster: Cluster<'w>, sink: &mut Sink) {
    for service in cluster.spec.list("services") {
        let named = service.get("componentSelector").and_then(Node::known_text);
        let mut components = cluster.units().filter(|unit| !unit.sharding);
        let unit = components.find(|unit| unit.name().and_then(Node::text) == named);
        let definition = unit.filter(|_| named.is_some()).and_then(|unit| uses.older_of_unit(unit));
        let Some((definition, roles)) = definition.and_then(|definition| Some((definition, definition.roles()?)))
        else {
            continue;
        };
        if let Some(node) = service.get("roleSelector").filter(|node| node.known()) {
            let why = "The Cluster is refused: `role selector for service is not defined`.";
            check_older(definition.name(), &roles, node, why, Severity::Error, sink);
        }
    }
}

/// A role is one of those that an item of `componentDefs` gives.
fn check_older(component: &str, roles: &[&str], node: Node, why: &str, severity: Severity, sink: &mut Sink) {
    let Some(name) = node.text().filter(|name| !name.is_empty()) else { return };
    if !roles.iter().any(|role| role.eq_ignore_ascii_case(name)) {
        sink.report(&node, format!("`{component}` has no role named `{name}`"))
            .severity(severity)
            .why(why)
            .help(format!("The roles are {}.", listed(roles)))
            .nearest(name, roles.iter().copied());
    }
}

/// Roles of an item of `componentDefs` (legacy spec LC-147).
fn check_policies(world: &World, document: &Document, sink: &mut Sink) {
    let root = document.root().filter(|_| document.is_sound());
    let Some((chart, definition)) = root.and_then(|root| older_definition(world, root)) else { return };
    for policy in policies(document).iter().filter(|_| !chart.failed()) {
        let component = policy.node.get("componentDefRef").and_then(Node::known_text);
        // One without a pod is there for the sake of Clusters that name ComponentDefinitions.
        let defined = component.and_then(|name| definition.component(name));
        let roles = defined.filter(|defined| defined.containers().next().is_some()).and_then(ComponentDef::roles);
        let Some((component, roles)) = component.zip(roles) else { continue };
        let methods = policy.methods().filter_map(|method| method.at("target.role"));
        for node in policy.node.at("target.role").into_iter().chain(methods).filter(|node| node.known()) {
            let why = "No pod has such a label, so a backup finds none to take.";
            check_older(component, &roles, node, why, Severity::Warning, sink);
        }
    }
}

/// Roles that a definition names of itself.
fn check_own(definition: Definition<'_>, sink: &mut Sink) {
    let roles: Vec<Node> = definition.roles().collect();
    if roles.iter().any(|role| !role.known()) {
        return;
    }
    let names: Vec<&str> = roles.iter().filter_map(|role| role.text()).collect();
    for used in role_uses(definition) {
        let Some(name) = used.node.known_text().filter(|name| !name.is_empty()) else { continue };
        if names.iter().any(|role| role.eq_ignore_ascii_case(name)) {
            continue;
        }
        let report = sink.report(&used.node, format!("no role is named `{name}`")).why(used.without).help(match names
            .is_empty()
        {
            true => "The definition has no `roles`.".to_owned(),
            false => format!("The roles are {}.", listed(&names)),
        });
        let report = match roles.first() {
            Some(role) => report.related(role, "a role of the component"),
            None => report,
        };
        report.nearest(name, names.iter().copied());
    }
}
