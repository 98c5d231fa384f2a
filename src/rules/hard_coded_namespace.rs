//! See `hard_coded_namespace.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::helm::RELEASE_NAMESPACE;

pub(super) static RULE: Rule = Rule {
    name: "hard-coded-namespace",
    summary: "an object that a chart puts into a namespace of its own choice",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("hard_coded_namespace.md"),
    check: Check::Chart(check),
};

/// Namespaces that every cluster has, and that objects belong to for a reason.
const SHARED: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

fn check(chart: &Chart, sink: &mut Sink) {
    if chart.package().is_none() {
        return;
    }
    let namespaces = || chart.documents().iter().filter_map(Document::namespace);
    let released = namespaces().any(|namespace| namespace.text() == Some(RELEASE_NAMESPACE));
    for namespace in namespaces() {
        let Some(text) =
            namespace.text().filter(|text| !text.is_empty() && !SHARED.contains(text) && namespace.known())
        else {
            continue;
        };
        let created = |document: &Document| document.kind() == Some("Namespace") && document.name_text() == Some(text);
        if chart.documents().iter().any(created) {
            continue;
        }
        // What an action printed is somebody's choice.
        if !namespace.place().is_some_and(|place| place.verbatim) {
            continue;
        }
        let report = sink
            .report(
                &namespace,
                format!("the object always goes to namespace `{text}`, wherever the chart is installed"),
            )
            .why("Where there is no such namespace the installation fails, and two releases fight for one object.")
            .help("Leave `namespace` out, or write `{{ .Release.Namespace }}`.");
        if released {
            report.replace("Use the release's namespace", Safety::Safe, "{{ .Release.Namespace }}");
        }
    }
}
