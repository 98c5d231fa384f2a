//! How long the main jobs take: `cargo bench`. With `KUBEBLOCKS_LS_CORPUS`, or the corpus beside the project, on its
//! charts; else on our own.
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::path::PathBuf;
use std::sync::Arc;

use camino::Utf8PathBuf;
use kubeblocks_ls::helm::render::Options;
use kubeblocks_ls::helm::sets::ValueSet;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::model::admit;
use kubeblocks_ls::text::TextRange;
use kubeblocks_ls::vfs::{OsDisk, Source};
use kubeblocks_ls::world::schemas;
use kubeblocks_ls::{rules, template};

fn main() {
    divan::main();
}

/// Two generations of charts, by their folders in the corpus.
const SPLITS: [&str; 2] = ["kb-0.7", "addons-1.0"];

/// The folder of charts that is measured.
fn charts(split: &str) -> Utf8PathBuf {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let corpus = std::env::var_os("KUBEBLOCKS_LS_CORPUS").map_or_else(|| project.join("../shared"), PathBuf::from);
    let folder = corpus.join("corpus").join(split).canonicalize().unwrap_or_else(|_| project.join("tests/charts"));
    Utf8PathBuf::from_path_buf(folder).unwrap()
}

fn host(split: &str) -> Host {
    let mut host = Host::new(Arc::new(OsDisk));
    host.apply(vec![Change::Roots(vec![charts(split)])]);
    host
}

/// Reading the disk.
#[divan::bench(args = SPLITS, sample_count = 5)]
fn read(split: &str) -> usize {
    host(split).world().charts.len()
}

/// Parsing every template.
#[divan::bench(args = SPLITS, sample_count = 10)]
fn parse(bencher: divan::Bencher<'_, '_>, split: &str) {
    let world = host(split).world();
    let sources = world.files.values().map(|file| &file.source);
    let sources: Vec<_> = sources.filter(|source| source.path.as_str().contains("/templates/")).collect();
    let bytes: usize = sources.iter().map(|source| source.text.len()).sum();
    bencher.counter(divan::counter::BytesCount::new(bytes)).bench_local(|| {
        sources.iter().map(|source| template::parse(source.id, &source.text).actions.len()).sum::<usize>()
    });
}

/// Rendering every chart, on one thread, templates being parsed.
#[divan::bench(args = SPLITS, sample_count = 10)]
fn render(bencher: divan::Bencher<'_, '_>, split: &str) {
    let world = host(split).world();
    let charts: Vec<_> = world.charts.values().filter(|chart| !chart.is_library()).collect();
    let all = || {
        let renders = charts.iter().filter_map(|chart| chart.render(&ValueSet::default(), &Options::default()));
        renders.flat_map(|render| render.files).map(|file| file.text.len()).sum::<usize>()
    };
    let bytes = all();
    bencher.counter(divan::counter::BytesCount::new(bytes)).bench_local(all);
}

/// From every tenth byte of what was rendered to its source.
#[divan::bench(args = SPLITS, sample_count = 10)]
fn origins(bencher: divan::Bencher<'_, '_>, split: &str) {
    let world = host(split).world();
    let renders = world.charts.values().flat_map(|chart| chart.rendering());
    let files: Vec<_> = renders.flat_map(|render| &render.files).collect();
    bencher.bench_local(|| {
        let places = files.iter().flat_map(|file| {
            let starts = (0..file.text.len()).step_by(10);
            starts.filter_map(|at| file.text.site_in(TextRange::new(at, at + 1), &file.calls))
        });
        places.count()
    });
}

/// Admission of every object in all releases that have its kind, on one thread, all having been rendered.
#[divan::bench(args = SPLITS, sample_count = 10)]
fn admit(bencher: divan::Bencher<'_, '_>, split: &str) {
    let world = host(split).world();
    let objects: usize = world.charts.values().map(|chart| chart.documents().len()).sum();
    let documents: Vec<_> = world.charts.values().flat_map(|chart| chart.documents()).collect();
    let all = || {
        let faults = documents.iter().filter_map(|document| {
            let serving = schemas().serving(document.api_version()?, document.kind()?);
            (!serving.is_empty()).then(|| admit::admit(schemas(), document, serving).len())
        });
        faults.sum::<usize>()
    };
    bencher.counter(divan::counter::ItemsCount::new(objects)).bench_local(all);
}

/// Rendering, reading and judging every chart, on one thread.
#[divan::bench(args = SPLITS, sample_count = 5)]
fn check(bencher: divan::Bencher<'_, '_>, split: &str) {
    bencher.with_inputs(|| host(split).world()).bench_values(|world| rules::check(&world).len());
}

/// One letter typed into the largest template: the next world, and that chart rendered.
#[divan::bench(args = SPLITS, sample_count = 50)]
fn edit_and_render(bencher: divan::Bencher<'_, '_>, split: &str) {
    let mut host = host(split);
    let largest = largest(&host);
    let home = host.home(&largest.path).unwrap();
    host.world().charts[&home].rendering();
    let mut typed = 0;
    bencher.bench_local(|| {
        typed += 1;
        let text = format!("{}\n# {typed}\n", largest.text);
        host.apply(vec![Change::Open(largest.path.clone(), text.into())]);
        host.world().charts[&home].rendering().is_some()
    });
}

/// One letter typed into the largest template, all charts in view.
#[divan::bench(args = SPLITS, sample_count = 20)]
fn edit(bencher: divan::Bencher<'_, '_>, split: &str) {
    let mut host = host(split);
    rules::check(&host.world());
    let largest = largest(&host);
    let mut typed = 0;
    bencher.bench_local(|| {
        typed += 1;
        let text = format!("{}\n# {typed}\n", largest.text);
        host.apply(vec![Change::Open(largest.path.clone(), text.into())]);
        rules::check(&host.world()).len()
    });
}

/// One letter typed into the largest template, all charts in view: the findings of that file.
#[divan::bench(args = SPLITS, sample_count = 50)]
fn edit_to_findings(bencher: divan::Bencher<'_, '_>, split: &str) {
    let mut host = host(split);
    let largest = largest(&host);
    rules::findings_in(&host.world(), largest.id);
    let mut typed = 0;
    bencher.bench_local(|| {
        typed += 1;
        let text = format!("{}\n# {typed}\n", largest.text);
        host.apply(vec![Change::Open(largest.path.clone(), text.into())]);
        rules::findings_in(&host.world(), largest.id).len()
    });
}

/// All rules on all charts, everything but the findings being known: what one world costs after another.
#[divan::bench(args = SPLITS, sample_count = 5)]
fn judge(bencher: divan::Bencher<'_, '_>, split: &str) {
    let mut host = host(split);
    rules::check(&host.world());
    let largest = largest(&host);
    let mut typed = 0;
    let next = || {
        typed += 1;
        let text = format!("{}\n# {typed}\n", largest.text);
        host.apply(vec![Change::Open(largest.path.clone(), text.into())]);
        rules::findings_in(&host.world(), largest.id);
        host.world()
    };
    bencher.with_inputs(next).bench_local_values(|world| rules::check(&world).len());
}

fn largest(host: &Host) -> Arc<Source> {
    let world = host.world();
    let templates = world.files.values().map(|file| &file.source);
    let templates = templates.filter(|source| source.path.as_str().contains("/templates/"));
    templates.max_by_key(|source| source.text.len()).unwrap().clone()
}
