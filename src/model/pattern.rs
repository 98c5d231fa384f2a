//! How KubeBlocks matches names: by the whole name, by prefix, by regular expression, by version (v1 spec §2.0).
//!
//! Nothing else knows. A [`Pattern`] is the text of one field, read in the [`Mode`] of that field.

use std::sync::Arc;

use semver::Version;

use crate::template::re2::{self, Refusal};

/// How the text of a field is compared with names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mode {
    /// The whole name.
    Exact,
    /// A prefix, or else a regular expression that is found anywhere in the name. A plain text is never an expression;
    /// an empty one matches everything.
    PrefixOrRegex,
    /// The whole name, or else a regular expression that is found anywhere in the name.
    ExactOrRegex,
    /// As [`Mode::PrefixOrRegex`], unless some object has exactly this name: then only that.
    ExactFirst,
}

impl Mode {
    /// Of things that match, those that count: [`Mode::ExactFirst`] is content with a whole name.
    pub fn prefer<T>(self, text: &str, found: &mut Vec<T>, name: impl Fn(&T) -> &str) {
        if self == Self::ExactFirst && found.iter().any(|thing| name(thing) == text) {
            found.retain(|thing| name(thing) == text);
        }
    }
}

/// The text of a field, ready to be compared with names.
pub struct Pattern<'t> {
    text: &'t str,
    mode: Mode,
    expression: Expression,
}

enum Expression {
    /// No expression at all.
    No,
    /// One of literal characters and dots alone, perhaps behind a `^`: that of a name with a version, whose dots are any
    /// characters. Most are like this, and a compiled one takes more room than its chart.
    Dots,
    Regex(Result<Arc<re2::Pattern>, Refusal>),
}

/// What Go's `regexp.QuoteMeta` puts a backslash before; `-` is not among them, `.` is.
const META: &[char] = &['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];

impl<'t> Pattern<'t> {
    pub fn new(mode: Mode, text: &'t str) -> Self {
        let expression = match text {
            _ if mode == Mode::Exact || !text.contains(META) => Expression::No,
            _ if is_dotted(text.strip_prefix('^').unwrap_or(text)) => Expression::Dots,
            _ => Expression::Regex(re2::compile(text)),
        };
        Self { text, mode, expression }
    }

    /// Whether the name is one that the pattern takes. (See also [`Mode::prefer`].)
    pub fn matches(&self, name: &str) -> bool {
        let first = match self.mode {
            Mode::Exact | Mode::ExactOrRegex => name == self.text,
            Mode::PrefixOrRegex | Mode::ExactFirst => name.starts_with(self.text),
        };
        first
            || match &self.expression {
                Expression::No | Expression::Regex(Err(_)) => false,
                Expression::Dots => has_dotted(name, self.text),
                Expression::Regex(Ok(pattern)) => pattern.regex.is_match(name),
            }
    }

    /// The only name that it takes.
    pub fn whole(&self) -> Option<&'t str> {
        (self.mode == Mode::Exact).then_some(self.text)
    }

    /// The field takes expressions, and this text is one: no plain name, even if only by a dot.
    pub fn is_regex(&self) -> bool {
        !matches!(self.expression, Expression::No)
    }

    /// Why Go refuses the expression, in Go's words. The text then only works as a name or a prefix.
    pub fn fault(&self) -> Option<&str> {
        match &self.expression {
            Expression::Regex(Err(Refusal::Syntax(words))) => Some(words),
            _ => None,
        }
    }

    /// Go may read more into the expression than this program can: what it matches is not known.
    pub fn is_unsure(&self) -> bool {
        matches!(&self.expression, Expression::Regex(Err(Refusal::Unsupported)))
    }

    /// The text before the first character that is no literal one, without a leading `^`.
    pub fn literal_beginning(&self) -> String {
        literal_beginning(self.text)
    }
}

/// Letters of ASCII, digits, `-`, and dots.
fn is_dotted(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}

/// Somewhere in `name` stands `text`, each dot of which is any character but a line break; behind a `^`, it stands at the
/// beginning.
fn has_dotted(name: &str, text: &str) -> bool {
    let begins = |mut rest: std::str::Chars<'_>, text: &str| {
        text.chars().all(|c| rest.next().is_some_and(|found| found == c || c == '.' && found != '\n'))
    };
    match text.strip_prefix('^') {
        Some(text) => begins(name.chars(), text),
        None => name.char_indices().any(|(at, _)| begins(name[at..].chars(), text)),
    }
}

/// What a name must have for a pattern to take it: enough to pass over most patterns without reading them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Need {
    /// It is the name.
    Whole(String),
    /// The name begins with it.
    Beginning(String),
    /// It stands somewhere in the name.
    Part(String),
}

impl Need {
    pub fn of(mode: Mode, text: &str) -> Self {
        let is_regex = text.contains(META);
        match mode {
            Mode::Exact => Self::Whole(text.to_owned()),
            Mode::ExactOrRegex if !is_regex => Self::Whole(text.to_owned()),
            _ if !is_regex => Self::Beginning(text.to_owned()),
            // No name has the `^` itself.
            _ if text.starts_with('^') && !has_choice(text) => Self::Beginning(literal(text, false)),
            _ if has_choice(text) => Self::Part(String::new()),
            _ => Self::Part(literal(text, false)),
        }
    }

