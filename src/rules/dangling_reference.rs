//! See `dangling_reference.md`.

use super::prelude::*;
use crate::model::legacy::{cluster_definitions, objects};
use crate::model::resolve::{self, ACTION_SET, BACKUP_TOOL, CLUSTER_DEFINITION, CLUSTER_VERSION, CONFIG_CONSTRAINT, CONFIG_MAP, Resolution, Target};

pub(super) static RULE: Rule = Rule {
    name: "dangling-reference",
    summary: "a name that nothing in the workspace answers to",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("dangling_reference.md"),
    check: Check::World(check),
};

fn check(world: &World, sink: &mut Sink) {
    for chart in world.charts.values() {
        for definition in cluster_definitions(chart) {
            for component in definition.components() {
                check_templates(world, chart, component.node, sink);
            }
        }
        for root in objects(chart, "ClusterVersion").filter_map(Document::root) {
            let never = "The ClusterVersion never becomes Available, and Clusters that name it wait for ever.";
            check_site(world, chart, root.at("spec.clusterDefinitionRef"), CLUSTER_DEFINITION, never, sink);
            for version in root.list("spec.componentVersions") {
                check_templates(world, chart, version, sink);
            }
        }
        for root in objects(chart, "Cluster").filter_map(Document::root) {
            let never = "The operator looks for it again and again, and the Cluster stays empty.";
            check_site(world, chart, root.at("spec.clusterDefinitionRef"), CLUSTER_DEFINITION, never, sink);
            check_version(world, chart, root, never, sink);
        }
        for root in objects(chart, "BackupPolicyTemplate").filter_map(Document::root) {
            let never = "No Cluster ever uses this template.";
            check_site(world, chart, root.at("spec.clusterDefinitionRef"), CLUSTER_DEFINITION, never, sink);
            for policy in root.list("spec.backupPolicies") {
                check_methods(world, chart, policy, sink);
                let never = "Every backup with this tool fails.";
                for tool in ["datafile.backupToolName", "logfile.backupToolName"] {
                    check_site(world, chart, policy.at(tool), BACKUP_TOOL, never, sink);
                }
            }
        }
        // From 1.0 on a template is a policy itself.
        let policies = chart.documents().iter().filter(|document| {
            document.kind() == Some("BackupPolicyTemplate") && document.group() == Some(ACTION_SET.group)
        });
        for spec in policies.filter_map(|document| document.root()?.get("spec")) {
            check_methods(world, chart, spec, sink);
        }
    }
}

/// The backup methods of a policy.
fn check_methods(world: &World, chart: &Chart, policy: Node<'_>, sink: &mut Sink) {
    let never = "Every backup with this method fails.";
    for method in policy.list("backupMethods") {
        check_site(world, chart, method.get("actionSetName"), ACTION_SET, never, sink);
    }
}

/// The versions of a definition come with it.
fn check_version(world: &World, chart: &Chart, root: Node<'_>, why: &str, sink: &mut Sink) {
    let Some(site) = root.at("spec.clusterVersionRef") else { return };
    let definition = root.at("spec.clusterDefinitionRef");
    let found = definition.map(|definition| resolve::resolve(world, chart, definition, CLUSTER_DEFINITION));
    let owner = match found {
        Some(Resolution::Found(found)) => found.first().map(|object| &**object.chart),
        _ => None,
    };
    report(chart, site, CLUSTER_VERSION, resolve::resolve_with(world, chart, owner, site, CLUSTER_VERSION), why, sink);
}

/// The templates of a component definition, or those a ClusterVersion gives it.
fn check_templates(world: &World, chart: &Chart, component: Node<'_>, sink: &mut Sink) {
    let never = "The definition never becomes Available, and every Cluster of it waits for ever.";
    for spec in component.list("configSpecs").chain(component.list("scriptSpecs")) {
        check_site(world, chart, spec.get("templateRef"), CONFIG_MAP, never, sink);
        check_site(world, chart, spec.get("constraintRef"), CONFIG_CONSTRAINT, never, sink);
    }
}

fn check_site(world: &World, chart: &Chart, site: Option<Node<'_>>, target: Target, why: &str, sink: &mut Sink) {
    if let Some(site) = site {
        report(chart, site, target, resolve::resolve(world, chart, site, target), why, sink);
    }
}

fn report(chart: &Chart, site: Node<'_>, target: Target, found: Resolution<'_>, why: &str, sink: &mut Sink) {
    if let Resolution::Missing(names) = found {
        let name = site.text().unwrap_or_default();
        // The cluster of a loose manifest may hold definitions of another release.
        let severity = if chart.package().is_some() { Severity::Error } else { Severity::Warning };
        let report = sink.report(&site, format!("no {} is named `{name}`", target.kind)).severity(severity).why(why);
        let mut names: Vec<&str> = names;
        names.sort_unstable();
        names.dedup();
        let listed: Vec<String> = names.iter().take(6).map(|name| format!("`{name}`")).collect();
        let report = match listed.is_empty() {
            true => report,
            false => report.help(format!("Here are {}.", listed.join(", "))),
        };
        report.nearest(name, names);
    }
}
