//! See `unresolved_external.md`.

use super::prelude::*;
use crate::model::resolve::{Resolution, resolve};
use crate::model::sites::Class;

pub(super) static RULE: Rule = Rule {
    name: "unresolved-external",
    summary: "a definition that must come from a chart that is not in view",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unresolved_external.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for site in uses.world.index().sites_of(chart).filter(|site| site.field.class != Class::Live) {
        if !matches!(resolve(uses.world, &site), Resolution::Elsewhere) {
            continue;
        }
        let kind = site.field.target.kind;
        sink.report(&site.node, format!("{kind} `{}` is not in this workspace", site.text()))
            .quiet()
            .why("It must come from another chart, so nothing that depends on it is checked.")
            .help("Open the chart that defines it together with this one.");
    }
}
