//! Go's regular expressions: its syntax and its error messages, on top of the `regex` crate.
//!
//! Both are RE2 at heart. They differ in what the classes `\d \w \s \b` mean (ASCII in Go), in what a class in
//! brackets may hold, and in what each refuses.

use std::sync::{Arc, LazyLock};

use dashmap::DashMap;
use regex::Regex;

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    pub regex: Regex,
    /// The names of the groups, from group 1 on. Go allows one name twice.
    pub names: Vec<Option<String>>,
}

/// Why a pattern was not compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Go refuses it; the text is Go's, after `error parsing regexp: `.
    Syntax(String),
    /// Go may accept it, this engine does not.
    Unsupported,
}

/// Patterns kept between renderings.
const KEPT: usize = 1024;

/// Compiles `pattern` as Go's `regexp.Compile` would.
pub fn compile(pattern: &str) -> Result<Arc<Pattern>, Refusal> {
    static PATTERNS: LazyLock<DashMap<String, Result<Arc<Pattern>, Refusal>>> = LazyLock::new(DashMap::new);
    if let Some(found) = PATTERNS.get(pattern) {
        return found.clone();
    }
    let compiled = translate(pattern).and_then(|(text, names)| {
        let regex = Regex::new(&text).map_err(|_| Refusal::Unsupported)?;
        Ok(Arc::new(Pattern { regex, names }))
    });
    if PATTERNS.len() >= KEPT {
        PATTERNS.clear();
    }
    PATTERNS.insert(pattern.to_owned(), compiled.clone());
    compiled
}

/// The largest count of a repetition.
const MAX_REPEAT: u32 = 1000;
/// The deepest nesting of groups.
const MAX_DEPTH: usize = 250;

const DIGITS: &str = "0-9";
const WORDS: &str = "0-9A-Za-z_";
const BLANKS: &str = r"\t\n\x0c\r ";

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// What a repetition operator would repeat.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Item,
    /// A repetition, at this offset: it cannot be repeated again.
    Repeat(usize),
}

struct Translator<'a> {
    pattern: &'a str,
    at: usize,
    out: String,
    names: Vec<Option<String>>,
    depth: usize,
}

fn translate(pattern: &str) -> Result<(String, Vec<Option<String>>), Refusal> {
    let mut translator = Translator { pattern, at: 0, out: String::new(), names: Vec::new(), depth: 0 };
    translator.run()?;
    Ok((translator.out, translator.names))
}

fn refuse<T>(why: &str, text: &str) -> Result<T, Refusal> {
    Err(Refusal::Syntax(format!("{why}: `{text}`")))
}

impl<'a> Translator<'a> {
    fn rest(&self) -> &'a str {
        &self.pattern[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn run(&mut self) -> Result<(), Refusal> {
        let mut last = Last::Nothing;
        while let Some(c) = self.peek() {
            let start = self.at;
            last = match c {
                '(' => {
                    self.open()?;
                    Last::Nothing
                }
                ')' => {
                    if self.depth == 0 {
                        return refuse("unexpected )", self.pattern);
                    }
                    self.depth -= 1;
                    self.copy(1)
                }
                '|' => {
                    self.copy(1);
                    Last::Nothing
                }
                '^' | '$' | '.' => self.copy(1),
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    self.copy(1);
                    self.repeated(start, last)?
                }
                '{' => match counts(self.rest()) {
                    None => self.literal(),
                    Some((least, most, len)) => {
                        self.copy(len);
                        let fits = |count: Option<u32>| count.is_some_and(|count| count <= MAX_REPEAT);
                        let ordered = most.is_none_or(|most| fits(most) && least <= most);
                        if !fits(least) || !ordered {
                            return refuse("invalid repeat count", &self.pattern[start..self.at]);
                        }
                        self.repeated(start, last)?
                    }
                },
                '\\' => self.escape()?,
                _ => self.literal(),
            };
        }
        if self.depth > 0 {
            return refuse("missing closing )", self.pattern);
        }
        Ok(())
    }

