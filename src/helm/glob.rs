//! File name patterns, in the two dialects Helm has.

use regex::Regex;

/// A compiled pattern.
pub(super) struct Glob(Regex);

impl Glob {
    /// Go's `filepath.Match`: `*` and `?` stay within a segment, `[a-z]`, `[^a]`, `\x`. `None` for a bad pattern.
    pub(super) fn of_path(pattern: &str) -> Option<Self> {
        let mut out = String::from("(?s)^");
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => out.push_str("[^/]*"),
                '?' => out.push_str("[^/]"),
                '\\' => push_literal(&mut out, chars.next()?),
                '[' => {
                    out.push('[');
                    if chars.next_if_eq(&'^').is_some() {
                        out.push('^');
                    }
                    let mut first = true;
                    loop {
                        let low = chars.next()?;
                        if low == ']' {
                            if first {
                                return None;
                            }
                            break;
                        }
                        first = false;
                        let low = class_member(low, &mut chars)?;
                        push_literal(&mut out, low);
                        if chars.next_if_eq(&'-').is_some() {
                            let high = chars.next()?;
                            let high = class_member(high, &mut chars)?;
                            if high < low {
                                // An empty range matches nothing; the regex crate would refuse it.
                                continue;
                            }
                            out.push('-');
                            push_literal(&mut out, high);
                        }
                    }
                    out.push(']');
                }
                c => push_literal(&mut out, c),
            }
        }
        out.push('$');
        Regex::new(&out).ok().map(Self)
    }

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
            ("[a-c]?", "bx", Some(true)),
            ("[^a]", "a", Some(false)),
            (r"\*", "*", Some(true)),
            (".?*", ".x", Some(true)),
            ("[", "x", None),
            ("[]a]", "x", None),
            ("a\\", "a", None),
            ("", "", Some(true)),
        ] {
            assert_eq!(Glob::of_path(pattern).map(|glob| glob.matches(text)), expected, "{pattern} on {text}");
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
