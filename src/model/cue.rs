//! CUE, as far as a glance goes: brackets, strings, and the definitions at the top (v1 spec PAR-01, PAR-02).

use crate::diagnostic::nearest;
use crate::text::TextRange;

/// What can be told of a text without a CUE compiler.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Glance<'t> {
    /// The first thing that no CUE text may have.
    pub fault: Option<(TextRange, &'static str)>,
    /// `#Name` at the top level.
    pub definitions: Vec<&'t str>,
    /// There is more in it than this module reads: nothing is certain.
    pub unsure: bool,
}

/// Reads a text.
pub fn glance(text: &str) -> Glance<'_> {
    let mut reader = Reader::new(text);
    reader.read();
    reader.glance
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Brackets that wait for their partners.
    open: Vec<(usize, char)>,
    /// Names in front of a colon, and words of the language.
    labels: Vec<&'t str>,
    /// Other names, with their places.
    meant: Vec<(usize, &'t str)>,
    glance: Glance<'t>,
}

/// Words that more words may follow.
const KEYWORDS: [&str; 6] = ["if", "for", "in", "let", "import", "package"];

/// What CUE knows by name.
const TYPES: [&str; 10] = ["bool", "bytes", "float", "int", "null", "number", "string", "true", "false", "uint"];

/// Names of the language that are near to those.
const MORE: [&str; 20] = [
    "int8", "int16", "int32", "int64", "int128", "uint8", "uint16", "uint32", "uint64", "uint128", "float32",
    "float64", "rune", "byte", "len", "and", "or", "div", "mod", "list",
];

/// The name that a text begins with.
fn word_of(text: &str) -> &str {
    &text[..text.find(|c: char| !is_letter(c) && !c.is_ascii_digit()).unwrap_or(text.len())]
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let (open, labels, meant) = Default::default();
        Self { text, at: 0, open, labels, meant, glance: Glance::default() }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn fault(&mut self, from: usize, to: usize, words: &'static str) {
        let fault = (TextRange::new(from, to), words);
        self.glance.fault.get_or_insert(fault);
        self.at = self.text.len();
    }

    fn read(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '/' if self.rest().starts_with("//") => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                '"' | '\'' => self.string(0),
                '#' => self.hash(),
                '{' | '[' | '(' => {
                    self.open.push((self.at, c));
                    self.at += 1;
                }
                '}' | ']' | ')' => self.close(c),
                _ if is_letter(c) => self.word(),
                // Numbers have letters too, and what stands behind a dot belongs to what is before it.
                '.' | '0'..='9' => self.skip_joined(),
                '@' => self.attribute(),
                // Templates of other languages.
                '`' => return self.give_up(),
                _ => self.at += c.len_utf8(),
            }
            if self.glance.fault.is_some() || self.glance.unsure {
                return;
            }
        }
        if let Some((at, _)) = self.open.last().copied() {
            self.fault(at, at + 1, "this bracket is never closed");
        }
        self.check_names();
    }

    /// A name: a label where a colon follows, a keyword, or what is meant by it.
    fn word(&mut self) {
        let rest = self.rest();
        let (word, start) = (word_of(rest), self.at);
        let end = word.len();
        self.at += end;
        // What comes with packages is not known here.
        if word == "import" && self.open.is_empty() {
            return self.give_up();
        }
        let behind = self.rest().trim_start_matches([' ', '\t']);
        let (behind, marked) = match behind.strip_prefix('?') {
            Some(behind) => (behind, true),
            None => (behind, false),
        };
        let next = behind.chars().next().unwrap_or('\n');
        if next == ':' || KEYWORDS.contains(&word) {
            self.labels.push(word);
        } else if marked || next == '"' || is_letter(next) && !KEYWORDS.contains(&word_of(behind)) {
            self.fault(start, start + end, "a `:` is missing behind this name");
        } else if !word.starts_with("__") {
            self.meant.push((start, word));
        }
    }

    /// `@name(…)` is for other programs, which have a language of their own.
    fn attribute(&mut self) {
        let rest = self.rest();
        let name = word_of(&rest[1..]).len() + 1;
        let plain = |c: char| c.is_alphanumeric() || " _-.,:/=".contains(c);
        let inner = rest[name..].strip_prefix('(').and_then(|inner| inner.split_once(')'));
        match inner.filter(|(inner, _)| name > 1 && inner.chars().all(plain)) {
            Some((inner, _)) => self.at += name + inner.len() + 2,
            None => self.give_up(),
        }
    }

    fn skip_joined(&mut self) {
        let rest = self.rest();
        let joined = |c: char| is_letter(c) || c.is_ascii_digit() || c == '.';
        self.at += rest.find(|c| !joined(c)).unwrap_or(rest.len());
    }

    /// A name that nothing has and that is nearly the one of a type.
    fn check_names(&mut self) {
        let known = |word: &str| TYPES.contains(&word) || MORE.contains(&word) || self.labels.contains(&word);
        let slip = self.meant.iter().find(|(_, word)| !known(word) && nearest(word, TYPES).is_some());
        if let Some((start, word)) = slip.copied() {
            self.fault(start, start + word.len(), "nothing has this name");
        }
    }

    fn give_up(&mut self) {
        self.glance.unsure = true;
    }

    fn close(&mut self, c: char) {
        let partner = match c {
            '}' => '{',
            ']' => '[',
            _ => '(',
        };
        match self.open.pop() {
            Some((_, open)) if open == partner => self.at += 1,
            Some(_) => self.fault(self.at, self.at + 1, "this bracket closes one of another kind"),
            None => self.fault(self.at, self.at + 1, "this bracket closes nothing"),
        }
    }

    /// `#"…"#`, or a definition.
    fn hash(&mut self) {
        let hashes = self.rest().bytes().take_while(|byte| *byte == b'#').count();
        if self.rest()[hashes..].starts_with(['"', '\'']) {
            self.at += hashes;
            return self.string(hashes);
        }
        let name = &self.rest()[1..];
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(name.len());
        let name = &name[..end];
        let after = self.text[self.at + 1 + end..].trim_start_matches([' ', '\t']);
        let after = after.strip_prefix(['?', '!']).unwrap_or(after);
        if self.open.is_empty() && after.starts_with(':') {
            self.glance.definitions.push(name);
        }
        self.at += 1 + end;
    }

    /// A string that begins here, in so many `#`.
    fn string(&mut self, hashes: usize) {
        let start = self.at;
        let quote = &self.rest()[..1];
        let triple = quote.repeat(3);
        let (open, multiline) = if self.rest().starts_with(&triple) { (triple.as_str(), true) } else { (quote, false) };
        let close = format!("{open}{}", "#".repeat(hashes));
        let escape = format!("\\{}", "#".repeat(hashes));
        self.at += open.len();
        loop {
            let rest = self.rest();
            if rest.starts_with(&close) {
                self.at += close.len();
                return;
            }
            if let Some(escaped) = rest.strip_prefix(&escape) {
                match escaped.chars().next() {
                    // What is put in is an expression with strings of its own.
                    Some('(') => return self.give_up(),
                    Some(c) => self.at += escape.len() + c.len_utf8(),
                    None => self.at = self.text.len(),
                }
                continue;
            }
            match rest.chars().next() {
                Some('\n') if !multiline => return self.fault(start, self.at, "this string does not end on its line"),
                Some(c) => self.at += c.len_utf8(),
                None => return self.fault(start, start + open.len(), "this string never ends"),
            }
        }
    }
}

