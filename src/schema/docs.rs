//! What fields are for, in our own words: `schemas/docs.yaml`. How the file is written stands at its head.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde_json::Value;

use super::value;
use crate::yaml::path::{Path, Step};

/// What every object has, whatever its kind.
const OBJECT: &str = "Object";
/// Stands for any key.
const ANY: &str = "*";

/// Words on the fields of all kinds.
#[derive(Default, Debug)]
pub struct Docs {
    sections: Vec<Section>,
    names: HashMap<String, usize>,
}

/// A kind, or a type that several fields share.
#[derive(Debug)]
struct Section {
    name: String,
    /// The section that says the rest; it stands above.
    base: Option<usize>,
    entries: Vec<Entry>,
}

/// Words on one field.
#[derive(Debug)]
struct Entry {
    /// As it is written, with `[]`.
    path: String,
    /// Empty for the kind or type itself.
    keys: Vec<String>,
    /// The section on what the field holds.
    holds: Option<usize>,
    /// Empty where the type's words do.
    text: String,
}

impl Docs {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong, behind the place of it.
    pub fn read(text: &str) -> Result<Self, String> {
        let Value::Object(document) = value::document(text)? else { return Err("no mapping".into()) };
        let mut docs = Self::default();
        for (at, name) in document.keys().enumerate() {
            let (name, base) = typed(name);
            let base = base.map(|base| docs.named(base)).transpose().map_err(|error| format!("{name}: {error}"))?;
            docs.names.insert(name.to_owned(), at);
            docs.sections.push(Section { name: name.to_owned(), base, entries: Vec::new() });
        }
        for (at, (name, entries)) in document.iter().enumerate() {
            docs.sections[at].entries = docs.entries(entries).map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(docs)
    }

    /// The words that are built into the program. Each call reads them: `world::docs` remembers.
    pub fn built_in() -> Self {
        Self::read(include_str!("../../schemas/docs.yaml")).unwrap_or_default()
    }

    fn named(&self, name: &str) -> Result<usize, String> {
        self.names.get(name).copied().ok_or_else(|| format!("no section {name}"))
    }

    fn entries(&self, section: &Value) -> Result<Vec<Entry>, String> {
        let entry = |(name, text): (&String, &Value)| {
            let (path, holds) = typed(name);
            let keys = keys(path)?;
            let text = match text {
                Value::String(text) => text.trim_end(),
                Value::Null if holds.is_some() && !keys.is_empty() => "",
                _ => return Err("no words".into()),
            };
            let holds = holds.map(|holds| self.named(holds)).transpose()?;
            Ok(Entry { path: path.to_owned(), keys, holds, text: text.to_owned() })
        };
        let entries = section.as_object().ok_or("no mapping")?.iter();
        entries.map(|pair| entry(pair).map_err(|error: String| format!("{}: {error}", pair.0))).collect()
    }

    /// Words on the field at `path` of an object; for `spec` and `kind` on the kind itself. Line breaks part sentences
    /// that belong together. `None` where the kind, its version or the field has none.
    pub fn describe(&self, api_version: &str, kind: &str, path: &Path) -> Option<&str> {
        let (group, version) = api_version.split_once('/')?;
        let group = group.strip_suffix(".kubeblocks.io")?;
        let section = *self.names.get(&format!("{kind} {group}/{version}"))?;
        let keys: Vec<&str> = path.steps.iter().filter_map(Step::key).collect();
        match keys.as_slice() {
            ["kind"] => self.find(section, &[]),
            ["spec", keys @ ..] => self.find(section, keys),
            keys => self.find(*self.names.get(OBJECT)?, keys),
        }
    }

    /// Words on the field behind `keys` in a section.
    fn find(&self, section: usize, keys: &[&str]) -> Option<&str> {
        let mut fitting: Vec<&Entry> = self.entries_of(section).filter(|entry| entry.fits(keys)).collect();
        // The longest path says most, and a plain key more than `*`; of equal ones the section's own comes first.
        fitting.sort_by_key(|entry| Reverse((entry.keys.len(), entry.keys.iter().filter(|key| *key != ANY).count())));
        fitting.into_iter().find_map(|entry| match (&keys[entry.keys.len()..], entry.holds) {
            ([], holds) if entry.text.is_empty() => self.find(holds?, &[]),
            ([], _) => Some(entry.text.as_str()),
            (rest, holds) => self.find(holds?, rest),
        })
    }

    /// The section's own entries, then its base's. Bases stand above, so there is an end.
    fn entries_of(&self, section: usize) -> impl Iterator<Item = &Entry> {
        let chain = std::iter::successors(self.sections.get(section), |section| self.sections.get(section.base?));
        chain.flat_map(|section| &section.entries)
    }

    /// Every entry: its section, its path as it is written, and its words, which are empty where a type has them.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.sections.iter().flat_map(|section| {
            section.entries.iter().map(|entry| (section.name.as_str(), entry.path.as_str(), entry.text.as_str()))
        })
    }
}

