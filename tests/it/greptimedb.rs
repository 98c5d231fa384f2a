//! The six states of GreptimeDB's addon as its authors committed it: what is wrong with each, and nothing more.

use camino::Utf8Path;
use kubeblocks_ls::diagnostic::Severity;
use kubeblocks_ls::rules;
use kubeblocks_ls::text::Encoding;

use crate::support::{corpus, disk_world};

/// Rule and lines (from 1) in `templates/clusterdefinition.yaml`.
type Expected = &'static [(&'static str, &'static [u32])];

const COMMITS: [(&str, Expected); 6] = [
    (
        "5d93da524a",
        &[
            ("chart-namespace-object", &[111, 221, 300]),
            ("direct-configmap-volume", &[116, 226, 305]),
            ("missing-wait", &[87, 184, 297]),
            ("unknown-port", &[11, 13, 239, 242]),
        ],
    ),
    ("7584e8dd38", &[("chart-namespace-object", &[123, 234, 323]), ("unknown-port", &[11, 13])]),
    ("5b09039387", &[("chart-namespace-object", &[123, 234, 323]), ("unknown-port", &[11, 13])]),
    ("5d7fc6c904", &[("chart-namespace-object", &[123, 234, 323])]),
    ("1397589c4c", &[("chart-namespace-object", &[123, 234, 323])]),
    ("eee23bc133", &[]),
];

#[test]
fn findings_at_each_commit() {
    let Some(root) = corpus("corpus/greptimedb") else { return };
    for (commit, expected) in COMMITS {
        let world = disk_world(&[root.join(commit)]);
        let mut found: Vec<(String, u32, String)> = Vec::new();
        for finding in rules::check(&world).iter().filter(|finding| finding.severity >= Severity::Warning) {
            let source = world.source(finding.span.file).unwrap();
            assert!(source.path.ends_with("greptimedb/templates/clusterdefinition.yaml"), "{commit}: {finding:?}");
            let line = source.lines.line_col(finding.span.range.start, Encoding::Utf8).line + 1;
            found.push((finding.rule.to_owned(), line, finding.message.clone()));
        }
        found.sort();
        let told: Vec<(&str, u32)> = found.iter().map(|(rule, line, _)| (rule.as_str(), *line)).collect();
        let mut wanted: Vec<(&str, u32)> = Vec::new();
        for (rule, lines) in expected {
            let mut lines = lines.to_vec();
            lines.sort();
            wanted.extend(lines.into_iter().map(|line| (*rule, line)));
        }
        assert_eq!(told, wanted, "{commit}: {found:#?}");
    }
}

#[test]
fn start_order_at_each_commit() {
    let Some(root) = corpus("corpus/greptimedb") else { return };
    for (commit, _) in COMMITS {
        let world = disk_world(&[root.join(commit)]);
        let orders: Vec<String> = world
            .charts
            .values()
            .filter(|chart| chart.root.file_name() == Some("greptimedb"))
            .flat_map(|chart| kubeblocks_ls::model::order::of_chart(chart))
            .map(|order| order.to_string())
            .collect();
        // Without waits nothing says which of datanode and frontend comes first.
        let expected = if commit == "5d93da524a" {
            "etcd > meta > {datanode, frontend}"
        } else {
            "etcd > meta > datanode > frontend"
        };
        assert_eq!(orders, [expected], "{commit}");
    }
}

/// Text in the rendered output leads back to the bytes it was copied from.
#[test]
fn verbatim_text_is_what_it_claims_to_be() {
    let Some(root) = corpus("corpus/greptimedb") else { return };
    let world = disk_world(&[root]);
    let mut bytes = 0;
    for chart in world.charts.values() {
        for rendered in chart.rendering().into_iter().flat_map(|render| &render.files) {
            let text = rendered.text.as_str();
            for (range, piece) in rendered.text.pieces() {
                if let kubeblocks_ls::template::traced::Origin::Verbatim(span) = piece.origin {
                    let source = world.source(span.file).unwrap();
                    let path: &Utf8Path = &source.path;
                    assert_eq!(range.of(text), span.range.of(&source.text), "{path} {span:?}");
                    bytes += range.len();
                }
            }
        }
    }
    assert!(bytes > 50_000, "{bytes}");
}