/// The names of the fields of a definition, of the only one where none is named; `None` where it takes more than it
/// names, or more stands in it than this module reads.
pub fn fields<'t>(text: &'t str, definition: Option<&str>) -> Option<Vec<&'t str>> {
    let glance = glance(text);
    let mut same = glance.definitions.iter().filter(|name| definition.is_none_or(|wanted| wanted == **name));
    let (name, None) = (same.next()?, same.next()) else { return None };
    if glance.unsure || glance.fault.is_some() {
        return None;
    }
    let mut body = Body { rest: body_of(text, name)? };
    let mut names = Vec::new();
    loop {
        body.rest = body.blank();
        if body.rest.starts_with('}') {
            return Some(names);
        }
        names.push(body.label()?);
        body.skip_value()?;
    }
}

/// Whatever stands before a colon at the beginning of a line, as a field may: for those who look for a name that they
/// know.
pub fn labels(text: &str) -> Vec<TextRange> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let blank = line.len() - line.trim_start().len();
        let word = &line[blank..];
        let quoted = word.strip_prefix('"').and_then(|word| word.find('"'));
        let is_word = |c: char| c.is_alphanumeric() || "_-.$".contains(c);
        let (from, length) = match quoted {
            Some(length) => (1, length),
            None => (0, word.find(|c: char| !is_word(c)).unwrap_or(word.len())),
        };
        let rest = &word[(from * 2 + length).min(word.len())..];
        if length > 0 && rest.trim_start_matches(['?', '!']).trim_start().starts_with(':') {
            let at = start + blank + from;
            found.push(TextRange::new(at, at + length));
        }
        start += line.len();
    }
    found
}

/// What follows `#Name: {` at the beginning of a line.
fn body_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let heads = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some(&text[start..])
    });
    let mut bodies =
        heads.filter_map(|head| head.strip_prefix('#')?.strip_prefix(name)?.trim_start().strip_prefix(':'));
    let body = bodies.next()?.trim_start().strip_prefix('{')?;
    bodies.next().is_none().then_some(body)
}

