//! Versions and ranges of versions in the grammar of Masterminds/semver, which Helm uses in charts and templates.

use std::any::Any as StdAny;
use std::cmp::Ordering;
use std::rc::Rc;

use semver::{BuildMetadata, Prerelease, Version};

use super::Param::{self, Str};
use super::args::text;
use super::{CallError, Context, Function};
use crate::template::HelmVersion;
use crate::template::value::{Data, Object, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("semver", &[Str], |cx, args| {
        let original = text(args, 0);
        let version = parse_version(original).map_err(|error| said(cx, error))?;
        Ok(VersionObject { version, original: original.into(), pointer: true }.into_value())
    }),
    Function::new("semverCompare", &[Str, Str], |cx, args| {
        let constraint = Constraint::parse(text(args, 0))?;
        let version = parse_version(text(args, 1)).map_err(|error| said(cx, error))?;
        Ok(Value::bool(constraint.matches(&version)))
    }),
];

const INVALID: &str = "Invalid Semantic Version";
const LEADING_ZERO: &str = "Version segment starts with 0";

/// The library's words since 3.4, which Helm 4 has.
fn said(cx: &dyn Context, error: String) -> CallError {
    match cx.version() {
        HelmVersion::V4 if error == INVALID => "invalid semantic version".into(),
        HelmVersion::V4 if error == LEADING_ZERO => "version segment starts with 0".into(),
        _ => error.into(),
    }
}

/// A version as Masterminds' `NewVersion` reads it: a leading `v` is allowed, the minor and the patch may be missing.
///
/// The error is Helm 3's text.
pub fn parse_version(text: &str) -> Result<Version, String> {
    let (numbers, pre, build) = segments(text).ok_or(INVALID)?;
    let mut parsed = [0u64; 3];
    for (number, place) in numbers.iter().zip(&mut parsed) {
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(INVALID.to_owned());
        }
        *place = number.parse().map_err(|_| format!("Error parsing version segment: {number}"))?;
    }
    let leading_zero = |part: &str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit());
    if pre.split('.').any(leading_zero) {
        return Err(LEADING_ZERO.to_owned());
    }
    Ok(Version {
        major: parsed[0],
        minor: parsed[1],
        patch: parsed[2],
        pre: Prerelease::new(pre).map_err(|_| INVALID)?,
        build: BuildMetadata::new(build).map_err(|_| INVALID)?,
    })
}

/// One to three dotted numbers or wild cards, the pre-release and the metadata; `None` where the text is no version.
fn segments(text: &str) -> Option<(Vec<&str>, &str, &str)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = match text.split_once('+') {
        Some((text, build)) => (text, Some(build)),
        None => (text, None),
    };
    let (text, pre) = match text.split_once('-') {
        Some((text, pre)) => (text, Some(pre)),
        None => (text, None),
    };
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b == b'-' || b.is_ascii_alphanumeric());
    let numbers: Vec<&str> = text.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b"xX*|".contains(&b));
    let fits = numbers.len() <= 3
        && numbers.iter().all(number)
        && pre.is_none_or(|pre| pre.split('.').all(word))
        && build.is_none_or(|build| build.split('.').all(word));
    fits.then_some((numbers, pre.unwrap_or_default(), build.unwrap_or_default()))
}

/// A range of versions: alternatives (`||`) of comparisons that all hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Constraint {
    alternatives: Vec<Vec<Comparison>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Comparison {
    operator: Operator,
    version: Version,
    wild: Wild,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Tilde,
    Caret,
}

/// The first segment that is left open, by `x`, `*` or by not being there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wild {
    None,
    Major,
    Minor,
    Patch,
}

impl Constraint {
    /// Reads a range such as `>=1.20-0 <2 || 3.x`. The error is Masterminds' text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = hyphens_rewritten(text);
        let alternatives = text.split("||").map(alternative).collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// A version with a pre-release only matches comparisons that name one.
    pub fn matches(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|all| all.iter().all(|comparison| comparison.matches(version)))
    }
}

