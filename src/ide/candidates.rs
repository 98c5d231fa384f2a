//! Where a document may name a thing of which the name is known, and whether it does.

use std::collections::BTreeSet;

use super::locate::{self, Spot, content, key_of, list_of};
use super::reference::{self, Kind, Lookup, Thing};
use super::{environment, parameters};
use crate::model::index::{Index, Object};
use crate::model::knobs;
use crate::model::object::{Document, Node};
use crate::model::owners::Name;
use crate::model::parts::{Part, What};
use crate::model::pattern::Mode;
use crate::model::resolve::{CONFIG_CONSTRAINT, CONFIG_MAP, PARAMETERS_DEFINITION};
use crate::text::{Span, TextRange, parts_between};
use crate::yaml::parser;
use crate::yaml::path::node_at;
use crate::yaml::tree::Kind as Shape;

/// The field whose values are asked for by patterns, and the list whose items are such.
const VERSION: &str = "serviceVersion";
const VERSIONS: &str = "serviceVersions";

/// The lists in which `name` is that of a variable, or of what one holds.
const OF_VARIABLES: [&str; 4] = ["env", "vars", "componentRefEnv", "ports"];

/// What is looked for.
#[derive(Default)]
pub(super) struct Sought<'w> {
    /// As they are rendered; never empty ones.
    pub(super) names: BTreeSet<String>,
    /// Where they are written.
    pub(super) wanted: BTreeSet<Span>,
    /// What has them.
    documents: Vec<&'w Document>,
    /// Objects, which patterns may name too: the fields that do.
    patterns: Vec<Node<'w>>,
    /// Service versions, which patterns may name.
    versions: bool,
    /// Texts may use it as a variable.
    variables: bool,
    /// Lines of configs may set it.
    settings: bool,
    /// Paths of files may hold it.
    paths: bool,
}

/// A use of what is sought.
pub(super) struct Found<'w> {
    pub(super) thing: Thing<'w>,
    /// Bytes of the rendered text.
    pub(super) origin: TextRange,
}

impl<'w> Sought<'w> {
    /// Also what has its name in these bytes of a document.
    pub(super) fn add(&mut self, index: &'w Index, document: &'w Document, name: TextRange) {
        let text = name.of(document.rendered().text.as_str());
        if text.is_empty() {
            return;
        }
        self.names.insert(text.to_owned());
        self.documents.push(document);
        let kind = document.kind();
        self.paths |= kind == Some(CONFIG_MAP.kind);
        self.settings |= [PARAMETERS_DEFINITION.kind, CONFIG_CONSTRAINT.kind].map(Some).contains(&kind);
        let node = node_at(document.tree(), name.start).map(|id| document.node(id));
        if node.is_some() && document.name() == node {
            if let Some(chart) = index.chart_of(document) {
                self.patterns.extend(index.matched_by(Object { chart, document }).map(|site| site.node));
            }
            return;
        }
        let key = node.and_then(key_of).and_then(Node::text);
        self.versions |= key == Some(VERSION);
        let list = node.and_then(Node::parent).and_then(list_of);
        self.variables |= key != Some("name") || list.is_none_or(|list| OF_VARIABLES.contains(&list));
    }

    /// The name's place is one of those that are wanted.
    fn knows(&self, document: &Document, name: TextRange) -> bool {
        locate::written(document, name).iter().any(|span| self.wanted.contains(span))
    }

    /// The uses in a document.
    pub(super) fn uses(&self, lookup: &mut Lookup<'w>, spot: Spot<'w>) -> Vec<Found<'w>> {
        let document = spot.node.document;
        let mut found = Vec::new();
        let patterns = self.patterns.iter().filter(|node| std::ptr::eq(node.document, document));
        let patterns: Vec<Node> = patterns.filter(|node| !self.is_name(node.text())).copied().collect();
        let text = document.text();
        // Of a parameter's name the beginning may stand elsewhere: in the section around it.
        let tails = self.names.iter().filter_map(|name| name.rsplit('.').next());
        let places = tails.flat_map(|tail| text.match_indices(tail)).map(|(at, _)| document.range.start + at as u32);
        let mut nodes: Vec<_> = places.filter_map(|at| node_at(document.tree(), at)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes.into_iter().map(|id| document.node(id)) {
            self.uses_in(lookup, Spot { node, ..spot }, &mut found);
        }
        for node in patterns.into_iter().chain(self.versions_in(document)) {
            self.check(lookup, Spot { node, range: content(node), ..spot }, &mut found);
        }
        found
    }

    fn is_name(&self, text: Option<&str>) -> bool {
        text.is_some_and(|text| self.names.contains(text))
    }

