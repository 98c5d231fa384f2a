//! What must not change the findings: other names, and another order of files.

use std::collections::BTreeSet;
use std::sync::Arc;

use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;
use kubeblocks_ls::vfs::MemoryDisk;
use kubeblocks_ls::world::World;

use super::{Group, groups};
use crate::support::{Dice, in_parallel, line_of, memory_host};

/// Engines of some size whose names mean nothing to KubeBlocks.
const ENGINES: [&str; 8] = ["clickhouse", "elasticsearch", "kafka", "milvus", "nebula", "pulsar", "tidb", "zookeeper"];

fn told(world: &World) -> BTreeSet<String> {
    let found = rules::check(world);
    found.iter().map(|finding| line_of(world, "/w".into(), finding)).collect()
}

/// A host that has seen nothing of the disk.
fn host_of(group: &Group) -> Host {
    let files = group.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
    Host::new(Arc::new(MemoryDisk { files }))
}

fn chosen(split: &str) -> Option<Vec<Group>> {
    let mut groups = groups()?;
    groups.retain(|group| {
        let engine = group.name.rsplit('/').next().unwrap_or_default();
        group.name.starts_with(split) && ENGINES.contains(&engine)
    });
    Some(groups)
}

#[test]
fn other_names_keep_the_findings() {
    let Some(groups) = chosen("addons-") else { return };
    let counts = in_parallel(&groups, |group| {
        let engine = group.name.rsplit('/').next().unwrap_or_default();
        let other = format!("q{}", &engine[1..]);
        let rename = |text: &str| text.replace(engine, &other);
        let before: BTreeSet<String> =
            told(&memory_host(&group.files).world()).iter().map(|line| rename(line)).collect();
        let files = group.files.iter().map(|(path, text)| (rename(path.as_str()).into(), rename(text))).collect();
        let after = told(&memory_host(&files).world());
        let lost: Vec<_> = before.difference(&after).collect();
        let new: Vec<_> = after.difference(&before).collect();
        assert!(lost.is_empty() && new.is_empty(), "{}: - {lost:#?} + {new:#?}", group.name);
        before.len()
    });
    println!("{} findings in {} worlds", counts.iter().sum::<usize>(), counts.len());
}

#[test]
fn the_order_of_files_does_not_matter() {
    let Some(groups) = chosen("") else { return };
    let numbered: Vec<_> = groups.iter().enumerate().collect();
    let counts = in_parallel(&numbered, |(number, group)| {
        let before = told(&memory_host(&group.files).world());
        let mut dice = Dice(*number as u64 + 77);
        let mut files: Vec<_> = group.files.iter().collect();
        let mut host = host_of(group);
        // An editor shows them before the folder is looked at.
        while !files.is_empty() {
            let (path, text) = files.swap_remove(dice.below(files.len()));
            host.apply(vec![Change::Open(path.clone(), text.as_str().into())]);
        }
        host.apply(vec![Change::Roots(vec!["/w".into()])]);
        let after = told(&host.world());
        let lost: Vec<_> = before.difference(&after).collect();
        let new: Vec<_> = after.difference(&before).collect();
        assert!(lost.is_empty() && new.is_empty(), "{}: - {lost:#?} + {new:#?}", group.name);
        before.len()
    });
    println!("{} findings in {} worlds", counts.iter().sum::<usize>(), counts.len());
}
