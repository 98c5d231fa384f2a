//! When a name of a definition is wrong: found, missing, or elsewhere (rules spec §2).
//!
//! Nothing in another chart that is not in view is ever called missing: a reason is needed to believe that the owner of
//! a name is here.

use std::sync::Arc;

use super::index::Object;
use super::object::Node;
use crate::diagnostic::edit_distance;
use crate::world::{Chart, World};

/// A kind of object that can be referred to by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// API group; empty for the core one.
    pub group: &'static str,
    pub kind: &'static str,
}

pub const CONFIG_MAP: Target = Target { group: "", kind: "ConfigMap" };
pub const CONFIG_CONSTRAINT: Target = Target { group: super::legacy::APPS, kind: "ConfigConstraint" };
pub const CLUSTER_DEFINITION: Target = Target { group: super::legacy::APPS, kind: "ClusterDefinition" };
pub const CLUSTER_VERSION: Target = Target { group: super::legacy::APPS, kind: "ClusterVersion" };
pub const ACTION_SET: Target = Target { group: "dataprotection.kubeblocks.io", kind: "ActionSet" };
pub const BACKUP_TOOL: Target = Target { group: "dataprotection.kubeblocks.io", kind: "BackupTool" };

/// The answer.
pub enum Resolution<'w> {
    /// The objects of that name, the nearest chart's first.
    Found(Vec<Object<'w>>),
    /// Nothing has that name, though its owner is in view; all names of the kind on the own side.
    Missing(Vec<&'w str>),
    /// It may well be somewhere that is not in view.
    Elsewhere,
}

/// Looks for the object of a kind that `site`, a name in a document of `chart`, names.
pub fn resolve<'w>(world: &'w World, chart: &'w Chart, site: Node<'w>, target: Target) -> Resolution<'w> {
    resolve_with(world, chart, None, site, target)
}

/// As [`resolve`], where the object has to be one of those that come with the chart `owner`: the versions of a
/// definition.
pub fn resolve_with<'w>(
    world: &'w World,
    chart: &'w Chart,
    owner: Option<&'w Chart>,
    site: Node<'w>,
    target: Target,
) -> Resolution<'w> {
    let Some(name) = site.text().filter(|name| !name.is_empty() && site.known()) else { return Resolution::Elsewhere };
    let all: Vec<Object> = world.index().candidates(chart, target.group, target.kind).collect();
    let of_release = site.names_release();
    let same = |candidate: &&Object<'w>| {
        let named = candidate.document.name().and_then(Node::text) == Some(name);
        // Two charts are two releases.
        named && (!of_release || std::ptr::eq(&**candidate.chart, chart) || own_side(candidate.chart, chart))
    };
    let mut found: Vec<Object> = all.iter().filter(same).copied().collect();
    if !found.is_empty() {
        found.sort_by_key(|candidate| distance(candidate.chart, chart));
        return Resolution::Found(found);
    }
    let own_side = |other: &Chart| own_side(other, chart) || owner.is_some_and(|owner| own_side(other, owner));
    let side: Vec<&Object> = all.iter().filter(|candidate| own_side(candidate.chart)).collect();
    let failed = world.charts.values().any(|other| {
        let family = other.name().trim_end_matches("-cluster");
        other.failed() && (own_side(other) || (!family.is_empty() && name.starts_with(family)))
    });
    let unsure = dormant(world, &own_side, target) || listed(world, name, target);
    if failed || of_release || unsure || all.iter().any(|c| !is_known(c)) {
        return Resolution::Elsewhere;
    }
    if owned(name, target, &all, &side) {
        let names = side.iter().filter_map(|candidate| candidate.document.name()?.text());
        return Resolution::Missing(names.collect());
    }
    Resolution::Elsewhere
}

fn is_known(candidate: &Object<'_>) -> bool {
    candidate.document.name().is_some_and(Node::known)
}

