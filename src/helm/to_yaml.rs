//! Values as YAML text, as Helm's `toYaml` writes them: sigs.k8s.io/yaml on go-yaml v2's emitter (spec §6).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use super::json;
use super::scalar_style::{Scalar, Style, select};
use crate::template::bytes;
use crate::template::fmt;
use crate::template::traced::{CallId, Made, Origin, Traced};
use crate::template::value::{Data, Encoded, Value};
use crate::yaml::typing::{self, Meaning};

/// Bytes a key may have to stand on one line with its colon.
const MAX_SIMPLE_KEY: usize = 128;

/// Collections inside each other.
const MAX_DEPTH: usize = 400;

/// Which of Helm's two writers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavour {
    /// `toYaml`: go-yaml v2 on the value's JSON; sequences are not indented, long text is folded.
    Plain,
    /// `toYamlPretty`: go-yaml v3 on the value itself.
    Pretty,
}

/// Writes a value without the last line break. Scalars keep their birthplaces; the text around them has that of the
/// collection.
///
/// # Errors
/// Go's words for what JSON, and so YAML, cannot hold.
pub fn write(value: &Value, flavour: Flavour) -> Result<Traced, String> {
    let mut emitter = Emitter {
        out: Traced::new(),
        flavour,
        column: 0,
        whitespace: true,
        indention: true,
        indents: Vec::new(),
        made: value.made(),
    };
    emitter.node(value, Context::Root)?;
    // go-yaml ends the document with a line break, which the function takes away again.
    let text = emitter.out;
    let end = text.as_str().strip_suffix('\n').map_or(text.len(), str::len);
    Ok(if end < text.len() { text.slice(0..end) } else { text })
}

/// What a node is part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Context {
    Root,
    Sequence,
    Key,
    Value,
}

/// The state of libyaml's emitter, as far as block style needs it.
struct Emitter {
    out: Traced,
    flavour: Flavour,
    /// Characters since the last line break.
    column: usize,
    /// The last character was a blank.
    whitespace: bool,
    /// Only indentation and indicators stand on the line so far.
    indention: bool,
    /// Indentations of the open collections.
    indents: Vec<usize>,
    /// The origin of what is written next.
    made: Made,
}

