//! See `invalid_component_ref_env.md`.

use super::prelude::*;
use super::support::removal::without;
use super::support::vars::offer;
use crate::diagnostic::{Safety, nearest};
use crate::model::legacy::{ComponentDef, Variable, cluster_definitions};
use crate::model::lines;
use crate::model::shell;

pub(super) static RULE: Rule = Rule {
    name: "invalid-component-ref-env",
    summary: "a variable of a component reference that gets no value, or the wrong one",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("invalid_component_ref_env.md"),
    check: Check::Chart(check),
};

/// What a headless reference's `format` is made of; each is replaced only in the form `$(NAME)`.
const PLACEHOLDERS: [&str; 3] = ["POD_NAME", "POD_FQDN", "POD_ORDINAL"];

fn check(chart: &Chart, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    for component in cluster_definitions(chart).flat_map(|definition| definition.components()) {
        for (_, variable) in component.variables() {
            check_variable(chart, variable, sink);
        }
        check_collisions(component, sink);
        check_placeholders(component, sink);
    }
}

fn check_variable(chart: &Chart, variable: Variable<'_>, sink: &mut Sink) {
    let Some(name) = variable.name_node() else { return };
    let text = variable.name();
    let (value, from) = (variable.node.get("value"), variable.node.get("valueFrom"));
    match (value, from) {
        (Some(_), Some(from)) => {
            let report = sink
                .report(&name, format!("`{text}` has both `value` and `valueFrom`"))
                .why("Only one of them can be meant; `value` wins.")
                .help("Take one of them out.")
                .related(&from, "this is not looked at");
            without(chart, from.heading(), Safety::Unsafe, report);
        }
        (None, None) => {
            sink.report(&name, format!("`{text}` has neither `value` nor `valueFrom`"))
                .why("The variable stays empty.")
                .help("Say where its value comes from, for instance `valueFrom: {type: ServiceRef}`.");
        }
        _ => {}
    }
    let Some(source) = variable.source() else { return };
    let format = from.and_then(|from| from.get("format"));
    match source.text() {
        Some("FieldRef") if from.and_then(|from| from.get("fieldPath")).is_none() => {
            sink.report(&source, format!("`{text}` is a FieldRef without `fieldPath`"))
                .why("There is no field to read, so the variable stays empty.")
                .help("Name the field: `fieldPath: $.components[0].replicas`.");
        }
        Some("HeadlessServiceRef") => {
            if let Some(path) = from.and_then(|from| from.get("fieldPath")) {
                let report = sink
                    .report(&path, "a HeadlessServiceRef has no `fieldPath`")
                    .severity(Severity::Warning)
                    .why("It is not looked at.")
                    .help("Take it out, or use a FieldRef.");
                without(chart, path.heading(), Safety::Unsafe, report);
            }
            match format {
                None => {
                    let report = sink
                        .report(&source, format!("`{text}` is a HeadlessServiceRef without `format`"))
                        .why(
                            "The default in the CRD is a slip: every pod becomes the text `=\"$POD_FQDN\"`, which nothing \
                             replaces.",
                        )
                        .help("Write `format: $(POD_FQDN)`.");
                    report.offer(
                        "Take the names of the pods",
                        Safety::Safe,
                        from.and_then(|from| lines::put_entry(chart, from, "format: $(POD_FQDN)")),
                    );
                }
                Some(format) => check_format(format, sink),
            }
        }
        _ => {}
    }
}

fn check_format(format: Node<'_>, sink: &mut Sink) {
    let Some(text) = format.text() else { return };
    for used in shell::uses(text) {
        if used.form != shell::Form::Parentheses && PLACEHOLDERS.contains(&used.name) {
            sink.report(&format.part(used.range), format!("`{}` is not replaced here", used.range.of(text)))
                .why("Only the form with parentheses is a placeholder; everything else stays as it is.")
                .help(format!("Write `$({})`.", used.name))
                .replace(format!("Write `$({})`", used.name), Safety::Safe, format!("$({})", used.name));
        }
    }
}

/// KubeBlocks replaces `$(X)` in what it has so far by the variables of each reference in turn: those of the same one and
/// of later ones are known, and nothing else is ever looked for (legacy spec §3.5).
fn check_placeholders(component: ComponentDef<'_>, sink: &mut Sink) {
    let references: Vec<_> = component.references().collect();
    for (at, reference) in references.iter().enumerate() {
        let known: Vec<&str> =
            references[at..].iter().flat_map(|other| other.variables()).map(Variable::name).collect();
        for variable in reference.variables() {
            let headless = variable.source().and_then(Node::text) == Some("HeadlessServiceRef");
            let texts = [variable.node.get("value"), variable.node.at("valueFrom.format").filter(|_| headless)];
            for node in texts.into_iter().flatten().filter(|node| node.known()) {
                let text = node.text().unwrap_or_default();
                for used in shell::uses(text).into_iter().filter(|used| used.form == shell::Form::Parentheses) {
                    let placeholders = if headless { PLACEHOLDERS.as_slice() } else { &[] };
                    if known.contains(&used.name) || placeholders.contains(&used.name) {
                        continue;
                    }
                    let all: Vec<&str> =
                        known.iter().chain(placeholders).copied().filter(|name| *name != variable.name()).collect();
                    let report = sink
                        .report(&node.part(used.range), format!("nothing replaces `$({})` here", used.name))
                        .severity(Severity::Warning)
                        .why(
                            "Only variables of this reference and of later ones are put in; what is left comes to the \
                             containers as it is.",
                        );
                    let earlier = references[..at].iter().flat_map(|other| other.variables());
                    match earlier.filter_map(Variable::name_node).find(|name| name.text() == Some(used.name)) {
                        Some(place) => {
                            _ = report
                                .help("Move its reference behind this one.")
                                .related(&place, "an earlier reference has it")
                        }
                        None => {
                            _ = match nearest(used.name, all.iter().copied()) {
                                Some(near) => offer(report, near),
                                None if all.is_empty() => report,
                                None => report.help(format!("There are {}.", listed(&all))),
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The same name in two references: the later one wins.
fn check_collisions(component: ComponentDef<'_>, sink: &mut Sink) {
    let mut seen: Vec<(&str, Node, &str)> = Vec::new();
    for (reference, variable) in component.variables() {
        let Some(name) = variable.name_node() else { continue };
        let target = reference.target_name();
        let earlier = seen.iter().find(|(text, _, other)| *text == variable.name() && *other != target);
        if let Some((text, first, _)) = earlier {
            sink.report(&name, format!("`{text}` is already defined by another reference of `{}`", component.name()))
                .severity(Severity::Warning)
                .why("All references of a component share one set of variables; the later one wins.")
                .help("Give them different names.")
                .related(first, "this one is lost");
        }
        seen.push((variable.name(), name, target));
    }
}
