//! Values as YAML text, as Helm's `toYaml` writes them: sigs.k8s.io/yaml on go-yaml v2's emitter (spec §6).

use std::cmp::Ordering;
use std::rc::Rc;

use crate::template::traced::{CallId, Made, Origin, Traced};
use crate::template::value::{Data, Value};
use crate::yaml::typing::{self, Meaning};

/// Columns after which text is folded at the next blank.
const BEST_WIDTH: usize = 80;
/// Bytes a key may have to stand on one line with its colon.
const MAX_SIMPLE_KEY: usize = 128;

/// Writes a value without the last line break. Scalars keep their birthplaces; the text around them has that of the
/// collection.
///
/// # Errors
/// Go's words for what JSON, and so YAML, cannot hold.
pub fn write(value: &Value, indent_sequences: bool) -> Result<Traced, String> {
    let mut writer = Writer { out: Traced::new(), column: 0, indent_sequences };
    writer.block(value, 0, Place::Start)?;
    Ok(writer.out)
}

/// Where a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// After `key:`.
    Value,
    /// After `- `.
    Item,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

struct Writer {
    out: Traced,
    column: usize,
    indent_sequences: bool,
}

impl Writer {
    fn put(&mut self, text: &str, made: Made) {
        self.out.push(text, Origin::Made(made), CallId(0));
        match text.rfind('\n') {
            Some(at) => self.column = text[at + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn line(&mut self, indent: usize, made: Made) {
        self.put(&format!("\n{}", " ".repeat(indent)), made);
    }

    /// Writes a value whose children are indented by `indent`.
    fn block(&mut self, value: &Value, indent: usize, place: Place) -> Result<(), String> {
        let made = value.made();
        match &value.data {
            Data::List(list) if !list.items.is_empty() => {
                let indent = if place == Place::Value && self.indent_sequences { indent + 2 } else { indent };
                for (i, item) in list.items.iter().enumerate() {
                    if i > 0 || place == Place::Value {
                        self.line(indent, made);
                    }
                    self.put("- ", made);
                    self.block(item, indent + 2, Place::Item)?;
                }
            }
            Data::List(_) => self.flow("[]", place, made),
            Data::Map(map) => {
                let entries: Vec<(Rc<str>, Value)> =
                    map.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                self.mapping(entries, indent, place, made)?;
            }
            Data::Object(object) => match object.as_map() {
                Some(map) => self.block(&Value { data: Data::Map(map), born: value.born }, indent, place)?,
                None => self.text(&object.display(), indent, place, false, made),
            },
            Data::Nil => self.flow("null", place, made),
            Data::Bool(value) => self.flow(if *value { "true" } else { "false" }, place, made),
            Data::Int(value) | Data::Int64(value) => self.flow(&value.to_string(), place, made),
            Data::Float(_) => {
                let json = super::json::write(value, super::json::Style::default())?;
                let text = match typing::plain(&json) {
                    Meaning::Int(value) => value.to_string(),
                    Meaning::Uint(value) => value.to_string(),
                    _ => crate::template::fmt::display(value),
                };
                self.flow(&text, place, made);
            }
            Data::Str(text) => self.text(text.as_str(), indent, place, false, made),
            Data::Bytes(_) => {
                let json = super::json::write(value, super::json::Style::default())?;
                self.text(json.trim_matches('"'), indent, place, false, made);
            }
        }
        Ok(())
    }

    fn flow(&mut self, text: &str, place: Place, made: Made) {
        if place == Place::Value {
            self.put(" ", made);
        }
        self.put(text, made);
    }

    fn mapping(
        &mut self,
        mut entries: Vec<(Rc<str>, Value)>,
        indent: usize,
        place: Place,
        made: Made,
    ) -> Result<(), String> {
        if entries.is_empty() {
            self.flow("{}", place, made);
            return Ok(());
        }
        entries.sort_by(|(a, _), (b, _)| natural(a, b));
        let indent = if place == Place::Value { indent + 2 } else { indent };
        // A sequence below a key stands at the key's own indentation.
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 || place == Place::Value {
                self.line(indent, made);
            }
            let simple = key.len() <= MAX_SIMPLE_KEY && !key.contains('\n');
            if simple {
                self.text(key, indent, Place::Item, true, made);
                self.put(":", made);
            } else {
                self.put("? ", made);
                self.text(key, indent + 2, Place::Item, false, made);
                self.line(indent, made);
                self.put(":", made);
            }
            self.block(value, indent, Place::Value)?;
        }
        Ok(())
    }

    /// Writes a string. `indent` is that of the line's own collection.
    fn text(&mut self, text: &str, indent: usize, place: Place, key: bool, made: Made) {
        let shape = Shape::of(text);
        let mut style = match typing::plain(text) {
            _ if text.contains('\n') => Style::Literal,
            Meaning::Str if !reads_otherwise(text) => Style::Plain,
            _ => Style::Double,
        };
        if style == Style::Plain && (!shape.plain || (text.is_empty() && key)) {
            style = Style::Single;
        }
        if style == Style::Single && !shape.single {
            style = Style::Double;
        }
        if style == Style::Literal && (!shape.block || key) {
            style = Style::Double;
        }
        if place == Place::Value {
            self.put(" ", made);
        }
        let content = match place {
            Place::Value => indent + 2,
            Place::Item => indent,
            Place::Start => 2,
        };
        match style {
            Style::Plain => self.folded(text, content, !key, made, |text| text.to_owned()),
            Style::Single => {
                self.put("'", made);
                self.folded(text, content, !key, made, |text| text.replace('\'', "''"));
                self.put("'", made);
            }
            Style::Double => self.double(text, content, !key, made),
            Style::Literal => self.literal(text, content.max(2), made),
        }
    }

    /// Text on as many lines as it needs: a single blank past the width becomes a line break.
    fn folded(&mut self, text: &str, indent: usize, fold: bool, made: Made, escape: impl Fn(&str) -> String) {
        let chars: Vec<char> = text.chars().collect();
        let mut run = String::new();
        let mut after_blank = false;
        let mut column = self.column;
        for (i, c) in chars.iter().enumerate() {
            let next_blank = chars.get(i + 1) == Some(&' ');
            let inside = i > 0 && i + 1 < chars.len();
            if *c == ' ' && fold && !after_blank && column > BEST_WIDTH && inside && !next_blank {
                self.put(&escape(&run), made);
                run.clear();
                self.line(indent, made);
                column = indent;
            } else {
                run.push(*c);
                column += if *c == '\'' { escape("'").len() } else { 1 };
            }
            after_blank = *c == ' ';
        }
        self.put(&escape(&run), made);
    }

    fn double(&mut self, text: &str, indent: usize, fold: bool, made: Made) {
        self.put("\"", made);
        let chars: Vec<char> = text.chars().collect();
        let mut after_blank = false;
        for (i, c) in chars.iter().enumerate() {
            let escaped = match c {
                '"' => "\\\"".to_owned(),
                '\\' => "\\\\".to_owned(),
                '\0' => "\\0".to_owned(),
                '\u{7}' => "\\a".to_owned(),
                '\u{8}' => "\\b".to_owned(),
                '\t' => "\\t".to_owned(),
                '\n' => "\\n".to_owned(),
                '\u{b}' => "\\v".to_owned(),
                '\u{c}' => "\\f".to_owned(),
                '\r' => "\\r".to_owned(),
                '\u{1b}' => "\\e".to_owned(),
                '\u{85}' => "\\N".to_owned(),
                '\u{a0}' => "\\_".to_owned(),
                '\u{2028}' => "\\L".to_owned(),
                '\u{2029}' => "\\P".to_owned(),
                c if !printable(*c) && (*c as u32) <= 0xff => format!("\\x{:02X}", *c as u32),
                c if !printable(*c) && (*c as u32) <= 0xffff => format!("\\u{:04X}", *c as u32),
                c if !printable(*c) => format!("\\U{:08X}", *c as u32),
                ' ' if fold && !after_blank && self.column > BEST_WIDTH && i > 0 && i + 1 < chars.len() => {
                    self.line(indent, made);
                    after_blank = true;
                    if chars[i + 1] == ' ' {
                        self.put("\\", made);
                    }
                    continue;
                }
                c => c.to_string(),
            };
            after_blank = *c == ' ';
            self.put(&escaped, made);
        }
        self.put("\"", made);
    }

    fn literal(&mut self, text: &str, indent: usize, made: Made) {
        let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
        let chomp = if !text.ends_with('\n') {
            "-"
        } else if text == "\n" || text.ends_with("\n\n") {
            "+"
        } else {
            ""
        };
        self.put(&format!("|{hint}{chomp}"), made);
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if line.is_empty() {
                self.put("\n", made);
            } else {
                self.line(indent, made);
                self.put(line, made);
            }
        }
    }
}

/// Which styles can hold a text: libyaml's `yaml_emitter_analyze_scalar`.
struct Shape {
    plain: bool,
    single: bool,
    block: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let blank = |c: Option<&char>| {
            c.is_none_or(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'))
        };
        let is_break = |c: char| matches!(c, '\n' | '\r');
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut space_break, mut break_space, mut lines) = (false, false, false, false);
        for (i, c) in chars.iter().copied().enumerate() {
            let before = if i > 0 { chars.get(i - 1) } else { None };
            let after = chars.get(i + 1);
            indicator |= match c {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                    if i == 0 =>
                {
                    true
                }
                '?' | '-' if i == 0 => blank(after),
                ':' => blank(after),
                '#' => blank(before),
                _ => false,
            };
            special |= !printable(c) && c != '\t';
            // A tab is taken for indentation at the start of a line.
            special |= c == '\t' && before.is_none_or(|c| is_break(*c));
            lines |= is_break(c);
            break_space |= c == ' ' && before.is_some_and(|c| is_break(*c));
            space_break |= is_break(c) && matches!(before, Some(' ' | '\t'));
        }
        let first = chars.first().copied().unwrap_or('x');
        let last = chars.last().copied().unwrap_or('x');
        let edge = |c: char| c == ' ' || is_break(c);
        let awkward = space_break || special;
        Self {
            plain: !indicator
                && !lines
                && !edge(first)
                && !edge(last)
                && !break_space
                && !awkward
                && !text.contains('\t'),
            single: !break_space && !awkward,
            block: last != ' ' && !awkward,
        }
    }
}

