//! KubeBlocks releases, and sets of them: what a chart promises to work on.

use std::fmt;

use semver::Version;

use crate::template::funcs::semver::Constraint;

/// A release line. Only lines whose schemas we have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Release {
    V0_5,
    V0_6,
    V0_7,
    V0_8,
    V0_9,
    V1_0,
    V1_1,
    /// Upstream's `main`.
    V1_2,
}

impl Release {
    pub const ALL: [Self; 8] =
        [Self::V0_5, Self::V0_6, Self::V0_7, Self::V0_8, Self::V0_9, Self::V1_0, Self::V1_1, Self::V1_2];

    /// `1.0`, as the folder of its schemas is called.
    pub fn name(self) -> &'static str {
        ["0.5", "0.6", "0.7", "0.8", "0.9", "1.0", "1.1", "1.2"][self as usize]
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|release| release.name() == name)
    }

    /// The final versions of the line. 1.0 ended with its second patch: `>1.0.2` means 1.1.
    fn versions(self) -> impl Iterator<Item = Version> {
        let (major, minor) = if self < Self::V1_0 { (0, 5 + self as u64) } else { (1, self as u64 - 5) };
        let patches = if self == Self::V1_0 { 2 } else { 9 };
        (0..=patches).map(move |patch| Version::new(major, minor, patch))
    }
}

/// A set of releases.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseSet(u8);

impl ReleaseSet {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(u8::MAX);

    /// The lines of which some version lies in a range of versions (`>=1.0.0`, Masterminds' grammar). Pre-releases in
    /// the range are read as their final versions: `>=1.1.0-beta.3` is said of what became 1.1.
    ///
    /// # Errors
    /// Masterminds' words, for what is no range.
    pub fn in_range(range: &str) -> Result<Self, String> {
        let range = Constraint::parse(&without_pre_releases(range))?;
        let matches = |release: &Release| release.versions().any(|version| range.matches(&version));
        Ok(Release::ALL.into_iter().filter(matches).collect())
    }

    pub fn contains(self, release: Release) -> bool {
        self.0 & (1 << release as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of `self` that `other` has not.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Oldest first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Release> {
        Release::ALL.into_iter().filter(move |release| self.contains(*release))
    }

    pub fn first(self) -> Option<Release> {
        self.iter().next()
    }

    pub fn last(self) -> Option<Release> {
        self.iter().next_back()
    }
}

impl FromIterator<Release> for ReleaseSet {
    fn from_iter<I: IntoIterator<Item = Release>>(releases: I) -> Self {
        releases.into_iter().fold(Self::NONE, |set, release| set.or(release.into()))
    }
}

impl From<Release> for ReleaseSet {
    fn from(release: Release) -> Self {
        Self(1 << release as u8)
    }
}

/// `1.0`, `1.0 and 1.1`, `0.7 to 0.9`, `0.6, 0.7 and 1.0`.
impl fmt::Display for ReleaseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Release::name).collect();
        let (Some(first), Some(last)) = (self.first(), self.last()) else { return f.write_str("no release") };
        match names.as_slice() {
            [one] => f.write_str(one),
            [one, other] => write!(f, "{one} and {other}"),
            _ if last as usize - first as usize + 1 == names.len() => write!(f, "{} to {}", first.name(), last.name()),
            [head @ .., tail] => write!(f, "{} and {tail}", head.join(", ")),
            [] => Ok(()),
        }
    }
}

impl fmt::Debug for ReleaseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

/// `>=1.1.0-beta.3 <2` as `>=1.1.0 <2`. A hyphen between blanks joins the ends of a range and stays.
fn without_pre_releases(range: &str) -> String {
    let mut out = String::new();
    let mut dropping = false;
    let mut before = ' ';
    for c in range.chars() {
        dropping = match c {
            '-' => dropping || before.is_alphanumeric() || before == '*',
            _ => dropping && (c.is_alphanumeric() || c == '.'),
        };
        if !dropping {
            out.push(c);
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, expected) in [
            (">=0.7.0", "0.7 to 1.2"),
            (">=0.7.0-0", "0.7 to 1.2"),
            (">=0.8.2", "0.8 to 1.2"),
            (">=1.0.0", "1.0 to 1.2"),
            (">1.0.2", "1.1 and 1.2"),
            (">=1.0.2", "1.0 to 1.2"),
            (">=1.1.0-beta.3", "1.1 and 1.2"),
            ("<=1.1.0-alpha.1, >=1.0.0-beta.2", "1.0 and 1.1"),
            ("0.7.0 - 0.9.0", "0.7 to 0.9"),
            ("~0.9.0", "0.9"),
            ("^1.0.0", "1.0 to 1.2"),
            (">=0.6.0 <0.7.0 || 1.1.x", "0.6 and 1.1"),
            ("0.5.x || 0.7.x || 1.0.x", "0.5, 0.7 and 1.0"),
            (">=2.0.0", "no release"),
        ] {
            assert_eq!(ReleaseSet::in_range(range).unwrap().to_string(), expected, "{range}");
        }
        assert!(ReleaseSet::in_range("seven").is_err());
    }
}
