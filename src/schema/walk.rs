//! What may stand at a path of an object, over several releases at once: for completion and hover.

use std::collections::BTreeMap;

use serde_json::Value;

use super::release::ReleaseSet;
use super::{Additional, Deprecated, Schema, Schemas, Type};
use crate::yaml::path::{Path, Step};

/// One place of an object: its schemas in the releases that know the place.
#[derive(Clone, Default, Debug)]
pub struct Place<'s> {
    /// Newest release first; no two schemas are equal.
    schemas: Vec<(Schema<'s>, ReleaseSet)>,
}

/// A key that may stand in a mapping.
#[derive(Clone, Debug)]
pub struct Field<'s> {
    pub name: &'s str,
    pub place: Place<'s>,
    /// The releases that refuse a mapping without it. One with a default may be left out.
    pub required: ReleaseSet,
}

impl<'s> Place<'s> {
    /// The whole object.
    pub fn root(schemas: &'s Schemas, api_version: &str, kind: &str, releases: ReleaseSet) -> Self {
        let mut place = Self::default();
        for release in releases.iter().rev() {
            if let Some(schema) = schemas.get(release, api_version, kind) {
                place.add(schema, release.into());
            }
        }
        place
    }

    /// The place that a path leads to; empty where no release knows it.
    pub fn at(schemas: &'s Schemas, api_version: &str, kind: &str, releases: ReleaseSet, path: &Path) -> Self {
        let mut place = Self::root(schemas, api_version, kind, releases);
        for (depth, step) in path.steps.iter().enumerate() {
            place = match step {
                // CRDs do not say what metadata holds; it is the same for all kinds.
                Step::Key(key) if depth == 0 && key == "metadata" => match schemas.object_meta() {
                    Some(meta) if !place.schemas.is_empty() => Self { schemas: vec![(meta, place.releases())] },
                    _ => Self::default(),
                },
                Step::Key(key) => place.key(key),
                Step::Index(_) => place.item(),
            };
        }
        place
    }

    /// The place of this schema.
    pub fn of(schema: Option<Schema<'s>>, releases: ReleaseSet) -> Self {
        Self { schemas: schema.into_iter().map(|schema| (schema, releases)).collect() }
    }

    /// What may be of one kind or of another.
    pub fn or(mut self, other: &Self) -> Self {
        for (schema, releases) in &other.schemas {
            self.add(*schema, *releases);
        }
        self
    }

    fn add(&mut self, schema: Schema<'s>, releases: ReleaseSet) {
        match self.schemas.iter_mut().find(|(known, _)| known.id() == schema.id()) {
            Some((_, set)) => *set = set.or(releases),
            None => self.schemas.push((schema, releases)),
        }
    }

    fn below(&self, step: impl Fn(Schema<'s>) -> Option<Schema<'s>>) -> Self {
        let mut place = Self::default();
        for (schema, releases) in &self.schemas {
            if let Some(schema) = step(*schema) {
                place.add(schema, *releases);
            }
        }
        place
    }

    /// The value of a key.
    pub fn key(&self, name: &str) -> Self {
        self.below(|schema| schema.key(name))
    }

    /// Any item of a list.
    pub fn item(&self) -> Self {
        self.below(Schema::item)
    }

    /// The distinct schemas with their releases, the newest first.
    pub fn schemas(&self) -> &[(Schema<'s>, ReleaseSet)] {
        &self.schemas
    }

    /// The releases that know the place.
    pub fn releases(&self) -> ReleaseSet {
        self.schemas.iter().fold(ReleaseSet::NONE, |set, (_, releases)| set.or(*releases))
    }

    /// The keys that have a schema of their own, by name.
    pub fn fields(&self) -> Vec<Field<'s>> {
        let mut fields: BTreeMap<&str, Field<'_>> = BTreeMap::new();
        for (schema, releases) in &self.schemas {
            for (name, value) in schema.properties() {
                let new = Field { name, place: Self::default(), required: ReleaseSet::NONE };
                let field = fields.entry(name).or_insert(new);
                field.place.add(value, *releases);
                if schema.requires(name) && value.default.is_none() {
                    field.required = field.required.or(*releases);
                }
            }
        }
        fields.into_values().collect()
    }

    /// The releases that keep keys which [`Place::fields`] does not name.
    pub fn open(&self) -> ReleaseSet {
        let open = |schema: &Schema<'_>| {
            schema.preserve_unknown || matches!(schema.additional, Some(Additional::Any(true) | Additional::Of(_)))
        };
        self.schemas
            .iter()
            .filter(|(schema, _)| open(schema))
            .map(|(_, set)| *set)
            .fold(ReleaseSet::NONE, ReleaseSet::or)
    }