    /// The patterns that may take service versions.
    fn versions_in(&self, document: &'w Document) -> Vec<Node<'w>> {
        if !self.versions || !document.text().contains(VERSIONS) {
            return Vec::new();
        }
        let nodes = document.tree().ids().map(|id| document.node(id));
        let nodes = nodes.filter(|node| list_of(*node) == Some(VERSIONS) && !self.is_name(node.text()));
        nodes.filter(|node| Part::at(*node).is_some_and(|part| part.mode() != Mode::Exact)).collect()
    }

    /// The uses in the text of a node.
    fn uses_in(&self, lookup: &mut Lookup<'w>, spot: Spot<'w>, found: &mut Vec<Found<'w>>) {
        let (node, document) = (spot.node, spot.node.document);
        let text = match document.tree().node(node.id).kind {
            Shape::Alias { name, .. } if self.names.contains(name) => {
                return self.check(lookup, Spot { range: content(node), ..spot }, found);
            }
            Shape::Scalar { text, .. } => text,
            _ => return,
        };
        let part = |range| parser::part(document.rendered().text.as_str(), document.tree(), node.id, range);
        if self.variables && text.contains(['$', '{']) {
            for name in &self.names {
                self.variables_in(lookup, spot, name, found);
            }
        }
        let mut ranges: Vec<TextRange> =
            parts_between(text, ',').filter(|(_, name)| self.names.contains(*name)).map(|(range, _)| range).collect();
        let initial = parameters::initial(node).into_iter().map(|(range, _)| range);
        ranges.extend(initial.filter(|range| self.names.contains(range.of(text))));
        let of_config = document.kind() == Some(CONFIG_MAP.kind);
        if of_config && self.settings {
            self.settings_in(lookup, spot, text, found);
        }
        let ends_so = || self.names.iter().any(|name| text != name && parameters::is_name_of(text, name));
        if !of_config && ends_so() && Part::at(node).is_some_and(|part| part.what == What::Property) {
            ranges.push(TextRange::new(0, text.len()));
        }
        if text.starts_with("metadata.") {
            let labels = self.names.iter().filter_map(|name| Some((text.find(&format!("['{name}']"))? + 2, name)));
            ranges.extend(labels.map(|(at, name)| TextRange::new(at, at + name.len())));
        }
        if self.paths && ["ComponentDefinition", "ClusterDefinition"].map(Some).contains(&document.kind()) {
            let files = self.names.iter().flat_map(|name| text.match_indices(name.as_str()));
            let files = files.filter(|(at, _)| text[..*at].ends_with('/'));
            ranges.extend(files.map(|(at, name)| TextRange::new(at, at + name.len())));
        }
        for range in ranges {
            self.check(lookup, Spot { range: part(range), ..spot }, found);
        }
    }

    /// Whatever gives a variable to one place of a text gives it to all.
    fn variables_in(&self, lookup: &mut Lookup<'w>, spot: Spot<'w>, name: &str, found: &mut Vec<Found<'w>>) {
        if !spot.node.text().is_some_and(|text| text.contains(name)) {
            return;
        }
        let mut uses = environment::uses(spot.node).into_iter().filter(|(_, used)| *used == name).peekable();
        let Some((_, name)) = uses.peek().copied() else { return };
        let things = environment::variables(lookup, spot, name);
        let Some(thing) = things.into_iter().find(|thing| self.means(thing)) else { return };
        let (tree, rendered) = (spot.node.document.tree(), spot.node.document.rendered().text.as_str());
        found.extend(uses.map(|(range, _)| Found { thing, origin: parser::part(rendered, tree, spot.node.id, range) }));
    }

    fn settings_in(&self, lookup: &Lookup<'w>, spot: Spot<'w>, text: &str, found: &mut Vec<Found<'w>>) {
        let (tree, rendered) = (spot.node.document.tree(), spot.node.document.rendered().text.as_str());
        let may_be = |set: &knobs::Setting| self.names.iter().any(|name| name.ends_with(set.name.of(text)));
        let set: Vec<_> = knobs::settings(text).into_iter().filter(may_be).collect();
        if set.is_empty() {
            return;
        }
        let known = parameters::known(lookup.world, spot);
        for setting in set {
            // Places are dear: only what may be meant is looked at.
            let is_here = |name: &Name| self.documents.iter().any(|own| std::ptr::eq(*own, name.object.document));
            let names = parameters::described(&known, &setting.names(text)).into_iter().filter(is_here);
            let mut things = names.map(|name| reference::given_name(What::Property, name));
            let thing = things.find(|thing| self.means(thing));
            let origin = || parser::part(rendered, tree, spot.node.id, setting.name);
            found.extend(thing.map(|thing| Found { thing, origin: origin() }));
        }
    }

    fn check(&self, lookup: &mut Lookup<'w>, spot: Spot<'w>, found: &mut Vec<Found<'w>>) {
        let Some(reference) = reference::reference(lookup, spot) else { return };
        let thing = reference.things.into_iter().find(|thing| self.means(thing));
        found.extend(thing.map(|thing| Found { thing, origin: reference.origin }));
    }

    fn means(&self, thing: &Thing<'_>) -> bool {
        let document = thing.item.document;
        self.names.contains(thing.name.of(document.rendered().text.as_str())) && self.knows(document, thing.name)
    }
}

/// What kind of thing it is, where that matters to who renames it.
pub(super) fn subject(thing: &Thing<'_>) -> Option<super::references::Subject> {
    use super::references::Subject;
    match thing.kind {
        Kind::Anchor => Some(Subject::Anchor),
        Kind::Env | Kind::Variable(_) => Some(Subject::Environment),
        Kind::Part(What::Action | What::Assignment | What::Field | What::Log | What::Property | What::Version) => {
            Some(Subject::Fixed)
        }
        _ => None,
    }
}
