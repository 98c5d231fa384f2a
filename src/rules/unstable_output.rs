//! See `unstable_output.md`.

use super::prelude::*;
use crate::model::config_template::{ConfigText, EntryText, Template, legacy_texts, texts};
use crate::model::definition_change::fixed;
use crate::template::Syntax;

pub(super) static RULE: Rule = Rule {
    name: "unstable-output",
    summary: "text that is another one each time the chart is rendered, where it must stay",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unstable_output.md"),
    check: Check::Linked(check),
};

/// Functions whose answer is another one each time.
const RANDOM: [&str; 20] = [
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "uuidv4",
    "shuffle",
    "now",
    "ago",
    "bcrypt",
    "htpasswd",
    "encryptAES",
    "genPrivateKey",
    "genCA",
    "genCAWithKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
];

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.apart(|sink| check_rendered(chart, sink));
    let configs = texts(uses, chart).iter().map(ConfigText::first).chain(legacy_texts(uses, chart)).collect::<Vec<_>>();
    sink.each(configs, |config, sink| check_config(config, sink));
}

/// What KubeBlocks renders for each component, and again whenever the component changes.
fn check_config(EntryText { node, entry }: EntryText<'_>, sink: &mut Sink) {
    let text = node.text().unwrap_or_default();
    // A script may want a name for a file.
    if entry.path().contains("cript") {
        return;
    }
    for range in Template::new(text).always_called() {
        let name = range.of(text);
        let line = text[..range.start as usize].rsplit('\n').next().unwrap_or_default().trim_start();
        let secret = ["rand", "gen", "uuid"].iter().any(|start| name.starts_with(start)) && RANDOM.contains(&name);
        if secret && !line.starts_with(['#', ';', '/']) {
            sink.report(
                &node.part(range),
                format!("`{name}` gives something else each time KubeBlocks renders this text"),
            )
            .why(
                "It is rendered for each component, and again when that changes: what starts later gets another text \
                     than what runs.",
            )
            .help("Make it of what stays the same, as the UID of the Cluster does.")
            .related(&entry, "rendered for this entry");
        }
    }
}

/// What Helm renders.
fn check_rendered(chart: &Chart, sink: &mut Sink) {
    if !chart.all_templates().iter().any(|(_, file)| calls(file.text(), file.syntax(), &RANDOM)) {
        return;
    }
    for document in chart.documents().iter().filter(|document| document.is_sound()) {
        let (Some(kind), Some(group)) = (document.kind(), document.group()) else { continue };
        // An operation is asked for once, and what a hook makes no upgrade takes away.
        let ours = group.ends_with("kubeblocks.io") && kind != "OpsRequest" && document.hook().is_none();
        if let Some(name) = document.name().filter(|name| ours && is_random(chart, *name)) {
            sink.report(&name, format!("this {kind} has another name each time the chart is rendered"))
                .why("An upgrade deletes the object of the old name, with all that hangs on it, and makes another.")
                .help("Make the name from the chart and the release alone.");
        }
        for node in fixed(document).flat_map(Node::scalars).filter(|node| is_random(chart, *node)) {
            sink.report(&node, format!("this {kind} is another one each time the chart is rendered"))
                .why("Its `spec` may not change under one name: after an upgrade it is Unavailable.")
                .help("Let a Cluster or a Secret hold what is random.");
        }
        if kind == "Secret" {
            let data = document
                .root()
                .into_iter()
                .flat_map(|root| root.each("data{}").into_iter().chain(root.each("stringData{}")));
            for node in data.filter(|node| is_random(chart, *node)) {
                sink.report(&node, "each upgrade puts another value here")
                    .severity(Severity::Info)
                    .why("What read the Secret before keeps the old value, or a database keeps the old password.")
                    .help("Ask for the Secret with `lookup`, and keep what it has.");
            }
        }
    }
}

/// The text comes from a random function, in a file that does not look for what there is already.
fn is_random(chart: &Chart, node: Node) -> bool {
    let Some(place) = Some(node).filter(|node| !node.known()).and_then(|node| node.place()) else { return false };
    let spans = std::iter::once(place.span).chain(place.calls.into_iter().map(|(span, _)| span));
    let files: Vec<&Arc<File>> = spans.filter_map(|span| chart.files.get(&span.file)).collect();
    let any = |names: &[&str]| files.iter().any(|file| calls(file.text(), file.syntax(), names));
    any(&RANDOM) && !any(&["lookup"])
}

fn calls(text: &str, syntax: &Syntax, names: &[&str]) -> bool {
    syntax.functions().any(|range| names.contains(&range.of(text)))
}
