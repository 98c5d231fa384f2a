//! See `uncovered_service_version.md`.

use super::prelude::*;
use crate::model::backup::{Policy, images_of, images_with, own_value, policies};
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::pattern::{Mode, Pattern, family, version};
use crate::model::resolve::{
    BACKUP_POLICY_TEMPLATE, CLUSTER_VERSION, COMPONENT_DEFINITION, OLD_POLICY_TEMPLATE, PARAMETERS_DEFINITION,
    Resolution, own_side, resolve,
};

pub(super) static RULE: Rule = Rule {
    name: "uncovered-service-version",
    summary: "a table of versions that leaves out one that Clusters can have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("uncovered_service_version.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for object in Object::of_chart(chart, BACKUP_POLICY_TEMPLATE) {
        let Some(spec) = spec_of(object) else { continue };
        for method in spec.list("backupMethods") {
            check_method(uses, chart, spec, method, sink);
        }
    }
    for object in Object::of_chart(chart, OLD_POLICY_TEMPLATE) {
        let definition = spec_of(object).and_then(|spec| spec.text_at("clusterDefinitionRef"));
        for method in policies(object.document).into_iter().flat_map(Policy::methods).filter(|_| definition.is_some()) {
            check_mapping(uses, chart, definition, method, sink);
        }
        for policy in policies(object.document) {
            policy.methods().for_each(|method| check_definitions(uses, chart, policy, method, sink));
        }
    }
    for object in Object::of_chart(chart, PARAMETERS_DEFINITION) {
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
    let sets = uses.action_sets(method).into_iter().filter_map(Object::root).collect::<Vec<_>>();
    for variable in method.list("env") {
        let (Some(from), Some(name)) = (variable.get("valueFrom"), variable.text_at("name")) else { continue };
        let images: Vec<Node> = sets.iter().flat_map(|set| images_with(*set, name)).collect();
        if let Some(image) = images.first() {
            let definitions = own_definitions(uses, chart, &spec.each("compDefs[]"));
            let without = without_image(name, *image);
            judge(uses, from, "versionMapping", &definitions, &without, sink);
        }
    }
}

/// Up to 0.9 the rows are for ClusterVersions, by their whole names (legacy spec R32).
fn check_mapping<'w>(uses: &Uses<'w>, chart: &Chart, definition: Option<&str>, method: Node<'w>, sink: &mut Sink) {
    let sets = uses.action_sets(method).into_iter().filter_map(Object::root).collect::<Vec<_>>();
    for variable in method.list("envMapping") {
        let (Some(from), Some(name)) = (variable.get("valueFrom"), variable.text_at("key")) else { continue };
        let image = sets.iter().flat_map(|set| images_with(*set, name)).next();
        let (Some(image), Some(key)) = (image, from.key("clusterVersionRef")) else { continue };
        let rows = from.each("clusterVersionRef[].names[]");
        let versions = uses.world.index().objects(CLUSTER_VERSION).filter(|version| own_side(version.chart, chart));
        let versions = versions.filter(|version| version.cluster_definition() == definition);
        let names: Vec<Node> = versions.filter_map(|version| version.document.name()).collect();
        if rows.iter().chain(&names).any(|name| !name.known()) {
            continue;
        }
        let lacking = names.iter().filter(|name| !rows.iter().any(|row| row.text() == name.text()));
        let lacking: Vec<&Node> = lacking.collect();
        if let Some(first) = lacking.first() {
            let shown = listed(lacking.iter().take(3).filter_map(|name| name.text()));
            sink.report(&key, format!("nothing here is for {shown}"))
                .why(without_image(name, image))
                .help("Add it to the `names` of a row.")
                .related(*first, "the ClusterVersion");
        }
    }
}

