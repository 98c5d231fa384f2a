//! Tokens → [`Tree`]: YAML's grammar above its tokens, as libyaml's parser has it.

use std::collections::HashMap;

use super::fault::{Cause, Fault};
use super::parser::{Token, TokenKind, Tokens};
use super::scalar;
use super::scratch::Scratch;
use super::tree::{Anchor, Kind, NodeId, Problem, ProblemKind, Style, Tree};
use crate::text::TextRange;

/// Collections inside collections. Charts stay below 40; go-yaml allows 10000.
const MAX_DEPTH: usize = 200;

/// Reads the first document of the tokens.
pub(super) fn build(tokens: &mut Tokens<'_>, scratch: &Scratch) -> Result<Tree, Fault> {
    let first = tokens.next()?;
    let mut builder = Builder {
        tokens,
        scratch,
        token: first,
        tree: Tree::default(),
        names: HashMap::new(),
        open: Vec::new(),
        end: 0,
        depth: 0,
    };
    builder.document()?;
    builder.tree.shrink();
    Ok(builder.tree)
}

struct Builder<'a, 's> {
    tokens: &'a mut Tokens<'s>,
    scratch: &'a Scratch,
    /// The token to come.
    token: Token,
    tree: Tree,
    /// The latest anchor of each name.
    names: HashMap<String, NodeId>,
    /// Collections being read: an alias to one of these would contain itself.
    open: Vec<NodeId>,
    /// The byte after what was read so far.
    end: usize,
    depth: usize,
}

/// `&name` and `!tag` before a node.
#[derive(Default)]
struct Properties {
    anchor: Option<(String, TextRange)>,
    tag: Option<Box<str>>,
}

/// What a collection holds.
enum Content {
    Items(Vec<NodeId>),
    Entries(Vec<(NodeId, NodeId)>),
}

const NOTHING: Kind<'_> = Kind::Scalar { text: "", style: Style::Plain };

