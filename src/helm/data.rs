//! YAML text as template values, as sigs.k8s.io/yaml reads it for Helm (spec §6).

use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;

use crate::template::traced::{CallId, Made, Origin, Traced};
use crate::template::value::{Data, Value};
use crate::text::{FileId, Span, TextRange};
use crate::yaml::parser;
use crate::yaml::tree::{Kind, NodeId, Style, Tree};
use crate::yaml::typing::{self, Meaning};

/// Nodes that aliases may add up to before a document counts as a bomb.
const MAX_EXPANSION: usize = 1_000_000;

/// Collections inside each other, aliases followed. go-yaml allows 10000.
const MAX_DEPTH: usize = 400;

/// What is known of a range of the YAML text.
type Origins<'o> = &'o dyn Fn(TextRange) -> Made;

/// A whole document as a value. An empty one is nil. Where it is a file's text, values know their places, and the lines of
/// literal blocks are the file's own.
///
/// # Errors
/// In Helm's words: what sigs.k8s.io/yaml says of text that is not YAML, or that JSON cannot hold.
pub fn read(tree: &Tree, file: Option<(FileId, &str)>) -> Result<Value, String> {
    let value = |range| file.map(|(file, _)| Span { file, range });
    read_with(tree, file, &|range| Made { value: value(range), known: true })
}

/// The first document of a text that templates made; its scalars keep what is known of their text.
///
/// # Errors
/// As [`read`].
pub fn read_traced(text: &Traced) -> Result<Value, String> {
    let tree = parser::parse(text.as_str(), parser::documents(text.as_str()).first().copied().unwrap_or_default());
    let made = |origin| match origin {
        Origin::Made(made) | Origin::Computed { made, .. } => made,
        Origin::Verbatim(_) | Origin::Padding => Made::default(),
    };
    let pieces: Vec<(TextRange, Made)> = text.pieces().map(|(range, piece)| (range, made(piece.origin))).collect();
    if pieces.iter().all(|(_, made)| *made == Made::default()) {
        return read(&tree, None);
    }
    read_with(&tree, None, &|range| {
        let first = pieces.partition_point(|(piece, _)| piece.end <= range.start);
        let within = pieces[first..].iter().take_while(|(piece, _)| piece.start < range.end);
        // The quotes around a value say nothing of it.
        let within = within.filter(|(piece, _)| {
            let part = TextRange { start: piece.start.max(range.start), end: piece.end.min(range.end) };
            !matches!(part.of(text.as_str()), "\"" | "'") || part == range
        });
        let joined = within
            .map(|(_, made)| *made)
            .reduce(|a, b| Made { value: if a.value == b.value { a.value } else { None }, known: a.known && b.known });
        joined.unwrap_or_default()
    })
}

fn read_with(tree: &Tree, file: Option<(FileId, &str)>, origins: Origins<'_>) -> Result<Value, String> {
    read_root(tree, file, origins).map_err(|message| format!("error converting YAML to JSON: {message}"))
}

fn read_root(tree: &Tree, file: Option<(FileId, &str)>, origins: Origins<'_>) -> Result<Value, String> {
    if let Some(refusal) = tree.refusal() {
        return Err(format!("yaml: {refusal}"));
    }
    let Some(root) = tree.root() else { return Ok(Value::NIL) };
    let mut reader = Reader { tree, file, origins, spent: 0, depth: 0, key: None, number: None };
    let value = reader.value(root)?;
    // Keys are looked at when all is read, numbers when JSON is made of it.
    match reader.key.map(|key| key.message).or(reader.number) {
        Some(message) => Err(message),
        None => Ok(value),
    }
}

struct Reader<'r> {
    tree: &'r Tree,
    file: Option<(FileId, &'r str)>,
    origins: Origins<'r>,
    spent: usize,
    depth: usize,
    /// The first error about a key that JSON cannot hold.
    key: Option<BadKey>,
    /// The first error about a number that JSON cannot hold.
    number: Option<String>,
}

type Entries = BTreeMap<Rc<str>, Value>;

struct BadKey {
    mapping: Option<NodeId>,
    message: String,
}

