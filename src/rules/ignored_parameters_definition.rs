//! See `ignored_parameters_definition.md`.

use super::prelude::*;
use crate::diagnostic::{Fix, Safety};
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::lines;
use crate::model::parameters::{Manager, managed_in, managers, names_definitions};
use crate::model::resolve::PARAMETERS_DEFINITION;
use crate::schema::release::Release;

pub(super) static RULE: Rule = Rule {
    name: "ignored-parameters-definition",
    summary: "a ParametersDefinition that manages nothing",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("ignored_parameters_definition.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let mut own = Object::of_chart(chart, PARAMETERS_DEFINITION);
    if own.next().is_none() || !names_definitions(chart) {
        return;
    }
    let Some(managers) = managers(uses.world, chart) else { return };
    for manager in managers.iter().filter(|m| m.is_of(chart) && !m.renderer && !m.is_rendered(&managers)) {
        let Some(site) = manager.spec.get("componentDef").and_then(|name| uses.world.index().site_at(name)) else {
            continue;
        };
        let Some(definitions) = uses.of_site(&site) else { continue };
        check_manager(uses, &managers, manager, &definitions, sink);
    }
}

fn check_manager<'w>(
    uses: &Uses<'w>,
    all: &[Manager<'w>],
    manager: &Manager<'w>,
    definitions: &[Definition<'w>],
    sink: &mut Sink,
) {
    let template = manager.spec.get("templateName").filter(|name| name.known());
    let Some((template, wanted)) = template.and_then(|name| Some((name, name.text()?))) else { return };
    let configs = |definition: &Definition<'w>| {
        let configs = definition.spec.list("configs");
        configs.filter(|config| config.text_at("name") == Some(wanted)).collect::<Vec<_>>()
    };
    let is_external = |config: &Node| config.text_at("externalManaged") == Some("true");
    let of_version: Vec<Definition> = definitions.iter().copied().filter(|d| manager.is_of_version(*d)).collect();
    if of_version.is_empty() {
        // Where a config then waits in vain `unmanaged-config` speaks.
        let waits = definitions.iter().any(|definition| {
            configs(definition).iter().any(is_external) && !managed_in(all, *definition, wanted).contains(Release::V1_2)
        });
        let version = manager.spec.get("serviceVersion").filter(|version| version.known() && !waits);
        let versions = definitions.iter().map(|definition| definition.spec.get("serviceVersion"));
        let known = versions.clone().all(|version| version.is_none_or(Node::known));
        if let Some(version) = version.filter(|_| known) {
            let mut others: Vec<&str> = versions.filter_map(|version| version?.text()).collect();
            others.sort_unstable();
            others.dedup();
            sink.report(&version, format!("no definition has the service version `{}`", version.text().unwrap_or_default()))
                .why("The text must be the same as that of the definition's `serviceVersion`. The ParametersDefinition is passed over, and nothing tells.")
                .help(match others.is_empty() {
                    true => "The definitions have none.".to_owned(),
                    false => format!("There are {}.", listed(&others)),
                })
                .nearest(version.text().unwrap_or_default(), others);
        }
        return;
    }
    let found: Vec<Node> = of_version.iter().flat_map(configs).collect();
    // Of a config that is not there `unknown-config` speaks.
    let Some(first) = found.first().filter(|_| !found.iter().any(is_external)) else { return };
    if found.iter().any(|config| config.get("externalManaged").is_some_and(|managed| !managed.known())) {
        return;
    }
    let report = sink
        .report(&template, format!("the config `{wanted}` is not `externalManaged`"))
        .why("Only configs that are managed from outside have parameters. The ParametersDefinition is passed over, and nothing tells.")
        .help("Write `externalManaged: true` beside the config's name.");
    let Some(name) = first.get("name") else { return };
    let report = report.related(&name, "the config");
    let chart = uses.world.index().chart_of(first.document);
    if let ([_], Some(chart)) = (found.as_slice(), chart)
        && let Some(edit) = lines::put_behind(chart, name.heading(), "externalManaged: true")
    {
        report.fix(Fix {
            title: "Let it be managed from outside".to_owned(),
            safety: Safety::Unsafe,
            edits: vec![edit],
        });
    }
}
