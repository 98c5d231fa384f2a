//! YAML as a tree with places: one [`Tree`] per document.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::text::TextRange;

/// A node of one tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(pub u32);

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `text` is decoded: quotes, escapes, folds and block indentation are gone.
    Scalar {
        text: Box<str>,
        style: Style,
    },
    Sequence(Box<[NodeId]>),
    /// Keys and values in written order; `<<` is an ordinary key here.
    Mapping(Box<[(NodeId, NodeId)]>),
    /// `*name`; the target is the latest anchor of that name above, in the same document.
    Alias {
        name: String,
        target: Option<NodeId>,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    pub kind: Kind,
    /// Bytes of the node's own text: a scalar with its quotes (a block scalar from its indicator), an alias with its
    /// star, a flow collection with its brackets, a block sequence from its first dash, a block mapping from its first
    /// key, both to the end of their last child. Anchor and tag are not in it. Empty for a value that is not written:
    /// a place after the key's colon, the dash, or the anchor and tag.
    pub range: TextRange,
    pub parent: Option<NodeId>,
    /// Index into [`Tree::anchors`].
    pub anchor: Option<u32>,
    /// An explicit tag as it was written (`!!str`).
    pub tag: Option<Box<str>>,
}

/// `&name` and what it names. A name can be given again: an alias takes the latest one above it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anchor {
    pub name: String,
    /// Bytes of `&name`.
    pub range: TextRange,
    pub node: NodeId,
}

/// A fault of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub range: TextRange,
    pub kind: ProblemKind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProblemKind {
    /// Not YAML; the words say what was expected. The lines that could not be read are left out of the tree.
    Syntax(String),
    /// A tab in the indentation.
    Tab,
    /// `*name` without an anchor above.
    UndefinedAlias(String),
    /// A bound was reached (depth, nodes, alias expansion); the words say which.
    Bound(String),
}

/// One document.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<NodeId>,
    pub(super) anchors: Vec<Anchor>,
    pub(super) problems: Vec<Problem>,
    pub(super) refusal: Option<String>,
}

impl Tree {
    /// Moves all places by `by` bytes.
    pub(super) fn shift(&mut self, by: u32) {
        let ranges = self.nodes.iter_mut().map(|node| &mut node.range);
        let ranges = ranges.chain(self.anchors.iter_mut().map(|anchor| &mut anchor.range));
        for range in ranges.chain(self.problems.iter_mut().map(|problem| &mut problem.range)) {
            *range = range.shift(by);
        }
    }

    /// The same tree of a text that begins at byte `to`, not at `from`.
    pub fn moved(&self, from: u32, to: u32) -> Self {
        let mut moved = self.clone();
        moved.shift(to.wrapping_sub(from));
        moved
    }

    /// `None` for an empty document.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What go-yaml says of the text, without its `yaml: `, where it refuses it: `line 2: did not find expected key`.
    /// Helm then refuses it too. There can be problems without a refusal: go-yaml ignores what follows a document.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    pub fn ids(&self) -> impl Iterator<Item = NodeId> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// A node and all below it as a tree of its own, with what aliases in it stand for, and without anchors.
    pub fn subtree(&self, root: NodeId) -> Self {
        let mut numbers = HashMap::from([(root, NodeId(0))]);
        let mut order = vec![root];
        let mut at = 0;
        while let Some(id) = order.get(at).copied() {
            at += 1;
            let below: Vec<NodeId> = match &self.node(id).kind {
                Kind::Scalar { .. } => Vec::new(),
                Kind::Sequence(items) => items.to_vec(),
                Kind::Mapping(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
                Kind::Alias { target, .. } => target.iter().copied().collect(),
            };
            for id in below {
                if let Entry::Vacant(place) = numbers.entry(id) {
                    place.insert(NodeId(order.len() as u32));
                    order.push(id);
                }
            }
        }
        let number = |id: &NodeId| numbers.get(id).copied();
        let nodes = order.iter().map(|id| {
            let node = self.node(*id);
            let kind = match &node.kind {
                Kind::Scalar { .. } => node.kind.clone(),
                Kind::Sequence(items) => Kind::Sequence(items.iter().filter_map(number).collect()),
                Kind::Mapping(entries) => {
                    Kind::Mapping(entries.iter().filter_map(|(key, value)| number(key).zip(number(value))).collect())
                }
                Kind::Alias { name, target } => {
                    Kind::Alias { name: name.clone(), target: target.as_ref().and_then(number) }
                }
            };
            let parent = node.parent.as_ref().filter(|_| *id != root).and_then(number);
            Node { kind, parent, anchor: None, range: node.range, tag: node.tag.clone() }
        });
        Self { nodes: nodes.collect(), root: Some(NodeId(0)), ..Self::default() }
    }

    /// The node behind an alias (behind several, if they lead on); other nodes stand for themselves. An alias
    /// without an anchor stands for itself.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        let mut at = id;
        // An alias inside its own anchor would lead in a circle.
        for _ in 0..self.nodes.len() {
            match self.node(at).kind {
                Kind::Alias { target: Some(target), .. } => at = target,
                _ => return at,
            }
        }
        at
    }

