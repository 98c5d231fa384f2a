//! See `overlapping_backup_policies.md`.

use super::prelude::*;
use crate::model::index::Object;
use crate::model::resolve::{
    BACKUP_POLICY_TEMPLATE, COMPONENT_DEFINITION, OLD_POLICY_TEMPLATE, Resolution, own_side, resolve,
};
use crate::model::sites::Site;

pub(super) static RULE: Rule = Rule {
    name: "overlapping-backup-policies",
    summary: "two backup policies for one definition",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("overlapping_backup_policies.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    check_legacy(uses, chart, sink);
    for template in Object::of_chart(chart, BACKUP_POLICY_TEMPLATE) {
        let entries = template.root().map(|root| root.each("spec.compDefs[]")).unwrap_or_default();
        for entry in entries.into_iter().filter_map(|node| uses.world.index().site_at(node)) {
            check_entry(uses, template, &entry, sink);
        }
    }
}

/// v1 spec R182
fn check_entry<'w>(uses: &Uses<'w>, template: Object<'w>, entry: &Site<'w>, sink: &mut Sink) {
    let Resolution::Found(found) = resolve(uses.world, entry) else { return };
    let index = uses.world.index();
    let own = |site: &Site| std::ptr::eq(site.node.document, template.document);
    let both = found.iter().find_map(|definition| {
        let name = definition.name()?;
        let sites = index.sites_asking(COMPONENT_DEFINITION, name);
        let of_templates = sites.filter(|site| {
            site.field.kind == BACKUP_POLICY_TEMPLATE.kind && site.field.group == BACKUP_POLICY_TEMPLATE.group
        });
        let of_templates: Vec<Site> = of_templates.collect();
        let (before, after) = of_templates.split_at(of_templates.iter().position(own)?);
        // Of two in one chart the later one is told, of two charts each.
        let after = after.iter().filter(|site| !Arc::ptr_eq(site.chart, template.chart));
        let takes = |site: &&Site<'w>| site.is_known() && is_meant(site, definition);
        let other = before.iter().chain(after).copied().find(|site| takes(&site));
        Some((name, other?)).filter(|_| is_meant(entry, definition))
    });
    let Some((definition, theirs)) = both else { return };
    let name = theirs.node.document.name_text().unwrap_or_default();
    sink.report(&entry.node, format!("`{name}` is for `{definition}` too"))
        .why("A component gets its backup policy from one of the two, and nobody can say from which.")
        .help("Narrow one of the patterns.")
        .related(&theirs.node, format!("of `{name}`"));
}

/// What makes one of several templates the one with schedules, up to 0.9.
const DEFAULT: &str = "dataprotection.kubeblocks.io/is-default-policy-template";

/// Up to 0.9 templates name a cluster definition, and a policy is called after its component and the template's
/// `identifier` (legacy spec LC-145).
fn check_legacy<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let all = uses.world.index().objects(OLD_POLICY_TEMPLATE);
    let all: Vec<(Object, Node)> = all
        .filter_map(|object| {
            let spec = object.root()?.get("spec").filter(|_| object.document.is_sound())?;
            let definition = spec.get("clusterDefinitionRef").filter(|name| name.known() && name.text().is_some())?;
            Some((object, definition))
        })
        .collect();
    let spec = |object: &Object<'w>| object.root().and_then(|root| root.get("spec"));
    let text = |object: &Object<'w>, path| spec(object).and_then(|spec| spec.text_at(path)).unwrap_or_default();
    let components = |object: &Object<'w>| {
        spec(object).map(|spec| spec.each("backupPolicies[].componentDefRef")).unwrap_or_default()
    };
    for (at, (template, definition)) in
        all.iter().enumerate().filter(|(_, (object, _))| Arc::ptr_eq(object.chart, chart))
    {
        // One of the same name is the same template, of another release or for other values.
        let of_same = all.iter().enumerate().filter(|(other, (object, theirs))| {
            *other != at && theirs.text() == definition.text() && object.name() != template.name()
        });
        let others: Vec<(usize, &Object)> = of_same.map(|(other, (object, _))| (other, object)).collect();
        let earlier = others.iter().filter(|(other, object)| *other < at || !Arc::ptr_eq(object.chart, chart));
        let same = earlier.clone().filter(|(_, other)| text(other, "identifier") == text(template, "identifier"));
        let both = same.into_iter().find_map(|(_, other)| {
            let theirs = components(other);
            let own = components(template)
                .into_iter()
                .find(|own| theirs.iter().any(|t| t.text().is_some() && t.text() == own.text()));
            Some((other, own?))
        });
        if let Some((other, own)) = both.filter(|(_, own)| own.known()) {
            let (component, name) = (own.text().unwrap_or_default(), other.name().unwrap_or_default());
            let report = sink
                .report(&own, format!("`{name}` is for `{component}` too, with the same `identifier`"))
                .why("The policies of both get one name, so only the first of them is made.")
                .help("Give one of the templates an `identifier` of its own.");
            report.related(&other.document.name(), "the other template");
            continue;
        }
        let mark = |object: &Object<'w>| object.root()?.at("metadata.annotations")?.get(DEFAULT);
        let chosen = others.iter().map(|(_, other)| *other).chain([template]).any(|object| {
            object.chart.failed() || mark(object).is_some_and(|mark| !mark.known() || mark.text() == Some("true"))
        });
        if let Some((_, first)) = earlier.into_iter().next().filter(|_| !chosen) {
            let report = sink
                .report(definition, format!("none of the {} templates of `{}` is the default one", others.len() + 1, definition.text().unwrap_or_default()))
                .why("Of several templates only the one that is marked as the default brings its schedules: here none does.")
                .help(format!("Write the annotation `{DEFAULT}: \"true\"` at one of them."));
            report.related(&first.document.name(), "another template");
        }
    }
}

/// The pattern takes it from the beginning, in a chart of its side. (Else `loose-pattern` speaks.)
fn is_meant(site: &Site<'_>, definition: &Object<'_>) -> bool {
    let beginning = site.pattern().literal_beginning();
    definition.name().is_some_and(|name| name.starts_with(&beginning)) && own_side(definition.chart, site.chart)
}