impl Emitter {
    fn put(&mut self, text: &str) {
        self.out.push(text, Origin::Made(self.made), CallId(0));
        match text.rfind('\n') {
            Some(at) => self.column = text[at + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn indent(&self) -> usize {
        self.indents.last().copied().unwrap_or_default()
    }

    /// `yaml_emitter_write_indent`: a line break where one is due, and blanks.
    fn line(&mut self) {
        let indent = self.indent();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put("\n");
        }
        if self.column < indent {
            self.put(&" ".repeat(indent - self.column));
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// `yaml_emitter_write_indicator`.
    fn indicator(&mut self, text: &str, needs_blank: bool, is_whitespace: bool, is_indention: bool) {
        if needs_blank && !self.whitespace {
            self.put(" ");
        }
        self.put(text);
        self.whitespace = is_whitespace;
        self.indention &= is_indention;
    }

    fn node(&mut self, value: &Value, context: Context) -> Result<(), String> {
        if self.indents.len() > MAX_DEPTH {
            return Err(format!("exceeded max depth of {MAX_DEPTH}"));
        }
        let outer = std::mem::replace(&mut self.made, value.made());
        let done = self.node_within(value, context);
        self.made = outer;
        done
    }

    fn node_within(&mut self, value: &Value, context: Context) -> Result<(), String> {
        match &value.data {
            Data::List(list) if list.nil => self.bare("null"),
            Data::List(list) if list.items.is_empty() => self.empty("[", "]"),
            Data::List(list) => self.sequence(&list.items, context)?,
            Data::Map(map) => {
                let entries = map.entries.borrow();
                let entries: Vec<_> = entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                self.mapping(entries, context)?;
            }
            Data::Object(object) => match object.as_map() {
                Some(map) => self.node_within(&Value { data: Data::Map(map), born: value.born }, context)?,
                None => match object.encoded() {
                    Encoded::Time(text) if self.flavour == Flavour::Pretty => self.bare(&text),
                    Encoded::Number(number) => self.bare(&number.to_string()),
                    Encoded::Text(text) | Encoded::Time(text) => self.text(&text, context)?,
                },
            },
            Data::Nil => self.bare("null"),
            Data::Bool(value) => self.bare(if *value { "true" } else { "false" }),
            Data::Int(value) | Data::Int64(value) => self.bare(&value.to_string()),
            Data::Float(number) => {
                let text = self.number(value, *number)?;
                self.bare(&text);
            }
            Data::Str(text) => self.text(text.as_str(), context)?,
            Data::Bytes(_) => {
                let json = json::write(value, json::Style::default())?;
                self.text(json.trim_matches('"'), context)?;
            }
        }
        Ok(())
    }

    /// A float64: go-yaml v2 sees the JSON number, and so an integer where that looks like one.
    fn number(&self, value: &Value, number: f64) -> Result<String, String> {
        let written = || fmt::float::shortest(number);
        if self.flavour == Flavour::Pretty {
            return Ok(match number {
                n if n.is_nan() => ".nan".to_owned(),
                f64::INFINITY => ".inf".to_owned(),
                f64::NEG_INFINITY => "-.inf".to_owned(),
                _ => written(),
            });
        }
        Ok(match typing::plain(&json::write(value, json::Style::default())?) {
            Meaning::Int(value) => value.to_string(),
            Meaning::Uint(value) => value.to_string(),
            _ => written(),
        })
    }

    fn bare(&mut self, text: &str) {
        self.indicator(text, true, false, false);
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    fn sequence(&mut self, items: &[Value], context: Context) -> Result<(), String> {
        let below_key = matches!(context, Context::Value | Context::Key) && !self.indention;
        let indent = match self.indents.last() {
            None => 0,
            Some(indent) if below_key && self.flavour == Flavour::Plain => *indent,
            Some(indent) => indent + 2,
        };
        self.indents.push(indent);
        for item in items {
            self.line();
            self.indicator("-", true, false, true);
            self.node(item, Context::Sequence)?;
        }
        self.indents.pop();
        Ok(())
    }

    fn mapping(&mut self, mut entries: Vec<(Rc<str>, Value)>, context: Context) -> Result<(), String> {
        if entries.is_empty() {
            self.empty("{", "}");
            return Ok(());
        }
        entries.sort_by(|(a, _), (b, _)| natural(a, b));
        self.indents.push(if context == Context::Root { 0 } else { self.indent() + 2 });
        for (key, value) in &entries {
            self.line();
            let scalar = Scalar::of(key);
            if key.len() <= MAX_SIMPLE_KEY && !scalar.multiline {
                self.text(key, Context::Key)?;
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.text(key, Context::Value)?;
                self.line();
                self.indicator(":", true, false, true);
            }
            self.node(value, Context::Value)?;
        }
        self.indents.pop();
        Ok(())
    }

    /// A string.
    ///
    /// # Errors
    /// For what go-yaml does not read back from JSON.
    fn text(&mut self, text: &str, context: Context) -> Result<(), String> {
        // On the way through JSON bytes that are no text are lost.
        let text: Cow<'_, str> = match bytes::has_some(text) {
            true => text.chars().map(|c| bytes::byte(c).map_or(c, |_| char::REPLACEMENT_CHARACTER)).collect(),
            false => Cow::Borrowed(text),
        };
        let text = &*text;
        if self.flavour == Flavour::Plain && text.chars().any(is_refused) {
            return Err("yaml: control characters are not allowed".to_owned());
        }
        let key = context == Context::Key;
        self.indents.push(self.indents.last().map_or(2, |indent| indent + 2));
        match select(text, key) {
            Style::Plain => {
                if !self.whitespace {
                    self.put(" ");
                }
                self.folded(text, !key, false);
            }
            Style::Single => {
                self.indicator("'", true, false, false);
                self.folded(text, !key, true);
                self.put("'");
            }
            Style::Double => self.double(text, !key),
            Style::Literal => {
                self.literal(text);
                self.indents.pop();
                return Ok(());
            }
        }
        self.indents.pop();
        self.whitespace = false;
        self.indention = false;
        Ok(())
    }

    /// A blank at the next of which a long line is broken.
    fn is_full(&self) -> bool {
        self.flavour == Flavour::Plain && self.column > 80
    }

    /// Plain and single quoted text, folded at single blanks.
    fn folded(&mut self, text: &str, fold: bool, quoted: bool) {
        let mut after_blank = false;
        let mut chars = text.char_indices().peekable();
        let mut run = String::new();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            let inside = !quoted || (at > 0 && next.is_some());
            if c == ' ' && fold && !after_blank && inside && next != Some(' ') {
                self.put(&std::mem::take(&mut run));
                if self.is_full() {
                    self.indention = false;
                    self.line();
                } else {
                    run.push(' ');
                }
            } else {
                if quoted && c == '\'' {
                    run.push('\'');
                }
                run.push(c);
            }
            after_blank = c == ' ';
        }
        self.put(&run);
    }

    fn double(&mut self, text: &str, fold: bool) {
        self.indicator("\"", true, false, false);
        let mut after_blank = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if c == ' ' && fold && !after_blank && self.is_full() && at > 0 && next.is_some() {
                self.indention = false;
                self.line();
                if next == Some(' ') {
                    self.put("\\");
                }
            } else {
                match super::scalar_style::escaped(c) {
                    Some(escape) => self.put(&escape),
                    None => self.put(c.encode_utf8(&mut [0; 4])),
                }
            }
            after_blank = c == ' ';
        }
        self.put("\"");
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        self.put("\n");
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.put(&" ".repeat(self.indent()));
            }
            self.put(line);
        }
        let ended = text.ends_with('\n');
        self.whitespace = ended;
        self.indention = ended;
    }
}