/// `1.2 - 1.4` as `>=1.2 <=1.4`.
fn hyphens_rewritten(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if !words.contains(&"-") {
        return text.to_owned();
    }
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let low = words[at];
        match words.get(at + 1..at + 3) {
            Some(["-", high]) if segments(low).is_some() && segments(high).is_some() => {
                out.push(format!(">={low},<={high}"));
                at += 3;
            }
            _ => {
                out.push(low.to_owned());
                at += 1;
            }
        }
    }
    out.join(" ")
}

/// Comparisons joined by blanks or commas.
fn alternative(text: &str) -> Result<Vec<Comparison>, String> {
    let improper = || format!("improper constraint: {text}");
    let mut comparisons = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let operator = rest.len() - rest.trim_start_matches(['=', '!', '>', '<', '~', '^']).len();
        let (operator, after) = rest.split_at(operator);
        let after = after.trim_start();
        let end = after.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(after.len());
        let (version, after) = after.split_at(end);
        let parts = segments(version).ok_or_else(improper)?;
        comparisons.push(Comparison { operator: operator_of(operator).ok_or_else(improper)?, ..comparison(parts)? });
        let after = after.trim_start();
        if after.is_empty() {
            return Ok(comparisons);
        }
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
}

fn operator_of(text: &str) -> Option<Operator> {
    Some(match text {
        "" | "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        ">=" | "=>" => Operator::GreaterEqual,
        "<" => Operator::Less,
        "<=" | "=<" => Operator::LessEqual,
        "~" | "~>" => Operator::Tilde,
        "^" => Operator::Caret,
        _ => return None,
    })
}

fn comparison((numbers, pre, _): (Vec<&str>, &str, &str)) -> Result<Comparison, String> {
    let open = |at: usize| numbers.get(at).is_none_or(|number| matches!(*number, "x" | "X" | "*"));
    let (wild, kept) = match (open(0), open(1), open(2)) {
        (true, ..) => (Wild::Major, 0),
        (_, true, _) => (Wild::Minor, 1),
        (.., true) => (Wild::Patch, 2),
        _ => (Wild::None, 3),
    };
    let number = |at: usize| if at < kept { numbers[at] } else { "0" };
    let dash = if pre.is_empty() { "" } else { "-" };
    let text = format!("{}.{}.{}{dash}{pre}", number(0), number(1), number(2));
    let version = parse_version(&text).map_err(|_| "constraint Parser Error")?;
    Ok(Comparison { operator: Operator::Equal, version, wild })
}

impl Comparison {
    fn matches(&self, version: &Version) -> bool {
        let (own, wild) = (&self.version, self.wild);
        let order = version.cmp_precedence(own);
        let exact = wild == Wild::None;
        if !version.pre.is_empty() && own.pre.is_empty() && (self.operator != Operator::NotEqual || !exact) {
            return false;
        }
        match self.operator {
            Operator::Equal if exact => order == Ordering::Equal,
            Operator::Equal | Operator::Tilde => self.in_tilde(version),
            Operator::NotEqual => match wild {
                Wild::Minor => version.major != own.major,
                Wild::Patch => version.major != own.major || version.minor != own.minor || version.pre != own.pre,
                Wild::None | Wild::Major => order != Ordering::Equal,
            },
            Operator::Greater => match wild {
                Wild::Minor => version.major > own.major,
                Wild::Patch => (version.major, version.minor) > (own.major, own.minor),
                Wild::None | Wild::Major => order == Ordering::Greater,
            },
            Operator::GreaterEqual => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::LessEqual => match wild {
                Wild::None => order != Ordering::Greater,
                Wild::Minor => version.major <= own.major,
                Wild::Major | Wild::Patch => (version.major, version.minor) <= (own.major, own.minor),
            },
            Operator::Caret => self.in_caret(version),
        }
    }

    /// Up to the next minor; up to the next major where the minor is open; anything where all is open.
    fn in_tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        let zero = (own.major, own.minor, own.patch) == (0, 0, 0);
        if version.cmp_precedence(own) == Ordering::Less {
            return false;
        }
        (zero && matches!(self.wild, Wild::None | Wild::Major))
            || (version.major == own.major && (version.minor == own.minor || self.wild == Wild::Minor))
    }

    /// Up to the next change of the leftmost number that is not 0.
    fn in_caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.cmp_precedence(own) == Ordering::Less || version.major != own.major {
            return false;
        }
        if own.major > 0 || self.wild == Wild::Minor {
            return true;
        }
        if own.minor > 0 || self.wild == Wild::Patch {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }
}

