//! JSON Schema up to draft 2020-12, in the words of santhosh-tekuri/jsonschema 6, which Helm 4 uses. `$ref`s that lead
//! out of the file, dynamic references and `unevaluated…` are passed over.

use regex::Regex;
use serde_json::Value as Json;

use super::{is_multiple, json_of, json_text, number, type_names};
use crate::template::fmt::float;
use crate::template::value::{Data, Map, Value};
use crate::text::Span;

/// `$ref`s and nested schemas, at most.
const MAX_DEPTH: usize = 100;

/// The library's order of types in words.
const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

/// An error, with those that led to it.
struct Fault {
    /// JSON pointer.
    at: String,
    message: String,
    span: Option<Span>,
    causes: Vec<Fault>,
}

impl Fault {
    /// The lines below each other, causes further in.
    fn write(&self, indent: usize, out: &mut String) {
        let Self { at, message, .. } = self;
        out.push_str(&format!("at '{at}': {message}"));
        for cause in &self.causes {
            out.push_str(&format!("\n{}- ", "  ".repeat(indent + 1)));
            cause.write(indent + 1, out);
        }
    }
}

/// The faults of `values` by a schema, in order.
pub(super) fn faults(schema: &Json, values: &Value) -> Vec<(String, Option<Span>)> {
    let draft = schema["$schema"].as_str().unwrap_or_default();
    let draft = ["draft-04", "draft-06", "draft-07", "2019-09"].iter().position(|known| draft.contains(known));
    let validator = Validator { root: schema, draft: Draft::of(draft) };
    let mut out = Vec::new();
    validator.validate(schema, values, "", &mut out, 0);
    let told = out.into_iter().map(|fault| {
        let mut text = String::new();
        fault.write(0, &mut text);
        (text, fault.span)
    });
    told.collect()
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Draft {
    Draft4,
    Draft6,
    Draft7,
    Of2019,
    Of2020,
}

impl Draft {
    fn of(position: Option<usize>) -> Self {
        match position {
            Some(0) => Self::Draft4,
            Some(1) => Self::Draft6,
            Some(2) => Self::Draft7,
            Some(3) => Self::Of2019,
            _ => Self::Of2020,
        }
    }
}

struct Validator<'s> {
    root: &'s Json,
    draft: Draft,
}

type Faults = Vec<Fault>;

