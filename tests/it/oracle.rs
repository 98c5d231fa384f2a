//! A second opinion on admission: the API server's pipeline once more, on plain JSON and on the CRDs themselves, by
//! other hands: a small interpreter that prunes and fills in, `jsonschema` for structure, `cel` for rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kubeblocks_ls::yaml::parser;
use kubeblocks_ls::yaml::tree::{Kind, NodeId, Style, Tree};
use kubeblocks_ls::yaml::typing::{self, Meaning};
use serde_json::{Map, Value, json};

/// The CRDs of all releases.
pub(crate) struct Oracle {
    kinds: BTreeMap<(String, String), BTreeMap<String, Judge>>,
}

/// The schema of one kind in one release.
struct Judge {
    schema: Value,
    validator: jsonschema::Validator,
}

/// What is wrong and where: `unknown /spec/foo`, `required /spec name`, `rule /spec message`.
pub(crate) type Verdict = BTreeSet<String>;

impl Oracle {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut kinds: BTreeMap<_, BTreeMap<String, Judge>> = BTreeMap::new();
        for release in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if !release.is_dir() {
                continue;
            }
            let name = release.file_name().unwrap().to_string_lossy().replace("main", "1.2");
            for file in std::fs::read_dir(&release).unwrap() {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                for crd in documents(&text) {
                    let spec = &crd["spec"];
                    let (group, kind) = (spec["group"].as_str().unwrap(), spec["names"]["kind"].as_str().unwrap());
                    for version in spec["versions"].as_array().unwrap() {
                        if version["served"] == false {
                            continue;
                        }
                        let mut schema = version["schema"]["openAPIV3Schema"].clone();
                        schema["properties"]["metadata"] =
                            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
                        if version["subresources"].get("status").is_some() {
                            schema["properties"]["status"] =
                                json!({"x-kubernetes-preserve-unknown-fields": true, "nullable": true});
                        }
                        let validator = jsonschema::draft7::new(&plain(&schema)).unwrap();
                        let key = (format!("{group}/{}", version["name"].as_str().unwrap()), kind.to_owned());
                        kinds.entry(key).or_default().insert(name.clone(), Judge { schema, validator });
                    }
                }
            }
        }
        Self { kinds }
    }

    /// The releases that serve a kind.
    pub(crate) fn serving(&self, api_version: &str, kind: &str) -> Vec<&str> {
        let releases = self.kinds.get(&(api_version.to_owned(), kind.to_owned()));
        releases.into_iter().flat_map(|releases| releases.keys().map(String::as_str)).collect()
    }

    pub(crate) fn judge(&self, release: &str, object: &Value) -> Verdict {
        let key = (object["apiVersion"].as_str().unwrap().into(), object["kind"].as_str().unwrap().into());
        let judge = &self.kinds[&key][release];
        let mut object = object.clone();
        let mut verdict = Verdict::new();
        if object.get("metadata").is_none() {
            object["metadata"] = json!({});
        }
        if object["status"].is_null() {
            object.as_object_mut().unwrap().remove("status");
        }
        prune(&mut object, &judge.schema, "", &mut verdict);
        fill(&mut object, &judge.schema);
        drop_nulls(&mut object, &judge.schema);
        let mut blocked = false;
        let mut mistyped = BTreeSet::new();
        let mut others = Vec::new();
        for error in judge.validator.iter_errors(&object) {
            let at = error.instance_path().to_string();
            let keyword = error.kind().keyword();
            // Only integer-or-string stands in `anyOf` in these CRDs.
            let keyword = if keyword == "anyOf" { "type" } else { keyword };
            blocked |= matches!(keyword, "type" | "required" | "enum" | "maxLength" | "maxItems" | "maxProperties");
            match error.kind() {
                jsonschema::error::ValidationErrorKind::Required { property } => {
                    verdict.insert(format!("required {at} {}", property.as_str().unwrap()));
                }
                _ if keyword == "type" => _ = mistyped.insert(at),
                _ => others.push((keyword.to_owned(), at)),
            }
        }
        // What has the wrong type is not judged further, nor what stands below it.
        let below =
            |line: &String, at: &String| line.split(' ').nth(1).is_some_and(|own| own.starts_with(&format!("{at}/")));
        verdict.retain(|line| !mistyped.iter().any(|at| below(line, at)));
        let others = others.into_iter().filter(|(_, at)| !mistyped.contains(at));
        verdict.extend(others.map(|(keyword, at)| format!("{keyword} {at}")));
        verdict.extend(mistyped.into_iter().map(|at| format!("type {at}")));
        duplicates(&object, &judge.schema, "", &mut verdict);
        if !blocked {
            rules(&object, &judge.schema, "", &mut verdict);
        }
        verdict
    }
}

