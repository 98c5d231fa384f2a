//! JSON Schema up to draft 7, in the words of gojsonschema, which Helm 3 uses (spec §12). A `$ref` that leads out of
//! the file and keywords of later drafts are passed over.

use regex::Regex;
use serde_json::Value as Json;

use super::{is_multiple, json_of, json_text, number, type_names};

use crate::template::fmt::float;
use crate::template::value::{Data, Map, Value};
use crate::text::Span;

/// `$ref`s and nested schemas, at most.
const MAX_DEPTH: usize = 100;

/// The faults of `values` by a schema, in order.
pub(super) fn faults(schema: &Json, values: &Value) -> Vec<(String, Option<Span>)> {
    let mut outcome = Outcome::default();
    Validator { root: schema }.validate(schema, values, &Path::default(), &mut outcome, 0);
    outcome.faults
}

/// Keys and indexes from the root, joined by dots.
#[derive(Clone, Default)]
struct Path(String);

impl Path {
    fn to(&self, key: &str) -> Self {
        Self(if self.0.is_empty() { key.to_owned() } else { format!("{}.{key}", self.0) })
    }

    fn words(&self) -> &str {
        if self.0.is_empty() { "(root)" } else { &self.0 }
    }
}

/// The faults of one validation, and how near it came: of several alternatives the faults of the nearest are told.
#[derive(Default)]
struct Outcome {
    faults: Vec<(String, Option<Span>)>,
    score: i64,
}

impl Outcome {
    fn fault(&mut self, path: &Path, value: &Value, message: &str) {
        self.faults.push((format!("{}: {message}", path.words()), value.born));
        self.score -= 2;
    }

    fn merge(&mut self, other: Self) {
        self.faults.extend(other.faults);
        self.score += other.score;
    }

    fn fits(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The better of two outcomes, the first where they are equal.
fn nearer(best: Option<Outcome>, other: Outcome) -> Option<Outcome> {
    match best {
        Some(best) if best.score >= other.score => Some(best),
        _ => Some(other),
    }
}

struct Validator<'s> {
    root: &'s Json,
}

impl Validator<'_> {
    fn validate(&self, schema: &Json, value: &Value, path: &Path, out: &mut Outcome, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if let Json::Bool(pass) = schema {
            if !pass {
                out.fault(path, value, "False always fails validation");
            }
            return;
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            if let Some(target) = target {
                self.validate(target, value, path, out, depth + 1);
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
            let wanted = if let [one] = wanted[..] { one.to_owned() } else { format!("[{}]", wanted.join(",")) };
            out.fault(path, value, &format!("Invalid type. Expected: {wanted}, given: {given}"));
            return;
        }
        self.combinations(schema, value, path, out, depth);
        match &value.data {
            Data::List(list) => self.array(schema, value, &list.items, path, out, depth),
            Data::Map(map) => self.object(schema, value, map, path, out, depth),
            _ => {}
        }
        if let Some(number) = number(value) {
            check_number(schema, value, number, path, out);
        }
        check_constants(schema, value, path, out);
        if let Some(text) = value.as_str() {
            check_text(schema, value, text, path, out);
        }
        if let Data::Map(map) = &value.data {
            for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                if let Some(value) = map.get(key) {
                    self.validate(schema, &value, &path.to(key), out, depth + 1);
                }
            }
        }
        out.score += 1;
    }

    /// The outcome of a schema by itself.
    fn alone(&self, schema: &Json, value: &Value, path: &Path, depth: usize) -> Outcome {
        let mut out = Outcome::default();
        self.validate(schema, value, path, &mut out, depth + 1);
        out
    }

