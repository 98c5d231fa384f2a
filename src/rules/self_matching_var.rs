//! See `self_matching_var.md`.

use super::prelude::*;
use super::support::parts::is_there;
use crate::diagnostic::Safety;
use crate::model::definition::Definition;
use crate::model::pattern::{Mode, Pattern, family};
use crate::model::vars::{Source, vars};

pub(super) static RULE: Rule = Rule {
    name: "self-matching-var",
    summary: "a variable that asks its own component where another one is meant",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("self_matching_var.md"),
    check: Check::Linked(check),
};

const KINDS: [&str; 6] =
    ["serviceVarRef", "credentialVarRef", "componentVarRef", "resourceVarRef", "tlsVarRef", "hostNetworkVarRef"];

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        let Some(owner) = Definition::current(document) else { return };
        for source in vars(owner.document).filter_map(|var| var.source()) {
            if KINDS.contains(&source.kind()) && !source.takes_many() {
                check_source(uses, owner, source, sink);
            }
        }
    });
}

fn check_source<'w>(uses: &Uses<'w>, owner: Definition<'w>, source: Source<'w>, sink: &mut Sink) {
    let Some((node, text)) = source.definition().and_then(|node| Some((node, node.known_text()?))) else {
        return;
    };
    let pattern = Pattern::new(Mode::PrefixOrRegex, text);
    let own = family(owner.name());
    // The author means the own component.
    if !pattern.matches(owner.name()) || text == owner.name() || family(text) == own {
        return;
    }
    for places in uses.topologies_with(owner) {
        for (entity, found) in &places.entities {
            let Some(found) = found.as_ref().filter(|found| !found.is_empty()) else { continue };
            let meant = |other: &Definition| pattern.matches(other.name()) && family(other.name()) != own;
            if !found.iter().all(meant) {
                continue;
            }
            let wanted = !is_there(owner, source) && found.iter().all(|other| is_there(*other, source));
            let report = sink
                .report(
                    &node,
                    format!("`{text}` matches `{}` itself, so this is never `{}`", owner.name(), entity.name()),
                )
                .severity(if wanted { Severity::Error } else { Severity::Warning })
                .why("A variable whose pattern takes its own definition asks its own component and no other.")
                .help("Write more of the other definition's name.")
                .related(&entity.node.get("name"), "the other component");
            if let Some(tight) = tightened(text, owner, found) {
                report.replace(format!("Replace by `{tight}`"), Safety::Unsafe, tight);
            }
            return;
        }
    }
}

/// The family of all definitions of the other component, where that is not the owner's beginning.
fn tightened(text: &str, owner: Definition, found: &[Definition]) -> Option<String> {
    let name = family(found.first()?.name());
    let tight = if text.starts_with('^') { format!("^{name}") } else { name };
    let pattern = Pattern::new(Mode::PrefixOrRegex, &tight);
    let takes = |definition: &Definition| pattern.matches(definition.name());
    (!takes(&owner) && found.iter().all(takes)).then_some(tight)
}
