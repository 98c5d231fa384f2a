//! Documents and nodes: what rules hold in their hands. Nothing here tells an offset.

use std::sync::Arc;

use camino::Utf8Path;

use super::admit::Fault;
use super::kept::Shift;
use super::sections::Sections;
use super::shell::{self, Form};
use crate::diagnostic::{Located, Place};
use crate::helm::render::Rendered;
use crate::partial;
use crate::reads::{self, Mark, Marked};
use crate::template::traced::{CallId, Origin, Piece};
use crate::text::{FileId, Span, TextRange};
use crate::world::Memory;
use crate::yaml::parser;
use crate::yaml::reparse::reparse;
use crate::yaml::tree::{self, Kind, NodeId, Style, Tree};

/// One YAML document of a rendered template, or of a plain file.
#[derive(Clone)]
pub struct Document {
    rendered: Arc<Rendered>,
    /// Bytes of the document in the rendered text.
    pub range: TextRange,
    tree: Arc<Tree>,
    sections: Sections,
    /// What was worked out of it: it is taken over with the document into later states of the chart.
    pub memory: Arc<Memory>,
}

/// In front of a text that was put in stand at most so many pieces: the indicator of its block, and blanks.
const PIECES_BEFORE_TEXT: usize = 6;

/// What everybody asks of a document.
#[derive(Clone)]
pub struct Head {
    api_version: Option<NodeId>,
    kind: Option<NodeId>,
    name: Option<NodeId>,
    /// The name is there, and known.
    named: bool,
    spec: Option<NodeId>,
}

/// A node of a document. Reads go through aliases: `get`, `items`, `text` see what the alias stands for, and the place
/// of what they answer is the anchor's text.
#[derive(Clone, Copy)]
pub struct Node<'w> {
    pub document: &'w Document,
    pub id: NodeId,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.id == other.id
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.document.template(), self.path())
    }
}

/// What is left out (`...`), or filled in later: by hand, or by another program. Text with blanks is rather of a shell.
fn is_blank(text: &str) -> bool {
    if text.len() > 200 || is_plain(text) || text.contains('\n') {
        return false;
    }
    let spaced = || text.contains(char::is_whitespace);
    matches!(text, "..." | "…")
        || text.starts_with('<') && text.ends_with('>')
        || is_wish(text)
        || text.contains('$') && is_variable(text, &spaced)
        || partial::is_bracketed(text)
        || (partial::is_fenced(text) || partial::has_verb(text) || has_blank(text)) && !spaced()
}

/// It has no sign of any of these, as most text: one look at its bytes tells.
fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    let is_sign = |byte: u8| {
        let fence = byte == b'_' && before == b'_';
        before = byte;
        fence || !byte.is_ascii() || matches!(byte, b'<' | b'$' | b'@' | b'%' | b'[' | b'(' | b'#' | b'{' | b'!')
    };
    !text.starts_with('.') && !WISHES.iter().any(|word| text.starts_with(word)) && !text.bytes().any(is_sign)
}

const WISHES: [&str; 4] = ["YOUR", "REPLACE", "CHANGE", "TODO"];

/// `YOUR_NAME`, `REPLACE-ME`, `TODO`.
fn is_wish(text: &str) -> bool {
    let upper = |c: u8| c.is_ascii_uppercase() || matches!(c, b'_' | b'-' | b'0'..=b'9');
    WISHES.iter().any(|word| text.starts_with(word)) && text.bytes().all(upper)
}

/// What `envsubst`, Flux and their kin replace: `$NAME-db`, `${ call }`, `db-${NAME:=a}`.
fn is_variable(text: &str, spaced: &dyn Fn() -> bool) -> bool {
    let begins = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let of_object = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let call = text.strip_prefix("${").is_some_and(|rest| rest.find('}') == Some(rest.len() - 1));
    let whole = || text.strip_prefix('$').is_some_and(|name| begins(name) && name.chars().all(of_object));
    let within = || text.split("${").skip(1).any(|rest| begins(rest) && rest.contains('}'));
    call || whole() || within() && !spaced()
}

