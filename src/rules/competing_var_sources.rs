//! See `competing_var_sources.md`.

use super::prelude::*;
use super::support::removal::without;
use crate::diagnostic::Safety;
use crate::model::definition::{Action, Definition};
use crate::model::pods::{containers, pods};
use crate::model::vars::{Source, Var, current_vars};

pub(super) static RULE: Rule = Rule {
    name: "competing-var-sources",
    summary: "a variable with more values than it can have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("competing_var_sources.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    let actions = Definition::of(document).into_iter().flat_map(Definition::agent_actions).flat_map(Action::runs);
    let actions = actions.flat_map(|(holder, exec)| if holder == exec { vec![exec] } else { vec![holder, exec] });
    for holder in pods(document).into_iter().flat_map(containers).chain(actions) {
        for entry in holder.list("env") {
            check_value(chart, entry, "The API server refuses the pods.", sink);
        }
    }
    for var in current_vars(document) {
        let why = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";
        check_value(chart, var.node, why, sink);
        let mut sources = var.sources();
        let Some(first) = sources.next() else { continue };
        for ignored in sources {
            let (counts, lost) = (first.kind(), ignored.kind());
            let report = sink
                .report(&ignored.key, format!("`{}` comes from its `{counts}`: this `{lost}` is ignored", var.name()))
                .why("A variable has one source. KubeBlocks takes one of them, and says nothing of the others.")
                .related(&first.key, "this one counts");
            without(chart, ignored.key, Safety::Unsafe, report);
        }
        check_options(chart, var, first, sink);
    }
}

fn check_value(chart: &Chart, var: Node, why: &str, sink: &mut Sink) {
    let (Some(value), Some(from)) = (var.get("value"), var.get("valueFrom")) else { return };
    let (Some(key), Some(other)) = (var.key("valueFrom"), var.key("value")) else { return };
    let name = var.text_at("name").unwrap_or_default();
    if value.text() == Some("") || !from.is_mapping() || !value.known() {
        return;
    }
    let report = sink
        .report(&key, format!("`{name}` has both a `value` and a `valueFrom`"))
        .severity(Severity::Error)
        .why(why)
        .help("Keep one of the two.")
        .related(&other, "the other one");
    without(chart, other, Safety::Unsafe, without(chart, key, Safety::Unsafe, report));
}

fn check_options(chart: &Chart, var: Var, source: Source, sink: &mut Sink) {
    let written: Vec<Node> = source.options().collect();
    let Some((first, others)) = written.split_first() else { return };
    let counts = first.text().unwrap_or_default();
    for ignored in others {
        let name = ignored.text().unwrap_or_default();
        // Of a service the two go together: the address of the load balancer where there is one.
        if (source.kind(), counts, name) == ("serviceVarRef", "host", "loadBalancer") {
            continue;
        }
        let report = sink
            .report(ignored, format!("`{}` holds `{counts}`: `{name}` is ignored", var.name()))
            .why("A variable has one value. KubeBlocks takes one of these fields, and says nothing of the others.")
            .help(format!("Take it out, or make a second variable for `{name}`."))
            .related(first, "this one counts");
        without(chart, *ignored, Safety::Unsafe, report);
    }
}
