//! See `unknown_service_ref.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::diagnostic::nearest;
use crate::model::definition::Definition;
use crate::model::pattern::{Mode, Pattern};
use crate::model::vars::vars;
use crate::model::volumes::{Component, components_of};
use crate::model::wanted::{Member, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unknown-service-ref",
    summary: "a service reference that the definition does not declare",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_service_ref.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| check_document(uses, document, sink));
    for component in components_of(uses, chart).iter().filter(|component| component.legacy && !component.chart.failed())
    {
        check_legacy(chart, component, sink);
    }
}

fn check_document<'w>(uses: &Uses<'w>, document: &'w Document, sink: &mut Sink) {
    check_vars(document, sink);
    for part in wanted(uses, document, Member::ServiceRef) {
        let names = part.owners.iter().flat_map(|owner| owner.spec.each("serviceRefDeclarations[].name"));
        // Where the component waits for the name that is meant `unbound-service-ref` speaks.
        let list = part.node.parent().and_then(Node::parent);
        let bound: Vec<Node> = list.into_iter().flat_map(Node::items).filter_map(|item| item.get("name")).collect();
        let unbound = names.filter_map(Node::text).filter(|name| !bound.iter().any(|bound| bound.text() == Some(name)));
        if nearest(part.name, unbound).is_none() {
            judge(uses, &part, "service reference", Severity::Warning, sink);
        }
    }
}

/// What a definition's own variables ask for.
fn check_vars(document: &Document, sink: &mut Sink) {
    let Some(definition) = Definition::of(document) else { return };
    let Some(names) = declared(definition.spec) else { return };
    for var in vars(document) {
        let Some(source) = var.from("serviceRefVarRef").filter(|source| source.options().next().is_some()) else {
            continue;
        };
        // A reference of another definition never resolves, whatever its name.
        let own = |pattern: Node| {
            pattern.known()
                && Pattern::new(Mode::PrefixOrRegex, pattern.text().unwrap_or_default()).matches(definition.name())
        };
        if source.definition().is_some_and(|pattern| !own(pattern)) {
            continue;
        }
        let Some(name) = source.node.get("name").filter(|name| name.known()) else { continue };
        let Some(text) = name.text().filter(|text| !text.is_empty() && !names.contains(text)) else { continue };
        let why = match source.is_optional() {
            true => "The variable is optional, so nothing complains: it never has a value.",
            false => "KubeBlocks makes no pods: `has no ServiceRef object found when resolving vars`.",
        };
        let report = sink.report(&name, format!("no serviceRefDeclaration is named `{text}`")).why(why);
        let report = match source.is_optional() {
            true => report.severity(Severity::Warning),
            false => report,
        };
        match names.as_slice() {
            [] => report.help(format!("Declare it: `serviceRefDeclarations: [{{name: {text}, …}}]`.")),
            names => report.help(format!("Declared are {}.", listed(names))).nearest(text, names.iter().copied()),
        };
    }
}

/// What the components of a chart's Clusters bind, up to 0.9 (legacy spec R34).
fn check_legacy(chart: &Chart, component: &Component<'_>, sink: &mut Sink) {
    let Some(names) = declared(component.node) else { return };
    let own = |cluster: &Document| chart.documents().iter().any(|document| std::ptr::eq(document, cluster));
    let items =
        component.uses.iter().filter(|(cluster, _)| own(cluster)).flat_map(|(_, item)| item.list("serviceRefs"));
    for name in items.filter_map(|item| item.get("name")).filter(|name| name.known()) {
        let Some(text) = name.text().filter(|text| !text.is_empty() && !names.contains(text)) else { continue };
        sink.report(&name, format!("component definition `{}` declares no service reference `{text}`", component.name))
            .severity(Severity::Warning)
            .why("KubeBlocks passes over it in silence.")
            .help(match names.is_empty() {
                true => "It declares none.".to_owned(),
                false => format!("Declared are {}.", listed(&names)),
            })
            .nearest(text, names.iter().copied());
    }
}

/// The service references that a definition declares; `None` where a name is open.
fn declared<'w>(definition: Node<'w>) -> Option<Vec<&'w str>> {
    definition.each("serviceRefDeclarations[].name").into_iter().map(Node::known_text).collect()
}