impl Reader<'_> {
    fn spend(&mut self) -> Result<(), String> {
        self.spent += 1;
        if self.spent > MAX_EXPANSION {
            return Err("yaml: document contains excessive aliasing".to_owned());
        }
        Ok(())
    }

    fn value(&mut self, id: NodeId) -> Result<Value, String> {
        self.spend()?;
        if self.depth > MAX_DEPTH {
            return Err(format!("yaml: exceeded max depth of {MAX_DEPTH}"));
        }
        self.depth += 1;
        let value = self.value_within(self.tree.resolve(id));
        self.depth -= 1;
        value
    }

    fn value_within(&mut self, id: NodeId) -> Result<Value, String> {
        let node = self.tree.node(id);
        let made = (self.origins)(node.range);
        let data = match node.kind {
            Kind::Scalar { .. } => self.scalar(id, made)?,
            Kind::Sequence(items) => {
                let items = items.iter().map(|item| self.value(*item)).collect::<Result<_, _>>()?;
                Value::list(items).data
            }
            Kind::Mapping(_) => {
                let mut entries = Entries::new();
                self.mapping(id, &mut entries)?;
                Value::map(entries).data
            }
            Kind::Alias { name, .. } => return Err(format!("yaml: anchor '{name}' value contains itself")),
        };
        // Text that is not known keeps that itself: it has no place of its own.
        Ok(Value { data, born: made.value.filter(|_| made.known) })
    }

    /// Adds the entries of a mapping in written order: an explicit key wins over one merged above it, and a merge over
    /// the keys above it.
    fn mapping(&mut self, id: NodeId, out: &mut Entries) -> Result<(), String> {
        let Kind::Mapping(entries) = self.tree.node(id).kind else { return Ok(()) };
        for (key, value) in entries {
            if self.tree.is_merge_key(*key) {
                for source in self.merged(*value)? {
                    self.spend()?;
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(format!("yaml: exceeded max depth of {MAX_DEPTH}"));
                    }
                    self.mapping(source, out)?;
                    self.depth -= 1;
                }
                continue;
            }
            let name = self.key(*key, *value)?;
            let value = self.value(*value)?;
            if let Some(name) = name {
                out.insert(name.into(), value);
            }
        }
        Ok(())
    }

    /// The mappings that `<<` brings in, in the order in which they are applied.
    fn merged(&self, value: NodeId) -> Result<Vec<NodeId>, String> {
        let mappings: Vec<NodeId> = match self.tree.node(value).kind {
            // The first of a list wins, so it is applied last.
            Kind::Sequence(items) => items.iter().rev().map(|item| self.tree.resolve(*item)).collect(),
            _ => vec![self.tree.resolve(value)],
        };
        if mappings.iter().all(|id| matches!(self.tree.node(*id).kind, Kind::Mapping(_))) {
            Ok(mappings)
        } else {
            Err("yaml: map merge requires map or sequence of maps as the value".to_owned())
        }
    }

    /// Keys are typed as values are, then made text again; `None` for one that JSON cannot hold.
    fn key(&mut self, id: NodeId, value: NodeId) -> Result<Option<String>, String> {
        let id = self.tree.resolve(id);
        let Kind::Scalar { text, .. } = self.tree.node(id).kind else {
            return Err(format!("yaml: invalid map key: {}", self.go(id, self.depth)));
        };
        let kind = match meaning(self.tree, id)? {
            Meaning::Bool(value) => return Ok(Some(value.to_string())),
            Meaning::Int(value) => return Ok(Some(value.to_string())),
            Meaning::Float(value) => return Ok(Some(float_key(value))),
            Meaning::Str => return Ok(Some(bytes_of(self.tree, id, text)?)),
            Meaning::Uint(_) => "uint64",
            Meaning::Null => "%!s(<nil>)",
        };
        let (key, value) = (self.go_root(id), self.go_root(value));
        let mapping = self.tree.node(id).parent;
        // Of equal keys the last counts.
        if self.key.as_ref().is_none_or(|known| known.mapping == mapping) {
            let message = format!("unsupported map key of type: {kind}, key: {key}, value: {value}");
            self.key = Some(BadKey { mapping, message });
        }
        Ok(None)
    }

    fn scalar(&mut self, id: NodeId, made: Made) -> Result<Data, String> {
        let text = self.tree.scalar(id).unwrap_or_default();
        Ok(match meaning(self.tree, id)? {
            Meaning::Null => Data::Nil,
            Meaning::Bool(value) => Data::Bool(value),
            Meaning::Int(value) => Data::Float(value as f64),
            Meaning::Uint(value) => Data::Float(value as f64),
            Meaning::Float(value) => {
                if !value.is_finite() {
                    let value = crate::template::fmt::display(&Value::float(value));
                    self.number.get_or_insert_with(|| format!("json: unsupported value: {value}"));
                }
                Data::Float(value)
            }
            Meaning::Str => Data::Str(Rc::new(match self.lines(id) {
                Some(lines) => lines,
                None => Traced::made(bytes_of(self.tree, id, text)?, made),
            })),
        })
    }

    /// A text of several lines as the file's own.
    fn lines(&self, id: NodeId) -> Option<Traced> {
        let several = self.tree.scalar(id)?.split_inclusive('\n').nth(1).is_some();
        let (file, text) = self.file.filter(|_| several && self.tree.tag(id).is_none())?;
        let mut out = Traced::new();
        for range in parser::copied(text, self.tree, id)? {
            out.push(range.of(text), Origin::Verbatim(Span { file, range }), CallId(0));
        }
        Some(out)
    }

    /// As Go prints the decoded node with `%#v`, at the top.
    fn go_root(&self, id: NodeId) -> String {
        let text = self.go(id, self.depth);
        if text == "interface {}(nil)" { "<nil>".to_owned() } else { text }
    }

    /// As Go prints the decoded node with `%#v`.
    fn go(&self, id: NodeId, depth: usize) -> String {
        let id = self.tree.resolve(id);
        if depth > MAX_DEPTH {
            return "...".to_owned();
        }
        match self.tree.node(id).kind {
            Kind::Scalar { text, .. } => match meaning(self.tree, id).unwrap_or(Meaning::Str) {
                Meaning::Null => "interface {}(nil)".to_owned(),
                Meaning::Bool(value) => value.to_string(),
                Meaning::Int(value) => value.to_string(),
                Meaning::Uint(value) => format!("{value:#x}"),
                Meaning::Float(value) => crate::template::fmt::display(&Value::float(value)),
                Meaning::Str => crate::template::fmt::quote(text),
            },
            Kind::Sequence(items) => {
                let items: Vec<String> = items.iter().map(|item| self.go(*item, depth + 1)).collect();
                format!("[]interface {{}}{{{}}}", items.join(", "))
            }
            Kind::Mapping(entries) => {
                let entry = |(key, value): &(NodeId, NodeId)| {
                    format!("{}:{}", self.go(*key, depth + 1), self.go(*value, depth + 1))
                };
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
            }
            Kind::Alias { .. } => "...".to_owned(),
        }
    }
}

