//! See `unsupported_service_version.md`.

use super::prelude::*;
use super::support::values::given;
use crate::model::cluster::{Cluster, Unit};
use crate::model::definition::Definition;
use crate::model::pattern::{same_version, version};

pub(super) static RULE: Rule = Rule {
    name: "unsupported-service-version",
    summary: "a service version that no definition offers",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unsupported_service_version.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for document in chart.documents() {
        for unit in Cluster::current(document).into_iter().flat_map(Cluster::units) {
            check_unit(uses, unit, sink);
        }
        // What a Rollout or an upgrade does not name stays as the Cluster has it.
        let Some(spec) = document.root().and_then(|root| root.get("spec")) else { continue };
        let (items, definition) = match document.kind() {
            Some("Rollout") => (spec.each("components[]"), "compDef"),
            Some("OpsRequest") => (spec.each("upgrade.components[]"), "componentDefinitionName"),
            _ => continue,
        };
        for item in items {
            let found = item.get(definition).and_then(|node| uses.of_node(node));
            judge(uses, item.get("serviceVersion"), found, sink);
        }
    }
}

/// A component or a sharding, and what has a version of its own in it.
fn check_unit<'w>(uses: &Uses<'w>, unit: Unit<'w>, sink: &mut Sink) {
    let Some(template) = unit.template() else { return };
    let own = || uses.candidates(unit);
    judge(uses, template.get("serviceVersion"), own(), sink);
    let shards = unit.node.list("shardTemplates").filter(|shard| shard.get("shardingDef").is_none());
    for part in template.list("instances").chain(shards) {
        let found = match part.get("compDef") {
            Some(node) => uses.of_node(node),
            None => own(),
        };
        judge(uses, part.get("serviceVersion"), found, sink);
    }
}

/// A version that is asked of any of these definitions (v1 spec R094, CLU-13).
fn judge<'w>(uses: &Uses<'w>, wanted: Option<Node<'w>>, of: Option<Vec<Definition<'w>>>, sink: &mut Sink) {
    let (Some(wanted), Some(definitions)) = (wanted.filter(|wanted| wanted.known()), of) else { return };
    // What is no version at all is another fault.
    let Some(text) = wanted.text().filter(|text| version(text).is_some()) else { return };
    let mut offered: Vec<&str> = Vec::new();
    for definition in &definitions {
        let Some(offers) = uses.offers(*definition) else { return };
        offered.extend(offers.iter().filter_map(|offer| offer.version.text()));
    }
    // Of definitions without any version `unversioned-definition` speaks.
    if offered.is_empty() || offered.iter().any(|offer| same_version(text, offer)) {
        return;
    }
    offered.sort_by_cached_key(|offer| std::cmp::Reverse(version(offer)));
    offered.dedup();
    let mut names: Vec<&str> = definitions.iter().map(|definition| definition.name()).collect();
    names.sort_unstable();
    names.dedup();
    let who = match names.as_slice() {
        [name] => format!("`{name}` does not offer"),
        _ => "no definition offers".to_owned(),
    };
    let message = format!("{who} service version `{text}`");
    let mut report = match given(uses.world, wanted) {
        Some(value) => sink.report(&value, message).related(&wanted, "it is used here"),
        None => sink.report(&wanted, message),
    };
    report = report
        .why("KubeBlocks finds no definition for the component, and does not build it.")
        .help(format!("There are {}.", listed(offered.iter().take(12).copied())));
    for place in definitions.iter().take(3).filter_map(|definition| definition.document.name()) {
        report = report.related(&place, "the definition");
    }
    report.nearest(text, offered);
}