    /// The value of `key` in a mapping, through aliases; where a key stands twice the last one, as Helm takes it. Keys
    /// that `<<` merges in count as if they stood in its place; of several merged at once the first has a key.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|(_, value)| value)
    }

    /// As [`Tree::get`], with the key's node.
    pub fn entry(&self, id: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        self.entry_within(id, key, 16)
    }

    fn entry_within(&self, id: NodeId, key: &str, depth: u32) -> Option<(NodeId, NodeId)> {
        let Kind::Mapping(entries) = &self.node(self.resolve(id)).kind else { return None };
        entries.iter().rev().find_map(|(name, value)| {
            let text = match &self.node(*name).kind {
                Kind::Scalar { text, .. } => Some(&**text),
                _ => self.scalar(*name),
            };
            if text == Some("<<") && depth > 0 && self.is_merge_key(*name) {
                let merged = self.resolve(*value);
                match &self.node(merged).kind {
                    Kind::Sequence(items) => items.iter().find_map(|item| self.entry_within(*item, key, depth - 1)),
                    _ => self.entry_within(merged, key, depth - 1),
                }
            } else {
                (text == Some(key)).then_some((*name, *value))
            }
        })
    }

    /// `<<`, unquoted.
    pub fn is_merge_key(&self, key: NodeId) -> bool {
        matches!(&self.node(key).kind, Kind::Scalar { text, style: Style::Plain } if &**text == "<<")
    }

    /// The decoded text of a scalar, through aliases.
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.resolve(id)).kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parser;
    use super::Kind;
    use crate::text::TextRange;

    #[test]
    fn a_part_is_a_tree_with_what_its_aliases_stand_for() {
        let text = "items:\n- a: &x {b: 1}\n- c: *x\n";
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        let items = tree.get(tree.root().unwrap(), "items").unwrap();
        let Kind::Sequence(items) = &tree.node(items).kind else { panic!("no list") };
        let part = tree.subtree(items[1]);
        let root = part.root().unwrap();
        let c = part.get(root, "c").unwrap();
        assert_eq!(part.get(c, "b").and_then(|id| part.scalar(id)), Some("1"));
        assert_eq!((part.node(root).parent, part.ids().count()), (None, 6));
    }

    #[test]
    fn the_last_of_a_key_counts_also_when_merged() {
        for (text, want) in [
            ("m: &m {a: 1}\nx: {<<: *m, a: 2}\n", Some("2")),
            ("m: &m {a: 1}\nx: {a: 2, <<: *m}\n", Some("1")),
            ("m: &m {a: 1}\nn: &n {a: 3}\nx: {<<: [*m, *n]}\n", Some("1")),
            ("x: {a: 1, a: 2}\n", Some("2")),
            ("m: &m {b: 1}\nx: *m\n", None),
            ("x: {'<<': {a: 1}}\n", None),
        ] {
            let tree = parser::parse(text, TextRange::new(0, text.len()));
            let x = tree.get(tree.root().unwrap(), "x").unwrap();
            assert_eq!(tree.get(x, "a").and_then(|id| tree.scalar(id)), want, "{text:?}");
        }
    }
}
