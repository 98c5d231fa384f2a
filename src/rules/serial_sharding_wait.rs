//! See `serial_sharding_wait.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::lines;
use crate::model::pattern::{Mode, Pattern};
use crate::model::resolve::SHARDING_DEFINITION;
use crate::model::vars::{Source, Var, vars};

pub(super) static RULE: Rule = Rule {
    name: "serial-sharding-wait",
    summary: "shards that are made one after the other, and wait for all",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("serial_sharding_wait.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for object in Object::of_chart(chart, SHARDING_DEFINITION) {
        check_sharding(uses, object, sink);
    }
}

fn check_sharding(uses: &Uses, object: Object, sink: &mut Sink) {
    if object.chart.failed() || !object.document.is_sound() {
        return;
    }
    let Some(spec) = object.root().and_then(|root| root.get("spec")) else { return };
    // The default is `Serial`.
    let strategy = spec.get("provisionStrategy");
    let serial = strategy.is_none_or(|strategy| strategy.text() == Some("Serial") && strategy.known());
    if !serial || spec.key("provisionStrategy").is_some() && strategy.is_none() {
        return;
    }
    let Some(template) = spec.at("template.compDef") else { return };
    let Some(definitions) = uses.of_node(template) else { return };
    let waits: Vec<_> = definitions.iter().filter_map(|definition| Some((*definition, waits(*definition)?))).collect();
    let Some((definition, (var, source))) = waits.first() else { return };
    let all = waits.len() == definitions.len();
    let report = sink
        .report(
            &strategy.unwrap_or(template),
            format!("the shards are made one after the other, and each waits for all: `{}`", var.name()),
        )
        .severity(if all { Severity::Error } else { Severity::Warning })
        .why(format!(
            "`{}` of `{}` has `requireAllComponentObjects: true`, and asks for the shards themselves. KubeBlocks refuses \
             the ShardingDefinition: it becomes Unavailable, and no Cluster can use it.",
            var.name(),
            definition.document.name_text().unwrap_or_default(),
        ))
        .related(&source.key, "the variable that waits");
    match strategy {
        Some(_) => report.replace("Write `Parallel`", Safety::Safe, "Parallel"),
        None => {
            let report = report.help("Add `provisionStrategy: Parallel`; the default is `Serial`.");
            report.offer(
                "Make the shards at once",
                Safety::Safe,
                lines::put_first(object.chart, spec.heading(), "provisionStrategy: Parallel"),
            )
        }
    };
}

/// A variable that wants all components of the definition itself.
fn waits<'w>(definition: Definition<'w>) -> Option<(Var<'w>, Source<'w>)> {
    let name = definition.document.known_name()?;
    vars(definition.document).find_map(|var| {
        let source = var.source()?;
        let all = source.node.at("multipleClusterObjectOption.requireAllComponentObjects")?;
        let pattern = source.definition()?.known_text()?;
        let own = Pattern::new(Mode::PrefixOrRegex, pattern).matches(name);
        (all.text() == Some("true") && own).then_some((var, source))
    })
}