/// What a scalar means by its text, its quotes and its tag: go-yaml's `resolve`.
pub(crate) fn meaning(tree: &Tree, id: NodeId) -> Result<Meaning, String> {
    let node = tree.node(id);
    let Kind::Scalar { text, style } = node.kind else { return Ok(Meaning::Str) };
    let Some(tag) = tree.tag(id) else {
        return Ok(if style == Style::Plain { typing::plain(text) } else { Meaning::Str });
    };
    let tag = match tag.strip_prefix("!<tag:yaml.org,2002:") {
        Some(long) => format!("!!{}", long.trim_end_matches('>')),
        None => tag.to_owned(),
    };
    let found = typing::plain(text);
    let (name, fits) = match found {
        Meaning::Null => ("!!null", tag == "!!null"),
        Meaning::Bool(_) => ("!!bool", tag == "!!bool"),
        Meaning::Int(_) | Meaning::Uint(_) => ("!!int", tag == "!!int" || tag == "!!float"),
        Meaning::Float(_) => ("!!float", tag == "!!float"),
        Meaning::Str => ("!!str", false),
    };
    match tag.as_str() {
        "!!int" | "!!float" | "!!bool" | "!!null" if fits => Ok(found),
        "!!int" | "!!float" | "!!bool" | "!!null" => Err(format!("yaml: cannot decode {name} `{text}` as a {tag}")),
        _ => Ok(Meaning::Str),
    }
}

