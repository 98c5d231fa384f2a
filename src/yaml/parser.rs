//! Text → [`Tree`]. The only file that names yaml-rust2.

use std::collections::HashMap;

use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, ScanError, TScalarStyle};

use super::scalar;
use super::tabs;
use super::tree::{Anchor, Kind, Node, NodeId, Problem, ProblemKind, Style, Tree};
use crate::text::TextRange;

/// Lines that may be left out of one document before it is given up.
const MAX_REPAIRS: usize = 24;
/// Collections inside each other.
const MAX_DEPTH: usize = 200;
/// Nodes of one document.
const MAX_NODES: usize = 500_000;

/// Reads the one document in `range` of `text`. Places in the tree are bytes of `text`. Never fails: what cannot be
/// read is a problem of the tree, and costs its own lines only.
pub fn parse(text: &str, range: TextRange) -> Tree {
    let source = range.of(text);
    let mut scratch = source.to_owned();
    let mut problems = Vec::new();
    let mut unknown = HashMap::new();
    loop {
        let lines = Lines::of(&scratch);
        let mut builder = Builder::new(source, &lines, &unknown);
        let fault = builder.run(&scratch);
        let Some(fault) = fault else {
            let mut tree = builder.finish();
            problems.append(&mut tree.problems);
            problems.sort_by_key(|problem: &Problem| problem.range);
            tree.problems = problems;
            tree.shift(range.start);
            let known = |tab: &Problem, tree: &Tree| tree.problems.iter().any(|known| known.range == tab.range);
            let tabs: Vec<_> =
                tabs::problems(text, range, &tree).into_iter().filter(|tab| !known(tab, &tree)).collect();
            if !tabs.is_empty() {
                tree.problems.extend(tabs);
                tree.problems.sort_by_key(|problem| problem.range);
            }
            return tree;
        };
        let at = lines.offset(&fault.marker, &scratch);
        if fault.info.contains("unknown anchor") && scratch[at..].starts_with('*') {
            let name = &scratch[at + 1..][..anchor_len(&scratch[at + 1..])];
            let name = name.to_owned();
            let place = TextRange::new(at, at + 1 + name.len());
            problems.push(Problem { range: place, kind: ProblemKind::UndefinedAlias(name.clone()) });
            scratch.replace_range(place.as_usize(), &"x".repeat(place.len()));
            unknown.insert(at, name);
            continue;
        }
        if fault.info.contains("invalid indentation")
            && let Some(quoted) = builder.quoted_next()
            && quoted.of(&scratch).contains('\n')
        {
            // go-yaml takes quoted text that goes on further left; the library does not.
            let line = quoted.of(&scratch).replace('\n', " ");
            scratch.replace_range(quoted.as_usize(), &line);
            continue;
        }
        let Some(line) = lines.blamed(at, &scratch) else {
            let mut tree = Tree { problems, ..Tree::default() };
            tree.problems.push(Problem { range: TextRange::empty(at), kind: ProblemKind::Syntax(fault.words()) });
            tree.shift(range.start);
            return tree;
        };
        problems.push(fault.problem(line, at, &scratch));
        if problems.len() > MAX_REPAIRS {
            let mut tree = builder.finish();
            tree.problems = problems;
            tree.shift(range.start);
            return tree;
        }
        let blank = " ".repeat(line.len());
        scratch.replace_range(line.as_usize(), &blank);
    }
}

/// The ranges of the documents of a plain YAML file, split at `---` and `...` lines; what holds nothing but comments
/// and blanks is no document.
pub fn documents(text: &str) -> Vec<TextRange> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        let marker = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
        if let Some(rest) = marker.filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])) {
            found.push(TextRange::new(start, at));
            // `--- value` holds the value on the marker's own line.
            start = next - rest.len();
        }
        at = next;
    }
    found.push(TextRange::new(start, text.len()));
    let empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with(['#', '%']);
    found.retain(|range| !range.of(text).lines().all(empty));
    found
}

