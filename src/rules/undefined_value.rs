//! See `undefined_value.md`.

use super::prelude::*;
use super::support::failures::{breaks, is_given, missing_dependencies};
use crate::diagnostic::Safety;
use crate::helm::render::Rendered;
use crate::model::misspelt::{Astray, astray, misspelt, misspelt_release};
use crate::model::values;
use crate::template::eval::Hole;
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "undefined-value",
    summary: "a value that does not exist, printed where something must stand",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("undefined_value.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    sink.apart(|sink| check_printed(chart, sink));
    sink.apart(|sink| check_astray(chart, sink));
    sink.each(chart.own_templates(), |file, sink| {
        for wrong in misspelt_release(file).into_iter().filter(|wrong| !is_told(chart, wrong.at)) {
            sink.report(&wrong.at, format!("`.Release.{}` does not exist", wrong.path))
                .severity(Severity::Warning)
                .why("Helm takes nothing for it, and goes on.")
                .nearest(chart.words(wrong.at), [wrong.near.as_str()]);
        }
        for wrong in misspelt(chart, file) {
            if !is_told(chart, wrong.at) && !is_optional(chart, &wrong.path) {
                sink.report(&wrong.at, format!("`.Values.{}` does not exist", wrong.path))
                    .severity(Severity::Warning)
                    .why("Nothing is what Helm takes for a value that does not exist, in a condition too, and it goes on.")
                    .nearest(chart.words(wrong.at), [wrong.near.as_str()]);
            }
        }
    });
}

/// Values that are asked for where the rendering did not come, or where nothing is printed.
fn check_astray(chart: &Chart, sink: &mut Sink) {
    for astray in astray(chart) {
        match astray {
            Astray::Twin(wrong) if !is_told(chart, wrong.at) && !is_optional(chart, &wrong.path) => {
                sink.report(&wrong.at, format!("`.Values.{}` does not exist", wrong.path))
                    .severity(Severity::Warning)
                    .why(format!("values.yaml has `{}` at the same place, and nothing reads that.", wrong.near))
                    .help(format!("did you mean `{}`?", wrong.near))
                    .replace(format!("Replace by `{}`", wrong.near), Safety::Unsafe, wrong.near);
            }
            Astray::Nothing(at, path) if !is_told(chart, at) && !is_offered(chart, &path) => {
                sink.report(&at, format!("`.Values.{path}` does not exist, and something is read from it"))
                    .severity(Severity::Warning)
                    .why("The values as they are do not lead here. Where others do, Helm stops.")
                    .help(format!("Give `{path}` a value in values.yaml, or ask first whether it is there."));
            }
            _ => {}
        }
    }
}

/// Something was said there when the chart was rendered.
fn is_told(chart: &Chart, at: Span) -> bool {
    let render = || chart.rendering().into_iter();
    let holes = render().flat_map(|render| &render.files).flat_map(|file| &file.holes).map(|hole| hole.span);
    let mut told = holes.chain(render().flat_map(|render| &render.faults).map(|fault| fault.fault.span));
    told.any(|span| span.file == at.file && span.range.touches(at.range.start))
}

/// Values that were asked for when the chart was rendered, and left a gap.
fn check_printed(chart: &Chart, sink: &mut Sink) {
    let missing = missing_dependencies(chart);
    for rendered in chart.rendering().into_iter().flat_map(|render| &render.files) {
        for hole in &rendered.holes {
            if is_given(&missing, &hole.path) {
                continue;
            }
            let Some(offset) = hole.at else { continue };
            let documents = chart
                .documents()
                .iter()
                .filter(|document| Arc::ptr_eq(document.rendered(), rendered) && document.range.touches(offset));
            for document in documents {
                let (damage, severity) = match document.entry_at(offset).filter(|_| !breaks(document, offset)) {
                    Some((key, value)) => match damage(key, value) {
                        Some(damage) => (damage, Severity::Error),
                        // A field without a value is left out, as if nobody had written it.
                        None if value.is_null() => {
                            (format!("`{}` is left out", key.text().unwrap_or_default()), Severity::Info)
                        }
                        None => (loss(key, value, document.line_at(offset).1), Severity::Warning),
                    },
                    None if breaks(document, offset) => {
                        (format!("this is no YAML: `{}`", document.line_at(offset).1.trim()), Severity::Error)
                    }
                    None => ("nothing is printed here".to_owned(), Severity::Warning),
                };
                // What a dependency's own values are is its own matter.
                let own = chart.own_templates().any(|file| file.source.id == rendered.source.id);
                if severity == Severity::Error || own && !is_optional(chart, &hole.path) {
                    report(chart, rendered, hole, &damage, severity, sink);
                }
            }
        }
    }
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
        "image" => {
            text.starts_with(['/', ':']) || text.ends_with(['/', ':']) || text.contains("//") || text.contains("/:")
        }
        _ => false,
    };
    broken.then(|| format!("`{name}` is `{text}`"))
}

