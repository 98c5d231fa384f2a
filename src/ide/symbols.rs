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
    /// A component of a definition, a version or a Cluster; a topology.
    Component,
    Container,
    Variable,
    Service,
    Role,
    Account,
    /// A config or script template.
    Template,
    /// A lifecycle action.
    Action,
    /// A release, a backup method: something that is chosen by its name.
    Choice,
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

/// A list whose items are listed, by a path from what holds it, the key of their names, and the lists inside them. Of a
/// mapping the keys are the names.
struct List(&'static str, &'static str, SymbolKind, &'static [List]);

const CONTAINERS: [List; 2] = [
    List("podSpec.initContainers", "name", SymbolKind::Container, &[]),
    List("podSpec.containers", "name", SymbolKind::Container, &[]),
];
const ENTITIES: [List; 2] =
    [List("components", "name", SymbolKind::Component, &[]), List("shardings", "name", SymbolKind::Component, &[])];

const LISTS: &[List] = &[
    List("spec.componentDefs", "name", SymbolKind::Component, &CONTAINERS),
    List("spec.componentSpecs", "name", SymbolKind::Component, &[]),
    List("spec.shardings", "name", SymbolKind::Component, &[]),
    List("spec.componentVersions", "componentDefRef", SymbolKind::Component, &[]),
    List("spec.topologies", "name", SymbolKind::Component, &ENTITIES),
    List("spec.runtime.initContainers", "name", SymbolKind::Container, &[]),
    List("spec.runtime.containers", "name", SymbolKind::Container, &[]),
    List("spec.template.spec.initContainers", "name", SymbolKind::Container, &[]),
    List("spec.template.spec.containers", "name", SymbolKind::Container, &[]),
    List("spec.containers", "name", SymbolKind::Container, &[]),
    List("spec.vars", "name", SymbolKind::Variable, &[]),
    List("spec.services", "name", SymbolKind::Service, &[]),
    List("spec.roles", "name", SymbolKind::Role, &[]),
    List("spec.systemAccounts", "name", SymbolKind::Account, &[]),
    List("spec.configs", "name", SymbolKind::Template, &[]),
    List("spec.scripts", "name", SymbolKind::Template, &[]),
    List("spec.lifecycleActions", "", SymbolKind::Action, &[]),
    List("spec.releases", "name", SymbolKind::Choice, &[]),
    List("spec.backupMethods", "name", SymbolKind::Choice, &[]),
    List(
        "spec.backupPolicies",
        "componentDefRef",
        SymbolKind::Component,
        &[List("backupMethods", "name", SymbolKind::Choice, &[])],
    ),
    List("spec.actions", "name", SymbolKind::Action, &[]),
    List("data", "", SymbolKind::Key, &[]),
];

impl List {
    fn add(&self, document: &Document, root: Node<'_>, above: &mut Symbol) {
        let Self(path, key, kind, inside) = self;
        let range = |node: Node<'_>| document.tree().node(node.id).range;
        let items: Vec<_> = if key.is_empty() {
            let entries = root.at(path).into_iter().flat_map(Node::entries);
            entries.map(|(key, value)| (key, range(key).cover(range(value)), value.id)).collect()
        } else {
            root.list(path).filter_map(|item| Some((item.get(key)?, range(item), item.id))).collect()
        };
        for (name, range, item) in items {
            let Some(mut child) = symbol(document, range, name, *kind) else { continue };
            for list in *inside {
                list.add(document, document.node(item), &mut child);
            }
            if above.full.contains(child.full) {
                merge(&mut above.children, child);
            }
        }
        above.children.sort_by_key(|child| child.full.start);
    }
}

/// `Kind name`, and the parts that have names inside it.
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
    for list in LISTS {
        list.add(document, root, &mut symbol);
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
      podSpec:
        volumes: []
        containers:
          - name: main
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
                "ClusterDefinition db 1-12",
                "  one 7-11",
                "    main 11-11",
                "  two 12-12",
                "ConfigMap db-x, db-y (db-{{ $name }}) 15-19",
                "local 22-22",
            ],
        );
    }

    #[test]
    fn parts_with_names() {
        check(
            "#- templates/a.yaml\n<|>apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata: {name: d}\nspec:\n  roles:\n    - name: leader\n  lifecycleActions:\n    roleProbe:\n      exec: {}\n  vars:\n    - name: X\n      value: y\n",
            &["ComponentDefinition d 1-12", "  leader 6-6", "  roleProbe 8-9", "  X 11-12"],
        );
        check(
            "#- templates/a.yaml\n<|>apiVersion: apps.kubeblocks.io/v1\nkind: ClusterDefinition\nmetadata: {name: d}\nspec:\n  topologies:\n    - name: one\n      components:\n        - {name: a}\n        - {name: b}\n",
            &["ClusterDefinition d 1-9", "  one 6-9", "    a 8-8", "    b 9-9"],
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