impl Entry {
    /// The entry is on the field behind `keys`, or on one that holds it.
    fn fits(&self, keys: &[&str]) -> bool {
        self.keys.len() <= keys.len() && self.keys.iter().zip(keys).all(|(own, key)| own == ANY || own == key)
    }
}

/// `name (Type)` → the name and the type.
fn typed(name: &str) -> (&str, Option<&str>) {
    let split = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
    split.map_or((name, None), |(name, of)| (name, Some(of)))
}

/// The keys of a path; `[]` only tells the reader that there is a list.
fn keys(path: &str) -> Result<Vec<String>, String> {
    if path == "." {
        return Ok(Vec::new());
    }
    let path: Path = path.replace("[]", "").parse()?;
    Ok(path.steps.iter().filter_map(Step::key).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
Object:
  metadata.labels[\"a.b/c\"]: A label.
Port:
  .: A port.
  name: Its name.
Named (Port):
  name: A better name.
  number: Its number.
Tide apps/v1:
  .: Tides.
  height: |
    How high.
    In metres.
  ports (Port):
  more[].port (Named): Another port.
  images.*: Any image.
  images.sea: That of the sea.
Tide apps/v1alpha1 (Tide apps/v1):
  height: As ever.
  ports.name: An old name.
";

    #[test]
    fn fields_types_and_bases() {
        let docs = Docs::read(TEXT).unwrap();
        for (version, path, words) in [
            ("v1", "kind", Some("Tides.")),
            ("v1", "spec", Some("Tides.")),
            ("v1", "spec.height", Some("How high.\nIn metres.")),
            ("v1", "spec.height.of", None),
            ("v1", "spec.ports", Some("A port.")),
            ("v1", "spec.ports[2].name", Some("Its name.")),
            ("v1", "spec.ports[0].number", None),
            ("v1", "spec.more[1].port.name", Some("A better name.")),
            ("v1", "spec.more", None),
            ("v1", "spec.images.sea", Some("That of the sea.")),
            ("v1", "spec.images.lake", Some("Any image.")),
            ("v1", "metadata.labels[\"a.b/c\"]", Some("A label.")),
            ("v1", "metadata.labels.a", None),
            ("v1", "status", None),
            ("v1alpha1", "kind", Some("Tides.")),
            ("v1alpha1", "spec.height", Some("As ever.")),
            ("v1alpha1", "spec.ports[0].name", Some("An old name.")),
            ("v1alpha1", "spec.ports", Some("A port.")),
            ("v2", "spec.height", None),
        ] {
            let api_version = format!("apps.kubeblocks.io/{version}");
            assert_eq!(docs.describe(&api_version, "Tide", &path.parse().unwrap()), words, "{version} {path}");
        }
        for api_version in ["v1", "apps/v1", "kubeblocks.io/v1"] {
            assert_eq!(docs.describe(api_version, "Tide", &Path::default()), None, "{api_version}");
        }
    }

    #[test]
    fn faults_of_the_file() {
        for (text, error) in [
            ("- a", "no mapping"),
            ("A: b", "A: no mapping"),
            ("A: {b: }", "A: b: no words"),
            ("A: {. (A): }", "A: . (A): no words"),
            ("A: {b (B): c}", "A: b (B): no section B"),
            ("A (B): {}\nB: {}", "A: no section B"),
            ("A: {a..b: c}", "A: a..b: expected a key at `..b`"),
        ] {
            assert_eq!(Docs::read(text).err().as_deref(), Some(error), "{text}");
        }
    }
}
