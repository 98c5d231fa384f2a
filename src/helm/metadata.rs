//! Chart.yaml (and requirements.yaml of old charts): what Helm reads there and what it refuses (spec §9).

use std::collections::BTreeMap;

use super::chart::{Entry, Import, Metadata};
use super::decode::{self, Misfit, Struct, Type};
use crate::template::fmt;
use crate::template::funcs::semver;
use crate::template::value::{Data, Value};
use crate::text::Span;

static MAINTAINER: Struct = Struct {
    name: "Maintainer",
    go: "chart.Maintainer",
    fields: &[("name", Type::Text), ("email", Type::Text), ("url", Type::Text)],
};

static DEPENDENCY: Struct = Struct {
    name: "Dependency",
    go: "chart.Dependency",
    fields: &[
        ("name", Type::Text),
        ("version", Type::Text),
        ("repository", Type::Text),
        ("condition", Type::Text),
        ("tags", Type::List(&Type::Text)),
        ("enabled", Type::Bool),
        ("import-values", Type::List(&Type::Any)),
        ("alias", Type::Text),
    ],
};

static METADATA: Struct = Struct {
    name: "Metadata",
    go: "chart.Metadata",
    fields: &[
        ("name", Type::Text),
        ("home", Type::Text),
        ("sources", Type::List(&Type::Text)),
        ("version", Type::Text),
        ("description", Type::Text),
        ("keywords", Type::List(&Type::Text)),
        ("maintainers", Type::List(&Type::Struct(&MAINTAINER))),
        ("icon", Type::Text),
        ("apiVersion", Type::Text),
        ("condition", Type::Text),
        ("tags", Type::Text),
        ("appVersion", Type::Text),
        ("deprecated", Type::Bool),
        ("annotations", Type::TextMap),
        ("kubeVersion", Type::Text),
        ("dependencies", Type::List(&Type::Struct(&DEPENDENCY))),
        ("type", Type::Text),
    ],
};

/// The first value of Chart.yaml or requirements.yaml that does not fit its field.
pub(super) fn misfit(chart: &Value) -> Option<Misfit> {
    decode::check(chart, &METADATA)
}

/// Chart.yaml as Helm has it after decoding; what does not fit is empty.
pub(super) fn read(chart: &Value) -> Metadata {
    let kind = decode::text(chart, "type");
    let api_version = decode::text(chart, "apiVersion");
    Metadata {
        api_version: if api_version.is_empty() { "v1".into() } else { api_version },
        name: decode::text(chart, "name"),
        version: decode::text(chart, "version"),
        app_version: decode::text(chart, "appVersion"),
        kube_version: decode::text(chart, "kubeVersion"),
        description: decode::text(chart, "description"),
        library: kind == "library",
        kind,
        annotations: decode::text_map(chart, "annotations"),
        home: decode::text(chart, "home"),
        icon: decode::text(chart, "icon"),
        sources: decode::texts(chart, "sources"),
        keywords: decode::texts(chart, "keywords"),
        maintainers: decode::items(chart, "maintainers")
            .iter()
            .map(|item| ["name", "email", "url"].map(|key| decode::text(item, key)))
            .collect(),
        condition: decode::text(chart, "condition"),
        tags: decode::text(chart, "tags"),
        deprecated: matches!(decode::field(chart, "deprecated"), Some(Value { data: Data::Bool(true), .. })),
        places: places(chart),
        dependencies: entries(chart),
    }
}

/// Where the scalars of the root stand.
fn places(chart: &Value) -> BTreeMap<String, Span> {
    let Data::Map(map) = &chart.data else { return BTreeMap::new() };
    let entries = map.entries.borrow();
    let scalars = entries.iter().filter(|(_, value)| decode::scalar_text(value).is_some());
    scalars.filter_map(|(key, value)| Some((key.to_string(), value.born?))).collect()
}

/// The items of `dependencies`.
pub(super) fn entries(chart: &Value) -> Vec<Entry> {
    let items = decode::items(chart, "dependencies");
    items.iter().filter(|item| !item.is_nil()).map(entry).collect()
}

fn entry(item: &Value) -> Entry {
    let imports = decode::items(item, "import-values").into_iter().filter_map(|import| match &import.data {
        Data::Str(name) => Some(Import::Export(name.as_str().to_owned())),
        Data::Map(_) => {
            // Helm prints what is there, whatever it is.
            let path = |key| fmt::display(&decode::field(&import, key).unwrap_or(Value::NIL));
            Some(Import::Path { child: path("child"), parent: path("parent") })
        }
        _ => None,
    });
    let name = decode::field(item, "name");
    Entry {
        name: name.as_ref().and_then(decode::scalar_text).unwrap_or_default(),
        version: decode::text(item, "version"),
        repository: decode::text(item, "repository"),
        alias: decode::text(item, "alias"),
        condition: decode::text(item, "condition"),
        tags: decode::texts(item, "tags"),
        imports: imports.collect(),
        span: name.and_then(|name| name.born).or(item.born),
    }
}

/// Why Helm refuses the metadata, if it does, and where.
pub(super) fn invalid(metadata: &Metadata, chart: &Value) -> Option<(String, Option<Span>)> {
    let at = |key: &str| decode::field(chart, key).and_then(|value| value.born);
    let refuse = |message: String, at| Some((format!("validation: {message}"), at));
    if metadata.name.is_empty() {
        return refuse("chart.metadata.name is required".into(), None);
    }
    if metadata.name.contains('/') {
        return refuse(format!("chart.metadata.name {:?} is invalid", metadata.name), at("name"));
    }
    if metadata.version.is_empty() {
        return refuse("chart.metadata.version is required".into(), None);
    }
    if semver::parse_version(&metadata.version).is_err() {
        return refuse(format!("chart.metadata.version {:?} is invalid", metadata.version), at("version"));
    }
    if !matches!(metadata.kind.as_str(), "" | "application" | "library") {
        return refuse("chart.metadata.type must be application or library".into(), at("type"));
    }
    for (index, entry) in metadata.dependencies.iter().enumerate() {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !entry.alias.chars().all(legal) {
            return refuse(format!("dependency {:?} has disallowed characters in the alias", entry.name), entry.span);
        }
        if metadata.dependencies[..index].iter().any(|other| other.key() == entry.key()) {
            return refuse(format!("more than one dependency with name or alias {:?}", entry.key()), entry.span);
        }
    }
    None
}