/// Characters that go-yaml's reader refuses, and JSON does not escape.
fn is_refused(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

/// The order of keys: go-yaml's `keyList.Less`.
fn natural(a: &str, b: &str) -> Ordering {
    let (ar, br): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    for i in 0..ar.len().min(br.len()) {
        if ar[i] == br[i] {
            continue;
        }
        let (al, bl) = (ar[i].is_alphabetic(), br[i].is_alphabetic());
        if al && bl {
            return ar[i].cmp(&br[i]);
        }
        if al || bl {
            return if bl { Ordering::Less } else { Ordering::Greater };
        }
        // Zeros count as digits of the number that they go on with.
        let goes_on = ar[..i].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
        let first = i64::from((ar[i] == '0' || br[i] == '0') && goes_on);
        let run = |text: &[char]| {
            let digits = text[i..].iter().map_while(|c| c.to_digit(10));
            digits.fold((first, 0usize), |(n, len), digit| (n.wrapping_mul(10).wrapping_add(digit.into()), len + 1))
        };
        let ((an, alen), (bn, blen)) = (run(&ar), run(&br));
        return an.cmp(&bn).then(alen.cmp(&blen)).then(ar[i].cmp(&br[i]));
    }
    ar.len().cmp(&br.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::data;
    use crate::text::TextRange;
    use crate::yaml::parser;

    fn read(text: &str) -> Value {
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        data::read(&tree, None).unwrap()
    }

    /// What is written, which reads as what it was made from.
    fn written(json_text: &str) -> String {
        let value = json::read(json_text).unwrap();
        let written = write(&value, Flavour::Plain).unwrap();
        let again = read(&format!("{}\n", written.as_str()));
        let style = json::Style::default();
        assert_eq!(json::write(&again, style), json::write(&value, style), "{}", written.as_str());
        written.as_str().to_owned()
    }

    #[test]
    fn written_as_go_yaml_writes() {
        for (json_text, yaml) in [
            (r#"{"b":[1,{"c":[]},{}],"a":{"x":null}}"#, "a:\n  x: null\nb:\n- 1\n- c: []\n- {}"),
            (r#"{"a9":1,"a10":2,"Z":3,"_":4}"#, "_: 4\nZ: 3\na9: 1\na10: 2"),
            (r#"{"a1x":1,"a1.x":2}"#, "a1.x: 2\na1x: 1"),
            (
                r#"["yes","1","1e3","0x1F","~","","1.20","x: y","- x","a","true","2020-01-01","12:30"]"#,
                "- \"yes\"\n- \"1\"\n- \"1e3\"\n- \"0x1F\"\n- \"~\"\n- \"\"\n- \"1.20\"\n- 'x: y'\n- '- x'\n- a\n- \"true\"\n- \"2020-01-01\"\n- \"12:30\"",
            ),
            (
                r#"["=","<<","2020-13-01","2020-1-1 1:2:3","1_","0o8",".5_0","?x","a?","é"]"#,
                "- =\n- <<\n- 2020-13-01\n- \"2020-1-1 1:2:3\"\n- \"1_\"\n- 0o8\n- .5_0\n- ?x\n- a?\n- é",
            ),
            (
                r#"{"t":"one\ntwo\n","u":"one\n\ntwo","v":"x\n\n"}"#,
                "t: |\n  one\n  two\nu: |-\n  one\n\n  two\nv: |+\n  x\n",
            ),
            (r#"{"v":"x\n\n","w":1}"#, "v: |+\n  x\n\nw: 1"),
            (r#"[" x\ny","\n"]"#, "- |2-\n   x\n  y\n- |2+\n"),
            (
                r#"["a\tb","a\n\tb","a \nb","\u0001","a\u00a0b","😀"]"#,
                "- \"a\\tb\"\n- \"a\\n\\tb\"\n- \"a \\nb\"\n- \"\\x01\"\n- a\u{a0}b\n- \"\\U0001F600\"",
            ),
            (
                r#"{"n":[1e7,1.5,1234567.5,1e21,-0.5,1e-7]}"#,
                "\"n\":\n- 10000000\n- 1.5\n- 1.2345675e+06\n- 1e+21\n- -0.5\n- 1e-07",
            ),
            (r#"[["a",["b"]],"it's #1","{x}"]"#, "- - a\n  - - b\n- 'it''s #1'\n- '{x}'"),
            (r#"{"a\nb":1,"c":[[{"d":[1]}]]}"#, "? |-\n  a\n  b\n: 1\nc:\n- - d:\n    - 1"),
            (r#"{"x y: z":"","":2}"#, "\"\": 2\n'x y: z': \"\""),
            (r#""a: b""#, "'a: b'"),
        ] {
            assert_eq!(written(json_text), yaml, "{json_text}");
        }
    }

    #[test]
    fn long_text_is_folded() {
        let words = "word ".repeat(30);
        let line = "word ".repeat(16);
        let (line, rest) = (line.trim_end(), "word ".repeat(14));
        assert_eq!(written(&format!("{{\"a\":\"{}\"}}", words.trim())), format!("a: {line}\n  {}", rest.trim_end()));
        let quoted = written(&format!("{{\"a\":\"{}: x\"}}", words.trim()));
        assert_eq!(quoted, format!("a: '{line}\n  {}: x'", rest.trim_end()));
        let value = json::read(&format!("\"{words}x\"")).unwrap();
        assert!(!write(&value, Flavour::Pretty).unwrap().as_str().contains('\n'));
    }

    #[test]
    fn scalars_keep_their_birthplaces() {
        let text = "a: {b: c}\n";
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        let file = crate::text::FileId(7);
        let value = data::read(&tree, Some((file, text))).unwrap();
        let written = write(&value, Flavour::Plain).unwrap();
        let pieces: Vec<_> = written
            .pieces()
            .map(|(range, piece)| match piece.origin {
                Origin::Made(made) => (range.of(written.as_str()), made.value.map_or("", |span| span.range.of(text))),
                _ => ("", ""),
            })
            .collect();
        assert_eq!(pieces, [("a:", "a: {b: c}"), ("\n  b:", "{b: c}"), (" c", "c")]);
    }

    #[test]
    fn deep_values_end() {
        let deep = |depth: usize| {
            (0..depth).fold(Value::int(1), |value, _| Value::map([("a".into(), value)].into_iter().collect()))
        };
        for flavour in [Flavour::Plain, Flavour::Pretty] {
            assert!(write(&deep(390), flavour).is_ok());
            assert!(write(&deep(100_000), flavour).is_err());
        }
        assert!(json::write(&deep(390), json::Style::default()).is_ok());
        assert!(json::write(&deep(100_000), json::Style::default()).is_err());
    }

    #[test]
    fn keys_in_natural_order() {
        let mut keys = vec!["a_b", "a1", "b", "a-b", "a10", "a9", "B", "1", "10", "9", "a 1", "ab", "a"];
        keys.sort_by(|a, b| natural(a, b));
        assert_eq!(keys, ["1", "9", "10", "B", "a", "a 1", "a-b", "a_b", "a1", "a9", "a10", "ab", "b"]);
    }
}
