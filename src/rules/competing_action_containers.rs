//! See `competing_action_containers.md`.

use super::prelude::*;
use crate::model::admission;
use crate::model::definition::{Action, Definition, actions};
use crate::model::resolve::{SHARDING_DEFINITION, is_of};
use crate::schema::release::{Release, ReleaseSet};
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "competing-action-containers",
    summary: "actions of one component that want to run in different containers or images",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("competing_action_containers.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        if let Some(definition) = Definition::current(document) {
            let releases = ReleaseSet::ALL;
            FIELDS.iter().for_each(|field| judge(&of_definition(definition, field), Where { field, releases }, sink));
        } else if is_of(document, SHARDING_DEFINITION) && document.is_sound() {
            let targets = admission::targets(world::schemas(), chart.promised(), document);
            let releases = targets.map_or(ReleaseSet::NONE, |targets| targets.releases.and(shared()));
            let spec = document.spec().filter(|_| !releases.is_empty());
            spec.into_iter().for_each(|spec| check_sharding(uses, spec, releases, sink));
        }
    });
}

/// The releases in which the agents of shards run the actions of the ShardingDefinition too: a Component has had
/// `customActions` for them since 1.1.
fn shared() -> ReleaseSet {
    Release::ALL.into_iter().filter(|release| *release >= Release::V1_1).collect()
}

/// Fields of `exec` that all actions share.
const FIELDS: [&str; 2] = ["container", "image"];

/// What is judged: one of the fields, in the releases where it is shared.
#[derive(Clone, Copy)]
struct Where<'f> {
    field: &'f str,
    releases: ReleaseSet,
}

/// What an action says in such a field.
struct Wish<'w> {
    action: &'w str,
    node: Node<'w>,
    text: &'w str,
}

/// Of containers that are not there `unknown-action-container` speaks.
fn is_there(definition: Definition, name: &str) -> bool {
    definition.containers().any(|container| container.text_at("name") == Some(name))
}

fn wishes<'w>(actions: impl Iterator<Item = Action<'w>>, field: &str) -> Vec<Wish<'w>> {
    let wish = |action: Action<'w>| {
        let node = action.exec()?.get(field).filter(|node| node.known())?;
        Some(Wish { action: action.name(), node, text: node.text().filter(|text| !text.is_empty())? })
    };
    actions.filter_map(wish).collect()
}

fn of_definition<'w>(definition: Definition<'w>, field: &str) -> Vec<Wish<'w>> {
    let mut found = wishes(definition.agent_actions(), field);
    found.retain(|wish| field == "image" || is_there(definition, wish.text));
    found
}

/// All wishes of one list are the same.
fn judge(wishes: &[Wish], at: Where, sink: &mut Sink) {
    let Some(first) = wishes.first() else { return };
    wishes.iter().filter(|wish| wish.text != first.text).for_each(|wish| report(wish, first, at, false, sink));
}

fn report(wish: &Wish, first: &Wish, Where { field, releases }: Where, partly: bool, sink: &mut Sink) {
    let severity = if partly { Severity::Warning } else { Severity::Error };
    let (owner, text) = (first.action, first.text);
    let report = sink.report(&wish.node, format!("the actions of one component must all name the same {field}"))
        .severity(severity)
        .why(format!(
            "One agent runs all of them, and `{owner}` names `{text}`. The component is never built, and no event tells: \
             `only one exec {field} is allowed in lifecycle actions`."
        ))
        .related(&first.node, format!("`{owner}` names `{text}`"));
    if releases != ReleaseSet::ALL {
        report.releases(releases.iter().map(Release::name));
    }
}

/// The agent of each shard runs the actions of the ShardingDefinition, too (v1 spec R027).
fn check_sharding<'w>(uses: &Uses<'w>, spec: Node<'w>, releases: ReleaseSet, sink: &mut Sink) {
    let definitions = spec.at("template.compDef").and_then(|node| uses.of_node(node));
    for field in FIELDS {
        let mut own = wishes(actions(spec), field);
        let has = |name: &str| definitions.iter().flatten().any(|definition| is_there(*definition, name));
        own.retain(|wish| field == "image" || definitions.is_none() || has(wish.text));
        judge(&own, Where { field, releases }, sink);
        let (Some(wish), Some(definitions)) = (own.first(), &definitions) else { continue };
        let firsts = definitions.iter().map(|definition| of_definition(*definition, field).into_iter().next());
        let against: Vec<Wish> = firsts.flatten().filter(|first| first.text != wish.text).collect();
        if let Some(first) = against.first() {
            report(wish, first, Where { field, releases }, against.len() < definitions.len(), sink);
        }
    }
}
