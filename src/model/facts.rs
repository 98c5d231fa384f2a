//! What one chart adds to the index: its objects by kind and name, its sites, and what they ask.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::object::{Document, Node};
use super::pattern::{Mode, Pattern};
use super::resolve::{CLUSTER, CLUSTER_VERSION, GroupKind};
use super::sites::{self, Asking};
use crate::yaml::tree::NodeId;

/// What is asked of all objects of a kind: the kind, how the text is to be read, and the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Question {
    pub target: GroupKind<'static>,
    pub mode: Mode,
    pub text: String,
}

impl Question {
    pub fn pattern(&self) -> Pattern<'_> {
        Pattern::new(self.mode, &self.text)
    }
}

/// Things by kind and API group.
pub struct ByKind<T>(BTreeMap<Box<str>, Vec<OfGroup<T>>>);

struct OfGroup<T> {
    group: Box<str>,
    all: Vec<T>,
}

impl<T> Default for ByKind<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> ByKind<T> {
    pub fn of(&self, of: GroupKind) -> &[T] {
        let mut groups = self.0.get(of.kind).into_iter().flatten();
        groups.find(|known| *known.group == *of.group).map_or(&[], |known| &known.all)
    }

    pub fn extend(&mut self, GroupKind { group, kind }: GroupKind, new: impl Iterator<Item = T>) {
        if !self.0.contains_key(kind) {
            self.0.insert(kind.into(), Vec::new());
        }
        let Some(groups) = self.0.get_mut(kind) else { return };
        match groups.iter_mut().find(|known| *known.group == *group) {
            Some(known) => known.all.extend(new),
            None => groups.push(OfGroup { group: group.into(), all: new.collect() }),
        }
    }

    /// Each kind, and what is of it.
    pub fn iter(&self) -> impl Iterator<Item = (GroupKind<'_>, &[T])> {
        let groups = self.0.iter().flat_map(|(kind, groups)| groups.iter().map(move |group| (kind, group)));
        groups.map(|(kind, known)| (GroupKind { group: &known.group, kind }, known.all.as_slice()))
    }
}

/// The facts of a chart.
#[derive(Default)]
pub struct Facts {
    /// Indexes of documents.
    kinds: ByKind<usize>,
    /// Every field that names objects.
    pub sites: Vec<sites::Found>,
    /// The question of each site.
    asked: Vec<usize>,
    /// Each once.
    pub questions: Vec<Question>,
    nodes: HashMap<(usize, NodeId), usize>,
    /// The kinds whose objects ask by a text that is not known, or not understood.
    open: BTreeSet<&'static str>,
    /// The name of each document.
    names: Vec<Option<Box<str>>>,
    /// The documents whose names nobody knows.
    unknown: BTreeSet<usize>,
    /// The sites whose text the files do not determine.
    unsure: BTreeSet<usize>,
    /// The ClusterVersions and the Clusters that name a ClusterDefinition, with its name.
    pub users: Vec<(usize, Box<str>)>,
}

impl Facts {
    pub fn of(documents: &[Document]) -> Self {
        let mut facts = Self::default();
        for (at, document) in documents.iter().enumerate() {
            facts.names.push(document.name_text().map(Box::from));
            let Some(of) = GroupKind::of(document) else { continue };
            facts.kinds.extend(of, std::iter::once(at));
            if !document.name().is_some_and(Node::known) {
                facts.unknown.insert(at);
            }
            if [CLUSTER_VERSION, CLUSTER].contains(&of) {
                let named = document.root().and_then(|root| root.text_at("spec.clusterDefinitionRef"));
                facts.users.extend(named.map(|named| (at, named.into())));
            }
        }
        let mut questions: BTreeMap<Question, usize> = BTreeMap::new();
        let sites = documents.iter().enumerate().flat_map(|(at, document)| {
            sites::of(document).iter().map(move |asking| (at, document.node(asking.node), asking))
        });
        for (at, (document, site, Asking { node, field, known })) in sites.enumerate() {
            facts.sites.push((document, *node, field));
            let text = site.text().unwrap_or_default();
            let question = Question { target: field.target, mode: field.mode, text: text.to_owned() };
            if !known {
                facts.unsure.insert(at);
            }
            if !known || question.pattern().is_unsure() {
                facts.open.insert(field.kind);
            }
            let next = questions.len();
            facts.asked.push(*questions.entry(question).or_insert(next));
            facts.nodes.insert((document, *node), at);
        }
        let mut all: Vec<(Question, usize)> = questions.into_iter().collect();
        all.sort_by_key(|(_, at)| *at);
        facts.questions = all.into_iter().map(|(question, _)| question).collect();
        facts
    }

