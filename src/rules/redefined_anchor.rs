//! See `redefined_anchor.md`.

use std::collections::{BTreeMap, HashMap};

use super::prelude::*;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::asleep;
use crate::text::Span;
use crate::yaml::tree::{Anchor, Kind};

pub(super) static RULE: Rule = Rule {
    name: "redefined-anchor",
    summary: "an anchor name that one document gives twice",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("redefined_anchor.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    let documents = chart.documents().iter().chain(chart.plain());
    sink.each(documents, |document, sink| check_document(chart, document, sink));
}

fn check_document(chart: &Chart, document: &Document, sink: &mut Sink) {
    let mut seen = HashMap::new();
    for anchor in document.tree().anchors() {
        let Some(place) = document.place(anchor.range) else { continue };
        let Some(first) = seen.insert(anchor.name.as_str(), place.clone()) else { continue };
        // A helper, or the body of a loop, that was rendered twice.
        if first.span == place.span {
            continue;
        }
        let report = sink
            .report(&place, format!("anchor `&{}` is already defined in this document", anchor.name))
            .why(format!(
                "An alias takes the nearest anchor above it: `*{0}` means one thing before this line and another \
                 after it, and moving a block changes what it means.",
                anchor.name
            ))
            .help("Give one of the two another name.")
            .related(&first, "first defined here");
        report.fix(renamed(chart, document, anchor));
    }
}

/// Gives the anchor, and the aliases that mean it, a name that no other has.
fn renamed(chart: &Chart, document: &Document, anchor: &Anchor) -> Option<Fix> {
    let tree = document.tree();
    let taken = |name: &str| tree.anchors().iter().any(|anchor| anchor.name == name);
    let name = (2..).map(|number| format!("{}-{number}", anchor.name)).find(|name| !taken(name))?;
    let aliases = tree.nodes().filter_map(|node| match node.kind {
        Kind::Alias { name, target } if name == anchor.name => Some((node.range, target == Some(anchor.node))),
        _ => None,
    });
    let all = aliases.chain(
        tree.anchors().iter().filter(|other| other.name == anchor.name).map(|other| (other.range, other == anchor)),
    );
    // The body of a loop, or a helper, may mean one anchor here and the other one there.
    let mut places: BTreeMap<Span, bool> = BTreeMap::new();
    for (range, own) in all {
        let place = document.place(range).filter(|place| !own || place.verbatim)?;
        if places.insert(place.span, own).is_some_and(|other| other != own) {
            return None;
        }
    }
    let edits = places.into_iter().filter(|(_, own)| *own).map(|(span, _)| {
        // The sign before the name stays.
        let span = Span::new(span.file, span.range.start as usize + 1, span.range.end as usize);
        Edit { span, text: name.clone() }
    });
    let asleep = asleep::mentions(chart, &format!("*{}", anchor.name));
    (!asleep).then(|| Fix { title: format!("Call this one `&{name}`"), safety: Safety::Unsafe, edits: edits.collect() })
}