    /// `anyOf`, `oneOf`, `allOf`, `not`, `dependencies`, `if`.
    fn combinations(&self, schema: &Json, value: &Value, path: &Path, out: &mut Outcome, depth: usize) {
        let list = |key: &str| schema[key].as_array().map(Vec::as_slice).unwrap_or_default();
        if !list("anyOf").is_empty() {
            let mut best = None;
            let fits = list("anyOf").iter().any(|schema| {
                let outcome = self.alone(schema, value, path, depth);
                let fits = outcome.fits();
                best = nearer(best.take(), outcome);
                fits
            });
            if !fits {
                out.fault(path, value, "Must validate at least one schema (anyOf)");
                out.merge(best.unwrap_or_default());
            }
        }
        if !list("oneOf").is_empty() {
            let mut best = None;
            let mut fitting = 0;
            for schema in list("oneOf") {
                let outcome = self.alone(schema, value, path, depth);
                if outcome.fits() {
                    fitting += 1;
                } else if fitting == 0 {
                    best = nearer(best, outcome);
                }
            }
            if fitting != 1 {
                out.fault(path, value, "Must validate one and only one schema (oneOf)");
                if fitting == 0 {
                    out.merge(best.unwrap_or_default());
                }
            }
        }
        let mut all = true;
        for schema in list("allOf") {
            let outcome = self.alone(schema, value, path, depth);
            all &= outcome.fits();
            out.merge(outcome);
        }
        if !all {
            out.fault(path, value, "Must validate all the schemas (allOf)");
        }
        if let Some(not) = schema.get("not")
            && self.alone(not, value, path, depth).fits()
        {
            out.fault(path, value, "Must not validate the schema (not)");
        }
        if let (Some(dependencies), Data::Map(map)) = (schema["dependencies"].as_object(), &value.data) {
            for (_, dependency) in dependencies.iter().filter(|(key, _)| map.get(key).is_some()) {
                let Some(keys) = dependency.as_array() else {
                    self.validate(dependency, value, path, out, depth + 1);
                    continue;
                };
                for key in keys.iter().filter_map(Json::as_str).filter(|key| map.get(key).is_none()) {
                    out.fault(path, value, &format!("Has a dependency on {key}"));
                }
            }
        }
        if let Some(condition) = schema.get("if") {
            let holds = self.alone(condition, value, path, depth).fits();
            let (branch, words) = if holds {
                ("then", "Must validate \"then\" as \"if\" was valid")
            } else {
                ("else", "Must validate \"else\" as \"if\" was not valid")
            };
            if let Some(branch) = schema.get(branch) {
                let outcome = self.alone(branch, value, path, depth);
                if !outcome.fits() {
                    out.fault(path, value, words);
                    out.merge(outcome);
                }
            }
        }
        out.score += 1;
    }

    fn array(&self, schema: &Json, value: &Value, items: &[Value], path: &Path, out: &mut Outcome, depth: usize) {
        match &schema["items"] {
            Json::Array(schemas) => {
                let rest = schema.get("additionalItems");
                for (index, item) in items.iter().enumerate() {
                    let path = path.to(&index.to_string());
                    match (schemas.get(index), rest) {
                        (Some(schema), _) => out.merge(self.alone(schema, item, &path, depth)),
                        (None, Some(rest @ Json::Object(_))) => out.merge(self.alone(rest, item, &path, depth)),
                        _ => {}
                    }
                }
                if items.len() > schemas.len() && rest == Some(&Json::Bool(false)) {
                    out.fault(path, value, "No additional items allowed on array");
                }
            }
            Json::Null => {}
            schema => {
                for (index, item) in items.iter().enumerate() {
                    out.merge(self.alone(schema, item, &path.to(&index.to_string()), depth));
                }
            }
        }
        check_count(schema, "minItems", "maxItems", items.len(), |bound, of| {
            out.fault(path, value, &format!("Array must have at {bound} {of} items"));
        });
        if schema["uniqueItems"] == Json::Bool(true) {
            let texts: Vec<_> = items.iter().map(json_text).collect();
            for (index, text) in texts.iter().enumerate() {
                if let Some(other) = texts[..index].iter().rposition(|other| other == text) {
                    out.fault(path, value, &format!("array items[{other},{index}] must be unique"));
                }
            }
        }
        if let Some(wanted) = schema.get("contains") {
            let mut best = None;
            let fits = items.iter().enumerate().any(|(index, item)| {
                let outcome = self.alone(wanted, item, &path.to(&index.to_string()), depth);
                let fits = outcome.fits();
                best = nearer(best.take(), outcome);
                fits
            });
            if !fits {
                out.fault(path, value, "At least one of the items must match");
                out.merge(best.unwrap_or_default());
            }
        }
        out.score += 1;
    }

