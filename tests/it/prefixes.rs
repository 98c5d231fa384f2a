//! What an editor holds while somebody types: templates cut off anywhere, rendered in their charts.

use std::sync::Arc;

use camino::Utf8PathBuf;
use kubeblocks_ls::helm::render::{Render, render};
use kubeblocks_ls::helm::sets::ValueSet;
use kubeblocks_ls::template::eval::FaultKind;
use kubeblocks_ls::template::{self, Syntax};
use kubeblocks_ls::text::{FileId, floor_char_boundary};
use kubeblocks_ls::vfs::Source;
use kubeblocks_ls::world::{self, Chart};

use crate::support::{corpus, disk_world};

/// A chart's own templates.
fn templates(chart: &Chart) -> Vec<(Utf8PathBuf, Arc<Source>)> {
    let files = chart.package().into_iter().flat_map(|package| &package.files);
    let files = files.filter(|(path, _)| path.starts_with("templates"));
    files.map(|(path, source)| (path.clone(), source.clone())).collect()
}

/// Renders the chart with the template cut off at byte `cut`, after it was rendered whole.
fn render_cut(chart: &Chart, path: &Utf8PathBuf, source: &Source, cut: usize, whole: &Render) -> Render {
    let mut package = chart.package().unwrap().clone();
    let prefix = Source::new(source.id, source.path.clone(), &source.text[..cut]);
    let syntax = template::parse(source.id, &prefix.text);
    package.files.insert(path.clone(), Arc::new(prefix));
    let of = |id: FileId| -> Option<&Syntax> {
        if id == source.id { Some(&syntax) } else { chart.files.get(&id).map(|file| file.syntax()) }
    };
    render(&package, &ValueSet::default(), &world::options(), &of, Some(whole))
}

/// What must hold of anything that rendered.
fn check(chart: &Chart, render: &Render) {
    for file in &render.files {
        assert!(file.poisoned.is_sorted() && file.poisoned.iter().all(|at| *at as usize <= file.text.len()));
        let covered: usize = file.text.pieces().map(|(range, _)| range.len()).sum();
        assert_eq!(covered, file.text.len(), "{}", file.name);
    }
    for fault in render.faults.iter().map(|fault| &fault.fault) {
        let told = fault.kind == FaultKind::Syntax || !fault.helm.is_empty();
        assert!(told && !fault.message.is_empty(), "{fault:?} in {}", chart.root);
    }
}

fn charts(split: &str) -> Vec<Arc<Chart>> {
    let Some(root) = corpus(split) else { return Vec::new() };
    let charts: Vec<_> = disk_world(&[root]).charts.values().cloned().collect();
    charts.into_iter().filter(|chart| !chart.is_library() && chart.package().is_some()).collect()
}

/// One place in every third template of one generation.
#[test]
fn some_prefixes_of_templates_render() {
    let mut count = 0;
    for chart in charts("corpus/kb-0.7") {
        let whole = chart.rendering().unwrap();
        for (path, source) in templates(&chart).into_iter().step_by(3) {
            let cut = source.text.len() * (1 + count * 5 % 17) / 18;
            check(&chart, &render_cut(&chart, &path, &source, floor_char_boundary(&source.text, cut), whole));
            count += 1;
        }
    }
    println!("{count} prefixes");
}

/// All of them, for some hours: `cargo test --release -- --ignored every_prefix`.
#[test]
#[ignore = "takes hours; a sample of it runs always"]
fn every_prefix_of_every_template_renders() {
    for split in ["corpus/greptimedb", "corpus/kb-0.7", "corpus/addons-0.8", "corpus/addons-1.0"] {
        let mut count = 0;
        for chart in charts(split) {
            let whole = chart.rendering().unwrap();
            for (path, source) in templates(&chart) {
                for cut in (0..source.text.len()).filter(|cut| source.text.is_char_boundary(*cut)) {
                    check(&chart, &render_cut(&chart, &path, &source, cut, whole));
                    count += 1;
                }
            }
            println!("{}: {count} prefixes", chart.root);
        }
    }
}
