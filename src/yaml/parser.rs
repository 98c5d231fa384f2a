//! Text → [`Tree`]. The only file that names yaml-rust2.
//!
//! yaml-rust2 cuts the text into tokens. The tree is ours ([`super::build`]), and so is what happens after an error
//! ([`super::recovery`]): the line that is to blame is given up and the rest is read again.

use std::collections::VecDeque;
use std::ops::Range;
use std::str::Chars;

use yaml_rust2::scanner::{Marker, ScanError, Scanner, TScalarStyle, Token as Scanned, TokenType};

use super::build;
use super::fault::{Cause, Fault};
use super::recovery::Recovery;
use super::scalar;
use super::scratch::Scratch;
use super::tree::{Kind, NodeId, Style, Tree};
use crate::text::TextRange;

/// Reads the one document in `range` of `text`. Places in the tree are bytes of `text`. Never fails: what cannot be
/// read is a problem of the tree, and costs its own lines only.
///
/// Accepts what go-yaml accepts, which Helm and the API server read with.
pub fn parse(text: &str, range: TextRange) -> Tree {
    let end = crate::text::floor_char_boundary(text, range.end as usize);
    let mut start = crate::text::floor_char_boundary(text, range.start as usize).min(end);
    if text[start..end].starts_with('\u{feff}') {
        start += '\u{feff}'.len_utf8();
    }
    let mut scratch = Scratch::new(&text[start..end]);
    let mut recovery = Recovery::new(&mut scratch);
    let reach = |scratch: &Scratch| {
        let scanned = scratch.scanned();
        build::build(&mut Tokens::new(&scanned, scratch), scratch).err().map_or(usize::MAX, |fault| fault.at)
    };
    let mut tree = loop {
        let scanned = scratch.scanned();
        match build::build(&mut Tokens::new(&scanned, &scratch), &scratch) {
            Ok(tree) => break tree,
            Err(fault) => {
                drop(scanned);
                if !recovery.learn(&mut scratch, fault, &reach) {
                    break Tree::default();
                }
            }
        }
    };
    recovery.finish(&scratch, &mut tree);
    tree.shift(start as u32);
    tree
}

/// The ranges of the documents of a plain YAML file, split at `---` lines; comments and blanks alone are no document.
///
/// A document's range begins after its `---` and ends before the next one's line, or before a line `...`.
pub fn documents(text: &str) -> Vec<TextRange> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut has_content = false;
    let mut at = 0;
    let mut explicit = false;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let marker = ["---", "..."].into_iter().find(|marker| {
            content.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        });
        if let Some(marker) = marker {
            if has_content {
                out.push(TextRange::new(start, at));
            }
            start = at + marker.len();
            explicit = marker == "---";
            has_content = explicit && is_content(&content[marker.len()..], false);
        } else {
            has_content |= is_content(content, !explicit);
        }
        at += line.len();
    }
    if has_content {
        out.push(TextRange::new(start, text.len()));
    }
    out
}

/// More than blanks, a comment or, before `---`, a directive.
fn is_content(line: &str, directives: bool) -> bool {
    let trimmed = line.trim_start_matches([' ', '\t', '\u{feff}']);
    !(trimmed.is_empty() || trimmed.starts_with('#') || directives && line.starts_with('%'))
}

/// The bytes of `text` that stand for the bytes `range` of the decoded text of the scalar `id`: through quotes,
/// escapes, folds and block indentation. For what is no scalar, the node's own range.
pub fn part(text: &str, tree: &Tree, id: NodeId, range: TextRange) -> TextRange {
    let node = tree.node(id);
    let Kind::Scalar { text: decoded, style } = node.kind else { return node.range };
    let whole = node.range.as_usize();
    if text.get(whole.clone()).is_none() {
        return node.range;
    }
    if let Some(source) = scalar::copied(text, whole.clone(), style, decoded, range.as_usize()) {
        return TextRange::new(source.start, source.end);
    }
    let read = decode(text, whole, style, decoded);
    // A scalar around a line that was given up. (Of a break at the very end of the text the two think differently.)
    if read.text.trim_end_matches('\n') != decoded.trim_end_matches('\n') {
        return node.range;
    }
    match read.source(range.as_usize()) {
        Some(source) => TextRange::new(source.start, source.end),
        None => TextRange::empty(node.range.end as usize),
    }
}

