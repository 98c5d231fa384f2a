//! Findings are asked for by file: whoever asks for one file hears what the whole world says of it, however much of it
//! was judged before, and whatever was typed before.

use std::path::PathBuf;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::diagnostic::Diagnostic;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::model::object::Node;
use kubeblocks_ls::rules;
use kubeblocks_ls::text::FileId;
use kubeblocks_ls::vfs::OsDisk;
use kubeblocks_ls::world::World;

use crate::support::{Dice, corpus, disk_world, memory_host};
use crate::worlds::{edit, own_charts};
use kubeblocks_ls::model::resolve::{CLUSTER, COMPONENT_DEFINITION, CONFIG_MAP};

fn of(all: &[Diagnostic], file: FileId) -> Vec<&Diagnostic> {
    all.iter().filter(|finding| finding.span.file == file).collect()
}

/// In a world of which nothing was judged yet, files one after the other, as the dice fall.
fn check_files(world: &World, whole: &[Diagnostic], count: usize) {
    let mut dice = Dice(7);
    let files: Vec<FileId> = world.files.keys().copied().collect();
    for _ in 0..count.min(files.len()) {
        let file = *dice.pick(&files);
        let found = rules::findings_in(world, file);
        assert_eq!(found.iter().collect::<Vec<_>>(), of(whole, file), "{}", world.source(file).unwrap().path);
    }
}

#[test]
fn a_file_says_what_the_world_says_of_it() {
    let files = own_charts();
    check_files(&memory_host(&files).world(), &rules::check(&memory_host(&files).world()), usize::MAX);
    for split in ["kb-0.7", "addons-1.0"] {
        let Some(root) = corpus(&format!("corpus/{split}")) else { return };
        let roots: [PathBuf; 1] = [root];
        check_files(&disk_world(&roots), &rules::check(&disk_world(&roots)), 150);
    }
}

/// Where a node is, in words that mean the same in any world.
fn place(world: &World, node: Node<'_>) -> String {
    let rendered = node.document.rendered();
    let chart =
        world.charts.values().position(|chart| chart.documents().iter().any(|d| std::ptr::eq(d, node.document)));
    format!("{chart:?} {} {} {:?}", rendered.name, node.document.range.start, node.id)
}

/// Everything that the index says.
fn index_of(world: &World) -> Vec<String> {
    let index = world.index();
    let mut said = Vec::new();
    for site in index.sites() {
        let taken = index.matches(&site);
        let names: Vec<String> = taken.iter().filter_map(|object| Some(place(world, object.root()?))).collect();
        let back = taken
            .iter()
            .all(|object| index.matched_by(*object).any(|other| other.node == site.node) || names.is_empty());
        let found = index.site_at(site.node).map(|found| place(world, found.node));
        said.push(format!("{} {:?} {back} → {}", place(world, site.node), found, names.join(", ")));
    }
    for of in [COMPONENT_DEFINITION, CONFIG_MAP, CLUSTER] {
        for object in index.objects(of) {
            let named = object.name().map_or(0, |name| index.named(of, name).count());
            said.push(format!("{} {:?} {named}", of.kind, object.root().map(|root| place(world, root))));
        }
    }
    said
}

#[test]
fn an_index_that_grew_is_the_one_made_from_scratch() {
    let mut dice = Dice(0x5eed);
    let mut files = own_charts();
    let mut host = memory_host(&files);
    let paths: Vec<_> = files.keys().filter(|path| path.extension() != Some("md")).cloned().collect();
    for step in 1..=2000 {
        // From time to time a whole text comes back, or nothing would render in the end.
        let path = dice.pick(&paths).clone();
        let text = if step % 3 == 0 { own_charts()[&path].clone() } else { edit(&files[&path], &mut dice) };
        files.insert(path.clone(), text.clone());
        host.apply(vec![Change::Open(path, text.into())]);
        if step % 5 == 0 {
            host.world().index();
        }
        if step % 250 == 0 {
            assert_eq!(index_of(&host.world()), index_of(&memory_host(&files).world()), "step {step}");
        }
    }
}

#[test]
fn a_typed_corpus_says_what_one_read_from_scratch_says() {
    let Some(root) = corpus("corpus/addons-1.0") else { return };
    let root = Utf8PathBuf::from_path_buf(root).unwrap();
    let open = || {
        let mut host = Host::new(Arc::new(OsDisk));
        host.apply(vec![Change::Roots(vec![root.clone()])]);
        host
    };
    let mut host = open();
    let mut dice = Dice(42);
    let world = host.world();
    let templates =
        world.files.values().map(|file| &file.source).filter(|source| source.path.as_str().contains("/templates/"));
    let templates: Vec<_> = templates.cloned().collect();
    let mut typed: Vec<(Utf8PathBuf, String)> = Vec::new();
    for _ in 0..12 {
        let source = dice.pick(&templates);
        let text = edit(&source.text, &mut dice);
        typed.retain(|(path, _)| *path != source.path);
        typed.push((source.path.clone(), text.clone()));
        host.apply(vec![Change::Open(source.path.clone(), text.into())]);
        rules::findings_in(&host.world(), source.id);
    }
    let mut scratch = open();
    scratch.apply(typed.iter().map(|(path, text)| Change::Open(path.clone(), text.as_str().into())).collect());
    for (path, _) in &typed {
        assert_eq!(told(&host.world(), path), told(&scratch.world(), path), "{path}");
    }
}

/// The findings of a file, in words: ids of files are those of their host.
fn told(world: &World, path: &Utf8Path) -> Vec<String> {
    let found = rules::findings_in(world, world.file(path).unwrap().source.id);
    let words = |finding: &Diagnostic| {
        format!("{} {:?} {} {:?}", finding.rule, finding.span.range, finding.message, finding.severity)
    };
    found.iter().map(words).collect()
}
