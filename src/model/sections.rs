//! The parts of a document that are read, and edited, each by itself: what stands at a key of `spec` or `data`, and at
//! the other keys of the object.

use std::sync::Arc;

use crate::reads::{self, Mark};
use crate::text::TextRange;
use crate::yaml::tree::{Kind, NodeId, Tree};

/// The sections of a document. The first is its frame: the keys that lead to the others, and what stands above them.
#[derive(Clone)]
pub struct Sections {
    /// For each node its section; nothing where all is one.
    of: Arc<[u8]>,
    marks: Arc<[Mark]>,
    /// All of the text, with what stands between the sections.
    text: Mark,
    /// Where in the template's output the document stands, in lines.
    lines: Mark,
}

/// The keys below which the keys have sections of their own.
const OPEN: [&str; 2] = ["spec", "data"];

impl Sections {
    pub fn of(tree: &Tree) -> Self {
        let mut of = vec![0; tree.ids().count()];
        let keys = keys(tree).unwrap_or_default();
        for (at, (_, value)) in keys.iter().enumerate().filter(|(_, (_, value))| !is_open(tree, *value)) {
            fill(tree, *value, at as u8 + 1, &mut of);
        }
        let marks = (0..=keys.len()).map(|_| Mark::fresh()).collect();
        let of = if keys.is_empty() { Arc::default() } else { of.into() };
        Self { of, marks, text: Mark::fresh(), lines: Mark::fresh() }
    }

    /// The section of a node is read.
    pub fn note(&self, node: NodeId) {
        let section = self.of.get(node.0 as usize).copied().unwrap_or_default();
        reads::note(self.marks[usize::from(section)]);
    }

    pub fn frame(&self) -> Mark {
        self.marks[0]
    }

    pub fn note_frame(&self) {
        reads::note(self.frame());
    }

    /// All that the tree has is read.
    pub fn note_all(&self) {
        self.marks.iter().for_each(|mark| reads::note(*mark));
    }

    pub fn note_text(&self) {
        reads::note(self.text);
    }

    pub fn note_lines(&self) {
        reads::note(self.lines);
    }

    /// Whatever of the document can be read.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.marks.iter().copied().chain([self.text, self.lines])
    }

    /// The same sections of a document that moved by some lines.
    pub fn on_other_lines(&self) -> Self {
        Self { lines: Mark::fresh(), ..self.clone() }
    }

    /// These sections of `tree`, and those of `former` where `is_kept` says that nothing of a range of the former text
    /// (the first) changed in what is a range of the present one now.
    pub fn taken_over(
        &self,
        tree: &Tree,
        former: (&Self, &Tree),
        is_kept: impl Fn(TextRange, TextRange) -> bool,
    ) -> Option<Self> {
        let (former, old) = former;
        let (old_keys, new_keys) = (keys(old)?, keys(tree)?);
        let same = |(a, b): (&Key, &Key)| {
            let (one, other) = (old.tag(a.1), tree.tag(b.1));
            old.scalar(a.0) == tree.scalar(b.0) && is_open(old, a.1) == is_open(tree, b.1) && one == other
        };
        if old_keys.len() != new_keys.len() || !old_keys.iter().zip(&new_keys).all(same) {
            return None;
        }
        let mut marks = self.marks.to_vec();
        let range = |tree: &Tree, key: &Key| tree.node(key.0).range;
        let mut frame = old_keys.iter().zip(&new_keys).all(|(a, b)| is_kept(range(old, a), range(tree, b)));
        let (old_ranges, new_ranges) = (extents(old, &old_keys), extents(tree, &new_keys));
        for (at, (a, b)) in old_ranges.into_iter().zip(new_ranges).enumerate() {
            if is_kept(a, b) {
                marks[at + 1] = former.marks[at + 1];
            } else {
                frame &= !is_open(tree, new_keys[at].1);
            }
        }
        if frame {
            marks[0] = former.marks[0];
        }
        Some(Self { marks: marks.into(), ..self.clone() })
    }
}

/// A key and its value.
type Key = (NodeId, NodeId);

/// The keys in the order of the text; those below `spec` and `data` come behind these. `None` where sections cannot be
/// told from each other.
fn keys(tree: &Tree) -> Option<Vec<Key>> {
    // What an alias stands for is somewhere else.
    if !tree.anchors().is_empty() || !tree.problems().is_empty() {
        return None;
    }
    let mut found = Vec::new();
    let entries = |id| match tree.node(id).kind {
        Kind::Mapping(entries) => Some(entries),
        _ => None,
    };
    for (key, value) in entries(tree.root()?)? {
        found.push((*key, *value));
        if is_open(tree, *value) {
            found.extend(entries(*value).into_iter().flatten());
        }
    }
    (found.len() < usize::from(u8::MAX)).then_some(found)
}

/// The value is a mapping whose keys have sections of their own.
fn is_open(tree: &Tree, value: NodeId) -> bool {
    let Some(parent) = tree.node(value).parent else { return false };
    let (Kind::Mapping(entries), Kind::Mapping(_)) = (&tree.node(parent).kind, &tree.node(value).kind) else {
        return false;
    };
    let key = entries.iter().find(|entry| entry.1 == value).and_then(|(key, _)| tree.scalar(*key));
    tree.root() == Some(parent) && key.is_some_and(|key| OPEN.contains(&key))
}

/// From each key to the next, and the last one's to the end of its value.
fn extents(tree: &Tree, keys: &[Key]) -> Vec<TextRange> {
    let start = |key: &Key| tree.node(key.0).range.start;
    let end = |at: usize| match keys.get(at + 1) {
        Some(next) => start(next),
        None => tree.node(keys[at].0).range.end.max(tree.node(keys[at].1).range.end),
    };
    (0..keys.len()).map(|at| TextRange { start: start(&keys[at]), end: end(at) }).collect()
}

fn fill(tree: &Tree, node: NodeId, section: u8, of: &mut [u8]) {
    let mut rest = vec![node];
    while let Some(node) = rest.pop() {
        of[node.0 as usize] = section;
        match tree.node(node).kind {
            Kind::Sequence(items) => rest.extend(items),
            Kind::Mapping(entries) => rest.extend(entries.iter().flat_map(|(key, value)| [*key, *value])),
            Kind::Scalar { .. } | Kind::Alias { .. } => {}
        }
    }
}