/// The bytes of `text`, in order, of which what the literal block `id` says is put together. `None` for what is none, and
/// where a part of that stands there in another way.
pub fn copied(text: &str, tree: &Tree, id: NodeId) -> Option<Vec<TextRange>> {
    let node = tree.node(id);
    let Kind::Scalar { text: decoded, style: style @ Style::Literal } = node.kind else { return None };
    let read = decode(text, node.range.as_usize(), style, decoded);
    let parts = Some(read).filter(|read| read.text == decoded)?.copied(text)?;
    Some(parts.into_iter().map(|part| TextRange::new(part.start, part.end)).collect())
}

/// The scalar at `range`, which says `decoded`, with the way back to its source.
fn decode(text: &str, range: Range<usize>, style: Style, decoded: &str) -> scalar::Decoded {
    let indent = match style {
        Style::Literal | Style::Folded => scalar::block_indent(text, range.clone(), decoded),
        _ => 0,
    };
    scalar::decode(text, range, style, indent)
}

/// A token and the byte of the document where it begins.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: usize,
    /// The scanner's line, from 0.
    pub(super) line: usize,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum TokenKind {
    StreamStart,
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequence,
    BlockMapping,
    BlockEnd,
    FlowSequence,
    FlowSequenceEnd,
    FlowMapping,
    FlowMappingEnd,
    /// `- `; its place is that of what follows it.
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag,
    /// A block scalar's place is that of its content.
    Scalar(Style, String),
}

/// yaml-rust2's tokens without the mappings it makes up inside flow sequences (`[a: 1]`); the builder knows them by
/// their keys.
pub(super) struct Tokens<'a> {
    scanner: Scanner<Chars<'a>>,
    scratch: &'a Scratch,
    queue: VecDeque<Scanned>,
    mapping_end: Option<usize>,
}

impl<'a> Tokens<'a> {
    fn new(scanned: &'a str, scratch: &'a Scratch) -> Self {
        Self { scanner: Scanner::new(scanned.chars()), scratch, queue: VecDeque::new(), mapping_end: None }
    }

    fn fill(&mut self, count: usize) -> Result<(), Fault> {
        while self.queue.len() < count {
            match self.scanner.next() {
                Some(token) => self.queue.push_back(token),
                None => match self.scanner.get_error() {
                    Some(error) => return Err(self.fault(&error)),
                    None => return Ok(()),
                },
            }
        }
        Ok(())
    }