/// `<your-name>` somewhere, as in `<size>Gi`. `(?P<name>…)` is a pattern, and `</` ends an element.
fn has_blank(text: &str) -> bool {
    let mut parts = text.split('<');
    let mut before = parts.next().unwrap_or_default();
    if before.len() == text.len() || text.contains("</") {
        return false;
    }
    parts.any(|part| {
        let name = part.split_once('>').map_or("", |(name, _)| name);
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let open = !before.ends_with(['?', 'P']);
        before = part;
        open && begins && name.chars().all(letters)
    })
}

/// A part of a scalar: bytes of its decoded text.
#[derive(Clone, Copy)]
pub struct Part<'w> {
    pub node: Node<'w>,
    pub range: TextRange,
}

impl Document {
    pub fn new(rendered: Arc<Rendered>, range: TextRange) -> Self {
        let tree = parser::parse(rendered.text.as_str(), range);
        Self::with(rendered, range, tree)
    }

    fn with(rendered: Arc<Rendered>, range: TextRange, tree: Tree) -> Self {
        Self { rendered, range, sections: Sections::of(&tree), tree: Arc::new(tree), memory: Arc::default() }
    }

    /// A document, and before it the objects that it lists.
    pub fn all(rendered: &Arc<Rendered>, range: TextRange) -> Vec<Self> {
        Self::new(rendered.clone(), range).with_listed()
    }

    /// As [`Document::all`], for a document that came in the place of `former`.
    pub fn all_after(former: &Self, rendered: &Arc<Rendered>, range: TextRange) -> Vec<Self> {
        let (old, new) = (former.rendered.text.as_str(), rendered.text.as_str());
        match reparse(&former.tree, (old, former.range), (new, range)) {
            Some(tree) => Self::with(rendered.clone(), range, tree).with_listed(),
            None => Self::all(rendered, range),
        }
    }

    /// What files have word by word, and the template only put in, is kept once. `text` tells the text of a file.
    pub fn share(mut self, text: &dyn Fn(FileId) -> Option<Arc<str>>) -> Self {
        let rendered = &self.rendered.text;
        // Of a tree that is taken over, this is done.
        if let Some(tree) = Arc::get_mut(&mut self.tree) {
            tree.share(|range, scalar| {
                let mut pieces = rendered.pieces_in(range).take(PIECES_BEFORE_TEXT);
                pieces.find_map(|(_, piece)| {
                    let Origin::Verbatim(Span { file, range }) = piece.origin else { return None };
                    let text = text(file)?;
                    text.get(range.start as usize..)?.starts_with(scalar).then_some((text, range.start))
                })
            });
        }
        self
    }

    fn with_listed(self) -> Vec<Self> {
        let mut all = self.listed();
        all.push(self);
        all
    }

    /// The same document in another rendering of its template.
    pub fn moved(&self, rendered: &Arc<Rendered>, range: TextRange, shift: &Shift<'_>) -> Self {
        let in_place = range == self.range;
        let tree = if in_place { self.tree.clone() } else { Arc::new(self.tree.moved(self.range.start, range.start)) };
        let memory = match in_place && shift.is_nothing() {
            true => self.memory.clone(),
            false => Arc::new(self.memory.moved(shift)),
        };
        let sections = if shift.lines { self.sections.on_other_lines() } else { self.sections.clone() };
        Self { rendered: rendered.clone(), range, tree, sections, memory }
    }

    /// The template's output, and what is known of it.
    pub fn rendered(&self) -> &Arc<Rendered> {
        self.sections.note_text();
        &self.rendered
    }

    pub fn tree(&self) -> &Arc<Tree> {
        self.sections.note_text();
        &self.tree
    }

    /// The text is YAML as a whole.
    pub fn is_sound(&self) -> bool {
        self.tree.problems().is_empty()
    }

    /// Helm's name of the template.
    pub fn template(&self) -> &str {
        &self.rendered.name
    }

    /// The template, or the plain file.
    pub fn file(&self) -> FileId {
        self.rendered.source.id
    }

    /// Path of the template, or of the plain file.
    pub fn path(&self) -> &Utf8Path {
        &self.rendered.source.path
    }

    /// See [`Memory::faults`].
    pub fn faults(&self, admit: impl FnOnce() -> Vec<Fault>) -> &[Fault] {
        self.sections.note_all();
        self.memory.faults(|| reads::unheard(admit))
    }