/// go-yaml's `is_printable`, with a tab counted out.
fn printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

/// Text that some reader of YAML takes for a number or a date, though go-yaml's own resolution says string.
fn reads_otherwise(text: &str) -> bool {
    let mut parts = text.split(':');
    let head = parts.next().unwrap_or_default().trim_start_matches(['-', '+']);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let tail: Vec<&str> = parts.collect();
    let base60 = !tail.is_empty()
        && number(head)
        && tail.iter().enumerate().all(|(i, part)| {
            let part = if i + 1 == tail.len() { part.split('.').next().unwrap_or_default() } else { part };
            part.len() <= 2 && number(part) && part.bytes().next().is_some_and(|byte| part.len() == 1 || byte < b'6')
        });
    base60 || text == "<<" || text == "=" || is_timestamp(text)
}

/// `2001-12-14`, also with a time after it.
fn is_timestamp(text: &str) -> bool {
    let date = text.get(..10).unwrap_or(text);
    let fields: Vec<&str> = date.trim_end_matches(['T', 't', ' ']).split('-').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day] = fields[..] else { return false };
    let shaped = year.len() == 4 && digits(year) && digits(month) && digits(day);
    let in_range = |text: &str, max: u32| text.parse::<u32>().is_ok_and(|n| (1..=max).contains(&n));
    shaped && in_range(month, 12) && in_range(day, 31) && {
        let rest = &text[date.len().min(text.len())..];
        rest.is_empty() || rest.starts_with(['T', 't', ' '])
    }
}

