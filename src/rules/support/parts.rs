//! What rules say of a name that the definitions of a component do not have.

use crate::diagnostic::Report;
use crate::model::definition::Definition;
use crate::model::resolve::own_side;
use crate::model::vars::Source;
use crate::model::wanted::Wanted;
use crate::rules::prelude::*;

/// Reports a name that all definitions lack, or, one step lower, some of them. `what` is the word for the part. The report
/// comes back with the one definition that lacks it, if it is one.
pub(in crate::rules) fn judge<'s, 'w>(
    uses: &Uses<'w>,
    part: &Wanted<'w>,
    what: &str,
    severity: Severity,
    sink: &'s mut Sink,
) -> Option<(Report<'s>, Definition<'w>)> {
    let mut lacking: Vec<(Definition, Vec<Node>)> = Vec::new();
    for owner in &part.owners {
        let names = part.names(uses, *owner)?;
        if !names.iter().any(|name| name.text().is_some_and(|name| part.is(name))) {
            lacking.push((*owner, names));
        }
    }
    // Whoever marks a variable as optional does without.
    let severity = if part.optional { Severity::Info } else { severity };
    let partly = lacking.len() < part.owners.len();
    // A pattern takes more than was meant where another chart, or this one in another release, lies beside it.
    let index = uses.world.index();
    let own = index.chart_of(part.node.document);
    let foreign =
        |owner: &Definition| own.zip(index.chart_of(owner.document)).is_some_and(|(own, other)| !own_side(other, own));
    let astray = partly && lacking.iter().all(|(owner, _)| foreign(owner));
    let lowered = severity.lowered_if(partly).and_then(|severity| severity.lowered_if(astray));
    let severity = lowered?;
    let mut owners: Vec<&str> = lacking.iter().map(|(owner, _)| owner.name()).collect();
    owners.sort_unstable();
    owners.dedup();
    let (first, _) = lacking.first()?;
    let name = part.name;
    let message = match owners.as_slice() {
        [owner] => format!("`{owner}` has no {what} named `{name}`"),
        [a, b] => format!("`{a}` and `{b}` have no {what} named `{name}`"),
        [a, b, more @ ..] => format!("`{a}`, `{b}` and {} more have no {what} named `{name}`", more.len()),
        [] => return None,
    };
    let mut names: Vec<&str> = lacking.iter().flat_map(|(_, names)| names).filter_map(|name| name.text()).collect();
    names.sort_unstable();
    names.dedup();
    // A helper that names an object, rightly, was taken for the name of a part.
    let named = part.node.call().zip(object_named_here(uses, part.node));
    let report = match &named {
        Some((call, object)) => sink
            .report(call, message)
            .related(object, format!("`{name}` is the name of this {}", object.document.kind().unwrap_or_default())),
        None => sink.report(&part.node.part(part.range), message),
    };
    let report = report.severity(severity).why(part.field.without);
    let report = match names.as_slice() {
        [] => report.help(format!("There is no {what} at all.")),
        names => report.help(format!("There are {}.", listed(names))),
    };
    let report = report.related(&first.document.name(), "the definition").nearest(name, names);
    matches!(owners.as_slice(), [_]).then_some((report, *first))
}

/// The name of an object that stands at the same place of a helper as this text.
fn object_named_here<'w>(uses: &Uses<'w>, node: Node<'w>) -> Option<Node<'w>> {
    let span = node.place()?.span;
    let charts = uses.world.charts.holding(span.file);
    let names = charts.flat_map(|chart| chart.documents()).filter_map(Document::name);
    names.filter(|name| name.text() == node.text()).find(|name| name.place().is_some_and(|place| place.span == span))
}

/// A definition has the part that a variable asks for by name.
pub(in crate::rules) fn is_there(definition: Definition<'_>, source: Source<'_>) -> bool {
    let name = source.name().and_then(Node::text).unwrap_or_default();
    match source.kind() {
        "serviceVarRef" => name == "headless" || definition.service(name).is_some(),
        "credentialVarRef" => definition.spec.each("systemAccounts[].name").iter().any(|own| own.text() == Some(name)),
        _ => true,
    }
}
