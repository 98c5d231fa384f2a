//! See `unknown_account.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::wanted::{Member, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unknown-account",
    summary: "a system account that the component does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_account.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        for part in wanted(uses, document, Member::Account) {
            judge(uses, &part, "system account", Severity::Error, sink);
        }
    });
}
