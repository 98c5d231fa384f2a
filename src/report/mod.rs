//! Reports of `--check`, one file per format.

pub mod baseline;
pub mod checkstyle;
pub mod concise;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod origins;
pub mod rdjson;
pub mod sarif;
pub mod statistics;
pub mod text;
mod xml;

use std::collections::HashMap;

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::order;
use crate::text::{Encoding, LineCol, Span};
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

/// A place as reports tell it: lines and columns count from 1.
pub struct At {
    pub path: String,
    pub start: (u32, u32),
    pub end: (u32, u32),
}

impl Report<'_> {
    /// Where a span is; columns in Unicode scalar values.
    pub fn place(&self, span: Span) -> Option<At> {
        self.place_in(span, Encoding::Utf32)
    }

    /// Where a span is, with columns of this unit.
    pub fn place_in(&self, span: Span, unit: Encoding) -> Option<At> {
        let source = self.world.source(span.file)?;
        let position = |offset| {
            let LineCol { line, col } = source.lines.line_col(offset, unit);
            (line + 1, col + 1)
        };
        let path = relative(self.folder, &source.path);
        Some(At { path, start: position(span.range.start), end: position(span.range.end) })
    }

    /// For each finding a name that stays the same when it moves: made of the rule, its words and the line's text. The
    /// second of two equal ones has another name.
    pub fn fingerprints(&self) -> Vec<String> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let names = self.findings.iter().map(|finding| {
            let line = self.world.source(finding.span.file).map_or("", |source| {
                let line = source.lines.line_col(finding.span.range.start, Encoding::Utf8).line;
                source.lines.line_range(line).of(&source.text).trim()
            });
            let base = format!("{}\n{}\n{line}", finding.rule, finding.message);
            let count = seen.entry(base.clone()).or_default();
            *count += 1;
            let hash = Sha256::digest(format!("{base}\n{count}"));
            hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
        });
        names.collect()
    }
}

/// JSON for a file.
fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
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
                definition: document.name_text().unwrap_or_default().to_owned(),
                order: text,
                path: relative(self.folder, document.path()),
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
