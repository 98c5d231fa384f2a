//! YAML as a tree with places: one [`Tree`] per document.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

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

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind<'t> {
    /// `text` is decoded: quotes, escapes, folds and block indentation are gone.
    Scalar {
        text: &'t str,
        style: Style,
    },
    Sequence(&'t [NodeId]),
    /// Keys and values in written order; `<<` is an ordinary key here.
    Mapping(&'t [(NodeId, NodeId)]),
    /// `*name`; the target is the latest anchor of that name above, in the same document.
    Alias {
        name: &'t str,
        target: Option<NodeId>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node<'t> {
    pub kind: Kind<'t>,
    /// Bytes of the node's own text: a scalar with its quotes (a block scalar from its indicator), an alias with its
    /// star, a flow collection with its brackets, a block sequence from its first dash, a block mapping from its first
    /// key, both to the end of their last child. Anchor and tag are not in it. Empty for a value that is not written:
    /// a place after the key's colon, the dash, or the anchor and tag.
    pub range: TextRange,
    pub parent: Option<NodeId>,
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
    stored: Vec<Stored>,
    /// What scalars, and names of aliases, are parts of.
    texts: String,
    /// What long scalars are parts of; see [`Tree::share`].
    others: Vec<Arc<str>>,
    /// What sequences are parts of.
    items: Vec<NodeId>,
    /// What mappings are parts of.
    entries: Vec<(NodeId, NodeId)>,
    /// Names and what they stand for.
    aliases: Vec<(Run, Option<NodeId>)>,
    /// In the order of their nodes.
    tags: Vec<(NodeId, Box<str>)>,
    /// In the order of their nodes.
    pub(super) anchors: Vec<Anchor>,
    pub(super) root: Option<NodeId>,
    pub(super) problems: Vec<Problem>,
    pub(super) refusal: Option<String>,
}

/// A node as it is kept: small, since the trees of all charts are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stored {
    shape: Shape,
    range: TextRange,
    /// [`NOBODY`] for the root.
    parent: NodeId,
}

const NOBODY: NodeId = NodeId(u32::MAX);

/// Shorter scalars (bytes) are not looked for in other texts.
const LONG: u32 = 128;

/// A [`Kind`], with what it has in the tree's rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    Scalar(Style, Run),
    /// A scalar of a text among the others, by its number there.
    Shared(Style, u16, Run),
    Sequence(Run),
    Mapping(Run),
    /// Its number among the aliases.
    Alias(u32),
}

/// A part of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Run {
    start: u32,
    len: u32,
}

impl Run {
    /// What was just put behind the first `start` of a row.
    fn since(start: usize, end: usize) -> Self {
        Self { start: start as u32, len: (end - start) as u32 }
    }

    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

impl Tree {
    /// Adds a node below `parent`, behind all others.
    pub(super) fn push(&mut self, parent: Option<NodeId>, kind: Kind<'_>, range: TextRange) -> NodeId {
        let shape = self.shape(kind);
        self.stored.push(Stored { shape, range, parent: parent.unwrap_or(NOBODY) });
        NodeId(self.stored.len() as u32 - 1)
    }

    /// Makes another of a node.
    pub(super) fn set(&mut self, id: NodeId, kind: Kind<'_>, range: TextRange) {
        let shape = self.shape(kind);
        let node = &mut self.stored[id.0 as usize];
        (node.shape, node.range) = (shape, range);
    }

    /// Gives the node that was added last its tag.
    pub(super) fn push_tag(&mut self, id: NodeId, tag: Box<str>) {
        self.tags.push((id, tag));
    }

    fn shape(&mut self, kind: Kind<'_>) -> Shape {
        match kind {
            Kind::Scalar { text, style } => Shape::Scalar(style, self.text(text)),
            Kind::Sequence(items) => {
                let start = self.items.len();
                self.items.extend_from_slice(items);
                Shape::Sequence(Run::since(start, self.items.len()))
            }
            Kind::Mapping(entries) => {
                let start = self.entries.len();
                self.entries.extend_from_slice(entries);
                Shape::Mapping(Run::since(start, self.entries.len()))
            }
            Kind::Alias { name, target } => {
                let name = self.text(name);
                self.aliases.push((name, target));
                Shape::Alias(self.aliases.len() as u32 - 1)
            }
        }
    }

