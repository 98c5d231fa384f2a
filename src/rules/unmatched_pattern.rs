//! See `unmatched_pattern.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::index::Object;
use crate::model::lines;
use crate::model::pattern::as_written;
use crate::model::resolve::{CLUSTER_VERSION, Resolution, resolve};
use crate::model::sites::{Class, Site};

pub(super) static RULE: Rule = Rule {
    name: "unmatched-pattern",
    summary: "an entry of a list that matches no definition",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unmatched_pattern.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let world = uses.world;
    let sites = world.index().sites_of(chart).filter(|site| site.field.class == Class::Listed);
    sink.each(sites, |site, sink| {
        // Other entries may do the work, and a loose manifest may be meant for definitions of another release. A row for a
        // version that is gone hurts nobody.
        let row = site.field.target == CLUSTER_VERSION;
        let mild = row || others_match(world, &site) || site.chart.package().is_none();
        let severity = if mild { Severity::Info } else { Severity::Warning };
        let kind = site.field.target.kind;
        let message = format!("`{}` matches no {kind} of this workspace", site.text());
        match resolve(world, &site) {
            _ if site.pattern().fault().is_some() => {}
            Resolution::Missing(objects) => {
                // A pattern that values.yaml gives is wrong there.
                let value = site.node.place().and_then(|place| place.value);
                let value = value.map(|value| chart.within(value, site.text()).unwrap_or(value));
                let report = match &value {
                    Some(value) => sink.report(value, message).related(&site.node, "it is used here"),
                    None => sink.report(&site.node, message),
                };
                let names = as_written(site.text(), objects.iter().copied().filter_map(Object::name));
                let alone = site.node.parent().is_none_or(|list| list.items().count() == 1);
                let report = report.offer(
                    "Remove the entry",
                    Safety::Unsafe,
                    lines::removed_item(chart, site.node).filter(|_| !alone && value.is_none()),
                );
                report
                    .severity(severity)
                    .why(site.field.without)
                    .help("If it is kept for Clusters of an earlier release, allow it with a reason.")
                    .nearest(site.text(), names.iter().map(String::as_str));
            }
            Resolution::Dormant(written) => {
                sink.report(&site.node, message)
                    .severity(Severity::Info)
                    .why(site.field.without)
                    .related(&written, "defined here, but not rendered with these values");
            }
            Resolution::Found(_) | Resolution::Elsewhere | Resolution::Open => {}
        }
    });
}

/// Another entry of the same list takes some object.
fn others_match(world: &World, site: &Site<'_>) -> bool {
    let entries = site.node.parent().into_iter().flat_map(Node::items);
    let mut others = entries.filter(|entry| *entry != site.node).filter_map(|entry| world.index().site_at(entry));
    others.any(|other| !world.index().matches(&other).is_empty())
}
