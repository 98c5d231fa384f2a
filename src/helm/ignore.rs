//! `.helmignore`: which files of a chart's folder are no part of the chart (spec §9).

use super::glob::PathGlob;

/// The rules of one `.helmignore`, with Helm's own.
pub(super) struct Rules {
    patterns: Vec<Pattern>,
}

struct Pattern {
    /// `None` matches nothing.
    glob: Option<PathGlob>,
    /// `!`: ignores what does *not* match.
    negated: bool,
    /// Trailing `/`: folders only.
    folders: bool,
    /// A `/` inside or in front: the whole path is matched, otherwise the name.
    path: bool,
}

impl Default for Rules {
    fn default() -> Self {
        // Files whose names start with a dot are no templates.
        let hidden = Pattern { glob: PathGlob::new("templates/.?*"), negated: false, folders: false, path: true };
        Self { patterns: vec![hidden] }
    }
}

impl Rules {
    /// Reads the text of a `.helmignore`.
    ///
    /// # Errors
    /// Helm's words and the number of the line (from 0), which make Helm refuse the chart.
    pub(super) fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut patterns = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.contains("**") {
                return Err((number, "double-star (**) syntax is not supported"));
            }
            if PathGlob::new(line).is_none() {
                return Err((number, "syntax error in pattern"));
            }
            let (negated, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
            let (folders, line) = line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
            let path = line.contains('/');
            let line = line.strip_prefix('/').unwrap_or(line);
            let glob = if line.is_empty() { None } else { PathGlob::new(line) };
            patterns.push(Pattern { glob, negated, folders, path });
        }
        patterns.extend(Self::default().patterns);
        Ok(Self { patterns })
    }

    /// Whether the file or folder at `path` (from the chart's root) is left out.
    pub(super) fn ignores(&self, path: &str, folder: bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.patterns.iter().any(|pattern| {
            let matches =
                pattern.glob.as_ref().is_some_and(|glob| glob.matches(if pattern.path { path } else { name }));
            if pattern.negated {
                if pattern.folders && !folder {
                    return true;
                }
                return !matches;
            }
            (folder || !pattern.folders) && matches
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out() {
        for (text, path, folder, ignored) in [
            ("*.md", "d/a.md", false, true),
            ("d/*.txt", "d/a.txt", false, true),
            ("d/*.txt", "d/e/a.txt", false, false),
            ("/a", "a", false, true),
            ("/a", "b/a", false, false),
            ("x/", "x", false, false),
            ("x/", "x", true, true),
            ("!keep", "Chart.yaml", false, true),
            ("!keep", "keep", false, false),
            ("", "templates/.x.yaml", false, true),
            ("", "templates/_x.yaml", false, false),
            ("# *", "x", false, false),
            (r"\#x", "#x", false, true),
        ] {
            let rules = Rules::parse(text).unwrap();
            assert_eq!(rules.ignores(path, folder), ignored, "{text} on {path}");
        }
        assert_eq!(Rules::parse("a\n**/x").err(), Some((1, "double-star (**) syntax is not supported")));
        assert_eq!(Rules::parse("[").err(), Some((0, "syntax error in pattern")));
    }
}
