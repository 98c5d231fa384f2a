//! OpenAPI schemas that objects bring along for their own parameters: JSON schemas with the keywords that the API server
//! knows (`k8s.io/apiextensions-apiserver`), in fields whose content no CRD restricts.

use super::object::{Document, Node};
use crate::template::re2::{self, Refusal};
use crate::yaml::typing::{Meaning, plain};

/// What is wrong in such a schema.
pub enum Fault<'w> {
    /// A text where a schema must stand.
    Text(Node<'w>),
    /// A keyword that nobody reads.
    Keyword(Node<'w>),
    /// No type at all.
    Type(Node<'w>),
    /// `required` names what is not described.
    Required { name: Node<'w>, properties: Node<'w> },
    /// A value of `enum` that is not of the type beside it.
    Value { value: Node<'w>, of: &'w str },
    /// No regular expression.
    Pattern { pattern: Node<'w>, reason: String },
}

pub const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

pub const KEYWORDS: [&str; 37] = [
    "$ref",
    "$schema",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "definitions",
    "dependencies",
    "description",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "id",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
];

/// The faults of all schemas of a document.
pub fn faults(document: &Document) -> Vec<Fault<'_>> {
    let path = match (document.group(), document.kind()) {
        (Some("operations.kubeblocks.io"), Some("OpsDefinition"))
        | (Some("apps.kubeblocks.io"), Some("OpsDefinition"))
        | (Some("dataprotection.kubeblocks.io"), Some("ActionSet" | "StorageProvider"))
        | (Some("storage.kubeblocks.io"), Some("StorageProvider")) => "spec.parametersSchema.openAPIV3Schema",
        (Some("parameters.kubeblocks.io"), Some("ParametersDefinition")) => "spec.parametersSchema.schemaInJSON",
        _ => return Vec::new(),
    };
    let schema = document.root().filter(|_| document.is_sound()).and_then(|root| root.at(path));
    let mut found = Vec::new();
    schema.into_iter().for_each(|schema| judge(schema, &mut found));
    found
}

/// One schema and those inside of it.
fn judge<'w>(schema: Node<'w>, found: &mut Vec<Fault<'w>>) {
    if !schema.is_mapping() {
        return;
    }
    for (key, value) in schema.entries().filter(|(key, _)| key.known()) {
        match key.text().unwrap_or_default() {
            "properties" | "patternProperties" | "definitions" => {
                for (_, schema) in value.entries() {
                    if schema.known() && !schema.is_null() && schema.text().is_some() {
                        found.push(Fault::Text(schema));
                    }
                    judge(schema, found);
                }
            }
            "items" | "not" | "additionalProperties" => judge(value, found),
            "allOf" | "anyOf" | "oneOf" => value.items().for_each(|schema| judge(schema, found)),
            "type" if value.known() && value.text().is_some_and(|text| !TYPES.contains(&text)) => {
                found.push(Fault::Type(value));
            }
            "pattern" if value.known() => {
                if let Some(Err(Refusal::Syntax(reason))) = value.text().map(re2::compile) {
                    found.push(Fault::Pattern { pattern: value, reason });
                }
            }
            name if KEYWORDS.contains(&name) || name.starts_with("x-") || name == "<<" => {}
            _ => found.push(Fault::Keyword(key)),
        }
    }
    required(schema, found);
    values(schema, found);
}

fn required<'w>(schema: Node<'w>, found: &mut Vec<Fault<'w>>) {
    let open = ["additionalProperties", "patternProperties", "allOf", "anyOf", "oneOf", "$ref", "<<"];
    let Some(properties) = schema.get("properties").filter(|_| open.iter().all(|key| schema.key(key).is_none())) else {
        return;
    };
    if !properties.is_mapping() || properties.entries().any(|(key, _)| !key.known()) {
        return;
    }
    for name in schema.list("required").filter(|name| name.known()) {
        if name.text().is_some_and(|text| properties.key(text).is_none()) {
            found.push(Fault::Required { name, properties });
        }
    }
}

fn values<'w>(schema: Node<'w>, found: &mut Vec<Fault<'w>>) {
    let Some(of) = schema.get("type").and_then(Node::known_text) else { return };
    for value in schema.list("enum").filter(|value| value.known() && !value.is_null()) {
        let Some(text) = value.text() else { continue };
        let meaning = if value.is_quoted() { Meaning::Str } else { plain(text) };
        let fits = match of {
            "string" => meaning == Meaning::Str,
            "boolean" => matches!(meaning, Meaning::Bool(_)),
            "integer" => matches!(meaning, Meaning::Int(_) | Meaning::Uint(_)),
            "number" => matches!(meaning, Meaning::Int(_) | Meaning::Uint(_) | Meaning::Float(_)),
            _ => true,
        };
        if !fits {
            found.push(Fault::Value { value, of });
        }
    }
}
