//! Values as TOML and back, as BurntSushi/toml does it for Helm's `toToml` and `fromToml`.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::template::HelmVersion;
use crate::template::value::{Data, Encoded, Map, Value};

/// Arrays and tables inside each other.
const MAX_DEPTH: usize = 100;

/// Writes a value; tables come after plain keys, indented by their depth.
///
/// # Errors
/// Go's words for what TOML cannot hold.
pub(super) fn write(value: &Value, version: HelmVersion) -> Result<String, String> {
    let mut out = String::new();
    match as_map(value) {
        Some(map) => write_table(&map, &mut Vec::new(), &mut out, version)?,
        None => write_element(value, 0, &mut out, version)?,
    }
    Ok(out)
}

fn as_map(value: &Value) -> Option<Map> {
    match &value.data {
        Data::Map(map) => Some(map.clone()),
        Data::Object(object) => object.as_map(),
        _ => None,
    }
}

/// The tables of a list that holds nothing else.
fn tables(value: &Value) -> Option<Vec<Map>> {
    let Data::List(list) = &value.data else { return None };
    let tables: Option<Vec<_>> = list.items.iter().map(as_map).collect();
    tables.filter(|tables| !tables.is_empty())
}

fn write_table(map: &Map, path: &mut Vec<String>, out: &mut String, version: HelmVersion) -> Result<(), String> {
    if path.len() > MAX_DEPTH {
        return Err("toml: nested too deeply".into());
    }
    let entries = map.entries.borrow().clone();
    let entries = entries.iter().filter(|(_, value)| !value.is_nil());
    let (below, plain): (Vec<_>, Vec<_>) =
        entries.partition(|(_, value)| as_map(value).is_some() || tables(value).is_some());
    for (key, value) in plain {
        out.push_str(&"  ".repeat(path.len()));
        out.push_str(&format!("{} = ", write_key(key)));
        write_element(value, 0, out, version)?;
        out.push('\n');
    }
    for (key, value) in below {
        path.push(write_key(key));
        let indent = "  ".repeat(path.len() - 1);
        let name = path.join(".");
        if let Some(map) = as_map(value) {
            if path.len() == 1 && !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("{indent}[{name}]\n"));
            write_table(&map, path, out, version)?;
        }
        for map in tables(value).into_iter().flatten() {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("{indent}[[{name}]]\n"));
            write_table(&map, path, out, version)?;
        }
        path.pop();
    }
    Ok(())
}

