//! What must hold of any text: for the fuzzer's targets, and for the tests that replay what it has found.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::template::traced::Origin;
use kubeblocks_ls::text::{FileId, TextRange};
use kubeblocks_ls::vfs::MemoryDisk;
use kubeblocks_ls::world::World;
use kubeblocks_ls::yaml::parser;
use kubeblocks_ls::{lsp, rules};

/// Longer than any conversation takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn assert_inside(text: &str, range: TextRange) {
    assert!(range.start <= range.end && text.get(range.start as usize..range.end as usize).is_some());
}

fn world(files: &[(&str, &str)]) -> Arc<World> {
    let files = files.iter().map(|(path, text)| (Utf8PathBuf::from(*path), text.as_bytes().to_vec()));
    let mut host = Host::new(Arc::new(MemoryDisk { files: files.collect::<BTreeMap<_, _>>() }));
    host.apply(vec![Change::Roots(vec!["/w".into()])]);
    host.world()
}

/// The rules judge the world, none of them fails, and all findings lie in their files.
fn judge(world: &World) {
    for finding in rules::check(world) {
        assert!(finding.rule != rules::INTERNAL_FAULT, "a rule failed: {}", finding.message);
        assert_inside(&world.source(finding.span.file).expect("a file of the world").text, finding.span.range);
    }
}

/// Any text read as a template: it gives a tree, and all places in it lie in the text.
pub fn template(text: &str) {
    let syntax = kubeblocks_ls::template::parse(FileId(0), text);
    syntax.faults.iter().for_each(|fault| assert_inside(text, fault.span.range));
    for define in &syntax.defines {
        assert_inside(text, define.range);
        assert_inside(text, define.name.range);
    }
    syntax.value_paths().into_iter().for_each(|(range, _)| assert_inside(text, range));
    syntax.named_calls().into_iter().for_each(|call| assert_inside(text, call.name_range));
    for offset in 0..=text.len() as u32 {
        let _ = syntax.action_at(offset);
    }
}

/// Any text read as YAML: it gives trees, and all places in them lie in the text.
pub fn yaml(text: &str) {
    for range in parser::documents(text) {
        let tree = parser::parse(text, range);
        for id in tree.ids() {
            assert_inside(text, tree.node(id).range);
            if let Some(decoded) = tree.scalar(id) {
                assert_inside(text, parser::part(text, &tree, id, TextRange::new(0, decoded.len())));
            }
        }
        tree.problems().iter().for_each(|problem| assert_inside(text, problem.range));
    }
}

/// Any chart: it is rendered within bounds, every byte that claims to be verbatim is, and the rules judge the rest. The
/// text is a template; after a NUL values.yaml; after another one helpers.
pub fn render(text: &str) {
    let mut parts = text.splitn(3, '\0');
    let mut part = || parts.next().unwrap_or_default();
    let world = world(&[
        ("/w/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n"),
        ("/w/a/templates/t.yaml", part()),
        ("/w/a/values.yaml", part()),
        ("/w/a/templates/_helpers.tpl", part()),
        ("/w/a/files/run.sh", "#!/bin/sh\nexec run\n"),
    ]);
    for chart in world.charts.values() {
        for file in chart.rendering().into_iter().flat_map(|render| &render.files) {
            for (range, piece) in file.text.pieces() {
                if let Origin::Verbatim(span) = piece.origin {
                    let source = world.source(span.file).expect("a file of the chart");
                    assert_eq!(range.of(file.text.as_str()), span.range.of(&source.text));
                }
            }
        }
    }
    judge(&world);
}

/// Any manifest: the rules judge it as the API server and the operators would.
pub fn admission(text: &str) {
    judge(&world(&[("/w/a.yaml", text)]));
}

/// Any conversation: the server reads it to its end. Each line is the body of one message; a line that begins with `!`
/// goes onto the wire as it is. False where the text names folders: those of this machine are not to be walked.
pub fn messages(text: &str) -> bool {
    if ["olders", "rootUri", "rootPath"].iter().any(|word| text.contains(word)) {
        return false;
    }
    let mut wire = Vec::new();
    for line in text.lines() {
        match line.strip_prefix('!') {
            Some(raw) => wire.extend_from_slice(raw.as_bytes()),
            None => wire.extend_from_slice(format!("Content-Length: {}\r\n\r\n{line}", line.len()).as_bytes()),
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let ended = runtime.block_on(async {
        tokio::time::timeout(PATIENCE, lsp::converse(std::io::Cursor::new(wire), tokio::io::sink())).await
    });
    runtime.shutdown_background();
    ended.expect("the server hangs").expect("the transport fails");
    true
}
