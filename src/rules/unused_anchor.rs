//! See `unused_anchor.md`.

use std::collections::BTreeMap;

use super::prelude::*;
use crate::diagnostic::Place;
use crate::yaml::tree::{Kind, ProblemKind};

pub(super) static RULE: Rule = Rule {
    name: "unused-anchor",
    summary: "an anchor that no alias names",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unused_anchor.md"),
    check: Check::World(check),
};

fn check(world: &World, sink: &mut Sink) {
    // By source: an anchor in a helper is used if one of its renderings is, in whatever chart.
    let mut anchors: BTreeMap<_, (Place, &str, bool)> = BTreeMap::new();
    let charts = world.charts.values().flat_map(|chart| chart.views());
    let documents = charts.flat_map(|chart| chart.documents().iter().chain(chart.plain()));
    for document in documents {
        let tree = &document.tree;
        // An alias may stand on a line that could not be read, or be the misspelt one.
        let blind = tree
            .problems()
            .iter()
            .any(|problem| matches!(problem.kind, ProblemKind::Syntax(_) | ProblemKind::UndefinedAlias(_)));
        for anchor in tree.anchors() {
            let Some(place) = document.place(anchor.range) else { continue };
            let used = blind
                || tree.ids().any(
                    |id| matches!(&tree.node(id).kind, Kind::Alias { target: Some(target), .. } if *target == anchor.node),
                );
            anchors.entry(place.span).or_insert((place, &anchor.name, false)).2 |= used;
        }
    }
    for (place, name, _) in anchors.into_values().filter(|(_, _, used)| !used) {
        sink.report(&place, format!("no alias names anchor `&{name}`"))
            .why("It does no harm, but a reader looks for the alias that is not there.")
            .help("Remove it.")
            .unnecessary();
    }
}