/// The inside of a structure, from some field on.
struct Body<'t> {
    rest: &'t str,
}

impl<'t> Body<'t> {
    /// Behind blanks, commas and comments.
    fn blank(&self) -> &'t str {
        let mut rest = self.rest;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            match rest.strip_prefix("//") {
                Some(comment) => rest = comment.find('\n').map_or("", |end| &comment[end..]),
                None => return rest,
            }
        }
    }

    /// A plain label and its colon.
    fn label(&mut self) -> Option<&'t str> {
        let (name, rest) = match self.rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').filter(|(name, _)| !name.contains(['\\', '\n']))?,
            None => {
                let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')?;
                self.rest.split_at(end)
            }
        };
        let rest = rest.strip_prefix(['?', '!']).unwrap_or(rest).trim_start_matches([' ', '\t']);
        self.rest = rest.strip_prefix(':').filter(|_| !name.is_empty())?;
        Some(name)
    }

    /// To the end of the value: a line that no operator continues, a comma, or the bracket that ends the structure.
    fn skip_value(&mut self) -> Option<()> {
        let (mut depth, mut last) = (0_usize, ':');
        loop {
            let c = self.rest.chars().next()?;
            match c {
                '}' | ',' if depth == 0 => return Some(()),
                '\n' if depth == 0 && !"|&:+-*/<>=!(".contains(last) => return Some(()),
                '/' if self.rest.starts_with("//") => {
                    self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]);
                    continue;
                }
                '"' | '\'' | '#' => {
                    let end = string_end(self.rest)?;
                    self.rest = &self.rest[end..];
                    last = '"';
                    continue;
                }
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' => depth -= 1,
                _ => {}
            }
            if !c.is_whitespace() {
                last = c;
            }
            self.rest = &self.rest[c.len_utf8()..];
        }
    }
}

/// The length of the string, or of the definition's name, that a text begins with.
fn string_end(text: &str) -> Option<usize> {
    let mut reader = Reader::new(text);
    if text.starts_with('#') {
        reader.hash()
    } else {
        reader.string(0)
    }
    (!reader.glance.unsure && reader.glance.fault.is_none()).then_some(reader.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults() {
        for (text, expected) in [
            ("#A: {\n  a: int | *1 // }\n  b: \"}\"\n}", None),
            ("#A: {\n  a?: string & =~\"^[a-z]+\\\"$\"\n}", None),
            ("#A: {a: #\"\\d{1,3}\"#, b: '''\n}\n'''}", None),
            ("#A: {\n  a: int\n", Some("this bracket is never closed")),
            ("#A: {\n  a: int\n}}", Some("this bracket closes nothing")),
            ("#A: {a: [1, 2}", Some("this bracket closes one of another kind")),
            ("#A: {a: \"x}\n}", Some("this string does not end on its line")),
            ("#A: {\n  a: itn & >1e3\n}", Some("nothing has this name")),
            ("#A: {\n  itn: 1\n  a: itn | x.itn\n}", None),
            ("#A: {\n  a? string\n}", Some("a `:` is missing behind this name")),
            ("#A: {\n  a string & \"x\"\n}", Some("a `:` is missing behind this name")),
            ("#A: {\n  if a == 1 {b: int}\n  for k, v in c {(k): v}\n  d: [string]: int32\n  e: 0x1F | 1Ki\n}", None),
        ] {
            assert_eq!(glance(text).fault.map(|(_, words)| words), expected, "{text}");
        }
    }

    #[test]
    fn definitions() {
        assert_eq!(glance("#A: {#B: int}\n#C : #A\nd: #A").definitions, ["A", "C"]);
        assert!(glance("#A: \"\\(x)\"").unsure);
        assert_eq!(glance("#A: {a: int @unit(1s, k=v)}\n#B: 1").definitions, ["A", "B"]);
        assert!(glance("#A: {a: int @unit(\"x\")}").unsure);
    }
    #[test]
    fn fields_of_a_definition() {
        let text = "// words {\n#A: {\n  // a\n  a?: int & >=1 | *2 // more: x\n  \"b.c\": string |\n    \"x\"\n  d: {e: [1,\n    2]}, f: #B\n}\n#B: {\n  x: 1\n}\n";
        assert_eq!(fields(text, Some("A")), Some(vec!["a", "b.c", "d", "f"]));
        assert_eq!(fields(text, Some("B")), Some(vec!["x"]));
        assert_eq!(fields(text, None), None);
        for open in ["...", "[string]: int", "#B", "if a {b: 1}", "\"\\(x)\": 1"] {
            assert_eq!(fields(&format!("#A: {{\n  a: int\n  {open}\n}}\n"), None), None, "{open}");
        }
        assert_eq!(fields("#A: #B & {\n  a: int\n}\n", None), None);
    }
}
