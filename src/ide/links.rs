//! Places that lead somewhere by themselves, and names that are written together.

use camino::{Utf8Path, Utf8PathBuf};

use super::template::{self, Meaning};
use super::{Cursor, calls};
use crate::rules::{self, Rule};
use crate::text::{FileId, TextRange, parts_between};
use crate::world::World;

/// Where a link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Goal {
    File(Utf8PathBuf),
    /// The page of a rule.
    Page(&'static str),
    /// Somewhere in the web.
    Address(String),
}

/// Some text that is a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    pub origin: TextRange,
    pub goal: Goal,
}

/// The word before the rules that a comment allows.
const ALLOW: [&str; 2] = ["kubeblocks-ls: allow(", "kubeblocks-ls: allow-file("];
/// The word before a schema's address in a comment.
const SCHEMA: &str = "yaml-language-server: $schema=";

/// All links of a file, in order.
pub fn links(world: &World, file: FileId) -> Vec<Link> {
    let Some(held) = world.files.get(&file) else { return Vec::new() };
    let mut found = Vec::new();
    for symbol in template::paths(held.syntax()) {
        if !matches!(symbol.meaning, Meaning::File(_)) {
            continue;
        }
        let at = Cursor { file, offset: symbol.origin.start };
        let target = template::targets(world, at, &symbol.meaning).into_iter().next();
        let target = target.and_then(|target| world.source(target.name.file));
        found.extend(target.map(|source| Link { origin: symbol.origin, goal: Goal::File(source.path.clone()) }));
    }
    found.extend(dependencies(world, file));
    found.extend(comments(&held.source.text, &held.source.path));
    found.sort_by_key(|link| link.origin);
    found.dedup();
    found
}

/// `repository: file://…` in a Chart.yaml.
fn dependencies(world: &World, file: FileId) -> Vec<Link> {
    let mut found = Vec::new();
    for chart in world.charts_of(file) {
        for (_, package) in template::holders(chart, file) {
            let own = package.files.get(Utf8Path::new("Chart.yaml")).filter(|source| source.id == file);
            let Some(source) = own else { continue };
            for entry in package.metadata.dependencies.iter().filter(|entry| entry.repository.starts_with("file://")) {
                let loaded = package.dependencies.iter().find(|loaded| loaded.name == entry.key());
                let Some(goal) = loaded.map(|loaded| loaded.package.root.join("Chart.yaml")) else { continue };
                let places = source.text.match_indices(&entry.repository);
                found.extend(places.map(|(start, text)| Link {
                    origin: TextRange::new(start, start + text.len()),
                    goal: Goal::File(goal.clone()),
                }));
            }
        }
    }
    found
}

/// Names of rules, and addresses of schemas.
fn comments(text: &str, path: &Utf8Path) -> Vec<Link> {
    let mut found = Vec::new();
    for (start, word) in ALLOW.iter().flat_map(|word| text.match_indices(word)) {
        let from = start + word.len();
        let names = text[from..].split([')', '\n']).next().unwrap_or_default();
        for (range, part) in parts_between(names, ',') {
            let start = from + range.start as usize + (part.len() - part.trim_start().len());
            let rule: Option<&Rule> = rules::find(part.trim());
            let origin = TextRange::new(start, start + part.trim().len());
            found.extend(rule.map(|rule| Link { origin, goal: Goal::Page(rule.name) }));
        }
    }
    for (start, word) in text.match_indices(SCHEMA) {
        let from = start + word.len();
        let address = text[from..].split_whitespace().next().unwrap_or_default();
        let goal = if address.contains("://") {
            Goal::Address(address.to_owned())
        } else {
            Goal::File(crate::vfs::normalize(&path.parent().unwrap_or(path).join(address)))
        };
        if !address.is_empty() {
            found.push(Link { origin: TextRange::new(from, from + address.len()), goal });
        }
    }
    found
}

/// The places of this file in which the name of a helper stands, if the cursor is on one of them and there are more.
pub fn together(world: &World, at: Cursor) -> Option<Vec<TextRange>> {
    let file = world.files.get(&at.file)?;
    let names = calls::names(file.syntax());
    let (name, _) = names.iter().find(|(_, range)| range.touches(at.offset))?;
    let same: Vec<TextRange> = names.iter().filter(|(other, _)| other == name).map(|(_, range)| *range).collect();
    (same.len() > 1).then_some(same)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn check(fixture: &str) {
        let fixture = Fixture::of(fixture);
        let (source, _) = fixture.cursor();
        let show = |link: &Link| {
            let goal = match &link.goal {
                Goal::File(path) => path.to_string(),
                Goal::Page(rule) => format!("the page of {rule}"),
                Goal::Address(address) => address.clone(),
            };
            fixture.mark(crate::text::Span { file: source.id, range: link.origin }, &goal)
        };
        let found: Vec<_> = links(&fixture.world, source.id).iter().map(show).collect();
        assert_eq!(found, fixture.marks);
    }

    #[test]
    fn files_rules_and_schemas() {
        check(
            r#"#- templates/a.yaml
<|># yaml-language-server: $schema=https://example.org/a.json
#                               ^^^^^^^^^^^^^^^^^^^^^^^^^^ https://example.org/a.json
# yaml-language-server: $schema=../b.json
#                               ^^^^^^^^^ /w/c/b.json
a: {{ .Files.Get "scripts/a.sh" | quote }}
#                 ^^^^^^^^^^^^ /w/c/scripts/a.sh
b: {{ .Files.Get "scripts/none.sh" | quote }}
# kubeblocks-ls: allow(nothing, bad-value) because
#                               ^^^^^^^^^ the page of bad-value
#- scripts/a.sh
true
"#,
        );
    }

    #[test]
    fn charts_beside_the_chart() {
        check(
            r#"#- Chart.yaml
<|>apiVersion: v2
name: c
version: 0.1.0
dependencies:
  - name: lib
    repository: file://../lib
    #           ^^^^^^^^^^^^^ /w/lib/Chart.yaml
    version: 0.1.0
  - name: none
    repository: file://../none
    version: 0.1.0
#- /w/lib/templates/_a.tpl
x
"#,
        );
    }

    #[test]
    fn helpers_written_together() {
        let fixture = Fixture::of(
            "#- templates/a.yaml\n{{ define \"x\" }}{{ end }}{{ include \"x<|>\" . }}{{ include \"y\" . }}{{ template \"x\" }}\n",
        );
        let (source, cursor) = fixture.cursor();
        let found = together(&fixture.world, cursor).unwrap();
        assert_eq!(found.iter().map(|range| range.start).collect::<Vec<_>>(), [11, 37, 76]);
        let y = source.text.find("\"y").unwrap() as u32 + 1;
        assert_eq!(together(&fixture.world, Cursor { offset: y, ..cursor }), None);
    }
}
