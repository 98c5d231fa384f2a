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
    check: Check::File(check),
};

fn check(world: &World, file: &File, sink: &mut Sink) {
    for name in file.allows().iter().flat_map(|allow| &allow.rules).filter(|name| find(&name.text).is_none()) {
        sink.report(&name.span, format!("there is no rule `{}`", name.text))
            .why("The comment allows nothing.")
            .nearest(&name.text, RULES.iter().map(|rule| rule.name));
    }
    if !world.config.holds(file) {
        return;
    }
    for (name, range) in file.config().rules.iter().filter(|(name, _)| find(name).is_none()) {
        sink.report(&Span { file: file.source.id, range: *range }, format!("there is no rule `{name}`"))
            .why("The setting changes nothing.")
            .nearest(name, RULES.iter().map(|rule| rule.name));
    }
}
