//! Schemas of KubeBlocks and Kubernetes objects, for every release.

pub mod cel;
pub mod docs;
pub mod formats;
pub mod import;
pub mod node;
pub mod openapi;
pub mod pack;
pub mod read;
pub mod release;
mod value;
pub mod walk;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use node::Graph;
pub use node::{Additional, Deprecated, Kind, ListType, Node, Rule, SchemaId, Type, Version};
use release::{Release, ReleaseSet};

/// All schemas. Equal subtrees, in whatever kinds and releases, are one node.
#[derive(Default, PartialEq, Debug)]
pub struct Schemas {
    nodes: Vec<Node>,
    releases: BTreeMap<Release, Vec<Kind>>,
    /// Kinds of Kubernetes itself, the same for every release.
    kubernetes: Vec<Kind>,
}

impl Schemas {
    /// Reads the texts of schema files: folder, file name, text. The folders are called as those under `schemas/`:
    /// `1.0` holds what KubeBlocks 1.0 serves, `kubernetes` what every cluster does.
    ///
    /// # Errors
    /// What is wrong, behind the file's name.
    pub fn read(files: &[(&str, &str, &str)]) -> Result<Self, String> {
        let mut values = Vec::new();
        for (folder, name, text) in files {
            values.push((*folder, *name, value::document(text).map_err(|error| format!("{folder}/{name}: {error}"))?));
        }
        Ok(Self::of(read::folders(values)?))
    }

    /// The schemas that are built into the program. Each call unpacks them: `world::schemas` remembers.
    pub fn built_in() -> Self {
        let packed = include_bytes!(concat!(env!("OUT_DIR"), "/schemas.bin"));
        pack::unpack(packed).map(Self::of).unwrap_or_default()
    }

    fn of(graph: Graph) -> Self {
        let mut schemas = Self { nodes: graph.nodes, ..Self::default() };
        for (folder, kinds) in graph.folders {
            match Release::named(&folder) {
                Some(release) => _ = schemas.releases.insert(release, kinds),
                None => schemas.kubernetes.extend(kinds),
            }
        }
        schemas
    }

    pub fn at(&self, id: SchemaId) -> Schema<'_> {
        Schema { schemas: self, id }
    }

    /// The schema of an object; `None` where the release serves no such thing.
    pub fn get(&self, release: Release, api_version: &str, kind: &str) -> Option<Schema<'_>> {
        let (kind, version) = self.find(release, api_version, kind)?;
        kind.version(version)?.schema.map(|id| self.at(id))
    }

    /// The kind in the group of `api_version`, and the version's name; the kind may not have such a version.
    pub fn find<'a>(&self, release: Release, api_version: &'a str, kind: &str) -> Option<(&Kind, &'a str)> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let mut kinds = self.kinds(release).iter().chain(&self.kubernetes);
        kinds.find(|entry| *entry.group == *group && *entry.kind == *kind).map(|kind| (kind, version))
    }

    /// The kinds of KubeBlocks in a release.
    pub fn kinds(&self, release: Release) -> &[Kind] {
        self.releases.get(&release).map_or(&[], Vec::as_slice)
    }

    /// The kinds of Kubernetes, as far as we have them.
    pub fn kubernetes(&self) -> &[Kind] {
        &self.kubernetes
    }

    /// `metadata` of every object.
    pub fn object_meta(&self) -> Option<Schema<'_>> {
        let kind = self.kubernetes.iter().find(|kind| &*kind.kind == "ConfigMap")?;
        self.at(kind.versions.first()?.schema?).property("metadata")
    }

    /// `spec` of every pod.
    pub fn pod_spec(&self) -> Option<Schema<'_>> {
        let kind = self.kubernetes.iter().find(|kind| &*kind.kind == "Pod")?;
        self.at(kind.versions.first()?.schema?).property("spec")
    }

    /// The releases that serve this; all of them for kinds of Kubernetes.
    pub fn serving(&self, api_version: &str, kind: &str) -> ReleaseSet {
        self.releases.keys().copied().filter(|release| self.get(*release, api_version, kind).is_some()).collect()
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// A schema among all others; cheap to copy. It reads as its [`Node`].
#[derive(Clone, Copy)]
pub struct Schema<'s> {
    schemas: &'s Schemas,
    id: SchemaId,
}

impl<'s> Schema<'s> {
    /// Equal ids mean equal schemas.
    pub fn id(self) -> SchemaId {
        self.id
    }

