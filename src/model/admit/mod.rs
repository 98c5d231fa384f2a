//! Admission: what kube-apiserver finds wrong with an object, in its order, without changing or copying the object.
//!
//! The order is that of `k8s.io/apiextensions-apiserver`: nulls that may not be are dropped, and so are unknown fields;
//! defaults are filled in; then structure and values are checked, lists for duplicates, and rules in CEL only where
//! nothing before stopped them. One walk serves all releases: they part where their schemas do.

mod metadata;
mod rule;
mod value;
mod walk;

use std::sync::Arc;

pub use metadata::FIELDS as METADATA_FIELDS;
pub use value::{Entry, Said, entries, said, same};

use crate::model::object::{Document, Node};
use crate::schema::release::{Release, ReleaseSet};
use crate::schema::{Schema, SchemaId, Schemas, Type};
use crate::yaml::tree::NodeId;

/// One thing that is wrong with an object. Nodes are those of its document.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    /// The value; the key of an unknown field; the mapping that lacks a field.
    pub at: NodeId,
    /// The releases that find it wrong.
    pub releases: ReleaseSet,
    pub what: What,
}

#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// There is no such field: the API server drops it.
    Unknown,
    /// There is no such field where the API server keeps whatever it is given, and it is nearly one that there is.
    Slip,
    /// The JSON type is another one.
    Type {
        expected: Expected,
    },
    /// A required field is absent, also after defaults; the key where it stands there with null.
    Missing {
        field: Arc<str>,
        key: Option<NodeId>,
    },
    /// One of the schema's values is wanted.
    Allowed(SchemaId),
    /// The regular expression does not match.
    Pattern(Arc<str>),
    /// Characters.
    TooLong {
        length: usize,
        limit: u64,
    },
    TooShort {
        length: usize,
        limit: u64,
    },
    TooSmall {
        limit: f64,
        exclusive: bool,
    },
    TooLarge {
        limit: f64,
        exclusive: bool,
    },
    NoMultiple(f64),
    /// Items of a list, or keys of a mapping.
    TooMany {
        count: usize,
        limit: u64,
    },
    TooFew {
        count: usize,
        limit: u64,
    },
    /// What is wrong with text of a format.
    Format(String),
    /// An item that says the same as an earlier one, or has the same keys, as the schema of the list wants them.
    Duplicate {
        first: NodeId,
        list: SchemaId,
    },
    /// None, or more than one, of several forms fits.
    Form,
    /// A rule in CEL does not hold: its message.
    Rule(String),
}

/// What a schema wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    Of(Type),
    IntOrString,
}

/// Errors after which the API server does not run rules in CEL.
fn blocks(what: &What) -> bool {
    use What::{Allowed, Missing, TooLong, TooMany, Type};
    matches!(what, Type { .. } | Missing { .. } | Allowed(_) | TooLong { .. } | TooMany { .. })
}

/// All faults of an object, in the order of the walk. Releases that do not serve its kind are passed over.
///
/// Text that is not determined by the files is not judged.
pub fn admit(schemas: &Schemas, document: &Document, releases: ReleaseSet) -> Vec<Fault> {
    let (Some(root), Some(api_version), Some(kind)) = (document.root(), document.api_version(), document.kind()) else {
        return Vec::new();
    };
    let roots = releases.iter().filter_map(|release| {
        let (known, version) = schemas.find(release, api_version, kind)?;
        let version = known.version(version)?;
        Some((schemas.at(version.schema?), release.into(), version.status))
    });
    let mut walk = walk::Walk::default();
    walk.object(root, roots.collect());
    walk.finish()
}

/// The mappings and lists around a node, the root first, each with its schema in `release`; they end where there is
/// none.
pub fn trail<'w>(schemas: &'w Schemas, node: Node<'w>, release: Release) -> Vec<(Node<'w>, Schema<'w>)> {
    let document = node.document;
    let mut path: Vec<Node> = std::iter::successors(Some(node), |node| node.parent()).collect();
    path.reverse();
    let root = document.api_version().zip(document.kind());
    let Some(mut schema) = root.and_then(|(version, kind)| schemas.get(release, version, kind)) else {
        return Vec::new();
    };
    let mut trail = Vec::new();
    for pair in path.windows(2) {
        let (outer, inner) = (pair[0], pair[1]);
        trail.push((outer, schema));
        let below = if outer.is_sequence() {
            schema.item()
        } else {
            let entry = outer.entries().find(|(key, value)| *key == inner || *value == inner);
            entry.and_then(|(key, _)| key.text()).and_then(|key| schema.key(key))
        };
        match below {
            Some(below) => schema = below,
            None => return trail,
        }
    }
    trail
}
