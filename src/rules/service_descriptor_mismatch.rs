//! See `service_descriptor_mismatch.md`.

use super::prelude::*;
use crate::model::cluster::{Unit, units};
use crate::model::index::Object;
use crate::model::pattern::{Mode, Pattern};

pub(super) static RULE: Rule = Rule {
    name: "service-descriptor-mismatch",
    summary: "a ServiceDescriptor of another kind or version than the definition wants",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("service_descriptor_mismatch.md"),
    check: Check::Linked(check),
};

/// Kinds that KubeBlocks knows by several names, and how such names begin.
const ALIASED: [(&str, &[&str]); 5] = [
    ("zookeeper", &["zk", "zoo"]),
    ("elasticsearch", &["es", "elastic"]),
    ("mongodb", &["mongo"]),
    ("postgresql", &["pg", "postgres"]),
    ("clickhouse", &["ck", "ch", "click"]),
];

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for unit in units(chart) {
        for bound in unit.template().into_iter().flat_map(|template| template.list("serviceRefs")) {
            check_bound(uses, unit, bound, sink);
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
        ));
    let report = match root.at("spec.serviceKind") {
        Some(place) => report.related(&place, "the descriptor"),
        None => report,
    };
    if let Some(place) = wanted.first().and_then(|wanted| wanted.get("serviceKind")) {
        report.related(&place, "the declaration");
    }
}

/// A descriptor is, or may be, what is wanted.
pub(super) fn may_fit(wanted: Node<'_>, descriptor: Node<'_>) -> bool {
    let nodes = [
        wanted.get("serviceKind"),
        wanted.get("serviceVersion"),
        descriptor.at("spec.serviceKind"),
        descriptor.at("spec.serviceVersion"),
    ];
    let texts = nodes.map(|node| node.filter(|node| node.known()).and_then(Node::text));
    let [Some(kind), Some(version), Some(own_kind), Some(own_version)] = texts else { return true };
    let (kind, own_kind) = (kind.to_lowercase(), own_kind.to_lowercase());
    let pattern = Pattern::new(Mode::ExactOrRegex, version);
    let same_version = own_version.contains(version) || pattern.matches(own_version);
    let unsure = pattern.is_unsure() || pattern.fault().is_some() || own_kind.is_empty() || own_version.is_empty();
    unsure || ((kind == own_kind || are_aliases(&kind, &own_kind)) && same_version)
}

/// Two names may be of one kind.
fn are_aliases(one: &str, other: &str) -> bool {
    ALIASED.iter().any(|(name, beginnings)| {
        let is = |kind: &str| kind == *name || beginnings.iter().any(|beginning| kind.starts_with(beginning));
        is(one) && is(other)
    })
}
