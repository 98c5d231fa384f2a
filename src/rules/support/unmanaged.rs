//! Configs that wait for an object that manages them.

use crate::diagnostic::edit_distance;
use crate::model::admission;
use crate::model::definition::Definition;
use crate::model::parameters::{Manager, managed_in, managers};
use crate::model::pattern::family;
use crate::model::resolve::own_side;
use crate::rules::prelude::*;
use crate::schema::release::{Release, ReleaseSet};
use crate::world;

/// A config that waits for an object that manages it, and there is none (v1 spec R011).
pub(in crate::rules) struct Unmanaged<'w> {
    pub definition: Definition<'w>,
    pub name: Node<'w>,
    /// The releases in which nothing does.
    pub releases: ReleaseSet,
    /// In other releases something does.
    pub partly: bool,
    /// A name is wrong in what should manage it, and other rules tell.
    pub slip: bool,
}

/// All such configs of a chart's definitions.
pub(in crate::rules) fn unmanaged<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>) -> Vec<Unmanaged<'w>> {
    let mut external = Vec::new();
    for definition in chart.documents().iter().filter_map(Definition::current) {
        let configs = definition.spec.list("configs").chain(definition.spec.list("scripts"));
        let managed = configs.filter(|config| config.text_at("externalManaged") == Some("true"));
        let names = managed.filter_map(|config| config.get("name")).filter(|name| name.known());
        external.extend(names.map(|name| (definition, name)));
    }
    if external.is_empty() || uses.world.index().side(chart).any(|other| other.failed()) {
        return Vec::new();
    }
    let Some(managers) = managers(uses.world, chart) else { return Vec::new() };
    external.into_iter().filter_map(|(definition, name)| lost(chart, &managers, definition, name)).collect()
}

fn lost<'w>(
    chart: &'w Chart,
    all: &[Manager<'w>],
    definition: Definition<'w>,
    name: Node<'w>,
) -> Option<Unmanaged<'w>> {
    let text = name.text().unwrap_or_default();
    let targets = admission::targets(world::schemas(), chart.promised(), definition.document)?;
    let lost = targets.releases.without(managed_in(all, definition, text));
    let own = family(definition.name());
    let near = |manager: &Manager| own_side(manager.object.chart, chart) || family(manager.wants()) == own;
    let slip = |manager: &Manager| {
        let wanted = manager.spec.text_at("templateName");
        let named = definition.spec.each("configs[].name");
        let other = manager.takes(definition)
            && wanted.is_some_and(|wanted| named.iter().all(|name| name.text() != Some(wanted)));
        let family = family(manager.wants());
        let near = family != own && !family.is_empty() && edit_distance(&family, &own, 2).is_some();
        let takes_some = || chart.documents().iter().filter_map(Definition::current).any(|other| manager.takes(other));
        other || near && !takes_some()
    };
    let modern: ReleaseSet = [Release::V1_0, Release::V1_1, Release::V1_2].into_iter().collect();
    let (lost, targets_all) = (lost.and(modern), targets.releases.and(modern));
    let partly = !targets_all.without(lost).is_empty();
    let silent = lost.is_empty() || (partly && !targets.promised) || !all.iter().any(near);
    (!silent).then(|| Unmanaged { definition, name, releases: lost, partly, slip: all.iter().any(slip) })
}