/// What has become of a text that lacks a part, in words.
fn loss(key: Node<'_>, value: Node<'_>, line: &str) -> String {
    let name = key.text().unwrap_or_default();
    match value.text().unwrap_or_default() {
        "" => format!("`{name}` is empty"),
        text if text.contains('\n') => format!("the line is `{}`", line.trim()),
        text => format!("`{name}` is `{text}`"),
    }
}

/// A key without a value, a comment in values.yaml, or the values' schema says that the value may be given.
fn is_optional(chart: &Chart, path: &str) -> bool {
    let (above, key) = path.rsplit_once('.').unwrap_or(("", path));
    let roots = chart.plain().iter().filter_map(Document::root);
    let mut maps = roots.filter_map(|root| if above.is_empty() { Some(root) } else { root.at(above) });
    if maps.any(|map| map.key(key).is_some()) {
        return true;
    }
    let file = |name: &str| {
        let file = chart.package().and_then(|package| chart.file(&package.root.join(name)));
        file.map_or("", |file| file.text())
    };
    let comments = file("values.yaml").lines().filter_map(|line| line.split_once('#'));
    let mut comments = comments.map(|(_, comment)| comment.trim_start_matches(['#', ' ', '-']));
    comments.any(|comment| comment.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')))
        || file("values.schema.json").contains(&format!("\"{key}\""))
}

/// As [`is_optional`], where a comment says it below the same key.
fn is_offered(chart: &Chart, path: &str) -> bool {
    let (above, key) = path.rsplit_once('.').unwrap_or(("", path));
    let above = above.rsplit('.').next().unwrap_or_default();
    let values = values::document(chart).map_or("", |document| &document.rendered().source.text);
    // The column and the name of what looks like a key, also in a comment.
    let entry = |line: &'_ str| {
        let rest = line.trim_start_matches([' ', '#', '-']);
        let end = rest.find(':').filter(|end| rest[*end + 1..].is_empty() || rest[*end + 1..].starts_with(' '))?;
        let name = rest[..end].to_owned();
        let before = &line[..line.len() - rest.len()];
        let columns = [before.len(), before.rfind('#').unwrap_or(before.len())];
        (!name.contains(' ') && !rest.contains("://")).then_some((columns, name))
    };
    let entries: Vec<([usize; 2], String)> = values.lines().filter_map(entry).collect();
    let offered = entries.iter().enumerate().filter(|(_, (_, name))| name == key).any(|(at, (columns, _))| {
        columns.iter().any(|column| {
            let mut before = entries[..at].iter().rev();
            before.find(|([other, _], _)| other + 1 < *column).is_none_or(|(_, name)| name == above)
        })
    });
    offered
        || chart
            .file(&chart.root.join("values.schema.json"))
            .is_some_and(|file| file.text().contains(&format!("\"{key}\"")))
}

fn report(chart: &Chart, rendered: &Rendered, hole: &Hole, damage: &str, severity: Severity, sink: &mut Sink) {
    let path = &hole.path;
    let chain = chart.words(hole.span);
    let parent = values::own(chart).and_then(|root| match path.rsplit_once('.') {
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
    sink.report(&rendered.calls.place(hole.span, hole.calls), format!("`.Values.{path}` does not exist, so {damage}"))
        .severity(severity)
        .why(match severity {
            Severity::Error => {
                "Helm prints nothing for a value that does not exist, and goes on. The API server refuses the object."
            }
            _ => "Helm prints nothing for a value that does not exist, and goes on.",
        })
        .help(format!("Give `{path}` a value in values.yaml, or a fallback with `default`."))
        .nearest(chain, chains.iter().map(String::as_str));
}
