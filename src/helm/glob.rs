//! File name patterns, in the two dialects Helm has.

use regex::Regex;

/// A pattern of Go's `filepath.Match`. Charts have dozens of them, so that compiling must cost nothing.
pub(super) struct PathGlob(Vec<Step>);

enum Step {
    /// `*`: anything but `/`.
    Any,
    /// `?`: one character but `/`.
    One,
    Char(char),
    /// `[a-z]`, `[^a]`: whether it is turned round, and its ranges.
    Class(bool, Vec<(char, char)>),
}

impl PathGlob {
    /// `*` and `?` stay within a segment, `[a-z]`, `[^a]`, `\x`. `None` for a bad pattern.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            steps.push(match c {
                '*' => Step::Any,
                '?' => Step::One,
                '\\' => Step::Char(chars.next()?),
                '[' => {
                    let negated = chars.next_if_eq(&'^').is_some();
                    let mut ranges = Vec::new();
                    loop {
                        let low = chars.next()?;
                        if low == ']' {
                            if ranges.is_empty() {
                                return None;
                            }
                            break;
                        }
                        let low = class_member(low, &mut chars)?;
                        let high = match chars.next_if_eq(&'-') {
                            Some(_) => {
                                let high = chars.next()?;
                                class_member(high, &mut chars)?
                            }
                            None => low,
                        };
                        ranges.push((low, high));
                    }
                    Step::Class(negated, ranges)
                }
                c => Step::Char(c),
            });
        }
        Some(Self(steps))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let (mut step, mut rest) = (0, text);
        // Behind the last `*`, and where its text ends if it takes one character more.
        let mut retry: Option<(usize, &str)> = None;
        loop {
            if let Some(Step::Any) = self.0.get(step) {
                step += 1;
                retry = Some((step, rest));
                continue;
            }
            let mut chars = rest.chars();
            let fits = match (self.0.get(step), chars.next()) {
                (None, None) => return true,
                (Some(Step::One), Some(c)) => c != '/',
                (Some(Step::Char(wanted)), Some(c)) => c == *wanted,
                (Some(Step::Class(negated, ranges)), Some(c)) => {
                    ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
                }
                _ => false,
            };
            if fits {
                step += 1;
                rest = chars.as_str();
                continue;
            }
            // Nothing that the `*` before this one could take would help.
            let Some((behind, from)) = retry else { return false };
            let mut longer = from.chars();
            if longer.next().is_none_or(|c| c == '/') {
                return false;
            }
            (step, rest) = (behind, longer.as_str());
            retry = Some((behind, rest));
        }
    }
}

/// A compiled pattern of `.Files.Glob`.
pub(super) struct Glob(Regex);

impl Glob {
    /// The patterns of `.Files.Glob` (gobwas/glob with `/`): as above, and `**` across segments, `[!a]`, `{a,b}`.
    /// `None` for a bad pattern.
    pub(super) fn of_files(pattern: &str) -> Option<Self> {
        let mut out = String::from("(?s)^");
        let mut chars = pattern.chars().peekable();
        let mut depth = 0;
        while let Some(c) = chars.next() {
            match c {
                '*' if chars.next_if_eq(&'*').is_some() => out.push_str(".*"),
                '*' => out.push_str("[^/]*"),
                // The library counts bytes here: a longer character is no single one.
                '?' => out.push_str(r"[\x00-.0-\x7F]"),
                '\\' => push_literal(&mut out, chars.next()?),
                '{' => {
                    depth += 1;
                    out.push_str("(?:");
                }
                '}' if depth > 0 => {
                    depth -= 1;
                    out.push(')');
                }
                ',' if depth > 0 => out.push('|'),
                '[' => {
                    out.push('[');
                    if chars.next_if_eq(&'!').is_some() {
                        out.push('^');
                    }
                    let mut members = 0;
                    loop {
                        match chars.next()? {
                            ']' => break,
                            '-' if members > 0 && chars.peek() != Some(&']') => out.push('-'),
                            '\\' => push_literal(&mut out, chars.next()?),
                            c => push_literal(&mut out, c),
                        }
                        members += 1;
                    }
                    if members == 0 {
                        return None;
                    }
                    out.push(']');
                }
                c => push_literal(&mut out, c),
            }
        }
        if depth > 0 {
            return None;
        }
        out.push('$');
        Regex::new(&out).ok().map(Self)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn push_literal(out: &mut String, c: char) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// One end of a range in a class of `filepath.Match`.
fn class_member(c: char, chars: &mut impl Iterator<Item = char>) -> Option<char> {
    match c {
        '\\' => chars.next(),
        '-' => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (pattern, text, expected) in [
            ("*.md", "a.md", Some(true)),
            ("*.md", "d/a.md", Some(false)),
            ("*a*b", "xaab", Some(true)),
            ("*a*b", "xa/b", Some(false)),
            ("d/*/x*", "d/ab/xy", Some(true)),
            ("a*", "b", Some(false)),
            ("[z-a]", "a", Some(false)),
            ("[a-c]?", "bx", Some(true)),
            ("[^a]", "a", Some(false)),
            (r"\*", "*", Some(true)),
            (".?*", ".x", Some(true)),
            ("[", "x", None),
            ("[]a]", "x", None),
            ("a\\", "a", None),
            ("", "", Some(true)),
        ] {
            assert_eq!(PathGlob::new(pattern).map(|glob| glob.matches(text)), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn files() {
        for (pattern, text, expected) in [
            ("cfg/*", "cfg/a", Some(true)),
            ("cfg/*", "cfg/a/b", Some(false)),
            ("cfg/**", "cfg/a/b", Some(true)),
            ("**.txt", "a/b.txt", Some(true)),
            ("cfg/{a,b}.*", "cfg/b.json", Some(true)),
            ("cfg/[!a]*", "cfg/a.txt", Some(false)),
            ("cfg/[a-c].x", "cfg/b.x", Some(true)),
            ("[", "x", None),
            ("{a", "a", None),
            ("?.x", "b.x", Some(true)),
            ("?.x", "é.x", Some(false)),
        ] {
            assert_eq!(Glob::of_files(pattern).map(|glob| glob.matches(text)), expected, "{pattern} on {text}");
        }
    }
}