    /// Copies ASCII text.
    fn copy(&mut self, len: usize) -> Last {
        self.out.push_str(&self.pattern[self.at..self.at + len]);
        self.at += len;
        Last::Item
    }

    fn literal(&mut self) -> Last {
        if let Some(c) = self.next() {
            self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        }
        Last::Item
    }

    /// After a repetition operator that began at `start`.
    fn repeated(&mut self, start: usize, last: Last) -> Result<Last, Refusal> {
        if self.peek() == Some('?') {
            self.copy(1);
        }
        match last {
            Last::Item => Ok(Last::Repeat(start)),
            Last::Repeat(first) => refuse("invalid nested repetition operator", &self.pattern[first..self.at]),
            Last::Nothing => refuse("missing argument to repetition operator", &self.pattern[start..self.at]),
        }
    }

    /// `(`, `(?P<name>`, `(?flags)` or `(?flags:`.
    fn open(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        let rest = self.rest();
        let Some(special) = rest.strip_prefix("(?") else {
            self.names.push(None);
            return self.deeper(1);
        };
        if let Some(named) = special.strip_prefix("P<").or_else(|| special.strip_prefix('<')) {
            let Some((name, after)) = named.split_once('>') else {
                return refuse("invalid named capture", rest);
            };
            let len = rest.len() - after.len();
            if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                return refuse("invalid named capture", &rest[..len]);
            }
            self.names.push(Some(name.to_owned()));
            self.at += len;
            self.out.push('(');
            return self.deeper(0);
        }
        let bad = |at: usize| refuse("invalid or unsupported Perl syntax", &self.pattern[start..at]);
        let (mut minus, mut flags) = (false, 0);
        for (i, c) in special.char_indices() {
            let after = start + 2 + i + c.len_utf8();
            match c {
                'i' | 'm' | 's' | 'U' => flags += 1,
                '-' if !minus => (minus, flags) = (true, 0),
                ':' | ')' if !minus || flags > 0 => {
                    let len = after - start;
                    if c == ':' {
                        return self.deeper(len);
                    }
                    // Rust wants at least one flag.
                    if len > "(?)".len() {
                        self.copy(len);
                    } else {
                        self.at += len;
                    }
                    return Ok(());
                }
                _ => return bad(after),
            }
        }
        refuse("missing closing )", self.pattern)
    }

    fn deeper(&mut self, copied: usize) -> Result<(), Refusal> {
        self.copy(copied);
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Refusal::Unsupported) } else { Ok(()) }
    }

    fn escape(&mut self) -> Result<Last, Refusal> {
        let start = self.at;
        match self.rest().chars().nth(1) {
            Some('A' | 'z') => return Ok(self.copy(2)),
            Some(c @ ('b' | 'B')) => {
                self.at += 2;
                self.out.push_str(if c == 'b' { r"(?-u:\b)" } else { r"(?-u:\B)" });
                return Ok(Last::Item);
            }
            Some('Q') => {
                self.at += 2;
                let text = self.rest().split("\\E").next().unwrap_or_default();
                self.out.push_str(&regex::escape(text));
                self.at += text.len();
                self.at += if self.rest().is_empty() { 0 } else { 2 };
                return Ok(Last::Item);
            }
            _ => {}
        }
        if let Some(class) = self.perl_class()? {
            self.out.push_str(&class);
            return Ok(Last::Item);
        }
        let c = self.escaped_char(start)?;
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        Ok(Last::Item)
    }

    /// `\d`, `\pL` and their like, as a class of the `regex` crate; moves on only if there is one.
    fn perl_class(&mut self) -> Result<Option<String>, Refusal> {
        let start = self.at;
        let mut chars = self.rest().chars().skip(1);
        let class = match chars.next() {
            Some('d') => format!("[{DIGITS}]"),
            Some('D') => format!("[^{DIGITS}]"),
            Some('w') => format!("[{WORDS}]"),
            Some('W') => format!("[^{WORDS}]"),
            Some('s') => format!("[{BLANKS}]"),
            Some('S') => format!("[^{BLANKS}]"),
            Some(sign @ ('p' | 'P')) => {
                let after = &self.rest()[2..];
                let (name, len) = match after.strip_prefix('{') {
                    Some(braced) => match braced.split_once('}') {
                        Some((name, _)) => (name, name.len() + 2),
                        None => return refuse("invalid character class range", self.rest()),
                    },
                    None => {
                        let len = after.chars().next().map_or(0, char::len_utf8);
                        (&after[..len], len)
                    }
                };
                self.at += 2 + len;
                let text = &self.pattern[start..self.at];
                let (negated, name) = match name.strip_prefix('^') {
                    Some(name) => (sign == 'p', name),
                    None => (sign == 'P', name),
                };
                let class = match name {
                    "Any" => (if negated { "[^\\x{0}-\\x{10FFFF}]" } else { "[\\x{0}-\\x{10FFFF}]" }).to_owned(),
                    name => format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }),
                };
                if !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) || Regex::new(&class).is_err() {
                    return refuse("invalid character class range", text);
                }
                return Ok(Some(class));
            }
            _ => return Ok(None),
        };
        self.at += 2;
        Ok(Some(class))
    }

    /// The character that an escape sequence stands for.
    fn escaped_char(&mut self, start: usize) -> Result<char, Refusal> {
        self.at += 1;
        let Some(c) = self.next() else {
            return refuse("trailing backslash at end of expression", "");
        };
        let invalid = |at: usize| refuse("invalid escape sequence", &self.pattern[start..at]);
        let after = self.at;
        match c {
            'a' => Ok('\x07'),
            'f' => Ok('\x0c'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\x0b'),
            '0'..='7' => {
                let rest = self.rest();
                let more = rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                if c != '0' && more == 0 {
                    return invalid(after);
                }
                self.at += more;
                let code = u32::from_str_radix(&self.pattern[after - 1..self.at], 8).ok();
                code.and_then(char::from_u32).ok_or(Refusal::Unsupported)
            }
            'x' => {
                let rest = self.rest();
                let (digits, len) = match rest.strip_prefix('{') {
                    Some(braced) => match braced.split_once('}') {
                        Some((digits, _)) => (digits, digits.len() + 2),
                        None => return invalid(self.pattern.len()),
                    },
                    None => {
                        let len = rest.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
                        if len < 2 {
                            let shown = rest.chars().take(len + 1).map(char::len_utf8).sum::<usize>();
                            return invalid(after + shown);
                        }
                        (&rest[..2], 2)
                    }
                };
                match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
                    Some(c) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                        self.at += len;
                        Ok(c)
                    }
                    _ => invalid(after + len),
                }
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
            _ => invalid(after),
        }
    }

    /// `[...]`.
    fn class(&mut self) -> Result<Last, Refusal> {
        let start = self.at;
        let missing = || refuse("missing closing ]", &self.pattern[start..]);
        let mut out = String::from("[");
        self.at += 1;
        if self.peek() == Some('^') {
            self.at += 1;
            out.push('^');
        }
        let mut first = true;
        loop {
            let Some(c) = self.peek() else { return missing() };
            if c == ']' && !first {
                break;
            }
            first = false;
            if let Some(posix) = self.rest().strip_prefix("[:")
                && let Some((name, _)) = posix.split_once(":]")
            {
                let text = &self.rest()[..name.len() + 4];
                if !POSIX.contains(&name.trim_start_matches('^')) {
                    return refuse("invalid character class range", text);
                }
                out.push_str(text);
                self.at += text.len();
                continue;
            }
            if c == '\\'
                && let Some(class) = self.perl_class()?
            {
                out.push_str(&class);
                continue;
            }
            let item = self.at;
            let low = self.class_char(start)?;
            let mut high = low;
            let mut ahead = self.rest().chars();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']') {
                self.at += 1;
                high = self.class_char(start)?;
                if high < low {
                    return refuse("invalid character class range", &self.pattern[item..self.at]);
                }
            }
            out.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", low as u32, high as u32));
        }
        self.at += 1;
        out.push(']');
        self.out.push_str(&out);
        Ok(Last::Item)
    }

    fn class_char(&mut self, class: usize) -> Result<char, Refusal> {
        match self.peek() {
            Some('\\') => self.escaped_char(self.at),
            Some(_) => self.next().ok_or(Refusal::Unsupported),
            None => refuse("missing closing ]", &self.pattern[class..]),
        }
    }
}

