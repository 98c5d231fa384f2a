//! See `undefined_value.md`.

use super::missing_dependency::missing_dependencies;
use super::prelude::*;
use crate::helm::render::Rendered;
use crate::template::eval::Hole;
use crate::yaml::tree::ProblemKind;

pub(super) static RULE: Rule = Rule {
    name: "undefined-value",
    summary: "a value that does not exist, printed where something must stand",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("undefined_value.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    let missing = missing_dependencies(chart);
    for rendered in chart.rendering().into_iter().flat_map(|render| &render.files) {
        for hole in &rendered.holes {
            let root = hole.path.split('.').next().unwrap_or_default();
            if missing.iter().any(|name| name == root) {
                continue;
            }
            let Some(offset) = hole.at else { continue };
            let documents = chart.documents().iter().filter(|document| {
                std::ptr::eq(&*document.rendered, &**rendered) && document.range.touches(offset)
            });
            for document in documents {
                let damage = match document.entry_at(offset).filter(|_| !breaks(document, offset)) {
                    Some((key, value)) => damage(key, value),
                    None if breaks(document, offset) => {
                        Some(format!("this is no YAML: `{}`", document.line_at(offset).1.trim()))
                    }
                    None => None,
                };
                if let Some(damage) = damage {
                    report(chart, rendered, hole, &damage, sink);
                }
            }
        }
    }
}

/// What is printed nothing at byte `offset` of the rendered text leaves a line that ends in a colon, as in
/// `image: name:`, and is no YAML for it.
fn breaks(document: &Document, offset: u32) -> bool {
    let (number, line) = document.line_at(offset);
    let syntax = document.tree.problems().iter().filter(|problem| matches!(problem.kind, ProblemKind::Syntax(_)));
    line.trim_end().ends_with(':')
        && document.line_at(offset + 1).0 > number
        && syntax.into_iter().any(|problem| document.line(problem.range).0 == number)
}

/// A value that does not exist is the reason why rendered line `number` of the document is no YAML.
pub(super) fn breaks_line(document: &Document, number: usize) -> bool {
    let mut offsets = document.rendered.holes.iter().filter_map(|hole| hole.at);
    offsets.any(|offset| document.line_at(offset).0 == number && breaks(document, offset))
}

/// What is wrong with a required value, in words; `None` where it is good, or may be absent.
fn damage(key: Node<'_>, value: Node<'_>) -> Option<String> {
    let document = key.document;
    let kind = document.kind()?;
    document.api_version()?;
    let name = key.text()?;
    let path = value.path();
    if matches!(kind, "ConfigMap" | "Secret") && (path.starts_with("data.") || path.starts_with("stringData.")) {
        return None;
    }
    let text = value.text()?;
    let required = match name {
        "name" | "kind" | "apiVersion" | "containerPort" | "port" | "mountPath" | "key" => true,
        "clusterDefinitionRef" | "componentDefRef" | "componentDefName" | "templateRef" | "volumeName" => true,
        "image" => path.contains("ontainers["),
        _ => false,
    };
    if !required {
        return None;
    }
    if value.is_null() || text.is_empty() {
        return Some(format!("`{name}` is empty"));
    }
    let broken = match name {
        "name" | "templateRef" | "clusterDefinitionRef" | "componentDefRef" | "componentDefName" | "volumeName" => {
            text.starts_with(['-', '.']) || text.ends_with(['-', '.'])
        }
        "image" => text.starts_with(['/', ':']) || text.ends_with(['/', ':']) || text.contains("//") || text.contains("/:"),
        _ => false,
    };
    broken.then(|| format!("`{name}` is `{text}`"))
}

fn report(chart: &Chart, rendered: &Rendered, hole: &Hole, damage: &str, sink: &mut Sink) {
    let path = &hole.path;
    let chain = chart.words(hole.span);
    let values = chart.plain().iter().find(|document| document.rendered.source.path.file_name() == Some("values.yaml"));
    let parent = values.and_then(Document::root).and_then(|root| match path.rsplit_once('.') {
        Some((parent, _)) => root.at(parent),
        None => Some(root),
    });
    // The chain with its last field replaced by each of those that exist.
    let chains: Vec<String> = match chain.rsplit_once('.') {
        Some((before, _)) => {
            let keys = parent.into_iter().flat_map(Node::entries).filter_map(|(key, _)| key.text());
            keys.map(|key| format!("{before}.{key}")).collect()
        }
        None => Vec::new(),
    };
    sink.report(
        &rendered.calls.place(hole.span, hole.calls),
        format!("`.Values.{path}` does not exist, so {damage}"),
    )
    .why("Helm prints nothing for a value that does not exist, and goes on. The API server refuses the object.")
    .help(format!("Give `{path}` a value in values.yaml, or a fallback with `default`."))
    .nearest(chain, chains.iter().map(String::as_str));
}
