//! See `unreferenced_object.md`.

use super::prelude::*;
use crate::model::asleep;
use crate::model::index::Object;
use crate::model::resolve::{
    ACTION_SET, CONFIG_CONSTRAINT, CONFIG_MAP, GroupKind, PARAMETERS_DEFINITION, SHARDING_DEFINITION,
};
use crate::reads::{Mark, Marked};

pub(super) static RULE: Rule = Rule {
    name: "unreferenced-object",
    summary: "an object of a chart that nothing refers to",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unreferenced_object.md"),
    check: Check::Linked(check),
};

/// What only other objects of the chart make use of.
const TARGETS: [GroupKind; 5] = [CONFIG_MAP, CONFIG_CONSTRAINT, ACTION_SET, SHARDING_DEFINITION, PARAMETERS_DEFINITION];

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let world = uses.world;
    for target in TARGETS {
        sink.each(Object::of_chart(chart, target), |object, sink| {
            let Some(node) = object.document.name().filter(|node| node.known()) else { return };
            let Some(name) = node.text().filter(|name| !name.is_empty()) else { return };
            if object.chart.package().is_none() || is_for_others(object) || !may_refer(world, object, target) {
                return;
            }
            if world.index().matched_by(object).next().is_none()
                && !is_mentioned(world, object, name, sink)
                && !asleep::may_mention(world, chart, name)
            {
                sink.report(&node, format!("nothing refers to {} `{name}`", target.kind))
                    .unnecessary()
                    .why("It is installed with the chart and never used.");
            }
        });
    }
}

/// Hooks, tests, and what another program finds by a label or an annotation.
fn is_for_others(object: Object<'_>) -> bool {
    let root = object.root();
    let own = |key: &str| {
        ["app", "chart", "release", "heritage", "helm.sh/chart"].contains(&key)
            || key.starts_with("app.kubernetes.io/")
            || key.starts_with("meta.helm.sh/")
            || key == "helm.sh/resource-policy"
            || key == "kubeblocks.io/crd-api-version"
            || key == "apps.kubeblocks.io/skip-immutable-check"
    };
    let marks = ["metadata.labels", "metadata.annotations"].into_iter().filter_map(|path| root?.at(path));
    let strange = marks.flat_map(Node::entries).any(|(key, _)| key.text().is_none_or(|key| !own(key)));
    // Since 1.2 a ParametersDefinition names its component itself.
    strange || root.is_some_and(|root| root.at("spec.componentDef").is_some())
}

/// The chart renders, and has an object with a field for such names.
fn may_refer(world: &World, object: Object<'_>, target: GroupKind) -> bool {
    world.index().side(object.chart).all(|chart| !chart.failed())
        && world.index().sites_of(object.chart).any(|site| {
            // Beside each name of a template that of a constraint may stand.
            let beside = ["configSpecs[].templateRef", "spec.configs[].templateRef"];
            let may_stand = || beside.iter().any(|path| site.field.path.ends_with(path));
            site.field.target == target || target == CONFIG_CONSTRAINT && may_stand()
        })
}

/// Some text of the workspace holds the name: a pod's volume, a script, a Cluster that nobody reads here. In the object's own
/// chart each document is asked by itself, since it is there that somebody types.
fn is_mentioned(world: &World, object: Object<'_>, name: &str, sink: &mut Sink) -> bool {
    let others = world.charts.values().filter(|chart| !Arc::ptr_eq(chart, object.chart));
    let own = object.chart.documents().iter().map(Place::Document);
    sink.any(own.chain(others.map(Place::Chart)), |place| {
        let holds = |document: &Document| {
            let other = !std::ptr::eq(document, object.document);
            other && document.text().contains(name) && document.name_text() != Some(name)
        };
        match place {
            Place::Document(document) => holds(document),
            Place::Chart(chart) => chart.documents().iter().any(holds),
        }
    })
}

/// Where something may be mentioned.
enum Place<'w> {
    Document(&'w Document),
    Chart(&'w Arc<Chart>),
}

impl Marked for Place<'_> {
    fn mark(&self) -> Mark {
        match self {
            Self::Document(document) => document.mark(),
            Self::Chart(chart) => chart.mark(),
        }
    }
}