    fn object(&self, schema: &Json, value: &Value, map: &Map, path: &Path, out: &mut Outcome, depth: usize) {
        let entries = map.entries.borrow().clone();
        check_count(schema, "minProperties", "maxProperties", entries.len(), |bound, of| {
            out.fault(path, value, &format!("Must have at {bound} {of} properties"));
        });
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if entries.contains_key(key) {
                out.score += 1;
            } else {
                out.fault(path, value, &format!("{key} is required"));
            }
        }
        let patterns: Vec<_> = schema["patternProperties"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(pattern, schema)| Some((Regex::new(pattern).ok()?, schema)))
            .collect();
        for (key, item) in &entries {
            let mut described = schema["properties"].get(&**key).is_some();
            for (_, schema) in patterns.iter().filter(|(pattern, _)| pattern.is_match(key)) {
                described = true;
                out.merge(self.alone(schema, item, &path.to(key), depth));
            }
            match &schema["additionalProperties"] {
                Json::Bool(false) if !described => {
                    out.fault(path, item, &format!("Additional property {key} is not allowed"));
                }
                rest @ Json::Object(_) if !described => out.merge(self.alone(rest, item, &path.to(key), depth)),
                _ => {}
            }
        }
        if let Some(names) = schema.get("propertyNames") {
            for key in entries.keys() {
                let outcome = self.alone(names, &Value::str(&**key), path, depth);
                if !outcome.fits() {
                    out.fault(path, value, &format!("Property name of \"{key}\" does not match"));
                    out.merge(outcome);
                }
            }
        }
        out.score += 1;
    }
}

/// Tells `least` or `most`, and the bound, where `count` breaks it.
fn check_count(schema: &Json, min: &str, max: &str, count: usize, mut tell: impl FnMut(&str, u64)) {
    if let Some(min) = schema[min].as_u64().filter(|min| (count as u64) < *min) {
        tell("least", min);
    }
    if let Some(max) = schema[max].as_u64().filter(|max| (count as u64) > *max) {
        tell("most", max);
    }
}

fn check_number(schema: &Json, value: &Value, number: f64, path: &Path, out: &mut Outcome) {
    let bound = |key: &str| schema[key].as_f64();
    if let Some(of) = bound("multipleOf").filter(|of| !is_multiple(number, *of)) {
        out.fault(path, value, &format!("Must be a multiple of {}", float::shortest(of)));
    }
    // Draft 4 wrote `exclusiveMaximum: true` beside `maximum`.
    let exclusive = |key: &str| schema[key] == Json::Bool(true);
    let mut check = |key: &str, breaks: bool, words: &str| {
        if let Some(bound) = bound(key).filter(|_| breaks) {
            out.fault(path, value, &format!("Must be {words} {}", float::shortest(bound)));
        }
    };
    let above = |key: &str, or_equal: bool| bound(key).is_some_and(|of| number > of || (or_equal && number == of));
    let below = |key: &str, or_equal: bool| bound(key).is_some_and(|of| number < of || (or_equal && number == of));
    match exclusive("exclusiveMaximum") {
        true => check("maximum", above("maximum", true), "less than"),
        false => check("maximum", above("maximum", false), "less than or equal to"),
    }
    check("exclusiveMaximum", above("exclusiveMaximum", true), "less than");
    match exclusive("exclusiveMinimum") {
        true => check("minimum", below("minimum", true), "greater than"),
        false => check("minimum", below("minimum", false), "greater than or equal to"),
    }
    check("exclusiveMinimum", below("exclusiveMinimum", true), "greater than");
    out.score += 1;
}

fn check_constants(schema: &Json, value: &Value, path: &Path, out: &mut Outcome) {
    if let Some(wanted) = schema.get("const")
        && json_text(value) != json_of(wanted)
    {
        out.fault(path, value, &format!("{} does not match: {}", path.words(), json_of(wanted)));
    }
    if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.is_empty()) {
        let allowed: Vec<_> = allowed.iter().map(json_of).collect();
        if !allowed.contains(&json_text(value)) {
            let words = format!("{} must be one of the following: {}", path.words(), allowed.join(", "));
            out.fault(path, value, &words);
        }
    }
    out.score += 1;
}

fn check_text(schema: &Json, value: &Value, text: &str, path: &Path, out: &mut Outcome) {
    check_count(schema, "minLength", "maxLength", text.chars().count(), |bound, of| {
        let bound = if bound == "least" { "greater" } else { "less" };
        out.fault(path, value, &format!("String length must be {bound} than or equal to {of}"));
    });
    if let Some(pattern) = schema["pattern"].as_str()
        && Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text))
    {
        out.fault(path, value, &format!("Does not match pattern '{pattern}'"));
    }
    if let Some(format @ ("email" | "ipv4")) = schema["format"].as_str() {
        let fits = match format {
            "email" => text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
            _ => text.parse::<std::net::Ipv4Addr>().is_ok(),
        };
        if !fits {
            out.fault(path, value, &format!("Does not match format '{format}'"));
        }
    }
    out.score += 1;
}