/// The schema without what JSON Schema does not know; `nullable` becomes a type.
fn plain(schema: &Value) -> Value {
    let Value::Object(map) = schema else { return schema.clone() };
    let mut out = Map::new();
    for (key, value) in map {
        let value = match key.as_str() {
            "properties" => value.as_object().unwrap().iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
            "items" | "not" => plain(value),
            "additionalProperties" if value.is_object() => plain(value),
            "allOf" | "anyOf" | "oneOf" => value.as_array().unwrap().iter().map(plain).collect(),
            "type" if schema["nullable"] == true => json!([value, "null"]),
            "type"
            | "required"
            | "enum"
            | "pattern"
            | "additionalProperties"
            | "minLength"
            | "maxLength"
            | "minimum"
            | "maximum"
            | "minItems"
            | "maxItems"
            | "minProperties"
            | "maxProperties" => value.clone(),
            _ => continue,
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

/// The schema of a key, and whether keys without one may stay.
fn below<'s>(schema: &'s Value, key: &str) -> (Option<&'s Value>, bool) {
    let additional = &schema["additionalProperties"];
    let own = schema["properties"].get(key).or(additional.is_object().then_some(additional));
    (own, *additional == true || schema["x-kubernetes-preserve-unknown-fields"] == true)
}

fn prune(value: &mut Value, schema: &Value, at: &str, verdict: &mut Verdict) {
    match value {
        Value::Object(map) => map.retain(|key, value| match below(schema, key) {
            (Some(schema), _) => {
                prune(value, schema, &format!("{at}/{}", escape(key)), verdict);
                true
            }
            (None, true) => true,
            (None, false) => {
                verdict.insert(format!("unknown {at}/{}", escape(key)));
                false
            }
        }),
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                prune(item, &schema["items"], &format!("{at}/{i}"), verdict);
            }
        }
        _ => {}
    }
}

/// Null where none may be.
fn stray_null(value: &Value, schema: &Value) -> bool {
    value.is_null() && schema["nullable"] != true
}

fn fill(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(map) => {
            for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                if let Some(default) = schema.get("default")
                    && map.get(key).is_none_or(|value| stray_null(value, schema))
                {
                    map.insert(key.clone(), default.clone());
                }
            }
            for (key, value) in map {
                if let (Some(schema), _) = below(schema, key) {
                    fill(value, schema);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, &schema["items"])),
        _ => {}
    }
}

fn drop_nulls(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(map) => map.retain(|key, value| {
            let (Some(schema), _) = below(schema, key) else { return true };
            drop_nulls(value, schema);
            !stray_null(value, schema)
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| drop_nulls(item, &schema["items"])),
        _ => {}
    }
}

