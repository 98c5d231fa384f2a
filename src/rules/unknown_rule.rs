//! See `unknown_rule.md`.

use super::prelude::*;
use super::{RULES, find};
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "unknown-rule",
    summary: "a comment or a setting that names a rule which does not exist",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_rule.md"),
    check: Check::World(check),
};

fn check(world: &World, sink: &mut Sink) {
    for allow in world.files.values().flat_map(|file| file.allows()) {
        for name in allow.rules.iter().filter(|name| find(&name.text).is_none()) {
            sink.report(&name.span, format!("there is no rule `{}`", name.text))
                .why("The comment allows nothing.")
                .nearest(&name.text, RULES.iter().map(|rule| rule.name));
        }
    }
    for file in world.config.files.values() {
        for (name, range) in file.config().rules.iter().filter(|(name, _)| find(name).is_none()) {
            sink.report(&Span { file: file.source.id, range: *range }, format!("there is no rule `{name}`"))
                .why("The setting changes nothing.")
                .nearest(name, RULES.iter().map(|rule| rule.name));
        }
    }
}
