//! How long the main jobs take: `cargo bench`. With `KUBEBLOCKS_LS_CORPUS`, or the corpus beside the project, on its
//! charts; else on our own.
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::path::PathBuf;
use std::sync::Arc;

use camino::Utf8PathBuf;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;
use kubeblocks_ls::vfs::OsDisk;

fn main() {
    divan::main();
}

/// The folder of charts that is measured.
fn charts() -> Utf8PathBuf {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let corpus = std::env::var_os("KUBEBLOCKS_LS_CORPUS").map_or_else(|| project.join("../shared"), PathBuf::from);
    let folder = corpus.join("corpus/kb-0.7").canonicalize().unwrap_or_else(|_| project.join("tests/charts"));
    Utf8PathBuf::from_path_buf(folder).unwrap()
}

fn host() -> Host {
    let mut host = Host::new(Arc::new(OsDisk));
    host.apply(vec![Change::Roots(vec![charts()])]);
    host
}

/// Reading the disk.
#[divan::bench(sample_count = 5)]
fn read() -> usize {
    host().world().charts.len()
}

/// Rendering, reading and judging every chart, on one thread.
#[divan::bench(sample_count = 5)]
fn check(bencher: divan::Bencher<'_, '_>) {
    bencher.with_inputs(|| host().world()).bench_values(|world| rules::check(&world).len());
}

/// One letter typed into the largest template, all charts in view.
#[divan::bench(sample_count = 20)]
fn edit(bencher: divan::Bencher<'_, '_>) {
    let mut host = host();
    let world = host.world();
    rules::check(&world);
    let templates = world.files.values().map(|file| &file.source);
    let templates = templates.filter(|source| source.path.as_str().contains("/templates/"));
    let largest = templates.max_by_key(|source| source.text.len()).unwrap().clone();
    let mut typed = 0;
    bencher.bench_local(|| {
        typed += 1;
        let text = format!("{}\n# {typed}\n", largest.text);
        host.apply(vec![Change::Open(largest.path.clone(), text.into())]);
        rules::check(&host.world()).len()
    });
}
