//! See `configmap_namespace.md`.

use super::prelude::*;
use crate::diagnostic::{Fix, Safety};
use crate::helm::RELEASE_NAMESPACE;
use crate::model::index::Object;
use crate::model::lines;
use crate::model::resolve::CONFIG_MAP;
use crate::model::volumes::{components_of, objects};

pub(super) static RULE: Rule = Rule {
    name: "configmap-namespace",
    summary: "a template that is looked for in another namespace than the one its ConfigMap is in",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("configmap_namespace.md"),
    check: Check::Linked(check),
};

/// Where KubeBlocks looks when no namespace is given: the default of the field in every release.
const DEFAULT: &str = "default";

#[derive(Clone, Copy, PartialEq)]
enum Namespace<'w> {
    /// The namespace a chart is installed in.
    Release,
    Literal(&'w str),
}

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for component in components_of(uses, chart) {
        for template in component.all_templates() {
            if let Some(name) = template.config_map() {
                check_reference(uses.world, component.chart, template.node, name, component.legacy, sink);
            }
        }
    }
    let constraints = chart.documents().iter().filter(|document| document.kind() == Some("ConfigConstraint"));
    for root in constraints.filter_map(Document::root) {
        let trigger = root.at("spec.reloadOptions.tplScriptTrigger");
        for reference in trigger.into_iter().chain(root.list("spec.scriptConfigs")) {
            if let Some(name) = reference.get("scriptConfigMapRef") {
                check_reference(uses.world, chart, reference, name, true, sink);
            }
        }
    }
}

/// `reference` names a ConfigMap by `name` and says where it is by `namespace`.
fn check_reference(world: &World, chart: &Chart, reference: Node, name: Node, legacy: bool, sink: &mut Sink) {
    let written = reference.get("namespace");
    let Some(text) = name.known_text() else { return };
    let Some(wanted) = read(written, Namespace::Literal(DEFAULT)) else { return };
    let found = objects(world.index(), chart, CONFIG_MAP, text);
    if chart.failed() {
        return;
    }
    let mut wrong = None;
    for Object { chart: owner, document } in &found {
        let namespace = document.namespace();
        // A lone manifest goes where `kubectl` is told to.
        if namespace.is_none() && owner.package().is_none() {
            return;
        }
        let Some(there) = read(namespace, Namespace::Release) else { return };
        // Also of two charts: they may be installed in one namespace.
        if there == wanted {
            return;
        }
        wrong = wrong.or(Some((document, there)));
    }
    let Some((config_map, there)) = wrong else { return };
    let released = there == Namespace::Release;
    let there = there.words();
    let message = format!("ConfigMap `{text}` is in {there}, but is looked for in {}", wanted.words());
    let why = match written {
        None => "Without `namespace` KubeBlocks looks in `default`. ",
        Some(_) => "",
    };
    // Right where the chart happens to be installed in the one namespace.
    let lucky = legacy && matches!(wanted, Namespace::Release | Namespace::Literal(DEFAULT));
    let report = sink
        .report(written.as_ref().unwrap_or(&name), message)
        .severity(if lucky { Severity::Warning } else { Severity::Error })
        .why(format!(
            "{why}A definition whose template is not found never becomes Available, and every Cluster of it waits."
        ))
        .help("Write `namespace: {{ .Release.Namespace }}` here, and no other namespace in the ConfigMap.");
    let report = report.fix(remedy(chart, reference, name, written).filter(|_| released));
    report.related(&config_map.name(), format!("the ConfigMap is installed here, in {there}"));
}

/// The namespace of the release, in the place of the one that is written, or behind the ConfigMap's name.
fn remedy(chart: &Chart, reference: Node, name: Node, written: Option<Node>) -> Option<Fix> {
    let root = lines::root_at(chart, written.unwrap_or(name))?;
    let namespace = format!("{{{{ {}.Release.Namespace }}}}", root.trim_end_matches('.'));
    let edit = match written {
        Some(written) => lines::written(&written, &namespace)?,
        None => lines::put_behind(
            chart,
            reference.entries().find(|(_, value)| *value == name)?.0,
            &format!("namespace: {namespace}"),
        )?,
    };
    Some(Fix { title: "Look in the release's namespace".to_owned(), safety: Safety::Safe, edits: vec![edit] })
}

impl Namespace<'_> {
    fn words(self) -> String {
        match self {
            Self::Release => "the namespace of the release".to_owned(),
            Self::Literal(name) => format!("namespace `{name}`"),
        }
    }
}

/// `None` for a namespace that is not known.
fn read<'w>(node: Option<Node<'w>>, absent: Namespace<'w>) -> Option<Namespace<'w>> {
    let Some(node) = node else { return Some(absent) };
    match node.text()? {
        RELEASE_NAMESPACE => Some(Namespace::Release),
        "" => Some(absent),
        text if node.known() && !node.names_release() => Some(Namespace::Literal(text)),
        _ => None,
    }
}
