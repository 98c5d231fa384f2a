//! See `invalid_config.md`.

use super::prelude::*;
use crate::config::FILE;
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "invalid-config",
    summary: "a mistake in the settings",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("invalid_config.md"),
    check: Check::File(check),
};

fn check(world: &World, file: &File, sink: &mut Sink) {
    if !world.config.holds(file) {
        return;
    }
    let read = file.config();
    let span = |range| Span { file: file.source.id, range };
    for fault in &read.faults {
        let report = sink
            .report(&span(fault.range), fault.message.clone())
            .why(format!("As long as there is a mistake in it, nothing in `{FILE}` counts."));
        let report = match &fault.help {
            Some(help) => report.help(help.clone()),
            None => report,
        };
        if let Some((word, candidates)) = &fault.word {
            report.nearest(word, candidates.iter().copied());
        }
    }
    // Another chart of the repository may be the one that has the files.
    if !world.whole {
        return;
    }
    for (name, range) in &read.sets {
        let used = world.charts.values().flat_map(|chart| chart.views()).any(|chart| chart.values.name == *name);
        if !used {
            sink.report(&span(*range), format!("no chart has all files of the values `{name}`"))
                .severity(Severity::Warning)
                .why("A chart is checked with such values only if all their files are there.")
                .help("Paths are seen from the chart's folder.");
        }
    }
}
