//! See `undefined_template_variable.md`.

use super::prelude::*;
use super::support::vars::defined;
use crate::diagnostic::{Edit, Fix, Safety, nearest};
use crate::model::builtins;
use crate::model::config_template::{
    ConfigText, Known, MANAGED_NAMES, Read, Refusal, Template, is_credential, is_given_by_clusters, texts,
};
use crate::model::index::Object;
use crate::model::resolve::SIDECAR_DEFINITION;

pub(super) static RULE: Rule = Rule {
    name: "undefined-template-variable",
    summary: "a name in a configuration or script that KubeBlocks has no value for",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("undefined_template_variable.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let sidecars = uses.world.index().objects(SIDECAR_DEFINITION).filter_map(Object::root);
    let of_sidecars: Vec<&str> =
        sidecars.flat_map(|root| root.list("spec.vars")).filter_map(|var| var.text_at("name")).collect();
    sink.each(texts(uses, chart), |text, sink| {
        let Some(known) = text.users.iter().map(|user| Known::of(*user)).collect::<Option<Vec<_>>>() else { return };
        let template = Template::new(text.node.text().unwrap_or_default());
        // A text that is written for parameters, and is not managed: `broken-config-template` tells.
        let all_managed = text.users.iter().all(|user| user.managed);
        let managed = template.refusals(all_managed).iter().any(|refusal| matches!(refusal, Refusal::Managed(_)));
        for read in template.names() {
            if managed && MANAGED_NAMES.contains(&read.name) {
                continue;
            }
            let elsewhere = of_sidecars.contains(&read.name);
            if !read.guarded && !elsewhere && !is_given_by_clusters(uses.world, read.name) {
                check_read(uses, &text, &known, read, sink);
            }
        }
    });
}

fn check_read<'w>(uses: &Uses<'w>, text: &ConfigText<'w>, known: &[Known], read: Read, sink: &mut Sink) {
    let name = read.name;
    let lacks = |of: &&Known| !of.gives(name) && of.var(name).is_none_or(is_credential);
    let without: Vec<usize> = (0..known.len()).filter(|at| lacks(&&known[*at])).collect();
    let Some(&first) = without.first() else { return };
    let user = text.users[first];
    let credential = known[first].var(name);
    let near = nearest(name, known[first].visible());
    let certain = credential.is_some() || near.is_some() || builtins::find(name).is_some();
    // Where only some of the users lack it, the others may be those that count.
    let severity = match (certain, without.len() == known.len()) {
        (true, true) => Severity::Error,
        (true, false) => Severity::Warning,
        // Clusters that are not in view may give it.
        (false, true) if text.users.iter().any(|user| uses.in_clusters(user.definition)) => Severity::Warning,
        (false, _) => Severity::Info,
    };
    let message = match credential {
        Some(_) => format!("`{name}` is a credential, and templates do not see them"),
        None => format!("`{name}` is not defined for this template"),
    };
    let report = sink
        .report(&text.node.part(read.range), message)
        .severity(severity)
        .why("KubeBlocks stops at a name without a value, and makes no pods: `map has no entry for key`.");
    let report = match (credential, near) {
        (Some(_), _) => report.help("Read it from the environment, in a script."),
        (None, Some(near)) => report.help(format!("Did you mean `{near}`?")).replace(
            format!("Replace by `{near}`"),
            Safety::Unsafe,
            format!(".{near}"),
        ),
        (None, None) => {
            let report =
                report.help("Add it to `vars`; without that, each Cluster has to give it in `configs[].variables`.");
            let definitions = without.iter().map(|at| text.users[*at].definition);
            let edits = definitions
                .map(|definition| defined(uses.world.index().chart_of(definition.document)?, definition, name));
            match edits.collect::<Option<Vec<Edit>>>() {
                Some(edits) => report.fix(Fix { title: format!("Define `{name}`"), safety: Safety::Unsafe, edits }),
                None => report,
            }
        }
    };
    let report = report.related(&user.entry, "rendered for this entry");
    if let Some(var) = credential {
        report.related(&var.node.heading(), "the variable");
    }
}
