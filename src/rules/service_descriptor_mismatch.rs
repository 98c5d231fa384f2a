//! See `service_descriptor_mismatch.md`.

use super::prelude::*;
use super::support::descriptors::may_fit;
use crate::model::cluster::{Cluster, Unit, units};
use crate::model::index::Object;
use crate::model::resolve::CLUSTER;
use crate::model::vars::vars;

pub(super) static RULE: Rule = Rule {
    name: "service-descriptor-mismatch",
    summary: "a ServiceDescriptor of another kind or version than the definition wants",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("service_descriptor_mismatch.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for unit in units(chart) {
        for bound in unit.template().into_iter().flat_map(|template| template.list("serviceRefs")) {
            check_bound(uses, unit, bound, sink);
        }
    }
    sink.each(Object::of_chart(chart, CLUSTER), |object, sink| {
        for unit in Cluster::of(object.document).into_iter().flat_map(Cluster::units) {
            for bound in unit.template().into_iter().flat_map(|template| template.list("serviceRefs")) {
                check_credentials(uses, unit, bound, sink);
            }
        }
    });
}

/// What variables require of a service reference, its descriptor has.
fn check_credentials<'w>(uses: &Uses<'w>, unit: Unit<'w>, bound: Node<'w>, sink: &mut Sink) {
    let (Some(descriptor), Some(name)) = (bound.get("serviceDescriptor"), bound.text_at("name")) else { return };
    let Some(site) = uses.world.index().site_at(descriptor).filter(|site| site.is_known()) else { return };
    let Some(definition) = uses.of_unit(unit) else { return };
    let found = uses.world.index().matches(&site);
    let Some(first) = found.first() else { return };
    for var in vars(definition.document) {
        let Some(source) = var.from("serviceRefVarRef").filter(|source| !source.is_optional()) else { continue };
        if source.name().and_then(Node::known_text) != Some(name) {
            continue;
        }
        let required = ["username", "password"].into_iter().filter_map(|part| Some((part, source.node.get(part)?)));
        for (part, option) in required.filter(|(_, option)| option.known_text() == Some("Required")) {
            let lacks = |object: &Object<'w>| {
                let whole = !object.chart.failed() && object.document.is_sound();
                let auth = object.root().and_then(|root| root.at("spec.auth"));
                whole && auth.is_none_or(|auth| auth.key(part).is_none() && auth.key("<<").is_none())
            };
            if !found.iter().all(lacks) {
                continue;
            }
            sink.report(
                &descriptor,
                format!("`{}` has no {part}, and `{name}` of `{}` needs one", site.text(), definition.name()),
            )
            .why(format!(
                "The variable `{}` requires it. The component is never built, and no event tells.",
                var.name()
            ))
            .help(format!("Give the descriptor `auth.{part}`, or make it `Optional` in the definition."))
            .related(&first.root().and_then(|root| root.get("spec")).map(Node::heading), "the descriptor")
            .related(&option, "required here");
        }
    }
}

/// One of the declaration's kinds and versions is the descriptor's (v1 spec R039, CMP-18).
fn check_bound<'w>(uses: &Uses<'w>, unit: Unit<'w>, bound: Node<'w>, sink: &mut Sink) {
    let (Some(descriptor), Some(name)) = (bound.get("serviceDescriptor"), bound.text_at("name")) else { return };
    let Some(site) = uses.world.index().site_at(descriptor).filter(|site| site.is_known()) else { return };
    let Some(definition) = uses.of_unit(unit) else { return };
    let declarations = definition.spec.list("serviceRefDeclarations");
    let declarations = declarations.filter(|declared| declared.text_at("name") == Some(name));
    let wanted: Vec<Node> = declarations.flat_map(|declared| declared.list("serviceRefDeclarationSpecs")).collect();
    let found = uses.world.index().matches(&site);
    let fits =
        |object: &Object<'w>| object.root().is_none_or(|root| wanted.iter().any(|wanted| may_fit(*wanted, root)));
    let Some(first) = found.first().filter(|_| !wanted.is_empty() && !found.iter().any(fits)) else { return };
    let Some(root) = first.root() else { return };
    let text = |node: Node<'w>, path| node.text_at(path).unwrap_or_default();
    let list =
        wanted.iter().map(|wanted| format!("`{}` `{}`", text(*wanted, "serviceKind"), text(*wanted, "serviceVersion")));
    let list: Vec<String> = list.collect();
    let (kind, version) = (text(root, "spec.serviceKind"), text(root, "spec.serviceVersion"));
    let report = sink
        .report(&descriptor, format!("`{}` describes `{kind}` `{version}`, not what `{name}` wants", site.text()))
        .why("The component is never built, and no event tells.")
        .help(format!(
            "Wanted is {}. (The version is an expression, found anywhere in the descriptor's.)",
            list.join(" or ")
        ))
        .related(&root.at("spec.serviceKind"), "the descriptor");
    report.related(&wanted.first().and_then(|wanted| wanted.get("serviceKind")), "the declaration");
}