/// The bytes of `text` that stand for the bytes `range` of the decoded text of the scalar `id`: through quotes,
/// escapes, folds and block indentation.
pub fn part(text: &str, tree: &Tree, id: NodeId, range: TextRange) -> TextRange {
    let node = tree.node(id);
    match &node.kind {
        Kind::Scalar { text: decoded, style } => scalar::part(text, node.range, decoded, *style, range),
        _ => node.range,
    }
}

/// Bytes of an anchor's name.
fn anchor_len(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(text.len())
}

/// Where lines start: the parser's own offsets count characters and drift.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { starts }
    }

    fn offset(&self, marker: &Marker, text: &str) -> usize {
        let line = marker.line().saturating_sub(1);
        let Some(&start) = self.starts.get(line) else { return text.len() };
        let rest = &text[start..];
        rest.char_indices().nth(marker.col()).map_or(text.len(), |(at, _)| start + at)
    }

    /// The line (without its break) that is to blame for an error at byte `at`: that line, or the last before it that
    /// is not blank.
    fn blamed(&self, at: usize, text: &str) -> Option<TextRange> {
        let line = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        (0..=line).rev().find_map(|line| {
            let start = self.starts[line];
            let end = self.starts.get(line + 1).map_or(text.len(), |next| next - 1);
            (!text[start..end].trim().is_empty()).then(|| TextRange::new(start, end))
        })
    }
}

/// What the library did not like.
struct Fault {
    marker: Marker,
    info: String,
}

impl From<ScanError> for Fault {
    fn from(error: ScanError) -> Self {
        Self { marker: *error.marker(), info: error.info().to_owned() }
    }
}

impl Fault {
    fn problem(&self, line: TextRange, at: usize, text: &str) -> Problem {
        let body = line.of(text);
        let indent = body.len() - body.trim_start().len();
        let (start, end) = (line.start as usize + indent, line.start as usize + body.trim_end().len());
        if let Some(tab) = body[..indent].find('\t') {
            return Problem { range: TextRange::new(line.start as usize + tab, start), kind: ProblemKind::Tab };
        }
        let start = if self.info.contains("mapping values") || (start..end).contains(&at) { at } else { start };
        Problem { range: TextRange::new(start, end.max(start)), kind: ProblemKind::Syntax(self.words()) }
    }

    /// What is wrong, in words of ours.
    fn words(&self) -> String {
        let known = [
            ("mapping values are not allowed", "a mapping cannot start here: check the indentation, or quote the text"),
            ("simple key expect", "a `:` is missing after this key"),
            ("simple key expected", "a `:` is missing after this key"),
            ("block sequence entries not allowed", "a list item cannot start here: check the indentation"),
            ("unexpected end of stream", "a quote is never closed"),
            ("did not find expected key", "a key was expected here: check the indentation and quotes"),
            ("did not find expected '-'", "a list item was expected here: check the indentation"),
            ("did not find expected ',' or ']'", "a `,` or `]` is missing in this list"),
            ("did not find expected ',' or '}'", "a `,` or `}` is missing in this mapping"),
            ("recursion limit", "the collections are nested too deeply"),
            ("invalid indentation", "the indentation fits no line above"),
            ("unexpected character", "this character cannot start a value: quote the text"),
        ];
        let found = known.iter().find(|(theirs, _)| self.info.contains(theirs));
        found.map_or_else(|| self.info.clone(), |(_, ours)| (*ours).to_owned())
    }
}

