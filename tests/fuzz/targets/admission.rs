//! Any manifest: the rules judge it as the API server and the operators would, and none of them fails.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;
use kubeblocks_ls::vfs::MemoryDisk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let files = BTreeMap::from([(Utf8PathBuf::from("/w/a.yaml"), text.as_bytes().to_vec())]);
    let mut host = Host::new(Arc::new(MemoryDisk { files }));
    host.apply(vec![Change::Roots(vec!["/w".into()])]);
    let found = rules::check(&host.world());
    assert!(found.iter().all(|finding| finding.rule != rules::INTERNAL_FAULT), "a rule failed");
    for finding in &found {
        let source = host.world().source(finding.span.file).cloned().expect("a file of the world");
        let range = finding.span.range;
        assert!(source.text.get(range.start as usize..range.end as usize).is_some());
    }
});
