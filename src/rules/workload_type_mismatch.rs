//! See `workload_type_mismatch.md`.

use super::prelude::*;
use crate::model::admission;
use crate::model::legacy::ComponentDef;
use crate::model::volumes::{Component, components_of};
use crate::schema::release::{Release, ReleaseSet};

pub(super) static RULE: Rule = Rule {
    name: "workload-type-mismatch",
    summary: "a component whose parts do not go with its workload type",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("workload_type_mismatch.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for component in components_of(uses, chart).iter().filter(|component| component.legacy && !component.chart.failed())
    {
        if !component.document.is_sound() {
            continue;
        }
        let definition = ComponentDef { node: component.node };
        let Some(kind) = component.node.get("workloadType").filter(|kind| kind.known()) else { continue };
        let Some(text) = kind.text() else { continue };
        check_blocks(definition, kind, text, sink);
        check_roles(definition, sink);
        check_switchover(definition, kind, text, sink);
        let releases = admission::fitting(component.chart);
        if releases.last().is_some_and(|last| last >= Release::V0_6) {
            check_probe(definition, kind, text, sink);
            check_scaling(definition, releases, sink);
        }
        check_consensus(definition, kind, text, sink);
        if text == "Stateless" && of_deployments(chart) {
            check_claims(component, kind, sink);
        }
        if text == "Consensus" {
            check_replicas(component, kind, sink);
        }
    }
}

/// The block of each type (legacy spec §7.4).
const BLOCKS: [(&str, &str); 3] =
    [("Stateless", "statelessSpec"), ("Stateful", "statefulSpec"), ("Replication", "replicationSpec")];

fn check_blocks(definition: ComponentDef, kind: Node, text: &str, sink: &mut Sink) {
    for (of, field) in BLOCKS.into_iter().filter(|(of, _)| *of != text) {
        let Some(key) = definition.node.key(field).filter(|_| definition.node.get(field).is_some()) else { continue };
        sink.report(&key, format!("`{field}` is for workloads of type `{of}`, and this one is `{text}`"))
            .why("KubeBlocks ignores it, and says nothing.")
            .related(&kind, "the type");
    }
    let probes = definition.node.get("probes").filter(|probes| probes.is_mapping());
    if let Some(probes) = probes
        && let Some(key) = probes.key("roleProbeTimeoutAfterPodsReady")
        && probes.key("roleProbe").is_none()
        && probes.get("roleProbeTimeoutAfterPodsReady").and_then(Node::integer).is_some_and(|seconds| seconds != 0)
    {
        sink.report(&key, "a time limit for a role probe that is not there")
            .severity(Severity::Info)
            .why("Without `roleProbe` KubeBlocks takes it for 0.");
    }
}

/// Each role of a quorum has a name of its own; without one it is `leader`.
fn check_roles(definition: ComponentDef, sink: &mut Sink) {
    let Some(spec) = definition.node.get("consensusSpec").filter(|spec| spec.is_mapping()) else { return };
    let single = ["leader", "learner"].into_iter().filter_map(|role| spec.get(role));
    let mut seen: Vec<(&str, Node)> = Vec::new();
    for role in single.chain(spec.list("followers")) {
        let name = role.get("name");
        if name.is_some_and(|name| !name.known()) || name.is_none() && role.key("name").is_some() {
            return;
        }
        let text = name.and_then(Node::text).unwrap_or("leader");
        let place = name.unwrap_or_else(|| role.heading());
        match seen.iter().find(|(other, _)| *other == text) {
            Some((_, first)) => {
                let message = match name {
                    Some(_) => format!("two roles are called `{text}`"),
                    None => "a role without a name is called `leader`, like the leader".to_owned(),
                };
                sink.report(&place, message)
                    .why("The label of the pods does not tell the two apart.")
                    .related(first, "the other role");
            }
            None => seen.push((text, place)),
        }
    }
}

/// The service of a workload with roles selects the pod that leads (legacy spec §7.1).
fn check_probe(definition: ComponentDef, kind: Node, text: &str, sink: &mut Sink) {
    let node = definition.node;
    let probed = node.at("probes.roleProbe").is_some() || node.at("rsmSpec.roleProbe").is_some();
    // A key without a value: what was to stand there is another matter.
    let open = ["probes", "rsmSpec"].into_iter().any(|key| node.key(key).is_some() && node.get(key).is_none());
    if probed || open || !matches!(text, "Consensus" | "Replication") || definition.service().is_none() {
        return;
    }
    sink.report(&kind, format!("nobody asks the pods of `{}` for their roles", definition.name()))
        .why(
            "The Service of such a workload selects the pod that leads by its label, and the label comes from a role probe: \
             without one the Service has no endpoints.",
        )
        .help("Add `probes: {roleProbe: …}`, or take `Stateful`.");
}

/// A switchover looks for the pod that leads (legacy spec §7.10).
fn check_switchover(definition: ComponentDef, kind: Node, text: &str, sink: &mut Sink) {
    let Some(key) = definition.node.key("switchoverSpec") else { return };
    let Some(spec) = definition.node.get("switchoverSpec").filter(|spec| spec.is_mapping()) else { return };
    if spec.key("withCandidate").is_none() && spec.key("withoutCandidate").is_none() {
        sink.report(&key, "this `switchoverSpec` does nothing")
            .why("Without `withCandidate` and `withoutCandidate` each switchover is refused.");
    } else if matches!(text, "Stateless" | "Stateful") && definition.node.key("rsmSpec").is_none() {
        sink.report(&key, format!("pods of type `{text}` have no roles to be switched"))
            .why("Each switchover fails: no pod has the label of the one that leads.")
            .related(&kind, "the type");
    }
}

/// The older name is right up to 0.5.
fn check_scaling(definition: ComponentDef, releases: ReleaseSet, sink: &mut Sink) {
    let Some(kind) = definition.node.at("horizontalScalePolicy.type").filter(|kind| kind.known()) else { return };
    if kind.text() == Some("Snapshot") {
        sink.report(&kind, "`Snapshot` is called `CloneVolume` since 0.6")
            .severity(if releases.contains(Release::V0_5) { Severity::Info } else { Severity::Warning })
            .why("Only the admission webhook, which is off by default, writes it anew. Without it new replicas start empty.")
            .replace("Write `CloneVolume`", crate::diagnostic::Safety::Unsafe, "CloneVolume");
    }
}

/// The webhook wants the block of the type also where `rsmSpec` says more (legacy spec LC-093).
fn check_consensus(definition: ComponentDef, kind: Node, text: &str, sink: &mut Sink) {
    let Some(key) = definition.node.key("rsmSpec").filter(|_| definition.node.get("rsmSpec").is_some()) else { return };
    if text == "Consensus" && definition.node.key("consensusSpec").is_none() {
        sink.report(&kind, "a workload of type `Consensus` without a `consensusSpec`")
            .severity(Severity::Info)
            .why("`rsmSpec` is enough for the operator. The admission webhook, where it is switched on, refuses the definition.")
            .related(&key, "the roles are here");
    }
}

/// The chart is for releases only in which a Stateless workload is a Deployment.
fn of_deployments(chart: &Chart) -> bool {
    let later = |promised: ReleaseSet| promised.last().is_none_or(|last| last > Release::V0_6);
    chart.promised().is_some_and(|promised| !later(promised))
}

/// A Deployment has no disks of its own (legacy spec LC-097).
fn check_claims(component: &Component, kind: Node, sink: &mut Sink) {
    for (_, claim) in component.claims().filter(|(_, claim)| claim.known()) {
        sink.report(&claim, format!("`{}` is Stateless: the claim makes no disk", component.name))
            .why("Up to 0.6 such a component is a Deployment, and what is mounted is an empty directory.")
            .related(&kind, "the type");
    }
}

/// A quorum of an even number has no more votes to lose than the odd one below.
fn check_replicas(component: &Component, kind: Node, sink: &mut Sink) {
    // Learners have no vote (legacy spec §3.4).
    if component.node.at("consensusSpec.learner").is_some() {
        return;
    }
    for (_, item) in &component.uses {
        let Some(replicas) = item.get("replicas").filter(|replicas| replicas.known()) else { continue };
        let Some(count) = replicas.integer().filter(|count| *count >= 2 && count % 2 == 0) else { continue };
        sink.report(
            &replicas,
            format!("{count} replicas of `{}` have no better quorum than {}", component.name, count - 1),
        )
        .why("It is a Consensus workload: a majority of an even number is as large as that of the next odd one.")
        .related(&kind, "the type");
    }
}