/// The order of keys: go-yaml's `keyList.Less`.
fn natural(a: &str, b: &str) -> Ordering {
    let (ar, br): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for i in 0..ar.len().min(br.len()) {
        if ar[i] == br[i] {
            digits = ar[i].is_numeric();
            continue;
        }
        let (al, bl) = (ar[i].is_alphabetic(), br[i].is_alphabetic());
        if al && bl {
            return ar[i].cmp(&br[i]);
        }
        if al || bl {
            let al_first = if digits { al } else { bl };
            return if al_first { Ordering::Less } else { Ordering::Greater };
        }
        let run = |text: &[char]| -> (u128, usize) {
            let digits: String = text[i..].iter().take_while(|c| c.is_ascii_digit()).collect();
            (digits.parse().unwrap_or_default(), digits.len())
        };
        let ((an, alen), (bn, blen)) = (run(&ar), run(&br));
        return an.cmp(&bn).then(alen.cmp(&blen)).then(ar[i].cmp(&br[i]));
    }
    ar.len().cmp(&br.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::{data, json};
    use crate::text::TextRange;
    use crate::yaml::parser;

    fn read(text: &str) -> Value {
        let tree = parser::parse(text, TextRange::new(0, text.len()));
        data::read(&tree, &|_| None).unwrap()
    }

    /// What is written reads as what it was made from.
    #[test]
    fn written_as_go_yaml_writes() {
        for (json_text, yaml) in [
            (r#"{"b":[1,{"c":[]},{}],"a":{"x":null}}"#, "a:\n  x: null\nb:\n- 1\n- c: []\n- {}"),
            (r#"{"a9":1,"a10":2,"Z":3,"_":4}"#, "_: 4\nZ: 3\na9: 1\na10: 2"),
            (
                r#"["yes","1","1e3","0x1F","~","","1.20","x: y","- x","a","true","2020-01-01","12:30"]"#,
                "- \"yes\"\n- \"1\"\n- \"1e3\"\n- \"0x1F\"\n- \"~\"\n- \"\"\n- \"1.20\"\n- 'x: y'\n- '- x'\n- a\n- \"true\"\n- \"2020-01-01\"\n- \"12:30\"",
            ),
            (
                r#"{"t":"one\ntwo\n","u":"one\n\ntwo","v":"x\n\n"}"#,
                "t: |\n  one\n  two\nu: |-\n  one\n\n  two\nv: |+\n  x\n",
            ),
            (
                r#"{"n":[1e7,1.5,1234567.5,1e21,-0.5,1e-7]}"#,
                "\"n\":\n- 10000000\n- 1.5\n- 1.2345675e+06\n- 1e+21\n- -0.5\n- 1e-07",
            ),
            (r#"[["a",["b"]],"it's #1","{x}"]"#, "- - a\n  - - b\n- 'it''s #1'\n- '{x}'"),
        ] {
            let value = json::read(json_text).unwrap();
            let written = write(&value, false).unwrap();
            assert_eq!(written.as_str(), yaml, "{json_text}");
            let again = read(&format!("{}\n", written.as_str()));
            let style = json::Style::default();
            assert_eq!(json::write(&again, style), json::write(&value, style), "{yaml}");
        }
    }

    #[test]
    fn long_text_is_folded() {
        let words = "word ".repeat(30);
        let value = json::read(&format!("{{\"a\":\"{}\"}}", words.trim())).unwrap();
        let written = write(&value, false).unwrap();
        assert!(written.as_str().lines().count() == 2, "{}", written.as_str());
        assert_eq!(
            json::write(&read(written.as_str()), json::Style::default()),
            json::write(&value, json::Style::default())
        );
    }
}
