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

use crate::support::{corpus, disk_world, in_parallel};

/// A chart's own templates.
fn templates(chart: &Chart) -> Vec<(Utf8PathBuf, Arc<Source>)> {
    let files = chart.package().into_iter().flat_map(|package| &package.files);
    let files = files.filter(|(path, _)| path.starts_with("templates"));
    files.map(|(path, source)| (path.clone(), source.clone())).collect()
}

/// Renders the chart with the template cut off at byte `cut`; `whole` is what it was before, if that is known.
fn render_cut(chart: &Chart, path: &Utf8PathBuf, source: &Source, cut: usize, whole: Option<&Render>) -> Render {
    let mut package = chart.package().unwrap().clone();
    let prefix = Source::new(source.id, source.path.clone(), &source.text[..cut]);
    let syntax = template::parse(source.id, &prefix.text);
    package.files.insert(path.clone(), Arc::new(prefix));
    let of = |id: FileId| -> Option<&Syntax> {
        if id == source.id { Some(&syntax) } else { chart.files.get(&id).map(|file| file.syntax()) }
    };
    render(&package, &ValueSet::default(), &world::options(), &of, whole)
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

/// Everything that a rendering says, and where each piece of it is from.
fn told(render: &Render) -> String {
    let files = render.files.iter().chain(&render.notes).map(|file| {
        let pieces: Vec<_> = file.text.pieces().collect();
        format!("{} {:?} {pieces:?} {:?} {:?}", file.name, file.text.as_str(), file.poisoned, file.holes)
    });
    let faults = render.faults.iter().map(|fault| format!("{} {:?}", fault.template.path, fault.fault));
    files.chain(faults).collect::<Vec<_>>().join("\n")
}

fn charts(split: &str) -> Vec<Arc<Chart>> {
    let Some(root) = corpus(split) else { return Vec::new() };
    let charts: Vec<_> = disk_world(&[root]).charts.values().cloned().collect();
    charts.into_iter().filter(|chart| !chart.is_library() && chart.package().is_some()).collect()
}

/// One place in every third template of one generation: what is taken from the rendering before is what would be
/// rendered anew.
#[test]
fn some_prefixes_of_templates_render() {
    let mut count = 0;
    for chart in charts("corpus/kb-0.7") {
        let whole = chart.rendering().unwrap();
        for (path, source) in templates(&chart).into_iter().step_by(3) {
            let cut = source.text.len() * (1 + count * 5 % 17) / 18;
            let cut = floor_char_boundary(&source.text, cut);
            let render = render_cut(&chart, &path, &source, cut, Some(whole));
            check(&chart, &render);
            assert!(told(&render) == told(&render_cut(&chart, &path, &source, cut, None)), "{path}, cut at {cut}");
            count += 1;
        }
    }
    println!("{count} prefixes");
}

/// All of them, for half an hour: `cargo test --release -- --ignored every_prefix --nocapture`.
#[test]
#[ignore = "takes half an hour; a sample of it runs always"]
fn every_prefix_of_every_template_renders() {
    for split in ["corpus/greptimedb", "corpus/kb-0.7", "corpus/addons-0.8", "corpus/addons-1.0"] {
        let charts = charts(split);
        let all = charts.iter().flat_map(|chart| templates(chart).into_iter().map(move |template| (chart, template)));
        let counts = in_parallel(&all.collect::<Vec<_>>(), |(chart, (path, source))| {
            let whole = chart.rendering().unwrap();
            let cuts = (0..source.text.len()).filter(|cut| source.text.is_char_boundary(*cut));
            cuts.map(|cut| check(chart, &render_cut(chart, path, source, cut, Some(whole)))).count()
        });
        println!("{split}: {} templates, {} prefixes", counts.len(), counts.iter().sum::<usize>());
    }
}