    pub fn is_met(&self, name: &str) -> bool {
        match self {
            Self::Whole(text) => name == text,
            Self::Beginning(text) => name.starts_with(&**text),
            Self::Part(text) => name.contains(&**text),
        }
    }
}

/// The whole of an expression is a choice: a `|` stands outside of all groups.
fn has_choice(pattern: &str) -> bool {
    let (mut depth, mut class) = (0, false);
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => _ = rest.next(),
            _ if class => class = c != ']',
            '[' => class = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth <= 0 => return true,
            _ => {}
        }
    }
    false
}

/// The text of a pattern up to the first thing that is no literal character, without a leading `^`. A lone `.` is taken
/// for a dot, because authors mean one.
pub fn literal_beginning(pattern: &str) -> String {
    literal(pattern, true)
}

/// As [`literal_beginning`]; `dots` takes a lone `.` for a dot.
fn literal(pattern: &str, dots: bool) -> String {
    let mut literal = String::new();
    let mut rest = pattern.strip_prefix('^').unwrap_or(pattern).chars().peekable();
    while let Some(c) = rest.next() {
        let c = match c {
            '\\' => match rest.next() {
                Some(escaped) if !escaped.is_alphanumeric() => escaped,
                _ => return literal,
            },
            '.' if dots => c,
            c if META.contains(&c) => return literal,
            c => c,
        };
        match rest.peek() {
            // What may be there never, once or often is not the text's beginning.
            Some('*' | '?' | '{') => return literal,
            Some('+') if c == '.' => return literal,
            _ => literal.push(c),
        }
    }
    literal
}

/// The pattern, with its lone dots as dots.
pub fn quote_dots(pattern: &str) -> String {
    let mut quoted = String::new();
    let mut rest = pattern.chars().peekable();
    let mut class = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' => quoted.extend([Some(c), rest.next()].into_iter().flatten()),
            '.' if !class && !matches!(rest.peek(), Some('*' | '+' | '?' | '{')) => quoted.push_str("\\."),
            _ => {
                class = c == '[' || (class && c != ']');
                quoted.push(c);
            }
        }
    }
    quoted
}

/// Names as they would be written in the place of a pattern: one that is tied to the beginning stays so.
pub fn as_written<'n>(pattern: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let caret = if pattern.starts_with('^') { "^" } else { "" };
    names.into_iter().map(|name| format!("{caret}{name}")).collect()
}

/// The family of a name or a pattern: its literal beginning without the version. `mysql-8.0-1.2.0` → `mysql`,
/// `^redis-sentinel-\d` → `redis-sentinel`, `.*` → nothing.
pub fn family(pattern: &str) -> String {
    let literal = literal_beginning(pattern);
    let segments = literal.split(['-', '.']).take_while(|segment| !segment.starts_with(|c: char| c.is_ascii_digit()));
    let segments: Vec<&str> = segments.filter(|segment| !segment.is_empty()).collect();
    segments.join("-")
}

