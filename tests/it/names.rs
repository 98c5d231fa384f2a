//! References and renaming in real charts.

use std::sync::Arc;

use camino::Utf8PathBuf;
use kubeblocks_ls::diagnostic::Located;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::ide::{Cursor, definition, references, rename};
use kubeblocks_ls::model::parts::Part;
use kubeblocks_ls::text::{FileId, Span};
use kubeblocks_ls::vfs::OsDisk;
use kubeblocks_ls::world::World;

use crate::support::corpus;

/// Names that nothing has.
const NEW: &str = "zzrenamed";

pub(crate) fn host(charts: &[&str]) -> Option<Host> {
    let root = corpus("corpus/addons-1.0")?;
    let mut host = Host::new(Arc::new(OsDisk));
    let folders =
        charts.iter().flat_map(|chart| ["addons", "addons-cluster"].map(|folder| root.join(folder).join(chart)));
    let folders = folders.filter(|path| path.exists()).map(|path| Utf8PathBuf::from_path_buf(path).unwrap());
    host.apply(vec![Change::Roots(folders.collect())]);
    Some(host)
}

/// Every `step`th name that refers to something, written as it is.
fn sites(world: &World, step: usize) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for document in world.charts.values().flat_map(|chart| chart.documents()) {
        for node in document.tree().ids().map(|id| document.node(id)) {
            if node.text().is_none_or(str::is_empty)
                || world.index().site_at(node).is_none() && Part::at(node).is_none()
            {
                continue;
            }
            found.extend(node.place().filter(|place| place.verbatim).map(|place| place.span));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().step_by(step).collect()
}

#[test]
fn a_definition_knows_who_leads_to_it() {
    let Some(host) = host(&["etcd", "kafka", "kblib"]) else { return };
    let world = host.world();
    let mut checked = 0;
    for site in sites(&world, 7) {
        let at = Cursor { file: site.file, offset: site.range.start + 1 };
        let Some(links) = definition::definition(&world, at) else { continue };
        let found = references::references(&world, at).unwrap();
        // Of a volume and its mounts each leads to the other.
        let is_use = |found: &references::References| {
            let mut uses = found.uses.iter().map(|used| used.span);
            uses.any(|span| span == links.origin) || found.definitions.iter().any(|own| own.name == links.origin)
        };
        assert!(is_use(&found), "{site:?} {found:?}");
        // From the definition as from the use.
        for target in links.targets.iter().filter(|target| found.definitions.contains(target)).take(1) {
            let at = Cursor { file: target.name.file, offset: target.name.range.start };
            let back = references::references(&world, at).unwrap_or_default();
            assert!(is_use(&back), "{site:?} {target:?} {back:?}");
        }
        checked += 1;
    }
    assert!(checked > 15, "{checked}");
}

/// What all charts render, with the new name put back.
fn rendered(world: &World, old: &str) -> Vec<String> {
    let views = world.charts.values().flat_map(|chart| chart.views()).filter_map(|chart| chart.rendering());
    views.flat_map(|render| &render.files).map(|file| file.text.as_str().replace(NEW, old)).collect()
}

#[test]
fn a_rename_changes_the_name_alone() {
    let Some(mut host) = host(&["etcd", "kblib"]) else { return };
    let world = host.world();
    let mut places: Vec<(FileId, u32)> =
        sites(&world, 4).iter().map(|site| (site.file, site.range.start + 1)).collect();
    for file in world.files.values() {
        let syntax = file.syntax();
        places.extend(syntax.defines.iter().step_by(5).map(|define| (file.source.id, define.name.range.start)));
        let values = syntax.value_paths().into_iter().step_by(9);
        places.extend(values.filter_map(|(_, keys)| Some((file.source.id, keys.last()?.range.start))));
    }
    let (mut done, mut refused) = (0, 0);
    for (file, offset) in places {
        let at = Cursor { file, offset };
        let Ok(edits) = rename::rename(&world, at, NEW) else {
            refused += 1;
            continue;
        };
        let old = edits[0].span.range.of(&world.source(edits[0].span.file).unwrap().text).to_owned();
        let mut texts = std::collections::BTreeMap::new();
        for edit in edits.iter().rev() {
            let source = world.source(edit.span.file).unwrap();
            let text = texts.entry(source.path.clone()).or_insert_with(|| source.text.to_string());
            assert_eq!(edit.span.range.of(&source.text), old);
            text.replace_range(edit.span.range.as_usize(), &edit.text);
        }
        host.apply(texts.iter().map(|(path, text)| Change::Open(path.clone(), text.as_str().into())).collect());
        assert_eq!(rendered(&host.world(), &old), rendered(&world, &old), "{old}");
        host.apply(texts.into_keys().map(Change::Close).collect());
        done += 1;
    }
    println!("{done} renamed, {refused} refused");
    assert!(done > 5 && refused > 5, "{done} {refused}");
}
