//! See `unknown_service.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::definition::Definition;
use crate::model::wanted::{Member, sources, wanted};
use crate::model::vars::Source;

pub(super) static RULE: Rule = Rule {
    name: "unknown-service",
    summary: "a service that the component does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_service.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for part in wanted(uses, chart, Member::Service).iter().filter(|part| !part.is_special_service()) {
        let severity = if part.is_mild() { Severity::Warning } else { Severity::Error };
        judge(uses, part, "service", severity, sink);
    }
    for (source, owner) in sources(chart) {
        if let Some(owner) = owner.filter(|_| source.kind() == "serviceVarRef")
            && source.name().is_none_or(|name| name.text() == Some(""))
            && let Some(asked) = uses.of_var(owner, source)
        {
            check_default(source, &asked, sink);
        }
    }
}

/// Without a name it is the Service that is called like the component, and only a service without `serviceName` makes it.
fn check_default(source: Source, asked: &[Definition], sink: &mut Sink) {
    let lacking: Vec<&Definition> = asked.iter().filter(|asked| asked.service("").is_none()).collect();
    let Some(first) = lacking.first() else { return };
    let severity = if source.is_optional() { Severity::Info } else { Severity::Error };
    let Some(severity) = severity.lowered_if(lacking.len() < asked.len()) else { return };
    let report = sink
        .report(&source.key, format!("`{}` has no default service", first.name()))
        .severity(severity)
        .why(
            "Without a `name` the variable asks for the Service that is called like the component. It is there only \
             where an item of `services` has no `serviceName`.",
        );
    let names = first.spec.list("services").filter_map(|service| service.text_at("name"));
    let names: Vec<&str> = names.chain(["headless"]).collect();
    let report = report.help(format!("Name a service: {}.", listed(names)));
    if let Some(place) = first.spec.key("services").or_else(|| first.document.name()) {
        report.related(&place, "the services of the definition");
    }
}
