//! The outline of a file.

use std::sync::Arc;

use super::locate::{self, content};
use crate::helm::render::Rendered;
use crate::model::object::{Document, Node};
use crate::text::{FileId, TextRange};
use crate::vfs::Source;
use crate::world::{File, World};
use crate::yaml::parser;

/// Keys below this many others are not listed.
const MAX_DEPTH: usize = 8;

/// What a symbol stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SymbolKind {
    /// A Kubernetes object.
    Object,
    /// A component of a definition, a version or a Cluster.
    Component,
    /// A `define`.
    Helper,
    /// A key of a values file.
    Key,
}

/// One symbol and those inside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    pub name: String,
    /// May be empty.
    pub detail: String,
    pub kind: SymbolKind,
    /// The whole thing.
    pub full: TextRange,
    /// Its name; inside `full`.
    pub name_range: TextRange,
    pub children: Vec<Symbol>,
}

/// The symbols of a file, in order: what its templates render, its `define`s, or the keys of plain YAML.
pub fn symbols(world: &World, file: FileId) -> Vec<Symbol> {
    let Some(held) = world.files.get(&file) else { return Vec::new() };
    let mut found = defines(held);
    for chart in world.charts_of(file) {
        for document in chart.documents().iter().filter(|document| document.file() == file) {
            if let Some(object) = object(document) {
                merge(&mut found, object);
            }
        }
        // Every other chart that holds the file renders the same.
        if found.iter().any(|symbol| symbol.kind == SymbolKind::Object) {
            break;
        }
    }
    let yaml = matches!(held.source.path.extension(), Some("yaml" | "yml"));
    if found.is_empty() && yaml && held.syntax().actions.is_empty() {
        found = plain(&held.source);
    }
    found.sort_by_key(|symbol| (symbol.full.start, std::cmp::Reverse(symbol.full.end)));
    found
}

fn defines(file: &File) -> Vec<Symbol> {
    let symbol = |define: &crate::template::ast::Define| Symbol {
        name: define.name.text.clone(),
        detail: String::new(),
        kind: SymbolKind::Helper,
        full: define.range,
        name_range: define.name.range,
        children: Vec::new(),
    };
    file.syntax().defines.iter().filter(|define| !define.name.text.is_empty()).map(symbol).collect()
}

/// Objects that one place renders, in a loop, are one symbol with all their names.
fn merge(found: &mut Vec<Symbol>, new: Symbol) {
    match found.iter_mut().find(|old| old.kind == new.kind && old.name_range == new.name_range) {
        Some(old) => {
            if !old.name.split(", ").any(|name| name == new.name) {
                // The kind stands in front of the first name.
                let name = new.name.split_once(' ').map_or(new.name.as_str(), |(_, name)| name);
                if !old.name.split([' ', ',']).any(|known| known == name) {
                    old.name.push_str(", ");
                    old.name.push_str(name);
                }
            }
            old.full = old.full.cover(new.full);
            for child in new.children {
                merge(&mut old.children, child);
            }
        }
        None => found.push(new),
    }
}

/// `Kind name`, and the components inside it.
fn object(document: &Document) -> Option<Symbol> {
    let root = document.root()?;
    let kind = document.kind()?;
    let name = document.name();
    let full = document.tree().node(root.id).range;
    let mut symbol = symbol(document, full, name.or_else(|| root.get("kind"))?, SymbolKind::Object)?;
    symbol.name = match name.and_then(Node::text) {
        Some(name) => format!("{kind} {name}"),
        None => kind.to_owned(),
    };
    let lists = [
        ("spec.componentDefs", "name"),
        ("spec.componentSpecs", "name"),
        ("spec.componentVersions", "componentDefRef"),
    ];
    for (path, key) in lists {
        for item in root.list(path) {
            let range = document.tree().node(item.id).range;
            let child = item.get(key).and_then(|name| self::symbol(document, range, name, SymbolKind::Component));
            for child in child.into_iter().filter(|child| symbol.full.contains(child.full)) {
                merge(&mut symbol.children, child);
            }
        }
    }
    Some(symbol)
}

