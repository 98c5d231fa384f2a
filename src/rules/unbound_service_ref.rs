//! See `unbound_service_ref.md`.

use super::prelude::*;
use super::support::descriptors::may_fit;
use crate::diagnostic::{Fix, Safety, nearest};
use crate::model::cluster::{Unit, units};
use crate::model::index::Object;
use crate::model::lines;
use crate::model::resolve::SERVICE_DESCRIPTOR;

pub(super) static RULE: Rule = Rule {
    name: "unbound-service-ref",
    summary: "a service that a definition needs and a Cluster does not give",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unbound_service_ref.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for unit in units(chart) {
        check_unit(uses, unit, sink);
    }
}

/// What is declared and not optional has to be bound (v1 spec R038, CMP-15).
fn check_unit<'w>(uses: &Uses<'w>, unit: Unit<'w>, sink: &mut Sink) {
    let Some(template) = unit.template() else { return };
    let bound: Vec<Node> = template.list("serviceRefs").filter_map(|bound| bound.get("name")).collect();
    if bound.iter().any(|name| !name.known()) {
        return;
    }
    let Some(definition) = uses.of_unit(unit) else { return };
    let declared: Vec<Node> = definition.spec.list("serviceRefDeclarations").collect();
    let names: Vec<&str> = declared.iter().filter_map(|declared| declared.text_at("name")).collect();
    for declaration in &declared {
        let Some(name) = declaration.get("name").filter(|name| name.known()) else { continue };
        let Some(text) = name.text().filter(|text| !bound.iter().any(|bound| bound.text() == Some(text))) else {
            continue;
        };
        if declaration.get("optional").is_some_and(|optional| optional.text() != Some("false")) {
            continue;
        }
        // A slip is told where it stands.
        let unknown = bound.iter().filter(|bound| bound.text().is_some_and(|bound| !names.contains(&bound)));
        let slip = unknown.copied().find(|bound| bound.text().is_some_and(|bound| nearest(bound, [text]).is_some()));
        let Some(place) = slip.or_else(|| template.key("serviceRefs")).or_else(|| unit.name()) else { continue };
        let report = sink
            .report(
                &place,
                format!("`{}` needs the service reference `{text}`, and nothing is bound to it", definition.name()),
            )
            .why("The component is never built, and no event tells.")
            .help(format!(
                "Bind each of {} below `serviceRefs`, or mark the declaration as `optional`.",
                listed(&names)
            ))
            .related(&name, "declared here");
        if let Some(slip) = slip.and_then(Node::text) {
            report.nearest(slip, [text]);
        } else if let Some(fix) = bind(uses, unit, *declaration, text) {
            report.fix(fix);
        }
    }
}

/// Binds the reference to the only ServiceDescriptor in view that fits it. Which Cluster may be meant nobody knows.
fn bind<'w>(uses: &Uses<'w>, unit: Unit<'w>, declaration: Node<'w>, name: &str) -> Option<Fix> {
    let index = uses.world.index();
    let fits = |object: &Object<'w>| {
        let root = object.root();
        root.is_some_and(|root| declaration.list("serviceRefDeclarationSpecs").any(|wanted| may_fit(wanted, root)))
    };
    let mut descriptors = index.objects(SERVICE_DESCRIPTOR).filter(fits);
    let (Some(only), None) = (descriptors.next(), descriptors.next()) else { return None };
    let descriptor = only.document.known_name()?;
    let chart = index.chart_of(unit.node.document)?;
    let template = unit.template()?;
    let item = format!("- name: {name}\n  serviceDescriptor: {descriptor}");
    let edit = match template.get("serviceRefs") {
        Some(list) => lines::put_item(chart, list, &item)?,
        None if template.key("serviceRefs").is_some() => return None,
        None => lines::put_entry(chart, template, &format!("serviceRefs:\n{}", lines::indented(&item, 2)))?,
    };
    Some(Fix { title: format!("Bind it to `{descriptor}`"), safety: Safety::Unsafe, edits: vec![edit] })
}