    fn text(&mut self, text: &str) -> Run {
        let start = self.texts.len();
        self.texts.push_str(text);
        Run::since(start, self.texts.len())
    }

    /// It is kept as long as its document.
    pub(super) fn shrink(&mut self) {
        self.stored.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.items.shrink_to_fit();
        self.entries.shrink_to_fit();
    }

    /// Keeps texts once: those of long scalars that somebody else has, as the files that a chart puts into its objects, and
    /// those that come again, as keys do. `find` tells for the place of a scalar and its text who has the same, and where
    /// it begins there.
    pub fn share(&mut self, find: impl Fn(TextRange, &str) -> Option<(Arc<str>, u32)>) {
        for node in &mut self.stored {
            let Shape::Scalar(style, run @ Run { len: LONG.., .. }) = node.shape else { continue };
            let text = &self.texts[run.range()];
            let Some((other, start)) = find(node.range, text) else { continue };
            let number = self.others.iter().position(|known| Arc::ptr_eq(known, &other)).unwrap_or(self.others.len());
            let shared = Run { start, ..run };
            if let Ok(of) = u16::try_from(number)
                && other.get(shared.range()) == Some(text)
            {
                if number == self.others.len() {
                    self.others.push(other);
                }
                node.shape = Shape::Shared(style, of, shared);
            }
        }
        let texts = std::mem::take(&mut self.texts);
        let own = self.stored.iter_mut().filter_map(|node| match &mut node.shape {
            Shape::Scalar(_, run) => Some(run),
            _ => None,
        });
        let mut latest = [Run { start: 0, len: 0 }; 512];
        for run in own.chain(self.aliases.iter_mut().map(|(name, _)| name)) {
            let text = &texts[run.range()];
            let beginning =
                text.bytes().take(24).fold(text.len(), |sum, byte| sum * 31 % (1 << 30) + usize::from(byte));
            let known = &mut latest[beginning % 512];
            if &self.texts[known.range()] != text {
                let start = self.texts.len();
                self.texts.push_str(text);
                *known = Run::since(start, self.texts.len());
            }
            *run = *known;
        }
        self.shrink();
    }

    /// Moves all places by `by` bytes.
    pub(super) fn shift(&mut self, by: u32) {
        let ranges = self.stored.iter_mut().map(|node| &mut node.range);
        let ranges = ranges.chain(self.anchors.iter_mut().map(|anchor| &mut anchor.range));
        for range in ranges.chain(self.problems.iter_mut().map(|problem| &mut problem.range)) {
            *range = range.shift(by);
        }
    }

    /// The tree with another part: in the place of the nodes `old`, which are one node and all below it, stand the node
    /// `new` of another tree and all below that. Places before and behind are those of a document that begins at the
    /// second of two bytes, not at the first, and what is behind the part moved by `by` bytes more.
    pub(super) fn with_part(
        &self,
        old: std::ops::Range<NodeId>,
        (other, new): (&Self, NodeId),
        (from, to): (u32, u32),
        by: i64,
    ) -> Self {
        let added = other.stored.len() as u32 - new.0;
        let here = |id: &NodeId| if *id < old.end { *id } else { NodeId(id.0 - old.end.0 + old.start.0 + added) };
        let there = |id: &NodeId| NodeId(id.0 - new.0 + old.start.0);
        let place = |range: TextRange, by: i64| {
            let at = |offset: u32| (i64::from(offset) - i64::from(from) + i64::from(to) + by) as u32;
            TextRange { start: at(range.start), end: at(range.end) }
        };
        let mut tree = Self { root: self.root, ..Self::default() };
        for id in 0..old.start.0 {
            let node = self.node(NodeId(id));
            tree.push_as(node.parent, node.kind, place(node.range, 0), here);
        }
        let above = self.node(old.start).parent;
        for id in new.0..other.stored.len() as u32 {
            let node = other.node(NodeId(id));
            let parent = if id == new.0 { above } else { node.parent.as_ref().map(there) };
            tree.push_as(parent, node.kind, node.range, there);
        }
        for id in old.end.0..self.stored.len() as u32 {
            let node = self.node(NodeId(id));
            tree.push_as(node.parent.as_ref().map(here), node.kind, place(node.range, by), here);
        }
        // Collections end where their last child does.
        let mut at = above;
        while let Some(id) = at {
            let last = match tree.node(id).kind {
                Kind::Sequence(items) => items.last().copied(),
                Kind::Mapping(entries) => entries.last().map(|(_, value)| *value),
                Kind::Scalar { .. } | Kind::Alias { .. } => None,
            };
            if let Some(last) = last {
                tree.stored[id.0 as usize].range.end = tree.node(last).range.end;
            }
            at = tree.node(id).parent;
        }
        tree.shrink();
        tree
    }

