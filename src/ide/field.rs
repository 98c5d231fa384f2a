//! What is told of a key: words on the field, and what the schemas say of it.

use serde_json::Value;

use super::hover::Block;
use super::locate::{content, key_of};
use crate::model::kinds::{Kinds, successor};
use crate::model::object::Node;
use crate::model::operator::{POD_MANAGEMENT_POLICIES, PRE_CONDITIONS};
use crate::model::parts::fits;
use crate::model::words::at as words_at;
use crate::schema::release::{Release, ReleaseSet};
use crate::schema::walk::Place;
use crate::schema::{Deprecated, Schema, Type};
use crate::text::TextRange;
use crate::world::{docs, schemas};
use crate::yaml::path::{Path, Step};

/// Different facts of releases that are shown; the newest count.
const MAX_FACTS: usize = 3;
/// Allowed values that are listed.
const MAX_ALLOWED: usize = 12;
/// Longer patterns, in bytes, are left out.
const MAX_PATTERN: usize = 60;

/// What is told of a key of an object, or of its kind; and bytes of the rendered text, of which it is told.
pub(super) fn field(node: Node<'_>) -> Option<(TextRange, Vec<Block>)> {
    let api_version = node.document.api_version()?;
    let kind = node.document.kind()?;
    let blocks = words(api_version, kind, &path(node)?);
    (!blocks.is_empty()).then(|| (content(node), blocks))
}

/// What is told of an object's `apiVersion`: which releases serve the kind in it, and what they serve else.
pub(super) fn version(node: Node<'_>) -> Option<(TextRange, Vec<Block>)> {
    let (api_version, kind) = (node.document.api_version()?, node.document.kind()?);
    let root = node.document.root()?;
    if root.get("apiVersion") != Some(node) && root.key("apiVersion") != Some(node) {
        return None;
    }
    if !node.document.group()?.ends_with(".kubeblocks.io") {
        return None;
    }
    let kinds = Kinds(schemas());
    let serving = schemas().serving(api_version, kind);
    let mut blocks = vec![Block::text(match serving.is_empty() {
        true => format!("No release of KubeBlocks serves `{kind}` in `{api_version}`"),
        false => format!("`{kind}` of `{api_version}`: KubeBlocks {serving}"),
    })];
    let without = ReleaseSet::ALL.without(serving);
    let later: ReleaseSet =
        without.iter().filter(|release| serving.last().is_none_or(|last| *release > last)).collect();
    let others = kinds.versions(kind).into_iter().filter(|version| version != api_version);
    let others = others.map(|version| (schemas().serving(&version, kind), version));
    let mut others: Vec<_> = others.filter(|(serving, _)| !serving.is_empty()).collect();
    others.sort_by_key(|(serving, _)| serving.last());
    blocks.extend(others.iter().map(|(serving, version)| Block::text(format!("In `{version}`: KubeBlocks {serving}"))));
    if others.iter().all(|(serving, _)| later.and(*serving).is_empty()) && !later.is_empty() {
        let group = node.document.group().unwrap_or_default();
        blocks.extend(successor(group, kind).map(Block::text));
    }
    Some((content(node), blocks))
}

/// The same of a value that is one of those that the field allows.
pub(super) fn value(node: Node<'_>) -> Option<(TextRange, Vec<Block>)> {
    let text = node.text().filter(|text| !text.is_empty() && !node.is_alias())?;
    let (api_version, kind) = (node.document.api_version()?, node.document.kind()?);
    let path = Path::of(node.document.tree(), node.id);
    let place = Place::at(schemas(), api_version, kind, schemas().serving(api_version, kind), &path);
    let fixed =
        place.values().iter().any(|(known, _)| known.as_str() == Some(text)) || choices(kind, &path).contains(&text);
    if !fixed || key_of(node).is_none() {
        return None;
    }
    let blocks = words(api_version, kind, &path);
    (!blocks.is_empty()).then(|| (content(node), blocks))
}

/// Values that KubeBlocks knows where the schema takes any text (v1 spec §2).
pub(super) fn choices(kind: &str, path: &Path) -> &'static [&'static str] {
    const ALL: &[(&str, &str, &[&str])] = &[
        ("ComponentDefinition", "spec.podManagementPolicy", &POD_MANAGEMENT_POLICIES),
        ("ComponentDefinition", "spec.lifecycleActions{}.preCondition", &PRE_CONDITIONS),
    ];
    let found = ALL.iter().find(|(of, pattern, _)| *of == kind && fits(pattern, &path.steps, false));
    found.map_or_else(|| words_at(kind, path), |(_, _, values)| *values)
}

