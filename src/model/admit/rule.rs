//! Rules in CEL, on nodes as they are: a field that is dropped is not there, a default is.

use serde_json::Value as Json;

use super::value::{Said, entries, said};
use crate::model::object::Node;
use crate::schema::Schema;
use crate::schema::cel::{self, Data, Error, Opened};

/// The messages of the rules that do not hold. Rules about changes, and those that cannot be worked out, are silent.
pub(super) fn broken<'w>(at: Node<'w>, schema: Schema<'w>) -> Vec<String> {
    let rules = schema.node().rules.iter().filter_map(|rule| {
        let parsed = cel::Rule::parse(&rule.rule).filter(|parsed| !parsed.is_transition())?;
        match parsed.holds(View { value: Value::Node(at), schema: Some(schema) }) {
            Ok(true) | Err(Error::Unknown) => None,
            Ok(false) => Some(match &rule.message {
                Some(message) => message.trim().to_owned(),
                None => format!("failed rule: {}", rule.rule.trim()),
            }),
            Err(Error::Failed(words)) => Some(format!("rule evaluation error: {words}")),
        }
    });
    rules.collect()
}

#[derive(Clone, Copy)]
enum Value<'w> {
    Node(Node<'w>),
    Default(&'w Json),
}

#[derive(Clone, Copy)]
struct View<'w> {
    value: Value<'w>,
    /// `None` where no schema tells what is there.
    schema: Option<Schema<'w>>,
}

impl<'w> View<'w> {
    /// The entry of a map after dropping and filling in; the outer `None` where nothing is there.
    fn entry(key: &str, value: Option<Node<'w>>, schema: Option<Schema<'w>>) -> Option<Self> {
        let below = schema.and_then(|schema| schema.key(key));
        let unknown = below.is_none() && schema.is_none_or(|schema| schema.preserve_unknown);
        let default = below.and_then(|schema| schema.node().default.as_deref());
        let value = value.filter(|value| said(*value) != Said::Null || below.is_some_and(|schema| schema.nullable));
        match (value, default) {
            _ if below.is_none() && !unknown => None,
            (Some(value), _) => Some(Self { value: Value::Node(value), schema: below }),
            (None, Some(default)) => Some(Self { value: Value::Default(default), schema: below }),
            (None, None) => None,
        }
    }
}

impl<'w> Data<'w> for View<'w> {
    fn open(self) -> Opened<'w, Self> {
        let node = match self.value {
            Value::Node(node) => node,
            Value::Default(json) => {
                let below = |value| Self { value: Value::Default(value), schema: None };
                return match json {
                    Json::Null => Opened::Null,
                    Json::Bool(value) => Opened::Bool(*value),
                    Json::Number(number) => match number.as_i64() {
                        Some(number) => Opened::Int(number),
                        None => Opened::Double(number.as_f64().unwrap_or_default()),
                    },
                    Json::String(text) => Opened::Str(text),
                    Json::Array(items) => Opened::List(items.iter().map(below).collect()),
                    Json::Object(map) => {
                        Opened::Map(map.iter().map(|(key, value)| (key.as_str(), below(value))).collect())
                    }
                };
            }
        };
        let said = said(node);
        if !matches!(said, Said::Map | Said::List) && !node.known() {
            return Opened::Unknown;
        }
        match said {
            Said::Null => Opened::Null,
            Said::Bool(value) => Opened::Bool(value),
            Said::Int(value) => Opened::Int(value),
            Said::Float(value) => Opened::Double(value),
            Said::Str(text) => Opened::Str(text),
            Said::List => {
                let schema = self.schema.and_then(Schema::item);
                Opened::List(node.items().map(|item| Self { value: Value::Node(item), schema }).collect())
            }
            Said::Map => {
                let Some(entries) = entries(node) else { return Opened::Unknown };
                let mut map = Vec::new();
                for entry in &entries {
                    let Some(name) = entry.key.text() else { return Opened::Unknown };
                    map.extend(Self::entry(name, Some(entry.value), self.schema).map(|view| (name, view)));
                }
                for (name, _) in self.schema.into_iter().flat_map(Schema::properties) {
                    if !entries.iter().any(|entry| entry.name == name) {
                        map.extend(Self::entry(name, None, self.schema).map(|view| (name, view)));
                    }
                }
                Opened::Map(map)
            }
            Said::Unknown => Opened::Unknown,
        }
    }

    fn get(self, key: &str) -> Option<Self> {
        match self.value {
            Value::Default(json) => {
                json.as_object()?.get(key).map(|value| Self { value: Value::Default(value), schema: None })
            }
            Value::Node(node) => {
                let tree = node.document.tree();
                Self::entry(key, tree.get(node.id, key).map(|id| node.document.node(id)), self.schema)
            }
        }
    }
}
