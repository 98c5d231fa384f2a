//! Reports of `--check`, one file per format.

pub mod graph;
pub mod json;
pub mod origins;
pub mod text;

use camino::Utf8Path;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::object::Node;
use crate::model::order;
use crate::world::World;

/// What all formats are made from.
pub struct Report<'a> {
    pub world: &'a World,
    pub findings: &'a [Diagnostic],
    pub totals: Totals,
    /// Paths are told relative to this folder, where they lie below it or beside it.
    pub folder: &'a Utf8Path,
}

/// What was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    pub charts: usize,
    pub manifests: usize,
}

impl Report<'_> {
    /// What is allowed does not count.
    pub fn count(&self, severity: Severity) -> usize {
        let counted = self.findings.iter().filter(|finding| finding.allowed.is_none());
        counted.filter(|finding| finding.severity == severity).count()
    }
}

/// The start order that one ClusterDefinition's references and waits make.
pub struct StartOrder {
    pub definition: String,
    /// `etcd > meta > {datanode, frontend}`: what stands left is there before what stands right of it starts.
    pub order: String,
    pub path: String,
}

impl Report<'_> {
    /// The start orders of all definitions whose components have to do with each other.
    pub fn orders(&self) -> Vec<StartOrder> {
        let charts = self.world.charts.values().filter(|chart| !chart.failed());
        let orders = charts.flat_map(|chart| order::of_chart(chart)).filter_map(|order| {
            let text = order.to_string();
            let document = order.definition.document;
            (!text.is_empty()).then(|| StartOrder {
                definition: document.name().and_then(Node::text).unwrap_or_default().to_owned(),
                order: text,
                path: relative(self.folder, &document.rendered.source.path),
            })
        });
        orders.collect()
    }
}

/// `path` as seen from `folder`, with `/`: below it without a prefix, elsewhere through `..`.
pub fn relative(folder: &Utf8Path, path: &Utf8Path) -> String {
    let common = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    if common <= 1 {
        return path.as_str().replace('\\', "/");
    }
    let up = folder.components().skip(common).map(|_| "..");
    let down = path.components().skip(common).map(|part| part.as_str());
    let parts: Vec<&str> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// The word for a severity in every format.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Where a rule's page can be read.
pub fn url(rule: &str) -> String {
    format!("{}/blob/main/src/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), rule.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths() {
        let folder = Utf8Path::new("/a/b");
        for (path, expected) in
            [("/a/b/c.yaml", "c.yaml"), ("/a/c/d.yaml", "../c/d.yaml"), ("/x/y", "/x/y"), ("/a/b", "."), ("/a", "..")]
        {
            assert_eq!(relative(folder, Utf8Path::new(path)), expected, "{path}");
        }
    }
}