    /// Marks of whatever can be read of the document, but not of what is the same in a document that is like it.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.sections.marks()
    }

    /// Who asks for no more than kind, name, soundness, template, and whether there is a `spec`, cannot tell them apart.
    pub fn is_like(&self, other: &Self) -> bool {
        self.api_version() == other.api_version()
            && self.kind() == other.kind()
            && self.name_text() == other.name_text()
            && self.known_name() == other.known_name()
            && self.head().spec.is_some() == other.head().spec.is_some()
            && self.is_sound() == other.is_sound()
            && self.file() == other.file()
    }

    pub(super) fn sections(&self) -> &Sections {
        &self.sections
    }

    /// The same document, of which some sections are those of the one before.
    pub(super) fn with_sections(mut self, sections: Sections) -> Self {
        self.sections = sections;
        self
    }

    pub fn root(&self) -> Option<Node<'_>> {
        self.tree.root().map(|id| Node { document: self, id })
    }

    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node { document: self, id }
    }

    /// The objects of a `List`, each as a document of its own; nothing for other kinds.
    pub fn listed(&self) -> Vec<Self> {
        let is_list = self.kind() == Some("List") && self.api_version() == Some("v1") && self.is_sound();
        let items = self.root().filter(|_| is_list).into_iter().flat_map(|root| root.list("items"));
        let objects = items.filter(|item| item.is_mapping() && !item.is_alias());
        let objects = objects
            .map(|item| Self::with(self.rendered.clone(), self.tree.node(item.id).range, self.tree.subtree(item.id)));
        objects.collect()
    }

    /// Its rendered text.
    pub fn text(&self) -> &str {
        self.range.of(self.rendered().text.as_str())
    }

    /// `apiVersion`.
    pub fn api_version(&self) -> Option<&str> {
        self.tree.scalar(self.head().api_version?)
    }

    /// The part of `apiVersion` before the slash; empty for the core group.
    pub fn group(&self) -> Option<&str> {
        self.api_version().map(|version| version.split_once('/').map_or("", |(group, _)| group))
    }

    /// `kind`.
    pub fn kind(&self) -> Option<&str> {
        self.tree.scalar(self.head().kind?)
    }

    /// `metadata.name`.
    pub fn name(&self) -> Option<Node<'_>> {
        Some(self.node(self.head().name?))
    }

    /// `metadata.namespace`.
    pub fn namespace(&self) -> Option<Node<'_>> {
        self.root()?.at("metadata.namespace")
    }

    /// When Helm makes it, if it is a hook: it is no part of the release, and stays behind.
    pub fn hook(&self) -> Option<Node<'_>> {
        self.root()?.at("metadata.annotations")?.get("helm.sh/hook")
    }

    /// The text of `metadata.name`, whether it is known or not.
    pub fn name_text(&self) -> Option<&str> {
        self.tree.scalar(self.head().name?)
    }

    /// The text of `metadata.name` where the files determine it ([`Node::known`]).
    pub fn known_name(&self) -> Option<&str> {
        self.name_text().filter(|_| self.head().named)
    }

    /// `spec`.
    pub fn spec(&self) -> Option<Node<'_>> {
        Some(self.node(self.head().spec?))
    }

    fn head(&self) -> &Head {
        self.memory.head(|| {
            reads::unheard(|| {
                let root = self.root();
                let at = |path| root.and_then(|root| root.at(path));
                let (name, id) = (at("metadata.name"), |path| at(path).map(|node| node.id));
                Head {
                    api_version: id("apiVersion"),
                    kind: id("kind"),
                    name: name.map(|name| name.id),
                    named: name.is_some_and(Node::known),
                    spec: id("spec"),
                }
            })
        })
    }

    /// The place of a range of the document's rendered text.
    pub fn place(&self, range: TextRange) -> Option<Place> {
        self.sections.note_text();
        self.place_of(range)
    }

    fn place_of(&self, range: TextRange) -> Option<Place> {
        let site = self.rendered.text.site_in(range, &self.rendered.calls)?;
        let place = self.rendered.calls.place(site.span, site.calls);
        Some(Place { verbatim: site.verbatim, value: site.value, ..place })
    }

    /// The template's own action whose call (`include`, `tpl`) gave the text at `range`, and all the text it gave there.
    /// `None` where the template itself has the text.
    pub fn called(&self, range: TextRange) -> Option<(Place, TextRange)> {
        let outermost = |id| self.rendered.calls.chain(id).last().map(|call| call.span);
        let pieces: Vec<_> = self.rendered().text.pieces().collect();
        let at = pieces.iter().position(|(place, _)| place.end > range.start)?;
        let action = outermost(pieces.get(at)?.1.calls)?;
        // Padding belongs to no call of its own.
        let inside = |piece: &Piece| piece.origin == Origin::Padding || outermost(piece.calls) == Some(action);
        let first = pieces[..at].iter().rev().take_while(|(_, piece)| inside(piece)).count();
        let last = pieces[at..].iter().take_while(|(_, piece)| inside(piece)).count();
        let text = TextRange { start: pieces[at - first].0.start, end: pieces[at + last - 1].0.end };
        Some((self.rendered.calls.place(action, CallId(0)), text))
    }

    /// The rendered line on which `range` starts: its number from 1 in the template's output, and its text.
    pub fn line(&self, range: TextRange) -> (usize, &str) {
        self.line_at(range.start)
    }

    /// As [`Document::line`], for a byte offset.
    pub fn line_at(&self, offset: u32) -> (usize, &str) {
        self.sections.note_lines();
        let text = self.rendered().text.as_str();
        let at = crate::text::floor_char_boundary(text, offset as usize);
        let start = text[..at].rfind('\n').map_or(0, |line_break| line_break + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        (text[..start].matches('\n').count() + 1, line)
    }

    /// The key and the value behind which, on the key's line, or inside which byte `offset` of the rendered text lies.
    pub fn entry_at(&self, offset: u32) -> Option<(Node<'_>, Node<'_>)> {
        let mappings = self.tree().ids().map(|id| self.node(id)).filter(|node| node.is_mapping() && !node.is_alias());
        mappings.flat_map(Node::entries).find(|(key, value)| {
            let (key, value) = (self.tree.node(key.id).range, self.tree.node(value.id));
            let scalar = matches!(value.kind, Kind::Scalar { .. });
            let unwritten = value.range.is_empty() && self.line(key).0 == self.line_at(offset).0;
            scalar && key.end <= offset && (unwritten || !value.range.is_empty() && value.range.touches(offset))
        })
    }

    /// The text is not as somebody wrote it: some template action had a part in it.
    pub fn is_rendered(&self) -> bool {
        let rendered = self.rendered();
        rendered.text.as_str() != &*rendered.source.text
    }
}

