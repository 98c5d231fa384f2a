//! See `broken_config_template.md`.

use super::prelude::*;
use crate::diagnostic::nearest;
use crate::model::config_template::{EntryText, Refusal, Template, function_names, is_credential, legacy_texts, texts};
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::resolve::SIDECAR_DEFINITION;
use crate::model::vars::{Var, vars};

pub(super) static RULE: Rule = Rule {
    name: "broken-config-template",
    summary: "a configuration or script that KubeBlocks cannot render",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("broken_config_template.md"),
    check: Check::Linked(check),
};

const WHY: &str = "KubeBlocks renders every key of the ConfigMap as a Go template, and makes no pods where one fails.";

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(texts(uses, chart), |text, sink| {
        let template = Template::new(text.node.text().unwrap_or_default());
        // What one of several users can do with it is told as of all of them, milder.
        let managed = text.users.iter().filter(|user| user.managed).count();
        let severity = if managed == 0 { Severity::Error } else { Severity::Warning };
        for refusal in template.refusals(managed == text.users.len()) {
            report(text.node, &refusal, text.users[0].entry, severity, sink);
        }
    });
    sink.each(legacy_texts(uses, chart), |EntryText { node, entry }, sink| {
        let text = node.text().unwrap_or_default();
        let refusals = Template::new(text).refusals(true);
        // Each of these releases has functions of its own; none has names that are so near to each other.
        let is_sure = |refusal: &&Refusal| match refusal {
            Refusal::Syntax(..) | Refusal::Helm(_) => true,
            Refusal::Unknown(range) => nearest(range.of(text), function_names()).is_some(),
            Refusal::Managed(_) => false,
        };
        for refusal in refusals.iter().filter(is_sure) {
            report(node, refusal, entry, Severity::Error, sink);
        }
    });
    sink.each(chart.documents(), |document, sink| match document.kind() {
        Some("StorageProvider") => check_storage(document, sink),
        _ if chart.failed() => {}
        _ => Definition::current(document).into_iter().for_each(|it| check_expressions(uses.world, it, sink)),
    });
}

fn report(node: Node, refusal: &Refusal, entry: Node, severity: Severity, sink: &mut Sink) {
    let text = node.text().unwrap_or_default();
    match refusal {
        Refusal::Syntax(range, words) => {
            sink.report(&node.part(*range), format!("this is no template: {words}"))
                .why(WHY)
                .related(&entry, "rendered for this entry");
        }
        Refusal::Managed(range) => {
            let name = range.of(text);
            sink.report(
                &node.part(*range),
                format!("`{name}` is there for configs with `externalManaged: true` alone"),
            )
            .severity(severity)
            .why(format!("{WHY} `function \"{name}\" not defined`"))
            .help("Write `externalManaged: true` and a ParametersDefinition for the config, or do without.")
            .related(&entry, "rendered for this entry");
        }
        Refusal::Helm(range) => {
            sink.report(
                &node.part(*range),
                format!("`{}` is Helm's, and Helm does not render this text", range.of(text)),
            )
            .why("The text comes into the chart as it is, and KubeBlocks, which renders it, has no such thing.")
            .help("Wrap the text in `tpl`, or read a variable of `vars`.")
            .related(&entry, "rendered for this entry");
        }
        Refusal::Unknown(range) => {
            let name = range.of(text);
            sink.report(&node.part(*range), format!("no template function is named `{name}`"))
                .why(format!("{WHY} `function \"{name}\" not defined`"))
                .related(&entry, "rendered for this entry")
                .nearest(name, function_names());
        }
    }
}

/// What a StorageProvider makes for a BackupRepo is written as templates.
fn check_storage(document: &Document, sink: &mut Sink) {
    let fields =
        ["csiDriverSecretTemplate", "storageClassTemplate", "persistentVolumeClaimTemplate", "datasafedConfigTemplate"];
    let spec = document.root().and_then(|root| root.get("spec"));
    for node in fields.iter().filter_map(|field| spec?.get(field)).filter(|node| node.known()) {
        for refusal in Template::new(node.text().unwrap_or_default()).refusals(true) {
            if let Refusal::Syntax(range, words) = refusal {
                sink.report(&node.part(range), format!("this is no template: {words}")).why(
                    "KubeBlocks renders this text for every BackupRepo of the provider, and none of them gets ready.",
                );
            }
        }
    }
}

/// `expression` of a variable is a template over all variables that are there (v1 spec R065).
fn check_expressions(world: &World, definition: Definition, sink: &mut Sink) {
    let all: Vec<Var> = vars(definition.document).collect();
    // Those of sidecars are beside them.
    let sidecars = world.index().objects(SIDECAR_DEFINITION).filter_map(Object::root);
    let foreign: Vec<String> =
        sidecars.flat_map(|root| root.list("spec.vars")).filter_map(|var| Some(normal(var.text_at("name")?))).collect();
    let open = all.iter().any(|var| var.node.get("name").is_none_or(|name| !name.known()));
    let several = |name: &str| {
        all.iter().any(|var| {
            let many = var.source().is_some_and(|source| source.takes_many());
            many && name.strip_prefix(&normal(var.name())).is_some_and(|rest| rest.starts_with('_'))
        })
    };
    for var in &all {
        let Some(node) = var.node.get("expression").filter(|node| node.known()) else { continue };
        let Some(text) = node.text().filter(|text| text.contains("{{")) else { continue };
        let template = Template::new(text);
        for refusal in template.refusals(false) {
            let (range, words) = match refusal {
                Refusal::Syntax(range, words) => (range, format!("this is no template: {words}")),
                Refusal::Managed(range) | Refusal::Unknown(range) | Refusal::Helm(range) => {
                    (range, format!("expressions know no `{}`", range.of(text)))
                }
            };
            sink.report(&node.part(range), words).why("KubeBlocks makes no pods: the expression fails.");
        }
        for read in template.names() {
            let known = all.iter().find(|var| normal(var.name()) == read.name);
            if read.guarded || open || several(read.name) || foreign.iter().any(|name| name == read.name) {
                continue;
            }
            let why = "KubeBlocks makes no pods: `map has no entry for key`.";
            match known {
                Some(known) if is_credential(*known) => {
                    sink.report(
                        &node.part(read.range),
                        format!("`{}` is a credential, and expressions do not see them", read.name),
                    )
                    .why(why)
                    .related(&known.node.heading(), "the variable");
                }
                None => {
                    sink.report(&node.part(read.range), format!("no variable is named `{}`", read.name))
                        .why(why)
                        .help("`-` in a variable's name is `_` here.");
                }
                Some(_) => {}
            }
        }
    }
}

/// A variable's name in an expression.
fn normal(name: &str) -> String {
    name.replace('-', "_")
}
