//! `.Chart`: Chart.yaml as the Go struct that templates see.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::chart::{Entry, Metadata};
use crate::template::value::{Data, List, Map, Object, Value};

/// A struct of plain fields.
#[derive(Debug)]
struct Record {
    type_name: &'static str,
    /// Field, key in JSON, value; in Go's order.
    fields: Vec<(&'static str, &'static str, Value)>,
}

impl Object for Record {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(field, ..)| *field == name).map(|(_, _, value)| value.clone())
    }

    fn method(&self, _name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        None
    }

    fn display(&self) -> String {
        let fields: Vec<_> = self.fields.iter().map(|(_, _, value)| crate::template::fmt::display(value)).collect();
        let pointer = if self.type_name.starts_with('*') { "&" } else { "" };
        format!("{pointer}{{{}}}", fields.join(" "))
    }

    fn as_map(&self) -> Option<Map> {
        let set = self.fields.iter().filter(|(_, key, value)| !key.is_empty() && (value.truth() || *key == "IsRoot"));
        Some(Map::new(set.map(|(_, key, value)| (Rc::from(*key), value.clone())).collect()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Chart` of a chart that goes by `name` (its alias, where it has one). `entries` are the dependencies in use.
pub(super) fn chart(metadata: &Metadata, name: &str, entries: &[&Entry], root: bool) -> Value {
    let fields = fields(metadata, name, entries);
    let inner = Value::object(Record { type_name: "chart.Metadata", fields: fields.clone() });
    let mut fields = fields;
    fields.push(("Metadata", "", inner));
    fields.push(("IsRoot", "IsRoot", Value::bool(root)));
    Value::object(Record { type_name: "struct { chart.Metadata; IsRoot bool }", fields })
}

fn fields(metadata: &Metadata, name: &str, entries: &[&Entry]) -> Vec<(&'static str, &'static str, Value)> {
    let text = |text: &str| Value::str(text);
    let maintainers = metadata.maintainers.iter().map(|[name, email, url]| {
        let fields = vec![("Name", "name", text(name)), ("Email", "email", text(email)), ("URL", "url", text(url))];
        Value::object(Record { type_name: "*chart.Maintainer", fields })
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
        Value::object(Record { type_name: "*chart.Dependency", fields })
    });
    vec![
        ("Name", "name", text(name)),
        ("Home", "home", text(&metadata.home)),
        ("Sources", "sources", texts(&metadata.sources)),
        ("Version", "version", text(&metadata.version)),
        ("Description", "description", text(&metadata.description)),
        ("Keywords", "keywords", texts(&metadata.keywords)),
        ("Maintainers", "maintainers", list(maintainers.collect(), "[]*chart.Maintainer")),
        ("Icon", "icon", text(&metadata.icon)),
        ("APIVersion", "apiVersion", text(&metadata.api_version)),
        ("Condition", "condition", text(&metadata.condition)),
        ("Tags", "tags", text(&metadata.tags)),
        ("AppVersion", "appVersion", text(&metadata.app_version)),
        ("Deprecated", "deprecated", Value::bool(metadata.deprecated)),
        (
            "Annotations",
            "annotations",
            Data::Map(Map { type_name: "map[string]string", ..Map::new(annotations) }).into(),
        ),
        ("KubeVersion", "kubeVersion", text(&metadata.kube_version)),
        ("Dependencies", "dependencies", list(dependencies.collect(), "[]*chart.Dependency")),
        ("Type", "type", text(&metadata.kind)),
    ]
}

fn texts(texts: &[String]) -> Value {
    Value::strings(texts.iter().map(|text| Value::str(text.as_str())).collect())
}

fn list(items: Vec<Value>, type_name: &'static str) -> Value {
    Data::List(List { items: Rc::new(items.into()), type_name }).into()
}
