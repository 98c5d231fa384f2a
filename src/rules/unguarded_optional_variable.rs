//! See `unguarded_optional_variable.md`.

use super::prelude::*;
use crate::diagnostic::{Fix, Safety};
use crate::model::config_template::{
    Known, Read, Template, is_given_by_clusters, may_be_absent, may_get_nothing, texts,
};
use crate::model::index::Object;
use crate::model::lines;
use crate::model::resolve::{COMPONENT_DEFINITION, CONFIG_MAP};
use crate::model::vars::{Var, current_vars};
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "unguarded-optional-variable",
    summary: "a template that fails where an optional variable has no value",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unguarded_optional_variable.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(texts(uses, chart), |text, sink| {
        let template = Template::new(text.node.text().unwrap_or_default());
        for read in template.names() {
            if read.guarded {
                continue;
            }
            let users = text.users.iter().filter_map(|user| Some((user, Known::of(*user)?)));
            let optional = users.filter_map(|(user, known)| {
                let absent = may_be_absent(known.var(read.name)?).filter(|_| !known.gives(read.name))?;
                Some((user, absent))
            });
            let optional: Vec<_> = optional.collect();
            let Some((user, absent)) = optional.first() else { continue };
            if is_given_by_clusters(uses.world, read.name) {
                continue;
            }
            let all = optional.len() == text.users.len();
            let name = read.name;
            // A condition around it may imply that the variable is there.
            let severity = if read.conditional || !all { Severity::Info } else { Severity::Warning };
            let report = sink
                .report(
                    &text.node.part(read.range),
                    format!("`{name}` is optional, and without it this template fails"),
                )
                .severity(severity)
                .why(format!("Where it has no value even `if .{name}` stops the rendering, and no pods are made."))
                .help(format!("Ask for it by `index . \"{name}\"`."))
                .related(absent, "here the variable is optional")
                .related(&user.entry, "rendered for this entry");
            report.fix(by_index(text.node, read));
        }
    });
    sink.each(Object::of_chart(chart, COMPONENT_DEFINITION), |object, sink| {
        if !object.chart.failed() {
            check_expressions(object.document, sink);
        }
    });
    sink.each(Object::of_chart(chart, CONFIG_MAP), |map, sink| check_logs(map.document, sink));
}

/// The expressions of variables, which are worked out also where the source has no value (`evaluateObjectVarsExpression`).
fn check_expressions(document: &Document, sink: &mut Sink) {
    let vars: Vec<Var> = current_vars(document).collect();
    for (var, expression) in vars.iter().filter_map(|var| Some((var, var.node.get("expression")?))) {
        let Some(text) = expression.known_text() else { continue };
        for read in Template::new(text).names().into_iter().filter(|read| !read.guarded) {
            let mut named = vars.iter().filter(|other| other.name() == read.name);
            let (Some(other), None) = (named.next(), named.next()) else { continue };
            let absent = if other.name() == var.name() { may_get_nothing(*other) } else { may_be_absent(*other) };
            let Some(absent) = absent else { continue };
            let name = read.name;
            sink.report(&expression.part(read.range), format!("`{name}` is optional, and without it this expression fails"))
                .severity(if read.conditional { Severity::Info } else { Severity::Warning })
                .why("An expression is worked out also where there is no value. Then the whole component fails: no pods are made.")
                .help(format!("Ask for it: `{{{{ if index . \"{name}\" }}}}…{{{{ end }}}}`."))
                .related(&absent, "here the variable is optional");
        }
    }
}

/// What `component` holds of a Cluster that lists no logs to be kept: nothing of this name, up to 0.9, and nobody has it
/// since.
const LOGS: &str = "enabledLogs";

/// Nobody but KubeBlocks gives templates a `component` with such a field, so it does not matter who names the ConfigMap.
fn check_logs(map: &Document, sink: &mut Sink) {
    let data = map.root().filter(|_| map.is_sound()).and_then(|root| root.get("data"));
    for (_, node) in data.into_iter().flat_map(Node::entries).filter(|(_, node)| node.known()) {
        let Some(text) = node.text().filter(|text| text.contains("component.enabledLogs")) else { continue };
        for read in Template::new(text).of_component().into_iter().filter(|read| read.name == LOGS && !read.guarded) {
            sink.report(&node.part(read.range), format!("`{LOGS}` is optional, and without it this template fails"))
                .severity(if read.conditional { Severity::Info } else { Severity::Warning })
                .why("A Cluster need not list logs. Where it does not the rendering stops here, and no pods are made.")
                .help(format!("Ask for it before: `if hasKey $.component \"{LOGS}\"`."));
        }
    }
}

/// The same without the failure. A condition stays what it is; whatever else used the text gets none.
fn by_index(node: Node, read: Read) -> Option<Fix> {
    let text = node.text()?;
    let (before, behind) = (&text[..read.range.start as usize], &text[read.range.end as usize..]);
    let (before, root) = before.strip_suffix('$').map_or((before, "."), |before| (before, "$"));
    let whole = TextRange::new(before.len(), read.range.end as usize);
    let (before, behind) = (before.trim_end(), behind.trim_start());
    let last = behind.starts_with("}}") || behind.starts_with("-}}");
    let asked = before.ends_with("if") || before.ends_with("with");
    let alone = last && (asked || before.ends_with("{{") || before.ends_with("{{-"));
    let call = format!("index {root} \"{}\"", read.name);
    let call = if alone { call } else { format!("({call})") };
    let safety = if last && asked { Safety::Safe } else { Safety::Unsafe };
    let edit = lines::written(&node.part(whole), &call)?;
    Some(Fix { title: "Ask for it by `index`".to_owned(), safety, edits: vec![edit] })
}
