//! Variables of ComponentDefinitions and SidecarDefinitions: where their values come from (v1 spec §2.3).

use super::object::{Document, Node};

/// An item of `vars`.
#[derive(Clone, Copy)]
pub struct Var<'w> {
    pub node: Node<'w>,
}

/// An entry of a variable's `valueFrom`.
#[derive(Clone, Copy)]
pub struct Source<'w> {
    pub key: Node<'w>,
    pub node: Node<'w>,
    options: &'static [&'static str],
}

/// The sources, and what each can give: paths below it. Where several are written the first of the list counts.
const SOURCES: [(&str, &[&str]); 10] = [
    ("configMapKeyRef", &[]),
    ("secretKeyRef", &[]),
    ("hostNetworkVarRef", &["container.port"]),
    ("serviceVarRef", &["serviceType", "host", "port", "loadBalancer"]),
    ("credentialVarRef", &["username", "password"]),
    ("tlsVarRef", &["enabled"]),
    ("serviceRefVarRef", &["endpoint", "host", "port", "podFQDNs", "username", "password"]),
    ("resourceVarRef", &["cpu", "cpuLimit", "memory", "memoryLimit", "storage"]),
    (
        "componentVarRef",
        &[
            "shortName",
            "componentName",
            "replicas",
            "podFQDNs",
            "podNames",
            "podFQDNsForRole",
            "podNamesForRole",
            "serviceVersion",
        ],
    ),
    ("clusterVarRef", &["namespace", "clusterName", "clusterUID"]),
];

/// The variables of a definition of either version; none for other documents, and for those of which a part cannot be
/// read.
pub fn vars(document: &Document) -> impl Iterator<Item = Var<'_>> {
    let fits = matches!(document.kind(), Some("ComponentDefinition" | "SidecarDefinition"))
        && document.group() == Some("apps.kubeblocks.io")
        && document.is_sound();
    let root = document.root().filter(|_| fits);
    root.into_iter().flat_map(|root| root.list("spec.vars")).map(|node| Var { node })
}

/// As [`vars`], for the API since 1.0: before it sources give other things.
pub fn current_vars(document: &Document) -> impl Iterator<Item = Var<'_>> {
    let current = document.api_version() == Some("apps.kubeblocks.io/v1");
    vars(document).filter(move |_| current)
}

impl<'w> Var<'w> {
    pub fn name(self) -> &'w str {
        self.node.text_at("name").unwrap_or_default()
    }

    /// What stands under `valueFrom`: the first one counts.
    pub fn sources(self) -> impl Iterator<Item = Source<'w>> {
        let from = self.node.get("valueFrom");
        let found = from.into_iter().flat_map(|from| {
            SOURCES.iter().filter_map(move |(name, options)| {
                Some(Source { key: from.key(name)?, node: from.get(name)?, options })
            })
        });
        found.filter(|source| source.node.is_mapping())
    }

    /// The source that counts; `None` for a plain value.
    pub fn source(self) -> Option<Source<'w>> {
        self.sources().next()
    }

    /// The source that counts, if it is of this kind.
    pub fn from(self, kind: &str) -> Option<Source<'w>> {
        self.source().filter(|source| source.key.text() == Some(kind))
    }
}

impl<'w> Source<'w> {
    pub fn kind(self) -> &'w str {
        self.key.text().unwrap_or_default()
    }

    /// The definition whose components are asked; the own one where nothing is written.
    pub fn definition(self) -> Option<Node<'w>> {
        self.node.get("compDef").filter(|node| node.text() != Some(""))
    }

    /// The service, the account or the declaration.
    pub fn name(self) -> Option<Node<'w>> {
        self.node.get("name")
    }

    /// Several components may answer.
    pub fn takes_many(self) -> bool {
        self.node.get("multipleClusterObjectOption").is_some()
    }

    /// It names one of several values of an object, and has to say which.
    pub fn has_options(self) -> bool {
        !self.options.is_empty()
    }

    /// What it can give.
    pub fn option_names(self) -> impl Iterator<Item = &'static str> {
        self.options.iter().copied()
    }

    /// What it is to give, also where that has no value; the first one counts.
    pub fn options(self) -> impl Iterator<Item = Node<'w>> {
        self.options.iter().filter_map(move |path| match path.rsplit_once('.') {
            Some((parent, key)) => self.node.at(parent)?.key(key),
            None => self.node.key(path),
        })
    }

    /// No object, no variable, and no complaint.
    pub fn is_optional(self) -> bool {
        self.node.get("optional").is_some_and(|optional| optional.text() != Some("false"))
    }
}
