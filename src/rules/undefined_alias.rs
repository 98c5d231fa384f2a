//! See `undefined_alias.md`.

use super::prelude::*;
use crate::yaml::tree::ProblemKind;

pub(super) static RULE: Rule = Rule {
    name: "undefined-alias",
    summary: "an alias without its anchor above it",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("undefined_alias.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    for documents in [chart.documents(), chart.plain()] {
        for document in documents {
            for problem in document.tree().problems() {
                let ProblemKind::UndefinedAlias(name) = &problem.kind else { continue };
                let Some(place) = document.place(problem.range) else { continue };
                report(name, &place, problem.range.start, document, documents, sink);
            }
        }
    }
}

fn report(name: &str, at: &dyn Located, start: u32, document: &Document, all: &[Document], sink: &mut Sink) {
    let anchors = document.tree().anchors();
    let above: Vec<String> =
        anchors.iter().filter(|anchor| anchor.range.start < start).map(|anchor| format!("*{}", anchor.name)).collect();
    let below = anchors.iter().find(|anchor| anchor.name == name);
    let beside = all.iter().filter(|other| {
        !std::ptr::eq(*other, document) && std::ptr::eq(&*other.rendered().source, &*document.rendered().source)
    });
    let elsewhere = beside
        .flat_map(|other| other.tree().anchors().iter().map(move |anchor| (other, anchor)))
        .find(|(_, anchor)| anchor.name == name);

    let mut report = sink.report(at, format!("alias `*{name}` has no anchor `&{name}` above it in this document")).why(
        "Anchors live in one document, from where they stand to its end. Helm refuses the chart: \
             `yaml: unknown anchor`.",
    );
    if let Some(place) = below.and_then(|anchor| document.place(anchor.range)) {
        report = report.help("Move the anchor above its first alias.").related(&place, "the anchor stands only here");
    } else if let Some((other, anchor)) = elsewhere {
        report = report.help("Write the value out here, or put both into one document (no `---` between them).");
        report = report.related(&other.place(anchor.range), "this anchor is in another document");
    } else if !above.is_empty() {
        report = report.help(format!("Anchors above it: {}.", list(&above)));
    }
    let wrong = format!("*{name}");
    report.nearest(&wrong, above.iter().map(String::as_str));
}

/// Up to five anchors, as they are written.
fn list(aliases: &[String]) -> String {
    let mut names: Vec<String> = aliases.iter().map(|alias| format!("`{}`", alias.replacen('*', "&", 1))).collect();
    names.sort();
    names.dedup();
    names.truncate(5);
    names.join(", ")
}
