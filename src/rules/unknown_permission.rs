//! See `unknown_permission.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::permissions::{What, slips};

pub(super) static RULE: Rule = Rule {
    name: "unknown-permission",
    summary: "a permission with a verb, a group or a resource that does not exist",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_permission.md"),
    check: Check::Document(check),
};

const WHY: &str =
    "The API server takes any word here, and one that nothing has allows nothing: the request is forbidden.";

fn check(document: &Document, sink: &mut Sink) {
    for slip in slips(document) {
        let text = slip.node.text().unwrap_or_default();
        let at = &slip.node;
        match slip.what {
            What::Word(instead) => _ = sink.report(at, format!("no verb is named `{text}`")).why(WHY).help(instead),
            What::Verb(near) => {
                _ = sink.report(at, format!("no verb is named `{text}`")).why(WHY).nearest(text, [near])
            }
            What::Group(near) => {
                let report = sink.report(at, format!("no API group is named `{text}`")).why(WHY);
                match near.as_deref() {
                    Some("") => {
                        _ = report.help("The group of Pods, Services and the like is `\"\"`.").replace(
                            "Replace by `\"\"`",
                            Safety::Unsafe,
                            "\"\"",
                        )
                    }
                    Some(near) if text.contains('/') => {
                        let report = report.help("A group is what stands before the `/` of an `apiVersion`.");
                        report.replace(format!("Replace by `{near}`"), Safety::Unsafe, near);
                    }
                    Some(near) => _ = report.nearest(text, [near]),
                    None => _ = report.help("A group is what stands before the `/` of an `apiVersion`."),
                }
            }
            What::Resource(near) => {
                let report = sink.report(at, format!("the API groups beside it have no resource `{text}`")).why(WHY);
                match text.split_once('/') {
                    Some(_) => _ = report.help(format!("did you mean `{near}`?")),
                    None => {
                        _ = report.help(format!("Resources are written small, in the plural: `{near}`.")).replace(
                            format!("Replace by `{near}`"),
                            Safety::Unsafe,
                            near,
                        )
                    }
                }
            }
            What::Foreign(group) => {
                let shown = if group.is_empty() { "\"\"" } else { group };
                sink.report(
                    at,
                    format!("`{text}` is a resource of group `{shown}`, which is not among those beside it"),
                )
                .why(WHY)
                .help(format!("Add `{shown}` to `apiGroups`, or write a rule of its own."));
            }
            What::Part(near) => {
                sink.report(at, format!("no resource has a part `{}`", text.rsplit('/').next().unwrap_or_default()))
                    .why(WHY)
                    .help(format!("did you mean `{near}`?"));
            }
        }
    }
}
