//! See `missing_field.md`.

use super::prelude::*;
use super::support::words::called;
use crate::diagnostic::{Fix, Report, Safety, nearest};
use crate::model::admission::{Verdict, fitting, verdicts};
use crate::model::admit::What;
use crate::model::fields::meant;
use crate::model::kinds::Kinds;
use crate::model::lines;
use crate::schema::release::ReleaseSet;
use crate::schema::walk::Place;
use crate::world;
use crate::yaml::path::Path;

pub(super) static RULE: Rule = Rule {
    name: "missing-field",
    summary: "a required field that is not there",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("missing_field.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    check_heading(chart, document, sink);
    for verdict in verdicts(chart, document, |what| matches!(what, What::Missing { .. })) {
        let What::Missing { field, key } = verdict.what else { continue };
        let node = verdict.at;
        if is_misspelt(chart, &verdict, field) {
            continue;
        }
        let suffix = verdict.suffix();
        let report = match key.map(|key| node.document.node(key)) {
            Some(key) => sink.report(&key, format!("`{field}` has no value, and {} needs one{suffix}", called(node))),
            None => sink.report(&node.heading(), format!("{} needs a field `{field}`{suffix}", called(node))),
        };
        let report = report
            .severity(verdict.severity(Severity::Error))
            .why("The API server refuses the object.")
            .releases(verdict.names());
        if key.is_none() {
            offer_values(chart, &verdict, field, report);
        }
    }
}

/// More values than this are no choice.
const MAX_VALUES: usize = 5;

/// The field with each of the values that it knows.
fn offer_values(chart: &Chart, verdict: &Verdict, field: &str, mut report: Report) {
    let document = verdict.at.document;
    let (Some(version), Some(kind)) = (document.api_version(), document.kind()) else { return };
    let path = Path::of(document.tree(), verdict.at.id);
    let place = Place::at(world::schemas(), version, kind, verdict.targets.releases, &path).key(field);
    let everywhere = |releases: ReleaseSet| verdict.targets.releases.without(releases).is_empty();
    let values = place.values().into_iter().filter(|(_, releases)| everywhere(*releases));
    let values = values.filter_map(|(value, _)| Some(value.as_str()?.to_owned()));
    let values: Vec<String> = values.chain((field == "port").then(|| target(verdict.at)).flatten()).collect();
    for value in values.iter().filter(|_| values.len() <= MAX_VALUES) {
        let Some(edit) = lines::put_entry(chart, verdict.at, &format!("{field}: {value}")) else { return };
        report =
            report.fix(Fix { title: format!("Add `{field}: {value}`"), safety: Safety::Unsafe, edits: vec![edit] });
    }
}

/// The number that a port of a service leads to, which is mostly its own.
fn target(port: Node) -> Option<String> {
    let target = port.get("targetPort").filter(|target| target.known())?;
    if let Some(number) = target.integer() {
        return Some(number.to_string());
    }
    let component = std::iter::successors(port.parent(), |node| node.parent());
    let paths = ["podSpec.containers[].ports[]", "runtime.containers[].ports[]"];
    let ports: Vec<Node> = component.flat_map(|node| paths.map(|path| node.each(path))).flatten().collect();
    let named = ports.iter().find(|port| port.get("name").and_then(Node::text) == target.text());
    Some(named?.get("containerPort")?.integer()?.to_string())
}

/// What stands there is not known, or a value as it is: who leaves it empty by default leaves it to the user.
fn asks_user(chart: &Chart, key: Node) -> bool {
    let rest = key.place().and_then(|place| {
        let text = chart.files.get(&place.span.file)?.text();
        text.get(place.span.range.start as usize..)?.lines().next()
    });
    rest.is_none_or(|rest| rest.contains(".Values"))
}

fn check_heading(chart: &Chart, document: &Document, sink: &mut Sink) {
    let root = document.root().filter(|root| document.is_sound() && root.entries().next().is_some());
    let Some(root) = root.filter(|_| chart.package().is_some()) else { return };
    let keys = || root.entries().filter_map(|(key, _)| key.text());
    let mut lacking = ["apiVersion", "kind"].into_iter().filter(|field| root.key(field).is_none());
    if let Some(field) = lacking.next() {
        let Some((first, _)) = root.entries().next() else { return };
        let near = keys().find(|key| nearest(key, [field]).is_some());
        let at = near.and_then(|key| root.key(key)).unwrap_or(first);
        let report = sink
            .report(&at, format!("the object has no `{field}`"))
            .why("Nobody knows what it is: Helm stops there, and installs nothing.")
            .help(match near {
                Some(near) => format!("Write `{field}` instead of `{near}`."),
                None => format!("Add `{field}`, or take the text out of `templates`."),
            });
        match near {
            Some(_) => _ = report.replace(format!("Replace by `{field}`"), Safety::Unsafe, field),
            None => {
                // A kind that is known in one version alone.
                let kind = root.text_at("kind").filter(|_| field == "apiVersion");
                let versions: Vec<String> = kind.map(|kind| versions(chart, kind)).unwrap_or_default();
                if let [version] = versions.as_slice()
                    && let Some(edit) = lines::put_before(chart, first, &format!("apiVersion: {version}"))
                {
                    report.fix(Fix {
                        title: format!("Add `apiVersion: {version}`"),
                        safety: Safety::Unsafe,
                        edits: vec![edit],
                    });
                }
            }
        }
        return;
    }
    let metadata = root.get("metadata");
    let has = |field: &str| {
        let key = metadata.and_then(|metadata| metadata.key(field));
        let value = metadata
            .and_then(|metadata| metadata.get(field))
            .filter(|value| value.text() != Some("") || !value.known());
        key.is_some_and(|key| value.is_some_and(|value| !value.is_null()) || asks_user(chart, key))
    };
    if !has("name") && !has("generateName") && root.key("items").is_none() {
        let at = metadata.and_then(|metadata| metadata.key("name"));
        sink.report(&at.unwrap_or_else(|| metadata.unwrap_or(root).heading()), "the object has no name")
            .why("The API server refuses the object, and Helm stops there.")
            .help("Add `metadata.name`.");
    }
}

/// The versions in which all releases that the chart is for serve a kind.
fn versions(chart: &Chart, kind: &str) -> Vec<String> {
    let schemas = world::schemas();
    let releases = fitting(chart);
    let ours = Kinds(schemas).versions(kind).into_iter();
    let of_kubernetes = schemas.kubernetes().iter().filter(|known| &*known.kind == kind);
    let of_kubernetes = of_kubernetes.flat_map(|known| known.versions.iter().map(|version| known.api_version(version)));
    ours.chain(of_kubernetes).filter(|version| releases.without(schemas.serving(version, kind)).is_empty()).collect()
}

/// A key that nobody knows stands in its place, and `unknown-field` tells what it should be.
fn is_misspelt(chart: &Chart, missing: &Verdict, field: &str) -> bool {
    let beside = verdicts(chart, missing.at.document, |what| matches!(what, What::Unknown | What::Slip)).into_iter();
    let mut beside = beside.filter(|verdict| verdict.only.is_none() && verdict.at.parent() == Some(missing.at));
    beside.any(|verdict| {
        let meant = meant(world::schemas(), verdict.at, verdict.releases());
        let advised = meant.advice.is_some_and(|advice| advice.contains(&format!("`{field}`")));
        let near = || verdict.at.text().and_then(|name| nearest(name, meant.candidates.iter().copied()));
        advised || meant.advice.is_none() && near() == Some(field)
    })
}