impl Validator<'_> {
    fn validate(&self, schema: &Json, value: &Value, at: &str, out: &mut Faults, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let fault = |message: String| fault(at, value, message, Vec::new());
        if let Json::Bool(pass) = schema {
            if !pass {
                out.push(fault("false schema".into()));
            }
            return;
        }
        let (given, accepted) = type_names(value);
        let wanted: Vec<&str> = match &schema["type"] {
            Json::String(name) => vec![name],
            Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        if !wanted.is_empty() && !wanted.iter().any(|name| accepted.contains(name)) {
            let wanted: Vec<_> = TYPES.into_iter().filter(|name| wanted.contains(name)).collect();
            let given = if given == "integer" { "number" } else { given };
            out.push(fault(format!("got {given}, want {}", wanted.join(" or "))));
            return;
        }
        if let Some(wanted) = schema.get("const")
            && json_text(value) != json_of(wanted)
        {
            let words =
                if is_plain(wanted) { format!("value must be {}", shown(wanted)) } else { "const failed".into() };
            out.push(fault(words));
            return;
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.iter().any(|allowed| json_of(allowed) == json_text(value))
        {
            let texts: Vec<_> = allowed.iter().map(shown).collect();
            out.push(fault(match &texts[..] {
                _ if !allowed.iter().all(is_plain) => "enum failed".into(),
                [one] => format!("value must be {one}"),
                several => format!("value must be one of {}", several.join(", ")),
            }));
            return;
        }
        if let (Some(name), Some(text)) = (schema["format"].as_str(), value.as_str())
            && self.draft <= Draft::Draft7
            && let Some(why) = misformed(name, text)
        {
            out.push(fault(format!("{} is not valid {name}: {why}", quoted(text))));
            return;
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            if let Some(target) = target {
                self.validate(target, value, at, out, depth + 1);
            }
            if self.draft <= Draft::Draft7 {
                return;
            }
        }
        match &value.data {
            Data::Map(map) => self.object(schema, value, map, at, out, depth),
            Data::List(list) => self.array(schema, value, &list.items, at, out, depth),
            Data::Str(text) => {
                let length = text.as_str().chars().count();
                check_count(schema, ["minLength", "maxLength"], length, &mut |words| out.push(fault(words)));
                if let Some(pattern) = schema["pattern"].as_str()
                    && Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text.as_str()))
                {
                    let words = format!("{} does not match pattern {}", quoted(text.as_str()), quoted(pattern));
                    out.push(fault(words));
                }
            }
            _ => {
                if let Some(number) = number(value) {
                    self.number(schema, number, &mut |words| out.push(fault(words)));
                }
            }
        }
        self.conditions(schema, value, at, out, depth);
    }

    /// The faults of a schema by itself.
    fn alone(&self, schema: &Json, value: &Value, at: &str, depth: usize) -> Faults {
        let mut out = Vec::new();
        self.validate(schema, value, at, &mut out, depth + 1);
        out
    }

    fn object(&self, schema: &Json, value: &Value, map: &Map, at: &str, out: &mut Faults, depth: usize) {
        let entries = map.entries.borrow().clone();
        let fault = |message: String| fault(at, value, message, Vec::new());
        check_count(schema, ["minProperties", "maxProperties"], entries.len(), &mut |words| out.push(fault(words)));
        let absent = |keys: &Json| -> Vec<String> {
            let keys = keys.as_array().into_iter().flatten().filter_map(Json::as_str);
            keys.filter(|key| !entries.contains_key(*key)).map(quoted).collect()
        };
        let missing = absent(&schema["required"]);
        if !missing.is_empty() {
            let properties = if missing.len() == 1 { "property" } else { "properties" };
            out.push(fault(format!("missing {properties} {}", missing.join(", "))));
        }
        let old = if self.draft <= Draft::Draft7 { &schema["dependencies"] } else { &Json::Null };
        for (key, dependency) in old.as_object().into_iter().flatten().filter(|(key, _)| entries.contains_key(&***key))
        {
            if dependency.is_array() {
                out.extend(depends(key, &absent(dependency)).map(fault));
            } else {
                self.validate(dependency, value, at, out, depth + 1);
            }
        }
        let patterns = schema["patternProperties"].as_object().into_iter().flatten();
        let patterns: Vec<_> =
            patterns.filter_map(|(pattern, schema)| Some((Regex::new(pattern).ok()?, schema))).collect();
        let mut additional = Vec::new();
        for (key, item) in &entries {
            let below = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            let mut described = false;
            if let Some(schema) = schema["properties"].get(&**key) {
                described = true;
                self.validate(schema, item, &below, out, depth + 1);
            }
            for (_, schema) in patterns.iter().filter(|(pattern, _)| pattern.is_match(key)) {
                described = true;
                self.validate(schema, item, &below, out, depth + 1);
            }
            match &schema["additionalProperties"] {
                _ if described => {}
                Json::Bool(false) => additional.push(quoted(key)),
                Json::Null | Json::Bool(true) => {}
                rest => self.validate(rest, item, &below, out, depth + 1),
            }
        }
        if !additional.is_empty() {
            out.push(fault(format!("additional properties {} not allowed", additional.join(", "))));
        }
        if let Some(names) = schema.get("propertyNames").filter(|_| self.draft > Draft::Draft4) {
            for key in entries.keys() {
                let causes = self.alone(names, &Value::str(&**key), at, depth);
                if !causes.is_empty() {
                    let message = format!("invalid propertyName {}", quoted(key));
                    out.push(Fault { causes, ..fault(message) });
                }
            }
        }
        if self.draft >= Draft::Of2019 {
            for (key, schema) in schema["dependentSchemas"].as_object().into_iter().flatten() {
                if entries.contains_key(&**key) {
                    self.validate(schema, value, at, out, depth + 1);
                }
            }
            for (key, keys) in schema["dependentRequired"].as_object().into_iter().flatten() {
                if entries.contains_key(&**key) {
                    out.extend(depends(key, &absent(keys)).map(fault));
                }
            }
        }
    }

    fn array(&self, schema: &Json, value: &Value, items: &[Value], at: &str, out: &mut Faults, depth: usize) {
        let fault = |message: String| fault(at, value, message, Vec::new());
        check_count(schema, ["minItems", "maxItems"], items.len(), &mut |words| out.push(fault(words)));
        if schema["uniqueItems"] == Json::Bool(true) {
            let texts: Vec<_> = items.iter().map(json_text).collect();
            let twice = texts.iter().enumerate().find_map(|(index, text)| {
                texts[..index].iter().position(|other| other == text).map(|other| (other, index))
            });
            if let Some((one, other)) = twice {
                out.push(fault(format!("items at {one} and {other} are equal")));
            }
        }
        let (first, rest) = match self.draft {
            Draft::Of2020 => (schema.get("prefixItems"), schema.get("items")),
            _ if schema["items"].is_array() => (schema.get("items"), schema.get("additionalItems")),
            _ => (None, schema.get("items")),
        };
        let first = first.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let below = format!("{at}/{index}");
            match (first.get(index), rest) {
                (Some(schema), _) => self.validate(schema, item, &below, out, depth + 1),
                (None, Some(Json::Bool(false))) if !first.is_empty() => {}
                (None, Some(rest)) => self.validate(rest, item, &below, out, depth + 1),
                (None, None) => {}
            }
        }
        if items.len() > first.len() && !first.is_empty() && rest == Some(&Json::Bool(false)) {
            out.push(fault(format!("last {} additionalItem(s) not allowed", items.len() - first.len())));
        }
        if let Some(wanted) = schema.get("contains").filter(|_| self.draft > Draft::Draft4) {
            let outcomes = items.iter().enumerate();
            let outcomes = outcomes.map(|(index, item)| self.alone(wanted, item, &format!("{at}/{index}"), depth));
            let outcomes: Vec<_> = outcomes.collect();
            if outcomes.iter().all(|outcome| !outcome.is_empty()) {
                let causes = outcomes.into_iter().flatten().collect();
                out.push(Fault { causes, ..fault("no items match contains schema".into()) });
            }
        }
    }

    fn number(&self, schema: &Json, number: f64, tell: &mut dyn FnMut(String)) {
        let text = |number: f64| float::shortest(number);
        // Draft 4 wrote `exclusiveMaximum: true` beside `maximum`.
        let strict = |key: &str| self.draft == Draft::Draft4 && schema[key] == Json::Bool(true);
        for (key, exclusive, above) in [("minimum", "exclusiveMinimum", false), ("maximum", "exclusiveMaximum", true)] {
            let beyond = |bound: f64| if above { number > bound } else { number < bound };
            if let Some(bound) = schema[key].as_f64() {
                if strict(exclusive) && (beyond(bound) || number == bound) {
                    tell(format!("{exclusive}: got {}, want {}", text(number), text(bound)));
                } else if beyond(bound) {
                    tell(format!("{key}: got {}, want {}", text(number), text(bound)));
                }
            }
        }
        for (key, above) in [("exclusiveMinimum", false), ("exclusiveMaximum", true)] {
            let within = |bound: f64| if above { number < bound } else { number > bound };
            if let Some(bound) = schema[key].as_f64().filter(|bound| !within(*bound)) {
                tell(format!("{key}: got {}, want {}", text(number), text(bound)));
            }
        }
        if let Some(of) = schema["multipleOf"].as_f64().filter(|of| !is_multiple(number, *of)) {
            tell(format!("multipleOf: got {}, want {}", text(number), text(of)));
        }
    }

    /// `not`, `allOf`, `anyOf`, `oneOf`, `if`.
    fn conditions(&self, schema: &Json, value: &Value, at: &str, out: &mut Faults, depth: usize) {
        let list = |key: &str| schema[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let each = |key: &str| -> Vec<Faults> {
            list(key).iter().map(|schema| self.alone(schema, value, at, depth)).collect()
        };
        let with = |message: String, causes: Faults| fault(at, value, message, causes);
        if let Some(not) = schema.get("not")
            && self.alone(not, value, at, depth).is_empty()
        {
            out.push(with("'not' failed".into(), Vec::new()));
        }
        let causes: Faults = each("allOf").into_iter().flatten().collect();
        if !causes.is_empty() {
            out.push(with("'allOf' failed".into(), causes));
        }
        let outcomes = each("anyOf");
        if !outcomes.is_empty() && outcomes.iter().all(|outcome| !outcome.is_empty()) {
            out.push(with("'anyOf' failed".into(), outcomes.into_iter().flatten().collect()));
        }
        let outcomes = each("oneOf");
        let matched: Vec<usize> = (0..outcomes.len()).filter(|&i| outcomes[i].is_empty()).collect();
        match matched[..] {
            [] if !outcomes.is_empty() => {
                out.push(with("'oneOf' failed, none matched".into(), outcomes.into_iter().flatten().collect()));
            }
            [one, other, ..] => {
                out.push(with(format!("'oneOf' failed, subschemas {one}, {other} matched"), Vec::new()));
            }
            _ => {}
        }
        if let Some(condition) = schema.get("if").filter(|_| self.draft >= Draft::Draft7) {
            let branch = if self.alone(condition, value, at, depth).is_empty() { "then" } else { "else" };
            if let Some(branch) = schema.get(branch) {
                self.validate(branch, value, at, out, depth + 1);
            }
        }
    }
}