/// There is reason to believe that whoever defines `name` is in view.
fn owned(name: &str, target: Target, all: &[Object<'_>], side: &[&Object<'_>]) -> bool {
    if target == CONFIG_MAP && !side.is_empty() {
        return true;
    }
    let wanted = family(name);
    if wanted.is_empty() {
        return false;
    }
    let first = |family: &str| family.split('-').next().unwrap_or_default().to_owned();
    let family_of = |candidate: &Object| family(candidate.document.name().and_then(Node::text).unwrap_or_default());
    let near = match wanted.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    all.iter().any(|candidate| edit_distance(&family_of(candidate), &wanted) <= near)
        || side.iter().any(|candidate| first(&family_of(candidate)) == first(&wanted))
}

/// The literal beginning of a name without its version: `mysql-8.0-1.2.0` → `mysql`.
pub fn family(name: &str) -> String {
    let mut kept = Vec::new();
    for segment in name.split(['-', '.']) {
        if segment.starts_with(|c: char| c.is_ascii_digit()) {
            break;
        }
        kept.push(segment);
    }
    kept.join("-")
}

/// `other` is the chart itself, one of its dependencies, or its partner: `X` and `X-cluster`.
pub fn own_side(other: &Chart, chart: &Chart) -> bool {
    if std::ptr::eq(other, chart) {
        return true;
    }
    let depends = chart.files.keys().any(|file| other.files.contains_key(file));
    let (a, b) = (other.name(), chart.name());
    let named = a.strip_suffix("-cluster") == Some(b) || b.strip_suffix("-cluster") == Some(a);
    let folder = |chart: &Chart| chart.root.file_name().map(str::to_owned);
    let above = |chart: &Chart| chart.root.parent().and_then(|p| p.file_name()).map(str::to_owned).unwrap_or_default();
    let beside = folder(other) == folder(chart)
        && other.root.parent().and_then(|p| p.parent()) == chart.root.parent().and_then(|p| p.parent())
        && (above(other).ends_with("-cluster") != above(chart).ends_with("-cluster"));
    // A library that both depend on does not make them partners.
    (depends
        && other.package().is_some_and(|package| chart.root != package.root && chart.root.starts_with(&package.root)))
        || named
        || beside
}

/// How far a chart is: itself, its own side, others.
fn distance(other: &Chart, chart: &Chart) -> u8 {
    if std::ptr::eq(other, chart) {
        0
    } else if own_side(other, chart) {
        1
    } else {
        2
    }
}

/// Some template of the own side holds objects of this kind, and rendered none with these values.
fn dormant(world: &World, own_side: &dyn Fn(&Chart) -> bool, target: Target) -> bool {
    let line = format!("kind: {}", target.kind);
    let side = world.charts.values().filter(|other| own_side(other)).map(Arc::as_ref);
    side.into_iter().any(|other| {
        let Some(package) = other.package() else { return false };
        let templates = package.files.iter().filter(|(path, _)| path.starts_with("templates"));
        templates.into_iter().any(|(_, source)| {
            let written = source.text.lines().filter(|text| text.trim() == line).count();
            let rendered = other
                .documents()
                .iter()
                .filter(|d| d.rendered.source.id == source.id && d.kind() == Some(target.kind))
                .count();
            written > rendered
        })
    })
}

/// A list (`ConfigMapList`, or a `List` of anything) holds an object of this kind and name, or of a name nobody knows.
fn listed(world: &World, name: &str, target: Target) -> bool {
    let of_kind = format!("{}List", target.kind);
    let index = world.index();
    let own = index.objects(target.group, &of_kind).flat_map(|list| list.document.root());
    let own = own.flat_map(|root| root.list("items"));
    let any = index.objects("", "List").flat_map(|list| list.document.root());
    let any = any.flat_map(|root| root.list("items")).filter(|item| item.text_at("kind") == Some(target.kind));
    own.chain(any).any(|item| item.at("metadata.name").is_none_or(|found| found.text() == Some(name) || !found.known()))
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn families() {
        for (name, expected) in [
            ("mysql-8.0-1.2.0", "mysql"),
            ("tidedb-1.4.2", "tidedb"),
            ("redis-sentinel", "redis-sentinel"),
            ("8.0", ""),
            ("ac-mysql-8.0.30", "ac-mysql"),
        ] {
            assert_eq!(family(name), expected);
        }
    }
}