    /// The next token; [`TokenKind::StreamEnd`] for ever at the end.
    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        loop {
            self.fill(1)?;
            let Some(Scanned(mark, kind)) = self.queue.pop_front() else {
                let (at, line) = (self.scratch.view().len(), self.scratch.line_count());
                return Ok(Token { kind: TokenKind::StreamEnd, at, line });
            };
            let made_up = match kind {
                TokenType::FlowMappingStart => {
                    self.fill(1)?;
                    self.queue.front().is_some_and(|Scanned(next, _)| next.index() < mark.index())
                }
                TokenType::FlowMappingEnd => {
                    let again = self.mapping_end == Some(mark.index());
                    self.mapping_end = Some(mark.index());
                    again || self.scratch.view().as_bytes().get(self.offset(mark)) != Some(&b'}')
                }
                _ => false,
            };
            if !made_up {
                return Ok(Token { kind: kind.into(), at: self.offset(mark), line: mark.line().saturating_sub(1) });
            }
        }
    }

    fn offset(&self, mark: Marker) -> usize {
        self.scratch.offset(mark.line(), mark.col())
    }

    fn fault(&self, error: &ScanError) -> Fault {
        let cause = match error.info() {
            "invalid indentation" | "invalid indentation in flow construct" => Cause::ShallowFlow,
            "invalid indentation in quoted scalar" => Cause::ShallowQuoted,
            "while scanning a quoted scalar, found unexpected end of stream"
            | "while scanning a quoted scalar, found unexpected document indicator" => Cause::OpenQuote,
            "invalid trailing content after double-quoted scalar" => Cause::AfterQuote,
            "simple key expect ':'" | "simple key expected" => Cause::NoColon,
            "mapping values are not allowed in this context" => Cause::SecondColon,
            "illegal placement of ':' indicator" => Cause::FlowColon,
            "mapping keys are not allowed in this context" => Cause::Question,
            "block sequence entries are not allowed in this context" => Cause::Item,
            r#""-" is only valid inside a block"# => Cause::DashInFlow,
            "plain scalar cannot start with '-' followed by ,[]{}" => Cause::LoneDash,
            "comments must be separated from other tokens by whitespace" => Cause::CloseComment,
            "':' must be followed by a valid YAML whitespace" => Cause::TabAfterColon,
            "tab cannot be used as indentation" => Cause::QuotedTab,
            "tabs disallowed in this context"
            | "tabs disallowed within this context (block indentation)"
            | "a block scalar content cannot start with a tab"
            | "'-' must be followed by a valid YAML whitespace" => Cause::Tab,
            "while scanning a plain scalar, found a tab" => Cause::TabBelow,
            "recursion limit exceeded" => Cause::Depth,
            "while parsing a quoted scalar, found unknown escape character" => Cause::UnknownEscape,
            "while parsing a quoted scalar, did not find expected hexadecimal number"
            | "while parsing a quoted scalar, found invalid Unicode character escape code" => Cause::BadEscape,
            "wrongly indented line in block scalar" => Cause::ShallowBlock,
            "while scanning a block scalar, did not find expected comment or line break" => Cause::AfterHeader,
            info if info.starts_with("unexpected character") => Cause::BadStart,
            info if info.contains("anchor") => Cause::NoName,
            info if info.contains("tag") || info.contains("TAG") => Cause::BadTag,
            info if info.contains("directive") => Cause::BadDirective,
            info if info.contains("block scalar") => Cause::BadHeader,
            _ => Cause::Unknown,
        };
        Fault { at: self.offset(*error.marker()), line: error.marker().line().saturating_sub(1), cause }
    }
}

