//! See `uncovered_service_version.md`.

use super::prelude::*;
use crate::diagnostic::listed;
use crate::model::definition::Definition;
use crate::model::backup::images_with;
use crate::model::index::Object;
use crate::model::pattern::{Mode, Pattern, version};
use crate::model::resolve::{BACKUP_POLICY_TEMPLATE, PARAMETERS_DEFINITION, Resolution, own_side, resolve};

pub(super) static RULE: Rule = Rule {
    name: "uncovered-service-version",
    summary: "a table of versions that leaves out one that Clusters can have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("uncovered_service_version.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for object in Object::of_chart(chart, BACKUP_POLICY_TEMPLATE.group, BACKUP_POLICY_TEMPLATE.kind) {
        let Some(spec) = spec_of(object) else { continue };
        for method in spec.list("backupMethods") {
            check_method(uses, chart, spec, method, sink);
        }
    }
    for object in Object::of_chart(chart, PARAMETERS_DEFINITION.group, PARAMETERS_DEFINITION.kind) {
        let Some(spec) = spec_of(object) else { continue };
        let definitions = own_definitions(uses, chart, &spec.each("componentDef"));
        // An image of its own is for all other versions.
        let tools = spec.each("reloadAction.shellTrigger.toolsSetup.toolConfigs[]").into_iter();
        for tool in tools.filter(|tool| tool.key("image").is_none()) {
            judge(uses, tool, "imageMappings", &definitions, "The tool has no image for this version.", sink);
        }
    }
}

/// A variable that a job's image is made of. (Others may be absent on purpose.)
fn check_method<'w>(uses: &Uses<'w>, chart: &Arc<Chart>, spec: Node<'w>, method: Node<'w>, sink: &mut Sink) {
    let Some(site) = method.get("actionSetName").and_then(|name| uses.world.index().site_at(name)) else { return };
    let Resolution::Found(sets) = resolve(uses.world, &site) else { return };
    let sets: Vec<Node> = sets.into_iter().filter_map(Object::root).collect();
    for variable in method.list("env") {
        let (Some(from), Some(name)) = (variable.get("valueFrom"), variable.text_at("name")) else { continue };
        let images: Vec<Node> = sets.iter().flat_map(|set| images_with(*set, name)).collect();
        if let Some(image) = images.first() {
            let definitions = own_definitions(uses, chart, &spec.each("compDefs[]"));
            let without = format!(
                "The variable `{name}` is left out for this version, and the image of the job stays `{}`: backups fail.",
                image.text().unwrap_or_default()
            );
            judge(uses, from, "versionMapping", &definitions, &without, sink);
        }
    }
}

/// The definitions of this side that some names take. (What a loose pattern takes elsewhere was not meant.)
fn own_definitions<'w>(uses: &Uses<'w>, chart: &Chart, names: &[Node<'w>]) -> Vec<Definition<'w>> {
    let sites = names.iter().filter_map(|name| uses.world.index().site_at(*name));
    let found = sites.flat_map(|site| match resolve(uses.world, &site) {
        Resolution::Found(found) => found,
        _ => Vec::new(),
    });
    let own = found.filter(|object| own_side(object.chart, chart) && !object.chart.failed());
    own.filter_map(|object| Definition::of(object.document)).collect()
}

fn spec_of(object: Object<'_>) -> Option<Node<'_>> {
    object.root()?.get("spec").filter(|_| object.document.tree.problems().is_empty())
}

/// Each version that the definitions offer is in the table: the whole text, or else as a pattern (v1 spec R147, R181).
fn judge<'w>(
    uses: &Uses<'w>,
    holder: Node<'w>,
    list: &str,
    definitions: &[Definition<'w>],
    without: &str,
    sink: &mut Sink,
) {
    let (Some(key), Some(table)) = (holder.key(list), holder.get(list)) else { return };
    let entries: Vec<Node> = table.items().flat_map(|row| row.list("serviceVersions").collect::<Vec<_>>()).collect();
    let patterns = entries.iter().map(|entry| entry.text().map(|text| Pattern::new(Mode::PrefixOrRegex, text)));
    let Some(patterns) = patterns.collect::<Option<Vec<_>>>() else { return };
    if entries.iter().any(|entry| !entry.known()) || patterns.iter().any(Pattern::is_unsure) {
        return;
    }
    let mut lacking: Vec<&str> = Vec::new();
    let mut owners: Vec<Definition> = Vec::new();
    for definition in definitions {
        let Some(offers) = uses.offers(*definition) else { return };
        let versions = offers.iter().filter_map(|offer| offer.version.text());
        let before = lacking.len();
        lacking.extend(versions.filter(|version| !patterns.iter().any(|pattern| pattern.matches(version))));
        if lacking.len() > before {
            owners.push(*definition);
        }
    }
    let Some(first) = owners.first() else { return };
    lacking.sort_by_cached_key(|text| (version(text), *text));
    lacking.dedup();
    let shown = listed(lacking.iter().take(3).copied());
    let message = match lacking.len() {
        0..=3 => format!("nothing here is for version {shown} of `{}`", first.name()),
        count => format!("nothing here is for version {shown} and {} more of `{}`", count - 3, first.name()),
    };
    let report = sink.report(&key, message).why(without).help("Add a row whose `serviceVersions` has it.");
    if let Some(place) = first.document.name() {
        report.related(&place, "the definition");
    }
}
