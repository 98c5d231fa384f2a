//! See `unmanaged_config.md`.

use super::prelude::*;
use super::support::unmanaged::{Unmanaged, unmanaged};
use crate::diagnostic::Safety;
use crate::model::cluster::Cluster;
use crate::model::definition::Definition;
use crate::model::lines::Lines;
use crate::model::resolve::CLUSTER;
use crate::schema::release::Release;

pub(super) static RULE: Rule = Rule {
    name: "unmanaged-config",
    summary: "a config or a script that nothing gives a content",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unmanaged_config.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for definition in chart.documents().iter().filter_map(Definition::current) {
        for config in definition.spec.list("configs").chain(definition.spec.list("scripts")) {
            let Some(name) = config.get("name").filter(|name| name.known()) else { continue };
            if config.get("externalManaged").is_none_or(|managed| managed.text() == Some("false")) {
                check_source(uses, config, name, sink);
            }
        }
    }
    for config in unmanaged(uses, chart).iter().filter(|config| !config.slip) {
        report(chart, config, sink);
    }
}

/// Without a template only a Cluster can give the content.
fn check_source<'w>(uses: &Uses<'w>, config: Node<'w>, name: Node<'w>, sink: &mut Sink) {
    let text = name.text().unwrap_or_default();
    if config.key("template").is_some_and(|_| config.text_at("template") != Some(""))
        || config.key("templateRef").is_some()
    {
        return;
    }
    let clusters = uses.world.index().objects(CLUSTER).filter_map(|object| Cluster::current(object.document));
    let units = clusters.flat_map(|cluster| cluster.units().collect::<Vec<_>>());
    let given = units.filter_map(|unit| unit.template()).flat_map(|template| template.list("configs"));
    if given.into_iter().any(|given| given.text_at("name") == Some(text)) {
        return;
    }
    sink.report(&name, format!("`{text}` has no `template`, so it has no content"))
        .severity(Severity::Warning)
        .why(
            "A component is not built before each of its configs has a ConfigMap. Every Cluster would have to name one \
             for this below `configs`.",
        )
        .help("Name the ConfigMap with its files as `template`.");
}

fn report(chart: &Chart, config: &Unmanaged, sink: &mut Sink) {
    let (name, lost) = (config.name, config.releases);
    let text = name.text().unwrap_or_default();
    let suffix = if config.partly { format!(" in KubeBlocks {lost}") } else { String::new() };
    let help = match (lost.contains(Release::V1_2), lost.contains(Release::V1_0)) {
        (true, false) => {
            "A ParametersDefinition manages it whose `componentDef` and `templateName` fit, and whose \
                          `serviceVersion` is the definition's own."
        }
        (true, true) => {
            "Up to 1.1 a ParamConfigRenderer manages it, since 1.2 a ParametersDefinition with this `templateName`."
        }
        (false, true) => {
            "Up to 1.1 a ParamConfigRenderer manages it; 1.0 wants the whole name of the definition there."
        }
        (false, false) => "Up to 1.1 a ParamConfigRenderer manages it.",
    };
    let range = match config.partly && !lost.contains(Release::V1_2) {
        true => " Or raise the range in Chart.yaml to `>=1.2.0`.",
        false => "",
    };
    let report = sink.report(&name, format!("nothing manages the config `{text}`{suffix}"))
        .why(
            "It is marked as `externalManaged`, and so the component waits for a ConfigMap that comes from its parameters. \
             None ever comes: no pod is made, and only an event tells.",
        )
        .help(format!("{help} Without parameters leave `externalManaged` out.{range}"))
        .releases(lost.iter().map(Release::name));
    // With a template of its own it has a content without parameters, too.
    let own = name.parent().filter(|config| config.get("template").is_some());
    let edit = own.and_then(|own| Lines::of(chart, own.key("externalManaged")?)?.removed());
    report.offer("Remove `externalManaged`", Safety::Unsafe, edit);
}
