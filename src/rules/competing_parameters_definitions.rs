//! See `competing_parameters_definitions.md`.

use super::prelude::*;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::parameters::{Manager, managers, names_definitions};
use crate::model::resolve::PARAMETERS_DEFINITION;

pub(super) static RULE: Rule = Rule {
    name: "competing-parameters-definitions",
    summary: "two ParametersDefinitions for one file of a component",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("competing_parameters_definitions.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let mut own = Object::of_chart(chart, PARAMETERS_DEFINITION);
    if own.next().is_none() || !names_definitions(chart) {
        return;
    }
    let Some(managers) = managers(uses.world, chart) else { return };
    let direct = managers.iter().filter(|manager| !manager.renderer && !manager.wants().is_empty());
    let direct: Vec<(&Manager, Node, Vec<Definition>)> = direct
        .filter_map(|manager| {
            let file = manager.spec.get("fileName").filter(|file| file.known() && file.text() != Some(""))?;
            let taken = uses.of_node(manager.spec.get("componentDef")?)?;
            Some((manager, file, taken.into_iter().filter(|d| manager.is_of_version(*d)).collect()))
        })
        .collect();
    for (at, (manager, file, taken)) in direct.iter().enumerate().filter(|(_, (m, ..))| m.is_of(chart)) {
        // Of two in one chart the later one is told, of two charts each.
        let others = direct
            .iter()
            .enumerate()
            .filter(|(other, (m, ..))| *other < at || (*other > at && !m.is_of(manager.object.chart)));
        let same = others.map(|(_, other)| other).find_map(|(other, theirs, definitions)| {
            let shared = taken.iter().find(|own| definitions.iter().any(|theirs| theirs.name() == own.name()))?;
            (theirs.text() == file.text() && other.object.name() != manager.object.name())
                .then_some((other, theirs, shared))
        });
        let Some((other, theirs, shared)) = same else { continue };
        let (text, name) = (file.text().unwrap_or_default(), other.object.name().unwrap_or_default());
        sink.report(file, format!("`{name}` is for the file `{text}` of `{}` too", shared.name()))
            .why(
                "A component has one ParametersDefinition for each file name, whatever config the file is in. With two of \
                 them its parameters are never set up: only an event tells.",
            )
            .help("Narrow the `componentDef` or the `serviceVersion` of one of them.")
            .related(theirs, "the other one");
    }
}
