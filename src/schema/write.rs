//! Schemas → our own files: one for each kind, and one of what they share.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::node::{Additional, Deprecated, Kind, Node, Rule, SchemaId};
use crate::yaml::typing::{self, Meaning};

/// Characters in a line.
const WIDTH: usize = 120;

/// A schema that is used twice is shared if it takes more than this many characters.
const INLINE: usize = 80;

/// The files of one release, by name.
pub(super) fn files(nodes: &[Node], kinds: &[Kind]) -> BTreeMap<String, String> {
    let mut kinds: Vec<&Kind> = kinds.iter().collect();
    kinds.sort_by_key(|kind| (&kind.group, &kind.plural));
    let writer = Writer { nodes, names: names(nodes, &kinds) };
    let mut files = BTreeMap::new();
    for kind in kinds {
        let group = if kind.group.is_empty() { "core" } else { &*kind.group };
        files.insert(format!("{group}_{}.yaml", kind.plural), yaml(&writer.kind(kind)));
    }
    let mut shared: Vec<_> = writer.names.iter().map(|(id, name)| (name, writer.node(*id))).collect();
    shared.sort_by_key(|(name, _)| *name);
    if !shared.is_empty() {
        let shared = shared.into_iter().map(|(name, value)| (name.clone(), value)).collect();
        files.insert("shared.yaml".to_owned(), yaml(&Value::Object(shared)));
    }
    files
}

/// The names of the nodes that stand in the file of shared schemas: each is called after the first place it is seen
/// at, with as many keys as make it unique.
fn names(nodes: &[Node], kinds: &[&Kind]) -> HashMap<SchemaId, String> {
    let mut uses: HashMap<SchemaId, usize> = HashMap::new();
    let mut seen = HashSet::new();
    let mut order = Vec::new();
    for kind in kinds {
        for id in kind.versions.iter().filter_map(|version| version.schema) {
            visit(nodes, id, &mut vec![kind.kind.to_string()], &mut |id, path| {
                *uses.entry(id).or_default() += 1;
                let new = seen.insert(id);
                if new {
                    order.push((id, path.to_vec()));
                }
                new
            });
        }
    }
    // Children come first, so what they leave to their shared file does not count for those that hold them.
    let mut shared = Writer { nodes, names: HashMap::new() };
    let mut twice: Vec<_> = uses.into_iter().filter(|(_, uses)| *uses > 1).map(|(id, _)| id).collect();
    twice.sort();
    for id in twice {
        if flow(&shared.node(id), INLINE).is_none() {
            shared.names.insert(id, "some.name".to_owned());
        }
    }
    let mut names = HashMap::new();
    let mut taken = HashSet::new();
    for (id, path) in order.into_iter().filter(|(id, _)| shared.names.contains_key(id)) {
        let longer = (0..path.len()).rev().map(|from| path[from..].join("."));
        let numbered = (2..).map(|number| format!("{}.{number}", path.join(".")));
        if let Some(name) = longer.chain(numbered).find(|name| !taken.contains(name)) {
            taken.insert(name.clone());
            names.insert(id, name);
        }
    }
    names
}

/// Calls `see` for a node and the keys that lead to it, and goes on below it where that says so.
fn visit(nodes: &[Node], id: SchemaId, path: &mut Vec<String>, see: &mut impl FnMut(SchemaId, &[String]) -> bool) {
    if !see(id, path) {
        return;
    }
    let node = &nodes[id.0 as usize];
    for (name, child) in &node.properties {
        path.push(name.to_string());
        visit(nodes, *child, path, see);
        path.pop();
    }
    for child in node.children().skip(node.properties.len()) {
        path.push(if node.items == Some(child) { "item" } else { "value" }.to_owned());
        visit(nodes, child, path, see);
        path.pop();
    }
}

struct Writer<'a> {
    nodes: &'a [Node],
    names: HashMap<SchemaId, String>,
}

