//! A path in a tree, written `spec.runtime.containers[0].name`, and the node at an offset.

use std::fmt;
use std::str::FromStr;

use super::tree::{Kind, NodeId, Tree};

/// Steps from the root of a document to a node.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Path {
    pub steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Step {
    /// To the value of a key. A key that is not a word is written `["helm.sh/hook"]`.
    Key(String),
    /// To an item of a list, from 0.
    Index(usize),
}

impl Step {
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

impl Path {
    /// The path to a node. A key has the path of its value.
    pub fn of(tree: &Tree, id: NodeId) -> Self {
        let mut steps = Vec::new();
        let mut at = id;
        while let Some(parent) = tree.node(at).parent {
            match tree.node(parent).kind {
                Kind::Sequence(items) => {
                    steps.push(Step::Index(items.iter().position(|item| *item == at).unwrap_or_default()));
                }
                Kind::Mapping(entries) => {
                    let entry = entries.iter().find(|(key, value)| *key == at || *value == at);
                    let key = entry.and_then(|(key, _)| tree.scalar(*key)).unwrap_or_default();
                    steps.push(Step::Key(key.to_owned()));
                }
                Kind::Scalar { .. } | Kind::Alias { .. } => {}
            }
            at = parent;
        }
        steps.reverse();
        Self { steps }
    }

    /// The node at the path, through aliases and merged keys.
    pub fn find(&self, tree: &Tree) -> Option<NodeId> {
        self.steps.iter().try_fold(tree.root()?, |at, step| match step {
            Step::Key(key) => tree.get(at, key),
            Step::Index(index) => match tree.node(tree.resolve(at)).kind {
                Kind::Sequence(items) => items.get(*index).copied(),
                _ => None,
            },
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) if is_word(key) => write!(f, "{}{key}", if i > 0 { "." } else { "" })?,
                Step::Key(key) => {
                    let key = key.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
                    write!(f, "[\"{key}\"]")?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A key that stands in a path without quotes.
fn is_word(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '[', ']', '"']) && !key.contains(char::is_whitespace)
}

impl FromStr for Path {
    type Err = String;

    /// # Errors
    /// What was expected, and where the text goes on instead.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(bracket) = rest.strip_prefix('[') {
                let step = match bracket.strip_prefix('"') {
                    Some(quoted) => {
                        let (key, after) = unquote(quoted).ok_or_else(|| format!("expected `\"]` after `{rest}`"))?;
                        (Step::Key(key), after)
                    }
                    None => {
                        let digits = bracket.find(|c: char| !c.is_ascii_digit()).unwrap_or(bracket.len());
                        let index =
                            bracket[..digits].parse().map_err(|_| format!("expected a number at `{bracket}`"))?;
                        (Step::Index(index), &bracket[digits..])
                    }
                };
                rest = step.1.strip_prefix(']').ok_or_else(|| format!("expected `]` at `{}`", step.1))?;
                steps.push(step.0);
                continue;
            }
            let key = match (rest.strip_prefix('.'), steps.is_empty()) {
                (Some(key), false) => key,
                (None, true) => rest,
                _ => return Err(format!("expected `.` or `[` at `{rest}`")),
            };
            let end = key.find(['.', '[']).unwrap_or(key.len());
            if !is_word(&key[..end]) {
                return Err(format!("expected a key at `{rest}`"));
            }
            steps.push(Step::Key(key[..end].to_owned()));
            rest = &key[end..];
        }
        Ok(Self { steps })
    }
}

/// The text up to the closing quote, and what follows that.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, &text[at + 1..])),
            '\\' => out.push(match chars.next()?.1 {
                'n' => '\n',
                c => c,
            }),
            c => out.push(c),
        }
    }
    None
}

/// The innermost node, or key, that the byte `offset` of the text touches. A value that is not written is touched at
/// its place, right behind the colon.
pub fn node_at(tree: &Tree, offset: u32) -> Option<NodeId> {
    let touched = |id: &NodeId| tree.node(*id).range.touches(offset);
    let begun = |id: NodeId| tree.node(id).range.start <= offset;
    let mut at = tree.root().filter(touched)?;
    loop {
        // They stand in order. Of two that meet at the offset, the one that begins there.
        let inner = match tree.node(at).kind {
            Kind::Sequence(items) => {
                items[..items.partition_point(|item| begun(*item))].iter().rev().take(2).copied().find(touched)
            }
            Kind::Mapping(entries) => {
                let entries = &entries[..entries.partition_point(|(key, _)| begun(*key))];
                entries.iter().rev().take(2).flat_map(|(key, value)| [*value, *key]).find(touched)
            }
            Kind::Scalar { .. } | Kind::Alias { .. } => None,
        };
        match inner {
            Some(inner) => at = inner,
            None => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parser;
    use super::*;
    use crate::text::TextRange;

    const TEXT: &str = "spec: &s\n  é: [{name: x}, {name: \"\"}]\n  'helm.sh/hook': y\nb: *s\nc:\n";

    fn tree() -> Tree {
        parser::parse(TEXT, TextRange::new(0, TEXT.len()))
    }

    #[test]
    fn paths_lead_there_and_back() {
        let tree = tree();
        for (path, source) in
            [("spec.é[1].name", "\"\""), ("spec[\"helm.sh/hook\"]", "y"), ("b.é[0].name", "x"), ("c", "")]
        {
            let parsed: Path = path.parse().unwrap();
            assert_eq!(parsed.to_string(), path);
            let id = parsed.find(&tree).unwrap();
            assert_eq!(tree.node(id).range.of(TEXT), source, "{path}");
            // Through an alias the path is that of the anchor.
            assert_eq!(Path::of(&tree, id).to_string(), path.replacen("b.", "spec.", 1));
        }
        for path in ["spec.é[2]", "spec.x", "c.d", "spec[0]"] {
            assert_eq!(path.parse::<Path>().unwrap().find(&tree), None, "{path}");
        }
        assert_eq!(Path::default().find(&tree), tree.root());
        for path in [".a", "a.", "a..b", "a[x]", "a[1", "a[\"b]", "a]b", "a[1]b"] {
            assert!(path.parse::<Path>().is_err(), "{path}");
        }
    }

    #[test]
    fn nodes_at_offsets() {
        let tree = tree();
        let at = |word: &str, by: usize| {
            let id = node_at(&tree, (TEXT.find(word).unwrap() + by) as u32).unwrap();
            Path::of(&tree, id).to_string()
        };
        assert_eq!(at("spec", 2), "spec");
        assert_eq!(at("x}", 1), "spec.é[0].name");
        assert_eq!(at("{name: \"\"", 0), "spec.é[1]");
        assert_eq!(at("*s", 1), "b");
        assert_eq!(at("c:\n", 2), "c");
        assert_eq!(node_at(&tree, 9999), None);
    }

    #[test]
    fn odd_keys_are_quoted() {
        for key in ["", "a.b", "a b", "a\"b", "a\nb", "[", "a\\b"] {
            let path = Path { steps: vec![Step::Key(key.to_owned()), Step::Index(3)] };
            assert_eq!(path.to_string().parse(), Ok(path.clone()), "{path}");
        }
    }
}