/// The text of a string; what `!!binary` holds.
fn bytes_of(tree: &Tree, id: NodeId, text: &str) -> Result<String, String> {
    if tree.tag(id) != Some("!!binary") {
        return Ok(text.to_owned());
    }
    let compact: String = text.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(compact);
    let bytes = bytes.map_err(|_| "yaml: !!binary value contains invalid base64 data".to_owned())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A float as a key: the fewest digits that a float32 needs, as sigs.k8s.io/yaml writes it.
fn float_key(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() };
    }
    // The shortest text of the float32, read as a float64, has the same digits.
    let narrow = format!("{:e}", value as f32).parse().unwrap_or(value);
    crate::template::fmt::float::shortest(narrow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::json;
    use crate::template::traced::CallId;

    fn json_of(text: &str) -> Result<String, String> {
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        read(&tree, None).and_then(|value| json::write(&value, json::Style::default()))
    }

    #[test]
    fn values_are_read_as_helm_reads_them() {
        for (text, want) in [
            ("", "null"),
            (
                "a: [0755, 1e3, on, ~, 'on', 08, 2020-01-01, 1:30]\n",
                r#"{"a":[493,1000,true,null,"on",8,"2020-01-01","1:30"]}"#,
            ),
            ("y: 1\non: 2\n0x10: 3\n1.10: 4\n1e7: 5\n'y': 6\n", r#"{"1.1":4,"16":3,"1e+07":5,"true":2,"y":6}"#),
            (
                "a: !!str 1\nb: !!float 1\nc: ! 1\nd: !!binary aGk=\ne: !x 1\n",
                r#"{"a":"1","b":1,"c":"1","d":"hi","e":"1"}"#,
            ),
            ("a: 1\na: 2\n", r#"{"a":2}"#),
            ("x: &x {a: 1, b: 1}\nz:\n  a: 2\n  <<: *x\n  b: 3\n", r#"{"x":{"a":1,"b":1},"z":{"a":1,"b":3}}"#),
            (
                "x: &x {a: 1}\nw: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}\n",
                r#"{"w":{"a":2,"b":2},"x":{"a":1},"z":{"a":1,"b":2}}"#,
            ),
        ] {
            assert_eq!(json_of(text).as_deref(), Ok(want), "{text:?}");
        }
    }

    #[test]
    fn errors_in_helms_words() {
        for (text, want) in [
            ("~: [x]\n", r#"unsupported map key of type: %!s(<nil>), key: <nil>, value: []interface {}{"x"}"#),
            ("{a: 1, [b]: 2}\n", r#"yaml: invalid map key: []interface {}{"b"}"#),
            ("a: .nan\nb: .inf\n", "json: unsupported value: NaN"),
            ("a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int"),
            ("x: &x [1]\ny: {<<: *x}\n", "yaml: map merge requires map or sequence of maps as the value"),
            ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
            ("a: 1\nb: *x\n", "yaml: unknown anchor 'x' referenced"),
            ("a: &x {b: *x}\n", "yaml: anchor 'x' value contains itself"),
        ] {
            assert_eq!(json_of(text), Err(format!("error converting YAML to JSON: {want}")), "{text:?}");
        }
    }

    #[test]
    fn birthplaces_are_those_of_the_text() {
        let text = "a: {b: c}\n";
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        let file = crate::text::FileId(7);
        let value = read(&tree, Some((file, text))).unwrap();
        let Data::Map(map) = &value.data else { panic!("{value:?}") };
        let inner = map.get("a").unwrap();
        assert_eq!(inner.born, Some(Span::new(file, 3, 9)));
        let Data::Map(inner) = &inner.data else { panic!("{inner:?}") };
        assert_eq!(inner.get("b").unwrap().made().value, Some(Span::new(file, 7, 8)));
    }

    #[test]
    fn lines_of_literal_blocks_are_the_files_own() {
        let text = "a: |2-\n    x\n\n  y\nb: |\n  x\nc: >\n  x\n  y\nd: |+\n  é\n  y\n\n";
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        let value = read(&tree, Some((FileId(7), text))).unwrap();
        let Data::Map(map) = &value.data else { panic!() };
        let own = |key: &str| {
            let Some(Value { data: Data::Str(said), born: Some(_) }) = map.get(key) else { panic!("{key}") };
            let pieces = said.pieces().filter_map(|(range, piece)| match piece.origin {
                Origin::Verbatim(span) => {
                    assert_eq!(span.range.of(text), range.of(said.as_str()));
                    Some(range.of(said.as_str()).to_owned())
                }
                _ => None,
            });
            pieces.collect::<Vec<_>>().concat()
        };
        assert_eq!((own("a"), own("d")), ("  x\n\ny".to_owned(), "é\ny\n\n".to_owned()));
        assert_eq!((own("b"), own("c")), (String::new(), String::new()));
    }

    #[test]
    fn scalars_of_made_text_keep_its_origins() {
        let file = crate::text::FileId(7);
        let made = Made { value: Some(Span::new(file, 1, 2)), known: true };
        let mut text = Traced::new();
        text.push("a: ", Origin::Verbatim(Span::new(file, 50, 53)), CallId(0));
        text.push("\"", Origin::Verbatim(Span::new(file, 53, 54)), CallId(0));
        text.push("x", Origin::Made(made), CallId(0));
        text.push("\"\nb: y", Origin::Verbatim(Span::new(file, 60, 65)), CallId(0));
        text.push("z", Origin::Made(Made { value: None, known: false }), CallId(0));
        let Data::Map(map) = read_traced(&text).unwrap().data else { panic!() };
        let (a, b) = (map.get("a").unwrap(), map.get("b").unwrap());
        assert_eq!((a.made(), a.born), (made, made.value));
        assert_eq!((b.made().known, b.as_str()), (false, Some("yz")));
    }

    #[test]
    fn deep_aliases_end() {
        let text: String = (1..300)
            .map(|n| format!("a{n}: &a{n} {}*a{}{}\n", "[".repeat(50), n - 1, "]".repeat(50)))
            .fold("a0: &a0 x\n".to_owned(), |text, line| text + &line);
        assert_eq!(json_of(&text), Err("error converting YAML to JSON: yaml: exceeded max depth of 400".to_owned()));
    }
}
