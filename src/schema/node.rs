//! What a schema is made of: nodes in an arena, each subtree stored once, and the kinds whose roots they are.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// A node of the arena. Equal ids mean equal schemas, also across kinds and releases.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SchemaId(pub u32);

/// One schema: what may stand at one place, in the words of `apiextensions.k8s.io/v1` `JSONSchemaProps`.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Node {
    /// `None` under `x-kubernetes-int-or-string`, `x-kubernetes-preserve-unknown-fields` and inside junctors.
    pub kind: Option<Type>,
    pub nullable: bool,
    /// `x-kubernetes-int-or-string`; its `anyOf: [{type: integer}, {type: string}]` is left out.
    pub int_or_string: bool,
    /// `x-kubernetes-preserve-unknown-fields`
    pub preserve_unknown: bool,
    /// `x-kubernetes-embedded-resource`
    pub embedded: bool,
    /// What upstream's text says of the field: not to be used any more.
    pub deprecated: Option<Deprecated>,
    pub default: Option<Box<Value>>,

    /// In byte order of the names.
    pub properties: Vec<(Arc<str>, SchemaId)>,
    /// In byte order.
    pub required: Vec<Arc<str>>,
    pub additional: Option<Additional>,
    /// `x-kubernetes-map-type: atomic`
    pub atomic_map: bool,
    pub min_properties: Option<u64>,
    pub max_properties: Option<u64>,

    pub items: Option<SchemaId>,
    pub list: Option<ListType>,
    /// `x-kubernetes-list-map-keys`, in written order.
    pub list_map_keys: Vec<Arc<str>>,
    pub unique_items: bool,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,

    /// Empty where any value is allowed.
    pub allowed: Vec<Value>,
    pub format: Option<Arc<str>>,
    /// A regular expression in the syntax of Go's `regexp`.
    pub pattern: Option<Arc<str>>,
    /// Characters, not bytes.
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub minimum: Option<f64>,
    pub exclusive_minimum: bool,
    pub maximum: Option<f64>,
    pub exclusive_maximum: bool,
    pub multiple_of: Option<f64>,

    /// `x-kubernetes-validations`, in written order.
    pub rules: Vec<Rule>,
    pub all_of: Vec<SchemaId>,
    pub any_of: Vec<SchemaId>,
    pub one_of: Vec<SchemaId>,
    pub not: Option<SchemaId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

impl Type {
    pub const ALL: [Self; 6] = [Self::Object, Self::Array, Self::String, Self::Integer, Self::Number, Self::Boolean];

    /// The name in schemas and in the API server's messages.
    pub fn name(self) -> &'static str {
        ["object", "array", "string", "integer", "number", "boolean"][self as usize]
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `additionalProperties`: what keys that are no `properties` may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Additional {
    /// `true`: anything; `false`: there may be none.
    Any(bool),
    Of(SchemaId),
}

/// `x-kubernetes-list-type`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListType {
    Atomic,
    /// No two items are equal.
    Set,
    /// No two items agree in all of `list_map_keys`.
    Map,
}

impl ListType {
    pub const ALL: [Self; 3] = [Self::Atomic, Self::Set, Self::Map];

    pub fn name(self) -> &'static str {
        ["atomic", "set", "map"][self as usize]
    }
}

/// A rule in CEL. Absent fields are absent in the CRD.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Rule {
    pub rule: Arc<str>,
    pub message: Option<Arc<str>>,
    /// An expression that makes the message; it wins over `message`.
    pub message_expression: Option<Arc<str>>,
    /// `FieldValueInvalid` and the like.
    pub reason: Option<Arc<str>>,
    pub field_path: Option<Arc<str>>,
    /// A rule with `oldSelf` is run on creation too, with no `oldSelf`.
    pub optional_old_self: bool,
}

/// Since which release a field is deprecated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deprecated {
    /// Nobody says since when.
    Sometime,
    /// `0.9`
    Since(Arc<str>),
}

/// A kind of one release, with all its versions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Empty for the core group.
    pub group: Arc<str>,
    pub kind: Arc<str>,
    pub plural: Arc<str>,
    pub short_names: Vec<Arc<str>>,
    pub namespaced: bool,
    /// The version that is stored comes first, then in the order of the CRD.
    pub versions: Vec<Version>,
}

impl Kind {
    pub fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|version| &*version.name == name)
    }

    /// `apps.kubeblocks.io/v1`; for the core group the version alone.
    pub fn api_version(&self, version: &Version) -> String {
        if self.group.is_empty() { version.name.to_string() } else { format!("{}/{}", self.group, version.name) }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// `v1alpha1`
    pub name: Arc<str>,
    /// `None` for a version that is known but not served: the API server has no such resource.
    pub schema: Option<SchemaId>,
    pub storage: bool,
    pub deprecated: bool,
    /// What the API server warns of instead of its usual words.
    pub deprecation_warning: Option<Arc<str>>,
    /// `status` is a subresource: what an author writes there is dropped unread.
    pub status: bool,
}

/// All nodes, children before those that hold them; and the kinds of each folder of schemas.
#[derive(Default, PartialEq, Debug)]
pub struct Graph {
    pub nodes: Vec<Node>,
    /// In order of their names: the releases of KubeBlocks and `kubernetes`.
    pub folders: Vec<(Arc<str>, Vec<Kind>)>,
}

/// Makes nodes, each subtree once; and strings, each once.
#[derive(Default)]
pub struct Arena {
    nodes: Vec<Node>,
    /// By a text that says all of a node: nodes hold numbers that cannot be hashed.
    ids: HashMap<String, SchemaId>,
    strings: HashSet<Arc<str>>,
}

impl Arena {
    /// The id of a node whose children are in the arena already.
    pub fn add(&mut self, node: Node) -> SchemaId {
        let next = SchemaId(self.nodes.len() as u32);
        let id = *self.ids.entry(format!("{node:?}")).or_insert(next);
        if id == next {
            self.nodes.push(node);
        }
        id
    }

    /// One copy of each text.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(text) = self.strings.get(text) {
            return text.clone();
        }
        let text: Arc<str> = text.into();
        self.strings.insert(text.clone());
        text
    }

    /// Children come before those that hold them.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }
}

impl Node {
    /// Every node that this one holds, in a fixed order.
    pub fn children(&self) -> impl Iterator<Item = SchemaId> {
        let additional = match self.additional {
            Some(Additional::Of(id)) => Some(id),
            _ => None,
        };
        let properties = self.properties.iter().map(|(_, id)| *id);
        let junctors = [&self.all_of, &self.any_of, &self.one_of].into_iter().flatten().copied();
        properties.chain(additional).chain(self.items).chain(junctors).chain(self.not)
    }

    pub fn property(&self, name: &str) -> Option<SchemaId> {
        let at = self.properties.binary_search_by(|(key, _)| (**key).cmp(name)).ok()?;
        self.properties.get(at).map(|(_, id)| *id)
    }

    pub fn requires(&self, name: &str) -> bool {
        self.required.binary_search_by(|key| (**key).cmp(name)).is_ok()
    }
}