/// What is told of the field at a path.
pub(super) fn words(api_version: &str, kind: &str, path: &Path) -> Vec<Block> {
    let words = docs().describe(api_version, kind, path);
    let facts = facts(api_version, kind, path);
    if words.is_none() && facts.is_empty() {
        return Vec::new();
    }
    // Items are alike, whatever their numbers.
    let first = path.steps.iter().map(|step| step.key().map_or(Step::Index(0), |_| step.clone())).collect();
    let path = Path { steps: first }.to_string().replace("[0]", "[]");
    let title = if path == "kind" { format!("`{kind}` of `{api_version}`") } else { format!("{kind} `{path}`") };
    let texts = [title].into_iter().chain(words.map(|words| words.replace('\n', " "))).chain(facts);
    texts.map(Block::Text).collect()
}

/// The field's path, if the node is a key or the object's kind.
fn path(node: Node<'_>) -> Option<Path> {
    let mut path = Path::of(node.document.tree(), node.id);
    let is_key = node.parent()?.entries().any(|(key, _)| key == node);
    let is_kind = path.steps.len() == 1 && key_of(node).and_then(Node::text) == Some("kind");
    // What is merged in stands where the merge does.
    path.steps.retain(|step| step.key() != Some("<<"));
    (is_key || is_kind).then_some(path)
}

/// What the schemas say of a field: one text where all releases agree, otherwise one for each difference.
fn facts(api_version: &str, kind: &str, path: &Path) -> Vec<String> {
    let serving = schemas().serving(api_version, kind);
    let mut found: Vec<(String, ReleaseSet)> = Vec::new();
    for release in serving.iter() {
        let Some(fact) = fact(release, api_version, kind, path) else { continue };
        match found.iter_mut().find(|(known, _)| *known == fact) {
            Some((_, releases)) => *releases = releases.or(release.into()),
            None => found.push((fact, release.into())),
        }
    }
    let all: ReleaseSet = found.iter().flat_map(|(_, releases)| releases.iter()).collect();
    let ours = api_version.split('/').next().is_some_and(|group| group.ends_with(".kubeblocks.io"));
    if found.len() == 1 {
        let facts = found.into_iter().map(|(fact, _)| fact).filter(|fact| !fact.is_empty());
        return facts.chain(ours.then(|| format!("KubeBlocks {all}"))).collect();
    }
    let older = found.len().saturating_sub(MAX_FACTS);
    found.into_iter().skip(older).map(|(fact, releases)| format!("KubeBlocks {releases}: {fact}")).collect()
}

/// What one release says; empty for the kind itself, `None` where there is no such field.
fn fact(release: Release, api_version: &str, kind: &str, path: &Path) -> Option<String> {
    let mut schema = schemas().get(release, api_version, kind)?;
    let mut required = false;
    if path.to_string() == "kind" {
        return Some(String::new());
    }
    for step in &path.steps {
        required = step.key().is_some_and(|key| schema.required.iter().any(|name| **name == *key));
        schema = step.key().map_or_else(|| schema.item(), |key| schema.key(key))?;
    }
    Some(sentences(schema, required))
}