impl Writer<'_> {
    fn kind(&self, kind: &Kind) -> Value {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value, there: bool| {
            if there {
                map.insert(key.to_owned(), value);
            }
        };
        put("group", json!(&*kind.group), !kind.group.is_empty());
        put("kind", json!(&*kind.kind), true);
        put("plural", json!(&*kind.plural), true);
        put("shortNames", texts(&kind.short_names), !kind.short_names.is_empty());
        put("scope", json!(if kind.namespaced { "Namespaced" } else { "Cluster" }), true);
        let versions = kind.versions.iter().map(|version| {
            let mut map = Map::new();
            let mut put = |key: &str, value: Value, there: bool| {
                if there {
                    map.insert(key.to_owned(), value);
                }
            };
            put("storage", json!(true), version.storage);
            put("deprecated", json!(true), version.deprecated);
            put("deprecationWarning", text(&version.deprecation_warning), version.deprecation_warning.is_some());
            put("status", json!(true), version.status);
            put("schema", version.schema.map_or(Value::Null, |id| self.schema(id)), version.schema.is_some());
            (version.name.to_string(), Value::Object(map))
        });
        put("versions", Value::Object(versions.collect()), true);
        Value::Object(map)
    }

    /// A node, or the name of a shared one.
    fn schema(&self, id: SchemaId) -> Value {
        match self.names.get(&id) {
            Some(name) => json!({ "$ref": name }),
            None => self.node(id),
        }
    }

    fn schemas(&self, ids: &[SchemaId]) -> Value {
        ids.iter().map(|id| self.schema(*id)).collect()
    }

    fn node(&self, id: SchemaId) -> Value {
        let node = &self.nodes[id.0 as usize];
        let mut map = Map::new();
        let mut put = |key: &str, value: Value, there: bool| {
            if there {
                map.insert(key.to_owned(), value);
            }
        };
        put("type", node.kind.map_or(Value::Null, |kind| json!(kind.name())), node.kind.is_some());
        put("x-kubernetes-int-or-string", json!(true), node.int_or_string);
        put("x-kubernetes-preserve-unknown-fields", json!(true), node.preserve_unknown);
        put("x-kubernetes-embedded-resource", json!(true), node.embedded);
        put("nullable", json!(true), node.nullable);
        match &node.deprecated {
            Some(Deprecated::Since(release)) => put("deprecated", json!(&**release), true),
            Some(Deprecated::Sometime) => put("deprecated", json!(true), true),
            None => {}
        }
        put("default", node.default.as_deref().cloned().unwrap_or_default(), node.default.is_some());
        put("enum", Value::Array(node.allowed.clone()), !node.allowed.is_empty());
        put("format", text(&node.format), node.format.is_some());
        put("pattern", text(&node.pattern), node.pattern.is_some());
        put("minimum", number(node.minimum), node.minimum.is_some());
        put("exclusiveMinimum", json!(true), node.exclusive_minimum);
        put("maximum", number(node.maximum), node.maximum.is_some());
        put("exclusiveMaximum", json!(true), node.exclusive_maximum);
        put("multipleOf", number(node.multiple_of), node.multiple_of.is_some());
        for (key, count) in [
            ("minLength", node.min_length),
            ("maxLength", node.max_length),
            ("minItems", node.min_items),
            ("maxItems", node.max_items),
            ("minProperties", node.min_properties),
            ("maxProperties", node.max_properties),
        ] {
            put(key, json!(count), count.is_some());
        }
        put("uniqueItems", json!(true), node.unique_items);
        put("x-kubernetes-list-type", json!(node.list.map(super::ListType::name)), node.list.is_some());
        put("x-kubernetes-list-map-keys", texts(&node.list_map_keys), !node.list_map_keys.is_empty());
        put("x-kubernetes-map-type", json!("atomic"), node.atomic_map);
        put("x-kubernetes-validations", node.rules.iter().map(rule).collect(), !node.rules.is_empty());
        put("allOf", self.schemas(&node.all_of), !node.all_of.is_empty());
        put("anyOf", self.schemas(&node.any_of), !node.any_of.is_empty());
        put("oneOf", self.schemas(&node.one_of), !node.one_of.is_empty());
        put("not", node.not.map_or(Value::Null, |id| self.schema(id)), node.not.is_some());
        put("required", texts(&node.required), !node.required.is_empty());
        let properties = node.properties.iter().map(|(name, id)| (name.to_string(), self.schema(*id)));
        put("properties", Value::Object(properties.collect()), !node.properties.is_empty());
        match node.additional {
            Some(Additional::Any(any)) => put("additionalProperties", json!(any), true),
            Some(Additional::Of(id)) => put("additionalProperties", self.schema(id), true),
            None => {}
        }
        put("items", node.items.map_or(Value::Null, |id| self.schema(id)), node.items.is_some());
        Value::Object(map)
    }
}