/// `{n}`, `{n,}` or `{n,m}` at the start of `text`: the counts and the length. A count that is no `u32` is `None`.
fn counts(text: &str) -> Option<(Option<u32>, Option<Option<u32>>, usize)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = match inside.split_once(',') {
        Some((least, most)) => (least, Some(most)),
        None => (inside, Some(inside)),
    };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let plain = |text: &str| number(text) && (text.len() == 1 || !text.starts_with('0'));
    if !plain(least) {
        return None;
    }
    let most = match most {
        Some("") | None => None,
        Some(most) if plain(most) => Some(most.parse().ok()),
        Some(_) => return None,
    };
    Some((least.parse().ok(), most, inside.len() + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_syntax_matches_as_in_go() {
        let cases = [
            (r"^\d+$", "12", true),
            (r"^\d+$", "１２", false),
            (r"^\w$", "é", false),
            (r"^\W$", "é", true),
            (r"\bé", "é", false),
            (r"^[^\D\n]$", "7", true),
            (r"^[a&&b]$", "&", true),
            (r"^[[]$", "[", true),
            (r"^[]a]$", "]", true),
            (r"^[\w.-]+$", "a_b-c.d", true),
            (r"^[+--]$", ",", true),
            (r"^a{,2}$", "a{,2}", true),
            (r"^{$", "{", true),
            (r"^[[:alpha:]]+$", "ab", true),
            (r"^\p{Lu}\P{Lu}$", "Éé", true),
            (r"^\pL\p{^L}$", "é1", true),
            (r"^\Qa.b\E+$", "a.bb", true),
            (r"^\Qa.b\E+$", "axb", false),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\x41\x{e9}\052$", "Aé*", true),
            (r"(?i)^ÀB$", "àb", true),
            (r"(?s:a.b)", "a\nb", true),
            (r"^(?P<x>a)(?P<x>b)(?<y>c)$", "abc", true),
            (r"a|", "", true),
            (r"^\_$", "_", true),
            (r"^a{2}{", "aa{", true),
        ];
        for (pattern, text, expected) in cases {
            let found = compile(pattern).unwrap_or_else(|why| panic!("{pattern}: {why:?}"));
            assert_eq!(found.regex.is_match(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn refusals_read_as_go_words_them() {
        let cases = [
            ("a[bc", "missing closing ]: `[bc`"),
            ("[]", "missing closing ]: `[]`"),
            ("(a", "missing closing ): `(a`"),
            ("a)", "unexpected ): `a)`"),
            ("a|*b", "missing argument to repetition operator: `*`"),
            ("+?", "missing argument to repetition operator: `+?`"),
            ("a+*", "invalid nested repetition operator: `+*`"),
            ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{3,2}", "invalid repeat count: `{3,2}`"),
            ("a{99999999999}", "invalid repeat count: `{99999999999}`"),
            (r"\2", r"invalid escape sequence: `\2`"),
            (r"a\y", r"invalid escape sequence: `\y`"),
            (r"\x4", r"invalid escape sequence: `\x4`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?<!a)", "invalid named capture: `(?<!a)`"),
            ("(?P<a-b>c)", "invalid named capture: `(?P<a-b>`"),
            ("[b-a]", "invalid character class range: `b-a`"),
            ("[[:no:]]", "invalid character class range: `[:no:]`"),
            (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
        ];
        for (pattern, expected) in cases {
            assert_eq!(compile(pattern).err(), Some(Refusal::Syntax(expected.to_owned())), "{pattern}");
        }
    }

    #[test]
    fn group_names_may_repeat() {
        let found = compile("(a)(?P<n>b)(?:c)(?P<n>d)").unwrap();
        assert_eq!(found.names, [None, Some("n".to_owned()), Some("n".to_owned())]);
    }
}