    /// No release keeps more than what [`Place::fields`] names, and each says what that is.
    pub fn is_closed(&self) -> bool {
        let says =
            |(schema, _): &(Schema<'_>, ReleaseSet)| schema.kind == Some(Type::Object) && !schema.properties.is_empty();
        !self.schemas.is_empty() && self.schemas.iter().all(says) && self.open().is_empty()
    }

    /// The values to choose from, in the order of the newest release; empty where others are allowed too.
    pub fn values(&self) -> Vec<(Value, ReleaseSet)> {
        let mut found: Vec<(Value, ReleaseSet)> = Vec::new();
        for (schema, releases) in &self.schemas {
            for value in values(*schema) {
                match found.iter_mut().find(|(known, _)| *known == value) {
                    Some((_, set)) => *set = set.or(*releases),
                    None => found.push((value, *releases)),
                }
            }
        }
        found
    }

    /// What a value looks like, with the releases that say so: `list of strings`.
    pub fn forms(&self) -> Vec<(String, ReleaseSet)> {
        self.each(|schema| Some(form(schema)))
    }

    pub fn defaults(&self) -> Vec<(&'s Value, ReleaseSet)> {
        self.each(|schema| schema.node().default.as_deref())
    }

    /// Since when it is deprecated, as each release says.
    pub fn deprecated(&self) -> Vec<(&'s Deprecated, ReleaseSet)> {
        self.each(|schema| schema.node().deprecated.as_ref())
    }

    /// One aspect of the schemas; equal ones are joined.
    fn each<T: PartialEq>(&self, aspect: impl Fn(Schema<'s>) -> Option<T>) -> Vec<(T, ReleaseSet)> {
        let mut found: Vec<(T, ReleaseSet)> = Vec::new();
        for (schema, releases) in &self.schemas {
            let Some(value) = aspect(*schema) else { continue };
            match found.iter_mut().find(|(known, _)| *known == value) {
                Some((_, set)) => *set = set.or(*releases),
                None => found.push((value, *releases)),
            }
        }
        found
    }
}

/// The only values that are allowed; upstream repeats some under `allOf`.
fn values(schema: Schema<'_>) -> Vec<Value> {
    let node = schema.node();
    if !node.allowed.is_empty() {
        return node.allowed.clone();
    }
    match node.kind {
        Some(Type::Boolean) => vec![true.into(), false.into()],
        _ => schema.all_of().map(values).find(|values| !values.is_empty()).unwrap_or_default(),
    }
}

/// What a value looks like, in a few words.
fn form(schema: Schema<'_>) -> String {
    let plural = |word: String| if word == "any value" { "any values".to_owned() } else { word + "s" };
    if schema.int_or_string {
        return "integer or string".to_owned();
    }
    match schema.kind {
        Some(Type::Array) => match schema.item().map(form) {
            Some(item) if !item.contains(' ') => format!("list of {}", plural(item)),
            _ => "list".to_owned(),
        },
        Some(Type::Object) => match schema.additional().filter(|_| schema.properties.is_empty()).map(form) {
            Some(value) if !value.contains(' ') => format!("map of {}", plural(value)),
            Some(_) => "map".to_owned(),
            None => "object".to_owned(),
        },
        Some(kind) => kind.to_string(),
        None => {
            let mut forms: Vec<_> = schema.any_of().filter_map(|part| part.kind).map(|kind| kind.to_string()).collect();
            forms.dedup();
            if forms.is_empty() { "any value".to_owned() } else { forms.join(" or ") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::release::Release;

    fn place<'s>(schemas: &'s Schemas, object: &str, path: &str) -> Place<'s> {
        let (api_version, kind) = object.rsplit_once(' ').unwrap();
        Place::at(schemas, api_version, kind, ReleaseSet::ALL, &path.parse().unwrap())
    }

    #[test]
    fn places_of_all_releases() {
        let schemas = Schemas::built_in();
        for (object, path, releases, forms) in [
            ("apps.kubeblocks.io/v1 Cluster", "", "1.0 to 1.2", "object"),
            ("apps.kubeblocks.io/v1 Cluster", "metadata.labels", "1.0 to 1.2", "map of strings"),
            ("apps.kubeblocks.io/v1 Cluster", "metadata.lables", "no release", ""),
            ("apps.kubeblocks.io/v1 Cluster", "spec.componentSpecs[0].replicas", "1.0 to 1.2", "integer"),
            ("apps.kubeblocks.io/v1 Cluster", "spec.componentSpecs.replicas", "no release", ""),
            ("apps.kubeblocks.io/v1alpha1 ClusterDefinition", "spec.type", "0.5 to 1.1", "string"),
            ("apps.kubeblocks.io/v1 Nothing", "metadata", "no release", ""),
            ("v1 Service", "spec.ports[0].targetPort", "0.5 to 1.2", "integer or string"),
            ("v1 Pod", "spec.containers[0].resources.limits", "0.5 to 1.2", "map"),
            ("v1 Pod", "spec.containers[0].resources.limits.cpu", "0.5 to 1.2", "number or string"),
            ("v1 Pod", "spec.containers[0].args", "0.5 to 1.2", "list of strings"),
        ] {
            let place = place(&schemas, object, path);
            assert_eq!(place.releases().to_string(), releases, "{object} {path}");
            let found: Vec<_> = place.forms().into_iter().map(|(form, _)| form).collect();
            assert_eq!(found.join(", "), forms, "{object} {path}");
        }
    }

    #[test]
    fn fields_come_with_their_releases() {
        let schemas = Schemas::built_in();
        let accounts = place(&schemas, "apps.kubeblocks.io/v1 ComponentDefinition", "spec.systemAccounts[0]");
        let fields: Vec<_> = accounts
            .fields()
            .iter()
            .map(|field| format!("{} {} {}", field.name, field.place.releases(), field.required))
            .filter(|line| line.starts_with("name ") || line.starts_with("password"))
            .collect();
        assert_eq!(
            fields,
            [
                "name 1.0 to 1.2 1.0 to 1.2",
                "passwordConfig 1.1 and 1.2 no release",
                "passwordGenerationPolicy 1.0 and 1.1 no release",
            ]
        );
        assert!(accounts.open().is_empty());
        let labels = place(&schemas, "apps.kubeblocks.io/v1 ComponentDefinition", "metadata.labels");
        assert_eq!(labels.open().to_string(), "1.0 to 1.2");
    }

    #[test]
    fn values_defaults_and_deprecation() {
        let schemas = Schemas::built_in();
        let policy = place(&schemas, "apps.kubeblocks.io/v1 Cluster", "spec.terminationPolicy");
        let values: Vec<_> = policy.values().into_iter().map(|(value, set)| format!("{value} {set}")).collect();
        assert_eq!(values, ["\"DoNotTerminate\" 1.0 to 1.2", "\"Delete\" 1.0 to 1.2", "\"WipeOut\" 1.0 to 1.2"]);
        let legacy = place(&schemas, "apps.kubeblocks.io/v1alpha1 Cluster", "spec.availabilityPolicy");
        assert_eq!(
            legacy.deprecated(),
            [(&Deprecated::Since("0.9".into()), [Release::V0_9, Release::V1_0, Release::V1_1].into_iter().collect())]
        );
        let namespace = place(&schemas, "apps.kubeblocks.io/v1 ComponentDefinition", "spec.scripts[0].namespace");
        assert_eq!(namespace.defaults()[0].0, "default");
        let flag = place(&schemas, "v1 ConfigMap", "immutable");
        assert_eq!(flag.values().len(), 2);
    }
}
