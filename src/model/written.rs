//! The objects that the text of a template writes, whether they are rendered or not.

use crate::text::TextRange;

/// An object, as far as a line `kind: …` and its `metadata` below tell.
#[derive(Debug)]
pub struct Written {
    pub kind: Box<str>,
    /// `None` where no name stands below the kind.
    pub name: Option<Name>,
}

/// A name as it is written, maybe with actions in it; an empty one may be followed by anything.
#[derive(Debug)]
pub struct Name {
    pub text: Box<str>,
    pub range: TextRange,
}

impl Written {
    /// Both lists say the same, wherever it stands.
    pub fn are_alike(one: &[Self], other: &[Self]) -> bool {
        let words = |written: &Self| (written.kind.clone(), written.name.as_ref().map(|name| name.text.clone()));
        one.iter().map(words).eq(other.iter().map(words))
    }
}

/// All objects of a text, in order.
pub fn objects(text: &str) -> Vec<Written> {
    let mut found: Vec<Written> = Vec::new();
    let mut offset = 0;
    // Behind the line with the kind, and in its `metadata`.
    let (mut behind, mut inside) = (false, false);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if let Some(kind) = trimmed.strip_prefix("kind: ") {
            found.push(Written { kind: kind.into(), name: None });
            (behind, inside) = (true, false);
        } else if trimmed.starts_with("kind:") || trimmed.starts_with("---") {
            behind = false;
        } else if behind && trimmed == "metadata:" {
            inside = true;
        } else if behind
            && inside
            && let Some(name) = trimmed.strip_prefix("name:")
        {
            let name = name.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
            let start = line.find(name).map_or(offset, |at| offset + at);
            let range = TextRange::new(start, start + name.len());
            found.last_mut().into_iter().for_each(|last| last.name = Some(Name { text: name.into(), range }));
            behind = false;
        }
        offset += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Written, objects};

    #[test]
    fn kinds_and_names_as_they_are_written() {
        let text =
            "kind: A\nmetadata:\n  labels: {}\n  name: \"x-{{ .y }}\" # here\n---\nmetadata:\n  name: z\nkind: B\n";
        let found = objects(text);
        let names: Vec<_> = found.iter().map(|it| (&*it.kind, it.name.as_ref().map(|name| &*name.text))).collect();
        assert_eq!(names, [("A", Some("x-{{ .y }}")), ("B", None)]);
        let name = found[0].name.as_ref().unwrap();
        assert_eq!(name.range.of(text), &*name.text);
        assert!(Written::are_alike(&found, &objects(&format!("# moved\n{text}"))));
        assert!(!Written::are_alike(&found, &objects(&text.replace("x-", "y-"))));
    }
}