    /// Documents that came in the place of others have the same facts.
    pub fn are_same(documents: &[Document], former: &[Document]) -> bool {
        let same_site = |(now, is): (&Document, &Asking), (before, was): (&Document, &Asking)| {
            (is.node, is.known) == (was.node, was.known)
                && std::ptr::eq(is.field, was.field)
                && now.node(is.node).text() == before.node(was.node).text()
        };
        let same = |(now, before): (&Document, &Document)| {
            let (is, was) = (sites::of(now), sites::of(before));
            let same_sites = || is.iter().zip(was).all(|(is, was)| same_site((now, is), (before, was)));
            // Of what cannot be read as a whole no sites are known.
            let same = || now.is_sound() && is.len() == was.len() && same_sites();
            now.is_like(before) && (std::ptr::eq(is, was) || same())
        };
        documents.len() == former.len() && documents.iter().zip(former).all(same)
    }

    /// Each kind with its documents.
    pub fn kinds(&self) -> impl Iterator<Item = (GroupKind<'_>, impl Iterator<Item = usize>)> {
        self.kinds.iter().map(|(of, all)| (of, all.iter().copied()))
    }

    /// The documents of a kind.
    pub fn objects(&self, of: GroupKind) -> impl Iterator<Item = usize> {
        self.kinds.of(of).iter().copied()
    }

    /// `metadata.name` of a document.
    pub fn name(&self, document: usize) -> Option<&str> {
        self.names.get(document)?.as_deref()
    }

    /// The documents that have a name, in order.
    pub fn names(&self) -> impl Iterator<Item = (usize, &str)> {
        self.names.iter().enumerate().filter_map(|(document, name)| Some((document, name.as_deref()?)))
    }

    /// The kinds for which [`super::index::Index::has_open_sites`] is true.
    pub fn open(&self) -> impl Iterator<Item = &'static str> {
        self.open.iter().copied()
    }

    /// The name of a document is known.
    pub fn is_known(&self, document: usize) -> bool {
        !self.unknown.contains(&document)
    }

    /// A chart with these facts adds the same to the index as one with those.
    pub fn is_like(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || self.names == other.names
                && self.unknown == other.unknown
                && self.users == other.users
                && self.open == other.open
                && self.questions == other.questions
                && self.kinds.iter().eq(other.kinds.iter())
    }

    /// Also the sites are the same, one by one, but for their nodes.
    pub fn has_sites_like(&self, other: &Self) -> bool {
        let is_same = |(a, b): (&sites::Found, &sites::Found)| a.0 == b.0 && std::ptr::eq(a.2, b.2);
        std::ptr::eq(self, other)
            || self.sites.len() == other.sites.len()
                && self.sites.iter().zip(&other.sites).all(is_same)
                && self.asked == other.asked
                && self.unsure == other.unsure
    }

    /// The numbers of the sites of a document.
    pub fn sites_in(&self, document: usize) -> std::ops::Range<usize> {
        let before = |document| self.sites.partition_point(|(at, ..)| *at < document);
        before(document)..before(document + 1)
    }

    /// The number of the site that a node of a document is.
    pub fn site_at(&self, document: usize, node: Node<'_>) -> Option<usize> {
        self.nodes.get(&(document, node.id)).copied()
    }

    /// The number of a site's question.
    pub fn question_of(&self, site: usize) -> usize {
        self.asked[site]
    }
}