    pub fn node(self) -> &'s Node {
        &self.schemas.nodes[self.id.0 as usize]
    }

    fn at(self, id: SchemaId) -> Self {
        Self { schemas: self.schemas, id }
    }

    /// The schema of a key that has one of its own.
    pub fn property(self, name: &str) -> Option<Self> {
        self.node().property(name).map(|id| self.at(id))
    }

    /// In byte order of the names.
    pub fn properties(self) -> impl ExactSizeIterator<Item = (&'s str, Self)> {
        self.node().properties.iter().map(move |(name, id)| (&**name, self.at(*id)))
    }

    /// The schema of keys that have none of their own.
    pub fn additional(self) -> Option<Self> {
        match self.node().additional {
            Some(Additional::Of(id)) => Some(self.at(id)),
            _ => None,
        }
    }

    /// The schema that holds for a key: its own, or that of all other keys.
    pub fn key(self, name: &str) -> Option<Self> {
        self.property(name).or_else(|| self.additional())
    }

    /// The schema of a list's items.
    pub fn item(self) -> Option<Self> {
        self.node().items.map(|id| self.at(id))
    }

    pub fn all_of(self) -> impl ExactSizeIterator<Item = Self> {
        self.node().all_of.iter().map(move |id| self.at(*id))
    }

    pub fn any_of(self) -> impl ExactSizeIterator<Item = Self> {
        self.node().any_of.iter().map(move |id| self.at(*id))
    }

    pub fn one_of(self) -> impl ExactSizeIterator<Item = Self> {
        self.node().one_of.iter().map(move |id| self.at(*id))
    }

    pub fn negated(self) -> Option<Self> {
        self.node().not.map(|id| self.at(id))
    }
}

impl Deref for Schema<'_> {
    type Target = Node;

    fn deref(&self) -> &Node {
        self.node()
    }
}

impl fmt::Debug for Schema<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {:?}", self.id.0, self.node())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIDE: &str = "
group: apps.kubeblocks.io
kind: Tide
plural: tides
shortNames: [ti]
scope: Namespaced
versions:
  v1:
    storage: true
    status: true
    schema:
      type: object
      required: [spec]
      properties:
        spec:
          type: object
          additionalProperties: {$ref: port}
          properties:
            ports: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [port], items: {$ref: port}}
            height: {type: string, default: \"1m\", enum: [1m, 2m], deprecated: \"0.9\"}
          x-kubernetes-validations:
          - {rule: self.height != '2m', message: too high}
  v1alpha1: {deprecated: true}
";
    const SHARED: &str = "
port:
  anyOf: [{type: integer}, {type: string}]
  x-kubernetes-int-or-string: true
  pattern: '^[0-9]+$'
";

    fn schemas() -> Schemas {
        Schemas::read(&[("1.0", "tides.yaml", TIDE), ("1.0", "shared.yaml", SHARED)]).unwrap()
    }

    #[test]
    fn kinds_and_versions() {
        let schemas = schemas();
        assert!(schemas.get(Release::V1_0, "apps.kubeblocks.io/v1", "Tide").is_some());
        for (release, api_version) in [
            (Release::V1_0, "apps.kubeblocks.io/v1alpha1"),
            (Release::V1_0, "v1"),
            (Release::V1_1, "apps.kubeblocks.io/v1"),
        ] {
            assert!(schemas.get(release, api_version, "Tide").is_none(), "{api_version}");
        }
        let (kind, version) = schemas.find(Release::V1_0, "apps.kubeblocks.io/v1alpha1", "Tide").unwrap();
        assert_eq!((&*kind.plural, kind.namespaced, version), ("tides", true, "v1alpha1"));
        assert!(kind.version(version).unwrap().deprecated);
        assert_eq!(kind.api_version(&kind.versions[0]), "apps.kubeblocks.io/v1");
        assert_eq!(schemas.serving("apps.kubeblocks.io/v1", "Tide"), Release::V1_0.into());
    }

    #[test]
    fn nodes_are_stored_once() {
        let schemas = schemas();
        let spec = schemas.get(Release::V1_0, "apps.kubeblocks.io/v1", "Tide").unwrap().property("spec").unwrap();
        let port = spec.property("ports").unwrap().item().unwrap();
        assert!(port.int_or_string && port.any_of.is_empty());
        assert_eq!(spec.key("anything").unwrap().id(), port.id());
        let height = spec.key("height").unwrap();
        assert_eq!(height.default.as_deref(), Some(&"1m".into()));
        assert_eq!(height.deprecated, Some(Deprecated::Since("0.9".into())));
        assert_eq!(spec.rules[0].message.as_deref(), Some("too high"));
        assert_eq!(spec.properties().map(|(name, _)| name).collect::<Vec<_>>(), ["height", "ports"]);
    }

    #[test]
    fn unknown_keywords_are_refused() {
        for (schema, error) in [
            ("{properties: {a: {items: {tpye: x}}}}", "v1.properties.a.items.tpye: unknown keyword"),
            ("{type: map}", "v1.type: unexpected \"map\""),
            ("{$ref: nowhere}", "v1.nothing is called nowhere"),
        ] {
            let text = format!("{{kind: A, plural: as, scope: Cluster, versions: {{v1: {{schema: {schema}}}}}}}");
            let found = Schemas::read(&[("kubernetes", "as.yaml", &text)]).err();
            assert_eq!(found.as_deref(), Some(&*format!("kubernetes/as.yaml: {error}")));
        }
    }
}
