//! See `order_mismatch.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::cluster::{ClusterDefinition, Entity, Topology};
use crate::model::lines;
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "order-mismatch",
    summary: "an order that does not name each component once",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("order_mismatch.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    let Some(definition) = ClusterDefinition::current(document) else { return };
    for topology in definition.topologies() {
        for order in ["provision", "terminate", "update"] {
            check_order(chart, topology, order, sink);
        }
        check_templates(topology, sink);
    }
}

/// A name in an order: a part of a stage.
struct Named<'w> {
    stage: Node<'w>,
    range: TextRange,
    text: &'w str,
}

fn check_order(chart: &Chart, topology: Topology, order: &str, sink: &mut Sink) {
    let Some(names) = topology.names() else { return };
    let stages = topology.stages(order);
    let Some(key) = topology.node.get("orders").and_then(|orders| orders.key(order)) else { return };
    if stages.is_empty() || stages.iter().any(|(stage, _)| !stage.known()) {
        return;
    }
    let mut all: Vec<Named> = Vec::new();
    for (stage, parts) in stages {
        let mut start = 0;
        for text in parts {
            let end = start + text.len();
            all.push(Named { stage, range: TextRange::new(start, end), text });
            start = end + 1;
        }
    }
    let why = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";
    let mut unknown = false;
    for (at, Named { stage, range, text }) in all.iter().enumerate() {
        let part = stage.part(*range);
        if !names.contains(text) {
            unknown = true;
            let trimmed = text.trim();
            if names.contains(&trimmed) {
                sink.report(&part, format!("`{order}` names `{text}`, and a blank is part of a name"))
                    .why(why)
                    .help("Write no blanks around the comma.")
                    .replace("Remove the blank", Safety::Safe, trimmed);
                continue;
            }
            let report = sink.report(&part, format!("`{order}` names `{trimmed}`, which the topology does not have"));
            report.why(why).help(format!("It has {}.", listed(&names))).nearest(trimmed, names.iter().copied());
        } else if let Some(first) = all[..at].iter().find(|first| first.text == *text) {
            sink.report(&part, format!("`{order}` names `{text}` twice"))
                .why(why)
                .related(&first.stage.part(first.range), "the first time");
        }
    }
    // The unknown name may be the missing one.
    if unknown {
        return;
    }
    for entity in topology.entities().filter(|entity| !all.iter().any(|named| named.text == entity.name())) {
        let report = sink
            .report(&key, format!("`{order}` does not name `{}`", entity.name()))
            .why(why)
            .help("Each component and each sharding of the topology stands in an order once, or there is no order.")
            .related(&entity.node.get("name").unwrap_or(entity.node), "this one");
        let list = topology.node.get("orders").and_then(|orders| orders.get(order));
        report.offer(
            "Add it as the last stage",
            Safety::Unsafe,
            list.and_then(|list| lines::append_item(chart, list, &format!("- {}", entity.name()))),
        );
    }
}

/// No component has a template's own name, so a stage with one never ends (v1 spec §4.1).
fn check_templates(topology: Topology, sink: &mut Sink) {
    let stages = topology.stages("provision");
    let Some((last, before)) = stages.split_last() else { return };
    for (stage, parts) in before.iter().filter(|(stage, _)| stage.known()) {
        let template =
            |name: &str| topology.entities().find(|entity| entity.name() == name && Entity::is_template(*entity));
        let Some(entity) = parts.iter().find_map(|name| template(name)) else { continue };
        sink.report(stage, format!("the stages after this one never begin: `{}` is a template", entity.name()))
            .why(
                "KubeBlocks waits for a component of exactly this name, and the components that a Cluster makes from a \
                 template have longer ones. Nothing tells: the Cluster stays in `Creating`.",
            )
            .help("Put it into the last stage.")
            .related(&last.0, "the last stage");
    }
}
