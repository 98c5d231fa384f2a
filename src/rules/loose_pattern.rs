//! See `loose_pattern.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::pattern::{Mode, Pattern, family, quote_dots};
use crate::model::resolve::{Resolution, own_side, resolve};
use crate::model::sites::{Class, Site};

pub(super) static RULE: Rule = Rule {
    name: "loose-pattern",
    summary: "a pattern that also matches definitions of another kind of engine",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("loose_pattern.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let sites = uses.world.index().sites_of(chart);
    let sites = sites.filter(|site| site.field.mode != Mode::Exact && site.field.class != Class::Live);
    sink.each(sites, |site, sink| {
        let Resolution::Found(found) = resolve(uses.world, &site) else { return };
        let mut families: Vec<String> = found.iter().filter_map(|object| object.name()).map(family).collect();
        families.sort_unstable();
        families.dedup();
        if families.len() > 1 {
            check_site(uses, &site, &found, sink);
        }
    });
}

fn check_site<'w>(uses: &Uses<'w>, site: &Site<'w>, found: &[Object<'w>], sink: &mut Sink) {
    let pattern = site.pattern();
    let foreign: Vec<&Object> =
        found.iter().filter(|object| is_foreign(site, &pattern, object) && counts(uses, site, object)).collect();
    let Some(first) = foreign.first() else { return };
    let (name, chart) = (first.name().unwrap_or_default(), first.chart.name());
    // A Cluster's field takes no expressions.
    let severity = if site.field.kind == "Cluster" { Severity::Info } else { Severity::Warning };
    let mut report = sink
        .report(&site.node, format!("`{}` also matches `{name}` (chart `{chart}`)", site.text()))
        .severity(severity)
        .why("A pattern is taken as the beginning of a name, and an expression is looked for anywhere in it.");
    for object in foreign.iter().take(3) {
        report =
            report.related(&object.document.name(), format!("`{}` matches too", object.name().unwrap_or_default()));
    }
    let tight = format!("^{}", quote_dots(site.text().trim_start_matches('^')));
    let tightened = Pattern::new(site.field.mode, &tight);
    let takes = |object: &Object| object.name().is_some_and(|name| tightened.matches(name));
    let keeps = found.iter().all(|object| takes(object) != foreign.iter().any(|f| std::ptr::eq(*f, object)));
    if keeps && pattern.is_regex() {
        report.help("`^` at its start ties it to the beginning of the name.").replace(
            format!("Replace by `{tight}`"),
            Safety::Safe,
            tight,
        );
    } else {
        report.help("Write more of the name, or what has to follow: `^name-\\d`.");
    }
}

/// Nobody who wrote the pattern had this one in mind: it is found in the middle of the name, or a plain beginning takes
/// another family from a chart that has nothing to do with this one.
fn is_foreign(site: &Site<'_>, pattern: &Pattern<'_>, object: &Object<'_>) -> bool {
    let Some(name) = object.name() else { return false };
    if pattern.is_regex() {
        let beginning = pattern.literal_beginning();
        // An alternative has no beginning of its own.
        return !site.text().contains('|') && !name.starts_with(&beginning);
    }
    // Manifests that lie side by side are of one author.
    let loose = object.chart.package().is_none() || site.chart.package().is_none();
    !loose && !own_side(object.chart, site.chart) && family(name) != family(site.text())
}

/// Variables ask components of one Cluster, so only definitions of a common topology get in each other's way.
fn counts<'w>(uses: &Uses<'w>, site: &Site<'w>, object: &Object<'w>) -> bool {
    if !site.field.path.starts_with("spec.vars[]") {
        return true;
    }
    let owner = Definition::current(site.node.document);
    let other = Definition::current(object.document);
    owner.zip(other).is_some_and(|(owner, other)| uses.share_topology(owner, other))
}
