//! See `field_not_in_release.md`.

use super::prelude::*;
use super::support::range::raised;
use super::support::unmanaged::{Unmanaged, unmanaged};
use crate::model::admission::{self, Verdict, verdicts};
use crate::model::admit::What;
use crate::model::definition::PASSWORD_FIELDS;
use crate::model::fields::meant;
use crate::model::pattern::{Mode, Pattern};
use crate::schema::release::ReleaseSet;
use crate::world::{self, Known};

pub(super) static RULE: Rule = Rule {
    name: "field-not-in-release",
    summary: "a field that some of the KubeBlocks releases drop which the chart allows",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("field_not_in_release.md"),
    check: Check::Linked(check),
};

/// Fields without which an object works as well.
const HARMLESS: [&str; 1] = ["retryIntervalSeconds"];

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let known = Known::default();
    let unmanaged = || &**known.get(|| unmanaged(uses, chart));
    sink.each(chart.documents(), |document, sink| {
        // Fields that came with one release, beside each other, are one mistake.
        let mut together: Vec<(Node, Vec<Verdict>)> = Vec::new();
        for verdict in verdicts(chart, document, |what| *what == What::Unknown) {
            let (Some(faulty), Some(mapping)) = (verdict.only, verdict.at.parent()) else { continue };
            let is_certain = verdict.at.text().is_some() && verdict.at.known();
            if !is_certain || told_elsewhere(chart, &verdict, faulty, unmanaged) {
                continue;
            }
            match together
                .iter_mut()
                .find(|(node, all)| *node == mapping && is_newer(&verdict, faulty) && all[0].only == verdict.only)
            {
                Some((_, all)) => all.push(verdict),
                None => together.push((mapping, vec![verdict])),
            }
        }
        for (_, verdicts) in &together {
            report(chart, verdicts, sink);
        }
    });
}

/// Only later releases have it.
fn is_newer(verdict: &Verdict, faulty: ReleaseSet) -> bool {
    verdict.targets.releases.without(faulty).first() > faulty.last()
}

/// Another rule has said what comes of it, or nothing does.
fn told_elsewhere<'u>(
    chart: &Chart,
    verdict: &Verdict,
    faulty: ReleaseSet,
    unmanaged: impl Fn() -> &'u [Unmanaged<'u>],
) -> bool {
    let document = verdict.at.document;
    // `passwordless-account` speaks of these.
    if verdict.at.text().is_some_and(|name| PASSWORD_FIELDS.contains(&name)) {
        return true;
    }
    if document.kind() == Some("ParametersDefinition") {
        let name = document.name_text();
        let renderers = chart.documents().iter().filter(|other| other.kind() == Some("ParamConfigRenderer"));
        let mut named = renderers.filter_map(Document::spec).flat_map(|spec| spec.list("parametersDefs"));
        let wanted = document.spec().and_then(|spec| spec.text_at("componentDef"));
        let wanted = wanted.map(|wanted| Pattern::new(Mode::PrefixOrRegex, wanted));
        let takes = |config: &Unmanaged| wanted.as_ref().is_some_and(|wanted| wanted.matches(config.definition.name()));
        let mut lost = unmanaged().iter().filter(|config| faulty.without(config.releases).is_empty());
        // Up to 1.1 a renderer says what these fields say later.
        return named.any(|entry| entry.text().is_some() && entry.text() == name) || lost.any(takes);
    }
    let within = |config: &Unmanaged| {
        let mapping = config.name.parent();
        faulty.without(config.releases).is_empty() && mapping.is_some() && verdict.at.parent() == mapping
    };
    unmanaged().iter().any(within)
}

fn report(chart: &Chart, verdicts: &[Verdict], sink: &mut Sink) {
    let [verdict, others @ ..] = verdicts else { return };
    let key = verdict.at;
    let (Some(name), Some(faulty)) = (key.text(), verdict.only) else { return };
    let knowing = verdict.targets.releases.without(faulty);
    let (Some(first), Some(last)) = (knowing.first(), knowing.last()) else { return };
    let newer = is_newer(verdict, faulty);
    let names: Vec<&str> = verdicts.iter().filter_map(|verdict| verdict.at.text()).collect();
    let message = match others {
        [] if newer => format!("`{name}` exists only from KubeBlocks {} on", first.name()),
        [] => format!("`{name}` exists only up to KubeBlocks {}", last.name()),
        _ => format!("{} exist only from KubeBlocks {} on", listed(&names), first.name()),
    };
    let range = admission::range(chart);
    let range_text = range.and_then(Node::text).unwrap_or_default();
    let harmless = names.iter().all(|name| HARMLESS.contains(name));
    let severity = if harmless { Severity::Info } else { verdict.severity(Severity::Warning) };
    let what = if others.is_empty() { "the field" } else { "these fields" };
    let mut report = sink
        .report(&key, message)
        .severity(severity)
        .why(format!("The chart allows `{range_text}`, and KubeBlocks {faulty} drops {what} silently."))
        .releases(verdict.names());
    let advice = meant(world::schemas(), key, faulty).advice;
    report = match advice {
        _ if newer => report.help(format!(
            "Raise the range to `>={}.0`, or write {} only where the release has it.",
            first.name(),
            if others.is_empty() { "the field" } else { "each" },
        )),
        Some(advice) => report.help(format!("In newer releases {advice}.")),
        None => report,
    };
    if let Some(fix) = raised(chart, faulty).filter(|_| newer && !harmless) {
        report = report.fix(fix);
    }
    for other in others {
        report = report.related(&other.at, "this one, too");
    }
    report.related(&range, "the releases that the chart allows");
}