fn write_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn write_element(value: &Value, depth: usize, out: &mut String, version: HelmVersion) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("toml: nested too deeply".into());
    }
    match &value.data {
        Data::Nil => return Err("toml: cannot encode array with nil element".into()),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Int(value) | Data::Int64(value) => out.push_str(&value.to_string()),
        Data::Float(value) if value.is_nan() => out.push_str("nan"),
        Data::Float(value) if value.is_infinite() => out.push_str(if *value > 0.0 { "inf" } else { "-inf" }),
        Data::Float(value) => {
            // The library's later versions write large numbers with an exponent.
            let text = match version {
                HelmVersion::V3 => value.to_string(),
                HelmVersion::V4 => crate::template::fmt::display(&Value::float(*value)),
            };
            out.push_str(&text);
            if !text.contains(['.', 'e']) {
                out.push_str(".0");
            }
        }
        Data::List(list) => {
            out.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_element(item, depth + 1, out, version)?;
            }
            out.push(']');
        }
        Data::Object(object) if object.as_map().is_none() => match object.encoded() {
            Encoded::Number(number) => out.push_str(&number.to_string()),
            Encoded::Time(text) => out.push_str(&text),
            Encoded::Text(text) => out.push_str(&quoted(&text)),
        },
        _ => match as_map(value) {
            Some(map) => {
                out.push('{');
                let entries = map.entries.borrow().clone();
                for (index, (key, value)) in entries.iter().filter(|(_, value)| !value.is_nil()).enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(&format!("{} = ", write_key(key)));
                    write_element(value, depth + 1, out, version)?;
                }
                out.push('}');
            }
            None => out.push_str(&quoted(&crate::template::fmt::display(value))),
        },
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Reads TOML; dates stay text.
///
/// # Errors
/// What is wrong, and the line; in Go's words where a key is given twice.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let root = Map::new(BTreeMap::new());
    let mut reader = Reader { text, at: 0, key: String::new() };
    let mut table = root.clone();
    let mut headed = std::collections::BTreeSet::new();
    loop {
        reader.skip(true);
        if reader.at >= text.len() {
            return Ok(Data::Map(root).into());
        }
        if reader.take("[[") {
            let path = reader.path()?;
            reader.want("]]")?;
            table = reader.append(&root, &path)?;
        } else if reader.take("[") {
            let path = reader.path()?;
            reader.want("]")?;
            reader.key = path.join(".");
            if !headed.insert(path.clone()) {
                return reader.fault(format!("Key '{}' has already been defined.", reader.key));
            }
            table = reader.descend(&root, &path)?;
        } else {
            reader.pair(&table, 0)?;
        }
        reader.skip(false);
        if reader.at < text.len() && !reader.take("\n") && !reader.take("\r\n") {
            let found = reader.peek().unwrap_or_default();
            return reader.fault(format!("expected a top-level item to end with a newline, but got {found:?} instead"));
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The last key that was read, for errors.
    key: String,
}

impl Reader<'_> {
    fn fault<T>(&self, message: impl Into<String>) -> Result<T, String> {
        let line = 1 + self.text[..self.at].matches('\n').count();
        let key = if self.key.is_empty() { String::new() } else { format!(" (last key {:?})", self.key) };
        Err(format!("toml: line {line}{key}: {}", message.into()))
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn want(&mut self, word: &str) -> Result<(), String> {
        self.skip(false);
        if self.take(word) {
            return Ok(());
        }
        let found = self.peek().map_or("end of file".to_owned(), |c| format!("{c:?}"));
        self.fault(format!("expected {word:?}, but got {found} instead"))
    }

    /// Passes over blanks and comments, and over line breaks too.
    fn skip(&mut self, lines: bool) {
        loop {
            let blank = |c: char| c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'));
            self.at += self.rest().len() - self.rest().trim_start_matches(blank).len();
            if self.peek() != Some('#') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// `a."b c".d`
    fn path(&mut self) -> Result<Vec<String>, String> {
        let mut path = Vec::new();
        loop {
            self.skip(false);
            let key = match self.peek() {
                Some('"' | '\'') => self.string()?,
                _ => {
                    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                    let length = self.rest().len() - self.rest().trim_start_matches(bare).len();
                    self.at += length;
                    self.text[self.at - length..self.at].to_owned()
                }
            };
            if key.is_empty() && !self.text[..self.at].ends_with(['"', '\'']) {
                return self.fault("bare keys cannot be empty");
            }
            path.push(key);
            self.skip(false);
            if !self.take(".") {
                return Ok(path);
            }
        }
    }

    /// `key = value`, put into `table`.
    fn pair(&mut self, table: &Map, depth: usize) -> Result<(), String> {
        let path = self.path()?;
        self.want("=")?;
        self.key = path.join(".");
        let (last, tables) = path.split_last().map_or(("", &[][..]), |(last, tables)| (last.as_str(), tables));
        let table = self.descend(table, tables)?;
        if table.get(last).is_some() {
            return self.fault(format!("Key '{}' has already been defined.", self.key));
        }
        let value = self.value(depth)?;
        table.entries.borrow_mut().insert(Rc::from(last), value);
        Ok(())
    }

    /// The table at `path`, made where it is missing; of an array of tables the last one.
    fn descend(&self, root: &Map, path: &[String]) -> Result<Map, String> {
        let mut table = root.clone();
        for key in path {
            let next = match table.get(key).map(|value| value.data) {
                None => Map::new(BTreeMap::new()),
                Some(Data::Map(map)) => map,
                Some(Data::List(list)) => match list.items.last().and_then(as_map) {
                    Some(map) => map,
                    None => return self.fault(format!("Key '{key}' has already been defined.")),
                },
                Some(_) => return self.fault(format!("Key '{key}' has already been defined.")),
            };
            if table.get(key).is_none() {
                table.entries.borrow_mut().insert(Rc::from(key.as_str()), Data::Map(next.clone()).into());
            }
            table = next;
        }
        Ok(table)
    }

    /// A new table at the end of the array at `path`.
    fn append(&self, root: &Map, path: &[String]) -> Result<Map, String> {
        let Some((last, tables)) = path.split_last() else { return self.fault("bare keys cannot be empty") };
        let table = self.descend(root, tables)?;
        let mut items = match table.get(last).map(|value| value.data) {
            None => Vec::new(),
            Some(Data::List(list)) => list.items.to_vec(),
            Some(_) => return self.fault(format!("Key '{last}' has already been defined.")),
        };
        let new = Map::new(BTreeMap::new());
        items.push(Data::Map(new.clone()).into());
        table.entries.borrow_mut().insert(Rc::from(last.as_str()), Value::list(items));
        Ok(new)
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return self.fault("nested too deeply");
        }
        self.skip(false);
        match self.peek() {
            Some('"' | '\'') => Ok(Value::str(self.string()?)),
            Some('[') => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.skip(true);
                    if self.take("]") {
                        return Ok(Value::list(items));
                    }
                    items.push(self.value(depth + 1)?);
                    self.skip(true);
                    if !self.take(",") && self.peek() != Some(']') {
                        return self.fault("expected a comma (',') or array terminator (']')");
                    }
                }
            }
            Some('{') => {
                self.at += 1;
                let table = Map::new(BTreeMap::new());
                self.skip(false);
                while !self.take("}") {
                    self.pair(&table, depth + 1)?;
                    self.skip(false);
                    if !self.take(",") && self.peek() != Some('}') {
                        return self.fault("expected a comma or an inline table terminator '}'");
                    }
                    self.skip(false);
                }
                Ok(Data::Map(table).into())
            }
            _ => {
                let end = self.rest().find([',', ']', '}', '#', '\n']).unwrap_or(self.rest().len());
                let word = self.rest()[..end].trim_end().to_owned();
                match scalar(&word) {
                    Some(value) => {
                        self.at += word.len();
                        Ok(value)
                    }
                    None if word.is_empty() => self.fault("expected value but found nothing"),
                    None => self.fault(format!("expected value but found {word:?} instead")),
                }
            }
        }
    }

    /// A string of any of the four kinds.
    fn string(&mut self) -> Result<String, String> {
        let fence = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|fence| self.take(fence)).unwrap_or("\"");
        let long = fence.len() == 3;
        if long && !self.take("\n") {
            self.take("\r\n");
        }
        let mut out = String::new();
        loop {
            // Up to two quotes more may stand before the three that close.
            if self.rest().starts_with(fence) && !(long && self.rest()[1..].starts_with(fence)) {
                self.at += fence.len();
                return Ok(out);
            }
            let Some(c) = self.peek() else { return self.fault("unexpected EOF; expected a closing quote") };
            if c == '\n' && !long {
                return self.fault("strings cannot contain newlines");
            }
            self.at += c.len_utf8();
            if c == '\\' && fence.starts_with('"') {
                self.escape(&mut out)?;
            } else {
                out.push(c);
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, out: &mut String) -> Result<(), String> {
        let Some(c) = self.peek() else { return Ok(()) };
        self.at += c.len_utf8();
        let length = match c {
            'u' => 4,
            'U' => 8,
            ' ' | '\t' | '\n' | '\r' => {
                self.at += self.rest().len() - self.rest().trim_start().len();
                return Ok(());
            }
            _ => {
                let known = "b\u{8}t\tn\nf\u{c}r\re\u{1b}\"\"\\\\".chars().collect::<Vec<_>>();
                match known.chunks(2).find(|pair| pair[0] == c) {
                    Some(pair) => out.push(pair[1]),
                    None => return self.fault(format!("invalid escape character {c:?}")),
                }
                return Ok(());
            }
        };
        let digits = self.rest().get(..length).unwrap_or_default().to_owned();
        match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
            Some(c) => {
                self.at += length;
                out.push(c);
                Ok(())
            }
            None => self.fault(format!("invalid unicode escape {digits:?}")),
        }
    }
}