/// Builds the tree from events.
struct Builder<'t> {
    text: &'t str,
    lines: &'t Lines,
    unknown: &'t HashMap<usize, String>,
    tree: Tree,
    /// Open collections; for a mapping, the key that waits for its value.
    open: Vec<(NodeId, Option<NodeId>)>,
    anchors: HashMap<usize, NodeId>,
    /// Everything before this byte has been used by a node.
    cursor: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, lines: &'t Lines, unknown: &'t HashMap<usize, String>) -> Self {
        let tree = Tree::default();
        Self { text, lines, unknown, tree, open: Vec::new(), anchors: HashMap::new(), cursor: 0 }
    }

    /// Reads all events of the first document. What was read before a fault stays in the tree.
    fn run(&mut self, scratch: &str) -> Option<Fault> {
        let mut parser = Parser::new_from_str(scratch);
        loop {
            let (event, marker) = match parser.next_token() {
                Ok(next) => next,
                Err(error) => return Some(error.into()),
            };
            match event {
                Event::StreamEnd | Event::DocumentEnd => return None,
                Event::Nothing | Event::StreamStart | Event::DocumentStart => {}
                event => self.take(event, &marker, scratch),
            }
            if self.open.len() > MAX_DEPTH || self.tree.nodes.len() > MAX_NODES {
                let words = format!("more than {MAX_DEPTH} levels or {MAX_NODES} nodes in one document");
                let kind = ProblemKind::Bound(words);
                self.tree.problems.push(Problem { range: TextRange::empty(self.cursor), kind });
                while let Some((id, _)) = self.open.pop() {
                    self.close(id, self.cursor);
                }
                return None;
            }
        }
    }

    fn take(&mut self, event: Event, marker: &Marker, scratch: &str) {
        let at = self.lines.offset(marker, scratch).max(self.cursor);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = style_of(style);
                // The library marks a block scalar at its content.
                let at = match style {
                    Style::Literal | Style::Folded => {
                        let indicator = self.text[self.cursor..].find(['|', '>']);
                        indicator.map_or(at, |found| self.cursor + found)
                    }
                    _ => at,
                };
                let missing = style == Style::Plain && text == "~" && !scratch[at..].starts_with('~');
                if let Some(name) = self.unknown.get(&at).filter(|_| !missing) {
                    let kind = Kind::Alias { name: name.clone(), target: None };
                    let end = at + 1 + name.len();
                    self.add(kind, TextRange::new(at, end), 0, None);
                    self.cursor = end;
                } else if missing {
                    let place = self.missing_value(at);
                    self.anchor_and_tag(at);
                    let kind = Kind::Scalar { text: String::new(), style };
                    self.add(kind, TextRange::empty(place), anchor, tag);
                } else {
                    let end = scalar::end(self.text, at, self.text.len(), &text, style);
                    self.add(Kind::Scalar { text, style }, TextRange::new(at, end), anchor, tag);
                    self.cursor = end;
                }
            }
            Event::Alias(target) => {
                let name = &self.text[(at + 1).min(self.text.len())..];
                let name = name[..anchor_len(name)].to_owned();
                let end = at + 1 + name.len();
                let target = self.anchors.get(&target).copied();
                self.add(Kind::Alias { name, target }, TextRange::new(at, end), 0, None);
                self.cursor = end;
            }
            Event::SequenceStart(anchor, tag) => {
                let id = self.add(Kind::Sequence(Vec::new()), TextRange::empty(at), anchor, tag);
                self.enter(id, at, b'[');
            }
            Event::MappingStart(anchor, tag) => {
                let id = self.add(Kind::Mapping(Vec::new()), TextRange::empty(at), anchor, tag);
                self.enter(id, at, b'{');
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((id, _)) = self.open.pop() {
                    let closing = self.text.as_bytes().get(at).is_some_and(|byte| b"]}".contains(byte));
                    let flow = closing && self.is_flow(id);
                    if flow {
                        self.cursor = at + 1;
                    }
                    self.close(id, if flow { at + 1 } else { self.cursor });
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart | Event::DocumentEnd => {}
        }
    }

    /// The quoted text that follows the last node, if that is what follows.
    fn quoted_next(&self) -> Option<TextRange> {
        let rest = &self.text[self.cursor..];
        let start = self.text.len() - rest.trim_start_matches([':', '-', ',', '[', '{', ' ', '\n', '\r']).len();
        let style = match self.text.as_bytes().get(start)? {
            b'\'' => Style::SingleQuoted,
            b'"' => Style::DoubleQuoted,
            _ => return None,
        };
        Some(TextRange::new(start, scalar::end(self.text, start, self.text.len(), "", style)))
    }

    fn enter(&mut self, id: NodeId, at: usize, bracket: u8) {
        self.open.push((id, None));
        if self.text.as_bytes().get(at) == Some(&bracket) {
            self.cursor = at + 1;
        }
    }

    fn is_flow(&self, id: NodeId) -> bool {
        let start = self.tree.node(id).range.start as usize;
        self.text.as_bytes().get(start).is_some_and(|byte| b"[{".contains(byte))
    }

    /// Gives a collection its whole range.
    fn close(&mut self, id: NodeId, end: usize) {
        let children: Vec<NodeId> = match &self.tree.node(id).kind {
            Kind::Sequence(items) => items.clone(),
            Kind::Mapping(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
            _ => Vec::new(),
        };
        let flow = self.is_flow(id);
        let range = &mut self.tree.nodes[id.0 as usize].range;
        let first = range.start;
        let mut whole = TextRange::new(first as usize, if flow { end } else { first as usize });
        if !flow {
            let ranges = children.iter().map(|child| self.tree.node(*child).range);
            whole = ranges.reduce(TextRange::cover).unwrap_or(whole);
        }
        self.tree.nodes[id.0 as usize].range = whole;
    }

    /// Adds a node to the collection that is open.
    fn add(&mut self, kind: Kind, range: TextRange, anchor: usize, tag: Option<Tag>) -> NodeId {
        let id = NodeId(self.tree.nodes.len() as u32);
        let name = if anchor > 0 { self.anchor_and_tag(range.start.max(self.cursor as u32) as usize) } else { None };
        let tag = tag.map(|tag| tag.handle.replace("tag:yaml.org,2002:", "!!") + &tag.suffix);
        let parent = self.open.last().map(|(id, _)| *id);
        self.tree.nodes.push(Node { kind, range, parent, anchor: None, tag });
        if anchor > 0 {
            self.anchors.insert(anchor, id);
            if let Some(at) = name {
                let name = at.of(self.text)[1..].to_owned();
                self.tree.nodes[id.0 as usize].anchor = Some(self.tree.anchors.len() as u32);
                self.tree.anchors.push(Anchor { name, range: at, node: id });
            }
        }
        match self.open.last_mut() {
            None => self.tree.root = self.tree.root.or(Some(id)),
            Some((parent, key)) => match &mut self.tree.nodes[parent.0 as usize].kind {
                Kind::Sequence(items) => items.push(id),
                Kind::Mapping(entries) => match key.take() {
                    None => *key = Some(id),
                    Some(key) => entries.push((key, id)),
                },
                _ => {}
            },
        }
        id
    }

    /// The range of `&name` between the last node and byte `to`; the cursor moves behind it.
    fn anchor_and_tag(&mut self, to: usize) -> Option<TextRange> {
        let mut found = None;
        let mut at = self.cursor;
        let bytes = self.text.as_bytes();
        while at < to.min(bytes.len()) {
            match bytes[at] {
                b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                    at += self.text[at..].find('\n').unwrap_or(bytes.len());
                }
                b'&' => {
                    let end = at + 1 + anchor_len(&self.text[at + 1..]);
                    found = Some(TextRange::new(at, end));
                    at = end;
                }
                _ => at += 1,
            }
        }
        if let Some(found) = found {
            self.cursor = found.end as usize;
        }
        found
    }

    /// Where a value that is not written would stand: right behind the `:` or `-` before `to`.
    fn missing_value(&self, to: usize) -> usize {
        let between = self.text.get(self.cursor..to).unwrap_or_default();
        let indicator = between.find([':', '-', '?']).filter(|at| between[..*at].trim().is_empty());
        indicator.map_or(self.cursor, |at| self.cursor + at + 1)
    }

    fn finish(mut self) -> Tree {
        while let Some((id, _)) = self.open.pop() {
            self.close(id, self.cursor);
        }
        self.tree
    }
}

impl Tree {
    /// Moves every place `by` bytes.
    fn shift(&mut self, by: u32) {
        for node in &mut self.nodes {
            node.range = node.range.shift(by);
        }
        for anchor in &mut self.anchors {
            anchor.range = anchor.range.shift(by);
        }
        for problem in &mut self.problems {
            problem.range = problem.range.shift(by);
        }
    }
}

fn style_of(style: TScalarStyle) -> Style {
    match style {
        TScalarStyle::Plain => Style::Plain,
        TScalarStyle::SingleQuoted => Style::SingleQuoted,
        TScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        TScalarStyle::Literal => Style::Literal,
        TScalarStyle::Folded => Style::Folded,
    }
}