/// What stands in the document's own file of a range of rendered text with a name in it.
fn symbol(document: &Document, full: TextRange, name: Node<'_>, kind: SymbolKind) -> Option<Symbol> {
    let source = &document.rendered().source;
    let full = locate::cover(document, full, source.id, Default::default())?;
    let written = locate::cover(document, content(name), source.id, Default::default());
    let name_range = written.filter(|range| full.contains(*range)).unwrap_or(TextRange { end: full.start, ..full });
    let text = name.text().unwrap_or_default();
    let expression = name_range.of(&source.text);
    let detail = if expression.contains("{{") { expression.to_owned() } else { String::new() };
    Some(Symbol { name: text.to_owned(), detail, kind, full, name_range, children: Vec::new() })
}

/// The keys of a file that is YAML as it stands.
fn plain(source: &Arc<Source>) -> Vec<Symbol> {
    let rendered = Arc::new(Rendered::plain(source.clone()));
    let mut found = Vec::new();
    for range in parser::documents(&source.text) {
        let document = Document::new(rendered.clone(), range);
        if let Some(root) = document.root() {
            found.extend(keys(root, 0));
        }
    }
    found
}

fn keys(node: Node<'_>, depth: usize) -> Vec<Symbol> {
    if depth == MAX_DEPTH || node.is_alias() {
        return Vec::new();
    }
    let tree = node.document.tree();
    let symbol = |(key, value): (Node<'_>, Node<'_>)| {
        let (name, value_range) = (tree.node(key.id).range, tree.node(value.id).range);
        let text = key.text().filter(|text| !text.is_empty())?;
        let scalar = value.text().filter(|text| !text.contains('\n') && !value.is_alias());
        Some(Symbol {
            name: text.to_owned(),
            detail: scalar.unwrap_or_default().to_owned(),
            kind: SymbolKind::Key,
            full: if value_range.start >= name.end { name.cover(value_range) } else { name },
            name_range: name,
            children: keys(value, depth + 1),
        })
    };
    node.entries().filter_map(symbol).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// One line for each symbol: its name, its detail, the first and the last line of the whole thing (from 1).
    fn check(fixture: &str, expected: &[&str]) {
        let fixture = Fixture::of(fixture);
        let (source, _) = fixture.cursor();
        let mut lines = Vec::new();
        show(&source, &symbols(&fixture.world, source.id), 0, &mut lines);
        assert_eq!(lines, expected);
    }

    fn show(source: &Source, symbols: &[Symbol], depth: usize, lines: &mut Vec<String>) {
        for symbol in symbols {
            assert!(symbol.full.contains(symbol.name_range), "{symbol:?}");
            let line = |offset| source.lines.line_col(offset, Default::default()).line + 1;
            let detail = if symbol.detail.is_empty() { String::new() } else { format!(" ({})", symbol.detail) };
            let place = format!("{}-{}", line(symbol.full.start), line(symbol.full.end));
            lines.push(format!("{}{}{detail} {place}", "  ".repeat(depth), symbol.name));
            show(source, &symbol.children, depth + 1, lines);
        }
    }

    #[test]
    fn objects_and_their_components() {
        check(
            r#"
#- templates/a.yaml
<|>apiVersion: apps.kubeblocks.io/v1alpha1
kind: ClusterDefinition
metadata:
  name: db
spec:
  componentDefs:
    - name: one
      podSpec: {}
    - name: two
---
{{- range $name := list "x" "y" }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: db-{{ $name }}
data: {}
---
{{- end }}
{{ define "local" }}a{{ end }}
"#,
            &[
                "ClusterDefinition db 1-9",
                "  one 7-8",
                "  two 9-9",
                "ConfigMap db-x, db-y (db-{{ $name }}) 12-16",
                "local 19-19",
            ],
        );
    }

    #[test]
    fn helpers() {
        check(
            "#- templates/_helpers.tpl\n<|>{{- define \"a\" -}}\nx\n{{- end }}\n{{ define \"b\" }}{{ end }}\n",
            &["a 1-3", "b 4-4"],
        );
    }

    #[test]
    fn keys_of_values() {
        check(
            "#- values.yaml\n<|>a: 1\nb:\n  c: [1, 2]\n  d: |\n    x\ne:\n",
            &["a (1) 1-1", "b 2-5", "  c 3-3", "  d 4-5", "e 6-6"],
        );
    }

    #[test]
    fn a_broken_file_has_what_can_be_read() {
        check("#- templates/a.yaml\n<|>{{ define \"a\" }}x{{ end }}\nkind: {{ .Values.\n", &["a 1-1"]);
    }
}
