//! A schema as it is written in CRDs, in OpenAPI documents and in our own files → nodes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::node::{Additional, Arena, Deprecated, Graph, Kind, ListType, Node, Rule, SchemaId, Type, Version};

/// Deeper schemas are refused.
const MAX_DEPTH: usize = 100;

/// Reads the files of folders: the folder's name, the file's name, and what stands in the file. A file with
/// `versions` is that of a kind; another one holds schemas that the folder's kinds share.
///
/// # Errors
/// What is wrong, behind the file's name and the path to it.
pub fn folders<'a>(files: impl IntoIterator<Item = (&'a str, &'a str, Value)>) -> Result<Graph, String> {
    let mut folders: BTreeMap<&str, Folder<'_>> = BTreeMap::new();
    for (folder, name, value) in files {
        let folder = folders.entry(folder).or_default();
        if value.get("versions").is_some() {
            folder.kinds.push((name, value));
        } else {
            folder.shared = value;
        }
    }
    let mut arena = Arena::default();
    let mut graph = Graph::default();
    for (name, folder) in folders {
        let mut reader = Reader::new(&mut arena, &folder.shared)?;
        let read =
            |(file, value): &(&str, Value)| reader.kind(value).map_err(|error| format!("{name}/{file}: {error}"));
        let kinds = folder.kinds.iter().map(read).collect::<Result<_, _>>()?;
        graph.folders.push((name.into(), kinds));
    }
    graph.nodes = arena.into_nodes();
    Ok(graph)
}

#[derive(Default)]
struct Folder<'a> {
    shared: Value,
    kinds: Vec<(&'a str, Value)>,
}