    /// Adds a node as another tree has it; `number` tells the numbers of those below it here.
    fn push_as(
        &mut self,
        parent: Option<NodeId>,
        kind: Kind<'_>,
        range: TextRange,
        number: impl Fn(&NodeId) -> NodeId,
    ) {
        let (items, entries): (Vec<_>, Vec<_>);
        let kind = match kind {
            Kind::Sequence(all) => {
                items = all.iter().map(number).collect();
                Kind::Sequence(&items)
            }
            Kind::Mapping(all) => {
                entries = all.iter().map(|(key, value)| (number(key), number(value))).collect();
                Kind::Mapping(&entries)
            }
            Kind::Scalar { .. } | Kind::Alias { .. } => kind,
        };
        self.push(parent, kind, range);
    }

    /// Both have the same nodes at the same places, and the same problems.
    pub fn is_like(&self, other: &Self) -> bool {
        self.nodes().eq(other.nodes())
            && (self.root, &self.problems, &self.refusal) == (other.root, &other.problems, &other.refusal)
            && (&self.anchors, &self.tags) == (&other.anchors, &other.tags)
    }

    /// Some node has an explicit tag.
    pub(super) fn has_tags(&self) -> bool {
        !self.tags.is_empty()
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

    #[inline]
    pub fn node(&self, id: NodeId) -> Node<'_> {
        let Stored { shape, range, parent } = self.stored[id.0 as usize];
        let kind = match shape {
            Shape::Scalar(style, text) => Kind::Scalar { text: &self.texts[text.range()], style },
            Shape::Shared(style, of, text) => Kind::Scalar { text: &self.others[usize::from(of)][text.range()], style },
            Shape::Sequence(items) => Kind::Sequence(&self.items[items.range()]),
            Shape::Mapping(entries) => Kind::Mapping(&self.entries[entries.range()]),
            Shape::Alias(number) => {
                let (name, target) = self.aliases[number as usize];
                Kind::Alias { name: &self.texts[name.range()], target }
            }
        };
        Node { kind, range, parent: (parent != NOBODY).then_some(parent) }
    }

    /// All nodes, in the order of their numbers.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.ids().map(|id| self.node(id))
    }

    /// The anchor of a node.
    pub fn anchor(&self, id: NodeId) -> Option<&Anchor> {
        let at = self.anchors.binary_search_by_key(&id, |anchor| anchor.node).ok()?;
        Some(&self.anchors[at])
    }

    /// The explicit tag of a node as it was written (`!!str`).
    pub fn tag(&self, id: NodeId) -> Option<&str> {
        let at = self.tags.binary_search_by_key(&id, |(node, _)| *node).ok()?;
        Some(&self.tags[at].1)
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
        (0..self.stored.len() as u32).map(NodeId)
    }

