//! ComponentVersions of the v1 API, seen by themselves (v1 spec R070 to R074).

use super::object::{Document, Node};

/// A ComponentVersion's `spec`.
#[derive(Clone, Copy)]
pub struct Versions<'w> {
    pub spec: Node<'w>,
}

impl<'w> Versions<'w> {
    /// `None` for other documents, and for those of which a part cannot be read.
    pub fn of(document: &'w Document) -> Option<Self> {
        let fits = document.kind() == Some("ComponentVersion")
            && document.group() == Some("apps.kubeblocks.io")
            && document.is_sound();
        let spec = document.spec().filter(|_| fits)?;
        Some(Self { spec })
    }

    /// The names of `releases`.
    pub fn releases(self) -> impl Iterator<Item = Node<'w>> {
        self.spec.list("releases").filter_map(|release| release.get("name"))
    }

    /// The releases that `compatibilityRules` name.
    pub fn named(self) -> impl Iterator<Item = Node<'w>> {
        self.spec.list("compatibilityRules").flat_map(|rule| rule.list("releases"))
    }

    /// All names are known.
    pub fn is_known(self) -> bool {
        self.releases().chain(self.named()).all(Node::known)
    }
}
