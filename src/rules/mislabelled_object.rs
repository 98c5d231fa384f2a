//! See `mislabelled_object.md`.

use super::prelude::*;
use crate::model::index::Object;
use crate::model::resolve::CLUSTER_DEFINITION;

pub(super) static RULE: Rule = Rule {
    name: "mislabelled-object",
    summary: "a label that gives an object to the ClusterDefinition of another chart",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("mislabelled_object.md"),
    check: Check::Linked(check),
};

const LABEL: &str = "clusterdefinition.kubeblocks.io/name";

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let side: Vec<&Arc<Chart>> = uses.world.index().side(chart).collect();
    if side.iter().any(|chart| chart.failed()) {
        return;
    }
    let of = |chart: &&'w Arc<Chart>| Object::of_chart(chart, CLUSTER_DEFINITION);
    let definitions: Vec<Object> = side.iter().flat_map(of).collect();
    let names: Option<Vec<Node>> =
        definitions.iter().map(|object| object.document.name().filter(|name| name.known())).collect();
    let Some(names) = names else { return };
    for document in chart.documents().iter().filter(|document| document.is_sound()) {
        if document.group().is_some_and(|group| group.ends_with(".kubeblocks.io")) {
            check_document(document, &names, sink);
        }
    }
}

fn check_document(document: &Document, names: &[Node], sink: &mut Sink) {
    let labels = document.root().and_then(|root| root.at("metadata.labels"));
    let label = labels.and_then(|labels| labels.get(LABEL)).filter(|label| label.known() && !label.names_release());
    let Some((label, text)) = label.and_then(|label| Some((label, label.text().filter(|text| !text.is_empty())?)))
    else {
        return;
    };
    let message = |own: &str| format!("the label names ClusterDefinition `{text}`, and this is for `{own}`");
    let own = document.spec().and_then(|spec| spec.get("clusterDefinitionRef")).filter(|own| own.known());
    if let Some((own, name)) = own.and_then(|own| Some((own, own.text().filter(|name| !name.is_empty())?))) {
        if name != text {
            sink.report(&label, message(name))
                .severity(Severity::Warning)
                .why("Whoever looks for what belongs to a ClusterDefinition looks for this label.")
                .related(&own, "the ClusterDefinition")
                .nearest(text, [name]);
        }
        return;
    }
    if let [first, ..] = names
        && names.iter().all(|name| name.text() != Some(text))
    {
        sink.report(&label, message(first.text().unwrap_or_default()))
            .why("The charts that belong together here have no ClusterDefinition of that name: it may come from another chart that this was copied from.")
            .related(first, "the ClusterDefinition of this chart")
            .nearest(text, names.iter().filter_map(|name| name.text()));
    }
}
