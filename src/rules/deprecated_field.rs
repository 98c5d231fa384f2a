//! See `deprecated_field.md`.

use super::prelude::*;
use crate::model::admission;
use crate::model::fields::deprecated;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "deprecated-field",
    summary: "a field that still works and is to go away",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("deprecated_field.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    let promised = chart.promised();
    if !document.is_sound() {
        return;
    }
    if !document.group().is_some_and(|group| group.ends_with(".kubeblocks.io")) {
        return;
    }
    let Some(targets) = admission::targets(world::schemas(), promised, document) else { return };
    for (key, instead) in deprecated(world::schemas(), document, targets.releases) {
        let Some(name) = key.text() else { continue };
        let report = sink
            .report(&key, format!("`{name}` is deprecated here"))
            .why("Every release that the chart is for reads it still, and says that it will go away.")
            .quiet();
        if let Some(instead) = instead {
            report.help(instead);
        }
    }
}