fn fault(at: &str, value: &Value, message: String, causes: Faults) -> Fault {
    Fault { at: at.to_owned(), message, span: value.born, causes }
}

fn depends(key: &str, missing: &[String]) -> Option<String> {
    (!missing.is_empty()).then(|| format!("properties {} required, if {} exists", missing.join(", "), quoted(key)))
}

fn check_count(schema: &Json, [min, max]: [&str; 2], count: usize, tell: &mut dyn FnMut(String)) {
    if let Some(want) = schema[min].as_u64().filter(|min| (count as u64) < *min) {
        tell(format!("{min}: got {count}, want {want}"));
    }
    if let Some(want) = schema[max].as_u64().filter(|max| (count as u64) > *max) {
        tell(format!("{max}: got {count}, want {want}"));
    }
}

fn is_plain(json: &Json) -> bool {
    !json.is_array() && !json.is_object()
}

fn shown(json: &Json) -> String {
    match json {
        Json::String(text) => quoted(text),
        Json::Null => "<nil>".into(),
        other => other.to_string(),
    }
}

/// The library's quotes: Go's, but single ones.
fn quoted(text: &str) -> String {
    let text = crate::template::fmt::quote(text).replace("\\\"", "\"").replace('\'', "\\'");
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    format!("'{inner}'")
}

/// Why a text is not of the format; formats that are not known here admit all texts.
fn misformed(format: &str, text: &str) -> Option<&'static str> {
    match format {
        "email" if !text.contains('@') => Some("missing @"),
        _ => None,
    }
}
