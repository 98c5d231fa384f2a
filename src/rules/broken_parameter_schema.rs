//! See `broken_parameter_schema.md`.

use super::prelude::*;
use crate::model::parameter_schema::{Fault, KEYWORDS, TYPES, faults};

pub(super) static RULE: Rule = Rule {
    name: "broken-parameter-schema",
    summary: "a schema of parameters that says something other than it seems to",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("broken_parameter_schema.md"),
    check: Check::Document(check),
};

fn check(document: &Document, sink: &mut Sink) {
    for fault in faults(document) {
        match fault {
            Fault::Text(node) => {
                sink.report(&node.heading(), "a schema is a mapping, and this is a text")
                    .severity(Severity::Error)
                    .why("The API server keeps it, and KubeBlocks cannot read the object: `cannot unmarshal string`.")
                    .help("Behind the parameter's name stands nothing but `:`; its `type` and the rest are below it.");
            }
            Fault::Keyword(key) => {
                let text = key.text().unwrap_or_default();
                sink.report(&key, format!("`{text}` is no keyword of a schema"))
                    .why("Nothing reads it: what it was to restrict is not restricted.")
                    .nearest(text, KEYWORDS);
            }
            Fault::Type(node) => {
                let text = node.text().unwrap_or_default();
                sink.report(&node, format!("`{text}` is no type of a schema"))
                    .severity(Severity::Error)
                    .why("No value is of this type: whatever is given for the parameter is refused.")
                    .help(format!("Types are {}.", listed(TYPES)))
                    .nearest(text, TYPES);
            }
            Fault::Required { name, properties } => {
                let text = name.text().unwrap_or_default();
                sink.report(&name, format!("`{text}` is required, and no property describes it"))
                    .why("Whoever leaves it out is refused, and nothing tells what it is.")
                    .related(&properties.heading(), "the properties")
                    .nearest(text, properties.entries().filter_map(|(key, _)| key.text()));
            }
            Fault::Value { value, of } => {
                let text = value.text().unwrap_or_default();
                sink.report(&value, format!("`{text}` is here no value of type `{of}`"))
                    .why("The value of a parameter has this type, so it never equals this one of the list.")
                    .help(match of {
                        "string" => "Put it in quotes.",
                        _ => "Write a value of the type, without quotes.",
                    });
            }
            Fault::Pattern { pattern, reason } => {
                sink.report(
                    &pattern,
                    format!("`{}` is not a valid regular expression: {reason}", pattern.text().unwrap_or_default()),
                )
                .severity(Severity::Error)
                .why(
                    "Patterns are Go's regular expressions (RE2): with one that does not compile no value is accepted.",
                );
            }
        }
    }
}