impl Marked for &Document {
    fn mark(&self) -> Mark {
        self.sections.frame()
    }
}

impl<'w> Node<'w> {
    fn of(self, id: NodeId) -> Node<'w> {
        Node { document: self.document, id }
    }

    fn tree(self) -> &'w Tree {
        self.document.sections.note(self.id);
        &self.document.tree
    }

    /// What the tree has at the node, or at what it is an alias of.
    fn data(self) -> tree::Node<'w> {
        let node = self.resolved();
        node.tree().node(node.id)
    }

    /// What an alias stands for; other nodes stand for themselves.
    pub fn resolved(self) -> Node<'w> {
        self.of(self.tree().resolve(self.id))
    }

    /// The node is an alias (`*x`) itself.
    pub fn is_alias(self) -> bool {
        matches!(self.tree().node(self.id).kind, Kind::Alias { .. })
    }

    /// The value of `key`; `None` for what is no mapping, has no such key, or has null there.
    pub fn get(self, key: &str) -> Option<Node<'w>> {
        self.tree().get(self.id, key).map(|id| self.of(id)).filter(|node| !node.is_null())
    }

    /// The node of the key itself, also where its value is null.
    pub fn key(self, key: &str) -> Option<Node<'w>> {
        self.tree().entry(self.id, key).map(|(key, _)| self.of(key))
    }

    /// `get` along a path of keys and indexes: `spec.containers[0].name`.
    pub fn at(self, path: &str) -> Option<Node<'w>> {
        let mut node = self;
        let mut rest = Some(path);
        while let Some(path) = rest {
            // Paths are short, and asked for often.
            let end = path.bytes().position(|byte| byte == b'.');
            let part = end.map_or(path, |end| &path[..end]);
            rest = end.map(|end| &path[end + 1..]);
            let (key, indexes) = match part.ends_with(']') {
                true => part.split_once('[').map_or((part, None), |(key, indexes)| (key, Some(indexes))),
                false => (part, None),
            };
            if !key.is_empty() {
                node = node.get(key)?;
            }
            for index in indexes.into_iter().flat_map(|indexes| indexes.split('[')) {
                let index: usize = index.trim_end_matches(']').parse().ok()?;
                node = node.items().nth(index)?;
            }
        }
        Some(node)
    }

    /// The items of a sequence; nothing for other nodes.
    pub fn items(self) -> impl Iterator<Item = Node<'w>> {
        let items: &'w [NodeId] = match self.data().kind {
            Kind::Sequence(items) => items,
            _ => &[],
        };
        items.iter().map(move |id| self.of(*id))
    }

    /// The items of the sequence at `path`.
    pub fn list(self, path: &str) -> impl Iterator<Item = Node<'w>> {
        self.at(path).into_iter().flat_map(Node::items)
    }

    /// As `at`, for all nodes at once: `[]` stands for every item of a list, `{}` for every value of a mapping, as in
    /// `spec.topologies[].components[].compDef`.
    pub fn each(self, path: &str) -> Vec<Node<'w>> {
        let mut nodes = vec![self];
        for part in path.split('.') {
            let key = part.trim_end_matches(['[', ']', '{', '}']);
            nodes = nodes.into_iter().filter_map(|node| node.get(key)).collect();
            match &part[key.len()..] {
                "[]" => nodes = nodes.into_iter().flat_map(Node::items).collect(),
                "{}" => nodes = nodes.into_iter().flat_map(|node| node.entries().map(|(_, value)| value)).collect(),
                _ => {}
            }
        }
        nodes
    }

    /// Keys and values of a mapping as written, merges not expanded; nothing for other nodes.
    pub fn entries(self) -> impl Iterator<Item = (Node<'w>, Node<'w>)> {
        let entries: &'w [(NodeId, NodeId)] = match self.data().kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        };
        entries.iter().map(move |(key, value)| (self.of(*key), self.of(*value)))
    }

    /// All scalar values at and below the node, in order; what aliases stand for is not walked.
    pub fn scalars(self) -> Vec<Node<'w>> {
        let mut found = Vec::new();
        let mut rest = vec![self];
        while let Some(node) = rest.pop() {
            if node.is_alias() {
                continue;
            }
            let items: Vec<Node> = node.items().chain(node.entries().map(|(_, value)| value)).collect();
            found.extend(node.text().map(|_| node));
            rest.extend(items.into_iter().rev());
        }
        found
    }

    /// It, or something below it, has an anchor.
    pub fn has_anchors(self) -> bool {
        let anchored = self.tree().anchor(self.id).is_some();
        let mut below = self.items().chain(self.entries().map(|(_, value)| value));
        anchored || !self.is_alias() && below.any(Node::has_anchors)
    }

    /// The decoded text of a scalar, whatever its type.
    pub fn text(self) -> Option<&'w str> {
        self.tree().scalar(self.id)
    }

    /// `get(key)`, then its text.
    pub fn text_at(self, path: &str) -> Option<&'w str> {
        self.at(path)?.text()
    }

    /// Null, `~`, or nothing written.
    pub fn is_null(self) -> bool {
        let text = match self.data().kind {
            Kind::Scalar { text, style: Style::Plain } => text,
            _ => return false,
        };
        matches!(text, "" | "~" | "null" | "Null" | "NULL") && self.tree().tag(self.resolved().id).is_none()
    }

    pub fn is_mapping(self) -> bool {
        matches!(self.data().kind, Kind::Mapping(_))
    }

    pub fn is_sequence(self) -> bool {
        matches!(self.data().kind, Kind::Sequence(_))
    }

    /// `<your-name>`, `${NAME}`, `{{ name }}`: whoever uses the manifest writes something else there, or a program does.
    pub fn is_placeholder(self) -> bool {
        self.text().is_some_and(|text| {
            let printed = text.find("{{").is_some_and(|start| text[start..].contains("}}")) && !text.contains('\n');
            printed || is_blank(text)
        }) || self.is_replaced()
    }

    /// `$(NAME)` in a lone manifest where neither Kubernetes nor KubeBlocks put variables in: it is Kustomize's.
    fn is_replaced(self) -> bool {
        let named = |text: &str| {
            let may = text.contains("$(") && !text.contains(char::is_whitespace);
            may && shell::uses(text).iter().any(|used| used.form == Form::Parentheses)
        };
        let is_key = |node: Node, key: &str| node.heading().text().is_some_and(|text| text == key);
        self.document.rendered.is_plain()
            && self.text().is_some_and(named)
            && !std::iter::successors(Some(self), |node| node.parent())
                .any(|node| shell::READ.iter().any(|key| is_key(node, key)))
    }

    /// A scalar in quotes or in a block: a string whatever it looks like.
    pub fn is_quoted(self) -> bool {
        matches!(self.data().kind, Kind::Scalar { style, .. } if style != Style::Plain)
    }

    /// A whole number as Kubernetes reads it.
    pub fn integer(self) -> Option<i64> {
        if self.is_quoted() { None } else { self.text()?.parse().ok() }
    }

    /// The text is determined by the files alone: not random, not the clock's, not a cluster's, nor one to be filled in.
    /// Rules judge only that.
    pub fn known(self) -> bool {
        let node = self.data();
        self.document.rendered.text.is_known(node.range) && !self.text().is_some_and(is_blank) && !self.is_replaced()
    }

    /// The text, where it is [`Node::known`].
    pub fn known_text(self) -> Option<&'w str> {
        self.text().filter(|_| self.known())
    }

    /// The text names the release or its namespace, so that it differs from one installation to the next.
    pub fn names_release(self) -> bool {
        self.text().is_some_and(|text| {
            text.contains(crate::helm::RELEASE_NAME) || text.contains(crate::helm::RELEASE_NAMESPACE)
        })
    }

    /// Where its text begins: bytes of the rendered text, to put nodes of one document in order.
    pub(super) fn start(self) -> u32 {
        self.data().range.start
    }

    /// The action in the template itself whose call (`include`, `tpl`) gave the node's text.
    pub fn call(self) -> Option<Place> {
        let (place, _) = self.document.called(self.data().range)?;
        Some(Place { verbatim: false, ..place })
    }

    /// A part of a scalar, by bytes of its decoded text.
    pub fn part(self, range: TextRange) -> Part<'w> {
        Part { node: self, range }
    }

    pub fn parent(self) -> Option<Node<'w>> {
        self.tree().node(self.id).parent.map(|id| self.of(id))
    }

    /// What a reader takes for the name of the node: its key; of an item of a list its first key; `kind` of an object.
    pub fn heading(self) -> Node<'w> {
        let first = |node: Node<'w>| node.entries().next().map_or(node, |(key, _)| key);
        match self.parent() {
            Some(parent) if parent.is_mapping() => {
                let key = parent.entries().find(|(_, value)| value.id == self.id);
                key.map_or(self, |(key, _)| key)
            }
            Some(_) => first(self),
            None => self.get("kind").unwrap_or_else(|| first(self)),
        }
    }

    /// Keys and indexes from the root: `spec.containers[0].name`.
    pub fn path(self) -> String {
        self.document.sections.note_frame();
        crate::yaml::path::Path::of(self.tree(), self.id).to_string()
    }
}

impl Located for Node<'_> {
    fn place(&self) -> Option<Place> {
        let node = self.tree().node(self.id);
        if !node.range.is_empty() {
            return self.document.place_of(node.range);
        }
        // A value that is not written stands behind its key.
        let parent = self.parent()?;
        let (key, _) = parent.entries().find(|(_, value)| value.id == self.id)?;
        self.document.place_of(key.tree().node(key.id).range)
    }
}

impl Located for Part<'_> {
    fn place(&self) -> Option<Place> {
        let node = self.node.resolved();
        let range =
            crate::yaml::parser::part(self.node.document.rendered.text.as_str(), node.tree(), node.id, self.range);
        self.node.document.place_of(range)
    }
}