fn sentences(schema: Schema<'_>, required: bool) -> String {
    let mut name = type_name(schema, false);
    name.get_mut(..1).map(str::make_ascii_uppercase);
    // Defaults are filled in before anybody asks what is missing.
    let required = required && schema.default.is_none();
    let mut sentences = vec![if required { format!("{name}, required") } else { name }];
    let allowed: Vec<String> = schema.allowed.iter().filter_map(code).take(MAX_ALLOWED).collect();
    if !allowed.is_empty() {
        let more = if schema.allowed.len() > allowed.len() { ", …" } else { "" };
        sentences.push(format!("One of {}{more}", allowed.join(", ")));
    }
    sentences.extend(schema.default.as_deref().and_then(code).map(|default| format!("Default {default}")));
    sentences.extend(bounds(schema.minimum, schema.maximum, ""));
    let count = |number: Option<u64>| number.map(|number| number as f64);
    sentences.extend(bounds(count(schema.min_length), count(schema.max_length), "character"));
    sentences.extend(bounds(count(schema.min_items), count(schema.max_items), "item"));
    if let Some(pattern) = schema.pattern.as_deref().filter(|pattern| pattern.len() <= MAX_PATTERN) {
        sentences.extend(code(&pattern.into()).map(|pattern| format!("Matches {pattern}")));
    }
    if !schema.list_map_keys.is_empty() {
        let keys: Vec<String> = schema.list_map_keys.iter().map(|key| format!("`{key}`")).collect();
        sentences.push(format!("Items differ in {}", keys.join(" and ")));
    }
    match &schema.deprecated {
        Some(Deprecated::Since(release)) => sentences.push(format!("Deprecated since {release}")),
        Some(Deprecated::Sometime) => sentences.push("Deprecated".into()),
        None => {}
    }
    sentences.join(". ") + "."
}

fn type_name(schema: Schema<'_>, plural: bool) -> String {
    let s = if plural { "s" } else { "" };
    if schema.int_or_string {
        return format!("integer{s} or string{s}");
    }
    match (schema.kind, schema.item().or_else(|| schema.additional())) {
        (Some(Type::Array), Some(item)) => format!("list{s} of {}", type_name(item, true)),
        (Some(Type::Object), Some(value)) if schema.properties.is_empty() => {
            format!("map{s} of {}", type_name(value, true))
        }
        (Some(Type::Array), None) => format!("list{s}"),
        (Some(kind), _) => format!("{kind}{s}"),
        (None, _) => "anything".into(),
    }
}

/// A value in backticks; `None` for what does not look like one there.
fn code(value: &Value) -> Option<String> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let plain = !text.is_empty() && !text.contains(['`', '\n']) && !matches!(value, Value::Object(_) | Value::Array(_));
    plain.then(|| format!("`{text}`"))
}

/// What lies between is counted in `unit`s, if there is one.
fn bounds(least: Option<f64>, most: Option<f64>, unit: &str) -> Option<String> {
    let last = most.or(least)?;
    let unit = match unit {
        "" => String::new(),
        unit => format!(" {unit}{}", if last == 1.0 { "" } else { "s" }),
    };
    Some(match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}{unit}"),
        (Some(_), None) => format!("At least {last}{unit}"),
        _ => format!("At most {last}{unit}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_schemas_say() {
        for (api_version, kind, path, expected) in [
            (
                "v1alpha1",
                "ClusterDefinition",
                "spec.componentDefs[0].systemAccounts.passwordConfig.length",
                &[
                    "KubeBlocks 0.5 to 0.7: Integer. Default `10`. 8 to 32.",
                    "KubeBlocks 0.8 to 1.1: Integer. Default `16`. 8 to 32.",
                ][..],
            ),
            (
                "v1alpha1",
                "ClusterDefinition",
                "spec.componentDefs",
                &[
                    "KubeBlocks 0.5 to 0.8: List of objects, required. At least 1 item. Items differ in `name`.",
                    "KubeBlocks 0.9 to 1.1: List of objects. Items differ in `name`. Deprecated since 0.9.",
                ],
            ),
            (
                "v1",
                "Cluster",
                "spec.componentSpecs[3].replicas",
                &["Integer. Default `1`. At least 0.", "KubeBlocks 1.0 to 1.2"],
            ),
            (
                "v1",
                "Cluster",
                "spec.componentSpecs[0].resources.limits.cpu",
                &["Integer or string.", "KubeBlocks 1.0 to 1.2"],
            ),
            (
                "v1",
                "ComponentVersion",
                "spec.releases[0].images",
                &["Map of strings, required.", "KubeBlocks 1.0 to 1.2"],
            ),
            ("v1", "Rollout", "spec", &[]),
            ("v1alpha1", "Rollout", "spec.nothing", &[]),
            ("v1alpha1", "Rollout", "kind", &["KubeBlocks 1.0 to 1.2"]),
        ] {
            let found = facts(&format!("apps.kubeblocks.io/{api_version}"), kind, &path.parse().unwrap());
            assert_eq!(found, expected, "{path}");
        }
        assert_eq!(facts("apps/v1", "Deployment", &"spec.template".parse().unwrap()), ["Object, required."]);
    }
}
