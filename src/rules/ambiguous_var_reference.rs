//! See `ambiguous_var_reference.md`.

use super::prelude::*;
use crate::model::definition::Definition;
use crate::model::stages::Plan;

pub(super) static RULE: Rule = Rule {
    name: "ambiguous-var-reference",
    summary: "a variable that several components of a topology answer",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("ambiguous_var_reference.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(uses.topologies_of(chart), |places, sink| {
        let Some(plan) = Plan::of(uses, &places) else { return };
        for need in plan.needs.iter().filter(|need| !need.source.takes_many() && need.to.len() > 1) {
            let Some(node) = need.source.definition() else { continue };
            let takes = |definition: &Definition| {
                uses.of_node(node).is_some_and(|all| all.iter().any(|d| d.name() == definition.name()))
            };
            let sure = |at: &&usize| {
                let (entity, definitions) = &plan.entities[**at];
                !entity.is_template() && !definitions.is_empty() && definitions.iter().all(takes)
            };
            let sure: Vec<usize> = need.to.iter().filter(sure).copied().collect();
            let [first, second, ..] = sure.as_slice() else { continue };
            let (first, second) = (*first, *second);
            let mut report = sink
                .report(
                    &node,
                    format!(
                        "`{}` and `{}` of topology `{}` both match `{}`",
                        plan.name(first),
                        plan.name(second),
                        places.topology.name(),
                        node.text().unwrap_or_default()
                    ),
                )
                .why("One variable cannot ask two components: it is never resolved, and the component gets no pods.")
                .help("Write more of the one definition's name, or set `multipleClusterObjectOption`.");
            for at in [first, second] {
                report = report.related(&plan.entities[at].0.node.get("name"), "this one matches");
            }
        }
    });
}
