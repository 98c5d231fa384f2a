//! `.Chart`: Chart.yaml as the Go struct that templates see.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::chart::{Entry, Metadata};
use crate::template::HelmVersion;
use crate::template::traced::{Made, Traced};
use crate::template::value::{Data, List, Map, Object, STRING_LIST, Value};

/// A struct of plain fields.
#[derive(Debug)]
struct Record {
    type_name: &'static str,
    /// Field, key in JSON, value; in Go's order.
    fields: Vec<(&'static str, &'static str, Value)>,
    /// Fields of an embedded struct, which are this one's too.
    promoted: Vec<(&'static str, &'static str, Value)>,
}

impl Object for Record {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn field(&self, name: &str) -> Option<Value> {
        let mut all = self.fields.iter().chain(&self.promoted);
        all.find(|(field, ..)| *field == name).map(|(_, _, value)| value.clone())
    }

    fn display(&self) -> String {
        let fields: Vec<_> = self.fields.iter().map(|(_, _, value)| crate::template::fmt::display(value)).collect();
        let pointer = if self.type_name.starts_with('*') { "&" } else { "" };
        format!("{pointer}{{{}}}", fields.join(" "))
    }

    fn as_map(&self) -> Option<Map> {
        let set = self.json().unwrap_or_default().into_iter();
        Some(Map::new(set.map(|(key, value)| (Rc::from(key), value)).collect()))
    }

    fn json(&self) -> Option<Vec<(&'static str, Value)>> {
        let all = self.promoted.iter().chain(&self.fields);
        let set = all.filter(|(_, key, value)| !key.is_empty() && (value.truth() || *key == "IsRoot"));
        Some(set.map(|(_, key, value)| (*key, value.clone())).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn record(type_name: &'static str, fields: Vec<(&'static str, &'static str, Value)>) -> Value {
    Value::object(Record { type_name, fields, promoted: Vec::new() })
}

/// `.Chart` of a chart that goes by `name` (its alias, where it has one). `entries` are the dependencies in use.
pub(super) fn chart(metadata: &Metadata, name: &str, entries: &[&Entry], root: bool, version: HelmVersion) -> Value {
    if version == HelmVersion::V4 {
        let mut fields = fields(metadata, name, entries);
        fields.push(("IsRoot", "", Value::bool(root)));
        return map(&fields);
    }
    let fields = fields(metadata, name, entries);
    let inner = record("chart.Metadata", fields.clone());
    let own = vec![("Metadata", "", inner), ("IsRoot", "IsRoot", Value::bool(root))];
    Value::object(Record { type_name: "struct { chart.Metadata; IsRoot bool }", fields: own, promoted: fields })
}

/// Helm 4's form of structs: maps by the names of the fields.
fn map(fields: &[(&'static str, &'static str, Value)]) -> Value {
    let plain = |value: &Value| match &value.data {
        Data::Object(object) => match object.as_any().downcast_ref::<Record>() {
            Some(record) => map(&record.fields),
            None => value.clone(),
        },
        _ => value.clone(),
    };
    let entry = |(name, _, value): &(&'static str, &'static str, Value)| {
        let value = match &value.data {
            Data::List(list) if list.type_name == STRING_LIST => Value::strings(list.items.iter().cloned().collect()),
            Data::List(list) => Value::list(list.items.iter().map(plain).collect()),
            _ => plain(value),
        };
        (Rc::from(*name), value)
    };
    Value::map(fields.iter().map(entry).collect())
}

fn fields(metadata: &Metadata, name: &str, entries: &[&Entry]) -> Vec<(&'static str, &'static str, Value)> {
    let text = |text: &str| Value::str(text);
    // A value of Chart.yaml knows its place, unless it goes by another name here.
    let top = |key: &str, text: &str| {
        let born = metadata.places.get(key).copied().filter(|_| key != "name" || text == metadata.name);
        Value { born, ..Value::traced(Traced::made(text, Made { value: born, known: true })) }
    };
    let maintainers = metadata.maintainers.iter().map(|[name, email, url]| {
        let fields = vec![("Name", "name", text(name)), ("Email", "email", text(email)), ("URL", "url", text(url))];
        record("*chart.Maintainer", fields)
    });
    let annotations: BTreeMap<_, _> =
        metadata.annotations.iter().map(|(key, value)| (Rc::from(key.as_str()), text(value))).collect();
    let dependencies = entries.iter().map(|entry| {
        let fields = vec![
            ("Name", "name", text(entry.key())),
            ("Version", "version", text(&entry.version)),
            ("Repository", "repository", text(&entry.repository)),
            ("Condition", "condition", text(&entry.condition)),
            ("Tags", "tags", texts(&entry.tags)),
            ("Enabled", "enabled", Value::bool(true)),
            ("ImportValues", "import-values", Value::list(Vec::new())),
            ("Alias", "alias", text(&entry.alias)),
        ];
        record("*chart.Dependency", fields)
    });
    vec![
        ("Name", "name", top("name", name)),
        ("Home", "home", top("home", &metadata.home)),
        ("Sources", "sources", texts(&metadata.sources)),
        ("Version", "version", top("version", &metadata.version)),
        ("Description", "description", top("description", &metadata.description)),
        ("Keywords", "keywords", texts(&metadata.keywords)),
        ("Maintainers", "maintainers", list(maintainers.collect(), "[]*chart.Maintainer")),
        ("Icon", "icon", top("icon", &metadata.icon)),
        ("APIVersion", "apiVersion", top("apiVersion", &metadata.api_version)),
        ("Condition", "condition", top("condition", &metadata.condition)),
        ("Tags", "tags", top("tags", &metadata.tags)),
        ("AppVersion", "appVersion", top("appVersion", &metadata.app_version)),
        ("Deprecated", "deprecated", Value::bool(metadata.deprecated)),
        (
            "Annotations",
            "annotations",
            Data::Map(Map { type_name: "map[string]string", ..Map::new(annotations) }).into(),
        ),
        ("KubeVersion", "kubeVersion", top("kubeVersion", &metadata.kube_version)),
        ("Dependencies", "dependencies", list(dependencies.collect(), "[]*chart.Dependency")),
        ("Type", "type", top("type", &metadata.kind)),
    ]
}

fn texts(texts: &[String]) -> Value {
    list(texts.iter().map(|text| Value::str(text.as_str())).collect(), STRING_LIST)
}

fn list(items: Vec<Value>, type_name: &'static str) -> Value {
    let list = if items.is_empty() { List::nil(type_name) } else { List::new(Rc::new(items.into()), type_name) };
    Data::List(list).into()
}