impl Builder<'_, '_> {
    fn bump(&mut self) -> Result<Token, Fault> {
        let next = self.tokens.next()?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn fail<T>(&self, cause: Cause) -> Result<T, Fault> {
        Err(Fault { at: self.token.at, line: self.token.line, cause })
    }

    fn document(&mut self) -> Result<(), Fault> {
        while matches!(self.token.kind, TokenKind::StreamStart | TokenKind::Directive | TokenKind::DocumentEnd) {
            self.bump()?;
        }
        if self.token.kind == TokenKind::DocumentStart {
            self.end = self.token.at + 3;
            self.bump()?;
        }
        if self.ends_document() {
            return Ok(());
        }
        let root = self.node(None, true, false)?;
        self.tree.root = Some(root);
        if self.ends_document() {
            return Ok(());
        }
        // The token of a mapping stands behind its first key.
        Err(Fault { at: self.begin().min(self.token.at), line: self.token.line, cause: Cause::Ended })
    }

    fn ends_document(&self) -> bool {
        matches!(
            self.token.kind,
            TokenKind::StreamEnd | TokenKind::DocumentStart | TokenKind::DocumentEnd | TokenKind::Directive
        )
    }

    /// A value that is not written: nothing, after what was read so far.
    fn missing(&mut self, parent: Option<NodeId>) -> NodeId {
        self.tree.push(parent, NOTHING, TextRange::empty(self.end))
    }

    fn name(&mut self, id: NodeId, properties: Properties) {
        if let Some(tag) = properties.tag {
            self.tree.push_tag(id, tag);
        }
        if let Some((name, range)) = properties.anchor {
            self.tree.anchors.push(Anchor { name: name.clone(), range, node: id });
            self.names.insert(name, id);
        }
    }

    fn properties(&mut self) -> Result<Properties, Fault> {
        let mut properties = Properties::default();
        loop {
            match &self.token.kind {
                TokenKind::Anchor(name) if properties.anchor.is_none() => {
                    let range = TextRange::new(self.token.at, self.token.at + 1 + name.len());
                    properties.anchor = Some((name.clone(), range));
                    self.end = range.end as usize;
                }
                TokenKind::Tag if properties.tag.is_none() => {
                    let rest = &self.scratch.view()[self.token.at..];
                    let stop = if rest.starts_with("!<") {
                        rest.find('>').map(|at| at + 1)
                    } else {
                        rest.find([' ', '\t', '\r', '\n', ',', '[', ']', '{', '}'])
                    };
                    let tag = &rest[..stop.unwrap_or(rest.len())];
                    properties.tag = Some(tag.into());
                    self.end = self.token.at + tag.len();
                }
                _ => return Ok(properties),
            }
            self.bump()?;
        }
    }

    /// One node. `block`: block collections may stand here; `indentless`: also a sequence that is indented as its key.
    fn node(&mut self, parent: Option<NodeId>, block: bool, indentless: bool) -> Result<NodeId, Fault> {
        if self.depth >= MAX_DEPTH {
            return self.too_deep(parent);
        }
        self.depth += 1;
        let id = self.node_within(parent, block, indentless);
        self.depth -= 1;
        id
    }

    fn node_within(&mut self, parent: Option<NodeId>, block: bool, indentless: bool) -> Result<NodeId, Fault> {
        let properties = self.properties()?;
        let named = properties.anchor.is_some() || properties.tag.is_some();
        let at = self.token.at;
        match &self.token.kind {
            TokenKind::Alias(_) if named => self.fail(Cause::NamedAlias),
            TokenKind::Alias(name) => {
                let name = name.clone();
                self.alias(parent, name)
            }
            TokenKind::Scalar(..) => {
                let id = self.scalar(parent)?;
                self.name(id, properties);
                Ok(id)
            }
            TokenKind::BlockEntry if indentless => {
                let id = self.collection(parent, properties, at, Self::indentless_items)?;
                Ok(id)
            }
            TokenKind::BlockSequence if block => self.collection(parent, properties, at, Self::block_items),
            TokenKind::BlockMapping if block => self.collection(parent, properties, at, Self::block_entries),
            TokenKind::FlowSequence => self.collection(parent, properties, at, Self::flow_items),
            TokenKind::FlowMapping => self.collection(parent, properties, at, Self::flow_entries),
            _ if named => {
                let id = self.missing(parent);
                self.name(id, properties);
                Ok(id)
            }
            _ => self.fail(Cause::NoValue),
        }
    }

    /// Passes over a node that is nested too deep.
    fn too_deep(&mut self, parent: Option<NodeId>) -> Result<NodeId, Fault> {
        let at = self.token.at;
        let words = format!("more than {MAX_DEPTH} collections inside each other");
        self.problem(TextRange::new(at, at + 1), ProblemKind::Bound(words));
        let mut open = 0usize;
        loop {
            match self.token.kind {
                TokenKind::Anchor(_) | TokenKind::Tag => {}
                TokenKind::BlockSequence
                | TokenKind::BlockMapping
                | TokenKind::FlowSequence
                | TokenKind::FlowMapping => open += 1,
                TokenKind::BlockEnd | TokenKind::FlowSequenceEnd | TokenKind::FlowMappingEnd => {
                    open = open.saturating_sub(1);
                }
                TokenKind::StreamEnd => break,
                _ => {}
            }
            self.end = self.token.at;
            self.bump()?;
            if open == 0 {
                break;
            }
        }
        Ok(self.missing(parent))
    }

    fn problem(&mut self, range: TextRange, kind: ProblemKind) {
        self.tree.problems.push(Problem { range, kind });
    }

    fn alias(&mut self, parent: Option<NodeId>, name: String) -> Result<NodeId, Fault> {
        let range = TextRange::new(self.token.at, self.token.at + 1 + name.len());
        let mut target = self.names.get(&name).copied();
        if target.is_none() {
            self.problem(range, ProblemKind::UndefinedAlias(name.clone()));
        } else if target.is_some_and(|target| self.open.contains(&target)) {
            self.problem(range, ProblemKind::Syntax(format!("`*{name}` stands inside what it names")));
            target = None;
        }
        self.bump()?;
        self.end = range.end as usize;
        Ok(self.tree.push(parent, Kind::Alias { name: &name, target }, range))
    }

    fn scalar(&mut self, parent: Option<NodeId>) -> Result<NodeId, Fault> {
        let text = self.scratch.view();
        let begun = self.begin();
        let Token { kind, at, line } = self.bump()?;
        let TokenKind::Scalar(style, value) = kind else { return self.fail(Cause::NoValue) };
        let mut indent = 0;
        let range = match style {
            Style::Plain => at..scalar::plain_end(text, at, &value),
            Style::SingleQuoted | Style::DoubleQuoted => at..scalar::quoted_end(text, at).unwrap_or(text.len()),
            Style::Literal | Style::Folded => {
                let start = if text[begun..].starts_with(['|', '>']) { begun } else { at };
                // Without content the token's place says nothing of its indentation, and no line can belong to it.
                let empty = value.trim_end_matches('\n').is_empty();
                indent = if empty { usize::MAX } else { at - self.scratch.line_start(self.scratch.line_of(at)) };
                start..scalar::block_end(text, start, indent)
            }
        };
        if style == Style::DoubleQuoted && scalar::has_solidus_escape(&text[range.clone()]) {
            return Err(Fault { at, line, cause: Cause::UnknownEscape });
        }
        let value = match style {
            Style::Plain => value,
            _ => scalar::decode(text, range.clone(), style, indent).text,
        };
        self.end = range.end;
        let kind = Kind::Scalar { text: &value, style };
        Ok(self.tree.push(parent, kind, TextRange::new(range.start, range.end)))
    }

    /// The first byte after what was read so far that is no blank, line break or comment.
    fn begin(&self) -> usize {
        let text = self.scratch.view();
        let mut at = self.end;
        loop {
            let rest = &text[at..];
            at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            if !text[at..].starts_with('#') {
                return at;
            }
            at += text[at..].find(['\r', '\n']).unwrap_or(text.len() - at);
        }
    }

    /// A collection whose children `read` reads; the range is from its first token, or key, to what was read last.
    fn collection(
        &mut self,
        parent: Option<NodeId>,
        properties: Properties,
        at: usize,
        read: fn(&mut Self, NodeId) -> Result<Content, Fault>,
    ) -> Result<NodeId, Fault> {
        let start = if self.token.kind == TokenKind::BlockEntry { self.begin() } else { at };
        let id = self.tree.push(parent, NOTHING, TextRange::empty(start));
        self.name(id, properties);
        self.open.push(id);
        let content = read(self, id);
        self.open.pop();
        let content = content?;
        let start = match &content {
            // The token of a mapping without braces stands behind its first key.
            Content::Entries(entries) if !self.scratch.view()[start..].starts_with('{') => {
                entries.first().map_or(start, |(key, _)| self.tree.node(*key).range.start as usize)
            }
            _ => start,
        };
        let kind = match &content {
            Content::Items(items) => Kind::Sequence(items),
            Content::Entries(entries) => Kind::Mapping(entries),
        };
        self.tree.set(id, kind, TextRange::new(start, self.end));
        Ok(id)
    }

    fn block_items(&mut self, id: NodeId) -> Result<Content, Fault> {
        let mut items = Vec::new();
        self.bump()?;
        loop {
            match self.token.kind {
                TokenKind::BlockEntry => items.push(self.item(id, false)?),
                TokenKind::BlockEnd => {
                    self.bump()?;
                    return Ok(Content::Items(items));
                }
                _ => return self.fail(Cause::NoItem),
            }
        }
    }

    fn indentless_items(&mut self, id: NodeId) -> Result<Content, Fault> {
        let mut items = Vec::new();
        while self.token.kind == TokenKind::BlockEntry {
            items.push(self.item(id, true)?);
        }
        Ok(Content::Items(items))
    }

    fn item(&mut self, id: NodeId, indentless: bool) -> Result<NodeId, Fault> {
        let dash = self.begin();
        self.end = if self.scratch.view()[dash..].starts_with('-') { dash + 1 } else { self.token.at };
        self.bump()?;
        match self.token.kind {
            TokenKind::BlockEntry | TokenKind::BlockEnd => Ok(self.missing(Some(id))),
            TokenKind::Key | TokenKind::Value if indentless => Ok(self.missing(Some(id))),
            _ => self.node(Some(id), true, false),
        }
    }

    fn block_entries(&mut self, id: NodeId) -> Result<Content, Fault> {
        let mut entries = Vec::new();
        self.bump()?;
        loop {
            let key = match self.token.kind {
                TokenKind::Key => {
                    self.question();
                    self.bump()?;
                    match self.token.kind {
                        TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.missing(Some(id)),
                        _ => self.node(Some(id), true, true)?,
                    }
                }
                TokenKind::BlockEnd => {
                    self.bump()?;
                    return Ok(Content::Entries(entries));
                }
                TokenKind::BlockMapping | TokenKind::BlockSequence => return self.fail(Cause::Indent),
                _ => return self.fail(Cause::NoKey),
            };
            let value = if self.colon()? {
                match self.token.kind {
                    TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.missing(Some(id)),
                    _ => self.node(Some(id), true, true)?,
                }
            } else {
                self.missing(Some(id))
            };
            entries.push((key, value));
        }
    }

    /// Passes over the `?` of a key that is written with one.
    fn question(&mut self) {
        let at = self.token.at;
        if self.scratch.view()[at..].starts_with('?') && self.begin() == at {
            self.end = at + 1;
        }
    }

    fn colon(&mut self) -> Result<bool, Fault> {
        if self.token.kind != TokenKind::Value {
            return Ok(false);
        }
        self.end = self.token.at + 1;
        self.bump()?;
        Ok(true)
    }

    fn flow_items(&mut self, id: NodeId) -> Result<Content, Fault> {
        let mut items = Vec::new();
        self.end = self.token.at + 1;
        self.bump()?;
        loop {
            match self.token.kind {
                TokenKind::FlowSequenceEnd => break,
                TokenKind::Key => {
                    let at = self.begin();
                    items.push(self.collection(Some(id), Properties::default(), at, Self::pair)?);
                }
                _ => items.push(self.node(Some(id), false, false)?),
            }
            self.separator(&TokenKind::FlowSequenceEnd, ']')?;
        }
        self.end = self.token.at + 1;
        self.bump()?;
        Ok(Content::Items(items))
    }

    /// `[key: value]`: a mapping of one entry without braces.
    fn pair(&mut self, id: NodeId) -> Result<Content, Fault> {
        let entry = self.flow_entry(id, &TokenKind::FlowSequenceEnd)?;
        Ok(Content::Entries(vec![entry]))
    }

    fn flow_entries(&mut self, id: NodeId) -> Result<Content, Fault> {
        let mut entries = Vec::new();
        self.end = self.token.at + 1;
        self.bump()?;
        while self.token.kind != TokenKind::FlowMappingEnd {
            entries.push(self.flow_entry(id, &TokenKind::FlowMappingEnd)?);
            self.separator(&TokenKind::FlowMappingEnd, '}')?;
        }
        self.end = self.token.at + 1;
        self.bump()?;
        Ok(Content::Entries(entries))
    }

    fn flow_entry(&mut self, id: NodeId, close: &TokenKind) -> Result<(NodeId, NodeId), Fault> {
        let stops = |kind: &TokenKind| *kind == TokenKind::FlowEntry || kind == close;
        let key = match self.token.kind {
            TokenKind::Key => {
                self.question();
                self.bump()?;
                if self.token.kind == TokenKind::Value || stops(&self.token.kind) {
                    self.missing(Some(id))
                } else {
                    self.node(Some(id), false, false)?
                }
            }
            _ => self.node(Some(id), false, false)?,
        };
        let written = self.colon()? && !stops(&self.token.kind);
        let value = if written { self.node(Some(id), false, false)? } else { self.missing(Some(id)) };
        Ok((key, value))
    }

    /// The comma after an entry, or nothing before `close`.
    fn separator(&mut self, close: &TokenKind, bracket: char) -> Result<(), Fault> {
        match &self.token.kind {
            TokenKind::FlowEntry => self.bump().map(|_| ()),
            kind if kind == close => Ok(()),
            _ => self.fail(Cause::NoSeparator(bracket)),
        }
    }
}
