//! See `out_of_limit.md`.

use super::prelude::*;
use super::support::values::given;
use crate::model::cluster::{Unit, units};
use crate::model::index::Object;
use crate::model::resolve::{Resolution, resolve};

pub(super) static RULE: Rule = Rule {
    name: "out-of-limit",
    summary: "more or fewer replicas or shards than allowed",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("out_of_limit.md"),
    check: Check::Linked(check),
};

/// The limits of replicas where a definition has none.
const REPLICAS: (i64, i64) = (1, 16384);

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for unit in units(chart) {
        let Some(template) = unit.template() else { continue };
        check_replicas(uses, unit, template, sink);
        check_parts(template, "replicas", "instances", "replicas", 1, sink);
        if unit.sharding {
            check_shards(uses, unit, sink);
            // What no number means here is not known: at least none.
            check_parts(unit.node, "shards", "shardTemplates", "shards", 0, sink);
        }
    }
}

/// A number that is known.
fn number(node: Node<'_>) -> Option<i64> {
    node.integer().filter(|_| node.known())
}

/// v1 spec R043, CMP-28
fn check_replicas<'w>(uses: &Uses<'w>, unit: Unit<'w>, template: Node<'w>, sink: &mut Sink) {
    let Some(replicas) = template.get("replicas") else { return };
    let stopped = template.get("stop").is_some_and(|stop| stop.text() != Some("false"));
    let Some((count, definition)) = number(replicas).filter(|_| !stopped).zip(uses.of_unit(unit)) else { return };
    let limit = definition.spec.get("replicasLimit");
    let bound = |key| match limit.and_then(|limit| limit.get(key)) {
        Some(node) => number(node).map(Some),
        None => Some(None),
    };
    let (Some(least), Some(most)) = (bound("minReplicas"), bound("maxReplicas")) else { return };
    let (least, most) = match limit {
        Some(_) => (least.unwrap_or(0), most.unwrap_or(REPLICAS.1)),
        None => REPLICAS,
    };
    if count >= least && count <= most {
        return;
    }
    let message = format!("`{}` allows {}, not {count}", definition.name(), range(least, most, "replica"));
    let report = match given(uses.world, replicas) {
        Some(value) => sink.report(&value, message).related(&replicas, "it is used here"),
        None => sink.report(&replicas, message),
    };
    let report = report.why("The component is never built: `replicas … out-of-limit`.");
    report.related(&limit.or_else(|| definition.document.name()), "the limit");
}

/// v1 spec R079, CLU-12
fn check_shards<'w>(uses: &Uses<'w>, unit: Unit<'w>, sink: &mut Sink) {
    let Some(shards) = unit.node.get("shards") else { return };
    let name = unit.node.get("shardingDef").or_else(|| {
        let name = unit.name()?.known_text()?;
        uses.topology_of(unit.cluster)?.entity(name, true)?.definition()
    });
    let site = name.and_then(|name| uses.world.index().site_at(name));
    let (Some(count), Some(site)) = (number(shards), site) else { return };
    let Resolution::Found(found) = resolve(uses.world, &site) else { return };
    let limit = |object: &Object<'w>| {
        let limit = object.root()?.at("spec.shardsLimit")?;
        let bound = |key, open| limit.get(key).map_or(Some(open), number);
        Some((bound("minShards", 0)?, bound("maxShards", i64::MAX)?, limit))
    };
    // Which of several is taken does not matter where all say the same.
    let limits: Option<Vec<_>> = found.iter().map(limit).collect();
    let Some((least, most, place)) = limits.as_ref().and_then(|limits| limits.first().copied()) else { return };
    let outside = |(least, most, _): &(i64, i64, Node)| count < *least || count > *most;
    if !limits.is_some_and(|limits| limits.iter().all(outside)) {
        return;
    }
    let name = found.first().and_then(|object| object.name()).unwrap_or_default();
    let message = format!("`{name}` allows {}, not {count}", range(least, most, "shard"));
    let report = match given(uses.world, shards) {
        Some(value) => sink.report(&value, message).related(&shards, "it is used here"),
        None => sink.report(&shards, message),
    };
    report.why("The Cluster is not built: `shards … out-of-limit`.").related(&place, "the limit");
}

/// What the templates ask for together is at most the whole (v1 spec ITS-02, CLU-19).
fn check_parts(node: Node<'_>, whole: &str, list: &str, part: &str, usual: i64, sink: &mut Sink) {
    let (Some(total), Some(key)) = (node.get(whole), node.key(list)) else { return };
    let parts = node.list(list).map(|item| item.get(part).map_or(Some(usual), number));
    let Some((count, sum)) = number(total).zip(parts.sum::<Option<i64>>()).filter(|(count, sum)| sum > count) else {
        return;
    };
    sink.report(&key, format!("`{list}` ask for {sum} {part} together, and there are {count}"))
        .why("The sum of the templates may not be more than the whole: no pod is made or changed.")
        .related(&total, "the whole");
}

/// `2 to 5 replicas`, `1 replica`.
fn range(least: i64, most: i64, what: &str) -> String {
    match (least, most) {
        (1, 1) => format!("1 {what}"),
        (least, most) if least == most => format!("{least} {what}s"),
        (least, i64::MAX) => format!("{least} {what}s or more"),
        (least, most) => format!("{least} to {most} {what}s"),
    }
}
