//! See `disabled_init_account.md`.

use super::prelude::*;
use super::support::removal::without;
use crate::diagnostic::Safety;
use crate::model::cluster::Cluster;

pub(super) static RULE: Rule = Rule {
    name: "disabled-init-account",
    summary: "an account that the database makes itself, and that is to be off",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("disabled_init_account.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.failed() {
        return;
    }
    let clusters = chart.documents().iter().filter_map(Cluster::current);
    for unit in clusters.flat_map(Cluster::units) {
        let accounts = unit.template().into_iter().flat_map(|template| template.list("systemAccounts"));
        for account in accounts {
            let Some(disabled) = account.get("disabled").filter(|it| it.text() == Some("true") && it.known()) else {
                continue;
            };
            let Some(name) = account.get("name").and_then(Node::known_text) else { continue };
            let Some(definition) = uses.of_unit(unit) else { continue };
            let mut own = definition.spec.list("systemAccounts").filter(|own| own.text_at("name") == Some(name));
            let Some(init) = own.find_map(|own| own.get("initAccount")).filter(|it| it.text() == Some("true")) else {
                continue;
            };
            let report = sink
                .report(&disabled, format!("account `{name}` cannot be disabled: the database makes it by itself"))
                .why("KubeBlocks makes no pods: `cannot disable init system account`.")
                .help("Take `disabled` out.")
                .related(&init, "an account of the database's own");
            without(chart, disabled.heading(), Safety::Unsafe, report);
        }
    }
}