/// Reads schemas into an arena.
pub struct Reader<'a> {
    pub arena: &'a mut Arena,
    /// What `$ref: name` stands for, and what was read of it so far.
    shared: HashMap<String, (Value, Option<SchemaId>)>,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// `shared` is a mapping from names to schemas; `null` if there are none.
    ///
    /// # Errors
    /// `shared` is something else.
    pub fn new(arena: &'a mut Arena, shared: &Value) -> Result<Self, String> {
        let shared = match shared {
            Value::Null => HashMap::new(),
            Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), (value.clone(), None))).collect(),
            _ => return Err("the shared schemas are no mapping".into()),
        };
        Ok(Self { arena, shared, depth: 0 })
    }

    /// A kind as our files hold it.
    ///
    /// # Errors
    /// What is wrong, behind the path to it.
    pub fn kind(&mut self, value: &Value) -> Result<Kind, String> {
        let map = object(value)?;
        let mut versions = Vec::new();
        for (name, version) in object(map.get("versions").unwrap_or(&Value::Null))? {
            let version = object(version)?;
            let schema = version.get("schema").map(|schema| self.schema(schema)).transpose();
            versions.push(Version {
                name: self.arena.text(name),
                schema: schema.map_err(|error| format!("{name}.{error}"))?,
                storage: flag(version, "storage")?,
                deprecated: flag(version, "deprecated")?,
                deprecation_warning: self.text(version, "deprecationWarning")?,
                status: flag(version, "status")?,
            });
        }
        Ok(Kind {
            group: self.text(map, "group")?.unwrap_or_default(),
            kind: self.text(map, "kind")?.ok_or("no kind")?,
            plural: self.text(map, "plural")?.ok_or("no plural")?,
            short_names: self.texts(map, "shortNames")?,
            namespaced: match map.get("scope").and_then(Value::as_str) {
                Some("Namespaced") => true,
                Some("Cluster") => false,
                _ => return Err("scope is neither Namespaced nor Cluster".into()),
            },
            versions,
        })
    }

    /// One schema with all below it. Titles and examples are passed over, and descriptions are, but for what they say
    /// of deprecation.
    ///
    /// # Errors
    /// What is wrong, behind the path to it: an unknown keyword is wrong too.
    pub fn schema(&mut self, value: &Value) -> Result<SchemaId, String> {
        if self.depth > MAX_DEPTH {
            return Err("too deep".into());
        }
        self.depth += 1;
        let map = object(value)?;
        let id = match map.get("$ref") {
            Some(name) => self.shared(name.as_str().unwrap_or_default()),
            None => self.node(map).map(|node| self.arena.add(node)),
        };
        self.depth -= 1;
        id
    }

    /// The schema of a shared name.
    ///
    /// # Errors
    /// There is none, or what is wrong in it.
    pub fn shared(&mut self, name: &str) -> Result<SchemaId, String> {
        let (value, read) = self.shared.get(name).ok_or_else(|| format!("nothing is called {name}"))?;
        if let Some(id) = read {
            return Ok(*id);
        }
        let value = value.clone();
        let id = self.schema(&value).map_err(|error| format!("{name}: {error}"))?;
        if let Some((_, read)) = self.shared.get_mut(name) {
            *read = Some(id);
        }
        Ok(id)
    }

    fn node(&mut self, map: &Map<String, Value>) -> Result<Node, String> {
        let mut node = Node::default();
        for (key, value) in map {
            self.keyword(&mut node, key, value).map_err(|error| format!("{key}{error}"))?;
        }
        node.int_or_string = flag(map, "x-kubernetes-int-or-string")?;
        if node.int_or_string {
            let types: Vec<_> = node.any_of.iter().map(|id| self.arena.nodes()[id.0 as usize].kind).collect();
            if types == [Some(Type::Integer), Some(Type::String)] {
                node.any_of.clear();
            }
        }
        node.properties.sort();
        node.required.sort();
        node.required.dedup();
        Ok(node)
    }

    /// Errors begin with what follows the keyword in the path.
    fn keyword(&mut self, node: &mut Node, key: &str, value: &Value) -> Result<(), String> {
        let wrong = || format!(": unexpected {value}");
        let count = || value.as_u64().ok_or_else(wrong).map(Some);
        let number = || value.as_f64().ok_or_else(wrong).map(Some);
        let truth = || value.as_bool().ok_or_else(wrong);
        match key {
            "description" => {
                let since = value.as_str().and_then(deprecation);
                node.deprecated = node.deprecated.take().or(since.map(|since| self.deprecated(since)));
            }
            "title" | "example" | "externalDocs" | "x-kubernetes-int-or-string" => {}
            "type" => node.kind = Type::ALL.into_iter().find(|kind| value == kind.name()).ok_or_else(wrong)?.into(),
            "nullable" => node.nullable = truth()?,
            "x-kubernetes-preserve-unknown-fields" => node.preserve_unknown = truth()?,
            "x-kubernetes-embedded-resource" => node.embedded = truth()?,
            "deprecated" => {
                node.deprecated = match value {
                    Value::Bool(true) => Some(Deprecated::Sometime),
                    Value::String(since) => Some(self.deprecated(since)),
                    _ => return Err(wrong()),
                }
            }
            "default" => node.default = Some(Box::new(value.clone())),
            "properties" => {
                for (name, value) in object(value)? {
                    let schema = self.schema(value).map_err(|error| format!(".{name}.{error}"))?;
                    node.properties.push((self.arena.text(name), schema));
                }
            }
            "required" => node.required = self.list(value)?,
            "additionalProperties" => {
                node.additional = Some(match value {
                    Value::Bool(any) => Additional::Any(*any),
                    _ => Additional::Of(self.schema(value).map_err(|error| format!(".{error}"))?),
                });
            }
            "x-kubernetes-map-type" if value == "atomic" => node.atomic_map = true,
            "x-kubernetes-map-type" if value == "granular" => {}
            "minProperties" => node.min_properties = count()?,
            "maxProperties" => node.max_properties = count()?,
            "items" => node.items = Some(self.schema(value).map_err(|error| format!(".{error}"))?),
            "x-kubernetes-list-type" => {
                node.list = ListType::ALL.into_iter().find(|list| value == list.name()).ok_or_else(wrong)?.into();
            }
            "x-kubernetes-list-map-keys" => node.list_map_keys = self.list(value)?,
            "uniqueItems" => node.unique_items = truth()?,
            "minItems" => node.min_items = count()?,
            "maxItems" => node.max_items = count()?,
            "enum" => node.allowed = value.as_array().ok_or_else(wrong)?.clone(),
            "format" => node.format = Some(self.arena.text(value.as_str().ok_or_else(wrong)?)),
            "pattern" => node.pattern = Some(self.arena.text(value.as_str().ok_or_else(wrong)?)),
            "minLength" => node.min_length = count()?,
            "maxLength" => node.max_length = count()?,
            "minimum" => node.minimum = number()?,
            "exclusiveMinimum" => node.exclusive_minimum = truth()?,
            "maximum" => node.maximum = number()?,
            "exclusiveMaximum" => node.exclusive_maximum = truth()?,
            "multipleOf" => node.multiple_of = number()?,
            "x-kubernetes-validations" => {
                for rule in value.as_array().ok_or_else(wrong)? {
                    let rule = self.rule(rule).map_err(|error| format!(": {error}"))?;
                    node.rules.push(rule);
                }
            }
            "allOf" => node.all_of = self.schemas(value)?,
            "anyOf" => node.any_of = self.schemas(value)?,
            "oneOf" => node.one_of = self.schemas(value)?,
            "not" => node.not = Some(self.schema(value).map_err(|error| format!(".{error}"))?),
            _ => return Err(": unknown keyword".into()),
        }
        Ok(())
    }

    /// `since` is empty where nobody says.
    fn deprecated(&mut self, since: &str) -> Deprecated {
        if since.is_empty() { Deprecated::Sometime } else { Deprecated::Since(self.arena.text(since)) }
    }

    fn schemas(&mut self, value: &Value) -> Result<Vec<SchemaId>, String> {
        let list = value.as_array().ok_or(": no list")?;
        list.iter().map(|value| self.schema(value).map_err(|error| format!("[].{error}"))).collect()
    }

    fn rule(&mut self, value: &Value) -> Result<Rule, String> {
        let map = object(value)?;
        Ok(Rule {
            rule: self.text(map, "rule")?.ok_or("no rule")?,
            message: self.text(map, "message")?,
            message_expression: self.text(map, "messageExpression")?,
            reason: self.text(map, "reason")?,
            field_path: self.text(map, "fieldPath")?,
            optional_old_self: flag(map, "optionalOldSelf")?,
        })
    }

    fn list(&mut self, value: &Value) -> Result<Vec<Arc<str>>, String> {
        let list = value.as_array().ok_or(": no list")?;
        let texts = list.iter().map(|value| value.as_str().map(|text| self.arena.text(text)));
        texts.collect::<Option<_>>().ok_or_else(|| ": not all are strings".into())
    }

    pub(super) fn texts(&mut self, map: &Map<String, Value>, key: &str) -> Result<Vec<Arc<str>>, String> {
        map.get(key).map_or(Ok(Vec::new()), |value| self.list(value).map_err(|error| format!("{key}{error}")))
    }

    pub(super) fn text(&mut self, map: &Map<String, Value>, key: &str) -> Result<Option<Arc<str>>, String> {
        match map.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(self.arena.text(text))),
            Some(_) => Err(format!("{key} is no string")),
        }
    }
}

fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!(": expected a mapping, found {value}"))
}

pub(super) fn flag(map: &Map<String, Value>, key: &str) -> Result<bool, String> {
    map.get(key).map_or(Ok(false), |value| value.as_bool().ok_or_else(|| format!("{key} is neither true nor false")))
}

/// The release since which a description says its field is deprecated; empty where it names none. Go's convention is a
/// line that starts with the word; upstream also writes `GVKResource is deprecated since v0.8.`
fn deprecation(description: &str) -> Option<&str> {
    let rest = description.lines().find_map(|line| {
        let lower = line.trim_start().get(..10)?.eq_ignore_ascii_case("deprecated");
        let rest = if lower {
            &line.trim_start()[10..]
        } else {
            line.split_once(" is deprecated since ").map(|(_, rest)| rest)?
        };
        (!rest.starts_with(char::is_alphanumeric) || !lower).then_some(rest)
    })?;
    let digits = rest.trim_start_matches([' ', ',', ':']).trim_start_matches("since ").trim_start_matches('v');
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    Some(digits[..end].trim_end_matches('.'))
}
