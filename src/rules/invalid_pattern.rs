//! See `invalid_pattern.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::index::Object;
use crate::model::legacy::APPS;
use crate::model::pattern::{Mode, Pattern, literal_beginning};
use crate::model::sites::Site;

pub(super) static RULE: Rule = Rule {
    name: "invalid-pattern",
    summary: "a pattern for names that is no regular expression",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("invalid_pattern.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), check_versions);
    sink.each(uses.world.index().sites_of(chart), |site, sink| {
        let pattern = site.pattern();
        let Some(reason) = pattern.fault().filter(|_| site.is_known()) else { return };
        let report = sink
            .report(&site.node, format!("`{}` is not a valid regular expression: {reason}", site.text()))
            .why(
                "Patterns are Go's regular expressions (RE2), which know neither lookaround nor backreferences. One that \
                 does not compile is refused, or is no more than the beginning of a name.",
            );
        // No name has the letters that would have to be escaped.
        let caret = if site.text().starts_with('^') { "^" } else { "" };
        let beginning = format!("{caret}{}", literal_beginning(site.text()));
        if only_one(uses.world, &site, &beginning) {
            report.replace(format!("Replace by `{beginning}`"), Safety::Unsafe, beginning);
        }
    });
}

/// Versions that a definition wants of a service are patterns too (v1 spec R039, legacy spec R36).
fn check_versions(document: &Document, sink: &mut Sink) {
    const VERSIONS: &str = "serviceRefDeclarations[].serviceRefDeclarationSpecs[].serviceVersion";
    let ours = document.is_sound() && document.group() == Some(APPS);
    let Some(spec) = document.spec().filter(|_| ours) else { return };
    let holders: Vec<Node> = match document.kind() {
        Some("ComponentDefinition") => vec![spec],
        Some("ClusterDefinition") => spec.list("componentDefs").collect(),
        _ => return,
    };
    for node in holders.into_iter().flat_map(|holder| holder.each(VERSIONS)).filter(|node| node.known()) {
        let text = node.text().unwrap_or_default();
        if let Some(meant) = with_digits(text) {
            sink.report(&node, format!("no version can match `{text}`"))
                .severity(Severity::Warning)
                .why("A letter stands where a digit is meant, so no service fits.")
                .help(format!("Write `{meant}`."))
                .nearest(text, [&*meant]);
        }
        if let Some(reason) = Pattern::new(Mode::ExactOrRegex, text).fault() {
            sink.report(&node, format!("`{text}` is not a valid regular expression: {reason}"))
                .severity(Severity::Warning)
                .why("KubeBlocks compares the version with the text itself, and none is equal: no service fits.");
        }
    }
}

/// The expression with `\d` for a `d` without its backslash, where versions match that and none matches the text.
fn with_digits(text: &str) -> Option<String> {
    if !text.contains("\\d") {
        return None;
    }
    let letters = text.match_indices('d').filter(|(at, _)| !text[..*at].ends_with('\\'));
    let meant: Vec<String> = letters.map(|(at, _)| format!("{}\\{}", &text[..at], &text[at..])).collect();
    let takes = |text: &str| {
        let pattern = Pattern::new(Mode::ExactOrRegex, text);
        pattern.is_regex()
            && pattern.fault().is_none()
            && !pattern.is_unsure()
            && versions(text).any(|version| pattern.matches(&version))
    };
    let found = meant.into_iter().find(|meant| takes(meant))?;
    (!Pattern::new(Mode::ExactOrRegex, text).is_unsure() && !takes(text)).then_some(found)
}

/// Versions of two to four numbers: those of the text, and some others.
fn versions(text: &str) -> impl Iterator<Item = String> {
    let own = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::to_owned);
    let numbers: Vec<String> = own.chain(["0", "1", "5", "10", "15"].map(str::to_owned)).collect();
    let next = numbers.clone();
    let pairs: Vec<String> = numbers.iter().flat_map(|a| next.iter().map(move |b| format!("{a}.{b}"))).collect();
    let triples: Vec<String> =
        pairs.iter().flat_map(|pair| numbers.iter().map(move |c| format!("{pair}.{c}"))).collect();
    let longest: Vec<String> = triples.iter().map(|triple| format!("{triple}.1")).collect();
    let all: Vec<String> = [pairs, triples, longest].concat();
    all.into_iter().flat_map(|version| [format!("v{version}"), version])
}

/// The text takes exactly one object of the kind that the site names.
fn only_one(world: &World, site: &Site<'_>, text: &str) -> bool {
    let pattern = Pattern::new(Mode::PrefixOrRegex, text);
    let target = site.field.target;
    let objects = world.index().candidates(site.chart, target).filter_map(Object::name);
    objects.filter(|name| pattern.matches(name)).count() == 1
}