/// In 0.9 rows may be for ComponentDefinitions.
fn check_definitions<'w>(uses: &Uses<'w>, chart: &Arc<Chart>, policy: Policy<'w>, method: Node<'w>, sink: &mut Sink) {
    let sets = uses.action_sets(method).into_iter().filter_map(Object::root).collect::<Vec<_>>();
    let taken = own_objects(uses, chart, &policy.node.each("componentDefs[]"));
    let all: Vec<Object> = Object::of_chart(chart, COMPONENT_DEFINITION).collect();
    for variable in method.list("envMapping") {
        let (Some(from), Some(name)) = (variable.get("valueFrom"), variable.text_at("key")) else { continue };
        let image = sets.iter().flat_map(|set| images_of(*set, name)).next();
        let (Some(image), Some(key)) = (image, from.key("componentDef")) else { continue };
        let own = sets.iter().find_map(|set| own_value(*set, name));
        let Some(rows) = patterns(&from.each("componentDef[].names[]")) else { continue };
        let has_row = |object: &&Object| object.name().is_none_or(|name| rows.iter().any(|row| row.matches(name)));
        let (_, lacking): (Vec<&Object>, Vec<&Object>) = taken.iter().partition(has_row);
        let (lacking, severity) = match (lacking.is_empty(), own) {
            (false, None) => (lacking, Severity::Warning),
            // The ActionSet's own value may be meant for all others.
            (false, Some(_)) => continue,
            (true, _) => (siblings(&all, &taken, has_row), Severity::Info),
        };
        let mut names: Vec<&str> = lacking.iter().filter_map(|object| object.name()).collect();
        names.sort_unstable();
        names.dedup();
        if let Some(place) = lacking.first().and_then(|object| object.document.name()) {
            sink.report(&key, format!("nothing here is for {}", listed(&names)))
                .severity(severity)
                .why(match own {
                    Some(_) => {
                        format!("For this one `{name}` would be what the ActionSet says, whatever its version is.")
                    }
                    None => without_image(name, image),
                })
                .help(match severity {
                    Severity::Info => "There are rows for its siblings, which the policy does not take either.",
                    _ => "Add it to the `names` of a row.",
                })
                .related(&place, "the ComponentDefinition");
        }
    }
}

/// What has no row while a sibling has one, though the policy takes neither: whoever wrote the rows meant them all.
fn siblings<'o, 'w>(
    all: &'o [Object<'w>],
    taken: &[Object<'w>],
    has_row: impl Fn(&&Object<'w>) -> bool,
) -> Vec<&'o Object<'w>> {
    let is_taken = |object: &Object| taken.iter().any(|taken| taken.name() == object.name());
    let (with, without): (Vec<&Object>, Vec<&Object>) =
        all.iter().filter(|object| !is_taken(object)).partition(has_row);
    let family_of = |object: &Object<'w>| family(object.name().unwrap_or_default());
    without.into_iter().filter(|object| with.iter().any(|sibling| family_of(sibling) == family_of(object))).collect()
}

fn without_image(variable: &str, image: Node<'_>) -> String {
    let image = image.text().unwrap_or_default();
    format!(
        "The variable `{variable}` is left out for this version, and the image of the job stays `{image}`: backups fail."
    )
}

/// The definitions of this side that some names take.
fn own_definitions<'w>(uses: &Uses<'w>, chart: &Chart, names: &[Node<'w>]) -> Vec<Definition<'w>> {
    own_objects(uses, chart, names).into_iter().filter_map(|object| Definition::current(object.document)).collect()
}

/// What a loose pattern takes elsewhere was not meant.
fn own_objects<'w>(uses: &Uses<'w>, chart: &Chart, names: &[Node<'w>]) -> Vec<Object<'w>> {
    let sites = names.iter().filter_map(|name| uses.world.index().site_at(*name));
    let found = sites.flat_map(|site| match resolve(uses.world, &site) {
        Resolution::Found(found) => found,
        _ => Vec::new(),
    });
    found.filter(|object| own_side(object.chart, chart) && !object.chart.failed()).collect()
}

/// The patterns of all entries; `None` where one of them is open.
fn patterns<'w>(entries: &[Node<'w>]) -> Option<Vec<Pattern<'w>>> {
    let known = entries.iter().map(|entry| entry.known_text());
    let patterns =
        known.map(|text| Some(Pattern::new(Mode::PrefixOrRegex, text?)).filter(|pattern| !pattern.is_unsure()));
    patterns.collect()
}

fn spec_of(object: Object<'_>) -> Option<Node<'_>> {
    object.root()?.get("spec").filter(|_| object.document.is_sound())
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
    let Some(patterns) = patterns(&entries) else { return };
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
    report.related(&first.document.name(), "the definition");
}
