//! Keys of values.yaml that no template reads. Names are compared, not paths: a key is unread only where its name stands in
//! no action at all, and nothing above it is taken as a whole.

use std::collections::HashSet;

use camino::Utf8Path;

use super::object::{Document, Node};
use crate::template::Syntax;
use crate::template::ast::{Expr, ExprKind, Segment, Visitor};
use crate::world::Chart;

/// What the actions of some templates name.
#[derive(Default)]
struct Names<'s> {
    /// Fields and texts, whole and parted at dots.
    all: HashSet<&'s str>,
    /// The last field of a chain: what is behind it is taken with all that is below.
    whole: HashSet<&'s str>,
    /// Texts that are no templates themselves may be rendered.
    renders: bool,
}

impl<'s> Visitor<'s> for Names<'s> {
    fn expr(&mut self, expr: &'s Expr) {
        let segments: &[Segment] = match &expr.kind {
            ExprKind::Field(segments) | ExprKind::Variable(_, segments) | ExprKind::Chain(_, segments) => segments,
            ExprKind::String(text) => {
                self.all.extend(words(text));
                self.all.insert(text);
                return;
            }
            ExprKind::Function(name) => {
                self.renders |= name == "tpl";
                return;
            }
            _ => return,
        };
        self.all.extend(segments.iter().map(|segment| segment.name.as_str()));
        self.whole.extend(segments.last().map(|segment| segment.name.as_str()));
    }
}

/// The topmost keys that nothing reads; nothing where that is not sure.
pub fn unread(chart: &Chart) -> Vec<Node<'_>> {
    let Some(package) = chart.package().filter(|package| !package.metadata.library) else { return Vec::new() };
    let values = chart.plain().iter().find(|document| {
        let path = &document.path();
        path.file_name() == Some("values.yaml") && path.parent() == Some(&package.root)
    });
    let Some(root) = values.filter(|values| values.is_sound()).and_then(Document::root) else {
        return Vec::new();
    };
    let mut names = Names::default();
    let syntaxes: Vec<&Syntax> = chart.all_templates().into_iter().map(|(_, file)| file.syntax()).collect();
    // A file that is cut short by a mistake says less than it would.
    if syntaxes.iter().any(|syntax| !syntax.faults.is_empty()) {
        return Vec::new();
    }
    syntaxes.iter().for_each(|syntax| syntax.visit(&mut names));
    if names.whole.contains("Values") {
        return Vec::new();
    }
    if names.renders {
        let texts = chart.files.values().filter(|file| file.source.path.file_name() != Some("values.yaml"));
        for file in texts {
            names.all.extend(words(file.text()));
        }
        let texts = root.scalars().into_iter().filter_map(Node::text).filter(|text| text.contains("{{"));
        names.all.extend(texts.flat_map(words));
    }
    for name in ["values.schema.json", "Chart.yaml"] {
        let text = package.files.get(Utf8Path::new(name)).map_or("", |source| &*source.text);
        names.all.extend(words(text));
    }
    let mut found = Vec::new();
    let of_others =
        |name: &str| name == "global" || package.metadata.dependencies.iter().any(|entry| entry.key() == name);
    for (key, value) in root.entries().filter(|(key, _)| !key.text().is_some_and(of_others)) {
        judge(key, value, &names, &mut found);
    }
    found
}

/// What may be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c))
}

fn judge<'w>(key: Node<'w>, value: Node<'w>, names: &Names<'_>, found: &mut Vec<Node<'w>>) {
    let Some(name) = key.text().filter(|name| *name != "<<") else { return };
    if !names.all.contains(name) {
        found.extend(Some(key).filter(|_| !value.has_anchors()));
    } else if value.is_mapping() && !value.is_alias() && !names.whole.contains(name) {
        value.entries().for_each(|(key, value)| judge(key, value, names, found));
    }
}
