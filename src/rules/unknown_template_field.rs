//! See `unknown_template_field.md`.

use super::prelude::*;
use crate::diagnostic::nearest;
use crate::model::config_template::{EntryText, Template, legacy_texts, texts};
use crate::model::given::Given;
use crate::schema::release::{Release, ReleaseSet};
use crate::text::TextRange;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "unknown-template-field",
    summary: "a configuration or script that reads a field which the Cluster does not have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_template_field.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let schemas = world::schemas();
    let newer: ReleaseSet = Release::ALL.into_iter().filter(|release| *release >= Release::V1_0).collect();
    let promised = chart.promised().unwrap_or(ReleaseSet::ALL);
    let own = texts(uses, chart).into_iter().filter(|text| text.users.iter().all(|user| user.managed));
    let own: Vec<EntryText> = own.map(|text| text.first()).collect();
    let of_v1 = Some(promised.and(newer)).filter(|releases| !releases.is_empty()).unwrap_or(newer);
    judge(&own, || Given::new(schemas, &["apps.kubeblocks.io/v1"], of_v1), sink);
    // Which release reads an older definition is not said, so what any of them has is there.
    let older = legacy_texts(uses, chart);
    let both = ["apps.kubeblocks.io/v1alpha1", "apps.kubeblocks.io/v1"];
    judge(&older, || Given::new(schemas, &both, promised), sink);
    older.iter().for_each(|text| check_names(text, sink));
}

/// What templates are given under names of its own, up to 0.9.
const OBJECTS: [&str; 5] = ["cluster", "component", "podSpec", "componentResource", "clusterDomain"];

/// Slips in these names. Others may be variables, of one release or another.
fn check_names(EntryText { node, entry }: &EntryText, sink: &mut Sink) {
    let text = node.text().unwrap_or_default();
    for read in Template::new(text).names().into_iter().filter(|read| !read.guarded && !OBJECTS.contains(&read.name)) {
        let same = OBJECTS.into_iter().find(|object| object.eq_ignore_ascii_case(read.name));
        if let Some(near) = same.or_else(|| nearest(read.name, OBJECTS)) {
            let end = read.range.end as usize;
            let name = TextRange::new(end - read.name.len(), end);
            sink.report(&node.part(name), format!("nothing is named `{}` here", read.name))
                .why("KubeBlocks gives these templates objects of fixed names, and rendering stops at another.")
                .related(entry, "rendered for this entry")
                .nearest(read.name, [near]);
        }
    }
}

fn judge<'s>(texts: &[EntryText], given: impl FnOnce() -> Given<'s>, sink: &mut Sink) {
    let reads =
        |text: &&EntryText| text.node.text().is_some_and(|text| text.contains(".cluster") || text.contains(".podSpec"));
    let mut texts = texts.iter().filter(reads).peekable();
    if texts.peek().is_none() {
        return;
    }
    let given = given();
    for EntryText { node, entry } in texts {
        let text = node.text().unwrap_or_default();
        for unknown in Template::new(text).unknown_fields(&given) {
            let name = unknown.range.of(text);
            sink.report(&node.part(unknown.range), format!("`{name}` is no field of `{}`", unknown.owner))
                .why("KubeBlocks gives the object as its API has it, so this is never there, and rendering stops.")
                .related(entry, "rendered for this entry")
                .nearest(name, unknown.fields);
        }
    }
}
