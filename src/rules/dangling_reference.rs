//! See `dangling_reference.md`.

use super::prelude::*;
use crate::diagnostic::{Safety, nearest};
use crate::model::asleep;
use crate::model::pattern::{as_written, family};
use crate::model::pods::plain;
use crate::model::resolve::{Resolution, resolve};
use crate::model::sites::{Class, Site};

pub(super) static RULE: Rule = Rule {
    name: "dangling-reference",
    summary: "a name that nothing in the workspace answers to",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("dangling_reference.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.apart(|sink| check_named(chart, sink));
    let sites = uses.world.index().sites_of(chart).filter(|site| site.field.class == Class::Required);
    sink.each(sites, |site, sink| {
        // The cluster of a loose manifest may hold definitions of another release.
        let loose = site.chart.package().is_none();
        let severity = match (site.is_optional(), loose) {
            (true, _) => Severity::Info,
            (false, true) => Severity::Warning,
            (false, false) => Severity::Error,
        };
        match resolve(uses.world, &site) {
            // An expression that is none: see `invalid-pattern`.
            _ if site.pattern().fault().is_some() => {}
            Resolution::Missing(objects) => {
                let mut names: Vec<&str> = objects.iter().filter_map(|object| object.name()).collect();
                names.dedup();
                let help = match names.is_empty() {
                    true => String::new(),
                    false => format!("Here are {}.", listed(&names)),
                };
                let report = sink.report(&site.node, message(&site)).severity(severity).why(site.field.without);
                let report = if help.is_empty() { report } else { report.help(help) };
                let written = as_written(site.text(), names.iter().copied());
                let written = || written.iter().map(String::as_str);
                match newest(&site, &names).filter(|_| nearest(site.text(), written()).is_none()) {
                    Some(newest) => report.replace(format!("Replace by `{newest}`"), Safety::Unsafe, newest),
                    None => report.nearest(site.text(), written()),
                };
            }
            Resolution::Dormant(written) => {
                let severity = if severity == Severity::Error { Severity::Warning } else { Severity::Info };
                sink.report(&site.node, message(&site))
                    .severity(severity)
                    .why(site.field.without)
                    .help("With other values it may be there.")
                    .related(&written, "defined here, but not rendered with these values");
            }
            Resolution::Found(_) | Resolution::Elsewhere | Resolution::Open => {}
        }
    });
}

/// An object of Kubernetes' own that pods, or those who grant permissions, name.
struct Named<'w> {
    kind: &'w str,
    name: Node<'w>,
}

/// What a document names of Kubernetes, where KubeBlocks has no part.
fn named(document: &Document) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    if let Some(pods) = plain(document) {
        let of_pod = [
            ("ConfigMap", "volumes[].configMap.name"),
            ("Secret", "volumes[].secret.secretName"),
            ("ServiceAccount", "serviceAccountName"),
        ];
        let of_container = [
            ("ConfigMap", "env[].valueFrom.configMapKeyRef.name"),
            ("ConfigMap", "envFrom[].configMapRef.name"),
            ("Secret", "env[].valueFrom.secretKeyRef.name"),
            ("Secret", "envFrom[].secretRef.name"),
        ];
        let own = of_pod.into_iter().map(|(kind, path)| (kind, pods.spec.each(path)));
        let inner = pods.containers().flat_map(|of| of_container.map(|(kind, path)| (kind, of.each(path))));
        let all = own.chain(inner);
        found.extend(all.flat_map(|(kind, names)| names.into_iter().map(move |name| Named { kind, name })));
    }
    let binds = matches!(document.kind(), Some("ClusterRoleBinding" | "RoleBinding")) && document.is_sound();
    if let Some(root) = document.root().filter(|_| binds) {
        let granted = root.list("subjects").chain(root.get("roleRef"));
        let kinds = ["ServiceAccount", "ClusterRole", "Role"];
        let of_kind = |of: Node<'_>| kinds.into_iter().find(|kind| of.text_at("kind") == Some(kind));
        found.extend(granted.filter_map(|of| Some(Named { kind: of_kind(of)?, name: of.get("name")? })));
    }
    found
}

/// Names of objects that the chart nearly has. Others may come from elsewhere, and what is named besides is there for
/// somebody.
fn check_named(chart: &Chart, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    for Named { kind, name } in chart.documents().iter().flat_map(named) {
        let Some(text) = name.known_text() else { continue };
        let own = chart.documents().iter().filter(|document| document.kind() == Some(kind));
        let names: Vec<&str> = own.filter_map(Document::name_text).collect();
        let Some(near) = nearest(text, names.iter().copied()).filter(|_| !names.contains(&text)) else { continue };
        let is_said = |document: &Document| {
            let own = document.name();
            let scalars = document.root().map(Node::scalars).unwrap_or_default();
            scalars.into_iter().any(|scalar| scalar.text() == Some(near) && Some(scalar) != own)
        };
        if chart.documents().iter().any(is_said) || asleep::mentions(chart, text) {
            continue;
        }
        sink.report(&name, format!("no {kind} of this chart is named `{text}`"))
            .severity(Severity::Warning)
            .why(format!("It has `{near}`, which nobody names."))
            .nearest(text, [near]);
    }
}

fn message(site: &Site<'_>) -> String {
    let verb = if site.pattern().is_regex() { "matches" } else { "is named" };
    format!("no {} {verb} `{}`", site.field.target.kind, site.text())
}

/// Of names that differ from the wanted one in their version alone the one of the highest version.
fn newest<'n>(site: &Site<'_>, names: &[&'n str]) -> Option<&'n str> {
    let wanted = family(site.text());
    let plain = site.text().chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    let versioned = plain && !wanted.is_empty() && site.text() != wanted;
    let numbers = |name: &str| -> Vec<u64> {
        name[wanted.len()..].split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
    };
    let same = names.iter().copied().filter(|name| versioned && family(name) == wanted && name.starts_with(&*wanted));
    same.max_by_key(|name| numbers(name))
}