fn rule(rule: &Rule) -> Value {
    let mut map = Map::new();
    map.insert("rule".to_owned(), json!(&*rule.rule));
    for (key, value) in [
        ("message", &rule.message),
        ("messageExpression", &rule.message_expression),
        ("reason", &rule.reason),
        ("fieldPath", &rule.field_path),
    ] {
        if value.is_some() {
            map.insert(key.to_owned(), text(value));
        }
    }
    if rule.optional_old_self {
        map.insert("optionalOldSelf".to_owned(), json!(true));
    }
    Value::Object(map)
}

fn text(text: &Option<Arc<str>>) -> Value {
    json!(text.as_deref())
}

fn texts(texts: &[Arc<str>]) -> Value {
    texts.iter().map(|text| json!(&**text)).collect()
}

/// Whole numbers without a point.
fn number(number: Option<f64>) -> Value {
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => json!(number as i64),
        number => json!(number),
    }
}

/// A value as YAML: in one line where it fits, else in blocks.
fn yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(map, 0, &mut out),
        value => out = flow(value, usize::MAX).unwrap_or_default() + "\n",
    }
    out
}

/// The lines of a mapping. The first one is begun already; the others are indented.
fn block(map: &Map<String, Value>, indent: usize, out: &mut String) {
    for (number, (key, value)) in map.iter().enumerate() {
        if number > 0 {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        let key = scalar(key);
        out.push_str(&key);
        out.push(':');
        let room = if is_spread(&key, value) { 0 } else { WIDTH.saturating_sub(indent + key.len() + 2) };
        match (value, flow(value, room)) {
            // A kind's versions stand in lines of their own.
            (Value::Object(map), text) if !map.is_empty() && (text.is_none() || indent == 0) => {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent + 2));
                block(map, indent + 2, out);
            }
            (Value::Array(items), None) => {
                out.push('\n');
                for item in items {
                    out.extend(std::iter::repeat_n(' ', indent));
                    out.push_str("- ");
                    match (item, flow(item, WIDTH.saturating_sub(indent + 2))) {
                        (Value::Object(map), None) => block(map, indent + 2, out),
                        (_, text) => {
                            out.push_str(&text.or_else(|| flow(item, usize::MAX)).unwrap_or_default());
                            out.push('\n');
                        }
                    }
                }
            }
            (value, text) => {
                out.push(' ');
                out.push_str(&text.or_else(|| flow(value, usize::MAX)).unwrap_or_default());
                out.push('\n');
            }
        }
    }
}

/// Two properties do not share a line.
fn is_spread(key: &str, value: &Value) -> bool {
    key == "properties" && value.as_object().is_some_and(|map| map.len() > 1)
}

/// A value in one line; `None` if that is longer than `room`.
fn flow(value: &Value, room: usize) -> Option<String> {
    let mut out = String::new();
    put_flow(value, room, &mut out).then_some(out)
}

/// Stops with `false` where the line grows longer than `room`.
fn put_flow(value: &Value, room: usize, out: &mut String) -> bool {
    match value {
        Value::String(text) => out.push_str(&scalar(text)),
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number > 0 { ", " } else { "" });
                if !put_flow(item, room, out) {
                    return false;
                }
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (number, (key, value)) in map.iter().enumerate() {
                if room < usize::MAX && is_spread(key, value) {
                    return false;
                }
                out.push_str(if number > 0 { ", " } else { "" });
                out.push_str(&scalar(key));
                out.push_str(": ");
                if !put_flow(value, room, out) {
                    return false;
                }
            }
            out.push('}');
        }
        value => out.push_str(&value.to_string()),
    }
    out.len() <= room
}

/// A string as a scalar: plain where every reader takes it for a string, also inside brackets.
fn scalar(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_$/.- ".contains(c);
    let plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$')
        && text.chars().all(safe)
        && !text.ends_with(' ')
        && typing::plain(text) == Meaning::Str;
    if plain {
        text.to_owned()
    } else if text.chars().any(char::is_control) {
        Value::from(text).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