    /// A node and all below it as a tree of its own, with what aliases in it stand for, and without anchors.
    pub fn subtree(&self, root: NodeId) -> Self {
        let mut numbers = HashMap::from([(root, NodeId(0))]);
        let mut order = vec![root];
        let mut at = 0;
        while let Some(id) = order.get(at).copied() {
            at += 1;
            let below: Vec<NodeId> = match self.node(id).kind {
                Kind::Scalar { .. } => Vec::new(),
                Kind::Sequence(items) => items.to_vec(),
                Kind::Mapping(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
                Kind::Alias { target, .. } => target.into_iter().collect(),
            };
            for id in below {
                if let Entry::Vacant(place) = numbers.entry(id) {
                    place.insert(NodeId(order.len() as u32));
                    order.push(id);
                }
            }
        }
        let number = |id: &NodeId| numbers.get(id).copied();
        let mut part = Self { root: Some(NodeId(0)), ..Self::default() };
        for id in &order {
            let node = self.node(*id);
            let parent = node.parent.as_ref().filter(|_| *id != root).and_then(number);
            let (items, entries): (Vec<_>, Vec<_>);
            let kind = match node.kind {
                Kind::Scalar { .. } => node.kind,
                Kind::Sequence(all) => {
                    items = all.iter().filter_map(number).collect();
                    Kind::Sequence(&items)
                }
                Kind::Mapping(all) => {
                    entries = all.iter().filter_map(|(key, value)| number(key).zip(number(value))).collect();
                    Kind::Mapping(&entries)
                }
                Kind::Alias { name, target } => Kind::Alias { name, target: target.as_ref().and_then(number) },
            };
            let own = part.push(parent, kind, node.range);
            if let Some(tag) = self.tag(*id) {
                part.push_tag(own, tag.into());
            }
        }
        part.shrink();
        part
    }

    /// The node behind an alias (behind several, if they lead on); other nodes stand for themselves. An alias
    /// without an anchor stands for itself.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        let mut at = id;
        // An alias inside its own anchor would lead in a circle.
        for _ in 0..self.stored.len() {
            let Shape::Alias(number) = self.stored[at.0 as usize].shape else { return at };
            let Some(target) = self.aliases[number as usize].1 else { return at };
            at = target;
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
        let Kind::Mapping(entries) = self.node(self.resolve(id)).kind else { return None };
        entries.iter().rev().find_map(|(name, value)| {
            if depth > 0 && self.says(*name, "<<") && self.is_merge_key(*name) {
                let merged = self.resolve(*value);
                match self.node(merged).kind {
                    Kind::Sequence(items) => items.iter().find_map(|item| self.entry_within(*item, key, depth - 1)),
                    _ => self.entry_within(merged, key, depth - 1),
                }
            } else {
                self.says(*name, key).then_some((*name, *value))
            }
        })
    }

    /// The scalar has this text. Most have another length, which is told without a look at the text.
    fn says(&self, id: NodeId, text: &str) -> bool {
        match self.stored[id.0 as usize].shape {
            Shape::Scalar(_, run) => {
                run.len as usize == text.len() && self.texts.as_bytes()[run.range()] == *text.as_bytes()
            }
            _ => self.scalar(id) == Some(text),
        }
    }

    /// `<<`, unquoted.
    pub fn is_merge_key(&self, key: NodeId) -> bool {
        matches!(self.node(key).kind, Kind::Scalar { text: "<<", style: Style::Plain })
    }

    /// The decoded text of a scalar, through aliases.
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        match self.node(self.resolve(id)).kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parser;
    use std::sync::Arc;

    use super::{Kind, LONG};
    use crate::text::TextRange;

    #[test]
    fn a_part_is_a_tree_with_what_its_aliases_stand_for() {
        let text = "items:\n- a: &x {b: 1}\n- c: *x\n";
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        let items = tree.get(tree.root().unwrap(), "items").unwrap();
        let Kind::Sequence(items) = tree.node(items).kind else { panic!("no list") };
        let part = tree.subtree(items[1]);
        let root = part.root().unwrap();
        let c = part.get(root, "c").unwrap();
        assert_eq!(part.get(c, "b").and_then(|id| part.scalar(id)), Some("1"));
        assert_eq!((part.node(root).parent, part.ids().count()), (None, 6));
    }

    #[test]
    fn what_somebody_else_has_is_kept_once() {
        let script = "echo tide\n".repeat(20);
        let text = format!("a: &x b\nscript: |\n  {}\nc: *x\n", script.trim_end().replace('\n', "\n  "));
        let whole = parser::parse(&text, TextRange::new(0, text.len()));
        let file: Arc<str> = format!("#\n{script}").into();
        let mut tree = whole.clone();
        tree.share(|range, _| range.of(&text).starts_with('|').then(|| (file.clone(), 2)));
        assert!(tree.is_like(&whole) && tree.texts.len() < LONG as usize && Arc::strong_count(&file) == 2);
        // Who is wrong is not believed.
        let mut tree = whole.clone();
        tree.share(|_, _| Some((file.clone(), 3)));
        assert!(tree == whole);
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
