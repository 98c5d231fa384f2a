//! See `passwordless_account.md`.

use super::prelude::*;
use super::support::range::raised;
use crate::diagnostic::Safety;
use crate::model::admission;
use crate::model::definition::{Definition, PASSWORD_FIELDS};
use crate::model::lines::Lines;
use crate::schema::release::{Release, ReleaseSet};
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "passwordless-account",
    summary: "an account whose password is lost in some releases",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("passwordless_account.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    // A chart that promises nothing may be for the releases where it works.
    let Some(promised) = chart.promised() else { return };
    sink.each(chart.documents(), |document, sink| {
        let Some(definition) = Definition::current(document) else { return };
        let Some(targets) = admission::targets(world::schemas(), Some(promised), document) else { return };
        for account in definition.spec.list("systemAccounts") {
            check_account(chart, account, targets.releases, sink);
        }
    });
}

/// 1.0 reads the old field, 1.1 either, later ones the new one (v1 spec §1).
fn check_account(chart: &Chart, account: Node, targets: ReleaseSet, sink: &mut Sink) {
    let [old, new] = PASSWORD_FIELDS;
    let (key, other, deaf): (_, _, ReleaseSet) = match (account.key(old), account.key(new)) {
        (Some(key), None) => (key, new, [Release::V1_2].into_iter().collect()),
        (None, Some(key)) => (key, old, [Release::V1_0].into_iter().collect()),
        _ => return,
    };
    let lost = targets.and(deaf);
    if lost.is_empty() || !key.known() {
        return;
    }
    let name = key.text().unwrap_or_default();
    let all = targets.without(lost).is_empty();
    let report = sink
        .report(&key, format!("in KubeBlocks {lost} this account gets an empty password: `{name}` is not known there"))
        .why("The field is dropped silently, and without it the account is made without a password.")
        .releases(lost.iter().map(Release::name))
        .help(match all {
            true => format!("Call it `{other}`."),
            false => format!("Write `{other}` with the same content beside it, or narrow the releases of the chart."),
        });
    let report = match all {
        true => report.replace(format!("Rename to `{other}`"), Safety::Safe, other),
        false => report.offer(
            format!("Add `{other}`"),
            Safety::Safe,
            Lines::of(chart, key).and_then(|lines| lines.copied(other)),
        ),
    };
    let report = report.fix(raised(chart, lost));
    report.related(&admission::range(chart), "the releases that the chart allows");
}
