//! See `unused_allow.md`.

use super::prelude::*;
use super::{Unused, find, judge};
use crate::allow::{Fault, HEAD_LINES};
use crate::config::Level;
use crate::model::switches::switches;
use crate::text::Span;
use crate::yaml::tree::Kind;

pub(super) static RULE: Rule = Rule {
    name: "unused-allow",
    summary: "a comment that allows what nobody reports",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unused_allow.md"),
    check: Check::Unused(check),
};

fn check(world: &World, unused: &[Unused<'_>], sink: &mut Sink) {
    for Unused { allow, name } in unused {
        let file = world.files.get(&allow.span.file);
        let text = file.map_or("", |file| file.text());
        let (why, help) = match allow.fault {
            Some(Fault::NoBrackets) => ("It names no rule.", "Write `allow(rule) reason`."),
            Some(Fault::NoRule) => ("There is no rule between its brackets.", "Write `allow(rule) reason`."),
            Some(Fault::NoReason) => {
                ("It gives no reason.", "Say behind the brackets why the finding may stay: readers will ask.")
            }
            Some(Fault::TooLate) => {
                sink.report(&allow.span, "this comment allows nothing")
                    .why(format!("`allow-file` counts in the first {HEAD_LINES} lines of a file only."))
                    .help("Move it up, or write `allow` at the line.")
                    .unnecessary();
                continue;
            }
            None => {
                let Some(named) = allow.rules.get(*name) else { continue };
                if !decided(world, &named.text, allow.reach()) {
                    continue;
                }
                let (at, message) = match allow.rules.len() {
                    1 => (allow.span, "this comment allows nothing".to_owned()),
                    _ => (named.span, format!("this comment allows no `{}`", named.text)),
                };
                sink.report(&at, message)
                    .why(format!("There is no `{}` that it could hide.", named.text))
                    .help("Remove it, so that it does not hide the next one.")
                    .fix(allow.removal(text, *name, inert(world, allow.span)))
                    .unnecessary();
                continue;
            }
        };
        sink.report(&allow.span, "this comment allows nothing").why(why).help(help).unnecessary();
    }
}

/// Whether the rule would have spoken, had there been anything to say about `reach`.
fn decided(world: &World, rule: &str, reach: Span) -> bool {
    let Some(rule) = find(rule) else { return false };
    let settings = world.source(reach.file).map(|source| world.config.at(&source.path)).unwrap_or_default();
    if settings.ignored || settings.rules.get(rule.name) == Some(&Level::Off) {
        return false;
    }
    // What lies outside of the view may be what the finding needs.
    if matches!(rule.check, Check::Linked(_)) && !world.whole {
        return false;
    }
    let charts = world.charts_of(reach.file);
    if charts.iter().any(|chart| chart.failed()) {
        return false;
    }
    // Nobody tried what the chart offers beside its defaults.
    let offers = || charts.iter().any(|chart| !switches(chart).is_empty());
    if !world.tries_switches && judge::is_heard_with_switches(rule.name) && offers() {
        return false;
    }
    // Text that nothing renders is not judged.
    let template = |chart: &Chart| chart.templates().iter().any(|(_, file)| file.source.id == reach.file);
    let rendered = |chart: &Chart| {
        let files = chart.rendering().into_iter().flat_map(|render| &render.files);
        files.into_iter().any(|rendered| !rendered.text.places(reach).is_empty())
    };
    charts.iter().all(|chart| !template(chart)) || charts.iter().any(|chart| rendered(chart))
}

/// A comment of the YAML, not words in some scalar: a script, say.
fn inert(world: &World, comment: Span) -> bool {
    let charts = world.charts_of(comment.file);
    let mut documents = charts.iter().flat_map(|chart| chart.documents().iter().chain(chart.plain()));
    !documents.any(|document| {
        let places = document.rendered().text.places(comment);
        let inside = |range| places.iter().any(|place| crate::text::TextRange::contains(range, *place));
        let mut nodes = document.tree().nodes();
        nodes.any(|node| matches!(node.kind, Kind::Scalar { .. }) && inside(node.range))
    })
}