impl From<TokenType> for TokenKind {
    fn from(kind: TokenType) -> Self {
        match kind {
            TokenType::StreamStart(_) => Self::StreamStart,
            TokenType::StreamEnd => Self::StreamEnd,
            TokenType::VersionDirective(..) | TokenType::TagDirective(..) => Self::Directive,
            TokenType::DocumentStart => Self::DocumentStart,
            TokenType::DocumentEnd => Self::DocumentEnd,
            TokenType::BlockSequenceStart => Self::BlockSequence,
            TokenType::BlockMappingStart => Self::BlockMapping,
            TokenType::BlockEnd => Self::BlockEnd,
            TokenType::FlowSequenceStart => Self::FlowSequence,
            TokenType::FlowSequenceEnd => Self::FlowSequenceEnd,
            TokenType::FlowMappingStart => Self::FlowMapping,
            TokenType::FlowMappingEnd => Self::FlowMappingEnd,
            TokenType::BlockEntry => Self::BlockEntry,
            TokenType::FlowEntry => Self::FlowEntry,
            TokenType::Key => Self::Key,
            TokenType::Value => Self::Value,
            TokenType::Alias(name) => Self::Alias(name),
            TokenType::Anchor(name) => Self::Anchor(name),
            TokenType::Tag(..) => Self::Tag,
            TokenType::Scalar(style, text) => Self::Scalar(
                match style {
                    TScalarStyle::Plain => Style::Plain,
                    TScalarStyle::SingleQuoted => Style::SingleQuoted,
                    TScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    TScalarStyle::Literal => Style::Literal,
                    TScalarStyle::Folded => Style::Folded,
                },
                text,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::ProblemKind;
    use super::*;

    fn whole(text: &str) -> Tree {
        parse(text, TextRange::new(0, text.len()))
    }

    /// A node as `kind@source`, a mapping or sequence with its children.
    fn show(text: &str, tree: &Tree, id: NodeId) -> String {
        let node = tree.node(id);
        let source = node.range.of(text);
        match node.kind {
            Kind::Scalar { text: decoded, .. } if decoded == source => format!("{source:?}"),
            Kind::Scalar { text: decoded, .. } => format!("{decoded:?}@{source:?}"),
            Kind::Alias { target: Some(target), .. } => format!("{source}={:?}", tree.node(target).range),
            Kind::Alias { .. } => format!("{source}=?"),
            Kind::Sequence(items) => {
                let items: Vec<String> = items.iter().map(|item| show(text, tree, *item)).collect();
                format!("[{}]", items.join(" "))
            }
            Kind::Mapping(entries) => {
                let entry = |(key, value): &(NodeId, NodeId)| {
                    format!("{}: {}", show(text, tree, *key), show(text, tree, *value))
                };
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn shown(text: &str) -> String {
        let tree = whole(text);
        assert_eq!(tree.problems(), [], "{text:?}");
        tree.root().map_or_else(String::new, |root| show(text, &tree, root))
    }

    fn ranges(text: &str) -> Vec<&str> {
        let tree = whole(text);
        let mut found: Vec<_> = tree.ids().map(|id| tree.node(id).range).collect();
        found.sort();
        found.into_iter().map(|range| range.of(text)).collect()
    }

    #[test]
    fn trees() {
        for (text, want) in [
            ("", ""),
            ("# only\n", ""),
            ("---\n", ""),
            ("a: 1\nb:\n- x\n-\n- y: z\n", r#"{"a": "1" "b": ["x" "" {"y": "z"}]}"#),
            ("é: 漢😀 # x\n\"k\\n\": 'it''s'\n", r#"{"é": "漢😀" "k\n"@"\"k\\n\"": "it's"@"'it''s'"}"#),
            ("a: &x\nb: &y 1\nc: *y\nd: *x\n", r#"{"a": "" "b": "1" "c": *y=12..13 "d": *x=5..5}"#),
            ("a: [b, c: d, {e, f: }]\n", r#"{"a": ["b" {"c": "d"} {"e": "" "f": ""}]}"#),
            ("a: [b: {x: 1}, c]\n", r#"{"a": [{"b": {"x": "1"}} "c"]}"#),
            ("? a\n: b\n? c\n", r#"{"a": "b" "c": ""}"#),
            ("a: |\n  x\n\n  y\n\nb: >-\n  x\n  y\n", r#"{"a": "x\n\ny\n"@"|\n  x\n\n  y" "b": "x y"@">-\n  x\n  y"}"#),
            ("a: |2\n   x\n", r#"{"a": " x\n"@"|2\n   x"}"#),
            // At the end of a text go-yaml makes up no line break.
            ("a: |\n  x", r#"{"a": "x"@"|\n  x"}"#),
            ("a: |\n    \nb: c\n", r#"{"a": ""@"|" "b": "c"}"#),
            ("a: one\n  two\n\n  three\n", r#"{"a": "one two\nthree"@"one\n  two\n\n  three"}"#),
            ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", r#"{"a": "1" "b": "x\ny\n"@"|\r\n  x\r\n  y"}"#),
            ("\u{feff}a: 1\n", r#"{"a": "1"}"#),
            ("a: \"b\n\tc\"\nd: e\u{2028}f: g\n", r#"{"a": "b c"@"\"b\n\tc\"" "d": "e" "f": "g"}"#),
            // What go-yaml takes and yaml-rust2 alone would not.
            ("a:\tb\n", r#"{"a": "b"}"#),
            ("a: [\n  b\n]\nc: {\n}\n", r#"{"a": ["b"] "c": {}}"#),
            ("a:\n  - [b,\nc]\n  - d\n", r#"{"a": [["b" "c"] "d"]}"#),
            ("a: \"b\nc\"\nd: e\n", r#"{"a": "b c"@"\"b\nc\"" "d": "e"}"#),
            ("a: [b]#c\n", r#"{"a": ["b"]}"#),
            ("a: [\n\tb\n\t]\n", r#"{"a": ["b"]}"#),
            (r#"a: "it\'s \\'x""#, r#"{"a": "it's \\'x"@"\"it\\'s \\\\'x\""}"#),
        ] {
            assert_eq!(shown(text), want, "{text:?}");
        }
    }

    #[test]
    fn ranges_of_nodes() {
        for (text, want) in [
            ("a:\nb: 1", vec!["a:\nb: 1", "a", "", "b", "1"]),
            (" - a\n - [b]\n", vec!["- a\n - [b]", "a", "[b]", "b"]),
            ("x: &a !!str y\n", vec!["x: &a !!str y", "x", "y"]),
        ] {
            let mut found = ranges(text);
            let mut want = want;
            found.sort_unstable();
            want.sort_unstable();
            assert_eq!(found, want, "{text:?}");
        }
        let text = "a: &x !!str\nb: c\n";
        let tree = whole(text);
        let value = tree.get(tree.root().unwrap(), "a").unwrap();
        assert_eq!((tree.node(value).range, tree.tag(value)), (TextRange::empty(11), Some("!!str")));
        assert_eq!(tree.anchors()[0].range.of(text), "&x");
    }

    #[test]
    fn the_latest_anchor_counts() {
        let text = "a: &x 1\nb: *x\nc: &x 2\nd: *x\ne: *y\n";
        let tree = whole(text);
        assert_eq!(tree.anchors().iter().filter(|anchor| anchor.name == "x").count(), 2);
        let value = |key| tree.scalar(tree.get(tree.root().unwrap(), key).unwrap());
        assert_eq!((value("b"), value("d"), value("e")), (Some("1"), Some("2"), None));
        let problem = &tree.problems()[0];
        assert_eq!((problem.range.of(text), &problem.kind), ("*y", &ProblemKind::UndefinedAlias("y".to_owned())));
        assert_eq!(tree.problems().len(), 1);
    }

    /// What is left of broken text, and what is said of it: the text of each problem's range.
    #[test]
    fn an_error_costs_its_own_lines() {
        for (text, want, problems) in [
            ("a: 1\nb: c: d\ne: 2\n", r#"{"a": "1" "b": "" "e": "2"}"#, vec![": d"]),
            ("a:\n  b: 1\n  rep\n  c: 2\nd: 3\n", r#"{"a": {"b": "1" "c": "2"} "d": "3"}"#, vec!["rep"]),
            ("a:\n  rep\n  c: 2\nd: 3\n", r#"{"a": {"c": "2"} "d": "3"}"#, vec!["rep"]),
            ("a: 1\nrep", r#"{"a": "1"}"#, vec!["rep"]),
            ("a: [1, 2\nb: 3\nc: [4]\n", r#"{"a": "" "b": "3" "c": ["4"]}"#, vec!["a: [1, 2"]),
            ("a: \"x\nb: \"y\"\nc: 3\n", r#"{"a": "" "b": "y"@"\"y\"" "c": "3"}"#, vec!["\"x"]),
            ("a: 'x\nb: 3\n", r#"{"a": "" "b": "3"}"#, vec!["'x"]),
            ("a:\n  b: 1\n c: 2\nd: 3\n", r#"{"a": {"b": "1" "c": "2"} "d": "3"}"#, vec![": 2"]),
            ("a:\n   b: 1\n  c: 2\n  d: 3\n", r#"{"a": {"b": "1" "c": "2" "d": "3"}}"#, vec!["b: 1"]),
            ("a:\n b: 1\n  c: 2\n  d: 3\n", r#"{"a": {"b": "1" "c": "2" "d": "3"}}"#, vec!["b: 1"]),
            ("a: 1\n  b: 2\nc: 3\n", r#"{"a": "1" "b": "2" "c": "3"}"#, vec![": 2"]),
            ("a:\n- x\n y\n- z\nb: 2\n", r#"{"a": ["x y"@"x\n y" "z"] "b": "2"}"#, vec![]),
            ("a: 1\n\tb: 2\nc: 3\n", r#"{"a": "1" "b": "2" "c": "3"}"#, vec!["\t"]),
            ("a: @x\nb: 2\n", r#"{"a": "" "b": "2"}"#, vec!["@x"]),
            ("a: \u{1}x\nb: 2\n", r#"{"a": "x" "b": "2"}"#, vec!["\u{1}"]),
            ("a: &x.y 1\n", r#"{"a": "1"}"#, vec!["&x.y"]),
            ("a: \"\\/\"\nb: 2\n", r#"{"a": "" "b": "2"}"#, vec!["\"\\/\""]),
            ("a: 1\n]\nb: 2\n", r#"{"a": "1" "b": "2"}"#, vec!["]"]),
            ("  a: 1\nb: 2\nc: 3\n", r#"{"a": "1"}"#, vec!["b: 2"]),
            ("a: &x [*x]\n", r#"{"a": [*x=?]}"#, vec!["*x"]),
        ] {
            let tree = whole(text);
            let found: Vec<&str> = tree.problems().iter().map(|problem| problem.range.of(text)).collect();
            assert_eq!(found, problems, "{text:?}");
            assert_eq!(show(text, &tree, tree.root().unwrap()), want, "{text:?}");
        }
    }

    #[test]
    fn bombs_are_bounded() {
        let bomb: String =
            (1..9).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))).collect();
        let deep: String = (0..3000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        for text in ["[".repeat(5000), "{a: ".repeat(5000), "- ".repeat(5000), deep, format!("a0: &a0 x\n{bomb}")] {
            let tree = whole(&text);
            let bounds = tree.problems().iter().filter(|problem| matches!(problem.kind, ProblemKind::Bound(_)));
            assert!(bounds.count() > 0, "{:?}", &text[..20]);
        }
    }

    #[test]
    fn documents_of_a_file() {
        for (text, want) in [
            ("a: 1\n", vec!["a: 1\n"]),
            ("# c\n---\na: 1\n---\n# c\n\n---\nb: 2\n...\n# e\n", vec!["\na: 1\n", "\nb: 2\n"]),
            ("--- {a: 1}\n---\r\nb: |\r\n  ---\r\n", vec![" {a: 1}\n", "\r\nb: |\r\n  ---\r\n"]),
            ("%YAML 1.1\n---\na: 1\n", vec!["\na: 1\n"]),
            ("---a: 1\n", vec!["---a: 1\n"]),
            ("", vec![]),
        ] {
            let found: Vec<&str> = documents(text).into_iter().map(|range| range.of(text)).collect();
            assert_eq!(found, want, "{text:?}");
        }
    }

    #[test]
    fn places_are_those_of_the_whole_text() {
        let text = "a: 1\n---\né: *x\n---\n";
        let tree = parse(text, documents(text)[1]);
        let places: Vec<&str> = tree.problems().iter().map(|problem| problem.range.of(text)).collect();
        assert_eq!(places, ["*x"]);
        assert_eq!(show(text, &tree, tree.root().unwrap()), r#"{"é": *x=?}"#);
    }
}
