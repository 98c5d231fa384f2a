//! See `unknown_field.md`.

use super::prelude::*;
use super::support::proof::proven;
use super::support::words::called;
use crate::diagnostic::{Fix, Safety, nearest};
use crate::model::admission::{Dated, Verdict, verdicts};
use crate::model::admit::What;
use crate::model::definition::PASSWORD_FIELDS;
use crate::model::fields::{Elsewhere, Meant, NOTHING_INSTEAD, meant};
use crate::model::lines::Lines;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "unknown-field",
    summary: "a field that the API server does not know and drops",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_field.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        for verdict in verdicts(chart, document, |what| matches!(what, What::Unknown | What::Slip)) {
            // What some of the releases know is the matter of `field-not-in-release`, a lost password of
            // `passwordless-account`.
            if verdict.only.is_none() && !(verdict.targets.promised && is_password(verdict.at)) {
                report(chart, &verdict, sink);
            }
        }
    });
}

fn is_password(key: Node) -> bool {
    let is_name = key.text().is_some_and(|name| PASSWORD_FIELDS.contains(&name));
    is_name && key.document.kind() == Some("ComponentDefinition") && key.path().starts_with("spec.systemAccounts[")
}

fn report(chart: &Chart, verdict: &Verdict, sink: &mut Sink) {
    let key = verdict.at;
    let Some(name) = key.known_text().filter(|_| !key.names_release()) else { return };
    let meaning = meant(world::schemas(), key, verdict.releases());
    let Meant { advice, elsewhere, candidates, .. } = &meaning;
    let near = nearest(name, candidates.iter().copied());
    let is_clear = advice.is_some() || elsewhere.is_some() || near.is_some() || meaning.twice.is_some();
    if verdict.dated == Dated::Old && !is_clear {
        sink.report(&key, format!("unknown field `{name}`: no release since 0.5 has it"))
            .severity(Severity::Info)
            .why("The API server keeps only the fields that the kind has. A release before 0.5 may have had this one.");
        return;
    }
    let place = elsewhere.as_ref().map(|elsewhere| elsewhere.mapping);
    let belongs = match elsewhere {
        Some(Elsewhere { mapping, below: Some(below), .. }) => {
            Some(format!("`{name}` is known in `{below}` of {}", called(*mapping)))
        }
        Some(elsewhere) if elsewhere.outer => Some(format!("`{name}` belongs into {}", called(elsewhere.mapping))),
        Some(elsewhere) => Some(format!("`{name}` belongs below {}", called(elsewhere.mapping))),
        None => None,
    };
    let mut report = if *verdict.what == What::Slip {
        sink.report(&key, format!("unknown field `{name}`: nobody reads it"))
            .why("The API server keeps whatever stands here, and KubeBlocks reads only the fields that it knows.")
    } else {
        sink.report(&key, format!("unknown field `{name}`: it is dropped silently"))
            .why("The API server keeps only the fields that the kind has. Helm installs the chart without a word.")
    };
    if let Some(advice) = advice {
        let mut advice = (*advice).to_owned();
        if let Some(first) = advice.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        report = report.help(format!("{advice}."));
    } else if let (Some(belongs), None) = (&belongs, near) {
        report = report.help(match elsewhere {
            Some(Elsewhere { below: None, outer, .. }) => {
                format!("{belongs}: is it indented too far to the {}?", if *outer { "right" } else { "left" })
            }
            _ => format!("{belongs}."),
        });
    } else if let Some(belongs) = &belongs {
        report = report.help(format!("Or: {belongs}."));
    }
    if let Some(place) = place {
        report = report.related(&place.heading(), format!("`{name}` is known here"));
    }
    if let (None, None, Some(twice)) = (advice, elsewhere, meaning.twice) {
        report = report
            .help(format!("`{}` has it already.", twice.path()))
            .related(&twice, format!("`{name}` is known here"));
    }
    match only(name, candidates).filter(|_| advice.is_none()) {
        Some(same) => {
            let report = report.help(format!("did you mean `{same}`?"));
            report.replace(format!("Replace by `{same}`"), Safety::Safe, same);
        }
        None if advice.is_none() && near.is_some() => _ = report.nearest(name, candidates.iter().copied()),
        None => {
            report.fix(rearranged(chart, key, &meaning));
        }
    }
}

/// The field's lines go where it is known, where only one place can be meant; or away, where it is needless.
fn rearranged(chart: &Chart, key: Node, meaning: &Meant) -> Option<Fix> {
    let name = key.text()?;
    let needless = match meaning.advice {
        Some(advice) => advice.ends_with(NOTHING_INSTEAD),
        None => meaning.elsewhere.is_none() && meaning.twice.is_some(),
    };
    match &meaning.elsewhere {
        _ if needless => {
            proven(chart, format!("Remove `{name}`"), Safety::Unsafe, vec![Lines::of(chart, key)?.removed()?])
        }
        Some(Elsewhere { mapping, below: None, .. }) if meaning.alone && meaning.advice.is_none() => {
            let (edits, safety) = Lines::of(chart, key)?.moved(*mapping)?;
            proven(chart, format!("Move `{name}` into {}", called(*mapping)), safety, edits)
        }
        _ => None,
    }
}

/// The one field that is called the same but for capitals and dashes: nothing else can be meant.
fn only<'s>(name: &str, candidates: &[&'s str]) -> Option<&'s str> {
    let letters = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
    let mut same = candidates.iter().filter(|candidate| letters(candidate) == letters(name));
    same.next().copied().filter(|_| same.next().is_none())
}