fn duplicates(value: &Value, schema: &Value, at: &str, verdict: &mut Verdict) {
    for (value, schema, at) in children(value, schema, at) {
        duplicates(value, schema, &at, verdict);
    }
    let Value::Array(items) = value else { return };
    let keys = schema["x-kubernetes-list-map-keys"].as_array().cloned().unwrap_or_default();
    let mut seen: Vec<Value> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let key = match schema["x-kubernetes-list-type"].as_str() {
            Some("set") => item.clone(),
            Some("map") => {
                let parts: Vec<_> = keys.iter().filter_map(|key| item.get(key.as_str().unwrap())).collect();
                if parts.len() < keys.len() || parts.iter().any(|part| part.is_array() || part.is_object()) {
                    continue;
                }
                json!(parts)
            }
            _ => return,
        };
        if seen.contains(&key) {
            verdict.insert(format!("duplicate {at}/{i}"));
        }
        seen.push(key);
    }
}

fn rules(value: &Value, schema: &Value, at: &str, verdict: &mut Verdict) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let text = rule["rule"].as_str().unwrap();
        if text.contains("oldSelf") {
            continue;
        }
        let program = cel::Program::compile(text).unwrap();
        let mut context = cel::Context::default();
        context.add_variable_from_value("self", to_cel(value));
        match program.execute(&context) {
            Ok(cel::Value::Bool(true)) => {}
            Ok(cel::Value::Bool(false)) => {
                verdict.insert(format!("rule {at} {}", rule["message"].as_str().unwrap_or(text).trim()));
            }
            Err(cel::ExecutionError::NoSuchKey(key)) => {
                verdict.insert(format!("rule {at} rule evaluation error: no such key: {key}"));
            }
            other => _ = verdict.insert(format!("rule {at} {other:?}")),
        }
    }
    for (value, schema, at) in children(value, schema, at) {
        rules(value, schema, &at, verdict);
    }
}

fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => cel::Value::Int(number),
            None => cel::Value::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => text.clone().into(),
        Value::Array(items) => items.iter().map(to_cel).collect::<Vec<_>>().into(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), to_cel(value)))
            .collect::<std::collections::HashMap<_, _>>()
            .into(),
    }
}

fn children<'v>(value: &'v Value, schema: &'v Value, at: &str) -> Vec<(&'v Value, &'v Value, String)> {
    match value {
        Value::Object(map) => {
            let entries = map.iter().filter_map(|(key, value)| Some((key, value, below(schema, key).0?)));
            entries.map(|(key, value, schema)| (value, schema, format!("{at}/{}", escape(key)))).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(i, item)| (item, &schema["items"], format!("{at}/{i}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// A key in a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The documents of a text as JSON.
fn documents(text: &str) -> Vec<Value> {
    let document = |range| {
        let tree = parser::parse(text, range);
        assert!(tree.problems().is_empty(), "{:?}", tree.problems());
        tree.root().map_or(Value::Null, |root| json_of(&tree, root))
    };
    parser::documents(text).into_iter().map(document).collect()
}

pub(crate) fn json_of(tree: &Tree, id: NodeId) -> Value {
    match tree.node(tree.resolve(id)).kind {
        Kind::Scalar { text, style: Style::Plain } => match typing::plain(text) {
            Meaning::Null => Value::Null,
            Meaning::Bool(value) => value.into(),
            Meaning::Int(value) => value.into(),
            Meaning::Uint(value) => value.into(),
            Meaning::Float(value) if value.fract() == 0.0 => (value as i64).into(),
            Meaning::Float(value) => value.into(),
            Meaning::Str => text.into(),
        },
        Kind::Scalar { text, .. } => text.into(),
        Kind::Sequence(items) => items.iter().map(|item| json_of(tree, *item)).collect(),
        Kind::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                if tree.is_merge_key(*key) {
                    let merged = match json_of(tree, *value) {
                        Value::Array(items) => items.into_iter().rev().collect(),
                        one => vec![one],
                    };
                    for one in merged {
                        map.extend(one.as_object().unwrap().clone());
                    }
                } else {
                    map.insert(tree.scalar(*key).unwrap().to_owned(), json_of(tree, *value));
                }
            }
            Value::Object(map)
        }
        Kind::Alias { .. } => panic!("an alias without an anchor"),
    }
}
