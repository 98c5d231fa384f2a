//! Any chart: it is rendered within bounds, every byte that claims to be verbatim is, and the rules judge the rest.
//!
//! The input is a template; after a NUL values.yaml; after another one helpers.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;
use kubeblocks_ls::template::traced::Origin;
use kubeblocks_ls::vfs::MemoryDisk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\0');
    let mut part = || parts.next().unwrap_or_default();
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n"),
        ("templates/t.yaml", part()),
        ("values.yaml", part()),
        ("templates/_helpers.tpl", part()),
        ("files/run.sh", "#!/bin/sh\nexec run\n"),
    ];
    let files: BTreeMap<Utf8PathBuf, Vec<u8>> =
        files.map(|(path, text)| (format!("/w/a/{path}").into(), text.as_bytes().to_vec())).into();
    let mut host = Host::new(Arc::new(MemoryDisk { files }));
    host.apply(vec![Change::Roots(vec!["/w".into()])]);
    let world = host.world();
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
    let found = rules::check(&world);
    assert!(found.iter().all(|finding| finding.rule != rules::INTERNAL_FAULT), "a rule failed");
});