/// Booleans, numbers and dates.
fn scalar(word: &str) -> Option<Value> {
    let number = word.replace('_', "");
    let radix =
        |prefix: &str, radix| number.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok());
    match word {
        "true" => return Some(Value::bool(true)),
        "false" => return Some(Value::bool(false)),
        "inf" | "+inf" => return Some(Value::float(f64::INFINITY)),
        "-inf" => return Some(Value::float(f64::NEG_INFINITY)),
        "nan" | "+nan" | "-nan" => return Some(Value::float(f64::NAN)),
        _ => {}
    }
    if let Some(value) = radix("0x", 16).or(radix("0o", 8)).or(radix("0b", 2)) {
        return Some(Value::int64(value));
    }
    let starts_well = number.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit());
    if let (true, Ok(value)) = (starts_well, number.parse::<i64>()) {
        return Some(Value::int64(value));
    }
    if let (true, Ok(value)) = (starts_well, number.parse::<f64>()) {
        return Some(Value::float(value));
    }
    let date = word.len() >= 8 && word.starts_with(|c: char| c.is_ascii_digit());
    let date = date && word.chars().all(|c| c.is_ascii_digit() || "-:.TtZz+ ".contains(c));
    date.then(|| Value::str(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &Value) -> String {
        super::super::json::write(value, Default::default()).unwrap()
    }

    #[test]
    fn written_after_plain_keys() {
        let value = super::super::json::read(
            r#"{"t": {"u": {"x": 1}, "l": [{"a": 1}, {"a": [1, "q\n"]}]}, "b c": 1.5, "z": null, "e": []}"#,
        );
        let expected = "\
\"b c\" = 1.5
e = []

[t]

  [[t.l]]
    a = 1.0

  [[t.l]]
    a = [1.0, \"q\\n\"]
  [t.u]
    x = 1.0
";
        assert_eq!(write(&value.unwrap(), HelmVersion::V3).unwrap(), expected);
        assert!(write(&Value::list(vec![Value::NIL]), HelmVersion::V3).is_err());
    }

    #[test]
    fn read_back() {
        let text = "a = 1 # one\n\"b c\".d = 'x\\y'\n[t]\nl = [\n 1.5,\n {k = \"\\u00e9\"}, ]\n[[t.m]]\nx = 1_000\n\
                    [[t.m]]\nx = 0x10\n[u.v]\nw = \"\"\"\nlong \\\n   text\"\"\"\nd = 2020-01-02\n";
        assert_eq!(
            json(&read(text).unwrap()),
            r#"{"a":1,"b c":{"d":"x\\y"},"t":{"l":[1.5,{"k":"é"}],"m":[{"x":1000},{"x":16}]},"u":{"v":{"d":"2020-01-02","w":"long text"}}}"#
        );
        for (text, expected) in [
            ("a = 1\na = 2", "toml: line 2 (last key \"a\"): Key 'a' has already been defined."),
            ("[a]\n[a]", "toml: line 2 (last key \"a\"): Key 'a' has already been defined."),
            ("= 1", "toml: line 1: bare keys cannot be empty"),
            ("a = x", "toml: line 1 (last key \"a\"): expected value but found \"x\" instead"),
            ("a = [", "toml: line 1 (last key \"a\"): expected value but found nothing"),
        ] {
            assert_eq!(read(text).err().as_deref(), Some(expected), "{text}");
        }
        for text in ["a", "a = ", "[", "[[a", "a = \"", "a = {", "a = [1", "a = \"\\u12", "é", "a.", "a = '''x''"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
