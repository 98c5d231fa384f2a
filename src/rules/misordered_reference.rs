//! See `misordered_reference.md`.

use super::prelude::*;
use super::support::vars::made_optional;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::cluster::Topology;
use crate::model::object::Part;
use crate::model::stages::{Need, Plan};
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "misordered-reference",
    summary: "a component that needs one of a later stage",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("misordered_reference.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(uses.topologies_of(chart), |places, sink| {
        let Some(plan) = Plan::of(uses, &places) else { return };
        let misordered: Vec<&Need> = plan.needs.iter().filter(|need| plan.is_misordered(need)).collect();
        if misordered.is_empty() {
            return;
        }
        // See `order-cycle`.
        let circles: Vec<&Need> = plan.cycles().concat();
        let mut told: Vec<(usize, usize)> = Vec::new();
        for need in misordered {
            let pair = (need.from, need.to[0]);
            if !told.contains(&pair) && !circles.iter().any(|other| (other.from, other.to[0]) == pair) {
                told.push(pair);
                report(uses, chart, &plan, places.topology, need, sink);
            }
        }
    });
}

fn report(uses: &Uses, chart: &Chart, plan: &Plan, topology: Topology, need: &Need, sink: &mut Sink) {
    let (from, to) = (plan.name(need.from), plan.name(need.to[0]));
    let (Some(place), Some(later)) = (stage(topology, from), stage(topology, to)) else { return };
    let sharded = plan.entities.iter().any(|(entity, _)| entity.sharding);
    let severity = match (plan.always(need), sharded) {
        (true, false) => Severity::Error,
        (true, true) | (false, false) => Severity::Warning,
        (false, true) => Severity::Info,
    };
    let report = sink
        .report(&place, format!("`{from}` needs `{to}`, which is provisioned after it"))
        .severity(severity)
        .why(format!(
            "Its variable `{}` is not resolved before `{to}` is there, and `{to}` is not made before `{from}` is running: \
             the Cluster waits for ever, and nothing tells.",
            need.var.name()
        ))
        .help(format!("Move `{to}` to an earlier stage, or mark the variable as `optional: true`."))
        .related(&later, format!("`{to}` comes here"))
        .related(&need.var.node.get("name"), "the variable");
    let owner = uses.world.index().chart_of(need.owner.document);
    let report = report.fix(owner.and_then(|owner| made_optional(owner, need.source, Safety::Unsafe)));
    if let Some(edits) = moved(chart, plan, topology, need) {
        report.fix(Fix { title: format!("Provision `{to}` before `{from}`"), safety: Safety::Unsafe, edits });
    }
}

/// The stage of what is needed comes to where the one that needs it was, and that one and all between move on, where
/// nothing is then made too early.
fn moved(chart: &Chart, plan: &Plan, topology: Topology, need: &Need) -> Option<Vec<Edit>> {
    let stages = plan.stages.as_ref()?;
    let (to, [late]) = (stages[need.from], need.to.as_slice()) else { return None };
    let from = stages[*late];
    let turned = |stage: usize| match stage {
        stage if stage == from => to,
        stage if (to..from).contains(&stage) => stage + 1,
        stage => stage,
    };
    let turned = Plan { stages: Some(stages.iter().copied().map(turned).collect()), ..plan.clone() };
    if turned.needs.iter().any(|need| turned.is_misordered(need) && !plan.is_misordered(need)) {
        return None;
    }
    let list: Vec<Node> = topology.stages("provision").into_iter().map(|(stage, _)| stage).collect();
    let source = |stage: usize| {
        let place = list.get(stage)?.place().filter(|place| place.verbatim)?;
        Some((place.span, chart.words(place.span).to_owned()))
    };
    let (_, first) = source(from)?;
    let mut edits = vec![Edit { span: source(to)?.0, text: first }];
    for stage in to..from {
        let (_, text) = source(stage)?;
        edits.push(Edit { span: source(stage + 1)?.0, text });
    }
    Some(edits)
}

/// Where an order of a topology has a name.
fn stage<'w>(topology: Topology<'w>, name: &str) -> Option<Part<'w>> {
    let (stage, names) = topology.stages("provision").into_iter().find(|(_, names)| names.contains(&name))?;
    let before: usize = names.iter().take_while(|other| **other != name).map(|other| other.len() + 1).sum();
    Some(stage.part(TextRange::new(before, before + name.len())))
}
