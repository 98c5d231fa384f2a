//! See `early_role_var.md`.

use super::prelude::*;
use crate::model::definition::Definition;
use crate::model::stages::{Plan, of_role};
use crate::model::vars::vars;

pub(super) static RULE: Rule = Rule {
    name: "early-role-var",
    summary: "a variable that asks for the pods of a role before any pod has one",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("early_role_var.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    sink.each(chart.documents(), |document, sink| {
        let Some(definition) = Definition::current(document) else { return };
        for source in vars(document).filter_map(|var| var.source()) {
            let Some(option) = of_role(source) else { continue };
            let Some(asked) = uses.of_var(definition, source) else { continue };
            let itself = asked.iter().all(|asked| asked.name() == definition.name());
            if !itself && !is_early(uses, definition, option) {
                continue;
            }
            let severity = match option.text_at("option") {
                Some("Optional") => Severity::Info,
                _ => Severity::Warning,
            };
            sink.report(&option.heading(), "no pod has a role yet when this is resolved")
                .severity(severity)
                .why(
                    "Pods get their roles while they run. Until then the variable is empty, which KubeBlocks takes for \
                     an answer, also of a required one; and it does not look again when the roles are there.",
                )
                .help("Ask for all pods (`podFQDNs`), and find the role where it is needed.");
        }
    });
}

/// In some topology the component that is asked does not come in an earlier stage.
fn is_early<'w>(uses: &Uses<'w>, definition: Definition<'w>, option: Node<'w>) -> bool {
    let of_option = |plan: &Plan| {
        let mut needs = plan
            .needs
            .iter()
            .filter(|need| need.owner.name() == definition.name() && of_role(need.source) == Some(option));
        needs.any(|need| match &plan.stages {
            Some(stages) => need.to.iter().any(|to| stages[*to] >= stages[need.from]),
            None => true,
        })
    };
    uses.topologies_with(definition).iter().filter_map(|places| Plan::of(uses, places)).any(|plan| of_option(&plan))
}