/// What `semver` gives to templates.
#[derive(Clone, Debug)]
struct VersionObject {
    version: Version,
    original: Rc<str>,
    /// `IncMajor` and its like give the struct itself.
    pointer: bool,
}

impl VersionObject {
    fn into_value(self) -> Value {
        Data::Object(Rc::new(self)).into()
    }

    fn next(&self, change: impl FnOnce(&mut Version)) -> Value {
        let mut version = self.version.clone();
        change(&mut version);
        let v = if self.original.starts_with('v') { "v" } else { "" };
        let original = format!("{v}{version}").into();
        Self { version, original, pointer: false }.into_value()
    }

    fn order(&self, args: &[Value]) -> Ordering {
        let other = match args {
            [Value { data: Data::Object(other), .. }] => other.as_any().downcast_ref::<Self>(),
            _ => None,
        };
        other.map_or(Ordering::Equal, |other| self.version.cmp_precedence(&other.version))
    }
}

/// Methods that a pointer alone has.
const OF_POINTERS: [&str; 7] =
    ["Original", "Compare", "Equal", "LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual"];

impl Object for VersionObject {
    fn type_name(&self) -> &'static str {
        if self.pointer { "*semver.Version" } else { "semver.Version" }
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let version = &self.version;
        let number = |number: u64| Value::int64(number as i64);
        let compared = |holds: fn(Ordering) -> bool| Value::bool(holds(self.order(args)));
        if !self.pointer && OF_POINTERS.contains(&name) {
            return None;
        }
        Some(Ok(match name {
            "Major" => number(version.major),
            "Minor" => number(version.minor),
            "Patch" => number(version.patch),
            "Prerelease" => Value::str(version.pre.as_str()),
            "Metadata" => Value::str(version.build.as_str()),
            "Original" => Value::str(&*self.original),
            "String" => Value::str(version.to_string()),
            "IncMajor" => self.next(|v| *v = Version::new(v.major.wrapping_add(1), 0, 0)),
            "IncMinor" => self.next(|v| *v = Version::new(v.major, v.minor.wrapping_add(1), 0)),
            // A pre-release comes before the patch that it leads to.
            "IncPatch" => {
                self.next(|v| *v = Version::new(v.major, v.minor, v.patch.wrapping_add(u64::from(v.pre.is_empty()))))
            }
            "MarshalText" => Data::Bytes(version.to_string().into_bytes().into()).into(),
            "SetPrerelease" => {
                let given = Prerelease::new(text(args, 0)).map_err(|_| "Invalid Prerelease string".to_owned());
                return Some(given.map(|pre| self.next(|v| v.pre = pre)));
            }
            "SetMetadata" => {
                let given = BuildMetadata::new(text(args, 0)).map_err(|_| "Invalid Metadata string".to_owned());
                return Some(given.map(|build| self.next(|v| v.build = build)));
            }
            "Compare" => Value::int(self.order(args) as i64),
            "Equal" => compared(Ordering::is_eq),
            "LessThan" => compared(Ordering::is_lt),
            "LessThanEqual" => compared(Ordering::is_le),
            "GreaterThan" => compared(Ordering::is_gt),
            "GreaterThanEqual" => compared(Ordering::is_ge),
            _ => return None,
        }))
    }

    fn params(&self, method: &str) -> Option<&'static [Param]> {
        match method {
            "SetPrerelease" | "SetMetadata" => Some(&[Str]),
            "Compare" | "Equal" | "LessThan" | "LessThanEqual" | "GreaterThan" | "GreaterThanEqual" => {
                Some(&[Param::Version])
            }
            _ => Some(&[]),
        }
    }

    fn display(&self) -> String {
        self.version.to_string()
    }

    fn as_any(&self) -> &dyn StdAny {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{error, strs, value};
    use super::*;

    #[test]
    fn ranges() {
        let cases = [
            ("1.4", "1.4.9", true),
            ("1.4", "1.5.0", false),
            ("=2", "2.7.1", true),
            ("3.1.2", "3.1.2+meta", true),
            (">2.1", "2.1.9", false),
            (">2.1", "2.2.0", true),
            (">=2.1", "2.1.0-rc.1", false),
            (">=2.1-0", "2.1.0-rc.1", true),
            (">= 1.24.0-0", "v1.27.4+k3s1", true),
            ("<=1.4", "1.4.7", true),
            ("<=1.4.x", "1.5.0", false),
            ("<1.5", "1.4.9", true),
            ("!=2.x", "2.3.0", false),
            ("!=2.3.x", "2.4.0", true),
            ("!=1.0.0", "1.0.0-a", true),
            ("~1.4.2", "1.4.9", true),
            ("~1.4.2", "1.5.0", false),
            ("~>1", "1.9.0", true),
            ("~*", "7.0.0", true),
            ("^1.4", "1.9.9", true),
            ("^1.4", "2.0.0", false),
            ("^0.3.1", "0.3.9", true),
            ("^0.3.1", "0.4.0", false),
            ("^0.0.3", "0.0.4", false),
            ("^0.0", "0.0.9", true),
            ("^0", "0.9.0", true),
            ("*", "1.2.3", true),
            ("*", "1.2.3-a", false),
            (">=1.2, <2 || 4.x", "4.4.0", true),
            (">=1.2 <2", "2.0.0", false),
            ("1.2 - 2.3", "2.3.8", true),
            ("1.2 - 2.3.4", "2.3.5", false),
            ("=>1.0,=<2.0", "1.5.0", true),
            (">=1.0.0-alpha.2", "1.0.0-alpha.10", true),
        ];
        for (range, version, expected) in cases {
            let constraint = Constraint::parse(range).unwrap();
            assert_eq!(constraint.matches(&parse_version(version).unwrap()), expected, "{range} on {version}");
        }
    }

    #[test]
    fn what_is_no_range() {
        for range in ["", "abc", "1.2.3.4", ">=", "==1", ">=1<2", "1.0 || oops", "> 1.0 -"] {
            let message = Constraint::parse(range).unwrap_err();
            assert!(message.starts_with("improper constraint: "), "{range}: {message}");
        }
        assert_eq!(Constraint::parse("1x.2").unwrap_err(), "constraint Parser Error");
    }

    #[test]
    fn what_is_no_version() {
        let cases = [
            ("", INVALID),
            ("1.2.3.4", INVALID),
            ("1.x", INVALID),
            ("1.2.3-", INVALID),
            (" 1.2.3", INVALID),
            ("1.2.3-01", "Version segment starts with 0"),
        ];
        for (version, expected) in cases {
            assert_eq!(error("semver", &strs(&[version])), expected, "{version:?}");
        }
    }

    #[test]
    fn versions_answer_methods() {
        let version = value("semver", &strs(&["v1.2.3-rc.1+b7"]));
        let Data::Object(version) = version.data else { panic!() };
        let show = |object: &dyn Object, name: &str, args: &[Value]| {
            crate::template::fmt::display(&object.method(name, args).unwrap().unwrap())
        };
        assert_eq!(version.display(), "1.2.3-rc.1+b7");
        for (name, expected) in [
            ("Major", "1"),
            ("Prerelease", "rc.1"),
            ("Metadata", "b7"),
            ("Original", "v1.2.3-rc.1+b7"),
            ("IncPatch", "1.2.3"),
            ("IncMinor", "1.3.0"),
        ] {
            assert_eq!(show(&*version, name, &[]), expected, "{name}");
        }
        let other = value("semver", &strs(&["1.2.3"]));
        assert_eq!(show(&*version, "Compare", std::slice::from_ref(&other)), "-1");
        assert_eq!(show(&*version, "LessThan", &[other]), "true");
        assert_eq!(version.params("Compare"), Some(&[Param::Version][..]));
        assert!(version.method("Nope", &[]).is_none());
    }
}