/// A version that Kubernetes' own parser takes: three numbers, perhaps with a `v` before and a pre-release behind.
pub fn version(text: &str) -> Option<Version> {
    Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

/// A component that asks for service version `required` is content with `provided`: the three numbers are equal, and the
/// pre-release too, if one is asked for.
pub fn same_version(required: &str, provided: &str) -> bool {
    match (version(required), version(provided)) {
        (Some(a), Some(b)) => {
            (a.major, a.minor, a.patch) == (b.major, b.minor, b.patch) && (a.pre.is_empty() || a.pre == b.pre)
        }
        _ => required == provided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_modes() {
        let rows = [
            (Mode::Exact, "tidedb", "tidedb", true),
            (Mode::Exact, "tidedb", "tidedb-1", false),
            (Mode::Exact, "tide.b", "tidedb", false),
            (Mode::PrefixOrRegex, "tidedb", "tidedb-proxy-1.0", true),
            (Mode::PrefixOrRegex, "db-1", "tidedb-1", false),
            // The dot makes an expression of it, and expressions are not anchored.
            (Mode::PrefixOrRegex, "db-1.0", "tidedb-1.0-x", true),
            (Mode::PrefixOrRegex, "db-1.0", "tidedb-1x0", true),
            (Mode::PrefixOrRegex, "db-1.0", "tidedb-1é0", true),
            (Mode::PrefixOrRegex, "db-1.0", "tidedb-1.", false),
            (Mode::PrefixOrRegex, "db-1.0", "tidedb-1\n0", false),
            (Mode::PrefixOrRegex, r"^tidedb-\d+$", "tidedb-12", true),
            (Mode::PrefixOrRegex, r"^tidedb-\d+$", "tidedb-12-1", false),
            (Mode::PrefixOrRegex, "", "anything", true),
            // An expression that Go refuses is a prefix at most.
            (Mode::PrefixOrRegex, "tide(", "tide(db", true),
            (Mode::PrefixOrRegex, "tide(", "tidedb", false),
            (Mode::ExactOrRegex, "tidedb", "tidedb", true),
            (Mode::ExactOrRegex, "tidedb", "tidedb-1", false),
            (Mode::ExactOrRegex, "^tidedb", "tidedb-1", true),
            (Mode::PrefixOrRegex, "^tidedb-1.0", "tidedb-1x0-1", true),
            (Mode::PrefixOrRegex, "^db-1.0", "tidedb-1.0", false),
            (Mode::PrefixOrRegex, "^", "", true),
            (Mode::ExactFirst, "tidedb", "tidedb-1", true),
        ];
        for (mode, text, name, expected) in rows {
            assert_eq!(Pattern::new(mode, text).matches(name), expected, "{mode:?} {text} {name}");
        }
        let chosen = |mode: Mode, names: &[&'static str]| {
            let mut names = names.to_vec();
            mode.prefer("tidedb", &mut names, |name| name);
            names.join(" ")
        };
        assert_eq!(chosen(Mode::ExactFirst, &["tidedb", "tidedb-1"]), "tidedb");
        assert_eq!(chosen(Mode::ExactFirst, &["tidedb-2", "tidedb-1"]), "tidedb-2 tidedb-1");
        assert_eq!(chosen(Mode::PrefixOrRegex, &["tidedb", "tidedb-1"]), "tidedb tidedb-1");
    }

    #[test]
    fn what_is_taken_has_what_is_needed() {
        let texts = [
            "tidedb",
            "",
            "tide.db",
            "^tidedb",
            r"^tidedb-\d+$",
            "^tide|^mira",
            "^(tide|mira)db",
            "db|x",
            "tidedb*-1",
            "^tidedb*",
            "^tidedb?-1",
            "[|]tide",
            r"tide\|db",
            "^tidedb{2}",
            "tidedb+",
            r"\Qtide\Edb",
            "(?i)TIDE",
            "^^tide",
            "tide(",
            "^tide.*db$",
            "tide-[0-9]+",
            "]|tide",
            "^tide]|x",
            "[]|x]tide",
        ];
        let names = [
            "tidedb", "tidedb-1", "miradb", "tide-db", "tid-1", "tidedbb", "x", "TIDEDB", "tide|db", "tidexdb", "|tide",
        ];
        for (mode, text) in [Mode::Exact, Mode::PrefixOrRegex, Mode::ExactOrRegex, Mode::ExactFirst]
            .into_iter()
            .flat_map(|mode| texts.map(|text| (mode, text)))
        {
            let (need, pattern) = (Need::of(mode, text), Pattern::new(mode, text));
            for name in names.into_iter().filter(|name| pattern.matches(name)) {
                assert!(need.is_met(name), "{mode:?} {text} {name} {need:?}");
            }
        }
        assert_eq!(Need::of(Mode::PrefixOrRegex, r"^tidedb-\d+$"), Need::Beginning("tidedb-".into()));
        assert_eq!(Need::of(Mode::PrefixOrRegex, "tidedb-8.0"), Need::Part("tidedb-8".into()));
    }

    #[test]
    fn faults_are_gos() {
        let fault = |text: &'static str| Pattern::new(Mode::PrefixOrRegex, text).fault().map(str::to_owned);
        assert_eq!(fault("tidedb-8.0"), None);
        assert_eq!(fault("^tidedb-(?!proxy)").as_deref(), Some("invalid or unsupported Perl syntax: `(?!`"));
        assert_eq!(fault("tidedb-(8").as_deref(), Some("missing closing ): `tidedb-(8`"));
    }

    #[test]
    fn families() {
        for (name, expected) in [
            ("mysql-8.0-1.2.0", "mysql"),
            ("tidedb-1.4.2", "tidedb"),
            ("redis-sentinel", "redis-sentinel"),
            ("8.0", ""),
            ("ac-mysql-8.0.30", "ac-mysql"),
            (r"^redis-sentinel-\d", "redis-sentinel"),
            (r"postgresql-\d+", "postgresql"),
            (r"^tide\.db$", "tide-db"),
            (".*", ""),
            ("^tidedb.*", "tidedb"),
            ("^(a|b)-", ""),
            ("tidedb-1[.]2[.]0", "tidedb"),
            ("", ""),
        ] {
            assert_eq!(family(name), expected, "{name}");
        }
    }

    #[test]
    fn quoted() {
        assert_eq!(quote_dots(r"tidedb-8.0[.]1\.2.*-\d+.x"), r"tidedb-8\.0[.]1\.2.*-\d+\.x");
    }

    #[test]
    fn versions() {
        for (required, provided, expected) in [
            ("8.0.30", "8.0.30", true),
            ("8.0.30", "8.0.30-alpha.1", true),
            ("8.0.30-alpha.1", "8.0.30", false),
            ("8.0.30", "v8.0.30+build", true),
            ("8.0.30", "8.0.31", false),
            ("latest", "latest", true),
            ("8.0", "8.0.0", false),
        ] {
            assert_eq!(same_version(required, provided), expected, "{required} {provided}");
        }
    }
}
